package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
)

func (a *app) splitCmd() *cobra.Command {
	in := build.SplitInputs{}
	var size int64
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "split IMAGE --out DIR",
		Short: "Write an image in parts (SWM) for media that hold no large files",
		Long: `split writes a WIM in parts, with SHA256SUMS, for USB media with FAT32, whose files are smaller than 4 GiB. Windows Setup takes
parts that stand as sources\install.swm, install2.swm and so on in the place of install.wim. What no image in the file names is left out:
an edited image carries the files that it has replaced.

An image that stands beside its manifest.json is compared with it first. The same image gives the same parts. The folder gets its name
when all parts are whole; one that holds something else is left alone.

The parts were joined and verified by wimlib; no Windows has read them yet.
Exit codes: 0 written, or there already; 2 usage; 5 the image is not the one that its manifest names; 1 anything else.`,
		Example: `  wmclient split out/radiology-viewer/1.2.0/image.wim --out usb-sources
  wmclient split image.wim --out parts --size 2000 --json`,
		Args: exactly(1, "one image"),
	}
	flags := cmd.Flags()
	flags.StringVar(&in.Out, "out", "", "folder for the parts, which is made (required)")
	flags.StringVar(&in.Name, "name", "install", "name of the parts, without an ending")
	flags.Int64Var(&size, "size", build.DefaultPart>>20, "size of a part in MiB, at most")
	flags.BoolVar(&asJSON, "json", false, "print events as NDJSON")
	cmd.RunE = func(c *cobra.Command, args []string) error {
		if in.Out == "" {
			return usageError{fmt.Errorf("--out is missing\nhint: name a folder that is not there yet")}
		}
		if size < 1 || size > 1<<30 {
			return usageError{fmt.Errorf("--size %d: give the MiB of a part, such as 3800", size)}
		}
		in.Image, in.Limit = args[0], size<<20
		shown := a.progress(asJSON)
		result, err := build.SplitImage(c.Context(), in, shown.sink)
		shown.finish()
		if err != nil || asJSON {
			return err
		}
		return a.printSplit(result)
	}
	return cmd
}

func (a *app) printSplit(r *build.SplitResult) error {
	var b strings.Builder
	for _, p := range r.Parts {
		fmt.Fprintf(&b, "%s  %13d  %s\n", p.SHA256, p.Size, report.Printable(p.Name))
	}
	if r.Verified {
		b.WriteString("image compared with its manifest: equal\n")
	}
	if r.Same {
		b.WriteString("unchanged: these very parts were there\n")
	}
	fmt.Fprintf(&b, "\n%s\n", report.Printable(r.Dir))
	_, err := fmt.Fprint(a.Stdout, b.String())
	return err
}
