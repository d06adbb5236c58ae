package conflict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// has reports whether the plan shows any of the traits.
func (j *judge) has(traits ...string) bool {
	return slices.ContainsFunc(traits, func(t string) bool { return len(j.effects.Traits[t]) > 0 })
}

// of returns the claims that show any of the traits, one a setting and location.
func (j *judge) of(traits ...string) []claimed {
	var out []claimed
	for _, t := range traits {
		for _, s := range j.effects.Traits[t] {
			out = append(out, claimed{s.By.ID, s.Hit.Claim, s.Hit.Canon, s.By.At})
		}
	}
	return compact(out)
}

// compact sorts claims and leaves one a setting and location.
func compact(list []claimed) []claimed {
	slices.SortStableFunc(list, func(a, b claimed) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.claim.Location, b.claim.Location))
	})
	return slices.CompactFunc(list, func(a, b claimed) bool { return a.id == b.id && a.claim.Location == b.claim.Location })
}

// without are the claims of settings that are not among the others.
func without(list, others []claimed) []claimed {
	return slices.DeleteFunc(slices.Clone(list), func(c claimed) bool {
		return slices.ContainsFunc(others, func(o claimed) bool { return o.id == c.id })
	})
}

// accountPolicy are the claims on one rule for accounts.
func (j *judge) accountPolicy(name string) []claimed {
	var out []claimed
	at := setting.StateLocation(setting.SchemeAccountPolicy, name).Canon()
	for c := range j.on(at) {
		if c.claim.Value != setting.Absent {
			out = append(out, c)
		}
	}
	return compact(out)
}

func ids(list []claimed) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.id)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// products are in the order of their names, so that two that differ are always told in the same order.
func (j *judge) products() []plan.Product {
	list := slices.Clone(j.req.Products)
	slices.SortFunc(list, func(a, b plan.Product) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.DefRange.Filename, b.DefRange.Filename), cmp.Compare(a.DefRange.Start.Byte, b.DefRange.Start.Byte))
	})
	return list
}

// modules are in the order of their names.
func (j *judge) modules() []plan.Module {
	list := slices.Clone(j.req.Modules)
	slices.SortFunc(list, func(a, b plan.Module) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// unstated is the row of everything that manufacturers do not state.
const unstated = "unstated-need"

const maxNamed = 6

// names lists settings for a sentence: the first ones, and how many more.
func names(list []claimed) string {
	all := ids(list)
	text := strings.Join(quoted(all[:min(len(all), maxNamed)]), ", ")
	if more := len(all) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// does is names with what they do: one setting turns off what several turn off.
func does(list []claimed, verb string) string {
	if len(ids(list)) == 1 {
		switch stem, y := strings.CutSuffix(verb, "y"); {
		case verb == "are":
			verb = "is"
		case verb == "do":
			verb = "does"
		case y && !strings.HasSuffix(stem, "a"):
			verb = stem + "ies"
		default:
			verb += "s"
		}
	}
	return names(list) + " " + verb
}

// add records a conflict between a place in a product file and settings. Reason is a sentence in which %s stands for the settings.
func (j *judge) add(level Level, p plan.Product, at hcl.Range, hits []claimed, reason, wayOut string) {
	c := Conflict{Row: j.row.Name, Level: level, Product: p.Name, Settings: ids(hits), Reason: reason, WayOut: wayOut, Subject: at}
	if at == (hcl.Range{}) {
		c.Subject = p.DefRange
	}
	if len(hits) > 0 {
		c.First = hits[0].at
		if later(c.First, c.Subject) {
			c.First, c.Subject = c.Subject, c.First
		}
	}
	if c.Subject == (hcl.Range{}) {
		c.Subject, c.First = j.req.DefRange, hcl.Range{}
	}
	j.found = append(j.found, c)
}

// own records a conflict of the plan with itself or with the image.
func (j *judge) own(level Level, hits []claimed, reason, wayOut string) {
	j.add(level, plan.Product{}, j.req.DefRange, hits, reason, wayOut)
}

// narrowed records that the plan meets a need, and by what.
func (j *judge) narrowed(p plan.Product, at hcl.Range, hits, by []claimed, reason string) {
	j.add(Auto, p, at, hits, reason, "")
	j.found[len(j.found)-1].Narrowed = ids(by)
}

func later(a, b hcl.Range) bool {
	return cmp.Or(cmp.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Byte, b.Start.Byte)) > 0
}

// silence is what one product's manufacturer does not say, although a row would speak of it.
type silence struct {
	product plan.Product
	fields  map[string][]claimed // what depends on each; none where the plan may lack something
	at      hcl.Range            // of the first word "unknown"
}

// silent notes that a fact which a row needs is not stated, where the plan has settings that could hurt. It reports whether the fact is
// not stated.
func (j *judge) silent(p plan.Product, field string, s environment.State, at hcl.Range, hits []claimed) bool {
	if s == environment.Stated {
		return false
	}
	if len(hits) > 0 {
		j.mutter(p, field, at, hits)
	}
	return true
}

// gaps notes a list that is not stated, and its entries that are not.
func gaps[T any](j *judge, p plan.Product, field string, list environment.List[T], hits []claimed) {
	if j.silent(p, field, list.State, list.Range, hits) {
		return
	}
	for _, f := range list.Items {
		j.silent(p, field, f.State, f.Range, hits)
	}
}

// mutter notes a fact that is not stated, also where it is the lack of a setting that could hurt.
func (j *judge) mutter(p plan.Product, field string, at hcl.Range, hits []claimed) {
	if j.mute == nil {
		j.mute = map[string]*silence{}
	}
	key := p.Name + "\x00" + p.Version
	one := j.mute[key]
	if one == nil {
		one = &silence{product: p, fields: map[string][]claimed{}}
		j.mute[key] = one
	}
	if one.at == (hcl.Range{}) || at != (hcl.Range{}) && later(one.at, at) {
		one.at = at
	}
	one.fields[field] = append(one.fields[field], hits...)
}

// silences warns once a product of everything that nobody stated.
func (j *judge) silences() {
	j.row = Row{Name: unstated}
	for _, key := range sortedKeys(j.mute) {
		s := j.mute[key]
		p, at := s.product, s.at
		if at == (hcl.Range{}) {
			at = p.DefRange
		}
		var hits []claimed
		var fields []Unstated
		for _, field := range sortedKeys(s.fields) {
			hits = append(hits, s.fields[field]...)
			fields = append(fields, Unstated{Field: field, Settings: ids(s.fields[field])})
		}
		slices.SortStableFunc(hits, func(a, b claimed) int { return cmp.Compare(a.id, b.id) })
		text, way := silenceText(p.Name, fields)
		j.add(Warn, p, at, hits, text, way)
		j.found[len(j.found)-1].Unstated = fields
	}
}

// silenceText says of each field how much depends on it, and names what a reader can take in.
func silenceText(product string, fields []Unstated) (text, way string) {
	const enough = 3
	var parts, lacking []string
	longest, most := "", enough
	for _, f := range fields {
		first := strings.Join(quoted(f.Settings[:min(len(f.Settings), enough)]), ", ")
		switch n := len(f.Settings); {
		case n == 0:
			lacking = append(lacking, f.Field)
		case n == 1:
			parts = append(parts, fmt.Sprintf("%s (1 setting depends on it: %s)", f.Field, first))
		case n <= enough:
			parts = append(parts, fmt.Sprintf("%s (%d settings depend on it: %s)", f.Field, n, first))
		default:
			parts = append(parts, fmt.Sprintf("%s (%d settings depend on it, first: %s)", f.Field, n, first))
		}
		if len(f.Settings) > most {
			longest, most = f.Field, len(f.Settings)
		}
	}
	way = "Ask the manufacturer, and write the answer into the product's file."
	if longest != "" {
		way += fmt.Sprintf(" All settings of a field are shown by: wmclient explain IMAGE %s.", longest)
	}
	text = fmt.Sprintf("The product %q does not state %s.", product, strings.Join(parts, "; "))
	switch {
	case len(parts) == 0:
		text = fmt.Sprintf("The product %q does not state %s: the plan may lack what it needs.", product, strings.Join(lacking, ", "))
	case len(lacking) > 0:
		text += fmt.Sprintf(" Nor does it state %s: the plan may lack what it needs there.", strings.Join(lacking, ", "))
	}
	return text, way
}

func quoted(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return out
}

// says is a fact that a row blocks on: stated with the value that hurts.
func says[T comparable](j *judge, p plan.Product, field string, f environment.Fact[T], hurts T, hits []claimed) bool {
	if len(hits) == 0 || j.silent(p, field, f.State, f.Range, hits) {
		return false
	}
	return f.Value == hurts
}
