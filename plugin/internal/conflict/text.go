package conflict

import (
	"fmt"
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
		add(4, "%s", c.Reason)
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
