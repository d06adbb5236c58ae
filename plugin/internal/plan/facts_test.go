package plan_test

import (
	"slices"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// TestForeignFacts: facts count for the spec and the base that they are of. Others, which a caller may have kept, change nothing.
func TestForeignFacts(t *testing.T) {
	req := func() plan.Request { return request(cand("a/one", 3, reg("p", "1")), cand("b/two", 4, reg("q", "2"))) }
	want, diags := plan.Compose(req())
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	base := req().Base.Base
	other := base
	other.Build = "1.1"
	for name, foreign := range map[string]func(c plan.Candidate) *plan.Facts{
		"its own":         func(c plan.Candidate) *plan.Facts { return plan.NewFacts(c.ID, c.Spec, &base) },
		"another spec's":  func(c plan.Candidate) *plan.Facts { return plan.NewFacts(c.ID, reg("z", "9"), &base) },
		"another id's":    func(c plan.Candidate) *plan.Facts { return plan.NewFacts("z/z", c.Spec, &base) },
		"another base's":  func(c plan.Candidate) *plan.Facts { return plan.NewFacts(c.ID, c.Spec, &other) },
		"of no base":      func(c plan.Candidate) *plan.Facts { return plan.NewFacts(c.ID, c.Spec, nil) },
		"used elsewhere":  usedElsewhere(t, &base),
		"nobody's at all": func(plan.Candidate) *plan.Facts { return nil },
	} {
		r := req()
		for i := range r.Settings {
			r.Settings[i].Facts = foreign(r.Settings[i])
		}
		got, diags := plan.Compose(r)
		if diags.HasErrors() || !slices.Equal(got.Bytes, want.Bytes) {
			t.Errorf("%s: %v\n%s\n%s", name, diags, got.Bytes, want.Bytes)
		}
	}
}

// usedElsewhere gives facts that another image has had, in which the settings weighed more.
func usedElsewhere(t *testing.T, base *setting.Base) func(plan.Candidate) *plan.Facts {
	return func(c plan.Candidate) *plan.Facts {
		c.Facts = plan.NewFacts(c.ID, c.Spec, base)
		graver := c
		graver.Severity, graver.Until = "critical", "2030-01-01"
		if _, diags := plan.Compose(request(graver)); diags.HasErrors() {
			t.Fatal(diags)
		}
		return c.Facts
	}
}
