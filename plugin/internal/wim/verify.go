package wim

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
)

// Verify reads every blob of the image once, in the order in which they lie in
// the file, and compares its SHA-1. What differs is ErrCorrupt with the path of
// a file that has it. Opening and editing check only what they read: this is
// for whoever vouches for a whole image. progress, which may be nil, gets bytes
// of uncompressed data.
func (m *Image) Verify(ctx context.Context, progress func(done, total int64)) error {
	paths := make(map[Hash]string)
	var blobs []entry
	var total int64
	err := m.meta.root.walk(func(n *node) error {
		n.hashes(func(h Hash) {
			if _, seen := paths[h]; seen || h.IsZero() {
				return
			}
			paths[h] = n.path()
			if e, ok := m.file.table.blob(h); ok {
				blobs = append(blobs, e)
				total += int64(e.plain)
			}
		})
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(blobs, func(a, b entry) int { return cmp.Compare(a.off, b.off) })
	buf, done := make([]byte, 1<<20), int64(0)
	for _, e := range blobs {
		r := m.file.openBlob(e.hash, paths[e.hash])
		for {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("verify image %d: %w", m.index, err)
			}
			n, err := r.Read(buf)
			done += int64(n)
			if progress != nil {
				progress(done, total)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return fmt.Errorf("verify image %d: %w", m.index, err)
			}
		}
	}
	return nil
}
