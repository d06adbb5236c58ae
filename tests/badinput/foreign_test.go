package badinput_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestPipeIsNoBase holds that nobody waits for a writer of a pipe that never comes.
func TestPipeIsNoBase(t *testing.T) {
	mkfifo := harness.Tool(t, "mkfifo")
	pipe := filepath.Join(t.TempDir(), "pipe.wim")
	if out, err := exec.Command(mkfifo, pipe).CombinedOutput(); err != nil {
		t.Skipf("this file system has no pipes: %v %s", err, out)
	}
	image := harness.Locked(t, "radiology-viewer", harness.LabBase(t, "ltsc-2021", "sv-SE"))
	for _, args := range [][]string{
		{"build", image, "--base", pipe, "--out", filepath.Join(t.TempDir(), "out")},
		{"validate", image, "--wim", pipe},
	} {
		r := harness.Command{Path: harness.Binary(t, "wmclient"), Args: args, Timeout: 3 * time.Minute}.Run(t).Must(t, 2)
		if !strings.Contains(r.Stderr, "pipe.wim is no regular file") || !strings.Contains(r.Stderr, "hint: ") {
			t.Errorf("%s: %q", args[0], r.Stderr)
		}
	}
}

// TestLockVerifiesTheBase flips one bit in a file that no setting touches: a build would carry it along, so the lock must not vouch for it.
func TestLockVerifiesTheBase(t *testing.T) {
	base := harness.LabBase(t, "ltsc-2021", "sv-SE")
	data, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(data, []byte("wmclient lab stand-in, not a Windows file"))
	if at < 0 {
		t.Fatal("the lab base has no stand-in file")
	}
	data[at] ^= 1
	damaged := filepath.Join(t.TempDir(), "damaged.wim")
	if err := os.WriteFile(damaged, data, 0o600); err != nil {
		t.Fatal(err)
	}
	image := harness.Locked(t, "radiology-viewer", base)
	lock := strings.TrimSuffix(image, ".hcl") + ".lock.hcl"
	before, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	r := harness.Wmclient(t, "", "lock", image, "--accept-base", damaged).Must(t, 1)
	if !strings.Contains(r.Stderr, "damaged.wim") || !strings.Contains(r.Stderr, "hint: the file is damaged") {
		t.Errorf("message: %q", r.Stderr)
	}
	if after, err := os.ReadFile(lock); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the lock was changed (%v)", err)
	}
}
