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

func TestSeal(t *testing.T) {
	for name, test := range map[string]struct {
		keep          bool
		change        func(*bed)
		args          []string
		code          int
		bundle, state bool // what is left
		retired       bool
	}{
		"agent goes":        {false, nil, nil, agentcli.CodeDone, false, true, true},
		"agent stays":       {true, nil, nil, agentcli.CodeDone, true, true, false},
		"nothing is left":   {false, nil, []string{"--forget"}, agentcli.CodeDone, false, false, true},
		"restart":           {false, func(b *bed) { b.machine.pending = []string{"a rename"} }, []string{"--forget"}, agentcli.CodeRestart, true, true, false},
		"findings fail":     {false, func(b *bed) { b.machine.Fail = unreadable }, []string{"--forget"}, agentcli.CodeFindings, true, true, false},
		"machine refuses":   {false, func(b *bed) { b.machine.broken = true }, []string{"--forget"}, agentcli.CodeError, true, true, false},
		"damaged bundle":    {false, func(b *bed) { change(b.folder, "bundle/plan.json") }, nil, agentcli.CodeTrust, true, false, false},
		"sealed beforehand": {false, func(b *bed) { b.run(t, "apply") }, []string{"--forget"}, agentcli.CodeDone, false, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, test.keep, setting.StageSeal)
			if test.change != nil {
				test.change(b)
			}
			code, _, errs := b.run(t, append([]string{"seal"}, test.args...)...)
			if code != test.code || b.there("bundle") != test.bundle || b.there("state") != test.state || (b.system.retired != "") != test.retired {
				t.Errorf("code %d, want %d (%s); bundle left %v, state left %v, retired %q", code, test.code, errs, b.there("bundle"), b.there("state"), b.system.retired)
			}
		})
	}
}

// TestSealSparesForeignBundles leaves a bundle outside the agent's folder where it is.
func TestSealSparesForeignBundles(t *testing.T) {
	b := newBed(t, false, setting.StageSeal)
	mine := filepath.Join(t.TempDir(), "mine")
	if err := os.Rename(filepath.Join(b.folder, "bundle"), mine); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := b.run(t, "seal", "--bundle", mine); code != agentcli.CodeDone {
		t.Fatalf("code %d, %s", code, errs)
	}
	if _, err := os.Stat(filepath.Join(mine, "bundle.json")); err != nil {
		t.Error(err)
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
