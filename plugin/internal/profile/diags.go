package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Sort orders diagnostics by file, offset and text, and drops those that say the same twice. hcl decodes through maps: without it the
// order differs from run to run.
func Sort(diags hcl.Diagnostics) hcl.Diagnostics {
	sorted := slices.Clone(diags)
	slices.SortStableFunc(sorted, compareDiags)
	sorted = slices.CompactFunc(sorted, func(a, b *hcl.Diagnostic) bool { return compareDiags(a, b) == 0 })
	return slices.DeleteFunc(sorted, func(d *hcl.Diagnostic) bool { return isEcho(d, sorted) })
}

func compareDiags(a, b *hcl.Diagnostic) int {
	x, y := subject(a), subject(b)
	return cmp.Or(
		strings.Compare(x.Filename, y.Filename),
		cmp.Compare(x.Start.Byte, y.Start.Byte),
		cmp.Compare(x.End.Byte, y.End.Byte),
		cmp.Compare(a.Severity, b.Severity),
		strings.Compare(a.Summary, b.Summary),
		strings.Compare(a.Detail, b.Detail),
	)
}

func subject(d *hcl.Diagnostic) hcl.Range {
	if d.Subject == nil {
		return hcl.Range{}
	}
	return *d.Subject
}

// isEcho finds gohcl's complaint that a value is unknown where the reason, an error inside the expression, is reported as well.
func isEcho(d *hcl.Diagnostic, all hcl.Diagnostics) bool {
	if d.Summary != "Unsuitable value type" || !strings.HasSuffix(d.Detail, "value must be known") || d.Context == nil {
		return false
	}
	return slices.ContainsFunc(all, func(o *hcl.Diagnostic) bool {
		return o != d && o.Severity == hcl.DiagError && o.Subject != nil && o.Summary != d.Summary && o.Subject.Filename == d.Context.Filename && o.Subject.Overlaps(*d.Context)
	})
}

// problem makes an error diagnostic about the smallest range that shows it.
func problem(at hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: at.Ptr()}
}

// fileError makes an error diagnostic about a whole file or folder.
func fileError(name, summary, detail string) *hcl.Diagnostic {
	return problem(hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}, summary, "%s", detail)
}

// unread is fileError with what kept the file or folder from being read, which is the system's fault where it is no one of the profile's.
func unread(name, summary, detail string, err error) *hcl.Diagnostic {
	d := fileError(name, summary, fmt.Sprintf(detail, reason(err)))
	d.Extra = err
	return d
}

// place is a range as details quote it: the second place of a problem.
func place(r hcl.Range) string { return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line) }

// didYouMean returns " Did you mean ...?" where a known name is near, else the list of known names.
func didYouMean(given string, known []string) string {
	if len(known) == 0 {
		return " There is none."
	}
	if best := setting.Nearest(given, known, len(given)/3+2); best != "" { // a third of the name, and one slip in short ones
		return fmt.Sprintf(" Did you mean %q?", best)
	}
	const most = 12
	list := quoteAll(slices.Compact(slices.Sorted(slices.Values(known))))
	if len(list) > most {
		return fmt.Sprintf(" Known: %s and %d more.", strings.Join(list[:most], ", "), len(list)-most)
	}
	return fmt.Sprintf(" Known: %s.", strings.Join(list, ", "))
}

func quoteAll(list []string) []string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = fmt.Sprintf("%q", s)
	}
	return quoted
}

// trimStop takes the full stop from a text that goes into a longer sentence.
func trimStop(s string) string { return strings.TrimSuffix(strings.TrimSpace(s), ".") }

// sentence ends an error's text as a sentence.
func sentence(err error) string {
	if s := err.Error(); strings.HasSuffix(s, "?") || strings.HasSuffix(s, ".") {
		return s
	}
	return err.Error() + "."
}
