package delta_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/delta"
)

func sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// sample is a delta of two files and what they hold.
func sample() (delta.Header, map[string]string) {
	content := delta.ContentName(sum("wallpaper"))
	files := map[string]string{content: "wallpaper", "manifest.json": "{}", "plan.json": ""}
	h := delta.Header{
		Schema: delta.Schema, Image: "viewer", Version: "1.0.0", EngineFormat: 1,
		Base: delta.Whole{SHA256: sum("base"), Size: 4, Image: 2}, Output: delta.Whole{SHA256: sum("out"), Size: 3, Image: 1},
	}
	for _, name := range []string{content, "manifest.json", "plan.json"} {
		h.Files = append(h.Files, delta.File{Name: name, SHA256: sum(files[name]), Size: int64(len(files[name]))})
	}
	return h, files
}

func write(t testing.TB, h delta.Header, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := delta.Write(&b, h, opener(files)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opener(files map[string]string) func(string) (io.ReadCloser, error) {
	return func(name string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(files[name])), nil }
}

// readAll opens a delta and reads all that it holds.
func readAll(b []byte) (delta.Header, map[string]string, error) {
	d, err := delta.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return delta.Header{}, nil, err
	}
	files := map[string]string{}
	for _, f := range d.Header.Files {
		data, err := d.Bytes(f.Name, 1<<20)
		if err != nil {
			return delta.Header{}, nil, err
		}
		files[f.Name] = string(data)
	}
	return d.Header, files, nil
}

func TestRoundTrip(t *testing.T) {
	h, files := sample()
	b := write(t, h, files)
	gotHeader, gotFiles, err := readAll(b)
	if err != nil || !cmp.Equal(gotHeader, h) || !cmp.Equal(gotFiles, files) {
		t.Fatalf("%v\n%s\n%s", err, cmp.Diff(h, gotHeader), cmp.Diff(files, gotFiles))
	}
	if !bytes.Equal(b, write(t, gotHeader, gotFiles)) {
		t.Error("the same files gave other bytes")
	}
	d, err := delta.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Bytes("junit.xml", 10); !errors.Is(err, delta.ErrFormat) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := d.Bytes("manifest.json", 1); !errors.Is(err, delta.ErrFormat) {
		t.Errorf("a file beyond the limit: %v", err)
	}
}

// Cut off after any byte, with any one byte changed, or with one more at the end, it is refused.
func TestDamaged(t *testing.T) {
	h, files := sample()
	good := write(t, h, files)
	for n := range good {
		if _, _, err := readAll(good[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were read", n, len(good))
		}
		bad := bytes.Clone(good)
		bad[n] ^= 0x01
		if _, _, err := readAll(bad); err == nil {
			t.Fatalf("byte %d of %d was changed and nobody saw it", n, len(good))
		}
	}
	if _, _, err := readAll(append(bytes.Clone(good), 0)); !errors.Is(err, delta.ErrFormat) {
		t.Errorf("a byte too many: %v", err)
	}
}

// forged is a delta that no program of ours writes: its header is taken as it is.
func forged(t testing.TB, h delta.Header, rest string) []byte {
	t.Helper()
	text, err := canonical.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	return append(fmt.Appendf(nil, "wmclient-delta 1 %d %s\n%s", len(text), canonical.Digest(text), text), rest...)
}

// hostile are headers that cannot be true, or that lead out of the folder.
func hostile() map[string]func(h *delta.Header) {
	return map[string]func(h *delta.Header){
		"a name that leads out":       func(h *delta.Header) { h.Files[1].Name = "../manifest.json" },
		"an absolute name":            func(h *delta.Header) { h.Files[1].Name = "/manifest.json" },
		"a name of Windows":           func(h *delta.Header) { h.Files[1].Name = `c:\manifest.json` },
		"a name that is none":         func(h *delta.Header) { h.Files[1].Name = "" },
		"a name twice":                func(h *delta.Header) { h.Files[2] = h.Files[1] },
		"out of order":                func(h *delta.Header) { h.Files[0], h.Files[1] = h.Files[1], h.Files[0] },
		"a negative size":             func(h *delta.Header) { h.Files[1].Size = -1 },
		"a size beyond all":           func(h *delta.Header) { h.Files[1].Size = 1 << 52 },
		"no digest":                   func(h *delta.Header) { h.Files[1].SHA256 = "" },
		"content of another name":     func(h *delta.Header) { h.Files[0].Name = delta.ContentName(sum("other")) },
		"a base without a digest":     func(h *delta.Header) { h.Base.SHA256 = "x" },
		"a base without an image":     func(h *delta.Header) { h.Base.Image = 0 },
		"an output without a size":    func(h *delta.Header) { h.Output.Size = 0 },
		"content with another digest": func(h *delta.Header) { h.Files[0].SHA256 = sum("other") },
	}
}

func TestRefused(t *testing.T) {
	for name, change := range hostile() {
		t.Run(name, func(t *testing.T) {
			h, files := sample()
			change(&h)
			if err := delta.Write(io.Discard, h, opener(files)); err == nil {
				t.Error("written")
			}
			if _, _, err := readAll(forged(t, h, "wallpaper{}")); !errors.Is(err, delta.ErrFormat) || strings.Contains(err.Error(), "begin with the line") {
				t.Errorf("read: %v", err)
			}
		})
	}
	h, files := sample()
	files["manifest.json"] = "{ }"
	if err := delta.Write(io.Discard, h, opener(files)); !errors.Is(err, delta.ErrFormat) {
		t.Errorf("a file that changed while it was written: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	h, files := sample()
	good := write(f, h, files)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte("wmclient-delta 1 2 " + sum("{}") + "\n{}"))
	f.Add([]byte("wmclient-delta 1 9999999 " + sum("") + "\n"))
	for _, change := range hostile() {
		h, _ := sample()
		change(&h)
		f.Add(forged(f, h, "wallpaper{}"))
	}
	for _, header := range []string{"null", `{"schema":"wmclient/delta/9"}`, `{ "schema": "wmclient/delta/1" }`, `{"schema":1}`} {
		f.Add(fmt.Appendf(nil, "wmclient-delta 1 %d %s\n%s", len(header), sum(header), header))
	}
	h, _ = sample()
	f.Add(forged(f, h, "wallpapex{}"))
	f.Add(forged(f, h, "wallpaper{}x"))
	h.Files[1].Size = 2 << 20
	f.Add(forged(f, h, "wallpaper"+strings.Repeat("{}", 1<<20)))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, files, err := readAll(b)
		if err == nil && !bytes.Equal(write(t, h, files), b) {
			t.Errorf("read, and written as other bytes: %q", b)
		}
	})
}
