package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

// moduleLocals are the values that modules give a name to, by module and version, as they are written: a page says what stands behind a name.
func moduleLocals(files map[string]*hcl.File) map[string]map[string]hclsyntax.Expression {
	out := map[string]map[string]hclsyntax.Expression{}
	for _, file := range files {
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok {
			continue
		}
		for _, b := range body.Blocks {
			version := b.Body.Attributes["version"]
			if b.Type != "module" || len(b.Labels) != 1 || version == nil {
				continue
			}
			locals := map[string]hclsyntax.Expression{}
			for _, inner := range b.Body.Blocks {
				if inner.Type == "locals" {
					for name, attr := range inner.Body.Attributes {
						locals[name] = attr.Expr
					}
				}
			}
			out[b.Labels[0]+" "+strings.Trim(string(version.Expr.Range().SliceBytes(file.Bytes)), `"`)] = locals
		}
	}
	return out
}

// reader says expressions of one module in words, as far as there are words for them.
type reader struct {
	*pageWords
	locals map[string]hclsyntax.Expression
	depth  int
}

func (p *modulePage) reader(m profile.Described) *reader {
	return &reader{pageWords: p.words, locals: p.locals[m.Name+" "+m.Version]}
}

func parse(text string) hclsyntax.Expression {
	expr, diags := hclsyntax.ParseExpression([]byte(text), "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil
	}
	return expr
}

// path is what an expression names, "input.x.y", or "".
func path(e hclsyntax.Expression) string {
	t, ok := e.(*hclsyntax.ScopeTraversalExpr)
	if !ok {
		return ""
	}
	var names []string
	for _, step := range t.Traversal {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			names = append(names, step.Name)
		case hcl.TraverseAttr:
			names = append(names, step.Name)
		default:
			return ""
		}
	}
	return strings.Join(names, ".")
}

// inner is an expression without parentheses and without what only guards it.
func inner(e hclsyntax.Expression) hclsyntax.Expression {
	for {
		switch x := e.(type) {
		case *hclsyntax.ParenthesesExpr:
			e = x.Expression
		case *hclsyntax.FunctionCallExpr:
			if !slices.Contains([]string{"try", "coalesce", "upper", "lower"}, x.Name) || len(x.Args) == 0 {
				return e
			}
			e = x.Args[0]
		default:
			return e
		}
	}
}

// local is the expression behind a name of the module, with the number of steps bounded, or the expression itself.
func (r *reader) local(e hclsyntax.Expression) hclsyntax.Expression {
	name, ok := strings.CutPrefix(path(e), "local.")
	if next := r.locals[name]; ok && next != nil && r.depth < 20 {
		r.depth++
		return inner(next)
	}
	return e
}

// condition is a condition in words, or the condition as it is written.
func (r *reader) condition(text string) string {
	r.depth = 0
	if e := parse(text); e != nil {
		if words := r.holds(e, true); words != "" {
			return words
		}
	}
	return code(text)
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// holds says that an expression is true, or that it is not.
func (r *reader) holds(e hclsyntax.Expression, yes bool) string {
	e = r.local(inner(e))
	switch x := e.(type) {
	case *hclsyntax.UnaryOpExpr:
		if x.Op == hclsyntax.OpLogicalNot {
			return r.holds(x.Val, !yes)
		}
	case *hclsyntax.ScopeTraversalExpr:
		if name, ok := strings.CutPrefix(path(x), "input."); ok {
			return fmt.Sprintf(r.phrases[pick(yes, "on", "off")], code(name))
		}
	case *hclsyntax.BinaryOpExpr:
		return r.holdsBinary(x, yes)
	case *hclsyntax.FunctionCallExpr:
		if list, ok := x.Args[0].(*hclsyntax.TupleConsExpr); ok && x.Name == "contains" && len(x.Args) == 2 {
			var options []string
			for _, o := range list.Exprs {
				options = append(options, literalOf(o))
			}
			if name, ok := strings.CutPrefix(path(inner(x.Args[1])), "input."); ok && !slices.Contains(options, "") {
				return fmt.Sprintf(r.phrases[pick(yes, "is", "is-not")], code(name), strings.Join(options, " "+r.phrases["or"]+" "))
			}
		}
	}
	return r.follows(e, yes)
}

// follows is all that is told of other conditions: what they depend on.
func (r *reader) follows(e hclsyntax.Expression, yes bool) string {
	inputs, others := r.roots(e)
	switch {
	case len(inputs) == 0 && slices.Equal(others, []string{"needs"}):
		return r.phrases[pick(yes, "a-product", "no-product")]
	case len(inputs) == 0 && len(others) == 0:
		return ""
	}
	return fmt.Sprintf(r.phrases[pick(yes, "follows", "follows-not")], r.origins(inputs, others))
}

func (r *reader) holdsBinary(x *hclsyntax.BinaryOpExpr, yes bool) string {
	switch x.Op {
	case hclsyntax.OpLogicalAnd, hclsyntax.OpLogicalOr:
		left, right := r.holds(x.LHS, yes), r.holds(x.RHS, yes)
		if left == "" || right == "" {
			return ""
		}
		and := (x.Op == hclsyntax.OpLogicalAnd) == yes
		other := " " + r.phrases[pick(and, "or", "and")] + " "
		left, right = bracketed(left, other), bracketed(right, other)
		return left + " " + r.phrases[pick(and, "and", "or")] + " " + right
	case hclsyntax.OpEqual:
		return r.equal(x, yes)
	case hclsyntax.OpNotEqual:
		return r.equal(x, !yes)
	case hclsyntax.OpGreaterThan:
		if names := r.lengths(x.LHS); names != "" && literalOf(x.RHS) == code("0") {
			return fmt.Sprintf(r.phrases[pick(yes, "filled", "empty")], names)
		}
		return r.compared(x, pick(yes, "more", "at-most"), yes)
	case hclsyntax.OpGreaterThanOrEqual:
		return r.compared(x, pick(yes, "at-least", "less"), yes)
	}
	return ""
}

// bracketed keeps together what is joined otherwise than what stands around it.
func bracketed(words, other string) string {
	open := 0
	for i, c := range words {
		switch {
		case c == '(':
			open++
		case c == ')':
			open--
		case open == 0 && strings.HasPrefix(words[i:], other):
			return "(" + words + ")"
		}
	}
	return words
}

func (r *reader) compared(x *hclsyntax.BinaryOpExpr, how string, yes bool) string {
	value := literalOf(x.RHS)
	if value == "" {
		return r.follows(x, yes)
	}
	if name, ok := strings.CutPrefix(path(x.LHS), "input."); ok {
		return fmt.Sprintf(r.phrases[how], code(name), value)
	}
	if name := r.phrases[path(x.LHS)]; name != "" {
		return fmt.Sprintf(r.phrases[how], name, strings.Trim(value, "`"))
	}
	return r.follows(x, yes)
}

// lengths names the inputs whose lengths an expression adds up.
func (r *reader) lengths(e hclsyntax.Expression) string {
	switch x := e.(type) {
	case *hclsyntax.FunctionCallExpr:
		if name, ok := strings.CutPrefix(path(x.Args[0]), "input."); ok && x.Name == "length" {
			return code(name)
		}
	case *hclsyntax.BinaryOpExpr:
		if left, right := r.lengths(x.LHS), r.lengths(x.RHS); x.Op == hclsyntax.OpAdd && left != "" && right != "" {
			return left + " " + r.phrases["or"] + " " + right
		}
	}
	return ""
}

func (r *reader) equal(x *hclsyntax.BinaryOpExpr, yes bool) string {
	value := literalOf(x.RHS)
	if names := r.lengths(x.LHS); names != "" && value == code("0") {
		return fmt.Sprintf(r.phrases[pick(yes, "empty", "filled")], names)
	}
	of := path(r.local(inner(x.LHS)))
	name, ok := strings.CutPrefix(of, "input.")
	switch {
	case value == "":
	case ok && (value == code("null") || value == code(`""`)):
		return fmt.Sprintf(r.phrases[pick(yes, "not-given", "given")], code(name))
	case ok:
		return fmt.Sprintf(r.phrases[pick(yes, "is", "is-not")], code(name), value)
	case r.phrases[of] != "":
		return fmt.Sprintf(r.phrases[pick(yes, "is", "is-not")], r.phrases[of], strings.Trim(value, "`"))
	}
	return r.follows(x, yes)
}

// literalOf is a number, a text, a truth value or null as code, "" for all else.
func literalOf(e hclsyntax.Expression) string {
	switch x := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		switch {
		case x.Val.IsNull():
			return code("null")
		case x.Val.Type().FriendlyName() == "bool":
			return code(fmt.Sprint(x.Val.True()))
		case x.Val.Type().FriendlyName() == "number":
			return code(x.Val.AsBigFloat().Text('f', -1))
		}
	case *hclsyntax.TemplateExpr:
		text, whole := templateText(x)
		switch {
		case whole && text == "":
			return code(`""`)
		case whole:
			return code(text)
		}
	}
	return ""
}

// templateText is a text with dots where something is put in, and whether nothing is.
func templateText(x *hclsyntax.TemplateExpr) (string, bool) {
	var b strings.Builder
	whole := true
	for _, part := range x.Parts {
		if l, ok := part.(*hclsyntax.LiteralValueExpr); ok && l.Val.Type().FriendlyName() == "string" {
			b.WriteString(l.Val.AsString())
			continue
		}
		whole = false
		b.WriteString("…")
	}
	return strings.Join(strings.Fields(b.String()), " "), whole
}
