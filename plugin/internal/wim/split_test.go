package wim_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// heavy is the sample with files that do not fit into one part of a few hundred kilobytes.
func heavy() []byte {
	b := wim.NewBuilder([]byte("heavy"))
	root := wim.Meta{Created: released, Accessed: released, Written: released}
	for n, name := range []string{"one", "two"} {
		i := b.AddImage(info(name, fmt.Sprint("E", n)), root)
		fill(i, name)
		for k := range 9 {
			check(i.File(fmt.Sprintf("large%d.bin", k), wim.Bytes(noise(n*100+k, 60_000)), wim.Meta{}))
		}
	}
	b.SetBoot(2)
	var m memory
	must(b.WriteTo(context.Background(), &m, nil))
	return m.b
}

func noise(seed, size int) []byte {
	x, b := uint32(seed)*2654435761+1, make([]byte, size)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// parts writes all parts beside each other, as Windows Setup looks for them, and returns the path of the first.
func parts(t testing.TB, raw []byte, limit int64) (first string, names []string) {
	t.Helper()
	s, err := open(t, raw).Split(limit)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for n := 1; n <= s.Parts(); n++ {
		name := filepath.Join(dir, "install.swm")
		if n > 1 {
			name = filepath.Join(dir, fmt.Sprintf("install%d.swm", n))
		}
		var out bytes.Buffer
		var last int64
		if err := s.WritePart(t.Context(), n, &out, func(done, _ int64) { last = done }); err != nil {
			t.Fatal(err)
		}
		if size := int64(out.Len()); size != s.Size(n) || size > limit || size != last {
			t.Errorf("part %d: %d bytes, told %d, progress %d, limit %d", n, size, s.Size(n), last, limit)
		}
		if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names[0], names
}

// TestSplitJoins has the referee join the parts: every image holds what it held.
func TestSplitJoins(t *testing.T) {
	for name, raw := range map[string][]byte{"none": heavy(), "LZX": lzx(t, heavy()), "XPRESS": compressed(t, heavy(), "XPRESS", "32K")} {
		t.Run(name, func(t *testing.T) {
			first, names := parts(t, raw, 200_000)
			if len(names) < 5 {
				t.Fatalf("%d parts", len(names))
			}
			glob := filepath.Join(filepath.Dir(first), "install*.swm")
			wimlib(t, "verify", first, "--ref="+glob)
			joined := filepath.Join(t.TempDir(), "joined.wim")
			wimlib(t, append([]string{"join", joined}, names...)...)
			wimlib(t, "verify", joined)
			whole := save(t, "whole.wim", raw)
			for _, index := range []string{"1", "2"} {
				if d := cmp.Diff(listing(t, whole, index), listing(t, joined, index)); d != "" {
					t.Errorf("image %s (-before +joined):\n%s", index, d)
				}
			}
			if was, is := bootIndex(t, whole), bootIndex(t, joined); was != is || name == "none" && !strings.HasSuffix(is, " 2") {
				t.Errorf("before %q, joined %q", was, is)
			}
			if _, again := parts(t, raw, 200_000); !equalFiles(names, again) {
				t.Error("split twice gives other bytes")
			}
		})
	}
}

func bootIndex(t *testing.T, path string) string {
	t.Helper()
	_, rest, _ := strings.Cut(wimlib(t, "info", path), "Boot Index:")
	line, _, _ := strings.Cut(rest, "\n")
	return line
}

func equalFiles(a, b []string) bool {
	return slices.EqualFunc(a, b, func(x, y string) bool {
		p, err1 := os.ReadFile(x)
		q, err2 := os.ReadFile(y)
		return err1 == nil && err2 == nil && bytes.Equal(p, q)
	})
}

// TestSplitAsWimlib compares with the referee's own parts: the same blobs in the same number of parts, and headers that differ in GUID, and in the boot image,
// which wimlib does not keep.
func TestSplitAsWimlib(t *testing.T) {
	raw := heavy()
	_, own := parts(t, raw, 500_000)
	dir := t.TempDir()
	wimlib(t, "split", save(t, "whole.wim", raw), filepath.Join(dir, "install.swm"), "0.45")
	for n, name := range own {
		mine, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := os.ReadFile(filepath.Join(dir, filepath.Base(name)))
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []struct {
			name     string
			off, len int
		}{{"magic, size, version, flags, chunk", 0, 24}, {"part, parts, images", 40, 8}, {"integrity", 124, 24}} {
			if d := cmp.Diff(theirs[field.off:field.off+field.len], mine[field.off:field.off+field.len]); d != "" {
				t.Errorf("part %d: %s (-wimlib +own):\n%s", n+1, field.name, d)
			}
		}
	}
}

// TestSplitInOne gives a whole WIM, which our own reader opens, without what no image names.
func TestSplitInOne(t *testing.T) {
	edit, _ := edited(t, heavy(), 2, standard)
	first, names := parts(t, edit, 1<<30)
	if len(names) != 1 {
		t.Fatalf("%d parts", len(names))
	}
	raw, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) >= len(edit)-9*60_000 {
		t.Errorf("%d bytes of %d: the other image's files are still there", len(raw), len(edit))
	}
	if err := image(t, open(t, raw), 1).Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestSplitRefuses(t *testing.T) {
	f := open(t, heavy())
	for limit, want := range map[int64]string{0: "names of the files alone", 10_000: "names of the files alone", 50_000: "/large0.bin makes a part of 6"} {
		if _, err := f.Split(limit); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("limit %d: got %v, want %q", limit, err, want)
		}
	}
	s, err := f.Split(200_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, s.Parts() + 1} {
		if err := s.WritePart(t.Context(), n, new(bytes.Buffer), nil); err == nil {
			t.Errorf("part %d was written", n)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.WritePart(ctx, 1, new(bytes.Buffer), nil); err == nil {
		t.Error("a cancelled part was written")
	}
}

// TestSplitOfChanged tells a file that was written to between layout and copy.
func TestSplitOfChanged(t *testing.T) {
	path := save(t, "base.wim", heavy())
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, _ := file.Stat()
	f, err := wim.Open(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.Split(200_000)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()+1); err != nil {
		t.Fatal(err)
	}
	if err := s.WritePart(t.Context(), 2, new(bytes.Buffer), nil); err == nil || !strings.Contains(err.Error(), wim.ErrChanged.Error()) {
		t.Errorf("got %v", err)
	}
}
