package wim_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// edited applies change to an image of base and returns the output.
func edited(t testing.TB, base []byte, index int, change func(*wim.Editor) error) ([]byte, wim.Result) {
	t.Helper()
	e, err := open(t, base).Edit(index, wim.EditOptions{Epoch: epoch, Seed: []byte("plan")})
	if err != nil {
		t.Fatal(err)
	}
	if err := change(e); err != nil {
		t.Fatal(err)
	}
	var m memory
	r, err := e.WriteTo(context.Background(), &m, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m.b, r
}

// standard is one change of each sort.
func standard(e *wim.Editor) error {
	return errors.Join(
		e.Put(`windows\system32\CONFIG\software`, wim.Bytes([]byte("a new hive"))),
		e.Put("Windows/System32/notepad.exe", wim.Bytes([]byte("MZ another"))),
		e.Put("Program Files/streams.txt", wim.Bytes([]byte("changed"))),
		e.Put("Program Files/empty.txt", wim.Bytes([]byte("no more"))),
		e.Put("Windows/System32/GroupPolicy/Machine/Registry.pol", wim.Bytes([]byte("PReg"))),
		e.Put("Windows/copy-of-system", wim.Bytes(bytes.Repeat([]byte("system "), 9000))),
		e.Put("Program Files/nothing.txt", wim.Bytes(nil)),
		e.Delete("Program Files/åäö ß.txt"),
		e.Delete("Documents and Settings"),
	)
}

// tree lists an image by path.
func tree(t testing.TB, b []byte, index int) map[string]wim.Info {
	t.Helper()
	out := map[string]wim.Info{}
	check(image(t, open(t, b), index).Walk("", func(i wim.Info) error {
		out[i.Path] = i
		return nil
	}))
	return out
}

func TestEditChangesOnlyWhatIsNamed(t *testing.T) {
	base := sample()
	for index := 1; index <= 2; index++ {
		out, _ := edited(t, base, index, standard)
		want, got := tree(t, base, index), tree(t, out, 1)
		for _, p := range []string{"/Windows/System32/config/SOFTWARE", "/Windows/System32/notepad.exe", "/Windows/notepad.exe", "/Program Files/streams.txt", "/Program Files/empty.txt"} {
			i := want[p]
			if got[p].SHA1 == i.SHA1 {
				t.Errorf("%s was not replaced", p)
			}
			i.SHA1, i.Size, i.Written = got[p].SHA1, got[p].Size, epoch
			want[p] = i
		}
		delete(want, "/Documents and Settings")
		delete(want, "/Program Files/åäö ß.txt")
		for _, p := range []string{"/Windows/System32/GroupPolicy", "/Windows/System32/GroupPolicy/Machine", "/Windows/System32/GroupPolicy/Machine/Registry.pol", "/Windows/copy-of-system", "/Program Files/nothing.txt"} {
			if i := got[p]; i.Written != epoch || i.Created != epoch || i.SecurityDescriptor() == nil {
				t.Errorf("new %s is %+v", p, i)
			}
			delete(got, p)
		}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(wim.Info{})); d != "" {
			t.Errorf("image %d: other entries changed (-want +got):\n%s", index, d)
		}
	}
}

func TestEditWritesContentAndKeepsStreams(t *testing.T) {
	out, r := edited(t, sample(), 2, standard)
	img := image(t, open(t, out), 1)
	for path, want := range map[string]string{
		"Windows/System32/config/SOFTWARE":                  "a new hive",
		"Windows/notepad.exe":                               "MZ another",
		"Program Files/streams.txt":                         "changed",
		"Program Files/empty.txt":                           "no more",
		"Program Files/nothing.txt":                         "",
		"Windows/System32/GroupPolicy/Machine/Registry.pol": "PReg",
		"Windows/copy-of-system":                            strings.Repeat("system ", 9000),
		"only-iot.txt":                                      "only in the second image",
	} {
		if got, err := img.ReadFile(path, 1<<20); err != nil || string(got) != want {
			t.Errorf("%s: %.40q, %v", path, got, err)
		}
	}
	s, err := img.OpenStream("Program Files/streams.txt", "zone.identifier")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(s); err != nil || !strings.HasPrefix(string(b), "[ZoneTransfer]") {
		t.Errorf("stream: %q, %v", b, err)
	}
	if r.BlobsAdded != 5 { // the copy of SYSTEM is in the base already
		t.Errorf("%d blobs appended, want 5", r.BlobsAdded)
	}
}

func TestEditInheritsDescriptors(t *testing.T) {
	base := sample()
	out, _ := edited(t, base, 1, standard)
	img := image(t, open(t, out), 1)
	parent := must(secdesc.FromSDDL(rootSDDL))
	dir := must(secdesc.Inherit(parent, true, secdesc.FileMapping()))
	dir = must(secdesc.Inherit(dir, true, secdesc.FileMapping()))
	if d := cmp.Diff(dir, must(img.Stat("Windows/System32/GroupPolicy")).SecurityDescriptor()); d != "" {
		t.Error(d)
	}
	file := must(secdesc.Inherit(dir, false, secdesc.FileMapping()))
	if d := cmp.Diff(file, must(img.Stat("Windows/System32/GroupPolicy/Machine/Registry.pol")).SecurityDescriptor()); d != "" {
		t.Error(d)
	}
}

func TestEditWithoutAnyDescriptorSaysSo(t *testing.T) {
	b := wim.NewBuilder(nil)
	b.AddImage(wim.ImageInfo{Name: "bare"}, wim.Meta{})
	var m memory
	must(b.WriteTo(context.Background(), &m, nil))
	out, r := edited(t, m.b, 1, func(e *wim.Editor) error { return e.Put("a/b", wim.Bytes([]byte("x"))) })
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "/a:") { // b inherits from a
		t.Errorf("notes are %q", r.Notes)
	}
	d := must(secdesc.Parse(must(image(t, open(t, out), 1).Stat("a/b")).SecurityDescriptor()))
	if d.DACL == nil || len(d.DACL.ACEs) != 2 {
		t.Errorf("descriptor is %v", d)
	}
}

func TestEditResult(t *testing.T) {
	base := sample()
	out, r := edited(t, base, 2, standard)
	if want := wim.Digest(sha256.Sum256(base)); r.BaseSHA256 != want {
		t.Errorf("base digest %s, want %s", r.BaseSHA256, want)
	}
	if want := wim.Digest(sha256.Sum256(out)); r.SHA256 != want {
		t.Errorf("digest %s, want %s", r.SHA256, want)
	}
	if !bytes.Equal(base[208:], out[208:len(base)]) {
		t.Error("bytes of the base were rewritten")
	}
	f := open(t, out)
	if r.Size != int64(len(out)) || r.ImagesDropped != 1 || len(f.Images()) != 1 || f.BootIndex() != 1 || f.GUID() != r.GUID {
		t.Errorf("result %+v, boot %d", r, f.BootIndex())
	}
	i := f.Images()[0]
	dirs, files, bytes := int64(0), int64(0), int64(0)
	for _, e := range tree(t, out, 1) {
		if e.IsDir() {
			dirs++
		} else {
			files++
		}
		bytes += e.Size
		for _, s := range e.Streams {
			bytes += s.Size
		}
	}
	if i.DirCount != dirs || i.FileCount != files || i.TotalBytes != bytes || i.HardLinkBytes != 10 || i.Modified != epoch || i.Created != released || i.EditionID != "IoTEnterpriseS" {
		t.Errorf("XML says %+v; the tree has %d, %d, %d", i, dirs, files, bytes)
	}
	if _, r := edited(t, base, 1, standard); r.GUID == f.GUID() {
		t.Error("two different outputs have one GUID")
	}
	out, _ = edited(t, base, 1, standard)
	if n := open(t, out).BootIndex(); n != 0 {
		t.Errorf("boot index %d, but the boot image was dropped", n)
	}
}

func TestEditWithoutChangeKeepsMetadata(t *testing.T) {
	base := sample()
	out, r := edited(t, base, 1, func(*wim.Editor) error { return nil })
	if d := cmp.Diff(tree(t, base, 1), tree(t, out, 1), cmp.AllowUnexported(wim.Info{})); d != "" {
		t.Error(d)
	}
	if bytes.Contains(out[len(base):], []byte("h\x00o\x00s\x00t\x00s\x00")) || r.BlobsAdded != 0 {
		t.Error("unchanged metadata was written again: the round trip is not byte-identical")
	}
}

func TestEditIsDeterministic(t *testing.T) {
	base := sample()
	want, _ := edited(t, base, 2, standard)
	for _, n := range []int{1, 2, 7} {
		old := runtime.GOMAXPROCS(n)
		got, _ := edited(t, base, 2, standard)
		runtime.GOMAXPROCS(old)
		if !bytes.Equal(want, got) {
			t.Errorf("GOMAXPROCS=%d gives other bytes", n)
		}
	}
}

func TestEditTwiceGivesTheLast(t *testing.T) {
	out, r := edited(t, sample(), 1, func(e *wim.Editor) error {
		return errors.Join(e.Put("a", wim.Bytes([]byte("first"))), e.Put("A", wim.Bytes([]byte("second"))))
	})
	if got := must(image(t, open(t, out), 1).ReadFile("a", 10)); string(got) != "second" || r.BlobsAdded != 1 {
		t.Errorf("%q, %d blobs", got, r.BlobsAdded)
	}
	again, _ := edited(t, out, 1, standard) // an output is a base
	if got := must(image(t, open(t, again), 1).ReadFile("a", 10)); string(got) != "second" {
		t.Errorf("%q", got)
	}
}

func TestEditRefuses(t *testing.T) {
	x := wim.Bytes([]byte("x"))
	lying := x
	lying.Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("y")), nil }
	for name, tc := range map[string]struct {
		change func(*wim.Editor) error
		want   error
		text   string
	}{
		"escape":            {func(e *wim.Editor) error { return e.Put("../x", x) }, wim.ErrPath, ".."},
		"directory":         {func(e *wim.Editor) error { return e.Put("Windows", x) }, nil, "is a directory"},
		"junction":          {func(e *wim.Editor) error { return e.Put("Documents and Settings", x) }, nil, "reparse point"},
		"through junction":  {func(e *wim.Editor) error { return e.Put("Documents and Settings/a", x) }, nil, "reparse point"},
		"file as directory": {func(e *wim.Editor) error { return e.Put("Windows/notepad.exe/a", x) }, nil, "not a directory"},
		"mkdir over file":   {func(e *wim.Editor) error { return e.Mkdir("Windows/notepad.exe") }, nil, "not a directory"},
		"delete nothing":    {func(e *wim.Editor) error { return e.Delete("nothing") }, fs.ErrNotExist, ""},
		"delete full":       {func(e *wim.Editor) error { return e.Delete("Windows") }, nil, "not empty"},
		"bad content":       {func(e *wim.Editor) error { return e.Put("a", wim.Content{Size: 1}) }, nil, "content"},
		"no digest":         {func(e *wim.Editor) error { return e.Put("a", wim.Content{Size: 1, Open: x.Open}) }, nil, "content of 1 bytes with"},
		"digest of nothing": {func(e *wim.Editor) error { return e.Put("a", wim.Content{SHA1: x.SHA1, Open: x.Open}) }, nil, "content of 0 bytes with"},
		"cannot be opened":  {func(e *wim.Editor) error { return e.Put("a", wim.Content{Size: 1, SHA1: x.SHA1}) }, nil, "cannot be opened"},
		"two sizes": {func(e *wim.Editor) error {
			check(e.Put("a", x))
			return e.Put("b", wim.Content{Size: 2, SHA1: x.SHA1, Open: x.Open})
		}, nil, "two contents"},
		"lying size": {func(e *wim.Editor) error {
			return e.Put("a", wim.Content{Size: 5, SHA1: wim.Bytes([]byte("MZ notepad")).SHA1, Open: x.Open})
		}, wim.ErrCorrupt, "the content 5"},
		"lying content": {func(e *wim.Editor) error {
			if err := e.Put("a", lying); err != nil {
				return nil
			}
			_, err := e.WriteTo(context.Background(), new(memory), nil)
			return err
		}, wim.ErrChanged, ""},
	} {
		e := must(open(t, sample()).Edit(1, wim.EditOptions{Epoch: epoch}))
		err := tc.change(e)
		if err == nil || tc.want != nil && !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFailedChangeIsNotWritten(t *testing.T) {
	e := must(open(t, sample()).Edit(1, wim.EditOptions{Epoch: epoch}))
	if e.Put("Windows", wim.Bytes([]byte("x"))) == nil {
		t.Fatal("no error")
	}
	if _, err := e.WriteTo(context.Background(), new(memory), nil); err == nil {
		t.Error("written after a failed change")
	}
}

// changing is a base whose byte at one offset differs once it was opened.
type changing struct {
	*bytes.Reader
	at   int64
	flip *bool
}

func (c changing) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	if i := c.at - off; *c.flip && i >= 0 && i < int64(n) {
		p[i] ^= 0xff
	}
	return n, err
}

func TestChangedBaseIsFound(t *testing.T) {
	base := sample()
	for _, at := range []int64{30, int64(len(base)) - 10, int64(len(base)) - 5000} {
		flip := false
		f := must(wim.Open(changing{bytes.NewReader(base), at, &flip}, int64(len(base))))
		e := must(f.Edit(2, wim.EditOptions{Epoch: epoch}))
		check(standard(e))
		flip = true
		if _, err := e.WriteTo(context.Background(), new(memory), nil); !errors.Is(err, wim.ErrChanged) {
			t.Errorf("offset %d of %d: %v, want ErrChanged", at, len(base), err)
		}
	}
}

// openFile opens a saved base as the product does.
func openFile(t testing.TB, path string) (*os.File, *wim.File) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, must(wim.Open(f, must(f.Stat()).Size()))
}

func TestFilesOnDisk(t *testing.T) {
	base := sample()
	p := save(t, "base.wim", base)
	_, f := openFile(t, p)
	e := must(f.Edit(2, wim.EditOptions{Epoch: epoch, Seed: []byte("plan")}))
	check(standard(e))
	same := must(os.OpenFile(p, os.O_RDWR, 0))
	defer func() { _ = same.Close() }()
	if _, err := e.WriteTo(context.Background(), same, nil); err == nil || !strings.Contains(err.Error(), "base itself") {
		t.Errorf("writing onto the base gave %v", err)
	}
	if !bytes.Equal(base, must(os.ReadFile(p))) {
		t.Fatal("the base was changed")
	}
	q := filepath.Join(t.TempDir(), "out.wim")
	out := must(os.Create(q))
	defer func() { _ = out.Close() }()
	var last, total int64
	must(e.WriteTo(context.Background(), out, func(d, n int64) { last, total = d, n }))
	want, _ := edited(t, base, 2, standard)
	if !bytes.Equal(want, must(os.ReadFile(q))) {
		t.Error("file and memory give different bytes")
	}
	if last != total || total != int64(len(want)) {
		t.Errorf("progress ended at %d of %d, the file has %d", last, total, len(want))
	}
}

func TestCancelLeavesNothingUsable(t *testing.T) {
	base := sample()
	want, _ := edited(t, base, 1, standard)
	for stop := int64(1); stop < int64(len(want)); stop += int64(len(want)) / 7 {
		ctx, cancel := context.WithCancel(context.Background())
		e := must(open(t, base).Edit(1, wim.EditOptions{Epoch: epoch}))
		check(standard(e))
		var m memory
		_, err := e.WriteTo(ctx, &m, func(done, _ int64) {
			if done >= stop {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled at %d: %v", stop, err)
		}
		if _, err := wim.Open(bytes.NewReader(m.b), int64(len(m.b))); !errors.Is(err, wim.ErrCorrupt) {
			t.Errorf("cancelled at %d: the rest opens with %v", stop, err)
		}
	}
}

// full is an output that has no more room at some offset.
type full struct {
	memory
	room int64
}

var errFull = errors.New("no space left on device")

func (f *full) WriteAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.room {
		return 0, errFull
	}
	return f.memory.WriteAt(p, off)
}

func TestFullDisk(t *testing.T) {
	base := sample()
	for _, room := range []int64{0, 208, int64(len(base)) - 1, int64(len(base)) + 5} {
		e := must(open(t, base).Edit(1, wim.EditOptions{Epoch: epoch}))
		check(standard(e))
		out := &full{room: room}
		if _, err := e.WriteTo(context.Background(), out, nil); !errors.Is(err, errFull) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
		if _, err := wim.Open(bytes.NewReader(out.b), int64(len(out.b))); err == nil {
			t.Errorf("room for %d bytes: what is left opens", room)
		}
	}
}
