package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestEveryHelpNamesExitCodes: whoever calls a command from a script finds its codes in its help, and the help of the whole says so.
func TestEveryHelpNamesExitCodes(t *testing.T) {
	dir := t.TempDir()
	harness.Wmclient(t, "", "docs", "--out", dir).Must(t, 0)
	pages, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil || len(pages) < 20 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		text := string(load(t, page))
		switch name := filepath.Base(page); {
		case strings.Contains(name, "completion"), name == "wmclient_base.md", name == "wmclient_delta.md", name == "wmclient_lab.md": // cobra's own, and those that only hold others
		case strings.Count(text, "Exit codes: ") != 1:
			t.Errorf("%s does not name the exit codes once", name)
		}
	}
	if text := harness.Wmclient(t, "", "--help").Stdout; !strings.Contains(text, "130 and 143") || !strings.Contains(text, "help of each command has its own") {
		t.Errorf("the help of the whole does not lead to exit codes:\n%s", text)
	}
}

// TestWordsComplete: the shell is told what a flag or an argument takes.
func TestWordsComplete(t *testing.T) {
	tree := harness.CopyProfiles(t)
	page := string(load(t, filepath.Join(harness.Root(t), "docs", "base.md")))
	if err := os.WriteFile(filepath.Join(tree, "bases", "updated.hcl"), []byte(between(t, page, "```hcl fragment\n", "```")), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ args, want string }{
		{"lab base --release ", "ltsc-2021 ltsc-2019 ltsb-2016"},
		{"lab base --language ", "da-DK de-DE en-GB en-US fi-FI fr-FR nb-NO sv-SE"},
		{"docs modules --lang ", "en sv"},
		{"docs conflicts --format ", "markdown html"},
		{"show --language ", "en sv"},
		{"--diags ", "text json"},
		{"base script --profiles " + tree + " ", "win10-iot-ltsc-2021-updated"},
	} {
		got := harness.Wmclient(t, "", append([]string{"__complete"}, strings.Split(tc.args, " ")...)...)
		if words := strings.Join(strings.Fields(got.Stdout), " "); words != tc.want+" :4" {
			t.Errorf("%s: %q, want %q", tc.args, words, tc.want)
		}
	}
}

// TestHintsAreWrapped: a hint is broken at words, as wide as the terminal.
func TestHintsAreWrapped(t *testing.T) {
	got := harness.Command{Path: harness.Binary(t, "wmclient"), Args: []string{"plan", "nowhere.hcl"}, Env: []string{"COLUMNS=40"}}.Run(t)
	_, hint, _ := strings.Cut(got.Must(t, 2).Stderr, "\nhint: ")
	lines := strings.Split(strings.TrimSpace("hint: "+hint), "\n")
	if len(lines) < 2 || !strings.HasSuffix(lines[len(lines)-1], ".hcl") {
		t.Errorf("not wrapped: %q", got.Stderr)
	}
	for _, line := range lines {
		if len(line) > 40 && strings.Contains(line, " ") {
			t.Errorf("a line of %d characters: %q", len(line), line)
		}
	}
}
