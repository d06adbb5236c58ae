package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const month = "docs/patch-month.md"

// TestMonth walks the page about a month of patches: every command of it, in its order, in a tree where the release before stands in out.
// What the page tells people to write in step 3 is written when its blocks come by.
func TestMonth(t *testing.T) {
	root := filepath.Dir(harness.CopyProfiles(t))
	const image = "profiles/images/radiology-viewer.hcl"
	harness.Wmclient(t, root, "lab", "base", "--for", image, "--out", "install.wim").Must(t, 0)
	harness.Wmclient(t, root, "lock", image, "--upgrade", "--accept-base", "install.wim").Must(t, 0)
	harness.Wmclient(t, root, "build", image, "--base", "install.wim", "--out", "out").Must(t, 0)

	p := readPage(t, month)
	blocks, _ := p.read(t)
	ran := 0
	for _, b := range blocks {
		switch {
		case b.language == "hcl":
			writeServiced(t, root, b)
		case b.language == "hcl fragment":
			stand(t, filepath.Join(root, filepath.FromSlash(image)), b)
		case b.language == "sh":
			for line := range strings.Lines(b.text) {
				call, ok := strings.CutPrefix(strings.TrimSpace(line), "wmclient ")
				if !ok {
					t.Fatalf("%s:%d: %q is no call of wmclient", month, b.line, line)
				}
				code := 0
				if strings.HasPrefix(call, "diff ") {
					code = 10
				}
				ran++
				if got := harness.Wmclient(t, root, strings.Fields(call)...); got.Code != code {
					t.Fatalf("%s:%d: wmclient %s ends with %d, want %d:\n%s", month, b.line, call, got.Code, code, got.Stderr)
				}
			}
		}
	}
	if ran < 8 {
		t.Errorf("%s: only %d commands were run", month, ran)
	}
}

// writeServiced writes a block that begins with the name of its file.
func writeServiced(t *testing.T, root string, b block) {
	t.Helper()
	first, _, _ := strings.Cut(b.text, "\n")
	name, ok := strings.CutPrefix(first, "# ")
	if !ok {
		t.Fatalf("%s:%d: the block does not name its file", month, b.line)
	}
	if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), []byte(b.text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// stand puts the image on the page's base: base, version, and the revision that the page's fragment requires.
func stand(t *testing.T, image string, fragment block) {
	t.Helper()
	data, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	ubr := regexp.MustCompile(`"19044" = \d+`)
	required := ubr.FindString(fragment.text)
	if required == "" || !ubr.Match(data) {
		t.Fatalf("%s:%d: no revision is required", month, fragment.line)
	}
	text := ubr.ReplaceAllString(string(data), required)
	for _, change := range [][2]string{{`(?m)^(  base +=) .*$`, `$1 "win10-iot-ltsc-2021-serviced"`}, {`(?m)^(  version +=) .*$`, `$1 "2.0.0"`}} {
		was := text
		if text = regexp.MustCompile(change[0]).ReplaceAllString(text, change[1]); text == was {
			t.Fatalf("%s: nothing matches %s", image, change[0])
		}
	}
	if err := os.WriteFile(image, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
