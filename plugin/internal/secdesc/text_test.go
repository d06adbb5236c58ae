package secdesc_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

func TestText(t *testing.T) {
	for _, s := range []string{
		"O:BAG:SYD:PAI(A;CI;KA;;;SY)(A;CI;KR;;;BU)", "O:SYG:SYD:AI(A;ID;FA;;;SY)S:AI(AU;SAFA;0x1f0116;;;WD)", "D:NO_ACCESS_CONTROL", "O:S-1-5-21-1-2-3-500",
	} {
		b, err := secdesc.FromSDDL(s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := secdesc.Text(b); err != nil || got != s {
			t.Errorf("%s reads %s, %v", s, got, err)
		}
	}
	if _, err := secdesc.Text([]byte{1, 2}); err == nil {
		t.Error("two bytes are a descriptor")
	}
}

func TestOverride(t *testing.T) {
	const is = "O:BAG:SYD:AI(A;CIID;KA;;;SY)(A;CIID;KR;;;BU)S:AI(AU;SA;KA;;;WD)"
	for _, tc := range []struct{ is, text, want string }{
		{is, "D:P(A;CI;KA;;;SY)", "O:BAG:SYD:PAI(A;CI;KA;;;SY)S:AI(AU;SA;KA;;;WD)"},
		{is, "O:SYD:PAI(A;CI;GA;;;SY)(A;CIIO;GA;;;BA)", "O:SYG:SYD:PAI(A;CI;KA;;;SY)(A;CIIO;GA;;;BA)S:AI(AU;SA;KA;;;WD)"},
		{is, "G:BA", "O:BAG:BAD:AI(A;CIID;KA;;;SY)(A;CIID;KR;;;BU)S:AI(AU;SA;KA;;;WD)"},
		{is, "S:P(AU;FA;GR;;;WD)", "O:BAG:SYD:AI(A;CIID;KA;;;SY)(A;CIID;KR;;;BU)S:P(AU;FA;KR;;;WD)"},
		{"O:BAG:SYD:NO_ACCESS_CONTROL", "D:P(A;;GA;;;SY)", "O:BAG:SYD:P(A;;KA;;;SY)"},
		{is, is, is},
	} {
		b, err := secdesc.FromSDDL(tc.is)
		if err != nil {
			t.Fatal(err)
		}
		out, err := secdesc.Override(b, tc.text, secdesc.KeyMapping())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := secdesc.Text(out); err != nil || got != tc.want {
			t.Errorf("%s with %s is %s, %v; want %s", tc.is, tc.text, got, err, tc.want)
		}
	}
	if _, err := secdesc.Override(nil, "D:P", secdesc.KeyMapping()); err == nil {
		t.Error("overrode nothing")
	}
	b, _ := secdesc.FromSDDL(is)
	if _, err := secdesc.Override(b, "D:(A;;KA;;;Everyone)", secdesc.KeyMapping()); err == nil {
		t.Error("took a name for an identity")
	}
}

func TestCutSID(t *testing.T) {
	for _, tc := range []struct {
		in, sid string
		rest    int
	}{
		{"\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00ab", "S-1-5-18", 2}, {"\x01\x00\x00\x00\x00\x00\x00\x05", "S-1-5", 0},
		{"\x02\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00", "", 0}, {"\x01\x02\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00", "", 0}, {"", "", 0},
	} {
		sid, rest, err := secdesc.CutSID([]byte(tc.in))
		if (err != nil) != (tc.sid == "") || err == nil && (sid.String() != tc.sid || len(rest) != tc.rest) {
			t.Errorf("%q is %q, %d left, %v", tc.in, sid, len(rest), err)
		}
	}
}
