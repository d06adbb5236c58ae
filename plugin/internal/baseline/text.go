package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxText is the greatest size in bytes of a text file that is read. Real lists and templates have some hundred kilobytes at most.
const MaxText = 16 << 20

// Text decodes a text file as Windows' tools write it: UTF-16 with a byte order mark, or UTF-8 with or without one. Everything else is an
// error that says how to save the file anew: guessing a code page would change names without a word. Line ends become LF.
func Text(b []byte) (string, error) {
	if len(b) > MaxText {
		return "", fmt.Errorf("the file has %d bytes; at most %d are read. Split it", len(b), MaxText)
	}
	var text string
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		s, err := wide(b[2:], func(hi, lo byte) uint16 { return uint16(lo)<<8 | uint16(hi) })
		if err != nil {
			return "", err
		}
		text = s
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		s, err := wide(b[2:], func(hi, lo byte) uint16 { return uint16(hi)<<8 | uint16(lo) })
		if err != nil {
			return "", err
		}
		text = s
	default:
		b = bytes.TrimPrefix(b, []byte{0xef, 0xbb, 0xbf})
		if !utf8.Valid(b) {
			return "", fmt.Errorf("the byte at offset %d is not UTF-8. Save the file as UTF-8, or as Unicode (UTF-16 with a byte order mark)", firstInvalid(b))
		}
		text = string(b)
	}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return "", fmt.Errorf("there is a NUL character at offset %d: this is no text, or UTF-16 without its byte order mark. Save the file as UTF-8", i)
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if before, _, alone := strings.Cut(text, "\r"); alone {
		return "", fmt.Errorf("line %d ends in a carriage return alone: which lines are meant is not clear. Save the file with line ends as Windows or Unix write them", 1+strings.Count(before, "\n"))
	}
	return text, nil
}

func wide(b []byte, unit func(first, second byte) uint16) (string, error) {
	if len(b)%2 != 0 {
		return "", errors.New("UTF-16 has an even number of bytes, and this file an odd one: it is cut off. Export it anew")
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = unit(b[2*i], b[2*i+1])
	}
	runes := utf16.Decode(units)
	for i, r := range runes {
		if r == utf8.RuneError {
			return "", fmt.Errorf("character %d is half of a pair: the file is damaged. Export it anew", i+1)
		}
	}
	return string(runes), nil
}

func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(b)
}
