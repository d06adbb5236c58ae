// Package trait names what a setting does to a client, by what the setting claims: "inbound-block" wherever a profile of the firewall
// blocks what comes in, whichever kind and module wrote it.
//
// The table is data (traits.csv): a trait, a pattern of locations, and what must be wanted there. Judges of conflicts and of order work
// on traits, so that no list of modules or settings lies in somebody's head. The package refuses to know kinds, modules or products.
package trait

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

//go:embed traits.csv
var source string

// Hit is one claim that shows a trait.
type Hit struct {
	Trait string
	Claim setting.Claim
}

// rule is one row of the table.
type rule struct {
	trait    string
	pattern  string // canonical location, in which * stands for any text
	operator string
	value    string
}

// table is what Of looks things up in.
type table struct {
	exact map[string][]rule // by canonical location
	globs []rule
	names []string // sorted
}

var load = sync.OnceValues(func() (*table, error) { return parse(source) })

// operators are the comparisons of the table: "any" asks for nothing, "=" and "!=" compare texts, the others compare numbers or look
// for a part of the text.
var operators = []string{"any", "=", "!=", ">=", "<=", "has"}

func parse(text string) (*table, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', 4, true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read table of traits: %w", err)
	}
	t := &table{exact: map[string][]rule{}}
	for i, row := range rows[min(1, len(rows)):] {
		one := rule{row[0], setting.Location(row[1]).Canon(), row[2], row[3]}
		if one.trait == "" || setting.Location(row[1]).Name() == "" || !slices.Contains(operators, one.operator) {
			return nil, fmt.Errorf("read table of traits: row %d: no trait, no location, or an operator that is none of %s", i+2, strings.Join(operators, " "))
		}
		if strings.Contains(one.pattern, "*") {
			t.globs = append(t.globs, one)
		} else {
			t.exact[one.pattern] = append(t.exact[one.pattern], one)
		}
		t.names = append(t.names, one.trait)
	}
	slices.Sort(t.names)
	t.names = slices.Compact(t.names)
	return t, nil
}

// Names lists all traits, sorted. The error is one of the table itself, which a test keeps away.
func Names() ([]string, error) {
	t, err := load()
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.names), nil
}

// Of returns the traits that claims show, in the order of the claims. Whoever forgets a claim hides a trait: claims are what settings
// own, so that cannot happen without a collision going unseen too.
func Of(claims []setting.Claim) ([]Hit, error) {
	t, err := load()
	if err != nil {
		return nil, err
	}
	var hits []Hit
	for _, c := range claims {
		canon := c.Location.Canon()
		for _, r := range t.exact[canon] {
			if r.wanted(c.Value) {
				hits = append(hits, Hit{r.trait, c})
			}
		}
		for _, r := range t.globs {
			if match(r.pattern, canon) && r.wanted(c.Value) {
				hits = append(hits, Hit{r.trait, c})
			}
		}
	}
	return hits, nil
}

// wanted compares a claim's value. The type in front ("dword:") does not count.
func (r rule) wanted(value string) bool {
	if kind, rest, ok := strings.Cut(value, ":"); ok {
		if _, typed := setting.ValueType(kind).Number(); typed {
			value = rest
		}
	}
	if value == setting.Absent { // what is not there does nothing
		return false
	}
	switch r.operator {
	case "any":
		return true
	case "=":
		return upcase.Fold(value) == upcase.Fold(r.value)
	case "!=":
		return upcase.Fold(value) != upcase.Fold(r.value)
	case "has":
		return strings.Contains(upcase.Fold(value), upcase.Fold(r.value))
	}
	got, err := strconv.ParseInt(value, 10, 64)
	want, err2 := strconv.ParseInt(r.value, 10, 64)
	if err != nil || err2 != nil {
		return false
	}
	if r.operator == ">=" {
		return got >= want
	}
	return got <= want
}

// match reports whether text is pattern with each * replaced by some text. It takes time in proportion to both lengths.
func match(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}
