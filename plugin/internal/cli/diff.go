package cli

import (
	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
)

func (a *app) diffCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "List what differs between two images, plans or manifests, and the semver step it asks for",
		Long: `diff compares two image profiles, plan.json or manifest.json files: settings added, removed, tightened, loosened, and the
version step that this asks for: removed or loosened settings or another base ask for a major step, added or tightened ones for a
minor step, anything else for a patch. The exit code is 10 where they differ.`,
		Example: `  wmclient diff out/radiology-viewer/1.2.0/plan.json profiles/images/radiology-viewer.hcl`,
		Args:    exactly(2, "two image profiles, plans or manifests"),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		result, err := build.Diff(args[0], args[1], a.Getenv("SOURCE_DATE_EPOCH"))
		if err != nil {
			return err
		}
		if asJSON {
			err = a.writeJSON(result)
		} else {
			err = result.WriteText(a.Stdout, a.textOptions())
		}
		if err == nil && result.Step != "none" {
			err = quietError{exitChanges}
		}
		return err
	}
	return cmd
}
