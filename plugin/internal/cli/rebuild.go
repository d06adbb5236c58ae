package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
)

func (a *app) rebuildCmd() *cobra.Command {
	var in build.RebuildInputs
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rebuild --manifest FILE --base FILE",
		Short: "Build a released image anew and compare the bytes, or name the input that differs",
		Long: `rebuild lets anybody reproduce an image: it takes the plan out of a manifest, builds the image from the base, and compares its
SHA-256, and then the whole manifest with its findings, with what was stated. It needs no profiles. What was published beside the
manifest is compared too where it is there: plan.json and image.wim, the manifest's line in SHA256SUMS, the manifest's digest in
build-record.json, and with --lock the lock's. The other lines of SHA256SUMS are a matter of doctor.

With --profile and --lock it also says in what a profile or a lock is not the one that the image was built from: base, modules by
digest and version, products, settings. Files that the plan takes from beside the profiles are read from the folder that --contents
names, or from the image.wim beside the manifest; each is known by its digest.

The rebuilt image is compared in a temporary folder and removed; --out keeps it in a file that is not there yet. An expired exception or a failed finding does not
stop a rebuild: the question is whether the same bytes come out.
Exit codes: 0 equal, 5 something differs (each is named), 2 usage or a bad profile, 1 anything else.`,
		Example: `  wmclient rebuild --manifest out/radiology-viewer/1.2.0/manifest.json --base install.wim
  wmclient rebuild --manifest manifest.json --base install.wim --profile profiles/images/radiology-viewer.hcl --json`,
		Args: exactly(0, "only flags"),
	}
	flags := cmd.Flags()
	flags.StringVar(&in.Manifest, "manifest", "", "the manifest.json of the image, or its directory (required)")
	flags.StringVar(&in.Base, "base", "", "the base that the manifest names, by its SHA-256 (required)")
	flags.StringVar(&in.Contents, "contents", "", "folder with the files that the plan takes from beside the profiles, by path or named by SHA-256")
	flags.StringVar(&in.Agent, "agent", "", "the agent that the image carries (default: the one in this program or in the image beside the manifest)")
	flags.StringVar(&in.Profile, "profile", "", "also compare this image profile with the plan")
	flags.StringVar(&in.Lock, "lock", "", "also compare this lock file (default with --profile: the one beside it)")
	flags.StringVar(&in.Out, "out", "", "keep the rebuilt image in this file, which must not be there yet")
	flags.BoolVar(&asJSON, "json", false, "print events as NDJSON")
	cmd.RunE = func(c *cobra.Command, _ []string) error {
		if in.Manifest == "" {
			return usageError{fmt.Errorf("--manifest is missing\nhint: give the manifest.json that was published with the image, or its directory")}
		}
		in.Work, in.Epoch, in.Tool = os.TempDir(), a.Getenv("SOURCE_DATE_EPOCH"), a.Version
		shown := a.progress(asJSON)
		result, err := build.Rebuild(c.Context(), in, shown.sink)
		shown.finish()
		if result != nil && !asJSON {
			if perr := a.printRebuilt(result); perr != nil {
				return perr
			}
		}
		return err
	}
	return cmd
}

// printRebuilt says what was compared, and each difference in three lines.
func (a *app) printRebuilt(r *build.Rebuilt) error {
	var b strings.Builder
	if r.Name != "" { // else the manifest is of a form that this wmclient does not know
		fmt.Fprintf(&b, "%s %s\n", report.Printable(r.Name), report.Printable(r.Version))
	}
	row := func(name, stated, found string) {
		verdict := "equal"
		if stated != found {
			verdict = "DIFFERS, found " + found
		}
		fmt.Fprintf(&b, "  %-9s %s  %s\n", name, stated, verdict)
	}
	switch {
	case r.Equal:
		row("image", r.Stated, r.Image)
		row("manifest", r.ManifestDigest, r.ManifestDigest)
	case r.Built:
		row("image", r.Stated, r.Image)
	case r.Stated != "":
		fmt.Fprintf(&b, "  %-9s %s  not built: what is given is not what it was built from\n", "image", r.Stated)
	}
	for _, d := range r.Differences {
		name := string(d.Input)
		if d.Name != "" {
			name += " " + d.Name
		}
		fmt.Fprintf(&b, "differs: %s\n  stated  %s\n  found   %s\n", report.Printable(name), orNothing(d.Stated), orNothing(d.Found))
	}
	if r.Out != "" {
		fmt.Fprintf(&b, "\n%s\n", r.Out)
	}
	_, err := fmt.Fprint(a.Stdout, b.String())
	return err
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return report.Printable(s)
}
