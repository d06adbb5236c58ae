package kinds

import (
	"math"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.Spec     = (*LocalAccount)(nil)
	_ setting.Comparer = (*LocalAccount)(nil)
)

const (
	stateEnabled  = "enabled"
	stateDisabled = "disabled"
)

// maxAccountName is LM20_UNLEN (lmcons.h), in UTF-16 units.
const maxAccountName = 20

func localAccountKind() setting.Kind {
	return setting.Kind{
		Name: "local_account",
		Doc: "Whether a local account may log on, and what it is called.\n\n" +
			"The account is named by its RID, the last number of its SID: 500 is the built-in administrator, 501 the guest, 503 the default account, 504 the account of Application Guard. " +
			"Names differ by language and may have been changed. RIDs from 1000 on are given out in the order in which accounts were made: they name the same account only on clients of one base.\n\n" +
			"Accounts live in the SAM hive, which is never edited offline: the setting is applied at `first-boot` by the agent. " +
			"It is observed offline where the layout of that hive is known, and deferred where it is not.\n\n" +
			"No account is made, none is removed and no password is ever set: profiles hold no secrets. An account that is not there fails, unless it is `optional`: then the setting is not applicable.",
		Principal: "enabled",
		New:       func() setting.Spec { return new(LocalAccount) },
		Example: `rid     = 501 # the guest
enabled = false
name    = "Besokare"
`,
		Offline: setting.OfflineDeferred,
		Docs: map[string]string{
			"rid":      "The account's RID, such as `500`.",
			"enabled":  "Whether the account may log on.",
			"name":     "The account's name; left alone where it is left out.",
			"optional": "Whether the account may be missing; `false` by default.",
		},
	}
}

// LocalAccount is the desired state and name of one local account.
type LocalAccount struct {
	RID      float64 `hcl:"rid" json:"rid"`
	Enabled  *bool   `hcl:"enabled,optional" json:"enabled,omitempty"`
	Name     string  `hcl:"name,optional" json:"name,omitempty"`
	Optional bool    `hcl:"optional,optional" json:"optional,omitempty"`

	RIDRange     hcl.Range `hcl:"rid,attr_value_range" json:"-"`
	EnabledRange hcl.Range `hcl:"enabled,attr_value_range" json:"-"`
	NameRange    hcl.Range `hcl:"name,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *LocalAccount) Check() hcl.Diagnostics {
	var diags hcl.Diagnostics
	switch n, ok := whole(s.RID); {
	case !ok || n < 500 || n > math.MaxUint32:
		diags = append(diags, problem(s.RIDRange, "Illegal RID", "%v is no RID of an account. It is a whole number from 500 on, such as 500 for the built-in administrator.", s.RID))
	case n == 502:
		diags = append(diags, problem(s.RIDRange, "Illegal RID", "502 is an account of domain controllers. The guest is 501, the default account 503."))
	}
	if s.Enabled == nil && s.Name == "" {
		diags = append(diags, problem(either(s.NameRange, s.RIDRange), "Empty expectation", `The setting asks for nothing. Write "enabled", "name" or both.`))
	}
	return append(diags, s.checkName()...)
}

// checkName knows what SamSetInformationUser refuses ("NetUserAdd", Windows documentation).
func (s *LocalAccount) checkName() hcl.Diagnostics {
	const illegal = "\"/\\[]:;|=,+*?<>@"
	switch {
	case len(upcase.Units(s.Name)) > maxAccountName:
		return hcl.Diagnostics{problem(s.NameRange, "Account name too long", "The name %q has more than %d characters.", s.Name, maxAccountName)}
	case hasControl(s.Name) || strings.ContainsAny(s.Name, illegal):
		return hcl.Diagnostics{problem(s.NameRange, "Illegal account name", "%q holds a character that no account name may have: control characters and %s.", s.Name, illegal)}
	case s.Name == setting.Absent: // a claim of that text means that nothing is there
		return hcl.Diagnostics{problem(s.NameRange, "Illegal account name", "%q is a word of its own here. Choose another name.", s.Name)}
	case s.Name != strings.TrimSpace(s.Name) || strings.HasSuffix(s.Name, "."):
		return hcl.Diagnostics{problem(s.NameRange, "Illegal account name", "%q begins or ends in a blank, or ends in a dot.", s.Name)}
	}
	return nil
}

func (s *LocalAccount) location(scheme string) setting.Location {
	n, _ := whole(s.RID)
	return setting.StateLocation(scheme, strconv.FormatInt(n, 10))
}

// Claims are the account's state, its name or both.
func (s *LocalAccount) Claims(setting.Base) []setting.Claim {
	var claims []setting.Claim
	if s.Enabled != nil {
		text := stateDisabled
		if *s.Enabled {
			text = stateEnabled
		}
		claims = append(claims, setting.Claim{Location: s.location(setting.SchemeAccount), Value: text})
	}
	if s.Name != "" {
		claims = append(claims, setting.Claim{Location: s.location(setting.SchemeAccountName), Value: s.Name})
	}
	return claims
}

// Ops set what is claimed, once Windows runs.
func (s *LocalAccount) Ops(b setting.Base) []setting.Op {
	var ops []setting.Op
	for _, c := range s.Claims(b) {
		ops = append(ops, setting.Op{Stage: setting.StageFirstBoot, Action: setting.ActionStateSet, Location: c.Location, Value: c.Value, Optional: s.Optional})
	}
	return ops
}

// Observe reads what is claimed.
func (s *LocalAccount) Observe(r setting.Reader) (setting.Observed, error) {
	var at []setting.Location
	for _, c := range s.Claims(setting.Base{}) {
		at = append(at, c.Location)
	}
	return observeStates(r, at...)
}

// Judge passes where everything that is claimed is so.
func (s *LocalAccount) Judge(o setting.Observed) setting.Verdict {
	want := claimed(s.Claims(setting.Base{}))
	v := setting.JudgeFacts(want, o)
	if !s.Optional || len(want) == 0 {
		return v
	}
	return mayBeMissing(v, o, want[0].Location, "the account "+want[0].Location.Name())
}

// Compare knows that an account that cannot log on is the stricter one; a name is neither.
func (s *LocalAccount) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*LocalAccount)
	if !ok || s.RID != o.RID || s.Optional != o.Optional || (s.Enabled == nil) != (o.Enabled == nil) {
		return setting.Unknown
	}
	switch {
	case s.Enabled == nil || *s.Enabled == *o.Enabled:
		if s.Name == o.Name {
			return setting.Same
		}
		return setting.Unknown
	case *s.Enabled:
		return setting.Loosened
	}
	return setting.Tightened
}
