package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
)

func (a *app) validateCmd() *cobra.Command {
	var in build.ValidateInputs
	var asJSON, all bool
	var junit string
	cmd := &cobra.Command{
		Use:   "validate IMAGE|manifest.json|DIR --wim FILE",
		Short: "Judge any WIM against a profile or a manifest",
		Long: `validate opens a WIM and judges every setting of an image profile, or of the plan inside a manifest, on it.
It changes nothing. The count is that of the plan's settings, as in plan, build and manifest; what is found about the image itself, its
stamp and a base that is another, stands below it. By a manifest, a file as long as the image that it names is held against its SHA-256. A setting that only a running client can show is deferred; one that cannot be read is an error, never a pass.
With --sealed the WIM is one that was captured from a machine after the stage seal: listener, certificate, firewall rule, account, answer files,
agent and journal of the build must be gone, and nothing but the declared management path may let anybody in.
Exit codes: 0 no finding gates, 2 bad profile or usage, 3 findings failed, 4 a date has passed: that of an exception or an accepted
conflict, of an update freeze, of a vendor's access, or the last day (until) of a setting (the findings are printed all the same), 5 the manifest or the
image was changed, 1 anything else.`,
		Example: `  wmclient validate out/radiology-viewer/1.2.0
  wmclient validate out/radiology-viewer/1.2.0/manifest.json --wim captured.wim
  wmclient validate out/radiology-viewer/1.2.0/manifest.json --wim captured.wim --sealed
  wmclient validate profiles/images/radiology-viewer.hcl --wim captured.wim --junit findings.xml`,
		Args: exactly(1, "an image profile, a manifest, or the directory of a built image"),
	}
	flags := cmd.Flags()
	flags.StringVar(&in.WIM, "wim", "", "the WIM to judge, or the .iso of a Windows medium that it is on (default: the image in DIR)")
	flags.StringVar(&in.Image, "image", "", "image in the WIM, by index, name or edition id (default: the only one, or the profile's edition id)")
	flags.BoolVar(&in.Sealed, "sealed", false, "the WIM was captured from a sealed machine: also look for what a build leaves behind")
	flags.StringVar(&in.Account, "account", "", "with --sealed: the account by which the build logged on (default: wmbuild)")
	flags.BoolVar(&asJSON, "json", false, "print findings as NDJSON")
	flags.BoolVar(&all, "all", false, "list passed settings too")
	flags.StringVar(&junit, "junit", "", "also write the findings to this file as JUnit XML")
	cmd.RunE = func(c *cobra.Command, args []string) error {
		in.Subject, in.Clock, in.Epoch = args[0], a.Now, a.Getenv("SOURCE_DATE_EPOCH")
		if in.Account != "" && !in.Sealed {
			return usageError{errors.New("--account goes with --sealed\nhint: it names the account that must be gone from a sealed machine")}
		}
		if err := build.Spare("--junit", junit, args[0], in.WIM); err != nil {
			return err
		}
		shown := a.progress(asJSON)
		result, err := build.Validate(c.Context(), in, shown.sink)
		shown.finish()
		if result == nil {
			return err
		}
		if junit != "" {
			if werr := build.WriteFileAtomic(junit, result.JUnit); werr != nil {
				return fmt.Errorf("write %s: %w", junit, werr)
			}
		}
		if !asJSON {
			options := report.Options{Color: a.color(a.Stdout), Width: a.width(a.Stdout), Passes: all}
			if perr := report.Table(a.Stdout, result.Findings, options); perr != nil {
				return perr
			}
			if perr := report.Summary(a.Stdout, result.Summary, options); perr != nil {
				return perr
			}
			if perr := a.printImage(result); perr != nil {
				return perr
			}
		}
		return err
	}
	return cmd
}

// printImage says what was found about the image itself, which no setting is.
func (a *app) printImage(v *build.Validation) error {
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(v.Image)) {
		parts = append(parts, fmt.Sprintf("%s %s", id, strings.ReplaceAll(string(v.Image[id]), "-", " ")))
	}
	parts = append(parts, map[build.Compared]string{
		build.BytesEqual: "bytes those of the manifest", build.BytesDiffer: "bytes others than the manifest's", build.NotCompared: "bytes not compared",
	}[v.Bytes])
	_, err := fmt.Fprintf(a.Stdout, "apart from settings: %s\n", strings.Join(parts, ", "))
	return err
}
