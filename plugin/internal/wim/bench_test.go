package wim_test

import (
	"bytes"
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

// BenchmarkManyFiles makes an image of 100,000 files in folders of 1,000, and puts 100 files into it: the tree is what costs.
func BenchmarkManyFiles(b *testing.B) {
	for b.Loop() {
		w := wim.NewBuilder(nil)
		i := w.AddImage(info("many", "EnterpriseS"), wim.Meta{})
		for d := range 100 {
			check(i.Dir(fmt.Sprintf("d%03d", d), wim.Meta{}))
			for f := range 1000 {
				name := fmt.Sprintf("d%03d/amd64_component_%04d", d, f*7919%1000)
				check(i.File(name, wim.Bytes([]byte(name)), wim.Meta{}))
			}
		}
		var base, out memory
		must(w.WriteTo(context.Background(), &base, nil))
		e := must(must(wim.Open(bytes.NewReader(base.b), int64(len(base.b)))).Edit(1, wim.EditOptions{Epoch: epoch}))
		for k := range 100 {
			check(e.Put(fmt.Sprintf("d000/new%d", k), wim.Bytes(fmt.Append(nil, k))))
		}
		must(e.WriteTo(context.Background(), &out, nil))
	}
}
