// Command audit measures `wmclient audit` on many lab hosts: clients per second and peak memory, when all are well and when some hang, refuse and die in the
// middle of their answer. It builds a real image profile on a lab base, plays the hosts in one process of `wmclient lab serve`, audits them with another, and demands
// that every client has its outcome and its record. Everything runs on this computer, on loopback; none of it is a Windows.
//
//	go run ./tests/bench-online/audit [-hosts 500] [-wmclient bin/wmclient] [-profile profiles/images/radiology-viewer.hcl]
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const password = "bench-only"

var (
	hosts       = flag.Int("hosts", 500, "how many lab hosts")
	command     = flag.String("wmclient", "bin/wmclient", "the command under test")
	profile     = flag.String("profile", "profiles/images/radiology-viewer.hcl", "the image that the hosts were made from")
	timeout     = flag.Duration("timeout", 15*time.Second, "for one attempt at one client")
	concurrency = flag.Int("concurrency", 32, "clients at the same time")
)

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench-online/audit:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	if *command, err = filepath.Abs(*command); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "wmclient-bench-audit-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	wim, err := image(work)
	if err != nil {
		return err
	}
	fmt.Printf("%d lab hosts, %d at a time, %s for an attempt and one more, %s on %d CPUs\n\n", *hosts, *concurrency, *timeout, *profile, runtime.NumCPU())
	fmt.Println("| hosts | seconds | clients per second | peak memory | processor seconds for a client | ok or judged in part | unreachable | lost |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, sick := range [][]string{nil, {"0.05:hang-receive-from=1", "0.05:phase=closed", "0.05:truncate-at=9,truncate-at=10,truncate-at=11,truncate-at=12,truncate-at=13,truncate-at=14,truncate-at=15,truncate-at=16,truncate-at=17,truncate-at=18,truncate-at=19,truncate-at=20,truncate-at=21,truncate-at=22"}} {
		name := "all well"
		if sick != nil {
			name = "5 % hang, 5 % refuse, 5 % die mid-answer"
		}
		if err := measure(work, wim, name, sick); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// wmclient runs the command to its end and returns what it printed.
func wmclient(args ...string) ([]byte, error) {
	c := exec.Command(*command, args...)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		return out, fmt.Errorf("wmclient %s: %w\n%s", args[0], err, errs.String())
	}
	return out, nil
}

// image builds the profile and returns the path of its WIM.
func image(work string) (string, error) {
	tree := filepath.Join(work, "profiles")
	if err := os.CopyFS(tree, os.DirFS(filepath.Dir(filepath.Dir(*profile)))); err != nil {
		return "", err
	}
	own := filepath.Join(tree, "images", filepath.Base(*profile))
	if err := os.Remove(strings.TrimSuffix(own, ".hcl") + ".lock.hcl"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	base, out := filepath.Join(work, "lab.wim"), filepath.Join(work, "out")
	for _, args := range [][]string{{"lab", "base", "--for", own, "--out", base}, {"lock", own, "--accept-base", base}, {"build", own, "--base", base, "--out", out}} {
		if _, err := wmclient(args...); err != nil {
			return "", err
		}
	}
	found, err := filepath.Glob(filepath.Join(out, "*", "*", "image.wim"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("%d images were built, %w", len(found), err)
	}
	return found[0], nil
}

// measure plays the hosts, audits them once and prints a row.
func measure(work, wim, name string, sick []string) (err error) {
	ca := filepath.Join(work, "ca.pem")
	args := []string{"lab", "serve", "--json", "--wim", wim, "--settled", "--ca", ca, "--hosts", strconv.Itoa(*hosts)}
	for _, s := range sick {
		args = append(args, "--sick", s)
	}
	lab := exec.Command(*command, args...)
	lab.Env = append(os.Environ(), "WMCLIENT_LAB_PASSWORD="+password)
	lab.Stderr = os.Stderr
	out, err := lab.StdoutPipe()
	if err != nil {
		return err
	}
	if err := lab.Start(); err != nil {
		return err
	}
	lines := bufio.NewReader(out)
	defer func() {
		serr := lab.Process.Signal(syscall.SIGTERM)
		_, rerr := io.Copy(io.Discard, lines)
		err = errors.Join(err, serr, rerr, lab.Wait())
	}()
	inventory := filepath.Join(work, "clients.txt")
	if err := ready(lines, inventory); err != nil {
		return err
	}
	return audit(work, wim, name, ca, inventory)
}

// ready waits for all hosts and writes them down.
func ready(lines *bufio.Reader, inventory string) error {
	var text strings.Builder
	for range *hosts {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return fmt.Errorf("the lab did not start: %w", err)
		}
		var e struct {
			Data struct {
				Host string
				Port int
			}
		}
		if err := json.Unmarshal(line, &e); err != nil {
			return err
		}
		fmt.Fprintf(&text, "%s:%d\n", e.Data.Host, e.Data.Port)
	}
	return os.WriteFile(inventory, []byte(text.String()), 0o600)
}

// audit runs the command under test.
func audit(work, wim, name, ca, inventory string) error {
	records, err := os.MkdirTemp(work, "records-")
	if err != nil {
		return err
	}
	c := exec.Command(*command, "audit", "--inventory", inventory, "--user", "packer", "--ca", ca, "--manifest", filepath.Dir(wim), "--records", records, "--json",
		"--timeout", timeout.String(), "--retries", "1", "--concurrency", strconv.Itoa(*concurrency))
	c.Env = append(os.Environ(), "WMCLIENT_AUDIT_PASSWORD="+password)
	c.Stderr = os.Stderr
	var out bytes.Buffer
	c.Stdout = &out
	began := time.Now()
	err = c.Run()
	took := time.Since(began)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	states, err := outcomes(out.Bytes())
	if err != nil {
		return err
	}
	written, err := os.ReadDir(records)
	if err != nil {
		return err
	}
	judged := states["ok"] + states["unobservable"] + states["drift"]
	lost := *hosts - judged - states["unreachable"] - states["unknown-image"] - states["error"]
	fmt.Printf("| %s | %.1f | %.1f | %s | %.3f | %d | %d | %d |\n", name, took.Seconds(), float64(*hosts)/took.Seconds(), peak(c.ProcessState),
		(c.ProcessState.UserTime()+c.ProcessState.SystemTime()).Seconds()/float64(*hosts), judged, states["unreachable"], lost)
	if lost != 0 || len(written) != *hosts || states["error"]+states["unknown-image"]+states["drift"] != 0 {
		return fmt.Errorf("%d outcomes are lost, %d records were written, and these states came: %v", lost, len(written), states)
	}
	return nil
}

// outcomes counts the clients by state: by their own lines, which the last line must agree with.
func outcomes(out []byte) (map[string]int, error) {
	counted, names := map[string]int{}, map[string]bool{}
	var last map[string]int
	for line := range bytes.Lines(out) {
		var e struct {
			Type string
			Data struct {
				Name, State string
				States      map[string]int
			}
		}
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, err
		}
		if e.Type == "audit" && !names[e.Data.Name] {
			names[e.Data.Name] = true
			counted[e.Data.State]++
		} else if e.Type == "result" {
			last = e.Data.States
		}
	}
	for state, n := range last {
		if counted[state] != n {
			return nil, fmt.Errorf("%d lines say %s, and the result says %d", counted[state], state, n)
		}
	}
	if last == nil {
		return nil, errors.New("the audit printed no result")
	}
	return counted, nil
}
