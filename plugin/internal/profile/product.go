package profile

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// product is one version of a medical product.
type product struct {
	plan.ProductRef
	at              hcl.Range
	supportUntil    environment.Fact[string]
	builds          []*constraint // the base must satisfy one; empty where unknown
	buildsRange     hcl.Range
	unknownBuilds   bool
	unclearBuilds   bool // one of them is no constraint: it may be the one that the base satisfies
	env             environment.Environment
	needsServices   []string
	unknownServices bool
	servicesRange   hcl.Range
	broken          bool
}

func (s *Set) addProduct(b *productBlock) {
	before := len(s.diags)
	r := reader{b.DefRange, staticContext(), &s.diags}
	r.slug(b.Name, b.NameRange, "product")
	p := &product{at: b.DefRange, ProductRef: plan.ProductRef{
		Name: b.Name, Manufacturer: r.text(b.Manufacturer, "manufacturer"), Version: r.text(b.Version, "version"),
	}}
	if b.SupportUntil != nil {
		p.supportUntil.Set(environment.Unknown, b.SupportUntil.Expr.Range())
		if v, diags := b.SupportUntil.Expr.Value(r.ctx); diags.HasErrors() || !isUnknownWord(v) {
			if p.supportUntil.Value = r.date(b.SupportUntil, "support_until"); p.supportUntil.Value != "" {
				p.supportUntil.State = environment.Stated
			}
		}
	}
	if b.CE != nil {
		cr := reader{b.CE.DefRange, r.ctx, r.diags}
		regulation := cr.oneOf(b.CE.Regulation, "regulation", "Unsupported regulation", []string{"MDR", "MDD", "IVDR", "IVDD"})
		if classes := ceClasses(regulation); classes != nil {
			cr.oneOf(b.CE.Class, "class", "Unsupported class", classes)
		} else {
			cr.text(b.CE.Class, "class")
		}
	}
	if b.Environment == nil {
		r.report(b.DefRange, "Missing environment block", "A product must say in which environment its manufacturer lets it run; what the manufacturer does not state is \"unknown\".")
	} else {
		s.addEnvironment(p, b.Environment)
	}
	p.broken = hcl.Diagnostics(s.diags[before:]).HasErrors()
	for _, other := range s.products[b.Name] {
		if other.Version == p.Version {
			s.duplicate("product", fmt.Sprintf("%s %s", p.Name, p.Version), other.at, b.DefRange)
			return
		}
	}
	s.products[b.Name] = append(s.products[b.Name], p)
}

// ceClasses are the classes of a regulation: MDR and MDD classify by risk (I with its variants, IIa, IIb, III), IVDR by A to D; IVDD by
// lists.
func ceClasses(regulation string) []string {
	switch regulation {
	case "MDR":
		return []string{"I", "Is", "Im", "Ir", "IIa", "IIb", "III"}
	case "MDD":
		return []string{"I", "Is", "Im", "IIa", "IIb", "III"}
	case "IVDR":
		return []string{"A", "B", "C", "D"}
	case "IVDD":
		return []string{"List A", "List B", "self-test", "other"}
	}
	return nil
}

func (s *Set) addEnvironment(p *product, b *environmentBlock) {
	r := reader{b.DefRange, staticContext(), &s.diags}
	if r.need(b.Builds, "builds") {
		p.buildsRange = b.Builds.Expr.Range()
		if v, diags := b.Builds.Expr.Value(r.ctx); !diags.HasErrors() && isUnknownWord(v) {
			p.unknownBuilds = true
		} else {
			for _, text := range r.list(b.Builds, "builds") {
				if c := r.constraint(text, p.buildsRange); c != nil {
					p.builds = append(p.builds, c)
				} else {
					p.unclearBuilds = true
				}
			}
		}
	}
	p.env.Builds = statedBuilds(b.Builds, p)
	if b.Evidence != nil {
		r.factAttribute(b.Evidence, factField{name: "evidence"}, &p.env.Evidence)
	}
	p.env.Needs, p.env.Forbids, p.env.DefRange = readFacts(&s.diags, b.Needs), readFacts(&s.diags, b.Forbids), b.DefRange
	services := p.env.Needs.Services
	p.unknownServices = !services.Complete() // no service is stated as []
	if p.servicesRange = b.DefRange; services.State != environment.Unstated {
		p.servicesRange = services.Range
	}
	p.needsServices = slices.Sorted(slices.Values(services.Values()))
}

// statedBuilds are the constraints as they are written, for judges other than the one of this package.
func statedBuilds(attr *hcl.Attribute, p *product) environment.List[string] {
	var out environment.List[string]
	if attr == nil {
		return out
	}
	if out.Set(environment.Stated, p.buildsRange); p.unknownBuilds || p.unclearBuilds {
		out.State = environment.Unknown
	}
	for _, c := range p.builds {
		out.Items = append(out.Items, environment.Fact[string]{State: environment.Stated, Value: c.text, Range: c.at})
	}
	return out
}

const unknownWord = "unknown"

// isUnknownWord is the word for what the manufacturer does not state: every field of an environment takes it.
func isUnknownWord(v cty.Value) bool {
	return v.IsKnown() && !v.IsNull() && v.Type() == cty.String && v.AsString() == unknownWord
}

// ctyInto is gocty.FromCtyValue with its name said once.
func ctyInto(v cty.Value, target any) error { return gocty.FromCtyValue(v, target) }
