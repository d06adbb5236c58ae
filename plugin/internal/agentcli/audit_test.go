package agentcli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/audit"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// FolderFiles lets the machine show drivers: it has none.
func (m *machine) FolderFiles(string, string, string) (map[string]setting.FileFacts, error) {
	return map[string]setting.FileFacts{}, nil
}

// stamped makes the machine one of the bundle's image, with a Windows and programs to look at.
func stamped(t *testing.T, b *bed) {
	t.Helper()
	opened, err := bundle.OpenDir(filepath.Join(b.folder, "bundle"))
	if err != nil {
		t.Fatal(err)
	}
	s := manifest.StampOf(opened.Plan, opened.RecipeDigest)
	const version = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	for _, v := range []struct {
		key, name string
		value     setting.RegistryValue
	}{
		{manifest.StampKey, "Name", setting.SZ(s.Name)}, {manifest.StampKey, "Version", setting.SZ(s.Version)}, {manifest.StampKey, "RecipeDigest", setting.SZ(s.RecipeDigest)},
		{manifest.StampKey, "Class", setting.SZ(s.Class)}, {manifest.StampKey, "Management", setting.SZ(s.Management)},
		{version, "EditionID", setting.SZ("IoTEnterpriseS")}, {version, "CurrentBuildNumber", setting.SZ("19044")}, {version, "UBR", setting.DWord(1288)},
		{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Viewer`, "DisplayName", setting.SZ("Viewer")}, {`HKLM\SYSTEM\CurrentControlSet\Services\Dnscache`, "Type", setting.DWord(0x20)},
	} {
		if _, err := b.machine.SetRegistryValue(v.key, v.name, v.value); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAudit(t *testing.T) {
	b := newBed(t, true)
	if code, _, errs := b.run(t, "audit"); code != agentcli.CodeTrust {
		t.Fatalf("without a stamp: code %d, %s", code, errs)
	}
	stamped(t, b)
	b.run(t, "apply")
	code, out, errs := b.run(t, "audit")
	if code != agentcli.CodeDone {
		t.Fatalf("code %d, %s%s", code, out, errs)
	}
	first, digest, err := audit.ReadRecord([]byte(strings.TrimSuffix(out, "\n")))
	if err != nil || first.State != audit.OK || first.Way != audit.WayLocal || first.Previous != "" || len(first.Inventory.Programs) != 1 {
		t.Fatalf("got %+v, %v", first, err)
	}
	if _, err := b.machine.SetRegistryValue(testKey, "First", setting.DWord(2)); err != nil {
		t.Fatal(err)
	}
	if code, out, errs = b.run(t, "audit"); code != agentcli.CodeDrift {
		t.Fatalf("after a change: code %d, %s%s", code, out, errs)
	}
	second, _, err := audit.ReadRecord([]byte(strings.TrimSuffix(out, "\n")))
	if err != nil || second.State != audit.Drift || second.Previous != digest || len(second.Differences) != 1 {
		t.Errorf("got %+v, %v", second, err)
	}
	files, err := filepath.Glob(filepath.Join(b.folder, "state", "audit", "*.json"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%q, %v", files, err)
	}
	if _, err := b.machine.SetRegistryValue(`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Game`, "DisplayName", setting.SZ("Game")); err != nil {
		t.Fatal(err)
	}
	if code, out, errs = b.run(t, "audit", "--baseline", files[0]); code != agentcli.CodeDrift || !strings.Contains(out, `"class":"strangers"`) {
		t.Errorf("against a baseline: code %d, %s%s", code, out, errs)
	}
	if code, _, _ = b.run(t, "audit", "--baseline", "none"); code != agentcli.CodeUsage {
		t.Errorf("code %d", code)
	}
	b.machine.Fail = unreadable
	if code, _, _ = b.run(t, "audit"); code == agentcli.CodeDone || code == agentcli.CodeDrift {
		t.Errorf("a machine that cannot be read: code %d", code)
	}
}

// TestAuditRecordsAreKept lets only the newest stay, in one chain, also where the clock is set back.
func TestAuditRecordsAreKept(t *testing.T) {
	b := newBed(t, true)
	stamped(t, b)
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	var last string
	for n := range 40 {
		at = at.Add(time.Hour)
		if n == 20 {
			at = at.AddDate(-1, 0, 0)
		}
		var out, errs bytes.Buffer
		code := agentcli.Run(t.Context(), agentcli.Env{Args: []string{"audit"}, Stdout: &out, Stderr: &errs, Now: func() time.Time { return at }, Version: "0.1.0", Folder: b.folder,
			Open: func() (agent.Machine, error) { return b.machine, nil }})
		if code != agentcli.CodeDrift {
			t.Fatalf("code %d, %s", code, errs.String())
		}
		rec, digest, err := audit.ReadRecord(bytes.TrimSuffix(out.Bytes(), []byte("\n")))
		if err != nil || rec.Previous != last {
			t.Fatalf("record %d: previous %s, want %s, %v", n, rec.Previous, last, err)
		}
		last = digest
	}
	files, err := filepath.Glob(filepath.Join(b.folder, "state", "audit", "*.json"))
	if err != nil || len(files) != 30 {
		t.Fatalf("%d records are kept, %v", len(files), err)
	}
	var digests, previous []string
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var rec struct{ Previous string }
		if err := json.Unmarshal(raw, &rec); err != nil {
			t.Fatal(err)
		}
		digests, previous = append(digests, canonical.Digest(raw)), append(previous, rec.Previous)
	}
	missing := 0
	for _, p := range previous {
		if !slices.Contains(digests, p) {
			missing++
		}
	}
	if missing != 1 || !slices.Contains(digests, last) {
		t.Errorf("%d links of the chain are gone", missing)
	}
}

// TestServiceAudits keeps the service at work where the image manages itself.
func TestServiceAudits(t *testing.T) {
	b := managedBed(t, true, "local")
	stamped(t, b)
	var out, errs bytes.Buffer
	done := make(chan int, 1)
	go func() {
		done <- agentcli.Run(t.Context(), agentcli.Env{Args: []string{"service"}, Stdout: &out, Stderr: &errs, Now: time.Now, Version: "0.1.0", Folder: b.folder, AuditEvery: 5 * time.Millisecond,
			Open:    func() (agent.Machine, error) { return b.machine, nil },
			Service: func(work func(agentcli.Signals) error) error { return work(agentcli.Signals{Stop: b.stop}) }, System: b.system})
	}()
	folder := filepath.Join(b.folder, "state", "audit")
	for range 2000 {
		if files, _ := filepath.Glob(filepath.Join(folder, "*.json")); len(files) >= 3 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	close(b.stop)
	if code := <-done; code != agentcli.CodeDone {
		t.Fatalf("code %d, %s", code, errs.String())
	}
	if said := strings.Join(b.system.logged, "\n"); strings.Count(said, "wmguest: audit: ok, 0 differences, 0 gaps; record ") < 3 {
		t.Errorf("the log says:\n%s", said)
	}
	if b.system.retired != "" {
		t.Error("the agent went away")
	}
}
