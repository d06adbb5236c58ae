package wim

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// Spool is where a draft keeps what it appends: an *os.File, or something like it, and empty.
type Spool interface {
	io.ReaderAt
	io.Writer
}

// Draft is an edited WIM that is not written: the base's own bytes, a new header, and what is appended. It reads as the written file
// would, byte for byte, so that it can be judged, and hashed, without room for it.
type Draft struct {
	file  *File
	head  [headerSize]byte
	tail  Spool
	size  int64
	pins  []pin
	about Result
}

// Draft lays the edited WIM out and writes what it appends into spool, which must stay for as long as the draft is read.
func (e *Editor) Draft(ctx context.Context, spool Spool) (*Draft, error) {
	l, err := e.layout()
	if err != nil {
		return nil, fmt.Errorf("draft WIM: %w", err)
	}
	buf := make([]byte, writeSize)
	for _, c := range l.blobs {
		if err = ctx.Err(); err == nil {
			err = c.copyTo(spool, buf)
		}
		if err != nil {
			return nil, fmt.Errorf("draft WIM: %w", err)
		}
	}
	if _, err := spool.Write(l.tail); err != nil {
		return nil, fmt.Errorf("draft WIM: %w", err)
	}
	return &Draft{
		file: e.file, head: l.head, tail: spool, size: l.size,
		pins:  append(e.file.pins[1:len(e.file.pins):len(e.file.pins)], e.pin),
		about: e.about(l, false),
	}, nil
}

// Size is the length of the WIM in bytes.
func (d *Draft) Size() int64 { return d.size }

// ReadAt reads as from the written file.
func (d *Draft) ReadAt(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) && off < d.size {
		var n int
		var err error
		rest := p[done:]
		switch {
		case off < 0:
			return 0, fmt.Errorf("read at %d", off)
		case off < headerSize:
			n = copy(rest, d.head[off:])
		case off < d.file.size:
			n, err = d.file.r.ReadAt(rest[:min(int64(len(rest)), d.file.size-off)], off)
		default:
			n, err = d.tail.ReadAt(rest[:min(int64(len(rest)), d.size-off)], off-d.file.size)
		}
		done += n
		off += int64(n)
		if err != nil && (!errors.Is(err, io.EOF) || n == 0) {
			return done, err
		}
	}
	if done < len(p) {
		return done, io.EOF
	}
	return done, nil
}

// Digest reads the draft once. ErrChanged tells that the base did. The Result has no digest of the base.
func (d *Draft) Digest(ctx context.Context) (Result, error) {
	sum := sha256.New()
	b := &block{buf: make([]byte, copyBlock)}
	for ; b.off < d.size; b.off += int64(len(b.data)) {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		b.data = b.buf[:min(copyBlock, d.size-b.off)]
		if n, err := d.ReadAt(b.data, b.off); n < len(b.data) {
			return Result{}, fmt.Errorf("read draft at offset %d: %w", b.off+int64(n), err)
		}
		for _, p := range d.pins {
			if err := p.compare(b); err != nil {
				return Result{}, err
			}
		}
		sum.Write(b.data)
	}
	if err := d.file.unchanged(); err != nil {
		return Result{}, err
	}
	r := d.about
	r.SHA256 = Digest(sum.Sum(nil))
	return r, nil
}

// about is what is known of a result before anything is copied.
func (e *Editor) about(l *layout, cloned bool) Result {
	return Result{
		BaseSize: e.file.size, Size: l.size, GUID: [16]byte(l.head[offGUID:]), BlobsAdded: len(l.blobs), BytesAppended: l.size - e.file.size,
		ImagesDropped: len(e.file.images) - 1, IntegrityDropped: e.file.HasIntegrity(), Cloned: cloned, Notes: e.notes,
	}
}
