package conflict_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// TestRoleBehindABlock: a role has its addresses in the rule that lets it through, and a rule that blocks them goes before it.
func TestRoleBehindABlock(t *testing.T) {
	const pacs, other = `Action=Allow|Dir=Out|Protocol=6|RPort=104|RA4=10.30.0.10|`, `Action=Allow|Dir=Out|Protocol=6|RPort=104|RA4=10.40.0.10|`
	for name, tt := range map[string]struct {
		settings []string
		want     conflict.Level
		named    []string
	}{
		"cut":                {[]string{outBlock, fwRule("a", pacs), fwRule("b", `Action=Block|Dir=Out|RA4=10.30.0.0/255.255.0.0|`)}, conflict.Block, []string{"m/s01", "m/s02"}},
		"another network":    {[]string{outBlock, fwRule("a", pacs), fwRule("b", `Action=Block|Dir=Out|RA4=10.31.0.0/255.255.0.0|`)}, conflict.Auto, nil},
		"another profile":    {[]string{outBlock, fwRule("a", pacs), fwRule("b", `Action=Block|Dir=Out|RA4=10.30.0.0/255.255.0.0|Profile=Public|`)}, conflict.Auto, nil},
		"another rule is it": {[]string{outBlock, fwRule("a", pacs), fwRule("b", `Action=Block|Dir=Out|RA4=10.30.0.0/255.255.0.0|`), fwRule("c", other)}, conflict.Auto, nil},
	} {
		found := run(t, "", tt.settings, flow("out", "tcp", "104", "PACS"))
		for _, level := range []conflict.Level{conflict.Block, conflict.Auto} {
			c, ok := find(found, "flows", level)
			if ok != (level == tt.want) {
				t.Errorf("%s: %s %v: %s", name, level, ok, c.Reason)
			}
			for _, id := range tt.named {
				if ok && (!strings.Contains(c.Reason, id) || !strings.Contains(c.WayOut, "closed_networks")) {
					t.Errorf("%s: %s is not named in %s %s", name, id, c.Reason, c.WayOut)
				}
			}
		}
	}
}

// TestWideExceptions: what an exception keeps for one peer is for everybody where the firewall does not say otherwise.
func TestWideExceptions(t *testing.T) {
	const signing = `reg:HKLM\SYSTEM\CurrentControlSet\Services\LanmanWorkstation\Parameters!RequireSecuritySignature = dword:1`
	const level = lsa + `!LmCompatibilityLevel = dword:5`
	const out = `!DefaultOutboundAction = dword:1`
	walls := []string{firewall + `DomainProfile` + out, firewall + `PrivateProfile` + out, firewall + `PublicProfile` + out}
	skip, old := "", "dword:2"
	for name, tt := range map[string]struct {
		build    string
		settings []string
		value    string // "" skips the first setting
		walls    []string
		want     string
	}{
		"unsigned":                   {"", []string{signing}, skip, nil, "TCP 139, 445"},
		"unsigned, on one profile":   {"", []string{signing}, skip, walls[:2], "TCP 139, 445"},
		"unsigned, to one peer":      {"", []string{signing}, skip, append(walls, fwRule("a", `Action=Allow|Dir=Out|Protocol=6|RPort=445|RA4=10.0.0.5|`)), ""},
		"unsigned, opened for all":   {"", []string{signing}, skip, append(walls, fwRule("a", `Action=Allow|Dir=Out|Protocol=6|RPort=445|`)), "TCP 445 "},
		"unsigned, stopped for all":  {"", []string{signing}, skip, []string{fwRule("a", `Action=Block|Dir=Out|Protocol=6|RPort=445|RPort=139|`)}, ""},
		"SMB 1, old build":           {"14393.1", []string{smbDriver}, skip, nil, "SMB 1"},
		"SMB 1, not there":           {"17763.1", []string{smbDriver}, skip, nil, ""},
		"SMB 1, turned on":           {"17763.1", []string{smbOff}, "enabled", nil, "SMB 1"},
		"SMB 1, off by another":      {"14393.1", []string{smbDriver, smbOff}, skip, nil, ""},
		"NTLM":                       {"", []string{level}, old, nil, "NTLM version 1"},
		"NTLM, which is not written": {"", []string{level}, skip, nil, ""},
		"NTLM, walled":               {"", []string{level}, old, walls, ""},
	} {
		req := request(tt.build, append(append([]string(nil), tt.settings...), tt.walls...), product("p", func(f *environment.Facts) {
			f.SMB, f.SMBSigning, f.NTLM = is("1.0"), is(false), is("1")
		}))
		x := plan.Exception{Setting: "m/s00", Skip: tt.value == "", Reason: "an old device", Owner: "MT", Expires: "2030-01-01"}
		if tt.value != "" {
			where, _, _ := strings.Cut(tt.settings[0], " = ")
			x.Spec = &spec{setting.Location(where), tt.value}
		}
		req.Exceptions = []plan.Exception{x}
		found, _ := judged(t, req)
		c, ok := find(found, "wide-exceptions", conflict.Warn)
		if ok != (tt.want != "") || !strings.Contains(c.Reason, tt.want) {
			t.Errorf("%s: %v %s", name, ok, c.Reason)
		}
		if ok && (!strings.Contains(c.Reason, "m/s00") || !strings.Contains(c.Reason, `"p"`)) {
			t.Errorf("%s: %s", name, c.Reason)
		}
		req.Exceptions = nil
		found, _ = judged(t, req)
		if c, ok := find(found, "wide-exceptions", conflict.Warn); ok {
			t.Errorf("%s, without an exception: %s", name, c.Reason)
		}
	}
}

// TestFeatureFromAServer: files on a server are a source only where the client reaches it.
func TestFeatureFromAServer(t *testing.T) {
	const on, at = `feature:NetFx3 = enabled`, `reg:HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\Servicing!LocalSourcePath = sz:`
	smb := func(rest string) string { return fwRule("a", `Action=Allow|Dir=Out|Protocol=6|RPort=445|`+rest) }
	for name, tt := range map[string]struct {
		settings []string
		want     conflict.Level
	}{
		"closed":               {[]string{on, at + `\\10.0.0.5\sxs`, outBlock}, conflict.Ask},
		"closed, by name":      {[]string{on, at + `\\files\sxs`, outBlock}, conflict.Ask},
		"closed, in an image":  {[]string{on, at + `wim:\\files\s\install.wim:3`, outBlock}, conflict.Ask},
		"closed, expanding":    {[]string{on, strings.Replace(at, "sz:", "expand_sz:", 1) + `\\files\sxs`, outBlock}, conflict.Ask},
		"another server opens": {[]string{on, at + `\\10.0.0.5\sxs`, outBlock, smb(`RA4=10.0.0.6|`)}, conflict.Ask},
		"open":                 {[]string{on, at + `\\10.0.0.5\sxs`, outBlock, smb(`RA4=10.0.0.5|`)}, conflict.Auto},
		"a name, and a rule":   {[]string{on, at + `\\files\sxs`, outBlock, smb(`RA4=10.0.0.5|`)}, conflict.Auto},
		"nothing is blocked":   {[]string{on, at + `\\files\sxs`}, conflict.Auto},
		"on the client":        {[]string{on, at + `C:\sxs;\\files\sxs`, outBlock}, conflict.Auto},
	} {
		found := run(t, "", tt.settings, func(f *environment.Facts) { f.NetFramework = listOf("3.5") })
		for _, level := range []conflict.Level{conflict.Ask, conflict.Auto} {
			if c, ok := find(found, "features", level); ok != (level == tt.want) {
				t.Errorf("%s: %s %v: %s", name, level, ok, c.Reason)
			}
		}
	}
}

const denyOthers = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows\DeviceInstall\Restrictions!DenyUnspecified = dword:1`

// TestUSBWithoutAVendor: nothing allows a device whose number is not known, and the way out says how it is written.
func TestUSBWithoutAVendor(t *testing.T) {
	for _, vid := range []environment.Fact[string]{unknown[string](), {}} {
		found := run(t, "", []string{denyOthers}, func(f *environment.Facts) {
			f.USB = listOf(environment.USB{VID: vid, PID: is("0001"), Kind: is("dongle")})
		})
		if c, ok := find(found, "usb", conflict.Block); !ok || !strings.Contains(c.WayOut, "four hexadecimal digits") {
			t.Errorf("%v %s %s", ok, c.Reason, c.WayOut)
		}
	}
	found := run(t, "", []string{denyOthers}, func(f *environment.Facts) {
		f.USB = listOf(environment.USB{VID: is("0529"), PID: is("0001"), Kind: is("dongle")})
	})
	if c, _ := find(found, "usb", conflict.Block); strings.Contains(c.WayOut, "four hexadecimal digits") {
		t.Error(c.WayOut)
	}
}
