package kinds_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func exclusion(kind, value string) string {
	return "type = \"" + kind + "\"\nvalue = \"" + strings.ReplaceAll(value, `\`, `\\`) + "\"\nreason = \"manual, page 3\"\n"
}

func TestDefenderExclusionDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{exclusion("folder", `C:\x`), "Unsupported type", `"folder"`, "path"},
		{"type = \"path\"\nvalue = \"C:\\\\Data\\\\x\"\nreason = \" \"", "Exclusion without a reason", `" "`, "document"},
		{exclusion("path", `C:\`), "Exclusion too wide", `"C:\\"`, "whole drive"},
		{exclusion("path", `%TEMP%\x`), "Exclusion too wide", `"%TEMP%\\x"`, "%ProgramData%"},
		{exclusion("process", `C:\Vendor\a.exe`), "Exclusion too wide", `"C:\\Vendor\\a.exe"`, "Program Files"},
		{exclusion("extension", "*"), "Illegal extension", `"*"`, "dcm"},
		{exclusion("extension", ".exe"), "Exclusion too wide", `".exe"`, "path"},
	}
	for _, tt := range tests {
		t.Run(tt.summary, func(t *testing.T) { oneProblem(t, "defender_exclusion", tt.body, tt.summary, tt.at, tt.detail) })
	}
}

func TestDefenderExclusionsAreNarrow(t *testing.T) {
	for _, ok := range [][2]string{
		{"path", `C:\ProgramData\Vendor\Cache`}, {"path", `%ProgramData%\Vendor`}, {"path", `D:\Images`}, {"path", `C:\Program Files\Vendor\db\data.mdf`}, {"path", `C:\ProgramData\Vendor\*.dcm`},
		{"path", `C:\Windows\SoftwareDistribution\DataStore`}, {"process", `C:\Program Files\Vendor\a.exe`}, {"process", `%ProgramFiles(x86)%\Vendor\a.EXE`}, {"extension", "dcm"}, {"extension", ".MDF"},
	} {
		spec := mustDecode(t, "defender_exclusion", exclusion(ok[0], ok[1]))
		if v := outcome(t, spec, applied(t, spec)); v.Outcome != setting.Pass {
			t.Errorf("%s after its own ops: %+v", ok[1], v)
		}
	}
	for _, bad := range [][2]string{
		{"path", `C:`}, {"path", `c:\`}, {"path", `\`}, {"path", `*`}, {"path", `C:\*`}, {"path", `D:\*.*`}, {"path", `C:\*.dcm`}, {"path", `D:\*\x`}, {"path", `C:\Windows`}, {"path", `%SystemRoot%`},
		{"path", `%windir%\System32`}, {"path", `C:\Windows\Temp`}, {"path", `C:\Windows\Temp\x`}, {"path", `C:\Windows\System32\spool\PRINTERS`}, {"path", `C:\ProgramData`}, {"path", `C:\ProgramData\*`},
		{"path", `C:\ProgramData\`}, {"path", `C:\ProgramData\*.dcm`}, {"path", `%ProgramFiles%`}, {"path", `C:\Users`}, {"path", `C:\Users\Public\x`}, {"path", `%USERPROFILE%\x`}, {"path", `%APPDATA%\x`},
		{"path", `D:\Temp`}, {"path", `D:\Data\tmp\x`}, {"path", `C:\Vendor\Downloads`}, {"path", `C:\Vendor\*.exe`}, {"path", `C:\Vendor\a*.DLL`}, {"path", `C:\Vendor\a.*`}, {"path", `C:\Vendor\*`},
		{"path", `C:\Vendor\.*`}, {"path", `C:\Vendor\..\Windows`}, {"path", `\\server\share\x`}, {"path", `C:/Vendor`}, {"path", `Vendor\x`}, {"path", `C:\Bildlådan`}, {"path", `%x`}, {"path", ``},
		{"path", `C:\Vendor\\x`}, {"path", `C:\Vend?r\x`}, {"process", `a.exe`}, {"process", `C:\Program Files\Vendor\*.exe`}, {"process", `C:\Program Files\Vendor`}, {"process", `C:\Windows\System32\svchost.exe`},
		{"process", `C:\ProgramData\Vendor\a.exe`}, {"extension", ""}, {"extension", "."}, {"extension", "dc*"}, {"extension", "DLL"}, {"extension", "ps1"}, {"extension", `a\b`},
	} {
		spec, diags := decode(t, "defender_exclusion", exclusion(bad[0], bad[1]))
		if diags = append(diags, spec.Check()...); !diags.HasErrors() {
			t.Errorf("%s %q was accepted", bad[0], bad[1])
		}
	}
}

// Exclusions of several modules stand side by side, and the same one twice is one.
func TestDefenderExclusionsMeet(t *testing.T) {
	one := mustDecode(t, "defender_exclusion", exclusion("path", `C:\ProgramData\Vendor`))
	for body, want := range map[string]string{
		exclusion("path", `c:\programdata\VENDOR`) + "": "agree",
		exclusion("path", `C:\ProgramData\Other`):       "agree", // on the list being used
		exclusion("extension", "dcm"):                   "apart",
	} {
		if got := meeting(one, mustDecode(t, "defender_exclusion", body)); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
	again := mustDecode(t, "defender_exclusion", strings.Replace(exclusion("path", `C:\ProgramData\Vendor`), "page 3", "page 4", 1))
	if got := again.(setting.Comparer).Compare(one); got != setting.Same {
		t.Errorf("another reason: %s, want same", got)
	}
}
