//go:build linux

package faults_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// bulk is what the lab base is made larger by, in bytes: some blocks that the system copies, behind those that the program does.
func bulk() int64 { return int64(share(12, 5)) << 20 }

// works are what is tried, each in a place of its own.
func works(t testing.TB) []*work {
	return []*work{fresh(t, bulk()), replacing(t, bulk()), deltaMade(t, bulk()), deltaApplied(t, bulk()), locked(t, bulk())}
}

// A build that is killed at any moment leaves a whole release or none, and the next run works. Moments are spread over the measured length
// of a run, with some behind its end.
func TestKilledAtRandomMoments(t *testing.T) {
	sideBySide(t)
	w := fresh(t, int64(share(48, 16))<<20)
	// A machine that others use is now slow, now fast: the length is the middle of the last seven runs that nobody killed.
	var lengths []time.Duration
	measured := func(work func()) {
		w.reset(t)
		begun := time.Now()
		work()
		lengths = append(lengths, time.Since(begun))
		lengths = lengths[max(0, len(lengths)-7):]
	}
	for range 7 {
		measured(func() { run(t, w.dir, w.args...).Must(t, 0) })
	}
	length := func() time.Duration { return slices.Sorted(slices.Values(lengths))[len(lengths)/2] }
	first := length()
	random := rand.New(rand.NewPCG(1, 2))
	var y tally
	n, nexts := share(1000, 25), 0
	w.reset(t)
	for i := range n {
		// Half of the runs meet what the killed one before left, as they do in life; the others begin anew.
		moment := time.Duration(random.Int64N(int64(length() * 11 / 10)))
		o := killAfter(t, w, moment, fmt.Sprintf("kill %d, after %s", i, moment))
		y.add(o)
		if i%4 == 3 || o.code == 0 || o.whole {
			w.next(t, fmt.Sprintf("kill %d, after %s", i, moment))
			nexts++
			measured(func() { run(t, w.dir, w.args...).Must(t, 0) })
			w.reset(t)
		}
	}
	if y.killed < n/4 || y.littered == 0 {
		t.Errorf("of %d runs %d were killed, %d of them at work: nothing was tried", n, y.killed, y.littered)
	}
	w.next(t, "the last kill")
	row(t, "kill -9 at a random moment", w.name, fmt.Sprintf("%d moments of a run of about %d ms", n, first.Milliseconds()), y.seen(), fmt.Sprintf("%d whole runs, same digests", nexts+1))
}

func killAfter(t testing.TB, w *work, moment time.Duration, what string) outcome {
	t.Helper()
	cmd := exec.Command(command(t), w.args...)
	cmd.Dir = w.dir
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(moment, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return w.held(t, what, ended{code: cmd.ProcessState.ExitCode(), stderr: said.String()})
}

// The same before each single call that changes the folder, in turn: what a random moment hits once in a thousand.
func TestKilledAtEachCall(t *testing.T) {
	sideBySide(t)
	for _, w := range works(t) {
		t.Run(w.name, func(t *testing.T) {
			sideBySide(t)
			killing(t, w)
		})
	}
}

// killing kills the command before each call that changes something.
func killing(t *testing.T, w *work) {
	changes := func(c call) bool { return c.changes() }
	w.reset(t)
	clean := gate(t, w.dir, changes, func(call) verdict { return verdict{} }, w.args...)
	if clean.code != 0 {
		t.Fatalf("%s ends with %d:\n%s", w.name, clean.code, clean.stderr)
	}
	step := stride(len(clean.calls), share(1000, 5))
	var y tally
	for at := 1 + step/2; at <= len(clean.calls); at += step {
		w.reset(t)
		var hit call
		e := gate(t, w.dir, changes, func(c call) verdict {
			if c.n == at {
				hit = c
				return verdict{kill: true}
			}
			return verdict{}
		}, w.args...)
		what := fmt.Sprintf("kill at call %d, %s of %s", at, hit.name, hit.path)
		if e.code != -1 {
			t.Errorf("%s, %s: exit code %d, it was to be killed", w.name, what, e.code)
		}
		y.add(w.held(t, what, e))
		w.next(t, what)
	}
	row(t, "kill -9 before a call that changes the disk", w.name, tried(y.tried, len(clean.calls), step), y.seen(), "after each: whole, same digests")
}

// tried says how many of how many calls.
func tried(n, of, step int) string {
	if step == 1 {
		return fmt.Sprintf("each of %d calls", of)
	}
	return fmt.Sprintf("%d of %d calls, one in %d", n, of, step)
}
