package apply

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Contents opens the bytes whose SHA-256 (lower-case hex) is given; it may be called several times for one digest. What it gives is
// checked here and need not be trusted.
type Contents func(sha256 string) (io.ReadCloser, error)

// Content is the content of a file, which had its digest and size when it was checked. Each reader from Open checks both again and ends
// with an error instead of io.EOF where they differ, so that a file which changes meanwhile cannot slip in.
type Content struct {
	SHA256 string // lower-case hex
	Size   int64  // bytes
	open   Contents
}

// NewContent makes a content of bytes at hand, for tests and for targets' own files.
func NewContent(data []byte) Content {
	sum := sha256.Sum256(data)
	return Content{hex.EncodeToString(sum[:]), int64(len(data)), BytesContents(data)}
}

// Open returns a reader that checks what passes through it.
func (c Content) Open() (io.ReadCloser, error) {
	if c.open == nil {
		return nil, fmt.Errorf("content %s has no source", c.SHA256)
	}
	r, err := c.open(c.SHA256)
	if err != nil {
		return nil, fmt.Errorf("open content %s: %w", c.SHA256, err)
	}
	return &checkedReader{r: r, hash: sha256.New(), want: c}, nil
}

// Bytes reads the content into memory.
func (c Content) Bytes() ([]byte, error) {
	r, err := c.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}

// CheckContent reads the content with the digest from end to end and holds it against digest and size.
func CheckContent(contents Contents, digest string, size int64) error {
	_, err := verifiedContent(contents, digest, size)
	return err
}

// verifiedContent reads the content once from end to end.
func verifiedContent(contents Contents, digest string, size int64) (Content, error) {
	if contents == nil {
		return Content{}, errors.New("no source of file contents was given")
	}
	c := Content{digest, size, contents}
	r, err := c.Open()
	if err != nil {
		return Content{}, err
	}
	_, err = io.Copy(io.Discard, r)
	return c, errors.Join(err, r.Close())
}

// checkedReader compares digest and size at the end of the stream.
type checkedReader struct {
	r    io.ReadCloser
	hash hash.Hash
	n    int64
	want Content
}

func (c *checkedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.hash.Write(p[:n])
	c.n += int64(n)
	switch {
	case c.n > c.want.Size:
		return n, fmt.Errorf("content %s is larger than the %d bytes that the plan says: the file changed, make the lock again", c.want.SHA256,
			c.want.Size)
	case err == io.EOF && c.n != c.want.Size:
		return n, fmt.Errorf("content %s has %d bytes, not the %d that the plan says: the file changed, make the lock again", c.want.SHA256,
			c.n, c.want.Size)
	case err == io.EOF:
		if got := hex.EncodeToString(c.hash.Sum(nil)); got != c.want.SHA256 {
			return n, fmt.Errorf("content has digest %s, not the %s that the plan says: the file changed, make the lock again", got, c.want.SHA256)
		}
	}
	return n, err
}

func (c *checkedReader) Close() error { return c.r.Close() }

// BytesContents is a Contents over blobs at hand, found by their digest.
func BytesContents(blobs ...[]byte) Contents {
	byDigest := make(map[string][]byte, len(blobs))
	for _, b := range blobs {
		sum := sha256.Sum256(b)
		byDigest[hex.EncodeToString(sum[:])] = b
	}
	return func(digest string) (io.ReadCloser, error) {
		b, ok := byDigest[digest]
		if !ok {
			return nil, fmt.Errorf("no content with digest %s", digest)
		}
		return io.NopCloser(bytes.NewReader(b)), nil
	}
}
