package cli_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestDoctorSeesDamage: of a release each file is held against the others, also where somebody has made its sum right again.
func TestDoctorSeesDamage(t *testing.T) {
	whole := release(t)
	resum := func(t *testing.T, d, name string) { // makes the sum of a changed file right
		t.Helper()
		var lines []string
		for line := range strings.Lines(string(load(t, filepath.Join(d, "SHA256SUMS")))) {
			if strings.HasSuffix(line, "*"+name+"\n") {
				line = fmt.Sprintf("%x *%s\n", sha256.Sum256(load(t, filepath.Join(d, name))), name)
			}
			lines = append(lines, line)
		}
		save(t, filepath.Join(d, "SHA256SUMS"), []byte(strings.Join(lines, "")))
	}
	for name, tc := range map[string]struct {
		change func(t *testing.T, d string)
		code   int
		says   string
	}{
		"whole": {func(*testing.T, string) {}, 0, ""},
		"a sum is gone": {func(t *testing.T, d string) {
			var lines []string
			for line := range strings.Lines(string(load(t, filepath.Join(d, "SHA256SUMS")))) {
				if !strings.HasSuffix(line, "*image.wim\n") {
					lines = append(lines, line)
				}
			}
			save(t, filepath.Join(d, "SHA256SUMS"), []byte(strings.Join(lines, "")))
		}, 5, "SHA256SUMS does not name image.wim"},
		"plan":             {func(t *testing.T, d string) { flip(t, filepath.Join(d, "plan.json"), -2) }, 5, "plan.json has SHA-256"},
		"plan and its sum": {func(t *testing.T, d string) { flip(t, filepath.Join(d, "plan.json"), -2); resum(t, d, "plan.json") }, 5, "the manifest's recipe digest is"},
		"image and its sum": {func(t *testing.T, d string) { flip(t, filepath.Join(d, "image.wim"), 2000); resum(t, d, "image.wim") }, 5,
			"image.wim has SHA-256"},
		"record of another build": {func(t *testing.T, d string) {
			path := filepath.Join(d, "build-record.json")
			text := string(load(t, path))
			_, rest, _ := strings.Cut(text, `"manifest_digest":"`)
			save(t, path, []byte(strings.Replace(text, rest[:64], strings.Repeat("0", 64), 1)))
		}, 5, "the build record is of the manifest 0000"},
		"no record": {func(t *testing.T, d string) {
			if err := os.Remove(filepath.Join(d, "build-record.json")); err != nil {
				t.Fatal(err)
			}
		}, 5, "the build record"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mine := whole.copied(t)
			tc.change(t, mine.dir)
			got := harness.Wmclient(t, "", "doctor", mine.dir)
			if got.Must(t, tc.code); !strings.Contains(got.Stdout+got.Stderr, tc.says) {
				t.Errorf("it does not say %q:\n%s%s", tc.says, got.Stdout, got.Stderr)
			}
		})
	}
}
