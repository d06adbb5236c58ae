package wim_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// blocks writes a base of several copy blocks, whose last is not whole.
func blocks(t *testing.T) string {
	t.Helper()
	r := rand.NewChaCha8([32]byte{7})
	w := wim.NewBuilder(nil)
	i := w.AddImage(info("blocks", "EnterpriseS"), wim.Meta{})
	for _, name := range []string{"a", "b", "c"} {
		data := make([]byte, 5_000_003)
		_, _ = r.Read(data)
		check(i.File(name, wim.Bytes(data), wim.Meta{}))
	}
	var m memory
	must(w.WriteTo(context.Background(), &m, nil))
	return save(t, "blocks.wim", m.b)
}

func edit(f *wim.File) *wim.Editor {
	e := must(f.Edit(1, wim.EditOptions{Epoch: epoch, Seed: []byte("seed")}))
	check(e.Put("new", wim.Bytes(bytes.Repeat([]byte("new"), 1<<18))))
	return e
}

// However a WIM comes to be, it has the same bytes and digests: in memory, by the system's copy, begun before the edit, and as a draft.
func TestWaysToWriteAreOne(t *testing.T) {
	p := blocks(t)
	base := must(os.ReadFile(p))
	_, f := openFile(t, p)
	var plain memory
	want := must(must(wim.Open(bytes.NewReader(base), int64(len(base)))).Edit(1, wim.EditOptions{Epoch: epoch, Seed: []byte("seed")}))
	check(want.Put("new", wim.Bytes(bytes.Repeat([]byte("new"), 1<<18))))
	first := must(want.WriteTo(context.Background(), &plain, nil))
	if first.BaseSHA256 != sha256.Sum256(base) || first.SHA256 != sha256.Sum256(plain.b) {
		t.Fatal("the digests are not those of the bytes")
	}
	create := func(name string) *os.File {
		out := must(os.Create(filepath.Join(t.TempDir(), name)))
		t.Cleanup(func() { _ = out.Close() })
		return out
	}
	compare := func(way string, r wim.Result, b []byte) {
		t.Helper()
		if r.SHA256 != first.SHA256 || r.Size != first.Size || r.GUID != first.GUID || !bytes.Equal(b, plain.b) {
			t.Errorf("%s: other bytes", way)
		}
	}
	out := create("written")
	r := must(edit(f).WriteTo(context.Background(), out, nil))
	compare("written", r, must(os.ReadFile(out.Name())))

	out = create("begun")
	c := must(f.Begin(context.Background(), out))
	r = must(edit(f).Finish(c, nil))
	compare("begun", r, must(os.ReadFile(out.Name())))
	if r.BaseSHA256 != first.BaseSHA256 {
		t.Error("begun: another digest of the base")
	}

	d := must(edit(f).Draft(context.Background(), create("spool")))
	r = must(d.Digest(context.Background()))
	b := make([]byte, d.Size())
	if n, err := d.ReadAt(b, 0); n < len(b) {
		t.Fatal(err)
	}
	compare("drafted", r, b)
	for _, off := range []int64{200, int64(len(base)) - 3, d.Size() - 3} { // over the seams, and over the end
		part := make([]byte, 16)
		n, _ := d.ReadAt(part, off)
		if !bytes.Equal(part[:n], plain.b[off:min(off+16, d.Size())]) {
			t.Errorf("drafted: other bytes at %d", off)
		}
	}
}

// A copy that is stopped, or whose base was written to meanwhile, leaves nothing that looks like a WIM.
func TestCopyEndsBadly(t *testing.T) {
	tests := map[string]func(p string, f *wim.File, c *wim.Copy) error{
		"stopped": func(_ string, f *wim.File, c *wim.Copy) error {
			c.Stop()
			_, err := edit(f).Finish(c, nil)
			return err
		},
		"base touched": func(p string, f *wim.File, c *wim.Copy) error {
			check(os.Chtimes(p, time.Time{}, time.Now().Add(time.Hour)))
			_, err := edit(f).Finish(c, nil)
			if err != nil && !errors.Is(err, wim.ErrChanged) {
				t.Errorf("%v", err)
			}
			return err
		},
		"finished by another": func(_ string, f *wim.File, c *wim.Copy) error {
			other := must(wim.Open(bytes.NewReader(sample()), int64(len(sample()))))
			_, err := edit(other).Finish(c, nil)
			return err
		},
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			p := blocks(t)
			_, f := openFile(t, p)
			out := must(os.Create(filepath.Join(t.TempDir(), "out.wim")))
			defer func() { _ = out.Close() }()
			if err := end(p, f, must(f.Begin(context.Background(), out))); err == nil {
				t.Error("it ended well")
			}
			b := must(os.ReadFile(out.Name()))
			if _, err := wim.Open(bytes.NewReader(b), int64(len(b))); err == nil {
				t.Error("what is left opens as a WIM")
			}
		})
	}
	p := blocks(t)
	base, f := openFile(t, p)
	if _, err := f.Begin(context.Background(), base); err == nil {
		t.Error("the base itself was taken for an output")
	}
}

// What runs while the disk flushes sees the finished file, which has no header before that.
func TestMeanwhile(t *testing.T) {
	_, f := openFile(t, blocks(t))
	out := must(os.Create(filepath.Join(t.TempDir(), "out.wim")))
	defer func() { _ = out.Close() }()
	c := must(f.Begin(context.Background(), out))
	var seen []byte
	c.Meanwhile(func(r io.ReaderAt, size int64) error {
		seen = make([]byte, size)
		_, err := io.ReadFull(io.NewSectionReader(r, 0, size), seen)
		part := make([]byte, 8) // over the end of the header
		_ = must(r.ReadAt(part, 204))
		if !bytes.Equal(part, seen[204:212]) {
			t.Error("read in part: other bytes")
		}
		if head := must(os.ReadFile(out.Name()))[:208]; !bytes.Equal(head, make([]byte, 208)) {
			t.Error("the header is there already")
		}
		return err
	})
	must(edit(f).Finish(c, nil))
	if !bytes.Equal(seen, must(os.ReadFile(out.Name()))) {
		t.Error("what was seen is not what was written")
	}
}

// unsteady is an output of which one flush fails, as a system tells of an error once.
type unsteady struct {
	*os.File
	left atomic.Int32 // flushes until then
}

var errDisk = errors.New("the disk is at its end")

func (u *unsteady) Sync() error {
	if u.left.Add(-1) == 0 {
		return errDisk
	}
	return nil
}

func TestFlushThatFails(t *testing.T) {
	for n := range int32(3) {
		_, f := openFile(t, blocks(t))
		out := &unsteady{File: must(os.Create(filepath.Join(t.TempDir(), "out.wim")))}
		defer func() { _ = out.Close() }()
		out.left.Store(n + 1)
		if _, err := edit(f).WriteTo(context.Background(), out, nil); !errors.Is(err, errDisk) {
			t.Errorf("flush %d: %v", n+1, err)
		}
		if head := must(os.ReadFile(out.Name()))[:208]; n < 2 && !bytes.Equal(head, make([]byte, 208)) {
			t.Errorf("flush %d failed, and the header was written", n+1)
		}
	}
	_, f := openFile(t, blocks(t))
	out := must(os.Create(filepath.Join(t.TempDir(), "out.wim")))
	defer func() { _ = out.Close() }()
	c := must(f.Begin(context.Background(), out))
	c.Meanwhile(func(io.ReaderAt, int64) error { return errDisk })
	if _, err := edit(f).Finish(c, nil); !errors.Is(err, errDisk) {
		t.Errorf("meanwhile: %v", err)
	}
	if head := must(os.ReadFile(out.Name()))[:208]; !bytes.Equal(head, make([]byte, 208)) {
		t.Error("it failed meanwhile, and the header was written")
	}
}
