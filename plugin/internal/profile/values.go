package profile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// reader reads the attributes of one block. What is missing, empty or of a wrong type is reported once, and its zero value returned.
type reader struct {
	header hcl.Range // of the block: where missing attributes are reported
	ctx    *hcl.EvalContext
	diags  *hcl.Diagnostics
}

func (r reader) report(at hcl.Range, summary, format string, args ...any) {
	*r.diags = append(*r.diags, problem(at, summary, format, args...))
}

// need reports whether the attribute stands in the block.
func (r reader) need(attr *hcl.Attribute, name string) bool {
	if attr == nil {
		r.report(r.header, "Missing required argument", "The argument %q is required, but no definition was found.", name)
	}
	return attr != nil
}

// into decodes an attribute into a Go value and reports whether that went well.
func (r reader) into(attr *hcl.Attribute, target any) bool {
	diags := gohcl.DecodeExpression(attr.Expr, r.ctx, target)
	*r.diags = append(*r.diags, diags...)
	return !diags.HasErrors()
}

// text reads a required, non-empty string.
func (r reader) text(attr *hcl.Attribute, name string) string {
	if !r.need(attr, name) {
		return ""
	}
	var s string
	if r.into(attr, &s) && strings.TrimSpace(s) == "" {
		r.report(attr.Expr.Range(), "Empty value", "The argument %q must not be empty.", name)
	}
	return s
}

// list reads strings; each must be non-empty and stand there once. An attribute that is there must not be empty.
func (r reader) list(attr *hcl.Attribute, name string) []string {
	if attr == nil {
		return nil
	}
	var list []string
	if !r.into(attr, &list) {
		return nil
	}
	if len(list) == 0 {
		r.report(attr.Expr.Range(), "Empty value", "The list %q is empty. Fill it, or leave it out where it is optional.", name)
	}
	seen := map[string]bool{}
	for _, s := range list {
		switch {
		case strings.TrimSpace(s) == "":
			r.report(attr.Expr.Range(), "Empty value", "The list %q has an empty entry.", name)
		case seen[s]:
			r.report(attr.Expr.Range(), "Duplicate entry", "The list %q names %q twice.", name, s)
		}
		seen[s] = true
	}
	return list
}

// oneOf reads a string out of a closed set.
func (r reader) oneOf(attr *hcl.Attribute, name, summary string, allowed []string) string {
	s := r.text(attr, name)
	if s == "" {
		return ""
	}
	if slices.Contains(allowed, s) {
		return s
	}
	r.report(attr.Expr.Range(), summary, "%q is not a value of %q, which takes %s.%s", s, name, strings.Join(quoteAll(allowed), ", "), nearest(s, allowed))
	return ""
}

// nearest is didYouMean for details that list the known names already.
func nearest(given string, known []string) string {
	if m := didYouMean(given, known); strings.HasPrefix(m, " Did") {
		return m
	}
	return ""
}

// date reads YYYY-MM-DD.
func (r reader) date(attr *hcl.Attribute, name string) string {
	s := r.text(attr, name)
	if s == "" {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		r.report(attr.Expr.Range(), "Invalid date", "%q is not a date of the calendar. Write the year, month and day, for example \"2027-06-30\".", s)
		return ""
	}
	return s
}

// bothLanguages reads { en = "...", sv = "..." }: both are required, since the people who answer for a client read Swedish and many of
// the vendors' people do not.
func (r reader) bothLanguages(attr *hcl.Attribute, name string) plan.Text {
	if !r.need(attr, name) {
		return plan.Text{}
	}
	pairs, ok := r.pairs(attr.Expr, fmt.Sprintf("%s = { en = \"...\", sv = \"...\" }", name))
	if !ok {
		return plan.Text{}
	}
	texts := map[string]string{}
	for _, p := range pairs {
		if p.key != "en" && p.key != "sv" {
			r.report(p.keyRange, "Unsupported language", "%q has the languages \"en\" and \"sv\", not %q.", name, p.key)
			continue
		}
		s, err := convert.Convert(p.value, cty.String)
		if err != nil || s.IsNull() {
			r.report(p.valueRange, "Unsuitable value type", "The text %s.%s must be a string.", name, p.key)
			texts[p.key] = "?"
			continue
		}
		if texts[p.key] = s.AsString(); strings.TrimSpace(s.AsString()) == "" {
			r.report(p.valueRange, "Empty value", "The text %s.%s must not be empty.", name, p.key)
			texts[p.key] = "?"
		}
	}
	for _, lang := range []string{"en", "sv"} {
		if texts[lang] == "" {
			r.report(attr.Expr.Range(), "Missing language", "The text %s.%s is missing: both English (en) and Swedish (sv) are required.", name, lang)
		}
	}
	return plan.Text{EN: texts["en"], SV: texts["sv"]}
}

// pair is one entry of an object with the places of both halves.
type pair struct {
	key        string
	keyRange   hcl.Range
	value      cty.Value
	valueRange hcl.Range
	expr       hcl.Expression // the value's
}

// pairs evaluates an object in source order; want is how it should be written. Entries of an object that is computed as a whole have
// the whole for a place. hcl lets the later of two equal keys win in silence: here they are refused.
func (r reader) pairs(expr hcl.Expression, want string) ([]pair, bool) {
	kvs, mapDiags := hcl.ExprMap(expr)
	if mapDiags.HasErrors() {
		return r.computedPairs(expr, want)
	}
	var out []pair
	ok := true
	seen := map[string]hcl.Range{}
	for _, kv := range kvs {
		var key string
		keyDiags := gohcl.DecodeExpression(kv.Key, r.ctx, &key)
		value, valueDiags := kv.Value.Value(r.ctx)
		*r.diags = append(append(*r.diags, keyDiags...), valueDiags...)
		if keyDiags.HasErrors() || valueDiags.HasErrors() || !value.IsWhollyKnown() {
			ok = false
			continue
		}
		if first, dup := seen[key]; dup {
			r.report(kv.Key.Range(), "Duplicate entry", "%q is already given at %s.", key, place(first))
			ok = false
			continue
		}
		seen[key] = kv.Key.Range()
		out = append(out, pair{key, kv.Key.Range(), value, kv.Value.Range(), kv.Value})
	}
	return out, ok
}

func (r reader) computedPairs(expr hcl.Expression, want string) ([]pair, bool) {
	v, diags := expr.Value(r.ctx)
	*r.diags = append(*r.diags, diags...)
	if diags.HasErrors() {
		return nil, false
	}
	if !v.IsWhollyKnown() {
		return nil, false // it uses what an error keeps from being known
	}
	if v.IsNull() || !(v.Type().IsObjectType() || v.Type().IsMapType()) {
		r.report(expr.Range(), "Unsuitable value type", "An object is required here: %s.", want)
		return nil, false
	}
	var out []pair
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		out = append(out, pair{k.AsString(), expr.Range(), e, expr.Range(), hcl.StaticExpr(e, expr.Range())})
	}
	return out, true
}

var slugForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// IsName reports whether a base, a module, a product or an image can be called that.
func IsName(s string) bool { return slugForm.MatchString(s) && len(s) <= maxName && !isDevice(s) }

// maxName is how long a name can be, in characters.
const maxName = 64

// slug checks the form of a name: it becomes part of ids, file names and folders on Windows and Linux.
func (r reader) slug(name string, at hcl.Range, what string) {
	switch {
	case !slugForm.MatchString(name) || len(name) > maxName:
		r.report(at, "Invalid name", "The %s name %q must consist of lower-case letters, digits and single hyphens, begin with a letter and have at most %d characters, for example \"lock-screen\".", what, name, maxName)
	case isDevice(name):
		r.report(at, "Invalid name", "The %s name %q is a device on Windows, where no file or folder can have it. Choose another.", what, name)
	}
}

// isDevice knows the names that Windows keeps for devices.
func isDevice(name string) bool {
	switch n := upcase.Fold(name); n {
	case "CON", "PRN", "AUX", "NUL":
		return true
	default:
		return len(n) == 4 && (strings.HasPrefix(n, "COM") || strings.HasPrefix(n, "LPT")) && n[3] >= '1' && n[3] <= '9'
	}
}
