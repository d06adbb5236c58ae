package conflict_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// pairRows are tested on their own.
var pairRows = []string{"product-against-product", "forbidden", "virtual-consent"}

// ownTests are levels that the table of cases cannot reach with one product.
var ownTests = []string{"wdac-policies AUTO", "frozen-patching AUTO", "agreed-days BLOCK", "agreed-days WARN", "wide-exceptions WARN"}

// spec is a setting that claims one location.
type spec struct {
	Location setting.Location `json:"location"`
	Value    string           `json:"value"`
}

func (s *spec) Check() hcl.Diagnostics { return nil }
func (s *spec) Claims(setting.Base) []setting.Claim {
	return []setting.Claim{{Location: s.Location, Value: s.Value}}
}
func (s *spec) Ops(setting.Base) []setting.Op                    { return nil }
func (s *spec) Observe(setting.Reader) (setting.Observed, error) { return setting.Observed{}, nil }
func (s *spec) Judge(setting.Observed) setting.Verdict {
	return setting.Verdict{Outcome: setting.Error}
}

func at(file string, line int) hcl.Range {
	pos := hcl.Pos{Line: line, Column: 1, Byte: 100 * line}
	return hcl.Range{Filename: file, Start: pos, End: pos}
}

// is a stated fact, unknown one that the manufacturer does not know, listOf a complete list.
func is[T any](v T) environment.Fact[T] {
	return environment.Fact[T]{State: environment.Stated, Value: v, Range: at("products/p.hcl", 7)}
}

func unknown[T any]() environment.Fact[T] {
	return environment.Fact[T]{State: environment.Unknown, Range: at("products/p.hcl", 8)}
}

func listOf[T any](items ...T) environment.List[T] {
	l := environment.List[T]{State: environment.Stated, Range: at("products/p.hcl", 6)}
	for _, i := range items {
		l.Items = append(l.Items, is(i))
	}
	return l
}

func product(name string, needs func(*environment.Facts)) plan.Product {
	p := plan.Product{ProductRef: plan.ProductRef{Name: name, Manufacturer: "Exempel (invented)", Version: "1"}, DefRange: at("products/p.hcl", 2)}
	if needs != nil {
		needs(&p.Environment.Needs)
	}
	return p
}

// request is an image, managed by WinRM, with one setting for each "location = value".
func request(build string, settings []string, products ...plan.Product) plan.Request {
	if build == "" {
		build = "19044.1288"
	}
	req := plan.Request{
		Image:    plan.Image{Name: "i", Version: "1.0.0", Class: plan.Class{Type: "WM"}, Management: plan.Management{Path: "winrm_https", From: []string{"10.20.0.0/24"}}},
		Base:     plan.Base{Name: "b", Base: setting.Base{EditionID: "IoTEnterpriseS", Build: build, Arch: "amd64", Languages: []string{"sv-SE"}}},
		Modules:  []plan.Module{{Ref: plan.Ref{Name: "m", Version: "1.0.0", Method: "policies"}}},
		Products: products, DefRange: at("images/i.hcl", 1),
	}
	for i, text := range settings {
		location, value, _ := strings.Cut(text, " = ")
		req.Settings = append(req.Settings, plan.Candidate{ID: fmt.Sprintf("m/s%02d", i), Module: "m", Kind: "spec", Severity: setting.Low,
			Spec: &spec{setting.Location(location), value}, DefRange: at("modules/m.hcl", 10+i)})
	}
	return req
}

func judged(t *testing.T, req plan.Request) ([]conflict.Conflict, hcl.Diagnostics) {
	t.Helper()
	composed, diags := plan.Compose(req)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return conflict.Find(req, composed)
}

func run(t *testing.T, build string, settings []string, needs func(*environment.Facts)) []conflict.Conflict {
	t.Helper()
	found, _ := judged(t, request(build, settings, product("p", needs)))
	return found
}

func find(all []conflict.Conflict, row string, level conflict.Level) (conflict.Conflict, bool) {
	i := slices.IndexFunc(all, func(c conflict.Conflict) bool { return c.Row == row && c.Level == level })
	if i < 0 {
		return conflict.Conflict{}, false
	}
	return all[i], true
}

func TestProductAgainstProduct(t *testing.T) {
	needing := func(f func(*environment.Facts)) plan.Product { return product("a", f) }
	banning := product("b", nil)
	banning.Environment.Forbids.Services = listOf("Spooler")
	for name, tt := range map[string]struct {
		a, b plan.Product
		want bool
	}{
		"a service":       {needing(func(f *environment.Facts) { f.Services = listOf("spooler") }), banning, true},
		"another service": {needing(func(f *environment.Facts) { f.Services = listOf("Audiosrv") }), banning, false},
		"two shells":      {needing(session(environment.Session{Shell: is("a.exe")})), product("b", session(environment.Session{Shell: is("b.exe")})), true},
		"one shell":       {needing(session(environment.Session{Shell: is("a.exe")})), product("b", session(environment.Session{Shell: is("a.exe")})), false},
		"log-on":          {needing(session(environment.Session{Autologon: is(true)})), product("b", session(environment.Session{Autologon: is(false)})), true},
		"antivirus":       {needing(antivirus("none", "any")), product("b", antivirus("real-time", "any")), true},
		"scheduled":       {needing(antivirus("scheduled", "any")), product("b", antivirus("real-time", "any")), true},
		"repair":          {needing(antivirus("any", "ask")), product("b", antivirus("any", "automatic")), true},
		"a lock":          {needing(session(environment.Session{ContinuousDisplay: is(true)})), product("b", session(environment.Session{LockMaximum: is(300)})), true},
		"no display":      {needing(session(environment.Session{ContinuousDisplay: is(false)})), product("b", session(environment.Session{LockMaximum: is(300)})), false},
		"a port":          {needing(listening("104", `C:\a.exe`)), product("b", listening("100-110", `C:\b.exe`)), true},
		"one program":     {needing(listening("104", `C:\a.exe`)), product("b", listening("104", `c:\A.exe`)), false},
		"other ports":     {needing(listening("104", `C:\a.exe`)), product("b", listening("11112", `C:\b.exe`)), false},
		"any":             {needing(antivirus("any", "any")), product("b", antivirus("none", "any")), false},
	} {
		t.Run(name, func(t *testing.T) {
			found, _ := judged(t, request("", nil, tt.a, tt.b))
			again, _ := judged(t, request("", nil, tt.b, tt.a))
			c, ok := find(found, "product-against-product", conflict.Block)
			other, ok2 := find(again, "product-against-product", conflict.Block)
			if ok != tt.want || ok2 != tt.want || c.Reason != other.Reason {
				t.Errorf("%v %v %q %q", ok, ok2, c.Reason, other.Reason)
			}
			if ok && (!strings.Contains(c.Reason, `"a"`) || !strings.Contains(c.Reason, `"b"`)) {
				t.Errorf("does not name both: %s", c.Reason)
			}
		})
	}
}

func listening(port, program string) func(*environment.Facts) {
	return func(f *environment.Facts) {
		f.Flows = listOf(environment.Flow{Direction: is("in"), Protocol: is("tcp"), Port: is(port), Program: is(program), Reason: is("images")})
	}
}

func TestForbidden(t *testing.T) {
	p := product("p", nil)
	p.Environment.Forbids.Features = listOf("SMB1Protocol")
	p.Environment.Forbids.Services = listOf("wuauserv")
	p.Environment.Forbids.FIPS = is(true)
	for text, want := range map[string]bool{
		"feature:smb1protocol = enabled": true, "feature:SMB1Protocol = disabled": false, "svc:wuauserv = manual": true, "svc:wuauserv = disabled": false,
		lsa + `\FIPSAlgorithmPolicy!Enabled = dword:1`: true,
	} {
		found, _ := judged(t, request("", []string{text}, p))
		if _, ok := find(found, "forbidden", conflict.Block); ok != want {
			t.Errorf("%s: %v", text, ok)
		}
	}
}

func TestVirtualConsent(t *testing.T) {
	for name, tt := range map[string]struct {
		method string
		needs  func(*environment.Facts)
		want   bool
	}{
		"physical":  {"policies", nil, false},
		"silence":   {"virtual-client", nil, true},
		"refused":   {"virtual-client", func(f *environment.Facts) { f.Virtual = is(environment.Virtual{Consent: is(false)}) }, true},
		"consented": {"virtual-client", func(f *environment.Facts) { f.Virtual = is(environment.Virtual{Consent: is(true)}) }, false},
	} {
		req := request("", nil, product("p", tt.needs))
		req.Modules[0].Method = tt.method
		found, _ := judged(t, req)
		if _, ok := find(found, "virtual-consent", conflict.Block); ok != tt.want {
			t.Errorf("%s: %v", name, ok)
		}
	}
}

// TestSilenceIsNoConsent: a fact that is removed, or called unknown, never makes the plan look better.
func TestSilenceIsNoConsent(t *testing.T) {
	settings := []string{`svc:mrxsmb10 = disabled`}
	smb := func(f environment.Fact[string]) func(*environment.Facts) {
		return func(n *environment.Facts) { n.SMB = f }
	}
	if c, ok := find(run(t, "", settings, smb(is("3.0"))), "unstated-need", conflict.Warn); ok && strings.Contains(c.Reason, "needs.smb") {
		t.Error("a stated fact is called unstated")
	}
	for name, f := range map[string]environment.Fact[string]{"unknown": unknown[string](), "unstated": {}} {
		c, ok := find(run(t, "", settings, smb(f)), "unstated-need", conflict.Warn)
		if !ok || !strings.Contains(c.Reason, "needs.smb") || !slices.Contains(c.Settings, "m/s00") {
			t.Errorf("%s: %v %s", name, ok, c.Reason)
		}
	}
	if c, ok := find(run(t, "", nil, nil), "unstated-need", conflict.Warn); ok && (strings.Contains(c.Reason, "needs.smb") || len(c.Settings) > 0) {
		t.Error("silence is told although nothing could hurt")
	}
}

func TestAccepted(t *testing.T) {
	accept := func(id string) plan.Exception {
		return plan.Exception{Setting: id, Skip: true, Reason: "r", DefRange: at("images/i.hcl", 20)}
	}
	p := product("p", func(f *environment.Facts) { f.SMB = is("1.0") })
	for id, summary := range map[string]string{
		"conflict/smb1": "", "conflict/smb1[p]": "", "conflict/smb1[q]": "Accepted conflict does not occur", "conflict/tls": "Accepted conflict does not occur",
		"conflict/nonsense": "Exception for an unknown conflict",
	} {
		req := request("", []string{`svc:mrxsmb10 = disabled`}, p)
		req.Accepted = []plan.Exception{accept(id)}
		found, diags := judged(t, req)
		c, _ := find(found, "smb1", conflict.Block)
		if summary == "" {
			if diags.HasErrors() || c.Accepted == nil {
				t.Errorf("%s: %v", id, diags)
			}
			continue
		}
		if c.Accepted != nil || !slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool { return d.Summary == summary }) {
			t.Errorf("%s: %v", id, diags)
		}
	}
}

// Whoever accepts what is not there is told what was meant.
func TestAcceptedInVain(t *testing.T) {
	p := product("ultraview", func(f *environment.Facts) { f.SMB = is("1.0") })
	for id, want := range map[string]string{
		"conflict/smb1[ultravew]":       `no product "ultravew". Did you mean "ultraview"?`,
		"conflict/smb1[zzz-zzz-zzz-zz]": `no product "zzz-zzz-zzz-zz". Its products are "ultraview".`,
		"conflict/smb_1":                `There is no conflict "conflict/smb_1". Did you mean "smb1"?`,
		"conflict/unstated-need":        `what the plan has of it is WARN, which stops nothing and needs no acceptance`,
		"conflict/tls":                  "no such conflict that would stop it. Remove the exception.",
	} {
		req := request("", []string{`svc:mrxsmb10 = disabled`, `svc:Fax = disabled`}, p)
		req.Accepted = []plan.Exception{{Setting: id, Skip: true, Reason: "r", DefRange: at("images/i.hcl", 20)}}
		_, diags := judged(t, req)
		if !slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool { return d.Severity == hcl.DiagError && strings.Contains(d.Detail, want) }) {
			t.Errorf("%s: %v, want %s", id, diags, want)
		}
	}
}

// Hundreds of settings can depend on one field: people read how many and the first ones, machines read all.
func TestSilenceIsBounded(t *testing.T) {
	var settings []string
	for i := range 12 {
		settings = append(settings, fmt.Sprintf(`reg:HKLM\SYSTEM\CurrentControlSet\Services\mrxsmb1%d!Start = dword:4`, i), `svc:mrxsmb10 = disabled`)
	}
	c, ok := find(run(t, "", settings, func(f *environment.Facts) { f.SMB = unknown[string]() }), "unstated-need", conflict.Warn)
	if !ok {
		t.Fatal("silence is not told")
	}
	i := slices.IndexFunc(c.Unstated, func(u conflict.Unstated) bool { return u.Field == "needs.smb" })
	if i < 0 || len(c.Unstated[i].Settings) < 12 {
		t.Fatalf("not all settings are listed: %+v", c.Unstated)
	}
	n := len(c.Unstated[i].Settings)
	if want := fmt.Sprintf(`needs.smb (%d settings depend on it, first: `, n); !strings.Contains(c.Reason, want) || strings.Count(c.Reason, `"m/s`) > 3*len(c.Unstated) {
		t.Errorf("got %s, want %s and three of them", c.Reason, want)
	}
	if want := "wmclient explain IMAGE needs.smb"; !strings.Contains(c.WayOut, want) {
		t.Errorf("got %s, want %s", c.WayOut, want)
	}
}

// The way out of a rule for accounts is something to type.
func TestAccountRulesNameTheWayOut(t *testing.T) {
	account := func(f *environment.Facts) {
		f.Accounts = listOf(environment.Account{Name: is("svc"), Kind: is("service"), NetworkLogon: is(false)})
	}
	for way, text := range map[string]string{
		"maximum_age = -1 in the module account-policy":   `account-policy:MaximumPasswordAge = 60`,
		`exception "m/s00" { skip = true ... }`:           `account-policy:LockoutBadCount = 5`,
		`except "m/s00": exception "m/s00" { skip = true`: `right:SeDenyServiceLogonRight = ["S-1-5-113"]`,
	} {
		if c, ok := find(run(t, "", []string{text}, account), "account-rules", conflict.Warn); !ok || !strings.Contains(c.WayOut, way) {
			t.Errorf("%s: %v, the way out is %q, want %q", text, ok, c.WayOut, way)
		}
	}
}

// One setting turns off what several turn off.
func TestOneAndSeveral(t *testing.T) {
	needs := func(f *environment.Facts) { f.SMB = is("1.0") }
	for want, settings := range map[string][]string{
		`which "m/s00" turns off.`:         {`svc:mrxsmb10 = disabled`},
		`which "m/s00", "m/s01" turn off.`: {`svc:mrxsmb10 = disabled`, `reg:HKLM\SYSTEM\CurrentControlSet\Services\mrxsmb10!Start = dword:4`},
	} {
		if c, ok := find(run(t, "", settings, needs), "smb1", conflict.Block); !ok || !strings.HasSuffix(c.Reason, want) {
			t.Errorf("got %s, want %s", c.Reason, want)
		}
	}
}

func TestDiagnosticsNameBothPlaces(t *testing.T) {
	_, diags := judged(t, request("", []string{`svc:mrxsmb10 = disabled`}, product("p", func(f *environment.Facts) { f.SMB = is("1.0") })))
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			if d.Summary != "Plan conflicts with a product" || d.Subject.Filename != "products/p.hcl" || !strings.Contains(d.Detail, "modules/m.hcl:10") || !strings.Contains(d.Detail, `exception "conflict/smb1[p]"`) {
				t.Errorf("%s %s: %s", d.Summary, d.Subject, d.Detail)
			}
			return
		}
	}
	t.Error("no error")
}
