package secdesc

import "fmt"

// The generic rights, which an effective entry never holds: they are mapped to
// rights of the object's own kind.
const (
	GenericAll     uint32 = 0x10000000
	GenericExecute uint32 = 0x20000000
	GenericWrite   uint32 = 0x40000000
	GenericRead    uint32 = 0x80000000

	genericAny = GenericAll | GenericExecute | GenericWrite | GenericRead
)

// GenericMapping says what the generic rights mean for one kind of object.
type GenericMapping struct {
	Read, Write, Execute, All uint32
}

// FileMapping returns the meaning of generic rights for files and directories
// (FILE_GENERIC_* of the Windows SDK).
func FileMapping() GenericMapping {
	return GenericMapping{Read: 0x120089, Write: 0x120116, Execute: 0x1200a0, All: 0x1f01ff}
}

// KeyMapping returns the meaning of generic rights for registry keys (KEY_READ,
// KEY_WRITE, KEY_EXECUTE, KEY_ALL_ACCESS of the Windows SDK).
func KeyMapping() GenericMapping {
	return GenericMapping{Read: 0x20019, Write: 0x20006, Execute: 0x20019, All: 0xf003f}
}

// Map replaces the generic rights of mask.
func (m GenericMapping) Map(mask uint32) uint32 {
	out := mask &^ genericAny
	for _, g := range []struct{ bit, rights uint32 }{
		{GenericRead, m.Read}, {GenericWrite, m.Write}, {GenericExecute, m.Execute}, {GenericAll, m.All},
	} {
		if mask&g.bit != 0 {
			out |= g.rights
		}
	}
	return out
}

// Inherit returns the descriptor of an object newly created in a parent with
// the given descriptor, as LocalSystem would create it without asking for
// anything special. container tells a directory or a registry key from a file.
//
// Owner is BUILTIN\Administrators and group SYSTEM: these are the defaults of
// the LocalSystem token, under which Windows Setup and services write. They
// are not taken from the parent, because in an image that is often
// TrustedInstaller, and an owner may rewrite the list.
//
// Entries that come by inheritance are marked as inherited when the parent
// itself takes part in automatic inheritance, as the kernel's SeAssignSecurity
// decides it. A parent without inheritable entries gives SYSTEM and
// Administrators full access: closed, but administrable.
func Inherit(parent []byte, container bool, mapping GenericMapping) ([]byte, error) {
	p, err := Parse(parent)
	if err != nil {
		return nil, fmt.Errorf("inherit from parent: %w", err)
	}
	d := &Descriptor{Owner: Administrators, Group: LocalSystem}
	h := heir{container: container, mapping: mapping, owner: d.Owner, group: d.Group}
	if d.DACL = h.list(p.DACL, p.Control&DACLAutoInherited != 0); d.DACL != nil {
		d.Control |= p.Control & DACLAutoInherited
	} else {
		d.DACL = &ACL{Revision: 2, ACEs: []ACE{
			{Type: Allow, Mask: mapping.All, SID: LocalSystem},
			{Type: Allow, Mask: mapping.All, SID: Administrators},
		}}
	}
	if d.SACL = h.list(p.SACL, p.Control&SACLAutoInherited != 0); d.SACL != nil {
		d.Control |= p.Control & SACLAutoInherited
	}
	return d.Marshal()
}

// heir is the object that inherits.
type heir struct {
	container    bool
	mapping      GenericMapping
	owner, group SID
}

// list returns what the heir gets from one list of the parent; nil for nothing.
func (h heir) list(parent *ACL, auto bool) *ACL {
	if parent == nil {
		return nil
	}
	out := &ACL{Revision: parent.Revision}
	for _, e := range parent.ACEs {
		if e.Type.layout() == opaque {
			continue // what cannot be read cannot be mapped; Windows ignores it too
		}
		for _, n := range h.entries(e) {
			if auto {
				n.Flags |= Inherited
			}
			out.ACEs = append(out.ACEs, n)
		}
	}
	if len(out.ACEs) == 0 {
		return nil
	}
	return out
}

// entries returns the zero, one or two entries that e leaves on the heir: the
// one that counts here, and the one that is only handed on. They are one where
// nothing had to be replaced.
func (h heir) entries(e ACE) []ACE {
	const inheritance = ObjectInherit | ContainerInherit | NoPropagate | InheritOnly | Inherited
	toContainers, toObjects := e.Flags&ContainerInherit != 0, e.Flags&ObjectInherit != 0
	audit := e.Flags &^ inheritance

	if !h.container {
		if !toObjects {
			return nil
		}
		return []ACE{h.effective(e, audit)}
	}
	propagate := e.Flags&NoPropagate == 0
	on := audit | e.Flags&(ObjectInherit|ContainerInherit)
	switch {
	case toContainers && !propagate:
		return []ACE{h.effective(e, audit)}
	case toContainers:
		here := h.effective(e, audit)
		if here.Mask == e.Mask && here.SID == e.SID {
			here.Flags = on
			return []ACE{here}
		}
		return []ACE{here, withFlags(e, on|InheritOnly)}
	case toObjects && propagate:
		return []ACE{withFlags(e, on|InheritOnly)}
	}
	return nil
}

// effective returns e as it counts on the heir itself: creator identities and
// generic rights replaced.
func (h heir) effective(e ACE, flags ACEFlags) ACE {
	e.Mask = h.mapping.Map(e.Mask)
	switch e.SID {
	case CreatorOwner, CreatorOwnerServer:
		e.SID = h.owner
	case CreatorGroup, CreatorGroupServer:
		e.SID = h.group
	}
	return withFlags(e, flags)
}

func withFlags(e ACE, f ACEFlags) ACE {
	e.Flags = f
	return e
}
