package regf

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// ValueType is the type of a value's data. Windows stores any 32-bit number
// here; the constants are those with a meaning of their own.
type ValueType uint32

// The value types of the Windows SDK (winnt.h).
const (
	None             ValueType = 0  // REG_NONE
	SZ               ValueType = 1  // REG_SZ
	ExpandSZ         ValueType = 2  // REG_EXPAND_SZ
	Binary           ValueType = 3  // REG_BINARY
	DWord            ValueType = 4  // REG_DWORD
	DWordBigEndian   ValueType = 5  // REG_DWORD_BIG_ENDIAN
	Link             ValueType = 6  // REG_LINK
	MultiSZ          ValueType = 7  // REG_MULTI_SZ
	ResourceList     ValueType = 8  // REG_RESOURCE_LIST
	FullResource     ValueType = 9  // REG_FULL_RESOURCE_DESCRIPTOR
	ResourceRequires ValueType = 10 // REG_RESOURCE_REQUIREMENTS_LIST
	QWord            ValueType = 11 // REG_QWORD
)

// String returns the SDK's name, REG_DWORD for example, or REG_0x… for a number
// without one.
func (t ValueType) String() string {
	names := [...]string{
		"REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD", "REG_DWORD_BIG_ENDIAN", "REG_LINK",
		"REG_MULTI_SZ", "REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTOR", "REG_RESOURCE_REQUIREMENTS_LIST", "REG_QWORD",
	}
	if int64(t) < int64(len(names)) {
		return names[t]
	}
	return fmt.Sprintf("REG_0x%x", uint32(t))
}

// Value is one value of a key.
type Value struct {
	Name string // "" for the default value
	Type ValueType
	Data []byte // as stored; the caller must not change it
}

// rawValue is a value as the hive stores it.
type rawValue struct {
	name  []byte
	data  []byte
	typ   ValueType
	flags uint16
}

// Flags of a value.
const (
	valueCompressed uint16 = 1
	valueTombstone  uint16 = 2 // deleted in a layered key, since Windows 10
)

func (v *rawValue) compressed() bool { return v.flags&valueCompressed != 0 }

func (v *rawValue) value() Value {
	return Value{Name: decodeName(v.name, v.compressed()), Type: v.typ, Data: v.data}
}

// StringData returns s as REG_SZ and REG_EXPAND_SZ data: UTF-16LE with a
// closing zero.
func StringData(s string) []byte {
	return appendUnits(nil, s)
}

// StringsData returns REG_MULTI_SZ data: each string with a closing zero, and
// one more zero at the end. An empty string would end the list and is refused
// by Windows' own readers; it is the caller's to avoid.
func StringsData(list []string) []byte {
	var b []byte
	for _, s := range list {
		b = appendUnits(b, s)
	}
	return append(b, 0, 0)
}

func appendUnits(b []byte, s string) []byte {
	for _, c := range upcase.Units(s) {
		b = binary.LittleEndian.AppendUint16(b, c)
	}
	return append(b, 0, 0)
}

// DWordData returns REG_DWORD data.
func DWordData(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

// QWordData returns REG_QWORD data.
func QWordData(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

// Text returns the string of a REG_SZ or REG_EXPAND_SZ value, up to its first
// zero as Windows reads it. A stray odd byte at the end is ignored; ok is false
// for other types.
func (v Value) Text() (text string, ok bool) {
	if v.Type != SZ && v.Type != ExpandSZ {
		return "", false
	}
	u := dataUnits(v.Data)
	if i := slices.Index(u, 0); i >= 0 {
		u = u[:i]
	}
	return upcase.String(u), true
}

// Strings returns the strings of a REG_MULTI_SZ value; ok is false for other
// types. The list ends at the first empty string, as Windows reads it, or with
// the data.
func (v Value) Strings() (list []string, ok bool) {
	if v.Type != MultiSZ {
		return nil, false
	}
	list = []string{}
	for u := dataUnits(v.Data); len(u) > 0; {
		end := slices.Index(u, 0)
		if end < 0 {
			end = len(u)
		}
		if end == 0 {
			break
		}
		list = append(list, upcase.String(u[:end]))
		u = u[min(end+1, len(u)):]
	}
	return list, true
}

// Number returns the number of a REG_DWORD, REG_DWORD_BIG_ENDIAN or REG_QWORD
// value; ok is false for other types and for data of another length.
func (v Value) Number() (n uint64, ok bool) {
	switch {
	case v.Type == DWord && len(v.Data) == 4:
		return uint64(binary.LittleEndian.Uint32(v.Data)), true
	case v.Type == DWordBigEndian && len(v.Data) == 4:
		return uint64(binary.BigEndian.Uint32(v.Data)), true
	case v.Type == QWord && len(v.Data) == 8:
		return binary.LittleEndian.Uint64(v.Data), true
	}
	return 0, false
}

func dataUnits(b []byte) []uint16 {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return u
}
