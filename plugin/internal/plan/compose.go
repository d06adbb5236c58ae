package plan

import (
	"cmp"
	"fmt"
	"slices"
	"unique"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// MaxSettings is how many settings a plan may hold. A hardening baseline has some hundreds; the limit keeps a loop in a profile from
// becoming a plan that nobody can read.
const MaxSettings = 50_000

// Compose makes the plan of one image, or says everything that stands in its way, sorted by place. The Composed is nil where there are
// errors. The request is not changed.
//
// Settings meet by location, whatever their kinds. Where all want the same, they agree and their ops are merged into one. Where all
// join their lists, the lists are merged. Anything else is a collision, unless an exception skips one of them or an override says who
// wins. A beaten setting leaves the plan as a whole; provenance keeps it. In a chain (a beats b, b beats c), a beats c too where these
// two collide; where they do not, c comes back, because nothing that is in effect disputes it.
func Compose(req Request) (*Composed, hcl.Diagnostics) {
	c := newComposer(req)
	core := req.Common.of(c)
	if core == nil {
		core = c.core()
	}
	if core == nil {
		return nil, c.sorted()
	}
	composed := c.compose(core)
	if c.diags.HasErrors() {
		return nil, c.sorted()
	}
	return composed, c.sorted()
}

// composer is one run of Compose.
type composer struct {
	req     Request
	base    setting.Base
	modules map[string]Module
	entries []*entry // sorted by id
	places  []*entry // the same, sorted by place
	rulings rulings
	diags   hcl.Diagnostics

	knownBase *setting.Base // equal to base
}

// newComposer knows the modules.
func newComposer(req Request) *composer {
	c := &composer{req: req, base: req.Base.Base}
	c.addModules()
	return c
}

// entry is one setting on its way into the plan.
type entry struct {
	*Candidate
	spec        setting.Spec // in effect, before merging
	effect      Effect
	exception   *Exception
	claims      []claim          // of spec, one a location
	byLocation  map[string]claim // the same
	facts       *Facts           // of spec
	merged      setting.Spec     // with others' lists; nil where nothing was merged
	mergedFacts *Facts           // of effective where that is not spec, once somebody asks
	mergedWith  []*entry         // sorted by id, this one included
	enclosed    setting.Spec     // knows what others want in its place; nil for all that do not ask
	beatenBy    []OverrideNote
	hazards     []Hazard // what it can do to the build
}

// claim is a claim with its location in comparable form.
type claim struct {
	setting.Claim
	canon string
	place unique.Handle[string] // of canon: maps compare it at once
}

// active reports whether the setting is in effect: neither skipped nor beaten.
func (e *entry) active() bool { return e.effect != EffectSkip && len(e.beatenBy) == 0 }

// effective is the spec that the plan holds.
func (e *entry) effective() setting.Spec {
	switch {
	case e.enclosed != nil:
		return e.enclosed
	case e.merged != nil:
		return e.merged
	}
	return e.spec
}

// byPlace orders by file and offset, then by id: settings made by one for_each share a place.
func byPlace(a, b *entry) int {
	return cmp.Or(compareRanges(a.DefRange, b.DefRange), cmp.Compare(a.ID, b.ID))
}

func compareRanges(a, b hcl.Range) int {
	return cmp.Or(cmp.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Byte, b.Start.Byte), cmp.Compare(a.Start.Line, b.Start.Line),
		cmp.Compare(a.Start.Column, b.Start.Column))
}

func (c *composer) addModules() {
	c.modules = make(map[string]Module, len(c.req.Modules))
	for _, m := range sortedBy(c.req.Modules, func(a, b Module) int {
		return cmp.Or(compareRanges(a.DefRange, b.DefRange), cmp.Compare(a.Name, b.Name))
	}) {
		if first, ok := c.modules[m.Name]; ok {
			c.fail(m.DefRange, "Module selected twice", "The module %q is already selected at %s. Keep one of them.", m.Name, placeOf(first.DefRange))
			continue
		}
		c.modules[m.Name] = m
	}
}

func (c *composer) addCandidates() {
	if n := len(c.req.Settings); n > MaxSettings {
		c.fail(hcl.Range{}, "Too many settings", "The image has %d settings; a plan holds at most %d.", n, MaxSettings)
		return
	}
	folded := make(map[unique.Handle[string]]*entry, len(c.req.Settings))
	entries := make([]entry, len(c.req.Settings))
	c.places = make([]*entry, len(entries))
	for i := range c.req.Settings {
		cand := &c.req.Settings[i]
		entries[i] = entry{Candidate: cand, spec: cand.Spec, effect: EffectSet}
		c.places[i] = &entries[i]
	}
	c.places = sortedBy(c.places, byPlace)
	kept := c.places[:0]
	for _, e := range c.places {
		id := c.foldedID(e)
		first, double := folded[id]
		switch {
		case e.Spec == nil:
			c.fail(e.DefRange, "Setting without a value", "The setting %q was not evaluated.", e.ID)
			continue
		case double:
			c.fail(e.DefRange, "Setting declared twice", "A setting %q is already declared at %s; names that differ only in case are the same. Rename one of them.",
				first.ID, placeOf(first.DefRange))
			continue
		}
		if !slices.Contains(setting.Severities(), e.Severity) {
			c.fail(e.DefRange, "Setting with an unknown severity", "The setting %q has the severity %q. It is one of low, medium, high, critical.", e.ID, e.Severity)
		}
		if _, ok := c.modules[e.Module]; !ok {
			c.fail(e.DefRange, "Setting of a module that is not selected", "The setting %q belongs to the module %q, which the image does not select.", e.ID, e.Module)
		}
		folded[id] = e
		kept = append(kept, e)
	}
	c.places = kept
	c.entries = sortedBy(kept, func(a, b *entry) int { return cmp.Compare(a.ID, b.ID) })
}

// entry finds a setting by its id.
func (c *composer) entry(id string) (*entry, bool) {
	if i := c.from(id); i < len(c.entries) && c.entries[i].ID == id {
		return c.entries[i], true
	}
	return nil, false
}

// from is where an id stands among the entries, or would.
func (c *composer) from(id string) int {
	i, _ := slices.BinarySearchFunc(c.entries, id, func(e *entry, id string) int { return cmp.Compare(e.ID, id) })
	return i
}

func (c *composer) addExceptions() {
	for _, x := range sortedBy(c.req.Exceptions, func(a, b Exception) int {
		return cmp.Or(compareRanges(a.DefRange, b.DefRange), cmp.Compare(a.Setting, b.Setting))
	}) {
		e, ok := c.entry(x.Setting)
		switch {
		case !ok:
			c.fail(x.DefRange, "Exception for an unknown setting", "No selected module has a setting %q.%s", x.Setting, c.didYouMean(x.Setting))
		case e.exception != nil:
			c.fail(x.DefRange, "Two exceptions for one setting", "The setting %q already has an exception at %s. Keep one of them.", x.Setting, placeOf(e.exception.DefRange))
		case x.Skip == (x.Spec != nil):
			c.fail(x.DefRange, "Exception without one effect", "An exception either skips its setting or gives another value; the one for %q must say exactly one of both.", x.Setting)
		case !x.Skip && slices.Equal(x.Spec.Claims(c.base), e.Spec.Claims(c.base)):
			c.fail(x.DefRange, "Exception changes nothing", "The exception gives %q the value that the module asks for anyway (%s): nothing deviates that somebody would have to accept. Remove the exception.", x.Setting, placeOf(e.DefRange))
		default:
			e.exception, e.effect = &x, EffectSkip
			if !x.Skip {
				e.effect, e.spec = EffectValue, x.Spec
			}
		}
	}
}

// addClaims asks each setting once what it owns. Claims of skipped settings are kept for texts; they take part in nothing.
func (c *composer) addClaims() {
	for _, e := range c.entries {
		e.facts = c.factsOf(e, e.spec)
		e.claims, e.byLocation = e.facts.claims, e.facts.at
		for _, pair := range e.facts.against {
			c.fail(e.DefRange, "Setting contradicts itself", "The setting %q wants both %s and %s for %s.", e.ID, pair[0].Value, pair[1].Value, showLocation(pair[1].Location))
		}
	}
}

// fail adds an error. Summary is a stable phrase, detail has the values and the way out.
func (c *composer) fail(at hcl.Range, summary, detail string, args ...any) {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(detail, args...)}
	if at != (hcl.Range{}) {
		d.Subject = &at
	}
	c.diags = append(c.diags, d)
}

// sorted returns the diagnostics by file, offset and text.
func (c *composer) sorted() hcl.Diagnostics {
	return sortedBy(c.diags, func(a, b *hcl.Diagnostic) int {
		var x, y hcl.Range
		if a.Subject != nil {
			x = *a.Subject
		}
		if b.Subject != nil {
			y = *b.Subject
		}
		return cmp.Or(compareRanges(x, y), cmp.Compare(a.Summary, b.Summary), cmp.Compare(a.Detail, b.Detail))
	})
}

// foldedID is the id as names are compared.
func (c *composer) foldedID(e *entry) unique.Handle[string] {
	if e.Facts != nil && e.Facts.id == e.ID {
		return e.Facts.folded
	}
	return unique.Make(upcase.Fold(e.ID))
}

func sortedBy[S ~[]E, E any](s S, order func(a, b E) int) S {
	out := slices.Clone(s)
	if slices.IsSortedFunc(out, order) { // as most are: a stable sort would not notice
		return out
	}
	slices.SortStableFunc(out, order)
	return out
}
