package referee

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf16"
)

// entry is one instruction of a Registry.pol: [key;value;type;size;data], after Microsoft's "Registry Policy File Format".
type entry struct {
	Key, Value string
	Type       uint32
	Data       string // hex
}

// readPol reads a Registry.pol. It is written from the published format for this test alone and knows no more than that.
func readPol(t *testing.T, b []byte) []entry {
	t.Helper()
	if len(b) < 8 || string(b[:4]) != "PReg" || binary.LittleEndian.Uint32(b[4:]) != 1 {
		t.Fatalf("no Registry.pol: %x", b[:min(8, len(b))])
	}
	b = b[8:]
	mark := func(c byte) {
		t.Helper()
		if len(b) < 2 || b[0] != c || b[1] != 0 {
			t.Fatalf("%d bytes before the end of Registry.pol %q is missing", len(b), c)
		}
		b = b[2:]
	}
	text := func() string {
		t.Helper()
		var units []uint16
		for len(b) >= 2 {
			u := binary.LittleEndian.Uint16(b)
			b = b[2:]
			if u == 0 {
				return string(utf16.Decode(units))
			}
			units = append(units, u)
		}
		t.Fatal("a text of Registry.pol does not end")
		return ""
	}
	number := func() uint32 {
		t.Helper()
		if len(b) < 4 {
			t.Fatal("Registry.pol ends in a number")
		}
		n := binary.LittleEndian.Uint32(b)
		b = b[4:]
		return n
	}
	var out []entry
	for len(b) > 0 {
		var e entry
		mark('[')
		e.Key = text()
		mark(';')
		e.Value = text()
		mark(';')
		e.Type = number()
		mark(';')
		size := number()
		mark(';')
		if uint32(len(b)) < size {
			t.Fatalf("the data of %s!%s is longer than the file", e.Key, e.Value)
		}
		e.Data, b = hex.EncodeToString(b[:size]), b[size:]
		mark(']')
		out = append(out, e)
	}
	return out
}

// writePol is readPol's other direction, for flips.
func writePol(t *testing.T, entries []entry) []byte {
	t.Helper()
	b := []byte("PReg\x01\x00\x00\x00")
	text := func(s string) {
		for _, u := range append(utf16.Encode([]rune(s)), 0) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
	}
	for _, e := range entries {
		data, err := hex.DecodeString(e.Data)
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, '[', 0)
		text(e.Key)
		b = append(b, ';', 0)
		text(e.Value)
		b = append(b, ';', 0)
		b = binary.LittleEndian.AppendUint32(b, e.Type)
		b = append(b, ';', 0)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
		b = append(b, ';', 0)
		b = append(append(b, data...), ']', 0)
	}
	return b
}

// policyEntry is what an op asks of Registry.pol.
func policyEntry(t *testing.T, o op) entry {
	t.Helper()
	_, short, ok := strings.Cut(o.Key, `\`)
	if !ok {
		t.Fatalf("the policy key %q has no root", o.Key)
	}
	if o.Action == "policy-delete" {
		return entry{short, "**del." + o.Name, 1, "20000000"} // a REG_SZ of one space, as gpedit writes it
	}
	v := o.value(t)
	return entry{short, o.Name, v.Type, v.Data}
}

func (e entry) same(other entry) bool {
	return strings.EqualFold(e.Key, other.Key) && strings.EqualFold(e.Value, other.Value)
}
