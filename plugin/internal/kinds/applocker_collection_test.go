package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

const exeRules = `HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe`

func TestAppLockerCollectionDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{"collection = \"exe\"\nmode = \"audit\"", "Unsupported collection", `"exe"`, `Did you mean "Exe"?`},
		{"collection = \"Exe\"\nmode = \"on\"", "Unsupported mode", `"on"`, "enforce"},
	}
	for _, tt := range tests {
		oneProblem(t, "applocker_collection", tt.body, tt.summary, tt.at, tt.detail)
	}
}

// A collection with rules and without a mode is enforced by Windows: "off" must not pass there.
func TestAppLockerOffMeansNoRules(t *testing.T) {
	off := mustDecode(t, "applocker_collection", "collection = \"Exe\"\nmode = \"off\"")
	w := applied(t, off)
	w.AddKey(exeRules)
	if v := outcome(t, off, w); v.Outcome != setting.Pass {
		t.Errorf("without mode and rules: %+v", v)
	}
	w.AddKey(exeRules + `\a61c8b2c-a319-4cd0-9690-d2177cad7b51`)
	if v := outcome(t, off, w); v.Outcome != setting.Fail {
		t.Errorf("with a rule: %+v", v)
	}
	w = applied(t, off)
	w.SetValue(exeRules, "EnforcementMode", setting.DWord(0))
	if v := outcome(t, off, w); v.Outcome != setting.Fail {
		t.Errorf("with a mode: %+v", v)
	}
}

func TestAppLockerCollectionMeetsOthers(t *testing.T) {
	enforce := mustDecode(t, "applocker_collection", "collection = \"Exe\"\nmode = \"enforce\"")
	audit := mustDecode(t, "applocker_collection", "collection = \"Exe\"\nmode = \"audit\"")
	dll := mustDecode(t, "applocker_collection", "collection = \"Dll\"\nmode = \"enforce\"")
	service := mustDecode(t, "service", "name = \"AppIDSvc\"\nstart = \"disabled\"")
	value := mustDecode(t, "registry_value", `key = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\SrpV2\\Exe"`+"\nname = \"EnforcementMode\"\ntype = \"dword\"\nvalue = 1")
	for name, tt := range map[string]struct {
		a, b setting.Spec
		want string
	}{
		"enforce and audit":        {enforce, audit, "collide"},
		"two collections":          {enforce, dll, "agree"}, // on the service
		"a disabled service":       {audit, service, "collide"},
		"the same in the registry": {enforce, value, "agree"},
	} {
		if got := meeting(tt.a, tt.b); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestAppLockerCollectionDirections(t *testing.T) {
	spec := func(mode string) setting.Spec {
		return mustDecode(t, "applocker_collection", "collection = \"Exe\"\nmode = \""+mode+"\"")
	}
	for _, tt := range []struct {
		old, now string
		want     setting.Direction
	}{{"audit", "enforce", setting.Tightened}, {"enforce", "audit", setting.Loosened}, {"audit", "off", setting.Loosened}, {"off", "off", setting.Same}} {
		if got := spec(tt.now).(setting.Comparer).Compare(spec(tt.old)); got != tt.want {
			t.Errorf("from %s to %s: %s, want %s", tt.old, tt.now, got, tt.want)
		}
	}
}
