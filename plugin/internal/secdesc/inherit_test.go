package secdesc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

func TestInherit(t *testing.T) {
	key, file := secdesc.KeyMapping(), secdesc.FileMapping()
	const trusted = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
	tests := []struct {
		name      string
		parent    string
		container bool
		mapping   secdesc.GenericMapping
		want      string
	}{
		{"key below HKLM SOFTWARE",
			"O:BAG:SYD:PAI(A;CI;KR;;;BU)(A;CI;KA;;;BA)(A;CI;KA;;;SY)(A;CIIO;KA;;;CO)(A;CI;KR;;;AC)", true, key,
			"O:BAG:SYD:AI(A;CIID;KR;;;BU)(A;CIID;KA;;;BA)(A;CIID;KA;;;SY)(A;ID;KA;;;BA)(A;CIIOID;KA;;;CO)(A;CIID;KR;;;AC)"},
		{"the same without automatic inheritance carries no mark",
			"O:BAG:SYD:P(A;CI;KR;;;BU)(A;CIIO;GA;;;CG)", true, key,
			"O:BAG:SYD:(A;CI;KR;;;BU)(A;;KA;;;SY)(A;CIIO;GA;;;CG)"},
		{"directory below Windows",
			"O:" + trusted + "G:SYD:PAI(A;OICIIO;GA;;;CO)(A;OICIIO;GA;;;SY)(A;;0x1301bf;;;SY)(A;OICIIO;GXGR;;;BU)", true, file,
			"O:BAG:SYD:AI(A;ID;FA;;;BA)(A;OICIIOID;GA;;;CO)(A;ID;FA;;;SY)(A;OICIIOID;GA;;;SY)(A;ID;0x1200a9;;;BU)(A;OICIIOID;0xa0000000;;;BU)"},
		{"file below Windows",
			"O:" + trusted + "G:SYD:PAI(A;OICIIO;GA;;;CO)(A;OICIIO;GA;;;SY)(A;;0x1301bf;;;SY)(A;CI;FR;;;WD)(A;OICIIO;GXGR;;;BU)", false, file,
			"O:BAG:SYD:AI(A;ID;FA;;;BA)(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)"},
		{"entries for files only are handed on by directories",
			"D:AI(A;OI;FR;;;WD)(A;OINP;FW;;;WD)", true, file,
			"O:BAG:SYD:AI(A;OIIOID;FR;;;WD)"},
		{"no-propagate ends here",
			"D:AI(A;OICINP;GR;;;WD)(D;CINP;FW;;;WD)", true, file,
			"O:BAG:SYD:AI(A;ID;FR;;;WD)(D;ID;FW;;;WD)"},
		{"nothing inheritable gives the default list",
			"O:SYG:SYD:PAI(A;;KA;;;WD)", true, key,
			"O:BAG:SYD:(A;;KA;;;SY)(A;;KA;;;BA)"},
		{"the null list is not handed on", "D:NO_ACCESS_CONTROL", true, file,
			"O:BAG:SYD:(A;;FA;;;SY)(A;;FA;;;BA)"},
		{"no list at all", "O:SY", false, file,
			"O:BAG:SYD:(A;;FA;;;SY)(A;;FA;;;BA)"},
		{"audit and label entries",
			"D:AI(A;CI;KR;;;BU)S:AI(AU;CISAFA;KA;;;WD)(ML;OICI;NW;;;LW)(AU;SA;KA;;;BA)", true, key,
			"O:BAG:SYD:AI(A;CIID;KR;;;BU)S:AI(AU;CIIDSAFA;KA;;;WD)(ML;OICIID;NW;;;LW)"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, err := secdesc.Inherit(fromSDDL(t, tc.parent), tc.container, tc.mapping)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, text(t, got)); diff != "" {
				t.Errorf("descriptor differs (-want +got):\n%s", diff)
			}
		})
	}
}

// A grandchild must get what a child got: splitting and substitution may not
// lose or double anything on the way down.
func TestInheritTwiceIsStable(t *testing.T) {
	parent := fromSDDL(t, "O:BAG:SYD:PAI(A;CI;KR;;;BU)(A;CI;KA;;;BA)(A;CIIO;KA;;;CO)")
	child, err := secdesc.Inherit(parent, true, secdesc.KeyMapping())
	if err != nil {
		t.Fatal(err)
	}
	grandchild, err := secdesc.Inherit(child, true, secdesc.KeyMapping())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text(t, child), text(t, grandchild)); diff != "" {
		t.Errorf("grandchild differs from child:\n%s", diff)
	}
}

func TestInheritRefusesMalformedParent(t *testing.T) {
	if _, err := secdesc.Inherit([]byte("no descriptor at all"), true, secdesc.KeyMapping()); err == nil {
		t.Error("a malformed parent was accepted")
	}
}
