package build

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// soon is how long before its end an exception is warned of: time for an owner to renew it.
const soon = 60 * 24 * time.Hour

// expiring warns of exceptions that have run out, which stop a build, and of those that soon will.
func expiring(exceptions []plan.Exception, now time.Time) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, e := range exceptions {
		ends, err := end(e)
		if err != nil {
			continue // the loader has refused such a date, and expired will again
		}
		d := &hcl.Diagnostic{Severity: hcl.DiagWarning, Subject: e.DefRange.Ptr()}
		switch {
		case !now.Before(ends):
			d.Summary = "Exception expired"
			d.Detail = fmt.Sprintf("The exception for %q held until %s. Builds and validations stop until its owner (%s) renews it, or it goes.", e.Setting, e.Expires, e.Owner)
		case !now.Add(soon).Before(ends):
			d.Summary = "Exception expires soon"
			d.Detail = fmt.Sprintf("The exception for %q holds until %s. Have its owner (%s) renew it in time, or remove it.", e.Setting, e.Expires, e.Owner)
		default:
			continue
		}
		diags = append(diags, d)
	}
	return diags
}

// end is the first instant at which an exception no longer holds: it holds through its last day, in UTC.
func end(e plan.Exception) (time.Time, error) {
	last, err := time.Parse(time.DateOnly, e.Expires)
	if err != nil {
		return time.Time{}, fmt.Errorf("exception %s expires on %q: %w", e.Setting, e.Expires, err)
	}
	return last.AddDate(0, 0, 1), nil
}

// expired stops on exceptions that no longer hold; now never changes what a plan says.
func expired(exceptions []plan.Exception, now time.Time) error {
	var gone []string
	for _, e := range exceptions {
		ends, err := end(e)
		if err != nil {
			return err
		}
		if !now.Before(ends) {
			at := ""
			if e.DefRange.Filename != "" { // a manifest's exceptions have no place in a profile
				at = fmt.Sprintf("; %s:%d", e.DefRange.Filename, e.DefRange.Start.Line)
			}
			gone = append(gone, fmt.Sprintf("the exception for %s expired on %s (owner: %s%s)", e.Setting, e.Expires, e.Owner, at))
		}
	}
	if len(gone) == 0 {
		return nil
	}
	sort.Strings(gone)
	return expiredf("%s\nhint: have the owner renew it with a new date, or remove it from the image profile", strings.Join(gone, "; "))
}
