package kinds

import (
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// Protocol numbers (IANA); protocolAny is not on the wire.
const (
	protocolAny    = -1
	protocolICMPv4 = 1
	protocolTCP    = 6
	protocolUDP    = 17
	protocolICMPv6 = 58
)

func parseProtocol(s string, at hcl.Range) (int, hcl.Diagnostics) {
	switch s {
	case "", "any":
		return protocolAny, nil
	case "tcp":
		return protocolTCP, nil
	case "udp":
		return protocolUDP, nil
	case "icmpv4":
		return protocolICMPv4, nil
	case "icmpv6":
		return protocolICMPv6, nil
	}
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		return 0, hcl.Diagnostics{problem(at, "Unsupported protocol", `%q is no protocol. It may be "any", "tcp", "udp", "icmpv4", "icmpv6" or a number from 0 to 255.%s`,
			s, didYouMean(s, []string{"any", "tcp", "udp", "icmpv4", "icmpv6"}))}
	}
	return int(n), nil
}

// portKeywords are the words that stand for local ports which Windows tracks itself ([MS-FASP] 2.2.14); they are for inbound rules.
func portKeywords(protocol int, direction string) []string {
	switch {
	case direction != "in":
		return nil
	case protocol == protocolTCP:
		return []string{"RPC", "RPC-EPMap"}
	case protocol == protocolUDP:
		return []string{"Teredo"}
	}
	return nil
}

type portRange struct{ from, to uint16 }

// portSet is a sorted list of ranges that neither touch nor overlap, and sorted keywords.
type portSet struct {
	keywords []string
	ranges   []portRange
}

func parsePorts(list, keywords []string, at hcl.Range) (portSet, hcl.Diagnostics) {
	var set portSet
	var diags hcl.Diagnostics
	for _, item := range list {
		if err := set.add(item, keywords); err != nil {
			diags = append(diags, problem(at, "Illegal port", "%v. Write ports such as \"443\" or ranges such as \"5000-5010\"%s.", err, keywordHint(keywords)))
		}
	}
	set.join()
	return set, diags
}

func keywordHint(keywords []string) string {
	if len(keywords) == 0 {
		return ""
	}
	return ", or " + quoted(keywords)
}

// readPorts reads the ports of a rule that was found; unknown keywords are kept and so make a difference.
func readPorts(list []string) (portSet, error) {
	var set portSet
	for _, item := range list {
		known := []string{"RPC", "RPC-EPMap", "Teredo"}
		if item != "" && strings.Trim(item, "0123456789-") != "" {
			known = append(known, item)
		}
		if err := set.add(item, known); err != nil {
			return portSet{}, err
		}
	}
	set.join()
	return set, nil
}

func (p *portSet) add(item string, keywords []string) error {
	for _, k := range keywords {
		if upcase.Equal(k, item) {
			p.keywords = append(p.keywords, k)
			return nil
		}
	}
	lo, hi, isRange := strings.Cut(item, "-")
	if !isRange {
		hi = lo
	}
	from, err1 := strconv.ParseUint(lo, 10, 16)
	to, err2 := strconv.ParseUint(hi, 10, 16)
	if err1 != nil || err2 != nil || from > to {
		return fmt.Errorf("%q is no port from 0 to 65535 and no range of ports", item)
	}
	p.ranges = append(p.ranges, portRange{uint16(from), uint16(to)})
	return nil
}

func (p *portSet) join() {
	p.keywords = unionOf(p.keywords)
	slices.SortFunc(p.ranges, func(a, b portRange) int { return int(a.from) - int(b.from) })
	var joined []portRange
	for _, r := range p.ranges {
		if n := len(joined); n > 0 && int(r.from) <= int(joined[n-1].to)+1 {
			joined[n-1].to = max(joined[n-1].to, r.to)
			continue
		}
		joined = append(joined, r)
	}
	p.ranges = joined
}

// fields writes the set; side is "L" or "R". Ranges need the field of schema version 2.10.
func (p portSet) fields(side string) []ruleField {
	var fields []ruleField
	for _, k := range p.keywords {
		fields = append(fields, ruleField{side + "Port", k})
	}
	for _, r := range p.ranges {
		if r.from == r.to {
			fields = append(fields, ruleField{side + "Port", strconv.Itoa(int(r.from))})
		} else {
			fields = append(fields, ruleField{side + "Port2_10", fmt.Sprintf("%d-%d", r.from, r.to)})
		}
	}
	return fields
}

// addressKeywords are the words of [MS-GPFAS] 2.2.2.13 that every schema version has, for remote addresses of both families.
func addressKeywords() []string {
	return []string{"LocalSubnet", "DNS", "DHCP", "WINS", "DefaultGateway"}
}

type addressRange struct{ from, to netip.Addr }

// addressSet is, per family, sorted keywords and a sorted list of ranges that neither touch nor overlap.
type addressSet struct {
	keywords4, keywords6 []string
	v4, v6               []addressRange
}

func parseAddresses(list []string, keywords bool, at hcl.Range) (addressSet, hcl.Diagnostics) {
	var set addressSet
	var diags hcl.Diagnostics
	for _, item := range list {
		if keywords {
			if i := slices.IndexFunc(addressKeywords(), func(k string) bool { return upcase.Equal(k, item) }); i >= 0 {
				set.keywords4 = append(set.keywords4, addressKeywords()[i])
				set.keywords6 = append(set.keywords6, addressKeywords()[i])
				continue
			}
		}
		r, err := parseAddress(item)
		switch {
		case err != nil:
			hint := ""
			if keywords {
				hint = ", or " + quoted(addressKeywords())
			}
			diags = append(diags, problem(at, "Illegal address", `%v. Write addresses, prefixes such as "10.0.0.0/8", ranges such as "10.0.0.1-10.0.0.9"%s.`, err, hint))
		case r.from.Is4():
			set.v4 = append(set.v4, r)
		default:
			set.v6 = append(set.v6, r)
		}
	}
	set.join()
	return set, diags
}

// readAddresses reads the addresses of a rule that was found. Words are kept as they stand where they are unknown.
func readAddresses(v4, v6 []string) (addressSet, error) {
	var set addressSet
	for _, family := range []struct {
		items    []string
		keywords *[]string
		ranges   *[]addressRange
		is4      bool
	}{{v4, &set.keywords4, &set.v4, true}, {v6, &set.keywords6, &set.v6, false}} {
		for _, item := range family.items {
			if !strings.ContainsAny(item, ".:") && item != "" {
				word := item
				if i := slices.IndexFunc(addressKeywords(), func(k string) bool { return upcase.Equal(k, item) }); i >= 0 {
					word = addressKeywords()[i]
				}
				*family.keywords = append(*family.keywords, word)
				continue
			}
			r, err := parseAddress(item)
			if err != nil {
				return set, err
			}
			if r.from.Is4() != family.is4 {
				return set, fmt.Errorf("address %q stands in a field of the other family", item)
			}
			*family.ranges = append(*family.ranges, r)
		}
	}
	set.join()
	return set, nil
}

// parseAddress reads one address, a prefix (with a length or an IPv4 mask) or a range.
func parseAddress(s string) (addressRange, error) {
	no := func(why string) (addressRange, error) { return addressRange{}, fmt.Errorf("%q %s", s, why) }
	if lo, hi, ok := strings.Cut(s, "-"); ok {
		from, err1 := netip.ParseAddr(lo)
		to, err2 := netip.ParseAddr(hi)
		if err1 != nil || err2 != nil || from.Zone() != "" || from.Is4In6() || to.Zone() != "" || from.BitLen() != to.BitLen() || to.Less(from) {
			return no("is no range of addresses")
		}
		return addressRange{from, to}, nil
	}
	address, length, ok := strings.Cut(s, "/")
	a, err := netip.ParseAddr(address)
	if err != nil || a.Zone() != "" || a.Is4In6() {
		return no("is no address")
	}
	if !ok {
		return addressRange{a, a}, nil
	}
	bits, err := prefixLength(length, a)
	if err != nil {
		return no("has no valid prefix length")
	}
	p := netip.PrefixFrom(a, bits)
	if bits == 0 {
		return no("is every address; leave the list out if any address is meant")
	}
	if p.Masked().Addr() != a {
		return no(fmt.Sprintf("has bits set behind its prefix; %q is the network", p.Masked()))
	}
	return addressRange{a, lastOf(p)}, nil
}

func prefixLength(s string, a netip.Addr) (int, error) {
	if mask, err := netip.ParseAddr(s); err == nil && mask.Is4() && a.Is4() {
		b := mask.As4()
		n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		for bits := range 33 {
			if n == maskOf(bits) {
				return bits, nil
			}
		}
		return 0, fmt.Errorf("mask %q has holes", s)
	}
	bits, err := strconv.Atoi(s)
	if err != nil || bits < 0 || bits > a.BitLen() || strconv.Itoa(bits) != s {
		return 0, fmt.Errorf("prefix length %q", s)
	}
	return bits, nil
}

func maskOf(bits int) uint32 { return uint32(uint64(0xffffffff) << (32 - bits)) }

// lastOf is the last address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

func (s *addressSet) join() {
	s.keywords4, s.keywords6 = unionOf(s.keywords4), unionOf(s.keywords6)
	s.v4, s.v6 = joinAddresses(s.v4), joinAddresses(s.v6)
}

func joinAddresses(list []addressRange) []addressRange {
	slices.SortFunc(list, func(a, b addressRange) int { return a.from.Compare(b.from) })
	var joined []addressRange
	for _, r := range list {
		if n := len(joined); n > 0 {
			last := joined[n-1].to
			if next := last.Next(); !last.Less(r.from) || next == r.from {
				if last.Less(r.to) {
					joined[n-1].to = r.to
				}
				continue
			}
		}
		joined = append(joined, r)
	}
	return joined
}

// fields writes the set; side is "L" or "R".
func (s addressSet) fields(side string) []ruleField {
	var fields []ruleField
	for _, k := range s.keywords4 {
		fields = append(fields, ruleField{side + "A4", k})
	}
	for _, r := range s.v4 {
		fields = append(fields, ruleField{side + "A4", r.text()})
	}
	for _, k := range s.keywords6 {
		fields = append(fields, ruleField{side + "A6", k})
	}
	for _, r := range s.v6 {
		fields = append(fields, ruleField{side + "A6", r.text()})
	}
	return fields
}

// text is the one spelling of a range: an address, a subnet where it is one (IPv4 with its mask, as the grammar wants), a range.
func (r addressRange) text() string {
	if r.from == r.to {
		return r.from.String()
	}
	bits, ok := prefixOf(r)
	switch {
	case !ok || bits == 0: // the grammar's prefixes begin at one bit
		return r.from.String() + "-" + r.to.String()
	case r.from.Is4():
		m := maskOf(bits)
		return r.from.String() + "/" + netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)}).String()
	}
	return r.from.String() + "/" + strconv.Itoa(bits)
}

// prefixOf is the prefix length of a range that is exactly one subnet.
func prefixOf(r addressRange) (int, bool) {
	size := new(big.Int).Sub(new(big.Int).SetBytes(r.to.AsSlice()), new(big.Int).SetBytes(r.from.AsSlice()))
	bits := r.from.BitLen() - size.BitLen()
	p := netip.PrefixFrom(r.from, bits)
	return bits, p.Masked().Addr() == r.from && lastOf(p) == r.to
}
