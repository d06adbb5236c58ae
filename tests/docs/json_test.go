package docs_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestJSONTable holds the page about output for machines against the reference of the commands: every command that takes --json stands
// there and no other, and its schema is one that the sources name.
func TestJSONTable(t *testing.T) {
	root := harness.Root(t)
	references, err := filepath.Glob(filepath.Join(root, "docs", "reference", "commands", "wmclient_*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, name := range references {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "      --json ") {
			command, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "wmclient_"), ".md"), "_") // of delta make, delta
			if !slices.Contains(want, command) {
				want = append(want, command)
			}
		}
	}
	var source strings.Builder
	err = filepath.WalkDir(filepath.Join(root, "plugin", "internal"), func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		source.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range readPage(t, "docs/reference/json.md").table(t, "json") {
		words, schema := strings.Fields(codes(r.cells[0])[0]), codes(r.cells[2])[0]
		if !slices.Contains(got, words[0]) { // the command of a subcommand
			got = append(got, words[0])
		}
		if !strings.Contains(source.String(), `"`+schema+`"`) {
			t.Errorf("line %d: no source names the schema %s", r.line, schema)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the page has %q, the commands with --json are %q", got, want)
	}
}
