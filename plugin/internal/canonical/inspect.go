package canonical

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how deep objects and lists may be nested. Ours need about ten.
const MaxDepth = 256

// maxInteger is 2^53: up to here every integer has a double of its own.
const maxInteger = 1 << 53

// wellFormed checks syntax, so that inspect only has to look at values.
func wellFormed(raw []byte) error {
	if json.Valid(raw) {
		return nil
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil { // tells where
		return err
	}
	return errors.New("no valid JSON")
}

// inspect refuses well-formed JSON text whose canonical form would say something else than the text.
func inspect(raw []byte) error {
	in := inspector{text: raw}
	return in.value()
}

// inspector walks over valid JSON and keeps the path for messages.
type inspector struct {
	text  []byte
	at    int
	path  []step
	names [][]byte // of all objects that stand open, the innermost one's last
}

// step is a member's name as it is written or, where name is nil, an element's number.
type step struct {
	name  []byte
	index int
}

func (in *inspector) value() error {
	if len(in.path) > MaxDepth {
		return in.fail("is nested deeper than %d", MaxDepth)
	}
	switch in.next() {
	case '{':
		return in.object()
	case '[':
		return in.list()
	case '"':
		_, err := in.text8()
		return err
	case 't', 'n':
		in.at += 4
	case 'f':
		in.at += 5
	default:
		return in.number()
	}
	return nil
}

func (in *inspector) object() error {
	outer := len(in.names)
	in.at++
	for in.next() != '}' {
		if in.text[in.at] == ',' {
			in.at++
			in.next()
		}
		name, err := in.text8()
		if err != nil {
			return err
		}
		in.path = append(in.path, step{name: name})
		in.names = append(in.names, name)
		in.next()
		in.at++ // the colon
		if err := in.value(); err != nil {
			return err
		}
		in.path = in.path[:len(in.path)-1]
	}
	in.at++
	names := in.names[outer:]
	slices.SortFunc(names, bytes.Compare)
	for i, name := range names {
		if i > 0 && bytes.Equal(names[i-1], name) {
			in.path = append(in.path, step{name: name})
			return in.fail("stands there twice")
		}
	}
	in.names = in.names[:outer]
	return nil
}

func (in *inspector) list() error {
	in.at++
	for i := 0; in.next() != ']'; i++ {
		if in.text[in.at] == ',' {
			in.at++
		}
		in.path = append(in.path, step{index: i})
		if err := in.value(); err != nil {
			return err
		}
		in.path = in.path[:len(in.path)-1]
	}
	in.at++
	return nil
}

func (in *inspector) number() error {
	start := in.at
	for in.at < len(in.text) && strings.IndexByte("+-.eE0123456789", in.text[in.at]) >= 0 {
		in.at++
	}
	token := string(in.text[start:in.at])
	if token == "-0" || strings.ContainsAny(token, ".eE") {
		return in.fail("is the number %s: floats are refused, write a string", shorten(token))
	}
	n, err := strconv.ParseInt(token, 10, 64)
	if err != nil || n > maxInteger || n < -maxInteger {
		return in.fail("is the integer %s, beyond ±2^53: write it as a string", shorten(token))
	}
	return nil
}

// text8 passes over a string and returns it as it is written, without its quotes; that is enough to name a member and, escapes being
// rare in names, to find most that stand twice. jcs finds the rest.
func (in *inspector) text8() ([]byte, error) {
	in.at++
	start := in.at
	for {
		switch c := in.text[in.at]; {
		case c == '"':
			in.at++
			return in.text[start : in.at-1 : in.at-1], nil
		case c == '\\':
			if err := in.escape(); err != nil {
				return nil, err
			}
		case c < utf8.RuneSelf:
			in.at++
		default:
			r, size := utf8.DecodeRune(in.text[in.at:])
			if r == utf8.RuneError && size == 1 {
				return nil, in.fail("holds invalid UTF-8 (byte 0x%02x)", c)
			}
			in.at += size
		}
	}
}

// escape passes over one escape, or over both halves of a surrogate pair. The escape of U+FFFD is refused: encoding/json writes it for
// invalid UTF-8 and for nothing else (the character itself is written as it is).
func (in *inspector) escape() error {
	if in.text[in.at+1] != 'u' {
		in.at += 2
		return nil
	}
	unit := in.unit()
	in.at += 6
	switch {
	case unit == 0xfffd:
		return in.fail("holds invalid UTF-8, which would become U+FFFD")
	case unit < 0xd800 || unit > 0xdfff:
		return nil
	case unit < 0xdc00 && in.text[in.at] == '\\' && in.text[in.at+1] == 'u':
		if low := in.unit(); low >= 0xdc00 && low <= 0xdfff {
			in.at += 6
			return nil
		}
	}
	return in.fail("holds the unpaired surrogate U+%04X: escape such text in a way of its own", unit)
}

// unit reads the four hex digits of the \u escape at the current place; the syntax has been checked.
func (in *inspector) unit() uint64 {
	n, err := strconv.ParseUint(string(in.text[in.at+2:in.at+6]), 16, 16)
	if err != nil {
		return 0xfffd
	}
	return n
}

// next passes over white space and returns the byte after it.
func (in *inspector) next() byte {
	for in.at < len(in.text) {
		switch c := in.text[in.at]; c {
		case ' ', '\t', '\n', '\r':
			in.at++
		default:
			return c
		}
	}
	return 0
}

func (in *inspector) fail(format string, args ...any) error {
	var sb strings.Builder
	sb.WriteByte('$')
	for _, s := range in.path {
		if s.name == nil {
			fmt.Fprintf(&sb, "[%d]", s.index)
			continue
		}
		sb.WriteByte('.')
		sb.WriteString(shorten(string(s.name)))
	}
	return fmt.Errorf("%s %s", sb.String(), fmt.Sprintf(format, args...))
}

// shorten keeps foreign input from flooding a message.
func shorten(s string) string {
	if len(s) <= 64 {
		return s
	}
	return strings.ToValidUTF8(s[:64], "") + "..."
}
