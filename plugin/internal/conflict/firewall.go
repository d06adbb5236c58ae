package conflict

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// ruleKey is where policy keeps firewall rules ([MS-GPFAS] 2.2.2).
const ruleKey = `reg:HKLM\SOFTWARE\POLICIES\MICROSOFT\WINDOWSFIREWALL\FIREWALLRULES!`

// fwRule is what a firewall rule lets through or stops. Empty lists mean anything.
type fwRule struct {
	by       claimed
	in       bool
	block    bool
	protocol int      // IANA's number, -1 for any
	ports    []string // of the end that is the service: local where it comes in, remote where it goes out
	peers    []string // remote addresses
	profiles []string // DOMAIN, PRIVATE, PUBLIC
	program  string
	limited  bool // to a service, an interface, a user, the other end's ports or something else that no flow speaks of
}

// harmlessFields say nothing of which traffic a rule is for.
var harmlessFields = []string{"NAME", "DESC", "EMBEDCTXT", "EDGE", "DEFER", "LSM", "ICMP4", "ICMP6"}

// openings are the rules of the plan that are active, which nobody changes. Rules are read by what they let through, never by name.
func (j *judge) openings() []fwRule {
	if j.read {
		return j.rules
	}
	j.read = true
	for c := range j.claims() {
		if !strings.HasPrefix(c.canon, ruleKey) {
			continue
		}
		if r, ok := parseRule(c); ok {
			j.rules = append(j.rules, r)
		}
	}
	return j.rules
}

// parseRule reads a rule's text. The grammar fixes no order of fields.
func parseRule(c claimed) (fwRule, bool) {
	r := fwRule{by: c, protocol: -1}
	text, ok := strings.CutPrefix(c.claim.Value, "sz:")
	var action, direction string
	var local, remote []string
	active := false
	for i, field := range strings.Split(text, "|") {
		name, value, found := strings.Cut(field, "=")
		if i == 0 || !found {
			continue
		}
		switch key := upcase.Fold(name); key {
		case "ACTION":
			action = upcase.Fold(value)
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
		case "LPORT", "LPORT2_10", "LPORT2_20", "LPORT2_24":
			local = append(local, value)
		case "RPORT", "RPORT2_10", "RPORT2_25":
			remote = append(remote, value)
		case "RA4", "RA6", "RA42", "RA62":
			r.peers = append(r.peers, value)
		case "PROFILE":
			r.profiles = append(r.profiles, upcase.Fold(value))
		case "APP":
			r.program = value
		default:
			r.limited = r.limited || !slices.Contains(harmlessFields, key)
		}
	}
	r.in, r.block, r.ports = direction == "IN", action == "BLOCK", local
	other := remote
	if !r.in {
		r.ports, other = remote, local
	}
	r.limited = r.limited || len(other) > 0
	return r, ok && active && (action == "ALLOW" || r.block) && (r.in || direction == "OUT")
}

// walls are the settings that make the firewall stop traffic of a direction that no rule names, by the firewall's profile. Windows
// stops what comes in by itself: a profile in which only policy's rules count has a wall even where no setting says so.
func (j *judge) walls(direction string) map[string][]claimed {
	out := map[string][]claimed{}
	put := func(hits []claimed) {
		for _, c := range hits {
			for _, p := range profilesOf(c) {
				out[p] = append(out[p], c)
			}
		}
	}
	if direction == "out" {
		put(j.of("outbound-block"))
	} else {
		put(j.of("inbound-block", "local-rules-ignored", "shields-up"))
		for _, c := range j.of("inbound-open") {
			for _, p := range profilesOf(c) {
				delete(out, p)
			}
		}
	}
	for _, c := range j.of("firewall-off") {
		for _, p := range profilesOf(c) {
			delete(out, p)
		}
	}
	return out
}

// profilesOf are the firewall's profiles that a claim below its policy key is about.
func profilesOf(c claimed) []string {
	_, rest, _ := strings.Cut(c.canon, `\WINDOWSFIREWALL\`)
	name, _, _ := strings.Cut(rest, "PROFILE")
	if name == "STANDARD" {
		return []string{"PRIVATE", "PUBLIC"}
	}
	return []string{name}
}

// settingsOf are all settings of walls.
func settingsOf(walls map[string][]claimed) []claimed {
	var out []claimed
	for _, p := range sortedKeys(walls) {
		out = append(out, walls[p]...)
	}
	return out
}

// passage is what a plan does with a flow.
type passage struct {
	by      []claimed // rules that let it through
	shut    []string  // profiles in which nothing does, or in which a rule stops it
	stopped []claimed // rules that stop it, whatever others allow
	taken   []claimed // rules that let a role through, whose addresses another rule stops
	narrow  bool      // a peer is not known, and a rule lets in certain peers only
}

// passes holds a flow against walls: in every profile, every port and every peer must be let through by one rule and stopped by none.
func (j *judge) passes(t traffic, walls map[string][]claimed) passage {
	var out passage
	rules := j.openings()
	unnamed := slices.DeleteFunc(slices.Clone(rules), func(r fwRule) bool { return !r.block && len(r.peers) > 0 && j.anothers(r, t) })
	number, ok := t.number()
	for _, profile := range sortedKeys(walls) {
		one := passage{}
		open := ok && !(t.direction == "in" && slices.ContainsFunc(j.of("shields-up"), func(c claimed) bool { return slices.Contains(profilesOf(c), profile) }))
		for _, port := range orUnknown(t.ports) {
			for _, peer := range orUnknown(t.peers) {
				list := rules
				if peer == "" {
					list = unnamed
				}
				open = one.wish(list, t, number, profile, port, peer) && open
			}
		}
		if !open {
			out.shut = append(out.shut, strings.ToLower(profile))
		} else {
			out.by, out.narrow = append(out.by, one.by...), out.narrow || one.narrow
		}
		out.stopped, out.taken = append(out.stopped, one.stopped...), append(out.taken, one.taken...)
	}
	return out
}

// anothers reports whether a rule is made from another declared flow than this one, and to peers of other names: that its addresses are the
// ones that are wanted here, nobody has said.
func (j *judge) anothers(r fwRule, t traffic) bool {
	if !t.own {
		return false
	}
	_, key, _ := strings.Cut(strings.TrimSuffix(r.by.id, "]"), "[")
	d, ok := j.req.Declared[key]
	return ok && d.At != t.at && !slices.ContainsFunc(d.Peers, func(p string) bool { return slices.Contains(t.roles, p) })
}

// wish looks for the rule that lets one port and peer through.
func (p *passage) wish(rules []fwRule, t traffic, number int, profile, port, peer string) bool {
	open := false
	var taken, cut []claimed
	for _, r := range rules {
		if r.in != (t.direction == "in") || r.protocol != -1 && r.protocol != number || r.limited || len(r.profiles) > 0 && !slices.Contains(r.profiles, profile) ||
			r.program != "" && programPath(r.program) != programPath(t.program) {
			continue
		}
		switch {
		case r.block:
			if meets(r.ports, port, overlap) && meets(r.peers, peer, touches) {
				p.stopped = append(p.stopped, r.by)
			}
		case !open && covers(r.ports, port, within) && covers(r.peers, peer, contains):
			if by := cutBy(r, rules, profile); peer == "" && len(by) > 0 {
				taken, cut = append(taken, r.by), append(cut, by...)
				continue
			}
			open = true
			p.by = append(p.by, r.by)
			p.narrow = p.narrow || peer == "" && len(r.peers) > 0
		}
	}
	if !open {
		p.taken, p.stopped = append(p.taken, taken...), append(p.stopped, cut...)
	}
	return open && len(p.stopped) == 0
}

// orUnknown is the list, or one wish that nobody knows.
func orUnknown(list []string) []string {
	if len(list) == 0 {
		return []string{""}
	}
	return list
}

// covers reports whether a rule's list lets the wish through. A wish that nobody knows is met by any rule: the flow has an opening, and
// the hospital has chosen how wide it is. A wish for anybody is met only by a rule that names nobody.
func covers(list []string, wish string, in func(wide, narrow string) bool) bool {
	if len(list) == 0 || wish == "" {
		return true
	}
	return slices.ContainsFunc(list, func(one string) bool { return in(one, wish) })
}

// meets reports whether a rule's list certainly has something of the wish.
func meets(list []string, wish string, share func(a, b string) bool) bool {
	return len(list) == 0 || wish != "" && slices.ContainsFunc(list, func(one string) bool { return share(one, wish) })
}

var programFolders = strings.NewReplacer(`%SYSTEMROOT%`, `C:\WINDOWS`, `%WINDIR%`, `C:\WINDOWS`, `%PROGRAMFILES(X86)%`, `C:\PROGRAM FILES (X86)`,
	`%PROGRAMFILES%`, `C:\PROGRAM FILES`, `%PROGRAMDATA%`, `C:\PROGRAMDATA`, `%SYSTEMDRIVE%`, `C:`)

// programPath is a path in which two ways to write it are equal.
func programPath(path string) string { return programFolders.Replace(upcase.Fold(path)) }
