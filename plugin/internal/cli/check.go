package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
)

func (a *app) checkCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "check [DIR]",
		Short: "Check all profiles below a folder and report every problem at once",
		Long: `check reads all bases, modules, products and images below DIR (default: profiles), resolves and composes every image, and
reports all problems of all files, sorted by file and line. --diags=json prints them for machines.`,
		Example: `  wmclient check
  wmclient check profiles --diags=json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactly(1, "one folder")(c, args)
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "profiles"
			if len(args) == 1 {
				dir = args[0]
			}
			checked, err := build.Check(dir, a.Getenv("SOURCE_DATE_EPOCH"), a.Now())
			if err != nil {
				return err
			}
			a.printDiags(checked.Warnings, checked.Files)
			found := "no problems"
			if n := len(checked.Warnings); n > 0 {
				found = fmt.Sprintf("no errors, %d warnings", n)
			}
			fmt.Fprintf(a.Stderr, "%s: %d bases, %d modules, %d products, %d images: %s\n", dir, checked.Bases, checked.Modules, checked.Products, checked.Images, found)
			return nil
		},
	}
}
