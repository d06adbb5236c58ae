//go:build linux

package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// work is something that the command does in a place, and how one sees that it was done wholly, or not at all.
type work struct {
	name string
	args []string
	dir  string
	// before makes the place as it is before each run.
	before func(t testing.TB)
	// look returns what stands under the final name: "" for nothing, an error for something that is not whole.
	look func() (string, error)
	// old is what may stand there from before the run; want is what a run leaves.
	old, want string
	// litter is where a run leaves what it is still working on, and the name of what belongs there.
	litter, belongs string
	// inputs are the paths that a run only reads, by the first part of their name.
	inputs []string
}

// reset makes the place as it is before each run.
func (w *work) reset(t testing.TB) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(w.dir, "out")); err != nil {
		t.Fatal(err)
	}
	if w.before != nil {
		w.before(t)
	}
}

// prepare runs the work once and notes what it leaves.
func (w *work) prepare(t testing.TB) *work {
	t.Helper()
	w.reset(t)
	var err error
	if w.old, err = w.look(); err != nil {
		t.Fatal(err)
	}
	run(t, w.dir, w.args...).Must(t, 0)
	if w.want, err = w.look(); err != nil || w.want == "" || w.want == w.old {
		t.Fatalf("%s left %q: %v", w.name, w.want, err)
	}
	w.reset(t)
	return w
}

// fresh is a build where nothing stands yet.
func fresh(t testing.TB, more int64) *work {
	dir := place(t, "1.0.0", more)
	return (&work{
		name: "build", dir: dir, args: []string{"build", image, "--base", "lab.wim", "--out", "out"},
		look:   func() (string, error) { return releaseIn(filepath.Join(dir, "out/tiny/1.0.0")) },
		litter: "out/tiny", belongs: "1.0.0", inputs: []string{"p", "lab.wim"},
	}).prepare(t)
}

// replacing is a build of a pre-release that takes the place of another one with other bytes.
func replacing(t testing.TB, more int64) *work {
	dir := place(t, "1.0.0-rc.1", more)
	run(t, dir, "build", image, "--base", "lab.wim", "--out", "was").Must(t, 0)
	write(t, dir, "p/modules/probe.hcl", strings.Replace(profiles("")["p/modules/probe.hcl"], "value = 1", "value = 2", 1))
	run(t, dir, "lock", image, "--upgrade", "--accept-base", "lab.wim").Must(t, 0)
	return (&work{
		name: "build over a pre-release", dir: dir, args: []string{"build", image, "--base", "lab.wim", "--out", "out"},
		before: func(t testing.TB) {
			if err := os.CopyFS(filepath.Join(dir, "out"), os.DirFS(filepath.Join(dir, "was"))); err != nil {
				t.Fatal(err)
			}
		},
		look:   func() (string, error) { return releaseIn(filepath.Join(dir, "out/tiny/1.0.0-rc.1")) },
		litter: "out/tiny", belongs: "1.0.0-rc.1", inputs: []string{"p", "lab.wim"},
	}).prepare(t)
}

// deltaMade is a delta that is made.
func deltaMade(t testing.TB, more int64) *work {
	dir := place(t, "1.0.0", more)
	return (&work{
		name: "delta make", dir: dir, args: []string{"delta", "make", image, "--base", "lab.wim", "--out", "out"},
		look: func() (string, error) {
			sum, err := digest(filepath.Join(dir, "out/tiny-1.0.0.wmdelta"))
			if os.IsNotExist(err) {
				return "", nil
			}
			return sum, err
		},
		litter: "out", belongs: "tiny-1.0.0.wmdelta", inputs: []string{"p", "lab.wim"},
	}).prepare(t)
}

// deltaApplied is a delta that is applied.
func deltaApplied(t testing.TB, more int64) *work {
	dir := place(t, "1.0.0", more)
	run(t, dir, "delta", "make", image, "--base", "lab.wim", "--out", "deltas").Must(t, 0)
	return (&work{
		name: "delta apply", dir: dir, args: []string{"delta", "apply", "deltas/tiny-1.0.0.wmdelta", "--base", "lab.wim", "--out", "out"},
		look:   func() (string, error) { return releaseIn(filepath.Join(dir, "out/tiny/1.0.0")) },
		litter: "out/tiny", belongs: "1.0.0", inputs: []string{"deltas", "lab.wim"},
	}).prepare(t)
}

// locked is a lock that is renewed.
func locked(t testing.TB, more int64) *work {
	dir := place(t, "1.0.0", more)
	stale := strings.Replace(profiles("")["p/modules/probe.hcl"], "value = 1", "value = 2", 1)
	lock := filepath.Join(dir, "p/images/tiny.lock.hcl")
	old, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "p/modules/probe.hcl", stale)
	return (&work{
		name: "lock", dir: dir, args: []string{"lock", image, "--upgrade", "--accept-base", "lab.wim"},
		before: func(t testing.TB) { write(t, dir, "p/images/tiny.lock.hcl", string(old)) },
		look: func() (string, error) {
			data, err := os.ReadFile(lock)
			if err == nil && len(data) < len(old)/2 {
				err = fmt.Errorf("half a lock: %d bytes", len(data))
			}
			return string(data), err
		},
		litter: "p/images", belongs: "", inputs: []string{"p/bases", "p/modules", "p/images/tiny.hcl", "lab.wim"},
	}).prepare(t)
}

// most is how many calls are tried: more of a build than of the other works, which do much of the same.
func (w *work) most(build, others int) int {
	if w.name == "build" {
		return build
	}
	return others
}

// isInput reports whether a call is about what the work only reads.
func (w *work) isInput(c call) bool {
	for _, in := range w.inputs {
		if c.path == in || strings.HasPrefix(c.path, in+"/") && !strings.Contains(c.path, ".partial-") {
			return !c.changes()
		}
	}
	return false
}

// held checks the promises after a run that was disturbed. It returns what was seen, for the table.
func (w *work) held(t testing.TB, what string, e ended) outcome {
	t.Helper()
	got, err := w.look()
	o := outcome{code: e.code, whole: got == w.want}
	complain := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s, %s: %s (exit code %d)\n%s", w.name, what, fmt.Sprintf(format, args...), e.code, e.stderr)
	}
	switch {
	case strings.Contains(e.stderr, "goroutine "):
		complain("it has crashed")
	case err != nil:
		complain("%v", err)
	case got != w.old && got != w.want:
		complain("what stands under the final name is neither the old nor the new")
	case e.code == 0 && got != w.want:
		complain("it says that all is well, and left nothing")
	case e.code > 0 && !strings.Contains(e.stderr, "wmclient: ") && !strings.Contains(e.stderr, "rror"):
		complain("it says nothing")
	}
	for _, name := range beside(t, filepath.Join(w.dir, w.litter), w.belongs) {
		if strings.HasPrefix(name, ".partial-") {
			o.left++
		} else if w.belongs != "" {
			complain("there stands %s", name)
		}
	}
	return o
}

// next runs the work undisturbed, and demands that it leaves what it always leaves, and nothing of the run before.
func (w *work) next(t testing.TB, what string) {
	t.Helper()
	r := run(t, w.dir, w.args...)
	got, err := w.look()
	if r.Code != 0 || err != nil || got != w.want {
		t.Errorf("%s, the run after %s: exit code %d, whole: %v, %v\n%s", w.name, what, r.Code, got == w.want, err, r.Stderr)
	}
	for _, name := range beside(t, filepath.Join(w.dir, w.litter), w.belongs) {
		if strings.HasPrefix(name, ".partial-") {
			t.Errorf("%s, the run after %s: %s still stands there", w.name, what, name)
		}
	}
}

// outcome is what was seen after one disturbed run.
type outcome struct {
	code  int // -1 killed
	whole bool
	left  int // things under a partial name
}

// tally counts outcomes for the table.
type tally struct {
	tried, killed, well, refused, whole, littered int
	codes                                         map[int]int
}

func (y *tally) add(o outcome) {
	y.tried++
	if y.codes == nil {
		y.codes = map[int]int{}
	}
	y.codes[o.code]++
	switch {
	case o.code < 0:
		y.killed++
	case o.code == 0:
		y.well++
	default:
		y.refused++
	}
	if o.whole {
		y.whole++
	}
	if o.left > 0 {
		y.littered++
	}
}
