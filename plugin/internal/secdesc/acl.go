package secdesc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ACEType tells what an entry does ([MS-DTYP] 2.4.4.1).
type ACEType byte

// The entry types that this package builds. Others are kept as they are.
const (
	Allow          ACEType = 0x00
	Deny           ACEType = 0x01
	Audit          ACEType = 0x02
	Alarm          ACEType = 0x03
	MandatoryLabel ACEType = 0x11
)

// ACEFlags says how an entry is inherited and what it audits.
type ACEFlags byte

// The entry flags.
const (
	ObjectInherit    ACEFlags = 0x01
	ContainerInherit ACEFlags = 0x02
	NoPropagate      ACEFlags = 0x04
	InheritOnly      ACEFlags = 0x08
	Inherited        ACEFlags = 0x10
	AuditSuccess     ACEFlags = 0x40
	AuditFailure     ACEFlags = 0x80
)

// ACE is one entry of a list.
type ACE struct {
	Type  ACEType
	Flags ACEFlags
	Mask  uint32
	// Object holds, in object entries, the bytes between mask and identifier
	// (flags and one or two GUIDs).
	Object string
	SID    SID
	// Tail holds what follows the identifier: a condition, an attribute.
	// In an entry of a type without mask and identifier it holds the whole body.
	Tail string
}

// ACL is an ordered list of entries. The order is kept: Windows reads the
// first match.
type ACL struct {
	Revision byte // 2, or 4 where object entries occur; 0 is written as needed
	ACEs     []ACE
}

const (
	aclHead = 8
	aceHead = 4
)

// layout tells how the body of an entry type is built.
type layout int

const (
	opaque layout = iota // unknown: the body is kept as bytes
	plain                // mask, identifier, tail
	object               // mask, object flags and GUIDs, identifier, tail
)

func (t ACEType) layout() layout {
	switch t {
	case 0x00, 0x01, 0x02, 0x03, 0x09, 0x0a, 0x0d, 0x0e, 0x11, 0x12, 0x13, 0x14, 0x15:
		return plain
	case 0x05, 0x06, 0x07, 0x08, 0x0b, 0x0c, 0x0f, 0x10:
		return object
	}
	return opaque
}

func readACL(b []byte) (*ACL, error) {
	if len(b) < aclHead {
		return nil, errors.New("access control list is cut off in its header")
	}
	size, count := int(binary.LittleEndian.Uint16(b[2:])), int(binary.LittleEndian.Uint16(b[4:]))
	if size < aclHead || size > len(b) {
		return nil, fmt.Errorf("access control list says %d bytes where %d are left", size, len(b))
	}
	if count*aceHead > size-aclHead {
		return nil, fmt.Errorf("access control list says %d entries in %d bytes", count, size)
	}
	l := &ACL{Revision: b[0], ACEs: make([]ACE, 0, count)}
	rest := b[aclHead:size]
	for i := range count {
		if len(rest) < aceHead {
			return nil, fmt.Errorf("entry %d of %d is cut off", i+1, count)
		}
		n := int(binary.LittleEndian.Uint16(rest[2:]))
		if n < aceHead || n > len(rest) {
			return nil, fmt.Errorf("entry %d of %d says %d bytes where %d are left", i+1, count, n, len(rest))
		}
		e, err := readACE(rest[:n])
		if err != nil {
			return nil, fmt.Errorf("entry %d of %d: %w", i+1, count, err)
		}
		l.ACEs = append(l.ACEs, e)
		rest = rest[n:]
	}
	return l, nil
}

func readACE(b []byte) (ACE, error) {
	e := ACE{Type: ACEType(b[0]), Flags: ACEFlags(b[1])}
	body := b[aceHead:]
	kind := e.Type.layout()
	if kind == opaque {
		e.Tail = string(body)
		return e, nil
	}
	if len(body) < 4 {
		return e, errors.New("no room for the access mask")
	}
	e.Mask, body = binary.LittleEndian.Uint32(body), body[4:]
	if kind == object {
		n, err := objectSize(body)
		if err != nil {
			return e, err
		}
		e.Object, body = string(body[:n]), body[n:]
	}
	var err error
	if e.SID, err = readSID(body); err != nil {
		return e, err
	}
	e.Tail = string(body[len(e.SID):])
	return e, nil
}

// objectSize returns the length of the object flags and the GUIDs they announce.
func objectSize(b []byte) (int, error) {
	if len(b) < 4 {
		return 0, errors.New("no room for the object flags")
	}
	n := 4
	for _, bit := range []uint32{1, 2} {
		if binary.LittleEndian.Uint32(b)&bit != 0 {
			n += 16
		}
	}
	if len(b) < n {
		return 0, errors.New("no room for the object GUIDs")
	}
	return n, nil
}

func (l *ACL) append(b []byte) ([]byte, error) {
	start := len(b)
	revision := l.Revision
	b = append(b, make([]byte, aclHead)...)
	for i, e := range l.ACEs {
		at := len(b)
		b = append(b, byte(e.Type), byte(e.Flags), 0, 0)
		kind := e.Type.layout()
		if kind != opaque {
			if err := e.SID.check(); err != nil {
				return nil, fmt.Errorf("entry %d: %w", i+1, err)
			}
			b = binary.LittleEndian.AppendUint32(b, e.Mask)
			b = append(b, e.Object...)
			b = append(b, e.SID...)
		}
		b = append(b, e.Tail...)
		if n := (len(b) - at) % 4; n != 0 {
			b = append(b, make([]byte, 4-n)...) // entries are aligned to 4 bytes
		}
		if len(b)-at > math.MaxUint16 {
			return nil, fmt.Errorf("entry %d has %d bytes, 65535 fit", i+1, len(b)-at)
		}
		binary.LittleEndian.PutUint16(b[at+2:], uint16(len(b)-at))
		if revision == 0 && kind == object {
			revision = 4
		}
	}
	if revision == 0 {
		revision = 2
	}
	if len(b)-start > math.MaxUint16 || len(l.ACEs) > math.MaxUint16 {
		return nil, fmt.Errorf("list of %d entries has %d bytes, 65535 fit", len(l.ACEs), len(b)-start)
	}
	b[start] = revision
	binary.LittleEndian.PutUint16(b[start+2:], uint16(len(b)-start))
	binary.LittleEndian.PutUint16(b[start+4:], uint16(len(l.ACEs)))
	return b, nil
}
