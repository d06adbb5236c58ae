package kinds_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
)

const (
	hklm  = `key = "HKLM\\SOFTWARE\\X"` + "\n" + `name = "n"` + "\n"
	rule  = "id = \"i\"\nname = \"n\"\ndirection = \"in\"\naction = \"allow\"\n"
	hosts = `path = "C:\\x.txt"` + "\n"
	guest = "S-1-5-32-546"
)

// Each case names the text that the diagnostic must point at: the smallest range, never the whole block.
func TestDiagnostics(t *testing.T) {
	long := strings.Repeat("a", 256)
	tests := []struct{ kind, body, summary, at, detail string }{
		{"registry_value", `key = "HKCR\\X"` + "\nname = \"n\"\ntype = \"sz\"\nvalue = \"\"", "Unsupported registry key", `"HKCR\\X"`, `HKLM\\SOFTWARE\\Classes`},
		{"registry_value", `key = "HKEY_USERS\\S-1-5-18\\X"` + "\nname = \"n\"\nensure = \"absent\"", "Unsupported registry key", `"HKEY_USERS\\S-1-5-18\\X"`, "HKCU"},
		{"registry_value", `key = "HKLM\\SAM\\X"` + "\nname = \"n\"\nensure = \"absent\"", "Unsupported registry key", `"HKLM\\SAM\\X"`, "user_right"},
		{"registry_value", `key = "HKLM\\HARDWARE\\X"` + "\nname = \"n\"\nensure = \"absent\"", "Unsupported registry key", `"HKLM\\HARDWARE\\X"`, "each start"},
		{"registry_value", `key = "hklm\\system\\controlset001\\X"` + "\nname = \"n\"\nensure = \"absent\"", "Unsupported registry key", `"hklm\\system\\controlset001\\X"`, "CurrentControlSet"},
		{"registry_value", `key = "HKLM\\SYSTEM\\Select"` + "\nname = \"Current\"\nensure = \"absent\"", "Unsupported registry key", `"HKLM\\SYSTEM\\Select"`, "control set"},
		{"registry_value", `key = "HKLM\\SOFTWARE"` + "\nname = \"n\"\nensure = \"absent\"", "Unsupported registry key", `"HKLM\\SOFTWARE"`, "below"},
		{"registry_value", `key = "HKLM\\Software\\Wow6432Node\\Policies\\X"` + "\nname = \"n\"\nensure = \"absent\"", "Unsupported registry key", `"HKLM\\Software\\Wow6432Node\\Policies\\X"`, "shares"},
		{"registry_value", `key = "HKLM\\SOFTWARE\\WOW6432Node\\microsoft\\Windows\\CurrentVersion\\Policies\\System"` + "\nname = \"n\"\nensure = \"absent\"", "Unsupported registry key", `"HKLM\\SOFTWARE\\WOW6432Node\\microsoft\\Windows\\CurrentVersion\\Policies\\System"`, `shares`},
		{"registry_value", `key = "HKLM\\SOFTWARE\\WOW6432Node\\Classes\\X"` + "\nname = \"n\"\nensure = \"absent\"", "Unsupported registry key", `"HKLM\\SOFTWARE\\WOW6432Node\\Classes\\X"`, `Classes\\WOW6432Node`},
		{"registry_value", `key = "HKLM\\SOFTWARE\\WOW6432Node\\WOW6432Node\\X"` + "\nname = \"n\"\nensure = \"absent\"", "Unsupported registry key", `"HKLM\\SOFTWARE\\WOW6432Node\\WOW6432Node\\X"`, `once`},
		{"registry_value", `key = "HKCU\\Software\\Classes\\X"` + "\nname = \"n\"\nensure = \"absent\"", "Unsupported registry key", `"HKCU\\Software\\Classes\\X"`, "UsrClass.dat"},
		{"registry_value", `key = "HKLM\\SOFTWARE\\\\X"` + "\nname = \"n\"\nensure = \"absent\"", "Empty component in registry key", `"HKLM\\SOFTWARE\\\\X"`, "one backslash"},
		{"registry_value", `key = "HKLM\\SOFTWARE\\X\\"` + "\nname = \"n\"\nensure = \"absent\"", "Empty component in registry key", `"HKLM\\SOFTWARE\\X\\"`, ""},
		{"registry_value", `key = "HKLM\\SOFTWARE\\a\u0000b"` + "\nname = \"n\"\nensure = \"absent\"", "Illegal character in registry key", `"HKLM\\SOFTWARE\\a\u0000b"`, ""},
		{"registry_value", `key = "HKLM\\SOFTWARE\\` + long + `"` + "\nname = \"n\"\nensure = \"absent\"", "Registry key name too long", `"HKLM\\SOFTWARE\\` + long + `"`, "255"},
		{"registry_value", `key = "HKLM\\SOFTWARE` + strings.Repeat(`\\a`, 511) + `"` + "\nname = \"n\"\nensure = \"absent\"", "Registry key too deep", `"HKLM\\SOFTWARE` + strings.Repeat(`\\a`, 511) + `"`, "512"},
		{"registry_value", `key = "HKLM\\SOFTWARE\\X"` + "\n" + `name = "a\u0000"` + "\nensure = \"absent\"", "Illegal character in registry value name", `"a\u0000"`, ""},
		{"registry_value", hklm + `type = "REG_DWROD"` + "\nvalue = 1\nstricter = \"lower\"", "Unsupported registry type", `"REG_DWROD"`, `Did you mean "dword"?`},
		{"registry_value", hklm + `type = "link"` + "\nvalue = \"x\"", "Unsupported registry type", `"link"`, "refused"},
		{"registry_value", `key = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\winlogon"` + "\nname = \"defaultpassword\"\ntype = \"sz\"\nvalue = \"x\"", "Secret in a profile", `"defaultpassword"`, "made on the client"},
		{"registry_value", hklm, "Missing registry type", `"n"`, "ensure"},
		{"registry_value", hklm + `type = "sz"`, "Missing registry data", `"sz"`, "absent"},
		{"registry_value", hklm + `type = "sz"` + "\nvalue = null", "Illegal registry data", `null`, ""},
		{"registry_value", hklm + `type = "dword"` + "\nvalue = 4294967296", "Illegal registry data", `4294967296`, "qword"},
		{"registry_value", hklm + `type = "dword"` + "\nvalue = -1", "Illegal registry data", `-1`, ""},
		{"registry_value", hklm + `type = "dword"` + "\nvalue = 1.5", "Illegal registry data", `1.5`, ""},
		{"registry_value", hklm + `type = "dword"` + "\nvalue = \"one\"", "Illegal registry data", `"one"`, ""},
		{"registry_value", hklm + `type = "multi_sz"` + "\n" + `value = ["a", ""]`, "Illegal registry data", `""`, "Item 2"},
		{"registry_value", hklm + `type = "multi_sz"` + "\n" + `value = ["a\u0000b"]`, "Illegal registry data", `"a\u0000b"`, "NUL"},
		{"registry_value", hklm + `type = "multi_sz"` + "\n" + `value = []` + "\nmerge = \"union\"", "Empty union", `[]`, "exact"},
		{"registry_value", hklm + `type = "multi_sz"` + "\nvalue = null", "Illegal registry data", `null`, ""},
		{"registry_value", hklm + `type = "multi_sz"` + "\n" + `value = ["a", null]`, "Illegal registry data", `null`, "Item 2"},
		{"registry_value", hklm + `type = "dword"` + "\nvalue = \"thirty\"", "Illegal registry data", `"thirty"`, "from 0 to 4294967295"},
		{"registry_value", hklm + `type = "qword"` + "\nvalue = 18446744073709551616", "Illegal registry data", `18446744073709551616`, "18446744073709551615"},
		{"registry_value", hklm + `type = "binary"` + "\n" + `value = "0x01"`, "Illegal registry data", `"0x01"`, "hex"},
		{"registry_value", hklm + `type = "sz"` + "\n" + `value = "a\u0000b"`, "Illegal registry data", `"a\u0000b"`, ""},
		{"registry_value", hklm + `ensure = "absent"` + "\ntype = \"sz\"", "Type of an absent registry value", `"sz"`, ""},
		{"registry_value", hklm + `ensure = "absent"` + "\nvalue = 1", "Value of an absent registry value", `value = 1`, ""},
		{"registry_value", hklm + `ensure = "abesnt"`, "Unsupported ensure", `"abesnt"`, `Did you mean "absent"?`},
		{"registry_value", hklm + "type = \"sz\"\nvalue = \"\"\nmerge = \"union\"", "Union of something that is no list", `"union"`, ""},
		{"registry_value", hklm + "type = \"sz\"\nvalue = \"\"\nstricter = \"lower\"", "Stricter for something that is no number", `"lower"`, ""},
		{"registry_value", `key = "HKLM\\SOFTWARE\\Policies\\X"` + "\n" + `name = ""` + "\ntype = \"sz\"\nvalue = \"\"", "Default value of a policy key", `""`, "policy = false"},
		{"registry_value", `key = "HKLM\\SOFTWARE\\Policies\\X"` + "\n" + `name = "**del.x"` + "\ntype = \"sz\"\nvalue = \"\"", "Reserved policy name", `"**del.x"`, "absent"},

		{"registry_value", `key = "HKLM\\SOFTWARE\\Policies\\X"` + "\n" + `name = "å"` + "\ntype = \"sz\"\nvalue = \"\"", "Illegal character in policy name", `"å"`, "policy = false"},
		{"registry_value", `key = "HKLM\\SOFTWARE\\Policies\\å"` + "\n" + `name = "n"` + "\nensure = \"absent\"", "Illegal character in policy key", `"HKLM\\SOFTWARE\\Policies\\å"`, "policy = false"},
		{"registry_value", `key = "HKLM\\SOFTWARE\\Policies\\X"` + "\n" + `name = "` + long + `aaaa"` + "\nensure = \"absent\"", "Policy name too long", `"` + long + `aaaa"`, "259"},
		{"registry_value", `key = "HKLM\\SOFTWARE\\Policies\\X"` + "\n" + `name = "n"` + "\ntype = \"none\"\nvalue = \"\"", "Unsupported policy type", `"none"`, "policy = false"},

		{"service", "name = \"\"\nstart = \"manual\"", "Empty service name", `""`, ""},
		{"service", `name = "a\\b"` + "\nstart = \"manual\"", "Illegal service name", `"a\\b"`, ""},
		{"service", `name = "a "` + "\nstart = \"manual\"", "Illegal service name", `"a "`, ""},
		{"service", "name = \"x\"\nstart = \"disable\"", "Unsupported start", `"disable"`, `Did you mean "disabled"?`},

		{"file", `path = "D:\\x"` + "\ncontent = \"\"", "Illegal file path", `"D:\\x"`, "volume"},
		{"file", hosts, "Missing or double file content", `"C:\\x.txt"`, ""},
		{"file", hosts + "content = \"\"\nsource = \"a\"", "Missing or double file content", `"a"`, ""},
		{"file", hosts + "source = \"../a\"\nsha256 = \"" + strings.Repeat("0", 64) + "\"", "Illegal source path", `"../a"`, ""},
		{"file", hosts + "source = \"a\"", "Missing or malformed digest", `"a"`, "sha256sum a"},
		{"file", hosts + "source = \"a\"\nsha256 = \"xyz\"", "Missing or malformed digest", `"xyz"`, ""},
		{"file", hosts + "content = \"\"\nsha256 = \"xyz\"", "Digest without source", `"xyz"`, ""},
		{"file", hosts + "ensure = \"absent\"\ncontent = \"a\"", "Content of an absent file", `"a"`, ""},
		{"file", hosts + "content = \"\"\nencoding = \"utf16\"", "Unsupported encoding", `"utf16"`, ""},

		{"user_right", "right = \"SeDenyNetworkLogonRigth\"\nsids = [\"" + guest + "\"]", "Unknown user right", `"SeDenyNetworkLogonRigth"`, `Did you mean "SeDenyNetworkLogonRight"?`},
		{"user_right", "right = \"SeDebugPrivilege\"", "Empty expectation", `"SeDebugPrivilege"`, "nobody"},
		{"user_right", "right = \"SeDebugPrivilege\"\nsids = []", "Empty expectation", `[]`, "nobody"},
		{"user_right", "right = \"SeDebugPrivilege\"\nsids = [\"Guests\"]", "Name where a SID belongs", `["Guests"]`, guest},
		{"user_right", "right = \"SeDebugPrivilege\"\nsids = [\"BUILTIN\\\\Gäster\"]", "Name where a SID belongs", `["BUILTIN\\Gäster"]`, guest},
		{"user_right", "right = \"SeDebugPrivilege\"\nsids = [\"Administrators\"]", "Name where a SID belongs", `["Administrators"]`, "S-1-5-32-544"},
		{"user_right", "right = \"SeDebugPrivilege\"\nsids = [\"Användare\"]", "Name where a SID belongs", `["Användare"]`, "S-1-5-32-545"},
		{"user_right", "right = \"SeDebugPrivilege\"\nsids = [\"VARD\\\\medtek\"]", "Name where a SID belongs", `["VARD\\medtek"]`, "Names differ by language"},
		{"user_right", "right = \"SeDebugPrivilege\"\nsids = [\"S-1-5-032\"]", "Malformed SID", `["S-1-5-032"]`, ""},
		{"user_right", "right = \"SeDebugPrivilege\"\nsids = [\"S-1-5" + strings.Repeat("-1", 16) + "\"]", "Malformed SID", `["S-1-5` + strings.Repeat("-1", 16) + `"]`, "15"},
		{"user_right", "right = \"SeDebugPrivilege\"\nsids = [\"" + guest + "\"]\nnobody = true", "Nobody and somebody", `true`, ""},

		{"firewall_rule", "id = \"i\"\nname = \"n\"\ndirection = \"in\"", "Missing action", `"i"`, "allow"},
		{"firewall_rule", "id = \"a|b\"\nname = \"n\"\ndirection = \"in\"\naction = \"allow\"", "Illegal character in rule", `"a|b"`, ""},
		{"firewall_rule", "id = \"i\"\nname = \"ALL\"\ndirection = \"in\"\naction = \"allow\"", "Illegal rule name", `"ALL"`, ""},
		{"firewall_rule", "id = \"i\"\nensure = \"absent\"\nname = \"n\"", "Fields of an absent rule", `"absent"`, ""},
		{"firewall_rule", "id = \"**x\"\nensure = \"absent\"", "Illegal rule id", `"**x"`, "ASCII"},
		{"firewall_rule", rule + `remote_addresses = ["0.0.0.0/0"]`, "Illegal address", `["0.0.0.0/0"]`, "leave the list out"},
		{"firewall_rule", rule + `protocol = "tpc"`, "Unsupported protocol", `"tpc"`, `Did you mean "tcp"?`},
		{"firewall_rule", rule + `protocol = "256"`, "Unsupported protocol", `"256"`, ""},
		{"firewall_rule", rule + `local_ports = ["80"]`, "Ports without a protocol", `["80"]`, "tcp"},
		{"firewall_rule", rule + "protocol = \"tcp\"\n" + `local_ports = ["65536"]`, "Illegal port", `["65536"]`, ""},
		{"firewall_rule", rule + "protocol = \"tcp\"\n" + `local_ports = ["9-8"]`, "Illegal port", `["9-8"]`, ""},
		{"firewall_rule", rule + "protocol = \"tcp\"\n" + `remote_ports = ["RPC"]`, "Illegal port", `["RPC"]`, ""},
		{"firewall_rule", rule + "protocol = \"tcp\"\n" + `local_ports = []`, "Empty expectation", `[]`, "any"},
		{"firewall_rule", rule + `remote_addresses = ["10.0.0.1/8"]`, "Illegal address", `["10.0.0.1/8"]`, "10.0.0.0/8"},
		{"firewall_rule", rule + `remote_addresses = ["fe80::1%eth0"]`, "Illegal address", `["fe80::1%eth0"]`, ""},
		{"firewall_rule", rule + `remote_addresses = ["10.0.0.9-10.0.0.1"]`, "Illegal address", `["10.0.0.9-10.0.0.1"]`, ""},
		{"firewall_rule", rule + `local_addresses = ["LocalSubnet"]`, "Illegal address", `["LocalSubnet"]`, ""},
		{"firewall_rule", rule + `profiles = ["work"]`, "Unsupported profile", `["work"]`, ""},
		{"firewall_rule", rule + `program = "a.exe"`, "Program without a path", `"a.exe"`, "System32"},
	}
	for _, tt := range tests {
		t.Run(tt.kind+"/"+tt.summary, func(t *testing.T) { oneProblem(t, tt.kind, tt.body, tt.summary, tt.at, tt.detail) })
	}
}

// oneProblem wants exactly one error of the body, at the text named and with a detail that holds the words given.
func oneProblem(t *testing.T, kind, body, summary, at, detail string) {
	t.Helper()
	spec, diags := decode(t, kind, body)
	diags = append(diags, spec.Check()...)
	if len(diags) != 1 {
		t.Fatalf("%d diagnostics, want 1: %v\n%.300s", len(diags), diags, body)
	}
	d := diags[0]
	place := ""
	if d.Subject != nil && d.Subject.CanSliceBytes([]byte(body)) {
		place = string(d.Subject.SliceBytes([]byte(body)))
	}
	if d.Severity != hcl.DiagError || d.Summary != summary || place != at || !strings.Contains(d.Detail, detail) {
		t.Errorf("got  %q at %q: %s\nwant %q at %q: ...%s...", d.Summary, place, d.Detail, summary, at, detail)
	}
	if d.Detail == "" || strings.HasSuffix(d.Summary, ".") {
		t.Errorf("detail %q, summary %q", d.Detail, d.Summary)
	}
}

func TestFilePaths(t *testing.T) {
	quote := func(path string) string { return strings.ReplaceAll(path, `\`, `\\`) }
	for _, path := range []string{`C:\x`, `c:\Windows\x.txt`, `\x`, `\Program Files\a b\ö.txt`, `\a~b\c`, `\console.txt`, `\Windows\System32\config\other.txt`, `\commit`} {
		mustDecode(t, "file", `path = "`+quote(path)+`"`+"\ncontent = \"\"")
	}
	for _, path := range []string{``, `\`, `C:`, `C:\`, `x`, `C:x`, `D:\x`, `\\server\share\x`, `\\?\C:\x`, `\??\C:\x`, `/x`, `C:/x`, `\a/b`, `\a\\b`, `\a\`,
		`\a\..\b`, `\.\a`, `\a.`, `\a `, `\a.\b`, `\a:b`, `\a*`, `\a?`, `\a"`, `\CON`, `\nul.txt`, `\a\com1`, `\LPT¹.txt`, `\AUX .x`, `\PROGRA~1\x`, `\a\b~12.txt`,
		`\Windows\System32\config\SOFTWARE`, `\windows\system32\CONFIG\system.log1`, `\Users\Default\ntuser.dat`, `\Windows\System32\GroupPolicy\gpt.ini`,
		`\Windows\System32\GroupPolicy\Machine\Registry.pol`, `\` + strings.Repeat("a", 256)} {
		spec := new(kinds.File)
		spec.Path, spec.Content = path, new(string)
		if diags := spec.Check(); !diags.HasErrors() {
			t.Errorf("%q was accepted", path)
		}
	}
}
