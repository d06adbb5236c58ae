//go:build linux

package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// On a terminal messages are coloured, unless NO_COLOR, --no-color or a dumb terminal says otherwise.
func TestTerminal(t *testing.T) {
	script, err := exec.LookPath("script")
	if err != nil {
		t.Skip("script of util-linux is not installed, which gives a program a terminal")
	}
	dir := t.TempDir()
	for _, folder := range []string{"bases", "modules", "images"} {
		if err := os.MkdirAll(filepath.Join(dir, "profiles", folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "profiles", "bases", "bad.hcl"), []byte("base \"x\" {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		env      string
		flag     string
		coloured bool
	}{
		"terminal":   {"TERM=xterm-256color", "", true},
		"NO_COLOR":   {"NO_COLOR=1", "", false},
		"--no-color": {"TERM=xterm-256color", "--no-color", false},
		"dumb":       {"TERM=dumb", "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			call := strings.Join([]string{harness.Binary(t, "wmclient"), "check", "profiles", tt.flag}, " ")
			r := harness.Command{Path: script, Args: []string{"-qec", call, "/dev/null"}, Dir: dir, Env: []string{"NO_COLOR=", "TERM=xterm-256color", tt.env}}.Run(t).Must(t, 2)
			if got := strings.Contains(r.Stdout, "\x1b["); got != tt.coloured {
				t.Errorf("coloured: %v, want %v:\n%q", got, tt.coloured, r.Stdout)
			}
		})
	}
}
