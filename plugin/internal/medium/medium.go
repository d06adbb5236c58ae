// Package medium opens what a base comes in: a WIM file itself, or the ISO image
// of a Windows medium with sources/install.wim in its UDF file system. The WIM is
// read where it lies; nothing is mounted or unpacked.
//
// It refuses, naming the command that converts, media whose image is an ESD or
// split (SWM), media with a WIM for each architecture, and ISO images without
// UDF. What a WIM holds is package wim's to judge.
package medium

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/udf"
)

// ErrNoWIM is a medium on which no WIM stands that can be read; the message says
// what does, and how to get a WIM of it.
var ErrNoWIM = errors.New("no readable WIM on the medium")

// ErrNeither is a file that never was a WIM or an ISO image, by its first bytes.
var ErrNeither = errors.New("is no WIM and no ISO image")

// ErrCutOff is an ISO image that holds less than it states of itself.
var ErrCutOff = errors.New("the ISO image is cut off")

// File is an open WIM file, on its own or on a medium.
type File struct {
	path   string
	file   *os.File
	wim    io.ReaderAt
	size   int64
	inside string // path on the medium; "" where the file is the WIM
	volume *udf.Volume
}

// Open opens the file of that name. What begins like a WIM, even a damaged one, is
// taken for one, unseen; what is neither that nor an ISO image is ErrNeither.
func Open(name string) (*File, error) {
	// Looked at before it is opened: opening a pipe waits for a writer that may never come.
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open %s: %w: it is no regular file", name, ErrNoWIM)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	m, err := open(f, name)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return m, nil
}

func open(f *os.File, name string) (*File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	m := &File{path: name, file: f, wim: f, size: info.Size()}
	iso, err := isISO(f)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	if !iso {
		if !likeWIM(f) {
			return nil, fmt.Errorf("%s %w", name, ErrNeither)
		}
		return m, nil
	}
	if err := m.enter(); err != nil {
		return nil, fmt.Errorf("open %s: %w", name, cutOff(f, m.size, err))
	}
	return m, nil
}

// likeWIM reports whether a file begins as WIMs do: with their signature, with zeros
// where a program did not finish one, or, where the signature is damaged, with the
// length of their header (208 bytes, "Windows Imaging File Format" of Microsoft).
func likeWIM(r io.ReaderAt) bool {
	b := make([]byte, 12)
	if _, err := r.ReadAt(b, 0); err != nil {
		return !errors.Is(err, io.EOF) // a disk that gives no bytes is told when it is asked again
	}
	return isWIM(b) || bytes.Equal(b[:8], make([]byte, 8)) || binary.LittleEndian.Uint32(b[8:]) == 208
}

func isWIM(b []byte) bool {
	return bytes.HasPrefix(b, []byte("MSWIM")) || bytes.HasPrefix(b, []byte("WLPWM"))
}

// cutOff says of an ISO image that cannot be read whether it is shorter than its
// primary volume descriptor states (ECMA-119 8.4: blocks at 80, their size at 128).
func cutOff(r io.ReaderAt, size int64, err error) error {
	b := make([]byte, 132)
	if _, rerr := r.ReadAt(b, 16*2048); rerr != nil || b[0] != 1 || !bytes.Equal(b[1:6], []byte("CD001")) {
		return err
	}
	stated := int64(binary.LittleEndian.Uint32(b[80:])) * int64(binary.LittleEndian.Uint16(b[128:]))
	if stated <= size {
		return err
	}
	return fmt.Errorf("%w: it states %d bytes and has %d (%w)", ErrCutOff, stated, size, err)
}

// isISO looks for the descriptors of ISO 9660 or UDF behind the system area of
// 32 KiB.
func isISO(r io.ReaderAt) (bool, error) {
	b := make([]byte, 8)
	if _, err := r.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if isWIM(b) {
		return false, nil
	}
	if _, err := r.ReadAt(b[:6], 16*2048); err != nil {
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, err
	}
	return bytes.Equal(b[1:6], []byte("CD001")) || bytes.Equal(b[1:6], []byte("BEA01")), nil
}

// enter finds the WIM on the medium.
func (m *File) enter() error {
	v, err := udf.Open(m.file, m.size)
	if errors.Is(err, udf.ErrNoUDF) {
		return fmt.Errorf("%w: this ISO image has no UDF file system, which Windows media have; copy sources/install.wim out of it and give that file", ErrNoWIM)
	}
	if err != nil {
		return err
	}
	var found []string
	for _, dir := range []string{"sources", "x64/sources", "x86/sources"} {
		list, err := v.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, e := range list {
			switch name := strings.ToLower(e.Name); {
			case e.Dir:
			case name == "install.wim", name == "install.esd", name == "install.swm":
				found = append(found, dir+"/"+e.Name)
			}
		}
	}
	return m.choose(v, found)
}

// choose opens the one WIM, or says why there is none.
func (m *File) choose(v *udf.Volume, found []string) error {
	var wims []string
	for _, p := range found {
		if strings.HasSuffix(strings.ToLower(p), ".wim") {
			wims = append(wims, p)
		}
	}
	switch {
	case len(wims) == 1:
		f, err := v.Open(wims[0])
		if err != nil {
			return err
		}
		m.wim, m.size, m.inside, m.volume = &inISO{f, m.file}, f.Size(), wims[0], v
		return nil
	case len(wims) > 1:
		return fmt.Errorf("%w: there are several: %s; copy the one you mean out of it and give that file", ErrNoWIM, strings.Join(wims, ", "))
	case len(found) == 0:
		return fmt.Errorf("%w: there is no sources/install.wim; is it a medium of Windows?", ErrNoWIM)
	}
	return fmt.Errorf("%w: %s", ErrNoWIM, advice(found[0]))
}

// advice is the way from an ESD or split image to a WIM.
func advice(p string) string {
	if strings.HasSuffix(strings.ToLower(p), ".swm") {
		return fmt.Sprintf(`%s is a part of a split WIM (SWM), which is not read; copy all parts out and join them with `+
			`"wimlib-imagex join install.wim install*.swm" or on Windows "dism /Export-Image /SourceImageFile:install.swm /SWMFile:install*.swm `+
			`/SourceIndex:INDEX /DestinationImageFile:install.wim /Compress:max"`, p)
	}
	return fmt.Sprintf(`%s is an ESD (solid, LZMS), which is not read; copy it out and convert it with `+
		`"wimlib-imagex export install.esd INDEX install.wim --compress=LZX --chunk-size=32K" or on Windows `+
		`"dism /Export-Image /SourceImageFile:install.esd /SourceIndex:INDEX /DestinationImageFile:install.wim /Compress:max"`, p)
}

// inISO reads a file on a medium, and answers for the medium's file on disk.
type inISO struct {
	*udf.File
	disk *os.File
}

// Stat describes the ISO image, so that who asks twice sees whether it changed.
func (i *inISO) Stat() (os.FileInfo, error) { return i.disk.Stat() }

// WIM reads the bytes of the WIM. It is the *os.File where the file is the WIM.
func (m *File) WIM() io.ReaderAt { return m.wim }

// Size is the length of the WIM in bytes.
func (m *File) Size() int64 { return m.size }

// Disk is the file on disk: the WIM or the ISO image.
func (m *File) Disk() *os.File { return m.file }

// Name says which WIM this is, for messages.
func (m *File) Name() string {
	if m.inside == "" {
		return m.path
	}
	return m.path + " (" + m.inside + ")"
}

// Inside is the path of the WIM on the medium, "" where the file is the WIM.
func (m *File) Inside() string { return m.inside }

// Close closes the file.
func (m *File) Close() error { return m.file.Close() }

// Beside reads a small file that stands in the folder of the WIM on the medium,
// at most limit bytes of it. fs.ErrNotExist where there is none, or no medium.
func (m *File) Beside(name string, limit int64) ([]byte, error) {
	if m.volume == nil {
		return nil, fmt.Errorf("%s beside %s: %w", name, m.path, fs.ErrNotExist)
	}
	f, err := m.volume.Open(path.Dir(m.inside) + "/" + name)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(f, 0, min(limit, f.Size())))
}
