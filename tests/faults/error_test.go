//go:build linux

package faults_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// fault is an error that calls of a kind get.
type fault struct {
	name    string
	err     syscall.Errno
	lasting bool // from a call on
	on      func(*work, call) bool
}

// Each call that writes, and each that reads, fails in turn: once, or from then on, as a full disk does.
func TestErrorAtEachCall(t *testing.T) {
	output := func(w *work, c call) bool { return !w.isInput(c) }
	input := func(w *work, c call) bool { return w.isInput(c) }
	grows := func(w *work, c call) bool { return output(w, c) && c.grows() }
	changes := func(_ *work, c call) bool { return c.changes() }
	faults := []fault{
		{"disk full, at one call", unix.ENOSPC, false, grows},
		{"disk full, from a call on", unix.ENOSPC, true, grows},
		{"EIO where it writes, at one call", unix.EIO, false, output},
		{"EIO where it writes, from a call on", unix.EIO, true, output},
		{"read-only (EROFS), from a call on", unix.EROFS, true, changes},
		{"EIO where it reads, at one call", unix.EIO, false, input},
		{"EIO where it reads, from a call on", unix.EIO, true, input},
	}
	sideBySide(t)
	for _, w := range works(t) {
		t.Run(w.name, func(t *testing.T) {
			sideBySide(t)
			for _, f := range faults {
				t.Run(f.name, func(t *testing.T) { failing(t, w, f) })
			}
		})
	}
}

// failing fails each call in turn.
func failing(t *testing.T, w *work, f fault) {
	counts := func(c call) bool { return f.on(w, c) }
	w.reset(t)
	clean := gate(t, w.dir, counts, func(call) verdict { return verdict{} }, w.args...)
	if clean.code != 0 || len(clean.calls) == 0 {
		t.Fatalf("%s ends with %d after %d calls:\n%s", w.name, clean.code, len(clean.calls), clean.stderr)
	}
	before := contents(t, filepath.Join(w.dir, "p", "modules"))
	step := stride(len(clean.calls), share(w.most(160, 60), 2))
	var y tally
	for at := 1 + step/2; at <= len(clean.calls); at += step {
		w.reset(t)
		var hit call
		e := gate(t, w.dir, counts, func(c call) verdict {
			if c.n == at {
				hit = c
			}
			if c.n == at || f.lasting && c.n > at {
				return verdict{err: f.err}
			}
			return verdict{}
		}, w.args...)
		what := fmt.Sprintf("%s: %d, %s of %s", f.name, at, hit.name, hit.path)
		if e.code != 0 && e.code != 1 {
			t.Errorf("%s, %s: exit code %d, want 1\n%s", w.name, what, e.code, e.stderr)
		}
		if e.code == 0 && hit.changes() && !hit.mayFail() {
			t.Errorf("%s, %s: it ends well all the same\n%s", w.name, what, e.stderr)
		}
		o := w.held(t, what, e)
		if o.left > 0 && e.code == 1 && hit.name != "unlink" && !f.lasting {
			t.Errorf("%s, %s: something is left behind", w.name, what)
		}
		y.add(o)
		w.next(t, what)
	}
	if contents(t, filepath.Join(w.dir, "p", "modules")) != before {
		t.Errorf("%s, %s: an input was changed", w.name, f.name)
	}
	row(t, f.name, w.name, tried(y.tried, len(clean.calls), step), y.seen(), "after each: whole, same digests")
}

// A validation that cannot read is none: it ends well only where nothing it asked for failed, with the findings of the undisturbed one.
func TestValidateUnderErrors(t *testing.T) {
	sideBySide(t)
	w := fresh(t, 0)
	run(t, w.dir, w.args...).Must(t, 0)
	for _, subject := range []string{"out/tiny/1.0.0/manifest.json", image} {
		args := []string{"validate", subject, "--wim", "out/tiny/1.0.0/image.wim", "--json"}
		all := func(call) bool { return true }
		clean := gate(t, w.dir, all, func(call) verdict { return verdict{} }, args...)
		if clean.code != 0 || len(clean.calls) == 0 {
			t.Fatalf("validate ends with %d after %d calls:\n%s", clean.code, len(clean.calls), clean.stderr)
		}
		for _, lasting := range []bool{false, true} {
			name := "EIO where it reads, at one call"
			if lasting {
				name = "EIO where it reads, from a call on"
			}
			step := stride(len(clean.calls), share(1000, 5))
			codes := tally{}
			for at := 1 + step/2; at <= len(clean.calls); at += step {
				var hit call
				e := gate(t, w.dir, all, func(c call) verdict {
					if c.n == at {
						hit = c
					}
					if c.n == at || lasting && c.n > at {
						return verdict{err: unix.EIO}
					}
					return verdict{}
				}, args...)
				codes.add(outcome{code: e.code})
				switch {
				case e.code == 0 && e.stdout != clean.stdout:
					t.Errorf("validate %s, %s: %s of %s: it ends well with other findings", subject, name, hit.name, hit.path)
				case e.code == 0 && (hit.name == "read" || hit.name == "pread" || hit.name == "openat" && lasting):
					t.Errorf("validate %s, %s: %s of %s: it ends well without having read", subject, name, hit.name, hit.path)
				case e.code != 0 && e.code != 1:
					t.Errorf("validate %s, %s: %s of %s: exit code %d\n%s", subject, name, hit.name, hit.path, e.code, e.stderr)
				}
			}
			by := "validate by manifest"
			if subject == image {
				by = "validate by profile"
			}
			row(t, name, by, tried(codes.tried, len(clean.calls), step), codes.codesSeen(), "-")
		}
	}
}

// codesSeen are the exit codes alone.
func (y *tally) codesSeen() string {
	text, _, _ := strings.Cut(y.seen(), "; ")
	return text
}
