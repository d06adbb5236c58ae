package conflict

import (
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// managementPath keeps the one door open that the image declares.
func managementPath(j *judge) {
	if j.req.Image.Management.Path != "winrm_https" {
		return
	}
	if off := j.of("winrm-off"); len(off) > 0 {
		j.own(Block, off, fmt.Sprintf("The image is managed by WinRM, which %s off.", does(off, "turn")), "Leave WinRM on, or declare another management path.")
	}
	if off := j.of("tls12-server-off"); len(off) > 0 {
		j.own(Block, off, fmt.Sprintf("The image is managed by WinRM over HTTPS, and %s off the version of TLS that it is spoken in.", does(off, "turn")), "Leave TLS 1.2 on, or declare another management path.")
	}
	managementAccount(j)
	walls := j.walls("in")
	block := settingsOf(walls)
	t := traffic{direction: "in", protocol: "tcp", ports: []string{"5986"}, peers: j.req.Image.Management.From}
	if doubt := j.doubts(t); len(doubt) > 0 {
		j.own(Warn, doubt, fmt.Sprintf("The image is managed by WinRM, and %s %s from a place that is named by a word: whether a peer of the management path is there, the plan cannot know.", does(doubt, "block"), t),
			"Manage the client from another subnet than its own, name the addresses in those rules, or let the port of WinRM (5986) out of them (module isolation, input no_neighbours).")
	}
	if len(block) == 0 {
		return
	}
	if way := j.passes(t, walls); len(way.shut) > 0 {
		level := Block
		if len(way.shut) < len(walls) {
			level = Warn
		}
		j.own(level, block, fmt.Sprintf("The image is managed by WinRM, but %s %s and no rule of the plan lets it through%s.", does(block, "block"), t, way.where(walls)), "Name the peers in the module that makes the firewall's rules (input management_peers), or declare another management path.")
	}
}

// managementAccount asks with which account somebody gets in. A local one that is denied the network, or is no administrator over it, does
// not: that is as it should be where the client is in a domain, and the end of the path where it is not.
func managementAccount(j *judge) {
	domain := false
	for _, p := range j.products() {
		in, stated := p.Environment.Needs.Domain.Get()
		domain = domain || in && stated
	}
	hits := j.of("local-network-logon-denied", "local-token-filtered")
	if domain || len(hits) == 0 {
		return
	}
	what := "are no administrators over the network"
	if j.has("local-network-logon-denied") {
		what = "do not log on over the network"
	}
	j.own(Warn, hits, fmt.Sprintf("The image is managed by WinRM, and by %s local accounts %s. No product needs a domain, and without one nobody gets in.", names(hits), what),
		"Manage the client with a domain account; where it is in no domain, except these settings or declare the management path local.")
}

// doubts are the rules that block some of the traffic, from peers that are named by a word whose addresses no plan knows.
func (j *judge) doubts(t traffic) []claimed {
	var out []claimed
	number, ok := t.number()
	if !ok {
		return nil
	}
	for _, r := range j.openings() {
		if !r.block || r.in != (t.direction == "in") || r.limited || r.protocol != -1 && r.protocol != number || r.program != "" && programPath(r.program) != programPath(t.program) {
			continue
		}
		for _, port := range orUnknown(t.ports) {
			for _, peer := range orUnknown(t.peers) {
				if meets(r.ports, port, overlap) && !meets(r.peers, peer, touches) && vague(r.peers, peer) {
					out = append(out, r.by)
				}
			}
		}
	}
	return compact(out)
}

// vague reports whether a rule's peers have a word, whose addresses differ from place to place.
func vague(peers []string, wish string) bool {
	for _, p := range peers {
		if _, _, ok := addresses(p); !ok && wish != "" {
			return true
		}
	}
	return false
}

// accountTimes are pairs of account rules that Windows refuses together, each of which may stand in another module.
func accountTimes(j *judge) {
	for _, pair := range []struct {
		low, high string
		equal     bool // they may be equal
		reason    string
		way       string
	}{
		{"ResetLockoutCount", "LockoutDuration", true, "The counter of wrong passwords is kept for %d minutes (%s) and the lockout lasts for %d (%s): Windows refuses a lockout that ends before its counter does, and keeps neither.",
			"Let the lockout last at least as long as the counter, or until an administrator ends it (-1)."},
		{"MinimumPasswordAge", "MaximumPasswordAge", false, "A password may be changed after %d days (%s) and must be after %d (%s): Windows refuses the two together, and keeps neither.",
			"Let passwords live longer than the time before which they may not be changed, or for ever (-1)."},
	} {
		low, high := j.accountPolicy(pair.low), j.accountPolicy(pair.high)
		for _, a := range low {
			for _, b := range high {
				x, y := amount(a), amount(b)
				if y == -1 || x < y || x == y && pair.equal {
					continue
				}
				j.own(Block, []claimed{a, b}, fmt.Sprintf(pair.reason, x, names([]claimed{a}), y, names([]claimed{b})), pair.way)
			}
		}
	}
}

func accountTimesRow() Row {
	return Row{Name: "account-times", Levels: []Level{Block}, Title: plan.Text{EN: "Account rules that Windows refuses together", SV: "Kontoregler som Windows inte tar emot tillsammans"}, find: accountTimes}
}
