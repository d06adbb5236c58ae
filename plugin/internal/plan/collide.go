package plan

import (
	"fmt"
	"slices"
	"strings"
	"unique"

	"github.com/hashicorp/hcl/v2"
)

// conflict reports whether two claims on one location contradict each other.
func conflict(a, b claim) bool { return a.Value != b.Value && !(a.Union && b.Union) }

// collide reports whether two settings contradict each other anywhere.
func collide(a, b *entry) bool {
	for _, x := range a.claims {
		if y, ok := b.byLocation[x.canon]; ok && conflict(x, y) {
			return true
		}
	}
	return false
}

// slot is what is known of one location while settings are added in the order of their places: for each value the first claim on it.
type slot struct {
	owned  []slotClaim   // claims that own the location
	joined []slotClaim   // claims that join with others' lists
	seen   map[wish]bool // of both lists, once one is long
}

type slotClaim struct {
	claim
	first *entry
	index int // place order of first
}

// against finds the earliest claim that cl contradicts.
func (s *slot) against(cl claim) (slotClaim, bool) {
	var best slotClaim
	found := false
	lists := [][]slotClaim{s.owned}
	if !cl.Union {
		lists = append(lists, s.joined)
	}
	for _, list := range lists {
		i := slices.IndexFunc(list, func(other slotClaim) bool { return other.Value != cl.Value })
		if i >= 0 && (!found || list[i].index < best.index) {
			best, found = list[i], true
		}
	}
	return best, found
}

func (s *slot) add(cl claim, e *entry, index int) {
	list := &s.owned
	if cl.Union {
		list = &s.joined
	}
	if len(*list) < few { // nearly always: a map of all claims would cost more than all else here
		if !slices.ContainsFunc(*list, func(other slotClaim) bool { return other.Value == cl.Value }) {
			*list = append(*list, slotClaim{cl, e, index})
		}
		return
	}
	if s.seen == nil {
		s.seen = map[wish]bool{}
		for _, other := range slices.Concat(s.owned, s.joined) {
			s.seen[wish{other.Union, other.Value}] = true
		}
	}
	key := wish{cl.Union, cl.Value}
	if !s.seen[key] {
		s.seen[key] = true
		*list = append(*list, slotClaim{cl, e, index})
	}
}

// wish is what claims on one location are told apart by.
type wish struct {
	union bool
	value string
}

// findCollisions compares each setting with those before it, so that a collision is reported at the later place. Per location only the
// earliest one is named: whoever settles a place with five opinions needs to see each opinion once.
func (c *composer) findCollisions() {
	slots := make(map[unique.Handle[string]]*slot)
	shared := make(map[unique.Handle[string]]int32, 2*len(c.places)) // how many claims each location has
	for _, e := range c.places {
		if e.active() {
			for _, cl := range e.claims {
				shared[cl.place]++
			}
		}
	}
	for i, e := range c.places {
		if !e.active() {
			continue
		}
		var clashes map[*entry][]string
		var others []*entry
		for _, cl := range e.claims {
			if shared[cl.place] == 1 {
				continue // nobody to collide with
			}
			s := slots[cl.place]
			if s == nil {
				s = new(slot)
				slots[cl.place] = s
			}
			if other, ok := s.against(cl); ok && !c.rulings.between(e, other.first) {
				if clashes == nil {
					clashes = make(map[*entry][]string)
				}
				if clashes[other.first] == nil {
					others = append(others, other.first)
				}
				if clashes[other.first] == nil || !clashSaid(cl, other) {
					clashes[other.first] = append(clashes[other.first], clashText(cl, other.claim))
				}
			}
			s.add(cl, e, i)
		}
		for _, other := range others {
			c.collision(other, e, clashes[other])
		}
	}
}

// clashSaid reports whether the clash is one over an entry of Registry.pol whose registry value clashes in the same way.
func clashSaid(cl claim, other slotClaim) bool {
	twin, ok := policyTwin(cl.Location)
	if !ok {
		return false
	}
	value, ok := other.first.byLocation[twin.Canon()]
	return ok && value.Value == other.Value
}

func clashText(later, first claim) string {
	return fmt.Sprintf("  %s: %s here, %s there", showLocation(later.Location), showWish(later.Claim), showWish(first.Claim))
}

func (c *composer) collision(first, later *entry, clashes []string) {
	at := later.DefRange
	c.diags = append(c.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "Settings collide",
		Detail: fmt.Sprintf("%q wants something else than %q at %s:\n%s\nSkip one of them with an exception, or say who wins with an override and a reason, in the image or inside the winning setting.",
			later.ID, first.ID, placeOf(first.DefRange), strings.Join(clashes, "\n")),
		Subject: &at,
	})
}
