package profile

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// flowDef is a flow block with what does not depend on an image.
type flowDef struct {
	block  *flowBlock
	reason plan.Text
	syntax *hclsyntax.Block
	broken bool
}

func (s *Set) addFlows(m *module, b *moduleBlock) {
	seen := map[string]hcl.Range{}
	for _, fb := range b.Flows {
		if first, dup := seen[fb.Label]; dup {
			s.duplicate("flow", fb.Label, first, fb.DefRange)
			continue
		}
		seen[fb.Label] = fb.DefRange
		r := reader{fb.DefRange, staticContext(), &s.diags}
		r.slug(fb.Label, fb.LabelRange, "flow")
		m.flows = append(m.flows, &flowDef{block: fb, reason: r.bothLanguages(fb.Reason, "reason")})
	}
}

// leaveSchemes are the schemes of locations that a module may leave alone.
func leaveSchemes() []string {
	return []string{"reg", "svc", "file", "right", setting.SchemeAccountPolicy, setting.SchemeAudit, setting.SchemeAccount,
		setting.SchemeAccountName, setting.SchemeGroup, setting.SchemeTask, setting.SchemeFeature, setting.SchemeProgram,
		setting.SchemeRegistrySecurity, setting.SchemeFileSecurity}
}

// addLeaves reads the places that a module leaves alone, and those that it speaks of because they are set otherwise than some list wants.
func (s *Set) addLeaves(m *module, b *moduleBlock) {
	seen := map[string]hcl.Range{}
	add := func(block string, lb *leaveBlock, deviates bool, values *hcl.Attribute) {
		r := reader{lb.DefRange, staticContext(), &s.diags}
		at := leaveLocation(r, lb)
		if first, dup := seen[at.Canon()]; dup {
			s.duplicate(block, lb.Location, first, lb.DefRange)
			return
		}
		seen[at.Canon()] = lb.DefRange
		n := plan.NotManaged{Location: string(at), Reason: r.bothLanguages(lb.Reason, "reason"), DefRange: lb.DefRange}
		if deviates && r.need(values, "values") {
			n.Values = r.list(values, "values")
		}
		m.leaves = append(m.leaves, n)
	}
	for _, lb := range b.NotManaged {
		add("not_managed", lb, false, nil)
	}
	for _, d := range b.Deviations {
		add("deviation", &leaveBlock{d.Location, d.LocationRange, d.DefRange, d.Reason}, true, d.Values)
	}
}

// leaveLocation checks a location's form; a registry key is brought into the form in which claims have it.
func leaveLocation(r reader, b *leaveBlock) setting.Location {
	l := setting.Location(b.Location)
	if !slices.Contains(leaveSchemes(), l.Scheme()) || l.Name() == "" {
		r.report(b.LocationRange, "Invalid location", "%q is no location. Write what it is, a colon and its name, for example \"reg:HKLM\\\\SOFTWARE\\\\X!Name\", \"svc:Fax\" or \"right:SeDebugPrivilege\". Known are %s.", b.Location, strings.Join(quoteAll(leaveSchemes()), ", "))
		return l
	}
	if l.Scheme() != "reg" {
		return l
	}
	key, name, ok := strings.Cut(l.Name(), "!")
	normal := setting.NormalKey(key)
	if !ok || !strings.HasPrefix(normal, `HKLM\`) && !strings.HasPrefix(normal, `HKCU\`) {
		r.report(b.LocationRange, "Invalid location", "%q is no location of a registry value: write its key, an exclamation mark and its name, for example \"reg:HKLM\\\\SOFTWARE\\\\X!Name\".", b.Location)
		return l
	}
	return setting.RegistryLocation(normal, name)
}

// evaluateFlows evaluates a module's flows; complete is false where not all could be.
func (p *prepared) evaluateFlows() (flows []plan.Flow, complete bool, diags hcl.Diagnostics) {
	complete = !p.m.broken
	for _, def := range p.m.flows {
		if def.broken || p.unknown.hitFlow(def) {
			complete = false
			continue
		}
		r := reader{def.block.DefRange, p.ctx, new(hcl.Diagnostics)}
		f, wanted := r.flow(def)
		diags = append(diags, *r.diags...)
		if r.diags.HasErrors() {
			complete = false
		} else if wanted {
			flows = append(flows, f)
		}
	}
	slices.SortFunc(flows, func(a, b plan.Flow) int { return compareText(a.Label, b.Label) })
	return flows, complete, diags
}

func (r reader) flow(def *flowDef) (plan.Flow, bool) {
	b := def.block
	if b.When != nil {
		if wanted, diags := condition(b.When, r.ctx); diags.HasErrors() || !wanted {
			*r.diags = append(*r.diags, diags...)
			return plan.Flow{}, false
		}
	}
	out := plan.Flow{Label: b.Label, Reason: def.reason, DefRange: b.DefRange}
	out.Direction = r.oneOf(b.Direction, "direction", "Unsupported direction", []string{"in", "out"})
	if text := r.text(b.Protocol, "protocol"); text != "" {
		form := factForms()["protocol"]
		protocol, ok := form.read(text)
		if out.Protocol = protocol; !ok {
			r.report(b.Protocol.Expr.Range(), "Unsupported protocol", "%q is not a protocol: write %s.", text, form.want)
		}
	}
	out.Ports = r.formed(b.Ports, "Illegal port", factForms()["port"])
	if len(out.Ports) > 0 && out.Protocol != "tcp" && out.Protocol != "udp" && out.Protocol != "" {
		r.report(b.Ports.Expr.Range(), "Ports without a protocol", "Only \"tcp\" and \"udp\" have ports. Write one of them, or leave the ports out.")
	}
	out.Peers = r.formed(b.Peers, "Illegal peer", factForm{peerWant, readPeer})
	if b.Program != nil {
		var program *string // null where an input says that none is meant
		if r.into(b.Program, &program) && program != nil {
			if out.Program = *program; strings.TrimSpace(out.Program) == "" {
				r.report(b.Program.Expr.Range(), "Empty value", "The program must not be empty. Leave it out, or make it null, where any program may be meant.")
			}
		}
	}
	return out, true
}

// formed reads a list of texts of one form, sorted; it may be empty.
func (r reader) formed(attr *hcl.Attribute, summary string, form factForm) []string {
	if attr == nil {
		return nil
	}
	var list []string
	if diags := gohcl.DecodeExpression(attr.Expr, r.ctx, &list); diags.HasErrors() {
		*r.diags = append(*r.diags, diags...)
		return nil
	}
	var out []string
	for _, s := range list {
		text, ok := form.read(s)
		if !ok {
			r.report(attr.Expr.Range(), summary, "%q cannot stand here: write %s.", s, form.want)
			continue
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// flowType is what an expression knows of a flow.
var flowType = cty.Object(map[string]cty.Type{
	"from": cty.String, "direction": cty.String, "protocol": cty.String, "ports": cty.List(cty.String), "peers": cty.List(cty.String),
	"program": cty.String, "reason_en": cty.String,
})

// flowsValue are all flows of the image by key: those of its products, where direction and protocol are known, and those of its modules;
// and where each is declared.
func flowsValue(products []*product, modules []*prepared) (cty.Value, map[string]plan.Declaration) {
	out, declared := map[string]cty.Value{}, map[string]plan.Declaration{}
	keys := newKeys()
	for _, p := range products {
		for _, n := range productFlows(p) {
			key := keys.unique(p.Name, n.slug)
			out[key], declared[key] = n.value, n.Declaration
		}
	}
	for _, m := range modules {
		for _, f := range m.flows {
			key := keys.unique(m.m.name, f.Label)
			declared[key] = plan.Declaration{At: f.DefRange, Peers: f.Peers}
			out[key] = cty.ObjectVal(map[string]cty.Value{
				"from": cty.StringVal(m.m.name), "direction": cty.StringVal(f.Direction), "protocol": cty.StringVal(f.Protocol),
				"ports": stringList(f.Ports), "peers": stringList(f.Peers), "program": textOrNull(f.Program), "reason_en": cty.StringVal(f.Reason.EN),
			})
		}
	}
	if len(out) == 0 {
		return cty.MapValEmpty(flowType), declared
	}
	return cty.MapVal(out), declared
}

func stringList(list []string) cty.Value {
	if len(list) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	out := make([]cty.Value, len(list))
	for i, s := range list {
		out[i] = cty.StringVal(s)
	}
	return cty.ListVal(out)
}

func textOrNull(s string) cty.Value {
	if s == "" {
		return cty.NullVal(cty.String)
	}
	return cty.StringVal(s)
}

// leavesAlone reports settings of a module in places that the same module says it leaves alone.
func (e *evaluator) leavesAlone(picked []chosen) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, c := range picked {
		leaves := map[string]plan.NotManaged{}
		for _, l := range c.leaves {
			if len(l.Values) == 0 {
				leaves[setting.Location(l.Location).Canon()] = l
			}
		}
		if len(leaves) == 0 {
			continue
		}
		for _, s := range e.selected.found {
			if s.Module != c.name || e.around.base.Build == "" {
				continue
			}
			for _, claim := range s.Spec.Claims(e.around.base.Base) {
				if l, ok := leaves[claim.Location.Canon()]; ok {
					diags = append(diags, problem(s.DefRange, "Setting of a place that is left alone", "%q wants %s, and the module %s says at %s that it leaves this place alone. Remove one of the two.", s.ID, claim.Location, c.id(), place(l.DefRange)))
					break
				}
			}
		}
	}
	return diags
}
