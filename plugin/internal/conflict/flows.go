package conflict

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// ruleKey is where policy keeps firewall rules ([MS-GPFAS] 2.2.2).
const ruleKey = `reg:HKLM\SOFTWARE\POLICIES\MICROSOFT\WINDOWSFIREWALL\FIREWALLRULES!`

// fwRule is what a firewall rule lets through. Empty lists let anything through.
type fwRule struct {
	by       claimed
	in       bool
	protocol int // IANA's number, -1 for any
	ports    []string
	peers    []string
	program  string
}

// openings reads the rules of the plan that are active and allow. Rules are read by what they let through, never by name.
func openings(all []claimed) []fwRule {
	var out []fwRule
	for _, c := range all {
		if !strings.HasPrefix(c.claim.Location.Canon(), ruleKey) {
			continue
		}
		if r, ok := parseRule(c); ok {
			out = append(out, r)
		}
	}
	return out
}

func parseRule(c claimed) (fwRule, bool) {
	r := fwRule{by: c, protocol: -1}
	text, ok := strings.CutPrefix(c.claim.Value, "sz:")
	allow, active, direction := false, false, ""
	for i, field := range strings.Split(text, "|") {
		name, value, found := strings.Cut(field, "=")
		if i == 0 || !found {
			continue
		}
		switch upcase.Fold(name) {
		case "ACTION":
			allow = strings.EqualFold(value, "allow")
		case "ACTIVE":
			active = strings.EqualFold(value, "true")
		case "DIR":
			direction = upcase.Fold(value)
		case "PROTOCOL":
			n, err := strconv.Atoi(value)
			if err != nil {
				return r, false
			}
			r.protocol = n
		case "LPORT", "LPORT2_10":
			if direction == "IN" {
				r.ports = append(r.ports, value)
			}
		case "RPORT", "RPORT2_10":
			if direction == "OUT" {
				r.ports = append(r.ports, value)
			}
		case "RA4", "RA6":
			r.peers = append(r.peers, value)
		case "APP":
			r.program = value
		}
	}
	r.in = direction == "IN"
	return r, ok && allow && active && (direction == "IN" || direction == "OUT")
}

// traffic is one flow that somebody declared.
type traffic struct {
	direction string
	protocol  string
	ports     []string
	peers     []string // addresses; roles are not among them
	program   string
}

// String is the flow in words.
func (t traffic) String() string {
	text := map[string]string{"in": "incoming ", "out": "outgoing "}[t.direction] + t.protocol
	if len(t.ports) > 0 {
		text += " " + strings.Join(t.ports, ", ")
	}
	if len(t.peers) > 0 {
		text += map[string]string{"in": " from ", "out": " to "}[t.direction] + strings.Join(t.peers, ", ")
	}
	return text
}

var protocols = map[string]int{"any": -1, "icmpv4": 1, "tcp": 6, "udp": 17, "icmpv6": 58}

func (t traffic) number() (int, bool) {
	if n, ok := protocols[strings.ToLower(t.protocol)]; ok {
		return n, true
	}
	n, err := strconv.Atoi(t.protocol)
	return n, err == nil
}

// openedBy returns the rules that together let the flow through: every port and every address must be let through by one.
func (t traffic) openedBy(rules []fwRule) ([]claimed, bool) {
	number, ok := t.number()
	if !ok {
		return nil, false
	}
	ports, peers := t.ports, t.peers
	if len(ports) == 0 {
		ports = []string{""}
	}
	if len(peers) == 0 {
		peers = []string{""}
	}
	var by []claimed
	for _, port := range ports {
		for _, peer := range peers {
			i := slices.IndexFunc(rules, func(r fwRule) bool {
				return r.in == (t.direction == "in") && (r.protocol == -1 || r.protocol == number) && covers(r.ports, port, within) && covers(r.peers, peer, contains) &&
					(r.program == "" || t.program == "" || strings.EqualFold(r.program, t.program))
			})
			if i < 0 {
				return nil, false
			}
			by = append(by, rules[i].by)
		}
	}
	return by, true
}

// covers reports whether a rule's list lets the wish through. A wish that nobody knows is met by any rule that limits something else:
// the flow has an opening, and the hospital has chosen how wide it is.
func covers(list []string, wish string, in func(wide, narrow string) bool) bool {
	if len(list) == 0 || wish == "" {
		return true
	}
	return slices.ContainsFunc(list, func(one string) bool { return in(one, wish) })
}

// within reports whether a port or range lies in another.
func within(wide, narrow string) bool {
	a, b, ok := portRange(wide)
	c, d, ok2 := portRange(narrow)
	if !ok || !ok2 {
		return strings.EqualFold(wide, narrow)
	}
	return a <= c && d <= b
}

func portRange(s string) (low, high uint64, ok bool) {
	first, last, ranged := strings.Cut(s, "-")
	if !ranged {
		last = first
	}
	low, err := strconv.ParseUint(first, 10, 16)
	high, err2 := strconv.ParseUint(last, 10, 16)
	return low, high, err == nil && err2 == nil
}

// contains reports whether an address or network lies in another. Ranges and keywords are compared as texts.
func contains(wide, narrow string) bool {
	a, ok := network(wide)
	b, ok2 := network(narrow)
	if !ok || !ok2 {
		return strings.EqualFold(wide, narrow)
	}
	return a.Bits() <= b.Bits() && a.Contains(b.Addr())
}

// network reads an address, a prefix, or an address with a mask, as firewall rules have them.
func network(s string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	addr, mask, ok := strings.Cut(s, "/")
	a, err := netip.ParseAddr(addr)
	m, err2 := netip.ParseAddr(mask)
	if !ok || err != nil || err2 != nil || !a.Is4() || !m.Is4() {
		return netip.Prefix{}, false
	}
	bits := 0
	for _, b := range m.As4() {
		for ; b&0x80 != 0; b <<= 1 {
			bits++
		}
	}
	return netip.PrefixFrom(a, bits).Masked(), true
}

// roles splits peers into addresses and roles, which a plan cannot resolve.
func roles(peers []string) (addresses, names []string) {
	for _, p := range peers {
		if _, ok := network(p); ok {
			addresses = append(addresses, p)
		} else {
			names = append(names, p)
		}
	}
	return addresses, names
}

func wishText(t traffic, names []string) string {
	text := t.String()
	if len(names) > 0 {
		text += fmt.Sprintf(" (%s)", strings.Join(names, ", "))
	}
	return text
}
