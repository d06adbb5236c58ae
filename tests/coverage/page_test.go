package coverage_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestImportPage keeps the outputs on the page about import true: each stands, line by line, in a script of tests/cli, which compares it
// with what the command prints. A line "..." leaves lines out.
func TestImportPage(t *testing.T) {
	root := harness.Root(t)
	read := func(parts ...string) string {
		b, err := os.ReadFile(filepath.Join(append([]string{root}, parts...)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	scripts := read("tests", "cli", "testdata", "import.txtar") + read("tests", "cli", "testdata", "coverage.txtar")
	blocks := strings.Split(read("docs", "import.md"), "```text\n")[1:]
	if len(blocks) < 3 {
		t.Fatalf("the page has %d outputs", len(blocks))
	}
	for _, b := range blocks {
		text, _, _ := strings.Cut(b, "```")
		rest := scripts
		for part := range strings.SplitSeq(text, "...\n") {
			_, after, ok := strings.Cut(rest, part)
			if !ok {
				t.Errorf("no script prints, in this order:\n%s", part)
				break
			}
			rest = after
		}
	}
}
