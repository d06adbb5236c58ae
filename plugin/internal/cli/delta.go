package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
)

func (a *app) deltaCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "delta",
		Short: "Keep images as small files beside one base",
		Long: `A delta is one image version as the recipe that makes it from its base: the manifest with its plan, the reports, and the
files that the profiles bring. It holds no byte of the base, so that it may be sent where the base already is: changed hives are made
again by applying the plan to the base's own. Twenty products cost one base and twenty small files.`,
		Args: subcommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	cmd.AddCommand(a.deltaMakeCmd(), a.deltaApplyCmd())
	return cmd
}

// deltasMemory is above how many bytes the collector works harder over several products: the plans, documents and changed hives of all stay
// until the digests are known, 300 MB of them for twenty, and with a build's bound the collector took 40 % of the processors.
const deltasMemory = 1 << 30

func (a *app) deltaMakeCmd() *cobra.Command {
	var asJSON bool
	in := &build.Inputs{}
	cmd := &cobra.Command{
		Use:   "make IMAGE... --base FILE",
		Short: "Edit, judge and hash images as build does, and write their deltas instead",
		Long: `make does all that build does but to write the image: it edits the base's hives, judges every setting in what would be
written, and computes the digest that the image will have. It writes OUT/<image>-<version>.wmdelta for each profile.`,
		Example: `  wmclient delta make profiles/images/radiology-viewer.hcl --base install.wim --out deltas
  wmclient delta make profiles/images/*-2019.hcl --base install.wim --out deltas`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return exactly(1, "one image profile or more")(c, args)
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&in.Base, "base", "", "the base: an install.wim, or the .iso of a Windows medium that it is on (required)")
	flags.StringVar(&in.BaseImage, "base-image", "", "image in the base, by index, name or edition id (default: the profile's edition id)")
	flags.StringVar(&in.Out, "out", "out", "folder that the deltas go to")
	flags.StringVar(&in.Agent, "agent", "", agentHelp)
	flags.BoolVar(&in.AcceptBase, "accept-base", false, "make deltas of a base that the lock does not name; the results are no releases")
	flags.BoolVar(&asJSON, "json", false, "print events as NDJSON")
	cmd.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 1 {
			a.roomFor(deltasMemory)
		}
		shown := a.progress(asJSON)
		results, err := build.MakeDeltas(c.Context(), args, a.inputs(in), shown.sink)
		shown.finish()
		if asJSON {
			return err
		}
		for _, r := range results {
			if _, perr := fmt.Fprintf(a.Stdout, "%s\n  image     %s\n  manifest  %s\n", r.Files[0], r.ImageSHA256, r.ManifestDigest); perr != nil {
				return errors.Join(err, perr)
			}
		}
		return err
	}
	return cmd
}

func (a *app) deltaApplyCmd() *cobra.Command {
	var asJSON bool
	in := &build.Inputs{}
	cmd := &cobra.Command{
		Use:   "apply DELTA --base FILE",
		Short: "Make the image of a delta from its base",
		Long: `apply makes the release that the delta describes, under OUT/<image>/<version>/: the same bytes as the build that it comes
from. Base and image must have the digests that the delta states, every setting is judged anew, and manifest and report must say the
same; else nothing is kept. A delta is not signed: compare the digest of the manifest with what whoever made it says. The places in the
provenance are the profiles' own, and nothing here can check them.
Exit codes: 0 made and no finding gates, 2 usage, 3 findings failed, 4 an exception expired, 5 a damaged delta or not its base, 1 anything else.`,
		Example: `  wmclient delta apply deltas/radiology-viewer-1.2.0.wmdelta --base install.wim --out out`,
		Args:    exactly(1, "one delta"),
	}
	flags := cmd.Flags()
	flags.StringVar(&in.Base, "base", "", "the base: the very WIM that the delta was made of, or the .iso that it is on (required)")
	flags.StringVar(&in.Out, "out", "out", "folder in which <image>/<version>/ is made")
	flags.BoolVar(&asJSON, "json", false, "print events as NDJSON")
	cmd.RunE = func(c *cobra.Command, args []string) error {
		shown := a.progress(asJSON)
		result, err := build.ApplyDelta(c.Context(), args[0], a.inputs(in), shown.sink)
		shown.finish()
		if result != nil && !asJSON {
			if perr := a.printResult(result); perr != nil {
				return perr
			}
		}
		return err
	}
	return cmd
}
