package kinds

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*OptionalFeature)(nil)
	_ setting.Comparer = (*OptionalFeature)(nil)
)

func optionalFeatureKind() setting.Kind {
	return setting.Kind{
		Name: "optional_feature",
		Doc: "Whether an optional feature of Windows is on.\n\n" +
			"Features are named as DISM names them, `SMB1Protocol`, never by the text that a user reads. " +
			"The component store has no layout that is public, so features are neither set nor seen offline: the setting is applied at `first-boot` by the agent, and deferred until then. " +
			"Where a feature must be in the base already, service the base and import it.\n\n" +
			"A feature that needs its source, such as `NetFx3`, cannot be switched on without a medium: on a client without network the op fails, and says so. " +
			"A feature that this Windows does not know fails, unless the setting is `optional`: then it is not applicable.",
		Principal: "state",
		New:       func() setting.Spec { return new(OptionalFeature) },
		Example: `name  = "SMB1Protocol"
state = "disabled"
`,
		Offline: setting.OfflineDeferred,
		Docs: map[string]string{
			"name":     "The feature's name, as `dism /online /get-features` prints it.",
			"state":    "`enabled` or `disabled`; a feature whose files were removed is disabled.",
			"optional": "Whether the feature may be unknown to this Windows; `false` by default.",
			"stricter": "`enabled` or `disabled`: which of the two protects the client better, so that a change can be called tightened or loosened.",
		},
	}
}

// OptionalFeature is the desired state of one feature.
type OptionalFeature struct {
	Name     string `hcl:"name" json:"name"`
	State    string `hcl:"state" json:"state"`
	Optional bool   `hcl:"optional,optional" json:"optional,omitempty"`
	Stricter string `hcl:"stricter,optional" json:"stricter,omitempty"`

	NameRange     hcl.Range `hcl:"name,attr_value_range" json:"-"`
	StateRange    hcl.Range `hcl:"state,attr_value_range" json:"-"`
	StricterRange hcl.Range `hcl:"stricter,attr_value_range" json:"-"`
}

// Check reports errors of meaning. Which features a base knows differs by edition and build.
func (s *OptionalFeature) Check() hcl.Diagnostics {
	var diags hcl.Diagnostics
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r)
	}
	if s.Name == "" || len(s.Name) > maxKeyName || strings.ContainsFunc(s.Name, odd) {
		diags = append(diags, problem(s.NameRange, "Illegal feature name",
			`%q is no feature. Write the name that DISM uses, such as "SMB1Protocol": the text that users read differs by language.`, s.Name))
	}
	diags = append(diags, choice(s.StateRange, "state", s.State, false, stateEnabled, stateDisabled)...)
	return append(diags, choice(s.StricterRange, "stricter", s.Stricter, true, stateEnabled, stateDisabled)...)
}

func (s *OptionalFeature) location() setting.Location {
	return setting.StateLocation(setting.SchemeFeature, s.Name)
}

// Claims are the feature's state.
func (s *OptionalFeature) Claims(setting.Base) []setting.Claim {
	return []setting.Claim{{Location: s.location(), Value: s.State}}
}

// Ops set the state, once Windows runs.
func (s *OptionalFeature) Ops(setting.Base) []setting.Op {
	return []setting.Op{{Stage: setting.StageFirstBoot, Action: setting.ActionStateSet, Location: s.location(), Value: s.State, Optional: s.Optional}}
}

// Observe reads the state.
func (s *OptionalFeature) Observe(r setting.Reader) (setting.Observed, error) {
	return observeStates(r, s.location())
}

// Judge passes where the feature is in the wanted state.
func (s *OptionalFeature) Judge(o setting.Observed) setting.Verdict {
	v := setting.JudgeFacts(claimed(s.Claims(setting.Base{})), o)
	if !s.Optional {
		return v
	}
	return mayBeMissing(v, o, s.location(), "the feature "+s.Name)
}

// Compare needs to be told which state protects better.
func (s *OptionalFeature) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*OptionalFeature)
	if !ok || !s.location().Same(o.location()) {
		return setting.Unknown
	}
	return compareStates(s.State, o.State, s.Stricter, o.Stricter, s.Optional, o.Optional)
}
