//go:build unix

package badinput_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// Where the room runs out, at whatever point of the output, the build says so and takes its beginnings away. A limit of the process
// (ulimit -f) stands for a full disk and needs no rights.
func TestFileSizeLimit(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed, whose ulimit sets the limit")
	}
	dir := place(t)
	info, err := os.Stat(filepath.Join(dir, "lab.wim"))
	if err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	for _, kib := range []int64{1, 100, info.Size() >> 10, info.Size()>>10 + 40} {
		t.Run(fmt.Sprintf("%d KiB", kib), func(t *testing.T) {
			script := fmt.Sprintf(`ulimit -f %d && exec "$0" "$@"`, kib)
			args := []string{"-c", script, harness.Binary(t, "wmclient"), "build", image, "--base", "lab.wim", "--out", "out"}
			r := harness.Command{Path: shell, Args: args, Dir: dir}.Run(t).Must(t, 1)
			for _, w := range []string{"image.wim", "file too large", "hint: free as much room"} {
				if !strings.Contains(r.Stderr, w) {
					t.Errorf("the message does not say %q:\n%s", w, r.Stderr)
				}
			}
			if d := cmp.Diff(before, contents(t, dir)); d != "" {
				t.Errorf("files changed (-before +after):\n%s", d)
			}
		})
	}
}

// The same on a file system that is really full; mounting one takes root.
func TestDiskFull(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting a small file system takes root; TestFileSizeLimit has run instead")
	}
	dir := place(t)
	out := filepath.Join(dir, "full")
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=800k", "wmclient-test", out).CombinedOutput(); err != nil {
		t.Skipf("no file system could be mounted, as in a container without the right to: %s", text)
	}
	t.Cleanup(func() {
		if text, err := exec.Command("umount", out).CombinedOutput(); err != nil {
			t.Errorf("umount: %s", text)
		}
	})
	refused(t, dir, 1, []string{"image.wim", "no space left on device", "hint: free as much room"}, "build", image, "--base", "lab.wim", "--out", "full")
	refused(t, dir, 1, []string{"no space left on device"}, "build", image, "--base", "lab.wim", "--out", "full/deeper/still")
}

// A folder that cannot be written into is named.
func TestOutputTaken(t *testing.T) {
	dir := place(t)
	write(t, dir, "file", "x")
	refused(t, dir, 2, []string{"make output folder", "file is a file", "hint: name a folder with --out"}, "build", image, "--base", "lab.wim", "--out", "file")
	write(t, dir, "out/tiny/1.0.0", "a file under the final name")
	refused(t, dir, 1, []string{"out/tiny/1.0.0"}, "build", image, "--base", "lab.wim", "--out", "out")
}

// Wherever room is wanting, there is one hint, and it leads to the disk that is full.
func TestNoRoomHasOneHint(t *testing.T) {
	dir := place(t)
	run(t, dir, "build", image, "--base", "lab.wim", "--out", "released").Must(t, 0)
	run(t, dir, "delta", "make", image, "--base", "lab.wim", "--out", "deltas").Must(t, 0)
	before := contents(t, dir)
	for _, tc := range []struct {
		hint string
		args []string
	}{
		{"write to another disk with --out", []string{"build", image, "--base", "lab.wim", "--out", "out"}},
		{"write to another disk with --out", []string{"delta", "apply", "deltas/tiny-1.0.0.wmdelta", "--base", "lab.wim", "--out", "out"}},
		{"write to another disk with --out", []string{"lab", "base", "--out", "another.wim"}},
		{"write to another disk with --out", []string{"rebuild", "--manifest", "released/tiny/1.0.0", "--base", "lab.wim", "--out", "again.wim"}},
		{"set TMPDIR", []string{"rebuild", "--manifest", "released/tiny/1.0.0", "--base", "lab.wim"}},
		{"write to another disk with --out", []string{"split", "released/tiny/1.0.0/image.wim", "--out", "parts"}},
	} {
		args := append([]string{"-c", `ulimit -f 200 && exec "$0" "$@"`, harness.Binary(t, "wmclient")}, tc.args...) // 200 blocks of 512 or 1024 bytes
		cmd := exec.Command("sh", args...)
		cmd.Dir = dir
		text, err := cmd.CombinedOutput()
		if err == nil || cmd.ProcessState.ExitCode() != 1 || strings.Count(string(text), "hint: ") != 1 || !strings.Contains(strings.Join(strings.Fields(string(text)), " "), tc.hint) {
			t.Errorf("%v: %v\n%s", tc.args, err, text)
		}
	}
	if d := cmp.Diff(before, contents(t, dir)); d != "" {
		t.Errorf("files changed (-before +after):\n%s", d)
	}
}
