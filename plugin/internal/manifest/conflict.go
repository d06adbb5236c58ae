package manifest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Conflict is a meeting of the plan and a product's stated environment that did not stop the image: accepted, narrowed to the product's
// need, or something to know.
type Conflict struct {
	Row      string      `json:"row"`
	Level    string      `json:"level"`              // BLOCK, ASK, WARN or AUTO
	Product  string      `json:"product,omitempty"`  // "" where the conflict is the plan's own
	Settings []string    `json:"settings,omitempty"` // ids, sorted
	Narrowed []string    `json:"narrowed,omitempty"` // AUTO: ids of the settings that meet the need, sorted
	Reason   string      `json:"reason"`
	Accepted *Acceptance `json:"accepted,omitempty"` // BLOCK and ASK: who answers for it
	Unstated []Unstated  `json:"unstated,omitempty"` // what a manufacturer does not state, of the row unstated-need
}

// Unstated is a field that a product's manufacturer does not state.
type Unstated struct {
	Field    string   `json:"field"`
	Settings []string `json:"settings,omitempty"` // ids of all settings that depend on it, sorted
}

// Acceptance says who answers for a conflict, until when.
type Acceptance struct {
	Reason       string `json:"reason"`
	Compensating string `json:"compensating"`
	Owner        string `json:"owner"`
	ApprovedBy   string `json:"approved_by"`
	Expires      string `json:"expires"` // YYYY-MM-DD, the last day on which it holds
}

// checkConflicts refuses what no build would have let through.
func (m *Manifest) checkConflicts() error {
	var problems []error
	for i, c := range m.Conflicts {
		stops := c.Level == "BLOCK" || c.Level == "ASK"
		switch {
		case !stops && c.Level != "WARN" && c.Level != "AUTO":
			problems = append(problems, fmt.Errorf("conflicts[%d] has the unknown level %q", i, c.Level))
		case c.Row == "" || c.Reason == "":
			problems = append(problems, fmt.Errorf("conflicts[%d] names no row or no reason", i))
		case stops != (c.Accepted != nil):
			problems = append(problems, fmt.Errorf("conflicts[%d] (%s) is %s: nobody accepted it, or there was nothing to accept", i, c.Row, c.Level))
		}
		if c.Accepted != nil {
			if _, err := time.Parse(time.DateOnly, c.Accepted.Expires); err != nil || c.Accepted.Reason == "" || c.Accepted.Owner == "" {
				problems = append(problems, fmt.Errorf("conflicts[%d] (%s) is accepted without a reason, an owner or a date of expiry", i, c.Row))
			}
		}
		for _, id := range slices.Concat(c.Settings, c.Narrowed) {
			if !slices.ContainsFunc(m.Findings, func(f setting.Finding) bool { return f.Setting == id }) {
				problems = append(problems, fmt.Errorf("conflicts[%d] (%s) names the setting %q, which was not judged", i, c.Row, id))
			}
		}
	}
	return errors.Join(problems...)
}
