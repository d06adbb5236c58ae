package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// taken is what one process, or a row of them, took.
type taken struct {
	wall time.Duration
	cpu  time.Duration
	peak int64 // bytes of the largest process
}

// run runs commands one after the other, as one piece of work. A command that fails stops the bench, but for findings (3), which a lab
// base gives.
func run(commands ...[]string) (taken, error) {
	var t taken
	for _, c := range commands {
		cmd := exec.Command(c[0], c[1:]...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		begun := time.Now()
		err := cmd.Run()
		t.wall += time.Since(begun)
		if err != nil && cmd.ProcessState.ExitCode() != 3 {
			return t, fmt.Errorf("%s: %w\n%s", strings.Join(c, " "), err, stderr.String())
		}
		t.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		t.peak = max(t.peak, peak(cmd.ProcessState))
	}
	return t, nil
}

// work is something to measure: what is done before, unmeasured, and the commands, or what the bench does itself.
type work struct {
	before   func() error
	commands [][]string
	do       func() error
}

func (w work) run() (taken, error) {
	if w.do == nil {
		return run(w.commands...)
	}
	begun := time.Now()
	err := w.do()
	return taken{wall: time.Since(begun)}, err
}

// inTurn runs pieces of work in turn, A B C A B C, after one round that does not count.
func (b *bench) inTurn(works ...work) ([][]taken, error) {
	out := make([][]taken, len(works))
	for round := range b.runs + 1 {
		for i, w := range works {
			if w.before != nil {
				if err := w.before(); err != nil {
					return nil, err
				}
			}
			t, err := w.run()
			if err != nil {
				return nil, err
			}
			if round > 0 {
				out[i] = append(out[i], t)
			}
		}
	}
	return out, nil
}

// median is the one in the middle: the number of rounds is odd.
func median[T ~int64 | ~float64](list []T) T {
	s := slices.Clone(list)
	slices.Sort(s)
	return s[len(s)/2]
}

func walls(list []taken) []float64 {
	var out []float64
	for _, t := range list {
		out = append(out, t.wall.Seconds())
	}
	return out
}

func cpus(list []taken) []float64 {
	var out []float64
	for _, t := range list {
		out = append(out, t.cpu.Seconds())
	}
	return out
}

// ratios are those of each round: what disturbs a machine for minutes disturbs both.
func ratios(a, b []taken) []float64 {
	var out []float64
	for i := range a {
		out = append(out, a[i].wall.Seconds()/b[i].wall.Seconds())
	}
	return out
}

// spread is a median with the smallest and largest, and of how many.
func spread(list []float64, unit string) string {
	return fmt.Sprintf("%.2f%s (%.2f to %.2f; %d)", median(list), unit, slices.Min(list), slices.Max(list), len(list))
}

func remove(paths ...string) func() error {
	return func() error {
		for _, p := range paths {
			if err := os.RemoveAll(p); err != nil {
				return err
			}
		}
		return nil
	}
}
