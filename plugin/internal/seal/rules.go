package seal

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/unattend"
)

// winrmPorts are the TCP ports of WinRM: without TLS, and with.
var winrmPorts = []int{5985, unattend.DefaultPort}

// binding finds TLS certificates that the HTTP service has for WinRM's port: a key "<address>:<port>" with the thumbprint in SslCertHash
// (Microsoft, "netsh http add sslcert"; the place in the registry is known from use, not from a page).
func binding(l look) ([]Place, error) {
	keys, err := l.keys(tlsBindings)
	if err != nil {
		return nil, err
	}
	certs, err := l.certificates()
	if err != nil {
		return nil, err
	}
	var out []Place
	for _, k := range keys {
		if !strings.HasSuffix(k, ":"+strconv.Itoa(unattend.DefaultPort)) {
			continue
		}
		if managed(l.w.Plan) {
			v, err := l.RegistryValue(tlsBindings+`\`+k, "SslCertHash")
			if err != nil && !isAbsent(err) {
				return nil, err
			}
			if subject, ok := certs[strings.ToUpper(hex.EncodeToString(v.Data))]; ok && subject != unattend.CertificateName {
				continue
			}
		}
		out = append(out, Place{Kind: PlaceKey, At: tlsBindings + `\` + k, Text: k})
	}
	return out, nil
}

// openRules finds rules beside the build's own that let somebody in to WinRM, in the machine's rules and in those of policies. What the plan
// itself writes is judged with its settings. Where WinRM is the management path a rule may open its port with TLS to those who manage.
func openRules(l look) ([]Place, error) {
	var out []Place
	for _, key := range []string{firewallRules, policyRules} {
		names, err := l.RegistryValueNames(key)
		if isAbsent(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if name == unattend.FirewallRule || l.planned(key, name) {
				continue
			}
			text, err := l.value(key, name)
			if err != nil {
				return nil, err
			}
			r := parseRule(text)
			if r.open() && !(managed(l.w.Plan) && r.within(l.w.Plan.Image.Management.From)) {
				out = append(out, Place{Kind: PlaceInactive, At: key, Name: name, Text: name})
			}
		}
	}
	return out, nil
}

// rule is a firewall rule's fields by their names in capitals ([MS-GPFAS] 2.2.2.19); some come several times.
type rule map[string][]string

func parseRule(text string) rule {
	r := rule{}
	_, text, _ = strings.Cut(text, ":") // the type of the value
	for field := range strings.SplitSeq(text, "|") {
		if name, value, ok := strings.Cut(field, "="); ok {
			name = strings.ToUpper(name)
			r[name] = append(r[name], value)
		}
	}
	return r
}

func (r rule) is(name, value string) bool {
	return slices.ContainsFunc(r[name], func(v string) bool { return strings.EqualFold(v, value) })
}

// open reports whether the rule is on and lets in to a port of WinRM by name. A rule for every port is for some program, and not looked at:
// WinRM is the kernel's HTTP service (App=System), for which Windows' own rules name ports.
func (r rule) open() bool {
	if !r.is("ACTION", "Allow") || !r.is("ACTIVE", "TRUE") || !r.is("DIR", "In") || len(r["PROTOCOL"]) > 0 && !r.is("PROTOCOL", "6") {
		return false
	}
	ports := slices.Concat(r["LPORT"], r["LPORT2_10"])
	return slices.ContainsFunc(winrmPorts, func(port int) bool {
		return slices.ContainsFunc(ports, func(text string) bool { return holds(text, port) })
	}) || len(ports) == 0 && (r.is("APP", "System") || r.is("SVC", "WinRM"))
}

// holds reports whether a port lies in "5985" or "5000-6000".
func holds(text string, port int) bool {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	a, err1 := strconv.Atoi(first)
	b, err2 := strconv.Atoi(last)
	return err1 == nil && err2 == nil && a <= port && port <= b
}

// within reports whether the rule opens the port with TLS alone, to nobody but the peers.
func (r rule) within(peers []string) bool {
	for _, port := range slices.Concat(r["LPORT"], r["LPORT2_10"]) {
		if port != strconv.Itoa(unattend.DefaultPort) {
			return false
		}
	}
	remote := slices.Concat(r["RA4"], r["RA6"])
	if len(remote) == 0 || len(r["LPORT"])+len(r["LPORT2_10"]) == 0 {
		return false // everybody, or every port
	}
	for _, text := range remote {
		p, ok := parsePeer(text)
		if !ok || !slices.ContainsFunc(peers, func(peer string) bool { return inside(p, peer) }) {
			return false
		}
	}
	return true
}

// parsePeer reads an address, a network with bits or with a mask. Ranges and words like LocalSubnet are none of these.
func parsePeer(text string) (netip.Prefix, bool) {
	address, mask, ok := strings.Cut(text, "/")
	a, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}, false
	}
	if !ok {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	if bits, err := strconv.Atoi(mask); err == nil && bits >= 0 && bits <= a.BitLen() {
		return netip.PrefixFrom(a, bits), true
	}
	m, err := netip.ParseAddr(mask)
	if err != nil || !m.Is4() || !a.Is4() {
		return netip.Prefix{}, false
	}
	for bits := range 33 {
		if p := netip.PrefixFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), bits).Masked(); p.Addr() == m {
			return netip.PrefixFrom(a, bits), true
		}
	}
	return netip.Prefix{}, false
}

func inside(p netip.Prefix, peer string) bool {
	q, ok := parsePeer(peer)
	return ok && q.Bits() <= p.Bits() && q.Contains(p.Addr())
}

// turnedOff is the text of a rule with Active=FALSE.
func turnedOff(v setting.RegistryValue) setting.RegistryValue {
	_, text, _ := strings.Cut(v.Text(), ":")
	fields := strings.Split(text, "|")
	for i, f := range fields {
		if name, _, ok := strings.Cut(f, "="); ok && strings.EqualFold(name, "Active") {
			fields[i] = "Active=FALSE"
		}
	}
	return setting.SZ(strings.Join(fields, "|"))
}
