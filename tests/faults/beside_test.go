//go:build linux

package faults_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// A doctor that cleans before each single call of a living build, delta or lock takes nothing away from it.
func TestDoctorBesideWork(t *testing.T) {
	sideBySide(t)
	for _, w := range works(t) {
		changes := func(c call) bool { return c.changes() }
		w.reset(t)
		clean := gate(t, w.dir, changes, func(call) verdict { return verdict{} }, w.args...)
		step := stride(len(clean.calls), share(1000, 6))
		looked := tally{}
		w.reset(t)
		e := gate(t, w.dir, changes, func(c call) verdict {
			if c.n%step != 0 {
				return verdict{}
			}
			return verdict{do: func() error {
				r := run(t, w.dir, "doctor", ".", "--clean")
				looked.add(outcome{code: r.Code})
				if r.Code != 0 {
					t.Errorf("%s, before call %d, %s of %s: doctor ends with %d\n%s%s", w.name, c.n, c.name, c.path, r.Code, r.Stdout, r.Stderr)
				}
				return nil
			}}
		}, w.args...)
		if o := w.held(t, "a doctor beside it", e); e.code != 0 || !o.whole || o.left > 0 {
			t.Errorf("%s: with a doctor beside it it ends with %d, %d left\n%s", w.name, e.code, o.left, e.stderr)
		}
		row(t, "`doctor --clean` before a call that changes the disk", w.name, fmt.Sprintf("%d times", looked.tried), looked.codesSeen()+"; the work ends well", "-")
	}
}

// What gets its final name is on the disk by then, as far as the system was asked: each file is flushed after its last byte and before the
// rename, its folder too, and the folder above after it. No power is lost here; the order of calls is what is looked at.
func TestFlushedBeforeNamed(t *testing.T) {
	sideBySide(t)
	for _, w := range works(t) {
		w.reset(t)
		e := gate(t, w.dir, func(c call) bool { return c.changes() }, func(call) verdict { return verdict{} }, w.args...)
		written, flushed := map[string]int{}, map[string]int{}
		named, files := 0, 0
		for _, c := range e.calls {
			switch c.name {
			case "write", "pwrite", "copy_file_range", "ftruncate":
				written[c.path] = c.n
			case "fsync":
				flushed[c.path] = c.n
			case "rename", "exchange":
				named = c.n
			}
		}
		for path, at := range written {
			if strings.HasSuffix(path, ".lock") && strings.Contains(path, ".partial-") || w.name == "delta make" && flushed[path] == 0 && strings.Contains(path, ".partial-") {
				continue // a lock file and a spool outlive nothing
			}
			files++
			if flushed[path] < at || flushed[path] > named {
				t.Errorf("%s: %s is written by call %d, flushed by call %d, and gets its name by call %d", w.name, path, at, flushed[path], named)
			}
			if folder := filepath.Dir(path); strings.Contains(folder, ".partial-") && (flushed[folder] < at || flushed[folder] > named) {
				t.Errorf("%s: the folder %s is flushed by call %d", w.name, folder, flushed[folder])
			}
		}
		above := flushed[filepath.FromSlash(w.litter)]
		if named == 0 || files == 0 || w.belongs != "" && above < named {
			t.Errorf("%s: %d files, named by call %d; the folder above is flushed by call %d", w.name, files, named, above)
		}
		row(t, "order of flushes, for a loss of power", w.name, fmt.Sprintf("%d files", files), "each flushed before it gets its name", "-")
	}
}
