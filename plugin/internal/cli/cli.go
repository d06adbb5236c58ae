// Package cli is the command wmclient: one file per subcommand, flags and printing only. The work is done by the packages below it.
//
// Its voice: stdout carries data, stderr talks to people. A message is "wmclient: " and what is wrong, lower case, without a full stop;
// "hint: " lines give the next command to type. Colours only on a terminal and not with NO_COLOR; no spinner without a terminal.
// Together with the Packer adapters and the mains it is the only place that knows the clock and the environment.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/mitchellh/go-wordwrap"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Env is everything that the command takes from the outside.
type Env struct {
	Args           []string // without the program's name
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Now            func() time.Time
	Version        string
}

// app is what subcommands share.
type app struct {
	Env
	diags   string // "text" or "json"
	noColor bool
}

// Run runs the command and returns its exit code (see exit.go). A context of Interruptible lets it be stopped.
func Run(ctx context.Context, env Env) int {
	out := &pipe{Writer: env.Stdout}
	env.Stdout, env.Stderr = out, &pipe{Writer: env.Stderr}
	a := &app{Env: env}
	root := a.root()
	root.SetArgs(longFlags(env.Args, root))
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	code := a.report(ctx, root.ExecuteContext(ctx))
	if code == exitOK && out.closed.Load() {
		return exitPipe
	}
	return code
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "wmclient",
		Short: "Compose, build and validate hardened Windows 10 LTSB/LTSC images for medical clients",
		Long: `wmclient composes image profiles from bases, modules and medical products, builds hardened, reproducible
WIM images from them without booting Windows, and says of every setting what was expected and what was found.

Nothing that it builds has been run on real Windows yet: try an image on your own client before you trust it.

Exit codes: 0 all is well, 2 bad profile or usage, 3 findings failed, 4 a date has passed, 5 not trusted, 10 differences, 130 and 143
interrupted, 1 anything else. The help of each command has its own: wmclient build --help.`,
		Example: `  wmclient check profiles
  wmclient plan profiles/images/radiology-viewer.hcl
  wmclient build profiles/images/radiology-viewer.hcl --base install.wim --out out`,
		Version:       a.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          subcommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetVersionTemplate("wmclient {{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; `%s --help` shows the flags", err, c.CommandPath())}
	})
	root.PersistentFlags().StringVar(&a.diags, "diags", "text", "how to print problems of profiles: text or json")
	root.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "no colours, whatever the terminal can do")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if a.diags != "text" && a.diags != "json" {
			return usageError{fmt.Errorf("--diags is %q; it takes text or json", a.diags)}
		}
		return nil
	}
	root.AddCommand(a.checkCmd(), a.fmtCmd(), a.lockCmd(), a.planCmd(), a.explainCmd(), a.diffCmd(), a.buildCmd(), a.rebuildCmd(), a.deltaCmd(), a.splitCmd(), a.bundleCmd(), a.validateCmd(), a.auditCmd(),
		a.showCmd(), a.doctorCmd(), a.coverageCmd(), a.importCmd(), a.baseCmd(), a.labCmd(), a.docsCmd())
	tellExitCodes(root)
	a.completions(root)
	return root
}

// subcommand is for commands that do nothing themselves: an argument that is left is a subcommand that there is none of.
func subcommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	c.SuggestionsMinimumDistance = 2
	if like := c.SuggestionsFor(args[0]); len(like) > 0 {
		hint = fmt.Sprintf("; did you mean %q?", like[0])
	}
	return usageError{fmt.Errorf("unknown command %q%s\nhint: %s --help lists the commands", c.CommandPath()+" "+args[0], hint, c.CommandPath())}
}

// exactly demands n arguments and says what they are.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("%s takes %s, not %d arguments; `%s --help` shows examples", c.CommandPath(), what, len(args), c.CommandPath())}
		}
		return nil
	}
}

// longFlags lets -flag stand for --flag, as Packer and Terraform write it. Single-letter flags stay.
func longFlags(args []string, root *cobra.Command) []string {
	known := map[string]bool{"help": true, "version": true}
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		for _, set := range []interface{ FlagUsages() string }{c.Flags(), c.PersistentFlags()} {
			for word := range strings.FieldsSeq(set.FlagUsages()) {
				if name, ok := strings.CutPrefix(word, "--"); ok {
					known[name] = true
				}
			}
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(root)
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = arg
		if arg == "--" {
			copy(out[i:], args[i:])
			break
		}
		name, isFlag := strings.CutPrefix(arg, "-")
		name, _, _ = strings.Cut(name, "=")
		if isFlag && len(name) > 1 && known[name] {
			out[i] = "-" + arg
		}
	}
	return out
}

// color reports whether w is a terminal that may be coloured.
func (a *app) color(w io.Writer) bool {
	return !a.noColor && a.Getenv("NO_COLOR") == "" && a.Getenv("TERM") != "dumb" && isTerminal(w)
}

func isTerminal(w io.Writer) bool {
	f := file(w)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// width is the terminal's width in columns. Where there is no terminal it is what COLUMNS says, else 0: nothing is wrapped or cut, so
// that digests and paths can be searched for.
func (a *app) width(w io.Writer) int {
	if f := file(w); f != nil {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 20 {
			return columns
		}
	}
	if columns, err := strconv.Atoi(a.Getenv("COLUMNS")); err == nil && columns > 20 {
		return columns
	}
	return 0
}

// wrap breaks text at words; 0 columns mean that it stays as it is.
func wrap(text string, columns int) string {
	if columns <= 0 {
		return text
	}
	return wordwrap.WrapString(text, uint(columns))
}

// report prints err to people and returns the exit code.
func (a *app) report(ctx context.Context, err error) int {
	if err == nil {
		return exitOK
	}
	if asked := interruption(ctx, err); asked != nil {
		a.printError(errors.New(asked.text(err)))
		return asked.code()
	}
	var quiet quietError
	if !errors.As(err, &quiet) {
		a.printError(err)
	}
	return exitCode(err)
}
