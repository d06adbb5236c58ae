package conflict

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/trait"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// cutWay is the way out where one rule takes back what another gives.
const cutWay = "Take the address out of the rule that blocks (module isolation, input closed_networks), or give up the flow."

// cutBy are the rules that take a peer from a rule which allows it. What a role's addresses are stands in the rule alone.
func cutBy(open fwRule, rules []fwRule, profile string) []claimed {
	var out []claimed
	for _, shut := range rules {
		if shut.block && (len(shut.profiles) == 0 || slices.Contains(shut.profiles, profile)) && len(shut.cuts(open)) > 0 {
			out = append(out, shut.by)
		}
	}
	return out
}

// uncServer is the server of a path on the network, "" for any other path. An image in a WIM on a server begins with "wim:".
func uncServer(path string) string {
	path = strings.TrimSpace(path)
	if len(path) > 4 && strings.EqualFold(path[:4], "wim:") {
		path = path[4:]
	}
	path = strings.ReplaceAll(path, "/", `\`)
	rest, ok := strings.CutPrefix(path, `\\`)
	server, _, _ := strings.Cut(rest, `\`)
	if !ok || server == "?" || server == "." {
		return ""
	}
	return server
}

// unreached are the servers of a text's paths, separated by semicolons, to which the plan opens no SMB; none where one place is on the
// client itself or can be reached. A name is no address: any opening of the port may be its.
func (j *judge) unreached(text string) []string {
	walls := j.walls("out")
	var out []string
	for path := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(path) == "" {
			continue
		}
		server := uncServer(path)
		t := traffic{direction: "out", protocol: "tcp", ports: []string{"445"}, peers: []string{""}, own: true, roles: []string{server}}
		if _, err := netip.ParseAddr(server); err == nil {
			t.peers = []string{server}
		}
		if server == "" || len(walls) == 0 || len(j.passes(t, walls).shut) < len(walls) {
			return nil
		}
		out = append(out, server)
	}
	return out
}

// farServers are the servers of a feature's files that the client does not reach.
func (j *judge) farServers() []string {
	var out []string
	for _, c := range j.of("feature-source") {
		far := j.unreached(strings.TrimPrefix(textOf(c.claim.Value), "expand_sz:"))
		if len(far) == 0 {
			return nil
		}
		out = append(out, far...)
	}
	return out
}

// farSources asks where the files of .NET 3.5 come from, where the policy names a server that the firewall keeps the client from.
func (j *judge) farSources(on []claimed) {
	far := j.farServers()
	if len(on) == 0 || len(far) == 0 || j.inBase(netFx3) {
		return
	}
	cut := settingsOf(j.walls("out"))
	j.own(Ask, slices.Concat(on, j.of("feature-source"), cut), fmt.Sprintf("%s on the feature NetFx3 at first boot. Its files are on %s, but %s what is not named, and no rule of the plan opens TCP 445 to it.", does(on, "turn"), strings.Join(quoted(far), ", "), does(cut, "block")),
		"Open it in the module firewall (input flows: out, tcp, 445, the server's address), put the files on the client, or service the base with them and write features = [\"NetFx3\"] into its file.")
}

// weak is a protocol that a peer may need in a form that others misuse.
type weak struct {
	trait string // of a plan without that form
	what  string
	ports []string // on which the client takes it out; NTLM goes over SMB and HTTP
	need  func(plan.Product) bool
	kept  func(*judge) bool // the plan leaves the client with it
}

func weakly() []weak {
	return []weak{
		{"smb1-client-off", "SMB 1", smbPorts, func(p plan.Product) bool { return p.Environment.Needs.SMB.Or("") == "1.0" }, func(j *judge) bool {
			return len(j.smb1Client()) == 0 && (j.base.Number() < smb1Gone || j.inBase(upcase.Fold(smb1Feature)) || len(j.smb1On()) > 0)
		}},
		{"smb-signing", "SMB without signatures", smbPorts, func(p plan.Product) bool { return !p.Environment.Needs.SMBSigning.Or(true) }, func(j *judge) bool { return !j.has("smb-signing") }},
		{"ntlm2-only", "NTLM version 1", []string{"80", "139", "445"}, func(p plan.Product) bool { return p.Environment.Needs.NTLM.Or("") == "1" }, func(j *judge) bool {
			return j.ntlmLevelSet() && !slices.ContainsFunc(j.of("ntlm2-only", "ntlm-off"), func(c claimed) bool { return !bindsServer(c) })
		}},
	}
}

// weakOpen tells of a weak protocol that an exception keeps and that the client may speak with everybody: that an exception is for one
// peer is a sentence, until the firewall knows it.
func weakOpen(j *judge) {
	for _, w := range weakly() {
		kept := j.excepted(w.trait)
		open := j.everybody(w.ports)
		if len(kept) == 0 || len(open) == 0 || !w.kept(j) {
			continue
		}
		var who []string
		for _, p := range j.products() {
			if w.need(p) {
				who = append(who, p.Name)
			}
		}
		why := ""
		if len(who) > 0 {
			why = " for " + strings.Join(quoted(slices.Compact(who)), ", ")
		}
		j.own(Warn, kept, fmt.Sprintf("The exception from %s keeps %s%s, and the firewall lets the client begin TCP %s with everybody, not with that peer alone.", names(kept), w.what, why, strings.Join(open, ", ")),
			"Block outgoing traffic (module firewall, input block_outbound), and state the flow to that peer with its address in the product's file or in the input flows.")
	}
}

// excepted are the settings whose exception takes a trait away, by skipping or with another value.
func (j *judge) excepted(name string) []claimed {
	var out []claimed
	for _, c := range j.req.Settings {
		if !slices.ContainsFunc(j.req.Exceptions, func(x plan.Exception) bool { return x.Setting == c.ID }) {
			continue
		}
		hits, err := trait.Of(c.Spec.Claims(j.base))
		if err != nil {
			continue // the table was read before
		}
		for _, h := range hits {
			if h.Trait == name && !bindsServer(claimed{claim: h.Claim}) {
				out = append(out, claimed{c.ID, h.Claim, h.Claim.Location.Canon(), c.DefRange})
			}
		}
	}
	return compact(out)
}

// everybody are the ports that the client may use to whomever it likes, on some profile of the firewall.
func (j *judge) everybody(ports []string) []string {
	walls := j.walls("out")
	rules := j.openings()
	var out []string
	for _, port := range ports {
		for _, profile := range []string{"DOMAIN", "PRIVATE", "PUBLIC"} {
			fits := func(r fwRule) bool {
				return !r.in && (r.protocol == -1 || r.protocol == 6) && len(r.peers) == 0 && !r.limited && r.program == "" &&
					(len(r.profiles) == 0 || slices.Contains(r.profiles, profile)) && covers(r.ports, port, within)
			}
			free := len(walls[profile]) == 0 || slices.ContainsFunc(rules, func(r fwRule) bool { return !r.block && fits(r) })
			if free && !slices.ContainsFunc(rules, func(r fwRule) bool { return r.block && fits(r) }) {
				out = append(out, port)
				break
			}
		}
	}
	return out
}
