package gpo_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/gpo"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestTemplate(t *testing.T) {
	check(t, read(t, wide(`[Unicode]
Unicode=yes
; a comment
[System Access]
MinimumPasswordLength = 14
LockoutDuration = -1
EnableGuestAccount = 0
NewGuestName = "Besökare"
[Privilege Rights]
SeDebugPrivilege = *S-1-5-32-544
SeTcbPrivilege =
[Registry Values]
MACHINE\System\CurrentControlSet\Control\Lsa\LimitBlankPasswordUse=4,1
MACHINE\Software\X\Sz=1,"a, ""b"""
MACHINE\Software\X\Multi=7,one","still one,two
MACHINE\Software\X\Empty=7,
MACHINE\Software\X\Byte=3,1
MACHINE\Software\X\Bytes=3,1,2
USERS\.DEFAULT\X\Y=4,1
[Event Audit]
AuditLogonEvents = 3
[Service General Setting]
"Spooler",4,""
[Group Membership]
*S-1-5-32-544__Members = *S-1-5-21-1-2-3-512
*S-1-5-32-544__Memberof =
[Registry Keys]
"MACHINE\SOFTWARE\X",1,"D:P(A;CI;KA;;;SY)"
[Kerberos Policy]
MaxTicketAge = 10
[Security Log]
MaximumLogSize = 196608
[New Section]
x
`)), map[string]string{
		"account-policy:MinimumPasswordLength": "14", "account-policy:LockoutDuration": "-1",
		"account:501": "disabled", "account-name:501": "Besökare",
		"right:SeDebugPrivilege": `["S-1-5-32-544"]`, "right:SeTcbPrivilege": "[]",
		`reg:HKLM\System\CurrentControlSet\Control\Lsa!LimitBlankPasswordUse`: "dword:1",
		`reg:HKLM\Software\X!Sz`: `sz:a, "b"`, `reg:HKLM\Software\X!Multi`: `multi_sz:["one,still one","two"]`, `reg:HKLM\Software\X!Empty`: "multi_sz:[]",
		`reg:HKLM\Software\X!Byte`: "binary:01", "- source:18": "not documented...", "- source:19": `below MACHINE\...`,
		"- source:21": "subcategory...", "svc:Spooler": "disabled", `reg:HKLM\SYSTEM\CurrentControlSet\Services\Spooler!Start`: "dword:4",
		"group:S-1-5-32-544": `["S-1-5-21-1-2-3-512"]`, "- source:28": "leaves the descriptor alone...", "- source:30": "domain controller...",
		`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\EventLog\Security!MaxSize`: "dword:196608", "- source:34": "[New Section]...",
	})
}

func TestAudit(t *testing.T) {
	const tail = "-69ae-11d9-bed3-505054503030}"
	head := "Datornamn,Principmål,Underkategori,GUID för underkategori,Inkludera,Exkludera,Värde\n"
	check(t, read(t, []byte(head+
		",System,Processkapande,{0CCE922B"+tail+",Lyckade,,1\n"+
		",System,\"Inloggning, annan\",{0cce921c"+tail+",x,,3\n"+
		",System,Utloggning,{0cce9216"+tail+",Ingen,,4\n"+
		",System,Inloggning,{0cce9215"+tail+",No Auditing,,0\n"+
		",S-1-5-21-1-2-3-1001,Inloggning,{0cce9215"+tail+",x,,1\n"+
		",System,Ny,{0cce92ff"+tail+",x,,1\n"+
		",,Option:CrashOnAuditFail,,Disabled,,0\n")), map[string]string{
		"audit:{0cce922b" + tail: "success", "audit:{0cce921c" + tail: "success,failure", "audit:{0cce9216" + tail: "none",
		"- source:5": "leaves the subcategory as it is...", "- source:6": "one user...", "- source:7": "no subcategory...", "- source:8": "option...",
	})
}

func TestRegistryPol(t *testing.T) {
	src := pol(
		entry(`Software\Policies\X`, "D", setting.DWord(1)),
		entry(`Software\Policies\X`, "S", setting.SZ("å ${x}")),
		entry(`Software\Policies\X`, "**del.Gone", setting.SZ(" ")),
		entry(`Software\Policies\X`, "**DeleteValues", setting.SZ("A;B")),
		entry(`Software\Policies\X\List`, "**delvals.", setting.SZ(" ")),
		entry(`Software\Policies\X`, "**soft.N", setting.DWord(1)),
		entry(`Software\Policies\X`, "Q", setting.QWord(1<<63)),
		entry(`Software\Policies\X`, "Short", setting.RegistryValue{Type: setting.TypeDWord, Data: []byte{1}}),
		entry(`Software\Policies\X`, "Twice", setting.DWord(1)),
		entry(`Software\Policies\X`, "twice", setting.DWord(2)),
		entry(`SAM\X`, "N", setting.DWord(1)),
	)
	got := read(t, src)
	// Offsets are asked of a reader of our own: what stands there is an entry.
	for k := range got {
		if at, ok := strings.CutPrefix(k, "- source at byte "); ok {
			n := 0
			for _, c := range at {
				n = 10*n + int(c-'0')
			}
			if n >= len(src) || src[n] != '[' {
				t.Errorf("no entry begins at byte %s", at)
			}
		}
	}
	reasons := map[string]string{}
	for k, v := range got {
		if strings.HasPrefix(k, "- ") {
			for _, word := range []string{"all values", "only where there is none", "do not fit", "a later entry", "Accounts and secrets"} {
				if strings.Contains(v, word) {
					reasons[word] = v
				}
			}
			delete(got, k)
		}
	}
	if len(reasons) != 5 {
		t.Errorf("reasons: %v", reasons)
	}
	const x = `reg:HKLM\Software\Policies\X!`
	check(t, got, map[string]string{x + "D": "dword:1", x + "S": "sz:å ${x}", x + "Gone": "absent", x + "A": "absent", x + "B": "absent",
		x + "Q": "qword:9223372036854775808", x + "twice": "dword:2"})

	user, diags := gpo.Parse("source", pol(entry(`Software\Policies\X`, "D", setting.DWord(1))), true, table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	check(t, values(t, user), map[string]string{`reg:HKCU\Software\Policies\X!D`: "dword:1"})
}

func TestLGPO(t *testing.T) {
	const x = `reg:HKLM\Software\Policies\X!`
	check(t, read(t, []byte(`; PARSING Computer POLICY

Computer
Software\Policies\X
D
DWORD:0x10

computer
; between
Software\Policies\X
S
SZ:a: b

Computer
Software\Policies\X
M
MULTISZ:a\0b

User
Software\Policies\X
E
EXSZ:%x%

Computer
Software\Policies\X
Gone
DELETE

Computer
Software\Policies\Y
*
DELETEALLVALUES

User:Administrators
Software\Policies\X
D
DWORD:1

Computer
Software\Policies\X
B
BINARY:00ff
`)), map[string]string{x + "D": "dword:16", x + "S": "sz:a: b", x + "M": `multi_sz:["a","b"]`, `reg:HKCU\Software\Policies\X!E`: "expand_sz:%x%",
		x + "Gone": "absent", "- source:29": "all values...", "- source:34": "one user...", x + "B": "binary:00ff"})
}

func TestAppLocker(t *testing.T) {
	r, diags := gpo.Parse("source", []byte(`<?xml version="1.0" encoding="utf-8"?>
<AppLockerPolicy Version="1">
  <RuleCollection Type="Exe" EnforcementMode="AuditOnly">
    <FilePublisherRule Id="5C6B2D11-0000-4A00-8000-000000000001" Name="Example viewer" Description="" UserOrGroupSid="S-1-1-0" Action="Allow">
      <Conditions><FilePublisherCondition PublisherName="O=EXAMPLE AB, C=SE" ProductName="*" BinaryName="*"><BinaryVersionRange LowSection="1.2.0.0" HighSection="*" /></FilePublisherCondition></Conditions>
    </FilePublisherRule>
    <FilePathRule Id="5C6B2D11-0000-4A00-8000-000000000002" Name="Everything" Description="" UserOrGroupSid="S-1-1-0" Action="Allow">
      <Conditions><FilePathCondition Path="*" /></Conditions>
    </FilePathRule>
  </RuleCollection>
  <RuleCollection Type="Dll" EnforcementMode="NotConfigured" />
</AppLockerPolicy>`), false, table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if diags := r.Settle(table(t)); diags.HasErrors() {
		t.Fatal(diags)
	}
	got := values(t, r)
	if got[`reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe!EnforcementMode`] != "dword:0" {
		t.Errorf("the mode: %v", got)
	}
	if len(r.Items) != 2 {
		t.Errorf("%d items", len(r.Items))
	}
	if why := got["- source:7"]; !strings.Contains(why, "*") { // an allow rule for everything, for everybody: the kind refuses it
		t.Errorf("an open rule was carried: %v", got)
	}
}

func TestAppLockerRefuses(t *testing.T) {
	for src, summary := range map[string]string{
		`<AppLockerPolicy Version="1"><RuleCollection Type="Exe" EnforcementMode="Enabled">` + "\n" + `<FilePathRule Id="5c6b2d11-0000-4a00-8000-000000000001" Name="n" UserOrGroupSid="Everyone" Action="Allow"><Conditions><FilePathCondition Path="%WINDIR%\*"/></Conditions></FilePathRule></RuleCollection></AppLockerPolicy>`: "Name instead of a SID",
		`<?xml version="1.0" encoding="EBCDIC"?><AppLockerPolicy Version="1"></AppLockerPolicy>`: "Malformed XML",
	} {
		_, diags := gpo.Parse("policy.xml", []byte(src), false, table(t))
		if !diags.HasErrors() || diags[0].Summary != summary {
			t.Errorf("%s: %v", summary, diags)
		}
	}
}
