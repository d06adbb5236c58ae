package conflict

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// traffic is one flow that somebody declared.
type traffic struct {
	direction string
	protocol  string
	ports     []string
	peers     []string // addresses; roles are not among them, an empty text stands for whoever is not known
	program   string

	own   bool      // a rule that is made from another flow does not stand in where a peer is not known
	at    hcl.Range // where it is declared; zero where it is no declared flow
	roles []string  // its peers as they are named
}

// String is the flow in words.
func (t traffic) String() string {
	text := map[string]string{"in": "incoming ", "out": "outgoing "}[t.direction] + t.protocol
	if len(t.ports) > 0 {
		text += " " + strings.Join(t.ports, ", ")
	}
	if known := slices.DeleteFunc(slices.Clone(t.peers), func(p string) bool { return p == "" }); len(known) > 0 {
		text += map[string]string{"in": " from ", "out": " to "}[t.direction] + strings.Join(known, ", ")
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

// within reports whether a port or range lies in another.
func within(wide, narrow string) bool {
	a, b, ok := portRange(wide)
	c, d, ok2 := portRange(narrow)
	if !ok || !ok2 {
		return strings.EqualFold(wide, narrow)
	}
	return a <= c && d <= b
}

// overlap reports whether two ports or ranges have a port in common.
func overlap(x, y string) bool {
	a, b, ok := portRange(x)
	c, d, ok2 := portRange(y)
	if !ok || !ok2 {
		return strings.EqualFold(x, y)
	}
	return a <= d && c <= b
}

// portWords are the words of firewall rules whose port is fixed.
var portWords = map[string]uint64{"RPC-EPMAP": 135, "IPTLSIN": 443, "IPHTTPSIN": 443, "IPTLSOUT": 443, "IPHTTPSOUT": 443, "MDNS": 5353}

func portRange(s string) (low, high uint64, ok bool) {
	if n, ok := portWords[strings.ToUpper(s)]; ok {
		return n, n, true
	}
	first, last, ranged := strings.Cut(s, "-")
	if !ranged {
		last = first
	}
	low, err := strconv.ParseUint(first, 10, 16)
	high, err2 := strconv.ParseUint(last, 10, 16)
	return low, high, err == nil && err2 == nil && low <= high
}

// anybody are the words for every address.
var anybody = []string{"any", "*"}

// contains reports whether the addresses of one text hold those of the other. Words of the firewall ("LocalSubnet") are compared as texts.
func contains(wide, narrow string) bool {
	a, b, ok := addresses(wide)
	c, d, ok2 := addresses(narrow)
	if !ok || !ok2 {
		return strings.EqualFold(wide, narrow)
	}
	return a.Is4() == c.Is4() && a.Compare(c) <= 0 && d.Compare(b) <= 0
}

// touches reports whether two texts have an address in common.
func touches(x, y string) bool {
	a, b, ok := addresses(x)
	c, d, ok2 := addresses(y)
	if !ok || !ok2 {
		return strings.EqualFold(x, y)
	}
	return a.Is4() == c.Is4() && a.Compare(d) <= 0 && c.Compare(b) <= 0
}

// addresses reads an address, a prefix, an address with a mask or a range, as firewall rules have them: the first and the last address.
func addresses(s string) (first, last netip.Addr, ok bool) {
	if low, high, ranged := strings.Cut(s, "-"); ranged {
		first, err := netip.ParseAddr(low)
		last, err2 := netip.ParseAddr(high)
		return first, last, err == nil && err2 == nil && first.Is4() == last.Is4() && first.Compare(last) <= 0
	}
	p, ok := network(s)
	if !ok {
		return first, last, false
	}
	bytes := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 0x80 >> (bit % 8)
	}
	last, ok = netip.AddrFromSlice(bytes)
	return p.Addr(), last, ok
}

// network reads an address, a prefix, or an address with a mask.
func network(s string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), addr.Zone() == ""
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
	word := m.As4()
	ones := fmt.Sprintf("%08b%08b%08b%08b", word[0], word[1], word[2], word[3])
	bits := strings.Count(ones, "1")
	if strings.Contains(ones, "01") { // a mask with holes is no prefix
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, bits).Masked(), true
}

// roles splits peers into addresses and roles, which a plan cannot resolve: each of those is an address that is not known.
func roles(peers []string) (known, names []string) {
	for _, p := range peers {
		_, _, ok := addresses(p)
		switch {
		case ok || slices.Contains(anybody, strings.ToLower(p)):
			known = append(known, p)
		default:
			names = append(names, p)
			if !slices.Contains(known, "") {
				known = append(known, "")
			}
		}
	}
	return known, names
}

func wishText(t traffic, names []string) string {
	text := t.String()
	if len(names) > 0 {
		text += fmt.Sprintf(" (%s)", strings.Join(names, ", "))
	}
	return text
}
