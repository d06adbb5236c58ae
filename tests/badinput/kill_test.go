//go:build unix

package badinput_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const release = "out/tiny/1.0.0"

// start starts a build and returns it; what it says goes to the buffer.
func start(t *testing.T, dir string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(harness.Binary(t, "wmclient"), "build", image, "--base", "lab.wim", "--out", "out")
	cmd.Dir = dir
	said := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, said
}

// large is a place whose base takes long enough to be interrupted: 300 MB of random bytes in a file that the plan leaves alone.
func large(t *testing.T) string {
	t.Helper()
	dir := place(t)
	name := filepath.Join(t.TempDir(), "random.bin")
	fill(t, name, rand.NewChaCha8([32]byte{1}), 300<<20)
	wimlib(t, dir, "update", "lab.wim", "2", "--command", "add "+name+" /Windows/random.bin")
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "lock", image, "--accept-base", "lab.wim").Must(t, 0)
	return dir
}

// written is the number of bytes that a build has put into its unfinished folder; ok says that such a folder stands there. Builds are
// stopped by what they have done, not by a clock: a busy machine does the same work later.
func written(t *testing.T, dir string) (n int64, ok bool) {
	t.Helper()
	partial, _ := beside(t, dir)
	for _, name := range partial {
		ok = true
		entries, err := os.ReadDir(filepath.Join(dir, "out", "tiny", name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err == nil { // it may have been renamed since
				n += info.Size()
			}
		}
	}
	return n, ok
}

// await returns when the build has written that many bytes, or the channel says that it has ended.
func await(t *testing.T, dir string, bytes int64, ended <-chan error) {
	t.Helper()
	for {
		select {
		case <-ended:
			return
		case <-time.After(time.Millisecond):
			if n, ok := written(t, dir); ok && n >= bytes {
				return
			}
		}
	}
}

// sums returns SHA256SUMS of the release after holding every file against it; "" where there is no release.
func sums(t *testing.T, dir string) string {
	t.Helper()
	at := filepath.Join(dir, filepath.FromSlash(release))
	if _, err := os.Stat(at); errors.Is(err, os.ErrNotExist) {
		return ""
	}
	stated := string(read(t, at, "SHA256SUMS"))
	for line := range strings.Lines(stated) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), " ")
		name = strings.TrimLeft(name, " *")
		if got, err := digest(filepath.Join(at, name)); err != nil || !ok || got != sum {
			t.Errorf("%s does not have the sum that is stated: %s (%v)", name, line, err)
		}
	}
	if _, err := os.Stat(filepath.Join(at, "build-record.json")); err != nil {
		t.Error(err)
	}
	return stated
}

// beside lists what stands beside the release.
func beside(t *testing.T, dir string) (partial, other []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "out", "tiny"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), ".partial-") && strings.HasSuffix(e.Name(), ".lock"): // goes with what it is for
		case strings.HasPrefix(e.Name(), ".partial-"):
			partial = append(partial, e.Name())
		case e.Name() != filepath.Base(release):
			other = append(other, e.Name())
		}
	}
	return partial, other
}

// A build that is killed at any moment leaves no release or a whole one, and the next build does what it would have done.
func TestKilled(t *testing.T) {
	dir := large(t)
	run(t, dir, "build", image, "--base", "lab.wim", "--out", "out").Must(t, 0)
	whole, err := os.Stat(filepath.Join(dir, filepath.FromSlash(release), "image.wim"))
	if err != nil {
		t.Fatal(err)
	}
	want := sums(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)

	const moments = 20
	unfinished, left := 0, 0
	for i := range moments {
		cmd, said := start(t, dir)
		ended, result := make(chan error), error(nil)
		go func() { result = cmd.Wait(); close(ended) }()
		if i > 0 { // the first is killed before it has done anything, the last when all but the end is written
			await(t, dir, whole.Size()*int64(i-1)/(moments-2), ended)
		}
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		<-ended
		err := result
		if got := sums(t, dir); got != "" {
			if got != want {
				t.Errorf("moment %d: a release with other sums stands there", i)
			}
			if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(release))); err != nil {
				t.Fatal(err)
			}
		} else {
			unfinished++
			if err == nil {
				t.Errorf("moment %d: the build ended well without a release:\n%s", i, said)
			}
		}
		partial, other := beside(t, dir)
		left += len(partial)
		if len(partial) > 1 || len(other) > 0 {
			t.Errorf("moment %d: there stand %q and %q; at most one unfinished folder was expected", i, partial, other)
		}
	}
	t.Logf("of %d killed builds %d were unfinished and %d left a folder, which the next one took away", moments, unfinished, left)
	if unfinished == 0 || left == 0 {
		t.Errorf("%d builds were caught at work, %d of them left a folder: nothing was tried", unfinished, left)
	}
	run(t, dir, "build", image, "--base", "lab.wim", "--out", "out").Must(t, 0)
	if got := sums(t, dir); got != want {
		t.Error("the build after the killed ones has other sums")
	}
	if partial, other := beside(t, dir); len(partial)+len(other) > 0 {
		t.Errorf("beside the release stand %q and %q", partial, other)
	}
	after := contents(t, dir)
	for name := range after {
		if strings.HasPrefix(filepath.ToSlash(name)+"/", "out/") {
			delete(after, name)
		}
	}
	if d := cmp.Diff(before, after); d != "" {
		t.Errorf("input changed (-before +after):\n%s", d)
	}
}

// A build that is asked to stop says so, leaves nothing, and ends with the exit code of the signal.
func TestInterrupted(t *testing.T) {
	dir := large(t)
	for signal, want := range map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGINT: 130} {
		t.Run(signal.String(), func(t *testing.T) { interrupted(t, dir, signal, want) })
	}
}

func interrupted(t *testing.T, dir string, signal syscall.Signal, want int) {
	before := contents(t, dir)
	caught := 0
	for _, after := range []int64{0, 1 << 20, 50 << 20, 150 << 20} {
		cmd, said := start(t, dir)
		ended, result := make(chan error), error(nil)
		go func() { result = cmd.Wait(); close(ended) }()
		await(t, dir, after, ended)
		if err := cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		<-ended
		if result == nil || cmd.ProcessState.ExitCode() < 0 { // done before, or not yet listening
			if err := os.RemoveAll(filepath.Join(dir, "out")); err != nil {
				t.Fatal(err)
			}
			continue
		}
		caught++
		if code := cmd.ProcessState.ExitCode(); code != want || !strings.HasSuffix(said.String(), "\nwmclient: interrupted: nothing was left\n") {
			t.Errorf("exit code %d, want %d:\n%s", code, want, said)
		}
		if d := cmp.Diff(before, contents(t, dir)); d != "" {
			t.Errorf("files changed (-before +after):\n%s", d)
		}
	}
	if caught == 0 {
		t.Error("no build was caught at work")
	}
}

// A pipe whose reader has left, as head leaves, neither kills a build nor spoils it: the release stands, and only who did not read standard
// output to its end is told that.
func TestClosedPipe(t *testing.T) {
	dir := place(t)
	build := []string{"build", image, "--base", "lab.wim", "--out", "out"}
	for _, tc := range []struct {
		name        string
		out, errors bool // which are closed pipes
		args        []string
		code        int
	}{
		{"nobody reads standard error", false, true, build, 0},
		{"nobody reads standard output", true, false, build, 141},
		{"nobody reads either", true, true, build, 141},
		{"nobody reads the events", true, false, append(build, "--json"), 141},
		{"nobody reads the plan", true, false, []string{"plan", image}, 141},
		{"the reader of a refused call has left", true, true, []string{"build", image, "--base", "none.wim", "--out", "other"}, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := os.RemoveAll(filepath.Join(dir, "out")); err != nil {
				t.Fatal(err)
			}
			reader, closed, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer closed.Close()
			_ = reader.Close()
			var said bytes.Buffer
			cmd := exec.Command(harness.Binary(t, "wmclient"), tc.args...)
			cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &said, &said
			if tc.out {
				cmd.Stdout = closed
			}
			if tc.errors {
				cmd.Stderr = closed
			}
			if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != tc.code {
				t.Errorf("%v, want exit code %d:\n%s", err, tc.code, &said)
			}
			if strings.Contains(said.String(), "pipe") {
				t.Errorf("it speaks of the pipe:\n%s", &said)
			}
			if tc.args[0] != "build" || tc.code == 2 {
				return
			}
			if sums(t, dir) == "" {
				t.Error("there is no release")
			}
			if partial, _ := beside(t, dir); len(partial) > 0 {
				t.Errorf("beside the release stand %q", partial)
			}
		})
	}
}

// Builds side by side into one folder leave exactly one release, whole, and all end well: they made the same bytes.
func TestSideBySide(t *testing.T) {
	dir := place(t)
	run(t, dir, "build", image, "--base", "lab.wim", "--out", "out").Must(t, 0)
	want := sums(t, dir)
	for range 6 {
		if err := os.RemoveAll(filepath.Join(dir, "out")); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 4 {
			cmd, said := start(t, dir)
			all.Go(func() {
				if err := cmd.Wait(); err != nil {
					t.Errorf("a build beside others: %v\n%s", err, said)
				}
			})
		}
		all.Wait()
		if got := sums(t, dir); got != want {
			t.Errorf("the release has other sums: %s", got)
		}
		if partial, other := beside(t, dir); len(partial)+len(other) > 0 {
			t.Errorf("beside the release stand %q and %q", partial, other)
		}
	}
}
