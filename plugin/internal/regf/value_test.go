package regf_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
)

func TestValueData(t *testing.T) {
	type decoded struct {
		Text    string
		TextOK  bool
		List    []string
		ListOK  bool
		Number  uint64
		NumOK   bool
		TypeStr string
	}
	tests := []struct {
		name string
		in   regf.Value
		want decoded
	}{
		{"string", regf.Value{Type: regf.SZ, Data: regf.StringData("Åsa")}, decoded{Text: "Åsa", TextOK: true, TypeStr: "REG_SZ"}},
		{"string with rest", regf.Value{Type: regf.ExpandSZ, Data: []byte("a\x00\x00\x00b\x00c")}, decoded{Text: "a", TextOK: true, TypeStr: "REG_EXPAND_SZ"}},
		{"string without end", regf.Value{Type: regf.SZ, Data: []byte("a\x00b\x00")}, decoded{Text: "ab", TextOK: true, TypeStr: "REG_SZ"}},
		{"list", regf.Value{Type: regf.MultiSZ, Data: regf.StringsData([]string{"a", "bö"})}, decoded{List: []string{"a", "bö"}, ListOK: true, TypeStr: "REG_MULTI_SZ"}},
		{"empty list", regf.Value{Type: regf.MultiSZ, Data: regf.StringsData(nil)}, decoded{List: []string{}, ListOK: true, TypeStr: "REG_MULTI_SZ"}},
		{"list without end", regf.Value{Type: regf.MultiSZ, Data: []byte("a\x00\x00\x00b\x00")}, decoded{List: []string{"a", "b"}, ListOK: true, TypeStr: "REG_MULTI_SZ"}},
		{"dword", regf.Value{Type: regf.DWord, Data: regf.DWordData(0xfffffffe)}, decoded{Number: 0xfffffffe, NumOK: true, TypeStr: "REG_DWORD"}},
		{"big-endian dword", regf.Value{Type: regf.DWordBigEndian, Data: []byte{0, 0, 1, 2}}, decoded{Number: 258, NumOK: true, TypeStr: "REG_DWORD_BIG_ENDIAN"}},
		{"qword", regf.Value{Type: regf.QWord, Data: regf.QWordData(1 << 60)}, decoded{Number: 1 << 60, NumOK: true, TypeStr: "REG_QWORD"}},
		{"short dword", regf.Value{Type: regf.DWord, Data: []byte{1, 2}}, decoded{TypeStr: "REG_DWORD"}},
		{"unknown type", regf.Value{Type: 0xffff0007, Data: []byte{1, 2, 3, 4}}, decoded{TypeStr: "REG_0xffff0007"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got := decoded{TypeStr: tc.in.Type.String()}
			got.Text, got.TextOK = tc.in.Text()
			got.List, got.ListOK = tc.in.Strings()
			got.Number, got.NumOK = tc.in.Number()
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("decoded differs (-want +got):\n%s", diff)
			}
		})
	}
}
