package wim

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the format's own digest
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Resource flags.
const (
	resFree       = 0x01
	resMetadata   = 0x02
	resCompressed = 0x04
	resSpanned    = 0x08
	resSolid      = 0x10
)

const (
	resourceSize = 24
	maxMetadata  = 1 << 30 // a Windows image has some 30 MB
)

// Hash is the SHA-1 by which a WIM names a blob. The zero Hash stands for
// empty data, which has no blob.
type Hash [sha1.Size]byte

// IsZero reports whether h stands for empty data.
func (h Hash) IsZero() bool { return h == Hash{} }

// String returns h in lower-case hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// hashOf returns the name of the blob with these bytes.
func hashOf(b []byte) Hash {
	if len(b) == 0 {
		return Hash{}
	}
	return sha1.Sum(b) //nolint:gosec // the format's own digest
}

// resource says where a run of bytes lies and how it is stored.
type resource struct {
	size  uint64 // in the file; 56 bits
	flags byte
	off   uint64
	plain uint64 // after decompression
}

func getResource(b []byte) resource {
	v := le.Uint64(b)
	return resource{v & (1<<56 - 1), byte(v >> 56), le.Uint64(b[8:]), le.Uint64(b[16:])}
}

func (r resource) put(b []byte) {
	le.PutUint64(b, r.size|uint64(r.flags)<<56)
	le.PutUint64(b[8:], r.off)
	le.PutUint64(b[16:], r.plain)
}

// check reports what cannot be true of r in a file of size bytes that
// compresses chunk bytes at a time.
func (r resource) check(size int64, chunk uint64) error {
	if r.size == 0 {
		if r.plain != 0 {
			return fmt.Errorf("%d bytes are stored in none", r.plain)
		}
		return nil
	}
	if r.off < headerSize || r.size > uint64(size) || r.off > uint64(size)-r.size {
		return fmt.Errorf("%d bytes at offset %d lie outside the file of %d bytes: it is cut off or damaged", r.size, r.off, size)
	}
	if r.plain == 0 || r.plain > 1<<62 {
		return fmt.Errorf("offset %d: impossible size %d", r.off, r.plain)
	}
	if r.flags&resCompressed == 0 {
		if r.plain != r.size {
			return fmt.Errorf("offset %d: an uncompressed resource has two sizes, %d and %d", r.off, r.size, r.plain)
		}
		return nil
	}
	n := r.chunks(chunk)
	if n-1 > r.size/r.entrySize() {
		return fmt.Errorf("offset %d: %d chunks do not fit into %d bytes", r.off, n, r.size)
	}
	// No chunk is larger than its data, which bounds what readPinned allocates.
	if table := (n - 1) * r.entrySize(); r.size-table > r.plain {
		return fmt.Errorf("offset %d: %d bytes are said to hold %d compressed", r.off, r.size, r.plain)
	}
	return nil
}

func (r resource) chunks(size uint64) uint64 { return (r.plain + size - 1) / size }

// entrySize is the width of one entry of the chunk table.
func (r resource) entrySize() uint64 {
	if r.plain > 1<<32-1 {
		return 8
	}
	return 4
}

// open streams the plain bytes of r, which check has passed.
func (f *File) open(r resource) io.Reader {
	if r.size == 0 {
		return bytes.NewReader(nil)
	}
	if r.flags&resCompressed == 0 {
		return &shortReader{io.NewSectionReader(f.r, int64(r.off), int64(r.size)), int64(r.size), r.off}
	}
	n := r.chunks(f.head.chunk)
	return &chunkReader{f: f, res: r, count: n, end: n}
}

// shortReader turns an early end into an error: the file shrank.
type shortReader struct {
	r    io.Reader
	left int64
	off  uint64
}

func (s *shortReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.left -= int64(n)
	if errors.Is(err, io.EOF) && s.left > 0 {
		err = corrupt("resource at offset %d: %d bytes are missing: the file is cut off", s.off, s.left)
	}
	return n, err
}

// chunkReader decompresses one chunk after the other.
type chunkReader struct {
	f      *File
	res    resource
	count  uint64 // of chunks
	end    uint64 // chunk to stop at
	next   uint64 // chunk
	at     uint64 // start of that chunk, relative to the end of the chunk table
	buf    []byte // rest of the chunk before
	raw    []byte
	out    []byte
	xpress *xpress
	lzx    *lzx
}

func (c *chunkReader) Read(p []byte) (int, error) {
	for len(c.buf) == 0 {
		if c.next == c.end {
			return 0, io.EOF
		}
		if err := c.fill(); err != nil {
			return 0, fmt.Errorf("resource at offset %d, chunk %d: %w", c.res.off, c.next, err)
		}
		c.next++
	}
	n := copy(p, c.buf)
	c.buf = c.buf[n:]
	return n, nil
}

func (c *chunkReader) fill() error {
	r, w := c.res, c.res.entrySize()
	tableSize, size := (c.count-1)*w, c.f.head.chunk
	end := r.size - tableSize
	if c.next < c.count-1 {
		var e [8]byte
		if err := c.f.readAt(e[:w], r.off+c.next*w); err != nil {
			return err
		}
		end = le.Uint64(e[:])
	}
	plain := min(size, r.plain-c.next*size)
	if end <= c.at || end > r.size-tableSize || end-c.at > plain {
		return corrupt("it spans %d to %d of %d bytes", c.at, end, r.size-tableSize)
	}
	if c.raw == nil {
		c.raw, c.out = make([]byte, min(size, r.plain)), make([]byte, min(size, r.plain))
	}
	raw := c.raw[:end-c.at]
	if err := c.f.readAt(raw, r.off+tableSize+c.at); err != nil {
		return err
	}
	c.at = end
	if uint64(len(raw)) == plain { // kept as it was: compression did not help
		c.buf = raw
		return nil
	}
	return c.unpack(raw, c.out[:plain])
}

// unpack makes out, decompressed from raw, the next that is read.
func (c *chunkReader) unpack(raw, out []byte) error {
	var err error
	switch head := c.f.head; {
	case head.flags&hdrCompressed == 0:
		err = corrupt("it is compressed, but the header names no compression")
	case head.isXPRESS():
		if c.xpress == nil {
			c.xpress = new(xpress)
		}
		err = c.xpress.unpack(raw, out)
	default:
		if c.lzx == nil {
			c.lzx = newLZX()
		}
		err = c.lzx.unpack(raw, out, int(head.chunk))
	}
	if err == nil {
		c.buf = out
	}
	return err
}

func (f *File) readAt(p []byte, off uint64) error {
	n, err := f.r.ReadAt(p, int64(off))
	if n == len(p) {
		return nil
	}
	if err == io.EOF || err == nil {
		return corrupt("offset %d: the file is cut off", off+uint64(n))
	}
	return fmt.Errorf("read offset %d: %w", off, err)
}

// pin is a run of the file's bytes that decisions were taken on. An edit
// compares it with what it copies.
type pin struct {
	off int64
	raw []byte
}

// ReadAt makes a pin stand in for the file it was read from.
func (p pin) ReadAt(b []byte, off int64) (int, error) {
	return bytes.NewReader(p.raw).ReadAt(b, off-p.off)
}

// readPinned returns the plain bytes of r and the stored ones. Memory grows
// with what is really there, so that a lying size costs nothing.
func (f *File) readPinned(r resource) ([]byte, pin, error) {
	if r.plain > maxMetadata {
		return nil, pin{}, corrupt("resource at offset %d has %d bytes, more than the %d allowed", r.off, r.plain, maxMetadata)
	}
	p := pin{int64(r.off), make([]byte, r.size)}
	if err := f.readAt(p.raw, r.off); err != nil {
		return nil, pin{}, err
	}
	if r.flags&resCompressed == 0 {
		return bytes.Clone(p.raw), p, nil
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom((&File{r: p, head: f.head}).open(r)); err != nil {
		return nil, pin{}, err
	}
	return b.Bytes(), p, nil
}

// hashReader checks size and SHA-1 when the end is reached.
type hashReader struct {
	r    io.Reader
	sum  hash.Hash
	want Hash
}

var errDigest = errors.New("the data does not have the SHA-1 that the file states")

func newHashReader(r io.Reader, want Hash) *hashReader {
	return &hashReader{r: r, sum: sha1.New(), want: want} //nolint:gosec // the format's own digest
}

func (h *hashReader) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.sum.Write(p[:n])
	if errors.Is(err, io.EOF) && !h.want.IsZero() && Hash(h.sum.Sum(nil)) != h.want {
		err = fmt.Errorf("%w: blob %s: %w", ErrCorrupt, h.want, errDigest)
	}
	return n, err
}
