package conflict_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
)

func TestGrantsUsers(t *testing.T) {
	for sddl, want := range map[string]bool{
		"D:P(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)": false, "D:P(A;OICI;FRFX;;;BU)": false, "D:P(A;OICIIO;0xa0000000;;;AU)": false, "D:P(A;;FA;;;BA)": false, "D:(D;;FA;;;BU)": false,
		"D:P(A;OICI;0x1301bf;;;BU)": true, "D:(A;OICI;FA;;;WD)": true, "D:(A;OICI;FW;;;S-1-5-11)": true, "D:(A;OICIIO;GA;;;IU)": true, "D:(A;;0x4;;;S-1-5-32-545)": true,
		"O:SY": true, "": true, "D:(A;;WHAT;;;BU)": true, "D:(A;;FR;;;BU)(A;CI;LC;;;BU)S:(AU;SA;FA;;;WD)": true, "D:(A;;FR;;;BU)S:(AU;SA;FA;;;WD)": false,
	} {
		if got := conflict.GrantsUsers(sddl); got != want {
			t.Errorf("%q: %v", sddl, got)
		}
	}
}

// FuzzFolder: a path in one spelling is in that spelling, and is read alike.
func FuzzFolder(f *testing.F) {
	for _, seed := range []string{`C:\Users\*`, `%TEMP%`, `\\?\UNC\s\d`, `c:/a/../..`, `C:\PROGRA~1\x`, `.. . `, ``, `C:\*.*\*`, `%ProgramFiles(x86)%\x`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		text, why, odd := conflict.FolderOf(path)
		again, whyAgain, _ := conflict.FolderOf(text)
		if !odd && (again != text || why != whyAgain) {
			t.Errorf("%q is %q (%s), and that is %q (%s)", path, text, why, again, whyAgain)
		}
		if odd && why == "" {
			t.Errorf("%q names no one place, and nobody is told", path)
		}
	})
}
