package cli

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

func (a *app) fmtCmd() *cobra.Command {
	var check, diff bool
	cmd := &cobra.Command{
		Use:   "fmt [DIR]",
		Short: "Bring profiles into the canonical layout",
		Long: `fmt rewrites all profiles below DIR (default: profiles) in the canonical layout and prints the names of those it changed.
With --check it changes nothing and exits with 10 where something is to be changed; --diff shows what.`,
		Example: `  wmclient fmt
  wmclient fmt profiles --check --diff`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactly(1, "one folder")(c, args)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "change nothing; exit with 10 where something is to be changed")
	cmd.Flags().BoolVar(&diff, "diff", false, "show the changes")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		dir := "profiles"
		if len(args) == 1 {
			dir = args[0]
		}
		changed, diags := profile.FormatTree(dir, check)
		for _, f := range changed {
			text := f.File + "\n"
			if diff {
				text = f.Diff
			}
			if _, err := io.WriteString(a.Stdout, text); err != nil {
				return err
			}
		}
		if diags.HasErrors() {
			return &build.ProfileError{Diags: diags}
		}
		if check && len(changed) > 0 {
			return quietError{exitChanges}
		}
		return nil
	}
	return cmd
}
