package kinds_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

const rulesKey = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules`

func TestServiceStates(t *testing.T) {
	const key = `HKLM\SYSTEM\CurrentControlSet\Services\X`
	start := func(n uint32) func(*fake.Windows) {
		return func(w *fake.Windows) { w.SetValue(key, "Start", setting.DWord(n)) }
	}
	delayed := func(n, d uint32) func(*fake.Windows) {
		return func(w *fake.Windows) {
			start(n)(w)
			w.SetValue(key, "DelayedAutostart", setting.DWord(d))
		}
	}
	tests := map[string]struct {
		body     string
		machine  func(*fake.Windows)
		want     setting.Outcome
		observed string
	}{
		"missing":                        {`start = "disabled"`, func(*fake.Windows) {}, setting.Fail, "absent"},
		"missing, optional":              {"start = \"disabled\"\noptional = true", func(*fake.Windows) {}, setting.NotApplicable, "absent"},
		"there, optional":                {"start = \"disabled\"\noptional = true", start(3), setting.Fail, "manual"},
		"without a start type":           {`start = "disabled"`, func(w *fake.Windows) { w.AddKey(key) }, setting.Fail, "start absent"},
		"start type of another type":     {`start = "disabled"`, func(w *fake.Windows) { w.SetValue(key, "Start", setting.QWord(4)) }, setting.Fail, "start qword:4"},
		"disabled":                       {`start = "disabled"`, start(4), setting.Pass, "disabled"},
		"disabled ignores delay":         {`start = "disabled"`, delayed(4, 1), setting.Pass, "disabled"},
		"boot":                           {`start = "boot"`, start(0), setting.Pass, "boot"},
		"system is not boot":             {`start = "boot"`, start(1), setting.Fail, "system"},
		"automatic":                      {`start = "automatic"`, delayed(2, 0), setting.Pass, "automatic"},
		"automatic, no delay written":    {`start = "automatic"`, start(2), setting.Pass, "automatic"},
		"automatic, but delayed":         {`start = "automatic"`, delayed(2, 1), setting.Fail, "delayed"},
		"delayed":                        {`start = "delayed"`, delayed(2, 1), setting.Pass, "delayed"},
		"delayed, but not":               {`start = "delayed"`, delayed(2, 0), setting.Fail, "automatic"},
		"delayed, no delay written":      {`start = "delayed"`, start(2), setting.Fail, "automatic"},
		"delayed, but manual with delay": {`start = "delayed"`, delayed(3, 1), setting.Fail, "manual"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := mustDecode(t, "service", "name = \"x\"\n"+tt.body)
			w := fake.New()
			tt.machine(w)
			if v := outcome(t, spec, w); v.Outcome != tt.want || v.Observed != tt.observed {
				t.Errorf("%+v, want %s with %q", v, tt.want, tt.observed)
			}
			missing := w.RegistryKey(key) != nil
			for _, op := range spec.Ops(base) {
				if err := w.Apply(op); (err != nil) != (missing && !op.Optional) {
					t.Fatalf("apply: %v", err)
				}
			}
			if v := outcome(t, spec, w); !missing && v.Outcome != setting.Pass {
				t.Errorf("after its own ops: %+v", v)
			}
			if w.RegistryKey(key) == nil && missing {
				t.Error("the ops made a service")
			}
		})
	}
}

func TestRuleText(t *testing.T) {
	tests := []struct{ body, want string }{
		{rule, "v2.10|Action=Allow|Active=TRUE|Dir=In|Name=n|"},
		{rule + `profiles = ["public", "domain"]`, "v2.10|Action=Allow|Active=TRUE|Dir=In|Profile=Domain|Profile=Public|Name=n|"},
		{rule + `profiles = ["public", "domain", "private"]`, "v2.10|Action=Allow|Active=TRUE|Dir=In|Name=n|"},
		{rule + "active = false\nprotocol = \"icmpv4\"", "v2.10|Action=Allow|Active=FALSE|Dir=In|Protocol=1|Name=n|"},
		{rule + "protocol = \"tcp\"\nlocal_ports = [\"rpc-epmap\", \"RPC\", \"5010\", \"80\", \"5000-5009\", \"81\"]",
			"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=RPC|LPort=RPC-EPMap|LPort2_10=80-81|LPort2_10=5000-5010|Name=n|"},
		{rule + "protocol = \"udp\"\nremote_ports = [\"53\"]", "v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=17|RPort=53|Name=n|"},
		{rule + `remote_addresses = ["localsubnet"]`, "v2.10|Action=Allow|Active=TRUE|Dir=In|RA4=LocalSubnet|RA6=LocalSubnet|Name=n|"},
		{rule + `remote_addresses = ["10.0.1.0/24", "10.0.0.0/24", "10.9.0.1", "192.168.0.1-192.168.0.2", "2001:db8::/32", "fe80::1"]`,
			"v2.10|Action=Allow|Active=TRUE|Dir=In|RA4=10.0.0.0/255.255.254.0|RA4=10.9.0.1|RA4=192.168.0.1-192.168.0.2|RA6=2001:db8::/32|RA6=fe80::1|Name=n|"},
		{rule + `local_addresses = ["0.0.0.0/1", "128.0.0.0/1", "8000::/1"]`, "v2.10|Action=Allow|Active=TRUE|Dir=In|LA4=0.0.0.0-255.255.255.255|LA6=8000::/1|Name=n|"},
		{rule + "program = \"%SystemRoot%\\\\System32\\\\svchost.exe\"\nservice = \"Dnscache\"\ninterface_types = [\"wireless\", \"lan\", \"remote_access\"]\ndescription = \"d\"",
			`v2.10|Action=Allow|Active=TRUE|Dir=In|IFType=Lan|IFType=RemoteAccess|IFType=Wireless|App=%SystemRoot%\System32\svchost.exe|Svc=Dnscache|Name=n|Desc=d|`},
	}
	for _, tt := range tests {
		spec := mustDecode(t, "firewall_rule", tt.body)
		if got := spec.Claims(base)[0].Value; got != "sz:"+tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
		if v := outcome(t, spec, applied(t, spec)); v.Outcome != setting.Pass {
			t.Errorf("after its own ops: %+v", v)
		}
	}
}

func TestRulesAreComparedByMeaning(t *testing.T) {
	spec := mustDecode(t, "firewall_rule", rule+"protocol = \"tcp\"\nlocal_ports = [\"443\", \"5000-5010\"]\nremote_addresses = [\"10.20.0.0/24\", \"LocalSubnet\"]\nprofiles = [\"domain\", \"private\"]")
	tests := []struct {
		text string
		want setting.Outcome
	}{
		{"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=443|LPort2_10=5000-5010|RA4=LocalSubnet|RA4=10.20.0.0/255.255.255.0|RA6=LocalSubnet|Name=n|", setting.Pass},
		{"v2.26|Action=Allow|Active=True|Dir=In|Protocol=6|Profile=Private|Profile=Domain|LPort2_10=5005-5010|LPort=443|LPort2_10=5000-5004|RA6=localsubnet|RA4=10.20.0.0-10.20.0.255|RA4=LocalSubnet|Name=n|", setting.Pass},
		{"v2.30|action=allow|active=TRUE|dir=in|protocol=6|profile=private|profile=domain|lport=443|lport2_10=5000-5010|ra4=10.20.0.0/24|ra4=LocalSubnet|ra6=LocalSubnet|name=n|", setting.Pass},
		{"v2.10|Edge=FALSE|LSM=false|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=443|LPort2_10=5000-5010|RA4=LocalSubnet|RA4=10.20.0.0/255.255.255.0|RA6=LocalSubnet|Name=n|", setting.Pass},
		// one difference each
		{"v2.10|Action=Allow|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=443|LPort2_10=5000-5010|RA4=LocalSubnet|RA4=10.20.0.0/255.255.255.0|RA6=LocalSubnet|Name=n|", setting.Fail},
		{"v2.10|Action=Block|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=443|LPort2_10=5000-5010|RA4=LocalSubnet|RA4=10.20.0.0/255.255.255.0|RA6=LocalSubnet|Name=n|", setting.Fail},
		{"v2.10|Action=Allow|Active=FALSE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=443|LPort2_10=5000-5010|RA4=LocalSubnet|RA4=10.20.0.0/255.255.255.0|RA6=LocalSubnet|Name=n|", setting.Fail},
		{"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=443|LPort2_10=5000-5011|RA4=LocalSubnet|RA4=10.20.0.0/255.255.255.0|RA6=LocalSubnet|Name=n|", setting.Fail},
		{"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=443|LPort2_10=5000-5010|RA4=LocalSubnet|RA4=10.20.0.0/255.255.254.0|RA6=LocalSubnet|Name=n|", setting.Fail},
		{"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=443|LPort2_10=5000-5010|RA4=LocalSubnet|RA4=10.20.0.0/255.255.255.0|Name=n|", setting.Fail},
		{"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|LPort=443|LPort2_10=5000-5010|RA4=LocalSubnet|RA4=10.20.0.0/255.255.255.0|RA6=LocalSubnet|Name=n|", setting.Fail},
		{"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=443|LPort=RPC|LPort2_10=5000-5010|RA4=LocalSubnet|RA4=10.20.0.0/255.255.255.0|RA6=LocalSubnet|Name=n|", setting.Fail},
		// a field that this version does not know may mean anything
		{"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=443|LPort2_10=5000-5010|RA4=LocalSubnet|RA4=10.20.0.0/255.255.255.0|RA6=LocalSubnet|Name=n|Edge=TRUE|", setting.Fail},
		// two answers to one question
		{"v2.10|Action=Allow|Action=Block|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=443|LPort2_10=5000-5010|RA4=LocalSubnet|RA4=10.20.0.0/255.255.255.0|RA6=LocalSubnet|Name=n|", setting.Fail},
		{"v1.0|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=443|LPort2_10=5000-5010|RA4=LocalSubnet|RA4=10.20.0.0/255.255.255.0|RA6=LocalSubnet|Name=n|", setting.Fail},
		{"", setting.Fail},
		{"v2.10|", setting.Fail},
	}
	for i, tt := range tests {
		for _, onlyOne := range []bool{false, true} {
			w := fake.New()
			if onlyOne { // the registry alone deviates: Registry.pol does not make up for it
				w = applied(t, spec)
			} else {
				w.SetPolicy(setting.ScopeMachine, rulesKey, "I", setting.SZ(tt.text))
			}
			w.SetValue(rulesKey, "I", setting.SZ(tt.text))
			if v := outcome(t, spec, w); v.Outcome != tt.want {
				t.Errorf("%d %s: %+v", i, tt.text, v)
			}
		}
	}
}

func FuzzNormalRule(f *testing.F) {
	f.Add("v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|LPort2_10=5000-5010|RA4=10.20.0.0/255.255.255.0|RA6=LocalSubnet|Name=n|")
	for _, s := range hostile.Texts("v2.31|Action=Block|Active=FALSE|Dir=Out|Profile=Domain|Profile=Private|Profile=Public|Protocol=17|LPort=1-5|RPort=443,80|ICMP4=8:*|RA4=10.0.0.0-10.0.0.9|LA6=fe80::/64|RA42=LocalSubnet|IF={a}|IFType=Lan|App=%SystemRoot%\\x.exe|Svc=x|Name=n|Desc=d|EmbedCtxt=g|Edge=TRUE|Defer=App|LUAuth=D:(A;;CC;;;SY)|") {
		f.Add(s)
	}
	for _, field := range []string{"Profile=Domain|Profile=Private|Profile=Public|", "Profile=Private|Profile=Private|", "IFType=Lan|", "IFType=all|", "Edge=FALSE|",
		"Edge=TRUE|", "Security=NotRequired|", "Security=Authenticate|", "Active=TRUE|Active=TRUE|", "Action=Allow|", "Desc=|", "Protocol=256|", "LPort=5-1|", "LPort=RPC|"} {
		f.Add("v2.10|Action=Allow|Dir=In|" + field + "Name=n|")
	}
	f.Add("v2.26|Action=Allow|LPort2_10=IPTLSIn|LPort=|RA4=|RA42=IntErnet|=|")
	f.Add("v2.10|RA4=255.255.255.255-0.0.0.0|RA6=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff|RA6=::/0|")
	f.Fuzz(func(t *testing.T, text string) {
		hostile.Bounded(t, len(text), 64, 1<<20, func() { _, _ = kinds.NormalRule(text) })
		once, err := kinds.NormalRule(text)
		if err != nil {
			return
		}
		twice, err := kinds.NormalRule(once)
		if err != nil || once != twice {
			t.Fatalf("%q: normal form %q is not normal: %q, %v", text, once, twice, err)
		}
	})
}

func TestFileContent(t *testing.T) {
	tests := []struct{ more, want string }{
		{`content = "a\r\nb\n"`, "610d0a620a"},
		{"content = \"a\\r\\nb\\n\"\nnewline = \"lf\"", "610a620a"},
		{"content = \"a\\r\\nb\\n\"\nnewline = \"crlf\"", "610d0a620d0a"},
		{`content = "å😀"`, "c3a5f09f9880"},
		{"content = \"å😀\"\nencoding = \"utf-16le\"", "fffee5003dd800de"},
		{"content = \"\"", ""},
	}
	for _, tt := range tests {
		spec := mustDecode(t, "file", hosts+tt.more)
		contents := spec.(setting.ContentProvider).Contents()
		if len(contents) != 1 || hex.EncodeToString(contents[0].Bytes) != tt.want {
			t.Errorf("%s: %v, want %s", tt.more, contents, tt.want)
		}
		if v := outcome(t, spec, applied(t, spec)); v.Outcome != setting.Pass {
			t.Errorf("%s: %+v", tt.more, v)
		}
	}
}

func TestFileSource(t *testing.T) {
	digest := strings.Repeat("AB", 32)
	spec := mustDecode(t, "file", hosts+"source = \"files/a.txt\"\nsha256 = \""+digest+"\"")
	s := spec.(setting.Sourced)
	path, _, ok := s.Source()
	want, _ := s.WantDigest()
	if !ok || path != "files/a.txt" || want != strings.ToLower(digest) {
		t.Errorf("source %q %v, digest %s", path, ok, want)
	}
	s.SetSource(1234)
	again := roundTrip(t, "file", spec)
	op := again.Ops(base)[0]
	if op.Size != 1234 || op.SHA256 != strings.ToLower(digest) {
		t.Errorf("op %+v", op)
	}
	if c := again.(setting.ContentProvider).Contents(); len(c) != 1 || c[0].Source != path || c[0].Bytes != nil {
		t.Errorf("contents %+v", c)
	}
	absent := mustDecode(t, "file", hosts+"ensure = \"absent\"")
	w := applied(t, spec)
	if v := outcome(t, absent, w); v.Outcome != setting.Fail {
		t.Errorf("a file that should be absent: %+v", v)
	}
	if v := outcome(t, absent, applied(t, absent)); v.Outcome != setting.Pass {
		t.Errorf("an absent file: %+v", v)
	}
}

func TestNobodyHoldsARight(t *testing.T) {
	spec := mustDecode(t, "user_right", "right = \"SeDebugPrivilege\"\nnobody = true")
	w := fake.New()
	w.SetRight("SeDebugPrivilege", []string{"S-1-5-32-544"})
	if v := outcome(t, spec, w); v.Outcome != setting.Fail {
		t.Errorf("somebody holds it: %+v", v)
	}
	if v := outcome(t, spec, applied(t, spec)); v.Outcome != setting.Pass {
		t.Errorf("nobody holds it: %+v", v)
	}
}
