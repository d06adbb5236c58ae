package agentcli_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// there reports whether something is left in the bed's folder.
func (b *bed) there(name string) bool {
	_, err := os.Stat(filepath.Join(b.folder, name))
	return !errors.Is(err, fs.ErrNotExist)
}

// TestSeal takes away what no connection needs, orders the rest, and ends it when the service starts again.
func TestSeal(t *testing.T) {
	for name, test := range map[string]struct {
		keep   bool
		change func(*bed)
		args   []string
		code   int
		goes   []string // below the agent's folder, at the next start; nil where nothing is ordered
		down   bool
	}{
		"agent goes":       {false, nil, nil, agentcli.CodeRestart, []string{"bundle", "seal.json", "state", "wmguest.exe"}, false},
		"agent stays":      {true, nil, nil, agentcli.CodeDone, nil, false},
		"power":            {true, nil, []string{"--shut-down"}, agentcli.CodeRestart, []string{"seal.json"}, true},
		"nothing is left":  {true, nil, []string{"--forget"}, agentcli.CodeRestart, []string{"seal.json", "state"}, false},
		"restart":          {false, func(b *bed) { b.machine.pending = []string{"a rename"} }, nil, agentcli.CodeRestart, nil, false},
		"findings fail":    {false, func(b *bed) { b.machine.Fail = unreadable }, nil, agentcli.CodeFindings, nil, false},
		"machine refuses":  {false, func(b *bed) { b.machine.broken = true }, nil, agentcli.CodeError, nil, false},
		"damaged bundle":   {false, func(b *bed) { change(b.folder, "bundle/plan.json") }, nil, agentcli.CodeTrust, nil, false},
		"applied before":   {false, func(b *bed) { b.run(t, "apply") }, nil, agentcli.CodeRestart, []string{"bundle", "seal.json", "state", "wmguest.exe"}, false},
		"an answer stays":  {false, func(b *bed) { b.machine.stuck = `\Windows\Panther\unattend.xml` }, nil, agentcli.CodeError, nil, false},
		"a useless answer": {false, nil, []string{"--unattend", "x"}, agentcli.CodeUsage, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, test.keep, setting.StageSeal)
			b.machine.paths[`\Windows\Panther\unattend.xml`] = true
			b.machine.accounts[1001] = "wmbuild"
			if test.keep {
				delete(b.machine.accounts, 1001)
			}
			if test.change != nil {
				test.change(b)
			}
			code, _, errs := b.run(t, append([]string{"seal"}, test.args...)...)
			if code != test.code || b.there("seal.json") != (test.goes != nil) {
				t.Fatalf("code %d, want %d (%s); ordered %v", code, test.code, errs, b.there("seal.json"))
			}
			if sealed := code == agentcli.CodeRestart && test.goes != nil || code == agentcli.CodeDone; sealed == b.machine.paths[`\Windows\Panther\unattend.xml`] {
				t.Errorf("code %d, and the answer file is left %v", code, !sealed)
			}
			if test.goes == nil {
				return
			}
			if len(b.machine.accounts) != 2 && !test.keep {
				t.Error("the account went while somebody was logged on")
			}
			if code, _, errs := b.run(t, "service"); code != agentcli.CodeDone {
				t.Fatalf("service: code %d, %s", code, errs)
			}
			l := b.system.left
			if l == nil || l.ShutDown != test.down || l.Service == test.keep || len(b.machine.accounts) != 1 {
				t.Fatalf("left %+v, accounts %v", l, b.machine.accounts)
			}
			for i, p := range l.Paths {
				l.Paths[i] = strings.TrimPrefix(p, `\Windows\wmclient\`)
			}
			if !slices.Equal(l.Paths, test.goes) {
				t.Errorf("goes %v, want %v", l.Paths, test.goes)
			}
		})
	}
}

// TestSealIsStopped keeps agent and journal, and the machine up, where something cannot be taken away; the journal says what.
func TestSealIsStopped(t *testing.T) {
	b := newBed(t, false, setting.StageSeal)
	b.machine.accounts[1001] = "wmbuild"
	b.machine.stuck = "1001"
	if code, _, errs := b.run(t, "seal", "--shut-down"); code != agentcli.CodeRestart {
		t.Fatal(code, errs)
	}
	for range 2 {
		if code, _, _ := b.run(t, "service"); code != agentcli.CodeError || b.system.left != nil || !b.there("seal.json") {
			t.Errorf("code %d, left %v", code, b.system.left)
		}
	}
	entries, _, err := agent.ReadJournal(filepath.Join(b.folder, "state", "seal.ndjson"))
	if err != nil || len(entries) < 4 || entries[len(entries)-1].Type != agent.EntryOpFailed || !strings.Contains(entries[len(entries)-1].Subject, "seal/account: wmbuild") {
		t.Errorf("%v: %+v", err, entries)
	}
	b.machine.stuck = ""
	if code, _, errs := b.run(t, "service"); code != agentcli.CodeDone || b.system.left == nil || !b.system.left.ShutDown {
		t.Errorf("code %d, %s, left %v", code, errs, b.system.left)
	}
}

// TestSealOtherOrder refuses an order of another program.
func TestSealOtherOrder(t *testing.T) {
	b := newBed(t, false, setting.StageSeal)
	if err := os.WriteFile(filepath.Join(b.folder, "seal.json"), []byte(`{"schema":"wmclient/seal-order/9"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := b.run(t, "service"); code != agentcli.CodeError || !strings.Contains(errs, "wmclient/seal-order/9") || b.system.left != nil {
		t.Errorf("code %d, %s", code, errs)
	}
}

// TestSysprep looks before, and names the line of the log behind.
func TestSysprep(t *testing.T) {
	b := newBed(t, true, setting.StageSeal)
	b.machine.pending = []string{"a rename"}
	code, out, errs := b.run(t, "preflight")
	if code != agentcli.CodeFindings || !strings.Contains(out, "sysprep/pending-restart") || !strings.Contains(errs, "a rename") {
		t.Errorf("preflight: code %d, %s%s", code, out, errs)
	}
	if code, _, _ := b.run(t, "seal", "--sysprep"); code != agentcli.CodeFindings {
		t.Errorf("seal: code %d", code)
	}
	b.machine.pending = nil
	if code, _, errs := b.run(t, "seal", "--sysprep", "--shut-down"); code != agentcli.CodeRestart {
		t.Fatalf("seal: code %d, %s", code, errs)
	}
	log := filepath.Join(filepath.Dir(b.folder), "System32", "Sysprep", "Panther", "setuperr.log")
	if err := os.MkdirAll(filepath.Dir(log), 0o755); err != nil {
		t.Fatal(err)
	}
	text := "2026-11-01 10:00:00, Error                 SYSPRP Package Viewer_1.0_x64__abc was installed for a user, but not provisioned for all users. This package will not function properly in the sysprep image.\r\n"
	if err := os.WriteFile(log, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	b.system.sysprep = errors.New("sysprep.exe ended with code 1")
	if code, _, errs := b.run(t, "service"); code != agentcli.CodeError || !strings.Contains(errs, "setuperr.log:1: SYSPRP Package Viewer_1.0_x64__abc") || b.system.left != nil {
		t.Errorf("service: code %d, %s", code, errs)
	}
	b.system.sysprep = nil
	if code, _, errs := b.run(t, "service"); code != agentcli.CodeDone || b.system.left == nil || b.system.general != 2 {
		t.Errorf("service: code %d, %s", code, errs)
	}
}

// TestJournal prints a journal that holds together, and none that does not.
func TestJournal(t *testing.T) {
	b := newBed(t, false)
	b.run(t, "apply")
	code, out, errs := b.run(t, "status", "--journal")
	if lines := strings.Count(out, "\n"); code != agentcli.CodeDone || lines < 6 || !strings.Contains(out, `"type":"op-done"`) {
		t.Fatalf("code %d, %d lines, %s", code, lines, errs)
	}
	path := filepath.Join(b.folder, "state", agent.JournalFile)
	raw, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, bytes.Replace(raw, []byte(`"changed"`), []byte(`"already"`), 1), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if code, out, _ = b.run(t, "status", "--journal"); code != agentcli.CodeTrust || out != "" {
		t.Errorf("a changed journal: code %d, %q", code, out)
	}
}

// TestElsewhere says by name that it is no Windows, and still tells what it can.
func TestElsewhere(t *testing.T) {
	b := newBed(t, false, setting.StageSeal)
	for verb, want := range map[string]int{
		"apply": agentcli.CodeUsage, "observe": agentcli.CodeUsage, "seal": agentcli.CodeUsage, "service": agentcli.CodeUsage,
		"status": agentcli.CodeWorking, "version": agentcli.CodeDone,
	} {
		var out, errs bytes.Buffer
		code := agentcli.Run(t.Context(), agentcli.Env{
			Args: []string{verb}, Stdout: &out, Stderr: &errs, Now: time.Now, Folder: b.folder, Open: func() (agent.Machine, error) { return nil, agentcli.ErrNoWindows },
		})
		if code != want || want == agentcli.CodeUsage && !strings.Contains(errs.String(), "Windows alone") {
			t.Errorf("%s: code %d, want %d: %s", verb, code, want, errs.String())
		}
	}
}

// TestCollectIsBounded takes the end of a long log, a journal whole, and a bounded number of files.
func TestCollectIsBounded(t *testing.T) {
	b := newBed(t, false)
	panther, state := filepath.Join(filepath.Dir(b.folder), "Panther"), filepath.Join(b.folder, "state")
	for _, dir := range []string{panther, state} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(dir, name string, size int) {
		data := append(bytes.Repeat([]byte{'a'}, size-1), 'z')
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(panther, "setupact.log", 5<<20)
	write(state, agent.JournalFile, 5<<20)
	for i := range 80 {
		write(state, fmt.Sprintf("record.%02d", i), 10)
	}
	code, out, errs := b.run(t, "collect")
	if code != agentcli.CodeDone {
		t.Fatal(errs)
	}
	z, err := zip.NewReader(strings.NewReader(out), int64(len(out)))
	if err != nil {
		t.Fatal(err)
	}
	sizes, last := map[string]uint64{}, ""
	for _, f := range z.File {
		sizes[f.Name] = f.UncompressedSize64
		if f.Name == "collected.txt" {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			raw, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			last = string(raw)
		}
	}
	if sizes["panther/setupact.log"] != 4<<20 || sizes["state/"+agent.JournalFile] != 5<<20 || len(z.File) != 1+64+1 {
		t.Errorf("%d files: %v", len(z.File), sizes)
	}
	if !strings.Contains(last, "without its first 1048576 bytes") || !strings.Contains(last, "17 files more than 64") {
		t.Errorf("it does not say what is missing:\n%s", last)
	}
}
