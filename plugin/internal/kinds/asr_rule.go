package kinds

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*ASRRule)(nil)
	_ setting.Comparer = (*ASRRule)(nil)
)

const asrKey = defenderKey + `\` + exploitGuardKey + `\ASR`

// asrRules are the rules that Microsoft documents for clients ("Attack surface reduction rules reference").
var asrRules = []struct{ name, guid string }{
	{"adobe_child_processes", "7674ba52-37eb-4a4f-a9a1-f0f9a1619a2c"},
	{"copied_system_tools", "c0033c00-d16d-4114-a5a0-dc9b3a7d2ceb"},
	{"credential_theft", "9e6c4e1f-7d60-472f-ba1a-a39ef669e4b2"},
	{"downloaded_programs_by_scripts", "d3e037e1-3eb8-44c8-a917-57927947596d"},
	{"mail_programs", "be9ba2d9-53ea-4cdc-84e5-9b1eeee46550"},
	{"obfuscated_scripts", "5beb7efe-fd9a-4556-801d-275e5ffc04cc"},
	{"office_child_processes", "d4f940ab-401b-4efc-aadc-ad5f3c50688a"},
	{"office_injection", "75668c1f-73b5-4cf0-bb93-3ecf5cb7cc84"},
	{"office_macro_calls", "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b"},
	{"office_programs", "3b576869-a4ec-4529-8536-b80a7769e899"},
	{"outlook_child_processes", "26190899-1602-49e8-8b27-eb1d0a1ce869"},
	{"ransomware", "c1db55ab-c21a-4637-bb3f-a12568109d35"},
	{"remote_commands", "d1e49aac-8f56-4280-b9ba-993a6d77406c"},
	{"safe_mode_restart", "33ddedf1-c6e0-47cb-833e-de6133960387"},
	{"uncommon_programs", "01443614-cd74-433a-b99e-2ecdc07bfc25"},
	{"usb_programs", "b2b3f03d-6a65-4f7b-a9c7-1c7ef74a9ba4"},
	{"vulnerable_drivers", "56a863a9-875e-4185-98a7-b882c64b5ce5"},
	{"wmi_persistence", "e6db77e5-3df2-4cf1-b95a-636979351e5b"},
}

// asrModes are from the weakest to the strongest, as Windows keeps them.
var asrModes = []struct{ word, text string }{{"off", "0"}, {"audit", "2"}, {"warn", "6"}, {"block", "1"}}

// asrTable is the table of rules for the reference page.
func asrTable() string {
	var sb strings.Builder
	sb.WriteString("| rule | GUID |\n|---|---|\n")
	for _, r := range asrRules {
		sb.WriteString("| `" + r.name + "` | `" + r.guid + "` |\n")
	}
	return sb.String()
}

func asrRuleKind() setting.Kind {
	return setting.Kind{
		Name: "asr_rule",
		Doc: "One rule of Defender's attack surface reduction.\n\n" +
			"The rule is a policy, the value named by its GUID below `Windows Defender Exploit Guard\\ASR\\Rules`, together with the switch `ExploitGuard_ASR_Rules`; in the registry and in `Registry.pol`. " +
			"Rules are known by name and GUID, and any other is refused:\n\n" + asrTable() +
			"\nRules work from 16299 (1709) on, some later, and only where Defender is the antivirus and scans in real time; Windows ignores those that it does not know. `uncommon_programs` and in part `ransomware` ask the cloud, which an offline client does not reach. " +
			"`warn` lets the user through after a question and needs a newer Defender than 17763 was delivered with. " +
			"`exclusions` hold for *all* rules of the client, whatever setting names them, and are held to the same limits as `defender_exclusion`.\n\n" +
			"The kind says what is *configured*; what a rule blocks is in Defender's event log on a running client.",
		Principal: "mode",
		New:       func() setting.Spec { return new(ASRRule) },
		Example: `rule = "credential_theft"
mode = "block"
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"rule":       "A name of the table, or its GUID.",
			"mode":       "`block`, `warn`, `audit` or `off`.",
			"exclusions": "Files and folders that no rule judges, as full paths.",
		},
	}
}

// ASRRule is the desired mode of one rule.
type ASRRule struct {
	Rule       string   `hcl:"rule" json:"rule"`
	Mode       string   `hcl:"mode" json:"mode"`
	Exclusions []string `hcl:"exclusions,optional" json:"exclusions,omitempty"`

	RuleRange       hcl.Range `hcl:"rule,attr_value_range" json:"-"`
	ModeRange       hcl.Range `hcl:"mode,attr_value_range" json:"-"`
	ExclusionsRange hcl.Range `hcl:"exclusions,attr_value_range" json:"-"`
}

// guid is the GUID of the rule, or "" where it is not known.
func (s *ASRRule) guid() string {
	for _, r := range asrRules {
		if r.name == s.Rule || strings.EqualFold(r.guid, s.Rule) {
			return r.guid
		}
	}
	return ""
}

func asrModeWords() []string {
	var words []string
	for _, m := range asrModes {
		words = append(words, m.word)
	}
	return words
}

// Check reports errors of meaning.
func (s *ASRRule) Check() hcl.Diagnostics {
	var diags hcl.Diagnostics
	if s.guid() == "" {
		var names []string
		for _, r := range asrRules {
			names = append(names, r.name)
		}
		diags = append(diags, problem(s.RuleRange, "Unknown attack surface reduction rule", `%q is no rule that is known; Windows would ignore it. The reference page lists all %d by name and GUID.%s`,
			s.Rule, len(names), didYouMean(s.Rule, names)))
	}
	diags = append(diags, choice(s.ModeRange, "mode", s.Mode, false, asrModeWords()...)...)
	if s.Exclusions != nil && len(s.Exclusions) == 0 {
		diags = append(diags, problem(s.ExclusionsRange, "Empty expectation", `An empty "exclusions" excludes nothing. Leave it out.`))
	}
	for _, e := range s.Exclusions {
		one := DefenderExclusion{Type: exclusionPath, Value: e}
		if why := one.tooWide(); why != "" {
			diags = append(diags, problem(s.ExclusionsRange, "Exclusion too wide", "%q cannot be excluded from rules: %s.", e, why))
		}
	}
	return diags
}

func (s *ASRRule) values() ownedValues {
	var l ownedValues
	l.number(asrKey, "ExploitGuard_ASR_Rules", new(1))
	for _, m := range asrModes {
		if m.word == s.Mode {
			l.text(asrKey+`\Rules`, s.guid(), m.text)
		}
	}
	if len(s.Exclusions) == 0 {
		return l
	}
	l.number(asrKey, "ExploitGuard_ASR_ASROnlyExclusions", new(1))
	for _, e := range deviceItems(s.Exclusions) {
		l.text(asrKey+`\ASROnlyExclusions`, e, "0")
	}
	return l
}

// Claims are the rule and its exclusions, each a value of its own.
func (s *ASRRule) Claims(setting.Base) []setting.Claim { return s.values().claims() }

// Ops write them.
func (s *ASRRule) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads them.
func (s *ASRRule) Observe(r setting.Reader) (setting.Observed, error) { return s.values().observe(r) }

// Judge passes where the rule is as wanted.
func (s *ASRRule) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Compare knows the order of the modes, all else being equal.
func (s *ASRRule) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*ASRRule)
	if !ok || s.guid() != o.guid() {
		return setting.Unknown
	}
	was := *o
	was.Mode = s.Mode
	is, before := slices.Index(asrModeWords(), s.Mode), slices.Index(asrModeWords(), o.Mode)
	switch {
	case s.values().compare(was.values()) != setting.Same:
		return setting.Unknown
	case is > before:
		return setting.Tightened
	case is < before:
		return setting.Loosened
	}
	return setting.Same
}
