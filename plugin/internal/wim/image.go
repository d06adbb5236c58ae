package wim

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// Image is the tree of one image, read only. Paths are taken from its root
// with slashes or backslashes, in any case, as Windows takes them.
type Image struct {
	file  *File
	index int
	meta  *metadata
}

// Image reads the tree of an image (1-based) and checks its SHA-1 and that all
// blobs it names exist.
func (f *File) Image(index int) (*Image, error) {
	m, _, err := f.parse(index)
	if err != nil {
		return nil, err
	}
	return &Image{f, index, m}, nil
}

// Info describes the image, as the WIM's XML does.
func (m *Image) Info() ImageInfo { return m.file.images[m.index-1] }

// Stat describes one entry. The error is fs.ErrNotExist where there is none.
func (m *Image) Stat(path string) (Info, error) {
	n, err := m.meta.root.find(path)
	if err != nil {
		return Info{}, err
	}
	return m.info(n), nil
}

// ReadDir lists a directory in the order in which it is stored.
func (m *Image) ReadDir(path string) ([]Info, error) {
	n, err := m.meta.root.find(path)
	if err != nil {
		return nil, err
	}
	if !n.isDir() {
		return nil, fmt.Errorf("%s: not a directory", n.path())
	}
	out := make([]Info, 0, len(n.kids))
	for _, k := range n.kids {
		out = append(out, m.info(k))
	}
	return out, nil
}

// Walk calls f for the entry at path and all below it, parents first, in
// stored order. fs.SkipDir and fs.SkipAll work as in fs.WalkDir.
func (m *Image) Walk(path string, f func(Info) error) error {
	n, err := m.meta.root.find(path)
	if err != nil {
		return err
	}
	err = m.walk(n, f)
	if errors.Is(err, fs.SkipAll) || errors.Is(err, fs.SkipDir) {
		return nil
	}
	return err
}

func (m *Image) walk(n *node, f func(Info) error) error {
	if err := f(m.info(n)); err != nil {
		return err
	}
	for _, k := range n.kids {
		err := m.walk(k, f)
		if errors.Is(err, fs.SkipDir) {
			if k.isDir() {
				continue
			}
			return nil // a file skips the rest of its directory
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Open streams the unnamed data of a file. Its SHA-1 is checked at the end: the
// last Read gives ErrCorrupt instead of io.EOF where it is wrong.
func (m *Image) Open(path string) (io.ReadCloser, error) {
	return m.OpenStream(path, "")
}

// OpenStream streams a named data stream, or with an empty name the unnamed
// data, as Open does.
func (m *Image) OpenStream(path, stream string) (io.ReadCloser, error) {
	n, err := m.meta.root.find(path)
	if err != nil {
		return nil, err
	}
	h, err := n.stream(stream)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(m.file.openBlob(h, n.path())), nil
}

// stream finds the blob of a stream that can be read.
func (n *node) stream(name string) (Hash, error) {
	switch a := n.attributes(); {
	case a&AttrEncrypted != 0:
		return Hash{}, fmt.Errorf("%s: %w", n.path(), unsupported("the file is encrypted with EFS; decrypt it on Windows (cipher /d) before the capture"))
	case name == "" && a&AttrReparse != 0:
		return Hash{}, fmt.Errorf("%s: a reparse point (tag %#x) has no data of its own", n.path(), n.reparseTag())
	case name == "" && a&AttrDirectory != 0:
		return Hash{}, fmt.Errorf("%s: is a directory", n.path())
	case name == "":
		_, h := n.unnamed()
		return h, nil
	}
	for _, s := range n.streams {
		if streamNamed(s) && upcase.Equal(streamTitle(s), name) {
			return Hash(s[streamHash:]), nil
		}
	}
	return Hash{}, fmt.Errorf("%s: no stream %q: %w", n.path(), name, fs.ErrNotExist)
}

// openBlob streams a blob that parse found in the table.
func (f *File) openBlob(h Hash, path string) io.Reader {
	if h.IsZero() {
		return strings.NewReader("")
	}
	e, _ := f.table.blob(h)
	return &pathReader{newHashReader(f.open(e.resource), h), path}
}

// pathReader puts the path before errors.
type pathReader struct {
	r    io.Reader
	path string
}

func (p *pathReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s: %w", p.path, err)
	}
	return n, err
}

// ReadFile returns the data of a file of at most limit bytes, checked by its
// SHA-1.
func (m *Image) ReadFile(path string, limit int64) ([]byte, error) {
	n, err := m.meta.root.find(path)
	if err != nil {
		return nil, err
	}
	h, err := n.stream("")
	if err != nil {
		return nil, err
	}
	if size := m.file.blobSize(h); size > limit {
		return nil, fmt.Errorf("%s: %d bytes are more than the %d allowed", n.path(), size, limit)
	}
	return m.file.readBlob(h, n.path())
}

// ReadReparse returns the data of a reparse point, without the tag.
func (m *Image) ReadReparse(path string) ([]byte, error) {
	n, err := m.meta.root.find(path)
	if err != nil {
		return nil, err
	}
	if n.attributes()&AttrReparse == 0 {
		return nil, fmt.Errorf("%s: no reparse point", n.path())
	}
	h, _ := n.unnamed()
	if size := m.file.blobSize(h); size > 16<<10 { // MAXIMUM_REPARSE_DATA_BUFFER_SIZE
		return nil, fmt.Errorf("%s: %w", n.path(), corrupt("reparse data of %d bytes", size))
	}
	return io.ReadAll(m.file.openBlob(h, n.path()))
}

func (f *File) blobSize(h Hash) int64 {
	e, _ := f.table.blob(h)
	return int64(e.plain)
}
