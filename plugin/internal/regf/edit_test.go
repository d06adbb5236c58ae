package regf_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

const later = epoch + 10_000_000

func TestNewHive(t *testing.T) {
	h := parse(t, write(t, emptyHive(t)))
	if h.Minor() != 5 || h.Root().NumSubkeys() != 0 || h.Root().NumValues() != 0 || h.Root().LastWrite() != epoch {
		t.Errorf("empty hive came back as minor %d, %d keys, %d values, time %d",
			h.Minor(), h.Root().NumSubkeys(), h.Root().NumValues(), h.Root().LastWrite())
	}
	if _, err := regf.New("x", []byte("junk"), epoch); err == nil {
		t.Error("a malformed descriptor was accepted")
	}
}

func TestSetValue(t *testing.T) {
	h := emptyHive(t)
	set(t, h, `Policies\Microsoft`, "On", regf.DWord, regf.DWordData(1))
	h = parse(t, write(t, h))

	steps := []struct {
		name, path, value string
		typ               regf.ValueType
		data              []byte
		changed           bool
		times             string // which of root, Policies, Microsoft were written later
	}{
		{"the same again", `policies\MICROSOFT`, "oN", regf.DWord, regf.DWordData(1), false, ""},
		{"another type", `Policies\Microsoft`, "On", regf.Binary, regf.DWordData(1), true, "Microsoft"},
		{"a new value above", `Policies`, "", regf.SZ, regf.StringData("x"), true, "Policies Microsoft"},
		{"a new key in the root", `Other`, "v", regf.None, nil, true, "root Policies Microsoft"},
		{"the empty value again", `Other`, "v", regf.None, []byte{}, false, "root Policies Microsoft"},
	}
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			changed, err := h.SetValue(s.path, s.value, s.typ, s.data, later)
			if err != nil {
				t.Fatal(err)
			}
			if changed != s.changed {
				t.Errorf("changed is %t, want %t", changed, s.changed)
			}
			var times []string
			for _, k := range []struct{ word, path string }{{"root", ""}, {"Policies", "Policies"}, {"Microsoft", `Policies\Microsoft`}} {
				if h.Find(k.path).LastWrite() == later {
					times = append(times, k.word)
				}
			}
			if got := strings.Join(times, " "); got != s.times {
				t.Errorf("written later: %q, want %q", got, s.times)
			}
			v, ok := h.Find(s.path).Value(s.value)
			if !ok || v.Type != s.typ || !bytes.Equal(v.Data, s.data) {
				t.Errorf("value is %v, %v, %x", ok, v.Type, v.Data)
			}
		})
	}
	if v, _ := h.Find(`Policies\Microsoft`).Value("ON"); v.Name != "On" {
		t.Errorf("the value's name is now %q, its case must stay", v.Name)
	}
}

func TestNewKeysInherit(t *testing.T) {
	h := emptyHive(t)
	set(t, h, `Policies\Microsoft\Windows`, "v", regf.SZ, nil)
	h = parse(t, write(t, h))
	want := "O:BAG:SYD:AI(A;CIID;KR;;;BU)(A;CIID;KA;;;BA)(A;CIID;KA;;;SY)(A;ID;KA;;;BA)(A;CIIOID;KA;;;CO)(A;CIID;KR;;;AC)"
	for _, path := range []string{`Policies`, `Policies\Microsoft\Windows`} {
		if diff := cmp.Diff(want, sddl(t, h.Find(path).Security())); diff != "" {
			t.Errorf("descriptor of %s differs (-want +got):\n%s", path, diff)
		}
	}
}

func TestSetSecurity(t *testing.T) {
	h := emptyHive(t)
	set(t, h, `A\B`, "v", regf.SZ, nil)
	sd, err := secdesc.FromSDDL("O:SYG:SYD:P(A;CI;KA;;;SY)")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false} {
		if changed, err := h.SetSecurity(`A`, sd, later); err != nil || changed != want {
			t.Errorf("call %d: changed %t, error %v", i, changed, err)
		}
	}
	h = parse(t, write(t, h))
	if got := sddl(t, h.Find("A").Security()); got != "O:SYG:SYD:P(A;CI;KA;;;SY)" || h.Find("A").LastWrite() != later {
		t.Errorf("key has %s, written %d", got, h.Find("A").LastWrite())
	}
	if got := sddl(t, h.Find(`A\B`).Security()); got == "O:SYG:SYD:P(A;CI;KA;;;SY)" {
		t.Error("the key below lost its own descriptor")
	}
	if _, err := h.SetSecurity("Missing", sd, later); err == nil {
		t.Error("a missing key was accepted")
	}
	if _, err := h.SetSecurity("A", sd[:9], later); err == nil {
		t.Error("a malformed descriptor was accepted")
	}
}

func TestDelete(t *testing.T) {
	h := emptyHive(t)
	for _, n := range []string{"a", "b", "c"} {
		set(t, h, `K\Sub`, n, regf.SZ, []byte(n))
	}
	type result struct {
		Changed bool
		Failed  bool
	}
	steps := []struct {
		name string
		do   func() (bool, error)
		want result
	}{
		{"missing value", func() (bool, error) { return h.DeleteValue(`K\Sub`, "zz", later) }, result{}},
		{"value of a missing key", func() (bool, error) { return h.DeleteValue(`K\No`, "a", later) }, result{}},
		{"value", func() (bool, error) { return h.DeleteValue(`k\sub`, "B", later) }, result{Changed: true}},
		{"missing key", func() (bool, error) { return h.DeleteKey(`K\No\Deeper`, later) }, result{}},
		{"root", func() (bool, error) { return h.DeleteKey(``, later) }, result{Failed: true}},
		{"existing key made", func() (bool, error) { return h.CreateKey(`K\SUB`, later) }, result{}},
		{"key made", func() (bool, error) { return h.CreateKey(`L\M`, later) }, result{Changed: true}},
		{"tree", func() (bool, error) { return h.DeleteKey(`L`, later) }, result{Changed: true}},
	}
	for _, s := range steps {
		changed, err := s.do()
		if got := (result{changed, err != nil}); got != s.want {
			t.Errorf("%s: got %+v (%v), want %+v", s.name, got, err, s.want)
		}
	}
	h = parse(t, write(t, h))
	var names []string
	for v := range h.Find(`K\Sub`).Values() {
		names = append(names, v.Name)
	}
	if !slices.Equal(names, []string{"a", "c"}) || h.Find("L") != nil {
		t.Errorf("left over: values %q, key L %v", names, h.Find("L"))
	}
}

func TestEditRefuses(t *testing.T) {
	tests := []struct{ name, path, value, word string }{
		{"empty part", `A\\B`, "v", "empty name"},
		{"closing backslash", `A\`, "v", "empty name"},
		{"opening backslash", `\A`, "v", "empty name"},
		{"long key", strings.Repeat("ö", 256), "v", "256 characters, 255"},
		{"zero character", "A\x00", "v", "zero character"},
		{"long value name", `A`, strings.Repeat("v", 16384), "16384 characters, 16383"},
		{"too deep", strings.Repeat(`x\`, 512) + "x", "v", "513 levels"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			h := emptyHive(t)
			before := write(t, h)
			_, err := h.SetValue(tc.path, tc.value, regf.SZ, nil, later)
			if err == nil || !strings.Contains(err.Error(), tc.word) {
				t.Errorf("got error %v, want one with %q", err, tc.word)
			}
			if !bytes.Equal(before, write(t, h)) {
				t.Error("the hive changed although the edit was refused")
			}
		})
	}
	h := emptyHive(t)
	if _, err := h.SetValue(strings.Repeat("ö", 255), strings.Repeat("v", 16383), regf.SZ, nil, later); err != nil {
		t.Errorf("the longest names were refused: %v", err)
	}
	parse(t, write(t, h))
}

// CurrentControlSet of a running system is such a link; in a real SYSTEM hive
// there are others.
func TestSymbolicLinkIsRefused(t *testing.T) {
	h := emptyHive(t)
	set(t, h, `Target\Link`, "v", regf.SZ, nil)
	b := write(t, h)
	at := bytes.Index(b, []byte("Link")) - 76
	b[at+2] |= 0x10
	h = parse(t, b)
	if !h.Find(`Target\Link`).IsLink() {
		t.Fatal("the link is not seen as one")
	}
	for _, do := range []func() (bool, error){
		func() (bool, error) { return h.SetValue(`Target\Link`, "v", regf.SZ, []byte{1}, later) },
		func() (bool, error) { return h.SetValue(`Target\Link\Below`, "v", regf.SZ, nil, later) },
		func() (bool, error) { return h.DeleteValue(`target\link`, "v", later) },
		func() (bool, error) { return h.DeleteKey(`Target\Link`, later) },
		func() (bool, error) { return h.DeleteKey(`Target`, later) },
	} {
		if changed, err := do(); changed || !errors.Is(err, regf.ErrSpecialKey) {
			t.Errorf("changed %t, error %v; want ErrSpecialKey", changed, err)
		}
	}
	if !bytes.Equal(b, write(t, h)) {
		t.Error("the hive changed although the edits were refused")
	}
}

func TestNamesSurvive(t *testing.T) {
	names := []string{
		"åäö ÅÄÖ ß", "Приложение", "ƒ mixed Ж", "\xed\xa0\x80 unpaired", "pair 😀", "x\xed\xb0\x80", "ÿ", "µ", "ı", "a_b", "aAb", "日本",
	}
	h := emptyHive(t)
	for i, n := range names {
		set(t, h, n, n, regf.DWord, regf.DWordData(uint32(i)))
	}
	h = parse(t, write(t, h))
	var got [][]uint16
	for k := range h.Root().Subkeys() {
		got = append(got, upcase.Units(k.Name()))
	}
	if len(got) != len(names) || !slices.IsSortedFunc(got, upcase.Compare) {
		t.Errorf("subkeys are not in upper-case order: %#x", got)
	}
	for i, n := range names {
		k := h.Find(upcase.Fold(n))
		if k == nil {
			t.Errorf("key %q is not found by its upper case", n)
			continue
		}
		if v, ok := k.Value(n); !ok || v.Name != n || k.Name() != n || v.Data[0] != byte(i) {
			t.Errorf("%q came back as key %q, value %q", n, k.Name(), v.Name)
		}
	}
}

func TestManySubkeysAndBigData(t *testing.T) {
	h := emptyHive(t)
	for i := range 3000 {
		set(t, h, fmt.Sprintf(`Many\k%05d`, i*7919%3000), "n", regf.DWord, regf.DWordData(uint32(i)))
	}
	sizes := []int{0, 1, 4, 5, 16343, 16344, 16345, 2 * 16344, 2*16344 + 1, 100_000}
	blob := make([]byte, 100_000)
	for i := range blob {
		blob[i] = byte(i * i >> 3)
	}
	for _, n := range sizes {
		set(t, h, "Big", fmt.Sprint(n), regf.Binary, blob[:n])
	}
	b := write(t, h)
	if !bytes.Contains(b, []byte("ri\x06\x00")) || !bytes.Contains(b, []byte("db\x07\x00")) {
		t.Error("no root list of 6 leaves, or no big data of 7 segments was written")
	}
	h = parse(t, b)
	i := 0
	for k := range h.Find("Many").Subkeys() {
		if want := fmt.Sprintf("k%05d", i); k.Name() != want {
			t.Fatalf("subkey %d is %q, want %q", i, k.Name(), want)
		}
		i++
	}
	if i != 3000 {
		t.Errorf("%d subkeys came back, want 3000", i)
	}
	for _, n := range sizes {
		if v, ok := h.Find("Big").Value(fmt.Sprint(n)); !ok || !bytes.Equal(v.Data, blob[:n]) {
			t.Errorf("data of %d bytes came back as %d bytes, or changed", n, len(v.Data))
		}
	}
}

func TestEditOrderDoesNotMatter(t *testing.T) {
	keys := []string{"b", "A", "c\\d", "ö", "Ж", "C\\e"}
	var first []byte
	for turn := range len(keys) {
		h := emptyHive(t)
		for i := range keys {
			set(t, h, strings.ToLower(keys[(i+turn)%len(keys)]), "v", regf.SZ, nil)
		}
		if b := write(t, h); first == nil {
			first = b
		} else if !bytes.Equal(first, b) {
			t.Errorf("starting with %q gives other bytes", keys[turn])
		}
	}
}

func TestFileTime(t *testing.T) {
	tests := []struct {
		time string
		want regf.FileTime
	}{
		{"1601-01-01T00:00:00Z", 0},
		{"1970-01-01T00:00:00Z", 116444736000000000},
		{"2017-07-14T00:00:00.1234567Z", 131444640001234567},
		{"1500-01-01T00:00:00Z", 0},
	}
	for _, tc := range tests {
		in, err := time.Parse(time.RFC3339Nano, tc.time)
		if err != nil {
			t.Fatal(err)
		}
		got := regf.FileTimeOf(in)
		if got != tc.want {
			t.Errorf("FileTimeOf(%s) = %d, want %d", tc.time, got, tc.want)
		}
		if got > 0 && !got.Time().Equal(in) {
			t.Errorf("%d.Time() = %s, want %s", got, got.Time(), in)
		}
	}
	for s, want := range map[int64]regf.FileTime{-1 << 62: 0, 253402300800: 2650467744000000000, 1 << 61: 9223372036840000000} {
		if got := regf.FileTimeOf(time.Unix(s, 0)); got != want {
			t.Errorf("%d seconds after 1970 are %d, want %d", s, got, want)
		}
	}
}
