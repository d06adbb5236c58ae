package plan

import (
	"iter"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Effects are the settings of a plan that are in effect, with the traits that they show and the places that they claim. Nobody changes them:
// plans that have their settings in common share them.
type Effects struct {
	Settings []InEffect         // sorted by id
	Traits   map[string][]Shown // by trait, in the order of ids
	Days     map[string]string  // by id: the day until which a setting is agreed on, of those that somebody leaves alone too

	claims map[string][]Claimed // by place in canonical form; nil where no other plan shares them: looking through all takes less
}

// InEffect is a setting in effect.
type InEffect struct {
	ID    string
	Facts *Facts
	At    hcl.Range // where it is written; zero where nobody knows
}

// Shown is a trait that a setting shows by one of its claims.
type Shown struct {
	By  *InEffect
	Hit *Hit
}

// Claimed is a claim of a setting, with its location as it is compared.
type Claimed struct {
	By    *InEffect
	Claim setting.Claim
	Canon string
}

// All are all claims in the order of ids, and of each setting in its own order.
func (e *Effects) All() iter.Seq[Claimed] {
	return func(yield func(Claimed) bool) {
		for i := range e.Settings {
			by := &e.Settings[i]
			for c, canon := range by.Facts.Claims() {
				if !yield(Claimed{by, c, canon}) {
					return
				}
			}
		}
	}
}

// On are the claims on a place, which is given in canonical form, in the order of ids.
func (e *Effects) On(canon string) []Claimed {
	if e.claims != nil {
		return e.claims[canon]
	}
	var out []Claimed
	for i := range e.Settings {
		if c, ok := e.Settings[i].Facts.On(canon); ok {
			out = append(out, Claimed{&e.Settings[i], c, canon})
		}
	}
	return out
}

// Effects are the effects of the plan. The error says that the table of traits cannot be read.
func (c *Composed) Effects() (*Effects, error) {
	if c.core == nil { // whoever made the Composed did not compose it
		return c.findEffects()
	}
	return c.core.effects(c)
}

// known are effects that were found once.
type known struct {
	once sync.Once
	what *Effects
	err  error
}

// effects are the same in all plans around the core.
func (c *core) effects(in *Composed) (*Effects, error) {
	c.known.once.Do(func() {
		if c.known.what, c.known.err = in.findEffects(); c.known.err == nil && c.shared {
			c.known.what.index()
		}
	})
	return c.known.what, c.known.err
}

func (c *Composed) findEffects() (*Effects, error) {
	n := len(c.Plan.Settings)
	e := &Effects{Settings: make([]InEffect, 0, n), Traits: map[string][]Shown{}, Days: map[string]string{}}
	for i := range c.Plan.Settings { // sorted by id
		s := &c.Plan.Settings[i]
		if s.Until != "" {
			e.Days[s.ID] = s.Until
		}
		if s.Effect == EffectSkip {
			continue
		}
		e.Settings = append(e.Settings, InEffect{s.ID, c.Facts(i), c.Place(i)})
		by := &e.Settings[len(e.Settings)-1]
		hits, err := by.Facts.Traits()
		if err != nil {
			return nil, err
		}
		for n := range hits {
			e.Traits[hits[n].Trait] = append(e.Traits[hits[n].Trait], Shown{by, &hits[n]})
		}
	}
	return e, nil
}

// index notes who claims each place.
func (e *Effects) index() {
	e.claims = make(map[string][]Claimed, len(e.Settings))
	for c := range e.All() {
		e.claims[c.Canon] = append(e.claims[c.Canon], c)
	}
}
