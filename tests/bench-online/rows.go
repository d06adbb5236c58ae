package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const tenMB = 10_000_000

// took is what benchonline says of one run.
type took struct {
	Seconds                      float64
	Requests, Commands, Settings int
	Bytes                        int64
}

func (b *bench) prepare() error {
	data := make([]byte, tenMB)
	_, _ = rand.Read(data)
	if err := os.WriteFile(b.noise, data, 0o600); err != nil {
		return err
	}
	b.agent, b.plan = filepath.Join(b.dir, "wmguest.exe"), filepath.Join(b.dir, "bundle.zip")
	if _, err := output(nil, "go", "build", "-o", b.tool, "./plugin/internal/lab/internal/benchonline"); err != nil {
		return err
	}
	_, err := output(nil, "bin/wmclient", "bundle", "profiles/images/radiology-viewer.hcl", "--out", b.dir)
	return err
}

// output runs a command and returns what it prints.
func output(env []string, name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), env...)
	text, err := c.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			text = append(text, exit.Stderr...)
		}
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, text)
	}
	return string(text), nil
}

// inTurn runs benchonline with each list of arguments in turn, after a round that does not count.
func (b *bench) inTurn(works ...[]string) ([][]took, error) {
	out := make([][]took, len(works))
	for round := range b.runs + 1 {
		for i, args := range works {
			text, err := output(nil, b.tool, args...)
			if err != nil {
				return nil, err
			}
			var t took
			if err := json.Unmarshal([]byte(text), &t); err != nil {
				return nil, err
			}
			if round > 0 {
				out[i] = append(out[i], t)
			}
		}
	}
	return out, nil
}

// spread is the median of the seconds with smallest and largest, and requests and bytes of the run with most of each.
func spread(list []took) (seconds float64, requests int, text string) {
	var s []float64
	var size int64
	for _, t := range list {
		s = append(s, t.Seconds)
		requests, size = max(requests, t.Requests), max(size, t.Bytes)
	}
	slices.Sort(s)
	seconds = s[len(s)/2]
	return seconds, requests, fmt.Sprintf("%.2f s (%.2f to %.2f), %d requests, %.1f MB", seconds, s[0], s[len(s)-1], requests, float64(size)/1e6)
}

// delivery are the rows of files: noise, and the real agent with its bundle; through WinRM and by HTTP.
func (b *bench) delivery() error {
	for _, latency := range []string{"0s", "5ms", "50ms"} {
		at := "--latency=" + latency
		works := []struct {
			name  string
			limit float64
			args  []string
		}{
			{"10 MB of noise over WinRM, envelopes as Windows comes (500 KiB)", 1.5, []string{"deliver", at, b.noise}},
			{"the same, envelopes as the bootstrap script sets them (8 MiB)", 1.5, []string{"deliver", at, "--envelope=8192", b.noise}},
			{"agent and bundle over WinRM, envelopes as Windows comes", 1.5, []string{"deliver", at, b.agent, b.plan}},
			{"agent and bundle over WinRM, 8 MiB", 1.5, []string{"deliver", at, "--envelope=8192", b.agent, b.plan}},
			{"10 MB of noise by HTTP", 0.3, []string{"deliver", at, "--http", b.noise}},
			{"10 MB of noise from a CD (a folder that stands for one)", 0.3, []string{"deliver", at, "--cd", b.noise}},
		}
		var args [][]string
		for _, w := range works {
			args = append(args, w.args)
		}
		t, err := b.inTurn(args...)
		if err != nil {
			return err
		}
		for i, w := range works {
			seconds, requests, text := spread(t[i])
			target := fmt.Sprintf("<= %.1f s, 40 requests", w.limit)
			b.add(w.name+", "+latency+" added", text, target, verdict(seconds <= w.limit && requests <= 40), b.shown(w.args))
		}
	}
	return nil
}

// shown is a command as the page has it.
func (b *bench) shown(args []string) string {
	return strings.NewReplacer(b.agent, "agent", b.plan, "bundle", b.noise, "noise", "--latency=0s ", "").Replace("B " + strings.Join(args, " "))
}

// validation is all settings of an image in one command, against a command for each of 400.
func (b *bench) validation() error {
	for _, latency := range []string{"0s", "50ms"} {
		look, each := []string{"observe", "--latency=" + latency, b.agent, b.plan}, []string{"each", "--latency=" + latency, "400"}
		works := [][]string{look}
		if latency == "0s" {
			works = append(works, each) // at 50 ms it is 1,604 times that, which needs no trial
		}
		t, err := b.inTurn(works...)
		if err != nil {
			return err
		}
		seconds, _, text := spread(t[0])
		one := t[0][0]
		b.add(fmt.Sprintf("%d settings validated, agent and bundle there already, %s added", one.Settings, latency), fmt.Sprintf("%s, %d command", text, one.Commands), "400 in <= 2 s, 1 command",
			verdict(seconds <= 2 && one.Commands == 1 && one.Settings >= 400), b.shown(look))
		if len(t) > 1 {
			_, _, text := spread(t[1])
			b.add("for comparison, one command for each of 400 values", fmt.Sprintf("%s, %d commands", text, t[1][0].Commands), "", "", b.shown(each))
		}
	}
	return nil
}

// cancel is Ctrl-C to real Packer at two moments, and a cancelled run while the agent is at an op: each test goes on with a second run, which has to
// end well.
func (b *bench) cancel() error {
	for _, c := range []struct{ env, room, test string }{{"PACKER_ACC=1", "./tests/packer", "TestOnlineCancel"}, {"PACKER_ACC=0", "./plugin/internal/online", "TestCancelled"}} {
		args := []string{"test", "-count=1", "-v", "-run", "^" + c.test + "$", c.room}
		all := map[string][]float64{}
		var names []string
		for range b.runs {
			text, err := output([]string{c.env}, "go", args...)
			if err != nil {
				return err
			}
			for _, m := range regexp.MustCompile(`ended ([0-9.]+)s after (.*)`).FindAllStringSubmatch(text, -1) {
				n, err := strconv.ParseFloat(m[1], 64)
				if err != nil {
					return err
				}
				if all[m[2]] == nil {
					names = append(names, m[2])
				}
				all[m[2]] = append(all[m[2]], n)
			}
		}
		if len(names) == 0 {
			return fmt.Errorf("%s says no time", c.test)
		}
		for _, name := range names {
			list := all[name]
			slices.Sort(list)
			b.add(name+"; the next run goes on and ends well", fmt.Sprintf("ended after %.2f s (%.2f to %.2f)", list[len(list)/2], list[0], list[len(list)-1]),
				"<= 3 s", verdict(list[len(list)-1] <= 3), c.env+" go "+strings.Join(args, " "))
		}
	}
	return nil
}

// faults gathers the tests that break a run at every place: each counts its own cases, and fails where an end state is wrong or an op was
// applied twice that may not be.
func (b *bench) faults() error {
	for _, f := range []struct {
		work, room, test, count string
		least                   int
	}{
		{"connection cut, answer lost and machine restarted, each at every request of a run; an op whose answer was lost may have run again", "./plugin/internal/online", "TestConnectionLost", `--- PASS: TestConnectionLost/`, 30},
		{"agent killed before and after the first and last op of each stage, and at 50 others; journal torn, machine restarted", "./plugin/internal/agent", "TestKilledAtRandomOps", `killed at op`, 50},
	} {
		args := []string{"test", "-count=1", "-v", "-run", "^" + f.test + "$", f.room}
		text, err := output(nil, "go", args...)
		if err != nil {
			return err
		}
		n := len(regexp.MustCompile(f.count).FindAllString(text, -1))
		if n < f.least {
			return fmt.Errorf("%s has %d cases", f.test, n)
		}
		b.add(f.work, fmt.Sprintf("%d of %d end right, nothing done twice that may not be", n, n), "all", "met", "go "+strings.Join(args, " "))
	}
	return nil
}
