package kinds

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*DNSClient)(nil)
	_ setting.Comparer = (*DNSClient)(nil)
)

const (
	dnsPolicy       = `HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient`
	dnsSystemPolicy = `HKLM\SOFTWARE\Policies\Microsoft\System\DNSClient`
	nrptVersion     = 2 // [MS-GPNRPT]: the version that has name servers of its own
	nrptServers     = 8 // [MS-GPNRPT]: ConfigOptions, "Generic DNS Servers" is set
)

func dnsClientKind() setting.Kind {
	return setting.Kind{
		Name: "dns_client",
		Doc: "Whom the client asks for names, as a policy.\n\n" +
			"With `namespaces` the setting is one rule of the name resolution policy table: names below those are asked of `servers` alone, " +
			"as for Sjunet, where names have other addresses than on the internet. Two rules for one namespace collide. Without `namespaces`, `search` and `suffix` hold for all names and beat what DHCP says. All lies in the registry and in `Registry.pol`.\n\n" +
			"`servers` without a rule are refused: the policy \"DNS servers\" (`NameServer`) is one of Windows XP. A rule for the namespace `\".\"` is for all names.\n\n" +
			"The kind says what is *configured*. A domain's own name resolution policy beats a local one as a whole.",
		Principal: "servers",
		New:       func() setting.Spec { return new(DNSClient) },
		Example: `rule       = "wmclient-sjunet"
namespaces = [".sjunet.org"]
servers    = ["10.60.0.53", "10.60.1.53"]
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"servers":      "Addresses of name servers, in the order in which they are asked (`GenericDNSServers` of the rule).",
			"search":       "Suffixes that are tried for short names, in this order (`SearchList`).",
			"suffix":       "The machine's own primary suffix (`NV PrimaryDnsSuffix`).",
			"no_multicast": "Whether names are never asked of neighbours by LLMNR (`EnableMulticast`, inverted).",
			"rule":         "The rule's id, unique among all rules; needed with `namespaces`.",
			"namespaces":   "What the rule is for: a suffix with its dot (`\".sjunet.org\"`), one name (`\"a.example.org\"`) or `\".\"` for all names.",
		},
	}
}

// DNSClient is the desired resolver, or one rule of the name resolution policy table.
type DNSClient struct {
	Servers     []string `hcl:"servers,optional" json:"servers,omitempty"`
	Search      []string `hcl:"search,optional" json:"search,omitempty"`
	Suffix      string   `hcl:"suffix,optional" json:"suffix,omitempty"`
	NoMulticast *bool    `hcl:"no_multicast,optional" json:"no_multicast,omitempty"`
	Rule        string   `hcl:"rule,optional" json:"rule,omitempty"`
	Namespaces  []string `hcl:"namespaces,optional" json:"namespaces,omitempty"`

	Body             hcl.Body  `hcl:",body" json:"-"`
	ServersRange     hcl.Range `hcl:"servers,attr_value_range" json:"-"`
	SearchRange      hcl.Range `hcl:"search,attr_value_range" json:"-"`
	SuffixRange      hcl.Range `hcl:"suffix,attr_value_range" json:"-"`
	NoMulticastRange hcl.Range `hcl:"no_multicast,attr_value_range" json:"-"`
	RuleRange        hcl.Range `hcl:"rule,attr_value_range" json:"-"`
	NamespacesRange  hcl.Range `hcl:"namespaces,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *DNSClient) Check() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, server := range s.Servers {
		if a, err := netip.ParseAddr(server); err != nil || a.Zone() != "" || a.IsUnspecified() || a.IsMulticast() || a.Is4In6() {
			diags = append(diags, problem(s.ServersRange, "Illegal address", `%q is no address of a name server. Write one such as "10.60.0.53".`, server))
		}
	}
	for _, suffix := range s.Search {
		diags = append(diags, checkSuffix(suffix, s.SearchRange)...)
	}
	if s.Suffix != "" {
		diags = append(diags, checkSuffix(s.Suffix, s.SuffixRange)...)
	}
	for _, l := range []struct {
		list []string
		name string
		at   hcl.Range
	}{{s.Servers, "servers", s.ServersRange}, {s.Search, "search", s.SearchRange}, {s.Namespaces, "namespaces", s.NamespacesRange}} {
		if l.list != nil && len(l.list) == 0 {
			diags = append(diags, problem(l.at, "Empty expectation", "An empty %q asks for nothing. Leave it out.", l.name))
		}
	}
	diags = append(diags, s.checkRule()...)
	if !diags.HasErrors() && s.Rule == "" && len(s.Servers) > 0 {
		diags = append(diags, problem(s.ServersRange, "Servers without a rule", `Windows 10 has no policy for the servers of all names. Make it a rule: rule = "wmclient-all" and namespaces = ["."].`))
	}
	if !diags.HasErrors() {
		diags = append(diags, s.values().tooLong(either(s.NamespacesRange, s.SearchRange, s.ServersRange))...)
	}
	if !diags.HasErrors() && len(s.values()) == 0 {
		diags = append(diags, problem(placeIn(s.Body), "Empty expectation", `The setting asks for nothing. Write "search", "suffix" or "no_multicast", or a rule with "namespaces" and "servers".`))
	}
	return diags
}

func checkSuffix(suffix string, at hcl.Range) hcl.Diagnostics {
	if isHostName(suffix) {
		return nil
	}
	return hcl.Diagnostics{problem(at, "Illegal DNS suffix", `%q is no suffix. Write it without a dot in front, such as "example.org".`, suffix)}
}

func (s *DNSClient) checkRule() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, n := range s.Namespaces {
		if n != "." && !isHostName(strings.TrimPrefix(n, ".")) {
			diags = append(diags, problem(s.NamespacesRange, "Illegal namespace", `%q is no namespace. Write a suffix with its dot, such as ".sjunet.org", a name, or "." for all names.`, n))
		}
	}
	isRule := s.Rule != "" || len(s.Namespaces) > 0
	switch {
	case !isRule || diags.HasErrors():
	case s.Rule == "":
		diags = append(diags, problem(s.NamespacesRange, "Missing rule id", `A setting with "namespaces" is a rule of its own. Give it an id, such as rule = "wmclient-sjunet".`))
	case strings.ContainsAny(s.Rule, `\!`) || !isPrintableASCII(s.Rule) || len(s.Rule) > maxKeyName:
		diags = append(diags, problem(s.RuleRange, "Illegal rule id", `%q cannot name a registry key. Write printable ASCII without "\\" and "!", such as "wmclient-sjunet".`, s.Rule))
	case len(s.Namespaces) == 0 || len(s.Servers) == 0:
		diags = append(diags, problem(s.RuleRange, "Incomplete rule", `The rule %q needs "namespaces" and the "servers" that answer for them.`, s.Rule))
	case len(s.Search) > 0 || s.Suffix != "" || s.NoMulticast != nil:
		diags = append(diags, problem(either(s.SearchRange, s.SuffixRange, s.NoMulticastRange), "Rule and resolver in one", `"search", "suffix" and "no_multicast" hold for all names. Write them in a setting of their own.`))
	}
	return diags
}

func (s *DNSClient) values() ownedValues {
	var l ownedValues
	if s.Rule != "" {
		key := dnsPolicy + `\DnsPolicyConfig\` + s.Rule
		l.number(key, "Version", new(nrptVersion))
		l = append(l, ownedValue{key: key, name: "Name", value: setting.MultiSZ(slices.Sorted(slices.Values(s.Namespaces)))})
		l.number(key, "ConfigOptions", new(nrptServers))
		l.text(key, "GenericDNSServers", strings.Join(s.Servers, ";"))
		l = append(l, ownedValue{key: key, name: "IPSECCARestriction", value: setting.SZ("")})
		return l
	}
	l.text(dnsPolicy, "SearchList", strings.Join(s.Search, ","))
	l.text(dnsSystemPolicy, "NV PrimaryDnsSuffix", s.Suffix)
	l.inverted(dnsPolicy, "EnableMulticast", s.NoMulticast)
	return l
}

// Claims are the policy's values; for a rule also its namespaces, so that two rules for one of them collide whatever their ids are.
func (s *DNSClient) Claims(setting.Base) []setting.Claim {
	claims := s.values().claims()
	names := map[string]string{}
	for _, n := range s.Namespaces {
		names[strings.ToLower(n)] = strings.ToLower(s.Rule) + " " + strings.Join(s.Servers, ";")
	}
	for _, n := range sortedKeys(names) {
		claims = append(claims, setting.Claim{Location: setting.StateLocation("nrpt", n), Value: names[n]})
	}
	return claims
}

// Ops write the policy's values.
func (s *DNSClient) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads the policy's values.
func (s *DNSClient) Observe(r setting.Reader) (setting.Observed, error) { return s.values().observe(r) }

// Judge passes where every value is as wanted.
func (s *DNSClient) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Compare knows only whether anything changed.
func (s *DNSClient) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*DNSClient)
	if !ok {
		return setting.Unknown
	}
	return s.values().compare(o.values())
}
