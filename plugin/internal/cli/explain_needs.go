package cli

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// productFact is what one product states of a field of its environment. A list has one for each entry.
type productFact struct {
	Field   string `json:"field"`
	Product string `json:"product"`
	State   string `json:"state"` // stated, unknown or unstated
	Value   string `json:"value,omitempty"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
}

// stated answers for needs.FIELD and forbids.FIELD, also deeper ones such as needs.av.mode: what each product says, and which settings of
// the image's modules read it. ok is false where the query is no field.
func stated(p *build.Project, query string) (facts []productFact, readers []string, ok bool, err error) {
	part, field, _ := strings.Cut(query, ".")
	if part != "needs" && part != "forbids" {
		return nil, nil, false, nil
	}
	field = cmp.Or(otherNames[field], field)
	if err := knownField(reflect.TypeFor[environment.Facts](), part, field); err != nil {
		return nil, nil, true, err
	}
	for _, product := range p.Resolved.Request.Products {
		from := product.Environment.Needs
		if part == "forbids" {
			from = product.Environment.Forbids
		}
		name := strings.TrimSpace(product.Name + " " + product.Version)
		facts = append(facts, factsAt(productFact{Field: query, Product: name}, reflect.ValueOf(from), field)...)
	}
	readers = needReaders(p, part+"."+field)
	for other, one := range otherNames {
		if one == field {
			readers = append(readers, needReaders(p, part+"."+other)...)
		}
	}
	slices.Sort(readers)
	return facts, slices.Compact(readers), true, nil
}

// otherNames are what modules call a field that lies deeper.
var otherNames = map[string]string{"av_exclusions": "av.exclusions"}

// knownField refuses a path that the language does not have.
func knownField(t reflect.Type, above, field string) error {
	first, rest, deeper := strings.Cut(field, ".")
	var names []string
	for f := range t.Fields() {
		name := f.Tag.Get("fact")
		if name != "" {
			names = append(names, name)
		}
		if name != first || !deeper {
			continue
		}
		if value, ok := valueType(f.Type); ok && value.Kind() == reflect.Struct {
			return knownField(value, above+"."+first, rest)
		}
		return usageError{fmt.Errorf("%s.%s has no fields\nhint: wmclient explain IMAGE %s.%s", above, first, above, first)}
	}
	if slices.Contains(names, first) {
		return nil
	}
	slices.Sort(names)
	if first == "" {
		return usageError{fmt.Errorf("%s is not one thing\nhint: say which: wmclient explain IMAGE %s.FIELD, where FIELD is one of %s", above, above, strings.Join(names, ", "))}
	}
	return usageError{fmt.Errorf("%s has no field %q\nhint:%s Its fields are %s", above, first, plan.DidYouMean(first, names), strings.Join(names, ", "))}
}

// valueType is what a fact or the entries of a list hold.
func valueType(slot reflect.Type) (reflect.Type, bool) {
	if items, ok := slot.FieldByName("Items"); ok {
		slot = items.Type.Elem()
	}
	value, ok := slot.FieldByName("Value")
	return value.Type, ok
}

// factsAt are the facts at a path below facts or an object. Where what is above is not stated, neither is the field.
func factsAt(so productFact, in reflect.Value, field string) []productFact {
	first, rest, deeper := strings.Cut(field, ".")
	slot := factSlot(in, first)
	so.State, so.File, so.Line = stateOf(slot)
	list, isList := entries(slot)
	if so.State != environment.Stated.String() {
		return []productFact{so}
	}
	if isList && len(list) == 0 {
		so.Value = "none"
		return []productFact{so}
	}
	if !isList {
		list = []reflect.Value{slot}
	}
	var out []productFact
	for _, entry := range list {
		one := so
		one.State, one.File, one.Line = stateOf(entry)
		switch {
		case one.State == environment.Stated.String() && deeper:
			out = append(out, factsAt(so, entry.FieldByName("Value"), rest)...)
			continue
		case one.State == environment.Stated.String():
			one.Value = valueText(entry.FieldByName("Value"))
		}
		out = append(out, one)
	}
	return out
}

func factSlot(in reflect.Value, name string) reflect.Value {
	for i := range in.NumField() {
		if in.Type().Field(i).Tag.Get("fact") == name {
			return in.Field(i)
		}
	}
	return reflect.Value{} // knownField has refused such a name
}

func entries(slot reflect.Value) (list []reflect.Value, isList bool) {
	items := slot.FieldByName("Items")
	if !items.IsValid() {
		return nil, false
	}
	for i := range items.Len() {
		list = append(list, items.Index(i))
	}
	return list, true
}

func stateOf(slot reflect.Value) (state, file string, line int) {
	s, _ := slot.FieldByName("State").Interface().(environment.State)
	at, _ := slot.FieldByName("Range").Interface().(hcl.Range)
	return s.String(), at.Filename, at.Start.Line
}

// valueText is a value on one line; of an object, the fields that its file speaks of.
func valueText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Bool:
		return fmt.Sprint(v.Bool())
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			name := v.Type().Field(i).Tag.Get("fact")
			if name == "" {
				continue
			}
			var values []string
			for _, f := range factsAt(productFact{}, v, name) {
				if f.State != environment.Unstated.String() {
					values = append(values, f.says())
				}
			}
			if len(values) > 0 {
				parts = append(parts, name+" = "+strings.Join(values, ", "))
			}
		}
		return strings.Join(parts, "; ")
	case reflect.String:
		return v.String()
	}
	return fmt.Sprint(v.Interface())
}

// says is the value, or that there is none: an unknown is never a value.
func (f productFact) says() string {
	if f.State == environment.Stated.String() {
		return f.Value
	}
	return map[string]string{environment.Unknown.String(): "unknown"}[f.State]
}

// needReaders are the settings of the image that modules make from the field, straight or through the names that a module gives to values.
func needReaders(p *build.Project, query string) []string {
	var out []string
	for _, file := range p.Set.Files() {
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok {
			continue
		}
		for _, b := range body.Blocks {
			if b.Type == "module" && len(b.Labels) == 1 {
				out = append(out, moduleReaders(p, b, query)...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func moduleReaders(p *build.Project, module *hclsyntax.Block, query string) []string {
	locals := map[string]hclsyntax.Expression{}
	for _, b := range module.Body.Blocks {
		if b.Type == "locals" {
			for name, attr := range b.Body.Attributes {
				locals[name] = attr.Expr
			}
		}
	}
	var out []string
	for _, b := range module.Body.Blocks {
		if b.Type != "setting" || len(b.Labels) != 2 {
			continue
		}
		var reads func(e hclsyntax.Expression, seen map[string]bool) bool
		reads = func(e hclsyntax.Expression, seen map[string]bool) bool {
			return slices.ContainsFunc(hclsyntax.Variables(e), func(t hcl.Traversal) bool {
				name := path(&hclsyntax.ScopeTraversalExpr{Traversal: t[:min(len(t), 2)]})
				if name == query || strings.HasPrefix(query, name+".") && strings.Contains(name, ".") {
					return true
				}
				local, isLocal := strings.CutPrefix(name, "local.")
				if !isLocal || seen[local] || locals[local] == nil {
					return false
				}
				seen[local] = true
				return reads(locals[local], seen)
			})
		}
		for _, attr := range b.Body.Attributes {
			if reads(attr.Expr, map[string]bool{}) {
				out = append(out, idsOf(p, module.Labels[0]+"/"+b.Labels[1])...)
				break
			}
		}
	}
	return out
}

// idsOf are the settings of the image that one block makes.
func idsOf(p *build.Project, id string) []string {
	var out []string
	for _, s := range p.Composed.Plan.Settings {
		if s.ID == id || strings.HasPrefix(s.ID, id+"[") {
			out = append(out, s.ID)
		}
	}
	return out
}
