//go:build linux

package badinput_test

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// memory runs the command, demands its exit code and a word of its message, and returns its peak memory in bytes.
func memory(t *testing.T, dir string, code int, word string, args ...string) int64 {
	t.Helper()
	cmd := exec.Command(harness.Binary(t, "wmclient"), args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code || !strings.Contains(stderr.String(), word) {
		t.Fatalf("exit code %d, want %d:\n%.2000s", got, code, stderr.String())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("no resource usage")
	}
	return usage.Maxrss << 10
}
