package fleet_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/audit"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/fleet"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/gpo"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// TestSameAsOnTheMachine judges an example of every kind through the collector and on the machine itself, before and after its ops ran: what is
// found must be the same, but for the one thing that only the machine itself can try.
func TestSameAsOnTheMachine(t *testing.T) {
	var list []one
	for _, k := range kinds.All() {
		list = append(list, one{"m/" + k.Name, k.Name, k.Example})
	}
	m := build(t, "1.0.0", false, list...)
	w := machines(t, 1)[0]
	target, host := newBed(t).host(t, "pc", w, winrm.Faults{}, winrm.Quotas{})
	stamp := build(t, "1.0.0", false)
	stamp.manifest.Stamp = m.manifest.Stamp
	stamp.install(t, w)
	look := func(when string) {
		t.Helper()
		want, err := validate.Run(t.Context(), m.manifest.Plan, theTable(t), w, validate.Options{Stage: setting.StageSeal})
		if err != nil {
			t.Fatal(err)
		}
		o := run(t, fleet.Config{Images: []*audit.Image{m.image(t, nil)}}, target)[0]
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		got := o.Record.Findings
		for i := range want {
			if want[i].Setting == "m/autologon" && got[i].Outcome == setting.Unobservable {
				got[i] = want[i]
			}
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(setting.Finding{}, "Reason")); diff != "" {
			t.Errorf("%s (-on the machine +collected):\n%s", when, diff)
		}
	}
	look("before")
	changed := 0
	for _, stage := range setting.Stages() {
		for _, op := range m.manifest.Plan.Ops {
			if op.Op.Stage == stage && applyOne(t, m, w, op) == nil {
				changed++
			}
		}
	}
	if changed < 100 {
		t.Errorf("%d ops ran", changed)
	}
	look("after")
	if n := host.Counters().Actions[winrm.ActionCommand]; n != 2 {
		t.Errorf("%d commands for two audits", n)
	}
}

// applyOne runs one op of a plan.
func applyOne(t *testing.T, m *made, w apply.Target, op plan.StagedOp) error {
	t.Helper()
	_, err := apply.Run(t.Context(), w, []plan.StagedOp{op}, op.Op.Stage, m.contents.Open, nil)
	return err
}

const exampleProgram = "{9A25302D-30C0-39D9-BD6F-21E6EC160475}"

// settings is an image with a setting of each sort that is told apart.
func settings() []one {
	return []one{
		{"m/policy", "registry_value", `key = "HKLM\\SOFTWARE\\Policies\\X"
name = "A"
type = "dword"
value = 1`},
		{"m/ruled", "registry_value", `key = "HKLM\\SOFTWARE\\Policies\\X"
name = "B"
type = "dword"
value = 1`},
		{"m/profile", "registry_value", `key = "HKCU\\Software\\Policies\\X"
name = "C"
type = "sz"
value = "c"`},
		{"m/right", "user_right", `right = "SeDebugPrivilege"
sids = ["S-1-5-32-544"]`},
		{"m/file", "file", `path = "\\ProgramData\\x\\a.txt"
content = "hello"`},
		{"m/audit", "audit_policy", `subcategory = "Process Creation"
events = ["success", "failure"]`},
		{"m/account", "local_account", `rid = 501
enabled = false`},
		{"m/length", "account_policy", `name = "MinimumPasswordLength"
value = 14`},
		{"m/age", "account_policy", `name = "MaximumPasswordAge"
value = 60`},
		{"m/service", "service", `name = "SSDPSRV"
start = "disabled"`},
		{"m/viewer", "installed_program", `code = "` + exampleProgram + `"
version = "9.0.30729"`},
		{"m/programs", "program_allowlist", `codes = ["` + exampleProgram + `"]
names = ["Visual C++ * Redistributable*"]`},
	}
}

const uninstall = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\`

// program installs a program, as far as its installer writes that down.
func program(t testing.TB, w *standin.Machine, code, title, version string) {
	t.Helper()
	_, err1 := w.SetRegistryValue(uninstall+code, "DisplayName", setting.SZ(title))
	_, err2 := w.SetRegistryValue(uninstall+code, "DisplayVersion", setting.SZ(version))
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
}

// clean is a machine as its image made it, with the product on it.
func clean(t testing.TB, m *made, w *standin.Machine) {
	t.Helper()
	m.install(t, w)
	program(t, w, exampleProgram, "Visual C++ 2008 Redistributable", "9.0.30729")
	if err := w.WriteFile(`\Windows\INF\oem0.inf`, []byte("[Version]")); err != nil {
		t.Fatal(err)
	}
}

// told is what an outcome says, one line each.
func told(r audit.Record) []string {
	out := []string{string(r.State)}
	for _, d := range r.Differences {
		out = append(out, fmt.Sprintf("%s %s %s -> %s accepted %v", d.Class, d.Name, d.Expected, d.Observed, d.Accepted))
	}
	for _, g := range r.Gaps {
		out = append(out, fmt.Sprintf("%s %s", g.Outcome, g.Name))
	}
	return out
}

func TestDriftToldApart(t *testing.T) {
	m := build(t, "1.0.0", false, settings()...)
	set := func(key, name string, v setting.RegistryValue) func(*standin.Machine) error {
		return func(w *standin.Machine) error { _, err := w.SetRegistryValue(key, name, v); return err }
	}
	state := func(scheme, name, value string) func(*standin.Machine) error {
		return func(w *standin.Machine) error {
			_, err := w.SetState(setting.Op{Action: setting.ActionStateSet, Location: setting.StateLocation(scheme, name), Value: value})
			return err
		}
	}
	cases := map[string]struct {
		do   func(*standin.Machine) error
		want []string
	}{
		"nothing":  {func(*standin.Machine) error { return nil }, []string{"ok"}},
		"registry": {set(`HKLM\SOFTWARE\Policies\X`, "A", setting.DWord(2)), []string{"drift", "image m/policy dword:1 -> dword:2 accepted false"}},
		"profile":  {set(`HKCU\Software\Policies\X`, "C", setting.SZ("d")), []string{"drift", "image m/profile sz:c -> sz:d accepted false"}},
		"pol file": {func(w *standin.Machine) error {
			_, err := w.DeletePolicyValue(setting.ScopeMachine, `HKLM\SOFTWARE\Policies\X`, "A")
			return err
		}, []string{"drift", "image m/policy dword:1 -> absent accepted false"}},
		"right": {func(w *standin.Machine) error {
			_, err := w.SetRightHolders("SeDebugPrivilege", []string{"S-1-5-32-544", "rid:501"})
			return err
		}, []string{"drift", `image m/right ["S-1-5-32-544"] -> ["S-1-5-32-544","rid:501"] accepted false`}},
		"file":    {func(w *standin.Machine) error { return w.WriteFile(`\ProgramData\x\a.txt`, []byte("hullo")) }, nil},
		"no file": {func(w *standin.Machine) error { _, err := w.DeleteFile(`\ProgramData\x\a.txt`); return err }, nil},
		"audit":   {state(setting.SchemeAudit, "{0cce922b-69ae-11d9-bed3-505054503030}", "none"), []string{"drift", "image m/audit success,failure -> none accepted false"}},
		"account": {state(setting.SchemeAccount, "501", "enabled"), []string{"drift", "image m/account disabled -> enabled accepted false"}},
		"length":  {state(setting.SchemeAccountPolicy, "MinimumPasswordLength", "3"), []string{"drift", "image m/length 14 -> 3 accepted false"}},
		"age":     {state(setting.SchemeAccountPolicy, "MaximumPasswordAge", "-1"), []string{"drift", "image m/age 60 -> -1 accepted false"}},
		"service": {set(`HKLM\SYSTEM\CurrentControlSet\Services\SSDPSRV`, "Start", setting.DWord(2)), []string{"drift", "image m/service disabled -> automatic accepted false"}},
		"version": {func(w *standin.Machine) error {
			program(t, w, exampleProgram, "Visual C++ 2008 Redistributable", "9.0.1")
			return nil
		}, []string{"drift", "products m/viewer 9.0.30729 -> 9.0.1 accepted false"}},
		"no viewer": {func(w *standin.Machine) error { _, err := w.DeleteRegistryKey(uninstall + exampleProgram); return err }, []string{"drift", "products m/viewer 9.0.30729 -> absent accepted false"}},
		"stranger":  {func(w *standin.Machine) error { program(t, w, "Game", "A game", "1"); return nil }, nil},
		"stamp":     {set(manifest.StampKey, "Class", setting.SZ("M 2")), []string{"drift", "image stamp/class WM 0 -> M 2 accepted false"}},
		"build":     {set(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`, "UBR", setting.DWord(2006)), []string{"drift", "image windows/build 19044.1288 -> 19044.2006 accepted false"}},
		"edition":   {set(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`, "EditionID", setting.SZ("EnterpriseS")), []string{"drift", "image windows/edition IoTEnterpriseS -> EnterpriseS accepted false"}},
	}
	b := newBed(t)
	var names []string
	var targets []fleet.Target
	for i, w := range machines(t, len(cases)) {
		for name := range cases {
			if len(names) == i && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		clean(t, m, w)
		if err := cases[names[i]].do(w); err != nil {
			t.Fatalf("%s: %v", names[i], err)
		}
		target, _ := b.host(t, fmt.Sprintf("pc%d", i), w, winrm.Faults{}, winrm.Quotas{})
		targets = append(targets, target)
	}
	classes := map[string]audit.Class{"file": audit.ClassImage, "no file": audit.ClassImage, "stranger": audit.ClassStrangers}
	for i, o := range run(t, fleet.Config{Images: []*audit.Image{m.image(t, nil)}}, targets...) {
		want := cases[names[i]].want
		if class := classes[names[i]]; class != "" {
			if len(o.Record.Differences) != 1 || o.Record.Differences[0].Class != class || o.Record.State != audit.Drift {
				t.Errorf("%s: %v, %v", names[i], told(o.Record), o.Err)
			}
			continue
		}
		if diff := cmp.Diff(want, told(o.Record)); diff != "" || o.Err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", names[i], o.Err, diff)
		}
	}
}

// TestDomainPolicy holds clients against a domain's policy that overrides, confirms and adds.
func TestDomainPolicy(t *testing.T) {
	m := build(t, "1.0.0", false, settings()...)
	policy, diags := gpo.Parse("GptTmpl.inf", []byte("[Unicode]\r\nUnicode=yes\r\n[Version]\r\nsignature=\"$CHICAGO$\"\r\nRevision=1\r\n[Registry Values]\r\n"+
		"MACHINE\\Software\\Policies\\X\\B=4,2\r\nMACHINE\\Software\\Policies\\X\\A=4,1\r\nMACHINE\\Software\\Policies\\Y\\N=4,7\r\n"), false, theTable(t))
	if diags = append(diags, policy.Settle(theTable(t))...); diags.HasErrors() {
		t.Fatal(diags)
	}
	policy.Title = "Clients"
	b := newBed(t)
	x, y := `HKLM\SOFTWARE\Policies\X`, `HKLM\SOFTWARE\Policies\Y`
	var targets []fleet.Target
	for i, w := range machines(t, 4) {
		clean(t, m, w)
		do := func(key, name string, n uint32) {
			if _, err := w.SetRegistryValue(key, name, setting.DWord(n)); err != nil {
				t.Fatal(err)
			}
		}
		switch i { // 0: the domain never came; 1: it came; 2: it came and was undone in part; 3: somebody chose a third value
		case 1:
			do(x, "B", 2)
			do(y, "N", 7)
		case 2:
			do(x, "B", 2)
			do(x, "A", 0)
			do(y, "N", 8)
		case 3:
			do(x, "B", 3)
			do(y, "N", 7)
		}
		target, _ := b.host(t, fmt.Sprintf("pc%d", i), w, winrm.Faults{}, winrm.Quotas{})
		targets = append(targets, target)
	}
	added := `policy reg:HKLM\SOFTWARE\Policies\Y!N dword:7 -> `
	want := [][]string{
		{"drift", "policy m/ruled dword:2 -> dword:1 accepted false", added + "absent accepted false"},
		{"ok", "policy m/ruled dword:1 -> dword:2 accepted true"},
		{"drift", "image m/policy dword:1 -> dword:0 accepted false", "policy m/ruled dword:1 -> dword:2 accepted true", added + "dword:8 accepted false"},
		{"drift", "policy m/ruled dword:2 -> dword:3 accepted false"},
	}
	for i, o := range run(t, fleet.Config{Images: []*audit.Image{m.image(t, &policy)}}, targets...) {
		if diff := cmp.Diff(want[i], told(o.Record), cmpopts.SortSlices(func(a, b string) bool { return strings.ToLower(a) < strings.ToLower(b) }), cmp.Transformer("fold", strings.ToLower)); diff != "" || o.Err != nil {
			t.Errorf("%d: %v (-want +got):\n%s", i, o.Err, diff)
		}
		if o.Record.Policy != "Clients" {
			t.Errorf("%d: policy %q", i, o.Record.Policy)
		}
	}
}

// TestBaseline holds drivers, programs and services against an earlier record.
func TestBaseline(t *testing.T) {
	list := settings()
	m := build(t, "1.0.0", false, list[:len(list)-1]...) // without the list of programs, which would see them too
	b := newBed(t)
	all := machines(t, 2)
	for _, w := range all {
		clean(t, m, w)
		program(t, w, "Tool", "A tool", "1.0")
	}
	config := fleet.Config{Images: []*audit.Image{m.image(t, nil)}}
	first, _ := b.host(t, "first", all[0], winrm.Faults{}, winrm.Quotas{})
	o := run(t, config, first)[0]
	if o.Record.State != audit.OK || len(o.Record.NotCompared) != 3 || len(o.Record.Inventory.Programs) < 2 || len(o.Record.Inventory.Services) < 5 || len(o.Record.Inventory.Drivers) != 1 {
		t.Fatalf("got %v, %q, %+v", told(o.Record), o.Record.NotCompared, o.Record.Inventory)
	}
	raw, err := o.Record.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	baseline, digest, err := audit.ReadRecord(raw)
	if err != nil {
		t.Fatal(err)
	}
	w := all[1]
	program(t, w, "Game", "A game", "1")
	program(t, w, "Tool", "A tool", "2.0")
	services := `HKLM\SYSTEM\CurrentControlSet\Services\`
	for key, n := range map[string]uint32{"Miner": 0x10, "Driver": 1, "User_1a2b3": 0xe0} {
		if _, err := w.SetRegistryValue(services+key, "Type", setting.DWord(n)); err != nil {
			t.Fatal(err)
		}
	}
	_, err1 := w.DeleteRegistryKey(uninstall + exampleProgram)
	_, err2 := w.DeleteFile(`\Windows\INF\oem0.inf`)
	if err := errors.Join(err1, err2, w.WriteFile(`\Windows\INF\oem7.inf`, []byte("[Version]")), w.WriteFile(`\Windows\INF\oem8.inf`, []byte("[Other]"))); err != nil {
		t.Fatal(err)
	}
	config.Baselines, config.Digests = map[string]*audit.Record{m.image(t, nil).Digest: baseline}, map[string]string{m.image(t, nil).Digest: digest}
	second, _ := b.host(t, "second", w, winrm.Faults{}, winrm.Quotas{})
	o = run(t, config, second)[0]
	want := []string{
		"drift", "drivers driver OEM8.INF absent -> installed accepted false", "products m/viewer 9.0.30729 -> absent accepted false",
		"products program Tool 1.0 -> 2.0 accepted false", "products program " + exampleProgram + " 9.0.30729 -> absent accepted false",
		"strangers program Game absent -> 1 accepted false", "strangers service Miner absent -> installed accepted false",
	}
	if diff := cmp.Diff(want, told(o.Record)); diff != "" || o.Record.BaselineDigest != digest || len(o.Record.NotCompared) != 0 {
		t.Errorf("%q (-want +got):\n%s", o.Record.NotCompared, diff)
	}
}
