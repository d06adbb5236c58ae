package kinds_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

const (
	exeKey   = `HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe`
	localKey = `HKLM\SOFTWARE\Microsoft\Windows Defender\Exclusions\Paths`
)

// enclosed is a setting that knows what two others want.
func enclosed(t *testing.T, body string) setting.Spec {
	t.Helper()
	spec := mustDecode(t, "registry_exclusive", body)
	return spec.(setting.Encloser).Enclosed([]setting.Claim{
		{Location: setting.RegistryLocation(strings.ToLower(rulesKey), "Ours"), Value: "sz:v2.10|"},
		{Location: setting.PolicyLocation(setting.ScopeMachine, rulesKey, "Ours"), Value: "sz:v2.10|"},
		{Location: setting.RegistryLocation(rulesKey, "Gone"), Value: setting.Absent},
		{Location: setting.RegistryLocation(rulesKey+`\Below`, "Theirs"), Value: "sz:x"},
		{Location: setting.RegistryLocation(exeKey+`\{A}`, "Value"), Value: "sz:<x/>"},
		{Location: setting.RegistryLocation(exeKey, "EnforcementMode"), Value: "dword:1"},
	})
}

// TestNothingBeside: what stands in the key and in no setting is named, wherever it stands.
func TestNothingBeside(t *testing.T) {
	value, list := setting.SZ("v"), `key = "`+strings.ReplaceAll(rulesKey, `\`, `\\`)+"\"\n"
	rules := `key = "` + strings.ReplaceAll(exeKey, `\`, `\\`) + "\"\nholds = \"keys\"\n"
	for name, tt := range map[string]struct {
		body string
		put  func(*fake.Windows)
		want string // the reason; "" passes
	}{
		"nothing there":               {list, func(*fake.Windows) {}, ""},
		"the plan's own":              {list, func(w *fake.Windows) { w.SetValue(rulesKey, "OURS", value) }, ""},
		"another":                     {list, func(w *fake.Windows) { w.SetValue(rulesKey, "ours", value); w.SetValue(rulesKey, "Theirs", value) }, "THEIRS"},
		"another in Registry.pol":     {list, func(w *fake.Windows) { w.SetPolicy(setting.ScopeMachine, rulesKey, "Theirs", value) }, "THEIRS"},
		"one that must be absent":     {list, func(w *fake.Windows) { w.SetValue(rulesKey, "Gone", value) }, "GONE"},
		"another that may":            {list + `also = ["theirs"]`, func(w *fake.Windows) { w.SetValue(rulesKey, "Theirs", value) }, ""},
		"a key beside values":         {list, func(w *fake.Windows) { w.SetValue(rulesKey+`\Sub`, "x", value) }, ""},
		"the plan's own key":          {rules, func(w *fake.Windows) { w.SetValue(exeKey+`\{a}`, "Value", value) }, ""},
		"another key":                 {rules, func(w *fake.Windows) { w.SetValue(exeKey+`\{B}`, "Value", value) }, "{B}"},
		"another key, empty":          {rules, func(w *fake.Windows) { w.AddKey(exeKey + `\{B}`) }, "{B}"},
		"another key in Registry.pol": {rules, func(w *fake.Windows) { w.SetPolicy(setting.ScopeMachine, exeKey+`\{B}`, "Value", value) }, "{B}"},
		"a value beside keys":         {rules, func(w *fake.Windows) { w.SetValue(exeKey, "EnforcementMode", value) }, ""},
		"many": {list, func(w *fake.Windows) {
			for _, n := range "abcdefghij" {
				w.SetValue(rulesKey, string(n), value)
			}
		}, "H and 2 more"},
	} {
		w := fake.New()
		tt.put(w)
		v := outcome(t, enclosed(t, tt.body), w)
		if (v.Outcome == setting.Pass) != (tt.want == "") || !strings.HasSuffix(v.Reason, tt.want) {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// TestEnclosed: the names are kept in a manifest, and do not depend on the order of the settings.
func TestEnclosed(t *testing.T) {
	body := `key = "` + strings.ReplaceAll(rulesKey, `\`, `\\`) + `"`
	spec := enclosed(t, body).(*kinds.RegistryExclusive)
	if d := cmp.Diff([]string{"OURS"}, spec.Planned); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(spec, roundTrip(t, "registry_exclusive", spec), cmp.FilterPath(func(p cmp.Path) bool { return strings.HasSuffix(p.String(), "Range") }, cmp.Ignore())); d != "" {
		t.Error(d)
	}
	claims := []setting.Claim{{Location: setting.RegistryLocation(rulesKey, "b"), Value: "x"}, {Location: setting.RegistryLocation(rulesKey, "A"), Value: "x"}}
	one := spec.Enclosed(claims).(*kinds.RegistryExclusive)
	slices.Reverse(claims)
	if d := cmp.Diff(one.Planned, spec.Enclosed(append(claims, claims...)).(*kinds.RegistryExclusive).Planned); d != "" {
		t.Error(d)
	}
}

// TestExclusiveCompared: a list that lets in more is looser.
func TestExclusiveCompared(t *testing.T) {
	spec := func(key string, names ...string) *kinds.RegistryExclusive {
		return &kinds.RegistryExclusive{Key: key, Planned: names}
	}
	for name, tt := range map[string]struct {
		now, old setting.Spec
		want     setting.Direction
	}{
		"same":          {spec(rulesKey, "A"), spec(rulesKey, "A"), setting.Same},
		"more":          {spec(rulesKey, "A", "B"), spec(rulesKey, "A"), setting.Loosened},
		"fewer":         {spec(rulesKey, "A"), spec(rulesKey, "A", "B"), setting.Tightened},
		"others":        {spec(rulesKey, "A"), spec(rulesKey, "B"), setting.Loosened},
		"another place": {spec(rulesKey), spec(localKey), setting.Unknown},
	} {
		if got := tt.now.(setting.Comparer).Compare(tt.old); got != tt.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestExclusiveRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"no key":     `key = "SOFTWARE\\X"`,
		"a pattern":  `key = "HKLM\\SOFTWARE\\X"` + "\nalso = [\"*\"]",
		"an empty":   `key = "HKLM\\SOFTWARE\\X"` + "\nalso = [\"\"]",
		"other word": `key = "HKLM\\SOFTWARE\\X"` + "\nholds = \"rules\"",
	} {
		if spec, diags := decode(t, "registry_exclusive", body); diags.HasErrors() || !spec.Check().HasErrors() {
			t.Errorf("%s is accepted", name)
		}
	}
}
