package kinds

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*PowerSetting)(nil)
	_ setting.Comparer = (*PowerSetting)(nil)
)

const powerSettingsKey = `HKLM\SOFTWARE\Policies\Microsoft\Power\PowerSettings`

// powerSettings are the settings that Power.admx has policies for, by a name of ours.
var powerSettings = []struct{ name, guid, unit string }{
	{"display-off", "3C0BC021-C8A8-4E07-A973-6B14CBCB2B7E", "seconds"},
	{"disk-off", "6738E2C4-E8A5-4A42-B16A-E040E769756E", "seconds"},
	{"hibernate-after", "9D7815A6-7EE4-497E-8888-515A05F02364", "seconds"},
	{"lid-action", "5CA83367-6E45-459F-A27B-476B1D01C936", "action"},
	{"password-on-wake", "0E796BDB-100D-47D6-A2D5-F7D2DAA51F51", "yes or no"},
	{"power-button", "7648EFA3-DD9C-4E3E-B566-50F929386280", "action"},
	{"sleep-after", "29F6C1DB-86DA-48C5-9FDB-F2B67B1F44DA", "seconds"},
	{"sleep-button", "96996BC0-AD50-47EC-923B-6F41874DD9EB", "action"},
	{"standby-states", "ABFC2519-3608-4C2A-94EA-171B0ED546AB", "yes or no"},
}

func powerSettingNames() []string {
	var names []string
	for _, p := range powerSettings {
		names = append(names, p.name)
	}
	return names
}

func powerSettingKind() setting.Kind {
	return setting.Kind{
		Name: "power_setting",
		Doc: "One power setting as a policy, for mains power, battery or both.\n\n" +
			"The values lie below `SOFTWARE\\Policies\\Microsoft\\Power\\PowerSettings`, in the registry and in `Registry.pol`, and hold whatever power plan is active. " +
			"Times are in seconds and 0 is never; actions are 0 nothing, 1 sleep, 2 hibernate, 3 shut down; yes is 1.\n\n" +
			"Known names: `display-off`, `disk-off`, `sleep-after`, `hibernate-after`, `password-on-wake`, `standby-states`, `lid-action`, `power-button`, `sleep-button`. " +
			"Another setting is written by its GUID; that a policy for it exists is not checked.",
		Principal: "mains",
		New:       func() setting.Spec { return new(PowerSetting) },
		Example: `power   = "display-off"
mains   = 0
battery = 900
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"power":   "The power setting: one of the known names or a GUID.",
			"mains":   "The value on mains power (`ACSettingIndex`).",
			"battery": "The value on battery (`DCSettingIndex`).",
		},
	}
}

// PowerSetting is the desired value of one power setting.
type PowerSetting struct {
	Power   string `hcl:"power" json:"power"`
	Mains   *int   `hcl:"mains,optional" json:"mains,omitempty"`
	Battery *int   `hcl:"battery,optional" json:"battery,omitempty"`

	PowerRange   hcl.Range `hcl:"power,attr_value_range" json:"-"`
	MainsRange   hcl.Range `hcl:"mains,attr_value_range" json:"-"`
	BatteryRange hcl.Range `hcl:"battery,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *PowerSetting) Check() hcl.Diagnostics {
	var diags hcl.Diagnostics
	guid, unit := s.find()
	if guid == "" {
		return hcl.Diagnostics{problem(s.PowerRange, "Unknown power setting", "%q is neither a known power setting nor a GUID. Known are %s.%s",
			s.Power, quoted(powerSettingNames()), didYouMean(s.Power, powerSettingNames()))}
	}
	highest := map[string]int{"seconds": 0x7fffffff, "action": 3, "yes or no": 1, "": 0x7fffffff}[unit]
	diags = append(diags, between(s.Mains, "mains", 0, highest, s.MainsRange)...)
	diags = append(diags, between(s.Battery, "battery", 0, highest, s.BatteryRange)...)
	if s.Mains == nil && s.Battery == nil {
		diags = append(diags, problem(s.PowerRange, "Empty expectation", `The setting says nothing of %q. Write "mains", "battery" or both.`, s.Power))
	}
	return diags
}

// find is the GUID of the setting, in upper case and without braces, and its unit where it is known.
func (s *PowerSetting) find() (guid, unit string) {
	text := strings.ToUpper(strings.Trim(s.Power, "{}"))
	for _, p := range powerSettings {
		if p.name == s.Power || p.guid == text {
			return p.guid, p.unit
		}
	}
	if isGUID(text) {
		return text, ""
	}
	return "", ""
}

func (s *PowerSetting) values() ownedValues {
	guid, _ := s.find()
	var l ownedValues
	l.number(powerSettingsKey+`\`+guid, "ACSettingIndex", s.Mains)
	l.number(powerSettingsKey+`\`+guid, "DCSettingIndex", s.Battery)
	return l
}

// Claims are the policy's values.
func (s *PowerSetting) Claims(setting.Base) []setting.Claim { return s.values().claims() }

// Ops write the policy's values.
func (s *PowerSetting) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads the policy's values.
func (s *PowerSetting) Observe(r setting.Reader) (setting.Observed, error) {
	return s.values().observe(r)
}

// Judge passes where every value is as wanted.
func (s *PowerSetting) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Compare knows only whether anything changed: a display that stays on protects a patient in one room and nobody in another.
func (s *PowerSetting) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*PowerSetting)
	if !ok || s.Power != o.Power {
		return setting.Unknown
	}
	return s.values().compare(o.values())
}
