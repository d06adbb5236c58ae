package kinds

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*AppLockerCollection)(nil)
	_ setting.Comparer = (*AppLockerCollection)(nil)
)

const (
	appLockerKey     = `HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2`
	appLockerMode    = "EnforcementMode"
	appLockerService = "AppIDSvc"
	appLockerEnforce = "enforce"
	appLockerAudit   = "audit"
	appLockerOff     = "off"
	// appLockerRules is what a rule claims of its collection, so that a collection that is off collides with it.
	appLockerRules = "rules"
)

// appLockerCollections are the keys below SrpV2.
func appLockerCollections() []string { return []string{"Appx", "Dll", "Exe", "Msi", "Script"} }

// appLockerModes are from the weakest to the strongest.
var appLockerModes = []string{appLockerOff, appLockerAudit, appLockerEnforce}

func appLockerCollectionKind() setting.Kind {
	return setting.Kind{
		Name: "applocker_collection",
		Doc: "Whether one collection of AppLocker rules is enforced, only audited, or off.\n\n" +
			"The mode is a policy, `SrpV2\\<collection>!EnforcementMode`, in the registry and in `Registry.pol`. For `audit` and `enforce` the service `AppIDSvc` is made to start by itself, as AppLocker does nothing without it. " +
			"Windows enforces the rules of a collection that has rules and no mode, so `off` wants no mode *and* no rules: it collides with every `applocker_rule` of the collection, and fails where the registry of the machine has one. Rules that stand in a base's `Registry.pol` alone are not seen: bases come without.\n\n" +
			"A collection that is enforced and has no rule for a file keeps it from running. Rules are `applocker_rule`.\n\n" +
			"This kind says what is *configured*. That Windows has converted the policy and *enforces* it is another observation, of a running client, which is not built yet: a pass here does not say it.",
		Principal: "mode",
		New:       func() setting.Spec { return new(AppLockerCollection) },
		Example: `collection = "Exe"
mode       = "audit"
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"collection": "`Exe`, `Dll`, `Script`, `Msi` or `Appx`.",
			"mode":       "`enforce`, `audit` or `off`.",
		},
	}
}

// AppLockerCollection is the desired mode of one collection of rules.
type AppLockerCollection struct {
	Collection string `hcl:"collection" json:"collection"`
	Mode       string `hcl:"mode" json:"mode"`

	CollectionRange hcl.Range `hcl:"collection,attr_value_range" json:"-"`
	ModeRange       hcl.Range `hcl:"mode,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *AppLockerCollection) Check() hcl.Diagnostics {
	diags := choice(s.CollectionRange, "collection", s.Collection, false, appLockerCollections()...)
	return append(diags, choice(s.ModeRange, "mode", s.Mode, false, appLockerModes...)...)
}

func (s *AppLockerCollection) key() string { return appLockerKey + `\` + s.Collection }

// appLockerUse is the location that says whether a collection has rules.
func appLockerUse(collection string) setting.Location {
	return setting.RegistryLocation(appLockerKey+`\`+collection, "*")
}

// values are the mode and the start of the service; none where the collection is off.
func (s *AppLockerCollection) values() ownedValues {
	if s.Mode == appLockerOff {
		return nil
	}
	service := servicesKey + `\` + appLockerService
	var l ownedValues
	l.number(s.key(), appLockerMode, new(bit(s.Mode == appLockerEnforce)))
	l.number(service, startValue, new(2))
	l[1].needKey = service
	return l
}

// Claims are the mode, and the service that AppLocker needs; for a collection that is off, that it has no rules.
func (s *AppLockerCollection) Claims(setting.Base) []setting.Claim {
	if s.Mode != appLockerOff {
		return append(s.values().claims(), setting.Claim{Location: setting.ServiceLocation(appLockerService), Value: startAutomatic})
	}
	return []setting.Claim{
		{Location: setting.RegistryLocation(s.key(), appLockerMode), Value: setting.Absent},
		{Location: setting.PolicyLocation(setting.ScopeMachine, s.key(), appLockerMode), Value: setting.Absent},
		{Location: appLockerUse(s.Collection), Value: setting.Absent},
	}
}

// Ops write or remove the mode. Rules are never removed: whose they are is not known here.
func (s *AppLockerCollection) Ops(setting.Base) []setting.Op {
	if s.Mode != appLockerOff {
		return s.values().ops()
	}
	return []setting.Op{
		{Stage: setting.StageImage, Action: setting.ActionRegistryDelete, Key: s.key(), Name: appLockerMode},
		{Stage: setting.StageImage, Action: setting.ActionPolicyDelete, Scope: setting.ScopeMachine, Key: s.key(), Name: appLockerMode},
	}
}

// Observe reads the mode; for a collection that is off it also counts the rules.
func (s *AppLockerCollection) Observe(r setting.Reader) (setting.Observed, error) {
	if s.Mode != appLockerOff {
		return s.values().observe(r)
	}
	o, err := observeRegistry(r, s.key(), appLockerMode, true)
	if err != nil {
		return setting.Observed{}, err
	}
	lister, err := setting.AsKeys(r)
	if err != nil {
		return setting.Observed{}, err
	}
	rules, err := lister.RegistryKeys(s.key())
	if err != nil && !errors.Is(err, setting.ErrAbsent) {
		return setting.Observed{}, fmt.Errorf("list rules below %s: %w", s.key(), err)
	}
	use := setting.Fact{Location: appLockerUse(s.Collection)}
	if len(rules) > 0 {
		use.Present, use.Value = true, fmt.Sprintf("%d rules", len(rules))
	}
	o.Facts = append(o.Facts, use)
	return o, nil
}

// Judge passes where the mode is configured as wanted.
func (s *AppLockerCollection) Judge(o setting.Observed) setting.Verdict {
	if s.Mode != appLockerOff {
		return s.values().judge(o)
	}
	return setting.JudgeFacts(claimed(s.Claims(setting.Base{})), o)
}

// Compare knows that enforcing is tighter than auditing, and that tighter than nothing.
func (s *AppLockerCollection) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*AppLockerCollection)
	if !ok || s.Collection != o.Collection {
		return setting.Unknown
	}
	is, was := slices.Index(appLockerModes, s.Mode), slices.Index(appLockerModes, o.Mode)
	switch {
	case is > was:
		return setting.Tightened
	case is < was:
		return setting.Loosened
	}
	return setting.Same
}
