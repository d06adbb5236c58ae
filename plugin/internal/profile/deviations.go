package profile

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// pickProducts finds the image's products and holds the base against their stated environments. b is nil where it is unknown.
func (s *Set) pickProducts(img *image, b *base) ([]*product, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	var out []*product
	for _, want := range img.products {
		versions := s.products[want.name]
		if len(versions) == 0 {
			if !s.hidden {
				diags = append(diags, problem(want.nameRange, "Unknown product", "There is no product called %q.%s", want.name, didYouMean(want.name, slices.Collect(maps.Keys(s.products)))))
			}
			continue
		}
		if slices.ContainsFunc(versions, func(p *product) bool { return p.Version == "" || p.Manufacturer == "" && p.Version == want.version }) {
			continue // reported; it may be the one
		}
		i := slices.IndexFunc(versions, func(p *product) bool { return p.Version == want.version })
		if i < 0 {
			var there []string
			for _, p := range versions {
				there = append(there, p.Version)
			}
			diags = append(diags, problem(want.at, "Unknown product version", "There is no version %q of product %q; versions are compared to the letter.%s", want.version, want.name, didYouMean(want.version, there)))
			continue
		}
		p := versions[i]
		out = append(out, p)
		diags = append(diags, stated(p, want, b)...)
		diags = append(diags, supported(p, want, img)...)
	}
	slices.SortFunc(out, func(a, b *product) int { return compareText(a.Name, b.Name) })
	return out, diags
}

// supported warns where a product's support ends before the image may be retired.
func supported(p *product, want imageProduct, img *image) hcl.Diagnostics {
	until, ok := p.supportUntil.Get()
	if !ok || img.requiredUntil == "" || until >= img.requiredUntil {
		return nil
	}
	d := problem(want.nameRange, "Support ends before the image may be retired", "%s supports %s %s until %s (%s), and the image %q is required until %s (%s). Plan for a later version of the product, or for an earlier end.", p.Manufacturer, p.Name, p.Version, until, place(p.supportUntil.Range), img.plan.Name, img.requiredUntil, place(img.block.RequiredUntil.Range))
	d.Severity = hcl.DiagWarning
	return hcl.Diagnostics{d}
}

// stated compares the base with the environment that the manufacturer states. What is not stated is a warning: it is no permission.
func stated(p *product, want imageProduct, b *base) hcl.Diagnostics {
	var diags hcl.Diagnostics
	warn := func(summary, format string, args ...any) {
		d := problem(want.nameRange, summary, format, args...)
		d.Severity = hcl.DiagWarning
		diags = append(diags, d)
	}
	if p.unknownBuilds && !p.broken {
		warn("Environment not stated", "Which builds %s %s may run on is unknown (%s). Ask %s.", p.Name, p.Version, place(p.buildsRange), p.Manufacturer)
	}
	if p.unknownServices && !p.broken {
		warn("Environment not stated", "Which services %s %s needs is unknown (%s): that none of them is disabled cannot be judged. Ask %s.", p.Name, p.Version, place(p.servicesRange), p.Manufacturer)
	}
	if b == nil || b.Build == "" || p.unknownBuilds || p.unclearBuilds || len(p.builds) == 0 {
		return diags
	}
	var texts []string
	for _, c := range p.builds {
		if c.allows(b.facts()) {
			return diags
		}
		texts = append(texts, c.text)
	}
	return append(diags, problem(want.nameRange, "Outside the manufacturer's stated environment", "%s says that %s %s runs on builds %s (%s); the base %q has %s (%s). Choose another base or version of the product.", p.Manufacturer, p.Name, p.Version, strings.Join(quoteAll(texts), ", "), place(p.buildsRange), b.Name, b.Build, place(b.buildRange)))
}

// exceptions checks the image's exceptions against the settings that it has, and decodes the values they give.
func (e *evaluator) exceptions(img *image) ([]plan.Exception, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	var out []plan.Exception
	for _, ex := range img.exceptions {
		target, ok := e.selected.setting(ex.Setting)
		if !ok && e.unsure(ex.Setting) {
			continue
		}
		if !ok {
			diags = append(diags, ex.inherited(e.unknownSetting("exception", ex.Setting, ex.settingRange), "exception"))
			continue
		}
		done := ex.Exception
		if ex.value != nil {
			if target.def.kind.Principal == "" {
				diags = append(diags, problem(ex.value.Range, "Unsupported exception", "A %s has no one value that an exception could replace (%s). Use skip = true.", target.Kind, place(target.DefRange)))
				continue
			}
			body := overlay{target.def.block.Body, target.def.kind.Principal, ex.value}
			spec, more := e.decode(target.def, body, e.scope(target))
			diags = append(diags, more...)
			if more.HasErrors() {
				continue
			}
			done.Spec = spec
		}
		out = append(out, done)
	}
	return out, diags
}

// overrides checks the image's overrides, and those that stand in settings, against the settings that it has. One that names a setting
// made by for_each without a key is over all of them.
func (e *evaluator) overrides(img *image) ([]plan.Override, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	var out []plan.Override
	for _, o := range img.overrides {
		if _, ok := e.selected.setting(o.Winner); !ok {
			if e.unsure(o.Winner) {
				continue
			}
			diags = append(diags, o.inherited(e.unknownSetting("override", o.Winner, o.winnerRange), "override"))
			continue
		}
		for _, loser := range o.Over {
			if len(e.selected.named(loser)) == 0 && !e.unsure(loser) {
				diags = append(diags, o.inherited(e.unknownSetting("override", loser, o.overRange), "override"))
			}
		}
		if o.Over = e.selected.losers(o.Override, o.overRange, &diags); len(o.Over) > 0 || o.from == "" {
			out = append(out, o.Override)
		}
	}
	return out, append(diags, e.selected.diags...)
}

// unknownSetting says that no setting has the id, or why the one that has it is not in this image.
func (e *evaluator) unknownSetting(what, id string, at hcl.Range) *hcl.Diagnostic {
	if d, ok := e.dropped[id]; ok {
		return problem(at, "Setting not in this image", "The %s names %q, which this image does not have: %s (%s).", what, id, d.why, place(d.at))
	}
	if instances := e.selected.named(id); len(instances) > 0 {
		return problem(at, "Unclear setting", "The %s names %q, which stands for several settings. Name one: %s.", what, id, strings.Join(quoteAll(instances), ", "))
	}
	if module, _, ok := strings.Cut(id, "/"); ok {
		if versions := e.set.modules[module]; len(versions) > 0 && !e.modules[module] {
			return problem(at, "Unknown setting", "The %s names %q, but the image does not select the module %q (%s).", what, id, module, place(versions[0].at))
		}
	}
	return problem(at, "Unknown setting", "The %s names %q, and the image has no such setting.%s", what, id, didYouMean(id, slices.Concat(e.selected.ids, slices.Collect(maps.Keys(e.stopped)))))
}

// unsure says that an error may be why the setting was not found.
func (e *evaluator) unsure(id string) bool {
	label, _, _ := strings.Cut(id, "[")
	module, _, _ := strings.Cut(label, "/")
	return e.stopped[id] || e.stopped[label] || e.partial && !e.modules[module]
}

// scope is what the expressions of a setting know.
func (e *evaluator) scope(target *evaluated) *hcl.EvalContext {
	ctx := e.scopes[target.Module]()
	if target.each != nil {
		ctx = ctx.NewChild()
		ctx.Variables = target.each
	}
	return ctx
}
