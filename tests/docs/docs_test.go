// Package docs_test keeps the pages for people true. It reads docs/ and README.md as a reader does: every complete example is checked by
// the real command, every printed output is compared with what the command prints, every table that repeats something in the sources is
// held against them, and every link must lead somewhere. It refuses to trust a page because it looks right.
package docs_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// page is one Markdown file.
type page struct {
	path string // relative to the repository's root, with slashes
	text string
}

func readPage(t *testing.T, path string) page {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(harness.Root(t), filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return page{path, string(text)}
}

// block is one fenced block of code.
type block struct {
	language string
	line     int // of its first line of text
	text     string
}

// read splits a page into fenced blocks and the prose around them; blocks are blank lines in the prose, so that line numbers stay.
func (p page) read(t *testing.T) (blocks []block, prose []string) {
	t.Helper()
	var open *block
	lines := bufio.NewScanner(strings.NewReader(p.text))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		language, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &block{language: language, line: n + 1}
			prose = append(prose, "")
		case fence:
			blocks = append(blocks, *open)
			open = nil
			prose = append(prose, "")
		case open != nil:
			open.text += line + "\n"
			prose = append(prose, "")
		default:
			prose = append(prose, line)
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: a block of code is never closed", p.path, open.line)
	}
	return blocks, prose
}

// row is one row of a table.
type row struct {
	line  int
	cells []string
}

// table returns the rows of the first table below the comment "<!-- checked: NAME -->".
func (p page) table(t *testing.T, name string) []row {
	t.Helper()
	_, prose := p.read(t)
	var rows []row
	below := false
	for i, line := range prose {
		switch {
		case line == "<!-- checked: "+name+" -->":
			below = true
		case below && strings.HasPrefix(line, "|"):
			const escaped = "\x00" // for "\|", which is a bar inside a cell
			cells := strings.Split(strings.Trim(strings.ReplaceAll(line, `\|`, escaped), "|"), "|")
			for i := range cells {
				cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), escaped, "|")
			}
			rows = append(rows, row{i + 1, cells})
		case below && len(rows) > 0:
			return rows[2:] // without the header and the line under it
		}
	}
	if len(rows) < 3 {
		t.Fatalf("%s: no table below %q", p.path, name)
	}
	return rows[2:]
}

// codes returns what stands in backticks in a text.
func codes(text string) []string {
	var out []string
	for i, part := range strings.Split(text, "`") {
		if i%2 == 1 {
			out = append(out, part)
		}
	}
	return out
}
