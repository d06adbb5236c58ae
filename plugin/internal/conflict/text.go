package conflict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// Lines are the conflicts of an image that may be built, for people: what was accepted and until when, what was narrowed and by which
// settings, and what somebody should know. There are none where there are no conflicts. Laying them out is for whoever prints.
func Lines(all []Conflict) []plan.Line {
	if len(all) == 0 {
		return nil
	}
	counts := map[Level]int{}
	for _, c := range all {
		counts[c.Level]++
	}
	lines := []plan.Line{{}, {Text: fmt.Sprintf("products and plan: %d accepted, %d to know, %d narrowed to a product's need", counts[Block]+counts[Ask], counts[Warn], counts[Auto])}}
	add := func(indent int, format string, args ...any) {
		lines = append(lines, plan.Line{Indent: indent, Text: fmt.Sprintf(format, args...)})
	}
	for _, c := range all {
		who := c.Product
		if who == "" {
			who = "the plan itself"
		}
		add(2, "%-5s %s: %s", c.Level, c.Row, who)
		if len(c.Unstated) > 1 {
			add(4, "%s", c.silenceHead())
			for _, field := range c.silenceList() {
				add(6, "%s", field)
			}
		} else {
			add(4, "%s", c.Reason)
		}
		if len(c.Narrowed) > 0 {
			add(4, "by %s", strings.Join(c.Narrowed, ", "))
		}
		if x := c.Accepted; x != nil {
			add(4, "accepted until %s by %s (owner: %s): %s", x.Expires, x.ApprovedBy, x.Owner, x.Reason)
			add(4, "compensating: %s", x.Compensating)
		}
	}
	return lines
}

// silenceHead stands above the fields that a manufacturer does not state.
func (c Conflict) silenceHead() string {
	return fmt.Sprintf("The product %q does not state %d things that the plan would have to know:", c.Product, len(c.Unstated))
}

// silenceList is a line for each field that a manufacturer does not state, with what depends on it; those on which most depends come first.
func (c Conflict) silenceList() []string {
	const enough = 3
	fields := slices.Clone(c.Unstated)
	slices.SortStableFunc(fields, func(a, b Unstated) int { return len(b.Settings) - len(a.Settings) })
	var out []string
	for _, f := range fields {
		first := strings.Join(quoted(f.Settings[:min(len(f.Settings), enough)]), ", ")
		switch n := len(f.Settings); {
		case n == 0:
			out = append(out, f.Field+": the plan may lack what it needs")
		case n == 1:
			out = append(out, fmt.Sprintf("%s: 1 setting depends on it: %s", f.Field, first))
		case n <= enough:
			out = append(out, fmt.Sprintf("%s: %d settings depend on it: %s", f.Field, n, first))
		default:
			out = append(out, fmt.Sprintf("%s: %d settings depend on it, first: %s", f.Field, n, first))
		}
	}
	return out
}
