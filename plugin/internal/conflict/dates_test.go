package conflict_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

const (
	freezes = `update:regime = frozen`
	known   = srp + `Exe!EnforcementMode = dword:1`
)

// walled is a freeze behind a firewall that stops what no rule names, on every kind of network.
func walled(directions ...string) []string {
	out := []string{freezes}
	for _, profile := range []string{"Domain", "Private", "Public"} {
		for _, d := range directions {
			out = append(out, firewall+profile+`Profile!Default`+d+`boundAction = dword:1`)
		}
	}
	return out
}

// TestFreezeIsJudgedByWhatIsThere: only what is missing is told, at the image's place.
func TestFreezeIsJudgedByWhatIsThere(t *testing.T) {
	wantsIt := func(f *environment.Facts) { f.Updates = is(environment.Updates{Regime: is("frozen")}) }
	separate := []plan.Declared{{Name: "separation", Value: "a network of its own", StatedBy: "somebody"}}
	for name, tt := range map[string]struct {
		settings []string
		until    string
		facts    []plan.Declared
		missing  []string
	}{
		"all by firewall":   {append(walled("In", "Out"), known), "2027-06-30", nil, nil},
		"all by a fact":     {[]string{freezes, known}, "2027-06-30", separate, nil},
		"a policy of code":  {[]string{freezes, `file:\Windows\System32\CodeIntegrity\SIPolicy.p7b = a`}, "2027-06-30", separate, nil},
		"no day":            {append(walled("In", "Out"), known), "", nil, []string{"a day"}},
		"no allow-listing":  {walled("In", "Out"), "2027-06-30", nil, []string{"allow-listing"}},
		"no isolation":      {[]string{freezes, known}, "2027-06-30", nil, []string{"incoming", "outgoing"}},
		"one network only":  {[]string{freezes, known, inBlock, outBlock}, "2027-06-30", nil, []string{"incoming", "outgoing"}},
		"half an isolation": {append(walled("In"), known), "2027-06-30", nil, []string{"outgoing"}},
		"another fact":      {[]string{freezes, known}, "2027-06-30", []plan.Declared{{Name: "lifecycle", Value: "v", StatedBy: "s"}}, []string{"incoming"}},
		"nothing":           {[]string{freezes}, "", nil, []string{"incoming", "outgoing", "allow-listing", "a day"}},
	} {
		t.Run(name, func(t *testing.T) {
			req := request("", tt.settings, product("p", wantsIt))
			req.Settings[0].Until, req.Image.Facts = tt.until, tt.facts
			found, _ := judged(t, req)
			c, warned := find(found, "frozen-patching", conflict.Warn)
			narrowed, auto := find(found, "frozen-patching", conflict.Auto)
			if warned != (len(tt.missing) > 0) || auto == warned {
				t.Fatalf("WARN %v, AUTO %v: %s", warned, auto, c.Reason)
			}
			for _, part := range []string{"incoming", "outgoing", "allow-listing", "a day"} {
				if auto {
					break
				}
				if strings.Contains(c.Reason, part) != slices.Contains(tt.missing, part) && (name != "another fact" || part != "outgoing") {
					t.Errorf("%q: %s", part, c.Reason)
				}
			}
			if warned && (c.Subject.Filename != "images/i.hcl" || c.First.Filename != "modules/m.hcl") {
				t.Errorf("told at %s and %s", c.Subject, c.First)
			}
			if auto && (!strings.Contains(narrowed.Reason, "2027-06-30") || !slices.Contains(narrowed.Narrowed, "m/s00")) {
				t.Errorf("%s, by %v", narrowed.Reason, narrowed.Narrowed)
			}
		})
	}
}

func TestAgreedDays(t *testing.T) {
	for name, tt := range map[string]struct {
		until, released, required string
		level                     conflict.Level
	}{
		"within":               {"2027-06-30", "2026-11-01", "2031-12-31", ""},
		"on the first day":     {"2026-11-01", "2026-11-01", "2031-12-31", ""},
		"on the last day":      {"2031-12-31", "2026-11-01", "2031-12-31", ""},
		"before the release":   {"2026-10-31", "2026-11-01", "2031-12-31", conflict.Block},
		"after the image":      {"2032-01-01", "2026-11-01", "2031-12-31", conflict.Warn},
		"an image for good":    {"2099-01-01", "2026-11-01", "", ""},
		"a setting for good":   {"", "2026-11-01", "2031-12-31", ""},
		"before, and for good": {"2020-01-01", "2026-11-01", "", conflict.Block},
	} {
		t.Run(name, func(t *testing.T) {
			req := request("", []string{rule + `Dir=In|`, `svc:Fax = disabled`})
			req.Settings[0].Until, req.Image.Released, req.RequiredUntil = tt.until, tt.released, tt.required
			found, _ := judged(t, req)
			for _, level := range conflict.Levels() {
				c, ok := find(found, "agreed-days", level)
				if ok != (level == tt.level) || ok && (!slices.Equal(c.Settings, []string{"m/s00"}) || !strings.Contains(c.Reason, tt.until)) {
					t.Errorf("%s: %v %+v", level, ok, c)
				}
			}
		})
	}
}

// TestASettingThatIsLeftAloneHasNoEnd: an exception that skips it takes its day too.
func TestASettingThatIsLeftAloneHasNoEnd(t *testing.T) {
	req := request("", []string{freezes})
	req.Settings[0].Until, req.Image.Released = "2020-01-01", "2026-11-01"
	req.Exceptions = []plan.Exception{{Setting: "m/s00", Skip: true, Reason: "r", Owner: "o", ApprovedBy: "a", Compensating: "c", Expires: "2027-06-30"}}
	found, _ := judged(t, req)
	if c, ok := find(found, "agreed-days", conflict.Block); ok {
		t.Error(c.Reason)
	}
}
