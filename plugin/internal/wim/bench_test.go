package wim_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// large writes a base of about 200 MB with 20,000 files.
func large(b *testing.B) string {
	b.Helper()
	r := rand.NewChaCha8([32]byte{1})
	w := wim.NewBuilder(nil)
	i := w.AddImage(info("large", "EnterpriseS"), wim.Meta{})
	for d := range 200 {
		check(i.Dir(fmt.Sprintf("d%03d", d), wim.Meta{}))
		for f := range 100 {
			data := make([]byte, 10_000)
			_, _ = r.Read(data)
			check(i.File(fmt.Sprintf("d%03d/f%03d", d, f), wim.Bytes(data), wim.Meta{}))
		}
	}
	p := filepath.Join(b.TempDir(), "large.wim")
	out := must(os.Create(p))
	must(w.WriteTo(context.Background(), out, nil))
	check(out.Close())
	return p
}

// BenchmarkEdit is the whole edit: open, parse, both digests, write, fsync.
func BenchmarkEdit(b *testing.B) {
	p := large(b)
	b.SetBytes(must(os.Stat(p)).Size())
	q := filepath.Join(b.TempDir(), "out.wim")
	for b.Loop() {
		_, f := openFile(b, p)
		e := must(f.Edit(1, wim.EditOptions{Epoch: epoch}))
		check(e.Put("d100/f050", wim.Bytes(make([]byte, 1<<20))))
		out := must(os.Create(q))
		must(e.WriteTo(context.Background(), out, nil))
		check(out.Close())
	}
}

// BenchmarkCopy is the floor: the same bytes, copied and synced.
func BenchmarkCopy(b *testing.B) {
	p := large(b)
	b.SetBytes(must(os.Stat(p)).Size())
	q := filepath.Join(b.TempDir(), "out.wim")
	for b.Loop() {
		in, out := must(os.Open(p)), must(os.Create(q))
		must(io.Copy(struct{ io.Writer }{out}, struct{ io.Reader }{in}))
		check(out.Sync(), out.Close(), in.Close())
	}
}
