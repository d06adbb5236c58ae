package build_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
)

// agreedTree is a tree of profiles in which one setting is agreed on for a time.
var agreedTree = map[string]string{
	"bases/b.hcl": `base "b" {
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  arch       = "amd64"
  channel    = "LTSC"
  languages  = ["sv-SE"]
}
`,
	"modules/m.hcl": `module "m" {
  version = "1.0.0"
  method  = "policies"
  title   = { en = "M", sv = "M" }
  setting "registry_value" "access" {
    until     = "2027-06-30"
    key       = "HKLM\\SOFTWARE\\Policies\\Test"
    name      = "Access"
    type      = "dword"
    value     = 1
    severity  = "medium"
    rationale = { en = "Because.", sv = "Därför." }
  }
}
`,
	"images/i.hcl": `image "i" {
  version  = "1.0.0"
  released = "2026-11-01"
  base     = "b"
  class {
    type   = "WM"
    groups = [0]
  }
  management {
    local {}
  }
  module "m" { version = "^1.0" }
}
`,
}

// A setting that was agreed on until a day ends builds and validations from the day after, by profile and by manifest.
func TestValidateAfterASettingEnded(t *testing.T) {
	root := filepath.Join(t.TempDir(), "profiles")
	for name, text := range agreedTree {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	day := func(s string) func() time.Time {
		return func() time.Time {
			now, err := time.Parse(time.DateOnly, s)
			if err != nil {
				t.Fatal(err)
			}
			return now
		}
	}
	profile := filepath.Join(root, "images", "i.hcl")
	in := build.Inputs{Image: profile, Base: labBase(t), Out: t.TempDir(), AcceptBase: true, Clock: day("2027-06-30")}
	built, err := build.Run(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	in.Out, in.Clock = t.TempDir(), day("2027-07-01")
	if _, err := build.Run(t.Context(), in, nil); !errors.Is(err, build.ErrExpired) || !strings.Contains(err.Error(), "m/access") {
		t.Errorf("a build on the day after: %v", err)
	}
	for _, subject := range []string{profile, built.Manifest} {
		in := build.ValidateInputs{Subject: subject, WIM: filepath.Join(built.Dir, build.ImageFile), Clock: day("2027-06-30")}
		if _, err := build.Validate(t.Context(), in, nil); err != nil {
			t.Errorf("%s on the last day: %v", subject, err)
		}
		in.Clock = day("2027-07-01")
		if v, err := build.Validate(t.Context(), in, nil); !errors.Is(err, build.ErrExpired) || v == nil || strings.Contains(err.Error(), ":0)") {
			t.Errorf("%s the day after: %v", subject, err)
		}
	}
}
