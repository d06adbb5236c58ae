package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// ordered composes an image of one setting that claims a location and has an op at the stage.
func ordered(t *testing.T, location setting.Location, stage setting.Stage) *plan.Composed {
	t.Helper()
	composed, diags := plan.Compose(request(cand("m1/danger", 1, &fake{At: []string{string(location)}, Value: "x", Stage: stage})))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return composed
}

func TestDangerousSettingsWaitForTheSeal(t *testing.T) {
	const deny, harmless = setting.Location("right:SeDenyNetworkLogonRight"), setting.Location("right:SeTimeZonePrivilege")
	for name, tt := range map[string]struct {
		location setting.Location
		stage    setting.Stage
		want     setting.Stage
		hazards  []plan.Hazard
		says     string
	}{
		"a right on a running client": {deny, setting.StageFirstBoot, setting.StageSeal, []plan.Hazard{plan.CutsConnection},
			"can cut the build's connection: waits for the stage seal"},
		"while Packer builds": {deny, setting.StageBuild, setting.StageSeal, []plan.Hazard{plan.CutsConnection}, "waits for the stage seal"},
		"in the image": {deny, setting.StageImage, setting.StageImage, []plan.Hazard{plan.CutsConnection},
			"written into the image, where no build is connected"},
		"harmless":    {harmless, setting.StageFirstBoot, setting.StageFirstBoot, nil, ""},
		"two hazards": {"right:SeServiceLogonRight", setting.StageFirstBoot, setting.StageSeal, []plan.Hazard{plan.StopsAgent}, "can stop the agent"},
	} {
		t.Run(name, func(t *testing.T) {
			composed := ordered(t, tt.location, tt.stage)
			i := slices.IndexFunc(composed.Plan.Settings, func(s plan.Setting) bool { return s.ID == "m1/danger" })
			if got := composed.Plan.Settings[i]; !slices.Equal(got.Stages, []setting.Stage{tt.want}) || !slices.Equal(got.Hazards, tt.hazards) {
				t.Errorf("stages %v, hazards %v", got.Stages, got.Hazards)
			}
			var ops []setting.Stage
			for _, o := range composed.Plan.Ops {
				if slices.Contains(o.Settings, "m1/danger") {
					ops = append(ops, o.Op.Stage)
				}
			}
			if !slices.Equal(ops, []setting.Stage{tt.want}) {
				t.Errorf("operations at %v", ops)
			}
			if _, err := plan.Parse(composed.Bytes); err != nil {
				t.Error(err)
			}
			var text strings.Builder
			if err := plan.WriteText(&text, composed, plan.TextOptions{}); err != nil || tt.says != "" && !strings.Contains(text.String(), tt.says) {
				t.Errorf("%v\n%s", err, text.String())
			}
		})
	}
}

// TestEveryWayToShutOutTheBuildWaits: what ends the connection, keeps the account out or stops the agent, whoever claims it.
func TestEveryWayToShutOutTheBuildWaits(t *testing.T) {
	const policies = `reg:HKLM\SOFTWARE\Policies\Microsoft\`
	for location, tt := range map[setting.Location]struct {
		value  string
		hazard plan.Hazard
	}{
		"right:SeBatchLogonRight":                                  {"[]", plan.LocksAccount},
		"right:SeImpersonatePrivilege":                             {"[]", plan.StopsAgent},
		"right:SeShutdownPrivilege":                                {"[]", plan.StopsAgent},
		"svc:HTTP":                                                 {"disabled", plan.CutsConnection},
		"svc:Schedule":                                             {"disabled", plan.StopsAgent},
		"account:500":                                              {"disabled", plan.LocksAccount},
		"group:S-1-5-32-544":                                       {"[]", plan.LocksAccount},
		policies + `WindowsFirewall\FirewallRules!x`:               {"sz:v2.10|Action=Block|Active=TRUE|Dir=In|", plan.CutsConnection},
		policies + `WindowsFirewall\ConSecRules!x`:                 {"sz:v2.10|Action=SecureServer|", plan.CutsConnection},
		policies + `Windows\PowerShell!ExecutionPolicy`:            {"sz:AllSigned", plan.StopsAgent},
		policies + `Windows\SrpV2\Msi!EnforcementMode`:             {"dword:1", plan.StopsAgent},
		`reg:HKLM\SYSTEM\CurrentControlSet\Control\Lsa!ForceGuest`: {"dword:1", plan.CutsConnection},
	} {
		composed, diags := plan.Compose(request(cand("m1/danger", 1, &fake{At: []string{string(location)}, Value: tt.value, Stage: setting.StageFirstBoot})))
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		i := slices.IndexFunc(composed.Plan.Settings, func(s plan.Setting) bool { return s.ID == "m1/danger" })
		if got := composed.Plan.Settings[i]; !slices.Contains(got.Hazards, tt.hazard) || !slices.Equal(got.Stages, []setting.Stage{setting.StageSeal}) {
			t.Errorf("%s: stages %v, hazards %v", location, got.Stages, got.Hazards)
		}
	}
}
