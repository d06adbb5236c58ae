package harness

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// LabPassword is the password of a Lab. It holds what shells, XML and PowerShell would escape.
const LabPassword = `Lab&'Pass"w0rd<$`

// Lab is a `wmclient lab serve` that runs.
type Lab struct {
	URL, Host, User, BootID string
	Port                    int
	CAFile                  string

	cmd    *exec.Cmd
	lines  *bufio.Reader
	stderr bytes.Buffer
}

// LabCounters is what a lab has counted when it ends.
type LabCounters struct {
	Requests, Connections, Injected, Restarts int
	Actions                                   map[string]int
}

// ServeLab starts a lab machine, which ends with the test at the latest.
func ServeLab(t testing.TB, args ...string) *Lab {
	t.Helper()
	l := &Lab{cmd: exec.Command(Binary(t, "wmclient"), append([]string{"lab", "serve", "--json"}, args...)...)}
	l.cmd.Env = append(os.Environ(), "WMCLIENT_LAB_PASSWORD="+LabPassword)
	l.cmd.Stderr = &l.stderr
	l.cmd.WaitDelay = 10 * time.Second
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	l.lines = bufio.NewReader(out)
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.cmd.Process.Kill() }) // fails where it has ended
	line, err := l.lines.ReadString('\n')
	var ready struct {
		Type string `json:"type"`
		Data struct {
			URL, Host, User string
			Port            int
			BootID          string `json:"boot_id"`
			CAFile          string `json:"ca_file"`
		} `json:"data"`
	}
	if err == nil {
		err = json.Unmarshal([]byte(line), &ready)
	}
	if err != nil || ready.Type != "ready" {
		_ = l.cmd.Wait()
		t.Fatalf("lab serve: %v, %q, %s", err, line, l.stderr.String())
	}
	d := ready.Data
	l.URL, l.Host, l.Port, l.User, l.BootID, l.CAFile = d.URL, d.Host, d.Port, d.User, d.BootID, d.CAFile
	return l
}

// End terminates the lab as a user would, demands that it ends well, and returns what it has counted.
func (l *Lab) End(t testing.TB, sig syscall.Signal) LabCounters {
	t.Helper()
	if err := l.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(l.lines)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.cmd.Wait(); err != nil {
		t.Fatalf("lab serve ended with %v: %s", err, l.stderr.String())
	}
	if said := string(rest) + l.stderr.String(); strings.Contains(said, LabPassword) {
		t.Errorf("lab serve says the password:\n%s", said)
	}
	var last struct {
		Type string      `json:"type"`
		Data LabCounters `json:"data"`
	}
	if err := json.Unmarshal(rest, &last); err != nil || last.Type != "result" {
		t.Fatalf("lab serve ended with %q: %v", rest, err)
	}
	return last.Data
}
