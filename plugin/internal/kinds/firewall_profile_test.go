package kinds_test

import (
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestFirewallProfileDiagnostics(t *testing.T) {
	tests := []struct{ body, summary, at, detail string }{
		{`profile = "work"` + "\ninbound = \"block\"", "Unsupported profile", `"work"`, ""},
		{`profile = "public"`, "Empty expectation", `"public"`, "inbound"},
		{`profile = "public"` + "\noutbound = \"deny\"", "Unsupported outbound", `"deny"`, "block"},
		{`profile = "public"` + "\nlog_size = 0", "Number out of range", "0", "32767"},
		{`profile = "public"` + "\nlog_path = \"x.log\"", "Log without a path", `"x.log"`, "System32"},
	}
	for _, tt := range tests {
		oneProblem(t, "firewall_profile", tt.body, tt.summary, tt.at, tt.detail)
	}
}

func TestFirewallProfileCollides(t *testing.T) {
	p := mustDecode(t, "firewall_profile", "profile = \"public\"\noutbound = \"block\"\nnotifications = false")
	same := mustDecode(t, "registry_value", `key = "HKLM\\Software\\Policies\\Microsoft\\WindowsFirewall\\PublicProfile"`+"\nname = \"DisableNotifications\"\ntype = \"dword\"\nvalue = 1")
	other := mustDecode(t, "registry_value", `key = "HKLM\\Software\\Policies\\Microsoft\\WindowsFirewall\\PublicProfile"`+"\nname = \"DefaultOutboundAction\"\ntype = \"dword\"\nvalue = 0")
	if got := meeting(p, same); got != "agree" {
		t.Errorf("same value: %s", got)
	}
	if got := meeting(p, other); got != "collide" {
		t.Errorf("other value: %s", got)
	}
}

// meeting says what two settings do to each other in the places that both claim.
func meeting(a, b setting.Spec) string {
	got := "apart"
	for _, x := range a.Claims(base) {
		for _, y := range b.Claims(base) {
			switch {
			case !x.Location.Same(y.Location):
			case x.Value != y.Value && x.Union && y.Union:
				if got != "collide" {
					got = "join"
				}
			case x.Value != y.Value:
				return "collide"
			case got == "apart":
				got = "agree"
			}
		}
	}
	return got
}

func TestFirewallProfileDirections(t *testing.T) {
	tests := map[string]struct {
		old, now string
		want     setting.Direction
	}{
		"same":                {`outbound = "block"`, `outbound = "block"`, setting.Same},
		"closes":              {`outbound = "allow"`, `outbound = "block"`, setting.Tightened},
		"opens":               {`inbound = "block"`, `inbound = "allow"`, setting.Loosened},
		"closes and opens":    {"inbound = \"block\"\noutbound = \"allow\"", "inbound = \"allow\"\noutbound = \"block\"", setting.Unknown},
		"says more":           {`inbound = "block"`, "inbound = \"block\"\noutbound = \"block\"", setting.Unknown},
		"closes, other field": {"outbound = \"allow\"\nlog_dropped = true", "outbound = \"block\"\nlog_dropped = false", setting.Unknown},
	}
	for name, tt := range tests {
		now := mustDecode(t, "firewall_profile", "profile = \"domain\"\n"+tt.now)
		old := mustDecode(t, "firewall_profile", "profile = \"domain\"\n"+tt.old)
		if got := now.(setting.Comparer).Compare(old); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
