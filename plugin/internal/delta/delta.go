// Package delta is the form of a delta: one image version as the recipe that makes it from its base, and what the recipe needs besides. It
// holds the manifest, in which the plan lies, the reports, and those files of the image that the profiles bring. It holds no byte of the
// base: changed hives are made again by applying the plan to the base's own.
//
// A delta is one line of text, a header in canonical JSON, and the files that the header names, one after the other:
//
//	wmclient-delta 1 <length of the header in bytes, decimal> <SHA-256 of the header, lower-case hex>\n
//	<header><file><file>...
//
// The same files give the same bytes. A reader refuses a header that is not canonical, names that are not of the form below, twice or out
// of order, sizes that do not add up to the file's own, and, when it reads a file, one whose digest is another. It does no I/O of its own
// and judges no manifest: whoever applies a delta does, and compares the digests of base and output.
package delta

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
)

// Schema names the form of the header.
const Schema = "wmclient/delta/1"

// The bounds of what a reader believes.
const (
	maxHeader = 4 << 20
	maxSize   = 1 << 40 // bytes of one file; their sum has to be that of the delta anyway
)

const firstWord = "wmclient-delta 1 "

// ErrFormat says that something is no delta of this form, or a damaged one.
var ErrFormat = errors.New("not a delta, or a damaged one")

// Header says what a delta makes, of what.
type Header struct {
	Schema       string `json:"schema"`
	Image        string `json:"image"`   // name
	Version      string `json:"version"` // of the image
	EngineFormat int    `json:"engine_format"`
	Base         Whole  `json:"base"`
	Output       Whole  `json:"output"`
	Files        []File `json:"files"` // sorted by name
}

// Whole is a WIM that a delta names and does not hold.
type Whole struct {
	SHA256 string `json:"sha256"` // lower-case hex
	Size   int64  `json:"size"`   // bytes
	Image  int    `json:"image"`  // image number within it, from 1
}

// File is one file of a delta.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // lower-case hex
	Size   int64  `json:"size"`   // bytes
}

// ContentName is the name of a file that goes into the image, by its digest.
func ContentName(sha256 string) string { return "content/" + sha256 }

var (
	hexForm  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	nameForm = regexp.MustCompile(`^([a-z][a-z0-9-]*\.(json|xml)|content/[0-9a-f]{64})$`)
)

// Write writes a delta. open gives the bytes of each file, which must be those that the header states.
func Write(w io.Writer, h Header, open func(name string) (io.ReadCloser, error)) error {
	h.Schema = Schema
	if _, err := h.check(); err != nil {
		return fmt.Errorf("write delta: %w", err)
	}
	text, err := canonical.Marshal(h)
	if err != nil {
		return fmt.Errorf("write delta: %w", err)
	}
	if len(text) > maxHeader {
		return fmt.Errorf("write delta: a header of %d bytes; at most %d are possible", len(text), maxHeader)
	}
	if _, err := fmt.Fprintf(w, "%s%d %s\n%s", firstWord, len(text), canonical.Digest(text), text); err != nil {
		return fmt.Errorf("write delta: %w", err)
	}
	for _, f := range h.Files {
		if err := copyFile(w, f, open); err != nil {
			return fmt.Errorf("write delta: %s: %w", f.Name, err)
		}
	}
	return nil
}

func copyFile(w io.Writer, f File, open func(name string) (io.ReadCloser, error)) error {
	r, err := open(f.Name)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, newChecked(r, f))
	return errors.Join(err, r.Close())
}

// Delta is an open delta. It reads through the io.ReaderAt that it was opened on.
type Delta struct {
	Header Header
	r      io.ReaderAt
	at     map[string]int64 // where each file begins
}

// Open reads the header of a delta of size bytes. What it refuses is ErrFormat; the files are checked as they are read.
func Open(r io.ReaderAt, size int64) (*Delta, error) {
	const longest = len(firstWord) + 8 + 1 + 64 + 1
	first := make([]byte, min(size, int64(longest)))
	if n, err := r.ReadAt(first, 0); n < len(first) {
		return nil, fmt.Errorf("read delta: %w", err)
	}
	line, _, ok := bytes.Cut(first, []byte("\n"))
	rest, known := strings.CutPrefix(string(line), firstWord)
	count, digest, _ := strings.Cut(rest, " ")
	length, err := strconv.ParseInt(count, 10, 32)
	known = known && err == nil && strconv.FormatInt(length, 10) == count
	begin := int64(len(line)) + 1
	if !ok || !known || length < 2 || length > maxHeader || length > size-begin {
		return nil, refuse("it does not begin with the line %q and a header of the length stated there", firstWord+"<length> <digest>")
	}
	text := make([]byte, length)
	if n, err := r.ReadAt(text, begin); n < len(text) {
		return nil, fmt.Errorf("read delta: %w", err)
	}
	if canonical.Digest(text) != digest {
		return nil, refuse("its header is damaged")
	}
	d := &Delta{r: r, at: map[string]int64{}}
	if err := d.Header.parse(text); err != nil {
		return nil, err
	}
	sum, err := d.Header.check()
	if err != nil {
		return nil, refuse("%w", err)
	}
	if begin+length+sum != size {
		return nil, refuse("it has %d bytes, its header speaks of %d: it is cut off, or something follows", size, begin+length+sum)
	}
	at := begin + length
	for _, f := range d.Header.Files {
		d.at[f.Name] = at
		at += f.Size
	}
	return d, nil
}

// parse reads a header that is exactly what this program would write.
func (h *Header) parse(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(h); err != nil {
		return refuse("header: %w", err)
	}
	if h.Schema != Schema {
		return refuse("its schema is %q, this program reads %q", h.Schema, Schema)
	}
	again, err := canonical.Marshal(h)
	if err != nil || !bytes.Equal(again, text) {
		return refuse("its header was changed or formatted after it was made")
	}
	return nil
}

// check refuses a header that cannot be true, and adds up the sizes of its files.
func (h *Header) check() (sum int64, err error) {
	for _, w := range []Whole{h.Base, h.Output} {
		if !hexForm.MatchString(w.SHA256) || w.Size < 1 || w.Size > maxSize || w.Image < 1 {
			return 0, fmt.Errorf("impossible base or output: %+v", w)
		}
	}
	before := ""
	for _, f := range h.Files {
		switch {
		case !nameForm.MatchString(f.Name):
			return 0, fmt.Errorf("a file cannot be called %q", f.Name)
		case f.Name <= before:
			return 0, fmt.Errorf("file %q is there twice or out of order", f.Name)
		case !hexForm.MatchString(f.SHA256) || f.Size < 0 || f.Size > maxSize || sum > maxSize:
			return 0, fmt.Errorf("file %q: impossible size %d or digest %q", f.Name, f.Size, f.SHA256)
		case strings.HasPrefix(f.Name, ContentName("")) && f.Name != ContentName(f.SHA256):
			return 0, fmt.Errorf("file %q is said to have the digest %s", f.Name, f.SHA256)
		}
		before = f.Name
		sum += f.Size
	}
	return sum, nil
}

// Open streams a file; the last Read gives ErrFormat instead of io.EOF where its digest is another. ok is false where there is none of
// that name.
func (d *Delta) Open(name string) (r io.ReadCloser, ok bool) {
	for _, f := range d.Header.Files {
		if f.Name == name {
			return io.NopCloser(newChecked(io.NewSectionReader(d.r, d.at[name], f.Size), f)), true
		}
	}
	return nil, false
}

// Bytes reads a file of at most limit bytes.
func (d *Delta) Bytes(name string, limit int64) ([]byte, error) {
	for _, f := range d.Header.Files {
		if f.Name == name && f.Size > limit {
			return nil, refuse("%s has %d bytes; at most %d are possible", name, f.Size, limit)
		}
	}
	r, ok := d.Open(name)
	if !ok {
		return nil, refuse("it holds no %s", name)
	}
	return io.ReadAll(r)
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("read delta: %w: %w", ErrFormat, fmt.Errorf(format, args...))
}
