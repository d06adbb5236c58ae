package kinds_test

import "testing"

func TestPowerSettingDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{`power = "display-of"` + "\nmains = 0", "Unknown power setting", `"display-of"`, `Did you mean "display-off"?`},
		{`power = "{3C0BC021-C8A8-4E07-A973}"` + "\nmains = 0", "Unknown power setting", `"{3C0BC021-C8A8-4E07-A973}"`, "GUID"},
		{`power = "display-off"`, "Empty expectation", `"display-off"`, "mains"},
		{`power = "lid-action"` + "\nmains = 4", "Number out of range", "4", "3"},
		{`power = "display-off"` + "\nbattery = -1", "Number out of range", "-1", "0"},
	}
	for _, tt := range tests {
		oneProblem(t, "power_setting", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestPowerSettingByNameAndGUID(t *testing.T) {
	named := mustDecode(t, "power_setting", "power = \"display-off\"\nmains = 0")
	byGUID := mustDecode(t, "power_setting", "power = \"{3c0bc021-c8a8-4e07-a973-6b14cbcb2b7e}\"\nmains = 0")
	if got := meeting(named, byGUID); got != "agree" {
		t.Errorf("one setting under two names: %s", got)
	}
	mustDecode(t, "power_setting", "power = \"48e6b7a6-50f5-4782-a5d4-53bb8f07e226\"\nmains = 0")
}
