package docs_test

import (
	"path"
	"strings"
	"testing"
)

// TestIndex holds that every page for people and every reference is linked from docs/README.md: a page that nobody finds is not there.
func TestIndex(t *testing.T) {
	index := readPage(t, "docs/README.md")
	linked := map[string]bool{}
	for _, m := range link.FindAllStringSubmatch(index.text, -1) {
		to, _, _ := strings.Cut(m[1], "#")
		linked[path.Join("docs", to)] = true
	}
	for _, p := range pages(t) {
		if p.path == index.path || strings.HasPrefix(p.path, "docs/reference/commands/") { // the command's own page links its subcommands
			continue
		}
		if !linked[p.path] {
			t.Errorf("%s links no %s", index.path, p.path)
		}
	}
}
