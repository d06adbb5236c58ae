package profile

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/rogpeppe/go-internal/diff"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
)

// Formatted is a file whose layout is not canonical.
type Formatted struct {
	File string // relative to the working folder, absolute outside it, or as it was given; with slashes
	Diff string // unified diff from what it is to what it should be
}

// Format returns src in the canonical layout: hcl's own, LF line ends, one line end at the end. name is for messages; src that does
// not parse is an error of type hcl.Diagnostics.
func Format(name string, src []byte) ([]byte, error) {
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	if d := firstProblem(src, name); d != nil {
		return nil, hcl.Diagnostics{d}
	}
	if _, diags := hclwrite.ParseConfig(src, name, hcl.InitialPos); diags.HasErrors() {
		return nil, Sort(explainEscapes(src, name, diags))
	}
	const rounds = 4 // hcl's layout of odd input settles only when done again
	for range rounds {
		next := hclwrite.Format(src)
		if bytes.Equal(next, src) {
			break
		}
		src = next
	}
	out := bytes.TrimRight(src, "\n")
	if len(out) == 0 {
		return nil, nil
	}
	return append(out, '\n'), nil
}

// FormatTree formats all profiles below root and returns those that were not in the canonical layout, sorted, and what was read, for
// snippets. With check nothing is written. Each file is replaced as a whole or not at all; files that do not parse are left alone and are
// errors.
func FormatTree(root string, check bool) ([]Formatted, map[string]*hcl.File, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	found := sources(dirFS(root), shownRoot(root), &diags)
	return formatAll(root, found, check, diags)
}

// FormatFile is FormatTree for one file, which messages name as it was given.
func FormatFile(file string, check bool) ([]Formatted, map[string]*hcl.File, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	name := filepath.ToSlash(file)
	dir, base := filepath.Dir(file), filepath.Base(file)
	if filepath.Ext(base) != ".hcl" {
		return nil, nil, hcl.Diagnostics{fileError(name, "Not a profile file", "The names of profiles end in .hcl.")}
	}
	src, ok := readProfile(dirFS(dir), base, name, &diags)
	if !ok {
		return nil, nil, diags
	}
	return formatAll(dir, []source{{base, name, src}}, check, diags)
}

// formatAll formats files that stand below dir.
func formatAll(dir string, found []source, check bool, diags hcl.Diagnostics) ([]Formatted, map[string]*hcl.File, hcl.Diagnostics) {
	var changed []Formatted
	files := map[string]*hcl.File{}
	for _, f := range found {
		out, err := Format(f.name, f.src)
		if err != nil {
			diags = append(diags, asDiags(f.name, err)...)
			if firstProblem(f.src, f.name) == nil { // else a terminal could not show it
				files[f.name] = &hcl.File{Bytes: bytes.ReplaceAll(f.src, []byte("\r\n"), []byte("\n"))}
			}
			continue
		}
		if bytes.Equal(out, f.src) {
			continue
		}
		changed = append(changed, Formatted{f.name, string(diff.Diff(f.name+".orig", f.src, f.name, out))})
		if check {
			continue
		}
		if err := partial.WriteFile(filepath.Join(dir, filepath.FromSlash(f.path)), out); err != nil {
			diags = append(diags, fileError(f.name, "File not written", fmt.Sprintf("%s.", err)))
		}
	}
	return changed, files, Sort(diags)
}

func asDiags(name string, err error) hcl.Diagnostics {
	if diags, ok := errors.AsType[hcl.Diagnostics](err); ok {
		return diags
	}
	return hcl.Diagnostics{fileError(name, "File not formatted", fmt.Sprintf("%s.", err))}
}
