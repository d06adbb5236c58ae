package gpo

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Effect is what a later domain policy does to a place.
type Effect string

// The effects, worst first.
const (
	Overrides Effect = "overrides" // it wants something else: on a client in the domain, it wins
	Confirms  Effect = "confirms"  // it wants the same
	Adds      Effect = "adds"      // the plan says nothing of the place
)

// Change is what a domain policy does to one place.
type Change struct {
	Effect   Effect           `json:"effect"`
	Location setting.Location `json:"location"`
	Setting  string           `json:"setting,omitempty"` // of the plan
	Local    string           `json:"local,omitempty"`
	Domain   string           `json:"domain"`
	At       Place            `json:"at"` // in the policy
}

// local is what the plan wants of a place.
type local struct {
	id    string
	claim setting.Claim
}

// Compare says what a policy will do to a plan on a client that joins the domain. The policy must be settled. A list, such as the holders
// of a right, is replaced as a whole by a policy, so a longer one overrides too.
func Compare(c *plan.Composed, r Result, table setting.Table) []Change {
	base := c.Plan.Base.Base
	locals := map[string][]local{}
	for _, s := range c.Plan.Settings {
		if s.Effect == plan.EffectSkip || c.Specs[s.ID] == nil {
			continue
		}
		for _, claim := range c.Specs[s.ID].Claims(base) {
			if claim.Location.Scheme() != "pol" { // the same value once more
				locals[claim.Location.Canon()] = append(locals[claim.Location.Canon()], local{s.ID, claim})
			}
		}
	}
	var changes []Change
	set := map[string]bool{}
	for _, it := range r.Items {
		spec, err := it.Spec(table)
		if err != nil { // Settle has dropped such items
			continue
		}
		claims := slices.DeleteFunc(spec.Claims(base), func(c setting.Claim) bool { return c.Location.Scheme() == "pol" })
		changes = append(changes, changesOf(it, claims, locals)...)
		for _, claim := range claims {
			set[claim.Location.Canon()] = true
		}
	}
	for _, d := range r.Dropped {
		if d.Clears != "" {
			changes = append(changes, cleared(d, locals, set)...)
		}
	}
	slices.SortStableFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(rank(a.Effect), rank(b.Effect)), cmp.Compare(a.Setting, b.Setting), cmp.Compare(a.Location.Canon(), b.Location.Canon()))
	})
	return changes
}

func rank(e Effect) int { return slices.Index([]Effect{Overrides, Confirms, Adds}, e) }

// changesOf is what one item does: one change for each setting of the plan that it meets, the worst one where it meets it twice.
func changesOf(it Item, claims []setting.Claim, locals map[string][]local) []Change {
	var out []Change
	for _, claim := range claims {
		for _, l := range locals[claim.Location.Canon()] {
			ch := Change{Effect: Confirms, Location: claim.Location, Setting: l.id, Local: l.claim.Value, Domain: claim.Value, At: it.At[0]}
			if l.claim.Value != claim.Value {
				ch.Effect = Overrides
			}
			i := slices.IndexFunc(out, func(c Change) bool { return c.Setting == l.id })
			switch {
			case i < 0:
				out = append(out, ch)
			case rank(ch.Effect) < rank(out[i].Effect):
				out[i] = ch
			}
		}
	}
	if len(out) == 0 && len(claims) > 0 {
		out = append(out, Change{Effect: Adds, Location: claims[0].Location, Domain: claims[0].Value, At: it.At[0]})
	}
	return out
}

// cleared lists what the plan sets in a key whose values the policy deletes, but for those that it sets itself.
func cleared(d Dropped, locals map[string][]local, set map[string]bool) []Change {
	var out []Change
	key := strings.TrimSuffix(setting.RegistryLocation(d.Clears, "").Canon(), "!")
	for canon, list := range locals {
		here, _, _ := strings.Cut(canon, "!")
		if set[canon] || here != key && (!d.Below || !strings.HasPrefix(here, key+`\`)) {
			continue
		}
		for _, l := range list {
			if l.claim.Value == setting.Absent {
				continue
			}
			out = append(out, Change{Effect: Overrides, Location: l.claim.Location, Setting: l.id, Local: l.claim.Value, Domain: setting.Absent, At: d.At})
		}
	}
	return out
}
