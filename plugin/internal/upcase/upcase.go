// Package upcase compares names the way Windows does: by the upper case of
// each UTF-16 unit, taken from the fixed table that NTFS volumes carry as
// $UpCase and that RtlUpcaseUnicodeChar uses. File names, registry keys and
// values are ordered and found by it.
//
// It refuses to be clever: no locale, no normalisation, no mapping that
// changes a length, and surrogates map to themselves, paired or not. Where
// unicode.ToUpper differs (217 units: ı, ſ, µ among them) this table is right,
// because it is what Windows looks names up with.
package upcase

import (
	"unicode/utf8"
)

// table is the expanded mapping. It is written once, before main, and only
// read afterwards.
var table = expand()

func expand() *[1 << 16]uint16 {
	var t [1 << 16]uint16
	for i := range t {
		t[i] = uint16(i)
	}
	for _, s := range spans {
		for u := int(s.first); u <= int(s.last); u += int(s.step) {
			t[u] = uint16(u) + s.delta
		}
	}
	return &t
}

// Unit returns the upper case of one UTF-16 unit, or the unit itself where it
// has none.
func Unit(u uint16) uint16 { return table[u] }

// Compare orders a and b by their upper-case units; where one is a prefix of
// the other, the shorter comes first. It returns -1, 0 or +1. This is the order
// of subkeys in a registry hive and of names in an NTFS directory.
func Compare(a, b []uint16) int {
	for i := range min(len(a), len(b)) {
		x, y := table[a[i]], table[b[i]]
		if x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	switch {
	case len(a) < len(b):
		return -1
	case len(a) > len(b):
		return 1
	}
	return 0
}

// Equal reports whether Windows takes a and b for the same name. Both are read
// as Units reads them.
func Equal(a, b string) bool {
	if a == b {
		return true
	}
	for i := range min(len(a), len(b)) {
		if a[i] >= utf8.RuneSelf || b[i] >= utf8.RuneSelf {
			return Fold(a) == Fold(b)
		}
		if table[a[i]] != table[b[i]] { // nearly all names differ in one of their first letters: nothing has to be folded
			return false
		}
	}
	return len(a) == len(b)
}

// Fold returns s in upper case, fit for use as a map key: Fold(a) == Fold(b)
// exactly when Equal(a, b).
func Fold(s string) string {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf && (s[i] < 'a' || s[i] > 'z') {
		i++
	}
	if i == len(s) {
		return s
	}
	b := make([]byte, len(s))
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			return foldWide(s)
		}
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		b[i] = c
	}
	return string(b)
}

func foldWide(s string) string {
	u := Units(s)
	for i, c := range u {
		u[i] = table[c]
	}
	return String(u)
}
