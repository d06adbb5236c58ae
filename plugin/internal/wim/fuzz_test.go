package wim_test

import (
	"bytes"
	"context"
	"os/exec"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// FuzzOpen reads a file as far as it goes, and edits what can be opened.
func FuzzOpen(f *testing.F) {
	for _, b := range small(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = readAll(b)
		w, err := wim.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		e, err := w.Edit(1, wim.EditOptions{})
		if err != nil {
			return
		}
		if err := e.Put("new/file", wim.Bytes([]byte("x"))); err != nil {
			return
		}
		var m memory
		if _, err := e.WriteTo(context.Background(), &m, nil); err != nil {
			return
		}
		out, err := wim.Open(bytes.NewReader(m.b), int64(len(m.b)))
		if err != nil {
			t.Fatalf("the output of an accepted base does not open: %v", err)
		}
		img, err := out.Image(1)
		if err != nil {
			t.Fatalf("the output's image does not open: %v", err)
		}
		if got, err := img.ReadFile("new/file", 10); err != nil || string(got) != "x" {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

// FuzzMetadata feeds the parser of security table and directory entries, which
// in a file stand behind a digest that a fuzzer cannot guess.
func FuzzMetadata(f *testing.F) {
	for _, b := range small(f) {
		f.Add(wim.MetadataOf(b))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		again, err := wim.RoundTrip(bytes.Clone(b))
		if err != nil {
			return
		}
		twice, err := wim.RoundTrip(bytes.Clone(again))
		if err != nil || !bytes.Equal(again, twice) {
			t.Fatalf("what was written is read differently: %v", err)
		}
	})
}

func FuzzCheckPath(f *testing.F) {
	for _, s := range []string{"a", "../a", "C:\\a", "a/CON.txt", "å:b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := wim.NewBuilder(nil)
		i := b.AddImage(wim.ImageInfo{Name: "x"}, wim.Meta{})
		if s == "" || wim.CheckPath("d/"+s) != nil {
			return
		}
		check(i.Dir("d", wim.Meta{}))
		if bytes.ContainsAny([]byte(s), `/\`) {
			return
		}
		if err := i.File("d/"+s, wim.Bytes([]byte("x")), wim.Meta{}); err != nil {
			t.Fatal(err)
		}
		var m memory
		must(b.WriteTo(context.Background(), &m, nil))
		if got, err := image(t, open(t, m.b), 1).ReadFile("D/"+s, 10); err != nil || string(got) != "x" {
			t.Fatalf("%q: %q, %v", s, got, err)
		}
	})
}

// small are seeds: a file of each kind, as small as it can be.
func small(t testing.TB) [][]byte {
	b := wim.NewBuilder(nil)
	i := b.AddImage(info("x", "EnterpriseS"), wim.Meta{})
	check(i.Dir("d", wim.Meta{ShortName: "D~1", Security: []byte{1, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}),
		i.File("d/f", wim.Bytes([]byte("f")), wim.Meta{}), i.Stream("d/f", "s", wim.Bytes([]byte("s"))), i.Link("l", "d/f"),
		i.Reparse("r", junctionTag, []byte{1}, wim.Meta{}))
	var m memory
	must(b.WriteTo(context.Background(), &m, nil))
	out := [][]byte{m.b}
	if _, err := exec.LookPath("wimlib-imagex"); err == nil {
		out = append(out, lzx(t, m.b), compressed(t, m.b, "XPRESS", "4K"))
	}
	return out
}
