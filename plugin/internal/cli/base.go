package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/inspect"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/medium"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/udf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

func (a *app) baseCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "base",
		Short: "Look at bases, and make serviced ones on Windows",
		Args:  subcommand,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	cmd.AddCommand(a.baseInspectCmd(), a.baseScriptCmd(), a.baseImportCmd())
	return cmd
}

func (a *app) baseInspectCmd() *cobra.Command {
	var o inspect.Options
	var asJSON, all, block bool
	var table string
	cmd := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Say what a base is, from its XML, hives and files",
		Long: `inspect reads an install.wim, or the .iso of a Windows medium that it is on, and says what the Windows in it is: edition, build,
language, packages, features, drivers, who signed its boot manager, and until when it is supported. Each fact names where it was read.
What cannot be read is called unknown, with the reason. A base block for profiles/bases follows. Where the WIM has several images and none is
chosen, they are listed, each with what its hives say in short.

Nothing is changed, and a signature's chain is not checked. Drivers are those of other makers.
Exit codes: 0 said, 2 usage or no base, 1 damaged, or anything else.`,
		Example: `  wmclient base inspect install.wim
  wmclient base inspect medium.iso --image IoTEnterpriseS --verify --sha256
  wmclient base inspect install.wim --json
  wmclient base inspect install.wim --image 2 --hcl --name mine > profiles/bases/mine.hcl`,
		Args: exactly(1, "one file, an install.wim or the .iso that it is on"),
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Image, "image", "", "image in the WIM, by index, name or edition id (default: the only one; several are listed)")
	flags.BoolVar(&o.Verify, "verify", false, "check the integrity table and every file's checksum; takes as long as reading all of it")
	flags.BoolVar(&o.Hash, "sha256", false, "compute the WIM's SHA-256, by which locks name a base")
	flags.BoolVar(&all, "all", false, "print lists in full")
	flags.BoolVar(&asJSON, "json", false, "print NDJSON; the last line is the result")
	flags.BoolVar(&block, "hcl", false, "print the base block alone")
	flags.StringVar(&o.Name, "name", "", "name of the base in the base block (default: one by edition and release)")
	flags.StringVar(&table, "support", "", "take support dates from this file instead of those in the program")
	cmd.RunE = func(c *cobra.Command, args []string) error {
		if o.Name != "" && !profile.IsName(o.Name) {
			return usageError{fmt.Errorf("--name %q cannot name a base: lower-case letters, digits and single dashes, such as win10-iot-ltsc-2021", o.Name)}
		}
		if table != "" {
			data, err := os.ReadFile(table)
			if err != nil {
				return usageError{fmt.Errorf("read support dates: %w", err)}
			}
			if o.Support, err = inspect.ParseSupport(data); err != nil {
				return usageError{fmt.Errorf("%s: %w", table, err)}
			}
		}
		shown := a.progress(asJSON)
		step := ""
		o.Step = func(text string) {
			step = text
			shown.sink(build.Event{Schema: build.EventSchema, Type: build.EventStep, Step: text})
		}
		o.Progress = func(done, total int64) {
			shown.sink(build.Event{Schema: build.EventSchema, Type: build.EventProgress, Step: step, Done: done, Total: total})
		}
		r, err := inspect.Run(c.Context(), args[0], o)
		if errors.Is(err, inspect.ErrImage) && o.Image == "" && !o.Verify && !block {
			r, err = inspect.List(c.Context(), args[0], o)
		}
		shown.finish()
		if err != nil {
			return baseError(err)
		}
		switch {
		case asJSON:
			return a.writeJSON(build.Event{Schema: build.EventSchema, Type: build.EventResult, Data: r})
		case block:
			return a.printBlock(r)
		case r.Image == 0:
			return a.printImages(r)
		}
		return a.printBase(r, all)
	}
	return cmd
}

// baseError gives an error of a base its class and the way out.
func baseError(err error) error {
	switch {
	case errors.Is(err, medium.ErrNeither):
		return usageError{fmt.Errorf("%w\nhint: give an install.wim or the .iso of the medium that it is on", err)}
	case errors.Is(err, medium.ErrCutOff), errors.Is(err, udf.ErrCorrupt):
		return fmt.Errorf("%w\nhint: the file is damaged: copy it again from its source and compare the SHA-256 of both", err)
	case errors.Is(err, medium.ErrNoWIM), errors.Is(err, wim.ErrUnsupported):
		return usageError{err}
	case errors.Is(err, inspect.ErrImage):
		return usageError{fmt.Errorf("%w\nhint: choose with --image", err)}
	case errors.Is(err, fs.ErrNotExist):
		return usageError{fmt.Errorf("%w\nhint: give an install.wim or the .iso that it is on, or make a stand-in with wmclient lab base --out lab.wim", err)}
	case errors.Is(err, wim.ErrCorrupt):
		return fmt.Errorf("%w\nhint: the file is damaged: copy it again from its source and compare the SHA-256 of both", err)
	}
	return err
}

// printBlock prints the base block alone.
func (a *app) printBlock(r *inspect.Report) error {
	if r.HCL == "" {
		return fmt.Errorf("%s: a fact that a base block needs is unknown", r.Path)
	}
	_, err := fmt.Fprint(a.Stdout, r.HCL)
	return err
}

// factTitles are the facts' names for people.
func factTitles() map[string]string {
	return map[string]string{
		inspect.EditionID: "edition id", inspect.Product: "product", inspect.Build: "build", inspect.Arch: "architecture",
		inspect.Installation: "installation", inspect.Language: "language", inspect.Languages: "languages", inspect.Channel: "licence channel",
		inspect.Mainstream: "mainstream ends", inspect.SupportEnd: "support ends", inspect.BootManager: "boot manager by",
		inspect.BootManagerX: "boot manager 2023", inspect.Packages: "packages", inspect.Capabilities: "capabilities",
		inspect.Features: "features on", inspect.Drivers: "drivers",
	}
}

// shortList is how many entries of a list are printed without --all.
const shortList = 8

func (a *app) printBase(r *inspect.Report, all bool) error {
	p := painter{a: a, color: a.color(a.Stdout), width: a.width(a.Stdout)}
	p.line(p.bold(fmt.Sprintf("%s, image %d %q", wimName(r), r.Image, r.ImageName)))
	p.wim(r)
	if r.StandIn {
		p.line(p.red("This is a lab base: it is shaped like Windows and contains none."))
	}
	p.line("")
	for _, f := range r.Facts {
		p.fact(f, a.Now(), all)
	}
	if r.HCL == "" {
		p.line("\nno base block: a fact that it needs is unknown")
	} else {
		p.line("\n" + strings.TrimRight(r.HCL, "\n"))
	}
	return p.err
}

// printImages lists the images of a WIM.
func (a *app) printImages(r *inspect.Report) error {
	p := painter{a: a, color: a.color(a.Stdout), width: a.width(a.Stdout)}
	p.line(p.bold(wimName(r)))
	p.wim(r)
	if r.StandIn {
		p.line(p.red("This is a lab base: it is shaped like Windows and contains none."))
	}
	p.line("")
	for _, i := range r.Images {
		facts := strings.Join([]string{i.EditionID, i.Build, i.Arch, i.Language}, ", ")
		if i.Unknown != "" {
			facts = p.dim("unknown: " + i.Unknown)
		}
		p.line(fmt.Sprintf("  %d  %s  %s", i.Index, p.bold(fmt.Sprintf("%q", i.Name)), facts))
	}
	if p.err == nil {
		fmt.Fprintln(a.Stderr, "hint: --image says more of one, by index, name or edition id")
	}
	return p.err
}

// wimName is the file, and where it lies on a medium the WIM.
func wimName(r *inspect.Report) string {
	if r.Inside != "" {
		return r.Path + ": " + r.Inside
	}
	return r.Path
}

// wim says what is true of all images.
func (p *painter) wim(r *inspect.Report) {
	how := "not compressed"
	if r.Chunk > 0 {
		how = fmt.Sprintf("%s, chunks of %d KiB", r.Compression, r.Chunk>>10)
	}
	p.line(p.dim(fmt.Sprintf("%d bytes, %s, integrity table: %s, images: %d", r.Size, how, r.Integrity, len(r.Images))))
	if r.SHA256 != "" {
		p.line("sha256 " + r.SHA256)
	}
}

// painter prints lines and remembers the first error.
type painter struct {
	a     *app
	color bool
	width int
	err   error
}

func (p *painter) line(s string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.a.Stdout, s)
	}
}

func (p *painter) paint(code, s string) string {
	if !p.color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p *painter) bold(s string) string { return p.paint("1", s) }
func (p *painter) dim(s string) string  { return p.paint("2", s) }
func (p *painter) red(s string) string  { return p.paint("31", s) }

const factColumn = 19

// fact prints one fact: its name, its value, and where it was read.
func (p *painter) fact(f inspect.Fact, now time.Time, all bool) {
	title := factTitles()[f.Name]
	if title == "" {
		title = f.Name
	}
	value, shown := f.Value, ""
	switch {
	case f.Unknown != "":
		value = "unknown: " + f.Unknown
		shown = p.dim(value)
	case f.Name == inspect.SupportEnd || f.Name == inspect.Mainstream:
		value += untilThen(f.Value, now)
		shown = value
		if strings.Contains(value, "ended") {
			shown = p.red(value)
		}
	default:
		shown = p.bold(value)
	}
	source := "(" + f.Source + ")"
	head := fmt.Sprintf("%-*s", factColumn, title)
	if w := factColumn + utf8.RuneCountInString(value) + 2 + utf8.RuneCountInString(source); p.width > 0 && w > p.width {
		p.line(head + shown)
		p.line(strings.Repeat(" ", factColumn) + p.dim(source))
	} else {
		p.line(head + shown + "  " + p.dim(source))
	}
	if f.Note != "" {
		for line := range strings.SplitSeq(wrap(f.Note, max(p.width-factColumn, 0)), "\n") {
			p.line(strings.Repeat(" ", factColumn) + p.dim(line))
		}
	}
	list, left := f.List, f.Left
	if !all && len(list) > shortList {
		list, left = list[:shortList], left+len(list)-shortList
	}
	for _, item := range list {
		p.line(strings.Repeat(" ", factColumn) + item)
	}
	if left > 0 {
		p.line(strings.Repeat(" ", factColumn) + p.dim(fmt.Sprintf("and %d more (--all)", left)))
	}
}

// untilThen says how far away a day is.
func untilThen(day string, now time.Time) string {
	end, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	today, _ := time.Parse(time.DateOnly, now.UTC().Format(time.DateOnly))
	switch days := int(end.Sub(today).Hours() / 24); {
	case days < 0:
		return fmt.Sprintf("  (ended %d days ago)", -days)
	case days == 0:
		return "  (today)"
	default:
		return fmt.Sprintf("  (in %d days)", days)
	}
}
