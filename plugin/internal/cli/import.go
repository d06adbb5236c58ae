package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/baseline"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/gpo"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/importer"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func (a *app) importCmd() *cobra.Command {
	var module, out string
	var force, user, asJSON bool
	cmd := &cobra.Command{
		Use:   "import SOURCE --module NAME --out FILE",
		Short: "Turn a group policy backup or another tool's list into a module",
		Long: `import reads a backup of a group policy object (its folder), a Registry.pol, a security template (GptTmpl.inf), an audit.csv, LGPO
text, AppLocker XML or a list of recommended values (CSV, as HardeningKitty's), and writes a module. What a file is, is found from its
bytes. The module loads and composes to exactly the values of the source: that is tried before anything is written. What cannot be
carried is reported with its place and the reason.

Nothing is written where the source is damaged, says two things of one place, or has a name where a SID belongs.
Severities and reasons in the module are placeholders that say so: a person replaces them.`,
		Example: `  wmclient import '{6B2F...}' --module hospital-gpo --out profiles/modules/hospital-gpo.hcl
  wmclient import GptTmpl.inf --module template --out profiles/modules/template.hcl --json`,
		Args: exactly(1, "one source"),
	}
	flags := cmd.Flags()
	flags.StringVar(&module, "module", "", "the module's name (required)")
	flags.StringVar(&out, "out", "", "the file to write (required)")
	flags.BoolVar(&force, "force", false, "replace the file where there is one")
	flags.BoolVar(&user, "user", false, "a single Registry.pol is a user's, not the machine's")
	flags.BoolVar(&asJSON, "json", false, "print the report as JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if module == "" || out == "" {
			return usageError{errors.New("--module or --out is missing\nhint: wmclient import SOURCE --module hospital-gpo --out profiles/modules/hospital-gpo.hcl")}
		}
		if _, err := os.Lstat(out); err == nil && !force {
			return usageError{fmt.Errorf("%s exists\nhint: choose another --out, or replace it with --force", out)}
		}
		table, err := kinds.Table()
		if err != nil {
			return err
		}
		found, err := readSource(args[0], user, table)
		if err != nil {
			return err
		}
		text, rep, diags := importer.Module(module, filepath.Base(filepath.Clean(args[0])), found, table)
		if diags.HasErrors() {
			if len(rep.Carried) == 0 && len(rep.Dropped) > 0 {
				if err := a.printImport(rep, asJSON); err != nil {
					return err
				}
			}
			return sourceError(args[0], diags)
		}
		if err := build.WriteFileAtomic(out, text); errors.Is(err, fs.ErrNotExist) {
			return usageError{fmt.Errorf("write module: the folder %s does not exist\nhint: make it, or choose another --out", filepath.Dir(out))}
		} else if err != nil {
			return fmt.Errorf("write module: %w", err)
		}
		if err := a.printImport(rep, asJSON); err != nil {
			return err
		}
		fmt.Fprintf(a.Stderr, "%s: %s carried, %d not; severities and reasons are placeholders\nhint: wmclient check\n", out, counted(len(rep.Carried), "setting"), len(rep.Dropped))
		return nil
	}
	return cmd
}

// readSource reads a file or a folder, whatever it is.
func readSource(path string, user bool, table setting.Table) (gpo.Result, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return gpo.Result{}, usageError{fmt.Errorf("%s does not exist\nhint: give a file, or the folder {GUID} of a backup (Backup-GPO, LGPO.exe /b)", path)}
	case err != nil:
		return gpo.Result{}, usageError{fmt.Errorf("read source: %w", err)}
	}
	name := filepath.Base(filepath.Clean(path))
	var found gpo.Result
	var diags hcl.Diagnostics
	if info.IsDir() {
		found, diags = gpo.ReadBackup(os.DirFS(path), name, table)
	} else {
		const most = 64 << 20
		src, err := readRegular(path, most)
		if err != nil {
			return gpo.Result{}, usageError{fmt.Errorf("read source: %w", err)}
		}
		found, diags = gpo.Parse(name, src, user, table)
	}
	if diags.HasErrors() {
		return gpo.Result{}, sourceError(path, diags)
	}
	return found, nil
}

// readRegular reads a regular file of at most so many bytes. A pipe would be waited for without end, and a device has none.
func readRegular(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, fmt.Errorf("%s is no regular file, or has more than %d MiB", path, most>>20)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// sourceError is the error of a source that cannot be read. Readers name files by the last part of what was given, so that what they write
// is the same wherever the source lies; people are told the path as they gave it. A problem that lies in no text has no lines to show.
func sourceError(path string, diags hcl.Diagnostics) *build.ProfileError {
	e := &build.ProfileError{Files: map[string]*hcl.File{}}
	root := filepath.Dir(filepath.Clean(path))
	for _, d := range profile.Sort(diags) {
		named := *d
		e.Diags = append(e.Diags, &named)
		if d.Subject == nil {
			continue
		}
		name := d.Subject.Filename
		if first, _, _ := strings.Cut(name, "/"); first != filepath.Base(filepath.Clean(path)) { // the trial of the module, which is no file
			named.Subject, named.Context = nil, nil
			continue
		}
		at := filepath.ToSlash(filepath.Join(root, filepath.FromSlash(name)))
		src, err := readRegular(filepath.FromSlash(at), baseline.MaxText)
		if err == nil && d.Subject.Start.Line > 0 && !bytes.HasPrefix(src, []byte("PReg")) {
			if text, err := baseline.Text(src); err == nil && text != "" {
				e.Files[at] = &hcl.File{Bytes: []byte(text)}
				named.Subject = lineRange(*d.Subject, text)
				named.Subject.Filename = at
				continue
			}
		}
		named.Subject, named.Context = nil, nil
		named.Detail = at + ": " + named.Detail
	}
	return e
}

// lineRange finds where a line begins and ends, in bytes.
func lineRange(r hcl.Range, text string) *hcl.Range {
	at := 0
	for n := 1; n < r.Start.Line; n++ {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			return &r
		}
		at += i + 1
	}
	length := strings.IndexByte(text[at:]+"\n", '\n')
	r.Start.Byte, r.End = at, hcl.Pos{Line: r.Start.Line, Column: length + 1, Byte: at + length}
	return &r
}

func (a *app) printImport(r importer.Report, asJSON bool) error {
	if asJSON {
		b, err := canonical.Marshal(r)
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		_, err = a.Stdout.Write(append(b, '\n'))
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s carried into the module %s, %d not\n", r.Source, counted(len(r.Carried), "setting"), r.Module, len(r.Dropped))
	for _, d := range r.Dropped {
		fmt.Fprintf(&text, "\nNOT CARRIED  %s  %s\n  %s\n", d.At, report.Printable(d.What), report.Printable(d.Reason))
	}
	for _, c := range r.Carried {
		if c.Note != "" {
			fmt.Fprintf(&text, "\nNOTE  %s  %s\n  %s\n", c.At[0], c.Setting, report.Printable(c.Note))
		}
	}
	_, err := fmt.Fprint(a.Stdout, text.String())
	return err
}
