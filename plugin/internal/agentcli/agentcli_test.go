package agentcli_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/firstboot"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

const testKey = `HKLM\SOFTWARE\Test`

// machine is a fake Windows that takes registry values.
type machine struct {
	*fake.Windows
	boot    string
	pending []string
	broken  bool

	paths    map[string]bool
	accounts map[uint32]string
	stuck    string // what cannot be taken away: a path, or a RID
}

func (m *machine) BootID() (string, error)           { return m.boot, nil }
func (m *machine) PendingRestart() ([]string, error) { return m.pending, nil }
func (m *machine) Host() (agent.Host, error) {
	return agent.Host{Computer: "WM-1", Languages: []string{}, Platform: agent.PlatformLab}, nil
}

func (m *machine) SetRegistryValue(key, name string, v setting.RegistryValue) (bool, error) {
	if m.broken {
		return false, errors.New("the machine refuses")
	}
	m.SetValue(key, name, v)
	return true, nil
}
func (m *machine) DeleteRegistryValue(key, name string) (bool, error) {
	return fake.Target{Windows: m.Windows}.DeleteRegistryValue(key, name)
}

func (m *machine) Accounts() (map[uint32]string, error) { return m.accounts, nil }
func (m *machine) Folder(path string) ([]string, error) {
	var names []string
	for p := range m.paths {
		if p == path {
			return []string{p}, nil
		}
		if rest, ok := strings.CutPrefix(p, path+`\`); ok && !strings.Contains(rest, `\`) {
			names = append(names, rest)
		}
	}
	if names == nil {
		return nil, setting.ErrAbsent
	}
	return names, nil
}
func (m *machine) DeletePath(path string) (bool, error) {
	if path == m.stuck {
		return false, errors.New("in use")
	}
	delete(m.paths, path)
	return true, nil
}
func (m *machine) DeleteAccount(rid uint32) (bool, error) {
	if strconv.Itoa(int(rid)) == m.stuck {
		return false, errors.New("refused")
	}
	delete(m.accounts, rid)
	return true, nil
}
func (m *machine) DeleteKey(string) (bool, error)     { return false, errors.New("not asked for here") }
func (m *machine) DeleteProfile(string) (bool, error) { return false, errors.New("not asked for here") }
func (m *machine) DeleteCertificate(string) (bool, error) {
	return false, errors.New("not asked for here")
}
func (m *machine) DeleteSecret(string) (bool, error)  { return false, errors.New("not asked for here") }
func (m *machine) DeleteService(string) (bool, error) { return false, errors.New("not asked for here") }
func (m *machine) DeleteTask(string) (bool, error)    { return false, errors.New("not asked for here") }

// bed is a machine with a bundle and everything that the command takes from outside.
type bed struct {
	machine *machine
	system  *system
	folder  string
	stop    chan struct{}
}

type system struct {
	setup    int // so often Setup still runs
	restarts []string
	logged   []string
	retired  string
	left     *agentcli.Leaving
	sysprep  error
	general  int // so often Sysprep was called
}

func (s *system) SetupRuns() (bool, error) {
	s.setup--
	return s.setup >= 0, nil
}
func (s *system) Restart(why string) error   { s.restarts = append(s.restarts, why); return nil }
func (s *system) Log(text string)            { s.logged = append(s.logged, text) }
func (s *system) Retire(folder string) error { s.retired = folder; return nil }

func (s *system) Leave(l agentcli.Leaving) error {
	s.left = &l
	return nil
}
func (s *system) Sysprep(string) error {
	s.general++
	return s.sysprep
}

func newBed(t *testing.T, keep bool, later ...setting.Stage) *bed {
	t.Helper()
	return managedBed(t, keep, "none", later...)
}

// managedBed is newBed for an image with another management path.
func managedBed(t *testing.T, keep bool, management string, later ...setting.Stage) *bed {
	t.Helper()
	const spec = `{"key":"HKLM\\SOFTWARE\\Test","name":"First","type":"dword","value":"1"}`
	op := setting.Op{Stage: setting.StageFirstBoot, Action: setting.ActionRegistrySet, Key: testKey, Name: "First", Type: setting.TypeDWord, Data: "01000000"}
	p := &plan.Plan{
		Schema: plan.Schema, EngineFormat: plan.EngineFormat,
		Image:   plan.Image{Name: "viewer", Version: "1.0.0", Released: "2026-11-01", Epoch: "2026-11-01T00:00:00Z", Class: plan.Class{Type: "WM", Groups: []int{0}}, Management: plan.Management{Path: management}},
		Base:    plan.Base{Name: "b", Base: setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"sv-SE"}, Channel: "LTSC"}},
		Modules: []plan.Ref{{Name: "m", Version: "1.0.0", Method: "policies"}}, Products: []plan.ProductRef{},
		Settings: []plan.Setting{{ID: "m/first", Kind: "registry_value", Severity: setting.High, Effect: plan.EffectSet, Spec: []byte(spec), Stages: []setting.Stage{setting.StageFirstBoot}}},
		Ops:      []plan.StagedOp{{Settings: []string{"m/first"}, Op: op}},
	}
	if keep {
		p.Image.FirstBoot = &plan.FirstBoot{Keep: true}
	}
	b, err := bundle.New(bundle.Input{Plan: p, Keep: keep, Stages: append([]setting.Stage{setting.StageFirstBoot}, later...)})
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "wmclient")
	for _, f := range b.Files() {
		path := filepath.Join(folder, "bundle", filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err == nil {
			err = os.WriteFile(path, data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return &bed{machine: &machine{
		Windows: fake.New(), boot: "1", accounts: map[uint32]string{500: "Administratör"},
		paths: map[string]bool{`\Windows\wmclient\wmguest.exe`: true, `\Windows\wmclient\bundle`: true, `\Windows\wmclient\state`: true},
	}, system: new(system), folder: folder, stop: make(chan struct{})}
}

// run runs the command and returns its code and what it printed.
func (b *bed) run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = agentcli.Run(t.Context(), agentcli.Env{
		Args: args, Stdout: &out, Stderr: &errs, Now: time.Now, Version: "0.1.0", Folder: b.folder,
		Open:    func() (agent.Machine, error) { return b.machine, nil },
		Service: func(work func(agentcli.Signals) error) error { return work(agentcli.Signals{Stop: b.stop}) }, System: b.system,
	})
	return code, out.String(), errs.String()
}

func TestApply(t *testing.T) {
	b := newBed(t, false)
	if code, _, _ := b.run(t, "status"); code != agentcli.CodeWorking {
		t.Errorf("before anything: code %d", code)
	}
	b.machine.pending = []string{"a rename"}
	code, out, errs := b.run(t, "apply")
	if code != agentcli.CodeRestart || errs != "" {
		t.Fatalf("code %d, %s", code, errs)
	}
	var last agent.Event
	for line := range strings.Lines(out) {
		last = agent.Event{}
		if err := json.Unmarshal([]byte(line), &last); err != nil || last.Schema != agent.EventSchema {
			t.Fatalf("%v: %s", err, line)
		}
	}
	if last.Status == nil || last.Status.Boot != "1" || len(last.Status.Restart) != 1 {
		t.Errorf("the last event is %+v", last)
	}
	if code, _, _ := b.run(t, "status"); code != agentcli.CodeRestart {
		t.Errorf("waiting for a restart: code %d", code)
	}
	b.machine.boot, b.machine.pending = "2", nil
	if code, _, errs = b.run(t, "apply"); code != agentcli.CodeDone {
		t.Fatalf("code %d, %s", code, errs)
	}
	if code, out, _ = b.run(t, "status", "--wait"); code != agentcli.CodeDone || !strings.Contains(out, `"state":"done"`) {
		t.Errorf("code %d, %s", code, out)
	}
	code, out, _ = b.run(t, "observe")
	seen, err := agent.ReadObservations([]byte(out))
	if code != agentcli.CodeDone || err != nil || len(seen.Settings) != 1 {
		t.Errorf("code %d, %v, %+v", code, err, seen)
	}
}

func TestCodes(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*bed)
		args   []string
		code   int
		says   string
	}{
		"nothing":          {nil, nil, agentcli.CodeDone, ""},
		"help":             {nil, []string{"--help"}, agentcli.CodeDone, ""},
		"unknown":          {nil, []string{"harden"}, agentcli.CodeUsage, "unknown command"},
		"flag":             {nil, []string{"apply", "--force"}, agentcli.CodeUsage, "force"},
		"argument":         {nil, []string{"status", "now"}, agentcli.CodeUsage, "not expected"},
		"version":          {nil, []string{"version"}, agentcli.CodeDone, ""},
		"no bundle":        {nil, []string{"apply", "--bundle", "none"}, agentcli.CodeUsage, "none"},
		"no zip":           {nil, []string{"observe", "--bundle", "none.zip"}, agentcli.CodeUsage, "none.zip"},
		"damaged bundle":   {func(b *bed) { change(b.folder, "bundle/plan.json") }, []string{"apply"}, agentcli.CodeTrust, "not the file that was meant"},
		"refusing machine": {func(b *bed) { b.machine.broken = true }, []string{"apply"}, agentcli.CodeError, "refuses"},
		"other value":      {func(b *bed) { b.machine.Fail = unreadable }, []string{"apply"}, agentcli.CodeFindings, ""},
		"changed journal": {func(b *bed) {
			_ = os.MkdirAll(filepath.Join(b.folder, "state"), 0o755)
			_ = os.WriteFile(filepath.Join(b.folder, "state", agent.JournalFile), []byte("{}\n"), 0o600)
		}, []string{"apply"}, agentcli.CodeTrust, "journal"},
		"another image": {func(b *bed) {
			for _, name := range []string{"Name", "Version", "RecipeDigest", "Class", "Management"} {
				b.machine.SetValue(manifest.StampKey, name, setting.SZ("other"))
			}
		}, []string{"apply"}, agentcli.CodeTrust, "another image"},
		"looking at another image": {func(b *bed) {
			for _, name := range []string{"Name", "Version", "RecipeDigest", "Class", "Management"} {
				b.machine.SetValue(manifest.StampKey, name, setting.SZ("other"))
			}
		}, []string{"observe"}, agentcli.CodeTrust, "another image"},
		"no such journal":        {nil, []string{"status", "--journal"}, agentcli.CodeDone, ""},
		"seal without its stage": {nil, []string{"seal"}, agentcli.CodeUsage, "does not seal"},
		"wait in vain":           {nil, []string{"status", "--wait", "--timeout", "10ms"}, agentcli.CodeWorking, "not over"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, false)
			if test.change != nil {
				test.change(b)
			}
			code, _, errs := b.run(t, test.args...)
			if code != test.code || !strings.Contains(errs, test.says) || (test.says == "") != (errs == "") {
				t.Errorf("code %d, want %d; %q, want %q", code, test.code, errs, test.says)
			}
		})
	}
}

// unreadable keeps the one setting from being seen.
func unreadable(l setting.Location) error {
	if l.Same(setting.RegistryLocation(testKey, "First")) {
		return errors.New("unreadable")
	}
	return nil
}

// change damages a file.
func change(folder, name string) {
	path := filepath.Join(folder, filepath.FromSlash(name))
	raw, _ := os.ReadFile(path)
	_ = os.WriteFile(path, append(raw, ' '), 0o644)
}

func TestService(t *testing.T) {
	b := newBed(t, false)
	b.system.setup = 1
	b.machine.pending = []string{"a rename"}
	if code, _, errs := b.run(t, "service"); code != agentcli.CodeDone || len(b.system.restarts) != 1 || b.system.retired != "" {
		t.Fatalf("code %d, %s, %+v", code, errs, b.system)
	}
	b.machine.boot, b.machine.pending = "2", nil
	if code, _, errs := b.run(t, "service"); code != agentcli.CodeDone || b.system.retired != b.folder || !strings.Contains(strings.Join(b.system.logged, " "), "validated") {
		t.Fatalf("code %d, %s, %+v", code, errs, b.system)
	}
	kept := newBed(t, true)
	if code, _, errs := kept.run(t, "service"); code != agentcli.CodeDone || kept.system.retired != "" {
		t.Errorf("an agent that is kept: code %d, %s, %+v", code, errs, kept.system)
	}
	failing := newBed(t, false)
	failing.machine.Fail = unreadable
	if code, _, _ := failing.run(t, "service"); code != agentcli.CodeError || failing.system.retired != "" {
		t.Errorf("failed findings: code %d, %+v", code, failing.system)
	}
	stopped := newBed(t, false)
	stopped.system.setup = 1 << 30
	close(stopped.stop)
	if code, _, _ := stopped.run(t, "service"); code != agentcli.CodeDone {
		t.Errorf("stopped while Setup runs: code %d", code)
	}
	if _, err := stopped.machine.RegistryValue(testKey, "First"); err == nil {
		t.Error("it was settled before Setup had ended")
	}
}

func TestCollect(t *testing.T) {
	b := newBed(t, false)
	root := filepath.Dir(b.folder)
	if err := os.MkdirAll(filepath.Join(root, "Panther"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"setupact.log": "a line\n", "unattend.xml": "<Password>secret</Password>"} {
		if err := os.WriteFile(filepath.Join(root, "Panther", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b.run(t, "apply")
	code, out, errs := b.run(t, "collect")
	if code != agentcli.CodeDone {
		t.Fatal(errs)
	}
	z, err := zip.NewReader(strings.NewReader(out), int64(len(out)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(raw)
	}
	if files["panther/setupact.log"] != "a line\n" || files["state/"+agent.JournalFile] == "" || !strings.Contains(files["collected.txt"], "cbs/CBS.log: not there") {
		t.Errorf("got %v", files)
	}
	for name, text := range files {
		if strings.Contains(text, "secret") {
			t.Errorf("%s holds the password", name)
		}
	}
}

// TestServiceName: image and agent mean one service.
func TestServiceName(t *testing.T) {
	if firstboot.ServiceName != agent.ServiceName {
		t.Errorf("the image has %q, the agent is %q", firstboot.ServiceName, agent.ServiceName)
	}
}
