package conflict_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
)

// rowCase is one way to meet a row: settings ("location = value") and a product that triggers it, and how either gives way.
type rowCase struct {
	row      string
	level    conflict.Level
	settings []string
	needs    func(*environment.Facts)
	harmless func(*environment.Facts) // a product that does not trigger it; nil: the row looks at the plan alone
	instead  []string                 // settings that do not trigger it; nil: none
	build    string
}

const (
	defender = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows Defender`
	realtime = defender + `\Real-Time Protection!DisableRealtimeMonitoring = dword:0`
	firewall = `reg:HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\`
	inBlock  = firewall + `DomainProfile!DefaultInboundAction = dword:1`
	outBlock = firewall + `DomainProfile!DefaultOutboundAction = dword:1`
	noMerge  = firewall + `DomainProfile!AllowLocalPolicyMerge = dword:0`
	rule     = firewall + `FirewallRules!x = sz:v2.10|Action=Allow|Active=TRUE|`
	lsa      = `reg:HKLM\SYSTEM\CurrentControlSet\Control\Lsa`
	system   = `reg:HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!`
	srp      = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2\`
	update   = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU!`
	wsus     = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate!WUServer = sz:https://u.example`
	share    = defender + `\Signature Updates!DefinitionUpdateFileSharesSources = `
	winrm    = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\WinRM\Service!AllowAutoConfig = dword:0`
)

func antivirus(mode, repair string, exclusions ...string) func(*environment.Facts) {
	return func(f *environment.Facts) {
		av := environment.AV{Mode: is(mode), Remediation: is(repair), Exclusions: listOf[environment.Exclusion]()}
		for _, x := range exclusions {
			av.Exclusions.Items = append(av.Exclusions.Items, is(environment.Exclusion{Value: is(x), Document: is("manual")}))
		}
		f.AV = is(av)
	}
}

func flow(direction, protocol, port, peer string) func(*environment.Facts) {
	return func(f *environment.Facts) {
		f.Flows = listOf(environment.Flow{Direction: is(direction), Protocol: is(protocol), Port: is(port), Peer: is(peer), Reason: is("because")})
	}
}

func session(s environment.Session) func(*environment.Facts) {
	return func(f *environment.Facts) { f.Session = is(s) }
}

func nothing(*environment.Facts) {}

func rowCases() []rowCase {
	return slices.Concat(protectionCases(), networkCases(), cutCases(), sessionCases(), systemCases())
}

func protectionCases() []rowCase {
	const folder, programs = `C:\Viewer\Data`, `C:\Program Files\Viewer`
	excluded := defender + `\Exclusions\Paths!` + folder + ` = sz:0`
	writable := func(yes bool) func(*environment.Facts) {
		return func(f *environment.Facts) {
			f.CodeLocations = listOf(environment.CodeLocation{Path: is(`C:\ProgramData\Viewer`), UserWritable: is(yes)})
		}
	}
	hashes := func(yes bool) func(*environment.Facts) {
		return func(f *environment.Facts) { f.HashUpdates = is(yes) }
	}
	hosts := func(list ...string) func(*environment.Facts) {
		return func(f *environment.Facts) { f.ScriptHosts = listOf(list...) }
	}
	unsigned := func(yes bool) func(*environment.Facts) {
		return func(f *environment.Facts) { f.UnsignedDLLs = is(yes) }
	}
	const wsusFirst, sharesFirst = defender + `\Signature Updates!FallbackOrder = sz:InternalDefinitionUpdateServer`, defender + `\Signature Updates!FallbackOrder = sz:FileShares`
	open := func(path, writable string) func(*environment.Facts) {
		return func(f *environment.Facts) {
			antivirus("any", "any", path)(f)
			f.WritableFolders = listOf(environment.Folder{Path: is(writable)})
		}
	}
	writes := func(path string) func(*environment.Facts) {
		return func(f *environment.Facts) { f.WritableFolders = listOf(environment.Folder{Path: is(path)}) }
	}
	undocumented := func(f *environment.Facts) {
		f.AV = is(environment.AV{Mode: is("any"), Remediation: is("any"), Exclusions: listOf(environment.Exclusion{Value: is(programs)})})
	}
	return []rowCase{
		{"av-exclusions", conflict.Block, []string{realtime, excluded}, open(folder, `c:/viewer/data/cache`), open(folder, `C:\Viewer\Dat`), nil, ""},
		{"av-exclusions", conflict.Block, []string{realtime, excluded, `file-security:\Viewer = D:P(A;OICI;FA;;;SY)(A;OICI;0x1301bf;;;BU)`}, antivirus("any", "any", folder), nil,
			[]string{realtime, excluded, `file-security:\Viewer = D:P(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)`}, ""},
		{"av-exclusions", conflict.Warn, []string{realtime, excluded}, antivirus("any", "any", folder), nil,
			[]string{realtime, excluded, srp + `Exe!EnforcementMode = dword:1`}, ""},
		{"av-exclusions", conflict.Warn, []string{realtime, defender + `\Exclusions\Paths!` + programs + ` = sz:0`}, undocumented, antivirus("any", "any", programs), nil, ""},
		{"av-exclusions", conflict.Block, []string{realtime, defender + `\Exclusions\Processes!viewer.exe = sz:0`}, nothing, nil, []string{realtime, defender + `\Exclusions\Processes!` + programs + `\viewer.exe = sz:0`}, ""},
		{"av-exclusions", conflict.Block, []string{realtime}, antivirus("any", "any", folder), antivirus("any", "any"), nil, ""},
		{"av-exclusions", conflict.Auto, []string{realtime, excluded}, antivirus("any", "any", folder), antivirus("any", "any"), nil, ""},
		{"av-forbidden", conflict.Block, []string{realtime}, antivirus("none", "any"), antivirus("real-time", "any"), nil, ""},
		{"av-forbidden", conflict.Block, nil, antivirus("none", "any"), antivirus("real-time", "any"), []string{defender + `!DisableAntiSpyware = dword:1`}, ""},
		{"av-repair", conflict.Block, []string{realtime}, antivirus("any", "ask"), antivirus("any", "automatic"), nil, ""},
		{"av-repair", conflict.Auto, []string{realtime, defender + `!DisableRoutinelyTakingAction = dword:1`}, antivirus("any", "none"), antivirus("any", "any"), nil, ""},
		{"av-signatures", conflict.Ask, []string{realtime, outBlock}, nothing, nil, []string{realtime, outBlock, wsusFirst, wsus}, ""},
		{"av-signatures", conflict.Ask, []string{realtime, outBlock, wsusFirst}, nothing, nil, []string{realtime, outBlock, wsusFirst, defender + `\Signature Updates!ScheduleDay = dword:8`}, ""},
		{"av-signatures", conflict.Ask, []string{realtime, outBlock, wsusFirst, wsus, update + `UseWUServer = dword:0`}, nothing, nil, []string{realtime, outBlock, wsusFirst, wsus, update + `UseWUServer = dword:1`}, ""},
		{"av-signatures", conflict.Ask, []string{realtime, outBlock, sharesFirst, share + `sz:`}, nothing, nil, []string{realtime, outBlock, sharesFirst, share + `sz:\\s\d`}, ""},
		{"av-signatures", conflict.Ask, []string{realtime, outBlock, defender + `\Signature Updates!FallbackOrder = sz:MicrosoftUpdateServer|MMPC`}, nothing, nil,
			[]string{realtime, defender + `\Signature Updates!FallbackOrder = sz:MicrosoftUpdateServer|MMPC`}, ""},
		{"av-signatures", conflict.Block, []string{realtime, outBlock, defender + `\Spynet!SpynetReporting = dword:2`}, nothing, nil,
			[]string{realtime, defender + `\Spynet!SpynetReporting = dword:2`}, ""},
		{"path-rules", conflict.Block, []string{srp + `Exe\{1}!Value = sz:<FilePathRule Action="Allow"><FilePathCondition Path="%OSDRIVE%\ProgramData\*"/>`}, writable(true), writable(false), nil, ""},
		{"path-rules", conflict.Block, []string{srp + `Exe\{1}!Value = sz:<FilePathRule UserOrGroupSid="S-1-1-0" Action="Allow"><FilePathCondition Path="*\viewer\*"/>`}, writable(true), writable(false),
			[]string{srp + `Exe\{1}!Value = sz:<FilePathRule UserOrGroupSid="S-1-5-32-544" Action="Allow"><FilePathCondition Path="*"/>`}, ""},
		{"path-rules", conflict.Block, []string{srp + `Exe\{1}!Value = sz:<FilePathRule Action="Allow"><FilePathCondition Path="%PROGRAMFILES%\*"/>`}, func(f *environment.Facts) {
			f.CodeLocations = listOf(environment.CodeLocation{Path: is(`C:\Program Files (x86)\Viewer`), UserWritable: is(true)})
		}, writable(true), []string{srp + `Exe\{1}!Value = sz:<FilePathRule Action="Deny"><FilePathCondition Path="*"/>`}, ""},
		{"path-rules", conflict.Block, []string{srp + `Exe\{1}!Value = sz:<FilePathRule Action="Allow"><FilePathCondition Path="%OSDRIVE%\PROGRAMDATA\V*"/>`}, writable(true), writable(false),
			[]string{srp + `Exe\{1}!Value = sz:<FilePathRule Action="Allow"><FilePathCondition Path="%OSDRIVE%\PROGRAMDATA\W*"/>`}, ""},
		{"path-rules", conflict.Block, []string{srp + `Exe\{1}!Value = sz:<FilePathRule Action="Allow"><FilePathCondition Path="%PROGRAMFILES%\*"/>`}, writes(`C:\Program Files\Viewer\Cache`), writes(`C:\ProgramData\Viewer`),
			[]string{srp + `Exe\{1}!Value = sz:<FilePathRule Action="Allow"><FilePathCondition Path="%PROGRAMFILES%\*"/><Exceptions><FilePathCondition Path="%PROGRAMFILES%\Other\*"/><FilePathCondition Path="%PROGRAMFILES%\Viewer\*"/></Exceptions>`}, ""},
		{"path-rules", conflict.Block, []string{srp + `Exe\{1}!Value = sz:<FilePathRule Action="Allow"><FilePathCondition Path="%PROGRAMFILES%\*"/><Exceptions><FilePathCondition Path="%PROGRAMFILES%\Viewer\Cache\*.exe"/><FilePathCondition Path="%PROGRAMFILES%\Viewer\CacheOld\*"/></Exceptions>`},
			writes(`C:\Program Files\Viewer\Cache`), writes(`C:\ProgramData\Viewer`), nil, ""},
		{"hash-rules", conflict.Warn, []string{srp + `Exe\{1}!Value = sz:<FileHashRule Action="Allow">`}, hashes(true), hashes(false), nil, ""},
		{"scripts-and-libraries", conflict.Warn, []string{srp + `Script!EnforcementMode = dword:1`}, hosts("wscript.exe"), hosts(), []string{srp + `Script!EnforcementMode = dword:0`}, ""},
		{"scripts-and-libraries", conflict.Ask, []string{srp + `Script!EnforcementMode = dword:1`}, func(f *environment.Facts) { f.ScriptHosts.State = environment.Unknown }, hosts(), nil, ""},
		{"scripts-and-libraries", conflict.Warn, []string{srp + `Dll!EnforcementMode = dword:1`}, unsigned(true), unsigned(false), nil, ""},
		{"wdac-policies", conflict.Block, []string{`file:\Windows\System32\CodeIntegrity\SIPolicy.p7b = a`, `file:\Windows\System32\CodeIntegrity\b.p7b = b`}, nothing, nil,
			[]string{`file:\Windows\System32\CodeIntegrity\SIPolicy.p7b = a`}, "17763.1"},
	}
}

// TestOneCodeIntegrityPolicyForSeveralProducts: before build 18362 it must have been merged, and the plan says so.
func TestOneCodeIntegrityPolicyForSeveralProducts(t *testing.T) {
	policy := []string{`file:\Windows\System32\CodeIntegrity\SIPolicy.p7b = a`}
	for build, want := range map[string]bool{"17763.1": true, "19044.1": false} {
		found, _ := judged(t, request(build, policy, product("a", nil), product("b", nil)))
		if c, ok := find(found, "wdac-policies", conflict.Auto); ok != want || ok && !slices.Equal(c.Narrowed, []string{"m/s00"}) {
			t.Errorf("%s: %v %+v", build, ok, c)
		}
	}
	if found, _ := judged(t, request("17763.1", policy, product("a", nil))); len(found) > 0 {
		if c, ok := find(found, "wdac-policies", conflict.Auto); ok {
			t.Errorf("one product has nothing to merge: %s", c.Reason)
		}
	}
}

// TestPlacesThatUsersWriteTo: however a path is spelt.
func TestPlacesThatUsersWriteTo(t *testing.T) {
	for path, want := range map[string]conflict.Level{
		`C:\Users\*`: conflict.Block, `c:/users/anna/AppData`: conflict.Block, `%TEMP%`: conflict.Block, `%TMP%\x`: conflict.Block, `%PUBLIC%\Images`: conflict.Block, `%LocalAppData%\V`: conflict.Block,
		`%ProgramData%`: conflict.Block, `C:\ProgramData\*`: conflict.Block, `C:\PROGRA~3\Viewer`: conflict.Block, `C:\`: conflict.Block, `C:\*`: conflict.Block, `C:\U*\x`: conflict.Block, `D:`: conflict.Block,
		`C:\Program Files\..\Users\Public`: conflict.Block, `\\?\C:\Users`: conflict.Block, `\\server\images`: conflict.Block, `C:\Windows\Temp`: conflict.Block, `C:\Viewer\Temp`: conflict.Block,
		`C:\Documents and Settings\All Users`: conflict.Block, `C:\Users.\x`: conflict.Block, `C:\\Users\\x`: conflict.Block, `viewer.exe`: conflict.Block, `%NOBODY%\x`: conflict.Block, ``: conflict.Block,
		`C:\ProgramData\Viewer`: conflict.Warn, `%ProgramData%\Viewer\*`: conflict.Warn, `C:\Viewer`: conflict.Warn, `D:\Images`: conflict.Warn,
		`C:\Program Files\Viewer`: "", `%ProgramFiles%/Viewer/*.dat`: "", `C:\Windows\System32\Viewer`: "",
	} {
		for _, asked := range []bool{true, false} {
			needs := antivirus("any", "any")
			if asked {
				needs = antivirus("any", "any", path)
			}
			found := run(t, "", []string{realtime, defender + `\Exclusions\Paths!` + path + ` = sz:0`}, needs)
			_, blocked := find(found, "av-exclusions", conflict.Block)
			_, warned := find(found, "av-exclusions", conflict.Warn)
			_, narrowed := find(found, "av-exclusions", conflict.Auto)
			if path == "" { // no exclusion at all
				continue
			}
			if blocked != (want == conflict.Block) || warned != (want == conflict.Warn) || narrowed != (asked && !blocked) {
				t.Errorf("%q, asked for: %v: BLOCK %v, WARN %v, AUTO %v", path, asked, blocked, warned, narrowed)
			}
		}
	}
}

func networkCases() []rowCase {
	smb := func(version string) func(*environment.Facts) {
		return func(f *environment.Facts) { f.SMB = is(version) }
	}
	delivering := func(direction, port string) func(*environment.Facts) {
		return func(f *environment.Facts) {
			flow(direction, "tcp", port, "10.0.0.5")(f)
			f.SMB = is("1.0")
		}
	}
	signing := func(yes bool) func(*environment.Facts) { return func(f *environment.Facts) { f.SMBSigning = is(yes) } }
	lm := func(version string) func(*environment.Facts) {
		return func(f *environment.Facts) { f.NTLM = is(version) }
	}
	secure := func(version string) func(*environment.Facts) {
		return func(f *environment.Facts) { f.TLS = is(version) }
	}
	revoke := func(f *environment.Facts) { f.RevocationEndpoints = listOf("http://crl.example/x.crl") }
	clock := func(yes bool) func(*environment.Facts) { return func(f *environment.Facts) { f.Time = is(yes) } }
	remote := func(method string) func(*environment.Facts) {
		return func(f *environment.Facts) {
			f.RemoteService = listOf(environment.RemoteService{Method: is(method), Reason: is("support")})
		}
	}
	opc := func(level string) func(*environment.Facts) {
		return func(f *environment.Facts) {
			f.DCOM = listOf(environment.DCOM{Name: is("OPC"), Authentication: is(level)})
		}
	}
	domain := func(yes bool) func(*environment.Facts) { return func(f *environment.Facts) { f.Domain = is(yes) } }
	const blocking = firewall + `FirewallRules!b = sz:v2.10|Action=Block|Active=TRUE|Dir=In|`
	const schannel = `reg:HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.`
	const resolver = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient!NameServer = sz:10.0.0.1`
	const ntp = `reg:HKLM\SOFTWARE\Policies\Microsoft\W32Time\Parameters!NtpServer = sz:10.0.0.2`
	return []rowCase{
		{"smb1", conflict.Block, []string{`svc:mrxsmb10 = disabled`}, smb("1.0"), smb("3.0"), nil, "14393.1"},
		{"smb1", conflict.Auto, []string{`feature:SMB1Protocol = enabled`}, smb("1.0"), smb("3.0"), nil, ""},
		{"smb-signing", conflict.Block, []string{`reg:HKLM\SYSTEM\CurrentControlSet\Services\LanmanWorkstation\Parameters!RequireSecuritySignature = dword:1`}, signing(false), signing(true), nil, ""},
		{"ntlm", conflict.Block, []string{lsa + `!LmCompatibilityLevel = dword:5`}, lm("1"), lm("2"), []string{lsa + `!LmCompatibilityLevel = dword:1`}, ""},
		{"smb-signing", conflict.Block, []string{`reg:HKLM\SYSTEM\CurrentControlSet\Services\LanManServer\Parameters!RequireSecuritySignature = dword:1`}, func(f *environment.Facts) {
			flow("in", "tcp", "445", "10.0.0.5")(f)
			f.SMBSigning = is(false)
		}, signing(false), nil, ""},
		{"smb1", conflict.Block, []string{`feature:SMB1Protocol-Client = disabled`}, smb("1.0"), smb("3.0"), nil, "14393.1"},
		{"services", conflict.Block, []string{`svc:SPOOLER = disabled`}, serving("Spooler"), serving("Audiosrv"), []string{`svc:Spooler = manual`}, ""},
		{"services", conflict.Block, []string{`reg:HKLM\SYSTEM\ControlSet001\Services\Spooler!Start = dword:4`}, serving("spooler"), serving("Audiosrv"), []string{`reg:HKLM\SYSTEM\CurrentControlSet\Services\Spooler!Start = dword:3`}, ""},
		{"smb1", conflict.Block, []string{`reg:HKLM\SYSTEM\CurrentControlSet\Services\LanmanServer\Parameters!SMB1 = dword:0`}, delivering("in", "139"), delivering("out", "445"), nil, "14393.1"},
		{"smb1", conflict.Block, []string{`feature:SMB1Protocol-Server = disabled`}, delivering("in", "400-500"), delivering("in", "104"), nil, "14393.1"},
		{"tls", conflict.Block, []string{schannel + `0\Client!DisabledByDefault = dword:1`}, secure("1.0"), secure("1.2"), nil, ""},
		{"management-path", conflict.Block, []string{schannel + `2\Server!Enabled = dword:0`}, nothing, nil, []string{schannel + `2\Client!Enabled = dword:0`}, ""},
		{"ntlm", conflict.Block, []string{lsa + `\MSV1_0!RestrictSendingNTLMTraffic = dword:2`}, lm("2"), lm("none"), nil, ""},
		{"tls", conflict.Block, []string{schannel + `0\Client!Enabled = dword:0`}, secure("1.0"), secure("1.2"), nil, ""},
		{"tls", conflict.Block, []string{schannel + `1\Client!Enabled = dword:0`}, secure("1.1"), secure("1.2"), nil, ""},
		{"local-firewall-rules", conflict.Block, []string{noMerge}, nothing, func(f *environment.Facts) { f.Flows = listOf[environment.Flow]() }, nil, ""},
		{"flows", conflict.Block, []string{inBlock}, flow("in", "tcp", "104", "10.0.0.5"), flow("out", "tcp", "104", "10.0.0.5"), nil, ""},
		{"flows", conflict.Auto, []string{inBlock, rule + `Dir=In|Protocol=6|LPort=100-110|RA4=10.0.0.0/255.255.255.0|`}, flow("in", "tcp", "104", "10.0.0.5"), nothing, nil, ""},
		{"flows", conflict.Ask, []string{outBlock}, func(f *environment.Facts) {
			f.Flows = listOf(environment.Flow{Direction: is("out"), Protocol: is("tcp"), Port: unknown[string](), Reason: is("licence")})
		}, nothing, nil, ""},
		{"revocation", conflict.Block, []string{outBlock}, revoke, nothing, nil, ""},
		{"revocation", conflict.Ask, []string{outBlock, rule + `Dir=Out|Protocol=6|RPort=80|`}, revoke, nothing, nil, ""},
		{"revocation", conflict.Auto, []string{outBlock, resolver, rule + `Dir=Out|Protocol=6|RPort=80|`}, revoke, nothing, nil, ""},
		{"time-source", conflict.Block, nil, clock(true), clock(false), []string{ntp}, ""},
		{"time-source", conflict.Block, []string{ntp, `svc:W32Time = disabled`}, clock(true), clock(false), []string{ntp}, ""},
		{"internet", conflict.Block, []string{outBlock}, func(f *environment.Facts) { f.Internet = is(true) }, func(f *environment.Facts) { f.Internet = is(false) }, nil, ""},
		{"remote-service", conflict.Block, []string{`svc:TermService = disabled`}, remote("rdp"), remote("vpn"), []string{desktopOn}, ""},
		{"remote-service", conflict.Ask, []string{`right:SeDenyNetworkLogonRight = ["S-1-5-113"]`}, remote("winrm"), remote("agent"), nil, ""},
		{"remote-service", conflict.Block, []string{winrm}, remote("winrm"), remote("vpn"), nil, ""},
		{"remote-service", conflict.Warn, []string{desktopOn, `group:S-1-5-32-555 = []`}, remote("rdp"), remote("vpn"), []string{desktopOn}, ""},
		{"remote-service", conflict.Auto, []string{desktopOn, inBlock, rule + `Dir=In|Protocol=6|LPort=3389|RA4=10.1.1.1|`}, remote("rdp"), remote("vpn"), []string{desktopOn}, ""},
		{"management-path", conflict.Block, []string{winrm}, nothing, nil, nil, ""},
		{"management-path", conflict.Block, []string{inBlock}, nothing, nil, []string{inBlock, rule + `Dir=In|Protocol=6|LPort=5986|RA4=10.20.0.0/255.255.0.0|`}, ""},
		{"management-path", conflict.Warn, []string{inBlock, firewall + `PrivateProfile!DefaultInboundAction = dword:1`, rule + `Dir=In|Protocol=6|LPort=5986|Profile=Domain|`}, nothing, nil,
			[]string{inBlock, firewall + `PrivateProfile!DefaultInboundAction = dword:1`, rule + `Dir=In|Protocol=6|LPort=5986|`}, ""},
		{"management-path", conflict.Warn, []string{`right:SeDenyNetworkLogonRight = ["S-1-5-113"]`}, domain(false), domain(true), []string{`right:SeDenyNetworkLogonRight = ["S-1-5-32-546"]`}, ""},
		{"management-path", conflict.Warn, []string{system + `LocalAccountTokenFilterPolicy = dword:0`}, domain(false), domain(true), []string{system + `LocalAccountTokenFilterPolicy = dword:1`}, ""},
		{"management-path", conflict.Warn, []string{blocking + `Protocol=6|RA4=LocalSubnet|`}, nothing, nil, []string{blocking + `Protocol=6|RA4=LocalSubnet|LPort=3389|`}, ""},
		{"management-path", conflict.Warn, []string{blocking + `RA4=10.90.0.0/16|RA4=Intranet|`}, nothing, nil, []string{blocking + `RA4=10.90.0.0/16|`}, ""},
		{"flows", conflict.Warn, []string{inBlock, rule + `Dir=In|Protocol=6|LPort=104|`, blocking + `RA4=LocalSubnet|`}, flow("in", "tcp", "104", "10.0.0.5"), flow("out", "tcp", "104", "10.0.0.5"),
			[]string{inBlock, rule + `Dir=In|Protocol=6|LPort=104|`, blocking + `RA4=LocalSubnet|Protocol=17|`}, ""},
		{"flows", conflict.Warn, []string{inBlock, firewall + `PrivateProfile!DefaultInboundAction = dword:1`, rule + `Dir=In|Protocol=6|LPort=104|Profile=Domain|`}, flow("in", "tcp", "104", "10.0.0.5"), nothing, nil, ""},
		{"dcom", conflict.Warn, []string{`reg:HKLM\SOFTWARE\Microsoft\Ole\AppCompat!RequireIntegrityActivationAuthenticationLevel = dword:1`}, opc("connect"), opc("packet-integrity"), nil, ""},
		{"domain-policy", conflict.Warn, []string{`pol:machine:HKLM\SOFTWARE\Policies\X!y = dword:1`}, domain(true), domain(false), nil, ""},
	}
}

func sessionCases() []rowCase {
	notice, auto := system+`LegalNoticeText = sz:Hej`, `reg:HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon!AutoAdminLogon = sz:1`
	const winlogon, policy = `reg:HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon!`, `account-policy:`
	removal := `reg:HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon!ScRemoveOption = sz:1`
	account := func(kind string) func(*environment.Facts) {
		return func(f *environment.Facts) {
			f.Accounts = listOf(environment.Account{Name: is("x"), Kind: is(kind), Administrator: is(false), NetworkLogon: is(kind == "operator")})
		}
	}
	folder := func(f *environment.Facts) {
		f.WritableFolders = listOf(environment.Folder{Path: is(`C:\Viewer\Data`)})
	}
	plugin := func(signed bool) func(*environment.Facts) {
		return func(f *environment.Facts) {
			f.LSAPlugins = listOf(environment.LSAPlugin{Name: is("x.dll"), SignedByMicrosoft: is(signed)})
		}
	}
	cards := func(spreads bool) func(*environment.Facts) {
		return func(f *environment.Facts) {
			f.Middleware = listOf(environment.Middleware{Name: is("SITHS eID"), CertificatePropagation: is(spreads)})
		}
	}
	return []rowCase{
		{"autologon", conflict.Block, []string{winlogon + `AutoAdminLogon = sz:0`}, session(environment.Session{Autologon: is(true)}), session(environment.Session{Autologon: is(false)}), []string{auto}, ""},
		{"autologon", conflict.Block, []string{auto, winlogon + `AutoLogonCount = dword:3`}, session(environment.Session{Autologon: is(true)}), session(environment.Session{Autologon: is(false)}), []string{auto}, ""},
		{"autologon", conflict.Block, []string{auto, system + `ScForceOption = dword:1`}, session(environment.Session{Autologon: is(true)}), nothing, []string{auto, system + `ScForceOption = dword:0`}, ""},
		{"autologon", conflict.Warn, nil, session(environment.Session{Autologon: is(true)}), session(environment.Session{Autologon: is(false)}), []string{auto}, ""},
		{"autologon", conflict.Auto, []string{auto}, session(environment.Session{Autologon: is(true)}), session(environment.Session{Autologon: is(false)}), nil, ""},
		{"autologon-lock", conflict.Block, []string{logsOn, hidden, idle}, session(environment.Session{Autologon: is(true)}), nil, []string{logsOn, hidden}, ""},
		{"autologon-lock", conflict.Ask, []string{idle}, session(environment.Session{Autologon: is(true)}), session(environment.Session{Autologon: is(false)}), nil, ""},
		{"account-times", conflict.Block, []string{policy + `LockoutDuration = 10`, policy + `ResetLockoutCount = 15`}, nothing, nil, []string{policy + `LockoutDuration = 15`, policy + `ResetLockoutCount = 15`}, ""},
		{"account-times", conflict.Block, []string{policy + `LockoutDuration = 10`, policy + `ResetLockoutCount = 15`}, nothing, nil, []string{policy + `LockoutDuration = -1`, policy + `ResetLockoutCount = 15`}, ""},
		{"account-times", conflict.Block, []string{policy + `MinimumPasswordAge = 30`, policy + `MaximumPasswordAge = 30`}, nothing, nil, []string{policy + `MinimumPasswordAge = 30`, policy + `MaximumPasswordAge = -1`}, ""},
		{"notice-and-autologon", conflict.Block, []string{notice, auto}, nothing, nil, []string{auto}, ""},
		{"notice-and-autologon", conflict.Block, []string{notice}, session(environment.Session{Autologon: is(true)}), session(environment.Session{Autologon: is(false)}), nil, ""},
		{"account-rules", conflict.Warn, []string{`account-policy:MaximumPasswordAge = 60`}, account("service"), account("service-engineer"), []string{`account-policy:MaximumPasswordAge = -1`}, ""},
		{"account-rules", conflict.Warn, []string{`account-policy:LockoutBadCount = 10`}, account("break-glass"), account("operator"), []string{`account-policy:LockoutBadCount = 0`}, ""},
		{"account-rules", conflict.Warn, []string{`right:SeDenyNetworkLogonRight = ["S-1-5-113"]`}, account("operator"), account("service"), nil, ""},
		{"account-rules", conflict.Warn, []string{`right:SeDenyInteractiveLogonRight = ["S-1-5-113"]`}, account("break-glass"), account("service"), []string{`right:SeDenyInteractiveLogonRight = []`}, ""},
		{"account-rules", conflict.Warn, []string{`right:SeDenyServiceLogonRight = ["S-1-1-0"]`}, account("service"), account("operator"), nil, ""},
		{"remote-service", conflict.Block, []string{`right:SeRemoteInteractiveLogonRight = []`}, func(f *environment.Facts) {
			f.RemoteService = listOf(environment.RemoteService{Method: is("rdp"), Reason: is("support")})
		}, nothing, []string{desktopOn, `right:SeRemoteInteractiveLogonRight = ["S-1-5-32-544"]`}, ""},
		{"continuous-display", conflict.Block, []string{`reg:HKLM\SOFTWARE\Policies\Microsoft\Power\PowerSettings\3C0BC021-C8A8-4E07-A973-6B14CBCB2B7E!DCSettingIndex = dword:300`}, session(environment.Session{ContinuousDisplay: is(true)}),
			session(environment.Session{ContinuousDisplay: is(false)}), nil, ""},
		{"continuous-display", conflict.Block, []string{system + `InactivityTimeoutSecs = dword:600`}, session(environment.Session{ContinuousDisplay: is(true)}), session(environment.Session{ContinuousDisplay: is(false)}), nil, ""},
		{"continuous-display", conflict.Block, []string{system + `InactivityTimeoutSecs = dword:600`}, session(environment.Session{ContinuousDisplay: is(false), LockMaximum: is(300)}),
			session(environment.Session{ContinuousDisplay: is(false), LockMaximum: is(600)}), nil, ""},
		{"card-removal", conflict.Block, []string{removal}, session(environment.Session{CardRemoval: is("none")}), session(environment.Session{CardRemoval: is("lock")}), nil, ""},
		{"card-removal", conflict.Ask, []string{removal}, session(environment.Session{Shared: is(true)}), session(environment.Session{Shared: is(true), CardRemoval: is("lock")}), nil, ""},
		{"elevation", conflict.Warn, []string{system + `ConsentPromptBehaviorUser = dword:0`}, account("service-engineer"), account("operator"), nil, ""},
		{"elevation", conflict.Warn, []string{system + `ConsentPromptBehaviorUser = dword:0`}, folder, nothing, nil, ""},
		{"elevation", conflict.Auto, []string{system + `ConsentPromptBehaviorUser = dword:0`, `file-security:\Viewer = D:`}, folder, nothing, nil, ""},
		{"lsa-protection", conflict.Block, []string{lsa + `!RunAsPPL = dword:1`}, plugin(false), plugin(true), nil, ""},
		{"card-middleware", conflict.Block, []string{`svc:CertPropSvc = disabled`}, cards(true), nothing, nil, ""},
		{"card-middleware", conflict.Block, nil, cards(false), cards(true), []string{}, ""},
		{"card-middleware", conflict.Auto, []string{`svc:CertPropSvc = disabled`}, cards(false), nothing, nil, ""},
	}
}

func TestEveryRowFires(t *testing.T) {
	fired := map[string]bool{}
	for _, tt := range rowCases() {
		t.Run(tt.row+" "+string(tt.level), func(t *testing.T) {
			fired[tt.row+" "+string(tt.level)] = true
			if c, ok := find(run(t, tt.build, tt.settings, tt.needs), tt.row, tt.level); !ok {
				t.Errorf("no %s", tt.level)
			} else {
				checkTold(t, c, tt)
			}
			if tt.harmless != nil {
				if c, ok := find(run(t, tt.build, tt.settings, tt.harmless), tt.row, tt.level); ok {
					t.Errorf("a product that is not hurt is told: %s", c.Text())
				}
			}
			if tt.row == "card-middleware" && len(tt.settings) == 0 { // it is the lack of a setting that hurts
				return
			}
			if c, ok := find(run(t, tt.build, tt.instead, tt.needs), tt.row, tt.level); ok && (len(tt.instead) > 0 || !slices.Contains([]string{"time-source", "av-forbidden", "autologon"}, tt.row)) {
				t.Errorf("settings that hurt nobody are told: %s", c.Text())
			}
		})
	}
	for _, r := range conflict.Rows() {
		for _, level := range r.Levels {
			if id := r.Name + " " + string(level); !fired[id] && !slices.Contains(pairRows, r.Name) && !slices.Contains(ownTests, id) {
				t.Errorf("the row %q has no test for %s", r.Name, level)
			}
		}
		if r.Title.EN == "" || r.Title.SV == "" || r.Trigger.EN == "" || r.Trigger.SV == "" || r.WayOut.EN == "" || r.WayOut.SV == "" || len(r.Levels) == 0 || strings.ToLower(r.Name) != r.Name {
			t.Errorf("the row %q is not described", r.Name)
		}
	}
}

// checkTold: both places, the reason and the way out.
func checkTold(t *testing.T, c conflict.Conflict, tt rowCase) {
	t.Helper()
	if c.Reason == "" || c.Subject.Filename == "" {
		t.Errorf("no reason or place: %+v", c)
	}
	if c.Level != conflict.Auto && (c.WayOut == "" || !strings.Contains(c.Text(), c.WayOut)) {
		t.Errorf("no way out: %s", c.Text())
	}
	if len(c.Settings) > 0 && tt.harmless != nil && c.First.Filename == "" {
		t.Errorf("one place only: %s", c.Text())
	}
	if c.Level == conflict.Auto && len(c.Narrowed) == 0 && c.Row != "devices" {
		t.Errorf("AUTO without what does it: %s", c.Text())
	}
	for _, r := range conflict.Rows() {
		if r.Name == c.Row && !slices.Contains(r.Levels, c.Level) {
			t.Errorf("the row does not say that it may be %s", c.Level)
		}
	}
}

func serving(services ...string) func(*environment.Facts) {
	return func(f *environment.Facts) { f.Services = listOf(services...) }
}
