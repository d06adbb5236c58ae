package agent_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// restartCode is what Linux sees of exit code 3010: its low eight bits.
const restartCode = 3010 & 0xff

const pendingKey = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending`

// client is a machine with an agent in Wine.
type client struct {
	t      *testing.T
	wine   *harness.Wine
	folder string // %SystemRoot%\wmclient
}

// newClient puts agent and bundle where an image carries them.
func newClient(t *testing.T) *client {
	t.Helper()
	c := &client{t: t, wine: harness.NewWine(t)}
	c.folder = filepath.Join(c.wine.Prefix, "drive_c", "windows", "wmclient")
	c.wine.Command("reg", "delete", `HKLM\SOFTWARE\Policies`, "/f").Run(t) // what another test has set
	for _, dir := range []string{c.folder, filepath.Join(c.wine.Prefix, "drive_c", "windows", "system32", "GroupPolicy")} {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	writeBundle(t, filepath.Join(c.folder, "bundle"))
	exe, err := os.ReadFile(harness.WindowsBinary(t, "wmguest"))
	if err == nil {
		err = os.WriteFile(filepath.Join(c.folder, "wmguest.exe"), exe, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *client) run(args ...string) harness.Result {
	c.t.Helper()
	cmd := c.wine.Command(`C:\windows\wmclient\wmguest.exe`, args...)
	cmd.Timeout = 2 * time.Minute
	return cmd.Run(c.t)
}

func (c *client) reg(args ...string) {
	c.t.Helper()
	c.wine.Command("reg", args...).Run(c.t).Must(c.t, 0)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// event is a line of what the agent prints.
type event struct {
	Type   string `json:"type"`
	Result string `json:"result"`
	Status *status
}

type status struct {
	State   string         `json:"state"`
	Boot    string         `json:"boot"`
	Restart []string       `json:"restart"`
	Record  string         `json:"record"`
	Summary map[string]any `json:"summary"`
}

// events reads NDJSON, and counts the ops in it.
func events(t *testing.T, text string) (last status, ops int) {
	t.Helper()
	for line := range strings.Lines(text) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Type == "op" {
			ops++
		}
		if e.Status != nil {
			last = *e.Status
		}
	}
	return last, ops
}

// TestClient takes a machine through its first boot: a restart that must be, the stages, the record, and the agent's own removal.
func TestClient(t *testing.T) {
	c := newClient(t)
	c.reg("add", pendingKey, "/f")
	t.Cleanup(func() { c.wine.Command("reg", "delete", pendingKey, "/f").Run(t) })
	first, ops := events(t, c.run("apply").Must(t, restartCode).Stdout)
	if first.State != "restart" || first.Boot == "" || ops < wanted || !strings.Contains(strings.Join(first.Restart, " "), "RebootPending") {
		t.Fatalf("%+v after %d ops", first, ops)
	}
	c.reg("delete", pendingKey, "/f")
	again, ops := events(t, c.run("apply").Must(t, restartCode).Stdout)
	if again.State != "restart" || again.Boot != first.Boot || ops != 0 {
		t.Fatalf("without a restart it went on: %+v after %d ops", again, ops)
	}
	c.run("status").Must(t, restartCode)
	c.wine.Restart(t)
	last, ops := events(t, c.run("apply").Must(t, 0).Stdout)
	if last.State != "done" || last.Boot == first.Boot || ops < wanted {
		t.Fatalf("%+v after %d ops", last, ops)
	}
	c.checkRecord(last)
	if _, ops := events(t, c.run("apply").Must(t, 0).Stdout); ops != 0 {
		t.Errorf("done, and %d ops more", ops)
	}
	c.run("status", "--wait", "--timeout", "10s").Must(t, 0)

	inWine := c.run("status", "--journal").Must(t, 0)
	state := filepath.Join(c.folder, "state")
	here := harness.Command{Path: harness.Binary(t, "wmguest"), Args: []string{"status", "--journal", "--state", state}}.Run(t).Must(t, 0)
	if here.Stdout != inWine.Stdout || strings.Count(here.Stdout, "\n") < 4*wanted {
		t.Errorf("the journal reads differently on another system: %d and %d bytes", len(here.Stdout), len(inWine.Stdout))
	}

	// The end of a seal is the service's, at the next start: Wine has neither the accounts nor the certificates that it looks for.
	c.run("seal", "--forget").Must(t, restartCode)
	if !exists(filepath.Join(c.folder, "seal.json")) || !exists(filepath.Join(c.folder, "bundle")) || !exists(filepath.Join(state, "seal.ndjson")) {
		t.Error("order, bundle or journal of the seal are missing")
	}
	const service = `HKLM\SYSTEM\CurrentControlSet\Services\wmguest`
	if r := c.wine.Command("reg", "query", service, "/v", "ImagePath").Run(t).Must(t, 0); !strings.Contains(r.Stdout, "wmguest.exe") {
		t.Errorf("nobody ends the seal at the next start: %s", r.Stdout)
	}
	c.reg("delete", service, "/f")
}

// checkRecord holds the first-boot record against the status.
func (c *client) checkRecord(s status) {
	c.t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.folder, "state", "first-boot-record.json"))
	if err != nil {
		c.t.Fatal(err)
	}
	var rec struct {
		Schema   string   `json:"schema"`
		Platform string   `json:"platform"`
		OnWin    bool     `json:"validated_on_windows"`
		Passed   bool     `json:"passed"`
		Boots    []string `json:"boots"`
		Recipe   string   `json:"recipe_digest"`
		Agent    struct {
			SHA256 string `json:"sha256"`
		} `json:"agent"`
		Findings []struct {
			Setting string `json:"setting"`
			Outcome string `json:"outcome"`
			Reason  string `json:"reason"`
		} `json:"findings"`
	}
	if err := json.Unmarshal(raw, &rec); err != nil {
		c.t.Fatal(err)
	}
	if rec.Schema != "wmclient/first-boot-record/1" || rec.Platform != "wine" || rec.OnWin || !rec.Passed || len(rec.Boots) != 2 || len(rec.Recipe) != 64 ||
		len(rec.Agent.SHA256) != 64 || len(rec.Findings) != 2*wanted {
		c.t.Errorf("%.600s", raw)
	}
	for _, f := range rec.Findings {
		if f.Outcome != "pass" {
			c.t.Errorf("%s is %s: %s", f.Setting, f.Outcome, f.Reason)
		}
	}
	if digest := hash(raw); digest != s.Record {
		c.t.Errorf("the record has SHA-256 %s, the status says %s", digest, s.Record)
	}
}

// TestKilled kills the program while it works, at several places, and lets it go on.
func TestKilled(t *testing.T) {
	c := newClient(t)
	for _, at := range []int{1, 7, wanted, 3} {
		cmd := exec.Command(c.wine.Loader, `C:\windows\wmclient\wmguest.exe`, "apply")
		cmd.Env = append(os.Environ(), c.wine.Env...)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for seen := 0; seen < at && lines.Scan(); {
			if strings.Contains(lines.Text(), `"type":"op"`) {
				seen++
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if code := c.run("status").Code; code != 6 {
			t.Fatalf("killed at op %d: status ends with %d", at, code)
		}
	}
	last, _ := events(t, c.run("apply").Must(t, 0).Stdout)
	if last.State != "done" {
		t.Errorf("%+v", last)
	}
	r := c.run("status", "--journal").Must(t, 0)
	if n := strings.Count(r.Stdout, `"type":"run"`); n != 5 {
		t.Errorf("%d processes in the journal, want 5", n)
	}
	done := map[string]int{}
	for line := range strings.Lines(r.Stdout) {
		var e struct {
			Type, Stage string
			Op          int
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Type == "op-done" {
			done[e.Stage+" "+strconv.Itoa(e.Op)]++
		}
	}
	for op, n := range done {
		if n != 1 {
			t.Errorf("op %s was done %d times", op, n)
		}
	}
}

// TestRefused ends with the code that says why, and changes nothing.
func TestRefused(t *testing.T) {
	c := newClient(t)
	c.run("apply", "--bundle", `C:\nowhere`).Must(t, 2)
	c.run("harden").Must(t, 2)
	plan := filepath.Join(c.folder, "bundle", "plan.json")
	good, err := os.ReadFile(plan)
	if err == nil {
		err = os.WriteFile(plan, append(good, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.run("apply").Must(t, 5)
	if err := os.WriteFile(plan, good, 0o644); err != nil {
		t.Fatal(err)
	}
	const stamp = `HKLM\SOFTWARE\wmclient`
	for _, name := range []string{"Name", "Version", "RecipeDigest", "Class", "Management"} {
		c.reg("add", stamp, "/v", name, "/d", "other", "/f")
	}
	r := c.run("apply").Must(t, 5)
	c.reg("delete", stamp, "/f")
	if !strings.Contains(r.Stderr, "another image") {
		t.Error(r.Stderr)
	}
	if s := filepath.Join(c.folder, "state", "journal.ndjson"); exists(s) {
		if raw, _ := os.ReadFile(s); len(raw) > 0 {
			t.Errorf("it began to work:\n%s", raw)
		}
	}
}
