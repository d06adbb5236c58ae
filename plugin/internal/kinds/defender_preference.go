package kinds

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.Spec     = (*DefenderPreference)(nil)
	_ setting.Comparer = (*DefenderPreference)(nil)
)

const (
	defenderKey      = `HKLM\SOFTWARE\Policies\Microsoft\Windows Defender`
	exploitGuardKey  = `Windows Defender Exploit Guard`
	threatActionsKey = `Threats`
	maxShares        = 1023 // WindowsDefender.admx gives no limit; Registry.pol does
)

// defenderWord is one value of a preference that has words for them.
type defenderWord struct {
	word   string
	number int
}

// The sets of words, from the one that protects least to the one that protects most.
var (
	wordsDisable  = []defenderWord{{"off", 1}, {"on", 0}} // the policy's name begins with "Disable"
	wordsEnable   = []defenderWord{{"off", 0}, {"on", 1}}
	wordsLoosens  = []defenderWord{{"on", 1}, {"off", 0}} // what is on leaves something to others
	wordsKeepsOut = []defenderWord{{"on", 0}, {"off", 1}} // the same, named by its opposite
	wordsBlock    = []defenderWord{{"off", 0}, {"audit", 2}, {"block", 1}}
	wordsReport   = []defenderWord{{"off", 0}, {"basic", 1}, {"advanced", 2}}
	wordsSamples  = []defenderWord{{"never", 2}, {"ask", 0}, {"safe", 1}, {"all", 3}}
	wordsLevel    = []defenderWord{{"default", 0}, {"moderate", 1}, {"high", 2}, {"high-plus", 4}, {"zero-tolerance", 6}}
	wordsScan     = []defenderWord{{"quick", 1}, {"full", 2}}
	wordsThreat   = []defenderWord{{"ignore", 6}, {"quarantine", 2}, {"remove", 3}}
	wordsDay      = []defenderWord{{"every-day", 0}, {"sunday", 1}, {"monday", 2}, {"tuesday", 3}, {"wednesday", 4}, {"thursday", 5}, {"friday", 6}, {"saturday", 7}, {"never", 8}}
)

// defenderPolicy is one preference: a value below the policy key, with words, a range of numbers or a list as its values.
type defenderPolicy struct {
	name, key, value string
	words            []defenderWord
	ordered          bool // the words go from weak to strong
	lowest, highest  int
	list             func(string) bool // a list with "|" between items, each of which this accepts
}

// defenderPolicies are the policies of WindowsDefender.admx that are of use here.
var defenderPolicies = []defenderPolicy{
	{name: "antivirus", value: "DisableAntiSpyware", words: wordsDisable, ordered: true},
	{name: "routine_action", value: "DisableRoutinelyTakingAction", words: wordsDisable, ordered: true},
	{name: "local_lists", value: "DisableLocalAdminMerge", words: wordsKeepsOut, ordered: true},
	{name: "unwanted_programs", value: "PUAProtection", words: wordsBlock, ordered: true},
	{name: "random_scan_times", value: "RandomizeScheduleTaskTimes", words: wordsEnable},

	{name: "real_time", key: "Real-Time Protection", value: "DisableRealtimeMonitoring", words: wordsDisable, ordered: true},
	{name: "behaviour", key: "Real-Time Protection", value: "DisableBehaviorMonitoring", words: wordsDisable, ordered: true},
	{name: "on_access", key: "Real-Time Protection", value: "DisableOnAccessProtection", words: wordsDisable, ordered: true},
	{name: "downloads", key: "Real-Time Protection", value: "DisableIOAVProtection", words: wordsDisable, ordered: true},
	{name: "scripts", key: "Real-Time Protection", value: "DisableScriptScanning", words: wordsDisable, ordered: true},
	{name: "scan_when_enabled", key: "Real-Time Protection", value: "DisableScanOnRealtimeEnable", words: wordsDisable, ordered: true},
	{name: "local_real_time", key: "Real-Time Protection", value: "LocalSettingOverrideDisableRealtimeMonitoring", words: wordsLoosens, ordered: true},
	{name: "local_behaviour", key: "Real-Time Protection", value: "LocalSettingOverrideDisableBehaviorMonitoring", words: wordsLoosens, ordered: true},

	{name: "cloud", key: "Spynet", value: "SpynetReporting", words: wordsReport},
	{name: "samples", key: "Spynet", value: "SubmitSamplesConsent", words: wordsSamples},
	{name: "block_at_first_sight", key: "Spynet", value: "DisableBlockAtFirstSeen", words: wordsDisable},
	{name: "local_cloud", key: "Spynet", value: "LocalSettingOverrideSpynetReporting", words: wordsLoosens, ordered: true},
	{name: "cloud_level", key: "MpEngine", value: "MpCloudBlockLevel", words: wordsLevel},
	{name: "cloud_wait", key: "MpEngine", value: "MpBafsExtendedTimeout", lowest: 0, highest: 50},

	{name: "scan_removable_drives", key: "Scan", value: "DisableRemovableDriveScanning", words: wordsDisable, ordered: true},
	{name: "scan_mail", key: "Scan", value: "DisableEmailScanning", words: wordsDisable, ordered: true},
	{name: "scan_archives", key: "Scan", value: "DisableArchiveScanning", words: wordsDisable, ordered: true},
	{name: "scan_packed_programs", key: "Scan", value: "DisablePackedExeScanning", words: wordsDisable, ordered: true},
	{name: "scan_network_files", key: "Scan", value: "DisableScanningNetworkFiles", words: wordsDisable, ordered: true},
	{name: "heuristics", key: "Scan", value: "DisableHeuristics", words: wordsDisable, ordered: true},
	{name: "missed_full_scan", key: "Scan", value: "DisableCatchupFullScan", words: wordsDisable, ordered: true},
	{name: "missed_quick_scan", key: "Scan", value: "DisableCatchupQuickScan", words: wordsDisable, ordered: true},
	{name: "scan_when_idle_only", key: "Scan", value: "ScanOnlyIfIdle", words: wordsEnable},
	{name: "signatures_before_scan", key: "Scan", value: "CheckForSignaturesBeforeRunningScan", words: wordsEnable, ordered: true},
	{name: "scan_type", key: "Scan", value: "ScanParameters", words: wordsScan, ordered: true},
	{name: "scan_day", key: "Scan", value: "ScheduleDay", words: wordsDay},
	{name: "scan_minute", key: "Scan", value: "ScheduleTime", lowest: 0, highest: 1439},
	{name: "scan_load", key: "Scan", value: "AvgCPULoadFactor", lowest: 5, highest: 100},
	{name: "quarantine_days", key: "Quarantine", value: "PurgeItemsAfterDelay", lowest: 0, highest: 10000000},

	{name: "signature_sources", key: "Signature Updates", value: "FallbackOrder", list: isSignatureSource},
	{name: "signature_shares", key: "Signature Updates", value: "DefinitionUpdateFileSharesSources", list: isShare},
	{name: "signature_hours", key: "Signature Updates", value: "SignatureUpdateInterval", lowest: 1, highest: 24},
	{name: "signature_day", key: "Signature Updates", value: "ScheduleDay", words: wordsDay},
	{name: "signature_overdue_days", key: "Signature Updates", value: "AVSignatureDue", lowest: 1, highest: 10000000},
	{name: "spyware_overdue_days", key: "Signature Updates", value: "ASSignatureDue", lowest: 1, highest: 10000000},
	{name: "signature_catchup_days", key: "Signature Updates", value: "SignatureUpdateCatchupInterval", lowest: 0, highest: 10000000},
	{name: "signatures_from_microsoft", key: "Signature Updates", value: "ForceUpdateFromMU", words: wordsEnable},
	{name: "signatures_from_cloud", key: "Signature Updates", value: "RealtimeSignatureDelivery", words: wordsEnable},

	{name: "threats_low", key: threatActionsKey, value: "1", words: wordsThreat, ordered: true},
	{name: "threats_moderate", key: threatActionsKey, value: "2", words: wordsThreat, ordered: true},
	{name: "threats_high", key: threatActionsKey, value: "4", words: wordsThreat, ordered: true},
	{name: "threats_severe", key: threatActionsKey, value: "5", words: wordsThreat, ordered: true},

	{name: "network_protection", key: exploitGuardKey + `\Network Protection`, value: "EnableNetworkProtection", words: wordsBlock, ordered: true},
	{name: "controlled_folders", key: exploitGuardKey + `\Controlled Folder Access`, value: "EnableControlledFolderAccess", words: wordsBlock, ordered: true},

	{name: "user_interface", key: "UX Configuration", value: "UILockdown", words: []defenderWord{{"off", 1}, {"on", 0}}},
	{name: "notifications", key: "UX Configuration", value: "Notification_Suppress", words: []defenderWord{{"off", 1}, {"on", 0}}},
	{name: "restart_notifications", key: "UX Configuration", value: "SuppressRebootNotification", words: []defenderWord{{"off", 1}, {"on", 0}}},
	{name: "error_reports", key: "Reporting", value: "DisableGenericRePorts", words: []defenderWord{{"off", 1}, {"on", 0}}},
}

func isSignatureSource(s string) bool {
	return slices.Contains([]string{"InternalDefinitionUpdateServer", "MicrosoftUpdateServer", "MMPC", "FileShares"}, s)
}

func isShare(s string) bool {
	server, share, ok := strings.Cut(strings.TrimPrefix(s, `\\`), `\`)
	return strings.HasPrefix(s, `\\`) && ok && server != "" && share != "" && isPrintableASCII(s) && !strings.ContainsAny(s, `/"<>|?*`) && len(upcase.Units(s)) < maxShares
}

func (p defenderPolicy) allowed() string {
	switch {
	case p.list != nil && p.value == "FallbackOrder":
		return "`InternalDefinitionUpdateServer`, `MicrosoftUpdateServer`, `MMPC`, `FileShares`, the first first, with `|` between them"
	case p.list != nil:
		return `shares (\\server\share), with ` + "`|` between them"
	case p.words == nil:
		return strconv.Itoa(p.lowest) + " to " + strconv.Itoa(p.highest)
	}
	return "`" + strings.Join(p.wordList(), "`, `") + "`"
}

func (p defenderPolicy) wordList() []string {
	list := make([]string, len(p.words))
	for i, w := range p.words {
		list[i] = w.word
	}
	return list
}

// defenderTable is the table of preferences for the reference page.
func defenderTable() string {
	var sb strings.Builder
	sb.WriteString("| preference | policy | values |\n|---|---|---|\n")
	for _, p := range defenderPolicies {
		place := strings.TrimPrefix(p.key+`\`+p.value, `\`)
		if p.key == threatActionsKey {
			place = `Threats\ThreatSeverityDefaultAction\` + p.value
		}
		sb.WriteString("| `" + p.name + "` | `" + place + "` | " + strings.ReplaceAll(p.allowed(), "|", `\|`) + " |\n")
	}
	return sb.String()
}

func defenderPreferenceKind() setting.Kind {
	return setting.Kind{
		Name: "defender_preference",
		Doc: "One preference of Microsoft Defender Antivirus, as a policy.\n\n" +
			"Policies lie below `SOFTWARE\\Policies\\Microsoft\\Windows Defender`, in the registry and in `Registry.pol`, and win over what `Set-MpPreference` and users set. " +
			"They are known here by a table, so that a mistyped name is found and a value that Defender would ignore is refused:\n\n" + defenderTable() +
			"\n`antivirus = \"off\"` is heeded by the Defender of old media only: since platform 4.18.2007.8 (August 2020) it is ignored on clients, and with tamper protection on, more of the table is. " +
			"Tamper protection is no policy and cannot be set here. `network_protection` and `controlled_folders` exist from 16299 on, `cloud_level` from 15063. " +
			"Exclusions are `defender_exclusion`, attack surface reduction is `asr_rule`.\n\n" +
			"The kind says what is *configured*. What Defender does with it is seen on a running client (`Get-MpPreference`, `Get-MpComputerStatus`), which is another observation.",
		Principal: "value",
		New:       func() setting.Spec { return new(DefenderPreference) },
		Example: `preference = "real_time"
value      = "on"
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"preference": "The preference, by its name in the table.",
			"value":      "One of the words of the table, a number or a list.",
		},
	}
}

// DefenderPreference is one desired preference.
type DefenderPreference struct {
	Preference string `hcl:"preference" json:"preference"`
	Value      string `hcl:"value" json:"value"`

	PreferenceRange hcl.Range `hcl:"preference,attr_value_range" json:"-"`
	ValueRange      hcl.Range `hcl:"value,attr_value_range" json:"-"`
}

// policy finds the preference in the table.
func (s *DefenderPreference) policy() (defenderPolicy, bool) {
	for _, p := range defenderPolicies {
		if p.name == s.Preference {
			return p, true
		}
	}
	return defenderPolicy{}, false
}

// Check reports errors of meaning.
func (s *DefenderPreference) Check() hcl.Diagnostics {
	p, ok := s.policy()
	if !ok {
		var names []string
		for _, p := range defenderPolicies {
			names = append(names, p.name)
		}
		return hcl.Diagnostics{problem(s.PreferenceRange, "Unknown preference", `%q is no preference of Defender that is known. The reference page lists all %d.%s`,
			s.Preference, len(names), didYouMean(s.Preference, names))}
	}
	if _, ok := p.stored(s.Value); !ok {
		return hcl.Diagnostics{problem(s.ValueRange, "Unsupported value of a preference", "%q is no value of %q. It may be %s.", s.Value, s.Preference, strings.ReplaceAll(p.allowed(), "`", ""))}
	}
	return nil
}

// stored is the value as Windows keeps it; ok is false where the preference cannot have it.
func (p defenderPolicy) stored(text string) (setting.RegistryValue, bool) {
	switch {
	case p.list != nil:
		items := strings.Split(text, "|")
		return setting.SZ(text), !slices.ContainsFunc(items, func(s string) bool { return !p.list(s) }) && len(unionOf(items)) == len(items)
	case p.words == nil:
		n, err := strconv.Atoi(text)
		return setting.DWord(uint32(n)), err == nil && n >= p.lowest && n <= p.highest && strconv.Itoa(n) == text
	}
	i := slices.Index(p.wordList(), text)
	if i < 0 {
		return setting.RegistryValue{}, false
	}
	if p.key == threatActionsKey {
		return setting.SZ(strconv.Itoa(p.words[i].number)), true
	}
	return setting.DWord(uint32(p.words[i].number)), true
}

func (s *DefenderPreference) values() ownedValues {
	p, ok := s.policy()
	v, valid := p.stored(s.Value)
	if !ok || !valid { // Check refuses such a spec
		return nil
	}
	key := defenderKey
	if p.key != "" {
		key += `\` + p.key
	}
	if p.key != threatActionsKey {
		return ownedValues{{key: key, name: p.value, value: v}}
	}
	return ownedValues{
		{key: key, name: "Threats_ThreatSeverityDefaultAction", value: setting.DWord(1)},
		{key: key + `\ThreatSeverityDefaultAction`, name: p.value, value: v},
	}
}

// Claims are the policy's value.
func (s *DefenderPreference) Claims(setting.Base) []setting.Claim { return s.values().claims() }

// Ops write it.
func (s *DefenderPreference) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads it.
func (s *DefenderPreference) Observe(r setting.Reader) (setting.Observed, error) {
	return s.values().observe(r)
}

// Judge passes where it is as wanted.
func (s *DefenderPreference) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Compare knows the order of words where they have one. More cloud is protection against less privacy: that is left to people.
func (s *DefenderPreference) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*DefenderPreference)
	p, known := s.policy()
	switch {
	case !ok || !known || s.Preference != o.Preference:
		return setting.Unknown
	case s.Value == o.Value:
		return setting.Same
	case !p.ordered:
		return setting.Unknown
	case slices.Index(p.wordList(), s.Value) > slices.Index(p.wordList(), o.Value):
		return setting.Tightened
	}
	return setting.Loosened
}
