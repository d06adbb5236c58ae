package profile

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// names are the attributes of each variable in the scope of a module's expressions; nil means that they are not known beforehand.
func (m *module) names(each bool) map[string][]string {
	inputs := []string{}
	for _, in := range m.inputs {
		inputs = append(inputs, in.name)
	}
	scope := map[string][]string{
		"input":    inputs,
		"base":     {"arch", "build", "build_number", "channel", "edition_id", "languages", "name", "ubr"},
		"image":    {"name", "version"},
		"module":   {"name", "version"},
		"products": nil,
		"needs":    needNames(),
		"flows":    nil,
	}
	if len(m.locals) > 0 {
		scope["local"] = slices.Collect(maps.Keys(m.locals))
	}
	if each {
		scope["each"] = []string{"key", "value"}
	}
	return scope
}

// checkReferences finds names in a module's expressions that no image can give a value, whether or not an image selects the module.
// Attributes that are the same for every image allow no variables at all; decoding has reported those.
func checkReferences(m *module, block *hclsyntax.Block) hcl.Diagnostics {
	var diags hcl.Diagnostics
	known := Functions()
	once, each := m.names(false), m.names(true)
	for _, b := range block.Body.Blocks {
		switch b.Type {
		case "setting":
			_, repeats := b.Body.Attributes["for_each"]
			walkSetting(b.Body, func(name string, expr hclsyntax.Expression) {
				scope := once
				if repeats && name != "for_each" {
					scope = each
				}
				diags = append(diags, unknownNames(expr, scope, known)...)
			})
		case "locals":
			for _, attr := range b.Body.Attributes {
				diags = append(diags, unknownNames(attr.Expr, once, known)...)
			}
		case "flow":
			walkFlow(b.Body, func(expr hclsyntax.Expression) {
				diags = append(diags, m.beforeFlows(expr, "A flow")...)
				diags = append(diags, unknownNames(expr, once, known)...)
			})
		case "input":
			for _, v := range b.Body.Blocks {
				if attr := v.Body.Attributes["condition"]; attr != nil {
					diags = append(diags, m.beforeFlows(attr.Expr, "A condition of an input")...)
					diags = append(diags, unknownNames(attr.Expr, once, known)...)
				}
			}
		}
	}
	return diags
}

// static are the attributes of a setting that the module decides alone.
func static() []string {
	return []string{"builds", "severity", "severity_source", "title", "rationale", "references"}
}

// beforeFlows reports the variable flows where an expression is evaluated before it is known: flows and conditions of inputs come first.
func (m *module) beforeFlows(expr hclsyntax.Expression, what string) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, t := range hclsyntax.Variables(expr) {
		if chain := m.flowsBehind(t, nil); chain != nil {
			diags = append(diags, problem(t.SourceRange(), "Unknown variable", "%s cannot depend on the image's flows, of which it comes before: %s. Only settings, and locals for them, know flows.", what, strings.Join(chain, " uses ")))
		}
	}
	return diags
}

// flowsBehind is the chain of names by which a variable depends on flows, nil where it does not. seen ends circles of locals.
func (m *module) flowsBehind(t hcl.Traversal, seen []string) []string {
	if t.RootName() == "flows" {
		return []string{"flows"}
	}
	name := localName(t)
	attr := m.locals[name]
	if attr == nil || slices.Contains(seen, name) {
		return nil
	}
	for _, used := range attr.Expr.Variables() {
		if chain := m.flowsBehind(used, append(seen, name)); chain != nil {
			return append([]string{"local." + name}, chain...)
		}
	}
	return nil
}

func walkSetting(body *hclsyntax.Body, visit func(name string, expr hclsyntax.Expression)) {
	for name, attr := range body.Attributes {
		if !slices.Contains(static(), name) {
			visit(name, attr.Expr)
		}
	}
	for _, b := range body.Blocks {
		if b.Type != "override" {
			walkSetting(b.Body, visit)
		}
	}
}

// walkFlow visits the expressions of a flow that an image decides.
func walkFlow(body *hclsyntax.Body, visit func(expr hclsyntax.Expression)) {
	for name, attr := range body.Attributes {
		if name != "reason" {
			visit(attr.Expr)
		}
	}
}

// unknownNames finds variables that are not in scope and functions that are not among those known.
func unknownNames(expr hclsyntax.Expression, scope map[string][]string, functions []string) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, t := range hclsyntax.Variables(expr) {
		root := t.RootName()
		known, ok := scope[root]
		if !ok && root == "each" {
			diags = append(diags, problem(t.SourceRange(), "Unknown variable", "each.key and each.value are known only in a setting that says for_each."))
			continue
		}
		if !ok {
			diags = append(diags, problem(t.SourceRange(), "Unknown variable", "There is no variable named %q here.%s", root, didYouMean(root, slices.Collect(maps.Keys(scope)))))
			continue
		}
		if known == nil || len(t) < 2 {
			continue
		}
		if step, ok := t[1].(hcl.TraverseAttr); ok && !slices.Contains(known, step.Name) {
			hint := " The module has none."
			if len(known) > 0 {
				hint = didYouMean(step.Name, known)
			}
			diags = append(diags, problem(t.SourceRange(), unknownSummary(root), "There is no %s.%s.%s", root, step.Name, hint))
		}
	}
	return append(diags, hclsyntax.VisitAll(expr, func(n hclsyntax.Node) hcl.Diagnostics {
		if call, ok := n.(*hclsyntax.FunctionCallExpr); ok && !slices.Contains(functions, call.Name) {
			return hcl.Diagnostics{problem(call.NameRange, "Unknown function", "There is no function named %q.%s", call.Name, didYouMean(call.Name, functions))}
		}
		return nil
	})...)
}

func unknownSummary(root string) string {
	if root == "input" || root == "local" {
		return "Unknown " + root
	}
	return "Unknown attribute"
}

func compareText(a, b string) int { return strings.Compare(a, b) }
