package secdesc_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

func fromSDDL(t *testing.T, s string) []byte {
	t.Helper()
	b, err := secdesc.FromSDDL(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func text(t *testing.T, b []byte) string {
	t.Helper()
	d, err := secdesc.Parse(b)
	if err != nil {
		t.Fatalf("parse %x: %v", b, err)
	}
	return d.String()
}

// The bytes were put together by hand from [MS-DTYP] 2.4.6, 2.4.5 and 2.4.4.2.
const handMade = "0100" + "0494" + "30000000" + "40000000" + "00000000" + "14000000" +
	"02001c0001000000" + "0002" + "1400" + "3f000f00" + "010100000000000512000000" +
	"01020000000000052000000020020000" + "010100000000000512000000"

func TestMarshalBytes(t *testing.T) {
	got := fromSDDL(t, "O:BAG:SYD:PAI(A;CI;KA;;;SY)")
	if diff := cmp.Diff(handMade, hex.EncodeToString(got)); diff != "" {
		t.Errorf("bytes differ (-want +got):\n%s", diff)
	}
}

func TestTextRoundTrip(t *testing.T) {
	tests := []string{
		"O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)",
		"O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464G:S-1-5-21-1-2-4294967295-513D:AI(D;ID;KR;;;WD)",
		"D:NO_ACCESS_CONTROL",
		"D:P",
		"S:AI(AU;OICISAFA;FA;;;WD)(ML;;NW;;;LW)",
		"O:BAD:(A;OICIIO;GA;;;CO)S:P",
		"D:(A;;GR;;;S-1-0x123456789ABC-7)",
		"",
	}
	for _, s := range tests {
		t.Run(s, func(t *testing.T) {
			b := fromSDDL(t, s)
			if diff := cmp.Diff(s, text(t, b)); diff != "" {
				t.Errorf("text differs (-want +got):\n%s", diff)
			}
			d, err := secdesc.Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			again, err := d.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b, again) {
				t.Errorf("bytes changed:\n%x\n%x", b, again)
			}
		})
	}
}

func TestReadsOtherSpellings(t *testing.T) {
	got := text(t, fromSDDL(t, "o:bag:s-1-5-18d:ar(a;;CCDCLCSWRPSDRC;;;s-1-5-32-545)(A;;KX;;;AU)"))
	if want := "O:BAG:SYD:AR(A;;0x3001f;;;BU)(A;;KR;;;AU)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFromSDDLRefuses(t *testing.T) {
	tests := []struct{ in, word string }{
		{"O", "expected O:"},
		{"X:BA", `unknown part "X"`},
		{"O:DA", "domain-relative"},
		{"O:S-1-5-x", "sub-authority"},
		{"O:S-2-5-18", "S-1-"},
		{"O:S-1-5" + strings.Repeat("-1", 16), "15 sub-authorities"},
		{"D:Q", "list flag"},
		{"D:(A;;FA;;;BA", "not closed"},
		{"D:(A;;FA;;;BA)x", "not closed"},
		{"D:(A;;FA;;BA)", "type;flags;rights"},
		{"D:(OA;;FA;;;BA)", "not supported"},
		{"D:(A;ZZ;FA;;;BA)", "unknown flag"},
		{"D:(A;O;FA;;;BA)", "unknown flag"},
		{"D:(A;;QQ;;;BA)", "unknown rights"},
		{"D:(A;;0x1ffffffff;;;BA)", "32-bit"},
		{"D:(A;;FA;;;)", "S-1-"},
	}
	for _, tc := range tests {
		_, err := secdesc.FromSDDL(tc.in)
		if err == nil || !strings.Contains(err.Error(), tc.word) {
			t.Errorf("FromSDDL(%q): got error %v, want one with %q", tc.in, err, tc.word)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good, err := hex.DecodeString(handMade)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		edit func(b []byte) []byte
		word string
	}{
		{"empty", func([]byte) []byte { return nil }, "shorter"},
		{"revision", func(b []byte) []byte { b[0] = 2; return b }, "revision 2"},
		{"not self-relative", func(b []byte) []byte { b[3] &= 0x7f; return b }, "self-relative"},
		{"owner outside", func(b []byte) []byte { b[4] = 0xff; return b }, "owner"},
		{"group in the header", func(b []byte) []byte { b[8] = 4; return b }, "group"},
		{"owner cut off", func(b []byte) []byte { return b[:60] }, "owner"},
		{"list too long", func(b []byte) []byte { b[22] = 0xff; return b }, "DACL"},
		{"list too short", func(b []byte) []byte { b[22] = 4; return b }, "DACL"},
		{"entry count", func(b []byte) []byte { b[24] = 0xff; return b }, "entries"},
		{"one entry too many", func(b []byte) []byte { b[24] = 2; return b }, "entry 2 of 2"},
		{"entry size zero", func(b []byte) []byte { b[30] = 0; return b }, "entry 1"},
		{"entry without identifier", func(b []byte) []byte { b[30] = 8; return b }, "entry 1"},
		{"identifier revision", func(b []byte) []byte { b[36] = 9; return b }, "revision 9"},
		{"identifier too long", func(b []byte) []byte { b[37] = 15; return b }, "cut off"},
		{"object entry", func(b []byte) []byte { b[28] = 5; b[36] = 3; return b }, "GUIDs"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			_, err := secdesc.Parse(tc.edit(bytes.Clone(good)))
			if err == nil || !strings.Contains(err.Error(), tc.word) {
				t.Errorf("got error %v, want one with %q", err, tc.word)
			}
		})
	}
}

// Object, conditional and unknown entries must pass through untouched.
func TestUnknownEntriesSurvive(t *testing.T) {
	d := &secdesc.Descriptor{Owner: secdesc.Administrators, DACL: &secdesc.ACL{ACEs: []secdesc.ACE{
		{Type: 0x05, Mask: 0x10, Object: "\x01\x00\x00\x00ABCDEFGHIJKLMNOP", SID: secdesc.LocalSystem},
		{Type: 0x09, Flags: secdesc.ContainerInherit, Mask: 0x20019, SID: secdesc.LocalSystem, Tail: "artx\x00\x00\x00\x00"},
		{Type: 0x7f, Flags: 0x20, Tail: "who knows.."},
	}}}
	b, err := d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	const want = "O:BAD:(0x05;;0x10;010000004142434445464748494a4b4c4d4e4f50;;SY)(0x09;CI;KR;;;SY;6172747800000000)" +
		"(0x7f;0x20;0x0;;;;77686f206b6e6f77732e2e00)"
	if diff := cmp.Diff(want, text(t, b)); diff != "" {
		t.Errorf("text differs (-want +got):\n%s", diff)
	}
	if rev := b[20]; rev != 4 {
		t.Errorf("list with an object entry has revision %d, want 4", rev)
	}
}

func TestMarshalRefuses(t *testing.T) {
	tests := []struct {
		name string
		d    secdesc.Descriptor
		word string
	}{
		{"cut identifier", secdesc.Descriptor{Owner: "\x01\x05\x00"}, "owner"},
		{"stray bytes", secdesc.Descriptor{Group: secdesc.LocalSystem + "x"}, "stray"},
		{"entry without identity", secdesc.Descriptor{DACL: &secdesc.ACL{ACEs: make([]secdesc.ACE, 1)}}, "entry 1"},
		{"entry too long", secdesc.Descriptor{DACL: &secdesc.ACL{ACEs: []secdesc.ACE{{Type: 0x7f, Tail: strings.Repeat("x", 70000)}}}}, "65535"},
		{"list too long", secdesc.Descriptor{SACL: &secdesc.ACL{ACEs: []secdesc.ACE{
			{Type: 0x7f, Tail: strings.Repeat("x", 40000)}, {Type: 0x7f, Tail: strings.Repeat("x", 40000)}}}}, "SACL"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			_, err := tc.d.Marshal()
			if err == nil || !strings.Contains(err.Error(), tc.word) {
				t.Errorf("got error %v, want one with %q", err, tc.word)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICIIO;GA;;;CO)S:AI(AU;OICISAFA;FA;;;WD)(ML;;NW;;;LW)",
		"D:NO_ACCESS_CONTROL", "",
	} {
		b, err := secdesc.FromSDDL(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		hostile.Bounded(t, len(b), 64, 1<<20, func() { _, _ = secdesc.Parse(b) })
		d, err := secdesc.Parse(b)
		if err != nil {
			return
		}
		out, err := d.Marshal()
		if err != nil {
			return // entries that overlap may grow past what a list can hold
		}
		again, err := secdesc.Parse(out)
		if err != nil {
			t.Fatalf("own bytes are refused: %v", err)
		}
		// Entries are padded to 4 bytes on writing; from then on nothing changes.
		if len(d.String()) > len(again.String()) {
			t.Errorf("something was lost from %s to %s", d, again)
		}
		if twice, err := again.Marshal(); err != nil || !bytes.Equal(out, twice) {
			t.Errorf("bytes changed (%v):\n%x\n%x", err, out, twice)
		}
		if _, err := secdesc.Inherit(out, true, secdesc.KeyMapping()); err != nil && len(out) < 1<<14 {
			t.Errorf("inherit from %s: %v", d, err)
		}
	})
}

func FuzzFromSDDL(f *testing.F) {
	for _, s := range hostile.Texts("O:BAG:S-1-5-21-1-2-3-500D:PAI(A;OICIIONPID;0x1200a9;;;SY)(D;;GAGRGWGX;;;WD)(OA;;CC;bf967aba-0de6-11d0-a285-00aa003049e2;;S-1-0x5-18)S:ARAI(AU;SAFA;KA;;;S-1-1-0)(ML;;NW;;;LW)") {
		f.Add(s)
	}
	f.Add("O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)S:(ML;;NWNR;;;LW)")
	f.Fuzz(func(t *testing.T, s string) {
		hostile.Bounded(t, len(s), 64, 1<<20, func() { _, _ = secdesc.FromSDDL(s) })
		b, err := secdesc.FromSDDL(s)
		if err != nil {
			return
		}
		d, err := secdesc.Parse(b)
		if err != nil {
			t.Fatalf("%q gives bytes that are refused: %v", s, err)
		}
		if _, err := secdesc.FromSDDL(d.String()); err != nil {
			t.Errorf("%q is written as %q, which is refused: %v", s, d, err)
		}
	})
}
