package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// imageFacts is what expressions may know of the image.
type imageFacts struct{ name, version string }

// surroundings are what is the same for all modules of an image.
type surroundings struct {
	base     plan.Base
	image    imageFacts
	products []*product
	needs    cty.Value           // what the products need
	origins  map[string][]origin // where each entry of needs is stated, by field
	flows    cty.Value           // all flows of the image, once they are evaluated
	gaps     gaps                // "base", "products", "needs", where an error keeps them from being known
	alone    bool                // the module is tried without an image: nobody gives it values
	scope    *scope              // what context has made of these; never nil in an evaluator
}

// context is the scope of everything that an image decides: functions, base, image, products and what these need.
func (e surroundings) context() *hcl.EvalContext {
	if e.scope == nil {
		e.scope = &scope{}
	}
	if e.scope.variables == nil {
		e.scope.variables = e.variables()
	}
	ctx := staticContext()
	ctx.Variables = maps.Clone(e.scope.variables)
	return ctx
}

// scope is kept because a context is asked for three times a module. The surroundings are complete by then but for the flows, which are
// not in it.
type scope struct{ variables map[string]cty.Value }

func (e surroundings) variables() map[string]cty.Value {
	languages := cty.ListValEmpty(cty.String)
	if len(e.base.Languages) > 0 {
		var list []cty.Value
		for _, l := range e.base.Languages {
			list = append(list, cty.StringVal(l))
		}
		languages = cty.ListVal(list)
	}
	products := map[string]cty.Value{}
	for _, p := range e.products {
		products[p.Name] = cty.ObjectVal(map[string]cty.Value{"manufacturer": cty.StringVal(p.Manufacturer), "version": cty.StringVal(p.Version)})
	}
	out := map[string]cty.Value{
		"base": cty.ObjectVal(map[string]cty.Value{
			"name": cty.StringVal(e.base.Name), "edition_id": cty.StringVal(e.base.EditionID), "build": cty.StringVal(e.base.Build),
			"build_number": cty.NumberIntVal(int64(e.base.Number())), "ubr": cty.NumberIntVal(int64(e.base.UBR())),
			"arch": cty.StringVal(e.base.Arch), "channel": cty.StringVal(e.base.Channel), "languages": languages,
		}),
		"image":    cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(e.image.name), "version": cty.StringVal(e.image.version)}),
		"products": cty.ObjectVal(products),
		"needs":    e.needs,
	}
	for name := range e.gaps {
		out[name] = cty.DynamicVal
	}
	return out
}

// moduleContext adds the module's inputs and locals. A local that cannot be evaluated becomes a gap.
func (e surroundings) moduleContext(m *module, inputs map[string]cty.Value, unknown gaps) (*hcl.EvalContext, hcl.Diagnostics) {
	ctx := e.context()
	ctx.Variables["input"] = cty.ObjectVal(inputs)
	ctx.Variables["module"] = m.facts()
	ctx.Variables["flows"] = e.flows
	if unknown["flows"] {
		ctx.Variables["flows"] = cty.DynamicVal
	}
	locals, diags := evaluateLocals(m.locals, ctx, unknown)
	if len(m.locals) > 0 {
		ctx.Variables["local"] = cty.ObjectVal(locals)
	}
	return ctx, diags
}

// evaluateLocals evaluates each local after those that it uses. One that fails, or uses a gap, becomes a gap.
func evaluateLocals(attrs hcl.Attributes, ctx *hcl.EvalContext, unknown gaps) (map[string]cty.Value, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	values := map[string]cty.Value{}
	active := map[string]bool{}
	leave := func(name string) {
		unknown["local."+name] = true
		values[name] = cty.DynamicVal
	}
	var evaluate func(name string)
	evaluate = func(name string) {
		if _, done := values[name]; done {
			return
		}
		attr := attrs[name]
		active[name] = true
		defer delete(active, name)
		for _, t := range attr.Expr.Variables() {
			used := localName(t)
			switch {
			case attrs[used] == nil: // not a local, or an unknown one, which has been reported
			case active[used]:
				diags = append(diags, problem(t.SourceRange(), "Cyclic locals", "local.%s is used to compute itself; it stands at %s.", used, place(attrs[used].Range)))
				leave(name)
				return
			default:
				evaluate(used)
			}
		}
		if unknown["local."+name] || unknown.hit(attr.Expr.Variables()) {
			leave(name)
			return
		}
		child := ctx.NewChild()
		child.Variables = map[string]cty.Value{"local": cty.ObjectVal(values)}
		v, valueDiags := attr.Expr.Value(child)
		diags = append(diags, valueDiags...)
		if values[name] = v; valueDiags.HasErrors() {
			leave(name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		evaluate(name)
	}
	return values, diags
}

func localName(t hcl.Traversal) string {
	if t.RootName() != "local" || len(t) < 2 {
		return ""
	}
	if step, ok := t[1].(hcl.TraverseAttr); ok {
		return step.Name
	}
	return ""
}

// inputValues evaluates what an image gives to a module, where it gives them, and the gaps that the module's other expressions then have.
// at is where the image names the module, or what pulled it in.
func (e surroundings) inputValues(m *module, given *hcl.Attribute, at hcl.Range) (values map[string]cty.Value, stated map[string]hcl.Range, unknown gaps, diags hcl.Diagnostics) {
	unknown = e.gaps.with(m.gaps)
	values, places, complete := e.givenValues(m, given, at, unknown, &diags)
	stated = maps.Clone(places)
	doubtful := unknown.with(nil) // what conditions cannot rely on
	for _, in := range m.inputs {
		if _, ok := values[in.name]; ok || unknown["input."+in.name] {
			continue
		}
		places[in.name] = at
		values[in.name] = in.value
		if !complete {
			doubtful["input."+in.name] = true
		}
		if !in.required() {
			continue
		}
		unknown["input."+in.name] = true
		if complete && !e.alone {
			reader{at, nil, &diags}.report(at, "Missing input", "The module %s needs a value for its input %q (%s), which has no default. It takes %s: %s (%s). Give it with inputs = { %s = ... } in a block module %q of the image.", m.id(), in.name, place(in.at), typeexpr.TypeString(in.typ), trimStop(in.description.EN), trimStop(in.description.SV), in.name, m.name)
		}
	}
	for _, in := range m.inputs {
		if unknown["input."+in.name] {
			values[in.name] = cty.DynamicVal
		}
	}
	ctx := e.context()
	ctx.Variables["input"] = cty.ObjectVal(values)
	ctx.Variables["module"] = m.facts()
	doubtful = doubtful.with(unknown)
	// What an input alone makes wrong goes first: a condition on several inputs says nothing true of one that is wrong itself.
	for _, alone := range []bool{true, false} {
		for _, in := range m.inputs {
			if unknown["input."+in.name] {
				continue
			}
			more := e.validate(in, ctx, places[in.name], m, doubtful, alone)
			diags = append(diags, more...)
			if more.HasErrors() {
				unknown["input."+in.name], doubtful["input."+in.name] = true, true
			}
		}
	}
	return values, stated, unknown, diags
}

// givenValues are the values that the image gives and that fit; an input whose value does not becomes a gap. complete is false where it
// is not clear which inputs are given.
func (e surroundings) givenValues(m *module, given *hcl.Attribute, at hcl.Range, unknown gaps, diags *hcl.Diagnostics) (values map[string]cty.Value, places map[string]hcl.Range, complete bool) {
	values, places = map[string]cty.Value{}, map[string]hcl.Range{}
	if given == nil {
		return values, places, true
	}
	r := reader{at, e.context(), diags}
	pairs, complete := r.pairs(given.Expr, "inputs = { name = value }")
	for _, p := range pairs {
		in := m.input(p.key)
		if in == nil {
			r.report(p.keyRange, "Unknown input", "The module %s (%s) has no input %q.%s", m.id(), place(m.at), p.key, didYouMean(p.key, m.inputNames()))
			complete = false
			continue
		}
		if unknown["input."+in.name] {
			continue // what it takes is not known
		}
		places[p.key] = p.valueRange
		v, err := in.convert(p.value)
		if err != nil {
			r.report(p.valueRange, "Unsuitable input value", "The input %q of module %s (%s) takes %s (%s; %s): %s", in.name, m.id(), place(in.at), typeexpr.TypeString(in.typ), trimStop(in.description.EN), trimStop(in.description.SV), sentence(err))
			unknown["input."+in.name] = true
			continue
		}
		values[p.key] = v
	}
	return values, places, complete
}

// facts are what expressions may know of their module.
func (m *module) facts() cty.Value {
	version := cty.UnknownVal(cty.String)
	if m.version != nil {
		version = cty.StringVal(m.version.String())
	}
	return cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(m.name), "version": version})
}

func (m *module) input(name string) *input {
	for _, in := range m.inputs {
		if in.name == name {
			return in
		}
	}
	return nil
}

func (m *module) inputNames() []string {
	var names []string
	for _, in := range m.inputs {
		names = append(names, in.name)
	}
	return names
}

// instance is one setting that a setting block makes: the block itself, or one for each key of for_each.
type instance struct {
	id   string
	ctx  *hcl.EvalContext
	each map[string]cty.Value // what ctx adds to the module's scope
}

// instances evaluates for_each.
func (def *settingDef) instances(m *module, ctx *hcl.EvalContext) ([]instance, hcl.Diagnostics) {
	id := m.name + "/" + def.block.Label
	if def.block.ForEach == nil {
		return []instance{{id, ctx, nil}}, nil
	}
	expr := def.block.ForEach.Expr
	v, diags := expr.Value(ctx)
	if diags.HasErrors() {
		return nil, diags
	}
	typ := v.Type()
	isMap := typ.IsObjectType() || typ.IsMapType()
	if v.IsNull() || !v.IsWhollyKnown() || !(isMap || typ.IsTupleType() || typ.IsListType() || typ.IsSetType()) {
		return nil, append(diags, problem(expr.Range(), "Unsuitable for_each", "for_each takes a list of strings, or an object whose keys name the settings."))
	}
	byKey := map[string]cty.Value{}
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if !isMap {
			if e.IsNull() || e.Type() != cty.String {
				return nil, append(diags, problem(expr.Range(), "Unsuitable for_each", "Each entry of a for_each list must be a string: it becomes part of the setting's id. Use an object for anything else."))
			}
			k = e
		}
		diags = append(diags, addKey(byKey, k.AsString(), e, expr.Range())...)
	}
	var out []instance
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		child := ctx.NewChild()
		child.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(key), "value": byKey[key]})}
		out = append(out, instance{fmt.Sprintf("%s[%s]", id, key), child, child.Variables})
	}
	return out, diags
}

func addKey(byKey map[string]cty.Value, key string, v cty.Value, at hcl.Range) hcl.Diagnostics {
	if key == "" || strings.TrimSpace(key) != key || strings.ContainsAny(key, "[]\n\r") {
		return hcl.Diagnostics{problem(at, "Unsuitable for_each", "The key %q must not be empty, have spaces at its ends or contain brackets or line ends: it becomes part of the setting's id.", key)}
	}
	for other := range byKey {
		if strings.EqualFold(other, key) {
			pairOf := []string{other, key}
			slices.Sort(pairOf)
			return hcl.Diagnostics{problem(at, "Duplicate entry", "for_each has %q and %q; keys that are equal, or differ in case only, would be one setting.", pairOf[0], pairOf[1])}
		}
	}
	byKey[key] = v
	return nil
}
