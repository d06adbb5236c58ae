package plan_test

import (
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func TestSetters(t *testing.T) {
	claims := func(at ...string) []setting.Claim {
		var list []setting.Claim
		for _, l := range at {
			list = append(list, setting.Claim{Location: setting.Location(l)})
		}
		return list
	}
	s := make(plan.Setters)
	s.Add("a/start", claims(`reg:HKLM\S!Start`))
	s.Add("b/file", claims(`file:\W\x`, `file:\W`))
	s.Add("c/svc", claims(`svc:Fax`, `reg:HKLM\Fax!Start`))
	for want, at := range map[string][]string{
		"a/start": {`svc:S`, `reg:hklm\s!START`}, // about the service, which the other sets by its value
		"c/svc":   {`reg:HKLM\Fax!Start`},        // the other way round
		"b/file":  {`file:\w`},
		"":        {`file:\W\y`, `file:\W`}, // one folder, two files
	} {
		if got := s.Of(claims(at...)); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
}

// Nobody may say that the base's state stays where another setting sets the place.
func TestWriteTextSkippedButSet(t *testing.T) {
	req := request(cand("a/one", 3, reg("p", "1")), cand("b/two", 4, reg("p", "0")), cand("c/alone", 5, reg("q", "1")))
	req.Exceptions = []plan.Exception{skip("a/one", 5), skip("c/alone", 6)}
	c, diags := plan.Compose(req)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var sb strings.Builder
	if err := plan.WriteText(&sb, c, plan.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if text := sb.String(); !strings.Contains(text, "skipped, but b/two sets the same place") || strings.Count(text, "the base's state stays") != 1 {
		t.Error(text)
	}
}
