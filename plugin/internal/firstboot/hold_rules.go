package firstboot

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

const (
	profileKeys = firewallKey + `\`              // DomainProfile and so on
	rulesKey    = firewallKey + `\FirewallRules` // [MS-GPFAS] 2.2.2.19
)

// ruleForm is the schema version of the rules, as package kinds writes it: the lowest that knows ranges of ports.
const ruleForm = "v2.10"

// policyVersion says in which form the policy is written, 2.26; without it Windows reads a policy by older rules, which know no such rules.
const policyVersion = 538

// span is a range of addresses, both ends included.
type span struct{ first, last netip.Addr }

// String is the range as a rule has it: an address, a network, or its two ends.
func (s span) String() string {
	if s.first == s.last {
		return s.first.String()
	}
	for bits := range s.first.BitLen() {
		if p := netip.PrefixFrom(s.first, bits); p.Masked() == p && lastOf(p) == s.last {
			if s.first.Is4() {
				mask := binary.BigEndian.AppendUint32(nil, ^uint32(0)<<(32-bits))
				return fmt.Sprintf("%s/%d.%d.%d.%d", s.first, mask[0], mask[1], mask[2], mask[3])
			}
			return p.String()
		}
	}
	return s.first.String() + "-" + s.last.String()
}

// unicast is where a stranger's packet can come from. What a client sends itself (127.0.0.0/8, ::1) never meets the firewall, the other
// special blocks are no senders, and ranges that begin at 0.0.0.0 are better not tried.
var unicast = []span{
	{netip.MustParseAddr("1.0.0.0"), netip.MustParseAddr("126.255.255.255")},
	{netip.MustParseAddr("128.0.0.0"), netip.MustParseAddr("223.255.255.255")},
	{netip.MustParseAddr("2000::"), netip.MustParseAddr("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")},
	{netip.MustParseAddr("fc00::"), netip.MustParseAddr("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")},
	{netip.MustParseAddr("fe80::"), netip.MustParseAddr("febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff")},
}

// heldRules are rules that block, which win over every rule that allows, but for WinRM over HTTPS (TCP 5986) from the peers: TCP from
// everybody else, every other port of TCP, and UDP. What a client asks for itself is answered all the same; only the ports that DHCP's
// first answer comes to (68, 546) are left out of UDP, since nothing was sent before that it would belong to. Other protocols, such as
// ICMP, are the plan's matter.
func heldRules(peers []string) ([]named, error) {
	others, err := allBut(peers)
	if err != nil {
		return nil, err
	}
	var from strings.Builder
	for _, s := range others {
		family := "RA6"
		if s.first.Is4() {
			family = "RA4"
		}
		fmt.Fprintf(&from, "%s=%s|", family, s)
	}
	const begin, tcp, udp, end = ruleForm + "|Action=Block|Active=TRUE|Dir=In|", "Protocol=6|", "Protocol=17|", "Name=wmclient: shut until the client is validated|"
	rules := []named{
		{rulesKey, "wmclient-hold-tcp", setting.SZ(begin + tcp + "LPort2_10=1-5985|LPort2_10=5987-65535|" + end)},
		{rulesKey, "wmclient-hold-udp", setting.SZ(begin + udp + "LPort2_10=1-67|LPort2_10=69-545|LPort2_10=547-65535|" + end)},
	}
	if len(others) > 0 { // else everybody is a peer, which profiles refuse
		rules = append(rules, named{rulesKey, "wmclient-hold-tcp-others", setting.SZ(begin + tcp + from.String() + end)})
	}
	const longest = 10000 // UTF-16 units ([MS-FASP] 2.2.37)
	for _, r := range rules {
		if len(r.value.Data)/2 > longest {
			return nil, fmt.Errorf("the management path has %d networks, too many for one firewall rule: name larger ones", len(peers))
		}
	}
	return rules, nil
}

// allBut are the unicast addresses that are in none of the networks.
func allBut(networks []string) ([]span, error) {
	var in []span
	for _, text := range networks {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("the management path names %q, which is no network: %w", text, err)
		}
		in = append(in, span{p.Masked().Addr(), lastOf(p.Masked())})
	}
	slices.SortFunc(in, func(a, b span) int { return a.first.Compare(b.first) })
	var out []span
	for _, all := range unicast {
		left, some := all, true
		for _, s := range in {
			if s.first.Is4() != all.first.Is4() || s.last.Less(left.first) || all.last.Less(s.first) {
				continue
			}
			if left.first.Less(s.first) {
				out = append(out, span{left.first, s.first.Prev()})
			}
			if !s.last.Less(all.last) {
				some = false
				break
			}
			left.first = s.last.Next()
		}
		if some {
			out = append(out, left)
		}
	}
	return out, nil
}

// lastOf is the last address of a network.
func lastOf(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for i := p.Bits(); i < len(bytes)*8; i++ {
		bytes[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(bytes) // as long as an address is
	return last
}
