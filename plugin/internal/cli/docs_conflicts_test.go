package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/cli"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
)

// TestConflictPages: every row stands on both pages with its levels, and the pages in the repository are the ones that are written.
func TestConflictPages(t *testing.T) {
	for lang, file := range map[string]string{"en": "conflicts.md", "sv": "conflicts.sv.md"} {
		var out, problems bytes.Buffer
		if code := cli.Run(context.Background(), cli.Env{Args: []string{"docs", "conflicts", "--lang", lang}, Stdout: &out, Stderr: &problems}); code != 0 {
			t.Fatalf("exit %d: %s", code, problems.String())
		}
		page := out.String()
		for _, r := range conflict.Rows() {
			if !strings.Contains(page, "\n## "+r.Name+"\n") {
				t.Errorf("%s lacks the row %s", file, r.Name)
			}
		}
		kept, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "reference", file))
		if err != nil || !bytes.Equal(kept, []byte(page)) {
			t.Errorf("%s is not what `wmclient docs conflicts` writes (%v); run go generate ./plugin/internal/cli", file, err)
		}
	}
}
