package profile

import (
	"errors"
	"io"
	"io/fs"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

type (
	base    struct{}
	module  struct{}
	product struct{}
	image   struct{}
)

var errUnbuilt = hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Not built yet"}}

// Load reads the profile tree below the folder root ("profiles"). It keeps going: the Set holds whatever could be read, the
// diagnostics every problem of every file. Files are named relative to root's parent ("profiles/images/x.hcl").
func Load(root string, table setting.Table) (*Set, hcl.Diagnostics) { return nil, errUnbuilt }

// LoadFS is Load on any file system; name is what the root is called in messages.
func LoadFS(fsys fs.FS, name string, table setting.Table) (*Set, hcl.Diagnostics) {
	return nil, errUnbuilt
}

// FindRoot walks up from a file or folder of a profile tree to the folder that holds modules/ and bases/.
func FindRoot(path string) (string, error) { return "", errors.New("not built yet") }

// ImageAt returns the name of the image that stands in file, a path on disk or relative to the profile root.
func (s *Set) ImageAt(file string) (string, error) { return "", errors.New("not built yet") }

// Check resolves every image and tries every other module with its default inputs on every base it is for. It returns all problems,
// those of Load included.
func (s *Set) Check() hcl.Diagnostics { return errUnbuilt }

// Resolve chooses the image's modules and evaluates their settings. A tree with errors resolves nothing: they are returned.
func (s *Set) Resolve(imageName string, opts Options) (*Resolved, hcl.Diagnostics) {
	return nil, errUnbuilt
}

// WriteOptions say how WriteDiags writes.
type WriteOptions struct {
	JSON  bool // one object a line instead of text
	Color bool // text only
	Width uint // text only: wrap details; 0 means do not
}

// WriteDiags writes diagnostics, sorted, with snippets from files (Set.Files; may be nil).
func WriteDiags(w io.Writer, diags hcl.Diagnostics, files map[string]*hcl.File, opts WriteOptions) error {
	return errors.New("not built yet")
}

// Sort orders diagnostics by file, offset and text, and drops those that say the same twice.
func Sort(diags hcl.Diagnostics) hcl.Diagnostics { return diags }

// Format returns src in the canonical layout. name is for error messages; src that does not parse is an error (hcl.Diagnostics).
func Format(name string, src []byte) ([]byte, error) { return nil, errors.New("not built yet") }

// Formatted is a file whose layout is not canonical.
type Formatted struct {
	File string // relative to the root's parent
	Diff string // unified diff from what it is to what it should be
}

// FormatTree formats all profiles below root and returns those that were not in the canonical layout, sorted. With check nothing is
// written. Each file is replaced as a whole or not at all.
func FormatTree(root string, check bool) ([]Formatted, error) { return nil, errors.New("not built yet") }
