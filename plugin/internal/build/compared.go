package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Compared says whether the bytes of a file were held against a stated SHA-256, and what came of it.
type Compared string

// What can be said of a file's bytes.
const (
	BytesEqual   Compared = "equal"
	BytesDiffer  Compared = "differ"       // in a file of the stated length
	NotCompared  Compared = "not-compared" // there is nothing to compare with, or the file is plainly another
	hashingImage          = "hashing the image"
)

// compareBytes holds a file that is as long as the image that a manifest names against its SHA-256. A file of another length is another file,
// which can be judged as any WIM can.
func compareBytes(ctx context.Context, s *subject, o *opened, sink Sink) (Compared, error) {
	if s.manifest == nil {
		return NotCompared, nil
	}
	stated, ok := statedImage(s.manifest)
	if !ok {
		return NotCompared, nil
	}
	if stated.Size != o.size {
		sink.note(fmt.Sprintf("this is not the file that the manifest names: it has %d bytes instead of %d", o.size, stated.Size))
		return NotCompared, nil
	}
	sink.step(hashingImage)
	sum, err := hashOf(ctx, o.medium.WIM(), o.size, sink.progress(hashingImage))
	if err != nil {
		return NotCompared, fmt.Errorf("read %s: %w", o.path, err)
	}
	if sum != stated.SHA256 {
		return BytesDiffer, untrustedf("%s has SHA-256 %s, and the manifest states %s\nhint: the file was damaged or changed since it was built: take the released one", o.path, sum, stated.SHA256)
	}
	return BytesEqual, nil
}

// look holds the files of a release against its sums, and of the image the length against the manifest. What is not there is no damage: a
// manifest may stand alone.
func (s *Shown) look() error {
	sums, err := readSums(s.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, path := range s.Files {
		name := filepath.Base(path)
		if name == ImageFile {
			continue
		}
		if stated := sums[name]; stated != "" {
			found, err := hashFile(context.Background(), path)
			if err != nil {
				return fmt.Errorf("check sums: %w", err)
			}
			if found != stated {
				s.Damage = append(s.Damage, fmt.Sprintf("%s has SHA-256 %s, %s states %s", path, found, SumsFile, stated))
			}
		}
	}
	stated, ok := statedImage(s.Manifest)
	path := filepath.Join(s.Dir, ImageFile)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || !ok:
	case err != nil:
		return fmt.Errorf("check sums: %w", err)
	case info.Size() != stated.Size:
		s.Damage = append(s.Damage, fmt.Sprintf("%s has %d bytes, the manifest states %d", path, info.Size(), stated.Size))
	case sums != nil && sums[ImageFile] != stated.SHA256:
		s.Damage = append(s.Damage, fmt.Sprintf("%s states another SHA-256 of %s than the manifest", SumsFile, ImageFile))
	}
	return nil
}
