package profile

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
)

// factField is one field of needs and forbids, or one attribute of an object in them, as its tags in package environment say.
type factField struct {
	name      string
	index     int
	required  bool
	shorthand bool // what a plain string stands for
	key       bool
	values    []string // any other value is an error
	words     []string // any other value counts as unknown
	form      string
}

// knownFields are the results of factFields by type. Types do not change while a program runs.
var knownFields sync.Map

// factFields reads the tags of a struct of package environment. The result is shared: it is not to be changed.
func factFields(t reflect.Type) []factField {
	if known, ok := knownFields.Load(t); ok {
		if fields, ok := known.([]factField); ok {
			return fields
		}
	}
	fields := readFactFields(t)
	knownFields.Store(t, fields)
	return fields
}

func readFactFields(t reflect.Type) []factField {
	var out []factField
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		if tag.Get("fact") == "" {
			continue
		}
		out = append(out, factField{
			name: tag.Get("fact"), index: i, required: tag.Get("required") != "", shorthand: tag.Get("shorthand") != "", key: tag.Get("key") != "",
			values: strings.Fields(tag.Get("values")), words: strings.Fields(tag.Get("words")), form: tag.Get("form"),
		})
	}
	return out
}

func factNames(fields []factField) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}

func findFact(fields []factField, name string) (factField, bool) {
	i := slices.IndexFunc(fields, func(f factField) bool { return f.name == name })
	if i < 0 {
		return factField{}, false
	}
	return fields[i], true
}

// slotOf is the place for a field of the struct behind v.
func slotOf(v reflect.Value, f factField) environment.Slot {
	return v.Field(f.index).Addr().Interface().(environment.Slot) // TestFactsAreSlots: no tagged field is anything else
}

// readFacts decodes a needs or forbids block.
func readFacts(diags *hcl.Diagnostics, b *factsBlock) environment.Facts {
	var out environment.Facts
	if b == nil {
		return out
	}
	out.DefRange = b.DefRange
	r := reader{b.DefRange, staticContext(), diags}
	v := reflect.ValueOf(&out).Elem()
	fields := factFields(v.Type())
	for name, attr := range b.Attributes {
		f, ok := findFact(fields, name)
		if !ok {
			r.report(attr.NameRange, "Unsupported argument", "An environment has no field called %q.%s", name, didYouMean(name, factNames(fields)))
			continue
		}
		r.factAttribute(attr, f, slotOf(v, f))
	}
	r.repeated(out.Services, "services")
	return out
}

// factAttribute decodes one attribute.
func (r reader) factAttribute(attr *hcl.Attribute, f factField, into environment.Slot) {
	v, diags := attr.Expr.Value(r.ctx)
	*r.diags = append(*r.diags, diags...)
	into.Set(environment.Unknown, attr.Expr.Range())
	if !diags.HasErrors() {
		r.fact(attr.Expr, f.name, v, f, into)
	}
}

// fact decodes a value, whose places expr knows, into its slot. What cannot be decoded is reported and stays unknown.
func (r reader) fact(expr hcl.Expression, name string, v cty.Value, f factField, into environment.Slot) {
	at := expr.Range()
	into.Set(environment.Unknown, at)
	switch {
	case isUnknownWord(v):
	case v.IsNull() || !v.IsKnown():
		r.report(at, "Unsuitable value type", "The field %s must not be null. What is not known is \"unknown\".", name)
	case into.Target() == nil:
		r.factList(expr, name, v, f, into)
	default:
		if s := reflect.ValueOf(into.Target()).Elem(); s.Kind() == reflect.Struct {
			r.factObject(expr, name, v, s, into)
		} else {
			r.factScalar(at, name, v, f, into)
		}
	}
}

func (r reader) factList(expr hcl.Expression, name string, v cty.Value, f factField, into environment.Slot) {
	at := expr.Range()
	if !v.Type().IsTupleType() && !v.Type().IsListType() && !v.Type().IsSetType() {
		r.report(at, "Unsuitable value type", "The field %s must be a list, or \"unknown\".", name)
		return
	}
	into.Set(environment.Stated, at)
	items, _ := hcl.ExprList(expr) // nil for a list that is computed as a whole
	i := 0
	for it := v.ElementIterator(); it.Next(); i++ {
		_, e := it.Element()
		item := hcl.StaticExpr(e, at)
		if i < len(items) {
			item = items[i]
		}
		r.fact(item, name+"[]", e, f, into.Grow())
	}
}

func (r reader) factObject(expr hcl.Expression, name string, v cty.Value, s reflect.Value, into environment.Slot) {
	fields := factFields(s.Type())
	if v.Type() == cty.String {
		if i := slices.IndexFunc(fields, func(f factField) bool { return f.shorthand }); i >= 0 {
			into.Set(environment.Stated, expr.Range())
			r.fact(expr, name, v, fields[i], slotOf(s, fields[i]))
			return
		}
	}
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		r.report(expr.Range(), "Unsuitable value type", "The field %s must be an object with %s, or \"unknown\".", name, strings.Join(slices.Sorted(slices.Values(factNames(fields))), ", "))
		return
	}
	pairs, ok := r.pairs(expr, name+" = { ... }")
	if !ok {
		return
	}
	into.Set(environment.Stated, expr.Range())
	seen := map[string]bool{}
	for _, p := range pairs {
		seen[p.key] = true
		f, ok := findFact(fields, p.key)
		if !ok {
			r.report(p.keyRange, "Unsupported argument", "The field %s has no attribute %q.%s", name, p.key, didYouMean(p.key, factNames(fields)))
			continue
		}
		r.fact(p.expr, name+"."+p.key, p.value, f, slotOf(s, f))
	}
	for _, f := range fields {
		if f.required && !seen[f.name] {
			r.report(expr.Range(), "Missing required argument", "The field %s needs the attribute %q; what is not known is \"unknown\".", name, f.name)
		}
	}
}

func (r reader) factScalar(at hcl.Range, name string, v cty.Value, f factField, into environment.Slot) {
	fail := func(err error) {
		r.report(at, "Unsuitable value type", "The field %s: %s, or \"unknown\".", name, err)
	}
	switch target := into.Target().(type) {
	case *string:
		s, err := convert.Convert(v, cty.String)
		if err != nil {
			fail(err)
			return
		}
		if strings.TrimSpace(s.AsString()) == "" {
			r.report(at, "Empty value", "The field %s must not be empty. What is not known is \"unknown\".", name)
			return
		}
		r.factWord(at, name, s.AsString(), f, target, into)
	case *bool:
		b, err := convert.Convert(v, cty.Bool)
		if err != nil {
			fail(err)
			return
		}
		*target = b.True()
		into.Set(environment.Stated, at)
	case *int:
		n, err := convert.Convert(v, cty.Number)
		if err != nil {
			fail(err)
			return
		}
		if ctyInto(n, target) != nil || *target < 0 || *target > math.MaxInt32 {
			r.report(at, "Unsuitable value type", "The field %s takes a whole number, not negative and of a sensible size, or \"unknown\".", name)
			return
		}
		into.Set(environment.Stated, at)
	}
}

// factWord keeps a text. One out of a closed list must be in it; where files from before the list was closed may have another, that one
// is a warning and counts as unknown.
func (r reader) factWord(at hcl.Range, name, s string, f factField, target *string, into environment.Slot) {
	doubt := func(want, hint string) {
		d := problem(at, "Value not understood", "%q is nothing that the field %s has a meaning for, so it counts as unknown. Write %s, or \"unknown\".%s", s, name, want, hint)
		d.Severity = hcl.DiagWarning
		*r.diags = append(*r.diags, d)
	}
	switch {
	case len(f.values) > 0 && !slices.Contains(f.values, s):
		r.report(at, "Unsupported value", "%q is not a value of the field %s, which takes %s, or \"unknown\".%s", s, name, strings.Join(quoteAll(f.values), ", "), nearest(s, f.values))
		return
	case len(f.words) > 0:
		word := wordOf(s, f)
		if word == "" {
			doubt("one of "+strings.Join(quoteAll(f.words), ", "), nearest(s, f.words))
			return
		}
		s = word
	case f.form != "":
		form := factForms()[f.form]
		normal, ok := form.read(s)
		if !ok {
			doubt(form.want, "")
			return
		}
		s = normal
	}
	*target = s
	into.Set(environment.Stated, at)
}

// repeated refuses a name that stands in a list twice.
func (r reader) repeated(list environment.List[string], name string) {
	seen := map[string]bool{}
	for _, s := range list.Stated() {
		if seen[s.Value] {
			r.report(s.Range, "Duplicate entry", "The list %q names %q twice.", name, s.Value)
		}
		seen[s.Value] = true
	}
}
