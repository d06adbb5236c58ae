package conflict

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// WriteText writes the conflicts of an image that may be built, for people: what was accepted and until when, what was narrowed and by
// which settings, and what somebody should know, in lines of at most width characters (0: any). It writes nothing where there are none.
func WriteText(w io.Writer, all []Conflict, width int) error {
	if len(all) == 0 {
		return nil
	}
	counts := map[Level]int{}
	for _, c := range all {
		counts[c.Level]++
	}
	var sb strings.Builder
	fmt.Fprintf(&sb, "\nproducts and plan: %d accepted, %d to know, %d narrowed to a product's need\n", counts[Block]+counts[Ask], counts[Warn], counts[Auto])
	for _, c := range all {
		who := c.Product
		if who == "" {
			who = "the plan itself"
		}
		fmt.Fprintf(&sb, "  %-5s %s: %s\n", c.Level, c.Row, clean(who))
		fmt.Fprintf(&sb, "    %s\n", clean(c.Reason))
		if len(c.Narrowed) > 0 {
			fmt.Fprintf(&sb, "    by %s\n", clean(strings.Join(c.Narrowed, ", ")))
		}
		if x := c.Accepted; x != nil {
			fmt.Fprintf(&sb, "    accepted until %s by %s (owner: %s): %s\n", clean(x.Expires), clean(x.ApprovedBy), clean(x.Owner), clean(x.Reason))
			fmt.Fprintf(&sb, "    compensating: %s\n", clean(x.Compensating))
		}
	}
	_, err := io.WriteString(w, wrap(sb.String(), width))
	return err
}

// wrap breaks lines at blanks; what follows a break is indented two more than its line.
func wrap(text string, width int) string {
	if width <= 0 {
		return text
	}
	var sb strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		indent := strings.Repeat(" ", len(line)-len(strings.TrimLeft(line, " "))+2)
		for utf8.RuneCountInString(line) > width {
			head := string([]rune(line)[:width+1])
			cut := strings.LastIndex(strings.TrimRight(head, " "), " ")
			if cut <= len(indent) {
				break // one word that is longer than the line
			}
			sb.WriteString(line[:cut] + "\n")
			line = indent + line[cut+1:]
		}
		sb.WriteString(line + "\n")
	}
	return sb.String()
}

// clean keeps what comes from profiles from speaking to the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
