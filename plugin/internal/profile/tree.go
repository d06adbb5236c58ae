package profile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// Limits of what is read. They are far above what people write and far below what hurts.
const (
	maxFileSize = 1 << 20  // bytes of one HCL file
	maxFiles    = 4096     // HCL files of one tree
	maxTreeSize = 32 << 20 // bytes of all of them
	maxNesting  = 100      // brackets and templates inside each other: the parser recurses
	maxOperator = 20000    // operators and brackets of one file: evaluation recurses along chains of them
	lockSuffix  = ".lock.hcl"
)

// folders are the parts of a tree that hold HCL.
func folders() []string { return []string{"bases", "modules", "products", "images"} }

// FindRoot walks up from a file or folder of a profile tree to the folder that holds modules/ and bases/.
func FindRoot(name string) (string, error) {
	dir, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("find the profile root of %q: %w", name, err)
	}
	if _, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("find the profile root of %q: %w", name, err)
	}
	for {
		modules, err := isDir(filepath.Join(dir, "modules"))
		bases, berr := isDir(filepath.Join(dir, "bases"))
		if err := errors.Join(err, berr); err != nil {
			return "", fmt.Errorf("find the profile root of %q: %w", name, err)
		}
		if modules && bases {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("find the profile root of %q: no folder above it holds both modules/ and bases/", name)
		}
		dir = parent
	}
}

// isDir reports whether a folder is there. What nobody may look into is none; what the disk does not tell is an error, and not a tree that
// begins further up.
func isDir(name string) (bool, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil:
		return info.IsDir(), nil
	case errors.Is(err, syscall.EIO):
		return false, err
	}
	return false, nil
}

// dirFS is a folder that no name and no symbolic link leaves.
type dirFS string

func (d dirFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, err
	}
	defer root.Close() // what was opened stays open
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil { // a nil *os.File is no nil fs.File
		return nil, outside(err)
	}
	return f, nil
}

// Stat does not open, so that a pipe named like a profile cannot stop the program.
func (d dirFS) Stat(name string) (fs.FileInfo, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(filepath.FromSlash(name))
	return info, outside(err)
}

// errOutside is a symbolic link that leads out of the tree.
var errOutside = errors.New("a symbolic link leads out of the profile tree")

// outside makes errOutside of what os.Root says of such a link, which it has no exported error for.
func outside(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) && pe.Err.Error() == "path escapes from parent" {
		return &fs.PathError{Op: pe.Op, Path: pe.Path, Err: errOutside}
	}
	return err
}

// source is one HCL file of the tree.
type source struct {
	path string // slash path relative to the root
	name string // as messages name it
	src  []byte
}

// sources finds and reads the tree's HCL files, sorted by path.
func sources(fsys fs.FS, rootName string, diags *hcl.Diagnostics) []source {
	var found []source
	total := 0
	if _, err := fs.Stat(fsys, "."); err != nil {
		*diags = append(*diags, unread(rootName, "Profile folder not found", "It cannot be opened: %s.", err))
		return nil
	}
	for _, folder := range folders() {
		if _, err := fs.Stat(fsys, folder); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			*diags = append(*diags, unread(path.Join(rootName, folder), "Unreadable folder", "It cannot be read: %s.", err))
			continue
		}
		walkErr := fs.WalkDir(fsys, folder, func(p string, d fs.DirEntry, err error) error {
			name := path.Join(rootName, p)
			if err != nil {
				*diags = append(*diags, unread(name, "Unreadable folder", "It cannot be read: %s.", err))
				return fs.SkipDir
			}
			if !isProfile(fsys, p, name, d, diags) {
				return nil
			}
			if len(found) == maxFiles {
				*diags = append(*diags, fileError(name, "Too many profile files", fmt.Sprintf("Only %d HCL files are read from one tree. Split it, or move what is not needed out of it.", maxFiles)))
				return fs.SkipAll
			}
			if src, ok := readProfile(fsys, p, name, diags); ok {
				found = append(found, source{p, name, src})
				total += len(src)
			}
			if total > maxTreeSize {
				*diags = append(*diags, fileError(name, "Profile tree too large", fmt.Sprintf("With this file the HCL files of the tree have %d bytes; only %d are read.", total, maxTreeSize)))
				return fs.SkipAll
			}
			return nil
		})
		if walkErr != nil {
			*diags = append(*diags, unread(path.Join(rootName, folder), "Unreadable folder", "It cannot be read: %s.", walkErr))
		}
	}
	slices.SortFunc(found, func(a, b source) int { return strings.Compare(a.path, b.path) })
	checkCase(found, diags)
	return found
}

// isProfile says whether p is an HCL file to read; links are followed by the file system, which refuses those that leave the tree.
func isProfile(fsys fs.FS, p, name string, d fs.DirEntry, diags *hcl.Diagnostics) bool {
	base := path.Base(p)
	if d.Type()&fs.ModeSymlink != 0 {
		info, err := fs.Stat(fsys, p)
		if err == nil && info.IsDir() {
			*diags = append(*diags, fileError(name, "Link to a folder", "Links to folders are not followed. Put the folder itself there."))
			return false
		}
		if err != nil && !strings.HasPrefix(base, ".") || err == nil && strings.HasSuffix(base, ".hcl") && !info.Mode().IsRegular() {
			*diags = append(*diags, fileError(name, "Link out of the profile tree", "It does not lead to a file inside the profile tree. Put the file itself there."))
			return false
		}
	} else if !d.Type().IsRegular() {
		return false
	}
	return strings.HasSuffix(base, ".hcl") && !strings.HasSuffix(base, lockSuffix) && !strings.HasPrefix(base, ".")
}

func readProfile(fsys fs.FS, p, name string, diags *hcl.Diagnostics) ([]byte, bool) {
	src, err := readLimited(fsys, p, maxFileSize)
	var large *tooLargeError
	switch {
	case errors.As(err, &large):
		*diags = append(*diags, fileError(name, "Profile file too large", fmt.Sprintf("It has %d bytes; no profile file may have more than %d. It was not read.", large.size, maxFileSize)))
		return nil, false
	case err != nil:
		*diags = append(*diags, unread(name, "Unreadable profile file", "It cannot be read: %s.", err))
		return nil, false
	}
	return src, true
}

type tooLargeError struct{ size int64 }

func (e *tooLargeError) Error() string { return fmt.Sprintf("%d bytes are too many", e.size) }

func readLimited(fsys fs.FS, p string, limit int64) ([]byte, error) {
	info, err := fs.Stat(fsys, p)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if info.Size() > limit {
		return nil, &tooLargeError{info.Size()}
	}
	f, err := fsys.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(src)) > limit {
		return nil, &tooLargeError{int64(len(src))}
	}
	return src, err
}

// TooComplex returns an error for HCL that nests deeper, or has more operators, than the recursive parser and evaluator should see. It looks
// at tokens only. nil means that src may be parsed.
func TooComplex(src []byte, name string) *hcl.Diagnostic {
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos) // the parser reports what is wrong with tokens
	return tooComplex(tokens)
}

func tooComplex(tokens hclsyntax.Tokens) *hcl.Diagnostic {
	depth, operators := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl, hclsyntax.TokenOQuote:
			depth++
			operators++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote:
			depth--
		case hclsyntax.TokenBang, hclsyntax.TokenMinus, hclsyntax.TokenPlus, hclsyntax.TokenStar, hclsyntax.TokenSlash, hclsyntax.TokenPercent,
			hclsyntax.TokenQuestion, hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual,
			hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq, hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq:
			operators++
		}
		if depth > maxNesting || operators > maxOperator {
			return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Profile file too complex", Subject: t.Range.Ptr(),
				Detail: fmt.Sprintf("Brackets may stand %d deep, and one file may have %d brackets, strings and operators. Split the file, or the expression. It was not read.", maxNesting, maxOperator)}
		}
	}
	return nil
}

// checkCase refuses files that are one file on Windows.
func checkCase(found []source, diags *hcl.Diagnostics) {
	seen := map[string]string{}
	for _, f := range found {
		folded := upcase.Fold(f.path)
		if other, ok := seen[folded]; ok {
			*diags = append(*diags, fileError(f.name, "Names differ in case only", fmt.Sprintf("%q and %q are one file on Windows. Rename one of them.", other, f.name)))
			continue
		}
		seen[folded] = f.name
	}
}

// reason is an error without the path, which the message already names.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
