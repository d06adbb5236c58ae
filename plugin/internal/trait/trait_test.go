package trait_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/trait"
)

func traits(t *testing.T, location setting.Location, value string) []string {
	t.Helper()
	hits, err := trait.Of([]setting.Claim{{Location: location, Value: value}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, h := range hits {
		if h.Claim.Location != location {
			t.Errorf("hit names %s", h.Claim.Location)
		}
		names = append(names, h.Trait)
	}
	slices.Sort(names)
	return names
}

func TestOf(t *testing.T) {
	const firewall = `reg:HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\`
	for _, tt := range []struct {
		location, value string
		want            []string
	}{
		{firewall + `DomainProfile!DefaultInboundAction`, "dword:1", []string{"cuts-connection", "inbound-block"}},
		{`reg:hklm\software\policies\microsoft\windowsfirewall\publicprofile!defaultinboundaction`, "dword:1", []string{"cuts-connection", "inbound-block"}},
		{firewall + `DomainProfile!DefaultInboundAction`, "dword:0", []string{"inbound-open"}},
		{firewall + `DomainProfile!DefaultInboundAction`, "absent", nil},
		{`svc:winrm`, "disabled", []string{"cuts-connection", "service-disabled", "winrm-off"}},
		{`svc:WinRM`, "automatic", nil},
		{`account-policy:LockoutBadCount`, "10", []string{"lockout", "locks-account"}},
		{`account-policy:LockoutBadCount`, "0", []string{"locks-account"}},
		{`reg:HKLM\SYSTEM\CurrentControlSet\Control\Lsa!LmCompatibilityLevel`, "dword:5", []string{"cuts-connection", "ntlm2-only"}},
		{`reg:HKLM\SYSTEM\CurrentControlSet\Control\Lsa!LmCompatibilityLevel`, "dword:3", []string{"ntlm2-only"}},
		{`reg:HKLM\SYSTEM\CurrentControlSet\Control\Lsa!LmCompatibilityLevel`, "sz:5x", nil},
		{`right:SeDenyNetworkLogonRight`, `["S-1-5-113"]`, []string{"cuts-connection", "local-network-logon-denied", "logon-denied"}},
		{`reg:HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!LegalNoticeText`, "sz:", nil},
		{`reg:HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System!LegalNoticeText`, "sz:Hej", []string{"notice"}},
		{`reg:HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon!AutoAdminLogon`, "sz:0", []string{"no-autologon"}},
		{`reg:HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon!AutoAdminLogon`, "sz:1", []string{"autologon"}},
		{`reg:HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon!AutoLogonCount`, "absent", nil},
		{`reg:HKLM\SOFTWARE\Else!x`, "dword:1", nil},
	} {
		if diff := cmp.Diff(tt.want, traits(t, setting.Location(tt.location), tt.value)); diff != "" {
			t.Errorf("%s = %s: %s", tt.location, tt.value, diff)
		}
	}
}

func TestTable(t *testing.T) {
	names, err := trait.Names()
	if err != nil || len(names) < 50 {
		t.Fatalf("%d traits: %v", len(names), err)
	}
	for _, bad := range []string{
		"trait;location;operator;value\n;reg:a!b;=;1\n",
		"trait;location;operator;value\nx;nowhere;=;1\n",
		"trait;location;operator;value\nx;reg:a!b;~;1\n",
		"trait;location\nx;y\n",
	} {
		if err := trait.Parse(bad); err == nil {
			t.Errorf("accepted %q", bad)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("a*b", "axb")
	f.Add("*", "")
	f.Add(`REG:X\*!Y*`, `REG:X\z!Y`)
	f.Fuzz(func(t *testing.T, pattern, text string) {
		got := trait.Match(pattern, text)
		if got && len(text)+1 < len(pattern)-countStars(pattern) {
			t.Fatalf("%q matches the shorter %q", pattern, text)
		}
		if !trait.Match(text, text) && !slices.Contains([]byte(text), '*') {
			t.Fatalf("%q does not match itself", text)
		}
	})
}

func countStars(s string) int {
	n := 0
	for _, c := range []byte(s) {
		if c == '*' {
			n++
		}
	}
	return n
}
