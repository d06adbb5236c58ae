package profile

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// input is a typed value that an image gives to a module.
type input struct {
	name        string
	at          hcl.Range
	typ         cty.Type
	defaults    *typeexpr.Defaults
	value       cty.Value // the default; cty.NilVal where an image must give one
	nullable    bool
	description plan.Text
	validations []*validationBlock
}

var identForm = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

func (s *Set) newInput(b *inputBlock) *input {
	r := reader{b.DefRange, staticContext(), &s.diags}
	if !identForm.MatchString(b.Name) {
		r.report(b.NameRange, "Invalid name", "The input name %q must consist of lower-case letters, digits and single underscores, for example \"allowed_peers\".", b.Name)
	}
	in := &input{name: b.Name, at: b.DefRange, typ: cty.DynamicPseudoType, validations: b.Validations, description: r.bothLanguages(b.Description, "description")}
	if b.Nullable != nil {
		r.into(b.Nullable, &in.nullable)
	}
	if r.need(b.Type, "type") {
		typ, defaults, diags := typeexpr.TypeConstraintWithDefaults(b.Type.Expr)
		s.diags = append(s.diags, diags...)
		in.typ, in.defaults = typ, defaults
		if !diags.HasErrors() && typ.HasDynamicTypes() {
			r.report(b.Type.Expr.Range(), "Invalid input type", "\"any\" is no type of an input: say what is meant, for example string, number, bool, list(string) or object({ ... }).")
		}
	}
	for _, v := range b.Validations {
		vr := reader{v.DefRange, r.ctx, r.diags}
		vr.need(v.Condition, "condition")
		vr.bothLanguages(v.ErrorMessage, "error_message")
	}
	if b.Default != nil {
		v, diags := b.Default.Expr.Value(r.ctx)
		s.diags = append(s.diags, diags...)
		if diags.HasErrors() {
			in.value = cty.UnknownVal(in.typ)
			return in
		}
		in.value = cty.UnknownVal(in.typ)
		if converted, err := in.convert(v); err != nil {
			r.report(b.Default.Expr.Range(), "Unsuitable default", "The default of input %q does not fit its type %s: %s", b.Name, typeexpr.TypeString(in.typ), sentence(err))
		} else {
			in.value = converted
		}
	}
	return in
}

// required says that an image must give a value.
func (in *input) required() bool { return in.value == cty.NilVal }

// convert brings a value into the input's type.
func (in *input) convert(v cty.Value) (cty.Value, error) {
	if v.IsNull() {
		if !in.nullable {
			return cty.NilVal, fmt.Errorf("null is allowed only where the input says nullable = true")
		}
		return cty.NullVal(in.typ), nil
	}
	if in.defaults != nil {
		v = in.defaults.Apply(v)
	}
	if err := refuseExtra(v, in.typ, ""); err != nil {
		return cty.NilVal, err
	}
	out, err := convert.Convert(v, in.typ)
	if err != nil {
		return cty.NilVal, err
	}
	return out, nil
}

// refuseExtra finds attributes that the type does not have: converting would drop them in silence.
func refuseExtra(v cty.Value, typ cty.Type, at string) error {
	if v.IsNull() || !v.IsKnown() || !v.CanIterateElements() {
		return nil
	}
	switch {
	case typ.IsObjectType() && (v.Type().IsObjectType() || v.Type().IsMapType()):
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			if !typ.HasAttribute(k.AsString()) {
				return fmt.Errorf("unknown attribute %q%s.%s", k.AsString(), at, didYouMean(k.AsString(), attributeNames(typ)))
			}
			if err := refuseExtra(e, typ.AttributeType(k.AsString()), " in "+k.AsString()); err != nil {
				return err
			}
		}
	case typ.IsCollectionType():
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			if err := refuseExtra(e, typ.ElementType(), at); err != nil {
				return err
			}
		}
	}
	return nil
}

func attributeNames(typ cty.Type) []string {
	var names []string
	for name := range typ.AttributeTypes() {
		names = append(names, name)
	}
	return names
}

// only reports whether an expression looks at nothing but the input.
func (in *input) only(expr hcl.Expression) bool {
	return !slices.ContainsFunc(expr.Variables(), func(v hcl.Traversal) bool {
		if len(v) < 2 || v.RootName() != "input" {
			return true
		}
		name, ok := v[1].(hcl.TraverseAttr)
		return !ok || name.Name != in.name
	})
}

// validate runs an input's own conditions in a scope that has it, but for those that use what is unknown; at is where the image gives the
// value, or names the module where it gives none. With alone only the conditions are run that look at nothing but the input, else only the
// others. Where a product's need is what a condition refuses, it is told at that need.
func (e surroundings) validate(in *input, ctx *hcl.EvalContext, at hcl.Range, m *module, unknown gaps, alone bool) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, v := range in.validations {
		r := reader{v.DefRange, ctx, &diags}
		var ok bool
		if in.only(v.Condition.Expr) != alone || unknown.hit(v.Condition.Expr.Variables()) {
			continue
		}
		if !r.into(v.Condition, &ok) || ok {
			continue
		}
		text := reader{v.DefRange, ctx, new(hcl.Diagnostics)}.bothLanguages(v.ErrorMessage, "error_message")
		both := fmt.Sprintf("%s (%s)", text.EN, text.SV)
		blamed := e.culprits(m, v.Condition, ctx)
		for _, c := range blamed {
			diags = append(diags, in.refused(c, ctx.Variables["input"].GetAttr(in.name), at, m, both))
		}
		if len(blamed) == 0 {
			diags = append(diags, problem(at, "Invalid input value", "%s The input %q of module %q takes %s and is checked at %s.", both, in.name, m.name, typeexpr.TypeString(in.typ), place(v.DefRange)))
		}
	}
	return diags
}
