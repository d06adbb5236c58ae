package kinds

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*RegistryPermission)(nil)
	_ setting.Comparer = (*RegistryPermission)(nil)
)

func registryPermissionKind() setting.Kind {
	return setting.Kind{
		Name: "registry_permission",
		Doc: "Who may do what with one registry key.\n\n" +
			"The permissions are written in Windows' descriptor language (SDDL): a protected list `D:P(...)`, and an owner `O:...` where that is to change too. " +
			permissionDoc +
			"Only this key is set. Keys below it that inherit get the entries when Windows next writes them anew, and no earlier: name those that matter.\n\n" +
			"The key must be there. The setting is applied and judged in the image.",
		Principal: "sddl",
		New:       func() setting.Spec { return new(RegistryPermission) },
		Example: `key  = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurePipeServers\\winreg"
sddl = "D:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;;KR;;;LS)"
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"key":  "The key, from `HKLM\\\\SOFTWARE\\\\`, `HKLM\\\\SYSTEM\\\\` or `HKCU\\\\` on.",
			"sddl": "The descriptor: `O:` (optional) and `D:P(...)`.",
		},
	}
}

// permissionDoc is what both kinds of permissions say of their descriptors.
const permissionDoc = "Identities are SIDs, or two-letter words that mean the same on every machine (`SY`, `BA`, `BU`, `WD`). " +
	"A list that is not protected would be joined with what the parent hands down, and nobody could say what it comes to: `P` is required. " +
	"Refused: a list that lets everybody do everything (`NO_ACCESS_CONTROL`, or full access, the right to change permissions, or ownership for users in general: `WD`, `AU`, `BU`, `IU`, guests and their like), one that keeps the system out, " +
	"entries for auditing, object and conditional entries. What the descriptor does not state (owner, group) is left as it is.\n\n" +
	"It is judged by its meaning: generic rights count as what they stand for, and marks about inheritance that do not change access are not compared. The order of entries is.\n\n"

// RegistryPermission is the desired descriptor of one registry key.
type RegistryPermission struct {
	Key  string `hcl:"key" json:"key"`
	SDDL string `hcl:"sddl" json:"sddl"`

	KeyRange  hcl.Range `hcl:"key,attr_value_range" json:"-"`
	SDDLRange hcl.Range `hcl:"sddl,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *RegistryPermission) Check() hcl.Diagnostics {
	return append(checkKey(s.Key, s.KeyRange), checkPermission(s.SDDL, secdesc.KeyMapping(), s.SDDLRange)...)
}

func (s *RegistryPermission) location() setting.Location {
	return setting.StateLocation(setting.SchemeRegistrySecurity, tidyKey(s.Key))
}

// Claims are the key's descriptor.
func (s *RegistryPermission) Claims(setting.Base) []setting.Claim {
	return []setting.Claim{{Location: s.location(), Value: tidyPermission(s.SDDL, secdesc.KeyMapping())}}
}

// Ops set the descriptor in the image.
func (s *RegistryPermission) Ops(b setting.Base) []setting.Op {
	c := s.Claims(b)[0]
	return []setting.Op{{Stage: setting.StageImage, Action: setting.ActionStateSet, Location: c.Location, Value: c.Value}}
}

// Observe reads the descriptor.
func (s *RegistryPermission) Observe(r setting.Reader) (setting.Observed, error) {
	return observeStates(r, s.location())
}

// Judge passes where the key has the wanted parts of the descriptor.
func (s *RegistryPermission) Judge(o setting.Observed) setting.Verdict {
	return judgePermission(claimed(s.Claims(setting.Base{}))[0], o, secdesc.KeyMapping())
}

// Compare knows equal descriptors only: whether a list is stricter than another depends on who belongs to which group.
func (s *RegistryPermission) Compare(old setting.Spec) setting.Direction {
	if o, ok := old.(*RegistryPermission); ok && s.Claims(setting.Base{})[0] == o.Claims(setting.Base{})[0] {
		return setting.Same
	}
	return setting.Unknown
}

// Identities that a check of permissions looks for ([MS-DTYP] 2.4.2.4).
const (
	sidSystem = "S-1-5-18"
)

// everybody are the identities that every user of the client has.
var everybody = map[string]bool{"S-1-1-0": true, "S-1-5-11": true, "S-1-5-32-545": true, "S-1-5-4": true}

// users are the identities by which anybody who is not trusted may come ([MS-DTYP] 2.4.2.4): everybody, and guests, anonymous callers,
// those of the network, of the console, of the client's own accounts and of packaged apps.
var users = []string{"S-1-1-0", "S-1-5-11", "S-1-5-32-545", "S-1-5-4", "S-1-5-32-546", "S-1-5-7", "S-1-5-2", "S-1-2-0", "S-1-2-1", "S-1-5-113", "S-1-15-2-1", "S-1-15-2-2"}

// writeDAC and writeOwner are the rights by which somebody gives himself all the others ([MS-DTYP] 2.4.3).
const (
	writeDAC   = 0x00040000
	writeOwner = 0x00080000
)

// checkPermission says what is wrong with a descriptor that a setting wants.
func checkPermission(sddl string, mapping secdesc.GenericMapping, at hcl.Range) hcl.Diagnostics {
	const form = `Write a protected list, such as "D:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;KR;;;BU)".`
	d, err := secdesc.ParseSDDL(sddl)
	if err == nil {
		_, err = d.Marshal()
	}
	refuse := func(summary, format string, args ...any) hcl.Diagnostics {
		return hcl.Diagnostics{problem(at, summary, format, args...)}
	}
	switch {
	case err != nil:
		return refuse("Malformed descriptor", "%v. "+form, err)
	case d.Control&secdesc.SACLPresent != 0:
		return refuse("Unsupported descriptor", `The part "S:" is for auditing and integrity labels, which are not supported. Remove it.`)
	case d.Control&secdesc.DACLPresent == 0:
		return refuse("Empty expectation", "The descriptor grants and denies nothing: it has no list. "+form)
	case d.DACL == nil:
		return refuse("Everything for everybody", "NO_ACCESS_CONTROL lets everybody do everything. "+form)
	case d.Control&secdesc.DACLProtected == 0:
		return refuse("Unprotected list", `Without "P" the parent's entries would be added, which differ between machines. `+form)
	}
	if slices.Contains(users, d.Owner.String()) {
		return refuse("Everything for everybody", "The owner is %s, which users are, and an owner may change the permissions. Name the system (SY) or the administrators (BA).", d.Owner)
	}
	full, system := mapping.Map(secdesc.GenericAll), false
	for _, e := range d.DACL.ACEs {
		here := e.Flags&secdesc.InheritOnly == 0
		who := e.SID.String()
		switch {
		case e.Type == secdesc.Allow && slices.Contains(users, who) && mapping.Map(e.Mask)&(writeDAC|writeOwner) != 0:
			return refuse("Everything for everybody", "The list lets %s, which users are, change permissions or owner, and so do everything. Grant what they need: read, or write without changing permissions.", who)
		case e.Type == secdesc.Deny && (who == sidSystem || everybody[who]) && here:
			return refuse("System kept out", "The list denies something to %s, and the system is among them. Leave out what is not to be granted instead of denying it.", who)
		case e.Type == secdesc.Allow && who == sidSystem && here && mapping.Map(e.Mask) == full:
			system = true
		}
	}
	if !system {
		return refuse("System kept out", `The list gives the system (SY) no full access, so that neither updates nor the agent could repair it. Add "(A;CI;KA;;;SY)" for a key, "(A;OICI;FA;;;SY)" for a folder.`)
	}
	return nil
}

// tidyPermission is the one spelling of a descriptor: generic rights as what they stand for, and only the marks that change access.
// A text that cannot be read comes back as it is, and so equals none that can.
func tidyPermission(sddl string, mapping secdesc.GenericMapping) string {
	d, err := secdesc.ParseSDDL(sddl)
	if err != nil {
		return sddl
	}
	d.Control &^= secdesc.DACLAutoInherited | secdesc.DACLAutoInheritReq | secdesc.SACLAutoInherited | secdesc.SACLAutoInheritReq
	if d.DACL != nil {
		for i, e := range d.DACL.ACEs {
			if e.Flags&secdesc.InheritOnly == 0 || e.Flags&(secdesc.ObjectInherit|secdesc.ContainerInherit) == 0 {
				d.DACL.ACEs[i].Mask = mapping.Map(e.Mask)
			}
		}
	}
	return d.String()
}

// judgePermission compares the parts that are wanted with those of the descriptor observed.
func judgePermission(want setting.Fact, o setting.Observed, mapping secdesc.GenericMapping) setting.Verdict {
	got, ok := o.Fact(want.Location)
	if !ok || !got.Present {
		return setting.JudgeFacts([]setting.Fact{want}, o)
	}
	wanted, err := secdesc.ParseSDDL(want.Value)
	if err != nil { // Check refuses it
		return setting.Verdict{Outcome: setting.Error, Expected: want.Value, Reason: fmt.Sprintf("the setting's own descriptor: %v", err)}
	}
	seen, err := secdesc.ParseSDDL(tidyPermission(got.Value, mapping))
	if err != nil { // an entry that the reader knows no text for, or no descriptor at all
		return setting.Verdict{Outcome: setting.Fail, Expected: want.Value, Observed: got.Value, Reason: fmt.Sprintf("%s: %v", want.Location, err)}
	}
	seen.SACL, seen.Group = nil, ""
	seen.Control &^= secdesc.SACLPresent | secdesc.SACLProtected
	if wanted.Owner == "" {
		seen.Owner = ""
	}
	if wanted.Group != "" {
		seen.Group = groupOf(got.Value)
	}
	if text := seen.String(); text != want.Value {
		return setting.Verdict{Outcome: setting.Fail, Expected: want.Value, Observed: text, Reason: fmt.Sprintf("%s is %s", want.Location, text)}
	}
	return setting.Verdict{Outcome: setting.Pass, Expected: want.Value, Observed: strings.TrimSpace(got.Value)}
}

func groupOf(sddl string) secdesc.SID {
	d, err := secdesc.ParseSDDL(sddl)
	if err != nil {
		return ""
	}
	return d.Group
}
