package upcase

import (
	"unicode/utf16"
	"unicode/utf8"
)

const (
	surrogateFirst = 0xd800
	surrogateLow   = 0xdc00
	surrogateEnd   = 0xe000
)

// Units returns s as UTF-16. An unpaired surrogate written as three bytes
// (ED A0..BF 80..BF, as String writes it) becomes that one unit again; any
// other byte that is not UTF-8 becomes U+FFFD.
func Units(s string) []uint16 {
	u := make([]uint16, 0, len(s))
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			u = append(u, uint16(c))
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			if c, ok := loneSurrogate(s[i:]); ok {
				u = append(u, c)
				i += 3
				continue
			}
		}
		u = utf16.AppendRune(u, r)
		i += n
	}
	return u
}

// loneSurrogate decodes a surrogate at the start of s.
func loneSurrogate(s string) (uint16, bool) {
	if len(s) < 3 || s[0] != 0xed || s[1]&0xe0 != 0xa0 || s[2]&0xc0 != 0x80 {
		return 0, false
	}
	return 0xd000 | uint16(s[1]&0x3f)<<6 | uint16(s[2]&0x3f), true
}

// String returns UTF-16 units as UTF-8. Windows allows unpaired surrogates in
// names; they are written as three bytes (WTF-8), so that different names stay
// different and Units gives back what was read. Such a string is not valid
// UTF-8: escape it before it goes into JSON.
func String(u []uint16) string {
	b := make([]byte, 0, len(u)+len(u)/2)
	for i := 0; i < len(u); i++ {
		c := u[i]
		switch {
		case c < utf8.RuneSelf:
			b = append(b, byte(c))
		case c < surrogateFirst || c >= surrogateEnd:
			b = utf8.AppendRune(b, rune(c))
		case c < surrogateLow && i+1 < len(u) && u[i+1] >= surrogateLow && u[i+1] < surrogateEnd:
			b = utf8.AppendRune(b, utf16.DecodeRune(rune(c), rune(u[i+1])))
			i++
		default:
			b = append(b, 0xe0|byte(c>>12), 0x80|byte(c>>6&0x3f), 0x80|byte(c&0x3f))
		}
	}
	return string(b)
}
