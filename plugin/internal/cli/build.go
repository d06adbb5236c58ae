package cli

import (
	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
)

// agentHelp says what --agent is.
const agentHelp = "the agent wmguest.exe for an image with a first_boot block (default: the one in this program)"

func (a *app) buildCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "build IMAGE --base FILE",
		Short: "Build a hardened image from a base, offline, and validate it",
		Long: `build edits the base's image offline, opens the written file again, judges every setting, and puts the result under
OUT/<image>/<version>/: image.wim, plan.json, provenance.json, manifest.json, junit.xml, SHA256SUMS and build-record.json.
The same profile, lock and base give the same bytes on every machine; only build-record.json differs between runs.

An image with a first_boot block also carries the agent wmguest.exe: the one in this program, or --agent FILE. The lock names it by digest,
and another one is refused.

Where the release stands already, made by this program from the same profile and a base that nobody has touched since, build says so
and reads neither again; --verify does, and compares.

The lock beside the profile says which base is meant; --accept-base builds on another, and the manifest then says so.
Exit codes: 0 built and no finding gates, 2 bad profile or usage, 3 findings failed, 4 a date has passed (of an
exception, a freeze, a vendor's access, an until), 5 a digest is not
the locked one, 1 anything else.`,
		Example: `  wmclient build profiles/images/radiology-viewer.hcl --base install.wim --out out
  wmclient build profiles/images/radiology-viewer.hcl --base other.wim --accept-base --json`,
		Args: exactly(1, "one image profile"),
	}
	in := &build.Inputs{}
	flags := cmd.Flags()
	flags.StringVar(&in.Base, "base", "", "the base: an install.wim, or the .iso of a Windows medium that it is on (required)")
	flags.StringVar(&in.BaseImage, "base-image", "", "image in the base, by index, name or edition id (default: the profile's edition id)")
	flags.StringVar(&in.Out, "out", "out", "folder in which <image>/<version>/ is made")
	flags.StringVar(&in.Lock, "lock", "", "lock file (default: <image>.lock.hcl beside the profile)")
	flags.BoolVar(&in.AcceptBase, "accept-base", false, "build on a base that the lock does not name; the result is not a release")
	flags.StringVar(&in.Agent, "agent", "", agentHelp)
	flags.BoolVar(&in.Verify, "verify", false, "build and compare, even where nothing has changed since the release in --out was built")
	flags.BoolVar(&asJSON, "json", false, "print events as NDJSON")
	cmd.RunE = func(c *cobra.Command, args []string) error {
		in.Image = args[0]
		shown := a.progress(asJSON)
		result, err := build.Run(c.Context(), a.inputs(in), shown.sink)
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
