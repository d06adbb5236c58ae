//go:build unix

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/cli"
)

// A pipe that nobody writes to would be waited for without end, past Ctrl-C: it is refused unread, as devices and folders are.
func TestReadRegular(t *testing.T) {
	dir := t.TempDir()
	pipe, small, large := filepath.Join(dir, "pipe"), filepath.Join(dir, "small"), filepath.Join(dir, "large")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for name, size := range map[string]int{small: 10, large: 11} {
		if err := os.WriteFile(name, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{pipe, "/dev/zero", dir, large} {
		if _, err := cli.ReadRegular(path, 10); err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if b, err := cli.ReadRegular(small, 10); err != nil || len(b) != 10 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}
