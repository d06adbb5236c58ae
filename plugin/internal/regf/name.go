package regf

import (
	"encoding/binary"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// A name is stored either as one byte per character (Latin-1, "compressed") or
// as UTF-16. The stored bytes are kept, so that whatever Windows wrote survives.

// encodeName returns the stored form that Windows would choose.
func encodeName(s string) (raw []byte, compressed bool) {
	return encodeUnits(upcase.Units(s))
}

func encodeUnits(u []uint16) (raw []byte, compressed bool) {
	for _, c := range u {
		if c > 0xff {
			raw = make([]byte, 0, 2*len(u))
			for _, c := range u {
				raw = binary.LittleEndian.AppendUint16(raw, c)
			}
			return raw, false
		}
	}
	raw = make([]byte, len(u))
	for i, c := range u {
		raw[i] = byte(c)
	}
	return raw, true
}

// decodeName returns the name as a string; unpaired surrogates as upcase.String
// writes them.
func decodeName(raw []byte, compressed bool) string {
	if compressed {
		ascii := true
		for _, c := range raw {
			ascii = ascii && c < 0x80
		}
		if ascii {
			return string(raw)
		}
	}
	u := make([]uint16, nameLen(raw, compressed))
	for i := range u {
		u[i] = nameUnit(raw, compressed, i)
	}
	return upcase.String(u)
}

// nameLen returns the length in UTF-16 units.
func nameLen(raw []byte, compressed bool) int {
	if compressed {
		return len(raw)
	}
	return len(raw) / 2
}

func nameUnit(raw []byte, compressed bool, i int) uint16 {
	if compressed {
		return uint16(raw[i])
	}
	return binary.LittleEndian.Uint16(raw[2*i:])
}

// compareNames orders two stored names as upcase.Compare orders their units.
func compareNames(a []byte, aCompressed bool, b []byte, bCompressed bool) int {
	n, m := nameLen(a, aCompressed), nameLen(b, bCompressed)
	for i := range min(n, m) {
		x, y := nameUnit(a, aCompressed, i), nameUnit(b, bCompressed, i)
		if x == y {
			continue
		}
		if x, y = upcase.Unit(x), upcase.Unit(y); x != y {
			return int(x) - int(y)
		}
	}
	return n - m
}

// hashName returns the hash that lh lists hold.
func hashName(raw []byte, compressed bool) uint32 {
	var h uint32
	for i := range nameLen(raw, compressed) {
		h = h*37 + uint32(upcase.Unit(nameUnit(raw, compressed, i)))
	}
	return h
}

// hintName returns the first four characters as lf lists hold them: a character
// outside Latin-1 is left out by a zero.
func hintName(raw []byte, compressed bool) uint32 {
	var b [4]byte
	for i := range min(4, nameLen(raw, compressed)) {
		if c := nameUnit(raw, compressed, i); c <= 0xff {
			b[i] = byte(c)
		}
	}
	return binary.LittleEndian.Uint32(b[:])
}
