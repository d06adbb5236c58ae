package wim

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the format's own digest
	"errors"
	"fmt"
	"io"
)

// Content is the data of a file or stream. It is opened when it is written and
// must then give exactly Size bytes with this SHA-1.
type Content struct {
	Size int64 // bytes
	SHA1 Hash  // zero for empty content only
	Open func() (io.ReadCloser, error)
}

// Bytes is the content b, which must not be changed afterwards.
func Bytes(b []byte) Content {
	return Content{int64(len(b)), hashOf(b), func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(b)), nil
	}}
}

// ReadContent reads what open gives once, to learn its size and SHA-1.
func ReadContent(open func() (io.ReadCloser, error)) (Content, error) {
	r, err := open()
	if err != nil {
		return Content{}, err
	}
	sum := sha1.New() //nolint:gosec // the format's own digest
	n, err := io.Copy(sum, r)
	if err = errors.Join(err, r.Close()); err != nil {
		return Content{}, err
	}
	c := Content{Size: n, Open: open}
	if n > 0 {
		c.SHA1 = Hash(sum.Sum(nil))
	}
	return c, nil
}

func (c Content) check() error {
	switch {
	case c.Size < 0 || (c.Size == 0) != c.SHA1.IsZero():
		return fmt.Errorf("content of %d bytes with SHA-1 %s", c.Size, c.SHA1)
	case c.Size > 0 && c.Open == nil:
		return errors.New("content that cannot be opened")
	}
	return nil
}

// copyTo writes the content and makes sure that it is what was promised.
func (c Content) copyTo(w io.Writer, buf []byte) error {
	r, err := c.Open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // what was read is checked by its digest
	sum := sha1.New()                //nolint:gosec // the format's own digest
	tee := io.TeeReader(io.LimitReader(r, c.Size+1), sum)
	n, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{tee}, buf)
	if err != nil {
		return err
	}
	if n != c.Size || Hash(sum.Sum(nil)) != c.SHA1 {
		return fmt.Errorf("content %s of %d bytes: %w", c.SHA1, c.Size, ErrChanged)
	}
	return nil
}
