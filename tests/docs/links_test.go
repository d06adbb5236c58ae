package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// pages are README.md, the profiles' page and everything in docs.
func pages(t *testing.T) []page {
	t.Helper()
	out := []page{readPage(t, "README.md"), readPage(t, "profiles/README.md")}
	root := harness.Root(t)
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".md" {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err == nil {
			out = append(out, readPage(t, filepath.ToSlash(rel)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestLinks follows every relative link, to the heading where it names one.
func TestLinks(t *testing.T) {
	total := 0
	for _, p := range pages(t) {
		followed, broken := follow(t, p)
		total += followed
		for _, b := range broken {
			t.Error(b)
		}
	}
	if total < 10 {
		t.Errorf("only %d links were followed", total)
	}
}

func TestBrokenLinksAreFound(t *testing.T) {
	p := page{language, "[a](nowhere.md) [b](language.md#no-such-heading) [c](#nor-this)\n\n# Here\n[d](#here) [e](https://example.org) [f](/site)\n```text\n[g](x.md)\n```\n"}
	followed, broken := follow(t, p)
	if followed != 4 || len(broken) != 3 {
		t.Errorf("%d links followed, want 4; broken, want 3: %q", followed, broken)
	}
}

// follow returns how many relative links a page has, and which of them lead nowhere. Links that begin with a slash belong to the site on
// which Packer's integrations are published.
func follow(t *testing.T, p page) (followed int, broken []string) {
	t.Helper()
	_, prose := p.read(t)
	for i, line := range prose {
		for _, found := range link.FindAllStringSubmatch(line, -1) {
			target := found[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "/") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			followed++
			file, anchor, _ := strings.Cut(target, "#")
			to := p
			if file != "" {
				to = page{path: path.Join(path.Dir(p.path), file)}
				if _, err := os.Stat(filepath.Join(harness.Root(t), filepath.FromSlash(to.path))); err != nil {
					broken = append(broken, fmt.Sprintf("%s:%d: the link %q leads nowhere: %v", p.path, i+1, target, err))
					continue
				}
				if anchor != "" {
					to = readPage(t, to.path)
				}
			}
			if anchor != "" && !slices.Contains(anchors(t, to), anchor) {
				broken = append(broken, fmt.Sprintf("%s:%d: %s has no heading #%s", p.path, i+1, to.path, anchor))
			}
		}
	}
	return followed, broken
}

// anchors are the names that GitHub gives to headings.
func anchors(t *testing.T, p page) []string {
	t.Helper()
	_, prose := p.read(t)
	var out []string
	for _, line := range prose {
		if !strings.HasPrefix(line, "#") {
			continue
		}
		var b strings.Builder
		for _, r := range strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#"))) {
			switch {
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				b.WriteRune(r)
			case r == ' ':
				b.WriteRune('-')
			}
		}
		out = append(out, b.String())
	}
	return out
}

// TestREADMELeadsOn holds README.md to the pages that a new reader needs.
func TestREADMELeadsOn(t *testing.T) {
	text := readPage(t, "README.md").text
	for _, want := range []string{"docs/language.md", "docs/RATIONALE.md", "docs/reference/kinds.md", "docs/reference/commands/wmclient.md"} {
		if !strings.Contains(text, "]("+want+")") {
			t.Errorf("README.md has no link to %s", want)
		}
	}
}

// TestNoEmptyHeadings finds headings with nothing under them.
func TestNoEmptyHeadings(t *testing.T) {
	for _, name := range []string{"docs/RATIONALE.md", language, "docs/contributing.md"} {
		lines := strings.Split(readPage(t, name).text, "\n")
		_, prose := readPage(t, name).read(t)
		for _, i := range emptyHeadings(lines, prose) {
			t.Errorf("%s:%d: nothing stands under %q", name, i+1, lines[i])
		}
	}
}

// emptyHeadings returns the headings before the next of the same or a higher rank without a line of text between. prose tells headings from
// comments in code.
func emptyHeadings(lines, prose []string) []int {
	var out []int
	open, openRank := -1, 0
	for i, line := range lines {
		rank := 0
		if i < len(prose) && strings.HasPrefix(prose[i], "#") {
			rank = len(line) - len(strings.TrimLeft(line, "#"))
		}
		switch {
		case rank > 0:
			if open >= 0 && rank <= openRank {
				out = append(out, open)
			}
			open, openRank = i, rank
		case strings.TrimSpace(line) != "":
			open = -1
		}
	}
	if open >= 0 {
		out = append(out, open)
	}
	return out
}

func TestEmptyHeadingsAreFound(t *testing.T) {
	lines := []string{"# a", "", "## b", "", "## c", "text", "## d"}
	if got, want := emptyHeadings(lines, lines), []int{2, 6}; !slices.Equal(got, want) {
		t.Errorf("empty headings %v, want %v", got, want)
	}
}
