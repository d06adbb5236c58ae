package baseline_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/baseline"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

const header = "ID,Category,Name,Method,MethodArgument,RegistryPath,RegistryItem,ClassName,Namespace,Property,DefaultValue,RecommendedValue,Operator,Severity\r\n"

func table(t testing.TB) setting.Table {
	t.Helper()
	tab, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func parse(t testing.TB, rows ...string) []baseline.Row {
	t.Helper()
	list, diags := baseline.Parse("list.csv", []byte("\ufeff"+header+strings.Join(rows, "\r\n")+"\r\n"), table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return list.Rows
}

func TestCarry(t *testing.T) {
	for _, c := range []struct{ row, location, wanted string }{
		{`1,c,n,Registry,,HKLM:\Software\Policies\X,Name,,,,,1,=,Medium`, `reg:HKLM\Software\Policies\X!Name`, "1"},
		{`1,c,n,Registry,,Registry::HKEY_LOCAL_MACHINE\Software\X,(Default),,,,,a,=,Medium`, `reg:HKLM\Software\X!`, "a"},
		{`1,c,n,Registry,,HKCU:\Software\X,"A ""b"", c",,,,,"x` + "\r\n" + `",=,Low`, `reg:HKCU\Software\X!A "b", c`, "x"},
		{`1,c,n,RegistryAbsent,,HKLM:\Software\X,Gone,,,,,,absent,`, `reg:HKLM\Software\X!Gone`, ""},
		{`1,c,n,accesschk,SeDebugPrivilege,,,,,,,BUILTIN\Administrators;*S-1-5-19,=,`, `right:SeDebugPrivilege`, `["S-1-5-19","S-1-5-32-544"]`},
		{`1,c,n,accesschk,SeTcbPrivilege,,,,,,,,=,`, `right:SeTcbPrivilege`, `[]`},
		{`1,c,n,auditpol,Process Creation,,,,,,,Success,=,`, `audit:{0cce922b-69ae-11d9-bed3-505054503030}`, "success"},
		{`1,c,n,auditpol,{0CCE922B-69AE-11D9-BED3-505054503030},,,,,,,Success and Failure,contains,`, `audit:{0cce922b-69ae-11d9-bed3-505054503030}`, "success,failure"},
		{`1,c,Account_lockout_threshold,accountpolicy,,,,,,,,10,<=!0,`, `account-policy:LockoutBadCount`, "10"},
		{`1,c,Maximum password age,accountpolicy,,,,,,,,Unlimited,=,`, `account-policy:MaximumPasswordAge`, "-1"},
		{`1,c,n,secedit,System Access\EnableGuestAccount,,,,,,,0,=,`, `account:501`, "disabled"},
		{`1,c,n,secedit,System Access\NewGuestName,,,,,,,"""Visitor""",=,`, `account-name:501`, "Visitor"},
		{`1,c,n,secedit,System Access\LockoutDuration,,,,,,,-1,=,`, `account-policy:LockoutDuration`, "-1"},
		{`1,c,n,secedit,Registry Values\MACHINE\System\CurrentControlSet\Control\Lsa\LimitBlankPasswordUse,,,,,,,"4,1",=,`, `reg:HKLM\System\CurrentControlSet\Control\Lsa!LimitBlankPasswordUse`, "1"},
		{`1,c,n,service,XblGameSave,,,,,,,Disabled,=,`, `svc:XblGameSave`, "disabled"},
		{`1,c,Guest,localaccount,501,,,,,,,False,=,`, `account:501`, "disabled"},
		{`1,c,n,MpPreference,DisableRealtimeMonitoring,,,,,,,False,=,`, `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Real-Time Protection!DisableRealtimeMonitoring`, "0"},
		{`1,c,n,WindowsOptionalFeature,SMB1Protocol,,,,,,,Disabled,=,`, `feature:SMB1Protocol`, "disabled"},
		{`1,c,n,MpPreferenceAsr,01443614-CD74-433A-B99E-2ECDC07BFC25,,,,,,,1,=,`, `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules!01443614-cd74-433a-b99e-2ecdc07bfc25`, "1"},
	} {
		r := parse(t, c.row)[0]
		if r.Unread != "" || string(r.Location) != c.location || r.Wanted != c.wanted {
			t.Errorf("%s\n gives %q %q (%s), want %q %q", c.row, r.Location, r.Wanted, r.Unread, c.location, c.wanted)
		}
	}
}

// No row is dropped: what cannot be carried stays, with the reason.
func TestNothingIsDropped(t *testing.T) {
	for row, why := range map[string]string{
		`1,c,n,FirewallRule,,,,,,,,x,=,`:                                      "display name",
		`1,c,n,MpPreference,ScanAvgCPULoadFactor,,,,,,,1,=,`:                  "running Defender",
		`1,c,n,CimInstance,,,,,,,,1,=,`:                                       "WMI",
		`1,c,n,BitLockerVolume,,,,,,,,1,=,`:                                   "volume",
		`1,c,n,Processmitigation,,,,,,,,1,=,`:                                 "mitigations",
		`1,c,n,Telepathy,,,,,,,,1,=,`:                                         "not known",
		`1,c,n,Registry,,HKLM:\S\X,N,,,,,1,~,`:                                "operator",
		`1,c,n,Registry,,HKCR:\X,N,,,,,1,=,`:                                  "HKLM",
		`1,c,n,accesschk,SeDebugPrivilege,,,,,,,Administratörer,=,`:           "write the SID",
		`1,c,n,auditpol,Processkapande,,,,,,,Success,=,`:                      "no subcategory",
		`1,c,n,auditpol,{0cce9999-69ae-11d9-bed3-505054503030},,,,,,,None,=,`: "no subcategory",
		`1,c,n,auditpol,Logon,,,,,,,Sometimes,=,`:                             "none of",
		`1,c,n,service,X,,,,,,,Sometimes,=,`:                                  "start type",
		`1,c,Fantasy,accountpolicy,,,,,,,,1,=,`:                               "no rule",
	} {
		rows := parse(t, row)
		if len(rows) != 1 || !strings.Contains(rows[0].Unread, why) {
			t.Errorf("%s\n gives %+v, want one row unread because of %q", row, rows, why)
		}
		if got := baseline.NewState(&plan.Composed{Plan: &plan.Plan{}, Provenance: &plan.Provenance{}}, nil).Judge(rows[0]); got.Explained() {
			t.Errorf("%s counts as explained", row)
		}
	}
}

func TestBadLists(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"empty":        {"", "empty"},
		"header alone": {header, "no row"},
		"other table":  {"a,b\n1,2\n", "RecommendedValue"},
		"cut off":      {header + "1,c,n", "cut off"},
		"open quote":   {header + `1,c,"n,Registry`, "Column"},
		"latin-1":      {header + "1,c,Anv\xe4ndare", "not UTF-8"},
		"utf-16":       {"\xff\xfeI\x00D\x00,", "odd"},
		"no mark":      {"I\x00D\x00", "NUL"},
		"twice":        {"Method,Method,RecommendedValue\na,b,c\n", "twice"},
	} {
		_, diags := baseline.Parse("list.csv", []byte(c.src), table(t))
		if !diags.HasErrors() || !strings.Contains(diags.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, diags, c.want)
		}
	}
	semicolons, diags := baseline.Parse("l.csv", []byte("Method;RegistryPath;RegistryItem;RecommendedValue;Operator\nRegistry;HKLM:\\SOFTWARE\\X;N;1;=\n"), table(t))
	if diags.HasErrors() || string(semicolons.Rows[0].Location) != `reg:HKLM\SOFTWARE\X!N` {
		t.Errorf("a list with semicolons: %v %v", semicolons, diags)
	}
}

type spec struct {
	kind, json string
	skip       string // reason of an exception
}

// compose makes the smallest composed plan that has these settings.
func compose(t testing.TB, specs ...spec) *plan.Composed {
	t.Helper()
	c := &plan.Composed{Plan: &plan.Plan{}, Provenance: &plan.Provenance{}, Specs: map[string]setting.Spec{}}
	for i, s := range specs {
		id := fmt.Sprintf("m/s%d", i)
		decoded, err := table(t).DecodeJSON(s.kind, json.RawMessage(s.json))
		if err != nil {
			t.Fatal(err)
		}
		effect, note := plan.EffectSet, &plan.SettingNote{ID: id, Claims: decoded.Claims(setting.Base{})}
		if s.skip != "" {
			effect, note.Exception = plan.EffectSkip, &plan.ExceptionNote{Effect: plan.EffectSkip, Reason: s.skip}
		}
		c.Specs[id] = decoded
		c.Plan.Settings = append(c.Plan.Settings, plan.Setting{ID: id, Kind: s.kind, Effect: effect})
		c.Provenance.Settings = append(c.Provenance.Settings, note)
	}
	return c
}

func TestJudge(t *testing.T) {
	dword := func(n string) spec {
		return spec{kind: "registry_value", json: `{"key":"HKLM\\SOFTWARE\\X","name":"N","type":"dword","value":"` + n + `"}`}
	}
	text := func(s string) spec {
		return spec{kind: "registry_value", json: `{"key":"HKLM\\SOFTWARE\\X","name":"N","type":"sz","value":"` + s + `"}`}
	}
	reg := func(wanted, op string) string {
		return `1,c,n,Registry,,HKLM:\software\x,n,,,,,"` + wanted + `",` + op + `,`
	}
	right := spec{kind: "user_right", json: `{"right":"SeAuditPrivilege","sids":["S-1-5-20","S-1-5-19"]}`}
	both := spec{kind: "audit_policy", json: `{"subcategory":"Logon","events":["success","failure"]}`}
	for _, c := range []struct {
		name string
		has  spec
		row  string
		want baseline.Status
	}{
		{"equal", dword("1"), reg("1", "="), baseline.Met},
		{"other", dword("2"), reg("1", "="), baseline.Unmet},
		{"string for a number", text("1"), reg("1", "="), baseline.Met},
		{"hexadecimal", dword("16"), reg("0x10", "="), baseline.Met},
		{"negative dword", dword("4294967295"), reg("-1", "="), baseline.Met},
		{"at least", dword("5"), reg("4", ">="), baseline.Met},
		{"at least, less", dword("3"), reg("4", ">="), baseline.Unmet},
		{"at most", dword("3"), reg("4", "<="), baseline.Met},
		{"at most, not 0", dword("0"), reg("4", "<=!0"), baseline.Unmet},
		{"not equal", dword("3"), reg("4", "!="), baseline.Met},
		{"not equal, equal", dword("4"), reg("4", "!="), baseline.Unmet},
		{"contains", text("a, B"), reg("b", "contains"), baseline.Met},
		{"case", text("yes"), reg("Yes", "="), baseline.Met},
		{"equal or empty", text(""), reg("x", "=|0"), baseline.Met},
		{"text for a number", dword("1"), reg("yes", "="), baseline.Unmet},
		{"absent wanted, set", dword("1"), `1,c,n,RegistryAbsent,,HKLM:\software\x,n,,,,,,absent,`, baseline.Unmet},
		{"absent wanted, nothing", right, `1,c,n,RegistryAbsent,,HKLM:\software\x,n,,,,,,absent,`, baseline.Unmet},
		{"absent", spec{kind: "registry_value", json: `{"key":"HKLM\\SOFTWARE\\X","name":"N","ensure":"absent"}`}, `1,c,n,RegistryAbsent,,HKLM:\software\x,n,,,,,,absent,`, baseline.Met},
		{"absent is no 0", spec{kind: "registry_value", json: `{"key":"HKLM\\SOFTWARE\\X","name":"N","ensure":"absent"}`}, reg("0", "="), baseline.Unmet},
		{"list as a set", spec{kind: "registry_value", json: `{"key":"HKLM\\SOFTWARE\\X","name":"N","type":"multi_sz","value":"[\"b\",\"a\"]"}`}, reg("A;B", "="), baseline.Met},
		{"entry of a list", spec{kind: "registry_value", json: `{"key":"HKLM\\SOFTWARE\\X","name":"7","type":"sz","value":"PCI"}`}, `1,c,n,Registry,,HKLM:\software\x,1,,,,,PCI,=,`, baseline.Met},
		{"number in a numbered name", spec{kind: "registry_value", json: `{"key":"HKLM\\SOFTWARE\\X","name":"7","type":"dword","value":"3"}`}, `1,c,n,Registry,,HKLM:\software\x,1,,,,,3,=,`, baseline.Unmet},
		{"holders", right, `1,c,n,accesschk,SeAuditPrivilege,,,,,,,S-1-5-19;S-1-5-20,=,`, baseline.Met},
		{"holders, one more", right, `1,c,n,accesschk,SeAuditPrivilege,,,,,,,S-1-5-19,=,`, baseline.Unmet},
		{"holders contain", right, `1,c,n,accesschk,SeAuditPrivilege,,,,,,,S-1-5-19,contains,`, baseline.Met},
		{"denied, one more", spec{kind: "user_right", json: `{"right":"SeDenyNetworkLogonRight","sids":["S-1-5-113","S-1-5-32-546"]}`}, `1,c,n,accesschk,SeDenyNetworkLogonRight,,,,,,,S-1-5-113,=,`, baseline.Met},
		{"denied, one less", spec{kind: "user_right", json: `{"right":"SeDenyNetworkLogonRight","sids":["S-1-5-113"]}`}, `1,c,n,accesschk,SeDenyNetworkLogonRight,,,,,,,S-1-5-113;S-1-5-32-546,=,`, baseline.Unmet},
		{"nobody denied wanted", spec{kind: "user_right", json: `{"right":"SeDenyNetworkLogonRight","sids":["S-1-5-113"]}`}, `1,c,n,accesschk,SeDenyNetworkLogonRight,,,,,,,,=,`, baseline.Unmet},
		{"nobody", right, `1,c,n,accesschk,SeAuditPrivilege,,,,,,,,=,`, baseline.Unmet},
		{"audit", both, `1,c,n,auditpol,Logon,,,,,,,Success and Failure,=,`, baseline.Met},
		{"audit more", both, `1,c,n,auditpol,Logon,,,,,,,Failure,=,`, baseline.Met},
		{"audit none", both, `1,c,n,auditpol,Logon,,,,,,,No Auditing,=,`, baseline.Unmet},
		{"service", spec{kind: "service", json: `{"name":"Spooler","start":"disabled"}`}, `1,c,n,service,spooler,,,,,,,Disabled,=,`, baseline.Met},
		{"service's value", spec{kind: "service", json: `{"name":"Spooler","start":"disabled"}`}, `1,c,n,Registry,,HKLM:\SYSTEM\CurrentControlSet\Services\Spooler,Start,,,,,4,=,`, baseline.Met},
		{"service by its value", spec{kind: "registry_value", json: `{"key":"HKLM\\SYSTEM\\CurrentControlSet\\Services\\Spooler","name":"Start","type":"dword","value":"4"}`}, `1,c,n,service,Spooler,,,,,,,Disabled,=,`, baseline.Met},
		{"no lockout at all", spec{kind: "account_policy", json: `{"name":"LockoutBadCount","value":0}`}, `1,c,Account lockout threshold,accountpolicy,,,,,,,,10,<=,`, baseline.Unmet},
		{"a password for ever", spec{kind: "account_policy", json: `{"name":"MaximumPasswordAge","value":-1}`}, `1,c,Maximum password age,accountpolicy,,,,,,,,60,<=,`, baseline.Unmet},
		{"locked until unlocked", spec{kind: "account_policy", json: `{"name":"LockoutDuration","value":-1}`}, `1,c,Account lockout duration,accountpolicy,,,,,,,,10,>=,`, baseline.Met},
		{"counter without after", spec{kind: "account_policy", json: `{"name":"ResetLockoutCount","value":15}`}, `1,c,Reset account lockout counter,accountpolicy,,,,,,,,10,>=,`, baseline.Met},
		{"account policy", spec{kind: "account_policy", json: `{"name":"LockoutBadCount","value":5}`}, `1,c,Account lockout threshold,accountpolicy,,,,,,,,10,<=!0,`, baseline.Met},
	} {
		got := baseline.NewState(compose(t, c.has), nil).Judge(parse(t, c.row)[0])
		if got.Status != c.want {
			t.Errorf("%s: %s, want %s: %+v", c.name, got.Status, c.want, got)
		}
	}
}

func mark(location, reason string) plan.NotManaged {
	return plan.NotManaged{Location: location, Reason: plan.Text{EN: reason}, DefRange: hcl.Range{Filename: "m.hcl", Start: hcl.Pos{Line: 3}}}
}

func TestAnswers(t *testing.T) {
	skipped := spec{kind: "registry_value", json: `{"key":"HKLM\\SOFTWARE\\X","name":"N","type":"dword","value":"1"}`, skip: "the viewer needs it"}
	rows := parse(t,
		`1,c,n,Registry,,HKLM:\software\x,n,,,,,1,=,`,
		`2,c,n,Registry,,HKLM:\software\y,n,,,,,1,=,`,
		`3,c,n,accesschk,SeTcbPrivilege,,,,,,,,=,`,
		`4,c,n,Registry,,HKLM:\software\z,n,,,,,1,=,`)
	modules := []plan.Module{{Ref: plan.Ref{Name: "m"}, NotManaged: []plan.NotManaged{
		mark(`reg:HKLM\SOFTWARE\\Y!N`, "no such hardware"), mark("right:SeTcbPrivilege", "No  Such hardware"),
	}}}
	state := baseline.NewState(compose(t, skipped), modules)
	c := baseline.Cover(state, &baseline.List{Name: "l", Rows: rows})
	if want := (baseline.Count{Rows: 4, Exception: 1, NotManaged: 2, Unmet: 1}); c.Total != want {
		t.Fatalf("counted %+v, want %+v", c.Total, want)
	}
	if len(c.Methods) != 2 || c.Methods[0].Method != "accesschk" || c.Methods[1].Rows != 3 {
		t.Errorf("by method: %+v", c.Methods)
	}
	reused := baseline.Reused(c.Results)
	if len(reused) != 1 {
		t.Fatalf("reused: %+v", reused)
	}
	for _, part := range []string{"list.csv:3", "list.csv:4", "m.hcl:3", "SeTcbPrivilege", "of its own"} {
		if !strings.Contains(reused[0].Error(), part) {
			t.Errorf("%q does not name %q", reused[0].Error(), part)
		}
	}
	again := baseline.Reused([]baseline.Result{c.Results[1], c.Results[1]}) // two lists that ask for one place
	if len(again) != 0 {
		t.Errorf("one place counts as two: %v", again)
	}
}

func TestRulesAsXML(t *testing.T) {
	rule := func(rest string) string {
		return `<FilePathRule Id=""a"" ` + rest + `><Conditions><FilePathCondition Path=""%WINDIR%\*""/></Conditions></FilePathRule>`
	}
	row := `1,c,n,Registry,,HKLM:\Software\X,N,,,,,"` + rule(`Name=""x"" Action=""Allow""`) + "\r\n" + `",=,`
	has := func(rest string) spec {
		raw, err := json.Marshal(map[string]string{"key": `HKLM\SOFTWARE\X`, "name": "N", "type": "sz", "value": strings.ReplaceAll(rule(rest), `""`, `"`)})
		if err != nil {
			t.Fatal(err)
		}
		return spec{kind: "registry_value", json: string(raw)}
	}
	if got := baseline.NewState(compose(t, has(`Action=""Allow"" Name=""another text""`)), nil).Judge(parse(t, row)[0]); got.Status != baseline.Met {
		t.Errorf("the same rule with another name: %s", got.Status)
	}
	if got := baseline.NewState(compose(t, has(`Action=""Deny"" Name=""x""`)), nil).Judge(parse(t, row)[0]); got.Status != baseline.Unmet {
		t.Errorf("the opposite rule: %s", got.Status)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(header + `1,c,n,Registry,,HKLM:\Software\X,N,,,,,1,=,` + "\r\n"))
	f.Add([]byte(header + `1,c,n,accesschk,SeTcbPrivilege,,,,,,,,=,` + "\n" + `1,c,n,auditpol,Logon,,,,,,,Success,=,`))
	f.Add([]byte("Method;RecommendedValue\nsecedit;1\n"))
	for _, s := range hostile.Texts("Method,RegistryPath,RegistryItem,RecommendedValue,Operator\r\nRegistry,HKLM:\\Software\\X,\"N, n\",1,=\r\n") {
		f.Add([]byte(s))
	}
	f.Add([]byte("\xef\xbb\xbfMethod\tRecommendedValue\nsecedit\t1\n"))
	f.Add([]byte("Method,RecommendedValue\n\"secedit"))
	f.Add([]byte("\xff\xfeM\x00"))
	tab := table(f)
	state := baseline.NewState(&plan.Composed{Plan: &plan.Plan{}, Provenance: &plan.Provenance{}}, nil)
	f.Fuzz(func(t *testing.T, src []byte) {
		hostile.Bounded(t, len(src), 64, 1<<20, func() { _, _ = baseline.Parse("l.csv", src, tab) })
		list, diags := baseline.Parse("l.csv", src, tab)
		if (list == nil) != diags.HasErrors() {
			t.Fatalf("a list and errors, or neither: %v", diags)
		}
		if list == nil {
			return
		}
		for _, r := range list.Rows {
			if (r.Location == "") != (r.Unread != "") {
				t.Fatalf("neither carried nor explained: %+v", r)
			}
			if got := state.Judge(r); got.Status == baseline.Met {
				t.Fatalf("met by an empty plan: %+v", got)
			}
		}
	})
}

// One exception for a setting that owns several values is one decision.
func TestOneDecision(t *testing.T) {
	skipped := spec{kind: "service", json: `{"name":"Spooler","start":"automatic"}`, skip: "labels are printed here"}
	rows := parse(t,
		`1,c,n,Registry,,HKLM:\SYSTEM\CurrentControlSet\Services\Spooler,Start,,,,,4,=,`,
		`2,c,n,Registry,,HKLM:\SYSTEM\CurrentControlSet\Services\Spooler,DelayedAutostart,,,,,1,=,`)
	c := baseline.Cover(baseline.NewState(compose(t, skipped), nil), &baseline.List{Name: "l", Rows: rows})
	if c.Total.Exception != 2 || len(baseline.Reused(c.Results)) != 0 {
		t.Errorf("%+v %v", c.Total, baseline.Reused(c.Results))
	}
}

func TestAnOverrideIsAnAnswer(t *testing.T) {
	value := func(name string) spec {
		return spec{kind: "registry_value", json: `{"key":"HKLM\\SOFTWARE\\X","name":"` + name + `","type":"dword","value":"1"}`}
	}
	beaten := func(line int, reason string, c *plan.Composed, names ...int) {
		for _, i := range names {
			n := c.Provenance.Settings[i]
			n.OverriddenBy = []plan.OverrideNote{{Setting: "offline/x", Reason: reason, At: plan.Place{File: "modules/offline.hcl", Line: line}}}
			delete(c.Specs, n.ID)
		}
	}
	list := parse(t, "1,c,n,Registry,,HKLM:\\SOFTWARE\\X,A,,,,,1,=,\n2,c,n,Registry,,HKLM:\\SOFTWARE\\X,B,,,,,1,=,")
	c := compose(t, value("A"), value("B"))
	beaten(7, "the client is offline", c, 0, 1)
	covered := baseline.Cover(baseline.NewState(c, nil), &baseline.List{Rows: list})
	if want := (baseline.Count{Rows: 2, Override: 2}); covered.Total != want {
		t.Errorf("%+v", covered.Total)
	}
	if reused := baseline.Reused(covered.Results); len(reused) != 0 {
		t.Errorf("one override is one decision: %v", reused)
	}
	c = compose(t, value("A"), value("B"))
	beaten(7, "the client is offline", c, 0)
	beaten(9, "The client is  offline", c, 1)
	if reused := baseline.Reused(baseline.Cover(baseline.NewState(c, nil), &baseline.List{Rows: list}).Results); len(reused) != 1 {
		t.Errorf("two overrides with one reason: %v", reused)
	}
}

func TestStricterIsMet(t *testing.T) {
	lock := func(value, stricter string) spec {
		return spec{kind: "registry_value", json: `{"key":"HKLM\\SOFTWARE\\X","name":"N","type":"dword","value":"` + value + `"` + stricter + `}`}
	}
	for _, tt := range []struct {
		has  spec
		want baseline.Status
	}{
		{lock("300", `,"stricter":"lower"`), baseline.Met}, {lock("900", `,"stricter":"lower"`), baseline.Met}, {lock("901", `,"stricter":"lower"`), baseline.Unmet},
		{lock("0", `,"stricter":"lower"`), baseline.Unmet}, {lock("300", ""), baseline.Unmet}, {lock("1000", `,"stricter":"higher"`), baseline.Met}, {lock("300", `,"stricter":"higher"`), baseline.Unmet},
	} {
		if got := baseline.NewState(compose(t, tt.has), nil).Judge(parse(t, "1,c,n,Registry,,HKLM:\\SOFTWARE\\X,N,,,,,900,=,")[0]); got.Status != tt.want || got.Status == baseline.Met && got.Note == "" && got.Has != "dword:900" {
			t.Errorf("%s: %s %q", tt.has.json, got.Status, got.Note)
		}
	}
}
