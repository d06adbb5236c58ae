package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

// excerpt says which modules a page is about. It refuses names that there are not: a page that lacks a module would look complete.
type excerpt struct {
	modules []string
	image   string // file
}

func (e *excerpt) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&e.modules, "module", nil, "only this module; may be given several times")
	cmd.Flags().StringVar(&e.image, "image", "", "only the modules that the image profile in this file selects")
	_ = cmd.MarkFlagFilename("image", "hcl") // fails only for a flag that there is not
	_ = cmd.RegisterFlagCompletionFunc("module", func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		dir, err := e.folder(args)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		tree, err := describeModules(dir)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return tree.names(), cobra.ShellCompDirectiveNoFileComp
	})
}

func (e *excerpt) wanted() bool { return len(e.modules) > 0 || e.image != "" }

// folder is the profile tree: the one that is named, or that of the image, or the usual one.
func (e *excerpt) folder(args []string) (string, error) {
	switch {
	case len(args) == 1:
		return args[0], nil
	case e.image == "":
		return "profiles", nil
	}
	root, err := profile.FindRoot(e.image)
	if err != nil {
		return "", usageError{err}
	}
	return root, nil
}

func (t moduleTree) names() []string {
	var out []string
	for _, m := range t.modules {
		out = append(out, m.Name)
	}
	return out
}

// from leaves on the page what was asked for.
func (e *excerpt) from(t moduleTree, p *modulePage) error {
	wanted := map[string]bool{}
	for _, name := range e.modules {
		if !slices.Contains(t.names(), name) {
			return usageError{fmt.Errorf("there is no module %q\nhint:%s The modules are %s", name, plan.DidYouMean(name, t.names()), strings.Join(t.names(), ", "))}
		}
		wanted[name] = true
	}
	if e.image != "" {
		selected, err := e.selected(t, p)
		if err != nil {
			return err
		}
		for _, name := range selected {
			wanted[name] = true
		}
	}
	p.modules = slices.DeleteFunc(slices.Clone(t.modules), func(m profile.Described) bool { return !wanted[m.Name] })
	return nil
}

// selected are the modules of the image. The page describes the newest version of each; an image that has an older one is refused.
func (e *excerpt) selected(t moduleTree, p *modulePage) ([]string, error) {
	name, err := t.set.ImageAt(e.image)
	if err != nil {
		return nil, usageError{fmt.Errorf("%w\nhint: wmclient docs modules --image profiles/images/radiology-viewer.hcl", err)}
	}
	r, diags := t.set.Resolve(name, profile.Options{})
	if diags.HasErrors() {
		return nil, &build.ProfileError{Diags: diags, Files: t.set.Files()}
	}
	var out []string
	for _, pin := range r.Modules {
		if !slices.ContainsFunc(t.modules, func(m profile.Described) bool { return m.Name == pin.Name && m.Version == pin.Version }) {
			return nil, usageError{fmt.Errorf("the image %s selects %s %s, and the reference describes the newest version only", name, pin.Name, pin.Version)}
		}
		out = append(out, pin.Name)
	}
	if len(e.modules) == 0 {
		p.image = name
	}
	p.released = r.Request.Image.Released
	return out, nil
}
