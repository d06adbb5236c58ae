package plan

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// core is what a plan holds of its settings, without what is the image's own. Nobody changes it but for what is found once.
type core struct {
	entries  []*entry  // sorted by id
	kept     []*entry  // those that nobody beat
	settings []Setting // of kept
	steps    []*step
	contents []setting.Content
	text     *texts // nil where a setting or op has none
	shared   bool   // by several plans
	known    known
}

// core settles what the settings come to; nil where they do not go together.
func (c *composer) core() *core {
	c.addCandidates()
	c.addExceptions()
	c.addClaims()
	c.settleOverrides()
	c.findCollisions()
	c.mergeUnions()
	c.enclose()
	if c.diags.HasErrors() {
		return nil
	}
	steps := c.stageOps()
	out := &core{
		entries: c.entries, kept: make([]*entry, 0, len(c.entries)), settings: make([]Setting, 0, len(c.entries)), steps: steps, contents: c.contents(steps),
	}
	for _, e := range c.entries {
		if len(e.beatenBy) > 0 {
			continue
		}
		f := c.effectiveFacts(e)
		spec, err := f.json()
		if err != nil {
			c.fail(e.DefRange, "Setting cannot be written down", "%q cannot be kept in a plan: %s.", e.ID, err)
			continue
		}
		s := Setting{ID: e.ID, Kind: e.Kind, Severity: e.Severity, Effect: e.effect, Spec: spec, Stages: []setting.Stage{}, Hazards: e.hazards, Until: e.until()}
		if e.active() && len(f.stages) > 0 {
			s.Stages = f.stages
		}
		out.kept, out.settings = append(out.kept, e), append(out.settings, s)
	}
	out.text = out.write()
	return out
}

// specs are what is in effect, by id.
func (c *core) specs() map[string]setting.Spec {
	out := make(map[string]setting.Spec, len(c.kept))
	for _, e := range c.kept {
		out[e.ID] = e.effective()
	}
	return out
}

// ops are the ops as a plan has them.
func (c *core) ops() []StagedOp {
	out := make([]StagedOp, len(c.steps))
	for i, p := range c.steps {
		out[i] = StagedOp{p.settings, p.op.Op}
	}
	return out
}

// compose puts the image around the core and writes the plan down.
func (c *composer) compose(core *core) *Composed {
	out := &Composed{
		Plan: &Plan{
			Schema: Schema, EngineFormat: EngineFormat, Image: normalImage(c.req.Image), Base: c.req.Base,
			Modules: []Ref{}, Products: []ProductRef{}, Settings: core.settings,
		},
		Contents: core.contents, core: core,
	}
	out.Plan.Base.Languages = append([]string{}, c.req.Base.Languages...)
	out.Plan.Base.Features = slices.Sorted(slices.Values(c.req.Base.Features))
	for _, m := range c.modules {
		out.Plan.Modules = append(out.Plan.Modules, m.Ref)
	}
	slices.SortFunc(out.Plan.Modules, func(a, b Ref) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range c.req.Products {
		out.Plan.Products = append(out.Plan.Products, p.ProductRef)
	}
	slices.SortFunc(out.Plan.Products, compareProducts)
	text, err := core.around(out.Plan)
	if err != nil {
		c.failUnwritable(core, err)
		return nil
	}
	if n := text.size(); n > MaxBytes {
		c.fail(hcl.Range{}, "Plan too large", "The plan has %d bytes; a plan may have %d. Split the image, or shorten its longest lists.", n, MaxBytes)
		return nil
	}
	if c.req.Unexplained {
		out.Digest = canonical.DigestOfParts(text.parts())
		return out
	}
	out.Plan.Ops, out.Specs = core.ops(), core.specs()
	out.Bytes = text.bytes()
	out.Digest = canonical.Digest(out.Bytes)
	out.Provenance = c.provenance(core, out.Digest)
	return out
}

// failUnwritable finds the settings that canonical JSON refuses, to name their places.
func (c *composer) failUnwritable(core *core, err error) {
	const summary = "Setting cannot be written down"
	before := len(c.diags)
	for i, s := range core.settings {
		if _, err := canonical.Transform(s.Spec); err != nil {
			c.fail(core.kept[i].DefRange, summary, "%q cannot be kept in a plan: %s.", s.ID, err)
		}
	}
	if len(c.diags) == before {
		c.fail(hcl.Range{}, "Plan cannot be written down", "The plan has no canonical form: %s.", err)
	}
}

// until is the last day on which the setting is agreed on: one that an exception leaves alone is none that could end.
func (e *entry) until() string {
	if e.effect == EffectSkip {
		return ""
	}
	return e.Candidate.Until
}

func normalImage(i Image) Image {
	i.Class.Groups = append([]int{}, i.Class.Groups...)
	slices.Sort(i.Class.Groups)
	i.Management.From = slices.Sorted(slices.Values(i.Management.From))
	i.Facts = slices.SortedFunc(slices.Values(i.Facts), compareDeclared)
	return i
}

func compareDeclared(a, b Declared) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value), cmp.Compare(a.StatedBy, b.StatedBy))
}

func compareProducts(a, b ProductRef) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Manufacturer, b.Manufacturer))
}

// provenance writes down where everything comes from.
func (c *composer) provenance(core *core, recipe string) *Provenance {
	p := &Provenance{Schema: ProvenanceSchema, Recipe: recipe, Modules: []ModuleNote{}, Products: []ProductNote{}, Settings: make([]*SettingNote, 0, len(core.entries))}
	for _, m := range c.modules {
		p.Modules = append(p.Modules, ModuleNote{Name: m.Name, Version: m.Version, Title: m.Title, Builds: m.Builds, RequiredBy: m.RequiredBy, At: placeOf(m.DefRange)})
	}
	slices.SortFunc(p.Modules, func(a, b ModuleNote) int { return cmp.Compare(a.Name, b.Name) })
	for _, m := range c.req.Products {
		p.Products = append(p.Products, ProductNote{Name: m.Name, Version: m.Version, NeedsServices: slices.Sorted(slices.Values(m.NeedsServices)), At: placeOf(m.DefRange)})
	}
	slices.SortFunc(p.Products, func(a, b ProductNote) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	})
	notes := make(map[string]*SettingNote, len(core.entries))
	for _, e := range core.entries {
		n := &SettingNote{
			ID: e.ID, Kind: e.Kind, Module: e.Module, Version: c.modules[e.Module].Version, At: placeOf(e.DefRange), Title: e.Title,
			Rationale: e.Rationale, References: slices.Clone(e.References), Claims: plainClaims(e.claims), OverriddenBy: e.beatenBy,
		}
		if x := e.exception; x != nil {
			n.Exception = &ExceptionNote{Effect: e.effect, Reason: x.Reason, Compensating: x.Compensating, Owner: x.Owner, ApprovedBy: x.ApprovedBy, Expires: x.Expires, At: placeOf(x.DefRange)}
			if e.effect == EffectValue {
				n.Exception.Instead = e.Candidate.Spec.Claims(c.base)
			}
		}
		for _, other := range e.mergedWith {
			if other != e {
				n.MergedWith = append(n.MergedWith, other.ID)
			}
		}
		notes[e.ID] = n
		p.Settings = append(p.Settings, n)
	}
	for _, n := range p.Settings { // sorted by id, so what is appended below is sorted too
		for _, o := range n.OverriddenBy {
			winner := notes[o.Setting]
			o.Setting = n.ID
			winner.Overrides = append(winner.Overrides, o)
		}
	}
	core.noteAgreements(notes)
	return p
}

const maxAgreeing = 32

// noteAgreements names for each setting the others that want the same in a place that they share. The place must be what at least one
// of them is about, which is its first claim: two files in one folder do not agree because both need the folder. Where very many agree,
// each names the first ones only, and these name all: else the sidecar would grow with the square.
func (c *core) noteAgreements(notes map[string]*SettingNote) {
	type wish struct{ canon, value string }
	same := make(map[wish][]*entry)
	for _, e := range c.entries {
		if !e.active() {
			continue
		}
		for _, cl := range e.claims {
			same[wish{cl.canon, cl.Value}] = append(same[wish{cl.canon, cl.Value}], e)
		}
	}
	for w, list := range same {
		for _, e := range list {
			if e.claims[0].canon != w.canon {
				continue
			}
			for _, other := range list[:min(len(list), maxAgreeing)] {
				if other != e {
					notes[e.ID].AgreesWith = append(notes[e.ID].AgreesWith, other.ID)
					notes[other.ID].AgreesWith = append(notes[other.ID].AgreesWith, e.ID)
				}
			}
		}
	}
	for _, n := range notes {
		slices.Sort(n.AgreesWith)
		n.AgreesWith = slices.Compact(n.AgreesWith)
	}
}

func plainClaims(claims []claim) []setting.Claim {
	out := make([]setting.Claim, len(claims))
	for i, c := range claims {
		out[i] = c.Claim
	}
	return out
}
