package plan_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

var update = flag.Bool("update", false, "write testdata anew")

func TestWriteText(t *testing.T) {
	c := scene(t)
	var sb strings.Builder
	if err := plan.WriteText(&sb, c, plan.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "plan.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(sb.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), sb.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWriteTextWidthAndColor(t *testing.T) {
	for _, width := range []int{0, 40, 60, 100, 200} {
		var sb, colored strings.Builder
		if err := plan.WriteText(&sb, scene(t), plan.TextOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		if err := plan.WriteText(&colored, scene(t), plan.TextOptions{Width: width, Color: true}); err != nil {
			t.Fatal(err)
		}
		limit := width
		if limit == 0 {
			limit = 100
		}
		for line := range strings.SplitSeq(sb.String(), "\n") {
			if n := utf8.RuneCountInString(line); n > limit {
				t.Errorf("width %d: a line of %d columns: %q", width, n, line)
			}
		}
		if strings.Contains(sb.String(), "\x1b") || !strings.Contains(colored.String(), "\x1b[1m") {
			t.Error("colour where none is asked for, or none where it is")
		}
		if plainOf(colored.String()) != sb.String() {
			t.Error("colour changes the text")
		}
	}
}

func plainOf(s string) string {
	for _, code := range []string{"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[33m"} {
		s = strings.ReplaceAll(s, code, "")
	}
	return s
}

// TestTextIsClean keeps a profile's text from speaking to the terminal.
func TestTextIsClean(t *testing.T) {
	req := request(cand("a/x", 3, reg("p", "1")), cand("b/x", 3, reg("p", "2\x1b]0;title\a")))
	req.Overrides = []plan.Override{over("a/x", 5, "b/x")}
	req.Overrides[0].Reason = "first line\nsecond \x1b[31mred \u202egnirts"
	c := compose(t, req)
	e, err := plan.Explain(c, "x")
	if err != nil {
		t.Fatal(err)
	}
	var sb strings.Builder
	if err := errors.Join(plan.WriteText(&sb, c, plan.TextOptions{}), e.WriteText(&sb, plan.TextOptions{})); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(sb.String(), "\x1b\a\u202e") || !strings.Contains(sb.String(), "first line second") {
		t.Errorf("got %q", sb.String())
	}
}

// broken takes nothing.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteTextTellsErrors(t *testing.T) {
	if err := plan.WriteText(broken{}, scene(t), plan.TextOptions{}); err == nil {
		t.Error("no error from a writer that takes nothing")
	}
}
