package wim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"sync/atomic"
)

const (
	copyBlock  = 4 << 20
	copyBlocks = 6
)

// block is a piece of the base on its way through all stages.
type block struct {
	buf  []byte
	data []byte
	off  int64
	left atomic.Int32 // stages that still need it
}

// copyBase reads the base once. Three stages work on each block at the same
// time: the digest of the base, the digest of the output, and, unless the file
// system already shares the blocks, the writing. The header is left zero.
func (w *writer) copyBase(f *File, pins []pin, cloned bool) (Digest, error) {
	base := sha256.New()
	stages := []func(*block) error{
		func(b *block) error { base.Write(b.data); return nil },
		func(b *block) error { w.sum.Write(b.body()); return nil },
		func(b *block) error { return w.place(b, cloned) },
	}
	ctx, cancel := context.WithCancelCause(w.ctx)
	defer cancel(nil)
	free := make(chan *block, copyBlocks)
	for range copyBlocks {
		free <- &block{buf: make([]byte, min(copyBlock, f.size))}
	}
	var wait sync.WaitGroup
	var queues []chan *block
	for _, stage := range stages {
		q := make(chan *block, copyBlocks)
		queues = append(queues, q)
		wait.Go(func() {
			for b := range q {
				if ctx.Err() == nil {
					if err := stage(b); err != nil {
						cancel(err)
					}
				}
				if b.left.Add(-1) == 0 {
					free <- b
				}
			}
		})
	}
	err := w.readBase(ctx, f, pins, free, queues)
	for _, q := range queues {
		close(q)
	}
	wait.Wait()
	if err == nil {
		err = context.Cause(ctx)
	}
	return Digest(base.Sum(nil)), err
}

// readBase feeds the stages.
func (w *writer) readBase(ctx context.Context, f *File, pins []pin, free <-chan *block, queues []chan *block) error {
	for off := int64(0); off < f.size; {
		var b *block
		select {
		case b = <-free:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		b.data, b.off = b.buf[:min(copyBlock, f.size-off)], off
		if err := f.readAt(b.data, uint64(off)); err != nil {
			return err
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
		off += int64(len(b.data))
		w.advance(int64(len(b.data)))
	}
	return nil
}

// body is the block without the header.
func (b *block) body() []byte {
	if b.off == 0 {
		return b.data[headerSize:]
	}
	return b.data
}

func (w *writer) place(b *block, cloned bool) error {
	if b.off == 0 {
		if _, err := w.out.WriteAt(make([]byte, headerSize), 0); err != nil {
			return err
		}
		_, err := w.out.WriteAt(b.data[headerSize:], headerSize)
		return err
	}
	if cloned {
		return nil
	}
	_, err := w.out.WriteAt(b.data, b.off)
	return err
}

// compare reports where the block differs from what decisions were taken on.
func (p pin) compare(b *block) error {
	from, to := max(p.off, b.off), min(p.off+int64(len(p.raw)), b.off+int64(len(b.data)))
	if from < to && !bytes.Equal(p.raw[from-p.off:to-p.off], b.data[from-b.off:to-b.off]) {
		return fmt.Errorf("base at offset %d: %w", from, ErrChanged)
	}
	return nil
}
