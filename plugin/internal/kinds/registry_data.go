package kinds

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

const (
	maxRegistryData = 1 << 20 // what Windows calls the standard format's limit; more belongs in a file
	maxPolicyData   = 65535   // [MS-GPREG] 2.2.1: size of the data field
)

func checkType(name string, at hcl.Range) hcl.Diagnostics {
	if name == string(setting.TypeLink) {
		return hcl.Diagnostics{problem(at, "Unsupported registry type", `Values of type "link" are refused: Windows follows them only in a key that was made as a link.`)}
	}
	var names []string
	for _, t := range setting.ValueTypes() {
		if t != setting.TypeLink {
			names = append(names, string(t))
		}
	}
	if slices.Contains(names, name) {
		return nil
	}
	return hcl.Diagnostics{problem(at, "Unsupported registry type", "%q is no registry type. It may be %s.%s",
		name, quoted(names), didYouMean(strings.TrimPrefix(strings.ToLower(name), "reg_"), names))}
}

func isNumber(t string) bool {
	return t == string(setting.TypeDWord) || t == string(setting.TypeDWordBE) || t == string(setting.TypeQWord)
}

// evaluateData reads the value attribute as its type wants it: a string, a number, a list of strings, or hex digits.
func evaluateData(t setting.ValueType, union bool, attr *hcl.Attribute, ctx *hcl.EvalContext) (setting.RegistryValue, hcl.Diagnostics) {
	if t == setting.TypeMultiSZ {
		return evaluateList(union, attr.Expr, ctx)
	}
	at := attr.Expr.Range()
	fail := func(format string, args ...any) (setting.RegistryValue, hcl.Diagnostics) {
		return setting.RegistryValue{}, hcl.Diagnostics{problem(at, "Illegal registry data", format, args...)}
	}
	// Numbers are read as text too: decoding into a Go number would cut 1.5 to 1 without a word.
	var s *string
	if diags := gohcl.DecodeExpression(attr.Expr, ctx, &s); diags.HasErrors() {
		return setting.RegistryValue{}, diags
	}
	if s == nil {
		return fail("The value is null. Write a value of the type %q.", t)
	}
	if isNumber(string(t)) {
		n, err := parseNumber(*s)
		switch {
		case err != nil:
			return fail("%q is no whole number from 0 to %d, which is what a %s holds.", *s, highest(t), t)
		case t != setting.TypeQWord && n > math.MaxUint32:
			return fail("%d does not fit into a %s, which ends at %d. Write a smaller number, or type = \"qword\".", n, t, uint32(math.MaxUint32))
		}
		return number(t, n), nil
	}
	text := *s
	if t != setting.TypeSZ && t != setting.TypeExpandSZ {
		text = strings.ToLower(text)
	}
	v, err := parseData(t, text, false)
	if err != nil {
		return fail("The data do not fit the type %q: %v.", t, err)
	}
	return v, nil
}

// highest is the largest number that a type holds.
func highest(t setting.ValueType) uint64 {
	if t == setting.TypeQWord {
		return math.MaxUint64
	}
	return math.MaxUint32
}

func evaluateList(union bool, expr hcl.Expression, ctx *hcl.EvalContext) (setting.RegistryValue, hcl.Diagnostics) {
	var list []*string
	if diags := gohcl.DecodeExpression(expr, ctx, &list); diags.HasErrors() {
		return setting.RegistryValue{}, diags
	}
	if list == nil {
		return setting.RegistryValue{}, hcl.Diagnostics{problem(expr.Range(), "Illegal registry data", "The value is null. Write a list of strings.")}
	}
	items := make([]string, len(list))
	for i, item := range list {
		var why string
		switch {
		case item == nil:
			why = "is null"
		case *item == "":
			why = "is empty. An empty string ends a list for Windows, and what follows is lost: remove it"
		case strings.Contains(*item, "\x00"):
			why = "holds a NUL, which ends an item. Write two items"
		default:
			items[i] = *item
			continue
		}
		return setting.RegistryValue{}, hcl.Diagnostics{problem(itemRange(expr, i, len(list)), "Illegal registry data", "Item %d %s.", i+1, why)}
	}
	if union {
		items = unionOf(items)
	}
	return setting.MultiSZ(items), nil
}

func unionOf(list []string) []string { return union(list, nil) }

// itemRange is the place of one item of a list that was written out, or of the whole expression.
func itemRange(expr hcl.Expression, i, n int) hcl.Range {
	if items, diags := hcl.ExprList(expr); !diags.HasErrors() && len(items) == n {
		return items[i].Range()
	}
	return expr.Range()
}

func number(t setting.ValueType, n uint64) setting.RegistryValue {
	switch t {
	case setting.TypeQWord:
		return setting.QWord(n)
	case setting.TypeDWordBE:
		return setting.RegistryValue{Type: t, Data: binary.BigEndian.AppendUint32(nil, uint32(n))}
	}
	return setting.DWord(uint32(n))
}

// dataText is the canonical text of a value without its type.
func dataText(v setting.RegistryValue) string {
	return strings.TrimPrefix(v.Text(), string(v.Type)+":")
}

func parseNumber(text string) (uint64, error) { return strconv.ParseUint(text, 10, 64) }

// parseList reads the canonical text of a multi_sz.
func parseList(text string) ([]string, error) {
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("no list of strings: %w", err)
	}
	if slices.Contains(list, "") || strings.Contains(strings.Join(list, ""), "\x00") {
		return nil, errors.New("a list with an empty item or a NUL")
	}
	return list, nil
}

// parseData makes the stored value from its canonical text. Text in any other form is an error: a plan has one spelling for one
// meaning.
func parseData(t setting.ValueType, text string, union bool) (setting.RegistryValue, error) {
	var v setting.RegistryValue
	switch t {
	case setting.TypeDWord, setting.TypeDWordBE, setting.TypeQWord:
		n, err := parseNumber(text)
		if err != nil {
			return v, fmt.Errorf("%q is no number from 0 on", text)
		}
		if t != setting.TypeQWord && n > math.MaxUint32 {
			return v, fmt.Errorf("%d is above %d", n, uint32(math.MaxUint32))
		}
		v = number(t, n)
	case setting.TypeSZ:
		v = setting.SZ(text)
	case setting.TypeExpandSZ:
		v = setting.ExpandSZ(text)
	case setting.TypeMultiSZ:
		list, err := parseList(text)
		if err != nil {
			return v, err
		}
		if union && !slices.Equal(list, unionOf(list)) {
			return v, errors.New("a union must be sorted, without doubles")
		}
		v = setting.MultiSZ(list)
	default:
		raw, err := hex.DecodeString(text)
		if err != nil {
			return v, fmt.Errorf("%q is no even number of hex digits", text)
		}
		v = setting.RegistryValue{Type: t, Data: raw}
	}
	if got := v.Text(); got != string(t)+":"+text {
		return setting.RegistryValue{}, fmt.Errorf("%q has no form that Windows would read back as it is", text)
	}
	return v, nil
}
