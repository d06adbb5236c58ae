package build_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

func TestExpiredHoldsThroughItsLastDay(t *testing.T) {
	exceptions := []plan.Exception{{Setting: "a/b", Owner: "MT", Expires: "2027-06-30"}}
	tests := map[string]struct {
		now  string
		gone bool
	}{
		"the day before":            {"2027-06-29T12:00:00Z", false},
		"the last second":           {"2027-06-30T23:59:59Z", false},
		"the first second after":    {"2027-07-01T00:00:00Z", true},
		"the last day in a zone":    {"2027-07-01T01:00:00+02:00", false},
		"the day after in a zone":   {"2027-06-30T23:00:00-02:00", true},
		"long after":                {"2030-01-01T00:00:00Z", true},
		"a clock that was reset":    {"1970-01-01T00:00:00Z", false},
		"a leap day is only a date": {"2028-02-29T00:00:00Z", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			err = build.Expired(exceptions, nil, now)
			if errors.Is(err, build.ErrExpired) != tt.gone || (err != nil) != tt.gone {
				t.Errorf("got %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), "a/b") {
				t.Errorf("%q does not name the setting", err)
			}
		})
	}
	if err := build.Expired([]plan.Exception{{Setting: "a/b", Expires: "soon"}}, nil, time.Time{}); err == nil {
		t.Error("an unreadable date held")
	}
}

func TestOnlyTheProfileLetsUnobservableThrough(t *testing.T) {
	for _, allow := range []bool{false, true} {
		p := &plan.Plan{Image: plan.Image{AllowUnobservable: allow}}
		for outcome, gated := range map[setting.Outcome]bool{setting.Unobservable: !allow, setting.Fail: true, setting.Error: true, setting.Pass: false} {
			s, err := validate.Summarize([]setting.Finding{{Setting: "a/b", Severity: setting.Low, Outcome: outcome}})
			if err != nil {
				t.Fatal(err)
			}
			if got := validate.Failed(s, build.GateOf(p)); got != gated {
				t.Errorf("allowed %v, %s: gated %v", allow, outcome, got)
			}
		}
	}
}

func TestMatches(t *testing.T) {
	want := plan.Base{Name: "b", Base: setting.Base{EditionID: "EnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"sv-SE", "en-US"}}}
	good := image.Facts{EditionID: "EnterpriseS", Build: "19044.1288", Arch: "amd64", InstallLanguage: "en-US"}
	if err := build.Matches(good, want); err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(f *image.Facts){
		"edition id":   func(f *image.Facts) { f.EditionID = "IoTEnterpriseS" },
		"build":        func(f *image.Facts) { f.Build = "19044.1889" },
		"architecture": func(f *image.Facts) { f.Arch = "x86" },
		"language":     func(f *image.Facts) { f.InstallLanguage = "de-DE" },
		"its build is": func(f *image.Facts) { f.Build = "" },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			got := good
			change(&got)
			err := build.Matches(got, want)
			if !errors.Is(err, build.ErrUsage) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "hint: ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestParseEpoch(t *testing.T) {
	for _, bad := range []string{"x", "-1", "1.5", "99999999999999", " 1"} {
		if at, err := build.ParseEpoch(bad); !errors.Is(err, build.ErrUsage) {
			t.Errorf("%q gave %v, %v", bad, at, err)
		}
	}
	if at, err := build.ParseEpoch("1793491200"); err != nil || at.Format(time.RFC3339) != "2026-11-01T00:00:00Z" {
		t.Errorf("got %v, %v", at, err)
	}
	if at, err := build.ParseEpoch(""); err != nil || !at.IsZero() {
		t.Errorf("got %v, %v", at, err)
	}
}

func TestStampKeyIsReserved(t *testing.T) {
	table, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	for key, refused := range map[string]bool{
		`HKLM\SOFTWARE\wmclient`: true, `HKLM\software\WMCLIENT\Sub`: true, `HKLM\SOFTWARE\wmclientx`: false, `HKLM\SOFTWARE\Other`: false,
	} {
		spec, err := table.DecodeJSON("registry_value", []byte(`{"key":`+quote(key)+`,"name":"Version","type":"sz","value":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		diags := build.Reserved(plan.Request{Settings: []plan.Candidate{{ID: "m/s", Spec: spec}}})
		if diags.HasErrors() != refused {
			t.Errorf("%s: %v", key, diags)
		}
	}
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `\`, `\\`) + `"` }

func TestExpiringWarnsInTime(t *testing.T) {
	exceptions := []plan.Exception{{Setting: "a/b", Owner: "MT", Expires: "2027-06-30"}}
	for now, want := range map[string]string{
		"2027-05-01T23:59:59Z": "", "2027-05-02T00:00:00Z": "Exception expires soon", "2027-06-30T23:59:59Z": "Exception expires soon",
		"2027-07-01T00:00:00Z": "Exception expired",
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		diags := build.Expiring(exceptions, nil, at)
		for _, d := range diags {
			if d.Severity != hcl.DiagWarning || !strings.Contains(d.Detail, "a/b") || !strings.Contains(d.Detail, "MT") {
				t.Errorf("%s: %+v", now, d)
			}
		}
		switch {
		case want == "" && len(diags) > 0, want != "" && (len(diags) != 1 || diags[0].Summary != want):
			t.Errorf("%s: %v, want %q", now, diags, want)
		}
	}
}

// TestSettingsThatWereAgreedOnForATime end as exceptions do, and what is for good does not end.
func TestSettingsThatWereAgreedOnForATime(t *testing.T) {
	p := &plan.Plan{Settings: []plan.Setting{{ID: "a/freeze", Until: "2027-06-30"}, {ID: "a/good"}}}
	for now, want := range map[string]string{
		"2027-05-01T23:59:59Z": "", "2027-05-02T00:00:00Z": "Setting expires soon", "2027-06-30T23:59:59Z": "Setting expires soon", "2027-07-01T00:00:00Z": "Setting expired",
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		diags := build.Expiring(nil, p, at)
		if (len(diags) > 0) != (want != "") || len(diags) > 0 && (diags[0].Summary != want || !strings.Contains(diags[0].Detail, "a/freeze")) || len(diags) > 1 {
			t.Errorf("%s: %v, want %q", now, diags, want)
		}
		err = build.Expired(nil, p, at)
		if gone := want == "Setting expired"; errors.Is(err, build.ErrExpired) != gone || gone && (!strings.Contains(err.Error(), "a/freeze") || strings.Contains(err.Error(), "a/good")) {
			t.Errorf("%s: %v", now, err)
		}
	}
}
