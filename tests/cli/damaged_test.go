package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestDamagedReleases: validate holds an image that is as long as the manifest says against its SHA-256, and says where it compared nothing;
// show tells of all damage that can be seen without reading the image.
func TestDamagedReleases(t *testing.T) {
	whole := release(t)
	for _, tc := range []struct {
		name           string
		change         func(*testing.T, *released)
		validate, show int
		says, shows    string // on whichever output
	}{
		{"whole", func(*testing.T, *released) {}, 0, 0, "image/stamp pass, bytes those of the manifest\n", "image.wim"},
		{"a byte of the image", r(func(t *testing.T, d string) { flip(t, filepath.Join(d, "image.wim"), 2000) }), 5, 0, "bytes others than the manifest's\n", "image.wim"},
		{"an image of another length", r(func(t *testing.T, d string) {
			path := filepath.Join(d, "image.wim")
			save(t, path, append(load(t, path), 0))
		}), 0, 5, "bytes not compared\n", "the manifest states"},
		{"a report", r(func(t *testing.T, d string) { flip(t, filepath.Join(d, "junit.xml"), -2) }), 0, 5, "bytes those of the manifest\n", "junit.xml has SHA-256"},
		{"a manifest alone", func(t *testing.T, r *released) { r.keep(t, "manifest.json") }, 2, 0, "image.wim does not exist", "manifest.json"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			mine := whole.copied(t)
			tc.change(t, &mine)
			got := harness.Wmclient(t, "", "validate", mine.dir)
			if got.Must(t, tc.validate); !strings.Contains(got.Stdout+got.Stderr, tc.says) {
				t.Errorf("validate does not say %q:\n%s%s", tc.says, got.Stdout, got.Stderr)
			}
			for _, args := range [][]string{{mine.dir}, {mine.dir, "--json"}} {
				got = harness.Wmclient(t, "", append([]string{"show"}, args...)...)
				if got.Must(t, tc.show); !strings.Contains(got.Stdout+got.Stderr, tc.shows) || got.Stdout == "" || (tc.show != 0) != strings.Contains(got.Stderr, "\nhint: ") {
					t.Errorf("show does not say %q:\n%s%s", tc.shows, got.Stdout, got.Stderr)
				}
			}
		})
	}
	if _, err := os.Stat(filepath.Join(whole.dir, "image.wim")); err != nil {
		t.Error(err)
	}
	got := harness.Wmclient(t, "", "validate", whole.profile, "--wim", filepath.Join(whole.dir, "image.wim"), "--json")
	if got.Must(t, 0); !strings.Contains(got.Stdout, `"bytes":"not-compared"`) {
		t.Errorf("by a profile no bytes are compared:\n%s", got.Stdout)
	}
}
