// Package importer turns settings that were written for other tools into module HCL, and composes modules that stand in no file yet.
//
// What it writes is tried first: loaded, evaluated and composed in memory, and compared with the source value by value. A setting that
// would not come out as it went in is reported instead of written. The package refuses to invent: severities and reasons are a person's,
// and the texts that it writes say so.
package importer

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Tree is a profile tree with files that stand in memory only. Lower may be nil: then there are no others.
type Tree struct {
	Lower fs.FS
	Files map[string][]byte // by slash path relative to the root
}

// Open opens a file of the tree.
func (t Tree) Open(name string) (fs.File, error) {
	if b, ok := t.Files[name]; ok {
		return &memoryFile{Reader: bytes.NewReader(b), info: info{path.Base(name), int64(len(b)), false}}, nil
	}
	if t.Lower != nil {
		if f, err := t.Lower.Open(name); err == nil || !t.isDir(name) {
			return f, err
		}
	}
	if t.isDir(name) {
		return &memoryFile{Reader: bytes.NewReader(nil), info: info{path.Base(name), 0, true}}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// Stat tells of a file of the tree without opening it.
func (t Tree) Stat(name string) (fs.FileInfo, error) {
	if b, ok := t.Files[name]; ok {
		return info{path.Base(name), int64(len(b)), false}, nil
	}
	if t.Lower != nil {
		if i, err := fs.Stat(t.Lower, name); err == nil || !t.isDir(name) {
			return i, err
		}
	}
	if t.isDir(name) {
		return info{path.Base(name), 0, true}, nil
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

// ReadDir lists a folder of the tree.
func (t Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	var entries []fs.DirEntry
	if t.Lower != nil {
		lower, err := fs.ReadDir(t.Lower, name)
		if err != nil && !t.isDir(name) {
			return nil, err
		}
		entries = lower
	}
	for p, b := range t.Files {
		if path.Dir(p) == name {
			entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return e.Name() == path.Base(p) })
			entries = append(entries, fs.FileInfoToDirEntry(info{path.Base(p), int64(len(b)), false}))
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// isDir knows the folders that files in memory stand in.
func (t Tree) isDir(name string) bool {
	if name == "." {
		return true
	}
	for p := range t.Files {
		if strings.HasPrefix(p, name+"/") {
			return true
		}
	}
	return false
}

type memoryFile struct {
	*bytes.Reader
	info info
}

func (f *memoryFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *memoryFile) Close() error               { return nil }

type info struct {
	name string
	size int64
	dir  bool
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.dir }
func (i info) Sys() any           { return nil }
func (i info) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// Trial is a composed image that stands in no file.
type Trial struct {
	Set      *profile.Set
	Request  plan.Request
	Composed *plan.Composed
}

// Compose loads a tree and composes one of its images. What is wrong is returned as diagnostics, with the set for their snippets where
// there is one.
func Compose(tree Tree, root, image string, table setting.Table) (*Trial, hcl.Diagnostics) {
	set, diags := profile.LoadFS(tree, root, table)
	t := &Trial{Set: set}
	if diags.HasErrors() {
		return t, diags
	}
	resolved, diags := set.Resolve(image, profile.Options{})
	if diags.HasErrors() {
		return t, diags
	}
	t.Request = resolved.Request
	composed, diags := plan.Compose(resolved.Request)
	if diags.HasErrors() {
		return t, diags
	}
	t.Composed = composed
	return t, nil
}

// Scratch is the text of an image that consists of modules alone, of whatever version, on a base. inputs are HCL expressions by
// "module.input".
func Scratch(name, base string, modules []string, inputs map[string]string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "image %s {\n  version        = \"0.0.0\"\n  released       = \"2026-01-01\"\n  base           = %s\n\n", quote(name), quote(base))
	b.WriteString("  class {\n    type   = \"WM\"\n    groups = [0]\n  }\n\n  management {\n    local {}\n  }\n")
	for _, m := range modules {
		fmt.Fprintf(&b, "\n  module %s {\n    version = \">= 0.0.0\"\n    inputs = {\n", quote(m))
		for _, key := range slices.Sorted(maps.Keys(inputs)) {
			if input, ok := strings.CutPrefix(key, m+"."); ok {
				fmt.Fprintf(&b, "      %s = %s\n", input, inputs[key])
			}
		}
		b.WriteString("    }\n  }\n")
	}
	b.WriteString("}\n")
	return b.Bytes()
}
