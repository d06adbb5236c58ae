package wim

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"sync"
)

const (
	// sideBySide is from how many bytes on a blob's chunks are decompressed side by side.
	sideBySide = 4 << 20
	// honestRatio is how far compressed bytes are believed to grow before any of them was read: a claim beyond it gets its memory bit by bit.
	honestRatio = 64
)

// readBlob returns the data of a blob that parse found in the table, checked by its SHA-1.
func (f *File) readBlob(h Hash, path string) ([]byte, error) {
	e, _ := f.table.blob(h)
	believed := e.plain <= e.size*honestRatio
	if h.IsZero() || e.plain < sideBySide || e.flags&resCompressed == 0 || !believed {
		var b bytes.Buffer
		if believed {
			b.Grow(int(e.plain) + bytes.MinRead)
		}
		_, err := b.ReadFrom(f.openBlob(h, path))
		return b.Bytes(), err
	}
	out, err := f.unpackAll(e.resource)
	if err == nil && hashOf(out) != h {
		err = fmt.Errorf("%w: blob %s: %w", ErrCorrupt, h, errDigest)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return out, nil
}

// unpackAll decompresses the chunks of a resource, a share of them on each processor.
func (f *File) unpackAll(r resource) ([]byte, error) {
	size, width, count := f.head.chunk, r.entrySize(), r.chunks(f.head.chunk)
	table := make([]byte, (count-1)*width)
	if err := f.readAt(table, r.off); err != nil {
		return nil, err
	}
	out := make([]byte, r.plain)
	workers := min(uint64(runtime.GOMAXPROCS(0)), count)
	errs := make([]error, workers)
	var wait sync.WaitGroup
	for i := range workers {
		from, to := count*i/workers, count*(i+1)/workers
		c := &chunkReader{f: f, res: r, count: count, end: to, next: from}
		if from > 0 {
			e := table[(from-1)*width:]
			if c.at = uint64(le.Uint32(e)); width == 8 {
				c.at = le.Uint64(e)
			}
		}
		wait.Go(func() {
			_, errs[i] = io.ReadFull(c, out[from*size:min(to*size, r.plain)])
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil { // of the first chunk that is bad
			return nil, err
		}
	}
	return out, nil
}
