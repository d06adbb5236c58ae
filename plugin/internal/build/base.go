package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/medium"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/udf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// opened is an image inside a WIM file on disk.
type opened struct {
	path   string // as given, and where in a medium the WIM lies
	medium *medium.File
	size   int64 // of the WIM
	who    manifest.FileIdentity
	watch  *watched
	wim    *wim.File
	index  int
	image  *wim.Image
	reader *image.Image
	facts  image.Facts
}

func (o *opened) close() { _ = o.medium.Close() } // read only: nothing can be lost

// name is the name of the image in the WIM's XML.
func (o *opened) name() string { return o.wim.Images()[o.index-1].Name }

// openWIM opens a WIM file, or the one on the ISO image of a medium; selected chooses the image, or is "" for choose to do it.
func openWIM(path, selected string, choose func(*wim.File) (int, error)) (*opened, error) {
	// Looked at before it is opened: opening a pipe waits for a writer that may never come.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, usagef("%s is no regular file\nhint: give an install.wim or the .iso that it is on", path)
	}
	m, err := medium.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !errors.Is(err, medium.ErrNoWIM):
		return nil, usagef("%s does not exist\nhint: give an install.wim or the .iso that it is on, or make a stand-in with wmclient lab base --out lab.wim", path)
	case errors.Is(err, medium.ErrNeither):
		return nil, neither(err)
	case errors.Is(err, udf.ErrCorrupt), errors.Is(err, medium.ErrCutOff):
		return nil, damaged(fmt.Errorf("open image: %w", err))
	case err != nil:
		return nil, usagef("open image: %w", err)
	}
	o, err := openImage(m, selected, choose)
	if errors.Is(err, wim.ErrUnsupported) {
		return nil, errors.Join(classed{ErrUsage, err}, m.Close())
	}
	if err != nil {
		return nil, errors.Join(damaged(err), m.Close())
	}
	return o, nil
}

// neither is the error of a file that never was what is asked for.
func neither(err error) error {
	return usagef("%w\nhint: give an install.wim or the .iso of the medium that it is on", err)
}

// damaged adds the way out where a file does not hold what it states of itself.
func damaged(err error) error {
	if !errors.Is(err, wim.ErrCorrupt) && !errors.Is(err, udf.ErrCorrupt) && !errors.Is(err, medium.ErrCutOff) {
		return err
	}
	return fmt.Errorf("%w\nhint: the file is damaged: copy it again from its source and compare the SHA-256 of both", err)
}

func openImage(m *medium.File, selected string, choose func(*wim.File) (int, error)) (*opened, error) {
	path := m.Name()
	o := &opened{path: path, medium: m, size: m.Size()}
	var err error
	if o.who, err = identify(m.Disk()); err != nil {
		return nil, fmt.Errorf("open image %s: %w", path, err)
	}
	o.watch = &watched{ReaderAt: m.WIM()}
	if o.wim, err = wim.Open(watchedFile{o.watch, m.Disk()}, o.size); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if selected != "" {
		choose = func(w *wim.File) (int, error) { return w.Select(selected) }
	}
	if o.index, err = choose(o.wim); err != nil {
		return nil, usagef("%s: %w", path, err)
	}
	if o.image, err = o.wim.Image(o.index); err == nil {
		o.reader, err = image.Open(o.image)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return o, nil
}

// openWritten reads the one image of a WIM of our own, which need not have a name yet.
func openWritten(file io.ReaderAt, size int64) (*wim.Image, *image.Image, *watched, error) {
	watch := &watched{ReaderAt: file}
	w, err := wim.Open(watch, size)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("open the written image again: %w", err)
	}
	img, err := w.Image(1)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("open the written image again: %w", err)
	}
	r, err := image.Open(img)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("open the written image again: %w", err)
	}
	return img, r, watch, nil
}

// openBase opens a base and holds what it says of itself against what the profile names.
func openBase(path, selected string, want plan.Base) (*opened, error) {
	o, err := openBaseFile(path, selected, want)
	if err != nil {
		return nil, err
	}
	if err := o.isBase(want); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

// openBaseFile opens a base. What it says of itself is not looked at yet: that stands in its hives, which take longer.
func openBaseFile(path, selected string, want plan.Base) (*opened, error) {
	if path == "" {
		return nil, usagef("the base is missing\nhint: give an install.wim with --base, or make a stand-in with wmclient lab base --out lab.wim")
	}
	return openWIM(path, selected, func(w *wim.File) (int, error) { return byEdition(w, want, chooseBase) })
}

// isBase holds what a base says of itself, which is read once, against what the profile names.
func (o *opened) isBase(want plan.Base) (err error) {
	if o.facts.Build == "" {
		if o.facts, err = o.reader.Facts(); err != nil {
			return damaged(fmt.Errorf("read what %s is: %w", o.path, err))
		}
	}
	return matches(o.path, o.index, o.facts, want)
}

// chooseBase is the flag that chooses an image in a base, and anotherMedium the way out where none in it is the right one.
const (
	chooseBase    = "--base-image"
	anotherMedium = "give another medium, or name what this one is in a base of its own (profiles/bases)"
)

// byEdition finds the one image with the profile's edition id; flag is what chooses where there are several.
func byEdition(w *wim.File, want plan.Base, flag string) (int, error) {
	var found, seen []string
	var indexes []int
	for _, i := range w.Images() {
		seen = append(seen, fmt.Sprintf("%d %q (%s)", i.Index, i.Name, i.EditionID))
		if strings.EqualFold(i.EditionID, want.EditionID) {
			found, indexes = append(found, strconv.Itoa(i.Index)), append(indexes, i.Index)
		}
	}
	switch len(found) {
	case 1:
		return indexes[0], nil
	case 0:
		return 0, fmt.Errorf("no image has edition id %s, which base %q asks for; the file has: %s", want.EditionID, want.Name, strings.Join(seen, ", "))
	}
	if flag == chooseBase { // a validation may be of any Windows
		if other := noneIs(w, indexes, want); other != "" {
			return 0, fmt.Errorf("%s\nhint: %s", other, anotherMedium)
		}
	}
	return 0, fmt.Errorf("images %s all have edition id %s; choose one by index or name with %s: %s", strings.Join(found, ", "), want.EditionID, flag, strings.Join(seen, ", "))
}

// matches refuses a base that is not what the profile names.
func matches(path string, index int, got image.Facts, want plan.Base) error {
	wrong := differences(got, want)
	if len(wrong) == 0 {
		return nil
	}
	if other := otherWindows(got.Build, want); other != "" {
		return usagef("%s image %d: %s: %s\nhint: %s", path, index, other, strings.Join(wrong, "; "), anotherMedium)
	}
	return usagef("%s image %d is not the base %q: %s\nhint: %s", path, index, want.Name, strings.Join(wrong, "; "), anotherMedium)
}

// differences lists in what an image is not the base that a profile names: edition, build.UBR, architecture and language.
func differences(got image.Facts, want plan.Base) []string {
	var wrong []string
	differ := func(what, have, need string) {
		if !strings.EqualFold(have, need) {
			wrong = append(wrong, fmt.Sprintf("its %s is %s, the profile names %s", what, orNone(have), need))
		}
	}
	differ("edition id", got.EditionID, want.EditionID)
	differ("build", got.Build, want.Build)
	differ("architecture", got.Arch, want.Arch)
	if !slices.ContainsFunc(want.Languages, func(l string) bool { return strings.EqualFold(l, got.InstallLanguage) }) {
		wrong = append(wrong, fmt.Sprintf("its language is %s, the profile names %s", orNone(got.InstallLanguage), strings.Join(want.Languages, ", ")))
	}
	return wrong
}

// hashFile returns the lower-case hex SHA-256 of a file.
func hashFile(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	return hashOf(ctx, f, info.Size(), nil)
}

// hashBase returns the lower-case hex SHA-256 of a base: of the WIM, where it is on a medium.
func hashBase(ctx context.Context, path string) (string, error) {
	m, err := medium.Open(path)
	if err != nil {
		return hashFile(ctx, path)
	}
	defer func() { _ = m.Close() }() // read only: nothing can be lost
	return hashOf(ctx, m.WIM(), m.Size(), nil)
}

// hashWhole is hashBase with the identity of the file that was read.
func hashWhole(ctx context.Context, path string) (sum string, who manifest.FileIdentity, err error) {
	m, err := medium.Open(path)
	if err != nil {
		return "", who, err
	}
	defer func() { _ = m.Close() }() // read only: nothing can be lost
	if who, err = identify(m.Disk()); err == nil {
		sum, err = hashOf(ctx, m.WIM(), m.Size(), nil)
	}
	return sum, who, err
}

// hashOf returns the lower-case hex SHA-256 of size bytes; progress may be nil.
func hashOf(ctx context.Context, r io.ReaderAt, size int64, progress func(done, total int64)) (string, error) {
	h, buf := sha256.New(), make([]byte, 4<<20)
	for done := int64(0); done < size; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := r.ReadAt(buf[:min(int64(len(buf)), size-done)], done)
		h.Write(buf[:n])
		done += int64(n)
		if progress != nil {
			progress(done, size)
		}
		if err != nil && (done < size || !errors.Is(err, io.EOF)) {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
