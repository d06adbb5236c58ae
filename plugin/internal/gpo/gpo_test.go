package gpo_test

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/gpo"
	seeds "github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regpol"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func table(t testing.TB) setting.Table {
	t.Helper()
	tab, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// wide writes UTF-16LE with its mark, as Windows' tools do.
func wide(s string) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(strings.ReplaceAll(s, "\n", "\r\n"))) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// pol writes a Registry.pol with raw entries, commands too.
func pol(entries ...regpol.Entry) []byte {
	b := []byte("PReg\x01\x00\x00\x00")
	text := func(s string) {
		for _, u := range utf16.Encode([]rune(s + "\x00")) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
	}
	for _, e := range entries {
		b = append(b, '[', 0)
		text(e.Key)
		b = append(b, ';', 0)
		text(e.Name)
		b = append(b, ';', 0)
		b = append(binary.LittleEndian.AppendUint32(b, e.Type), ';', 0)
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(e.Data))), ';', 0)
		b = append(append(b, e.Data...), ']', 0)
	}
	return b
}

func entry(key, name string, v setting.RegistryValue) regpol.Entry {
	n, _ := v.Type.Number()
	return regpol.Entry{Key: key, Name: name, Type: n, Data: v.Data}
}

// values are the claims of everything that a source holds, without Registry.pol's doubles.
func values(t testing.TB, r gpo.Result) map[string]string {
	t.Helper()
	if diags := r.Settle(table(t)); diags.HasErrors() {
		t.Fatal(diags)
	}
	out := map[string]string{}
	for _, it := range r.Items {
		spec, err := it.Spec(table(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range spec.Claims(setting.Base{}) {
			if c.Location.Scheme() != "pol" {
				out[string(c.Location)] = c.Value
			}
		}
	}
	for _, d := range r.Dropped {
		if d.Reason == "" || d.At.File == "" {
			t.Errorf("dropped without a reason or a place: %+v", d)
		}
		out["- "+d.At.String()] = d.Reason
	}
	return out
}

func read(t testing.TB, src []byte) map[string]string {
	t.Helper()
	r, diags := gpo.Parse("source", src, false, table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return values(t, r)
}

// check compares; a wanted value that ends in "..." is a part of a reason.
func check(t *testing.T, got, want map[string]string) {
	t.Helper()
	got, want = folded(got), folded(want)
	for k, v := range want {
		part, isPart := strings.CutSuffix(v, "...")
		if isPart && strings.Contains(got[k], part) || !isPart && got[k] == v {
			continue
		}
		t.Errorf("%s is %q, want %q", k, got[k], v)
	}
	for k, v := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s is %q, and nobody asked", k, v)
		}
	}
}

// folded has keys in capitals: which spelling of a key a kind keeps does not matter.
func folded(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[strings.ToUpper(k)] = v
	}
	return out
}

func TestBackup(t *testing.T) {
	backup := fstest.MapFS{
		"bkupInfo.xml":                          {Data: []byte("<BackupInst><GPODisplayName><![CDATA[Klient MT]]></GPODisplayName></BackupInst>")},
		"gpreport.xml":                          {Data: []byte("x")},
		"DomainSysvol/GPO/Machine/registry.pol": {Data: pol(entry(`Software\Policies\X`, "D", setting.DWord(1)))},
		"DomainSysvol/GPO/User/Registry.pol":    {Data: pol(entry(`Software\Policies\X`, "D", setting.DWord(2)))},
		"DomainSysvol/GPO/Machine/microsoft/windows nt/SecEdit/GptTmpl.inf": {Data: wide("[System Access]\nPasswordComplexity = 1\n")},
		"DomainSysvol/GPO/Machine/microsoft/windows nt/Audit/audit.csv":     {},
		"DomainSysvol/GPO/Machine/Preferences/Registry/Registry.xml":        {Data: []byte("<x/>")},
	}
	r, diags := gpo.ReadBackup(backup, "backup", table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if r.Title != "Klient MT" {
		t.Errorf("title %q", r.Title)
	}
	check(t, values(t, r), map[string]string{`reg:HKLM\Software\Policies\X!D`: "dword:1", `reg:HKCU\Software\Policies\X!D`: "dword:2", "account-policy:PasswordComplexity": "1",
		"- backup/DomainSysvol/GPO/Machine/Preferences/Registry/Registry.xml": "not carried..."})
}

func TestBadSources(t *testing.T) {
	good := pol(entry(`Software\Policies\X`, "D", setting.DWord(1)))
	lies := []byte("[\x00a\x00\x00\x00;\x00b\x00\x00\x00;\x00\x04\x00\x00\x00;\x00\xff\xff\xff\x7f;\x00")
	for name, c := range map[string]struct {
		src  []byte
		want []string
	}{
		"a name where a SID belongs":  {wide("[Privilege Rights]\nSeDebugPrivilege = Administrators,*S-1-5-19\n"), []string{"Name where a SID belongs", "source:2", "*S-1-5-32-544"}},
		"a Swedish name":              {wide("[Group Membership]\n*S-1-5-32-544__Members = Domänadministratörer\n"), []string{"Name where a SID belongs", "names differ by language"}},
		"a group by its name":         {wide("[Group Membership]\nAdministratörer__Members = *S-1-5-19\n"), []string{"Name where a SID belongs"}},
		"a pol that is cut off":       {good[:len(good)-5], []string{"Malformed Registry.pol", "byte"}},
		"a pol of another version":    {append([]byte("PReg\x02\x00\x00\x00"), good[8:]...), []string{"version"}},
		"a pol that lies of its size": {append(append([]byte{}, good[:8]...), lies...), []string{"Malformed"}},
		"a template cut in a line":    {wide("[System Access]\nMinimumPass"), []string{"key = value", "cut off"}},
		"a template cut in a header":  {wide("[System Acc"), []string{"closing bracket"}},
		"half a character":            {wide("[System Access]\n")[:11], []string{"odd"}},
		"no number":                   {wide("[System Access]\nMinimumPasswordLength = many\n"), []string{"No number", "source:2"}},
		"latin-1":                     {[]byte("[System Access]\nNewGuestName = \"Bes\xf6kare\"\n"), []string{"UTF-8"}},
		"UTF-16 without its mark":     {wide("[System Access]\n")[2:], []string{"NUL"}},
		"an audit row cut off":        {[]byte("Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting,Setting Value\n,System,x,{0cce9215-69ae"), []string{"7", "source:2"}},
		"an audit number":             {[]byte(",System,x,{0cce9215-69ae-11d9-bed3-505054503030},x,,9\n"), []string{"0 to 4"}},
		"LGPO cut off":                {[]byte("Computer\nSoftware\\X\nN\n"), []string{"3 of its 4 lines"}},
		"LGPO with a strange action":  {[]byte("Computer\nSoftware\\X\nN\nFLOAT:1\n"), []string{"FLOAT", "DWORD"}},
		"LGPO out of step":            {[]byte("Computer\nSoftware\\X\nN\nDWORD:1\nSoftware\\X\nN\nDWORD:1\n"), []string{"begins with", "source:5"}},
		"XML cut off":                 {[]byte("<AppLockerPolicy><RuleCollection>"), []string{"Malformed XML"}},
		"XML of something else":       {[]byte("<html></html>"), []string{"AppLockerPolicy"}},
		"XML with entities":           {[]byte(`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><AppLockerPolicy Version="&b;"/>`), []string{"Malformed XML", "has a directive (<!DOCTYPE)"}},
		"LGPO number":                 {[]byte("Computer\nSoftware\\X\nN\nDWORD:zz\n"), []string{"No number", "source:4", "DWORD:0x1"}},
		"deep XML":                    {[]byte(strings.Repeat("<a>", 300)), []string{"nest"}},
		"two values":                  {wide("[Registry Values]\nMACHINE\\Software\\X\\N=4,1\nMACHINE\\Software\\X\\n=4,2\n"), []string{"Two values for one place", "source:3", "source:2"}},
		"nothing":                     {nil, []string{"none of"}},
		"a picture":                   {[]byte("\x89PNG\r\n"), []string{"UTF-8"}},
	} {
		r, diags := gpo.Parse("source", c.src, false, table(t))
		if !diags.HasErrors() {
			diags = r.Settle(table(t))
		}
		if !diags.HasErrors() {
			t.Errorf("%s: no error, but %+v", name, r)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(show(diags), want) {
				t.Errorf("%s: %q does not say %q", name, show(diags), want)
			}
		}
	}
	for name, fsys := range map[string]fs.FS{
		"an empty folder": fstest.MapFS{},
		"two policies":    fstest.MapFS{"{6B2F1111-2222-3333-4444-555555555555}/a": {}, "{6B2F1111-2222-3333-4444-555555555556}/a": {}},
	} {
		if _, diags := gpo.ReadBackup(fsys, "b", table(t)); !diags.HasErrors() {
			t.Errorf("%s: no error", name)
		}
	}
}

func show(diags hcl.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		at := gpo.Place{File: d.Subject.Filename, Line: d.Subject.Start.Line}
		b.WriteString(at.String() + " " + d.Summary + ": " + d.Detail + "\n")
	}
	return b.String()
}

// A file of one kilobyte must not take much memory, whatever it says of itself.
func TestSmallFilesStaySmall(t *testing.T) {
	for name, src := range map[string][]byte{
		"pol":      append([]byte("PReg\x01\x00\x00\x00[\x00a\x00\x00\x00;\x00b\x00\x00\x00;\x00\x03\x00\x00\x00;\x00\xff\xff\xff\xff;\x00"), make([]byte, 900)...),
		"xml":      []byte(strings.Repeat("<a ", 300)),
		"quotes":   []byte("[Registry Values]\nMACHINE\\a\\b=7," + strings.Repeat(`",`, 480)),
		"template": []byte("[Privilege Rights]\nSeX=" + strings.Repeat("*S-1-5-1,", 100)),
	} {
		tab := table(t)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, _ := gpo.Parse("source", src, false, tab)
		_ = r.Settle(tab)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
			t.Errorf("%s: %d bytes for a file of %d", name, used, len(src))
		}
	}
}

// fuzzOdd are texts that are odd as a whole.
var fuzzOdd = []string{
	strings.Repeat("<AppLockerPolicy>", 100), "<AppLockerPolicy>" + strings.Repeat("<a/>", 200001), "<AppLockerPolicy/><AppLockerPolicy/>", "<Other/>",
	"<AppLockerPolicy><Other/></AppLockerPolicy>", `<?xml version="1.0" encoding="utf-8"?><AppLockerPolicy/>`, `<?xml version="1.0" encoding="koi8-r"?><AppLockerPolicy/>`,
	`<AppLockerPolicy><RuleCollection Type="Exe" EnforcementMode="Enabled"><FilePathRule Id="a9e18c21-ff8f-43cf-b9fc-db40eed693ba" Name="b" Description="d" UserOrGroupSid="S-1-1-0" Action="Deny"><Conditions><FilePathCondition Path="x"/><FilePathCondition Path="y"/></Conditions></FilePathRule></RuleCollection></AppLockerPolicy>`,
	`<AppLockerPolicy><RuleCollection Type="Exe" EnforcementMode="Enabled"><FilePathRule Id="a9e18c21-ff8f-43cf-b9fc-db40eed693ba" Name="b" UserOrGroupSid="S-1-1-0" Action="Deny"><Other/></FilePathRule></RuleCollection></AppLockerPolicy>`,
	`<AppLockerPolicy><RuleCollection Type="Exe" EnforcementMode="Enabled"><FilePathRule Id="a9e18c21-ff8f-43cf-b9fc-db40eed693ba" Name="b" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="*"/></Conditions><Exceptions><FilePublisherCondition PublisherName="O=X" ProductName="*" BinaryName="*"><BinaryVersionRange LowSection="*" HighSection="*"/></FilePublisherCondition><FilePublisherCondition PublisherName="O=X" ProductName="*" BinaryName="*"><BinaryVersionRange LowSection="1.0" HighSection="2.0"/></FilePublisherCondition><Other/></Exceptions></FilePathRule></RuleCollection></AppLockerPolicy>`,
	`<AppLockerPolicy><RuleCollection Type="Exe" EnforcementMode="Enabled"><FilePathRule Id="a9e18c21-ff8f-43cf-b9fc-db40eed693ba" Name="b" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="*"/></Conditions><Exceptions><FilePublisherCondition PublisherName="O=X" ProductName="*" BinaryName="*"><BinaryVersionRange LowSection="*" HighSection="*"/></FilePublisherCondition></Exceptions></FilePathRule></RuleCollection></AppLockerPolicy>`,
	"[System Access]\nNewAdministratorName = \"x\"\nEnableAdminAccount = 1\nNewGuestName =\n[Registry Values]\nMACHINE\\Software\\X\\=4,1\nMACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\LegalNoticeText=7,a,b\n" +
		"[Privilege Rights]\nSeDebugPrivilege = Administrators\nSeTcbPrivilege =\n[Group Membership]\nx__Members = y\n*S-1-5-32-544__Memberof = *S-1-5-32-545\n*S-1-5-32-545__Members =\n",
	"[Service General Setting]\n\"x\",9,\"\"\n[Registry Keys]\n\"MACHINE\\X\",1,\"D:(A;;KA;;;SY)\"\n[File Security]\n\"c:\\x\",1,\"D:(A;;FA;;;SY)\"\n",
	strings.Repeat("[Privilege Rights]\nSeX = x\n", 200), strings.Repeat("Computer\nX\n", 200), "; only a comment\n",
	"Computer\n\nN\nDWORD:1\n\nUser\nX\n*\nDELETEKEYS\n\nUser:x\nX\nN\nDWORD:0x1f\n\nComputer\nX\nN\nDWORD:01\n\nComputer\nX\nN\nDWORD:x\n",
	"Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting,Setting Value\n,S-1-5-18,Logon,{0cce9215-69ae-11d9-bed3-505054503030},,,1\n,System,Logon,{0cce9215-69ae-11d9-bed3-505054503030},,,2\n,System,Logon,{0cce9216-69ae-11d9-bed3-505054503030},,,4\n\"",
	listHeader + "1,c,n,accesschk,SeTcbPrivilege,,,,,,,,=,\n2,c,n,accesschk,SeDebugPrivilege,,,,,,,BUILTIN\\Administrators,=,\n3,c,n,auditpol,{0CCE9215-69AE-11D9-BED3-505054503030},,,,,,,Success,=,\n" +
		"4,c,n,accountpolicy,Length of password history maintained,,,,,,,24,>=,\n5,c,n,localaccount,500,,,,,,,False,=,\n6,c,n,service,Spooler,,,,,,,Disabled,=,\n7,c,n,ScheduledTask,x,,,,,,,Disabled,=,\n8,c,n,WindowsOptionalFeature,SMB1Protocol,,,,,,,Disabled,=,\n" +
		"9,c,n,secedit,System Access\\MinimumPasswordLength,,,,,,,14,>=,\n10,c,n,Registry,,HKLM:\\X,N,,,,,a,contains,\n11,c,n,Registry,,HKLM:\\X,N,,,,,5,<=!0,\n12,c,n,RegistryList,,HKLM:\\X,N,,,,,a;b,=,\n13,c,n,Registry,,HKLM:\\X,N,,,,,-NODATA-,=,\n14,c,n,secedit,System Access\\NewGuestName,,,,,,,x,=,\n15,c,n,Registry,,HKLM:\\X,N,,,,,x,!=,\n16,c,n,Registry,,HKLM:\\X,M,,,,,\"[\"\"a\"\"]\",=,\n",
}

const listHeader = "ID,Category,Name,Method,MethodArgument,RegistryPath,RegistryItem,ClassName,Namespace,Property,DefaultValue,RecommendedValue,Operator,Severity\n"

// fuzzTexts are one of each kind of text.
var fuzzTexts = []string{
	"[Unicode]\r\nUnicode=yes\r\n[Version]\r\nsignature=\"$CHICAGO$\"\r\nRevision=1\r\n[System Access]\r\nMinimumPasswordLength = 14\r\nEnableGuestAccount = 0\r\nNewGuestName = \"g\"\r\n" +
		"[Kerberos Policy]\r\nMaxTicketAge = 10\r\n[Event Audit]\r\nAuditLogonEvents = 3\r\n[Privilege Rights]\r\nSeDebugPrivilege = *S-1-5-32-544,*S-1-5-18\r\n" +
		"[Registry Values]\r\nMACHINE\\Software\\X\\N=4,1\r\nMACHINE\\Software\\X\\S=1,\"a\"\r\nMACHINE\\Software\\X\\M=7,a,b\r\nMACHINE\\Software\\X\\B=3,01,02\r\n",
	"[Service General Setting]\n\"Spooler\",4,\"\"\n\"Fax\",2,\"D:(A;;GA;;;SY)\"\n[Registry Keys]\n\"MACHINE\\Software\\X\",0,\"D:P(A;;KA;;;SY)\"\n[File Security]\n\"%SystemRoot%\\x\",2,\"D:P(A;;FA;;;SY)\"\n" +
		"[Group Membership]\n*S-1-5-32-544__Members = *S-1-5-21-1-2-3-500,*S-1-5-18\n*S-1-5-32-544__Memberof =\n[System Log]\nMaximumLogSize = 64\nAuditLogRetentionPeriod = 0\n",
	"Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting,Setting Value\r\n,System,Logon,{0cce9215-69ae-11d9-bed3-505054503030},Success,,3\r\n,System,Option:CrashOnAuditFail,,x,,0\r\n",
	"; comment\nComputer\nSoftware\\X\nN\nDWORD:1\n\nUser\nSoftware\\X\nS\nSZ:a\n\nComputer\nSoftware\\X\nM\nMULTISZ:a\\0b\n\nComputer\nSoftware\\X\n*\nDELETEALLVALUES\n\nComputer\nSoftware\\X\nD\nDELETE\n\nComputer\nX\nB\nBINARY:0102\n\nComputer\nX\nQ\nQWORD:1\n\nComputer\nX\nE\nEXSZ:%x%\n\nComputer\nX\n*\nCREATEKEY\n",
	`<AppLockerPolicy Version="1"><RuleCollection Type="Exe" EnforcementMode="Enabled"><FilePathRule Id="a9e18c21-ff8f-43cf-b9fc-db40eed693ba" Name="b" Description="" UserOrGroupSid="S-1-1-0" Action="Deny"><Conditions><FilePathCondition Path="%WINDIR%\x"/></Conditions><Exceptions><FilePathCondition Path="%WINDIR%\y"/></Exceptions></FilePathRule>` +
		`<FilePublisherRule Id="b9e18c21-ff8f-43cf-b9fc-db40eed693ba" Name="p" Description="" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePublisherCondition PublisherName="O=X" ProductName="*" BinaryName="*"><BinaryVersionRange LowSection="1.0.0.0" HighSection="*"/></FilePublisherCondition></Conditions></FilePublisherRule>` +
		`<FileHashRule Id="c9e18c21-ff8f-43cf-b9fc-db40eed693ba" Name="h" Description="" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FileHashCondition><FileHash Type="SHA256" Data="0x` + strings.Repeat("0a", 32) + `" SourceFileName="x.exe" SourceFileLength="1"/></FileHashCondition></Conditions></FileHashRule></RuleCollection><RuleCollection Type="Dll" EnforcementMode="AuditOnly"/></AppLockerPolicy>`,
	"Method,RegistryPath,RegistryItem,RecommendedValue,Operator\nRegistry,HKLM:\\Software\\X,N,1,=\nRegistryList,HKLM:\\Software\\X,L,a;b,=\nsecedit,,System Access\\MinimumPasswordLength,14,>=\naccesschk,SeTcbPrivilege,,,=\nService,,Spooler,4,=\n",
}

func FuzzParse(f *testing.F) {
	for _, text := range fuzzTexts {
		for _, s := range seeds.Texts(text) {
			f.Add([]byte(s), false)
			f.Add([]byte(s), true)
		}
	}
	for _, text := range fuzzOdd {
		f.Add([]byte(text), false)
	}
	one := pol(entry(`Software\Policies\X`, "D", setting.DWord(1)))
	for i := range one { // cut off at each byte, and each byte another
		f.Add(one[:i], true)
		other := bytes.Clone(one)
		other[i] ^= 0xff
		f.Add(other, false)
	}
	for _, name := range []string{"**del.B", "**delvals.", "**deletevalues", "**deletekeys", "**soft.B", "**securekey", "**other"} {
		f.Add(pol(entry(`A`, name, setting.SZ("a;b"))), true)
		f.Add(pol(entry(`A`, name, setting.DWord(1)), entry(`A`, "B", setting.SZ("x"))), false)
	}
	f.Add(pol(entry(`Software\Policies\X`, "D", setting.DWord(1)), entry(`A`, "**del.B", setting.SZ(" ")), entry("L", "**delvals.", setting.SZ(" "))), true)
	f.Add(wide("[System Access]\nMinimumPasswordLength = 14\n[Privilege Rights]\nSeDebugPrivilege = *S-1-5-32-544\n[Registry Values]\nMACHINE\\Software\\X\\N=7,a,b\n"), false)
	f.Add([]byte("[Service General Setting]\n\"Spooler\",4,\"\"\n[Group Membership]\n*S-1-5-32-544__Members =\n[File Security]\n\"%SystemRoot%\\x\",2,\"D:P(A;;FA;;;SY)\"\n"), false)
	f.Add([]byte(",System,x,{0cce9215-69ae-11d9-bed3-505054503030},x,,3\n"), false)
	f.Add([]byte("Computer\nSoftware\\X\nN\nDWORD:1\n\nUser\nSoftware\\X\n\nMULTISZ:a\\0b\n"), false)
	f.Add([]byte(`<AppLockerPolicy><RuleCollection Type="Exe" EnforcementMode="Enabled"><FilePathRule Id="a" Name="b" UserOrGroupSid="S-1-1-0" Action="Deny"><Conditions><FilePathCondition Path="%WINDIR%\x"/></Conditions></FilePathRule></RuleCollection></AppLockerPolicy>`), false)
	f.Add([]byte("Method,RegistryPath,RegistryItem,RecommendedValue,Operator\nRegistry,HKLM:\\Software\\X,N,1,=\n"), false)
	tab := table(f)
	f.Fuzz(func(t *testing.T, src []byte, user bool) {
		seeds.Bounded(t, len(src), 512, 1<<20, func() { _, _ = gpo.Parse("source", src, user, tab) })
		r, diags := gpo.Parse("source", src, user, tab)
		if diags.HasErrors() {
			for _, d := range diags {
				if d.Subject == nil || d.Subject.Filename != "source" || d.Detail == "" {
					t.Fatalf("an error without a place or a way out: %+v", d)
				}
			}
			return
		}
		if r.Settle(tab).HasErrors() {
			return
		}
		seen := map[string]bool{}
		for _, it := range r.Items {
			if len(it.At) == 0 {
				t.Fatalf("an item without a place: %+v", it)
			}
			spec, err := it.Spec(tab)
			if err != nil {
				t.Fatalf("settled, and yet: %v", err)
			}
			first := spec.Claims(setting.Base{})[0].Location.Canon()
			if seen[first] {
				t.Fatalf("two items for %s", first)
			}
			seen[first] = true
		}
	})
}
