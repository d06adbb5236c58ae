package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// everything is each file below the folders with its bytes.
func everything(t *testing.T, dirs ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, dir := range dirs {
		err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
			if err == nil && info.Mode().IsRegular() {
				all[path] = string(load(t, path))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestRebuildOverwritesNothing: whatever --out names, by whichever link, what stood there stands there afterwards.
func TestRebuildOverwritesNothing(t *testing.T) {
	mine := release(t).copied(t)
	desk := t.TempDir()
	save(t, filepath.Join(desk, "notes.txt"), []byte("mine"))
	if err := os.Link(mine.base, filepath.Join(desk, "hard.wim")); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"soft.wim": mine.base, "release": mine.dir, "manifest": filepath.Join(mine.dir, "manifest.json"), "nowhere": "gone"} {
		if err := os.Symlink(to, filepath.Join(desk, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct{ name, out, says string }{
		{"the base", mine.base, "is the base"},
		{"a hard link to the base", filepath.Join(desk, "hard.wim"), "is the base"},
		{"a symbolic link to the base", filepath.Join(desk, "soft.wim"), "is the base"},
		{"the manifest", filepath.Join(mine.dir, "manifest.json"), "is the manifest"},
		{"a link to the manifest", filepath.Join(desk, "manifest"), "is the manifest"},
		{"the released image", filepath.Join(mine.dir, "image.wim"), "folder of the release"},
		{"a new file in the release", filepath.Join(mine.dir, "again.wim"), "folder of the release"},
		{"the release through a link", filepath.Join(desk, "release", "again.wim"), "folder of the release"},
		{"any other file", filepath.Join(desk, "notes.txt"), "overwrites nothing"},
		{"a link that leads nowhere", filepath.Join(desk, "nowhere"), "overwrites nothing"},
		{"a folder", desk, "is a folder"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := everything(t, filepath.Dir(mine.base), desk)
			for _, manifest := range []string{mine.dir, filepath.Join(mine.dir, "manifest.json")} {
				got := harness.Wmclient(t, "", "rebuild", "--manifest", manifest, "--base", mine.base, "--out", tc.out)
				if got.Must(t, 2); !strings.Contains(got.Stderr, tc.says) || !strings.Contains(got.Stderr, "\nhint: ") || strings.Contains(got.Stderr, "reading ") {
					t.Errorf("it says\n%s", got.Stderr)
				}
			}
			if diff := cmp.Diff(before, everything(t, filepath.Dir(mine.base), desk)); diff != "" {
				t.Errorf("files changed (-before +after): %.2000s", diff)
			}
		})
	}
}

// TestOutputsSpareInputs: a file that a command writes is never one that it reads, nor, for a base, anything else that stands there.
func TestOutputsSpareInputs(t *testing.T) {
	mine := release(t).copied(t)
	dir := filepath.Dir(mine.base)
	save(t, filepath.Join(dir, "notes.txt"), []byte("mine"))
	image := filepath.Join(mine.dir, "image.wim")
	for _, tc := range []struct {
		says string
		args []string
	}{
		{"is no lab base", []string{"lab", "base", "--out", "notes.txt"}},
		{"is no lab base", []string{"lab", "base", "--out", image}},
		{"is no lab base", []string{"lab", "base", "--out", dir}},
		{"which is read", []string{"validate", filepath.Join(mine.dir, "manifest.json"), "--wim", image, "--junit", image}},
		{"which is read", []string{"plan", mine.profile, "--provenance", mine.profile}},
	} {
		before := everything(t, dir)
		got := harness.Wmclient(t, dir, tc.args...)
		if got.Must(t, 2); !strings.Contains(got.Stderr, tc.says) || !strings.Contains(got.Stderr, "\nhint: ") {
			t.Errorf("%v says\n%s", tc.args, got.Stderr)
		}
		if diff := cmp.Diff(before, everything(t, dir)); diff != "" {
			t.Errorf("%v: files changed (-before +after): %.2000s", tc.args, diff)
		}
	}
	harness.Wmclient(t, dir, "lab", "base", "--language", "en-US", "--out", mine.base).Must(t, 0) // a lab base in a lab base's place
	harness.Wmclient(t, dir, "lab", "base", "--language", "en-US", "--out", "notes.txt", "--force").Must(t, 0)
}
