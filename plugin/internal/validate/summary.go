package validate

import (
	"fmt"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Counts holds a number of findings per outcome; every outcome is in it.
type Counts map[setting.Outcome]int

// Summary counts findings.
type Summary struct {
	Total      int                         `json:"total"`
	Outcomes   Counts                      `json:"outcomes"`
	Severities map[setting.Severity]Counts `json:"severities"` // every severity is in it
}

// Summarize counts the findings. An outcome or severity outside its closed set is an error, so that nothing drops out of the count.
func Summarize(findings []setting.Finding) (Summary, error) {
	s := Summary{Total: len(findings), Outcomes: noCounts(), Severities: make(map[setting.Severity]Counts)}
	for _, severity := range setting.Severities() {
		s.Severities[severity] = noCounts()
	}
	for _, f := range findings {
		if !slices.Contains(setting.Outcomes(), f.Outcome) {
			return Summary{}, fmt.Errorf("finding %s has the unknown outcome %q", f.Setting, f.Outcome)
		}
		if !slices.Contains(setting.Severities(), f.Severity) {
			return Summary{}, fmt.Errorf("finding %s has the unknown severity %q", f.Setting, f.Severity)
		}
		s.Outcomes[f.Outcome]++
		s.Severities[f.Severity][f.Outcome]++
	}
	return s, nil
}

func noCounts() Counts {
	c := make(Counts)
	for _, o := range setting.Outcomes() {
		c[o] = 0
	}
	return c
}

// Gate says which outcomes a result may have and still be used.
type Gate struct {
	// AllowUnobservable lets findings through that the target could not show. The profile says so, never the program.
	AllowUnobservable bool
}

// Failed reports whether the findings forbid using the result: any fail, any error, and any unobservable unless that is allowed.
// Deferred findings do not forbid it; they are counted and shown, and become something else on the client. A summary without
// any finding fails: nothing was validated.
func Failed(s Summary, g Gate) bool {
	return s.Total == 0 || s.Outcomes[setting.Fail] > 0 || s.Outcomes[setting.Error] > 0 ||
		s.Outcomes[setting.Unobservable] > 0 && !g.AllowUnobservable
}
