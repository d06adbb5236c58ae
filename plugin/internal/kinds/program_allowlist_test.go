package kinds_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

const (
	uninstall   = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`
	uninstall32 = `HKLM\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall`
	runtimeCode = `{9A25302D-30C0-39D9-BD6F-21E6EC160475}`
)

func TestProgramAllowlistDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{`codes = []`, "Empty expectation", `[]`, "nothing = true"},
		{`names = ["*"]`, "Name pattern too wide", `["*"]`, "nearly everything"},
		{`names = ["*a*b*c*"]`, "Name pattern too wide", `["*a*b*c*"]`, "4"},
		{`codes = ["{9A25302D}"]`, "Malformed product code", `["{9A25302D}"]`, ""},
		{`codes = ["Example*"]`, "Illegal program code", `["Example*"]`, ""},
		{"codes = [\"a\"]\nnothing = true", "Nothing and something", `true`, ""},
	}
	for _, tt := range tests {
		oneProblem(t, "program_allowlist", tt.body, tt.summary, tt.at, tt.detail)
	}
}

// plain is a Windows with what every one has below Uninstall.
func plain() *fake.Windows {
	w := fake.New()
	w.AddKey(uninstall + `\AddressBook`)
	w.SetValue(uninstall+`\Connection Manager`, "SystemComponent", setting.DWord(1))
	w.AddKey(uninstall32 + `\WIC`)
	return w
}

func TestProgramAllowlistJudges(t *testing.T) {
	const body = `codes = ["` + runtimeCode + `", "ExampleViewer_is1"]` + "\n" + `names = ["Example Driver *"]`
	tests := map[string]struct {
		body    string
		machine func(*fake.Windows)
		want    setting.Outcome
		reason  string
	}{
		"nothing installed": {body, func(*fake.Windows) {}, setting.Pass, ""},
		"nothing allowed":   {`nothing = true`, func(*fake.Windows) {}, setting.Pass, ""},
		"by code": {body, func(w *fake.Windows) {
			w.SetValue(uninstall+`\`+strings.ToLower(runtimeCode), "DisplayName", setting.SZ("Runtime"))
		}, setting.Pass, ""},
		"by key, 32 bits":           {body, func(w *fake.Windows) { w.SetValue(uninstall32+`\exampleviewer_IS1`, "DisplayName", setting.SZ("x")) }, setting.Pass, ""},
		"by name":                   {body, func(w *fake.Windows) { w.SetValue(uninstall+`\x`, "DisplayName", setting.SZ("EXAMPLE driver 1.2")) }, setting.Pass, ""},
		"name in the middle":        {body, func(w *fake.Windows) { w.SetValue(uninstall+`\x`, "DisplayName", setting.SZ("My Example Driver 1")) }, setting.Fail, "MY EXAMPLE"},
		"a stranger":                {body, func(w *fake.Windows) { w.SetValue(uninstall+`\7-Zip`, "DisplayName", setting.SZ("7-Zip 22")) }, setting.Fail, "7-Zip 22 (7-ZIP)"},
		"a stranger, 32 bits":       {body, func(w *fake.Windows) { w.SetValue(uninstall32+`\a`, "DisplayName", setting.SZ("Toolbar")) }, setting.Fail, "Toolbar"},
		"a hidden stranger":         {body, func(w *fake.Windows) { w.AddKey(uninstall + `\{00000000-30C0-39D9-BD6F-21E6EC160475}`) }, setting.Fail, "{00000000"},
		"a name that is no string":  {body, func(w *fake.Windows) { w.SetValue(uninstall+`\a`, "DisplayName", setting.DWord(1)) }, setting.Fail, "dword:1"},
		"anything, nothing allowed": {`nothing = true`, func(w *fake.Windows) { w.SetValue(uninstall+`\x`, "DisplayName", setting.SZ("a")) }, setting.Fail, "a (X)"},
	}
	for name, tt := range tests {
		w := plain()
		tt.machine(w)
		v := outcome(t, mustDecode(t, "program_allowlist", tt.body), w.Offline())
		if v.Outcome != tt.want || !strings.Contains(strings.ToUpper(v.Reason), strings.ToUpper(tt.reason)) {
			t.Errorf("%s: %+v, want %s with %q", name, v, tt.want, tt.reason)
		}
	}
}

func TestNamePatterns(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          setting.Outcome
	}{
		{"Example", "Example", setting.Pass}, {"Example", "Example 1", setting.Fail}, {"Example*", "Example", setting.Pass},
		{"*Viewer", "Example Viewer", setting.Pass}, {"*Viewer", "Viewer 2", setting.Fail},
		{"A*Bcd*E", "AxBcdyE", setting.Pass}, {"A*Bcd*E", "ABcdE", setting.Pass}, {"A*Bcd*E", "ABcd", setting.Fail}, {"A*Bcd*E", "AE", setting.Fail},
		{"abab*ab", "abab", setting.Fail}, {"[a-z]xx", "axx", setting.Fail},
	} {
		w := plain()
		w.SetValue(uninstall+`\k`, "DisplayName", setting.SZ(tt.name))
		if v := outcome(t, mustDecode(t, "program_allowlist", `names = ["`+tt.pattern+`"]`), w); v.Outcome != tt.want {
			t.Errorf("%q and %q: %s, want %s", tt.pattern, tt.name, v.Outcome, tt.want)
		}
	}
}

func TestProgramAllowlistJoins(t *testing.T) {
	texts := []string{`nothing = true`, `codes = ["a", "` + strings.ToLower(runtimeCode) + `"]`, `names = ["Example *"]` + "\n" + `codes = ["A"]`}
	for _, x := range texts {
		for _, y := range texts {
			a, b := mustDecode(t, "program_allowlist", x), mustDecode(t, "program_allowlist", y)
			ab, err1 := a.(setting.Merger).Merge(b)
			ba, err2 := b.(setting.Merger).Merge(a)
			if err1 != nil || err2 != nil || ab.Claims(base)[0] != ba.Claims(base)[0] || ab.Check().HasErrors() {
				t.Errorf("%s\n%s\n%v %v %v", x, y, ab, err1, err2)
			}
		}
	}
	short, long := mustDecode(t, "program_allowlist", texts[0]), mustDecode(t, "program_allowlist", texts[1])
	if got := short.(setting.Comparer).Compare(long); got != setting.Tightened {
		t.Errorf("a shorter list is %s", got)
	}
	if got := long.(setting.Comparer).Compare(short); got != setting.Loosened {
		t.Errorf("a longer list is %s", got)
	}
	if merged, err := short.(setting.Merger).Merge(mustDecode(t, "account_policy", accountPolicy("PasswordComplexity", "1"))); err == nil {
		t.Errorf("merged to %v", merged)
	}
}
