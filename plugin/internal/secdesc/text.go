package secdesc

import "fmt"

// Text is the canonical text of a self-relative descriptor: what Parse reads, written by Descriptor.String. It is the one text that
// readers of keys and of files hand out, so that two of them can be compared. It is stable: equal descriptors give equal text, the
// entries keep their order (Windows reads the first match), a mask is a word only where the word is the whole mask, an identity is a
// word only where the word means the same on every machine, and the marks of inheritance (AI, ID) are kept. The default marks
// (OwnerDefaulted and its like) have no letters and are not in it.
func Text(descriptor []byte) (string, error) {
	d, err := Parse(descriptor)
	if err != nil {
		return "", err
	}
	return d.String(), nil
}

// Override returns current with the parts that text states put in their place: owner, group, access list, audit list. A part that text
// does not state stays as it is, and so do the flags that belong to it. Generic rights in text are replaced by what mapping says where
// they count for the object itself, as in every stored descriptor; where they are only handed on they stay.
func Override(current []byte, text string, mapping GenericMapping) ([]byte, error) {
	d, err := Parse(current)
	if err != nil {
		return nil, fmt.Errorf("override security descriptor: %w", err)
	}
	want, err := ParseSDDL(text)
	if err != nil {
		return nil, fmt.Errorf("override security descriptor: %w", err)
	}
	if want.Owner != "" {
		d.Owner = want.Owner
		d.Control &^= OwnerDefaulted
	}
	if want.Group != "" {
		d.Group = want.Group
		d.Control &^= GroupDefaulted
	}
	const dacl = DACLPresent | DACLDefaulted | DACLAutoInheritReq | DACLAutoInherited | DACLProtected
	const sacl = SACLPresent | SACLDefaulted | SACLAutoInheritReq | SACLAutoInherited | SACLProtected
	if want.Control&DACLPresent != 0 {
		taking := d.Control & DACLAutoInherited // an object that takes part in inheritance goes on to: those below it are handed its entries
		d.DACL, d.Control = mapped(want.DACL, mapping), d.Control&^dacl|want.Control&dacl|taking
	}
	if want.Control&SACLPresent != 0 {
		d.SACL, d.Control = mapped(want.SACL, mapping), d.Control&^sacl|want.Control&sacl
	}
	return d.Marshal()
}

// mapped replaces the generic rights of the entries that count for the object itself.
func mapped(l *ACL, mapping GenericMapping) *ACL {
	if l == nil {
		return nil
	}
	for i := range l.ACEs {
		if l.ACEs[i].Flags&InheritOnly == 0 && l.ACEs[i].Type != MandatoryLabel {
			l.ACEs[i].Mask = mapping.Map(l.ACEs[i].Mask)
		}
	}
	return l
}

// CutSID reads the identifier that b begins with and returns what follows it.
func CutSID(b []byte) (sid SID, rest []byte, err error) {
	if sid, err = readSID(b); err != nil {
		return "", nil, err
	}
	return sid, b[len(sid):], nil
}
