package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestASRRuleDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{"rule = \"credential_thefts\"\nmode = \"block\"", "Unknown attack surface reduction rule", `"credential_thefts"`, `Did you mean "credential_theft"?`},
		{"rule = \"9e6c4e1f-7d60-472f-ba1a-a39ef669e4b3\"\nmode = \"block\"", "Unknown attack surface reduction rule", `"9e6c4e1f-7d60-472f-ba1a-a39ef669e4b3"`, "ignore"},
		{"rule = \"ransomware\"\nmode = \"on\"", "Unsupported mode", `"on"`, "audit"},
		{"rule = \"ransomware\"\nmode = \"block\"\nexclusions = []", "Empty expectation", `[]`, "Leave it out"},
		{"rule = \"ransomware\"\nmode = \"block\"\nexclusions = [\"C:\\\\Windows\"]", "Exclusion too wide", `["C:\\Windows"]`, "product's folder"},
	}
	for _, tt := range tests {
		t.Run(tt.summary, func(t *testing.T) { oneProblem(t, "asr_rule", tt.body, tt.summary, tt.at, tt.detail) })
	}
}

func TestASRRulesMeet(t *testing.T) {
	const key = `key = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Windows Defender Exploit Guard\\ASR`
	rule := mustDecode(t, "asr_rule", "rule = \"credential_theft\"\nmode = \"block\"\nexclusions = [\"D:\\\\Data\"]")
	for name, tt := range map[string]struct{ kind, body, want string }{
		"by GUID":            {"asr_rule", "rule = \"9E6C4E1F-7D60-472F-BA1A-A39EF669E4B2\"\nmode = \"block\"", "agree"},
		"another mode":       {"asr_rule", "rule = \"credential_theft\"\nmode = \"audit\"", "collide"},
		"another rule":       {"asr_rule", "rule = \"ransomware\"\nmode = \"off\"", "agree"}, // on rules being used at all
		"in the registry":    {"registry_value", key + `\\Rules"` + "\nname = \"9e6c4e1f-7d60-472f-ba1a-a39ef669e4b2\"\ntype = \"sz\"\nvalue = \"1\"", "agree"},
		"exclusion":          {"registry_value", key + `\\ASROnlyExclusions"` + "\nname = \"d:\\\\data\"\ntype = \"sz\"\nvalue = \"0\"", "agree"},
		"rules switched off": {"registry_value", key + `"` + "\nname = \"ExploitGuard_ASR_Rules\"\ntype = \"dword\"\nvalue = 0", "collide"},
	} {
		if got := meeting(rule, mustDecode(t, tt.kind, tt.body)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestASRRuleDirections(t *testing.T) {
	for _, tt := range []struct {
		old, now string
		want     setting.Direction
	}{
		{`mode = "audit"`, `mode = "block"`, setting.Tightened},
		{`mode = "block"`, `mode = "warn"`, setting.Loosened},
		{`mode = "off"`, `mode = "off"`, setting.Same},
		{`mode = "audit"`, "mode = \"block\"\nexclusions = [\"D:\\\\Data\"]", setting.Unknown},
	} {
		now, old := mustDecode(t, "asr_rule", "rule = \"ransomware\"\n"+tt.now), mustDecode(t, "asr_rule", "rule = \"ransomware\"\n"+tt.old)
		if got := now.(setting.Comparer).Compare(old); got != tt.want {
			t.Errorf("from %s to %s: %s, want %s", tt.old, tt.now, got, tt.want)
		}
	}
}

// The numbers are those of the policy "Configure Attack Surface Reduction rules".
func TestASRModes(t *testing.T) {
	for mode, want := range map[string]string{"off": "sz:0", "block": "sz:1", "audit": "sz:2", "warn": "sz:6"} {
		spec := mustDecode(t, "asr_rule", "rule = \"ransomware\"\nmode = \""+mode+"\"")
		found := false
		for _, c := range spec.Claims(base) {
			if c.Location.Same(`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules!c1db55ab-c21a-4637-bb3f-a12568109d35`) {
				found = c.Value == want
			}
		}
		if !found {
			t.Errorf("%s is not %s: %v", mode, want, spec.Claims(base))
		}
	}
}
