package chain_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// regValue is a value of the registry as both sides write it: the type's number, and its bytes.
type regValue struct {
	kind uint32
	data []byte
}

// regKeys are values by key and name; "" is the unnamed one. Keys that have no values are there too.
type regKeys map[string]map[string]regValue

func (k regKeys) key(name string) map[string]regValue {
	if k[name] == nil {
		k[name] = map[string]regValue{}
	}
	return k[name]
}

// readWine reads the text in which Wine's server keeps the registry (server/registry.c of Wine 8: dump_strW, dump_value). Links are left out: what
// they point to is there by itself.
func readWine(text string) (regKeys, error) {
	keys := regKeys{}
	var at string
	text = strings.ReplaceAll(text, ",\\\n  ", ",")
	for n, line := range strings.Split(text, "\n") {
		fail := func(err error) error { return fmt.Errorf("line %d: %w: %.80q", n+1, err, line) }
		switch {
		case strings.HasPrefix(line, "["):
			name, _, err := unescape(line[1:], ']')
			if err != nil {
				return nil, fail(err)
			}
			at = name
			keys.key(at)
		case strings.HasPrefix(line, "#link"):
			delete(keys, at)
			at = ""
		case at == "":
		case strings.HasPrefix(line, "@="), strings.HasPrefix(line, `"`):
			name, rest := "", line[1:]
			if line[0] == '"' {
				var err error
				if name, rest, err = unescape(rest, '"'); err != nil {
					return nil, fail(err)
				}
			}
			v, err := wineValue(strings.TrimPrefix(rest, "="))
			if err != nil {
				return nil, fail(err)
			}
			keys[at][name] = v
		}
	}
	return keys, nil
}

// unescape reads up to the character that ends a name, and returns what follows it.
func unescape(s string, end byte) (text, rest string, err error) {
	var units []uint16
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == end:
			return string(utf16.Decode(units)), s[i+1:], nil
		case c != '\\':
			units = append(units, uint16(c))
		default:
			if i++; i == len(s) {
				return "", "", fmt.Errorf("an escape without an end")
			}
			u, n, err := escape(s[i:])
			if err != nil {
				return "", "", err
			}
			units = append(units, u)
			i += n - 1
		}
	}
	return "", "", fmt.Errorf("no %q at the end", end)
}

// escape reads what follows a backslash: \x and up to four hexadecimal digits, up to three octal ones, a letter of C's, or the character itself.
func escape(s string) (unit uint16, length int, err error) {
	if i := strings.IndexByte("abtnvfre", s[0]); i >= 0 {
		return uint16("\a\b\t\n\v\f\r\x1b"[i]), 1, nil
	}
	digits, base, most, skip := "01234567", 8, 3, 0
	if s[0] == 'x' {
		digits, base, most, skip = "0123456789abcdefABCDEF", 16, 4, 1
	}
	n := skip
	for n < len(s) && n < skip+most && strings.IndexByte(digits, s[n]) >= 0 {
		n++
	}
	if n == skip {
		return uint16(s[0]), 1, nil
	}
	u, err := strconv.ParseUint(s[skip:n], base, 16)
	return uint16(u), n, err
}

// wineValue reads what stands behind the equals sign.
func wineValue(s string) (regValue, error) {
	kind, rest := uint32(1), s
	if strings.HasPrefix(s, "str(") || strings.HasPrefix(s, "hex(") {
		number, after, ok := strings.Cut(s[4:], "):")
		n, err := strconv.ParseUint(number, 16, 32)
		if err != nil || !ok {
			return regValue{}, fmt.Errorf("a type that is no number")
		}
		kind, rest = uint32(n), after
	}
	switch {
	case strings.HasPrefix(rest, `"`):
		text, _, err := unescape(rest[1:], '"')
		var data []byte
		for _, u := range append(utf16.Encode([]rune(text)), 0) {
			data = binary.LittleEndian.AppendUint16(data, u)
		}
		return regValue{kind, data}, err
	case strings.HasPrefix(s, "dword:"):
		n, err := strconv.ParseUint(s[6:], 16, 32)
		return regValue{4, binary.LittleEndian.AppendUint32(nil, uint32(n))}, err
	case strings.HasPrefix(s, "hex:"):
		kind, rest = 3, s[4:]
	case !strings.HasPrefix(s, "hex("):
		return regValue{}, fmt.Errorf("a form that is not known")
	}
	data, err := hex.DecodeString(strings.ReplaceAll(rest, ",", ""))
	return regValue{kind, data}, err
}

// readExport reads what hivexregedit --export writes.
func readExport(text string) (regKeys, error) {
	keys := regKeys{}
	var at string
	for n, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "["):
			at = strings.TrimSuffix(line[1:], "]")
			keys.key(at)
		case strings.HasPrefix(line, "@="), strings.HasPrefix(line, `"`):
			name, rest := "", line[1:]
			if line[0] == '"' {
				end := strings.LastIndex(line, `"=`)
				name, rest = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(line[1:end]), line[end+1:]
			}
			v, err := wineValue(strings.TrimPrefix(rest, "="))
			if err != nil {
				return nil, fmt.Errorf("line %d: %w: %.80q", n+1, err, line)
			}
			keys[at][name] = v
		}
	}
	return keys, nil
}

// line writes a value as regedit and hivexregedit read it.
func (v regValue) line(name string) string {
	var b strings.Builder
	if name == "" {
		b.WriteString("@")
	} else {
		fmt.Fprintf(&b, `"%s"`, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name))
	}
	fmt.Fprintf(&b, "=hex(%x):", v.kind)
	for i, c := range v.data {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%02x", c)
	}
	return b.String()
}

func TestWineText(t *testing.T) {
	keys, err := readWine("WINE REGISTRY Version 2\n;; c\n\n#arch=win64\n\n[Software\\\\A \\[b\\]] 1795443712\n#time=1d\n@=\"x\\\\y\\\"\\x00e5\"\n\"n\\\\m\"=str(7):\"a\\0b\\0\"\n" +
		"\"d\"=dword:0000000a\n\"h\"=hex:01,02,\\\n  03\n\"q\"=hex(b):ff\n\n[Link] 1\n#link\n\"SymbolicLinkValue\"=hex(6):00\n")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"": "@=hex(1):78,00,5c,00,79,00,22,00,e5,00,00,00", `n\m`: `"n\\m"=hex(7):61,00,00,00,62,00,00,00,00,00`, "d": `"d"=hex(4):0a,00,00,00`,
		"h": `"h"=hex(3):01,02,03`, "q": `"q"=hex(b):ff`,
	}
	got := keys[`Software\A [b]`]
	if len(keys) != 1 || len(got) != len(want) {
		t.Fatalf("%d keys, %d values", len(keys), len(got))
	}
	for name, line := range want {
		if got[name].line(name) != line {
			t.Errorf("%q: %s, want %s", name, got[name].line(name), line)
		}
	}
	for _, bad := range []string{"[no end", "[k] 1\n\"v\"=what", "[k] 1\n\"v\"=hex:0", "[k] 1\n\"v=1", "[k] 1\n\"v\"=str(z):\"\"", `[k\`} {
		if _, err := readWine(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
