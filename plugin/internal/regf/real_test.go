package regf_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
)

func TestRealHivesRoundTrip(t *testing.T) {
	for _, name := range realHives {
		t.Run(name, func(t *testing.T) {
			in := realHive(t, name)
			h := parse(t, in)
			before := dump(h)
			if len(before) < 100 {
				t.Fatalf("only %d keys and values were read", len(before))
			}
			out := write(t, h)
			if !bytes.Equal(out, write(t, h)) {
				t.Error("two writes of one hive differ")
			}
			again := parse(t, out)
			if diff := cmp.Diff(before, dump(again)); diff != "" {
				t.Errorf("content changed (-before +after):\n%.2000s", diff)
			}
			other, err := again.Bytes(epoch + 1)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out, other) {
				t.Error("writing what was written gives other bytes")
			}
			checkHeaderKept(t, in, out)
			f := newFile(out)
			if problem := newFile(in).compareLists(f); problem != "" {
				t.Error(problem)
			}
			f.checkSecurity(t)
		})
	}
}

// checkHeaderKept compares all of the header but the root's offset, the size of
// the bins and the checksum.
func checkHeaderKept(t *testing.T, in, out []byte) {
	t.Helper()
	a, b := bytes.Clone(in[:4096]), bytes.Clone(out[:4096])
	for _, h := range [][]byte{a, b} {
		clear(h[36:44])
		clear(h[508:512])
	}
	if !bytes.Equal(a, b) {
		t.Error("header changed beyond root offset, size and checksum")
	}
}

func TestDirtyHiveIsRefused(t *testing.T) {
	_, err := regf.Parse(realHive(t, "SECURITY"))
	if !errors.Is(err, regf.ErrDirty) {
		t.Fatalf("got error %v, want ErrDirty", err)
	}
	if !containsAll(err.Error(), ".LOG1", "capture again") {
		t.Errorf("message lacks the way out: %v", err)
	}
}

// Edits leave every other key alone: time, class, descriptor and values.
func TestEditRealHive(t *testing.T) {
	h := parse(t, realHive(t, "SYSTEM"))
	before := dump(h)
	const service = `ControlSet001\services\WmClient` // as the hive spells it
	set(t, h, `ControlSet001\Control\Lsa`, "LmCompatibilityLevel", regf.DWord, regf.DWordData(5))
	set(t, h, service+`\Parameters`, "Blob", regf.Binary, bytes.Repeat([]byte{1, 2, 3, 4, 5}, 20000))
	after := dump(parse(t, write(t, h)))

	changed := map[string]bool{}
	for k := range maps.Keys(before) {
		if before[k] != after[k] {
			changed[k] = true
		}
	}
	for k := range maps.Keys(after) {
		if _, ok := before[k]; !ok {
			changed[k] = true
		}
	}
	lsa := h.Find(`ControlSet001\Control\Lsa`)
	i := slices.IndexFunc(slices.Collect(lsa.Values()), func(v regf.Value) bool { return v.Name == "LmCompatibilityLevel" })
	want := map[string]bool{
		`\ControlSet001\Control\Lsa`: true, fmt.Sprintf(`\ControlSet001\Control\Lsa!%d`, i): true,
		`\ControlSet001\services`:       true,
		`\` + service:                   true,
		`\` + service + `\Parameters`:   true,
		`\` + service + `\Parameters!0`: true,
	}
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Errorf("other things changed than were edited (-want +got):\n%s", diff)
	}
}

// file reads hives in a way of its own, as far as lists and maxima need it, to
// compare what Windows wrote with what we write.
type file struct {
	b    []byte
	uses map[uint32]uint32 // how many keys use a descriptor, by its offset
}

func newFile(b []byte) file { return file{b, map[uint32]uint32{}} }

func (f file) cell(off uint32) []byte { return f.b[4096+4+int(off):] }

func (f file) u32(off uint32, at int) uint32 { return binary.LittleEndian.Uint32(f.cell(off)[at:]) }

// facts of one key: what Windows computes from its content.
type facts struct {
	Kind   string // lf or lh
	Hashes []uint32
	Flags  [3]uint32 // key flags, access bits, user flags
	Maxima [4]uint32
}

// compareLists compares flags, list kinds and hashes of all keys, and answers
// with the first difference. It fills in the uses of both.
func (f file) compareLists(o file) string {
	a, b := map[string]facts{}, map[string]facts{}
	f.collect(binary.LittleEndian.Uint32(f.b[36:]), "", a)
	o.collect(binary.LittleEndian.Uint32(o.b[36:]), "", b)
	hashed := 0
	for path, x := range a {
		y := b[path]
		hashed += len(x.Hashes)
		if x.Kind != y.Kind || x.Flags != y.Flags || !slices.Equal(x.Hashes, y.Hashes) {
			return "flags or subkey list differs at " + path + ": " + cmp.Diff(x, y)
		}
		// Windows never shrinks its maxima, so they are upper bounds only.
		for i := range x.Maxima {
			if y.Maxima[i] > x.Maxima[i] {
				return "maxima differ at " + path + ": " + cmp.Diff(x, y)
			}
		}
	}
	if hashed == 0 {
		return "no subkey list was compared"
	}
	return ""
}

// checkSecurity follows the ring of descriptors both ways and compares each
// count with the number of keys that use it.
func (f file) checkSecurity(t *testing.T) {
	t.Helper()
	seen := map[string]bool{}
	start := f.u32(binary.LittleEndian.Uint32(f.b[36:]), 44)
	at := start
	for range len(f.uses) {
		if got := f.u32(at, 12); got != f.uses[at] {
			t.Errorf("descriptor at %#x is counted %d times, %d keys use it", at, got, f.uses[at])
		}
		next := f.u32(at, 4)
		if f.u32(next, 8) != at {
			t.Errorf("ring of descriptors is broken after %#x", at)
		}
		data := string(f.cell(at)[20 : 20+f.u32(at, 16)])
		if seen[data] {
			t.Errorf("descriptor at %#x is there twice", at)
		}
		seen[data] = true
		at = next
	}
	if at != start || len(f.uses) < 2 {
		t.Errorf("ring does not close after %d descriptors", len(f.uses))
	}
}

func (f file) collect(off uint32, path string, into map[string]facts) {
	var x facts
	x.Maxima = [4]uint32{f.u32(off, 52) & 0xffff, f.u32(off, 56), f.u32(off, 60), f.u32(off, 64)}
	x.Flags = [3]uint32{f.u32(off, 0) >> 16, f.u32(off, 12), f.u32(off, 52) >> 16}
	if sk := f.u32(off, 44); f.uses != nil {
		f.uses[sk]++
	}
	var subs []uint32
	if f.u32(off, 20) > 0 {
		subs = f.list(f.u32(off, 28), &x)
	}
	into[path] = x
	for _, s := range subs {
		n := binary.LittleEndian.Uint16(f.cell(s)[72:])
		f.collect(s, path+"\\"+string(f.cell(s)[76:76+n]), into)
	}
}

func (f file) list(off uint32, x *facts) (subs []uint32) {
	c := f.cell(off)
	n := int(binary.LittleEndian.Uint16(c[2:]))
	kind := string(c[:2])
	for i := range n {
		if kind == "ri" {
			subs = append(subs, f.list(f.u32(off, 4+4*i), x)...)
			continue
		}
		x.Kind = kind
		subs = append(subs, f.u32(off, 4+8*i))
		x.Hashes = append(x.Hashes, f.u32(off, 8+8*i))
	}
	return subs
}
