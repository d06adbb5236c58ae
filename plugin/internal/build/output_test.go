package build_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
)

// files is a release whose image holds the text.
func files(text string, accepted bool) map[string]string {
	return map[string]string{
		build.ImageFile:  text,
		build.SumsFile:   fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(text)), build.ImageFile),
		build.RecordFile: fmt.Sprintf(`{"accepted_base":%t}`, accepted),
	}
}

func TestPublish(t *testing.T) {
	type release struct {
		text     string
		released bool
	}
	tests := map[string]struct {
		version       string
		before, after release
		want          string // "" means refused
		stands        string
	}{
		"same bytes stay":                         {"1.0.0", release{"a", true}, release{"a", true}, "same", "a"},
		"a release never changes":                 {"1.0.0", release{"a", true}, release{"b", true}, "", "a"},
		"a release never gives way":               {"1.0.0", release{"a", true}, release{"b", false}, "", "a"},
		"an accepted base gives way to its like":  {"1.0.0", release{"a", false}, release{"b", false}, "replaced", "b"},
		"an accepted base gives way to a release": {"1.0.0", release{"a", false}, release{"b", true}, "replaced", "b"},
		"a pre-release may be replaced":           {"1.0.0-rc.1", release{"a", true}, release{"b", true}, "replaced", "b"},
		"build metadata is no pre-release":        {"1.0.0+x", release{"a", true}, release{"b", true}, "", "a"},
		"what is no semver counts as released":    {"x-1", release{"a", true}, release{"b", true}, "", "a"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			if _, err := build.Release(out, "viewer", tt.version, files(tt.before.text, !tt.before.released)); err != nil {
				t.Fatal(err)
			}
			got, err := build.Release(out, "viewer", tt.version, files(tt.after.text, !tt.after.released))
			if (err == nil) != (tt.want != "") || err == nil && got != tt.want {
				t.Errorf("published %q, %v; want %q", got, err, tt.want)
			}
			if err != nil && !strings.Contains(err.Error(), "hint: ") {
				t.Errorf("no way out in %q", err)
			}
			stands, err := os.ReadFile(filepath.Join(out, "viewer", tt.version, build.ImageFile))
			if err != nil || string(stands) != tt.stands {
				t.Errorf("there stands %q (%v), want %q", stands, err, tt.stands)
			}
			if left := names(t, filepath.Join(out, "viewer")); len(left) != 1 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// A folder whose image was changed by somebody is not the same as a new build, whatever its sums say.
func TestPublishSeesTampering(t *testing.T) {
	out := t.TempDir()
	if _, err := build.Release(out, "viewer", "1.0.0", files("a", false)); err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(out, "viewer", "1.0.0", build.ImageFile)
	if err := os.WriteFile(image, []byte("tampered"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := build.Release(out, "viewer", "1.0.0", files("a", false)); err == nil {
		t.Fatalf("a changed image passed as %q", got)
	}
}

func TestWriteFileAtomicLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(target, "sub"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := build.WriteFileAtomic(target, []byte("x")); err == nil {
		t.Fatal("a folder was replaced by a file")
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}
