package build_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// An exception that has run out blocks verification as it blocks builds, by profile and by manifest; the findings are there all the same.
func TestValidateExpired(t *testing.T) {
	const profile = "../../../profiles/images/radiology-viewer.hcl" // its exceptions hold through 2027-06-30
	day := func(s string) func() time.Time {
		return func() time.Time {
			now, err := time.Parse(time.DateOnly, s)
			if err != nil {
				t.Fatal(err)
			}
			return now
		}
	}
	base := labBase(t)
	built, err := build.Run(t.Context(), build.Inputs{Image: profile, Base: base, Out: t.TempDir(), AcceptBase: true, Clock: day("2027-06-30")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{profile, built.Manifest} {
		in := build.ValidateInputs{Subject: subject, WIM: filepath.Join(built.Dir, build.ImageFile), Clock: day("2027-06-30")}
		if _, err := build.Validate(t.Context(), in, nil); err != nil {
			t.Errorf("%s on the last day: %v", subject, err)
		}
		in.Clock = day("2027-07-01")
		v, err := build.Validate(t.Context(), in, nil)
		if !errors.Is(err, build.ErrExpired) || errors.Is(err, build.ErrFindings) || v == nil || v.Summary.Outcomes[setting.Pass] == 0 {
			t.Errorf("%s the day after: %v and %v", subject, v, err)
		}
		if err != nil && strings.Contains(err.Error(), ":0)") {
			t.Errorf("%s: a place that does not exist in %q", subject, err)
		}
		in.WIM, in.Image = base, "IoTEnterpriseS"
		if _, err = build.Validate(t.Context(), in, nil); !errors.Is(err, build.ErrExpired) || !errors.Is(err, build.ErrFindings) {
			t.Errorf("%s on the base: %v", subject, err)
		}
	}
}

// An image that was built from another plan is told by its stamp, even where each setting is as wanted.
func TestValidateStampOfAnotherPlan(t *testing.T) {
	base := labBase(t)
	built := make(map[string]*build.Result)
	for _, epoch := range []string{"", "1793491201"} {
		var err error
		if built[epoch], err = build.Run(t.Context(), build.Inputs{
			Image: "../../../profiles/images/radiology-viewer.hcl", Base: base, Out: t.TempDir(), AcceptBase: true, Epoch: epoch, Clock: func() time.Time { return time.Time{} },
		}, nil); err != nil {
			t.Fatal(err)
		}
	}
	in := build.ValidateInputs{Subject: built[""].Manifest, WIM: filepath.Join(built["1793491201"].Dir, build.ImageFile)}
	v, err := build.Validate(t.Context(), in, nil)
	if !errors.Is(err, build.ErrFindings) || v == nil {
		t.Fatalf("got %v and %v", v, err)
	}
	for _, f := range v.Findings {
		if (f.Outcome == setting.Fail) != (f.Setting == build.StampFinding) {
			t.Errorf("%s: %s, %s", f.Setting, f.Outcome, f.Reason)
		}
	}
}

func labBase(t *testing.T) string {
	t.Helper()
	data, err := lab.Bytes(lab.Options{Release: lab.LTSC2021, Language: "sv-SE", Arch: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "base.wim")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
