package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// ruling is one override between two settings that really collide.
type ruling struct {
	winner, loser *entry
	reason        string
	at            hcl.Range
	own           bool // written inside the winning setting, by the module's author, who does not know the image
}

// rulings are all overrides, by loser and then by winner.
type rulings map[*entry]map[*entry]ruling

func (r rulings) find(winner, loser *entry) (ruling, bool) {
	found, ok := r[loser][winner]
	return found, ok
}

// between reports whether an override speaks of both, so that a collision of the two needs no word.
func (r rulings) between(a, b *entry) bool {
	_, one := r.find(a, b)
	_, other := r.find(b, a)
	return one || other
}

// settleOverrides checks the overrides of the image and of the settings, and takes the beaten settings out.
func (c *composer) settleOverrides() {
	c.rulings = make(rulings)
	all := make([]written, 0, len(c.req.Overrides))
	for _, o := range c.req.Overrides {
		all = append(all, written{Override: o})
	}
	for _, e := range c.entries {
		for _, o := range e.Candidate.Overrides {
			o.Winner = e.ID
			all = append(all, written{o, true})
		}
	}
	all = sortedBy(all, func(a, b written) int {
		return cmp.Or(compareRanges(a.DefRange, b.DefRange), cmp.Compare(a.Winner, b.Winner), slices.Compare(a.Over, b.Over), cmp.Compare(a.Reason, b.Reason))
	})
	vain := newVain()
	for _, o := range all {
		c.addOverride(o, vain)
	}
	vain.report(c)
	if c.reportCycles() {
		return
	}
	c.takeOutBeaten()
	for _, e := range c.entries {
		if len(e.beatenBy) > 0 && e.exception != nil {
			c.fail(e.exception.DefRange, "Exception without effect", "The setting %q is overridden by %q at %s, so the exception changes nothing. Remove the exception or the override.",
				e.ID, e.beatenBy[0].Setting, e.beatenBy[0].At)
		}
	}
}

// written is an override and whether it stands inside the winning setting.
type written struct {
	Override
	own bool
}

func (c *composer) addOverride(o written, vain *vain) {
	if strings.TrimSpace(o.Reason) == "" {
		c.fail(o.DefRange, "Override without a reason", "The override for %q must say why it wins.", o.Winner)
	}
	if len(o.Over) == 0 {
		c.fail(o.DefRange, "Override of nothing", "The override for %q names no setting to win over.", o.Winner)
	}
	winners := c.instances(o.Winner)
	if winners == nil {
		c.fail(o.DefRange, "Override with an unknown setting", "No selected module has the winning setting %q.%s", o.Winner, c.didYouMean(o.Winner))
	}
	for _, name := range slices.Sorted(slices.Values(o.Over)) {
		losers := c.instances(name)
		if losers == nil {
			c.fail(o.DefRange, "Override with an unknown setting", "No selected module has a setting %q to win over.%s", name, c.didYouMean(name))
		}
		for _, w := range winners {
			for _, l := range losers {
				c.rule(ruling{w, l, o.Reason, o.DefRange, o.own}, name, vain)
			}
		}
	}
}

// instances finds a setting by id, or all that a for_each made of it ("module/label[key]") by the id without the key.
func (c *composer) instances(id string) []*entry {
	if e, ok := c.entry(id); ok {
		return []*entry{e}
	}
	var list []*entry
	for _, e := range c.entries[c.from(id+"["):] {
		if !strings.HasPrefix(e.ID, id+"[") {
			break
		}
		list = append(list, e)
	}
	return list
}

func (c *composer) rule(r ruling, name string, vain *vain) {
	switch first, ok := c.rulings.find(r.winner, r.loser); {
	case r.winner == r.loser:
		c.fail(r.at, "Override of itself", "The setting %q cannot win over itself.", r.winner.ID)
	case ok:
		c.fail(r.at, "Override written twice", "%q wins over %q already at %s. Keep one of the two overrides.", r.winner.ID, r.loser.ID, placeOf(first.at))
	case r.winner.effect == EffectSkip || r.loser.effect == EffectSkip || !collide(r.winner, r.loser):
		vain.add(r, name)
	default:
		vain.used(r, name)
		if c.rulings[r.loser] == nil {
			c.rulings[r.loser] = make(map[*entry]ruling)
		}
		c.rulings[r.loser][r.winner] = r
	}
}

// vain collects overrides that settle nothing. One written in a block that for_each multiplies is useful where any instance needs it.
type vain struct {
	first map[vainKey]ruling
	order []vainKey
	use   map[vainKey]bool
}

type vainKey struct {
	at   hcl.Range
	over string
}

func newVain() *vain { return &vain{first: make(map[vainKey]ruling), use: make(map[vainKey]bool)} }

func (v *vain) add(r ruling, over string) {
	key := vainKey{r.at, over}
	if _, ok := v.first[key]; !ok {
		v.first[key] = r
		v.order = append(v.order, key)
	}
}

func (v *vain) used(r ruling, over string) { v.use[vainKey{r.at, over}] = true }

// report names overrides that settle nothing. Where a setting's own override is not needed in this image, because both sides agree or an
// exception skips one of them, the module is right all the same, and who writes the image could not remove it.
func (v *vain) report(c *composer) {
	for _, key := range v.order {
		if v.use[key] {
			continue
		}
		r := v.first[key]
		const strangers = "they have no place in common"
		why := strangers
		for _, x := range r.winner.claims {
			y, ok := r.loser.byLocation[x.canon]
			switch {
			case ok && x.Value == y.Value:
				why = fmt.Sprintf("both want %s for %s", showWish(x.Claim), showLocation(x.Location))
			case ok:
				why = fmt.Sprintf("their lists for %s are merged", showLocation(x.Location))
			}
		}
		for _, e := range []*entry{r.loser, r.winner} {
			if e.effect == EffectSkip {
				why = fmt.Sprintf("an exception at %s skips %q", placeOf(e.exception.DefRange), e.ID)
			}
		}
		if r.own && why != strangers {
			continue
		}
		c.fail(r.at, "Override without effect", "%q and %q (%s) do not collide: %s. Remove the override.", r.winner.ID, r.loser.ID, placeOf(r.loser.DefRange), why)
	}
}

// reportCycles reports each circle of overrides once, at the latest of its places. A circle is a set of settings that all beat each
// other, directly or through others.
func (c *composer) reportCycles() bool {
	above := c.ancestors()
	found := false
	done := make(map[*entry]bool)
	for _, e := range c.entries {
		if done[e] || !above[e][e] {
			continue
		}
		found = true
		var circle []ruling
		for _, loser := range c.entries {
			if !above[e][loser] || !above[loser][e] {
				continue
			}
			done[loser] = true
			for winner, r := range c.rulings[loser] {
				if above[e][winner] && above[winner][e] {
					circle = append(circle, r)
				}
			}
		}
		slices.SortFunc(circle, func(a, b ruling) int {
			return cmp.Or(compareRanges(a.at, b.at), cmp.Compare(a.winner.ID, b.winner.ID), cmp.Compare(a.loser.ID, b.loser.ID))
		})
		lines := make([]string, len(circle))
		for i, r := range circle {
			lines[i] = fmt.Sprintf("  %q wins over %q (%s)", r.winner.ID, r.loser.ID, placeOf(r.at))
		}
		c.fail(circle[len(circle)-1].at, "Overrides in a circle", "Each of these settings would beat itself:\n%s\nRemove one of the overrides.", strings.Join(lines, "\n"))
	}
	return found
}

// ancestors gives for each setting with overrides against it all that beat it, directly or through others. Overrides are few.
func (c *composer) ancestors() map[*entry]map[*entry]bool {
	above := make(map[*entry]map[*entry]bool, len(c.rulings))
	for loser := range c.rulings {
		set := make(map[*entry]bool)
		work := []*entry{loser}
		for len(work) > 0 {
			e := work[len(work)-1]
			work = work[:len(work)-1]
			for winner := range c.rulings[e] {
				if !set[winner] {
					set[winner] = true
					work = append(work, winner)
				}
			}
		}
		above[loser] = set
	}
	return above
}

// takeOutBeaten walks from the winners down. A setting is out where one that is in effect stands above it and collides with it.
func (c *composer) takeOutBeaten() {
	above := c.ancestors()
	losers := slices.SortedFunc(maps.Keys(c.rulings), func(a, b *entry) int {
		return cmp.Or(cmp.Compare(len(above[a]), len(above[b])), cmp.Compare(a.ID, b.ID))
	})
	for _, e := range losers { // all that stand above a setting have fewer above themselves, so they are settled before it
		winners := slices.SortedFunc(maps.Keys(above[e]), func(a, b *entry) int { return cmp.Compare(a.ID, b.ID) })
		for _, w := range winners {
			if w.active() && collide(w, e) {
				e.beatenBy = append(e.beatenBy, c.verdict(w, e, above))
			}
		}
	}
}

// verdict tells why winner beats loser: by its own override, or through the first setting between them.
func (c *composer) verdict(winner, loser *entry, above map[*entry]map[*entry]bool) OverrideNote {
	if r, ok := c.rulings.find(winner, loser); ok {
		return OverrideNote{Setting: winner.ID, Reason: r.reason, At: placeOf(r.at)}
	}
	between := slices.SortedFunc(maps.Keys(c.rulings[loser]), func(a, b *entry) int { return cmp.Compare(a.ID, b.ID) })
	for _, b := range between {
		if above[b][winner] {
			r := c.rulings[loser][b]
			return OverrideNote{Setting: winner.ID, Reason: r.reason, At: placeOf(r.at), Through: b.ID}
		}
	}
	return OverrideNote{Setting: winner.ID}
}
