package profile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// base is a base block.
type base struct {
	plan.Base
	at         hcl.Range // the header
	buildRange hcl.Range
	broken     bool // a fact of it is missing or wrong: Build is "" where it is that one
	servicing  *servicingDef
}

// featureForm is a feature's name, as DISM has it.
var featureForm = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// features reads the names of features that a base has, sorted and each once.
func (r reader) features(attr *hcl.Attribute) []string {
	list := r.list(attr, "features")
	for i, name := range list {
		switch {
		case !featureForm.MatchString(name):
			r.report(attr.Expr.Range(), "Illegal feature name", "%q is no feature. Write the name that DISM uses, such as \"NetFx3\".", name)
		case slices.ContainsFunc(list[:i], func(s string) bool { return strings.EqualFold(s, name) }):
			r.report(attr.Expr.Range(), "Duplicate entry", "The list \"features\" names %q twice.", name)
		}
	}
	return slices.Sorted(slices.Values(list))
}

func (s *Set) addBase(b *baseBlock) {
	before := len(s.diags)
	r := reader{b.DefRange, staticContext(), &s.diags}
	r.slug(b.Name, b.NameRange, "base")
	out := &base{at: b.DefRange, Base: plan.Base{Name: b.Name, Base: setting.Base{
		EditionID: r.text(b.EditionID, "edition_id"),
		Build:     r.text(b.Build, "build"),
		Arch:      r.oneOf(b.Arch, "arch", "Unsupported architecture", []string{"amd64", "x86"}), // all LTSB/LTSC releases up to 2021 have 32-bit media
		Channel:   r.oneOf(b.Channel, "channel", "Unsupported channel", []string{"LTSB", "LTSC"}),
	}}}
	if r.need(b.Languages, "languages") {
		out.Languages = r.list(b.Languages, "languages")
	}
	if b.Features != nil {
		out.Features = r.features(b.Features)
	}
	if b.Build != nil {
		out.buildRange = b.Build.Expr.Range()
		if out.Build != "" && !buildForm.MatchString(out.Build) {
			r.report(out.buildRange, "Invalid build", "%q is not a build with its update revision (UBR), for example \"19044.1288\".", out.Build)
			out.Build = ""
		}
	}
	out.servicing = r.servicing(b.Servicing)
	out.broken = hcl.Diagnostics(s.diags[before:]).HasErrors()
	if first, ok := s.bases[b.Name]; ok {
		s.duplicate("base", b.Name, first.at, b.DefRange)
		return
	}
	s.bases[b.Name] = out
}
