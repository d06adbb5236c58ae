package kinds

import (
	"math"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*FirewallProfile)(nil)
	_ setting.Comparer = (*FirewallProfile)(nil)
)

const (
	firewallKey    = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall`
	firewallBlock  = "block"
	firewallAllow  = "allow"
	maxFirewallLog = 32767 // KiB; WindowsFirewall.admx, "Size limit (KB)"
)

func firewallProfileKind() setting.Kind {
	return setting.Kind{
		Name: "firewall_profile",
		Doc: "What the firewall does on one sort of network where no rule says otherwise.\n\n" +
			"The settings are policies below `SOFTWARE\\Policies\\Microsoft\\WindowsFirewall`; they lie in the registry and in `Registry.pol`, and both are judged. " +
			"Only what is written is set: a setting that names `outbound` alone leaves the log to others.\n\n" +
			"Without `allow_local_rules`, rules that installers make on the client do not count, so what a product needs has to be a policy rule (`firewall_rule`). " +
			"The kind says what is *configured*; that the firewall runs can be seen on a running client only.",
		Principal: "outbound",
		New:       func() setting.Spec { return new(FirewallProfile) },
		Example: `profile           = "public"
enabled           = true
inbound           = "block"
outbound          = "block"
allow_local_rules = false
log_size          = 16384
log_dropped       = true
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"profile":                 "`domain`, `private` or `public`.",
			"enabled":                 "Whether the firewall is on (`EnableFirewall`).",
			"inbound":                 "`block` or `allow`: what comes in without a rule (`DefaultInboundAction`).",
			"outbound":                "`block` or `allow`: what goes out without a rule (`DefaultOutboundAction`).",
			"allow_local_rules":       "Whether rules made on the client count beside those of the policy (`AllowLocalPolicyMerge`).",
			"allow_local_ipsec_rules": "The same for connection security rules (`AllowLocalIPsecPolicyMerge`).",
			"notifications":           "Whether users are told that a program was blocked (`DisableNotifications`, inverted).",
			"unicast_response":        "Whether answers to the client's own broadcasts are let in (`DisableUnicastResponsesToMulticastBroadcast`, inverted).",
			"log_path":                "Where the log is written, environment variables allowed (`Logging\\\\LogFilePath`).",
			"log_size":                "The log's greatest size in KiB, from 1 to 32767 (`Logging\\\\LogFileSize`).",
			"log_dropped":             "Whether what was blocked is logged (`Logging\\\\LogDroppedPackets`).",
			"log_allowed":             "Whether what was let through is logged (`Logging\\\\LogSuccessfulConnections`).",
		},
	}
}

// FirewallProfile is the desired behaviour of the firewall on one sort of network.
type FirewallProfile struct {
	Profile              string `hcl:"profile" json:"profile"`
	Enabled              *bool  `hcl:"enabled,optional" json:"enabled,omitempty"`
	Inbound              string `hcl:"inbound,optional" json:"inbound,omitempty"`
	Outbound             string `hcl:"outbound,optional" json:"outbound,omitempty"`
	AllowLocalRules      *bool  `hcl:"allow_local_rules,optional" json:"allow_local_rules,omitempty"`
	AllowLocalIPsecRules *bool  `hcl:"allow_local_ipsec_rules,optional" json:"allow_local_ipsec_rules,omitempty"`
	Notifications        *bool  `hcl:"notifications,optional" json:"notifications,omitempty"`
	UnicastResponse      *bool  `hcl:"unicast_response,optional" json:"unicast_response,omitempty"`
	LogPath              string `hcl:"log_path,optional" json:"log_path,omitempty"`
	LogSize              *int   `hcl:"log_size,optional" json:"log_size,omitempty"`
	LogDropped           *bool  `hcl:"log_dropped,optional" json:"log_dropped,omitempty"`
	LogAllowed           *bool  `hcl:"log_allowed,optional" json:"log_allowed,omitempty"`

	ProfileRange  hcl.Range `hcl:"profile,attr_value_range" json:"-"`
	InboundRange  hcl.Range `hcl:"inbound,attr_value_range" json:"-"`
	OutboundRange hcl.Range `hcl:"outbound,attr_value_range" json:"-"`
	LogPathRange  hcl.Range `hcl:"log_path,attr_value_range" json:"-"`
	LogSizeRange  hcl.Range `hcl:"log_size,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *FirewallProfile) Check() hcl.Diagnostics {
	diags := choice(s.ProfileRange, "profile", s.Profile, false, "domain", "private", "public")
	diags = append(diags, choice(s.InboundRange, "inbound", s.Inbound, true, firewallBlock, firewallAllow)...)
	diags = append(diags, choice(s.OutboundRange, "outbound", s.Outbound, true, firewallBlock, firewallAllow)...)
	diags = append(diags, between(s.LogSize, "log_size", 1, maxFirewallLog, s.LogSizeRange)...)
	if s.LogPath != "" && (!strings.Contains(s.LogPath, `\`) || hasControl(s.LogPath)) {
		diags = append(diags, problem(s.LogPathRange, "Log without a path", `%q is no full path. Write one, such as "%%SystemRoot%%\\System32\\LogFiles\\Firewall\\pfirewall.log".`, s.LogPath))
	}
	if !diags.HasErrors() {
		diags = append(diags, s.values().tooLong(either(s.LogPathRange, s.ProfileRange))...)
	}
	if !diags.HasErrors() && len(s.values()) == 0 {
		diags = append(diags, problem(s.ProfileRange, "Empty expectation", `The setting says nothing of the profile %q. Write what is wanted, such as inbound = "block".`, s.Profile))
	}
	return diags
}

// between checks that a number that was given lies within the limits that Windows has for it.
func between(n *int, attribute string, lowest, highest int, at hcl.Range) hcl.Diagnostics {
	if n == nil || *n >= lowest && *n <= highest {
		return nil
	}
	return hcl.Diagnostics{problem(at, "Number out of range", "%q is %d; it may be from %d to %d.", attribute, *n, lowest, highest)}
}

func (s *FirewallProfile) values() ownedValues {
	key := firewallKey + `\` + capital(s.Profile) + "Profile"
	action := func(a string) *int {
		switch a {
		case firewallBlock:
			return new(1)
		case firewallAllow:
			return new(0)
		}
		return nil
	}
	var l ownedValues
	l.flag(key, "EnableFirewall", s.Enabled)
	l.number(key, "DefaultInboundAction", action(s.Inbound))
	l.number(key, "DefaultOutboundAction", action(s.Outbound))
	l.flag(key, "AllowLocalPolicyMerge", s.AllowLocalRules)
	l.flag(key, "AllowLocalIPsecPolicyMerge", s.AllowLocalIPsecRules)
	l.inverted(key, "DisableNotifications", s.Notifications)
	l.inverted(key, "DisableUnicastResponsesToMulticastBroadcast", s.UnicastResponse)
	l.text(key+`\Logging`, "LogFilePath", s.LogPath)
	l.number(key+`\Logging`, "LogFileSize", s.LogSize)
	l.flag(key+`\Logging`, "LogDroppedPackets", s.LogDropped)
	l.flag(key+`\Logging`, "LogSuccessfulConnections", s.LogAllowed)
	return l
}

// Claims are the policy's values.
func (s *FirewallProfile) Claims(setting.Base) []setting.Claim { return s.values().claims() }

// Ops write the policy's values.
func (s *FirewallProfile) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads the policy's values.
func (s *FirewallProfile) Observe(r setting.Reader) (setting.Observed, error) {
	return s.values().observe(r)
}

// Judge passes where every value is as wanted.
func (s *FirewallProfile) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Compare knows the direction where nothing but what is closed or opened by default changes.
func (s *FirewallProfile) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*FirewallProfile)
	if !ok || s.Profile != o.Profile {
		return setting.Unknown
	}
	if s.values().compare(o.values()) == setting.Same {
		return setting.Same
	}
	was := *o
	was.Inbound, was.Outbound = s.Inbound, s.Outbound
	if s.values().compare(was.values()) != setting.Same {
		return setting.Unknown
	}
	in, out := closing(o.Inbound, s.Inbound), closing(o.Outbound, s.Outbound)
	switch {
	case min(in, out) >= 0 && in+out > 0 && in < math.MaxInt8 && out < math.MaxInt8:
		return setting.Tightened
	case max(in, out) <= 0:
		return setting.Loosened
	}
	return setting.Unknown
}

// closing ranks a change of a default action: 1 closes, -1 opens, and more than either where one of the two said nothing.
func closing(was, is string) int {
	switch {
	case was == is:
		return 0
	case was == "" || is == "":
		return math.MaxInt8
	case is == firewallBlock:
		return 1
	}
	return -1
}
