package build

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// judge composes an image and holds the plan against its products. Conflicts are told only of a plan that composes.
func judge(req plan.Request, image string) (*plan.Composed, []conflict.Conflict, hcl.Diagnostics) {
	composed, diags := compose(req, image)
	if diags.HasErrors() {
		return nil, nil, diags
	}
	conflicts, more := conflict.Find(req, composed)
	return composed, conflicts, append(diags, more...)
}

// deviations are all that somebody answers for: exceptions for settings, and conflicts that were accepted.
func deviations(req plan.Request) []plan.Exception {
	return slices.Concat(req.Exceptions, req.Accepted)
}

// recorded are the conflicts as the manifest keeps them.
func recorded(conflicts []conflict.Conflict) []manifest.Conflict {
	var out []manifest.Conflict
	for _, c := range conflicts {
		m := manifest.Conflict{Row: c.Row, Level: string(c.Level), Product: c.Product, Settings: c.Settings, Narrowed: c.Narrowed, Reason: c.Reason}
		for _, u := range c.Unstated {
			m.Unstated = append(m.Unstated, manifest.Unstated{Field: u.Field, Settings: u.Settings})
		}
		if x := c.Accepted; x != nil {
			m.Accepted = &manifest.Acceptance{Reason: x.Reason, Compensating: x.Compensating, Owner: x.Owner, ApprovedBy: x.ApprovedBy, Expires: x.Expires}
		}
		out = append(out, m)
	}
	return out
}

// accepted are the acceptances of a manifest, for gates.
func accepted(m *manifest.Manifest) []plan.Exception {
	var out []plan.Exception
	for _, c := range m.Conflicts {
		if x := c.Accepted; x != nil {
			out = append(out, plan.Exception{Setting: conflict.AcceptPrefix + c.Row, Skip: true, Reason: x.Reason, Compensating: x.Compensating, Owner: x.Owner, ApprovedBy: x.ApprovedBy, Expires: x.Expires})
		}
	}
	return out
}
