package secdesc_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

func TestReinherit(t *testing.T) {
	const parent = "O:BAG:SYD:PAI(A;CI;KA;;;SY)(A;CIIO;GA;;;CO)(A;;KA;;;BA)"
	for _, tc := range []struct {
		name, parent, object, want string
		follows                    bool
	}{
		{"own entries stay", parent, "O:BUG:SYD:AI(A;CI;KR;;;WD)(A;CIID;KA;;;SY)(A;CIID;KR;;;BU)S:AI(AU;SA;KA;;;WD)",
			"O:BUG:SYD:AI(A;CI;KR;;;WD)(A;CIID;KA;;;SY)(A;ID;KA;;;BU)(A;CIIOID;GA;;;CO)S:AI(AU;SA;KA;;;WD)", true},
		{"protected", parent, "O:BAG:SYD:PAI(A;CIID;KR;;;BU)", "O:BAG:SYD:PAI(A;CIID;KR;;;BU)", false},
		{"marked in its entries only", parent, "O:BAG:SYD:(A;CI;KR;;;WD)(A;CIID;KR;;;BU)", "O:BAG:SYD:(A;CI;KR;;;WD)(A;CIID;KA;;;SY)(A;ID;KA;;;BA)(A;CIIOID;GA;;;CO)", true},
		{"never inherited", parent, "O:BAG:SYD:(A;CI;KR;;;BU)", "O:BAG:SYD:(A;CI;KR;;;BU)", false},
		{"no list", parent, "O:BAG:SY", "O:BAG:SY", false},
		{"nothing handed down", "O:BAG:SYD:P(A;;KA;;;SY)", "O:BAG:SYD:AI(A;CIID;KR;;;BU)", "O:BAG:SYD:AI(A;CIID;KR;;;BU)", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := secdesc.FromSDDL(tc.parent)
			if err != nil {
				t.Fatal(err)
			}
			o, err := secdesc.FromSDDL(tc.object)
			if err != nil {
				t.Fatal(err)
			}
			out, follows, err := secdesc.Reinherit(p, o, true, secdesc.KeyMapping())
			if err != nil || follows != tc.follows {
				t.Fatalf("follows is %t, %v", follows, err)
			}
			if got, err := secdesc.Text(out); err != nil || got != tc.want {
				t.Errorf("is %s, %v, want %s", got, err, tc.want)
			}
		})
	}
	if _, _, err := secdesc.Reinherit([]byte{1}, nil, true, secdesc.KeyMapping()); err == nil {
		t.Error("inherited from one byte")
	}
}
