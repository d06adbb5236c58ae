package standin

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
)

// The bounds of what a script may bring, in bytes.
const (
	maxScript = 1 << 20
	maxHeader = 64 << 10
	maxFile   = 256 << 20
)

// Wanted is a file that the product's script is to put in its place: one of the header's.
type Wanted struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	URL    string `json:"url"`
	Medium string `json:"medium"`
}

// Files is where ReceiveFiles puts files.
type Files interface {
	Stands(f Wanted) bool // with this size and digest
	Put(f Wanted, data []byte) error
}

// Media is a place with a medium in its drive. It returns nil where the medium has no such file.
type Media interface {
	Medium(path string) []byte
}

// Fetcher is a place that reaches addresses.
type Fetcher interface {
	Fetch(ctx context.Context, address string) (io.ReadCloser, error)
}

// ReceiveFiles does in Go what remote.ReceiveScript does on Windows, and says the same words. in is what remote.ScriptLine is given; any
// other script is an error that names it. It is the one stand-in for that script: the lab's machine and those of tests differ in where they
// put files.
func ReceiveFiles(ctx context.Context, in io.Reader, out io.Writer, at Files) error {
	text, err := remote.ReadScript(in, maxScript)
	if err != nil {
		return err
	}
	if text != remote.ReceiveScript {
		first, _, _ := strings.Cut(text, "\n")
		return Unknown(fmt.Sprintf("the PowerShell script that begins with %.80q", first))
	}
	r := bufio.NewReaderSize(in, maxHeader)
	files, err := readHeader(r)
	if err != nil {
		return err
	}
	var words []string
	var missing []Wanted
	for _, f := range files {
		way, err := findWay(ctx, f, at)
		if err != nil {
			return err
		}
		if words = append(words, way); way == "missing" {
			missing = append(missing, f)
		}
	}
	if _, err := fmt.Fprintln(out, strings.Join(words, " ")); err != nil || len(missing) == 0 {
		return err
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("read the files: %w", err)
	}
	for _, f := range missing {
		if err := save(z, f, at); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(out, "written")
	return err
}

func readHeader(r *bufio.Reader) ([]Wanted, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	var head struct {
		Files []Wanted `json:"files"`
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&head); err != nil {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	for _, f := range head.Files {
		if f.Size < 0 || f.Size > maxFile {
			return nil, fmt.Errorf("%s of %d bytes is more than the lab takes", f.Path, f.Size)
		}
	}
	return head.Files, nil
}

// findWay tries the ways that need nothing of whoever asks, and says which it was.
func findWay(ctx context.Context, f Wanted, at Files) (string, error) {
	if at.Stands(f) {
		return "already", nil
	}
	if m, ok := at.(Media); ok && f.Medium != "" {
		if data := m.Medium(f.Medium); data != nil && digestOf(data) == f.SHA256 {
			return "medium", at.Put(f, data)
		}
	}
	if n, ok := at.(Fetcher); ok && f.URL != "" {
		if body, err := n.Fetch(ctx, f.URL); err == nil { // else it is not reached from here, or has other bytes: the last way needs neither
			err = errors.Join(save(body, f, at), body.Close())
			if err == nil {
				return "http", nil
			}
		}
	}
	return "missing", nil
}

func save(r io.Reader, f Wanted, at Files) error {
	data, err := io.ReadAll(io.LimitReader(r, f.Size))
	if err != nil {
		return err
	}
	if got := digestOf(data); got != f.SHA256 || int64(len(data)) != f.Size {
		return fmt.Errorf("%s has SHA-256 %s and %d bytes, wanted %s and %d", f.Path, got, len(data), f.SHA256, f.Size)
	}
	return at.Put(f, data)
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
