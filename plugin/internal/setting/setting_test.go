package setting_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// stub is a kind with one attribute that must be "good".
type stub struct {
	Word string `json:"word"`
}

func (s *stub) Check() hcl.Diagnostics {
	if s.Word == "good" {
		return hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "Fine word", Detail: "Only a warning."}}
	}
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Bad word", Detail: "Write good."}}
}
func (s *stub) Claims(setting.Base) []setting.Claim                  { return nil }
func (s *stub) Ops(setting.Base) []setting.Op                        { return nil }
func (s *stub) Observe(setting.Reader) (o setting.Observed, _ error) { return o, nil }
func (s *stub) Judge(o setting.Observed) setting.Verdict             { return setting.JudgeFacts(nil, o) }
func newStub() setting.Spec                                          { return new(stub) }
func kind(name string) setting.Kind                                  { return setting.Kind{Name: name, New: newStub} }

func TestTable(t *testing.T) {
	table, err := setting.NewTable(kind("b"), kind("a"), kind("c"))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a", "b", "c"}, table.Names()); d != "" {
		t.Error(d)
	}
	if k, ok := table.Lookup("b"); !ok || k.Name != "b" {
		t.Error("b was not found")
	}
	if _, ok := table.Lookup("B"); ok {
		t.Error("names of kinds are compared exactly")
	}
	table.All()[0].Name = "z"
	if table.Names()[0] != "a" {
		t.Error("All hands out the table's own slice")
	}
	for name, kinds := range map[string][]setting.Kind{
		"twice": {kind("a"), kind("b"), kind("a")}, "no name": {kind("")}, "no constructor": {{Name: "a"}},
	} {
		if _, err := setting.NewTable(kinds...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestDecodeJSON(t *testing.T) {
	table, err := setting.NewTable(kind("a"))
	if err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]string{
		`{"word":"good"}`:          "",
		` {"word":"good"} `:        "",
		`{"word":"bad"}`:           "Bad word: Write good.",
		`{}`:                       "Bad word",
		`null`:                     "Bad word",
		`{"word":"good","more":1}`: "more",
		`{"word":"good"}{}`:        "follows",
		`{"word":"good"} x`:        "follows",
		`{"word":1}`:               "decode a",
		``:                         "decode a",
	} {
		_, err := table.DecodeJSON("a", json.RawMessage(raw))
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", raw, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: error %v, want one with %q", raw, err, want)
		case err != nil && strings.Contains(err.Error(), "<nil>"):
			t.Errorf("%s: error %v shows a range that is not there", raw, err)
		}
	}
	if _, err := table.DecodeJSON("b", json.RawMessage(`{}`)); err == nil || !strings.Contains(err.Error(), "known: a") {
		t.Errorf("unknown kind: %v", err)
	}
}

func TestLocations(t *testing.T) {
	same := func(want bool, a, b setting.Location) {
		t.Helper()
		if a.Same(b) != want || b.Same(a) != want {
			t.Errorf("%s and %s: want same %v", a, b, want)
		}
	}
	same(true, setting.RegistryLocation(`HKLM\SOFTWARE\å`, "Name"), setting.RegistryLocation(`HKLM\Software\Å`, "NAME"))
	same(false, setting.RegistryLocation(`HKLM\SOFTWARE\X`, ""), setting.RegistryLocation(`HKLM\SOFTWARE\X`, "X"))
	same(false, setting.RegistryLocation(`HKLM\SOFTWARE\X`, "ı"), setting.RegistryLocation(`HKLM\SOFTWARE\X`, "I")) // Windows' table keeps them apart
	same(false, setting.PolicyLocation(setting.ScopeUser, "K", "n"), setting.PolicyLocation(setting.ScopeMachine, "K", "n"))
	same(true, setting.ServiceLocation("dnscache"), setting.ServiceLocation("Dnscache"))
	same(false, setting.ServiceLocation("x"), setting.FileLocation("x"))
	same(true, setting.FileLocation(`\Windows\X`), setting.FileLocation(`\WINDOWS\x`))
	same(true, setting.RightLocation("SeDebugPrivilege"), setting.RightLocation("SEDEBUGPRIVILEGE"))
}

func TestBaseNumbers(t *testing.T) {
	for build, want := range map[string][2]int{
		"19044.1288": {19044, 1288}, "14393": {14393, 0}, "": {0, 0}, "x.y": {0, 0}, "19044.x": {19044, 0},
	} {
		b := setting.Base{Build: build}
		if b.Number() != want[0] || b.UBR() != want[1] {
			t.Errorf("%q: %d.%d, want %v", build, b.Number(), b.UBR(), want)
		}
	}
}

func TestClosedSets(t *testing.T) {
	if d := cmp.Diff([]setting.Stage{"image", "first-boot", "build", "seal"}, setting.Stages()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]setting.Outcome{"pass", "fail", "waived", "deferred", "unobservable", "not-applicable", "error"}, setting.Outcomes()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]setting.Severity{"low", "medium", "high", "critical"}, setting.Severities()); d != "" {
		t.Error(d)
	}
}

func TestJudgeFacts(t *testing.T) {
	a, b := setting.ServiceLocation("a"), setting.ServiceLocation("b")
	there := func(l setting.Location, v string) setting.Fact {
		return setting.Fact{Location: l, Present: true, Value: v}
	}
	tests := map[string]struct {
		want, got []setting.Fact
		outcome   setting.Outcome
	}{
		"as wanted":                 {[]setting.Fact{there(a, "1"), {Location: b}}, []setting.Fact{{Location: b}, there(a, "1")}, setting.Pass},
		"location in other case":    {[]setting.Fact{there(a, "1")}, []setting.Fact{there("svc:A", "1")}, setting.Pass},
		"other value":               {[]setting.Fact{there(a, "1")}, []setting.Fact{there(a, "2")}, setting.Fail},
		"absent":                    {[]setting.Fact{there(a, "1")}, []setting.Fact{{Location: a}}, setting.Fail},
		"present":                   {[]setting.Fact{{Location: a}}, []setting.Fact{there(a, "")}, setting.Fail},
		"second one differs":        {[]setting.Fact{there(a, "1"), there(b, "1")}, []setting.Fact{there(a, "1"), there(b, "2")}, setting.Fail},
		"not looked at":             {[]setting.Fact{there(a, "1")}, nil, setting.Error},
		"absent, not looked at":     {[]setting.Fact{{Location: a}}, nil, setting.Error},
		"differs and not looked":    {[]setting.Fact{there(a, "1"), there(b, "1")}, []setting.Fact{there(a, "2")}, setting.Error},
		"expects nothing":           {nil, []setting.Fact{there(a, "1")}, setting.Error},
		"expects and finds nothing": {nil, nil, setting.Error},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := setting.JudgeFacts(tt.want, setting.Observed{Facts: tt.got})
			if v.Outcome != tt.outcome || (v.Outcome != setting.Pass) != (v.Reason != "") {
				t.Errorf("%+v, want %s", v, tt.outcome)
			}
		})
	}
}

type blind struct{}

func (blind) Describe() string { return "a wall" }

type registry struct {
	blind
	value setting.RegistryValue
	err   error
}

func (r registry) RegistryValue(string, string) (setting.RegistryValue, error) { return r.value, r.err }
func (r registry) RegistryKey(string) error                                    { return r.err }

func TestAbilities(t *testing.T) {
	for name, ask := range map[string]func(setting.Reader) error{
		"registry": func(r setting.Reader) error { _, err := setting.AsRegistry(r); return err },
		"policy":   func(r setting.Reader) error { _, err := setting.AsPolicy(r); return err },
		"files":    func(r setting.Reader) error { _, err := setting.AsFiles(r); return err },
		"rights":   func(r setting.Reader) error { _, err := setting.AsRights(r); return err },
	} {
		if err := ask(blind{}); !errors.Is(err, setting.ErrUnobservable) || !strings.Contains(err.Error(), "a wall") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := setting.AsRegistry(registry{}); err != nil {
		t.Error(err)
	}
}

func TestObserveRegistry(t *testing.T) {
	present, err := setting.ObserveRegistry(registry{value: setting.DWord(1)}, "HKLM", "n")
	if err != nil || !present.Present || present.Value != "dword:1" {
		t.Errorf("%+v, %v", present, err)
	}
	absent, err := setting.ObserveRegistry(registry{err: errors.Join(errors.New("key"), setting.ErrAbsent)}, "HKLM", "n")
	if err != nil || absent.Present || absent.String() != "absent" {
		t.Errorf("%+v, %v", absent, err)
	}
	fault := errors.New("broken cell")
	if _, err := setting.ObserveRegistry(registry{err: fault}, "HKLM", "n"); !errors.Is(err, fault) || errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a fault became %v", err)
	}
}

// oneValue is a registry that has the same value at every place.
type oneValue struct{}

func (oneValue) RegistryValue(string, string) (setting.RegistryValue, error) {
	return setting.SZ("hunter2"), nil
}
func (oneValue) RegistryKey(string) error { return nil }

// TestObserveRegistryHidesPassword keeps the password that Winlogon reads in clear out of what becomes evidence, however the place is spelt.
func TestObserveRegistryHidesPassword(t *testing.T) {
	for name, want := range map[string]string{"DefaultPassword": "a password in clear", "DEFAULTPASSWORD": "a password in clear", "DefaultUserName": "sz:hunter2"} {
		f, err := setting.ObserveRegistry(oneValue{}, `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`, name)
		if err != nil || !f.Present || f.Value != want {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}
