package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

//go:generate go run ../../cmd/wmclient docs --out ../../../docs/reference/commands

// docsCmd writes the reference of the command itself; packagers use it for man pages, the repository for docs/reference/commands.
func (a *app) docsCmd() *cobra.Command {
	var out, format string
	cmd := &cobra.Command{
		Use:     "docs --out DIR",
		Short:   "Write this command's reference as Markdown or man pages",
		Example: `  wmclient docs --format man --out man1`,
		Args:    exactly(0, "only flags"),
	}
	cmd.AddCommand(a.docsModulesCmd(), a.docsConflictsCmd())
	cmd.Flags().StringVar(&out, "out", "", "folder to write into (required)")
	cmd.Flags().StringVar(&format, "format", "markdown", "markdown or man")
	cmd.RunE = func(c *cobra.Command, _ []string) error {
		if out == "" {
			return usageError{fmt.Errorf("--out is missing: say which folder to write into")}
		}
		if err := os.MkdirAll(out, 0o755); err != nil {
			return fmt.Errorf("write reference: %w", err)
		}
		root := c.Root()
		root.DisableAutoGenTag = true // a date would make the pages differ from day to day
		switch format {
		case "markdown":
			return doc.GenMarkdownTree(root, out)
		case "man":
			return doc.GenManTree(root, &doc.GenManHeader{Title: "WMCLIENT", Section: "1", Source: "wmclient " + a.Version, Date: new(a.Now())}, out)
		}
		return usageError{fmt.Errorf("--format is %q; it takes markdown or man", format)}
	}
	return cmd
}
