package kinds

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*AuditPolicy)(nil)
	_ setting.Merger   = (*AuditPolicy)(nil)
	_ setting.Comparer = (*AuditPolicy)(nil)
)

const (
	auditNone    = "none"
	auditSuccess = "success"
	auditFailure = "failure"
)

// auditTail is what all subcategories' GUIDs end in (ntsecapi.h).
const auditTail = "-69ae-11d9-bed3-505054503030"

// auditSubcategories are the subcategories of Windows 10, by the first part of their GUID and the short English name by which
// auditpol and the documentation know them ([MS-GPAC] 2.2.1.2; ntsecapi.h). The names are ours to read, never Windows' to answer:
// a Swedish auditpol has other ones.
var auditSubcategories = []struct{ guid, name string }{
	{"0cce9210", "Security State Change"}, {"0cce9211", "Security System Extension"}, {"0cce9212", "System Integrity"},
	{"0cce9213", "IPsec Driver"}, {"0cce9214", "Other System Events"},
	{"0cce9215", "Logon"}, {"0cce9216", "Logoff"}, {"0cce9217", "Account Lockout"}, {"0cce9218", "IPsec Main Mode"},
	{"0cce9219", "IPsec Quick Mode"}, {"0cce921a", "IPsec Extended Mode"}, {"0cce921b", "Special Logon"},
	{"0cce921c", "Other Logon/Logoff Events"}, {"0cce9243", "Network Policy Server"}, {"0cce9247", "User / Device Claims"},
	{"0cce9249", "Group Membership"},
	{"0cce921d", "File System"}, {"0cce921e", "Registry"}, {"0cce921f", "Kernel Object"}, {"0cce9220", "SAM"},
	{"0cce9221", "Certification Services"}, {"0cce9222", "Application Generated"}, {"0cce9223", "Handle Manipulation"},
	{"0cce9224", "File Share"}, {"0cce9225", "Filtering Platform Packet Drop"}, {"0cce9226", "Filtering Platform Connection"},
	{"0cce9227", "Other Object Access Events"}, {"0cce9244", "Detailed File Share"}, {"0cce9245", "Removable Storage"},
	{"0cce9246", "Central Policy Staging"},
	{"0cce9228", "Sensitive Privilege Use"}, {"0cce9229", "Non Sensitive Privilege Use"}, {"0cce922a", "Other Privilege Use Events"},
	{"0cce922b", "Process Creation"}, {"0cce922c", "Process Termination"}, {"0cce922d", "DPAPI Activity"}, {"0cce922e", "RPC Events"},
	{"0cce9248", "Plug and Play Events"}, {"0cce924a", "Token Right Adjusted Events"},
	{"0cce922f", "Audit Policy Change"}, {"0cce9230", "Authentication Policy Change"}, {"0cce9231", "Authorization Policy Change"},
	{"0cce9232", "MPSSVC Rule-Level Policy Change"}, {"0cce9233", "Filtering Platform Policy Change"}, {"0cce9234", "Other Policy Change Events"},
	{"0cce9235", "User Account Management"}, {"0cce9236", "Computer Account Management"}, {"0cce9237", "Security Group Management"},
	{"0cce9238", "Distribution Group Management"}, {"0cce9239", "Application Group Management"}, {"0cce923a", "Other Account Management Events"},
	{"0cce923b", "Directory Service Access"}, {"0cce923c", "Directory Service Changes"}, {"0cce923d", "Directory Service Replication"},
	{"0cce923e", "Detailed Directory Service Replication"},
	{"0cce923f", "Credential Validation"}, {"0cce9240", "Kerberos Service Ticket Operations"}, {"0cce9241", "Other Account Logon Events"},
	{"0cce9242", "Kerberos Authentication Service"},
}

func auditNames() []string {
	names := make([]string, len(auditSubcategories))
	for i, row := range auditSubcategories {
		names[i] = row.name
	}
	return names
}

func auditPolicyKind() setting.Kind {
	return setting.Kind{
		Name: "audit_policy",
		Doc: "What Windows writes to the security log for one subcategory of the audit policy.\n\n" +
			"A subcategory is named by its GUID, `{0cce922b-69ae-11d9-bed3-505054503030}`, or by its short English name, `Process Creation`, which is looked up in a table here: " +
			"Windows itself is asked by GUID only, because its names differ by language. A GUID that Windows 10 does not have is refused.\n\n" +
			"The names are: " + strings.Join(auditNames(), ", ") + ".\n\n" +
			"The audit policy lives in the SECURITY hive, which is never edited offline: the setting is applied at `first-boot` by the agent. " +
			"It is observed offline where the layout of that hive is known, and deferred where it is not.\n\n" +
			"The events are exact, unless `minimum = true`: then settings of one subcategory are joined, and what a client audits beyond them is no deviation.",
		Principal: "events",
		New:       func() setting.Spec { return new(AuditPolicy) },
		Example: `subcategory = "Process Creation"
events      = ["success"]
`,
		Offline: setting.OfflineDeferred,
		Docs: map[string]string{
			"subcategory": "The subcategory's GUID in braces, or its short English name.",
			"events":      "`success`, `failure` or both; `[\"none\"]` where nothing is to be written.",
			"minimum":     "Whether more events than these are fine; `false` by default.",
		},
	}
}

// AuditPolicy is the desired audit policy of one subcategory.
type AuditPolicy struct {
	Subcategory string   `hcl:"subcategory" json:"subcategory"`
	Events      []string `hcl:"events" json:"events"`
	Minimum     bool     `hcl:"minimum,optional" json:"minimum,omitempty"`

	SubcategoryRange hcl.Range `hcl:"subcategory,attr_value_range" json:"-"`
	EventsRange      hcl.Range `hcl:"events,attr_value_range" json:"-"`
	MinimumRange     hcl.Range `hcl:"minimum,attr_value_range" json:"-"`
}

// auditGUID finds the GUID behind a subcategory's name or GUID.
func auditGUID(subcategory string) (string, bool) {
	for _, s := range auditSubcategories {
		if guid := "{" + s.guid + auditTail + "}"; strings.EqualFold(subcategory, s.name) || strings.EqualFold(subcategory, guid) {
			return guid, true
		}
	}
	return "", false
}

// Check reports errors of meaning.
func (s *AuditPolicy) Check() hcl.Diagnostics {
	var diags hcl.Diagnostics
	if _, ok := auditGUID(s.Subcategory); !ok {
		diags = append(diags, s.unknown())
	}
	if len(s.Events) == 0 {
		return append(diags, problem(s.EventsRange, "Empty expectation", `The setting names no event. Write "success", "failure" or both; or ["none"] where nothing is to be written.`))
	}
	for _, e := range s.Events {
		diags = append(diags, choice(s.EventsRange, "events", e, false, auditSuccess, auditFailure, auditNone)...)
	}
	if !slices.Contains(s.Events, auditNone) {
		return diags
	}
	switch {
	case len(s.events()) > 1:
		diags = append(diags, problem(s.EventsRange, "None and some", `The setting says "none" and lists events. Remove one of the two.`))
	case s.Minimum:
		diags = append(diags, problem(either(s.MinimumRange, s.EventsRange), "Empty minimum", `At least "none" asks for nothing. List events, or leave "minimum" out.`))
	}
	return diags
}

func (s *AuditPolicy) unknown() *hcl.Diagnostic {
	if strings.HasPrefix(s.Subcategory, "{") || isGUID(s.Subcategory) {
		return problem(s.SubcategoryRange, "Unknown audit subcategory",
			`Windows 10 has no subcategory %q. GUIDs of subcategories stand in braces and end in %q; "auditpol /list /subcategory:* /v" prints those of a running Windows.`, s.Subcategory, auditTail+"}")
	}
	return problem(s.SubcategoryRange, "Unknown audit subcategory",
		`%q is no subcategory. Write its short English name, such as "Process Creation", or its GUID: names in other languages are not known here.%s`, s.Subcategory, didYouMean(s.Subcategory, auditNames()))
}

// events are the events in their one order.
func (s *AuditPolicy) events() []string {
	var list []string
	for _, e := range []string{auditNone, auditSuccess, auditFailure} {
		if slices.Contains(s.Events, e) {
			list = append(list, e)
		}
	}
	return list
}

func (s *AuditPolicy) location() setting.Location {
	guid, ok := auditGUID(s.Subcategory)
	if !ok { // Check refuses it
		guid = s.Subcategory
	}
	return setting.StateLocation(setting.SchemeAudit, guid)
}

// Claims are the subcategory: a minimum joins others', an exact policy stands alone.
func (s *AuditPolicy) Claims(setting.Base) []setting.Claim {
	return []setting.Claim{{Location: s.location(), Value: strings.Join(s.events(), ","), Union: s.Minimum}}
}

// Ops set the events, once Windows runs.
func (s *AuditPolicy) Ops(b setting.Base) []setting.Op {
	c := s.Claims(b)[0]
	return []setting.Op{{Stage: setting.StageFirstBoot, Action: setting.ActionStateSet, Location: c.Location, Value: c.Value}}
}

// Observe reads the subcategory.
func (s *AuditPolicy) Observe(r setting.Reader) (setting.Observed, error) {
	return observeStates(r, s.location())
}

// Judge passes where the events are those wanted, or, for a minimum, where they are among those audited.
func (s *AuditPolicy) Judge(o setting.Observed) setting.Verdict {
	want := claimed(s.Claims(setting.Base{}))
	got, ok := o.Fact(s.location())
	if s.Minimum && ok && got.Present && within(s.events(), strings.Split(got.Value, ",")) {
		return setting.Verdict{Outcome: setting.Pass, Expected: "at least " + want[0].Value, Observed: got.Value}
	}
	v := setting.JudgeFacts(want, o)
	if s.Minimum {
		v.Expected = "at least " + want[0].Value
	}
	return v
}

// Merge joins two minima of one subcategory.
func (s *AuditPolicy) Merge(other setting.Spec) (setting.Spec, error) {
	o, ok := other.(*AuditPolicy)
	switch {
	case !ok:
		return nil, fmt.Errorf("merge audit policy with %T: only two audit policies merge", other)
	case !s.location().Same(o.location()):
		return nil, fmt.Errorf("merge audit policies: %s and %s are two subcategories", s.location(), o.location())
	case !s.Minimum || !o.Minimum:
		return nil, errors.New("merge audit policies: both must say minimum = true")
	}
	merged := &AuditPolicy{Subcategory: s.location().Name(), Minimum: true, Events: slices.Concat(s.Events, o.Events)}
	merged.Events = merged.events()
	return merged, nil
}

// Compare counts more events as tighter: what is not written cannot be found.
func (s *AuditPolicy) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*AuditPolicy)
	if !ok || !s.location().Same(o.location()) {
		return setting.Unknown
	}
	without := func(a *AuditPolicy) []string {
		return slices.DeleteFunc(a.events(), func(e string) bool { return e == auditNone })
	}
	is, was := without(s), without(o)
	switch {
	case slices.Equal(is, was) && s.Minimum == o.Minimum:
		return setting.Same
	case slices.Equal(is, was):
		return setting.Unknown
	case within(was, is):
		return setting.Tightened
	case within(is, was):
		return setting.Loosened
	}
	return setting.Unknown
}
