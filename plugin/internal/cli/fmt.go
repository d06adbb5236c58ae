package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

func (a *app) fmtCmd() *cobra.Command {
	var check, diff bool
	cmd := &cobra.Command{
		Use:   "fmt [DIR | FILE]",
		Short: "Bring profiles into the canonical layout",
		Long: `fmt rewrites all profiles below DIR (default: profiles), or one FILE, in the canonical layout and prints the names of those it
changed.
With --check it changes nothing and exits with 10 where something is to be changed; --diff shows what.`,
		Example: `  wmclient fmt
  wmclient fmt profiles/images/radiology-viewer.hcl
  wmclient fmt profiles --check --diff`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactly(1, "one folder or file")(c, args)
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
		format := profile.FormatTree
		if info, err := os.Stat(dir); err == nil && !info.IsDir() {
			format = profile.FormatFile
		} else if root := treeAbove(dir); root != "" {
			return usageError{fmt.Errorf("%s is not the root of a profile tree, but inside one\nhint: fmt takes the tree or one file: wmclient fmt %s", dir, root)}
		}
		changed, files, diags := format(dir, check)
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
			return &build.ProfileError{Diags: diags, Files: files}
		}
		if check && len(changed) > 0 {
			return quietError{exitChanges}
		}
		return nil
	}
	return cmd
}
