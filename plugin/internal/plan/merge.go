package plan

import (
	"fmt"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// MaxJoined is how many settings may join one list. Each of them holds the whole list in the plan, which so grows with the square.
const MaxJoined = 500

// mergeUnions gives all settings whose lists meet the one spec that they ask for together. Lists that are all equal agree as they are.
func (c *composer) mergeUnions() {
	type meeting struct {
		first *entry
		value string
		mixed bool // not all want the same list
	}
	meetings := make(map[string]*meeting)
	c.eachUnion(func(e *entry, cl claim) {
		if m := meetings[cl.canon]; m == nil {
			meetings[cl.canon] = &meeting{first: e, value: cl.Value}
		} else if m.value != cl.Value {
			m.mixed = true
		}
	})
	groups := make(groups)
	c.eachUnion(func(e *entry, cl claim) {
		if m := meetings[cl.canon]; m.mixed {
			groups.join(m.first, e)
		}
	})
	if len(groups) == 0 {
		return
	}
	for _, members := range groups.all(c.entries) {
		c.mergeGroup(members)
	}
}

// enclose tells the settings that speak of a whole place what all others want there.
func (c *composer) enclose() {
	speaks := func(e *entry) bool {
		_, ok := e.effective().(setting.Encloser)
		return ok && e.active()
	}
	if !slices.ContainsFunc(c.entries, speaks) {
		return
	}
	var all []setting.Claim
	for _, e := range c.entries {
		switch {
		case !e.active():
		case e.merged != nil: // the numbers of a list that grew are in no claim of its parts
			all = append(all, e.merged.Claims(c.base)...)
		default:
			for _, cl := range e.claims {
				all = append(all, cl.Claim)
			}
		}
	}
	for _, e := range c.entries {
		if s, ok := e.effective().(setting.Encloser); ok && e.active() {
			e.enclosed = s.Enclosed(all)
		}
	}
}

func (c *composer) eachUnion(do func(*entry, claim)) {
	for _, e := range c.entries {
		if !e.active() {
			continue
		}
		for _, cl := range e.claims {
			if cl.Union {
				do(e, cl)
			}
		}
	}
}

// mergeGroup folds the members, sorted by id. Merge is commutative and associative, so the order shows in messages only.
func (c *composer) mergeGroup(members []*entry) {
	if len(members) > MaxJoined {
		last := members[len(members)-1]
		c.fail(last.DefRange, "Too many settings join one list", "%d settings join the list of %q at %s; at most %d may. Write the list in fewer settings.",
			len(members), members[0].ID, placeOf(members[0].DefRange), MaxJoined)
		return
	}
	merged := members[0].spec
	for i, e := range members[1:] {
		m, ok := merged.(setting.Merger)
		if !ok {
			c.cannotMerge(members[0], e, "its kind does not merge lists")
			return
		}
		next, err := m.Merge(e.spec)
		if err != nil {
			c.cannotMerge(members[i], e, err.Error())
			return
		}
		merged = next
	}
	kept := make(map[string]bool)
	for _, cl := range merged.Claims(c.base) {
		kept[cl.Location.Canon()] = true
	}
	for _, e := range members {
		for _, cl := range e.claims {
			if !kept[cl.canon] {
				other := members[0]
				if e == other {
					other = members[1]
				}
				c.cannotMerge(other, e, fmt.Sprintf("the merged setting loses %s", showLocation(cl.Location)))
				return
			}
		}
	}
	for _, e := range members {
		e.merged, e.mergedWith = merged, members
	}
}

func (c *composer) cannotMerge(a, b *entry, why string) {
	if byPlace(a, b) > 0 {
		a, b = b, a
	}
	c.fail(b.DefRange, "Settings cannot be merged", "%q and %q at %s join one list, but cannot be merged: %s. Skip one of them with an exception.",
		b.ID, a.ID, placeOf(a.DefRange), why)
}

// groups joins entries that belong together (union-find).
type groups map[*entry]*entry

func (g groups) root(e *entry) *entry {
	for g[e] != nil {
		if next := g[g[e]]; next != nil {
			g[e] = next
		}
		e = g[e]
	}
	return e
}

// join makes the smaller id the root, so that roots do not depend on order.
func (g groups) join(a, b *entry) {
	a, b = g.root(a), g.root(b)
	if a == b {
		return
	}
	if a.ID > b.ID {
		a, b = b, a
	}
	g[b] = a
}

// all lists the groups of two and more, in the order of entries.
func (g groups) all(entries []*entry) [][]*entry {
	members := make(map[*entry][]*entry)
	var roots []*entry
	for _, e := range entries {
		r := g.root(e)
		if members[r] == nil {
			roots = append(roots, r)
		}
		members[r] = append(members[r], e)
	}
	var out [][]*entry
	for _, r := range roots {
		if len(members[r]) > 1 {
			out = append(out, members[r])
		}
	}
	return out
}
