package kinds

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// ruleVersion is the schema version that rules are written with. 2.10 (Windows 7) is the lowest that has every field used here (port
// ranges came with it: LPort2_10), and the version of the example in [MS-GPFAS] 4.2. Builds write their own (v2.26 was seen from 14393
// and v2.30 from 19041) and read older ones, as domain policies need; a version above a build's own risks that it ignores the rule.
const ruleVersion = "v2.10"

// field order of the normal form; unknown fields follow in the order of their names.
var fieldOrder = [...]string{"Action", "Active", "Dir", "Protocol", "Profile", "LPort", "LPort2_10", "RPort", "RPort2_10",
	"LA4", "RA4", "LA6", "RA6", "IFType", "App", "Svc", "Name", "Desc", "Edge", "LSM", "Security"}

type ruleField struct{ name, value string }

// ruleText is the rule in [MS-GPFAS]'s grammar and in the normal form: equal meaning gives equal text.
func (s *FirewallRule) ruleText() string {
	fields := []ruleField{{"Action", capital(s.Action)}, {"Dir", capital(s.Direction)}, {"Active", "TRUE"}}
	if s.Active != nil && !*s.Active {
		fields[2].value = "FALSE"
	}
	protocol, _ := parseProtocol(s.Protocol, s.ProtocolRange)
	if protocol != protocolAny {
		fields = append(fields, ruleField{"Protocol", strconv.Itoa(protocol)})
	}
	if !allProfiles(s.Profiles) {
		for _, p := range s.Profiles {
			fields = append(fields, ruleField{"Profile", capital(p)})
		}
	}
	for _, t := range s.InterfaceTypes {
		fields = append(fields, ruleField{"IFType", interfaceType(t)})
	}
	ports, _ := parsePorts(s.LocalPorts, portKeywords(protocol, s.Direction), s.LocalPortsRange)
	fields = append(fields, ports.fields("L")...)
	ports, _ = parsePorts(s.RemotePorts, nil, s.RemotePortsRange)
	fields = append(fields, ports.fields("R")...)
	addresses, _ := parseAddresses(s.LocalAddresses, false, s.LocalAddressesRange)
	fields = append(fields, addresses.fields("L")...)
	addresses, _ = parseAddresses(s.RemoteAddresses, true, s.RemoteAddressesRange)
	fields = append(fields, addresses.fields("R")...)
	for _, f := range []ruleField{{"App", s.Program}, {"Svc", s.Service}, {"Name", s.Name}, {"Desc", s.Description}} {
		if f.value != "" {
			fields = append(fields, f)
		}
	}
	if s.Edge != nil && *s.Edge {
		fields = append(fields, ruleField{"Edge", "TRUE"})
	}
	if word := map[string]string{"required": "Authenticate", "encrypted": "AuthenticateEncrypt"}[s.Authentication]; word != "" {
		fields = append(fields, ruleField{"Security", word}) // [MS-GPFAS] 2.2.2.19, since version 2.0
	}
	return formatRule(fields)
}

func allProfiles(list []string) bool {
	return slices.Contains(list, "domain") && slices.Contains(list, "private") && slices.Contains(list, "public")
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// interfaceType is the grammar's word ([MS-GPFAS] 2.2.2.8).
func interfaceType(t string) string {
	if t == "remote_access" {
		return "RemoteAccess"
	}
	return capital(t)
}

func formatRule(fields []ruleField) string {
	rank := func(name string) int {
		if i := slices.Index(fieldOrder[:], name); i >= 0 {
			return i
		}
		return len(fieldOrder)
	}
	slices.SortStableFunc(fields, func(a, b ruleField) int {
		byName := cmp.Or(cmp.Compare(rank(a.name), rank(b.name)), cmp.Compare(a.name, b.name))
		if byName == 0 && a.name == "Profile" || byName == 0 && a.name == "IFType" {
			return cmp.Compare(a.value, b.value)
		}
		return byName
	})
	var sb strings.Builder
	sb.WriteString(ruleVersion + "|")
	for _, f := range slices.Compact(fields) {
		sb.WriteString(f.name + "=" + f.value + "|")
	}
	return sb.String()
}

// normalRule brings a rule that was read into the normal form. Fields that this package does not know are kept as they stand, so that
// a rule with one never equals a rule without it. Text that is no rule is an error.
func normalRule(text string) (string, error) {
	body, ok := strings.CutSuffix(text, "|")
	parts := strings.Split(body, "|")
	if !ok || !isRuleVersion(parts[0]) {
		return "", fmt.Errorf("%.60q is no firewall rule", text)
	}
	var fields []ruleField
	sets := map[string][]string{}
	for _, part := range parts[1:] {
		name, value, ok := strings.Cut(part, "=")
		if !ok || name == "" {
			return "", fmt.Errorf("rule field %.60q has no value", part)
		}
		name = knownField(name)
		switch name {
		case "LPort", "LPort2_10", "RPort", "RPort2_10":
			sets[name[:1]+"Port"] = append(sets[name[:1]+"Port"], value)
		case "LA4", "RA4", "LA6", "RA6":
			sets[name] = append(sets[name], value)
		default:
			fields = append(fields, ruleField{name, normalField(name, value)})
		}
	}
	if err := onlyOnce(fields); err != nil {
		return "", err
	}
	fields = spellOutDefaults(fields)
	more, err := normalSets(sets)
	if err != nil {
		return "", err
	}
	return formatRule(append(dropAllProfiles(fields), more...)), nil
}

// newestRules is the minor version that the newest supported build writes; a rule of a later one may be left out by Windows.
const newestRules = 30

// isRuleVersion accepts the versions from the one that we write to the newest: what a later version adds are fields, and those are
// compared.
func isRuleVersion(s string) bool {
	major, minor, ok := strings.Cut(strings.TrimPrefix(s, "v"), ".")
	n, err := strconv.Atoi(minor)
	return ok && strings.HasPrefix(s, "v") && major == "2" && err == nil && n >= 10 && n <= newestRules && strconv.Itoa(n) == minor
}

// knownField is the field's name in the case of the grammar, or as it stands.
func knownField(name string) string {
	for _, f := range fieldOrder {
		if upcase.Equal(f, name) {
			return f
		}
	}
	return name
}

// normalField is a value in the case that this package writes, for those fields that Windows compares without regard to case.
func normalField(name, value string) string {
	spell := func(known ...string) string {
		for _, k := range known {
			if upcase.Equal(k, value) {
				return k
			}
		}
		return value
	}
	switch name {
	case "Action":
		return spell("Allow", "Block", "ByPass")
	case "Active":
		return spell("TRUE", "FALSE")
	case "Dir":
		return spell("In", "Out")
	case "Profile":
		return spell("Domain", "Private", "Public")
	case "IFType":
		return spell("Lan", "Wireless", "RemoteAccess")
	case "Edge":
		return spell("TRUE", "FALSE")
	case "Security":
		return spell("Authenticate", "AuthenticateEncrypt")
	}
	return value
}

// onlyOnce refuses a rule that says two things where only one can hold.
func onlyOnce(fields []ruleField) error {
	seen := map[string]bool{}
	for _, f := range fields {
		switch f.name {
		case "Action", "Active", "Dir", "Protocol", "App", "Svc", "Name", "Desc", "Edge", "LSM", "Security":
			if seen[f.name] {
				return fmt.Errorf("rule has the field %q twice", f.name)
			}
			seen[f.name] = true
		}
	}
	return nil
}

// spellOutDefaults gives a rule that leaves out a switch the same text as one that says FALSE ([MS-GPFAS] 2.2.2.19).
func spellOutDefaults(fields []ruleField) []ruleField {
	if !slices.ContainsFunc(fields, func(f ruleField) bool { return f.name == "Active" }) {
		fields = append(fields, ruleField{"Active", "FALSE"})
	}
	return slices.DeleteFunc(fields, func(f ruleField) bool {
		return (f.name == "Edge" || f.name == "LSM") && upcase.Equal(f.value, "FALSE")
	})
}

// dropAllProfiles removes the profiles where all three are named: that is what naming none means.
func dropAllProfiles(fields []ruleField) []ruleField {
	var got []string
	for _, f := range fields {
		if f.name == "Profile" {
			got = append(got, strings.ToLower(f.value))
		}
	}
	if !allProfiles(got) {
		return fields
	}
	return slices.DeleteFunc(fields, func(f ruleField) bool { return f.name == "Profile" })
}

// normalSets joins ports and addresses into ranges and writes them anew.
func normalSets(sets map[string][]string) ([]ruleField, error) {
	var fields []ruleField
	for _, side := range []string{"L", "R"} {
		ports, err := readPorts(sets[side+"Port"])
		if err != nil {
			return nil, err
		}
		fields = append(fields, ports.fields(side)...)
		addresses, err := readAddresses(sets[side+"A4"], sets[side+"A6"])
		if err != nil {
			return nil, err
		}
		fields = append(fields, addresses.fields(side)...)
	}
	return fields, nil
}

// Compare knows a direction where the rule begins or ceases to open or close the wall, all else being equal. Whether one set of ports
// or addresses is stricter than another is left to people.
func (s *FirewallRule) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*FirewallRule)
	if !ok || !upcase.Equal(s.ID, o.ID) {
		return setting.Unknown
	}
	if s.text() == o.text() {
		return setting.Same
	}
	is, was := s.opening(), o.opening()
	if is == was {
		return setting.Unknown
	}
	plain := func(r *FirewallRule) string {
		c := *r
		c.Active, c.Action, c.Ensure = nil, "allow", ""
		return c.ruleText()
	}
	if s.Ensure != ensureAbsent && o.Ensure != ensureAbsent && plain(s) != plain(o) {
		return setting.Unknown
	}
	if is < was {
		return setting.Tightened
	}
	return setting.Loosened
}

// opening ranks what the rule does to the wall: -1 closes, 0 does nothing, 1 opens.
func (s *FirewallRule) opening() int {
	switch {
	case s.Ensure == ensureAbsent || s.Active != nil && !*s.Active:
		return 0
	case s.Action == "block":
		return -1
	}
	return 1
}
