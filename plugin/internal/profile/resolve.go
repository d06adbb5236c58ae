package profile

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// Resolve chooses the image's modules and evaluates their settings. A tree with errors resolves nothing: its diagnostics are returned,
// with those of the image.
func (s *Set) Resolve(imageName string, opts Options) (*Resolved, hcl.Diagnostics) {
	img, ok := s.images[imageName]
	switch {
	case !ok && s.diags.HasErrors():
		return nil, slices.Clone(s.diags)
	case !ok:
		return nil, hcl.Diagnostics{fileError(s.name, "Unknown image", fmt.Sprintf("There is no image called %q.%s", imageName, didYouMean(imageName, s.Images())))}
	}
	res, _, diags := s.resolve(img, opts, newShared())
	diags = Sort(append(slices.Clone(s.diags), diags...)) // warnings of the tree
	if diags.HasErrors() {
		return nil, diags
	}
	res.Request.Common = nil // no other image has its settings, and they may be changed
	return res, diags
}

// Check resolves every image and tries every other module with its default inputs on every base that it is for. Of a module that no image
// uses, settings that need an input without a default or facts of products are only read. An error in one place keeps only what depends on
// it from being looked at. All problems are returned, those of Load included.
func (s *Set) Check() hcl.Diagnostics { return s.CheckAll(Options{}, nil) }

// CheckAll is Check, and hands each image that Resolve would return to also, which may be nil, with its place among Images. Images are
// resolved side by side: also is called from several goroutines, once for each place, and keeps what it wants to keep.
func (s *Set) CheckAll(opts Options, also func(place int, r *Resolved)) hcl.Diagnostics {
	diags := slices.Clone(s.diags)
	names := s.Images()
	seen, more := make([][]*module, len(names)), make([]hcl.Diagnostics, len(names))
	broken := s.diags.HasErrors()
	all := newShared()
	sideBySide(len(names), func(i int) {
		var r *Resolved
		if r, seen[i], more[i] = s.resolve(s.images[names[i]], opts, all); also != nil && !broken && !more[i].HasErrors() {
			also(i, r)
		}
	})
	used := map[*module]bool{}
	for i := range names {
		diags = append(diags, more[i]...)
		for _, m := range seen[i] {
			used[m] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.modules)) {
		for _, m := range s.modules[name] {
			if !used[m] {
				diags = append(diags, s.try(m)...)
			}
			diags = append(diags, m.unsourced()...)
		}
	}
	return Sort(diags)
}

// sideBySide calls f for each number below n, on all processors.
func sideBySide(n int, f func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wait.Wait()
}

// try evaluates a module that no image uses.
func (s *Set) try(m *module) hcl.Diagnostics {
	var diags hcl.Diagnostics
	around := surroundings{image: imageFacts{"example", "1.0.0"}, gaps: gaps{"products": true}, alone: true}
	evaluate := func() {
		e := s.newEvaluator(around)
		e.modulesOf([]*prepared{e.prepare(m, nil, m.at)})
		diags = append(diags, e.diags...)
	}
	usable := 0
	for _, name := range slices.Sorted(maps.Keys(s.bases)) {
		b := s.bases[name]
		if b.broken {
			continue
		}
		usable++
		if m.builds.allows(b.facts()) {
			around.base = b.Base
			evaluate()
		}
	}
	if usable == 0 {
		around.gaps["base"] = true
		evaluate()
	}
	return diags
}

// resolve does the work of Resolve for an image that decoded, and says which modules it evaluated. It goes on after errors with all that
// does not depend on them; then the result is nil.
func (s *Set) resolve(img *image, opts Options, all *shared) (*Resolved, []*module, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	b, ok := s.bases[img.base]
	if !ok && !s.hidden && img.base != "" {
		diags = append(diags, problem(img.baseRange, "Unknown base", "There is no base called %q.%s", img.base, didYouMean(img.base, slices.Collect(maps.Keys(s.bases)))))
	}
	picked, solveDiags := s.solve(img)
	diags = append(diags, solveDiags...)
	products, productDiags := s.pickProducts(img, b)
	diags = append(diags, productDiags...)
	e := s.newEvaluator(surroundings{image: img.facts(), products: products, gaps: gaps{}})
	solved := picked != nil || len(img.modules) == 0
	e.partial = !solved || img.partial
	e.shared = all
	if b != nil {
		e.around.base = b.Base
	}
	e.around.gaps = imageGaps(img, b, products)
	if !solved {
		picked = s.nearest(img)
	}
	var seen []*module
	var ready []*prepared
	for _, c := range picked {
		if d := outsideBuilds(c.module, b, s.modules[c.name]); d != nil {
			d.Subject = img.moduleRange(c, picked).Ptr()
			diags = append(diags, d)
			e.partial = true
			continue
		}
		seen = append(seen, c.module)
		ready = append(ready, e.prepare(c.module, img.inputs(c.name), img.moduleRange(c, picked)))
	}
	e.modulesOf(ready)
	diags = append(diags, e.diags...)
	diags = append(diags, e.neededServices()...)
	exceptions, more := e.exceptions(img)
	diags = append(diags, more...)
	overrides, more := e.overrides(img)
	diags = append(diags, more...)
	diags = append(diags, e.leavesAlone(picked)...)
	if diags.HasErrors() || e.partial || e.incomplete || b == nil || b.broken {
		return nil, seen, diags
	}
	if len(e.selected.ids) == 0 {
		return nil, seen, append(diags, problem(img.at, "Empty image", "No module of the image %q sets anything on this base.", img.plan.Name))
	}
	out := e.result(img, b, picked, opts)
	out.Request.Exceptions, out.Request.Overrides, out.Request.Accepted = exceptions, overrides, img.accepted
	return out, seen, diags
}

// imageGaps are what errors in the base and the products keep from being known.
func imageGaps(img *image, b *base, products []*product) gaps {
	out := gaps{}
	if b == nil || b.broken {
		out["base"] = true
	}
	if len(products) != len(img.block.Products) {
		out["products"], out["needs"] = true, true
	}
	return out
}

// nearest are the versions of the image's modules to look at where no set of versions satisfies all: of each the highest that the image
// itself allows, else one whose version cannot be read.
func (s *Set) nearest(img *image) []chosen {
	var out []chosen
	for _, selected := range img.modules {
		versions := s.modules[selected.name] // the highest version first, those without one last
		if i := slices.IndexFunc(versions, func(m *module) bool { return m.version == nil || selected.c.Check(m.version) }); i >= 0 {
			out = append(out, chosen{module: versions[i]})
		}
	}
	return out
}

// result gathers everything, sorted.
func (e *evaluator) result(img *image, b *base, picked []chosen, opts Options) *Resolved {
	out := &Resolved{RequiredUntil: img.requiredUntil, ImageFile: img.file}
	out.Request.Image = img.plan
	out.Request.Image.Epoch = img.plan.Released + "T00:00:00Z"
	if !opts.Epoch.IsZero() {
		out.Request.Image.Epoch = opts.Epoch.UTC().Truncate(time.Second).Format(time.RFC3339)
	}
	out.Request.Base, out.Request.RequiredUntil, out.Request.DefRange = b.Base, img.requiredUntil, img.at
	out.Request.Declared = e.declared
	for _, c := range picked {
		m := plan.Module{
			Ref: plan.Ref{Name: c.name, Version: c.version.String(), Method: c.method}, Title: c.title, Summary: c.summary, Breaks: c.breaks,
			SeveritySource: c.source.EN, RequiredBy: c.requiredBy, Flows: e.flows[c.name], NotManaged: c.leaves, DefRange: c.at,
		}
		if c.builds != nil {
			m.Builds = c.builds.text
		}
		out.Request.Modules = append(out.Request.Modules, m)
		out.Modules = append(out.Modules, ModulePin{c.name, c.version.String(), c.digest})
	}
	for _, p := range e.around.products {
		out.Request.Products = append(out.Request.Products, plan.Product{ProductRef: p.ProductRef, NeedsServices: p.needsServices, Environment: p.env, SupportUntil: p.supportUntil, DefRange: p.at})
	}
	out.Request.Settings, out.Request.Common = e.selected.settings, &e.selected.common
	for _, id := range slices.Sorted(maps.Keys(e.dropped)) {
		out.Dropped = append(out.Dropped, Dropped{id, e.dropped[id].why, e.dropped[id].at})
	}
	for _, name := range slices.Sorted(maps.Keys(e.files)) {
		out.Files = append(out.Files, e.files[name])
	}
	return out
}

// outsideBuilds reports a module that is not for the base; the caller adds the place in the image.
func outsideBuilds(m *module, b *base, versions []*module) *hcl.Diagnostic {
	if b == nil || b.Build == "" || m.builds.allows(b.facts()) {
		return nil
	}
	var fit []string
	for _, v := range versions {
		if v.version != nil && v.builds.allows(b.facts()) {
			fit = append(fit, v.version.String())
		}
	}
	advice := "No version of the module is for this base: leave the module out, choose another base, or write a version for it"
	if len(fit) > 0 {
		advice = "For this base there is " + strings.Join(fit, ", ")
	}
	return problem(m.at, "Module not for this base", "The module %s is for builds %q (%s); the base %q has %s (%s). %s.", m.id(), m.builds.text, place(m.builds.at), b.Name, b.Build, place(b.buildRange), advice)
}

// moduleRange is where the image names a module, or the one that pulled it in.
func (img *image) moduleRange(c chosen, picked []chosen) hcl.Range {
	name := c.name
	for range picked { // a chain of requirements is no longer than there are modules
		for _, m := range img.modules {
			if m.name == name {
				return m.at
			}
		}
		i := slices.IndexFunc(picked, func(o chosen) bool { return o.name == name })
		if i < 0 {
			break
		}
		name = picked[i].requiredBy
	}
	return img.at
}

func (img *image) inputs(name string) *hcl.Attribute {
	for _, m := range img.modules {
		if m.name == name {
			return m.inputs
		}
	}
	return nil
}
