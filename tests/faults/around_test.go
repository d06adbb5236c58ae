//go:build linux

package faults_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// Builds that begin at once in one place all end well, leave one release, whole, and nothing beside it; also where one of them is killed.
func TestBuildsAtOnce(t *testing.T) {
	sideBySide(t)
	for _, w := range []*work{fresh(t, bulk()), replacing(t, bulk())} {
		rounds := share(20, 2)
		for _, kill := range []bool{false, true} {
			failed := 0
			for range rounds {
				w.reset(t)
				var all sync.WaitGroup
				var lock sync.Mutex
				for i := range 3 {
					cmd := exec.Command(command(t), w.args...)
					cmd.Dir = w.dir
					var said bytes.Buffer
					cmd.Stderr = &said
					if err := cmd.Start(); err != nil {
						t.Fatal(err)
					}
					if kill && i == 0 {
						all.Go(func() {
							for len(beside(t, filepath.Join(w.dir, w.litter), w.belongs)) == 0 && w.isNew() {
							}
							_ = cmd.Process.Kill()
							_ = cmd.Wait()
						})
						continue
					}
					all.Go(func() {
						if err := cmd.Wait(); err != nil {
							lock.Lock()
							defer lock.Unlock()
							failed++
							t.Errorf("%s beside others: %v\n%s", w.name, err, &said)
						}
					})
				}
				all.Wait()
				if got, err := w.look(); err != nil || got != w.want {
					t.Errorf("%s at once: the release is not the one that a build alone makes: %v", w.name, err)
				}
				if left := beside(t, filepath.Join(w.dir, w.litter), w.belongs); !kill && len(left) > 0 {
					t.Errorf("%s at once: beside the release stand %q", w.name, left)
				}
				w.next(t, "builds at once")
			}
			fault := "three builds at once into one place"
			if kill {
				fault += ", one of them killed"
			}
			row(t, fault, w.name, fmt.Sprintf("%d times", rounds), fmt.Sprintf("%d failed; one whole release each time", failed), "after each: whole, same digests")
		}
	}
}

// isNew reports whether the work's result does not stand there yet.
func (w *work) isNew() bool {
	got, err := w.look()
	return err == nil && got != w.want
}

// baseChange is a way in which somebody else changes a base.
type baseChange struct {
	name string
	do   func(dir string) error
}

func baseChanges() []baseChange {
	return []baseChange{
		{"replaced by another (rename)", func(dir string) error {
			return os.Rename(filepath.Join(dir, "next.wim"), filepath.Join(dir, "lab.wim"))
		}},
		{"overwritten by another", func(dir string) error { return overwrite(dir, false) }},
		{"overwritten by another, times set back", func(dir string) error { return overwrite(dir, true) }},
		{"one byte changed, times set back", flip},
		{"cut off in its middle", func(dir string) error { return os.Truncate(filepath.Join(dir, "lab.wim"), 9<<19) }},
		{"made longer", func(dir string) error {
			f, err := os.OpenFile(filepath.Join(dir, "lab.wim"), os.O_WRONLY|os.O_APPEND, 0)
			if err == nil {
				_, err = f.WriteString("more")
				err = firstOf(err, f.Close())
			}
			return err
		}},
		{"removed", func(dir string) error { return os.Remove(filepath.Join(dir, "lab.wim")) }},
	}
}

// The base is replaced, overwritten, cut off or made longer before each call of a build that looks at it, in turn. Either the build is the
// one of the old base, or of the new one, or it is refused.
func TestBaseChangesWhileRead(t *testing.T) {
	sideBySide(t)
	const more = 5 << 20
	for _, w := range []*work{fresh(t, more), replacing(t, more), deltaMade(t, more), deltaApplied(t, more), locked(t, more)} {
		old := filepath.Join(t.TempDir(), "old.wim")
		other := filepath.Join(t.TempDir(), "other.wim")
		copyFile(t, filepath.Join(w.dir, "lab.wim"), old)
		run(t, w.dir, "lab", "base", "--out", other).Must(t, 0)
		enlarge(t, w.dir, other, more, 2)
		t.Run(w.name, func(t *testing.T) {
			sideBySide(t)
			for _, change := range baseChanges() {
				t.Run(change.name, func(t *testing.T) { changing(t, w, change, old, other) })
			}
		})
	}
}

// changing changes the base before each call that looks at it.
func changing(t *testing.T, w *work, change baseChange, old, other string) {
	onBase := func(c call) bool { return c.path == "lab.wim" || c.name == "copy_file_range" || c.name == "rename" }
	back := func() {
		w.reset(t)
		_ = os.Remove(filepath.Join(w.dir, "lab.wim"))
		copyFile(t, old, filepath.Join(w.dir, "lab.wim"))
		_ = os.Remove(filepath.Join(w.dir, "next.wim"))
		copyFile(t, other, filepath.Join(w.dir, "next.wim"))
	}
	back()
	clean := gate(t, w.dir, onBase, func(call) verdict { return verdict{} }, w.args...)
	if clean.code != 0 {
		t.Fatalf("%s ends with %d\n%s", w.name, clean.code, clean.stderr)
	}
	step := stride(len(clean.calls), share(w.most(60, 15), 1))
	var y tally
	for at := 1 + step/2; at <= len(clean.calls); at += step {
		w.reset(t)
		var hit call
		e := gate(t, w.dir, onBase, func(c call) verdict {
			if c.n == at {
				hit = c
				return verdict{do: func() error { return change.do(w.dir) }}
			}
			return verdict{}
		}, w.args...)
		what := fmt.Sprintf("base %s before call %d, %s of %s", change.name, at, hit.name, hit.path)
		if w.name == "lock" {
			y.add(w.lockHolds(t, what, e, old, other))
		} else {
			y.add(w.held(t, what, e))
		}
		switch e.code {
		case 0, 1, 2, 5:
		default:
			t.Errorf("%s, %s: exit code %d\n%s", w.name, what, e.code, e.stderr)
		}
		back()
		w.next(t, what)
	}
	row(t, "the base is "+change.name+" before a call that looks at it", w.name, tried(y.tried, len(clean.calls), step), y.seen(), "after each, with the base back: whole, same digests")
}

// lockHolds demands of a lock that was written that it names one of the two bases, which were there whole.
func (w *work) lockHolds(t testing.TB, what string, e ended, bases ...string) outcome {
	t.Helper()
	got, err := w.look()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	o := outcome{code: e.code, whole: got != w.old}
	if e.code == 0 || o.whole {
		known := false
		for _, base := range bases {
			sum, err := digest(base)
			if err != nil {
				t.Fatal(err)
			}
			known = known || strings.Contains(strings.TrimPrefix(got, w.old), sum)
		}
		if !known {
			t.Errorf("lock, %s: exit code %d, and it vouches for a base that never was\n%s", what, e.code, got)
		}
	}
	return o
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// timesOf returns the times of a file, to be set back.
func timesOf(path string) ([]unix.Timespec, error) {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	return []unix.Timespec{st.Atim, st.Mtim}, err
}

// overwrite puts other bytes into the base's own file.
func overwrite(dir string, timesBack bool) error {
	path := filepath.Join(dir, "lab.wim")
	times, err := timesOf(path)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(dir, "next.wim"))
	if err == nil {
		err = os.WriteFile(path, data, 0o644)
	}
	if err == nil && timesBack {
		err = unix.UtimesNanoAt(unix.AT_FDCWD, path, times, 0)
	}
	return err
}

// flip changes a byte that no hive and no table has, near the end of what was put into the base.
func flip(dir string) error {
	path := filepath.Join(dir, "lab.wim")
	times, err := timesOf(path)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	b := make([]byte, 1)
	if _, err = f.ReadAt(b, 9<<19); err == nil {
		b[0] ^= 0xff
		_, err = f.WriteAt(b, 9<<19)
	}
	return firstOf(err, f.Close(), unix.UtimesNanoAt(unix.AT_FDCWD, path, times, 0))
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A disk that is really full: a small file system with room for more and more of a release.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting a small file system takes root; injected errors have been tried instead")
	}
	w := fresh(t, 2<<20) // by itself: a process that another test starts would hold the file system for a moment
	out := filepath.Join(w.dir, "full")
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	need := int64(0)
	run(t, w.dir, w.args...).Must(t, 0)
	for _, name := range beside(t, filepath.Join(w.dir, "out/tiny/1.0.0"), "") {
		info, err := os.Stat(filepath.Join(w.dir, "out/tiny/1.0.0", name))
		if err != nil {
			t.Fatal(err)
		}
		need += (info.Size()+4095)/4096*4 + 4 // KiB
	}
	w.args[len(w.args)-1] = "full"
	w.look = func() (string, error) { return releaseIn(filepath.Join(out, "tiny/1.0.0")) }
	w.litter = "full/tiny"
	step := max(4, need/int64(share(300, 6))/4*4)
	var y tally
	for size := int64(4); size <= need+64; size += step {
		what := fmt.Sprintf("a disk of %d KiB", size)
		if text, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dk", size), "wmclient-test", out).CombinedOutput(); err != nil {
			t.Skipf("no file system could be mounted, as in a container without the right to: %s", text)
		}
		r := run(t, w.dir, w.args...)
		o := w.held(t, what, ended{code: r.Code, stderr: r.Stderr})
		if r.Code != 0 && (r.Code != 1 || o.whole || o.left > 0 || !strings.Contains(r.Stderr, "no space left on device")) {
			t.Errorf("%s: exit code %d, whole %v, %d left\n%s", what, r.Code, o.whole, o.left, r.Stderr)
		}
		y.add(o)
		if text, err := exec.Command("mount", "-o", "remount,size=64m", out).CombinedOutput(); err != nil {
			t.Errorf("make room: %s", text)
		}
		w.next(t, what)
		if text, err := exec.Command("umount", out).CombinedOutput(); err != nil {
			t.Fatalf("umount: %s", text)
		}
	}
	if y.refused == 0 || y.well == 0 {
		t.Errorf("%d builds had no room and %d had: nothing was tried", y.refused, y.well)
	}
	row(t, "disk really full (tmpfs)", w.name, fmt.Sprintf("%d sizes from 4 KiB to %d KiB", y.tried, need+64), y.seen(), "with room, after each: whole, same digests")
}

// jumping is the command with a clock that jumps at each look; see its package.
func jumping(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wmclient")
	cmd := exec.Command("go", "build", "-o", path, "./plugin/internal/cli/internal/jumpclock")
	cmd.Dir = harness.Root(t)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return path
}

// A clock that jumps, forward and back, at each look at it: the same bytes, and a run after it that knows whether something has changed.
func TestClockJumps(t *testing.T) {
	sideBySide(t)
	w := fresh(t, 0)
	program := jumping(t)
	// Minutes; the years before and after what a file system can note are among them.
	jumps := []string{"0", "-1", "1,-1", "-525600", "525600,-525600", "5256000,-5256000,0", "-29000000", "0,-60,60,-120,120", "1000,0,-1000,0"}
	offsets := share(len(jumps), len(jumps))
	var y tally
	for _, jump := range jumps[:offsets] {
		w.reset(t)
		for round := range 2 { // the second finds the first one's record
			r := harness.Command{Path: program, Args: w.args, Dir: w.dir, Env: []string{"WMCLIENT_JUMPS=" + jump}}.Run(t)
			what := fmt.Sprintf("clock jumps by %s minutes, run %d", jump, round+1)
			if r.Code != 0 {
				t.Errorf("%s: exit code %d\n%s", what, r.Code, r.Stderr)
			}
			y.add(w.held(t, what, ended{code: r.Code, stderr: r.Stderr}))
		}
		// Another base in its place, with the times of the first, must be seen.
		base := filepath.Join(w.dir, "lab.wim")
		times, err := timesOf(base)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(base)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)/2] ^= 1
		if err := firstOf(os.WriteFile(base, data, 0o644), unix.UtimesNanoAt(unix.AT_FDCWD, base, times, 0)); err != nil {
			t.Fatal(err)
		}
		r := harness.Command{Path: program, Args: w.args, Dir: w.dir, Env: []string{"WMCLIENT_JUMPS=" + jump}}.Run(t)
		if r.Code == 0 {
			t.Errorf("clock jumps by %s minutes: a changed base passes\n%s", jump, r.Stderr)
		}
		data[len(data)/2] ^= 1
		if err := os.WriteFile(base, data, 0o644); err != nil {
			t.Fatal(err)
		}
		w.next(t, "clock jumps by "+jump)
	}
	row(t, "the clock jumps at each look, forward and back", w.name, fmt.Sprintf("%d ways, two runs each", offsets), y.seen()+"; a changed base with old times is refused each time", "after each: whole, same digests")
}
