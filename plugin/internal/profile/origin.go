package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// origin is where a product states one entry of needs. What is wrong with such an entry is wrong there, not in the module that reads it.
type origin struct {
	product, key string
	at           hcl.Range
}

// needsIn are the fields of needs that expressions use, in the module's locals too.
func (m *module) needsIn(expressions ...hcl.Expression) []string {
	return m.fieldsIn("needs", expressions)
}

func (m *module) fieldsIn(root string, expressions []hcl.Expression) []string {
	fields, seen := map[string]bool{}, map[string]bool{}
	var walk func(hcl.Expression)
	walk = func(e hcl.Expression) {
		for _, t := range e.Variables() {
			if len(t) < 2 {
				continue
			}
			step, ok := t[1].(hcl.TraverseAttr)
			if local := localName(t); ok && t.RootName() == root {
				fields[step.Name] = true
			} else if attr := m.locals[local]; attr != nil && !seen[local] {
				seen[local] = true
				walk(attr.Expr)
			}
		}
	}
	for _, e := range expressions {
		walk(e)
	}
	return slices.Sorted(maps.Keys(fields))
}

func (def *settingDef) expressions() []hcl.Expression {
	var out []hcl.Expression
	walkSetting(def.syntax.Body, func(_ string, expr hclsyntax.Expression) { out = append(out, expr) })
	return out
}

// blamed adds to what is wrong with a setting of a module which inputs of the image it is made from, and where the image gives them: the
// module is right for others.
func (p *prepared) blamed(def *settingDef, id string, diags hcl.Diagnostics) hcl.Diagnostics {
	if !diags.HasErrors() {
		return diags
	}
	var from []string
	for _, name := range p.m.fieldsIn("input", def.expressions()) {
		if at, ok := p.stated[name]; ok {
			from = append(from, fmt.Sprintf("%s (%s)", name, place(at)))
		}
	}
	out := slices.Clone(diags)
	for i, d := range out {
		if d.Severity == hcl.DiagError && len(from) > 0 && d.Subject != nil && d.Subject.Filename == p.m.at.Filename {
			told := *d
			told.Detail = fmt.Sprintf("%s The image gives what %q is made from: input %s.", d.Detail, id, strings.Join(from, ", "))
			out[i] = &told
		}
	}
	return out
}

// traced moves what is wrong with a setting that a product's need made to the place where the need is stated, and names the module's too.
func (e *evaluator) traced(m *module, def *settingDef, id string, diags hcl.Diagnostics) hcl.Diagnostics {
	if !diags.HasErrors() {
		return diags
	}
	fields := m.needsIn(def.expressions()...)
	out := slices.Clone(diags)
	for i, d := range out {
		if from, ok := e.origin(fields, id, d.Detail); ok && d.Subject != nil && d.Severity == hcl.DiagError {
			moved := problem(from.at, d.Summary, "The product %q asks for this, and %q (%s) makes a setting of it. %s", from.product, id, place(*d.Subject), d.Detail)
			out[i] = moved
		}
	}
	return out
}

// origin finds the entry that a setting was made of by the setting's key, or that a message speaks of by its value.
func (e *evaluator) origin(fields []string, id, detail string) (origin, bool) {
	_, key, _ := strings.Cut(strings.TrimSuffix(id, "]"), "[")
	for _, field := range fields {
		for _, o := range e.around.origins[field] {
			if key != "" && o.key == key {
				return o, true
			}
		}
	}
	for _, field := range fields {
		for i, o := range e.around.origins[field] {
			entry := e.around.needs.GetAttr(field).Index(cty.NumberIntVal(int64(i)))
			for name, v := range entry.AsValueMap() {
				if name != "product" && name != "key" && v.Type() == cty.String && !v.IsNull() && strings.Contains(detail, fmt.Sprintf("%q", v.AsString())) {
					return o, true
				}
			}
		}
	}
	return origin{}, false
}

// culprit is an entry of needs that a condition refuses, and the peers that it names.
type culprit struct {
	origin
	field string
	peers []string
}

// culprits are the entries of needs that a condition refuses each by itself. Where it refuses the image without any, there are none.
func (e surroundings) culprits(m *module, condition *hcl.Attribute, ctx *hcl.EvalContext) []culprit {
	holds := func(field string, list cty.Value) bool {
		all := e.needs.AsValueMap()
		all[field] = list
		child := ctx.NewChild()
		child.Variables = map[string]cty.Value{"needs": cty.ObjectVal(all)}
		var ok bool
		return !gohcl.DecodeExpression(condition.Expr, child, &ok).HasErrors() && ok
	}
	var out []culprit
	for _, field := range m.needsIn(condition.Expr) {
		origins := e.origins[field]
		if len(origins) == 0 || e.gaps["needs"] {
			continue
		}
		list := e.needs.GetAttr(field)
		if !holds(field, cty.ListValEmpty(list.Type().ElementType())) {
			continue
		}
		for i, o := range origins {
			entry := list.Index(cty.NumberIntVal(int64(i)))
			if !holds(field, cty.ListVal([]cty.Value{entry})) {
				out = append(out, culprit{o, field, peersOf(entry)})
			}
		}
	}
	return out
}

func peersOf(entry cty.Value) []string {
	if !entry.Type().IsObjectType() || !entry.Type().HasAttribute("peers") {
		return nil
	}
	var out []string
	for it := entry.GetAttr("peers").ElementIterator(); it.Next(); {
		_, v := it.Element()
		out = append(out, v.AsString())
	}
	return out
}

// refused says which of a product's needs an input has no answer to. Peers by a role are held against the roles that the input knows.
func (in *input) refused(c culprit, value cty.Value, at hcl.Range, m *module, text string) *hcl.Diagnostic {
	var more strings.Builder
	if known, ok := keysOf(value); ok {
		for _, role := range c.peers {
			if slices.Contains(known, role) {
				continue
			}
			hint := didYouMean(role, known)
			if hint != "" {
				hint = strings.Replace(hint, "Did you mean", "Correct whichever of the two is misspelt: the input has", 1)
				hint = strings.TrimSuffix(hint, "?") + "."
			}
			if len(known) == 0 {
				hint = fmt.Sprintf(" The image gives none: write inputs = { %s = { %q = [...] } }.", in.name, role)
			}
			fmt.Fprintf(&more, " It names its peer %q, which the input does not know.%s", role, hint)
		}
	}
	return problem(c.at, "Invalid input value", "%s The product %q states this need (%s in needs.%s), and the input %q of module %q (%s) has no answer to it.%s",
		text, c.product, c.key, c.field, in.name, m.name, place(at), more.String())
}

// keysOf are the keys of a map that an input is.
func keysOf(v cty.Value) ([]string, bool) {
	if v == cty.NilVal || !v.IsKnown() || v.IsNull() || !v.Type().IsMapType() {
		return nil, false
	}
	return slices.Sorted(maps.Keys(v.AsValueMap())), true
}
