package kinds

import (
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*AccountPolicy)(nil)
	_ setting.Comparer = (*AccountPolicy)(nil)
)

// accountPolicyRow is one policy of a security template's [System Access] (secedit, Windows documentation).
type accountPolicyRow struct {
	name      string
	low, high int64
	never     bool  // -1 is a value too
	stricter  int64 // +1 where a greater number is stricter, -1 where a smaller one is
	loosest   int64 // a number outside the order that protects least, or noOutlier
	strictest int64 // and one that protects most, or noOutlier
}

// noOutlier is no value of any policy.
const noOutlier = -2

func accountPolicies() []accountPolicyRow {
	return []accountPolicyRow{
		{"AllowAdministratorLockout", 0, 1, false, +1, noOutlier, noOutlier},
		{"ClearTextPassword", 0, 1, false, -1, noOutlier, noOutlier},
		{"ForceLogoffWhenHourExpire", 0, 1, false, +1, noOutlier, noOutlier},
		{"LSAAnonymousNameLookup", 0, 1, false, -1, noOutlier, noOutlier},
		{"LockoutBadCount", 0, 999, false, -1, 0, noOutlier},    // 0: never locked out
		{"LockoutDuration", 1, 99999, true, +1, noOutlier, -1},  // -1: until an administrator unlocks
		{"MaximumPasswordAge", 1, 999, true, -1, -1, noOutlier}, // -1: never
		{"MinimumPasswordAge", 0, 998, false, +1, noOutlier, noOutlier},
		{"MinimumPasswordLength", 0, 14, false, +1, noOutlier, noOutlier},
		{"PasswordComplexity", 0, 1, false, +1, noOutlier, noOutlier},
		{"PasswordHistorySize", 0, 24, false, +1, noOutlier, noOutlier},
		{"ResetLockoutCount", 1, 99999, false, +1, noOutlier, noOutlier},
	}
}

func accountPolicyKind() setting.Kind {
	return setting.Kind{
		Name: "account_policy",
		Doc: "One rule for the passwords and the lockout of local accounts.\n\n" +
			"Rules are named as in the `[System Access]` section of a security template: `AllowAdministratorLockout` (0 or 1; bases with the update of October 2022), " +
			"`ClearTextPassword` (0 or 1), `ForceLogoffWhenHourExpire` (0 or 1), `LSAAnonymousNameLookup` (0 or 1), `LockoutBadCount` (0 to 999, 0 is never), " +
			"`LockoutDuration` (1 to 99999 minutes, -1 is until an administrator unlocks), `MaximumPasswordAge` (1 to 999 days, -1 is never), `MinimumPasswordAge` (0 to 998 days), " +
			"`MinimumPasswordLength` (0 to 14), `PasswordComplexity` (0 or 1), `PasswordHistorySize` (0 to 24) and `ResetLockoutCount` (1 to 99999 minutes). " +
			"Longer passwords than 14 need a registry value that lifts Windows' own limit, and are not supported here.\n\n" +
			"The rules live in the SAM and SECURITY hives, which are never edited offline: the setting is applied at `first-boot` by the agent. " +
			"It is observed offline where the layout of those hives is known, and deferred where it is not.\n\n" +
			"Refused: the names and states of the built-in accounts (`EnableGuestAccount`, `NewAdministratorName`, ...), which are the kind `local_account`. " +
			"In a domain these rules still count for local accounts; for domain accounts the domain's count.",
		Principal: "value",
		New:       func() setting.Spec { return new(AccountPolicy) },
		Example: `name  = "MinimumPasswordLength"
value = 14
`,
		Offline: setting.OfflineDeferred,
		Docs: map[string]string{
			"name":  "The rule's name in a security template, such as `MinimumPasswordLength`.",
			"value": "Its number, in the unit of the template: days for ages, minutes for lockout.",
		},
	}
}

// AccountPolicy is the desired value of one password or lockout rule.
type AccountPolicy struct {
	Name  string  `hcl:"name" json:"name"`
	Value float64 `hcl:"value" json:"value"`

	NameRange  hcl.Range `hcl:"name,attr_value_range" json:"-"`
	ValueRange hcl.Range `hcl:"value,attr_value_range" json:"-"`
}

func (s *AccountPolicy) row() (accountPolicyRow, bool) {
	all := accountPolicies()
	i := slices.IndexFunc(all, func(p accountPolicyRow) bool { return p.name == s.Name })
	if i < 0 {
		return accountPolicyRow{}, false
	}
	return all[i], true
}

// Check reports errors of meaning.
func (s *AccountPolicy) Check() hcl.Diagnostics {
	row, ok := s.row()
	if !ok {
		return hcl.Diagnostics{s.unknown()}
	}
	n, isWhole := whole(s.Value)
	if isWhole && (n >= row.low && n <= row.high || row.never && n == -1) {
		return nil
	}
	never := ""
	if row.never {
		never = ", or -1"
	}
	return hcl.Diagnostics{problem(s.ValueRange, "Account policy out of range",
		"%s takes a whole number from %d to %d%s, and not %v.", s.Name, row.low, row.high, never, s.Value)}
}

func (s *AccountPolicy) unknown() *hcl.Diagnostic {
	switch s.Name {
	case "EnableAdminAccount", "NewAdministratorName":
		return problem(s.NameRange, "Unknown account policy", `%q is the state of one account: write the kind "local_account" with rid = 500.`, s.Name)
	case "EnableGuestAccount", "NewGuestName":
		return problem(s.NameRange, "Unknown account policy", `%q is the state of one account: write the kind "local_account" with rid = 501.`, s.Name)
	}
	var names []string
	for _, p := range accountPolicies() {
		names = append(names, p.name)
	}
	return problem(s.NameRange, "Unknown account policy", "%q is no rule of a security template that can be set. Rules are %s.%s", s.Name, quoted(names), didYouMean(s.Name, names))
}

func (s *AccountPolicy) number() int64 {
	n, _ := whole(s.Value)
	return n
}

// Claims are the rule.
func (s *AccountPolicy) Claims(setting.Base) []setting.Claim {
	return []setting.Claim{{Location: setting.StateLocation(setting.SchemeAccountPolicy, s.Name), Value: strconv.FormatInt(s.number(), 10)}}
}

// Ops set the rule, once Windows runs.
func (s *AccountPolicy) Ops(b setting.Base) []setting.Op {
	c := s.Claims(b)[0]
	return []setting.Op{{Stage: setting.StageFirstBoot, Action: setting.ActionStateSet, Location: c.Location, Value: c.Value}}
}

// Observe reads the rule.
func (s *AccountPolicy) Observe(r setting.Reader) (setting.Observed, error) {
	return observeStates(r, s.Claims(setting.Base{})[0].Location)
}

// Judge passes where the rule has exactly the wanted number: a stricter one may cut a product off.
func (s *AccountPolicy) Judge(o setting.Observed) setting.Verdict {
	return setting.JudgeFacts(claimed(s.Claims(setting.Base{})), o)
}

// Compare knows for each rule which way is stricter, and the numbers that mean never.
func (s *AccountPolicy) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*AccountPolicy)
	row, known := s.row()
	if !ok || !known || s.Name != o.Name {
		return setting.Unknown
	}
	is, was := row.rank(s.number()), row.rank(o.number())
	switch {
	case is > was:
		return setting.Tightened
	case is < was:
		return setting.Loosened
	}
	return setting.Same
}

// rank orders the values of a rule, the strictest last.
func (p accountPolicyRow) rank(n int64) int64 {
	const beyond = 1 << 32
	switch n {
	case p.loosest:
		return -beyond
	case p.strictest:
		return beyond
	}
	return p.stricter * n
}
