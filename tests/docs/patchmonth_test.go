package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// The commands of the month of patches run as they stand, in their order, on a lab base that says it is serviced.
func TestPatchMonth(t *testing.T) {
	const image = "profiles/images/radiology-viewer.hcl"
	dir := filepath.Dir(harness.CopyProfiles(t))
	base := filepath.Join(t.TempDir(), "medium.wim")
	harness.Wmclient(t, dir, "lab", "base", "--for", image, "--out", base).Must(t, 0)
	harness.Wmclient(t, dir, "lock", image, "--upgrade").Must(t, 0)
	harness.Wmclient(t, dir, "lock", image, "--accept-base", base).Must(t, 0)
	harness.Wmclient(t, dir, "build", image, "--base", base, "--out", "out").Must(t, 0)

	blocks, _ := readPage(t, "docs/patch-month.md").read(t)
	ran := 0
	for _, b := range blocks {
		switch b.language {
		case "hcl": // the file that the reader writes, named in its first line; the image then names that base
			first, _, _ := strings.Cut(b.text, "\n")
			write(t, filepath.Join(dir, strings.TrimPrefix(first, "# ")), b.text)
			text, err := os.ReadFile(filepath.Join(dir, image))
			if err != nil {
				t.Fatal(err)
			}
			moved := strings.NewReplacer(`"win10-iot-ltsc-2021"`, `"win10-iot-ltsc-2021-serviced"`, `"1.2.0"`, `"2.0.0"`).Replace(string(text))
			write(t, filepath.Join(dir, image), moved)
		case "sh":
			for command := range strings.Lines(b.text) {
				arguments := strings.Fields(command)
				if arguments[0] != "wmclient" {
					t.Fatalf("docs/patch-month.md:%d: %q is no command of this program", b.line, command)
				}
				want := 0
				if arguments[1] == "diff" {
					want = 10 // there are changes
				}
				if got := harness.Wmclient(t, dir, arguments[1:]...); got.Code != want {
					t.Fatalf("docs/patch-month.md:%d: %s: exit code %d, want %d\n%s", b.line, strings.TrimSpace(command), got.Code, want, got.Stderr)
				}
				ran++
			}
		}
	}
	if ran < 8 {
		t.Errorf("%d commands ran: the page has lost some, or the test does not find them", ran)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
