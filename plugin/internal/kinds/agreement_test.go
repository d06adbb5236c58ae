package kinds_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

type body struct{ kind, text string }

const startOf = `key = "hklm\\System\\currentcontrolset\\services\\DNSCACHE"` + "\nname = \"start\"\ntype = \"dword\"\n"

// TestClaims compares what two settings want in the places that both claim.
func TestClaims(t *testing.T) {
	const apart, agree, collide, joined = "apart", "agree", "collide", "joined"
	list := func(merge, items string) body {
		return body{"registry_value", `key = "HKLM\\SOFTWARE\\X"` + "\nname = \"n\"\ntype = \"multi_sz\"\nvalue = " + items + merge}
	}
	value := func(text string) body {
		return body{"registry_value", `key = "HKLM\\SOFTWARE\\X"` + "\n" + text}
	}
	file := func(text string) body { return body{"file", text} }
	right := func(text string) body { return body{"user_right", "right = \"SeDebugPrivilege\"\n" + text} }
	union := "\nmerge = \"union\""
	tests := map[string]struct {
		a, b body
		want string
	}{
		"service and its Start, same":       {body{"service", "name = \"Dnscache\"\nstart = \"manual\""}, body{"registry_value", startOf + "value = 3"}, agree},
		"service and its Start, other":      {body{"service", "name = \"Dnscache\"\nstart = \"manual\""}, body{"registry_value", startOf + "value = 4"}, collide},
		"delayed and automatic":             {body{"service", "name = \"x\"\nstart = \"delayed\""}, body{"service", "name = \"X\"\nstart = \"automatic\""}, collide},
		"two services":                      {body{"service", "name = \"x\"\nstart = \"manual\""}, body{"service", "name = \"y\"\nstart = \"manual\""}, apart},
		"value, other case":                 {value("name = \"n\"\ntype = \"sz\"\nvalue = \"a\""), value("name = \"N\"\ntype = \"sz\"\nvalue = \"a\""), agree},
		"value, other type":                 {value("name = \"n\"\ntype = \"sz\"\nvalue = \"1\""), value("name = \"n\"\ntype = \"dword\"\nvalue = 1"), collide},
		"present and absent":                {value("name = \"n\"\ntype = \"sz\"\nvalue = \"absent\""), value("name = \"n\"\nensure = \"absent\""), collide},
		"absent twice":                      {value("name = \"n\"\nensure = \"absent\""), value("name = \"N\"\nensure = \"absent\""), agree},
		"union and union":                   {list(union, `["a"]`), list(union, `["b"]`), joined},
		"union and exact":                   {list(union, `["a"]`), list("", `["b"]`), collide},
		"file, other spelling":              {file(`path = "C:\\a\\b"` + "\ncontent = \"x\""), file(`path = "\\A\\B"` + "\ncontent = \"x\""), agree},
		"file below a file":                 {file(`path = "C:\\a"` + "\ncontent = \"x\""), file(`path = "C:\\a\\b"` + "\ncontent = \"x\""), collide},
		"files in one folder":               {file(`path = "C:\\a\\b"` + "\ncontent = \"x\""), file(`path = "C:\\a\\c"` + "\ncontent = \"x\""), agree},
		"folder that is to be no file":      {file(`path = "C:\\a"` + "\nensure = \"absent\""), file(`path = "C:\\a\\c"` + "\ncontent = \"x\""), collide},
		"content by text and by digest":     {file(`path = "C:\\a"` + "\ncontent = \"\""), file(`path = "C:\\a"` + "\nsource = \"f\"\nsha256 = \"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855\""), agree},
		"rights join":                       {right(`sids = ["S-1-5-32-544"]`), right(`sids = ["S-1-5-18"]`), joined},
		"nobody joins nothing":              {right(`sids = ["S-1-5-32-544"]`), right(`nobody = true`), collide},
		"rule and its value":                {body{"firewall_rule", rule}, body{"registry_value", `key = "HKLM\\Software\\Policies\\Microsoft\\WindowsFirewall\\FirewallRules"` + "\nname = \"I\"\ntype = \"sz\"\nvalue = \"v2.10|Action=Allow|Active=TRUE|Dir=In|Name=n|\""}, agree},
		"rule and another's value":          {body{"firewall_rule", rule}, body{"registry_value", `key = "HKLM\\Software\\Policies\\Microsoft\\WindowsFirewall\\FirewallRules"` + "\nname = \"I\"\nensure = \"absent\""}, collide},
		"two spellings of one rule's ports": {body{"firewall_rule", rule + "protocol = \"tcp\"\nlocal_ports = [\"80\", \"81\", \"82-90\"]"}, body{"firewall_rule", rule + "protocol = \"6\"\nlocal_ports = [\"80-90\"]"}, agree},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a, b := mustDecode(t, tt.a.kind, tt.a.text), mustDecode(t, tt.b.kind, tt.b.text)
			got := apart
			for _, x := range a.Claims(base) {
				for _, y := range b.Claims(base) {
					switch {
					case !x.Location.Same(y.Location):
					case x.Union && y.Union:
						got = joined
					case x.Union != y.Union || x.Value != y.Value:
						got = collide
					case got == apart:
						got = agree
					}
				}
			}
			if got != tt.want {
				t.Errorf("%s, want %s\n%v\n%v", got, tt.want, a.Claims(base), b.Claims(base))
			}
		})
	}
}

func TestMergeIsOrderFree(t *testing.T) {
	lists := map[string][]string{
		"registry_value": {
			`key = "HKLM\\SOFTWARE\\x"` + "\nname = \"n\"\ntype = \"multi_sz\"\nmerge = \"union\"\nvalue = [\"b\", \"a\", \"b\"]",
			`key = "HKLM\\Software\\X"` + "\nname = \"N\"\ntype = \"multi_sz\"\nmerge = \"union\"\nvalue = [\"c\"]\npolicy = false",
			`key = "HKEY_LOCAL_MACHINE\\SOFTWARE\\X"` + "\nname = \"n\"\ntype = \"multi_sz\"\nmerge = \"union\"\nvalue = [\"B\", \"a\"]",
		},
		"user_right": {
			"right = \"SeDebugPrivilege\"\nsids = [\"S-1-5-32-544\", \"s-1-5-18\"]",
			"right = \"SeDebugPrivilege\"\nsids = [\"S-1-5-18\"]",
			"right = \"SeDebugPrivilege\"\nsids = [\"S-1-5-19\"]",
		},
	}
	for kind, texts := range lists {
		specs := make([]setting.Spec, len(texts))
		for i, text := range texts {
			specs[i] = mustDecode(t, kind, text)
		}
		merge := func(a, b setting.Spec) setting.Spec {
			m, err := a.(setting.Merger).Merge(b)
			if err != nil {
				t.Fatal(err)
			}
			if diags := m.Check(); diags.HasErrors() {
				t.Fatal(diags)
			}
			return m
		}
		same := func(law string, a, b setting.Spec) {
			x, err1 := json.Marshal(a)
			y, err2 := json.Marshal(b)
			if err1 != nil || err2 != nil || string(x) != string(y) {
				t.Errorf("%s: %s does not hold\n%s\n%s", kind, law, x, y)
			}
		}
		for _, a := range specs {
			for _, b := range specs {
				same("commutative", merge(a, b), merge(b, a))
				same("idempotent", merge(merge(a, b), b), merge(a, b))
				for _, c := range specs {
					same("associative", merge(merge(a, b), c), merge(a, merge(b, c)))
				}
			}
		}
		all := merge(merge(specs[0], specs[1]), specs[2])
		if v := outcome(t, all, applied(t, all)); v.Outcome != setting.Pass {
			t.Errorf("%s: merged setting after its own ops: %+v", kind, v)
		}
		if v := outcome(t, all, applied(t, specs[1])); v.Outcome != setting.Fail {
			t.Errorf("%s: merged setting after one part's ops: %+v", kind, v)
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	x := `key = "HKLM\\SOFTWARE\\X"` + "\nname = \"n\"\ntype = \"multi_sz\"\nvalue = [\"a\"]"
	for name, pair := range map[string][2]body{
		"exact":       {{"registry_value", x}, {"registry_value", x + "\nmerge = \"union\""}},
		"elsewhere":   {{"registry_value", x + "\nmerge = \"union\""}, {"registry_value", `key = "HKLM\\SOFTWARE\\Y"` + "\nname = \"n\"\ntype = \"multi_sz\"\nvalue = [\"a\"]\nmerge = \"union\""}},
		"policy":      {{"registry_value", x + "\nmerge = \"union\""}, {"registry_value", x + "\nmerge = \"union\"\npolicy = true"}},
		"other kind":  {{"registry_value", x + "\nmerge = \"union\""}, {"user_right", "right = \"SeDebugPrivilege\"\nnobody = true"}},
		"nobody":      {{"user_right", "right = \"SeDebugPrivilege\"\nnobody = true"}, {"user_right", "right = \"SeDebugPrivilege\"\nsids = [\"S-1-5-18\"]"}},
		"other right": {{"user_right", "right = \"SeTcbPrivilege\"\nsids = [\"S-1-5-18\"]"}, {"user_right", "right = \"SeDebugPrivilege\"\nsids = [\"S-1-5-18\"]"}},
	} {
		a, b := mustDecode(t, pair[0].kind, pair[0].text), mustDecode(t, pair[1].kind, pair[1].text)
		if m, err := a.(setting.Merger).Merge(b); err == nil {
			t.Errorf("%s: merged to %v", name, m)
		}
	}
}

func TestCompare(t *testing.T) {
	number := func(n, more string) string {
		return `key = "HKLM\\SOFTWARE\\X"` + "\nname = \"n\"\ntype = \"dword\"\nvalue = " + n + "\n" + more
	}
	service := func(start, more string) string { return "name = \"x\"\nstart = \"" + start + "\"\n" + more }
	right := func(name, sids string) string { return "right = \"" + name + "\"\nsids = [" + sids + "]" }
	tests := []struct {
		kind, old, new string
		want           setting.Direction
	}{
		{"registry_value", number("1", ""), number("1", `stricter = "lower"`), setting.Same},
		{"registry_value", number("1", ""), number("2", ""), setting.Unknown},
		{"registry_value", number("1", `stricter = "higher"`), number("2", `stricter = "higher"`), setting.Tightened},
		{"registry_value", number("2", `stricter = "higher"`), number("1", `stricter = "higher"`), setting.Loosened},
		{"registry_value", number("10", `stricter = "lower"`), number("9", `stricter = "lower"`), setting.Tightened},
		{"registry_value", number("1", `stricter = "higher"`), number("2", `stricter = "lower"`), setting.Unknown},
		{"registry_value", number("900", `stricter = "lower"`), number("0", `stricter = "lower"`), setting.Unknown}, // 0 seconds until the screen locks: never
		{"registry_value", number("0", `stricter = "lower"`), number("900", `stricter = "lower"`), setting.Unknown},
		{"registry_value", number("1", `stricter = "lower"`), number("0", `stricter = "lower"`), setting.Tightened}, // a switch
		{"registry_value", number("0", `stricter = "lower"`), number("1", `stricter = "lower"`), setting.Loosened},
		{"registry_value", number("1", ""), number("1", `policy = true`), setting.Tightened},
		{"registry_value", number("1", `policy = true`), number("1", ""), setting.Loosened},
		{"service", service("manual", ""), service("manual", ""), setting.Same},
		{"service", service("manual", ""), service("disabled", ""), setting.Unknown},
		{"service", service("manual", `stricter = "stopped"`), service("disabled", `stricter = "stopped"`), setting.Tightened},
		{"service", service("delayed", `stricter = "started"`), service("disabled", `stricter = "started"`), setting.Loosened},
		{"service", service("manual", "optional = true"), service("manual", ""), setting.Tightened},
		{"service", service("manual", ""), service("manual", "optional = true"), setting.Loosened},
		{"user_right", right("SeDebugPrivilege", `"S-1-5-18", "S-1-5-32-544"`), right("SeDebugPrivilege", `"S-1-5-18"`), setting.Tightened},
		{"user_right", right("SeDebugPrivilege", `"S-1-5-18"`), right("SeDebugPrivilege", `"S-1-5-18", "S-1-5-32-544"`), setting.Loosened},
		{"user_right", right("SeDenyBatchLogonRight", `"S-1-5-18"`), right("SeDenyBatchLogonRight", `"S-1-5-18", "S-1-5-32-544"`), setting.Tightened},
		{"user_right", right("SeDebugPrivilege", `"S-1-5-18"`), right("SeDebugPrivilege", `"S-1-5-19"`), setting.Unknown},
		{"firewall_rule", rule, rule, setting.Same},
		{"firewall_rule", rule, rule + "active = false", setting.Tightened},
		{"firewall_rule", rule, "id = \"i\"\nensure = \"absent\"", setting.Tightened},
		{"firewall_rule", "id = \"i\"\nensure = \"absent\"", rule, setting.Loosened},
		{"firewall_rule", rule, rule + "protocol = \"tcp\"", setting.Unknown},
		{"firewall_rule", "id = \"i\"\nname = \"n\"\ndirection = \"in\"\naction = \"block\"\n", rule, setting.Loosened},
	}
	for _, tt := range tests {
		old, now := mustDecode(t, tt.kind, tt.old), mustDecode(t, tt.kind, tt.new)
		if got := now.(setting.Comparer).Compare(old); got != tt.want {
			t.Errorf("%s: %s, want %s\nold: %s\nnew: %s", tt.kind, got, tt.want, tt.old, tt.new)
		}
	}
}

func TestRegistryData(t *testing.T) {
	tests := []struct{ kind, value, text, hex string }{
		{"sz", `"å"`, "sz:å", "e5000000"},
		{"sz", `""`, "sz:", "0000"},
		{"expand_sz", `"%%a"`, "expand_sz:%%a", "2500250061000000"},
		{"multi_sz", `["a", "b"]`, `multi_sz:["a","b"]`, "6100000062000000" + "0000"},
		{"multi_sz", `[]`, `multi_sz:[]`, "0000"},
		{"dword", `4294967295`, "dword:4294967295", "ffffffff"},
		{"dword", `"16"`, "dword:16", "10000000"},
		{"dword_be", `1`, "dword_be:1", "00000001"},
		{"qword", `133000000000000001`, "qword:133000000000000001", "0180209bcb82d801"},
		{"qword", `"18446744073709551615"`, "qword:18446744073709551615", "ffffffffffffffff"},
		{"binary", `"00FF"`, "binary:00ff", "00ff"},
		{"binary", `""`, "binary:", ""},
		{"none", `"01"`, "none:01", "01"},
		{"full_resource_descriptor", `"0102"`, "full_resource_descriptor:0102", "0102"},
	}
	for _, tt := range tests {
		spec := mustDecode(t, "registry_value", hklm+"type = \""+tt.kind+"\"\nvalue = "+tt.value)
		claim, op := spec.Claims(base)[0], spec.Ops(base)[0]
		if claim.Value != tt.text || op.Data != tt.hex || string(op.Type) != tt.kind {
			t.Errorf("%s %s: claim %q, op %s %q; want %q %q", tt.kind, tt.value, claim.Value, op.Type, op.Data, tt.text, tt.hex)
		}
		if v := outcome(t, roundTrip(t, "registry_value", spec), applied(t, spec)); v.Outcome != setting.Pass {
			t.Errorf("%s %s: %+v", tt.kind, tt.value, v)
		}
	}
}

func TestPolicyPlaces(t *testing.T) {
	tests := []struct {
		key, more string
		want      setting.Location
	}{
		{`HKLM\\SOFTWARE\\Policies\\X`, "", `pol:machine:HKLM\SOFTWARE\Policies\X!n`},
		{`HKCU\\Software\\Policies\\X`, "", `pol:user:HKCU\Software\Policies\X!n`},
		{`HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System`, "", `pol:machine:HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!n`},
		{`HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa`, "policy = true", `pol:machine:HKLM\SYSTEM\CurrentControlSet\Control\Lsa!n`},
		{`HKLM\\SOFTWARE\\Policies\\X`, "policy = false", ""},
		{`HKLM\\SOFTWARE\\PoliciesX\\X`, "", ""},
		{`HKLM\\SOFTWARE\\Microsoft\\Policies`, "", ""},
	}
	for _, tt := range tests {
		for _, want := range []string{"type = \"dword\"\nvalue = 1\n", "ensure = \"absent\"\n"} {
			spec := mustDecode(t, "registry_value", "key = \""+tt.key+"\"\nname = \"n\"\n"+want+tt.more)
			var got setting.Location
			for _, c := range spec.Claims(base)[1:] {
				got = c.Location
			}
			if got != tt.want || len(spec.Ops(base)) != len(spec.Claims(base)) {
				t.Errorf("%s %s: policy place %q with %d ops, want %q", tt.key, tt.more, got, len(spec.Ops(base)), tt.want)
			}
			if v := outcome(t, spec, applied(t, spec)); v.Outcome != setting.Pass {
				t.Errorf("%s %s: %+v", tt.key, want, v)
			}
		}
	}
}

func TestAbsentPolicyNeedsBothPlacesEmpty(t *testing.T) {
	const key = `HKLM\SOFTWARE\Policies\X`
	spec := mustDecode(t, "registry_value", `key = "HKLM\\SOFTWARE\\Policies\\X"`+"\nname = \"n\"\nensure = \"absent\"")
	for name, prepare := range map[string]func(*fake.Windows){
		"registry": func(w *fake.Windows) { w.SetValue(key, "N", setting.DWord(0)) },
		"policy":   func(w *fake.Windows) { w.SetPolicy(setting.ScopeMachine, key, "N", setting.DWord(0)) },
	} {
		w := fake.New()
		prepare(w)
		if v := outcome(t, spec, w); v.Outcome != setting.Fail {
			t.Errorf("with the value in the %s: %+v", name, v)
		}
		for _, op := range spec.Ops(base) {
			if err := w.Apply(op); err != nil {
				t.Fatal(err)
			}
		}
		if v := outcome(t, spec, w); v.Outcome != setting.Pass || !w.PolicyDeletes(setting.ScopeMachine, key, "n") {
			t.Errorf("with the value in the %s, after the ops: %+v", name, v)
		}
	}
}

// TestTableHasEveryKind takes the golden data for the list of kinds: one that was written and never got its line in All shows here.
func TestTableHasEveryKind(t *testing.T) {
	golden, err := filepath.Glob(filepath.Join("testdata", "*", "ops.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, path := range golden {
		want = append(want, filepath.Base(filepath.Dir(path)))
	}
	if d := cmp.Diff(want, table(t).Names()); d != "" || len(want) == 0 {
		t.Error(d)
	}
	if _, err := table(t).DecodeJSON("registry_vale", nil); err == nil {
		t.Error("an unknown kind was decoded")
	}
	if len(kinds.All()) != len(table(t).All()) {
		t.Error("All and Table differ")
	}
}

// TestValueMustBeEvaluated: a value that nobody evaluated must not pass for an empty string.
func TestValueMustBeEvaluated(t *testing.T) {
	file, diags := hclsyntax.ParseConfig([]byte(hklm+"type = \"sz\"\nvalue = \"x\"\n"), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	spec := new(kinds.RegistryValue)
	if diags := gohcl.DecodeBody(file.Body, nil, spec); diags.HasErrors() {
		t.Fatal(diags)
	}
	if diags := spec.Check(); !diags.HasErrors() {
		t.Error("checked clean without its value")
	}
}
