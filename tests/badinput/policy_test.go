package badinput_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// wide is text in UTF-16LE.
func wide(text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

// pol is a Registry.pol with one entry; size is what it says of its data's length.
func pol(key, name string, kind, size uint32, data string) string {
	number := func(n uint32) string { return string(binary.LittleEndian.AppendUint32(nil, n)) }
	return "PReg\x01\x00\x00\x00" + wide("["+key+"\x00;"+name+"\x00;") + number(kind) + wide(";") + number(size) + wide(";") + data + wide("]")
}

const rights = "[Unicode]\nUnicode=yes\n[Privilege Rights]\n"

// bomb grows to billions of characters where entities are expanded.
func bomb() string {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\"?>\n<!DOCTYPE x [\n<!ENTITY a0 \"aaaaaaaaaa\">\n")
	for i := range 9 {
		n := string(rune('1' + i))
		b.WriteString("<!ENTITY a" + n + " \"" + strings.Repeat("&a"+string(rune('0'+i))+";", 10) + "\">\n")
	}
	b.WriteString("]>\n<AppLockerPolicy Version=\"1\"><RuleCollection Type=\"Exe\" EnforcementMode=\"&a9;\"/></AppLockerPolicy>\n")
	return b.String()
}

func applocker(rule string) string {
	return "<AppLockerPolicy Version=\"1\">\n<RuleCollection Type=\"Exe\" EnforcementMode=\"Enabled\">\n" + rule + "\n</RuleCollection>\n</AppLockerPolicy>\n"
}

// TestPolicies gives `import` and `plan --gpo` files of other tools that are damaged, in the wrong encoding or made to do harm.
func TestPolicies(t *testing.T) {
	const key = `SOFTWARE\Policies\Test`
	good := pol(key, "Level", 4, 4, "\x01\x00\x00\x00")
	tests := map[string]struct {
		file, text string
		words      []string
	}{
		"pol: empty":              {"Registry.pol", "", []string{`Unknown source`, `none of: Registry.pol`}},
		"pol: only a head":        {"Registry.pol", good[:6], []string{`back the policy up anew`}},
		"pol: cut in a key":       {"Registry.pol", good[:30], []string{`At byte 10`, `the key has no end`, `back the policy up anew`}},
		"pol: cut in data":        {"Registry.pol", good[:len(good)-4], []string{`At byte 84`, `back the policy up anew`}},
		"pol: another version":    {"Registry.pol", "PReg\x02" + good[5:], []string{`At byte 4`, `only 1 is known`}},
		"pol: data without end":   {"Registry.pol", pol(key, "Level", 4, 0xffffffff, "\x01\x00\x00\x00"), []string{`At byte 84`, `4294967295 bytes`}},
		"pol: half a character":   {"Registry.pol", good + "[", []string{`At byte 90`}},
		"pol: in UTF-8":           {"Registry.pol", "PReg\x01\x00\x00\x00[" + key + ";Level;4;4;1]", []string{`At byte 8`}},
		"inf: a name for a SID":   {"GptTmpl.inf", rights + "SeDebugPrivilege = Administratörer\n", []string{`GptTmpl.inf line 4`, `Name where a SID belongs`, `Write its SID`}},
		"inf: in Latin-1":         {"GptTmpl.inf", rights + "SeDebugPrivilege = Administrat\xf6rer\n", []string{`offset 71`, `Save the file as UTF-8`}},
		"inf: odd UTF-16":         {"GptTmpl.inf", "\xff\xfe" + wide(rights+"SeDebugPrivilege = *S-1-5-32-544\n") + "x", []string{`it is cut off`, `Export it anew`}},
		"inf: NUL inside":         {"GptTmpl.inf", rights + "SeDebugPrivilege = *S-1-5-32-544\x00\n", []string{`offset 73`, `Save the file as UTF-8`}},
		"inf: cut in a head":      {"GptTmpl.inf", "[Unicode]\nUnicode=yes\n[Privilege Righ", []string{`GptTmpl.inf line 3`, `Export it anew`}},
		"inf: malformed SID":      {"GptTmpl.inf", rights + "SeDebugPrivilege = *S-1-5-32-x\n", []string{`GptTmpl.inf line 4`, `Write its SID`}},
		"csv: a quote open":       {"audit.csv", "Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting,Setting Value\n,System,\"Audit Logon,{0cce9215-69ae-11d9-bed3-505054503030},Success,,1\n", []string{`audit.csv line 2`, `back the policy up anew`}},
		"csv: columns missing":    {"audit.csv", "Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting,Setting Value\n,System,Audit Logon\n", []string{`audit.csv line 2`, `3 fields instead of 7`}},
		"csv: value 9":            {"audit.csv", "Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting,Setting Value\n,System,Audit Logon,{0cce9215-69ae-11d9-bed3-505054503030},Success,,9\n", []string{`audit.csv line 2`, `0 to 4`}},
		"xml: cut":                {"AppLocker.xml", applocker("")[:60], []string{`AppLocker.xml line 2`, `export it anew`}},
		"xml: entities":           {"AppLocker.xml", bomb(), []string{`AppLocker.xml line 2`, `<!DOCTYPE`, `export it anew`}},
		"xml: outside entity":     {"AppLocker.xml", "<?xml version=\"1.0\"?>\n<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>\n" + applocker("&e;"), []string{`AppLocker.xml line 2`, `<!DOCTYPE`}},
		"xml: deep":               {"AppLocker.xml", "<AppLockerPolicy Version=\"1\">" + strings.Repeat("<a>", 100000), []string{`more than 16 deep`}},
		"text: cut":               {"lgpo.txt", "Computer\nSOFTWARE\\Policies\\Test\nLevel\n", []string{`3 of its 4 lines`, `Write it anew`}},
		"text: a type that is no": {"lgpo.txt", "Computer\nSOFTWARE\\Policies\\Test\nLevel\nDWARD:1\n\n", []string{`"DWARD"`, `DWORD, QWORD`}},
		"nothing known":           {"notes.txt", "Buy milk.\n", []string{`none of: Registry.pol`}},
		"links":                   {"archive.zip", "PK\x03\x04", []string{`none of: Registry.pol`}},
	}
	shared := place(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(shared)); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, tt.file), []byte(tt.text), 0o644); err != nil {
				t.Fatal(err)
			}
			words := append([]string{tt.file}, tt.words...)
			refused(t, dir, 2, words, "import", tt.file, "--module", "got", "--out", "p/modules/got.hcl")
			refused(t, dir, 2, words, "plan", image, "--gpo", tt.file)
		})
	}
}

// TestPoliciesLeaveOut gives files that are whole, with one thing in them that no setting can hold: it is named with its place and the
// reason, and no part of it comes into a module.
func TestPoliciesLeaveOut(t *testing.T) {
	const key = `SOFTWARE\Policies\Test`
	tests := map[string]struct {
		file, text string
		words      []string
	}{
		"pol: more than its type": {"Registry.pol", pol(key, "Level", 4, 6, "\x01\x00\x00\x00\x00\x00"), []string{`Registry.pol at byte 8`, `its data do not fit its type`}},
		"pol: lone surrogate":     {"Registry.pol", pol(key, "Level", 1, 4, "\x00\xd8\x00\x00"), []string{`Registry.pol at byte 8`, `its data do not fit its type`}},
		"csv: no GUID":            {"audit.csv", "Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting,Setting Value\n,System,Audit Logon,Logon,Success,,1\n", []string{`audit.csv:2`, `no subcategory`}},
		"xml: writable path":      {"AppLocker.xml", applocker(`<FilePathRule Id="00000000-1111-2222-3333-444444444444" Name="x" Description="" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="%OSDRIVE%\Users\*"/></Conditions></FilePathRule>`), []string{`AppLocker.xml:3`, `Allow rule on a writable path`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, tt.file, tt.text)
			r := run(t, dir, "import", tt.file, "--module", "got", "--out", "got.hcl")
			for _, w := range append(tt.words, "NOT CARRIED") {
				if !strings.Contains(r.Stdout, w) {
					t.Errorf("the report does not say %q:\n%s", w, r.Stdout)
				}
			}
			module, err := os.ReadFile(filepath.Join(dir, "got.hcl"))
			if (err == nil) != (r.Code == 0) {
				t.Errorf("exit code %d, and reading the module ends with %v", r.Code, err)
			}
			if err == nil && (strings.Contains(string(module), "applocker_rule") || strings.Contains(string(module), "Everyone")) {
				t.Errorf("the module holds what was left out:\n%s", module)
			}
		})
	}
}
