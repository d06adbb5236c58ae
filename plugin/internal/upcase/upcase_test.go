package upcase_test

import (
	"slices"
	"testing"
	"unicode"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

func TestUnitKnownTraps(t *testing.T) {
	tests := []struct {
		name     string
		in, want uint16
	}{
		{"ascii", 'a', 'A'},
		{"ascii upper stays", 'Z', 'Z'},
		{"underscore lies between the cases", '_', '_'},
		{"sharp s has no one-unit upper case", 0x00df, 0x00df},
		{"dotless i stays, unlike ToUpper", 0x0131, 0x0131},
		{"long s stays, unlike ToUpper", 0x017f, 0x017f},
		{"micro sign stays, unlike ToUpper", 0x00b5, 0x00b5},
		{"y with diaeresis leaves Latin-1", 0x00ff, 0x0178},
		{"å", 'å', 'Å'}, {"ä", 'ä', 'Ä'}, {"ö", 'ö', 'Ö'},
		{"Å", 'Å', 'Å'}, {"Ä", 'Ä', 'Ä'}, {"Ö", 'Ö', 'Ö'},
		{"division sign amid the letters", 0x00f7, 0x00f7},
		{"Cyrillic ж", 'ж', 'Ж'},
		{"Greek final sigma stays", 0x03c2, 0x03c2},
		{"title-case digraph stays", 0x01c5, 0x01c5},
		{"every-second range", 0x0101, 0x0100},
		{"high surrogate", 0xd801, 0xd801},
		{"low surrogate", 0xdc28, 0xdc28},
		{"last unit", 0xffff, 0xffff},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := upcase.Unit(tc.in); got != tc.want {
				t.Errorf("Unit(%#04x) = %#04x, want %#04x", tc.in, got, tc.want)
			}
		})
	}
}

// The two counts are facts of the source table: a lost or doubled span shows.
func TestTableCounts(t *testing.T) {
	mapped, unlike := 0, 0
	for i := range 1 << 16 {
		u := uint16(i)
		up := upcase.Unit(u)
		if up != u {
			mapped++
		}
		if upcase.Unit(up) != up {
			t.Errorf("Unit is not idempotent at %#04x", u)
		}
		if rune(up) != unicode.ToUpper(rune(u)) {
			unlike++
		}
	}
	if mapped != 973 || unlike != 217 {
		t.Errorf("got %d mapped units, %d unlike unicode.ToUpper; want 973 and 217", mapped, unlike)
	}
}

func TestCompare(t *testing.T) {
	// In this order on every NTFS volume: '_' (0x5f) sorts after 'Z' because
	// names compare in upper case.
	sorted := []string{"", "A", "a1", "AB", "z", "_", "Ö", "öa", "Ж", "ﬀ"}
	for i, a := range sorted {
		for j, b := range sorted {
			want := min(1, max(-1, i-j))
			if got := upcase.Compare(upcase.Units(a), upcase.Units(b)); got != want {
				t.Errorf("Compare(%q, %q) = %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestEqualAndFold(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"Software", "SOFTWARE", true},
		{"åÄö", "ÅäÖ", true},
		{"straße", "STRASSE", false},
		{"ı", "I", false},
		{"ſ", "S", false},
		{"\u212a", "k", false}, // the Kelvin sign is no K to Windows
		{"Привет", "ПРИВЕТ", true},
		{"𐐨", "𐐀", false}, // outside the BMP nothing is folded
		{"x\xed\xa0\x81", "X\xed\xa0\x81", true},
		{"x\xed\xa0\x81", "x\xed\xa0\x82", false},
		{"ab", "abc", false},
	}
	for _, tc := range tests {
		if got := upcase.Equal(tc.a, tc.b); got != tc.want {
			t.Errorf("Equal(%q, %q) = %t, want %t", tc.a, tc.b, got, tc.want)
		}
		if got := upcase.Fold(tc.a) == upcase.Fold(tc.b); got != tc.want {
			t.Errorf("Fold(%q) == Fold(%q) is %t, want %t", tc.a, tc.b, got, tc.want)
		}
	}
}

func TestUnitsKeepUnpairedSurrogates(t *testing.T) {
	tests := [][]uint16{
		{}, {'a'}, {0xd800}, {0xdfff, 0xd800}, {0xd801, 0xdc28}, {0xd801, 'x', 0xdc28}, {0xe5, 0x416, 0xffff, 0},
	}
	for _, u := range tests {
		if got := upcase.Units(upcase.String(u)); !slices.Equal(got, u) {
			t.Errorf("Units(String(%#04x)) = %#04x", u, got)
		}
	}
	if got := upcase.Units("a\xffb\xed\xa0"); !slices.Equal(got, []uint16{'a', 0xfffd, 'b', 0xfffd, 0xfffd}) {
		t.Errorf("broken UTF-8 gave %#04x", got)
	}
}

func FuzzUnits(f *testing.F) {
	f.Add("åäö\xed\xa0\x80")
	f.Add("\xed\xa0\x81\xed\xb0\xa8")
	f.Fuzz(func(t *testing.T, s string) {
		u := upcase.Units(s)
		if got := upcase.Units(upcase.String(u)); !slices.Equal(got, u) {
			t.Errorf("%q: units %#04x came back as %#04x", s, u, got)
		}
		if f := upcase.Fold(s); upcase.Fold(f) != f {
			t.Errorf("Fold(%q) is not stable", s)
		}
	})
}

// TestEqualIsFold: the short way that Equal takes comes to what comparing the folded names does.
func TestEqualIsFold(t *testing.T) {
	names := []string{"", "a", "A", "aB", "Ab", "b", "[", "{", "a[", "A{", "ab", "abc", "aı", "aI", "aé", "aÉ", "É", "é", "aéb", "aÉB", "aéc", "a\xff", "a\xfe", "K", "K", "ſ", "S", "a\u00b5", "a\u039c"}
	for _, a := range names {
		for _, b := range names {
			if got, want := upcase.Equal(a, b), upcase.Fold(a) == upcase.Fold(b); got != want {
				t.Errorf("Equal(%q, %q) = %t, folded %t", a, b, got, want)
			}
		}
	}
}
