package setting_test

import (
	"bytes"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestText(t *testing.T) {
	tests := []struct {
		typ  setting.ValueType
		data string
		want string
	}{
		{setting.TypeDWord, "\x01\x00\x00\x00", "dword:1"},
		{setting.TypeDWord, "\x01\x00\x00", "dword!010000"},
		{setting.TypeDWord, "", "dword!"},
		{setting.TypeDWordBE, "\x00\x00\x00\x01", "dword_be:1"},
		{setting.TypeQWord, "\xff\xff\xff\xff\xff\xff\xff\xff", "qword:18446744073709551615"},
		{setting.TypeQWord, "\x01\x00\x00\x00", "qword!01000000"},
		{setting.TypeSZ, "a\x00\x00\x00", "sz:a"},
		{setting.TypeSZ, "a\x00", "sz:a"}, // no terminating NUL: Windows reads the same
		{setting.TypeSZ, "a\x00\x00\x00\x00\x00", "sz:a"},
		{setting.TypeSZ, "", "sz:"},
		{setting.TypeSZ, "a\x00\x00\x00b\x00", "sz!610000006200"},
		{setting.TypeSZ, "a", "sz!61"},
		{setting.TypeSZ, "\x00\xd8", "sz!00d8"}, // an unpaired surrogate has no text
		{setting.TypeSZ, "\xfd\xff", "sz:\ufffd"},
		{setting.TypeSZ, "\x3d\xd8\x00\xde", "sz:😀"},
		{setting.TypeExpandSZ, "%\x00\x00\x00", "expand_sz:%"},
		{setting.TypeMultiSZ, "a\x00\x00\x00b\x00\x00\x00\x00\x00", `multi_sz:["a","b"]`},
		{setting.TypeMultiSZ, "a\x00\x00\x00", `multi_sz:["a"]`},
		{setting.TypeMultiSZ, "\x00\x00", `multi_sz:[]`},
		{setting.TypeMultiSZ, "\x00\x00\x00\x00", `multi_sz:[]`},
		{setting.TypeMultiSZ, "", `multi_sz:[]`},
		{setting.TypeMultiSZ, "<\x00\x00\x00\x00\x00", `multi_sz:["<"]`},
		{setting.TypeMultiSZ, "a\x00\x00\x00\x00\x00b\x00\x00\x00\x00\x00", "multi_sz!610000000000620000000000"},
		{setting.TypeMultiSZ, "a\x00", "multi_sz!6100"},
		{setting.TypeBinary, "\x00\xff", "binary:00ff"},
		{setting.TypeNone, "", "none:"},
		{"type_131097", "\x01", "type_131097:01"},
	}
	for _, tt := range tests {
		if got := (setting.RegistryValue{Type: tt.typ, Data: []byte(tt.data)}).Text(); got != tt.want {
			t.Errorf("%s %q: %s, want %s", tt.typ, tt.data, got, tt.want)
		}
	}
}

func TestConstructors(t *testing.T) {
	tests := []struct {
		value setting.RegistryValue
		typ   setting.ValueType
		data  string
		text  string
	}{
		{setting.DWord(0x01020304), setting.TypeDWord, "\x04\x03\x02\x01", "dword:16909060"},
		{setting.QWord(1), setting.TypeQWord, "\x01\x00\x00\x00\x00\x00\x00\x00", "qword:1"},
		{setting.SZ("å"), setting.TypeSZ, "\xe5\x00\x00\x00", "sz:å"},
		{setting.ExpandSZ("%a%"), setting.TypeExpandSZ, "%\x00a\x00%\x00\x00\x00", "expand_sz:%a%"},
		{setting.MultiSZ([]string{"a", "b"}), setting.TypeMultiSZ, "a\x00\x00\x00b\x00\x00\x00\x00\x00", `multi_sz:["a","b"]`},
		{setting.MultiSZ(nil), setting.TypeMultiSZ, "\x00\x00", `multi_sz:[]`},
	}
	for _, tt := range tests {
		if tt.value.Type != tt.typ || !bytes.Equal(tt.value.Data, []byte(tt.data)) || tt.value.Text() != tt.text {
			t.Errorf("got %s %q %s, want %s %q %s", tt.value.Type, tt.value.Data, tt.value.Text(), tt.typ, tt.data, tt.text)
		}
	}
}

func TestTypeNumbers(t *testing.T) {
	for i, typ := range setting.ValueTypes() {
		if n, ok := typ.Number(); !ok || n != uint32(i) || setting.ValueTypeOf(n) != typ {
			t.Errorf("%s is %d %v", typ, n, ok)
		}
	}
	if n, _ := setting.TypeQWord.Number(); n != 11 { // winnt.h: REG_QWORD
		t.Errorf("qword is %d", n)
	}
	if n, ok := setting.ValueTypeOf(0x20019).Number(); !ok || n != 0x20019 {
		t.Errorf("an unknown type became %d %v", n, ok)
	}
	for _, bad := range []setting.ValueType{"", "DWORD", "type_", "type_x", "type_4294967296", "type_-1"} {
		if n, ok := bad.Number(); ok {
			t.Errorf("%q is %d", bad, n)
		}
	}
}

func TestNormalKey(t *testing.T) {
	for key, want := range map[string]string{
		`HKEY_LOCAL_MACHINE\Software\X`: `HKLM\Software\X`,
		`hklm\\SOFTWARE\X\`:             `HKLM\SOFTWARE\X`,
		`hkey_current_user\X`:           `HKCU\X`,
		`HKU\X`:                         `HKU\X`,
		``:                              ``,
		`\`:                             ``,
	} {
		if got := setting.NormalKey(key); got != want || setting.NormalKey(got) != got {
			t.Errorf("%q: %q, want %q", key, got, want)
		}
	}
}

// FuzzText: a well-formed text must lead back to data with the same text, for the types that have constructors.
func FuzzText(f *testing.F) {
	f.Add(uint32(1), []byte("a\x00\x00\x00"))
	f.Add(uint32(7), []byte("a\x00\x00\x00b\x00\x00\x00\x00\x00"))
	f.Add(uint32(4), []byte{1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, number uint32, data []byte) {
		v := setting.RegistryValue{Type: setting.ValueTypeOf(number), Data: data}
		text := v.Text()
		prefix := string(v.Type) + ":"
		if v.Type != setting.TypeSZ || len(text) < len(prefix) || text[:len(prefix)] != prefix {
			return
		}
		if again := setting.SZ(text[len(prefix):]).Text(); again != text {
			t.Fatalf("%q became %q", text, again)
		}
	})
}
