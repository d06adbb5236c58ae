package repro

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestWindowsLocks runs the tests of what is under way as a Windows program: the locks by which a living process is known from a dead one
// are other calls there. Wine's are no Windows' either.
func TestWindowsLocks(t *testing.T) {
	wine := harness.NewWine(t)
	program := filepath.Join(t.TempDir(), "partial.test.exe")
	cmd := exec.Command("go", "test", "-c", "-o", program, "./plugin/internal/partial")
	cmd.Dir = harness.Root(t)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	c := wine.Command(program, "-test.v")
	c.Dir = t.TempDir()
	r := c.Run(t).Must(t, 0)
	t.Log(r.Stdout)
}

// TestWindowsKilled kills a build of the Windows program, which leaves its folder. The doctor says so and does not clean unasked; the next
// build does, and makes what it would have made.
func TestWindowsKilled(t *testing.T) {
	d := newDesk(t, smallImage)
	d.linux("build", smallOnDesk, "--base", "base.wim", "--out", "want").Must(t, 0)
	want := release(t, d.path("want"))
	pattern := filepath.Join(d.dir, "out", smallImage, ".partial-*")
	leave := func() bool {
		cmd := exec.Command(d.wine.Loader, d.exe, "build", smallOnDesk, "--base", "base.wim", "--out", "out", "--verify")
		cmd.Dir, cmd.Env = d.dir, append(os.Environ(), d.wine.Env...)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		for {
			images, _ := filepath.Glob(filepath.Join(pattern, "image.wim"))
			if len(images) > 0 {
				break
			}
			select {
			case <-ended:
				if !cmd.ProcessState.Success() {
					t.Fatalf("%v\n%s", cmd.ProcessState, &said)
				}
				return false
			case <-time.After(time.Millisecond / 4):
			}
		}
		_ = cmd.Process.Kill()
		<-ended
		left, _ := filepath.Glob(pattern)
		return len(left) > 1
	}
	left := false
	for try := 0; try < 20 && !left; try++ {
		left = leave()
	}
	if !left {
		t.Fatal("no build was caught at work")
	}
	// The server of Wine closes the handles of the dead a moment later.
	code := 0
	for range 100 {
		if code = d.windows("doctor", "out").Code; code == 3 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if code != 3 {
		t.Errorf("doctor ends with %d, want 3", code)
	}
	if names, _ := filepath.Glob(pattern); len(names) == 0 {
		t.Error("doctor has cleaned unasked")
	}
	d.windows("build", smallOnDesk, "--base", "base.wim", "--out", "out").Must(t, 0)
	if diff := cmp.Diff(want, release(t, d.path("out"))); diff != "" {
		t.Errorf("sums (-linux +windows): %s", diff)
	}
	if names, _ := filepath.Glob(pattern); len(names) > 0 {
		t.Errorf("still there: %q", names)
	}
	d.windows("doctor", "out", "--clean").Must(t, 0)
}
