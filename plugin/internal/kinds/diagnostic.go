package kinds

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// The two words of every "ensure" attribute: what a profile writes. What claims and facts hold where nothing is to be is setting.Absent; that
// the two are spelled alike is no reason to use one for the other.
const (
	ensurePresent = "present"
	ensureAbsent  = "absent"
)

// problem makes one error. Summary is short and stable; the detail names the value and the way out.
func problem(at hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: at.Ptr()}
}

// choice checks that value is one of allowed; an optional attribute that was not written is "" and fine where none says so.
func choice(at hcl.Range, attribute, value string, none bool, allowed ...string) hcl.Diagnostics {
	if value == "" {
		if none {
			return nil
		}
		return hcl.Diagnostics{problem(at, "Missing "+attribute, "The setting has no %q. It may be %s.", attribute, quoted(allowed))}
	}
	if slices.Contains(allowed, value) {
		return nil
	}
	return hcl.Diagnostics{problem(at, "Unsupported "+attribute, "%q is not a value of %q. It may be %s.%s",
		value, attribute, quoted(allowed), didYouMean(value, allowed))}
}

// didYouMean is " Did you mean ...?" for the one name that is close enough, or "".
func didYouMean(given string, known []string) string {
	if best := setting.Nearest(given, known, 4); best != "" {
		return fmt.Sprintf(" Did you mean %q?", best)
	}
	return ""
}

func quoted(list []string) string {
	q := make([]string, len(list))
	for i, s := range list {
		q[i] = fmt.Sprintf("%q", s)
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	return strings.Join(q[:len(q)-1], ", ") + " or " + q[len(q)-1]
}

// either is the first range that was set: an attribute that was not written has none, so the message points at another.
func either(ranges ...hcl.Range) hcl.Range {
	for _, r := range ranges {
		if r != (hcl.Range{}) {
			return r
		}
	}
	return hcl.Range{}
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}
