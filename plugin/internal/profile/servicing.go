package profile

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/servicing"
)

// servicingDef is a servicing block.
type servicingDef struct {
	parent       string
	parentRange  hcl.Range
	parentSHA256 string
	recordSHA256 string
	capabilities []string
	drivers      []string
	packages     []servicing.Package
}

// servicing reads the one servicing block of a base.
func (r reader) servicing(blocks []*servicingBlock) *servicingDef {
	if len(blocks) == 0 {
		return nil
	}
	if len(blocks) > 1 {
		r.report(blocks[1].DefRange, "Duplicate servicing block", "A base is made in one way: its other servicing block stands at line %d.", blocks[0].DefRange.Start.Line)
	}
	b := blocks[0]
	r.header = b.DefRange
	def := &servicingDef{parent: r.text(b.Parent, "parent")}
	if b.Parent != nil {
		def.parentRange = b.Parent.Expr.Range()
	}
	def.parentSHA256 = r.digest(b.ParentSHA256, "parent_sha256")
	def.recordSHA256 = r.digest(b.RecordSHA256, "record_sha256")
	def.capabilities = r.checked(b.Capabilities, "capabilities", servicing.CheckCapability)
	def.drivers = r.checked(b.Drivers, "drivers", servicing.CheckDriver)
	for _, p := range b.Packages {
		if err := servicing.CheckFile(p.File); err != nil {
			r.report(p.FileRange, "Unsupported package", "%s. The script takes the folder when it runs.", capital(err))
		}
		if slices.ContainsFunc(def.packages, func(o servicing.Package) bool { return strings.EqualFold(o.File, p.File) }) {
			r.report(p.FileRange, "Duplicate package", "The package %q stands here twice.", p.File)
		}
		sum := ""
		r.header = p.DefRange
		if r.need(p.SHA256, "sha256") {
			sum = r.digest(p.SHA256, "sha256")
		}
		def.packages = append(def.packages, servicing.Package{File: p.File, SHA256: sum})
	}
	return def
}

// digest reads an optional SHA-256.
func (r reader) digest(attr *hcl.Attribute, name string) string {
	if attr == nil {
		return ""
	}
	s := r.text(attr, name)
	if s == "" {
		return ""
	}
	if err := servicing.CheckDigest(s); err != nil {
		r.report(attr.Expr.Range(), "Malformed digest", "%s.", capital(err))
		return ""
	}
	return s
}

// checked reads an optional list whose entries have a form.
func (r reader) checked(attr *hcl.Attribute, name string, form func(string) error) []string {
	list := r.list(attr, name)
	for _, s := range list {
		if err := form(s); err != nil {
			r.report(attr.Expr.Range(), "Malformed entry", "%s.", capital(err))
		}
	}
	return list
}

// capital makes an error's text begin as a sentence does.
func capital(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}

// checkServicing holds serviced bases against their parents. Where a file could not be read, a parent may stand in it.
func (s *Set) checkServicing() {
	for _, name := range slices.Sorted(maps.Keys(s.bases)) {
		b := s.bases[name]
		if b.servicing == nil || b.broken {
			continue
		}
		p, ok := s.bases[b.servicing.parent]
		switch {
		case !ok && s.hidden:
		case !ok:
			s.report(problem(b.servicing.parentRange, "Unknown base", "There is no base %q to make %q from.%s", b.servicing.parent, name,
				didYouMean(b.servicing.parent, slices.Sorted(maps.Keys(s.bases)))))
		case !p.broken:
			s.checkParent(b, p)
		}
	}
}

// checkParent reports what servicing cannot change, and what it only adds to.
func (s *Set) checkParent(b, p *base) {
	at := b.servicing.parentRange
	wrong := func(format string, args ...any) {
		s.report(problem(at, "Base and parent do not fit", format, args...))
	}
	if b.EditionID != p.EditionID || b.Arch != p.Arch || b.Number() != p.Number() {
		wrong("Servicing keeps edition, architecture and build number: %q is %s %s %d, its parent %q is %s %s %d.",
			b.Name, b.EditionID, b.Arch, b.Number(), p.Name, p.EditionID, p.Arch, p.Number())
	}
	if b.UBR() < p.UBR() {
		wrong("Updates never go back: %q has the build %s, its parent %q has %s.", b.Name, b.Build, p.Name, p.Build)
	}
	for _, f := range p.Features {
		if !slices.Contains(b.Features, f) {
			wrong("Servicing turns no feature off: %q lacks %q, which its parent %q has.", b.Name, f, p.Name)
		}
	}
	for hops, seen := p, map[string]bool{b.Name: true}; hops != nil && hops.servicing != nil; hops = s.bases[hops.servicing.parent] {
		if seen[hops.Name] {
			wrong("In the end, the base %q is made from itself.", b.Name)
			return
		}
		seen[hops.Name] = true
	}
}

// Serviced is how a base is made from its parent.
type Serviced struct {
	servicing.Spec

	Channel      string
	AllFeatures  []string // those of the parent too
	RecordSHA256 string   // of the record of the run that made it; "" before
}

// Bases lists the names of all bases, sorted.
func (s *Set) Bases() []string { return slices.Sorted(maps.Keys(s.bases)) }

// Serviced returns how a base is made; false where it is a medium's, or there is none of that name.
func (s *Set) Serviced(name string) (*Serviced, bool) {
	b, ok := s.bases[name]
	if !ok || b.servicing == nil {
		return nil, false
	}
	p, ok := s.bases[b.servicing.parent]
	if !ok {
		return nil, false
	}
	d := b.servicing
	spec := servicing.Spec{
		Base: b.Name, Parent: p.Name, ParentSHA256: d.parentSHA256, EditionID: b.EditionID, Arch: b.Arch, ParentBuild: p.Build, Build: b.Build,
		Languages: b.Languages, Packages: d.packages, Capabilities: d.capabilities, Drivers: d.drivers,
	}
	for _, f := range b.Features {
		if !slices.Contains(p.Features, f) {
			spec.Features = append(spec.Features, f)
		}
	}
	return &Serviced{Spec: spec, Channel: b.Channel, AllFeatures: b.Features, RecordSHA256: d.recordSHA256}, true
}
