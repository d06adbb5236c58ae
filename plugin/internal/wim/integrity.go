package wim

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // the format's own digest
	"errors"
	"fmt"
)

// ErrNoIntegrity is a file without an integrity table.
var ErrNoIntegrity = errors.New("the WIM has no integrity table")

// The integrity table covers the bytes from the end of the header to the end of
// the lookup table, in runs of one size (known from wimlib's integrity.c).
const (
	integrityHead = 12      // bytes: size of the table, number of runs, size of a run
	maxRun        = 1 << 30 // DISM and wimlib write runs of 10 MiB
)

// VerifyIntegrity compares all that the file's integrity table covers with it:
// from the header to the lookup table, as it is stored, so other images and
// unused bytes too. What differs is ErrCorrupt with the offsets; without a table
// it is ErrNoIntegrity. progress, which may be nil, gets bytes of the file.
func (f *File) VerifyIntegrity(ctx context.Context, progress func(done, total int64)) error {
	if !f.HasIntegrity() {
		return ErrNoIntegrity
	}
	table, _, err := f.readPinned(f.head.integrity)
	if err != nil {
		return fmt.Errorf("integrity table: %w", err)
	}
	if len(table) < integrityHead {
		return corrupt("integrity table: %d bytes are less than its head", len(table))
	}
	size, count, run := uint64(le.Uint32(table)), uint64(le.Uint32(table[4:])), uint64(le.Uint32(table[8:]))
	if size > uint64(len(table)) || size != integrityHead+count*sha1.Size {
		return corrupt("integrity table: %d bytes in %d are said to hold %d digests", size, len(table), count)
	}
	from, to := uint64(headerSize), f.head.table.off+f.head.table.size
	if run == 0 || run > maxRun || (to-from+run-1)/run != count {
		return corrupt("integrity table: %d digests of %d bytes each do not cover %d bytes", count, run, to-from)
	}
	buf := make([]byte, min(run, 1<<20, to-from))
	for i := range count {
		sum, end := sha1.New(), min(from+run, to) //nolint:gosec // the format's own digest
		for at := from; at < end; {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("verify integrity: %w", err)
			}
			b := buf[:min(uint64(len(buf)), end-at)]
			if err := f.readAt(b, at); err != nil {
				return fmt.Errorf("verify integrity: %w", err)
			}
			sum.Write(b)
			at += uint64(len(b))
			if progress != nil {
				progress(int64(at-headerSize), int64(to-headerSize))
			}
		}
		if !bytes.Equal(sum.Sum(nil), table[integrityHead+i*sha1.Size:][:sha1.Size]) {
			return corrupt("offsets %d to %d do not have the SHA-1 that the integrity table states", from, end)
		}
		from = end
	}
	return nil
}
