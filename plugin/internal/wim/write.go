package wim

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
)

// Output is where a WIM is written: an *os.File, or something like it. It is
// emptied first, and read again for its digest. Sync may be called while others
// are under way, as an *os.File allows.
type Output interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Sync() error
}

// Digest is a SHA-256.
type Digest [sha256.Size]byte

// String returns d in lower-case hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Result says what was written.
type Result struct {
	BaseSHA256       Digest // of the whole base; zero for a new WIM
	BaseSize         int64
	SHA256           Digest // of the whole output
	Size             int64
	GUID             [16]byte
	BlobsAdded       int
	BytesAppended    int64
	ImagesDropped    int  // other images of the base; their bytes stay, unreferenced
	IntegrityDropped bool // the base had an integrity table, the output has none
	Cloned           bool // the file system shares the base's blocks; says nothing of the bytes
	Notes            []string
}

// WriteTo writes the edited WIM in one pass: the base as it is, what is new,
// and the header last. It holds one image, number 1. Both digests come from the
// bytes of that pass. When an error is returned, also that of ctx, the output
// is unusable by design (its header is zero) and the caller removes it. The base
// itself is refused as output. ErrChanged tells that the base or a content
// changed. progress may be nil; it is called with bytes from this goroutine.
func (e *Editor) WriteTo(ctx context.Context, out Output, progress func(done, total int64)) (Result, error) {
	r, err := e.write(ctx, out, progress)
	if err != nil {
		return Result{}, fmt.Errorf("write WIM: %w", err)
	}
	return r, nil
}

func (e *Editor) write(ctx context.Context, out Output, progress func(done, total int64)) (Result, error) {
	if e.failed != nil { // before out is emptied
		return Result{}, e.layoutError()
	}
	c, err := e.file.Begin(ctx, out)
	if err != nil {
		return Result{}, err
	}
	defer c.Stop()
	return e.finish(c, progress)
}

// Finish is WriteTo into the output of a copy that Begin has started on the same file. It ends the copy, whatever it returns.
func (e *Editor) Finish(c *Copy, progress func(done, total int64)) (Result, error) {
	defer c.Stop()
	r, err := e.finish(c, progress)
	if err != nil {
		return Result{}, fmt.Errorf("write WIM: %w", err)
	}
	return r, nil
}

func (e *Editor) finish(c *Copy, progress func(done, total int64)) (Result, error) {
	if c.file != e.file {
		return Result{}, errors.New("the copy is one of another file")
	}
	l, err := e.layout()
	if err != nil {
		return Result{}, err
	}
	w := &writer{ctx: c.ctx, out: c.out, sum: sha256.New(), total: l.size, progress: progress, copy: c}
	w.sum.Write(l.head[:])
	base, err := c.follow(w, append(e.file.pins[1:len(e.file.pins):len(e.file.pins)], e.pin)) // the first is the header
	if err != nil {
		return Result{}, err
	}
	if err := e.file.unchanged(); err != nil {
		return Result{}, err
	}
	if err := w.finish(l); err != nil {
		return Result{}, err
	}
	r := e.about(l, c.cloned)
	r.BaseSHA256, r.SHA256 = base, Digest(w.sum.Sum(nil))
	return r, nil
}

// notInto refuses the file itself as output.
func (f *File) notInto(out Output) error {
	s, ok := out.(stater)
	if !ok || f.stat == nil {
		return nil
	}
	st, err := s.Stat()
	if err != nil {
		return err
	}
	if os.SameFile(st, f.stat) {
		return errors.New("the output is the base itself; write to another file")
	}
	return nil
}

// unchanged reports a file that was written to since Open.
func (f *File) unchanged() error {
	s, ok := f.r.(stater)
	if !ok {
		return nil
	}
	st, err := s.Stat()
	if err != nil {
		return err
	}
	if old := f.stat; st.Size() != old.Size() || !st.ModTime().Equal(old.ModTime()) {
		return fmt.Errorf("base of %d bytes of %s, then %d of %s: %w", old.Size(), old.ModTime().UTC(), st.Size(), st.ModTime().UTC(), ErrChanged)
	}
	return nil
}

// writer appends to an output, and hashes what a reader of the finished file
// will see.
type writer struct {
	ctx      context.Context //nolint:containedctx // it lives as long as one call
	out      Output
	sum      hash.Hash
	at       int64
	total    int64
	progress func(done, total int64)
	copy     *Copy // of the base; nil for a new WIM
}

// Write appends p.
func (w *writer) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	for at := 0; at < len(p); at += writeSize {
		n, err := w.out.WriteAt(p[at:min(at+writeSize, len(p))], w.at)
		if err != nil {
			return at + n, err
		}
		w.advance(int64(n))
	}
	w.sum.Write(p)
	return len(p), nil
}

func (w *writer) advance(n int64) {
	w.at += n
	if w.progress != nil {
		w.progress(w.at, w.total)
	}
}

// finish appends what is new and then, when all else is on disk, the header.
func (w *writer) finish(l *layout) error {
	buf := make([]byte, 1<<20)
	for _, c := range l.blobs {
		if err := c.copyTo(w, buf); err != nil {
			return err
		}
	}
	if _, err := w.Write(l.tail); err != nil {
		return err
	}
	if w.at != l.size {
		return fmt.Errorf("wrote %d bytes instead of %d", w.at, l.size)
	}
	flushed := make(chan error, 1)
	go func() { flushed <- errors.Join(w.copy.flush(), w.out.Sync()) }()
	err := w.copy.look(l)
	if err := cmp.Or(<-flushed, err, w.ctx.Err()); err != nil {
		return err
	}
	if _, err := w.out.WriteAt(l.head[:], 0); err != nil {
		return err
	}
	return w.out.Sync()
}
