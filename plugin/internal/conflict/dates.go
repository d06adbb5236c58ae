package conflict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// frozen: updates that stop, and updates that come although a product wants none.
func frozen(j *judge) {
	hits := j.of("patches-frozen")
	if j.has("patches-serviced") { // a serviced base brings updates with the next image: Windows on the client fetches none
		hits = nil
	}
	if len(hits) == 0 {
		for _, p := range j.products() {
			u := p.Environment.Needs.Updates
			if !j.silent(p, "needs.updates", u.State, u.Range, j.of("patches-flow")) {
				j.silent(p, "needs.updates.regime", u.Value.Regime.State, u.Range, j.of("patches-flow"))
			}
			if regime, ok := u.Value.Regime.Get(); u.State == environment.Stated && ok && regime == "frozen" && j.has("patches-flow") {
				j.add(Block, p, u.Range, j.of("patches-flow"), fmt.Sprintf("The manufacturer of %q wants updates frozen, and %s them.", p.Name, does(j.of("patches-flow"), "bring")), "Choose the regime frozen in the module patching.")
			}
		}
		return
	}
	j.freeze(hits)
}

// separationFact is the fact by which a person states that the client's network is a separate one.
const separationFact = "separation"

// freeze looks for what has to stand in for updates: isolation, allow-listing, and a day on which somebody looks again.
func (j *judge) freeze(hits []claimed) {
	var missing []string
	var by []claimed
	stated := slices.ContainsFunc(j.req.Image.Facts, func(f plan.Declared) bool { return f.Name == separationFact })
	for _, direction := range []struct{ key, word string }{{"in", "incoming"}, {"out", "outgoing"}} {
		walls := j.walls(direction.key)
		by = append(by, settingsOf(walls)...)
		var open []string
		for _, profile := range []string{"DOMAIN", "PRIVATE", "PUBLIC"} {
			if len(walls[profile]) == 0 {
				open = append(open, strings.ToLower(profile))
			}
		}
		if len(open) > 0 && !stated {
			missing = append(missing, fmt.Sprintf("isolation, as %s traffic passes on networks of the firewall's profile %s and no fact %q is stated", direction.word, strings.Join(open, ", "), separationFact))
		}
	}
	listed := j.of("exe-enforced", "wdac-policy")
	if by = append(by, listed...); len(listed) == 0 {
		missing = append(missing, "allow-listing of programs (module mt-only)")
	}
	day := j.until(hits)
	if day == "" {
		missing = append(missing, "a day on which it is looked at again (module patching, input frozen_until)")
	}
	if len(missing) > 0 {
		j.own(Warn, hits, fmt.Sprintf("%s updates: holes that are known and used stay open, and the plan lacks what should stand in for them: %s.", does(hits, "freeze"), strings.Join(missing, "; ")),
			"Add it to the image, or choose a regime that brings updates.")
		c := &j.found[len(j.found)-1] // what is missing is missing in the image
		c.Subject, c.First = j.req.DefRange, hits[0].at
		return
	}
	for _, p := range j.products() {
		if regime, ok := p.Environment.Needs.Updates.Value.Regime.Get(); ok && regime == "frozen" {
			j.narrowed(p, p.Environment.Needs.Updates.Range, hits, slices.Concat(hits, by), fmt.Sprintf("Updates are frozen until %s, as the product %q needs; isolation and allow-listing stand in for them.", day, p.Name))
		}
	}
}

// until is the first day on which one of the settings ends; "" where all are for good.
func (j *judge) until(hits []claimed) string {
	first := ""
	for _, c := range hits {
		if day := j.effects.Days[c.id]; day != "" && (first == "" || day < first) {
			first = day
		}
	}
	return first
}

func datesRow() Row {
	return Row{Name: "agreed-days", Levels: []Level{Block, Warn}, Title: plan.Text{EN: "Settings that are agreed on for a time", SV: "Inställningar som gäller en överenskommen tid"}, find: agreedDays}
}

// agreedDays holds the days on which settings end against those of the image. Whether today is past them, only a clock knows: builds and
// validations look.
func agreedDays(j *judge) {
	if len(j.effects.Days) == 0 {
		return
	}
	ends := map[string][]claimed{}
	for c := range j.claims() {
		if day := j.effects.Days[c.id]; day != "" {
			ends[day] = append(ends[day], c)
		}
	}
	released, required := j.req.Image.Released, j.req.RequiredUntil
	for _, day := range sortedKeys(ends) {
		hits := compact(ends[day])
		switch {
		case released != "" && day < released:
			j.own(Block, hits, fmt.Sprintf("%s agreed on until %s, and the image is released on %s: it would be built with what has ended.", does(hits, "are"), day, released), "Agree on a later day, or leave out what was agreed on.")
		case required != "" && day > required:
			j.own(Warn, hits, fmt.Sprintf("%s agreed on until %s, and the image is required until %s only: nobody looks at it again while it is in use.", does(hits, "are"), day, required), "Choose a day within the image's life.")
		}
	}
}
