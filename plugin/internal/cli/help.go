package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
)

// exitTexts say how commands end whose own text does not.
var exitTexts = map[string]string{
	"wmclient check":          "0 no errors, 2 errors in profiles, or usage, 1 anything else.",
	"wmclient fmt":            "0 all is in the layout now, 10 with --check where something is to be changed, 2 a file that does not parse, or usage, 1 anything else.",
	"wmclient lock":           "0 written, or it fits, 2 bad profile, no such base, or usage, 5 the lock is stale, 1 anything else.",
	"wmclient plan":           "0 shown, 10 with --detailed-exitcode where the plan differs, 2 bad profile or usage, 1 anything else.",
	"wmclient explain":        "0 told, 2 bad profile, no such setting, or usage, 1 anything else.",
	"wmclient diff":           "0 the same, 10 they differ, 2 bad profile or usage, 5 a manifest was changed, 1 anything else.",
	"wmclient coverage":       "0 each row is met or answered for, 3 rows are unexplained, or fewer are met than --at-least, 2 bad profile, list or usage, 1 anything else.",
	"wmclient import":         "0 written, 2 a source that is none, or usage, 1 anything else.",
	"wmclient base script":    "0 written, 2 bad profile or usage, 1 anything else.",
	"wmclient base import":    "0 it is the base that was described, 5 it is not, 2 bad profile, record or usage, 1 anything else.",
	"wmclient delta make":     "0 made and no finding gates, 2 bad profile or usage, 3 findings failed, 4 a date has passed, 5 a digest is not the locked one, 1 anything else.",
	"wmclient docs modules":   "0 written, 2 bad profile or usage, 1 anything else.",
	"wmclient docs conflicts": "0 written, 2 usage, 1 anything else.",
}

// tellExitCodes gives the help of every command that does something its exit codes.
func tellExitCodes(c *cobra.Command) {
	for _, sub := range c.Commands() {
		tellExitCodes(sub)
	}
	if strings.Contains(c.Long, "Exit codes: ") || c.HasSubCommands() && c.Name() != "docs" {
		return
	}
	text := exitTexts[c.CommandPath()]
	if text == "" {
		text = "0 done, 2 usage, 1 anything else."
	}
	if c.Long == "" {
		c.Long = c.Short + "."
	}
	c.Long += "\nExit codes: " + text
}

// completions are the words that flags take, for the shell.
func (a *app) completions(root *cobra.Command) {
	for _, w := range []struct {
		command, flag string
		words         []string
	}{
		{"", "diags", []string{"text", "json"}},
		{"lab base", "release", []string{"ltsc-2021", "ltsc-2019", "ltsb-2016"}},
		{"lab base", "language", lab.Languages()},
		{"lab base", "arch", []string{"amd64", "x86"}},
		{"docs", "format", []string{"markdown", "man"}},
		{"docs modules", "lang", []string{"en", "sv"}},
		{"docs modules", "format", []string{"markdown", "html"}},
		{"docs conflicts", "lang", []string{"en", "sv"}},
		{"docs conflicts", "format", []string{"markdown", "html"}},
		{"audit", "auth", []string{"ntlm", "basic", "kerberos", "certificate"}},
		{"show", "language", []string{"en", "sv"}},
	} {
		c, _, err := root.Find(strings.Fields(w.command))
		if err == nil {
			err = c.RegisterFlagCompletionFunc(w.flag, cobra.FixedCompletions(w.words, cobra.ShellCompDirectiveNoFileComp))
		}
		if err != nil {
			panic(err) // a flag that there is not: a test completes each
		}
	}
}
