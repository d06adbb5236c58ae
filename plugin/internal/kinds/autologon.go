package kinds

import (
	"encoding/hex"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.Spec     = (*Autologon)(nil)
	_ setting.Comparer = (*Autologon)(nil)
)

// madeOnClient is the only text that a secret's state has: that it exists, and who made it.
const madeOnClient = "made-on-client"

func autologonKind() setting.Kind {
	return setting.Kind{
		Name: "autologon",
		Doc: "A local account that is logged on when the client starts.\n\n" +
			"The account's name and the switch are values of Winlogon and written into the registry of the image. As the secret cannot be seen there, the setting is judged on the client. The secret is not: profiles, plans and images hold none. " +
			"At `first-boot` the agent makes one on the client, gives it to the account and to the LSA, where Winlogon looks for it; nobody gets to know it, and each client has another. " +
			"A password in clear that a base holds (`DefaultPassword`) and a counter that would end the logon (`AutoLogonCount`) are removed.\n\n" +
			"The account must be there: it is made by a product's installer or in the base, and should be a user without any other right. " +
			"Domain accounts are refused, because no secret of theirs can be made on a client. " +
			"Whoever starts the client is logged on, so this needs a place that is locked, or an exception to what expects a person at logon; a notice before logon stops it.",
		Principal: "account",
		New:       func() setting.Spec { return new(Autologon) },
		Example: `account = "review"
`,
		Offline: setting.OfflineDeferred,
		Docs: map[string]string{
			"account": "The name of a local account.",
		},
	}
}

// Autologon is the account that is logged on at the start.
type Autologon struct {
	Account string `hcl:"account" json:"account"`

	AccountRange hcl.Range `hcl:"account,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *Autologon) Check() hcl.Diagnostics {
	switch {
	case s.Account == "":
		return hcl.Diagnostics{problem(s.AccountRange, "Missing account", `Write the name of the local account that is to be logged on, such as "review".`)}
	case strings.HasPrefix(strings.ToUpper(s.Account), "S-1-"):
		return hcl.Diagnostics{problem(s.AccountRange, "SID where a name belongs", `Winlogon takes the name of the account, and %q is a SID. Write the name that the account was made with.`, s.Account)}
	case strings.ContainsAny(s.Account, `\@`):
		return hcl.Diagnostics{problem(s.AccountRange, "Domain account", `%q names a domain. Automatic logon is for a local account, whose secret the client makes for itself: write its name alone.`, s.Account)}
	}
	name := LocalAccount{Name: s.Account, NameRange: s.AccountRange}
	return name.checkName()
}

// wants lists Winlogon's values; those that must not be there are nil.
func (s *Autologon) wants() []struct {
	name  string
	value *setting.RegistryValue
} {
	text := func(t string) *setting.RegistryValue { return new(setting.SZ(t)) }
	return []struct {
		name  string
		value *setting.RegistryValue
	}{{"AutoAdminLogon", text("1")}, {"DefaultUserName", text(s.Account)}, {"DefaultDomainName", text(".")}, {"DefaultPassword", nil}, {"AutoLogonCount", nil}}
}

func (s *Autologon) secret() setting.Location {
	return setting.StateLocation(setting.SchemeSecret, "autologon:"+s.Account)
}

// Claims are Winlogon's values and the secret.
func (s *Autologon) Claims(setting.Base) []setting.Claim {
	var claims []setting.Claim
	for _, w := range s.wants() {
		c := setting.Claim{Location: setting.RegistryLocation(winlogon, w.name), Value: setting.Absent}
		if w.value != nil {
			c.Value = w.value.Text()
		}
		claims = append(claims, c)
	}
	return append(claims, setting.Claim{Location: s.secret(), Value: madeOnClient})
}

// Ops write Winlogon's values into the image, and have the secret made once Windows runs.
func (s *Autologon) Ops(setting.Base) []setting.Op {
	var ops []setting.Op
	for _, w := range s.wants() {
		op := setting.Op{Stage: setting.StageImage, Action: setting.ActionRegistryDelete, Key: winlogon, Name: w.name}
		if w.value != nil {
			op.Action, op.Type, op.Data = setting.ActionRegistrySet, w.value.Type, hex.EncodeToString(w.value.Data)
		}
		ops = append(ops, op)
	}
	return append(ops, setting.Op{Stage: setting.StageFirstBoot, Action: setting.ActionStateSet, Location: s.secret(), Value: madeOnClient})
}

// Observe reads Winlogon's values and whether the secret was made.
func (s *Autologon) Observe(r setting.Reader) (setting.Observed, error) {
	reg, err := setting.AsRegistry(r)
	if err != nil {
		return setting.Observed{}, err
	}
	var o setting.Observed
	for _, w := range s.wants() {
		fact, err := setting.ObserveRegistry(reg, winlogon, w.name)
		if err != nil {
			return setting.Observed{}, err
		}
		o.Facts = append(o.Facts, fact)
	}
	secret, err := observeStates(r, s.secret())
	if err != nil {
		return setting.Observed{}, err
	}
	o.Facts = append(o.Facts, secret.Facts...)
	return o, nil
}

// Judge passes where all of it is as wanted.
func (s *Autologon) Judge(o setting.Observed) setting.Verdict {
	return setting.JudgeFacts(claimed(s.Claims(setting.Base{})), o)
}

// Compare cannot call one account stricter than another.
func (s *Autologon) Compare(old setting.Spec) setting.Direction {
	if o, ok := old.(*Autologon); ok && upcase.Equal(s.Account, o.Account) {
		return setting.Same
	}
	return setting.Unknown
}
