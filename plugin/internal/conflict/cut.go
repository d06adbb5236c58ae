package conflict

import (
	"fmt"
	"slices"
	"strings"
)

// cutFlows finds peers that one rule of the plan lets through and another stops: a rule that blocks goes before all that allow, so that
// whoever reads the first believes in a flow that is not there. It is read from the rules alone, whoever made them: the address of a
// product's role, a vendor's or a manager's stands there. A narrower block within a wide permission is how one carves out, and no conflict.
func cutFlows(j *judge) {
	rules := j.openings()
	for _, open := range rules {
		if open.block {
			continue
		}
		for _, shut := range rules {
			if lost := shut.cuts(open); shut.block && len(lost) > 0 {
				j.own(Block, []claimed{open.by, shut.by}, fmt.Sprintf("%s lets traffic with %s through, and %s stops it: a rule that blocks goes before all that allow.", names([]claimed{open.by}), strings.Join(lost, ", "), names([]claimed{shut.by})),
					cutWay)
			}
		}
	}
}

// cuts are the peers of a rule, in words, that the rule which blocks takes from it wholly.
func (r fwRule) cuts(open fwRule) []string {
	if r.in != open.in || r.limited || r.protocol != -1 && r.protocol != open.protocol || r.program != "" && programPath(r.program) != programPath(open.program) ||
		!shareProfile(r.profiles, open.profiles) || !all(open.ports, r.ports, within) {
		return nil
	}
	if len(open.peers) == 0 {
		if len(r.peers) == 0 {
			return []string{"everybody"}
		}
		return nil
	}
	var lost []string
	for _, peer := range open.peers {
		if len(r.peers) == 0 || slices.ContainsFunc(r.peers, func(wide string) bool { return contains(wide, peer) }) {
			lost = append(lost, peer)
		}
	}
	return lost
}

// shareProfile reports whether two lists of the firewall's profiles have one in common; an empty list is all.
func shareProfile(a, b []string) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(p string) bool { return slices.Contains(b, p) })
}

// all reports whether everything of a rule's list lies in the other's; an empty list is everything.
func all(narrow, wide []string, in func(wide, narrow string) bool) bool {
	if len(wide) == 0 {
		return true
	}
	return len(narrow) > 0 && !slices.ContainsFunc(narrow, func(one string) bool {
		return !slices.ContainsFunc(wide, func(w string) bool { return in(w, one) })
	})
}
