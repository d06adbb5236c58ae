package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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
	res, diags := s.resolve(img, opts)
	diags = Sort(append(slices.Clone(s.diags), diags...)) // warnings of the tree
	if diags.HasErrors() {
		return nil, diags
	}
	return res, diags
}

// Check resolves every image and tries every other module with its default inputs on every base that it is for. A module that no image
// uses and that cannot stand alone, for lack of an input's default or because it reads facts of products, is only read. All problems are
// returned, those of Load included.
func (s *Set) Check() hcl.Diagnostics {
	diags := slices.Clone(s.diags)
	used := map[*module]bool{}
	for _, name := range s.Images() {
		img := s.images[name]
		_, more := s.resolve(img, Options{})
		diags = append(diags, more...)
		picked, _ := s.solve(img)
		for _, c := range picked {
			used[c.module] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.modules)) {
		for _, m := range s.modules[name] {
			if !used[m] && !m.broken && !m.products && !slices.ContainsFunc(m.inputs, (*input).required) {
				diags = append(diags, s.try(m)...)
			}
		}
	}
	return Sort(diags)
}

// try evaluates a module that no image uses.
func (s *Set) try(m *module) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, name := range slices.Sorted(maps.Keys(s.bases)) {
		b := s.bases[name]
		if b.broken || !m.builds.allows(b.facts()) {
			continue
		}
		e := s.newEvaluator(surroundings{base: b.Base, image: imageFacts{"example", "1.0.0"}})
		e.module(m, nil, m.at)
		diags = append(diags, e.diags...)
	}
	return diags
}

// resolve does the work of Resolve for an image that decoded.
func (s *Set) resolve(img *image, opts Options) (*Resolved, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	b, ok := s.bases[img.base]
	if !ok && !s.hidden && img.base != "" {
		diags = append(diags, problem(img.baseRange, "Unknown base", "There is no base called %q.%s", img.base, didYouMean(img.base, slices.Collect(maps.Keys(s.bases)))))
	}
	picked, solveDiags := s.solve(img)
	diags = append(diags, solveDiags...)
	products, productDiags := s.pickProducts(img, b)
	diags = append(diags, productDiags...)
	if diags.HasErrors() || b == nil || b.broken || picked == nil && len(img.modules) > 0 {
		return nil, append(diags, s.checkInputs(img, b, products)...)
	}
	e := s.newEvaluator(surroundings{b.Base, img.facts(), products})
	complete := true
	for _, c := range picked {
		if c.broken {
			complete = false
			continue
		}
		if d := outsideBuilds(c.module, b, s.modules[c.name]); d != nil {
			d.Subject = img.moduleRange(c).Ptr()
			diags = append(diags, d)
			continue
		}
		e.module(c.module, img.inputs(c.name), img.moduleRange(c))
	}
	diags = append(diags, e.diags...)
	if !complete || diags.HasErrors() {
		return nil, diags
	}
	exceptions, more := e.exceptions(img)
	diags = append(diags, more...)
	overrides, more := e.overrides(img)
	diags = append(diags, more...)
	if len(e.found) == 0 && !diags.HasErrors() {
		diags = append(diags, problem(img.at, "Empty image", "No module of the image %q sets anything on this base.", img.plan.Name))
	}
	if diags.HasErrors() {
		return nil, diags
	}
	out := e.result(img, b, picked, opts)
	out.Request.Exceptions, out.Request.Overrides = exceptions, overrides
	return out, diags
}

// checkInputs looks at what the image gives to its modules where it cannot be evaluated as a whole, so that one wrong name does not hide
// the others.
func (s *Set) checkInputs(img *image, b *base, products []*product) hcl.Diagnostics {
	around := surroundings{image: img.facts(), products: products}
	if b != nil {
		around.base = b.Base
	}
	var diags hcl.Diagnostics
	for _, selected := range img.modules {
		for _, m := range s.modules[selected.name] { // the highest version first
			if m.broken || m.version == nil || selected.constraint.c == nil || !selected.constraint.c.Check(m.version) {
				continue
			}
			_, more := around.inputValues(m, selected.inputs, selected.at)
			diags = append(diags, more...)
			break
		}
	}
	return diags
}

// result gathers everything, sorted.
func (e *evaluator) result(img *image, b *base, picked []chosen, opts Options) *Resolved {
	out := &Resolved{RequiredUntil: img.requiredUntil, ImageFile: img.file}
	out.Request.Image = img.plan
	out.Request.Image.Epoch = img.plan.Released + "T00:00:00Z"
	if !opts.Epoch.IsZero() {
		out.Request.Image.Epoch = opts.Epoch.UTC().Truncate(time.Second).Format(time.RFC3339)
	}
	out.Request.Base = b.Base
	for _, c := range picked {
		m := plan.Module{Ref: plan.Ref{Name: c.name, Version: c.version.String(), Method: c.method}, Title: c.title, RequiredBy: c.requiredBy, DefRange: c.at}
		if c.builds != nil {
			m.Builds = c.builds.text
		}
		out.Request.Modules = append(out.Request.Modules, m)
		out.Modules = append(out.Modules, ModulePin{c.name, c.version.String(), c.digest})
	}
	for _, p := range e.around.products {
		out.Request.Products = append(out.Request.Products, plan.Product{ProductRef: p.ProductRef, NeedsServices: p.needsServices, DefRange: p.at})
	}
	for _, id := range slices.Sorted(maps.Keys(e.found)) {
		out.Request.Settings = append(out.Request.Settings, e.found[id].Candidate)
	}
	for _, name := range slices.Sorted(maps.Keys(e.files)) {
		out.Files = append(out.Files, e.files[name])
	}
	return out
}

// outsideBuilds reports a module that is not for the base; the caller adds the place in the image.
func outsideBuilds(m *module, b *base, versions []*module) *hcl.Diagnostic {
	if m.builds.allows(b.facts()) {
		return nil
	}
	var fit []string
	for _, v := range versions {
		if v.version != nil && v.builds.allows(b.facts()) {
			fit = append(fit, v.version.String())
		}
	}
	advice := "No version of it is"
	if len(fit) > 0 {
		advice = "For this base there is " + strings.Join(fit, ", ")
	}
	return problem(m.at, "Module not for this base", "The module %s is for builds %q (%s); the base %q has %s (%s). %s.", m.id(), m.builds.text, place(m.builds.at), b.Name, b.Build, place(b.buildRange), advice)
}

// moduleRange is where the image names a module; one that is only required has the image's header.
func (img *image) moduleRange(c chosen) hcl.Range {
	for _, m := range img.modules {
		if m.name == c.name {
			return m.at
		}
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
