// Package profile turns a tree of HCL files into checked bases, modules, products and images, and an image into everything that the
// composer needs. It owns the language: parsing, evaluation, resolution of versions and every message about a profile.
//
// It reports all problems of all files at once, sorted by file and offset, and names both places where a problem has two. It refuses
// to follow names out of the tree, to read files of unreasonable size, to evaluate anything that depends on the machine, the
// environment or the time, and to let a value of the expression language leave the package.
package profile

import (
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/Masterminds/semver/v3"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Set is a profile tree that was read: its bases, modules, products and images. It does not change once loaded.
type Set struct {
	fsys     fs.FS
	name     string // the folder's own name: the first part of every file name in messages
	table    setting.Table
	parser   *hclparse.Parser
	diags    hcl.Diagnostics
	bases    map[string]*base
	modules  map[string][]*module  // by name, highest version first
	products map[string][]*product // by name, in the order of files
	images   map[string]*image
	unread   []*imageSource                 // image blocks in the order of files, until all are there
	wished   map[string]*semver.Constraints // what images wish of modules' versions, by its text
	hidden   bool                           // a file could not be parsed: what is missing may stand there
}

// Options are the inputs of Resolve that do not stand in profiles.
type Options struct {
	// Epoch replaces the image's released date as the one time that enters bytes (SOURCE_DATE_EPOCH); zero means released.
	Epoch time.Time
}

// Resolved is one image with its modules' versions chosen and their settings evaluated, and what a lock pins of it.
type Resolved struct {
	Request       plan.Request
	RequiredUntil string // YYYY-MM-DD: how long the image must be maintainable; "" where the image does not say
	ImageFile     string // slash path of the image's file, relative to the profile root
	Modules       []ModulePin
	Files         []FilePin
	Dropped       []Dropped // sorted by id
}

// Dropped is a setting that a selected module has and the image does not get.
type Dropped struct {
	ID  string
	Why string // "its condition (when) is false"
	At  hcl.Range
}

// ModulePin is a chosen module as a lock pins it.
type ModulePin struct {
	Name    string
	Version string
	Digest  string // SHA-256 over the block's tokens: comments and formatting do not move it
}

// FilePin is a file of the tree whose bytes a selected setting puts into the image.
type FilePin struct {
	Path   string // slash path relative to the profile root
	SHA256 string
}

// Files returns the parsed files by the names that diagnostics use, for snippets.
func (s *Set) Files() map[string]*hcl.File { return s.parser.Files() }

// Name is the profile tree's folder as messages name it: every file name in messages and ranges is one below it, joined with slashes.
func (s *Set) Name() string { return s.name }

// FS returns the profile tree, for reading the content that file settings name. It never leaves the tree.
func (s *Set) FS() fs.FS { return s.fsys }

// Count says how many bases, modules, products and images were read; each version of a module or product counts.
func (s *Set) Count() (bases, modules, products, images int) {
	for _, versions := range s.modules {
		modules += len(versions)
	}
	for _, versions := range s.products {
		products += len(versions)
	}
	return len(s.bases), modules, products, len(s.images)
}

// Images returns the names of all images, sorted.
func (s *Set) Images() []string { return slices.Sorted(maps.Keys(s.images)) }
