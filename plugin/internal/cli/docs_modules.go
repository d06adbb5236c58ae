package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

//go:generate go run ../../cmd/wmclient docs modules --lang en --out ../../../docs/reference ../../../profiles
//go:generate go run ../../cmd/wmclient docs modules --lang sv --out ../../../docs/reference ../../../profiles

// docsModulesCmd writes the reference of a profile tree's modules, for people who choose modules and print what they chose.
func (a *app) docsModulesCmd() *cobra.Command {
	var out, lang string
	cmd := &cobra.Command{
		Use:   "modules [DIR]",
		Short: "Write a reference of the profile tree's modules in English or Swedish",
		Long: `modules writes a page about all modules below DIR (default: profiles): what each is for, what it sets and why, which inputs it takes,
which traffic it needs, what it is known to break and what it leaves alone. Values are those of the default inputs. Without --out the
page goes to standard output; with it, to modules.LANG.md in that folder.`,
		Example: `  wmclient docs modules --lang sv > moduler.md
  wmclient docs modules --lang en --out docs/reference profiles`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactly(1, "one folder")(c, args)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder to write into (default: standard output)")
	cmd.Flags().StringVar(&lang, "lang", "en", "language of the page: en or sv")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		words, ok := moduleWords()[lang]
		if !ok {
			return usageError{fmt.Errorf("--lang is %q; it takes en or sv", lang)}
		}
		dir := "profiles"
		if len(args) == 1 {
			dir = args[0]
		}
		modules, err := describeModules(dir)
		if err != nil {
			return err
		}
		p := &modulePage{words: words}
		p.write(modules)
		if out == "" {
			_, err := a.Stdout.Write(p.Bytes())
			return err
		}
		if err := os.MkdirAll(out, 0o755); err != nil {
			return fmt.Errorf("write reference: %w", err)
		}
		if err := os.WriteFile(filepath.Join(out, "modules."+lang+".md"), p.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write reference: %w", err)
		}
		return nil
	}
	return cmd
}

// describeModules reads the modules of a profile tree. A tree with errors is refused: a page that lacks a module would look complete.
func describeModules(dir string) ([]profile.Described, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, usageError{fmt.Errorf("%s is no folder of profiles\nhint: wmclient docs modules profiles", dir)}
	}
	table, err := kinds.Table()
	if err != nil {
		return nil, err
	}
	set, diags := profile.Load(dir, table)
	if diags.HasErrors() {
		return nil, &build.ProfileError{Diags: diags, Files: set.Files()}
	}
	modules := set.Describe()
	if len(modules) == 0 {
		return nil, usageError{fmt.Errorf("%s holds no modules\nhint: wmclient docs modules profiles", dir)}
	}
	return modules, nil
}

// modulePage is the page as it is written.
type modulePage struct {
	bytes.Buffer
	words *pageWords
}

func (p *modulePage) line(format string, args ...any) { _, _ = fmt.Fprintf(p, format+"\n", args...) }

// gap separates paragraphs and lists.
func (p *modulePage) gap() { p.WriteByte('\n') }

// methodsOf are the methods that modules have: those of the reference design in its order, then others by name.
func (p *modulePage) methodsOf(modules []profile.Described) []string {
	var others, out []string
	known := methodOrder()
	for _, m := range modules {
		if !slices.Contains(known, m.Method) && !slices.Contains(others, m.Method) {
			others = append(others, m.Method)
		}
	}
	slices.Sort(others)
	for _, method := range slices.Concat(known, others) {
		if slices.ContainsFunc(modules, func(m profile.Described) bool { return m.Method == method }) {
			out = append(out, method)
		}
	}
	return out
}

func (p *modulePage) write(modules []profile.Described) {
	w := p.words
	p.line("# %s\n", w.title)
	p.line("<!-- %s -->\n", w.generated)
	p.line("%s\n", w.intro)
	methods := p.methodsOf(modules)
	p.line("| %s | %s | %s |\n|---|---|---|", w.method, w.module, w.settings)
	for _, method := range methods {
		for _, m := range modules {
			if m.Method == method {
				p.line("| %s | [%s](#%s) | %d |", w.methodName(method), escape(w.text(m.Title)), w.anchor(m), len(m.Settings))
			}
		}
	}
	for _, method := range methods {
		p.line("\n## %s", w.methodName(method))
		for _, m := range modules {
			if m.Method == method {
				p.module(m)
			}
		}
	}
}
