// Package secpolicy reads what Windows keeps in the SECURITY and SAM hives: user rights, audit policy, account policy, local accounts
// and the members of local groups. It only reads; nothing here can write, and nothing looks at passwords or secrets.
//
// Microsoft documents the meaning of these records ([MS-LSAD], [MS-SAMR], [MS-GPSB], ntsecapi.h) but not their form on disk. The form
// is known from public descriptions of it and was held against hives of a real Windows 10 (SECURITY) and a real Windows 7 (SAM) in the
// tests. So the package knows layouts by name and refuses everything else: a length, a revision, a bit or a value that it was not told
// of is an ErrLayout and never a guess. A record that is there and cannot be read is an error, never an absence.
//
// Accounts of the machine itself have another SID on each machine. Wherever a SID is one of the machine's own, it is written
// "rid:500", so that the same state reads the same on each.
package secpolicy

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

// ErrLayout is wrapped where a record is there, but not in a form that is known here.
var ErrLayout = errors.New("the layout is not known")

// ErrNotMade is wrapped where a hive lacks the whole of what was asked for: Windows has not made it yet. In a real Windows 10 all of
// SECURITY's records are as old as its first start, so an image that was never started may well have none.
var ErrNotMade = errors.New("made by Windows when it first starts")

// ErrAbsent is wrapped where a hive of a known form has no such account, group or subcategory.
var ErrAbsent = errors.New("not there")

// layoutError says at which key a form is not known, and in what it differs.
func layoutError(key, format string, args ...any) error {
	return fmt.Errorf("key %s: %s: %w", key, fmt.Sprintf(format, args...), ErrLayout)
}

// notMade says which key a hive lacks as a whole.
func notMade(key string) error { return fmt.Errorf("there is no key %s: %w", key, ErrNotMade) }

// record returns the data of a value. A key without it is of no known form; a key that is not there was not made.
func record(h *regf.Hive, key, value string) ([]byte, error) {
	k := h.Find(key)
	if k == nil {
		return nil, notMade(key)
	}
	v, ok := k.Value(value)
	if !ok {
		return nil, layoutError(key, "the value %q is missing", value)
	}
	return v.Data, nil
}

// machine is the SID that the machine's own accounts begin with.
type machine struct{ sid secdesc.SID }

// name writes a SID, or "rid:500" where it is one of the machine's own.
func (m machine) name(sid secdesc.SID) string {
	const head = 8 // revision, number of parts, authority
	if n := len(m.sid); n > head && len(sid) == n+4 && sid[2:n] == m.sid[2:n] && sid[1] == m.sid[1]+1 {
		return fmt.Sprintf("rid:%d", binary.LittleEndian.Uint32([]byte(sid[n:])))
	}
	return sid.String()
}

// wholeSID reads data that is one SID and nothing else.
func wholeSID(data []byte) (secdesc.SID, error) {
	sid, rest, err := secdesc.CutSID(data)
	if err != nil {
		return "", err
	}
	if len(rest) > 0 {
		return "", fmt.Errorf("%d bytes follow the identifier %s", len(rest), sid)
	}
	return sid, nil
}

// u16 and u32 read little-endian numbers; the caller has checked the length.
func u16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }
func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }

// field is one entry of the table at the head of a SAM record: where its data lie behind that head.
func field(data []byte, entry, head int) ([]byte, error) {
	if len(data) < head || entry+8 > head {
		return nil, fmt.Errorf("%d bytes, at least %d are needed", len(data), head)
	}
	off, n := uint64(u32(data, entry)), uint64(u32(data, entry+4))
	if off+n > uint64(len(data)-head) {
		return nil, fmt.Errorf("the field at %#x lies at %d with %d bytes, where %d are there", entry, off, n, len(data)-head)
	}
	return data[head+int(off) : head+int(off)+int(n)], nil
}
