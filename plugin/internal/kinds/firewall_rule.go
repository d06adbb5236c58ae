package kinds

import (
	"encoding/hex"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.Spec     = (*FirewallRule)(nil)
	_ setting.Comparer = (*FirewallRule)(nil)
)

// firewallRulesKey holds one value per policy rule ([MS-GPFAS] 2.2.2.19).
const firewallRulesKey = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules`

// maxRuleText is the greatest length of a rule's texts in UTF-16 units, without the terminating NUL ([MS-FASP] 2.2.37).
const maxRuleText = 10000

func firewallRuleKind() setting.Kind {
	return setting.Kind{
		Name: "firewall_rule",
		Doc: "One rule of the firewall policy, present or absent.\n\n" +
			"The rule is a policy: it lies in the registry below `SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\FirewallRules` and in `Registry.pol`, and both are judged. " +
			"Rules are compared by meaning, not by spelling: order, masks against prefix lengths, and neighbouring ranges make no difference; any other field does, one that this kind does not know included.\n\n" +
			"Rules are written with schema version 2.10 ([MS-GPFAS] 2.2.2.19), the lowest that has every field used here and that all supported builds read; a higher version would only be needed for newer fields. " +
			"Refused are texts that hold `|`, which would end a field, and lists that are empty, which would mean any. A rule of a version above 2.30, which is the newest of Windows 10, fails.\n\n" +
			"The kind says what is *configured*; that the firewall enforces it can be seen on a running client only.",
		Principal: "action",
		New:       func() setting.Spec { return new(FirewallRule) },
		Example: `id               = "wmclient-winrm-https-in"
name             = "WinRM over HTTPS from the management network"
direction        = "in"
action           = "allow"
protocol         = "tcp"
local_ports      = ["5986"]
remote_addresses = ["10.20.0.0/24"]
profiles         = ["domain"]
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"id":               "The rule's id, unique among all rules; the name of the registry value.",
			"name":             "The name that people see.",
			"description":      "A text for people.",
			"ensure":           "`present` (default) or `absent`; an absent rule has an `id` and nothing else.",
			"direction":        "`in` or `out`.",
			"action":           "`allow` or `block`. A block wins over an allow.",
			"active":           "Whether the rule counts; `true` by default.",
			"protocol":         "`any` (default), `tcp`, `udp`, `icmpv4`, `icmpv6` or a protocol number from 0 to 255.",
			"local_ports":      "Ports (`\"443\"`), ranges (`\"5000-5010\"`), or the keywords `RPC`, `RPC-EPMap` (inbound `tcp`) and `Teredo` (inbound `udp`); any port if left out. For `tcp` and `udp` only.",
			"remote_ports":     "Ports and ranges at the other end; any port if left out. For `tcp` and `udp` only.",
			"local_addresses":  "Addresses, prefixes (`\"10.0.0.0/8\"`) and ranges (`\"10.0.0.1-10.0.0.9\"`); any address if left out.",
			"remote_addresses": "As `local_addresses`, and the keywords `LocalSubnet`, `DNS`, `DHCP`, `WINS`, `DefaultGateway`.",
			"program":          "The program's full path (environment variables allowed), or `System`.",
			"service":          "The key name of the service that the rule is for, or `*` for all services.",
			"interface_types":  "`lan`, `wireless`, `remote_access`; all if left out.",
			"profiles":         "`domain`, `private`, `public`; all if left out.",
			"edge":             "For inbound rules: whether packets count that came through an address translator by tunnelling, such as Teredo; `false` by default.",
			"authentication":   "For `allow`: `required` lets in or out only what IPsec has authenticated, `encrypted` only what it has encrypted too. Connection security rules are what makes IPsec do so; they come from the domain, and without them the rule lets nothing through.",
		},
	}
}

// FirewallRule is one desired rule of the firewall policy.
type FirewallRule struct {
	ID              string   `hcl:"id" json:"id"`
	Name            string   `hcl:"name,optional" json:"name,omitempty"`
	Description     string   `hcl:"description,optional" json:"description,omitempty"`
	Ensure          string   `hcl:"ensure,optional" json:"ensure,omitempty"`
	Direction       string   `hcl:"direction,optional" json:"direction,omitempty"`
	Action          string   `hcl:"action,optional" json:"action,omitempty"`
	Active          *bool    `hcl:"active,optional" json:"active,omitempty"`
	Protocol        string   `hcl:"protocol,optional" json:"protocol,omitempty"`
	LocalPorts      []string `hcl:"local_ports,optional" json:"local_ports,omitempty"`
	RemotePorts     []string `hcl:"remote_ports,optional" json:"remote_ports,omitempty"`
	LocalAddresses  []string `hcl:"local_addresses,optional" json:"local_addresses,omitempty"`
	RemoteAddresses []string `hcl:"remote_addresses,optional" json:"remote_addresses,omitempty"`
	Program         string   `hcl:"program,optional" json:"program,omitempty"`
	Service         string   `hcl:"service,optional" json:"service,omitempty"`
	InterfaceTypes  []string `hcl:"interface_types,optional" json:"interface_types,omitempty"`
	Profiles        []string `hcl:"profiles,optional" json:"profiles,omitempty"`
	Edge            *bool    `hcl:"edge,optional" json:"edge,omitempty"`
	Authentication  string   `hcl:"authentication,optional" json:"authentication,omitempty"`

	IDRange              hcl.Range `hcl:"id,attr_value_range" json:"-"`
	NameRange            hcl.Range `hcl:"name,attr_value_range" json:"-"`
	DescriptionRange     hcl.Range `hcl:"description,attr_value_range" json:"-"`
	EnsureRange          hcl.Range `hcl:"ensure,attr_value_range" json:"-"`
	DirectionRange       hcl.Range `hcl:"direction,attr_value_range" json:"-"`
	ActionRange          hcl.Range `hcl:"action,attr_value_range" json:"-"`
	ProtocolRange        hcl.Range `hcl:"protocol,attr_value_range" json:"-"`
	LocalPortsRange      hcl.Range `hcl:"local_ports,attr_value_range" json:"-"`
	RemotePortsRange     hcl.Range `hcl:"remote_ports,attr_value_range" json:"-"`
	LocalAddressesRange  hcl.Range `hcl:"local_addresses,attr_value_range" json:"-"`
	RemoteAddressesRange hcl.Range `hcl:"remote_addresses,attr_value_range" json:"-"`
	ProgramRange         hcl.Range `hcl:"program,attr_value_range" json:"-"`
	ServiceRange         hcl.Range `hcl:"service,attr_value_range" json:"-"`
	InterfaceTypesRange  hcl.Range `hcl:"interface_types,attr_value_range" json:"-"`
	ProfilesRange        hcl.Range `hcl:"profiles,attr_value_range" json:"-"`
	EdgeRange            hcl.Range `hcl:"edge,attr_value_range" json:"-"`
	AuthenticationRange  hcl.Range `hcl:"authentication,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *FirewallRule) Check() hcl.Diagnostics {
	diags := choice(s.EnsureRange, "ensure", s.Ensure, true, ensurePresent, ensureAbsent)
	diags = append(diags, s.checkID()...)
	if s.Ensure == ensureAbsent {
		if !s.bare() {
			diags = append(diags, problem(either(s.EnsureRange, s.IDRange), "Fields of an absent rule", `The setting says ensure = "absent", so it has an "id" and nothing else.`))
		}
		return diags
	}
	diags = append(diags, choice(either(s.DirectionRange, s.IDRange), "direction", s.Direction, false, "in", "out")...)
	diags = append(diags, choice(either(s.ActionRange, s.IDRange), "action", s.Action, false, "allow", "block")...)
	diags = append(diags, s.checkTexts()...)
	protocol, protocolDiags := parseProtocol(s.Protocol, s.ProtocolRange)
	diags = append(diags, protocolDiags...)
	if !protocolDiags.HasErrors() {
		diags = append(diags, s.checkPorts(protocol)...)
	}
	_, d := parseAddresses(s.LocalAddresses, false, s.LocalAddressesRange)
	diags = append(diags, d...)
	_, d = parseAddresses(s.RemoteAddresses, true, s.RemoteAddressesRange)
	diags = append(diags, d...)
	for _, p := range s.Profiles {
		diags = append(diags, choice(s.ProfilesRange, "profile", p, false, "domain", "private", "public")...)
	}
	for _, t := range s.InterfaceTypes {
		diags = append(diags, choice(s.InterfaceTypesRange, "interface type", t, false, "lan", "wireless", "remote_access")...)
	}
	diags = append(diags, s.checkSecurity()...)
	return append(diags, s.checkEmptyLists()...)
}

// checkSecurity refuses combinations that mean nothing to Windows: a rule that does not count as written is worse than none.
func (s *FirewallRule) checkSecurity() hcl.Diagnostics {
	diags := choice(s.AuthenticationRange, "authentication", s.Authentication, true, "required", "encrypted")
	if s.Authentication != "" && s.Action == "block" {
		diags = append(diags, problem(s.AuthenticationRange, "Authentication of a block", `Only action = "allow" can ask for IPsec: a block holds for everything that the rule names.`))
	}
	if s.Edge != nil && *s.Edge && s.Direction == "out" {
		diags = append(diags, problem(s.EdgeRange, "Edge traversal of an outbound rule", `"edge" is for direction = "in".`))
	}
	return diags
}

// checkID adds to the grammar's limits those of Registry.pol, where the id is a value's name.
func (s *FirewallRule) checkID() hcl.Diagnostics {
	diags := checkRuleText(s.ID, "id", maxPolicyName, s.IDRange)
	const example = `Write printable ASCII that does not begin with "**", such as "wmclient-winrm-https-in".`
	switch {
	case diags.HasErrors():
	case s.ID == "":
		diags = append(diags, problem(s.IDRange, "Empty rule id", "Every rule needs an id of its own. "+example))
	case strings.HasPrefix(s.ID, "**") || !isPrintableASCII(s.ID):
		diags = append(diags, problem(s.IDRange, "Illegal rule id", "Registry.pol cannot hold the id %q. "+example, s.ID))
	}
	return diags
}

// bare reports whether nothing but the id is given.
func (s *FirewallRule) bare() bool {
	return s.Name+s.Description+s.Direction+s.Action+s.Protocol+s.Program+s.Service+s.Authentication == "" && s.Active == nil && s.Edge == nil &&
		len(s.LocalPorts)+len(s.RemotePorts)+len(s.LocalAddresses)+len(s.RemoteAddresses)+len(s.InterfaceTypes)+len(s.Profiles) == 0
}

func (s *FirewallRule) checkTexts() hcl.Diagnostics {
	var diags hcl.Diagnostics
	switch {
	case s.Name == "":
		diags = append(diags, problem(either(s.NameRange, s.IDRange), "Missing rule name", `Every rule needs a "name" for people.`))
	case strings.HasPrefix(s.Name, "@") || upcase.Equal(s.Name, "all"):
		diags = append(diags, problem(s.NameRange, "Illegal rule name", `%q has a meaning of its own for Windows. Write another name.`, s.Name))
	}
	diags = append(diags, checkRuleText(s.Name, "name", maxRuleText, s.NameRange)...)
	diags = append(diags, checkRuleText(s.Description, "description", maxRuleText, s.DescriptionRange)...)
	diags = append(diags, checkRuleText(s.Program, "program", maxRuleText, s.ProgramRange)...)
	diags = append(diags, checkRuleText(s.Service, "service", maxRuleText, s.ServiceRange)...)
	if s.Program != "" && !upcase.Equal(s.Program, "System") && !strings.Contains(s.Program, `\`) {
		diags = append(diags, problem(s.ProgramRange, "Program without a path", `%q is no full path. Write one, such as "%%SystemRoot%%\\System32\\svchost.exe", or "System".`, s.Program))
	}
	return diags
}

// checkRuleText refuses what would end a field or the rule: the grammar has no escape for the bar.
func checkRuleText(text, attribute string, limit int, at hcl.Range) hcl.Diagnostics {
	switch {
	case strings.Contains(text, "|") || hasControl(text):
		return hcl.Diagnostics{problem(at, "Illegal character in rule", `The %s of a rule may hold neither "|" nor control characters.`, attribute)}
	case len(upcase.Units(text)) > limit:
		return hcl.Diagnostics{problem(at, "Rule text too long", "The %s has more than %d characters.", attribute, limit)}
	}
	return nil
}

func (s *FirewallRule) checkPorts(protocol int) hcl.Diagnostics {
	var diags hcl.Diagnostics
	if protocol != protocolTCP && protocol != protocolUDP && len(s.LocalPorts)+len(s.RemotePorts) > 0 {
		diags = append(diags, problem(either(s.LocalPortsRange, s.RemotePortsRange), "Ports without a protocol",
			`Only "tcp" and "udp" have ports. Write protocol = "tcp" or "udp", or leave the ports out.`))
		return diags
	}
	_, d := parsePorts(s.LocalPorts, portKeywords(protocol, s.Direction), s.LocalPortsRange)
	diags = append(diags, d...)
	_, d = parsePorts(s.RemotePorts, nil, s.RemotePortsRange)
	return append(diags, d...)
}

// checkEmptyLists refuses a list that was written and is empty: for Windows it would mean "any", the opposite of what it looks like.
func (s *FirewallRule) checkEmptyLists() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, l := range []struct {
		list []string
		name string
		at   hcl.Range
	}{
		{s.LocalPorts, "local_ports", s.LocalPortsRange}, {s.RemotePorts, "remote_ports", s.RemotePortsRange},
		{s.LocalAddresses, "local_addresses", s.LocalAddressesRange}, {s.RemoteAddresses, "remote_addresses", s.RemoteAddressesRange},
		{s.InterfaceTypes, "interface_types", s.InterfaceTypesRange}, {s.Profiles, "profiles", s.ProfilesRange},
	} {
		if l.list != nil && len(l.list) == 0 {
			diags = append(diags, problem(l.at, "Empty expectation", "An empty %q would allow any. Leave it out if any is meant.", l.name))
		}
	}
	return diags
}

func (s *FirewallRule) value() setting.RegistryValue { return setting.SZ(s.ruleText()) }

func (s *FirewallRule) text() string {
	if s.Ensure == ensureAbsent {
		return setting.Absent
	}
	return s.value().Text()
}

// Claims are the rule's value in the registry and in Registry.pol.
func (s *FirewallRule) Claims(setting.Base) []setting.Claim {
	return []setting.Claim{
		{Location: setting.RegistryLocation(firewallRulesKey, s.ID), Value: s.text()},
		{Location: setting.PolicyLocation(setting.ScopeMachine, firewallRulesKey, s.ID), Value: s.text()},
	}
}

// Ops writes or removes both.
func (s *FirewallRule) Ops(setting.Base) []setting.Op {
	reg := setting.Op{Stage: setting.StageImage, Action: setting.ActionRegistryDelete, Key: firewallRulesKey, Name: s.ID}
	pol := setting.Op{Stage: setting.StageImage, Action: setting.ActionPolicyDelete, Scope: setting.ScopeMachine, Key: firewallRulesKey, Name: s.ID}
	if s.Ensure != ensureAbsent {
		v := s.value()
		data := hex.EncodeToString(v.Data)
		reg.Action, reg.Type, reg.Data = setting.ActionRegistrySet, v.Type, data
		pol.Action, pol.Type, pol.Data = setting.ActionPolicySet, v.Type, data
	}
	return []setting.Op{reg, pol}
}

// Observe reads both.
func (s *FirewallRule) Observe(r setting.Reader) (setting.Observed, error) {
	return observeRegistry(r, firewallRulesKey, s.ID, true)
}

// Judge compares rules by meaning: each fact that holds a rule is brought into the normal form first.
func (s *FirewallRule) Judge(o setting.Observed) setting.Verdict {
	normal := setting.Observed{Facts: make([]setting.Fact, len(o.Facts))}
	for i, f := range o.Facts {
		if text, ok := strings.CutPrefix(f.Value, "sz:"); ok && f.Present {
			if rule, err := normalRule(text); err == nil {
				f.Value = "sz:" + rule
			}
		}
		normal.Facts[i] = f
	}
	var want []setting.Fact
	for _, c := range s.Claims(setting.Base{}) {
		f := setting.Fact{Location: c.Location}
		if s.Ensure != ensureAbsent {
			f.Present, f.Value = true, c.Value
		}
		want = append(want, f)
	}
	return setting.JudgeFacts(want, normal)
}
