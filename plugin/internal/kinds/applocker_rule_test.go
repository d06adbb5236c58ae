package kinds_test

import (
	"encoding/xml"
	"regexp"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

const (
	pathRule      = "collection = \"Exe\"\nname = \"n\"\naction = \"allow\"\n"
	publisherRule = pathRule + "publisher = \"O=EXAMPLE AB, L=LUND, C=SE\"\nproduct = \"VIEWER\"\nbinary = \"*\"\n"
	someHash      = `hash = "9E21F97CA6A5215E2728BBE844BF8655D22FA17EA463383E9DEACCEAA39A2FA5"`
)

// hclPath writes a path into a rule.
func hclPath(path string, except ...string) string {
	body := pathRule + `path = "` + strings.ReplaceAll(path, `\`, `\\`) + `"` + "\n"
	if len(except) > 0 {
		body += `except_paths = ["` + strings.ReplaceAll(strings.Join(except, `", "`), `\`, `\\`) + `"]`
	}
	return body
}

func TestAppLockerRuleDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{pathRule, "Missing or double condition", `"n"`, "hash"},
		{hclPath("*") + someHash, "Missing or double condition", `"*"`, "only one"},
		{"collection = \"Exe\"\nname = \"\"\naction = \"allow\"\nuser = \"S-1-5-32-544\"\npath = \"*\"", "Illegal rule text", `""`, "1 to 1024"},
		{hclPath("%PROGRAMFILES%\\*") + "\nid = \"{x}\"", "Illegal rule id", `"{x}"`, "braces"},
		{hclPath("%PROGRAMFILES%\\*") + "\nuser = \"Administrators\"", "Name where a SID belongs", `"Administrators"`, "S-1-5-32-544"},
		{hclPath("%PROGRAMDATA%\\*"), "Illegal AppLocker path", `"%PROGRAMDATA%\\*"`, "%PROGRAMFILES%"},
		{hclPath("x.exe"), "Illegal AppLocker path", `"x.exe"`, "root"},
		{hclPath("*"), "Allow rule on a writable path", `"*"`, "publisher"},
		{hclPath(`%WINDIR%\*`), "Allow rule on a writable path", `"%WINDIR%\\*"`, `%WINDIR%\Temp\*`},
		{hclPath(`%REMOVABLE%\*`), "Allow rule on a writable path", `"%REMOVABLE%\\*"`, "bring such media"},
		{hclPath(`C:\ProgramData\Vendor\*`), "Allow rule on a writable path", `"C:\\ProgramData\\Vendor\\*"`, "ProgramData"},
		{pathRule + someHash + "\nfile_name = \"a.exe\"\nfile_length = 0", "Illegal file length", `0`, "bytes"},
		{pathRule + someHash, "Missing file name", `"9E21F97CA6A5215E2728BBE844BF8655D22FA17EA463383E9DEACCEAA39A2FA5"`, "folder"},
		{pathRule + "hash = \"12\"\nfile_name = \"a.exe\"\nfile_length = 1", "Malformed hash", `"12"`, "64"},
		{publisherRule + "min_version = \"1.2\"", "Malformed file version", `"1.2"`, "1.2.3.4"},
		{pathRule + "publisher = \"*\"\nproduct = \"*\"\nbinary = \"*\"", "Any publisher allowed", `"*"`, "Appx"},
		{pathRule + "publisher = \"Example AB\"\nproduct = \"*\"\nbinary = \"*\"", "Illegal publisher", `"Example AB"`, "O="},
		{pathRule + "publisher = \"O=X\"\nproduct = \"*\"", "Missing product or file", `"O=X"`, "binary"},
		{strings.Replace(hclPath(`%PROGRAMFILES%\*`, `%PROGRAMFILES%\`+strings.Repeat("a", 32700)), `"n"`, `"long"`, 1), "Rule too long", `"long"`, "Registry.pol"},
		{"collection = \"Appx\"\nname = \"n\"\naction = \"deny\"\npath = \"%PROGRAMFILES%\\\\WindowsApps\\\\*\"", "Unsupported condition", `"%PROGRAMFILES%\\WindowsApps\\*"`, "publisher"},
	}
	for _, tt := range tests {
		t.Run(tt.summary, func(t *testing.T) { oneProblem(t, "applocker_rule", tt.body, tt.summary, tt.at, tt.detail) })
	}
}

// excepted is what a rule for all of Windows must except.
var excepted = []string{`%SYSTEM32%\catroot2\*`, `%SYSTEM32%\com\dmp\*`, `%SYSTEM32%\FxsTmp\*`, `%SYSTEM32%\spool\drivers\color\*`, `%SYSTEM32%\spool\PRINTERS\*`,
	`%SYSTEM32%\spool\SERVERS\*`, `%SYSTEM32%\Tasks\*`, `%WINDIR%\Debug\*`, `%WINDIR%\PCHEALTH\ERRORREP\*`, `%WINDIR%\Registration\*`, `%WINDIR%\SysWOW64\com\dmp\*`,
	`%WINDIR%\SysWOW64\FxsTmp\*`, `%WINDIR%\SysWOW64\Tasks\*`, `%WINDIR%\Tasks\*`, `%WINDIR%\Temp\*`, `%WINDIR%\tracing\*`}

func TestAppLockerPaths(t *testing.T) {
	for _, path := range []string{`%PROGRAMFILES%\*`, `%programfiles%\Vendor\a.exe`, `C:\Program Files\Vendor\*`, `%OSDRIVE%\Program Files (x86)\*`, `%WINDIR%\Installer\*`,
		`%SYSTEM32%\notepad.exe`, `%WINDIR%\System32\drivers\*`, `%PROGRAMFILES%\*\bin\?.exe`} {
		mustDecode(t, "applocker_rule", hclPath(path))
	}
	mustDecode(t, "applocker_rule", hclPath(`%WINDIR%\*`, excepted...))
	mustDecode(t, "applocker_rule", hclPath(`C:\windows\*`, append([]string{`%SYSTEM32%\spool\*`, `C:\Windows\System32\Tasks*`}, excepted...)...))
	mustDecode(t, "applocker_rule", strings.Replace(hclPath(`%OSDRIVE%\ProgramData\*`), "allow", "deny", 1))
	mustDecode(t, "applocker_rule", hclPath("*")+`user = "S-1-5-32-544"`)
	for _, path := range []string{`*`, `*\a.exe`, `%OSDRIVE%\*`, `%OSDRIVE%\Vendor\a.exe`, `C:\Users\Public\a.exe`, `D:\App\*`, `\\server\share\*`, `%REMOVABLE%\*`, `%HOT%\a.exe`,
		`%WINDIR%*`, `%WINDIR%\t*\*`, `%WINDIR%\Temp\a.exe`, `c:\windows\TEMP\*`, `%OSDRIVE%\Windows\Tasks\x.exe`, `%SYSTEM32%\*`, `%WINDIR%\System32\Tasks\x`, `%WINDIR%\*\color\a.exe`,
		`%WINDIR%\?emp\a.exe`, `%SYSTEM32%\Microsoft\Crypto\RSA\MachineKeys\*`, `%OSDRIVE%\Prog*\*`, `%WINDIR%\*\..\*`} {
		for _, user := range []string{"", `user = "S-1-5-11"`} {
			spec, diags := decode(t, "applocker_rule", hclPath(path)+user)
			if diags = append(diags, spec.Check()...); !diags.HasErrors() {
				t.Errorf("%q was accepted", path)
			}
		}
	}
	for i := range excepted { // each exception alone is needed
		spec, _ := decode(t, "applocker_rule", hclPath(`%WINDIR%\*`, append(append([]string{}, excepted[:i]...), excepted[i+1:]...)...))
		if diags := spec.Check(); !diags.HasErrors() || !strings.Contains(diags[0].Detail, excepted[i]) {
			t.Errorf("without the exception %s: %v", excepted[i], diags)
		}
	}
	// An exception must cover the whole folder.
	spec, _ := decode(t, "applocker_rule", hclPath(`%WINDIR%\Temp*`, `%WINDIR%\Temp\*.exe`))
	if !spec.Check().HasErrors() {
		t.Error("an exception for some files was taken for one of the folder")
	}
}

// policyRule is the shape that the AppLocker XSD gives to rules, read by encoding/xml.
type policyRule struct {
	XMLName     xml.Name
	ID          string `xml:"Id,attr"`
	Name        string `xml:"Name,attr"`
	Description string `xml:"Description,attr"`
	User        string `xml:"UserOrGroupSid,attr"`
	Action      string `xml:"Action,attr"`
	Conditions  policyConditions
	Exceptions  *policyConditions
	Other       []xml.Attr `xml:",any,attr"`
}

type policyConditions struct {
	Paths []struct {
		Path string `xml:"Path,attr"`
	} `xml:"FilePathCondition"`
	Publishers []struct {
		Publisher string `xml:"PublisherName,attr"`
		Product   string `xml:"ProductName,attr"`
		Binary    string `xml:"BinaryName,attr"`
		Range     struct {
			Low  string `xml:"LowSection,attr"`
			High string `xml:"HighSection,attr"`
		} `xml:"BinaryVersionRange"`
	} `xml:"FilePublisherCondition"`
	Hashes []struct {
		Hash []struct {
			Type   string `xml:"Type,attr"`
			Data   string `xml:"Data,attr"`
			Name   string `xml:"SourceFileName,attr"`
			Length int    `xml:"SourceFileLength,attr"`
		} `xml:"FileHash"`
	} `xml:"FileHashCondition"`
}

func ruleOf(t *testing.T, spec setting.Spec) policyRule {
	t.Helper()
	var rule policyRule
	text := strings.TrimPrefix(spec.Claims(base)[0].Value, "sz:")
	if err := xml.Unmarshal([]byte(text), &rule); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(rule.ID) ||
		!strings.HasSuffix(string(spec.Claims(base)[0].Location), `\`+rule.ID+"!Value") || len(rule.Other) > 0 {
		t.Errorf("id %q, other attributes %v", rule.ID, rule.Other)
	}
	return rule
}

func TestAppLockerRulesHaveTheShapeOfTheSchema(t *testing.T) {
	rule := ruleOf(t, mustDecode(t, "applocker_rule", strings.Replace(hclPath(`%WINDIR%\*`, excepted...), `"n"`, `"a \"b\" <c> & å"`, 1)))
	if rule.XMLName.Local != "FilePathRule" || rule.Name != `a "b" <c> & å` || rule.User != "S-1-1-0" || rule.Action != "Allow" || len(rule.Conditions.Paths) != 1 ||
		rule.Conditions.Paths[0].Path != `%WINDIR%\*` || rule.Exceptions == nil || len(rule.Exceptions.Paths) != len(excepted) || rule.Exceptions.Paths[15].Path != `%WINDIR%\tracing\*` {
		t.Errorf("path rule: %+v", rule)
	}
	rule = ruleOf(t, mustDecode(t, "applocker_rule", pathRule+someHash+"\nfile_name = \"a.exe\"\nfile_length = 205824"))
	if h := rule.Conditions.Hashes; rule.XMLName.Local != "FileHashRule" || rule.Exceptions != nil || len(h) != 1 || len(h[0].Hash) != 1 || h[0].Hash[0].Type != "SHA256" ||
		!regexp.MustCompile(`^0x[0-9A-F]{64}$`).MatchString(h[0].Hash[0].Data) || h[0].Hash[0].Name != "a.exe" || h[0].Hash[0].Length != 205824 {
		t.Errorf("hash rule: %+v", rule)
	}
	rule = ruleOf(t, mustDecode(t, "applocker_rule", strings.Replace(publisherRule, "allow", "deny", 1)+
		"min_version = \"1.0.0.0\"\nuser = \"s-1-5-32-545\"\nexcept_publishers = [{ publisher = \"O=B\", product = \"*\", binary = \"X.EXE\" }]"))
	if p := rule.Conditions.Publishers; rule.XMLName.Local != "FilePublisherRule" || rule.Action != "Deny" || rule.User != "S-1-5-32-545" || len(p) != 1 ||
		p[0].Publisher != "O=EXAMPLE AB, L=LUND, C=SE" || p[0].Product != "VIEWER" || p[0].Binary != "*" || p[0].Range.Low != "1.0.0.0" || p[0].Range.High != "*" ||
		len(rule.Exceptions.Publishers) != 1 || rule.Exceptions.Publishers[0].Binary != "X.EXE" || rule.Exceptions.Publishers[0].Range.Low != "*" {
		t.Errorf("publisher rule: %+v", rule)
	}
}

func TestAppLockerRulesAreComparedByMeaning(t *testing.T) {
	spec := mustDecode(t, "applocker_rule", hclPath(`%WINDIR%\Te*`, `%WINDIR%\Temp\*`, `%WINDIR%\Tea\*`)+"\nid = \"0b075828-da4a-41fc-b3b4-9ac83ad18add\"")
	const key = exeRules + `\0b075828-da4a-41fc-b3b4-9ac83ad18add`
	same := `<FilePathRule  Name="n" Id="0B075828-DA4A-41FC-B3B4-9AC83AD18ADD" Description="" Action="Allow" UserOrGroupSid="S-1-1-0">
 <Conditions><FilePathCondition Path="%WINDIR%\Te*"></FilePathCondition></Conditions>
 <Exceptions><FilePathCondition Path="%WINDIR%\Temp\*"/><FilePathCondition Path="%WINDIR%\Tea\*"/></Exceptions></FilePathRule>`
	for text, want := range map[string]setting.Outcome{
		same: setting.Pass,
		strings.Replace(same, "S-1-1-0", "S-1-5-11", 1):                                       setting.Fail,
		strings.Replace(same, "Allow", "Deny", 1):                                             setting.Fail,
		strings.Replace(same, `<FilePathCondition Path="%WINDIR%\Tea\*"/>`, "", 1):            setting.Fail,
		strings.Replace(same, "<Conditions>", `<Conditions><FilePathCondition Path="*"/>`, 1): setting.Fail,
		strings.Replace(same, "Action=", `Extra="1" Action=`, 1):                              setting.Fail,
		same + same:                   setting.Fail,
		same[:len(same)-1]:            setting.Fail,
		"<!DOCTYPE x>" + same:         setting.Fail,
		strings.Repeat("<a>", 100000): setting.Fail,
		"":                            setting.Fail,
	} {
		w := applied(t, spec)
		w.SetValue(key, "Value", setting.SZ(text))
		if v := outcome(t, spec, w); v.Outcome != want {
			t.Errorf("%.300s\n%s, want %s", text, v.Outcome, want)
		}
	}
	if v := outcome(t, spec, fake.New()); v.Outcome != setting.Fail {
		t.Errorf("absent: %+v", v)
	}
}

// The id follows from the content: the same rule has the same one, another one another.
func TestAppLockerRuleIDs(t *testing.T) {
	location := func(body string) setting.Location {
		return mustDecode(t, "applocker_rule", body).Claims(base)[0].Location
	}
	first := location(hclPath(`%PROGRAMFILES%\*`))
	if first != location(hclPath(`%PROGRAMFILES%\*`)) {
		t.Error("the same rule has two ids")
	}
	for _, other := range []string{hclPath(`%PROGRAMFILES%\a\*`), hclPath(`%PROGRAMFILES%\*`) + `user = "S-1-5-11"`, strings.Replace(hclPath(`%PROGRAMFILES%\*`), "allow", "deny", 1),
		strings.Replace(hclPath(`%PROGRAMFILES%\*`), "Exe", "Dll", 1)} {
		if location(other) == first {
			t.Errorf("same id for\n%s", other)
		}
	}
	off := mustDecode(t, "applocker_collection", "collection = \"Exe\"\nmode = \"off\"")
	if got := meeting(off, mustDecode(t, "applocker_rule", hclPath(`%PROGRAMFILES%\*`))); got != "collide" {
		t.Errorf("a rule in a collection that is off: %s, want collide", got)
	}
}

// FuzzAppLockerRule reads what a registry holds.
func FuzzAppLockerRule(f *testing.F) {
	spec := mustDecode(f, "applocker_rule", hclPath(`%PROGRAMFILES%\*`))
	claim := spec.Claims(base)
	f.Add(strings.TrimPrefix(claim[0].Value, "sz:"))
	f.Add(`<FilePathRule Id="" xmlns="x"><Conditions/></FilePathRule>`)
	f.Add(`<a b="&#x10FFFF;"><![CDATA[x]]></a>`)
	for _, s := range hostile.Texts(strings.TrimPrefix(claim[0].Value, "sz:")) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := setting.Observed{Facts: []setting.Fact{
			{Location: claim[0].Location, Present: true, Value: "sz:" + text}, {Location: claim[1].Location, Present: true, Value: claim[1].Value}}}
		if v := spec.Judge(o); v.Outcome == setting.Pass && !strings.Contains(text, "PROGRAMFILES") && !strings.Contains(text, "&") {
			t.Errorf("passes: %s", text)
		}
	})
}
