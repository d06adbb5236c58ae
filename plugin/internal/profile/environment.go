package profile

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// factType is the form of one field of a stated environment. Attributes of objects are optional but for those required; any value, at
// any depth, may be the word "unknown".
type factType struct {
	typ      cty.Type
	required []string // of the innermost object
}

// factTypes are the fields of needs and forbids. Of all these only needs.services is judged yet (and environment.builds, beside them);
// the others are checked for their form and kept for the judges to come.
func factTypes() map[string]factType {
	str, num, yes := cty.String, cty.Number, cty.Bool
	list := func(attrs map[string]cty.Type) cty.Type { return cty.List(cty.Object(attrs)) }
	return map[string]factType{
		"services":             {typ: cty.List(str)},
		"features":             {typ: cty.List(str)},
		"flows":                {list(map[string]cty.Type{"direction": str, "protocol": str, "port": str, "program": str, "peer": str, "reason": str}), []string{"direction", "protocol", "reason"}},
		"smb":                  {typ: str},
		"tls":                  {typ: str},
		"ntlm":                 {typ: str},
		"usb":                  {list(map[string]cty.Type{"vid": str, "pid": str, "reason": str}), []string{"vid"}},
		"kernel_drivers":       {list(map[string]cty.Type{"name": str, "hvci_ready": yes, "signed": yes}), []string{"name"}},
		"lsa_plugins":          {typ: cty.List(str)},
		"fips":                 {typ: yes},
		"code_locations":       {list(map[string]cty.Type{"path": str, "user_writable": yes, "publisher": str}), []string{"path"}},
		"script_hosts":         {typ: cty.List(str)},
		"session":              {typ: cty.Object(map[string]cty.Type{"autologon": yes, "shell": str, "continuous_display": yes, "lock_maximum": num})},
		"accounts":             {list(map[string]cty.Type{"name": str, "kind": str, "reason": str}), []string{"name"}},
		"av":                   {typ: cty.Object(map[string]cty.Type{"mode": str, "exclusions": cty.List(str), "remediation": str})},
		"updates":              {typ: cty.Object(map[string]cty.Type{"regime": str, "validated_through": str, "reboot_window": str})},
		"time":                 {typ: yes},
		"revocation_endpoints": {typ: cty.List(str)},
		"virtual":              {typ: cty.Object(map[string]cty.Type{"consent": yes, "gpu": yes, "bandwidth": str, "redirected_devices": cty.List(str)})},
	}
}

// readFacts checks a needs or forbids block and returns its values, nil where there is no block.
func readFacts(diags *hcl.Diagnostics, b *factsBlock) map[string]cty.Value {
	if b == nil {
		return nil
	}
	types := factTypes()
	r := reader{b.DefRange, staticContext(), diags}
	out := map[string]cty.Value{}
	for name, attr := range b.Attributes {
		t, ok := types[name]
		if !ok {
			r.report(attr.NameRange, "Unsupported argument", "An environment has no field called %q.%s", name, didYouMean(name, slices.Collect(maps.Keys(types))))
			continue
		}
		out[name] = conformAttribute(r, attr, name, t)
	}
	return out
}

func conformAttribute(r reader, attr *hcl.Attribute, name string, t factType) cty.Value {
	v, diags := attr.Expr.Value(r.ctx)
	*r.diags = append(*r.diags, diags...)
	if diags.HasErrors() {
		return cty.NullVal(cty.String)
	}
	conform(r, attr.Expr, name, v, t)
	return v
}

// conform walks value and type together.
func conform(r reader, expr hcl.Expression, name string, v cty.Value, t factType) {
	at := expr.Range()
	switch {
	case isUnknownWord(v):
	case v.IsNull() || !v.IsKnown():
		r.report(at, "Unsuitable value type", "The field %s must not be null. What is not known is \"unknown\".", name)
	case t.typ.IsListType():
		if !v.Type().IsTupleType() && !v.Type().IsListType() && !v.Type().IsSetType() {
			r.report(at, "Unsuitable value type", "The field %s must be a list, or \"unknown\".", name)
			return
		}
		items, _ := hcl.ExprList(expr) // nil for a list that is computed as a whole
		i := 0
		for it := v.ElementIterator(); it.Next(); i++ {
			_, e := it.Element()
			item := expr
			if i < len(items) {
				item = items[i]
			}
			conform(r, item, name+"[]", e, factType{t.typ.ElementType(), t.required})
		}
	case t.typ.IsObjectType():
		conformObject(r, expr, name, v, t)
	default:
		if _, err := convert.Convert(v, t.typ); err != nil {
			r.report(at, "Unsuitable value type", "The field %s: %s, or \"unknown\".", name, err)
		} else if v.Type() == cty.String && strings.TrimSpace(v.AsString()) == "" {
			r.report(at, "Empty value", "The field %s must not be empty. What is not known is \"unknown\".", name)
		}
	}
}

func conformObject(r reader, expr hcl.Expression, name string, v cty.Value, t factType) {
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		r.report(expr.Range(), "Unsuitable value type", "The field %s must be an object with %s, or \"unknown\".", name, strings.Join(slices.Sorted(slices.Values(attributeNames(t.typ))), ", "))
		return
	}
	pairs, ok := r.pairs(expr, name+" = { ... }")
	if !ok {
		return
	}
	seen := map[string]bool{}
	for _, p := range pairs {
		seen[p.key] = true
		if !t.typ.HasAttribute(p.key) {
			r.report(p.keyRange, "Unsupported argument", "The field %s has no attribute %q.%s", name, p.key, didYouMean(p.key, attributeNames(t.typ)))
			continue
		}
		conform(r, hcl.StaticExpr(p.value, p.valueRange), name+"."+p.key, p.value, factType{typ: t.typ.AttributeType(p.key)})
	}
	for _, need := range t.required {
		if !seen[need] {
			r.report(expr.Range(), "Missing required argument", "The field %s needs the attribute %q; what is not known is \"unknown\".", name, need)
		}
	}
}
