package build

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// soon is how long before its end something is warned of: time for an owner to renew it.
const soon = 60 * 24 * time.Hour

// term is something that holds until a day: an exception, or a setting that was agreed on for a time.
type term struct {
	noun  string // "exception", "setting": how summaries begin
	what  string // "the exception for a/b"
	owner string
	last  string // YYYY-MM-DD: the last day on which it holds, in UTC
	way   string // what to do about it, as a clause
	at    hcl.Range
}

// terms are everything of an image that ends on a day.
func terms(exceptions []plan.Exception, p *plan.Plan, places map[string]hcl.Range) []term {
	var out []term
	for _, e := range exceptions {
		out = append(out, term{"exception", "the exception for " + e.Setting, e.Owner, e.Expires, "have the owner renew it with a new date, or remove it from the image profile", e.DefRange})
	}
	if p == nil {
		return out
	}
	for i := range p.Settings {
		s := &p.Settings[i]
		if s.Until != "" {
			out = append(out, term{"setting", "the setting " + s.ID, "", s.Until, "agree on a new day in the image's inputs, or leave out what was agreed on", places[s.ID]})
		}
	}
	return out
}

// terms are what of the image ends on a day, with the places in its profiles.
func (p *Project) terms() []term { return termsOf(p.Resolved.Request, p.Composed) }

func termsOf(req plan.Request, composed *plan.Composed) []term {
	places := map[string]hcl.Range{}
	for i := range req.Settings {
		c := &req.Settings[i]
		if c.Until != "" { // few end
			places[c.ID] = c.DefRange
		}
	}
	var p *plan.Plan
	if composed != nil {
		p = composed.Plan
	}
	return terms(deviations(req), p, places)
}

// expiring warns of what has run out, which stops a build, and of what soon will.
func expiring(all []term, now time.Time) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, t := range all {
		ends, err := t.end()
		if err != nil {
			continue // the loader has refused such a date, and expired will again
		}
		d := &hcl.Diagnostic{Severity: hcl.DiagWarning, Subject: t.at.Ptr()}
		switch {
		case !now.Before(ends):
			d.Summary = capital(t.noun) + " expired"
			d.Detail = fmt.Sprintf("%s held until %s%s. Builds and validations stop. The way out: %s.", capital(t.what), t.last, t.by(), t.way)
		case !now.Add(soon).Before(ends):
			d.Summary = capital(t.noun) + " expires soon"
			d.Detail = fmt.Sprintf("%s holds until %s%s. In time, %s.", capital(t.what), t.last, t.by(), t.way)
		default:
			continue
		}
		diags = append(diags, d)
	}
	return diags
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// by names who answers for a term, where somebody does.
func (t term) by() string {
	if t.owner == "" {
		return ""
	}
	return fmt.Sprintf(" (owner: %s)", t.owner)
}

// end is the first instant at which a term no longer holds: it holds through its last day, in UTC.
func (t term) end() (time.Time, error) {
	last, err := time.Parse(time.DateOnly, t.last)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s ends on %q: %w", t.what, t.last, err)
	}
	return last.AddDate(0, 0, 1), nil
}

// expired stops on what no longer holds; now never changes what a plan says.
func expired(all []term, now time.Time) error {
	var gone, ways []string
	for _, t := range all {
		ends, err := t.end()
		if err != nil {
			return err
		}
		if now.Before(ends) {
			continue
		}
		var notes []string
		if t.owner != "" {
			notes = append(notes, "owner: "+t.owner)
		}
		if t.at.Filename != "" { // what a manifest says has no place in a profile
			notes = append(notes, fmt.Sprintf("%s:%d", t.at.Filename, t.at.Start.Line))
		}
		text := fmt.Sprintf("%s expired on %s", t.what, t.last)
		if len(notes) > 0 {
			text += " (" + strings.Join(notes, "; ") + ")"
		}
		gone, ways = append(gone, text), append(ways, t.way)
	}
	if len(gone) == 0 {
		return nil
	}
	sort.Strings(gone)
	return expiredf("%s\nhint: %s", strings.Join(gone, "; "), strings.Join(unique(ways), "; "))
}

// unique are the texts in their order, each once.
func unique(list []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
