package cli

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
)

func (a *app) labCmd() *cobra.Command {
	labCmd := &cobra.Command{
		Use:   "lab",
		Short: "A simulated Windows for trying things without a licence",
		Args:  subcommand,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	labCmd.AddCommand(a.labBaseCmd(), a.labServeCmd())
	return labCmd
}

func (a *app) labBaseCmd() *cobra.Command {
	var release, number, language, out, image, arch, graft string
	var hives, dirty []string
	var force bool
	cmd := &cobra.Command{
		Use:   "base --release RELEASE --language TAG --out FILE",
		Short: "Write the lab base: a Windows-shaped WIM that contains no Windows",
		Long: `base writes a deterministic WIM with the folders, hives and version facts of a Windows release, for trying profiles and for
tests. It is a stand-in and says so: it contains no Windows, does not boot, and nothing built from it belongs on a client.

For tests with captures of your own, --hive puts a real hive in the place of a made one, and --graft-software copies one below
the SOFTWARE hive, which stays made. Nothing is adapted: --arch and --language must be what a real SYSTEM hive says of itself.
--dirty leaves a made hive as a machine that lost its power does, with its last writes in transaction logs beside it.

A lab base takes the place of another lab base, and of no other file: --force lets it.`,
		Example: `  wmclient lab base --release ltsc-2021 --language sv-SE --out lab.wim
  wmclient lab base --arch x86 --language en-US --hive SYSTEM=SYSTEM.captured --hive SAM=SAM.captured --out captured.wim
  wmclient lab base --dirty SOFTWARE --out dirty.wim
  wmclient lab base --for profiles/images/radiology-viewer.hcl --out lab.wim`,
		Args: exactly(0, "only flags"),
	}
	flags := cmd.Flags()
	flags.StringVar(&release, "release", "ltsc-2021", "Windows release: ltsc-2021, ltsc-2019 or ltsb-2016")
	flags.StringVar(&image, "for", "", "take the release and its update revision from the base of this image profile")
	flags.StringVar(&language, "language", "sv-SE", "language of the base, for example sv-SE or en-US")
	flags.StringVar(&arch, "arch", "amd64", "architecture that the base says it has: amd64 or x86")
	flags.StringArrayVar(&hives, "hive", nil, "NAME=FILE: take this hive from a file, for tests with captures of your own (SYSTEM, SAM, NTUSER.DAT, ...)")
	flags.StringArrayVar(&dirty, "dirty", nil, "NAME: leave this hive with its last writes in its transaction logs (SOFTWARE, SYSTEM, ...)")
	flags.StringVar(&graft, "graft-software", "", "a hive to copy below the made SOFTWARE hive, for tests with captures of your own")
	flags.StringVar(&out, "out", "", "the WIM to write (required)")
	flags.BoolVar(&force, "force", false, "overwrite a file that is no lab base")
	cmd.RunE = func(*cobra.Command, []string) error {
		if out == "" {
			return usageError{fmt.Errorf("--out is missing: say where the lab base goes, for example --out lab.wim")}
		}
		if _, err := os.Lstat(out); err == nil && !force && !build.IsLabBase(out) {
			return usageError{fmt.Errorf("%s is there already and is no lab base\nhint: name another file with --out; --force overwrites this one", out)}
		}
		if image != "" {
			project, err := a.load(&build.Inputs{Image: image})
			if err != nil {
				return err
			}
			base := project.Composed.Plan.Base
			release, number = strconv.Itoa(base.Number()), base.Build
		}
		r, err := lab.ParseRelease(release)
		if err != nil {
			return usageError{err}
		}
		if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
			return fmt.Errorf("write lab base: %w", err)
		}
		options, err := withCaptures(lab.Options{Release: r, Build: number, Language: language, Arch: arch, Dirty: dirty}, hives, graft)
		if err != nil {
			return err
		}
		data, err := lab.Bytes(options)
		if err != nil {
			return usageError{err}
		}
		if err := build.WriteFileAtomic(out, data); err != nil {
			return build.NoRoom(fmt.Errorf("write lab base: %w", err), fmt.Sprintf("free %d bytes there, or write to another disk with --out", len(data)))
		}
		fmt.Fprintf(a.Stderr, "%s: lab base %s %s, a stand-in that contains no Windows (sha256 %x)\n", out, r, language, sha256.Sum256(data))
		return nil
	}
	return cmd
}

// withCaptures puts captured hives, each named as NAME=FILE, and a graft into a base.
func withCaptures(o lab.Options, hives []string, graft string) (lab.Options, error) {
	real := make(map[string][]byte)
	read := func(name, path string) error {
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read the captured hive %s: %w", name, err)
		}
		real[name] = data
		return nil
	}
	for _, h := range hives {
		name, path, ok := strings.Cut(h, "=")
		if !ok || name == "" || path == "" {
			return o, usageError{fmt.Errorf("--hive is %q; it takes NAME=FILE, for example SYSTEM=SYSTEM.captured", h)}
		}
		if _, twice := real[name]; twice {
			return o, usageError{fmt.Errorf("--hive %s is given twice", name)}
		}
		if err := read(name, path); err != nil {
			return o, err
		}
	}
	if graft != "" {
		if err := read(lab.SoftwareGraft, graft); err != nil {
			return o, err
		}
	}
	o, err := o.WithReal(real)
	if err != nil {
		return o, usageError{err}
	}
	return o, nil
}
