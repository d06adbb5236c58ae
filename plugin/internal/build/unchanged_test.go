package build_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
)

// shortcut is one image, built once on a base that has stood still for long enough.
type shortcut struct {
	in  build.Inputs
	dir string
}

// built builds the image for the first time.
func builtOnce(t *testing.T) shortcut {
	t.Helper()
	s := shortcut{in: build.Inputs{Image: tiny(t), Base: labBase(t), Out: t.TempDir(), AcceptBase: true}}
	s.in.Clock = func() time.Time { return time.Now().Add(time.Minute) } // nobody has touched the base for a minute
	r, err := build.Run(t.Context(), s.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Unchanged {
		t.Fatal("the first build says that nothing has changed")
	}
	s.dir = r.Dir
	return s
}

// again builds again and says whether the base was read for it: a build that reads it tells so.
func (s shortcut) again(t *testing.T) (r *build.Result, read bool, err error) {
	t.Helper()
	r, err = build.Run(t.Context(), s.in, func(e build.Event) {
		read = read || e.Type == build.EventStep && strings.HasPrefix(e.Step, "reading ")
	})
	return r, read, err
}

func TestUnchangedIsNotBuiltAgain(t *testing.T) {
	s := builtOnce(t)
	before, err := os.ReadFile(filepath.Join(s.dir, build.ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	r, read, err := s.again(t)
	if err != nil || read || !r.Unchanged || r.Dir != s.dir || len(r.Findings) == 0 || r.ImageSHA256 == "" || r.Summary.Outcomes == nil {
		t.Fatalf("read %t, %+v, %v", read, r, err)
	}
	s.in.Verify = true
	full, read, err := s.again(t)
	if err != nil || !read || !full.Unchanged || full.ImageSHA256 != r.ImageSHA256 || full.ManifestDigest != r.ManifestDigest {
		t.Fatalf("--verify: read %t, %+v, %v", read, full, err)
	}
	if after, err := os.ReadFile(filepath.Join(s.dir, build.ManifestFile)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the manifest changed: %v", err)
	}
}

// Whatever is not as it was is a reason to build, whether or not the build then comes to the same bytes, to others, or to an error.
func TestChangedIsBuilt(t *testing.T) {
	touch := func(t *testing.T, path string) {
		t.Helper()
		at := time.Now().Add(-time.Hour)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	rewrite := func(t *testing.T, path string, change func([]byte) []byte) {
		t.Helper()
		data, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, change(data), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct {
		change func(t *testing.T, s *shortcut)
		same   bool // the same bytes come out of it
	}{
		"the base was touched":       {func(t *testing.T, s *shortcut) { touch(t, s.in.Base) }, true},
		"the base is a copy":         {func(t *testing.T, s *shortcut) { s.in.Base = copyOf(t, s.in.Base) }, true},
		"the base is asked for else": {func(_ *testing.T, s *shortcut) { s.in.BaseImage = "IoTEnterpriseS" }, true},
		"the image was touched":      {func(t *testing.T, s *shortcut) { touch(t, filepath.Join(s.dir, build.ImageFile)) }, true},
		"the image is another, with its old times": {func(t *testing.T, s *shortcut) {
			path := filepath.Join(s.dir, build.ImageFile)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			rewrite(t, path, func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
			if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
		}, false},
		"a finding was edited": {func(t *testing.T, s *shortcut) {
			rewrite(t, filepath.Join(s.dir, build.JUnitFile), func(b []byte) []byte { return append(b, '\n') })
		}, false},
		"the manifest is gone": {func(t *testing.T, s *shortcut) {
			if err := os.Remove(filepath.Join(s.dir, build.ManifestFile)); err != nil {
				t.Fatal(err)
			}
		}, false},
		"the record is another's": {func(t *testing.T, s *shortcut) {
			rewrite(t, filepath.Join(s.dir, build.RecordFile), func(b []byte) []byte {
				return bytes.Replace(b, []byte(`"program":"`), []byte(`"program":"0`), 1)
			})
		}, true},
		"the record says less": {func(t *testing.T, s *shortcut) {
			rewrite(t, filepath.Join(s.dir, build.RecordFile), func(b []byte) []byte {
				return regexp.MustCompile(`"kept":.*"program":"[0-9a-f]*"},`).ReplaceAll(b, nil)
			})
		}, true},
		"an exception has another owner": {func(t *testing.T, s *shortcut) {
			rewrite(t, s.in.Image, func(b []byte) []byte { return bytes.Replace(b, []byte("Owner"), []byte("Another"), 1) })
		}, false},
		"the epoch is another": {func(_ *testing.T, s *shortcut) { s.in.Epoch = "1793491201" }, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := builtOnce(t)
			tt.change(t, &s)
			r, read, err := s.again(t)
			if tt.same && (err != nil || !read || !r.Unchanged) {
				t.Errorf("read %t, %+v, %v", read, r, err)
			}
			if !tt.same && err == nil && (!read || r.Unchanged) {
				t.Errorf("taken for the same: read %t, %+v", read, r)
			}
			if !tt.same {
				return
			}
			// The build compared every byte, so that the next one need not.
			if r, read, err := s.again(t); err != nil || read || !r.Unchanged {
				t.Errorf("once more: read %t, %+v, %v", read, r, err)
			}
		})
	}
}

// A base that was written a moment ago may be written again within the same tick of its file system's clock.
func TestUnsettledBaseIsReadAgain(t *testing.T) {
	s := builtOnce(t)
	s.in.Out = t.TempDir()
	s.in.Clock = time.Now
	s.in.Base = copyOf(t, s.in.Base)
	for range 2 {
		if r, read, err := s.again(t); err != nil || !read {
			t.Errorf("read %t, %+v, %v", read, r, err)
		}
	}
}

// Who may build is asked before whether there is anything to build.
func TestUnchangedNeedsLeave(t *testing.T) {
	s := builtOnce(t)
	s.in.AcceptBase = false
	if r, _, err := s.again(t); err == nil && !r.Release {
		t.Errorf("a trial passed for a release: %+v", r)
	}
}

// tiny is an image of one setting, which an exception leaves alone, and its path.
func tiny(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "profiles")
	for name, text := range map[string]string{
		"bases/lab.hcl": `base "lab" {
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  arch       = "amd64"
  channel    = "LTSC"
  languages  = ["sv-SE"]
}
`,
		"modules/probe.hcl": `module "probe" {
  version = "1.0.0"
  method  = "no-internet"
  title   = { en = "No probe", sv = "Ingen sondering" }

  setting "registry_value" "level" {
    key       = "HKLM\\SOFTWARE\\Test"
    name      = "Level"
    type      = "dword"
    value     = 1
    severity  = "medium"
    rationale = { en = "Because.", sv = "Därför." }
  }
  setting "registry_value" "other" {
    key       = "HKLM\\SOFTWARE\\Test"
    name      = "Other"
    type      = "dword"
    value     = 1
    severity  = "medium"
    rationale = { en = "Because.", sv = "Därför." }
  }
}
`,
		"images/tiny.hcl": `image "tiny" {
  version  = "1.0.0"
  released = "2026-11-01"
  base     = "lab"
  class {
    type   = "WM"
    groups = [0]
  }
  management {
    local {}
  }
  module "probe" {
    version = "^1.0"
  }
  exception "probe/other" {
    skip         = true
    reason       = "It is tried."
    compensating = "None is needed."
    owner        = "Owner"
    approved_by  = "Somebody"
    expires      = "2099-12-31"
  }
}
`,
	} {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "images", "tiny.hcl")
}

func copyOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy.wim")
	if err := os.WriteFile(to, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return to
}
