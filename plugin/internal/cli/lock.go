package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
)

func (a *app) lockCmd() *cobra.Command {
	var accept []string
	var upgrade, check, asJSON bool
	cmd := &cobra.Command{
		Use:   "lock IMAGE",
		Short: "Pin the bases, modules and files that an image is built from",
		Long: `lock writes <image>.lock.hcl beside the profile: the digests of bases, modules, files and, for an image with a first_boot
block, of the agent that it carries. A build with a lock that no longer
fits stops and names what moved. An existing lock is renewed only with --upgrade; --accept-base adds a base by its digest, after
its edition, build and language have been read from it. Where the image has moved to another base, both flags go together.

With --json standard output carries NDJSON of the schema wmclient/event/1, the last line of type "result" with what the lock holds.`,
		Example: `  wmclient lock profiles/images/radiology-viewer.hcl --accept-base install.wim
  wmclient lock profiles/images/radiology-viewer.hcl --upgrade
  wmclient lock profiles/images/radiology-viewer.hcl --check`,
		Args: exactly(1, "one image profile"),
	}
	in := &build.Inputs{}
	flags := cmd.Flags()
	flags.StringVar(&in.Lock, "lock", "", "lock file (default: <image>.lock.hcl beside the profile)")
	flags.StringArrayVar(&accept, "accept-base", nil, "add this base, an install.wim or the .iso that it is on, to the lock (may be given several times)")
	flags.StringVar(&in.BaseImage, "base-image", "", "image in the base, by index, name or edition id (default: the profile's edition id)")
	flags.StringVar(&in.Agent, "agent", "", agentHelp)
	flags.BoolVar(&upgrade, "upgrade", false, "renew what moved; accepted bases are kept")
	flags.BoolVar(&check, "check", false, "write nothing; fail where the lock is stale")
	flags.BoolVar(&asJSON, "json", false, "print events as NDJSON")
	cmd.RunE = func(c *cobra.Command, args []string) error {
		in.Image = args[0]
		shown := a.progress(asJSON)
		done, err := build.WriteLock(c.Context(), a.inputs(in), build.LockOptions{AcceptBases: accept, Upgrade: upgrade, Check: check}, shown.sink)
		shown.finish()
		if err != nil {
			return err
		}
		if asJSON {
			return a.event(build.EventResult, lockResultOf(done))
		}
		switch {
		case done.Changed:
			agent := ""
			if done.Lock.Agent != nil {
				agent = ", agent " + report.Printable(done.Lock.Agent.Version)
			}
			fmt.Fprintf(a.Stderr, "%s: written (%s, %s, %s%s)\n", done.Path,
				counted(len(done.Lock.Bases), "base"), counted(len(done.Lock.Modules), "module"), counted(len(done.Lock.Files), "file"), agent)
		default:
			fmt.Fprintf(a.Stderr, "%s: fits\n", done.Path)
		}
		if len(done.Lock.Bases) == 0 {
			fmt.Fprintf(a.Stderr, "hint: no base is locked yet: wmclient lock %s --accept-base install.wim\n", args[0])
		}
		return nil
	}
	return cmd
}
