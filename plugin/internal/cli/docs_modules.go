package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

//go:generate go run ../../cmd/wmclient docs modules --lang en --out ../../../docs/reference ../../../profiles
//go:generate go run ../../cmd/wmclient docs modules --lang sv --out ../../../docs/reference ../../../profiles

// docsModulesCmd writes the reference of a profile tree's modules, for people who choose modules and print what they chose.
func (a *app) docsModulesCmd() *cobra.Command {
	var out, lang, format string
	var pick excerpt
	cmd := &cobra.Command{
		Use:   "modules [DIR]",
		Short: "Write a reference of the profile tree's modules in English or Swedish",
		Long: `modules writes a page about all modules below DIR (default: profiles): what each is for, what it sets and why, which inputs it takes,
which traffic it needs, what it is known to break and what it leaves alone. Values are those of the default inputs. Without --out the
page goes to standard output; with it, to modules.LANG.md in that folder.

With --format html it is one file for print: A4, with a list of contents, numbered sections, and a header with the version and the day on
which the newest image of the tree was released. A browser prints it or saves it as PDF.

With --module or --image it is an excerpt: the modules that are named, and those that the image selects, by itself or because others require
them. A file of it is module-excerpt.LANG, so that it never stands in for the whole reference.`,
		Example: `  wmclient docs modules --lang sv > moduler.md
  wmclient docs modules --lang sv --format html > moduler.html
  wmclient docs modules --lang en --out docs/reference profiles
  wmclient docs modules --lang sv --module lock-screen --module smb
  wmclient docs modules --lang sv --format html --image profiles/images/radiology-viewer.hcl > viewer.html`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactly(1, "one folder")(c, args)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder to write into (default: standard output)")
	cmd.Flags().StringVar(&lang, "lang", "en", "language of the page: en or sv")
	cmd.Flags().StringVar(&format, "format", "markdown", "markdown, or html for print")
	pick.flags(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		words, ok := moduleWords()[lang]
		if !ok {
			return usageError{fmt.Errorf("--lang is %q; it takes en or sv", lang)}
		}
		dir, err := pick.folder(args)
		if err != nil {
			return err
		}
		tree, err := describeModules(dir)
		if err != nil {
			return err
		}
		p := &modulePage{words: words, modules: tree.modules, locals: tree.locals, all: len(tree.modules)}
		name := "modules."
		if pick.wanted() {
			name = "module-excerpt."
			if err := pick.from(tree, p); err != nil {
				return err
			}
		}
		p.write()
		return a.writeReference(out, name+lang, format, p.Bytes(), printed{lang, a.Version, cmp.Or(p.released, tree.released)})
	}
	return cmd
}

// writeReference writes a page in its format, to standard output or as a file in a folder.
func (a *app) writeReference(folder, name, format string, page []byte, p printed) error {
	extension := ".md"
	switch format {
	case "markdown":
	case "html":
		extension = ".html"
		var err error
		if page, err = p.html(page); err != nil {
			return err
		}
	default:
		return usageError{fmt.Errorf("--format is %q; it takes markdown or html", format)}
	}
	if folder == "" {
		_, err := a.Stdout.Write(page)
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("write reference: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+extension), page, 0o644); err != nil {
		return fmt.Errorf("write reference: %w", err)
	}
	return nil
}

// moduleTree is what a page about modules is written from.
type moduleTree struct {
	modules  []profile.Described
	locals   map[string]map[string]hclsyntax.Expression
	released string // of the newest image; "" where the tree has none that holds together
	set      *profile.Set
}

// describeModules reads the modules of a profile tree. A tree with errors is refused: a page that lacks a module would look complete.
func describeModules(dir string) (moduleTree, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return moduleTree{}, usageError{fmt.Errorf("%s is no folder of profiles\nhint: wmclient docs modules profiles", dir)}
	}
	table, err := kinds.Table()
	if err != nil {
		return moduleTree{}, err
	}
	set, diags := profile.Load(dir, table)
	if diags.HasErrors() {
		return moduleTree{}, &build.ProfileError{Diags: diags, Files: set.Files()}
	}
	t := moduleTree{set: set, modules: set.Describe(), locals: moduleLocals(set.Files())}
	if len(t.modules) == 0 {
		return moduleTree{}, usageError{fmt.Errorf("%s holds no modules\nhint: wmclient docs modules profiles", dir)}
	}
	for _, name := range set.Images() {
		if r, diags := set.Resolve(name, profile.Options{}); !diags.HasErrors() {
			t.released = max(t.released, r.Request.Image.Released)
		}
	}
	return t, nil
}

// modulePage is the page as it is written.
type modulePage struct {
	bytes.Buffer
	words   *pageWords
	modules []profile.Described
	locals  map[string]map[string]hclsyntax.Expression

	all             int    // modules that there are
	image, released string // of an excerpt: the image that selects, and its day
}

// excerpted reports whether the page leaves modules out because nobody asked for them.
func (p *modulePage) excerpted() bool { return len(p.modules) < p.all || p.image != "" }

func (p *modulePage) line(format string, args ...any) { _, _ = fmt.Fprintf(p, format+"\n", args...) }

// gap separates paragraphs and lists.
func (p *modulePage) gap() { p.WriteByte('\n') }

// methodsOf are the methods that modules have: those of the reference design in its order, then others by name.
func methodsOf(modules []profile.Described) []string {
	return inOrder(methodOrder(), func(yield func(string)) {
		for _, m := range modules {
			yield(m.Method)
		}
	})
}

// capabilitiesOf are the security capabilities that modules contribute to, by code.
func capabilitiesOf(modules []profile.Described) []string {
	return inOrder(nil, func(yield func(string)) {
		for _, m := range modules {
			for _, c := range m.Capabilities {
				yield(c)
			}
		}
	})
}

// inOrder lists what there is: first what has a place of its own, then the others by name, each once.
func inOrder(known []string, each func(yield func(string))) []string {
	there := map[string]bool{}
	each(func(s string) { there[s] = true })
	var out []string
	for _, s := range known {
		if there[s] {
			out = append(out, s)
			delete(there, s)
		}
	}
	return append(out, slices.Sorted(maps.Keys(there))...)
}

func (p *modulePage) write() {
	w := p.words
	if p.excerpted() {
		p.line("# %s\n", w.excerptTitle)
	} else {
		p.line("# %s\n\n<!-- %s -->\n", w.title, w.generated)
	}
	p.line("**%s**\n", w.unproven)
	if p.excerpted() {
		text := fmt.Sprintf(w.excerpt, len(p.modules), p.all)
		if p.image != "" {
			text += " " + fmt.Sprintf(w.ofImage, code(p.image))
		}
		p.line("%s\n", text)
	}
	p.line("%s\n", w.intro)
	methods := methodsOf(p.modules)
	p.line("## %s\n", w.byMethod)
	p.line("| %s | %s | %s |\n|---|---|---|", w.method, w.module, w.settings)
	for _, method := range methods {
		for _, m := range p.modules {
			if m.Method == method {
				p.line("| %s | %s | %d |", w.methodName(method), p.link(m), len(m.Settings))
			}
		}
	}
	p.capabilities()
	p.glossary()
	for _, method := range methods {
		p.line("\n## %s", w.methodName(method))
		for _, m := range p.modules {
			if m.Method == method {
				p.module(m)
			}
		}
	}
}

// capabilities is the index of modules by what they contribute to.
func (p *modulePage) capabilities() {
	all := capabilitiesOf(p.modules)
	if len(all) == 0 {
		return
	}
	p.line("\n## %s\n", p.words.byCapability)
	for _, c := range all {
		var links []string
		for _, m := range p.modules {
			if slices.Contains(m.Capabilities, c) {
				links = append(links, p.link(m))
			}
		}
		p.line("- %s: %s", p.words.capabilityNames([]string{c}), strings.Join(links, ", "))
	}
}

// glossary explains the words that a reader may not know.
func (p *modulePage) glossary() {
	p.line("\n## %s\n", p.words.glossaryTitle)
	for _, term := range p.words.glossary {
		p.line("- **%s**: %s", term[0], escape(term[1]))
	}
}
