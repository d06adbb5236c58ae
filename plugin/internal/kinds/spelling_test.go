package kinds_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

// refused reports whether a setting is refused, while decoding or by Check.
func refused(t *testing.T, kind, body string) bool {
	t.Helper()
	spec, diags := decode(t, kind, body)
	if diags.HasErrors() {
		return true
	}
	diags = spec.Check()
	for _, d := range diags {
		if d.Severity == hcl.DiagError && (d.Subject == nil || d.Detail == "") {
			t.Errorf("%s: %q has no place or no way out", kind, d.Summary)
		}
	}
	return diags.HasErrors()
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%").Replace(s) + `"`
}

// One folder has many names on Windows: each spelling of a wide or writable one is refused as the plain one is.
func TestWidePlacesInEverySpelling(t *testing.T) {
	exclusion := func(path string) string { return "type = \"path\"\nreason = \"r\"\nvalue = " + quote(path) }
	for _, path := range []string{
		`C:`, `c:\`, `C:/`, `C:\\`, `C:\.`, `C:\ `, `C:\*`, `C:\*.*`, `C:\?`, `\\?\C:\`, `\\.\C:\`, `\\localhost\C$`, `\??\C:\`, `*`, `*:\`, `?:\`, `%SystemDrive%`, `%systemdrive%\`, `%SystemDrive%\*`,
		`C:\Windows.`, `C:\Windows `, `C:\Windows\.`, `C:\Windows\..`, `C:\Windows\`, `c:/windows`, `C:\Windows..`, `%windir%`, `%SystemRoot%.`, `C:\Windows::$INDEX_ALLOCATION`, `C:\Windows:x`,
		`C:\PROGRA~1`, `C:\PROGRA~2\`, `C:\Progra~3`, `C:\WINDOW~1\System32`, `C:\Program Files.`, `C:\Program Files `, `C:\Users.`, `C:\Users.\x`, `C:\DOCUME~1\x`, `C:\ProgramData.`, `C:\Windows.\Temp`, `C:\Windows\Temp.`,
		`C:\Windows\Temp `, `C:\Data\Temp.\x`, `C:\%OS%`, `C:\Data\%USERNAME%`, `%ProgramData%\%x%`, `%TEMP%`, `%UserProfile%\x`, `C:\Data\x:y`, `C:\Users\Public\Data`, `%ProgramFiles%`, `C:\NUL\x`,
	} {
		if !refused(t, "defender_exclusion", exclusion(path)) {
			t.Errorf("defender_exclusion: %q was accepted", path)
		}
		if !refused(t, "asr_rule", "rule = \"ransomware\"\nmode = \"block\"\nexclusions = ["+quote(path)+"]") {
			t.Errorf("asr_rule: %q was accepted", path)
		}
	}
	for _, path := range []string{`C:\Program Files\Vendor.\a.exe`, `C:\Program Files \V\a.exe`, `C:\PROGRA~1\V\a.exe`, `C:\Program Files\V\a.exe:b.exe`, `C:\Program Files\V\*.exe`, `a.exe`, `*\a.exe`, `C:\Program Files\V\a.exe `} {
		if !refused(t, "defender_exclusion", "type = \"process\"\nreason = \"r\"\nvalue = "+quote(path)) {
			t.Errorf("process %q was accepted", path)
		}
	}
	for _, ext := range []string{"*", ".", "..exe", "exe.", "e?e", " exe", "exe ", "**del.x", `a\b`, "EXE", ".Dll"} {
		if !refused(t, "defender_exclusion", "type = \"extension\"\nreason = \"r\"\nvalue = "+quote(ext)) {
			t.Errorf("extension %q was accepted", ext)
		}
	}
	for _, path := range []string{`C:\ProgramData\Vendor\Cache`, `D:\Images`, `%ProgramData%\Vendor`, `C:\Data\*.dcm`} {
		if refused(t, "defender_exclusion", exclusion(path)) {
			t.Errorf("%q was refused", path)
		}
	}
}

func TestAppLockerPathsInEverySpelling(t *testing.T) {
	for _, path := range []string{
		`%WINDIR%\Temp`, `%WINDIR%\\Temp\*`, `%WINDIR%\Temp.\*`, `%WINDIR%\Temp \*`, `%WINDIR%/Temp/*`, `%windir%\SYSTEM~1\*`, `%OSDRIVE%\PROGRA~1\*`, `%PROGRAMFILES%\V\a.exe:b.exe`, `%PROGRAMFILES%\..`,
		`%PROGRAMFILES%\V\..`, `%PROGRAMFILES%\V\.`, `%PROGRAMFILES%*`, `%PROGRAMFILES%`, `%SYSTEM32%*`, `%PROGRAMFILES%\V\`, `\\?\C:\Program Files\*`, `\\localhost\c$\Program Files\*`, `*\Program Files\*`, `?:\Program Files\*`,
		`C:Program Files\*`, `%TEMP%\*`, `%PROGRAMFILES(X86)%\*`, `C:\Program Files.\*`, `%OSDRIVE%\Program Files`, `%PROGRAMFILES%\%USERNAME%\*`, `%WINDIR%\x:*`, `**`, `*.*`, `*\*`,
	} {
		if !refused(t, "applocker_rule", hclPath(path)) {
			t.Errorf("%q was accepted", path)
		}
	}
	// A denial may be wide, and may name streams.
	deny := func(path string) string { return strings.Replace(hclPath(path), "allow", "deny", 1) }
	for _, path := range []string{`%OSDRIVE%\*:*`, `%OSDRIVE%\*`, `%WINDIR%\tracing:*`} {
		if refused(t, "applocker_rule", deny(path)) {
			t.Errorf("denial of %q was refused", path)
		}
	}
}

func TestShellsInEverySpelling(t *testing.T) {
	for _, path := range []string{
		`C:\Windows\Temp.\a.exe`, `C:\Windows\Temp \a.exe`, `C:\Windows\com\..\Temp\a.exe`, `C:\Windows\System32\com\dmp\a.exe`, `C:\Windows\System32\FxsTmp\a.exe`, `C:\Windows\Registration\CRMLog\a.exe`,
		`C:\Windows\x:a.exe`, `C:\Program Files\V\b.txt:a.exe`, `C:\PROGRA~1\V\a.exe`, `C:\Program Files\\V\a.exe`, `C:\Program Files\V\..\..\Users\a.exe`, `C:/Program Files/a.exe`, `\\s\s\a.exe`, `%ProgramFiles%\a.exe`,
		`D:\Program Files\a.exe`, `C:\Users\Public\a.exe`, `C:\Program Files.\V\a.exe`, `C:\Windows\SysWOW64\Tasks\a.exe`, `a.exe`, `C:\Program Files\V\%TEMP%\a.exe`,
	} {
		if !refused(t, "shell", "applies_to = \"everyone\"\nprogram = "+quote(path)) {
			t.Errorf("%q was accepted", path)
		}
	}
	for _, path := range []string{`explorer.exe`, `C:\Program Files\V\a.exe`, `c:\program files (x86)\v\a.exe`, `C:\Windows\System32\cmd.exe`} {
		if refused(t, "shell", "applies_to = \"everyone\"\nprogram = "+quote(path)) {
			t.Errorf("%q was refused", path)
		}
	}
}
