package profile

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// image is an image block with what does not depend on other blocks.
type image struct {
	block         *imageBlock
	plan          plan.Image // without Epoch
	requiredUntil string
	base          string
	baseRange     hcl.Range
	modules       []imageModule
	products      []imageProduct
	exceptions    []*exception
	accepted      []plan.Exception // of conflicts
	overrides     []imageOverride
	partial       bool   // a module block has no readable version
	file          string // relative to the root
	at            hcl.Range
}

type imageModule struct {
	name string
	constraint
	nameRange hcl.Range
	at        hcl.Range
	inputs    *hcl.Attribute
}

type imageProduct struct {
	name      string
	nameRange hcl.Range
	version   string
	at        hcl.Range // of the version
}

type exception struct {
	plan.Exception
	heir
	settingRange hcl.Range
	value        *hcl.Attribute
}

type imageOverride struct {
	plan.Override
	heir
	winnerRange hcl.Range
	overRange   hcl.Range
}

func (s *Set) addImage(in fileScope, b *imageBlock) {
	r := reader{b.DefRange, staticContext(), &s.diags}
	r.slug(b.Name, b.NameRange, "image")
	img := &image{block: b, at: b.DefRange, file: in.path}
	img.plan = plan.Image{Name: b.Name, Released: r.date(b.Released, "released")}
	if b.Like == nil || b.Base != nil { // what the other image lacks too is reported there
		if img.base = r.text(b.Base, "base"); b.Base != nil {
			img.baseRange = b.Base.Expr.Range()
		}
	}
	if b.Like == nil || b.Class != nil {
		img.plan.Class = r.class(b.Class)
	}
	if b.Like == nil || b.Management != nil {
		img.plan.Management = r.management(b.Management)
	}
	img.plan.FirstBoot = r.firstBoot(b.FirstBoot)
	if v := r.version(b.Version, "version"); v != nil {
		img.plan.Version = v.String()
	}
	if b.RequiredUntil != nil {
		img.requiredUntil = r.date(b.RequiredUntil, "required_until")
		if img.requiredUntil != "" && img.requiredUntil < img.plan.Released {
			r.report(b.RequiredUntil.Expr.Range(), "Invalid date", "The image is required until %s, before its release on %s.", img.requiredUntil, img.plan.Released)
		}
	}
	if b.Unobservable != nil {
		r.into(b.Unobservable, &img.plan.AllowUnobservable)
	}
	if img.plan.Class.Type == "W" && len(b.Products) > 0 {
		r.report(b.Class.Type.Expr.Range(), "Class without medical products", "A computer with a medical product (%s) is not of class W. It is WM, or M where the manufacturer supplies and keeps the computer.", place(b.Products[0].DefRange))
	}
	s.imageModules(img, b)
	s.imageProducts(img, b)
	s.imageExceptions(img, b)
	s.imageOverrides(img, b)
	s.imageFacts(img, b)
	for _, other := range s.images {
		if other.file == img.file {
			s.report(problem(b.DefRange, "Several images in one file", "The image %q already stands in this file, at %s. Give each image a file of its own: its lock file stands beside it.", other.plan.Name, place(other.at)))
		}
	}
	if first, ok := s.images[b.Name]; ok {
		s.duplicate("image", b.Name, first.at, b.DefRange)
		return
	}
	s.images[b.Name] = img
}

func (r reader) class(b *classBlock) plan.Class {
	if b == nil {
		r.report(r.header, "Missing class block", "An image must say which class it is intended for:\n\n  class {\n    type   = \"WM\"\n    groups = [0, 1]\n  }")
		return plan.Class{}
	}
	cr := reader{b.DefRange, r.ctx, r.diags}
	out := plan.Class{Type: cr.oneOf(b.Type, "type", "Unsupported class", []string{"M", "W", "WM"})}
	if !cr.need(b.Groups, "groups") || !cr.into(b.Groups, &out.Groups) {
		return out
	}
	slices.Sort(out.Groups)
	switch {
	case len(out.Groups) == 0:
		cr.report(b.Groups.Expr.Range(), "Empty value", "Name at least one group: 0 (outside the patient environment), 1 or 2 (in it).")
	case out.Groups[0] < 0 || out.Groups[len(out.Groups)-1] > 2:
		cr.report(b.Groups.Expr.Range(), "Unsupported group", "The groups are 0 (outside the patient environment), 1 and 2 (in it).")
	case len(slices.Compact(slices.Clone(out.Groups))) != len(out.Groups):
		cr.report(b.Groups.Expr.Range(), "Duplicate entry", "A group is named twice.")
	}
	return out
}

func (r reader) management(b *managementBlock) plan.Management {
	const ways = "exactly one of winrm_https { from = [\"10.20.0.0/24\"] }, local {} and none {}"
	if b == nil {
		r.report(r.header, "Missing management block", "An image must say how the client is managed once it is sealed: %s.", ways)
		return plan.Management{}
	}
	var places []string
	for _, w := range b.WinRMHTTPS {
		places = append(places, place(w.DefRange))
	}
	for _, e := range slices.Concat(b.Local, b.None) {
		places = append(places, place(e.DefRange))
	}
	if len(places) != 1 {
		found := "There is none"
		if len(places) > 1 {
			found = "They stand at " + strings.Join(places, ", ")
		}
		r.report(b.DefRange, "Unclear management path", "A management block holds %s. %s.", ways, found)
		return plan.Management{}
	}
	switch {
	case len(b.Local) == 1:
		return plan.Management{Path: "local"}
	case len(b.None) == 1:
		return plan.Management{Path: "none"}
	}
	w := b.WinRMHTTPS[0]
	out := plan.Management{Path: "winrm_https"}
	wr := reader{w.DefRange, r.ctx, r.diags}
	if wr.need(w.From, "from") {
		out.From = wr.list(w.From, "from")
		slices.Sort(out.From)
		for _, cidr := range out.From {
			wr.prefix(w.From.Expr.Range(), cidr)
		}
	}
	return out
}

// firstBoot is nil where the image has no such block: it then carries no agent.
func (r reader) firstBoot(b *firstBootBlock) *plan.FirstBoot {
	if b == nil {
		return nil
	}
	out := new(plan.FirstBoot)
	if br := (reader{b.DefRange, r.ctx, r.diags}); br.need(b.Keep, "keep") {
		br.into(b.Keep, &out.Keep)
	}
	return out
}

// prefix checks a CIDR prefix. The whole internet is no management network.
func (r reader) prefix(at hcl.Range, cidr string) {
	p, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil:
		r.report(at, "Invalid network", "%q is not a network in CIDR form, for example \"10.20.0.0/24\"; a single peer is \"10.20.0.7/32\".", cidr)
	case p.Masked() != p:
		r.report(at, "Invalid network", "%q has bits set behind its prefix. Did you mean %q?", cidr, p.Masked())
	case p.Bits() == 0:
		r.report(at, "Invalid network", "%q is every address there is. Name the peers that manage the client.", cidr)
	}
}

func (s *Set) imageModules(img *image, b *imageBlock) {
	seen := map[string]hcl.Range{}
	for _, mb := range b.Modules {
		r := reader{mb.DefRange, staticContext(), &s.diags}
		text := r.text(mb.Version, "version")
		if first, dup := seen[mb.Name]; dup {
			s.duplicate("module", mb.Name, first, mb.DefRange)
			continue
		}
		seen[mb.Name] = mb.DefRange
		if text == "" {
			img.partial = true
			continue
		}
		c := constraint{text, s.wished[text], mb.Version.Expr.Range()}
		if c.c == nil { // images wish for the same few versions
			read := r.constraint(text, c.at)
			if read == nil {
				img.partial = true
				continue
			}
			c.c, s.wished[text] = read.c, read.c
		}
		img.modules = append(img.modules, imageModule{mb.Name, c, mb.NameRange, mb.DefRange, mb.Inputs})
	}
}

func (s *Set) imageProducts(img *image, b *imageBlock) {
	seen := map[string]hcl.Range{}
	for _, pb := range b.Products {
		r := reader{pb.DefRange, staticContext(), &s.diags}
		version := r.text(pb.Version, "version")
		if first, dup := seen[pb.Name]; dup {
			s.duplicate("product", pb.Name, first, pb.DefRange)
			continue
		}
		seen[pb.Name] = pb.DefRange
		if version != "" {
			img.products = append(img.products, imageProduct{pb.Name, pb.NameRange, version, pb.Version.Expr.Range()})
		}
	}
}

func (s *Set) imageExceptions(img *image, b *imageBlock) {
	seen := map[string]hcl.Range{}
	for _, eb := range b.Exceptions {
		r := reader{eb.DefRange, staticContext(), &s.diags}
		e := &exception{heir: heir{b.Like, eb.from}, settingRange: eb.SettingRange, value: eb.Value, Exception: plan.Exception{
			Setting: eb.Setting, Reason: r.text(eb.Reason, "reason"), Compensating: r.text(eb.Compensating, "compensating"),
			Owner: r.text(eb.Owner, "owner"), ApprovedBy: r.text(eb.ApprovedBy, "approved_by"), Expires: r.date(eb.Expires, "expires"), DefRange: eb.DefRange,
		}}
		if eb.Skip != nil && r.into(eb.Skip, &e.Skip) && !e.Skip {
			r.report(eb.Skip.Expr.Range(), "Unsupported skip", "skip is true or absent. An exception that does not skip gives another value.")
		}
		conflict := strings.HasPrefix(eb.Setting, conflictModule+"/")
		if conflict && eb.Value != nil {
			r.report(eb.Value.Range, "Unclear exception", "An exception for a conflict accepts it: it says skip = true, and has no value.")
		} else if (eb.Skip == nil) == (eb.Value == nil) {
			r.report(eb.DefRange, "Unclear exception", "An exception says either skip = true (leave the base's state alone) or value = ... (want this instead), and not both.")
		}
		if first, dup := seen[eb.Setting]; dup {
			s.duplicate("exception", eb.Setting, first, eb.DefRange)
			continue
		}
		seen[eb.Setting] = eb.DefRange
		if conflict {
			img.accepted = append(img.accepted, e.Exception)
		} else {
			img.exceptions = append(img.exceptions, e)
		}
	}
}

func (s *Set) imageOverrides(img *image, b *imageBlock) {
	for _, ob := range b.Overrides {
		r := reader{ob.DefRange, staticContext(), &s.diags}
		o := imageOverride{Override: r.override(ob.Winner, ob.Over, ob.Reason, ob.DefRange), heir: heir{b.Like, ob.from}, winnerRange: ob.WinnerRange}
		if ob.Over != nil {
			o.overRange = ob.Over.Expr.Range()
		}
		img.overrides = append(img.overrides, o)
	}
}

// imageFacts reads what a person states of the image.
func (s *Set) imageFacts(img *image, b *imageBlock) {
	seen := map[string]hcl.Range{}
	for _, fb := range b.Facts {
		r := reader{fb.DefRange, staticContext(), &s.diags}
		r.slug(fb.Name, fb.NameRange, "fact")
		fact := plan.Declared{Name: fb.Name, Value: r.text(fb.Value, "value"), StatedBy: r.text(fb.StatedBy, "stated_by")}
		if first, dup := seen[fb.Name]; dup {
			s.duplicate("fact", fb.Name, first, fb.DefRange)
			continue
		}
		seen[fb.Name] = fb.DefRange
		img.plan.Facts = append(img.plan.Facts, fact)
	}
	slices.SortFunc(img.plan.Facts, func(a, b plan.Declared) int { return compareText(a.Name, b.Name) })
}

// facts is what expressions may know of the image.
func (img *image) facts() imageFacts { return imageFacts{img.plan.Name, img.plan.Version} }

// facts is what kinds and expressions may know of the base.
func (b *base) facts() setting.Base { return b.Base.Base }
