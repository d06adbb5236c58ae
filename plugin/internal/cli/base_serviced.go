package cli

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/inspect"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/servicing"
)

func (a *app) baseScriptCmd() *cobra.Command {
	var profiles, out string
	var force bool
	cmd := &cobra.Command{
		Use:   "script BASE",
		Short: "Write the DISM script that makes a serviced base on Windows",
		Long: `script writes a PowerShell script that makes a base from its parent with DISM on any Windows machine: packages, features,
capabilities and drivers, as the base's servicing block names them. The script is the same for the same description. It checks the
SHA-256 of all that goes in, goes by exit codes, leaves the parent as it is, and writes a log and a record beside the new WIM.

No script of this kind has been run on Windows by its makers. Read it before you run it, on a machine that you can lose.`,
		Example: `  wmclient base script win10-iot-ltsc-2021-updated --out make-base.ps1
  powershell -ExecutionPolicy Bypass -File make-base.ps1 -Source install.wim -Files updates -Work D:\work -Output serviced.wim`,
		Args: exactly(1, "the name of a base that has a servicing block"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			set, err := build.Profiles(profiles)
			if err != nil || len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return slices.DeleteFunc(set.Bases(), func(name string) bool { _, ok := set.Serviced(name); return !ok }), cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().StringVar(&profiles, "profiles", "profiles", "folder of the profiles")
	cmd.Flags().StringVar(&out, "out", "", "file to write (default: stdout)")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite a file that holds something else than this script")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		b, err := servicedBase(profiles, args[0])
		if err != nil {
			return err
		}
		script, err := b.Script()
		if err != nil {
			return usageError{err}
		}
		if out == "" {
			_, err = a.Stdout.Write(script)
			return err
		}
		if !force && holdsOther(out, script) {
			return usageError{fmt.Errorf("%s is there already and holds something else\nhint: name another file with --out; --force overwrites this one", out)}
		}
		if err := build.WriteFileAtomic(out, script); err != nil {
			return fmt.Errorf("write %s: %w", out, err)
		}
		fmt.Fprintf(a.Stderr, "%s written; no script of this kind has been run by its makers: read it before you run it\n", out)
		return nil
	}
	return cmd
}

// holdsOther reports whether something stands under a name that is not a file with just these bytes.
func holdsOther(path string, data []byte) bool {
	info, err := os.Stat(path)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	if !info.Mode().IsRegular() || info.Size() != int64(len(data)) {
		return true
	}
	there, err := os.ReadFile(path)
	return err != nil || !bytes.Equal(there, data)
}

// servicedBase finds a base that is made from another.
func servicedBase(profiles, name string) (*profile.Serviced, error) {
	set, err := build.Profiles(profiles)
	if err != nil {
		return nil, err
	}
	b, ok := set.Serviced(name)
	switch {
	case ok:
		return b, nil
	case slices.Contains(set.Bases(), name):
		return nil, usageError{fmt.Errorf("base %q has no servicing block: it is a medium as it comes\nhint: docs/base.md shows a servicing block", name)}
	}
	return nil, usageError{fmt.Errorf("there is no base %q in %s; there are %s", name, profiles, strings.Join(set.Bases(), ", "))}
}

func (a *app) baseImportCmd() *cobra.Command {
	var profiles, record, out, image string
	cmd := &cobra.Command{
		Use:   "import FILE --record RECORD",
		Short: "Take in a serviced base: hold it against its record, print its base block",
		Long: `import reads a WIM that the script of "base script" made, and the record beside it. It compares digest, size, edition, build,
architecture, languages, features and every step with what the record and the profiles say, verifies every file of the image, and prints
the base block with the digests of parent and record. What does not belong together is refused with exit code 5, all of it at once.

The record is written by the script; whoever could write that could write another. It is evidence of a run, not a signature.`,
		Example: `  wmclient base import serviced.wim --record serviced.wim.record.json
  wmclient base import serviced.wim --record serviced.wim.record.json --out profiles/bases/win10-iot-ltsc-2021-updated.hcl`,
		Args: exactly(1, "one file, the WIM that the script made"),
	}
	flags := cmd.Flags()
	flags.StringVar(&record, "record", "", "the record that the script wrote (required)")
	flags.StringVar(&profiles, "profiles", "profiles", "folder of the profiles that describe the base")
	flags.StringVar(&image, "image", "", "image in the WIM, by index, name or edition id (default: the only one)")
	flags.StringVar(&out, "out", "", "file of the base to write (default: stdout)")
	cmd.RunE = func(c *cobra.Command, args []string) error {
		if record == "" {
			return usageError{errors.New("--record is missing: give the .record.json that the script wrote beside the WIM")}
		}
		if err := build.Spare("--out", out, args[0], record); err != nil {
			return err
		}
		raw, err := os.ReadFile(record)
		if err != nil {
			return usageError{fmt.Errorf("read record: %w", err)}
		}
		rec, err := servicing.ParseRecord(raw)
		if err != nil {
			return recordError(fmt.Errorf("%s: %w", record, err))
		}
		spec, err := rec.Description()
		if err != nil {
			return recordError(fmt.Errorf("%s: %w", record, err))
		}
		want, err := servicedBase(profiles, spec.Base)
		if err != nil {
			return err
		}
		shown := a.progress(false)
		r, err := inspect.Run(c.Context(), args[0], inspect.Options{Image: image, Verify: true, Hash: true,
			Step: func(text string) { shown.sink(build.Event{Type: build.EventStep, Step: text}) }})
		shown.finish()
		if err != nil {
			return baseError(err)
		}
		w := r.Windows
		result := servicing.Result{SHA256: r.SHA256, Size: r.Size, EditionID: w.EditionID, Build: w.Build, Arch: w.Arch, Language: w.InstallLanguage, Languages: w.Languages}
		if err := rec.Compare(result, &want.Spec); err != nil {
			return recordError(fmt.Errorf("%s: %w", args[0], err))
		}
		if want.RecordSHA256 != "" && want.RecordSHA256 != fmt.Sprintf("%x", sha256.Sum256(raw)) {
			fmt.Fprintf(a.Stderr, "note: the profiles name another record (%s): this run takes its place\n", want.RecordSHA256)
		}
		block := spec.Block(want.Channel, want.AllFeatures, rec.Parent.SHA256, fmt.Sprintf("%x", sha256.Sum256(raw)))
		if r.StandIn {
			fmt.Fprintln(a.Stderr, "note: this is a lab base, which contains no Windows")
		}
		if out == "" {
			_, err = fmt.Fprint(a.Stdout, block)
			return err
		}
		if err := build.WriteFileAtomic(out, []byte(block)); err != nil {
			return fmt.Errorf("write %s: %w", out, err)
		}
		fmt.Fprintf(a.Stderr, "%s written; next: wmclient lock IMAGE --accept-base %s\n", out, args[0])
		return nil
	}
	return cmd
}

// recordError gives an error of a record its class.
func recordError(err error) error {
	if errors.Is(err, servicing.ErrMismatch) {
		return fmt.Errorf("%w: %w", build.ErrNotTrusted, err)
	}
	return usageError{err}
}
