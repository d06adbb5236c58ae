package kinds

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*UserRight)(nil)
	_ setting.Merger   = (*UserRight)(nil)
	_ setting.Comparer = (*UserRight)(nil)
)

func userRightKind() setting.Kind {
	return setting.Kind{
		Name: "user_right",
		Doc: "Who holds a user right, such as logging on over the network.\n\n" +
			"Rights live in the SECURITY hive, which is never edited offline: the setting is applied at `first-boot` by the agent. " +
			"It is observed offline where the layout of that hive is known, and deferred where it is not. " +
			"The setting states the whole list of holders; where several settings name one right, their lists are joined.\n\n" +
			"Holders are SIDs, never names, which differ by language: a name is refused, with the SID to write where it is a well-known one. An empty list is an error unless `nobody = true` says that it is meant; that claims the right alone.",
		Principal: "sids",
		New:       func() setting.Spec { return new(UserRight) },
		Example: `right = "SeDenyNetworkLogonRight"
sids  = ["S-1-5-32-546"] # Guests
`,
		Offline: setting.OfflineDeferred,
		Docs: map[string]string{
			"right":  "The right's constant, such as `SeDenyNetworkLogonRight`.",
			"sids":   "The SIDs of all holders.",
			"nobody": "`true` where nobody is to hold the right; then `sids` is left out.",
		},
	}
}

// UserRight is the desired list of holders of one user right.
type UserRight struct {
	Right  string   `hcl:"right" json:"right"`
	SIDs   []string `hcl:"sids,optional" json:"sids,omitempty"`
	Nobody bool     `hcl:"nobody,optional" json:"nobody,omitempty"`

	RightRange  hcl.Range `hcl:"right,attr_value_range" json:"-"`
	SIDsRange   hcl.Range `hcl:"sids,attr_value_range" json:"-"`
	NobodyRange hcl.Range `hcl:"nobody,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *UserRight) Check() hcl.Diagnostics {
	var diags hcl.Diagnostics
	if known := knownRights(); !slices.Contains(known, s.Right) {
		diags = append(diags, problem(s.RightRange, "Unknown user right",
			`%q is no user right of Windows 10. Rights are written by their constant, such as "SeDenyNetworkLogonRight".%s`, s.Right, didYouMean(s.Right, known)))
	}
	switch {
	case s.Nobody && len(s.SIDs) > 0:
		diags = append(diags, problem(either(s.NobodyRange, s.SIDsRange), "Nobody and somebody", `The setting says nobody = true and lists holders. Remove one of the two.`))
	case !s.Nobody && len(s.SIDs) == 0:
		diags = append(diags, problem(either(s.SIDsRange, s.RightRange), "Empty expectation",
			`The setting names no holder. List SIDs, or write nobody = true where nobody is to hold the right.`))
	}
	for _, sid := range s.SIDs {
		diags = append(diags, checkSID(sid, s.SIDsRange)...)
	}
	return diags
}

// holders are in the one spelling that members of groups have too: an account of the machine itself is "rid:501", as it is written.
func (s *UserRight) holders() []string { return tidyMembers(s.SIDs) }

func holdersText(sids []string) string {
	if len(sids) == 0 {
		return "[]"
	}
	text, err := json.Marshal(sids)
	if err != nil { // strings always encode
		return fmt.Sprintf("%q", sids)
	}
	return string(text)
}

// Claims are the right: a list joins other lists, nobody stands alone.
func (s *UserRight) Claims(setting.Base) []setting.Claim {
	return []setting.Claim{{Location: setting.RightLocation(s.Right), Value: holdersText(s.holders()), Union: !s.Nobody}}
}

// Ops make exactly the listed SIDs the holders, once Windows runs.
func (s *UserRight) Ops(setting.Base) []setting.Op {
	return []setting.Op{{Stage: setting.StageFirstBoot, Action: setting.ActionRightSet, Name: s.Right, SIDs: s.holders()}}
}

// Observe reads the holders.
func (s *UserRight) Observe(r setting.Reader) (setting.Observed, error) {
	rights, err := setting.AsRights(r)
	if err != nil {
		return setting.Observed{}, err
	}
	l := setting.RightLocation(s.Right)
	sids, err := rights.RightHolders(s.Right)
	if err != nil {
		return setting.Observed{}, fmt.Errorf("observe %s: %w", l, err)
	}
	return setting.Observed{Facts: []setting.Fact{{Location: l, Present: true, Value: holdersText((&UserRight{SIDs: sids}).holders())}}}, nil
}

// Judge passes where the holders are exactly those listed.
func (s *UserRight) Judge(o setting.Observed) setting.Verdict {
	return setting.JudgeFacts([]setting.Fact{{Location: setting.RightLocation(s.Right), Present: true, Value: holdersText(s.holders())}}, o)
}

// Merge joins the holders of two settings of one right.
func (s *UserRight) Merge(other setting.Spec) (setting.Spec, error) {
	o, ok := other.(*UserRight)
	switch {
	case !ok:
		return nil, fmt.Errorf("merge user right with %T: only two user rights merge", other)
	case s.Right != o.Right:
		return nil, fmt.Errorf("merge user rights: %s and %s are two rights", s.Right, o.Right)
	case s.Nobody || o.Nobody:
		return nil, errors.New("merge user rights: nobody = true joins no list")
	}
	return &UserRight{Right: s.Right, SIDs: union(s.holders(), o.holders())}, nil
}

// Compare knows that a longer list of those denied tightens, and that a longer list of those allowed loosens.
func (s *UserRight) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*UserRight)
	if !ok || s.Right != o.Right {
		return setting.Unknown
	}
	is, was := s.holders(), o.holders()
	denies := strings.HasPrefix(s.Right, "SeDeny")
	switch {
	case slices.Equal(is, was):
		return setting.Same
	case within(was, is) && denies, within(is, was) && !denies:
		return setting.Tightened
	case within(was, is), within(is, was):
		return setting.Loosened
	}
	return setting.Unknown
}

func within(small, big []string) bool {
	return !slices.ContainsFunc(small, func(s string) bool { return !slices.Contains(big, s) })
}
