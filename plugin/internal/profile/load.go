package profile

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/Masterminds/semver/v3"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Load reads the profile tree below the folder root ("profiles"). It keeps going: the Set holds whatever could be read, the
// diagnostics every problem of every file, sorted. Files are named relative to the working folder, or absolute where root is outside it.
func Load(root string, table setting.Table) (*Set, hcl.Diagnostics) {
	return LoadFS(dirFS(root), shownRoot(root), table)
}

// shownRoot is the root folder as people are told it: relative to the working folder, or absolute where it is not below that. So a place in
// a message is a file that can be opened from here, and never one of the same name in another tree.
func shownRoot(root string) string {
	abs, err := filepath.Abs(root)
	if err != nil {
		return filepath.ToSlash(root)
	}
	if here, err := filepath.Abs("."); err == nil {
		if below, err := filepath.Rel(here, abs); err == nil && filepath.IsLocal(below) {
			return filepath.ToSlash(below)
		}
	}
	return filepath.ToSlash(abs)
}

// LoadFS is Load on any file system; name is what the root is called in messages. It is on fsys to refuse names that lead out of it.
func LoadFS(fsys fs.FS, name string, table setting.Table) (*Set, hcl.Diagnostics) {
	s := &Set{
		fsys: fsys, name: name, table: table, parser: hclparse.NewParser(),
		bases: map[string]*base{}, modules: map[string][]*module{}, products: map[string][]*product{}, images: map[string]*image{},
		wished: map[string]*semver.Constraints{},
	}
	for _, f := range parseAll(sources(fsys, name, &s.diags), table) {
		s.add(f)
	}
	s.addImages()
	s.checkServicing()
	s.sortVersions()
	s.checkRequires()
	s.diags = Sort(s.diags)
	return s, slices.Clone(s.diags)
}

// parsed is one file as far as it can be read without the others.
type parsed struct {
	name    string
	src     []byte
	problem *hcl.Diagnostic // what keeps the file from being given to the parser
	file    *hcl.File
	diags   hcl.Diagnostics
	in      fileScope
	blocks  fileBlocks
	decoded hcl.Diagnostics // of blocks
	modules []*module
	said    hcl.Diagnostics // of modules
}

// parseAll reads files side by side: parsing, decoding and reading modules are most of what a load costs. The order of files, and so of
// messages, stays.
func parseAll(files []source, table setting.Table) []parsed {
	out := make([]parsed, len(files))
	sideBySide(len(files), func(i int) { out[i] = parse(files[i], table) })
	return out
}

// parse parses one file. Line ends become LF, so that a checkout on Windows has the same texts and digests.
func parse(f source, table setting.Table) parsed {
	p := parsed{name: f.name, src: bytes.ReplaceAll(f.src, []byte("\r\n"), []byte("\n"))}
	tokens, problem := scan(p.src, f.name)
	if p.problem = problem; problem != nil {
		return p
	}
	p.file, p.diags = hclsyntax.ParseConfig(p.src, f.name, hcl.InitialPos)
	if p.diags.HasErrors() || p.file == nil {
		return p
	}
	body, ok := p.file.Body.(*hclsyntax.Body)
	if !ok { // ParseConfig gives nothing else
		p.problem = fileError(f.name, "Unreadable profile file", "It is not in HCL's native syntax.")
		return p
	}
	p.decoded = gohcl.DecodeBody(body, staticContext(), &p.blocks)
	p.in = fileScope{path: f.path, syntax: body, decoded: p.decoded, digests: map[hcl.Range]string{}}
	for _, b := range body.Blocks {
		if b.Type == "module" {
			p.in.digests[b.DefRange()] = blockDigest(tokens, b)
		}
	}
	own := &Set{table: table}
	for _, b := range p.blocks.Modules {
		p.modules = append(p.modules, own.readModule(p.in, b))
	}
	p.said = own.diags
	return p
}

// add takes over one file's blocks. Of a file that does not parse only the names are kept, so that its blocks are not called unknown.
func (s *Set) add(f parsed) {
	if f.problem != nil {
		s.report(f.problem)
		s.hidden = true
		return
	}
	if f.file != nil {
		s.parser.AddFile(f.name, f.file)
	}
	s.diags = append(s.diags, explainEscapes(f.src, f.name, f.diags)...)
	if f.diags.HasErrors() || f.file == nil {
		s.hidden = true
		return
	}
	s.diags = append(s.diags, f.decoded...)
	for _, b := range f.blocks.Bases {
		s.addBase(b)
	}
	s.diags = append(s.diags, f.said...)
	for _, m := range f.modules {
		s.addModule(m)
	}
	for _, b := range f.blocks.Products {
		s.addProduct(b)
	}
	for _, b := range f.blocks.Images {
		s.unread = append(s.unread, &imageSource{in: f.in, block: b})
	}
}

// fileScope is the file that a block stands in.
type fileScope struct {
	path    string // relative to the root
	syntax  *hclsyntax.Body
	decoded hcl.Diagnostics
	digests map[hcl.Range]string // of its modules' blocks, by their headers
}

// block finds the syntax behind a decoded block.
func (f fileScope) block(header hcl.Range) *hclsyntax.Block {
	for _, b := range f.syntax.Blocks {
		if b.DefRange() == header {
			return b
		}
	}
	return nil
}

// faults are the offsets of a file's errors, sorted.
type faults []int

// faults are those that decoding found, and more.
func (f fileScope) faults(more hcl.Diagnostics) faults {
	var out faults
	for _, d := range slices.Concat(f.decoded, more) {
		if d.Severity == hcl.DiagError && d.Subject != nil && d.Subject.Filename == f.syntax.SrcRange.Filename {
			out = append(out, d.Subject.Start.Byte)
		}
	}
	slices.Sort(out)
	return out
}

// in says whether one of them lies in the range.
func (f faults) in(r hcl.Range) bool {
	i, _ := slices.BinarySearch(f, r.Start.Byte)
	return i < len(f) && f[i] <= r.End.Byte
}

func (s *Set) report(d ...*hcl.Diagnostic) { s.diags = append(s.diags, d...) }

// duplicate reports the second definition of a name.
func (s *Set) duplicate(what, name string, first, second hcl.Range) {
	s.report(problem(second, "Duplicate "+what, "The %s %q is already defined at %s. Remove or rename one of the two.", what, name, place(first)))
}

// ImageAt returns the name of the image that stands in file: a path on disk, or one with slashes relative to the root or its parent.
func (s *Set) ImageAt(file string) (string, error) {
	want := map[string]bool{path.Clean(filepath.ToSlash(file)): true}
	if dir, ok := s.fsys.(dirFS); ok {
		if rel, ok := below(string(dir), file); ok {
			want[rel] = true
		}
	}
	for _, name := range s.Images() {
		p := s.images[name].file
		if want[p] || want[path.Join(s.name, p)] || want[path.Join(path.Base(s.name), p)] {
			return name, nil
		}
	}
	// On a file system that ignores case (Windows, macOS) a path as somebody typed it is the file all the same.
	if dir, ok := s.fsys.(dirFS); ok {
		if typed, err := os.Stat(file); err == nil {
			for _, name := range s.Images() {
				if info, err := os.Stat(filepath.Join(string(dir), filepath.FromSlash(s.images[name].file))); err == nil && os.SameFile(typed, info) {
					return name, nil
				}
			}
		}
	}
	return "", fmt.Errorf("find the image of %q: no image block was read from it", file)
}

// below returns the slash path of file relative to dir; ok is false where it lies elsewhere.
func below(dir, file string) (rel string, ok bool) {
	absDir, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	absFile, err := filepath.Abs(file)
	if err != nil {
		return "", false
	}
	rel, err = filepath.Rel(absDir, absFile)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}
