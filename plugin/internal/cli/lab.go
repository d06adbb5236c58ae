package cli

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
)

func (a *app) labCmd() *cobra.Command {
	labCmd := &cobra.Command{
		Use:   "lab",
		Short: "A simulated Windows for trying things without a licence",
		Args:  exactly(0, "a subcommand"),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	labCmd.AddCommand(a.labBaseCmd())
	return labCmd
}

func (a *app) labBaseCmd() *cobra.Command {
	var release, language, out, image string
	cmd := &cobra.Command{
		Use:   "base --release RELEASE --language TAG --out FILE",
		Short: "Write the lab base: a Windows-shaped WIM that contains no Windows",
		Long: `base writes a deterministic WIM with the folders, hives and version facts of a Windows release, for trying profiles and for
tests. It is a stand-in and says so: it contains no Windows, does not boot, and nothing built from it belongs on a client.`,
		Example: `  wmclient lab base --release ltsc-2021 --language sv-SE --out lab.wim
  wmclient lab base --for profiles/images/radiology-viewer.hcl --out lab.wim`,
		Args: exactly(0, "only flags"),
	}
	flags := cmd.Flags()
	flags.StringVar(&release, "release", "ltsc-2021", "Windows release: ltsc-2021, ltsc-2019 or ltsb-2016")
	flags.StringVar(&image, "for", "", "take the release from the base of this image profile")
	flags.StringVar(&language, "language", "sv-SE", "language of the base, for example sv-SE or en-US")
	flags.StringVar(&out, "out", "", "the WIM to write (required)")
	cmd.RunE = func(*cobra.Command, []string) error {
		if out == "" {
			return usageError{fmt.Errorf("--out is missing: say where the lab base goes, for example --out lab.wim")}
		}
		if image != "" {
			project, err := build.Load(a.inputs(&build.Inputs{Image: image}))
			if err != nil {
				return err
			}
			release = strconv.Itoa(project.Composed.Plan.Base.Number())
		}
		r, err := lab.ParseRelease(release)
		if err != nil {
			return usageError{err}
		}
		if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
			return fmt.Errorf("write lab base: %w", err)
		}
		data, err := lab.Bytes(lab.Options{Release: r, Language: language})
		if err != nil {
			return usageError{err}
		}
		if err := build.WriteFileAtomic(out, data); err != nil {
			return fmt.Errorf("write lab base: %w", err)
		}
		fmt.Fprintf(a.Stderr, "%s: lab base %s %s, a stand-in that contains no Windows (sha256 %x)\n", out, r, language, sha256.Sum256(data))
		return nil
	}
	return cmd
}
