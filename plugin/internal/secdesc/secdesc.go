// Package secdesc reads, builds and writes self-relative Windows security
// descriptors ([MS-DTYP] 2.4.6) and computes the one that a new file or
// registry key inherits from its parent ([MS-DTYP] 2.5.3.4).
//
// It exists because whatever is added to an image from outside must carry the
// descriptor that Windows itself would have given it: a missing one has been
// seen to become full access for Everyone. It refuses bytes that are out of
// bounds, knows no account names (only identifiers), and judges no access.
package secdesc

import (
	"encoding/binary"
	"fmt"
)

// Control holds the control flags of a descriptor ([MS-DTYP] 2.4.6).
type Control uint16

// The control flags.
const (
	OwnerDefaulted       Control = 0x0001
	GroupDefaulted       Control = 0x0002
	DACLPresent          Control = 0x0004
	DACLDefaulted        Control = 0x0008
	SACLPresent          Control = 0x0010
	SACLDefaulted        Control = 0x0020
	DACLAutoInheritReq   Control = 0x0100
	SACLAutoInheritReq   Control = 0x0200
	DACLAutoInherited    Control = 0x0400
	SACLAutoInherited    Control = 0x0800
	DACLProtected        Control = 0x1000
	SACLProtected        Control = 0x2000
	ResourceManagerValid Control = 0x4000
	SelfRelative         Control = 0x8000
)

// Descriptor is a security descriptor as a value. A nil DACL with DACLPresent
// set is the null list that lets everybody in; without the flag there is none.
type Descriptor struct {
	Control         Control // DACLPresent, SACLPresent and SelfRelative follow the lists when marshalled
	ResourceManager byte    // meaningful with ResourceManagerValid
	Owner, Group    SID     // "" for none
	DACL, SACL      *ACL
}

const descriptorHead = 20

// Parse reads a self-relative descriptor. Bytes after its last part are
// ignored, as Windows does. Nothing of b is kept.
func Parse(b []byte) (*Descriptor, error) {
	if len(b) < descriptorHead {
		return nil, fmt.Errorf("security descriptor of %d bytes is shorter than its header", len(b))
	}
	if b[0] != 1 {
		return nil, fmt.Errorf("security descriptor has revision %d, only 1 is known", b[0])
	}
	d := &Descriptor{ResourceManager: b[1], Control: Control(binary.LittleEndian.Uint16(b[2:]))}
	if d.Control&SelfRelative == 0 {
		return nil, fmt.Errorf("security descriptor is not self-relative (control %#04x)", uint16(d.Control))
	}
	part := func(at int) ([]byte, error) {
		off := binary.LittleEndian.Uint32(b[at:])
		if off == 0 {
			return nil, nil
		}
		if off < descriptorHead || uint64(off) > uint64(len(b)) {
			return nil, fmt.Errorf("offset %d lies outside its %d bytes", off, len(b))
		}
		return b[off:], nil
	}
	var err error
	if d.Owner, err = optionalSID(part(4)); err != nil {
		return nil, fmt.Errorf("read owner of security descriptor: %w", err)
	}
	if d.Group, err = optionalSID(part(8)); err != nil {
		return nil, fmt.Errorf("read group of security descriptor: %w", err)
	}
	if d.Control&SACLPresent != 0 {
		if d.SACL, err = optionalACL(part(12)); err != nil {
			return nil, fmt.Errorf("read SACL of security descriptor: %w", err)
		}
	}
	if d.Control&DACLPresent != 0 {
		if d.DACL, err = optionalACL(part(16)); err != nil {
			return nil, fmt.Errorf("read DACL of security descriptor: %w", err)
		}
	}
	return d, nil
}

func optionalSID(b []byte, err error) (SID, error) {
	if err != nil || b == nil {
		return "", err
	}
	return readSID(b)
}

func optionalACL(b []byte, err error) (*ACL, error) {
	if err != nil || b == nil {
		return nil, err
	}
	return readACL(b)
}

// Marshal returns the self-relative form: header, SACL, DACL, owner, group, in
// the order in which Windows itself lays them out, without gaps. It fails when
// a list is larger than its 16-bit size can say or an identifier is malformed.
func (d *Descriptor) Marshal() ([]byte, error) {
	control := d.Control | SelfRelative
	if d.DACL != nil {
		control |= DACLPresent
	}
	if d.SACL != nil {
		control |= SACLPresent
	}
	b := make([]byte, descriptorHead, 128)
	b[0], b[1] = 1, d.ResourceManager
	binary.LittleEndian.PutUint16(b[2:], uint16(control))
	var err error
	for _, l := range []struct {
		at   int
		name string
		list *ACL
	}{{12, "SACL", d.SACL}, {16, "DACL", d.DACL}} {
		if l.list == nil {
			continue
		}
		binary.LittleEndian.PutUint32(b[l.at:], uint32(len(b)))
		if b, err = l.list.append(b); err != nil {
			return nil, fmt.Errorf("write %s of security descriptor: %w", l.name, err)
		}
	}
	for _, s := range []struct {
		at   int
		name string
		sid  SID
	}{{4, "owner", d.Owner}, {8, "group", d.Group}} {
		if s.sid == "" {
			continue
		}
		if err := s.sid.check(); err != nil {
			return nil, fmt.Errorf("write %s of security descriptor: %w", s.name, err)
		}
		binary.LittleEndian.PutUint32(b[s.at:], uint32(len(b)))
		b = append(b, s.sid...)
	}
	return b, nil
}

// check tells whether s is one whole identifier and nothing more.
func (s SID) check() error {
	got, err := readSID([]byte(s))
	if err == nil && got != s {
		err = fmt.Errorf("security identifier %s is followed by %d stray bytes", got, len(s)-len(got))
	}
	return err
}
