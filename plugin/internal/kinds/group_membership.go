package kinds

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*GroupMembership)(nil)
	_ setting.Merger   = (*GroupMembership)(nil)
	_ setting.Comparer = (*GroupMembership)(nil)
)

// builtinGroups is what all SIDs of built-in local groups begin with ([MS-DTYP] 2.4.2.4).
const builtinGroups = "S-1-5-32-"

func groupMembershipKind() setting.Kind {
	return setting.Kind{
		Name: "group_membership",
		Doc: "Who belongs to a built-in local group, such as the administrators.\n\n" +
			"The setting states the whole list; where several settings name one group, their lists are joined. What else the group holds fails. " +
			"Members are SIDs, or `rid:500` for an account of the client itself, whose SID differs on each client; never names, which differ by language. " +
			"An empty list is an error unless `nobody = true` says that it is meant; that claims the group alone.\n\n" +
			"Groups live in the SAM hive, which is never edited offline: the setting is applied at `first-boot` by the agent. " +
			"It is observed offline where the layout of that hive is known, and deferred where it is not. " +
			"A client that joins a domain later has domain groups added by the join: name their SIDs here.",
		Principal: "members",
		New:       func() setting.Spec { return new(GroupMembership) },
		Example: `group   = "S-1-5-32-544" # Administrators
members = ["rid:500"]
`,
		Offline: setting.OfflineDeferred,
		Docs: map[string]string{
			"group":   "The group's SID, `S-1-5-32-...`.",
			"members": "The SIDs of all members; `rid:500` for an account of the client itself.",
			"nobody":  "`true` where the group is to be empty; then `members` is left out.",
		},
	}
}

// GroupMembership is the desired list of members of one built-in local group.
type GroupMembership struct {
	Group   string   `hcl:"group" json:"group"`
	Members []string `hcl:"members,optional" json:"members,omitempty"`
	Nobody  bool     `hcl:"nobody,optional" json:"nobody,omitempty"`

	GroupRange   hcl.Range `hcl:"group,attr_value_range" json:"-"`
	MembersRange hcl.Range `hcl:"members,attr_value_range" json:"-"`
	NobodyRange  hcl.Range `hcl:"nobody,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *GroupMembership) Check() hcl.Diagnostics {
	diags := checkSID(s.Group, s.GroupRange)
	if !diags.HasErrors() && (!strings.HasPrefix(s.group(), builtinGroups) || strings.Count(s.group(), "-") != 4) {
		diags = append(diags, problem(s.GroupRange, "No built-in group", `%q is no built-in local group: their SIDs have the form "S-1-5-32-544".`, s.Group))
	}
	switch {
	case s.Nobody && len(s.Members) > 0:
		diags = append(diags, problem(either(s.NobodyRange, s.MembersRange), "Nobody and somebody", `The setting says nobody = true and lists members. Remove one of the two.`))
	case !s.Nobody && len(s.Members) == 0:
		diags = append(diags, problem(either(s.MembersRange, s.GroupRange), "Empty expectation",
			`The setting names no member. List SIDs, or write nobody = true where the group is to be empty.`))
	case s.Nobody && s.group() == builtinGroups+"544":
		diags = append(diags, problem(s.NobodyRange, "No administrator at all", `A client without an administrator cannot be repaired. Keep "rid:500", which may be disabled.`))
	}
	for _, m := range s.Members {
		diags = append(diags, checkMember(m, s.MembersRange)...)
		if strings.EqualFold(m, s.Group) {
			diags = append(diags, problem(s.MembersRange, "Group in itself", "%q cannot be a member of itself.", m))
		}
	}
	return diags
}

func (s *GroupMembership) group() string { return strings.ToUpper(s.Group) }

func (s *GroupMembership) location() setting.Location {
	return setting.StateLocation(setting.SchemeGroup, s.group())
}

// Claims are the group: a list joins other lists, nobody stands alone.
func (s *GroupMembership) Claims(setting.Base) []setting.Claim {
	return []setting.Claim{{Location: s.location(), Value: holdersText(tidyMembers(s.Members)), Union: !s.Nobody}}
}

// Ops make exactly those listed the members, once Windows runs.
func (s *GroupMembership) Ops(b setting.Base) []setting.Op {
	c := s.Claims(b)[0]
	return []setting.Op{{Stage: setting.StageFirstBoot, Action: setting.ActionStateSet, Location: c.Location, Value: c.Value}}
}

// Observe reads the members.
func (s *GroupMembership) Observe(r setting.Reader) (setting.Observed, error) {
	return observeStates(r, s.location())
}

// Judge passes where the members are exactly those listed, in whatever order they were read.
func (s *GroupMembership) Judge(o setting.Observed) setting.Verdict {
	tidy := setting.Observed{Facts: slices.Clone(o.Facts)}
	for i, f := range tidy.Facts {
		if list, err := readMembers(f.Value); err == nil && f.Present {
			tidy.Facts[i].Value = holdersText(list)
		}
	}
	return setting.JudgeFacts(claimed(s.Claims(setting.Base{})), tidy)
}

// Merge joins the members of two settings of one group.
func (s *GroupMembership) Merge(other setting.Spec) (setting.Spec, error) {
	o, ok := other.(*GroupMembership)
	switch {
	case !ok:
		return nil, fmt.Errorf("merge group membership with %T: only two group memberships merge", other)
	case s.group() != o.group():
		return nil, fmt.Errorf("merge group memberships: %s and %s are two groups", s.Group, o.Group)
	case s.Nobody || o.Nobody:
		return nil, errors.New("merge group memberships: nobody = true joins no list")
	}
	return &GroupMembership{Group: s.group(), Members: tidyMembers(slices.Concat(s.Members, o.Members))}, nil
}

// Compare counts a shorter list as tighter: every built-in group grants something.
func (s *GroupMembership) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*GroupMembership)
	if !ok || s.group() != o.group() {
		return setting.Unknown
	}
	is, was := tidyMembers(s.Members), tidyMembers(o.Members)
	switch {
	case slices.Equal(is, was):
		return setting.Same
	case s.group() == builtinGroups+"546": // Guests: the deny rights name them, so a member may be kept out by it
		return setting.Unknown
	case within(is, was):
		return setting.Tightened
	case within(was, is):
		return setting.Loosened
	}
	return setting.Unknown
}

// checkMember takes a SID, or "rid:500" for an account of the machine itself.
func checkMember(member string, at hcl.Range) hcl.Diagnostics {
	rid, ok := strings.CutPrefix(strings.ToLower(member), "rid:")
	if !ok {
		return checkSID(member, at)
	}
	if n, err := strconv.ParseUint(rid, 10, 32); err != nil || n < 500 || strconv.FormatUint(n, 10) != rid {
		return hcl.Diagnostics{problem(at, "Malformed RID", `%q names no account of the client: it has the form "rid:500", a decimal number from 500 on.`, member)}
	}
	return nil
}

// tidyMembers is the one spelling of a list of members: sorted, without doubles.
func tidyMembers(members []string) []string {
	list := make([]string, len(members))
	for i, m := range members {
		if list[i] = strings.ToUpper(m); strings.HasPrefix(list[i], "RID:") {
			list[i] = strings.ToLower(m)
		}
	}
	return unionOf(list)
}

// readMembers reads the canonical text of a group's membership.
func readMembers(text string) ([]string, error) {
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	return tidyMembers(list), nil
}
