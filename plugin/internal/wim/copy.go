package wim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
	"sync/atomic"
)

const (
	copyBlock  = 4 << 20
	copyBlocks = 4
	// writeSize is how much one call writes: Linux takes much longer over a page cache that grows by megabytes at a time.
	writeSize = 256 << 10
)

// Copy is a base on its way into an output, begun before it is known what will be appended. An Editor's Finish ends it well, Stop ends it
// otherwise; one of the two must be called.
type Copy struct {
	file   *File
	out    Output
	cloned bool
	ctx    context.Context //nolint:containedctx // it lives as long as the copy
	cancel context.CancelFunc
	placed atomic.Int64  // bytes of the base that are in the output
	moved  chan struct{} // placed has grown
	done   chan struct{} // err is known
	err    error
	// flushed is closed when what was copied has been asked onto the disk, which then works while digests catch up and the tail is written.
	flushed   chan struct{}
	flushErr  error
	meanwhile func(r io.ReaderAt, size int64) error
}

// Begin starts to copy the file into out, all but its header, and returns at once: most of an edit is spent on hives, and the disk need not
// wait for it. What is appended, and both digests, come with Finish. The file itself is refused as output.
func (f *File) Begin(ctx context.Context, out Output) (*Copy, error) {
	if err := errors.Join(ctx.Err(), f.notInto(out)); err != nil {
		return nil, err
	}
	if err := out.Truncate(0); err != nil {
		return nil, err
	}
	c := &Copy{file: f, out: out, moved: make(chan struct{}, 1), done: make(chan struct{}), flushed: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancel(ctx)
	c.cloned = clone(out, f.r, f.size)
	go func() {
		defer close(c.flushed)
		c.err = c.run()
		close(c.done)
		if c.err == nil {
			c.flushErr = out.Sync()
		}
	}()
	return c, nil
}

// Meanwhile has do called by Finish when all is written but the header, while the disk is still at work. It reads what the finished file will
// be: its first bytes from memory, all others from the output. When it fails, so does Finish, and the header stays zero.
func (c *Copy) Meanwhile(do func(r io.ReaderAt, size int64) error) { c.meanwhile = do }

// look calls what runs meanwhile.
func (c *Copy) look(l *layout) error {
	if c == nil || c.meanwhile == nil {
		return nil
	}
	return c.meanwhile(headed{c.out, l.head[:]}, l.size)
}

// flush waits for what was copied to be on the disk.
func (c *Copy) flush() error {
	if c == nil {
		return nil
	}
	<-c.flushed
	return c.flushErr
}

// headed is an output with the header that it will have.
type headed struct {
	io.ReaderAt
	head []byte
}

// ReadAt reads as from the finished file.
func (h headed) ReadAt(p []byte, off int64) (int, error) {
	n, err := h.ReaderAt.ReadAt(p, off)
	if off >= 0 && off < int64(len(h.head)) {
		copy(p[:n], h.head[off:])
	}
	return n, err
}

// Stop ends a copy and waits for it. The output is unusable: its header is zero. After Finish it does nothing.
func (c *Copy) Stop() {
	c.cancel()
	<-c.flushed
}

// run copies. The system does it where it can, which spares each byte two ways through this program.
func (c *Copy) run() error {
	size := c.file.size
	buf := make([]byte, min(copyBlock, size))
	if err := c.first(buf); err != nil {
		return err
	}
	system := true
	for off := int64(len(buf)); off < size && !c.cloned; {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		n := min(copyBlock, size-off)
		if system {
			moved, err := copyRange(c.out, c.file.r, off, n)
			if err != nil {
				return err
			}
			if system = moved > 0; system {
				off += moved
				c.arrived(off)
				continue
			}
		}
		if err := c.move(buf[:n], off); err != nil {
			return err
		}
		off += n
		c.arrived(off)
	}
	c.arrived(size)
	return nil
}

// first copies the first block with zeros for a header.
func (c *Copy) first(buf []byte) error {
	if err := c.file.readAt(buf, 0); err != nil {
		return err
	}
	if !bytes.Equal(buf[:headerSize], c.file.head.raw[:]) {
		return fmt.Errorf("base at offset 0: %w", ErrChanged)
	}
	clear(buf[:headerSize])
	return c.put(buf, 0)
}

func (c *Copy) move(buf []byte, off int64) error {
	if err := c.file.readAt(buf, uint64(off)); err != nil {
		return err
	}
	return c.put(buf, off)
}

func (c *Copy) put(b []byte, off int64) error {
	for at := 0; at < len(b); at += writeSize {
		if _, err := c.out.WriteAt(b[at:min(at+writeSize, len(b))], off+int64(at)); err != nil {
			return err
		}
	}
	return nil
}

func (c *Copy) arrived(to int64) {
	c.placed.Store(to)
	select {
	case c.moved <- struct{}{}:
	default: // nobody has looked at the last one yet
	}
}

// await waits until the output has the first bytes of the base, up to an offset.
func (c *Copy) await(to int64) error {
	for c.placed.Load() < to {
		select {
		case <-c.moved:
		case <-c.done:
			if c.err != nil {
				return c.err
			}
		case <-c.ctx.Done():
			return c.ctx.Err()
		}
	}
	return nil
}

// block is a piece of the base on its way through both digests.
type block struct {
	buf  []byte
	data []byte
	off  int64
	left atomic.Int32 // digests that still need it
}

// follow reads what has arrived in the output and puts it into the digest of the base and that of the output, side by side. So both are
// digests of the bytes that stand in the output. It returns when all of the base is there.
func (c *Copy) follow(w *writer, pins []pin) (Digest, error) {
	base := sha256.New()
	base.Write(c.file.head.raw[:])
	free := make(chan *block, copyBlocks)
	for range copyBlocks {
		free <- &block{buf: make([]byte, min(copyBlock, c.file.size))}
	}
	var wait sync.WaitGroup
	var queues []chan *block
	for _, sum := range []hash.Hash{base, w.sum} {
		q := make(chan *block, copyBlocks)
		queues = append(queues, q)
		wait.Go(func() {
			for b := range q {
				sum.Write(b.data)
				if b.left.Add(-1) == 0 {
					free <- b
				}
			}
		})
	}
	err := c.feed(w, pins, free, queues)
	for _, q := range queues {
		close(q)
	}
	wait.Wait()
	if err != nil {
		return Digest{}, err
	}
	<-c.done
	return Digest(base.Sum(nil)), c.err
}

// feed reads the output, but for its header.
func (c *Copy) feed(w *writer, pins []pin, free <-chan *block, queues []chan *block) error {
	var back io.ReaderAt = c.out
	if c.cloned {
		back = c.file.r // the same bytes, and these are in memory
	}
	for off := int64(headerSize); off < c.file.size; {
		b := <-free
		b.data, b.off = b.buf[:min(copyBlock-off%copyBlock, c.file.size-off)], off
		off += int64(len(b.data))
		if err := c.await(off); err != nil {
			return err
		}
		if n, err := back.ReadAt(b.data, b.off); n < len(b.data) {
			return fmt.Errorf("read back offset %d: %w", b.off+int64(n), err)
		}
		for _, p := range pins {
			if err := p.compare(b); err != nil {
				return err
			}
		}
		b.left.Store(int32(len(queues)))
		for _, q := range queues {
			q <- b
		}
		w.advance(off - w.at)
	}
	return nil
}

// compare reports where the block differs from what decisions were taken on.
func (p pin) compare(b *block) error {
	from, to := max(p.off, b.off), min(p.off+int64(len(p.raw)), b.off+int64(len(b.data)))
	if from < to && !bytes.Equal(p.raw[from-p.off:to-p.off], b.data[from-b.off:to-b.off]) {
		return fmt.Errorf("base at offset %d: %w", from, ErrChanged)
	}
	return nil
}
