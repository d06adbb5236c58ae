package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// fence is a kind that asks what the others want below its place.
type fence struct {
	fake
	Inside []string `json:"inside"`
}

func (f *fence) Enclosed(claims []setting.Claim) setting.Spec {
	out := &fence{fake: f.fake}
	for _, c := range claims {
		if strings.HasPrefix(string(c.Location), `reg:HKLM\SOFTWARE\X!`) {
			out.Inside = append(out.Inside, c.Location.Name()+"="+c.Value)
		}
	}
	slices.Sort(out.Inside)
	out.Inside = slices.Compact(out.Inside)
	return out
}

// TestEnclosed: a setting that speaks of a whole place knows the settings in effect there, and no others.
func TestEnclosed(t *testing.T) {
	whole := &fence{fake: fake{At: []string{"only:x"}, Value: "whole"}}
	req := request(cand("a/whole", 1, whole), cand("a/one", 2, reg("one", "1")), cand("b/two", 3, joins("two", "2")), cand("b/three", 4, joins("two", "3")), cand("b/four", 5, reg("four", "4")))
	req.Exceptions = []plan.Exception{{Setting: "b/four", Skip: true, Reason: "r", Owner: "o", Expires: "2030-01-01"}}
	composed, diags := plan.Compose(req)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	got := strings.Join(composed.Specs["a/whole"].(*fence).Inside, " ")
	if !strings.Contains(got, "!one=1") || !strings.Contains(got, "!two=") || strings.Contains(got, "!four") {
		t.Errorf("inside: %s", got)
	}
	if !strings.Contains(string(composed.Bytes), `"inside":[`) {
		t.Error("the plan does not keep what is inside")
	}
	if len(whole.Inside) > 0 {
		t.Error("the setting of the profile was changed")
	}
}
