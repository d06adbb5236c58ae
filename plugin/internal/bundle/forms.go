package bundle

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// WriteZip writes the bundle as a zip: sorted, stored, without times, so that the same bundle has the same bytes.
func (b *Bundle) WriteZip(w io.Writer) error {
	z := zip.NewWriter(w)
	for _, f := range b.Files() {
		if err := writeEntry(z, f); err != nil {
			return fmt.Errorf("write bundle: %s: %w", f.Path, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

func writeEntry(z *zip.Writer, f File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := z.CreateHeader(&zip.FileHeader{Name: f.Path, Method: zip.Store})
	if err != nil {
		return err
	}
	n, err := io.Copy(w, r)
	if err == nil && n != f.Size {
		err = fmt.Errorf("it has %d bytes instead of %d", n, f.Size)
	}
	return err
}

// OpenDir reads the bundle below a folder. It may be used as long as the folder stands; its contents are checked again whenever they are read.
func OpenDir(dir string) (*Bundle, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	defer root.Close()
	b, err := open(root.FS(), apply.Contents(func(sum string) (io.ReadCloser, error) {
		inside, err := os.OpenRoot(dir)
		if err != nil {
			return nil, err
		}
		defer inside.Close()
		return inside.Open(ContentFolder + "/" + sum)
	}))
	if err != nil {
		return nil, fmt.Errorf("open bundle %s: %w", dir, err)
	}
	return b, nil
}

// OpenFS reads the bundle in a tree of files, an image's for example. It may be used as long as the tree can be read.
func OpenFS(files fs.FS) (*Bundle, error) {
	b, err := open(files, func(sum string) (io.ReadCloser, error) { return files.Open(ContentFolder + "/" + sum) })
	if err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	return b, nil
}

// Zip is a bundle in a zip file.
type Zip struct {
	*Bundle
	z *zip.ReadCloser
}

// Close ends the use of the bundle.
func (z *Zip) Close() error { return z.z.Close() }

// OpenZip reads the bundle in a zip file. Entries beside those that the header and the plan name are refused.
func OpenZip(name string) (*Zip, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("open bundle %s: %w", name, err)
	}
	b, err := open(&z.Reader, func(sum string) (io.ReadCloser, error) { return z.Open(ContentFolder + "/" + sum) })
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open bundle %s: %w", name, err), z.Close())
	}
	return &Zip{b, z}, nil
}

// open reads a bundle from a tree of files, of which nothing is trusted.
func open(files fs.FS, contents apply.Contents) (*Bundle, error) {
	header, err := readFile(files, HeaderFile, maxHeader)
	if err != nil {
		return nil, err
	}
	rawPlan, err := readFile(files, PlanFile, plan.MaxBytes)
	if err != nil {
		return nil, err
	}
	b, err := read(header, rawPlan, contents)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool)
	for _, f := range b.Files() {
		known[f.Path] = true
	}
	seen := 0
	return b, fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if seen++; seen > 2*maxContents {
			return fmt.Errorf("it holds more than %d files and folders", 2*maxContents)
		}
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "." || name == ContentFolder):
			return nil
		case !known[name]:
			return fmt.Errorf("%s is no part of it: make the bundle anew", path.Clean(strings.ToValidUTF8(name, "?")))
		}
		return nil
	})
}

// readFile reads one file, bounded.
func readFile(files fs.FS, name string, limit int64) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("%s: it has more than %d bytes", name, limit)
	}
	return data, nil
}
