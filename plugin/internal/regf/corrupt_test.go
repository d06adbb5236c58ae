package regf_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
)

// sample is a small hive with every kind of cell, and the places of some.
type sample struct {
	b                          []byte
	root, list, sub, value, db int // offsets of the cells' contents in the file
	security, segmentsList     int
}

func newSample(t testing.TB) sample {
	t.Helper()
	h := emptyHive(t)
	set(t, h, `Sub`, "Value", regf.SZ, regf.StringData("some text"))
	set(t, h, `Sub\Deeper`, "Blob", regf.Binary, bytes.Repeat([]byte("0123456789abcdef"), 1022))
	set(t, h, `Two`, "", regf.DWord, regf.DWordData(7))
	b := write(t, h)
	s := sample{b: b}
	find := func(word string, back int) int {
		i := bytes.Index(b, []byte(word))
		if i < 0 {
			t.Fatalf("no %q in the sample", word)
		}
		return i - back
	}
	s.root, s.sub = find("ROOT", 76), find("Sub", 76)
	s.list, s.value, s.security = find("lh\x02\x00", 0), find("Value", 20), find("sk\x00\x00", 0)
	s.db = find("db\x02\x00", 0)
	s.segmentsList = 4096 + 4 + int(binary.LittleEndian.Uint32(b[s.db+4:]))
	return s
}

func seal(b []byte) {
	var x uint32
	for i := 0; i < 508; i += 4 {
		x ^= binary.LittleEndian.Uint32(b[i:])
	}
	binary.LittleEndian.PutUint32(b[508:], x)
}

type lie struct {
	name string
	edit func(b []byte) []byte
	want error // nil for a *regf.CorruptError
	word string
}

// lies has a line for each way in which a hive can lie.
func (s sample) lies() []lie {
	put := binary.LittleEndian.PutUint32
	off := func(content int) uint32 { return uint32(content - 4 - 4096) }
	return []lie{
		{"empty", func([]byte) []byte { return nil }, regf.ErrNotHive, ""},
		{"text", func([]byte) []byte { return bytes.Repeat([]byte("regedit "), 1000) }, regf.ErrNotHive, ""},
		{"cut in the header", func(b []byte) []byte { return b[:4000] }, regf.ErrNotHive, ""},
		{"version 1.2", func(b []byte) []byte { b[24] = 2; seal(b); return b }, regf.ErrNotHive, "version 1.2"},
		{"version 1.7", func(b []byte) []byte { b[24] = 7; seal(b); return b }, regf.ErrNotHive, "version 1.7"},
		{"a log", func(b []byte) []byte { b[28] = 6; seal(b); return b }, regf.ErrNotHive, "file type 6"},
		{"dirty", func(b []byte) []byte { b[4]++; seal(b); return b }, regf.ErrDirty, "transaction logs"},
		{"checksum", func(b []byte) []byte { b[100]++; return b }, nil, "checksum"},
		{"cut in the bins", func(b []byte) []byte { return b[:len(b)-1] }, nil, "header says"},
		{"size not aligned", func(b []byte) []byte { b[40]++; seal(b); return b }, nil, "header says"},
		{"size zero", func(b []byte) []byte { put(b[40:], 0); seal(b); return b }, nil, "header says"},
		{"root outside", func(b []byte) []byte { put(b[36:], 0xfffffff8); seal(b); return b }, nil, "no allocated cell"},
		{"root not aligned", func(b []byte) []byte { put(b[36:], 0x21); seal(b); return b }, nil, "no allocated cell"},
		{"bin signature", func(b []byte) []byte { b[4096] = 'x'; return b }, nil, "hbin"},
		{"bin offset", func(b []byte) []byte { b[4100] = 8; return b }, nil, "bin says that it is"},
		{"bin size", func(b []byte) []byte { put(b[4104:], 0x7ffff000); return b }, nil, "bin says"},
		{"bin size zero", func(b []byte) []byte { put(b[4104:], 0); return b }, nil, "bin says"},
		{"cell size zero", func(b []byte) []byte { put(b[s.root-4:], 0); return b }, nil, "cell says 0"},
		{"cell size least negative", func(b []byte) []byte { put(b[s.root-4:], 0x80000000); return b }, nil, "cell says"},
		{"cell size odd", func(b []byte) []byte { b[s.root-4]++; return b }, nil, "cell says"},
		{"cell is free", func(b []byte) []byte { put(b[s.sub-4:], -binary.LittleEndian.Uint32(b[s.sub-4:])); return b }, nil, "no allocated cell"},
		{"key signature", func(b []byte) []byte { b[s.sub] = 'x'; return b }, nil, "key signature"},
		{"key name too long", func(b []byte) []byte { b[s.sub+73] = 0xff; return b }, nil, "name of"},
		{"key without name", func(b []byte) []byte { b[s.sub+72] = 0; return b }, nil, "without a name"},
		{"odd UTF-16 name", func(b []byte) []byte { b[s.sub+2] &^= 0x20; return b }, nil, "UTF-16"},
		{"class name nowhere", func(b []byte) []byte { b[s.sub+74] = 8; return b }, nil, "class name"},
		{"security is no such cell", func(b []byte) []byte { b[s.security] = 'x'; return b }, nil, "security"},
		{"security too long", func(b []byte) []byte { put(b[s.security+16:], 0xfffffff0); return b }, nil, "do not fit"},
		{"a key below itself", func(b []byte) []byte { put(b[s.list+4:], off(s.root)); return b }, nil, "used twice"},
		{"a key twice", func(b []byte) []byte { copy(b[s.list+4:s.list+12], b[s.list+12:]); return b }, nil, "used twice"},
		{"subkey count huge", func(b []byte) []byte { put(b[s.root+20:], 0xfffffff0); return b }, nil, "subkeys in a hive"},
		{"subkey count too large", func(b []byte) []byte { b[s.root+20]++; return b }, nil, "its list has 2"},
		{"subkey count too small", func(b []byte) []byte { b[s.root+20]--; return b }, nil, "more than the 1"},
		{"list kind", func(b []byte) []byte { b[s.list] = 'x'; return b }, nil, "known kind"},
		{"list count", func(b []byte) []byte { b[s.list+3] = 0xff; return b }, nil, "entries in"},
		{"list of lists holds itself", func(b []byte) []byte { copy(b[s.list:], "ri"); put(b[s.list+4:], off(s.list)); return b }, nil, "used twice"},
		{"two names alike", func(b []byte) []byte {
			copy(b[s.sub+76:], "tWO")
			copy(b[s.list+8:s.list+12], b[s.list+16:])
			return b
		}, nil, "both called"},
		{"parent", func(b []byte) []byte { put(b[s.sub+16:], off(s.sub)); return b }, nil, "says that its parent"},
		{"another key as root", func(b []byte) []byte { put(b[36:], off(s.sub)); seal(b); return b }, nil, "key flags"},
		{"sum of a name", func(b []byte) []byte { b[s.list+8]++; return b }, nil, "has the sum"},
		{"volatile key", func(b []byte) []byte { b[s.sub+2] |= 1; return b }, nil, "never stored"},
		{"predefined handle without one", func(b []byte) []byte { b[s.sub+2] |= 0x40; return b }, nil, "predefined handle"},
		{"no subkeys but a list", func(b []byte) []byte { put(b[s.root+20:], 0); return b }, nil, "no subkey list, and yet"},
		{"no values but a list", func(b []byte) []byte { put(b[s.sub+36:], 0); return b }, nil, "no value list, and yet"},
		{"no class but a place", func(b []byte) []byte { put(b[s.sub+48:], 8); return b }, nil, "no class name, and yet"},
		{"no descriptor", func(b []byte) []byte { put(b[s.sub+44:], 0xffffffff); return b }, nil, "security descriptor"},
		{"no good descriptor", func(b []byte) []byte { b[s.security+20] = 9; return b }, nil, "security descriptor of"},
		{"value flags", func(b []byte) []byte { b[s.value+16] = 9; return b }, nil, "value flags"},
		{"value name too short", func(b []byte) []byte { b[s.value+2] = 0; return b }, nil, "behind it that are not empty"},
		{"no data but a place", func(b []byte) []byte { put(b[s.value+4:], 0); return b }, nil, "says it has none"},
		{"value count huge", func(b []byte) []byte { put(b[s.sub+36:], 0xfffffff0); return b }, nil, "values in a hive"},
		{"value count too large", func(b []byte) []byte { b[s.sub+36] = 9; return b }, nil, "value list needs"},
		{"value signature", func(b []byte) []byte { b[s.value] = 'x'; return b }, nil, "value signature"},
		{"value name too long", func(b []byte) []byte { b[s.value+3] = 0xff; return b }, nil, "name of"},
		{"inline data too long", func(b []byte) []byte { put(b[s.value+4:], 0x80000005); return b }, nil, "field of 4"},
		{"data too long", func(b []byte) []byte { put(b[s.value+4:], 10000); return b }, nil, "value data of 10000 bytes in a cell of"},
		{"data too long, like segments", func(b []byte) []byte {
			put(b[s.value+4:], 10000)
			data := 4096 + 4 + int(binary.LittleEndian.Uint32(b[s.value+8:]))
			copy(b[data+2:], "\x01\x00")
			return b
		}, nil, "value data of 10000 bytes in a cell of"},
		{"segments before they were", func(b []byte) []byte { b[24] = 3; seal(b); return b }, nil, "in a cell of"},
		{"data nowhere", func(b []byte) []byte { put(b[s.value+8:], 0xffffffff); return b }, nil, "no allocated cell"},
		{"data longer than everything", func(b []byte) []byte { put(b[s.value+4:], 0x7fffffff); return b }, nil, "value data"},
		{"segment count", func(b []byte) []byte { b[s.db+2] = 9; return b }, nil, "9 segments"},
		{"segment twice", func(b []byte) []byte { copy(b[s.segmentsList:s.segmentsList+4], b[s.segmentsList+4:]); return b }, nil, ""},
	}
}

func TestParseRefuses(t *testing.T) {
	s := newSample(t)
	for _, tc := range s.lies() {
		t.Run(tc.name, func(t *testing.T) {
			_, err := regf.Parse(tc.edit(bytes.Clone(s.b)))
			var corrupt *regf.CorruptError
			if tc.want != nil && !errors.Is(err, tc.want) || tc.want == nil && !errors.As(err, &corrupt) {
				t.Fatalf("got error %v of the wrong type", err)
			}
			if !strings.Contains(err.Error(), tc.word) {
				t.Errorf("got error %v, want one with %q", err, tc.word)
			}
		})
	}
}

// TestDepthIsLimited refuses a hive whose keys go deeper than Windows makes them, however well it holds together otherwise.
func TestDepthIsLimited(t *testing.T) {
	for levels, refused := range map[int]bool{511: false, 513: true, 100_000: true} {
		h := emptyHive(t)
		regf.Deepen(h, levels)
		b, err := h.Bytes(epoch)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := regf.Parse(b); (err != nil) != refused || err != nil && !strings.Contains(err.Error(), "deeper") {
			t.Errorf("%d levels: %v", levels, err)
		}
	}
}

// A hive of 2 MB whose only list claims its many cells in every way must not
// cost more than a small multiple of its size.
func TestParseMemoryIsBounded(t *testing.T) {
	h := emptyHive(t)
	set(t, h, "K", "big", regf.Binary, make([]byte, 16000))
	for range 7 {
		set(t, h, "K", strings.Repeat("x", 1+h.Find("K").NumValues()), regf.Binary, make([]byte, 16000*h.Find("K").NumValues()))
	}
	b := write(t, h)
	at := bytes.Index(b, []byte("nk \x00")) // first key without the root's flags
	if at < 0 {
		t.Fatal("no key found")
	}
	for _, field := range []int{20, 36, 72} {
		c := bytes.Clone(b)
		binary.LittleEndian.PutUint32(c[at+field:], uint32(len(b)/9))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := regf.Parse(c)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("field %d: a huge count was accepted", field)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > uint64(len(b)) {
			t.Errorf("field %d: %d bytes were allocated for a hive of %d", field, got, len(b))
		}
	}
}

// checkAny holds what must be true of any bytes: no panic, and what is accepted
// can be written, read and written again without a change.
func checkAny(t *testing.T, b []byte) {
	h, err := regf.Parse(b)
	if err != nil {
		return
	}
	out, err := h.Bytes(epoch)
	if err != nil {
		t.Fatalf("an accepted hive is not written: %v", err)
	}
	if len(out) > 4*len(b)+8192 {
		t.Errorf("%d bytes became %d", len(b), len(out))
	}
	again, err := regf.Parse(out)
	if err != nil {
		t.Fatalf("own bytes are refused: %v", err)
	}
	twice, err := again.Bytes(epoch)
	if err != nil || !bytes.Equal(out, twice) {
		t.Errorf("the second write differs (error %v)", err)
	}
}

func TestRandomDamage(t *testing.T) {
	b := newSample(t).b
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		c := bytes.Clone(b)
		for range 1 + r.IntN(3) {
			at := 4096 + r.IntN(2000)
			c[at] = byte(r.Uint32() >> r.IntN(8))
		}
		checkAny(t, c)
	}
}

// lists makes the subkey lists of a hive, which are lh, into lists of other kinds.
func lists(b []byte, kind string) []byte {
	b = bytes.Clone(b)
	for at := 4096; at < len(b)-8; at++ {
		if at%8 != 4 || string(b[at:at+2]) != "lh" {
			continue
		}
		n := int(binary.LittleEndian.Uint16(b[at+2:]))
		copy(b[at:], kind)
		for i := range n {
			e := b[at+4+8*i:]
			if kind == "li" {
				copy(b[at+4+4*i:], bytes.Clone(e[:4]))
				continue
			}
			name := 4096 + 4 + int(binary.LittleEndian.Uint32(e)) + 76
			copy(e[4:8], b[name:name+4])
			if n := binary.LittleEndian.Uint16(b[name-4:]); n < 4 {
				clear(e[4+n : 8])
			}
		}
	}
	return b
}

func TestListsOfOtherKinds(t *testing.T) {
	b := newSample(t).b
	want := dump(parse(t, b))
	for _, kind := range []string{"lf", "li"} {
		if diff := cmp.Diff(want, dump(parse(t, lists(b, kind)))); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
}

// FuzzParse changes nothing where the header is whole: such inputs test the header. Else it makes the header whole, as the checksum would
// stop nearly every input.
func FuzzParse(f *testing.F) {
	s := newSample(f)
	for _, l := range s.lies() {
		f.Add(l.edit(bytes.Clone(s.b)))
	}
	rich := write(f, richHive(f))
	for _, b := range hostile.Seeds(rich, fields(rich), nil) {
		f.Add(b)
	}
	many := emptyHive(f)
	for i := range 520 { // more than one list holds
		if _, err := many.CreateKey(fmt.Sprint(i), epoch); err != nil {
			f.Fatal(err)
		}
	}
	old := richHive(f)
	regf.SetMinor(old, 3)
	for _, b := range [][]byte{write(f, emptyHive(f)), write(f, many), write(f, old), lists(s.b, "lf"), lists(s.b, "li")} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		hostile.Bounded(t, len(b), 64, 1<<20, func() { _, _ = regf.Parse(b) })
		checkAny(t, b)
		if len(b) >= 4096 && string(b[:4]) == "regf" {
			b = bytes.Clone(b)
			copy(b[8:12], b[4:8])
			seal(b)
			checkAny(t, b)
		}
	})
}
