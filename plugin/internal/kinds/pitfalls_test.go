package kinds_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// What would make Windows behave otherwise than a setting says must be part of the setting: it is claimed, written and judged.
func TestNothingBesideASettingUndoesIt(t *testing.T) {
	const (
		internet = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings`
		devices  = `HKLM\SOFTWARE\Policies\Microsoft\Windows\DeviceInstall\Restrictions\AllowDeviceIDs`
		desktop  = `HKCU\Software\Policies\Microsoft\Windows\Control Panel\Desktop`
	)
	example := mustDecode(t, "certificate", certificateIn(t, "ROOT"))
	revoked := strings.Replace(strings.TrimSuffix(strings.TrimPrefix(string(example.Claims(base)[0].Location), "reg:"), "!Blob"), `\ROOT\`, `\Disallowed\`, 1)
	for name, tt := range map[string]struct {
		kind, body, key, name string
	}{
		"no proxy, and a script for one":         {"proxy", `mode = "none"`, internet, "AutoConfigURL"},
		"a proxy, and a script":                  {"proxy", "mode = \"explicit\"\nserver = \"p.example.org:80\"", internet, "AutoConfigURL"},
		"a proxy, and a bypass of the base":      {"proxy", "mode = \"explicit\"\nserver = \"p.example.org:80\"", internet, "ProxyOverride"},
		"a list, and a number behind its end":    {"device_installation", "allow_ids = [\"USB\\\\A\", \"USB\\\\B\"]\nonly_allowed = true", devices, "3"},
		"a screen saver, and none to be shown":   {"screen_lock", `screen_saver_seconds = 60`, desktop, "SCRNSAVE.EXE"},
		"a root that is trusted, and is not":     {"certificate", certificateIn(t, "ROOT"), revoked, "Blob"},
		"a publisher that is trusted, and isn't": {"certificate", certificateIn(t, "TrustedPublisher"), revoked, "Blob"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := mustDecode(t, tt.kind, tt.body)
			w := applied(t, spec)
			if v := outcome(t, spec, w); v.Outcome != setting.Pass {
				t.Fatalf("after its own ops: %+v", v)
			}
			w.SetValue(tt.key, tt.name, setting.SZ("x"))
			if v := outcome(t, spec, w); v.Outcome != setting.Fail {
				t.Errorf("with %s: %+v", tt.name, v)
			}
			other := mustDecode(t, "registry_value", "key = "+quote(tt.key)+"\nname = "+quote(tt.name)+"\ntype = \"sz\"\nvalue = \"x\"")
			if got := meeting(spec, other); got != "collide" {
				t.Errorf("another setting of %s: %s, want collide", tt.name, got)
			}
		})
	}
	if got := meeting(example, mustDecode(t, "certificate", certificateIn(t, "Disallowed"))); got != "collide" {
		t.Errorf("a certificate that is trusted and distrusted: %s, want collide", got)
	}
	if got := meeting(example, mustDecode(t, "certificate", certificateIn(t, "CA"))); got != "agree" {
		t.Errorf("a certificate in two stores: %s, want agree", got)
	}
}

func certificateIn(t *testing.T, store string) string {
	k, _ := table(t).Lookup("certificate")
	return strings.Replace(k.Example, `"ROOT"`, `"`+store+`"`, 1)
}

// A list's end moves when lists are joined, and what one list wants there is no contradiction of the other's end.
func TestEndsOfJoinedLists(t *testing.T) {
	a := mustDecode(t, "device_installation", `deny_ids = ["USB\\A"]`)
	b := mustDecode(t, "device_installation", `deny_ids = ["USB\\B", "USB\\C"]`)
	if got := meeting(a, b); got != "join" {
		t.Errorf("%s, want join", got)
	}
	merged, err := a.(setting.Merger).Merge(b)
	if err != nil {
		t.Fatal(err)
	}
	if v := outcome(t, merged, applied(t, merged)); v.Outcome != setting.Pass {
		t.Errorf("%+v", v)
	}
}

// "DNS servers" is a policy for Windows XP: nothing here would set the resolver of all names, and the setting would pass.
func TestResolverForAllNamesIsARule(t *testing.T) {
	oneProblem(t, "dns_client", `servers = ["10.60.0.53"]`, "Servers without a rule", `["10.60.0.53"]`, `namespaces = ["."]`)
	mustDecode(t, "dns_client", "rule = \"all\"\nnamespaces = [\".\"]\nservers = [\"10.60.0.53\"]")
}

// Two rules for one namespace contradict each other whatever their ids are.
func TestNamespacesCollide(t *testing.T) {
	rule := func(id, namespaces, server string) setting.Spec {
		return mustDecode(t, "dns_client", "rule = \""+id+"\"\nnamespaces = ["+namespaces+"]\nservers = [\""+server+"\"]")
	}
	if got := meeting(rule("a", `".sjunet.org", ".a.org"`, "10.0.0.1"), rule("b", `".SJUNET.org"`, "10.0.0.2")); got != "collide" {
		t.Errorf("two resolvers: %s, want collide", got)
	}
	if got := meeting(rule("a", `".sjunet.org"`, "10.0.0.1"), rule("b", `".b.org"`, "10.0.0.2")); got != "apart" {
		t.Errorf("two namespaces: %s, want apart", got)
	}
}

// Whoever may change a list of permissions or own the thing has every permission, whatever the list says.
func TestPermissionsThatGiveThemselves(t *testing.T) {
	const system = "(A;CI;KA;;;SY)"
	for _, sddl := range []string{
		"D:P" + system + "(A;CI;KA;;;WD)", "D:P" + system + "(A;CI;GA;;;BU)", "D:P" + system + "(A;CI;KRWD;;;BU)", "D:P" + system + "(A;CI;KRWO;;;AU)", "D:P" + system + "(A;CI;0x1000000f003f;;;BU)",
		"D:P" + system + "(A;CI;0x10f003f;;;BU)", "D:P" + system + "(A;;KA;;;AN)", "D:P" + system + "(A;;KA;;;BG)", "D:P" + system + "(A;;KA;;;S-1-5-113)", "D:P" + system + "(A;;KA;;;NU)", "D:P" + system + "(A;;KA;;;S-1-2-0)",
		"O:BUD:P" + system, "O:WDD:P" + system, "D:P", "D:NO_ACCESS_CONTROL", "D:AI" + system, "D:P" + system + "(A;;KA;;;Users)", "D:P" + system + "(XA;;KA;;;WD;(1==1))", "O:SYD:P" + system + "\x00", strings.Repeat("(A;;KA;;;SY)", 5000),
	} {
		if !refused(t, "registry_permission", "key = \"HKLM\\\\SOFTWARE\\\\X\"\nsddl = "+quote(strings.ReplaceAll(sddl, "\x00", `x`))) {
			t.Errorf("%.80q was accepted", sddl)
		}
	}
	mustDecode(t, "registry_permission", "key = \"HKLM\\\\SOFTWARE\\\\X\"\nsddl = \"O:SYD:P(A;CI;KA;;;SY)(A;CI;KR;;;BU)\"")
	mustDecode(t, "file_permission", "path = \"C:\\\\X\"\nsddl = \"D:P(A;OICI;FA;;;SY)(A;OICI;0x1301bf;;;BU)\"")
}

// A rule of a version above the newest of Windows 10 is one that Windows may leave out: it must not pass.
func TestRulesOfUnknownVersions(t *testing.T) {
	spec := mustDecode(t, "firewall_rule", rule)
	for version, want := range map[string]setting.Outcome{"v2.10": setting.Pass, "v2.26": setting.Pass, "v2.30": setting.Pass, "v2.31": setting.Fail, "v2.99": setting.Fail, "v2.010": setting.Fail, "v2.+10": setting.Fail, "v3.10": setting.Fail} {
		w := applied(t, spec)
		w.SetValue(rulesKey, "I", setting.SZ(version+"|Action=Allow|Active=TRUE|Dir=In|Name=n|"))
		if v := outcome(t, spec, w); v.Outcome != want {
			t.Errorf("%s: %+v", version, v)
		}
	}
}

// Under WOW6432Node Windows shares these keys: a value there would be written where nobody reads it.
func TestSharedKeys(t *testing.T) {
	for _, key := range []string{`Microsoft\SystemCertificates\ROOT\Certificates\X`, `Microsoft\Windows NT\CurrentVersion\Image File Execution Options\x.exe`, `Microsoft\Windows NT\CurrentVersion\ProfileList`, `Microsoft\RPC`, `Microsoft\OLE`,
		`Microsoft\EnterpriseCertificates\Root`, `Microsoft\Windows\CurrentVersion\Group Policy\x`, `Microsoft\Cryptography\Services\x`} {
		if !refused(t, "registry_value", "key = "+quote(`HKLM\SOFTWARE\WOW6432Node\`+key)+"\nname = \"n\"\ntype = \"dword\"\nvalue = 1") {
			t.Errorf("%s was accepted", key)
		}
	}
	for _, key := range []string{`Microsoft\.NETFramework\v4.0.30319`, `Microsoft\Windows\CurrentVersion\Uninstall\X`, `Microsoft\Cryptography\X`} {
		if refused(t, "registry_value", "key = "+quote(`HKLM\SOFTWARE\WOW6432Node\`+key)+"\nname = \"n\"\ntype = \"dword\"\nvalue = 1") {
			t.Errorf("%s was refused", key)
		}
	}
}

// Text that is left out of a plan is no expectation either.
func TestPlansWithoutExpectation(t *testing.T) {
	for kind, raw := range map[string]string{"removable_storage": `{"class":"all"}`, "proxy": `{}`, "user_right": `{"right":"SeDebugPrivilege","sids":[]}`, "hosts_file": `{"entries":{}}`,
		"program_allowlist": `{"codes":[],"names":[]}`, "audit_policy": `{"subcategory":"Logon","events":[]}`, "group_membership": `{"group":"S-1-5-32-545"}`, "asr_rule": `{"rule":"ransomware"}`,
		"power_setting": `{"power":"display-off"}`, "event_log": `{"log":"System"}`, "screen_lock": `{}`, "windows_update": `{}`, "dns_client": `{}`, "device_installation": `{}`, "firewall_profile": `{"profile":"public"}`, "local_account": `{"rid":500}`} {
		if spec, err := table(t).DecodeJSON(kind, []byte(raw)); err == nil {
			t.Errorf("%s %s was accepted: %v", kind, raw, spec.Claims(base))
		}
	}
}

// A name with a wildcard alone bypasses the proxy for nearly all.
func TestBypassesOfEverything(t *testing.T) {
	for _, b := range []string{"*", "**", "*.*", "?", "*:*", "."} {
		if !refused(t, "proxy", "mode = \"explicit\"\nserver = \"p.example.org:80\"\nbypass = ["+quote(b)+"]") {
			t.Errorf("%q was accepted", b)
		}
	}
}

// In what order and case a target reads the holders of a right is its own affair.
func TestHoldersInAnyOrder(t *testing.T) {
	spec := mustDecode(t, "user_right", "right = \"SeDebugPrivilege\"\nsids = [\"S-1-5-32-544\", \"S-1-5-18\"]")
	for _, sids := range [][]string{{"S-1-5-32-544", "S-1-5-18"}, {"S-1-5-18", "S-1-5-32-544", "S-1-5-18"}, {"s-1-5-32-544", "s-1-5-18"}} {
		w := applied(t, spec)
		w.SetRight("SeDebugPrivilege", sids)
		if v := outcome(t, spec, w); v.Outcome != setting.Pass {
			t.Errorf("%v: %+v", sids, v)
		}
	}
	machine := applied(t, spec)
	machine.SetRight("SeDebugPrivilege", []string{"S-1-5-32-544", "rid:501"})
	o, err := spec.Observe(machine)
	if want := `["S-1-5-32-544","rid:501"]`; err != nil || o.Facts[0].Value != want {
		t.Errorf("an account of the machine itself: got %+v, %v, want it spelled as it is written: %s", o, err, want)
	}
	w := applied(t, spec)
	w.SetRight("SeDebugPrivilege", []string{"S-1-5-18", "S-1-5-32-544", "S-1-5-32-545"})
	if v := outcome(t, spec, w); v.Outcome != setting.Fail {
		t.Errorf("one more: %+v", v)
	}
}

// Two settings of one place must not differ in their spelling of it, and a file must not stand where a package's folder is.
func TestPlacesOfServicesAndPackages(t *testing.T) {
	oneProblem(t, "service", "name = \"a!b\"\nstart = \"disabled\"", "Illegal service name", `"a!b"`, "key name")
	k, _ := table(t).Lookup("msi_package")
	file := mustDecode(t, "file", `path = "C:\\Windows\\wmclient"`+"\ncontent = \"x\"")
	if got := meeting(mustDecode(t, "msi_package", k.Example), file); got != "collide" {
		t.Errorf("a file in place of the folder of packages: %s, want collide", got)
	}
}
