package kinds_test

import "testing"

func TestWindowsUpdateDiagnostics(t *testing.T) {
	const wsus = "regime = \"wsus\"\nserver = \"https://w.example.org:8531\"\n"
	tests := []struct{ body, summary, at, detail string }{
		{`regime = "frosen"`, "Unsupported regime", `"frosen"`, "frozen"},
		{`regime = "wsus"`, "Missing update server", `"wsus"`, "https"},
		{`regime = "validated-ring"`, "Missing update server", `"validated-ring"`, "defer_days"},
		{"regime = \"wsus\"\nserver = \"http://w.example.org:8530\"", "Unprotected server", `"http://w.example.org:8530"`, "https"},
		{"regime = \"wsus\"\nserver = \"w.example.org\"", "Illegal URL", `"w.example.org"`, "https"},
		{"regime = \"wsus\"\nserver = \"https://u:p@w.example.org\"", "Secret in a profile", `"https://u:p@w.example.org"`, "remove"},
		{"regime = \"frozen\"\nserver = \"https://w.example.org\"", "Update source without a regime that has one", `"https://w.example.org"`, "wsus"},
		{"regime = \"frozen\"\ninstall = \"notify\"", "Installation without updates", `"notify"`, "wsus"},
		{"regime = \"validated-ring\"\nserver = \"https://w.example.org\"", "Missing target group", `"https://w.example.org"`, ""},
		{wsus + "defer_days = 7", "Deferral beside an update server", "7", "internet"},
		{"regime = \"validated-ring\"\ndefer_days = 7\nno_internet_locations = true", "No source of updates", "true", "frozen"},
		{"regime = \"validated-ring\"\ndefer_days = 31", "Number out of range", "31", "30"},
		{wsus + "install = \"schedule\"", "Missing schedule", `"schedule"`, "install_hour"},
		{wsus + "install = \"notify\"\ninstall_day = 1", "Schedule without a schedule", "1", ""},
		{"active_hours = [6]", "Illegal active hours", "[6]", "two"},
		{"active_hours = [0, 23]", "Illegal active hours", "[0, 23]", "18"},
	}
	for _, tt := range tests {
		oneProblem(t, "windows_update", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestWindowsUpdateRegimesCollide(t *testing.T) {
	frozen := mustDecode(t, "windows_update", `regime = "frozen"`)
	tests := map[string]struct{ kind, body, want string }{
		"the same regime":                   {"windows_update", `regime = "frozen"`, "agree"},
		"another that writes the same":      {"windows_update", `regime = "serviced-base"`, "collide"},
		"a server":                          {"windows_update", "regime = \"wsus\"\nserver = \"https://w.example.org\"", "collide"},
		"restarts alone":                    {"windows_update", "no_auto_restart = true", "apart"},
		"a registry value, automatic again": {"registry_value", `key = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate\\AU"` + "\nname = \"NoAutoUpdate\"\ntype = \"dword\"\nvalue = 0", "collide"},
	}
	for name, tt := range tests {
		if got := meeting(frozen, mustDecode(t, tt.kind, tt.body)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
