package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const language = "docs/language.md"

// writeExamples writes every HCL block that begins with "# profiles/..." under that name and returns the folder above.
func writeExamples(t *testing.T) (dir string, files int) {
	t.Helper()
	p := readPage(t, language)
	blocks, _ := p.read(t)
	dir = t.TempDir()
	for _, b := range blocks {
		first, _, _ := strings.Cut(b.text, "\n")
		name, ok := strings.CutPrefix(first, "# ")
		if b.language != "hcl" || !ok || !strings.HasPrefix(name, "profiles/") {
			continue
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(to); err == nil {
			t.Fatalf("%s:%d: %s stands in the page twice", p.path, b.line, name)
		}
		if err := os.WriteFile(to, []byte(b.text), 0o644); err != nil {
			t.Fatal(err)
		}
		files++
	}
	return dir, files
}

// TestCompleteExamples checks the page's profiles with the command: they hold together, and are laid out as fmt does it.
func TestCompleteExamples(t *testing.T) {
	dir, files := writeExamples(t)
	if files < 5 {
		t.Fatalf("%s has %d complete examples: at least a base, a product, an image and two modules were to be there", language, files)
	}
	checked := harness.Wmclient(t, dir, "check", "profiles").Must(t, 0)
	if !strings.Contains(checked.Stderr, "2 images") {
		t.Errorf("the images of the page were not checked: %s", checked.Stderr)
	}
	harness.Wmclient(t, dir, "fmt", "--check", "--diff", "profiles").Must(t, 0)
}

// TestExamplesAreRead shows that a mistake in a complete example would be seen.
func TestExamplesAreRead(t *testing.T) {
	dir, _ := writeExamples(t)
	found, err := filepath.Glob(filepath.Join(dir, "profiles", "images", "*.hcl"))
	if err != nil || len(found) != 2 {
		t.Fatalf("images of the page: %v, %v", found, err)
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(found[0], []byte(strings.Replace(string(text), "module \"", "module \"x", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	harness.Wmclient(t, dir, "check", "profiles").Must(t, 2)
}

// TestFragments parses every HCL block of all pages.
func TestFragments(t *testing.T) {
	for _, p := range pages(t) {
		blocks, _ := p.read(t)
		for _, b := range blocks {
			if b.language != "hcl" {
				continue
			}
			_, diags := hclsyntax.ParseConfig([]byte(b.text), p.path, hcl.Pos{Line: b.line, Column: 1})
			for _, d := range diags {
				t.Errorf("%s", d)
			}
		}
	}
}

// TestOutputs runs every "$ wmclient ..." of the page in the tree of its examples. A line "..." stands for any lines.
func TestOutputs(t *testing.T) {
	dir, _ := writeExamples(t)
	p := readPage(t, language)
	blocks, _ := p.read(t)
	ran := 0
	for _, b := range blocks {
		first, want, _ := strings.Cut(b.text, "\n")
		call, ok := strings.CutPrefix(first, "$ wmclient ")
		if b.language != "console" || !ok {
			continue
		}
		ran++
		got := harness.Wmclient(t, dir, strings.Fields(call)...)
		if text := got.Stdout + got.Stderr; !sameOutput(want, text) {
			t.Errorf("%s:%d: wmclient %s prints something else (-page +command):\n%s", p.path, b.line, call, cmp.Diff(want, text))
		}
	}
	if ran == 0 {
		t.Errorf("%s shows no output", p.path)
	}
}

// sameOutput compares; where a line "..." stands in want, any lines may stand in got.
func sameOutput(want, got string) bool {
	rest := got
	for i, part := range strings.Split("\n"+want, "\n...\n") {
		if i == 0 {
			tail, ok := strings.CutPrefix("\n"+rest, part)
			if !ok {
				return false
			}
			rest = tail
			continue
		}
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return rest == "" || strings.HasSuffix(want, "\n...\n")
}

func TestSameOutput(t *testing.T) {
	const got = "a\nb\nc\nd\n"
	for _, tt := range []struct {
		want string
		same bool
	}{
		{got, true}, {"a\n...\nd\n", true}, {"a\n...\n", true}, {"...\nd\n", true}, {"a\n...\nc\n...\n", true},
		{"a\nb\nc\n", false}, {"a\n...\nc\n", false}, {"b\n...\n", false}, {"a\n...\nx\n...\n", false}, {"", false},
	} {
		if same := sameOutput(tt.want, got); same != tt.same {
			t.Errorf("%q: %v, want %v", tt.want, same, tt.same)
		}
	}
}
