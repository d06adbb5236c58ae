package regpol_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regpol"
)

const key = `Software\Policies\X`

var one = []byte{1, 0, 0, 0}

func TestMarshalIsTheDocumentedFormat(t *testing.T) {
	f := new(regpol.File)
	if err := f.Set("K", "V", 4, one); err != nil {
		t.Fatal(err)
	}
	// PReg, version 1, then [K\0;V\0;4;4;01000000] in UTF-16LE, numbers as 32 bits ([MS-GPREG] 2.2.1).
	want := "50526567" + "01000000" + "5b00" + "4b000000" + "3b00" + "56000000" + "3b00" + "04000000" + "3b00" + "04000000" + "3b00" + "01000000" + "5d00"
	if got := hex.EncodeToString(f.Marshal()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDeleteIsWhatGpeditWrites(t *testing.T) {
	f := new(regpol.File)
	if err := f.Delete("K", "V"); err != nil {
		t.Fatal(err)
	}
	want := []regpol.Entry{{Key: "K", Name: "**del.V", Type: 1, Data: []byte{' ', 0, 0, 0}}}
	if d := cmp.Diff(want, f.Entries()); d != "" {
		t.Error(d)
	}
}

// pol makes a file from entries by writing its bytes by hand: commands cannot be made through the API.
func pol(t *testing.T, entries ...regpol.Entry) *regpol.File {
	t.Helper()
	b := []byte("PReg\x01\x00\x00\x00")
	wide := func(s string) {
		for _, r := range s {
			b = append(b, byte(r), byte(r>>8))
		}
	}
	for _, e := range entries {
		wide("[" + e.Key + "\x00;" + e.Name + "\x00;")
		b = append(b, byte(e.Type), byte(e.Type>>8), byte(e.Type>>16), byte(e.Type>>24))
		wide(";")
		n := len(e.Data)
		b = append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
		wide(";")
		b = append(b, e.Data...)
		wide("]")
	}
	f, err := regpol.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f.Marshal(), b) {
		t.Fatal("an untouched file changed")
	}
	return f
}

func wide(s string) []byte {
	var b []byte
	for _, r := range s + "\x00" {
		b = append(b, byte(r), byte(r>>8))
	}
	return b
}

func TestLookup(t *testing.T) {
	set := regpol.Entry{Key: key, Name: "Name", Type: 4, Data: one}
	command := func(k, name string, data []byte) regpol.Entry {
		return regpol.Entry{Key: k, Name: name, Type: 1, Data: data}
	}
	tests := map[string]struct {
		entries []regpol.Entry
		want    regpol.State
	}{
		"nothing":                    {nil, regpol.Absent},
		"set":                        {[]regpol.Entry{set}, regpol.Set},
		"set under another name":     {[]regpol.Entry{{Key: key, Name: "Name2", Type: 4, Data: one}}, regpol.Absent},
		"set below another key":      {[]regpol.Entry{{Key: key + `\Y`, Name: "Name", Type: 4, Data: one}}, regpol.Absent},
		"deleted":                    {[]regpol.Entry{command(key, "**Del.NAME", nil)}, regpol.Deleted},
		"set, then deleted":          {[]regpol.Entry{set, command(key, "**del.Name", nil)}, regpol.Deleted},
		"deleted, then set":          {[]regpol.Entry{command(key, "**del.Name", nil), set}, regpol.Set},
		"all values deleted":         {[]regpol.Entry{set, command(key, "**delvals.", nil)}, regpol.Deleted},
		"all values, no dot":         {[]regpol.Entry{set, command(key, "**DelVals", nil)}, regpol.Deleted},
		"another key's values":       {[]regpol.Entry{set, command(key+`\Y`, "**delvals.", nil)}, regpol.Set},
		"listed among values":        {[]regpol.Entry{set, command(key, "**DeleteValues", wide("A;name;B"))}, regpol.Deleted},
		"not listed among values":    {[]regpol.Entry{set, command(key, "**DeleteValues", wide("A;B"))}, regpol.Set},
		"key deleted":                {[]regpol.Entry{set, command(`Software\Policies`, "**DeleteKeys", wide("Y;x"))}, regpol.Deleted},
		"key above deleted":          {[]regpol.Entry{set, command(`Software`, "**DeleteKeys", wide("policies"))}, regpol.Deleted},
		"other key deleted":          {[]regpol.Entry{set, command(`Software\Policies`, "**DeleteKeys", wide("X2"))}, regpol.Set},
		"soft promises nothing":      {[]regpol.Entry{{Key: key, Name: "**soft.Name", Type: 4, Data: one}}, regpol.Absent},
		"secure key is no value":     {[]regpol.Entry{set, command(key, "**SecureKey", one)}, regpol.Set},
		"value named like a command": {[]regpol.Entry{set, command(key, "**Comment:x", nil)}, regpol.Set},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e, got := pol(t, tt.entries...).Lookup(strings.ToUpper(key), "nAME")
			if got != tt.want {
				t.Errorf("state %v, want %v", got, tt.want)
			}
			if (got == regpol.Set) != (e.Type == 4) {
				t.Errorf("entry %v for state %v", e, got)
			}
		})
	}
}

func TestSetAfterEveryCommandIsSet(t *testing.T) {
	commands := [][]regpol.Entry{
		nil,
		{{Key: key, Name: "Name", Type: 1, Data: wide("old")}},
		{{Key: key, Name: "Name", Type: 1, Data: wide("old")}, {Key: key, Name: "name", Type: 1, Data: wide("older")}},
		{{Key: key, Name: "**del.Name", Type: 1}},
		{{Key: key, Name: "Name", Type: 1, Data: wide("old")}, {Key: key, Name: "**delvals.", Type: 1}},
		{{Key: `Software`, Name: "**DeleteKeys", Type: 1, Data: wide("Policies")}},
	}
	for _, entries := range commands {
		f := pol(t, entries...)
		if err := f.Set(key, "Name", 4, one); err != nil {
			t.Fatal(err)
		}
		if e, s := f.Lookup(key, "Name"); s != regpol.Set || !bytes.Equal(e.Data, one) {
			t.Errorf("after %v: set gives %v %v", entries, s, e)
		}
		again, err := regpol.Parse(f.Marshal())
		if err != nil {
			t.Fatal(err)
		}
		before := again.Marshal()
		if err := again.Set(key, "NAME", 4, one); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, again.Marshal()) {
			t.Errorf("after %v: setting the same again changed the file", entries)
		}
		if err := f.Delete(key, "Name"); err != nil {
			t.Fatal(err)
		}
		if _, s := f.Lookup(key, "Name"); s != regpol.Deleted {
			t.Errorf("after %v: delete gives %v", entries, s)
		}
	}
}

func TestEditsKeepTheRestInPlace(t *testing.T) {
	other := regpol.Entry{Key: "Z", Name: "**SecureKey", Type: 4, Data: one}
	f := pol(t, regpol.Entry{Key: key, Name: "b", Type: 4, Data: one}, other, regpol.Entry{Key: "A", Name: "a", Type: 3, Data: []byte{9}})
	two := []byte{2, 0, 0, 0}
	if err := f.Set(strings.ToUpper(key), "B", 4, two); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete("A", "x"); err != nil {
		t.Fatal(err)
	}
	want := []regpol.Entry{{Key: key, Name: "b", Type: 4, Data: two}, other, {Key: "A", Name: "a", Type: 3, Data: []byte{9}},
		{Key: "A", Name: "**del.x", Type: 1, Data: []byte{' ', 0, 0, 0}}}
	if d := cmp.Diff(want, f.Entries()); d != "" {
		t.Error(d)
	}
}

func TestOrderOfEditsLeavesNoTrace(t *testing.T) {
	names := []string{"a", "B", "c", "D", "e", "f"}
	build := func(order []int) []byte {
		f := pol(t, regpol.Entry{Key: "Old", Name: "x", Type: 4, Data: one})
		for _, i := range order {
			var err error
			if i%2 == 0 {
				err = f.Set(key, names[i], 4, one)
			} else {
				err = f.Delete(key, names[i])
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		return f.Marshal()
	}
	want := build([]int{0, 1, 2, 3, 4, 5})
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		if order := random.Perm(len(names)); !bytes.Equal(build(order), want) {
			t.Fatalf("order %v gives other bytes", order)
		}
	}
}

func TestRefusedPlaces(t *testing.T) {
	for _, tt := range []struct{ key, name string }{
		{`HKLM\Software`, "x"}, {`hkey_current_user\Software`, "x"}, {`\Software`, "x"}, {`Software\`, "x"}, {"", "x"},
		{"K", ""}, {"K", "**del.x"}, {"K", "a\x00b"}, {"K\x00", "a"}, {"K", "å"}, {"å", "a"}, {"K", strings.Repeat("a", 260)},
	} {
		f := new(regpol.File)
		if err := f.Set(tt.key, tt.name, 4, one); err == nil {
			t.Errorf("set %q!%q was accepted", tt.key, tt.name)
		}
		if err := f.Delete(tt.key, tt.name); err == nil {
			t.Errorf("delete %q!%q was accepted", tt.key, tt.name)
		}
	}
	for _, n := range []uint32{0, 6, 8, 9, 10, 12} {
		if err := new(regpol.File).Set("K", "V", n, nil); err == nil {
			t.Errorf("type %d was accepted", n)
		}
	}
	if err := new(regpol.File).Set("K", "V", 3, make([]byte, regpol.MaxData+1)); err == nil {
		t.Error("too much data was accepted")
	}
}

func TestEveryTruncationIsASyntaxError(t *testing.T) {
	f := new(regpol.File)
	for _, n := range []string{"a", "b"} {
		if err := f.Set(key, n, 4, one); err != nil {
			t.Fatal(err)
		}
	}
	whole := f.Marshal()
	valid := 0
	for n := 1; n < len(whole); n++ {
		_, err := regpol.Parse(whole[:n])
		if syntax, ok := errors.AsType[*regpol.SyntaxError](err); ok {
			if syntax.Offset > n {
				t.Errorf("cut at %d: offset %d lies outside", n, syntax.Offset)
			}
			continue
		}
		if err != nil {
			t.Errorf("cut at %d: %v is no syntax error", n, err)
		}
		valid++
	}
	if valid != 2 { // after the header and after the first entry
		t.Errorf("%d truncations were accepted, want 2", valid)
	}
}

func FuzzParse(f *testing.F) {
	file := new(regpol.File)
	if err := file.Set(key, "Name", 4, one); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Marshal())
	f.Add([]byte("PReg\x01\x00\x00\x00[\x00K\x00\x00\x00;\x00\x00\xd8\x00\x00;\x00\x01\x00\x00\x00;\x00\xff\xff\xff\xff;\x00"))
	f.Add([]byte{})
	for i := range len(file.Marshal()) { // cut off at each byte, and each byte another
		f.Add(file.Marshal()[:i])
		other := file.Marshal()
		other[i] ^= 0xff
		f.Add(other)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		hostile.Bounded(t, len(b), 64, 1<<20, func() { _, _ = regpol.Parse(b) })
		p, err := regpol.Parse(b)
		if err != nil {
			if _, ok := errors.AsType[*regpol.SyntaxError](err); !ok {
				t.Fatalf("%v is no syntax error", err)
			}
			if !strings.Contains(err.Error(), "at byte") {
				t.Fatalf("%v names no place", err)
			}
			return
		}
		if len(b) > 0 && !bytes.Equal(p.Marshal(), b) {
			t.Fatal("an untouched file changed")
		}
		if err := p.Set(key, "Name", 4, one); err != nil {
			t.Fatal(err)
		}
		if _, s := p.Lookup(key, "Name"); s != regpol.Set {
			t.Fatalf("set gives %v", s)
		}
	})
}

func TestNames(t *testing.T) {
	entry := func(k, name string) regpol.Entry { return regpol.Entry{Key: k, Name: name, Type: 4, Data: one} }
	f := pol(t, entry(key, "Name"), entry(key, "**soft.Soft"), entry(key, "name2"), entry(key, "NAME"), entry(key+`\Sub\Deep`, "x"), entry(key+`\SUB`, "y"),
		entry(key+"2", "Other"), entry(key, "Gone"), regpol.Entry{Key: key, Name: "**del.Gone", Type: 1}, regpol.Entry{Key: key + `\Emptied`, Name: "**delvals.", Type: 1})
	values, keys := f.Names(strings.ToUpper(key))
	if d := cmp.Diff([][]string{{"Name", "Soft", "name2"}, {"Sub"}}, [][]string{values, keys}); d != "" {
		t.Error(d)
	}
	if values, keys := pol(t).Names(key); len(values)+len(keys) > 0 {
		t.Error(values, keys)
	}
}
