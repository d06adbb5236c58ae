package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/medium"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/udf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// DefaultPart is how large a part of a split image is at most where nobody says otherwise: 3800 MiB, what Microsoft's guide "Split a Windows
// image (.wim) file" uses for FAT32, which holds no file of 4 GiB.
const DefaultPart = 3800 << 20 // bytes

// SplitInputs is an image and how to split it.
type SplitInputs struct {
	Image string // path of a WIM, or of an ISO image that it is on
	Out   string // folder that the parts go into; it must not hold anything else
	Name  string // of the parts, without ending: install gives install.swm, install2.swm ...
	Limit int64  // bytes of a part; 0 for DefaultPart
}

// SplitResult is what was written.
type SplitResult struct {
	Dir      string          `json:"dir"`
	Parts    []manifest.File `json:"parts"`
	Verified bool            `json:"verified"`  // the image has the SHA-256 that the manifest beside it states
	Same     bool            `json:"unchanged"` // the folder held these very parts
}

// SplitImage writes an image in parts for media that hold no large files, with their sums. An image beside its manifest is held against it
// first. The folder gets its name when all parts are whole.
func SplitImage(ctx context.Context, in SplitInputs, sink Sink) (result *SplitResult, err error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	m, err := medium.Open(in.Image)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !errors.Is(err, medium.ErrNoWIM):
		return nil, usagef("%s does not exist\nhint: give an install.wim or the .iso that it is on", in.Image)
	case errors.Is(err, medium.ErrNeither):
		return nil, neither(err)
	case errors.Is(err, udf.ErrCorrupt), errors.Is(err, medium.ErrCutOff):
		return nil, damaged(err)
	case err != nil:
		return nil, usagef("%w", err)
	}
	defer func() { _ = m.Close() }() // read only: nothing can be lost
	result = &SplitResult{Dir: in.Out}
	if result.Verified, err = releasedImage(ctx, m, sink); err != nil {
		return nil, err
	}
	w, err := wim.Open(watchedFile{&watched{ReaderAt: m.WIM()}, m.Disk()}, m.Size())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", in.Image, damaged(err))
	}
	sink.step("laying out " + in.Image)
	split, err := w.Split(in.Limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w\nhint: give larger parts with --size; a file system that holds large files, such as exFAT or NTFS, needs none", in.Image, damaged(err))
	}
	out, err := filepath.Abs(in.Out)
	if err != nil {
		return nil, fmt.Errorf("make output folder: %w", err)
	}
	s, err := stage(filepath.Dir(out), "", filepath.Base(out))
	if err != nil {
		return nil, noRoom(err)
	}
	defer func() { err = errors.Join(err, s.discard()) }()
	if err := in.write(ctx, split, s, result, sink); err != nil {
		return nil, noRoom(err)
	}
	if err := s.publishParts(result); err != nil {
		return nil, err
	}
	sink.emit(Event{Type: EventResult, Data: result})
	return result, nil
}

func (in *SplitInputs) check() error {
	if in.Limit == 0 {
		in.Limit = DefaultPart
	}
	if entries, err := os.ReadDir(in.Out); err == nil && len(entries) > 0 && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == SumsFile }) {
		return usagef("%s holds something else already\nhint: name a folder that is not there yet with --out", in.Out) // before hours of reading
	}
	switch {
	case in.Limit < 0:
		return usagef("parts of %d bytes: give a size above zero", in.Limit)
	case in.Name == "" || in.Name != filepath.Base(in.Name) || wim.CheckPath(in.Name) != nil || strings.Contains(in.Name, "*"):
		return usagef("%q cannot name the parts: give a file name without an ending, such as install", in.Name)
	}
	return nil
}

// releasedImage holds an image against the manifest beside it, and reports whether there is one.
func releasedImage(ctx context.Context, m *medium.File, sink Sink) (bool, error) {
	path := filepath.Join(filepath.Dir(m.Disk().Name()), ManifestFile)
	if _, err := os.Stat(path); m.Inside() != "" || errors.Is(err, fs.ErrNotExist) {
		sink.note("no " + ManifestFile + " stands beside the image: its bytes were compared with nothing")
		return false, nil
	}
	doc, _, err := readManifest(path)
	if err != nil {
		return false, err
	}
	stated, ok := statedImage(doc)
	if !ok || filepath.Base(m.Disk().Name()) != stated.Name {
		sink.note(path + " is not of this file: its bytes were compared with nothing")
		return false, nil
	}
	sink.step("hashing " + m.Name())
	sum, err := hashOf(ctx, m.WIM(), m.Size(), sink.progress("hashing "+m.Name()))
	if err != nil {
		return false, err
	}
	if sum != stated.SHA256 {
		return false, untrustedf("%s has SHA-256 %s, and %s states %s\nhint: the file was damaged or changed: take the released one", m.Name(), sum, path, stated.SHA256)
	}
	return true, nil
}

// write writes the parts and their sums.
func (in *SplitInputs) write(ctx context.Context, split *wim.Split, s *staging, result *SplitResult, sink Sink) error {
	for n := 1; n <= split.Parts(); n++ {
		part := manifest.File{Name: in.Name + ".swm", Size: split.Size(n)}
		if n > 1 {
			part.Name = in.Name + strconv.Itoa(n) + ".swm"
		}
		step := fmt.Sprintf("writing %s (%d of %d)", part.Name, n, split.Parts())
		sink.step(step)
		sum, err := writePart(ctx, split, n, s.path(part.Name), sink.progress(step))
		if err != nil {
			return fmt.Errorf("%s: %w", part.Name, damaged(err))
		}
		part.SHA256 = sum
		result.Parts = append(result.Parts, part)
	}
	var text bytes.Buffer
	if err := report.SHA256SUMS(&text, result.Parts); err != nil {
		return err
	}
	return s.write(SumsFile, text.Bytes())
}

func writePart(ctx context.Context, split *wim.Split, n int, path string, progress func(done, total int64)) (sum string, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	digest := sha256.New()
	if err := split.WritePart(ctx, n, io.MultiWriter(f, digest), progress); err != nil {
		return "", err
	}
	return hex.EncodeToString(digest.Sum(nil)), f.Sync()
}

// publishParts gives the folder its name. What stands there already is left alone, but for an empty folder on systems that let one be replaced.
func (s *staging) publishParts(result *SplitResult) error {
	if err := syncDir(s.dir); err != nil {
		return err
	}
	renamed := os.Rename(s.dir, s.final)
	if renamed == nil {
		return s.settle()
	}
	if _, err := os.Lstat(s.final); err != nil {
		return fmt.Errorf("name the folder of the parts: %w", renamed)
	}
	same, err := sameRelease(s.final, s.dir)
	if err != nil {
		return fmt.Errorf("compare with %s: %w", s.final, err)
	}
	if !same {
		return usagef("%s holds something else already\nhint: name a folder that is not there yet with --out, or remove this one", s.final)
	}
	result.Same = true
	return s.discard()
}
