package profile

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// wordOf finds the word of a closed list that a text means, also where it is written as people do: "TLS 1.2", "NTLMv2", "SMB1". It is
// "" where there is none.
func wordOf(s string, f factField) string {
	text := strings.ToLower(strings.TrimSpace(s))
	for _, cut := range []string{f.name, "v", " ", "-"} {
		text = strings.TrimSpace(strings.TrimPrefix(text, cut))
	}
	for _, try := range []string{strings.ToLower(s), text, text + ".0"} {
		if slices.Contains(f.words, try) {
			return try
		}
	}
	return ""
}

// factForm reads a text that has a form; want is what it takes, for messages.
type factForm struct {
	want string
	read func(string) (string, bool)
}

func factForms() map[string]factForm {
	return map[string]factForm{
		"month":    {`a month or a day, for example "2026-10" or "2026-10-31"`, readMonth},
		"protocol": {`"tcp", "udp", "icmpv4", "icmpv6", "any" or a number from 0 to 255`, readProtocol},
		"usb-id":   {`four hexadecimal digits, for example "0529"`, readUSB},
		"port":     {`a port ("443"), a range ("5000-5010"), or "RPC", "RPC-EPMap"`, readPorts},
	}
}

// usbForm is a USB vendor or product number, as a device's hardware id has it.
var usbForm = regexp.MustCompile(`^[0-9A-Fa-f]{4}$`)

func readUSB(s string) (string, bool) { return strings.ToUpper(s), usbForm.MatchString(s) }

func readMonth(s string) (string, bool) {
	for _, layout := range []string{"2006-01", time.DateOnly} {
		if _, err := time.Parse(layout, s); err == nil {
			return s, true
		}
	}
	return "", false
}

// protocols are those with a name; the others are numbers.
func protocols() []string { return []string{"any", "tcp", "udp", "icmpv4", "icmpv6"} }

func readProtocol(s string) (string, bool) {
	s = strings.ToLower(s)
	n, err := strconv.ParseUint(s, 10, 8)
	switch {
	case slices.Contains(protocols(), s):
		return s, true
	case err != nil:
		return "", false
	}
	return strconv.FormatUint(n, 10), true
}

// readPorts reads one port or range, or a keyword of the firewall.
func readPorts(s string) (string, bool) {
	for _, keyword := range []string{"RPC", "RPC-EPMap", "Teredo"} {
		if strings.EqualFold(s, keyword) {
			return keyword, true
		}
	}
	low, high, ranged := strings.Cut(s, "-")
	if !ranged {
		high = low
	}
	a, errA := strconv.ParseUint(strings.TrimSpace(low), 10, 16)
	b, errB := strconv.ParseUint(strings.TrimSpace(high), 10, 16)
	switch {
	case errA != nil || errB != nil || a > b || b == 0:
		return "", false
	case ranged:
		return strconv.FormatUint(a, 10) + "-" + strconv.FormatUint(b, 10), true
	}
	return strconv.FormatUint(a, 10), true
}

// hostForm is a name with a dot in it: one without would be a role ("archive"), which says nothing to a machine.
var hostForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)

const peerWant = `an address ("10.20.0.7"), a network ("10.20.0.0/24"), a range ("10.20.0.7-10.20.0.9"), a host name ("crl.example.se"), or one of "any", "LocalSubnet", "DNS", "DHCP", "WINS", "DefaultGateway"`

// readPeer reads one end of a flow.
func readPeer(s string) (string, bool) {
	for _, keyword := range []string{"any", "LocalSubnet", "DNS", "DHCP", "WINS", "DefaultGateway"} {
		if strings.EqualFold(s, keyword) {
			return keyword, true
		}
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.String(), p == p.Masked()
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String(), a.Zone() == ""
	}
	if low, high, ranged := strings.Cut(s, "-"); ranged {
		a, errA := netip.ParseAddr(strings.TrimSpace(low))
		b, errB := netip.ParseAddr(strings.TrimSpace(high))
		if errA == nil && errB == nil {
			return a.String() + "-" + b.String(), a.BitLen() == b.BitLen() && a.Compare(b) <= 0
		}
	}
	host := strings.ToLower(s)
	last := host[strings.LastIndex(host, ".")+1:]
	return host, hostForm.MatchString(host) && strings.Trim(last, "0123456789") != ""
}
