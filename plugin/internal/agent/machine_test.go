package agent_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

const (
	testKey  = `HKLM\SOFTWARE\Test`
	fireKey  = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile`
	heldName = "DoNotAllowExceptions"
)

var notice = []byte("put at the first start\n")

// machine is a fake Windows as agents see it. It writes whatever it is told to, also what is so already, and counts that: a program that is
// installed twice is told by it.
type machine struct {
	*fake.Windows
	boot     string
	pending  []string
	installs map[setting.Location]int
	writes   int
	tick     func() // called before and after each change
	broken   string // a subject that always fails
	at       func(op setting.Op, after bool)
	platform agent.Platform
	told     []bool // whether the network was held, each time that the machine was told to take its policies up
	deaf     error  // what it says to that
}

func newMachine() *machine {
	m := &machine{Windows: fake.New(), boot: "boot-1", installs: map[setting.Location]int{}, tick: func() {}, at: func(setting.Op, bool) {}, platform: agent.PlatformLab}
	m.SetValue(fireKey, heldName, setting.DWord(1))
	return m
}

func (m *machine) BootID() (string, error) { return m.boot, nil }

func (m *machine) PendingRestart() ([]string, error) { return m.pending, nil }

func (m *machine) Host() (agent.Host, error) {
	return agent.Host{Computer: "WM-1", EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"sv-SE"}, Platform: m.platform}, nil
}

func (m *machine) RefreshPolicy() error {
	m.told = append(m.told, m.held())
	return m.deaf
}

func (m *machine) change(op setting.Op) (bool, error) {
	if m.broken != "" && strings.Contains(apply.Subject(op), m.broken) {
		return false, errors.New("the machine refuses")
	}
	m.tick()
	m.at(op, false)
	m.writes++
	err := m.Apply(op, setting.Content{SHA256: canonical.Digest(notice), Size: int64(len(notice))})
	if op.Location.Scheme() == setting.SchemeProgram {
		m.installs[op.Location]++
	}
	m.at(op, true)
	m.tick()
	return true, err
}

func (m *machine) SetRegistryValue(key, name string, v setting.RegistryValue) (bool, error) {
	return m.change(setting.Op{Action: setting.ActionRegistrySet, Key: key, Name: name, Type: v.Type, Data: fmt.Sprintf("%x", v.Data)})
}

func (m *machine) DeleteRegistryValue(key, name string) (bool, error) {
	return m.change(setting.Op{Action: setting.ActionRegistryDelete, Key: key, Name: name})
}

func (m *machine) SetPolicyValue(scope setting.PolicyScope, key, name string, v setting.RegistryValue) (bool, error) {
	return m.change(setting.Op{Action: setting.ActionPolicySet, Scope: scope, Key: key, Name: name, Type: v.Type, Data: fmt.Sprintf("%x", v.Data)})
}

func (m *machine) DeletePolicyValue(scope setting.PolicyScope, key, name string) (bool, error) {
	return m.change(setting.Op{Action: setting.ActionPolicyDelete, Scope: scope, Key: key, Name: name})
}

func (m *machine) PutFile(path string, c apply.Content) (bool, error) {
	return m.change(setting.Op{Action: setting.ActionFilePut, Path: path, SHA256: c.SHA256, Size: c.Size})
}

func (m *machine) DeleteFile(path string) (bool, error) {
	return m.change(setting.Op{Action: setting.ActionFileDelete, Path: path})
}

func (m *machine) SetRightHolders(constant string, sids []string) (bool, error) {
	return m.change(setting.Op{Action: setting.ActionRightSet, Name: constant, SIDs: sids})
}

// WriteState changes a state: reader and writer have one name for it in a fake, which tests use to prepare.
type stateWriter struct{ *machine }

func (m stateWriter) SetState(op setting.Op) (bool, error) { return m.change(op) }

// held reports whether the firewall lets nothing in.
func (m *machine) held() bool {
	v, err := m.RegistryValue(fireKey, heldName)
	return err == nil && v.Text() == "dword:1"
}

// steps of a plan, in the form in which a profile would write them.
type wish struct {
	id, kind, spec string
	stage          setting.Stage
}

var wishes = []wish{
	{"m/first", "registry_value", `{"key":"HKLM\\SOFTWARE\\Test","name":"First","type":"dword","value":"1"}`, setting.StageFirstBoot},
	{"m/right", "user_right", `{"right":"SeShutdownPrivilege","sids":["S-1-5-32-544"]}`, setting.StageFirstBoot},
	{"m/feature", "optional_feature", `{"name":"SMB1Protocol","state":"disabled"}`, setting.StageFirstBoot},
	{"m/sealed", "registry_value", `{"key":"HKLM\\SOFTWARE\\Test","name":"Sealed","type":"sz","value":"yes"}`, setting.StageSeal},
	{"m/last", "user_right", `{"right":"SeDenyNetworkLogonRight","sids":["S-1-5-114"]}`, setting.StageSeal},
	{"m/wall", "registry_value", `{"key":"HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\PublicProfile","name":"DoNotAllowExceptions","type":"dword","value":"0","policy":false}`, setting.StageImage},
}

func table(t testing.TB) setting.Table {
	t.Helper()
	tab, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// aBundle is a bundle with an op of each sort, one of which must not happen twice, and a network that is held.
func aBundle(t testing.TB) *bundle.Bundle {
	t.Helper()
	more := []setting.Op{
		{Action: setting.ActionFilePut, Path: `\Windows\notice.txt`, SHA256: canonical.Digest(notice), Size: int64(len(notice))},
		{Action: setting.ActionStateSet, Location: setting.StateLocation(setting.SchemeProgram, "{1}"), Value: "1.0.0"},
	}
	return bundleOf(t, wishes, more)
}

// bundleOf is a bundle with settings, and more ops that belong to the first of them.
func bundleOf(t testing.TB, wishes []wish, more []setting.Op) *bundle.Bundle {
	t.Helper()
	base := setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"sv-SE"}, Channel: "LTSC"}
	p := &plan.Plan{
		Schema: plan.Schema, EngineFormat: plan.EngineFormat,
		Image:   plan.Image{Name: "viewer", Version: "1.0.0", Released: "2026-11-01", Epoch: "2026-11-01T00:00:00Z", Class: plan.Class{Type: "WM", Groups: []int{0}}, Management: plan.Management{Path: "none"}},
		Base:    plan.Base{Name: "b", Base: base},
		Modules: []plan.Ref{{Name: "m", Version: "1.0.0", Method: "policies"}}, Products: []plan.ProductRef{},
	}
	for _, w := range wishes {
		spec, err := table(t).DecodeJSON(w.kind, json.RawMessage(w.spec))
		if err != nil {
			t.Fatal(err)
		}
		p.Settings = append(p.Settings, plan.Setting{ID: w.id, Kind: w.kind, Severity: setting.High, Effect: plan.EffectSet, Spec: []byte(w.spec), Stages: []setting.Stage{w.stage}})
		for _, op := range spec.Ops(base) {
			op.Stage = w.stage
			p.Ops = append(p.Ops, plan.StagedOp{Settings: []string{w.id}, Op: op})
		}
	}
	slices.SortFunc(p.Settings, func(a, b plan.Setting) int { return strings.Compare(a.ID, b.ID) })
	for _, op := range more {
		if op.Stage == "" {
			op.Stage = setting.StageFirstBoot
		}
		p.Ops = append(p.Ops, plan.StagedOp{Settings: []string{wishes[0].id}, Op: op})
	}
	slices.SortStableFunc(p.Ops, func(a, b plan.StagedOp) int {
		return slices.Index(setting.Stages(), a.Op.Stage) - slices.Index(setting.Stages(), b.Op.Stage)
	})
	b, err := bundle.New(bundle.Input{
		Plan: p, Stages: []setting.Stage{setting.StageFirstBoot, setting.StageSeal}, Contents: apply.BytesContents(notice),
		Release: []plan.StagedOp{{Settings: []string{"m/wall"}, Op: setting.Op{Stage: setting.StageSeal, Action: setting.ActionRegistrySet, Key: fireKey, Name: heldName, Type: setting.TypeDWord, Data: "00000000"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// clock goes on by a second each time, and calls tick first: a place to be killed at.
func clock(tick func()) func() time.Time {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	return func() time.Time {
		tick()
		now = now.Add(time.Second)
		return now
	}
}

func options(t testing.TB, m *machine, dir string) agent.Options {
	return agent.Options{
		Bundle: aBundle(t), Machine: stateWriter{m}, Table: table(t), Dir: dir, Program: agent.Program{Version: "0.1.0"}, Clock: clock(m.tick),
	}
}
