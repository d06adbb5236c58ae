package delta

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// checked reads a file and knows at its end whether it was the one that is meant.
type checked struct {
	r    io.Reader
	sum  hash.Hash
	left int64
	want File
}

func newChecked(r io.Reader, want File) *checked {
	return &checked{r: r, sum: sha256.New(), left: want.Size, want: want}
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.sum.Write(p[:n])
	if c.left -= int64(n); c.left < 0 {
		return n, fmt.Errorf("%w: %s has more than the %d bytes stated", ErrFormat, c.want.Name, c.want.Size)
	}
	if errors.Is(err, io.EOF) && (c.left > 0 || hex.EncodeToString(c.sum.Sum(nil)) != c.want.SHA256) {
		err = fmt.Errorf("%w: %s does not have the size or the digest stated", ErrFormat, c.want.Name)
	}
	return n, err
}
