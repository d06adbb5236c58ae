package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// scopes are the roots of what a module's expressions speak of.
var scopes = []string{"input", "local", "each", "needs", "products", "image", "base", "flows"}

// roots are the inputs that an expression depends on, through names too, and the other roots, both in the order they come in.
func (r *reader) roots(e hclsyntax.Expression) (inputs, others []string) {
	add := func(list []string, s string) []string {
		if slices.Contains(list, s) {
			return list
		}
		return append(list, s)
	}
	seen := map[string]bool{}
	var visit func(hclsyntax.Expression)
	visit = func(e hclsyntax.Expression) {
		for _, t := range hclsyntax.Variables(e) {
			root, name := t.RootName(), ""
			if len(t) > 1 {
				name = path(&hclsyntax.ScopeTraversalExpr{Traversal: t[:2]})
				_, name, _ = strings.Cut(name, ".")
			}
			switch {
			case root == "local":
				if next := r.locals[name]; next != nil && !seen[name] {
					seen[name] = true
					visit(next)
				}
			case root == "input":
				inputs = add(inputs, name)
			case slices.Contains(scopes, root):
				others = add(others, root)
			}
		}
	}
	visit(e)
	return inputs, others
}

// spoken is an expression that speaks of something a page has words for, nil where the text is a value as it stands.
func (r *reader) spoken(text string) hclsyntax.Expression {
	e := parse(text)
	if e == nil || len(hclsyntax.Variables(e)) == 0 {
		return nil
	}
	for _, t := range hclsyntax.Variables(e) {
		if !slices.Contains(scopes, t.RootName()) {
			return nil
		}
	}
	return e
}

// valueOf is an argument in words: what it is, or what it depends on.
func (r *reader) valueOf(text string) string {
	r.depth = 0
	e := r.spoken(text)
	if e == nil {
		if t, ok := parse(text).(*hclsyntax.TupleConsExpr); ok && len(t.Exprs) > 0 {
			return r.says(t)
		}
		return r.peer(short(text))
	}
	return r.says(e)
}

func (r *reader) says(e hclsyntax.Expression) string {
	e = r.local(inner(e))
	name := path(e)
	switch {
	case strings.HasPrefix(name, "input."):
		return fmt.Sprintf(r.phrases["from-input"], code(strings.TrimPrefix(name, "input.")))
	case name == "each.key":
		return r.phrases["its-name"]
	case name == "each.value":
		return r.phrases["each"]
	case strings.HasPrefix(name, "each.value."):
		return fmt.Sprintf(r.phrases["its"], code(strings.TrimPrefix(name, "each.value.")))
	}
	if text := literalOf(e); text != "" {
		return r.peer(strings.Trim(text, "`"))
	}
	if t, ok := e.(*hclsyntax.TupleConsExpr); ok {
		var out []string
		for _, x := range t.Exprs {
			out = append(out, r.says(x))
		}
		return strings.Join(out, ", ")
	}
	if t, ok := e.(*hclsyntax.TemplateExpr); ok {
		if text, _ := templateText(t); strings.Trim(text, "… .,:;()-") != "" {
			return code(text)
		}
	}
	return r.dependsOn(e)
}

// dependsOn says what a value is worked out from.
func (r *reader) dependsOn(e hclsyntax.Expression) string {
	from := r.origins(r.roots(e))
	if from == "" {
		return r.phrases["fixed"]
	}
	return fmt.Sprintf(r.phrases["worked-out"], from)
}

// origins names inputs and other roots.
func (r *reader) origins(inputs, others []string) string {
	var from []string
	if len(inputs) > 0 {
		from = append(from, fmt.Sprintf(r.phrases["input"], codes(inputs)))
	}
	for _, root := range others {
		if word := r.phrases["from-"+root]; word != "" && !slices.Contains(from, word) {
			from = append(from, word)
		}
	}
	return strings.Join(from, " "+r.phrases["and"]+" ")
}

// eachOf says for what a setting is made again and again.
func (r *reader) eachOf(text string) string {
	r.depth = 0
	e := r.spoken(text)
	if e == nil {
		return fmt.Sprintf(r.phrases["each-of"], code(short(text)))
	}
	if name, ok := strings.CutPrefix(path(r.local(inner(e))), "input."); ok {
		return fmt.Sprintf(r.phrases["each-of"], fmt.Sprintf(r.phrases["input"], code(name)))
	}
	return r.phrases["each-worked-out"] + " " + r.dependsOn(e)
}

// typeWords is a type of the language in words.
func (w *pageWords) typeWords(text string) string {
	e := parse(text)
	if e == nil {
		return code(text)
	}
	return w.typeOf(e, false)
}

func (w *pageWords) typeOf(e hclsyntax.Expression, many bool) string {
	call, ok := e.(*hclsyntax.FunctionCallExpr)
	if !ok || len(call.Args) == 0 {
		name := path(e)
		if many {
			name += "s"
		}
		return w.wordsOr(w.types, name)
	}
	switch call.Name {
	case "list", "set":
		return w.types["list"] + " " + w.typeOf(call.Args[0], true)
	case "map":
		if of, ok := call.Args[0].(*hclsyntax.FunctionCallExpr); ok && of.Name == "list" {
			return w.types["map"] + " " + w.types["a-list"] + " " + w.typeOf(of.Args[0], true)
		}
		if path(call.Args[0]) == "number" {
			return w.types["map"] + " " + w.types["a-number"]
		}
		return w.types["map"] + " " + w.typeOf(call.Args[0], false)
	}
	object, ok := call.Args[0].(*hclsyntax.ObjectConsExpr)
	if !ok {
		return code(call.Name)
	}
	var fields []string
	for _, item := range object.Items {
		name := ""
		if key, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); ok {
			name = path(key.Wrapped)
		}
		fields = append(fields, code(name)+" ("+w.typeOf(item.ValueExpr, false)+")")
	}
	return w.types["object"] + " " + strings.Join(fields, ", ")
}

func (w *pageWords) wordsOr(list map[string]string, s string) string {
	if word := list[s]; word != "" {
		return word
	}
	return code(s)
}

// given is the default of an input in words.
func (w *pageWords) given(text string) string {
	if word := w.defaults[text]; word != "" {
		return word
	}
	return code(text)
}
