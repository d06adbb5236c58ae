package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// conflictModule is what stands before the slash where an exception accepts a conflict: no module can have this name.
const conflictModule = "conflict"

// imageSource is an image block as it was read, before it inherits.
type imageSource struct {
	in     fileScope
	block  *imageBlock
	merged *imageBlock // with what it inherits; nil until then
}

// heir says where an exception or an override of an image comes from.
type heir struct {
	like *hcl.Attribute
	from string // the image whose block it is; "" for one of the image's own
}

// inherited makes a warning of a problem with something that the image inherits: the sister for which it was written has the setting,
// and this image lacks it for a reason of its own, such as another base.
func (h heir) inherited(d *hcl.Diagnostic, what string) *hcl.Diagnostic {
	if h.from == "" || d == nil || d.Subject == nil {
		return d
	}
	out := problem(h.like.Expr.Range(), "Inherited "+what+" without effect", "%s The image inherits it from %q, where it stands at %s. It has no effect here.", d.Detail, h.from, place(*d.Subject))
	out.Severity = hcl.DiagWarning
	return out
}

// addImages adds all images, each with what it inherits from those that it is like.
func (s *Set) addImages() {
	byName := map[string]*imageSource{}
	for _, src := range s.unread {
		if byName[src.block.Name] == nil {
			byName[src.block.Name] = src
		}
	}
	for _, src := range s.unread {
		s.addImage(src.in, s.merge(src, byName, nil))
	}
	s.unread = nil
}

// merge gives an image what it inherits. chain are the images on the way to it.
func (s *Set) merge(src *imageSource, byName map[string]*imageSource, chain []*imageSource) *imageBlock {
	if src.merged != nil {
		return src.merged
	}
	own := *src.block
	src.merged = &own
	if own.Like == nil {
		return src.merged
	}
	r := reader{own.DefRange, staticContext(), &s.diags}
	name := r.text(own.Like, "like")
	parent := byName[name]
	chain = append(slices.Clone(chain), src)
	switch {
	case name == "":
	case parent == nil:
		if !s.hidden {
			var names []string
			for other := range byName {
				if other != own.Name {
					names = append(names, other)
				}
			}
			r.report(own.Like.Expr.Range(), "Unknown image", "The image %q is to be like %q, and there is no image of that name.%s", own.Name, name, didYouMean(name, names))
		}
	case slices.Contains(chain, parent):
		s.reportLikeness(chain[slices.Index(chain, parent):])
	default:
		own = inherit(own, s.merge(parent, byName, chain))
		src.merged = &own
	}
	return src.merged
}

// reportLikeness names each image of a circle with the place where it names the next one.
func (s *Set) reportLikeness(circle []*imageSource) {
	var parts []string
	for i, src := range circle {
		parts = append(parts, fmt.Sprintf("%s is like %s (%s)", src.block.Name, circle[(i+1)%len(circle)].block.Name, place(src.block.Like.Range)))
	}
	last := circle[len(circle)-1].block
	s.report(problem(last.Like.Expr.Range(), "Cyclic images", "Images inherit from each other in a circle: %s. One of them must stand on its own.", strings.Join(parts, ", ")))
}

// inherit fills what an image does not say itself. Version and release are always its own, and blocks with the same label take the place
// of the inherited ones as a whole.
func inherit(own imageBlock, from *imageBlock) imageBlock {
	first := func(a, b *hcl.Attribute) *hcl.Attribute {
		if a != nil {
			return a
		}
		return b
	}
	own.Base, own.RequiredUntil, own.Unobservable = first(own.Base, from.Base), first(own.RequiredUntil, from.RequiredUntil), first(own.Unobservable, from.Unobservable)
	if own.Class == nil {
		own.Class = from.Class
	}
	if own.Management == nil {
		own.Management = from.Management
	}
	if own.FirstBoot == nil {
		own.FirstBoot = from.FirstBoot
	}
	own.Modules = join(own.Modules, from.Modules, func(b *imageModuleBlock) string { return b.Name })
	own.Products = join(own.Products, from.Products, func(b *imageProductBlock) string { return b.Name })
	own.Facts = join(own.Facts, from.Facts, func(b *factBlock) string { return b.Name })
	own.Exceptions = join(own.Exceptions, each(from.Exceptions, func(b exceptionBlock) *exceptionBlock {
		b.from = cmp.Or(b.from, from.Name)
		return &b
	}), func(b *exceptionBlock) string { return b.Setting })
	own.Overrides = join(own.Overrides, each(from.Overrides, func(b imageOverrideBlock) *imageOverrideBlock {
		b.from = cmp.Or(b.from, from.Name)
		return &b
	}), func(b *imageOverrideBlock) string { return b.Winner })
	return own
}

// join is own with those of from whose name no block of own has.
func join[T any](own, from []*T, name func(*T) string) []*T {
	out := slices.Clone(own)
	for _, b := range from {
		if !slices.ContainsFunc(own, func(o *T) bool { return name(o) == name(b) }) {
			out = append(out, b)
		}
	}
	return out
}

// each is a copy of a list with copies of its blocks.
func each[T any](list []*T, change func(T) *T) []*T {
	var out []*T
	for _, b := range list {
		out = append(out, change(*b))
	}
	return out
}
