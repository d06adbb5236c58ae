package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func preference(name, value string) string {
	return "preference = \"" + name + "\"\nvalue = \"" + value + "\"\n"
}

func TestDefenderPreferenceDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{preference("realtime", "on"), "Unknown preference", `"realtime"`, `Did you mean "real_time"?`},
		{preference("real_time", "yes"), "Unsupported value of a preference", `"yes"`, "off, on"},
		{"preference = \"real_time\"\nvalue = true", "Unsupported value of a preference", `true`, "off, on"},
		{preference("scan_load", "4"), "Unsupported value of a preference", `"4"`, "5 to 100"},
		{preference("scan_load", "050"), "Unsupported value of a preference", `"050"`, "5 to 100"},
		{preference("signature_sources", "WSUS"), "Unsupported value of a preference", `"WSUS"`, "InternalDefinitionUpdateServer"},
		{preference("signature_sources", "MMPC|MMPC"), "Unsupported value of a preference", `"MMPC|MMPC"`, "FileShares"},
		{preference("signature_shares", "/server/share"), "Unsupported value of a preference", `"/server/share"`, "share"},
	}
	for _, tt := range tests {
		t.Run(tt.summary, func(t *testing.T) { oneProblem(t, "defender_preference", tt.body, tt.summary, tt.at, tt.detail) })
	}
}

// Where the policies lie, and what they hold: WindowsDefender.admx.
func TestDefenderPreferencesMeetTheRegistry(t *testing.T) {
	const key = `key = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender`
	dword := func(below, name, n string) string {
		return key + below + "\"\nname = \"" + name + "\"\ntype = \"dword\"\nvalue = " + n
	}
	tests := []struct{ preference, value, registry string }{
		{"antivirus", "on", dword("", "DisableAntiSpyware", "0")},
		{"routine_action", "off", dword("", "DisableRoutinelyTakingAction", "1")},
		{"local_lists", "off", dword("", "DisableLocalAdminMerge", "1")},
		{"unwanted_programs", "audit", dword("", "PUAProtection", "2")},
		{"real_time", "on", dword(`\\Real-Time Protection`, "DisableRealtimeMonitoring", "0")},
		{"cloud", "advanced", dword(`\\Spynet`, "SpynetReporting", "2")},
		{"samples", "never", dword(`\\Spynet`, "SubmitSamplesConsent", "2")},
		{"local_cloud", "off", dword(`\\Spynet`, "LocalSettingOverrideSpynetReporting", "0")},
		{"cloud_level", "high", dword(`\\MpEngine`, "MpCloudBlockLevel", "2")},
		{"scan_load", "50", dword(`\\Scan`, "AvgCPULoadFactor", "50")},
		{"spyware_overdue_days", "7", dword(`\\Signature Updates`, "ASSignatureDue", "7")},
		{"network_protection", "block", dword(`\\Windows Defender Exploit Guard\\Network Protection`, "EnableNetworkProtection", "1")},
		{"signature_sources", "FileShares|MMPC", key + `\\Signature Updates"` + "\nname = \"FallbackOrder\"\ntype = \"sz\"\nvalue = \"FileShares|MMPC\""},
		{"threats_severe", "quarantine", key + `\\Threats\\ThreatSeverityDefaultAction"` + "\nname = \"5\"\ntype = \"sz\"\nvalue = \"2\""},
	}
	for _, tt := range tests {
		spec := mustDecode(t, "defender_preference", preference(tt.preference, tt.value))
		if got := meeting(spec, mustDecode(t, "registry_value", tt.registry)); got != "agree" {
			t.Errorf("%s %s: %s, want agree", tt.preference, tt.value, got)
		}
		if v := outcome(t, spec, applied(t, spec)); v.Outcome != setting.Pass {
			t.Errorf("%s after its own ops: %+v", tt.preference, v)
		}
	}
}

func TestDefenderPreferenceDirections(t *testing.T) {
	tests := []struct {
		name, old, now string
		want           setting.Direction
	}{
		{"real_time", "off", "on", setting.Tightened},
		{"unwanted_programs", "block", "audit", setting.Loosened},
		{"local_lists", "on", "off", setting.Tightened},
		{"threats_low", "ignore", "remove", setting.Tightened},
		{"cloud", "advanced", "off", setting.Unknown},
		{"scan_load", "50", "20", setting.Unknown},
		{"cloud", "off", "off", setting.Same},
	}
	for _, tt := range tests {
		now, old := mustDecode(t, "defender_preference", preference(tt.name, tt.now)), mustDecode(t, "defender_preference", preference(tt.name, tt.old))
		if got := now.(setting.Comparer).Compare(old); got != tt.want {
			t.Errorf("%s from %s to %s: %s, want %s", tt.name, tt.old, tt.now, got, tt.want)
		}
	}
}

// Every preference of the table can be set, and no two are one.
func TestDefenderPreferencesAreApart(t *testing.T) {
	ordinary := []string{"on", "block", "off", "high", "full", "quarantine", "never", "50", "7", "5", `\\\\server\\share`, "MMPC"}
	names := []string{"antivirus", "routine_action", "scan_day", "signature_day", "signature_shares", "signature_sources", "threats_low", "threats_high", "user_interface", "notifications"}
	var specs []setting.Spec
	for _, name := range names {
		for _, value := range ordinary {
			if spec, diags := decode(t, "defender_preference", preference(name, value)); !diags.HasErrors() && !spec.Check().HasErrors() {
				specs = append(specs, spec)
				break
			}
		}
	}
	if len(specs) != len(names) {
		t.Fatalf("%d of %d preferences have a value", len(specs), len(names))
	}
	for i, a := range specs {
		for j, b := range specs[:i] {
			if got := meeting(a, b); got == "collide" {
				t.Errorf("%s and %s are one", names[i], names[j])
			}
		}
	}
}
