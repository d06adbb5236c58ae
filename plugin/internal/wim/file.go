package wim

import (
	"fmt"
	"io"
	"os"
)

// File is an open WIM. It reads through the io.ReaderAt it was opened on and
// may be used by several goroutines if that may.
type File struct {
	r      io.ReaderAt
	size   int64
	stat   os.FileInfo // nil when the reader has none
	head   *header
	table  *lookup
	xmlRaw []byte
	images []ImageInfo
	pins   []pin // what the tables were read from
}

type stater interface{ Stat() (os.FileInfo, error) }

// Open reads header, lookup table and XML of a WIM of size bytes. Errors are
// ErrUnsupported, ErrCorrupt or the reader's own. The caller closes r when it
// is done with the File.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, size: size}
	if s, ok := r.(stater); ok {
		st, err := s.Stat()
		if err != nil {
			return nil, fmt.Errorf("open WIM: %w", err)
		}
		f.stat = st
	}
	if err := f.load(); err != nil {
		return nil, fmt.Errorf("open WIM: %w", err)
	}
	return f, nil
}

func (f *File) load() error {
	if f.size < headerSize {
		return corrupt("%d bytes are less than a header", f.size)
	}
	raw := make([]byte, headerSize)
	err := f.readAt(raw, 0)
	if err != nil {
		return err
	}
	if f.head, err = parseHeader(raw, f.size); err != nil {
		return err
	}
	f.pins = append(f.pins, pin{0, raw})
	table, err := f.readNamed("lookup table", f.head.table)
	if err != nil {
		return err
	}
	if f.table, err = parseLookup(table, f.size, f.head.chunk); err != nil {
		return err
	}
	if n := len(f.table.images); n != int(f.head.images) {
		return corrupt("the lookup table has %d images, the header %d", n, f.head.images)
	}
	if f.xmlRaw, err = f.readNamed("XML", f.head.xml); err != nil {
		return err
	}
	if f.images, err = parseXML(f.xmlRaw); err != nil {
		return err
	}
	if len(f.images) != len(f.table.images) {
		return corrupt("the XML has %d images, the header %d", len(f.images), f.head.images)
	}
	return nil
}

// readNamed reads one of the two resources that the header names.
func (f *File) readNamed(name string, r resource) ([]byte, error) {
	b, p, err := f.readPinned(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f.pins = append(f.pins, p)
	return b, nil
}

// Size is the length of the file in bytes.
func (f *File) Size() int64 { return f.size }

// GUID is the file's identifier, as it stands in the header.
func (f *File) GUID() [16]byte { return [16]byte(f.head.raw[offGUID:]) }

// Compression is "none", "XPRESS" or "LZX".
func (f *File) Compression() string {
	switch {
	case f.head.flags&hdrCompressed == 0:
		return "none"
	case f.head.isXPRESS():
		return "XPRESS"
	}
	return "LZX"
}

// ChunkSize is how many bytes are compressed together, 0 where nothing is.
func (f *File) ChunkSize() uint64 {
	if f.head.flags&hdrCompressed == 0 {
		return 0
	}
	return f.head.chunk
}

// HasIntegrity reports an integrity table. VerifyIntegrity checks it; an edited
// file has none.
func (f *File) HasIntegrity() bool { return f.head.integrity.size != 0 }

// BootIndex is the image that Windows Setup boots, 0 for none.
func (f *File) BootIndex() int { return int(f.head.boot) }

// metadata reads and checks the metadata resource of an image (1-based).
func (f *File) metadata(index int) ([]byte, pin, error) {
	if index < 1 || index > len(f.table.images) {
		return nil, pin{}, fmt.Errorf("image %d: the WIM has %d", index, len(f.table.images))
	}
	e := f.table.rows[f.table.images[index-1]]
	b, p, err := f.readPinned(e.resource)
	if err != nil {
		return nil, pin{}, fmt.Errorf("image %d: metadata: %w", index, err)
	}
	if hashOf(b) != e.hash {
		return nil, pin{}, fmt.Errorf("image %d: metadata at offset %d: %w: %w", index, e.off, ErrCorrupt, errDigest)
	}
	return b, p, nil
}

// parse reads an image and makes sure that every blob it names is there.
func (f *File) parse(index int) (*metadata, pin, error) {
	b, p, err := f.metadata(index)
	if err != nil {
		return nil, p, err
	}
	m, err := parseMetadata(b)
	if err != nil {
		return nil, p, fmt.Errorf("image %d: %w", index, err)
	}
	err = m.root.walk(func(n *node) error {
		var missing error
		n.hashes(func(h Hash) {
			if _, ok := f.table.blob(h); !ok {
				missing = corrupt("image %d: %s names blob %s, which the lookup table lacks", index, n.path(), h)
			}
		})
		return missing
	})
	return m, p, err
}
