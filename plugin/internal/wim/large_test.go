package wim_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// many is a WIM with n files in folders of 1,000, half of them with a name more in another image that shares the blobs.
func many(n int) []byte {
	w := wim.NewBuilder(nil)
	for _, name := range []string{"first", "second"} {
		i := w.AddImage(info(name, "EnterpriseS"), wim.Meta{})
		for d := range n / 1000 {
			check(i.Dir(fmt.Sprintf("d%03d", d), wim.Meta{}))
			for f := range 1000 {
				at := fmt.Sprintf("d%03d/amd64_component_%04d", d, f*7919%1000)
				check(i.File(at, wim.Bytes([]byte(at)), wim.Meta{}))
			}
		}
		n /= 2
	}
	var m memory
	must(w.WriteTo(context.Background(), &m, nil))
	return m.b
}

// editCost is the memory that opening a WIM, one edit and writing take in all, in bytes, the output's own left out.
func editCost(t *testing.T, base []byte) uint64 {
	t.Helper()
	var before, after runtime.MemStats
	out := memory{b: make([]byte, 0, len(base)*2)}
	runtime.GC()
	runtime.ReadMemStats(&before)
	e := must(must(wim.Open(bytes.NewReader(base), int64(len(base)))).Edit(2, wim.EditOptions{Epoch: epoch}))
	check(e.Put("d000/new", wim.Bytes([]byte("new"))))
	r := must(e.WriteTo(context.Background(), &out, nil))
	runtime.ReadMemStats(&after)
	if r.ImagesDropped != 1 {
		t.Errorf("%d images dropped", r.ImagesDropped)
	}
	return after.TotalAlloc - before.TotalAlloc
}

// 100,000 files, and another image that shares half of them: what is allocated grows with the files and no faster.
func TestMemoryIsLinearInFiles(t *testing.T) {
	if raceEnabled() {
		t.Skip("allocations are counted without the race detector")
	}
	small, big := editCost(t, many(20_000)), editCost(t, many(100_000))
	t.Logf("%d MB for 20,000 files, %d MB for 100,000", small>>20, big>>20)
	if big > 6*small {
		t.Errorf("five times the files take %d bytes instead of %d", big, small)
	}
	if perFile := big / 100_000; perFile > 4096 {
		t.Errorf("%d bytes for each file", perFile)
	}
}

func TestManyFilesAsTheRefereeSeesThem(t *testing.T) {
	base := many(100_000)
	out, _ := edited(t, base, 2, func(e *wim.Editor) error { return e.Put("d049/new", wim.Bytes([]byte("new"))) })
	text := wimlib(t, "dir", save(t, "out.wim", out), "1")
	if got := strings.Count(text, "\n"); got < 50_051 || got > 50_053 { // 50,000 files, 50 folders, the new file, the root
		t.Errorf("wimlib lists %d names", got)
	}
	blobs := open(t, out).Blobs()
	if len(blobs) != 50_001 {
		t.Errorf("%d blobs are named by an image of 50,001 files", len(blobs))
	}
	for h, refs := range blobs {
		if refs != 1 {
			t.Fatalf("blob %s is named once and counted %d times", h, refs)
		}
	}
}

// stretched is a file with a hole: what lay from a place on lies much further.
type stretched struct {
	b       []byte
	from    int64 // what lies here and behind
	to      int64 // lies there
	missing int
}

func (s *stretched) size() int64 { return s.to + int64(len(s.b)) - s.from }

func (s *stretched) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) && off < s.size() {
		switch {
		case off < s.from:
			c := copy(p[n:], s.b[off:s.from])
			n, off = n+c, off+int64(c)
		case off < s.to:
			c := int(min(int64(len(p)-n), s.to-off))
			clear(p[n : n+c])
			s.missing += c
			n, off = n+c, off+int64(c)
		default:
			c := copy(p[n:], s.b[s.from+off-s.to:])
			n, off = n+c, off+int64(c)
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// stretch moves the second half of a WIM's blobs, its metadata and its tables behind 5 GiB.
func stretch(base []byte) *stretched {
	s := &stretched{b: bytes.Clone(base), to: 5 << 30}
	table, size := int(le.Uint64(base[56:])), int(le.Uint64(base[48:])&(1<<56-1))
	var offsets []int
	for at := table; at < table+size; at += 50 {
		offsets = append(offsets, int(le.Uint64(base[at+8:])))
	}
	s.from = int64(offsets[len(offsets)/2])
	move := func(at int) {
		if off := int64(le.Uint64(s.b[at:])); off >= s.from {
			le.PutUint64(s.b[at:], uint64(off-s.from+s.to))
		}
	}
	for at := table; at < table+size; at += 50 {
		move(at + 8)
	}
	for _, at := range []int{56, 80, 104, 132} {
		move(at)
	}
	return s
}

// What lies behind 4 GiB is read without what lies before it, and wimlib reads the same file.
func TestOffsetsBeyondFourGiB(t *testing.T) {
	s := stretch(sample())
	f := must(wim.Open(s, s.size()))
	for index, want := range map[int]string{1: "one", 2: "two"} {
		img := image(t, f, index)
		if err := img.Verify(context.Background(), nil); err != nil {
			t.Errorf("image %d: %v", index, err)
		}
		got := must(img.ReadFile("Windows/System32/config/SOFTWARE", 1<<20))
		if !strings.HasPrefix(string(got), "software "+want) {
			t.Errorf("image %d: %.20q", index, got)
		}
	}
	if s.missing > 0 {
		t.Errorf("%d bytes of the hole were read", s.missing)
	}
	p := filepath.Join(t.TempDir(), "sparse.wim")
	out := must(os.Create(p))
	must(out.WriteAt(s.b[:s.from], 0))
	must(out.WriteAt(s.b[s.from:], s.to))
	check(out.Close())
	wimlib(t, "verify", p)
}

// The appended part of an edit behind 5 GiB: laid out, laid behind the base and read, without 5 GiB being copied.
func TestEditBeyondFourGiB(t *testing.T) {
	s := stretch(sample())
	e := must(must(wim.Open(s, s.size())).Edit(2, wim.EditOptions{Epoch: epoch}))
	check(standard(e))
	head, tail, size, err := wim.LayoutOf(e)
	if err != nil {
		t.Fatal(err)
	}
	if want := s.size() + int64(len(tail)); size != want {
		t.Fatalf("the output has %d bytes, want %d", size, want)
	}
	o := &stretched{b: append(bytes.Clone(s.b), tail...), from: s.from, to: s.to}
	copy(o.b, head)
	f := must(wim.Open(o, o.size()))
	if got, err := image(t, f, 1).ReadFile("Windows/System32/GroupPolicy/Machine/Registry.pol", 10); err != nil || string(got) != "PReg" {
		t.Errorf("%q, %v", got, err)
	}
	if err := image(t, f, 1).Verify(context.Background(), nil); err != nil {
		t.Error(err)
	}
	if _, err := f.Image(2); err == nil || errors.Is(err, wim.ErrCorrupt) {
		t.Errorf("the second image: %v", err)
	}
}
