package udf_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/udf"
)

// noise are bytes that nothing else has.
func noise(n int) []byte {
	r := rand.NewChaCha8([32]byte{5})
	b := make([]byte, n)
	_, _ = r.Read(b)
	return b
}

// everything is a disc with a file of each shape, and what those hold.
func everything(block int64, metadata bool) (*disc, map[string][]byte) {
	d := newDisc(block, metadata)
	files := map[string][]byte{"in extents": noise(int(block)*7 + 5), "inside": []byte("inside the entry"), "empty": nil, "hole": append(make([]byte, 2*block), "end"...),
		"continued": noise(int(block) * 40), "one": noise(100)}
	var names []byte
	add := func(name string, mark byte, e entry) {
		at := d.entryBlock()
		d.entry(at, e)
		names = append(names, d.name(name, mark, at)...)
	}
	add("", 8, entry{kind: 4})
	add("in extents", 0, entry{kind: 5, extended: true, size: int64(len(files["in extents"])), list: d.data(files["in extents"], int(2*block))})
	add("inside", 0, entry{kind: 5, form: 3, size: int64(len(files["inside"])), list: files["inside"]})
	add("empty", 0, entry{kind: 5})
	hole := append(le.AppendUint32(nil, uint32(2*block)|1<<30), 0, 0, 0, 0)
	add("hole", 0, entry{kind: 5, size: 2*block + 3, list: append(hole, d.data([]byte("end"), 3)...)})
	long := d.data(files["continued"], int(block))
	add("continued", 0, entry{kind: 5, size: int64(len(files["continued"])), list: append(bytes.Clone(long[:64]), d.more(long[64:])...)})
	add("deleted", 4, entry{kind: 5})
	add("one", 0, entry{kind: 5, form: 1, size: 100, list: append(d.longList(files["one"]), make([]byte, 16)...)})
	at := d.entryBlock()
	d.entry(at, entry{kind: 4, form: 3, size: 0})
	names = append(names, d.name("Földer", 2, at)...)
	root := d.entryBlock()
	d.entry(root, entry{kind: 4, size: int64(len(names)), list: d.data(names, int(block))})
	return d.finish(root), files
}

// more makes a continuation of a list of extents, in two blocks, where the entries are.
func (d *disc) more(list []byte) []byte {
	second := d.continuation(list[80:])
	first := d.continuation(append(bytes.Clone(list[:80]), second...))
	return first
}

func (d *disc) continuation(list []byte) []byte {
	at := d.entryBlock()
	b := make([]byte, d.block)
	le.PutUint32(b[20:], uint32(len(list)))
	copy(b[24:], list)
	d.put(d.image(at), tagged(258, at.block, b))
	return short(d.block|3<<30, at.block)
}

func (d *disc) longList(b []byte) []byte {
	list := d.data(b, len(b))
	return part{int64(le.Uint32(list[4:])), 0}.long(int64(len(b)))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestEveryShapeOfFile(t *testing.T) {
	for _, block := range []int64{512, 1024, 2048, 4096} {
		for _, metadata := range []bool{false, true} {
			t.Run(fmt.Sprint(block, metadata), func(t *testing.T) {
				d, files := everything(block, metadata)
				if metadata { // short descriptors of entries in the metadata partition would lie there too
					d, files = everythingLong(block)
				}
				v, err := udf.Open(d, d.size())
				if err != nil {
					t.Fatal(err)
				}
				if v.Label() != "LABEL" || v.Revision() != 0x250 {
					t.Errorf("%q %x", v.Label(), v.Revision())
				}
				list := must(v.ReadDir("/"))
				if len(list) != len(files)+1 {
					t.Errorf("%d names: %v", len(list), list)
				}
				for name, want := range files {
					f, err := v.Open("/" + strings.ToUpper(name))
					if err != nil {
						t.Errorf("%s: %v", name, err)
						continue
					}
					got, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
					if err != nil || !bytes.Equal(got, want) {
						t.Errorf("%s: %d bytes, %v, want %d", name, len(got), err, len(want))
					}
					for _, at := range []int64{0, 1, block - 1, block, 3*block + 2} { // any part of it
						b := make([]byte, 2*block+1)
						n, err := f.ReadAt(b, at)
						if at < int64(len(want)) && !bytes.Equal(b[:n], want[at:min(int(at)+len(b), len(want))]) || n < len(b) && !errors.Is(err, io.EOF) {
							t.Errorf("%s: %d bytes from %d, %v", name, n, at, err)
						}
					}
				}
				if _, err := v.Open("missing"); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("a missing file: %v", err)
				}
				if _, err := v.Open("inside/x"); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("below a file: %v", err)
				}
				if _, err := v.Open("földer"); err == nil {
					t.Error("a folder was opened")
				}
			})
		}
	}
}

// everythingLong is a disc with a metadata partition in two places: files name the physical partition, and lists of extents go on there.
func everythingLong(block int64) (*disc, map[string][]byte) {
	d := newDisc(block, true)
	files := map[string][]byte{"inside": []byte("inside the entry")}
	var names []byte
	add := func(name string, e entry) {
		at := d.entryBlock()
		d.entry(at, e)
		names = append(names, d.name(name, 0, at)...)
	}
	for n := range 12 { // more entries than the first piece has blocks
		name := fmt.Sprintf("file %d", n)
		files[name] = noise(100 + n)
		add(name, entry{kind: 5, form: 1, size: int64(100 + n), list: d.longList(files[name])})
	}
	add("inside", entry{kind: 5, form: 3, extended: true, size: 16, list: files["inside"]})
	at := d.entryBlock()
	d.entry(at, entry{kind: 4, form: 3})
	names = append(names, d.name("Földer", 2, at)...)
	// The names lie in the metadata partition too, across its two pieces: short descriptors of an entry there mean that partition.
	count := (int64(len(names)) + block - 1) / block
	first := d.metaAt
	for i, c := 0, int64(0); c < count; i, c = i+int(block), c+1 {
		d.put(d.image(part{first + c, 1}), names[i:min(i+int(block), len(names))])
	}
	d.metaAt += count
	root := d.entryBlock()
	d.entry(root, entry{kind: 4, size: int64(len(names)), list: short(int64(len(names)), first)})
	return d.finish(root), files
}

// A file of more than 5 GiB, in extents of at most 1 GiB as UDF has them.
func TestFileBeyondFourGiB(t *testing.T) {
	d := newDisc(2048, false)
	const gib = 1 << 30
	var list []byte
	d.next = 10
	for range 5 {
		list = append(list, short(gib-2048, d.next)...)
		d.next += (gib - 2048) / 2048
	}
	list = append(list, short(2048, d.next)...)
	size := int64(5*(gib-2048) + 2048)
	d.put(partitionStart+d.next, []byte("the end of a large file"))
	d.put(partitionStart+10+(gib-2048)/2048, []byte("the second extent"))
	d.next++
	big := d.entryBlock()
	d.entry(big, entry{kind: 5, size: size, list: list})
	names := d.name("install.wim", 0, big)
	root := d.entryBlock()
	d.entry(root, entry{kind: 4, form: 3, size: int64(len(names)), list: names})
	d.finish(root)
	v := must(udf.Open(d, d.size()))
	f := must(v.Open("install.wim"))
	if f.Size() != size || f.Extents() != 6 {
		t.Fatalf("%d bytes in %d extents", f.Size(), f.Extents())
	}
	b := make([]byte, 30)
	if n, err := f.ReadAt(b, size-2048); err != nil || !strings.HasPrefix(string(b[:n]), "the end of a large") {
		t.Errorf("%q, %v", b[:n], err)
	}
	if n, err := f.ReadAt(b, gib-2048-3); err != nil || string(b[3:n]) != "the second extent"+strings.Repeat("\x00", 10) {
		t.Errorf("%q, %v", b[:n], err)
	}
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*disc)
		want   error
		text   string
	}{
		"no NSR":       {func(d *disc) { d.raw(17*2048, make([]byte, 6)) }, udf.ErrNoUDF, ""},
		"no anchor":    {func(d *disc) { delete(d.blocks, 256) }, udf.ErrCorrupt, "anchor"},
		"virtual":      {func(d *disc) { retype(d, "*UDF Virtual Partition") }, udf.ErrUnsupported, "*UDF Virtual Partition"},
		"sparable":     {func(d *disc) { retype(d, "*UDF Sparable Partition") }, udf.ErrUnsupported, "*UDF Sparable Partition"},
		"strategy":     {func(d *disc) { d.blocks[partitionStart+1][20] = 5; seal(d.blocks[partitionStart+1]); d.renameRoot() }, udf.ErrUnsupported, "strategy"},
		"domain":       {func(d *disc) { d.both(1, func(b []byte) { b[218] = 'X' }) }, udf.ErrUnsupported, "domain"},
		"wrong CRC":    {func(d *disc) { d.blocks[97][300]++; d.blocks[113][300]++ }, udf.ErrCorrupt, "CRC"},
		"wrong place":  {func(d *disc) { d.both(1, func(b []byte) { b[12]++ }) }, udf.ErrCorrupt, "stands at"},
		"block size":   {func(d *disc) { d.both(1, func(b []byte) { le.PutUint32(b[212:], 4096) }) }, udf.ErrCorrupt, "blocks of 4096"},
		"maps":         {func(d *disc) { d.both(1, func(b []byte) { le.PutUint32(b[268:], 1<<31) }) }, udf.ErrCorrupt, "partition maps"},
		"no partition": {func(d *disc) { d.both(0, func(b []byte) { le.PutUint16(b, 4) }) }, udf.ErrCorrupt, "no partition"},
	} {
		d, _ := everything(2048, false)
		tc.change(d)
		v, err := udf.Open(d, d.size())
		if err == nil {
			_, err = v.Open("inside")
			if err == nil {
				_, err = v.Open("one")
			}
		}
		if !errors.Is(err, tc.want) || !strings.Contains(fmt.Sprint(err), tc.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// renameRoot makes the first entry, which the test damaged, the root.
func (d *disc) renameRoot() {
	b := d.blocks[partitionStart]
	le.PutUint32(b[404:], 1)
	seal(b)
}

// both changes a descriptor in both sequences and makes its sums right.
func (d *disc) both(n int64, change func([]byte)) {
	for _, at := range []int64{96, 112} {
		change(d.blocks[at+n])
		seal(d.blocks[at+n])
	}
}

func retype(d *disc, name string) {
	d.both(1, func(b []byte) {
		clear(b[440:])
		b[440], b[441] = 2, 64
		copy(b[445:], name)
		le.PutUint32(b[264:], 64)
	})
}

// The reserve sequence serves where the main one is damaged, the last anchor where the first is.
func TestReserve(t *testing.T) {
	d, _ := everything(2048, false)
	d.blocks[97][300]++
	if _, err := udf.Open(d, d.size()); err != nil {
		t.Error(err)
	}
	a := bytes.Clone(d.blocks[256])
	delete(d.blocks, 256)
	d.put(d.end, tagged(2, d.end, a))
	if _, err := udf.Open(d, d.size()); err != nil {
		t.Error(err)
	}
}

// Every byte of every structure, changed so that its sums are right again: refused, or read without an end that never comes. What is read
// allocates no more than the image holds.
func TestWrongBytes(t *testing.T) {
	var before, after runtime.MemStats
	for _, metadata := range []bool{false, true} {
		d, _ := everything(512, false)
		if metadata {
			d, _ = everythingLong(512)
		}
		for _, at := range d.used() {
			b := d.blocks[at]
			if id := le.Uint16(b); id == 0 || id > 266 || b[2] != 3 {
				continue // data
			}
			runtime.ReadMemStats(&before)
			for i := range 460 {
				if i > 64 && i%3 > 0 {
					continue
				}
				for _, x := range []byte{0, 0x7f, 0xff} {
					old := bytes.Clone(b)
					b[i] = x
					if i != 4 && i != 8 && i != 9 {
						seal(b)
					}
					walk(d, d.size())
					copy(b, old)
				}
				runtime.ReadMemStats(&after)
				if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
					t.Fatalf("block %d byte %d: %d bytes allocated for an image of %d", at, i, n, d.size())
				}
				before = after
			}
		}
	}
}

// walk reads all that can be read, up to a bound.
func walk(r io.ReaderAt, size int64) {
	v, err := udf.Open(r, size)
	if err != nil {
		return
	}
	list, err := v.ReadDir("")
	if err != nil {
		return
	}
	buf := make([]byte, 4096)
	for _, e := range list[:min(len(list), 12)] {
		if f, err := v.Open(e.Name); err == nil {
			for _, at := range []int64{0, f.Size() / 2, f.Size() - 1} {
				_, _ = f.ReadAt(buf, max(at, 0))
			}
		}
		_, _ = v.ReadDir(e.Name)
	}
}

// FuzzUDF changes bytes of the blocks that hold something, four bytes of input for each, and mends the sums of descriptors, so that what
// lies behind them is reached.
func FuzzUDF(f *testing.F) {
	for _, metadata := range []bool{false, true} {
		d, _ := everything(512, false)
		if metadata {
			d, _ = everythingLong(512)
		}
		for n, block := range d.used() {
			id := le.Uint16(d.blocks[block])
			if id == 0 || id > 266 || n > 250 {
				continue
			}
			for _, at := range []uint16{0, 1, 2, 4, 12, 18, 19, 20, 23, 24, 27, 34, 36, 39, 56, 63, 168, 172, 175, 176, 179, 188, 192, 193, 212, 217, 248, 256, 264, 268, 400, 404, 408, 440, 441, 444} {
				for _, v := range []byte{0, 1, 3, 0xff} {
					f.Add([]byte{byte(n), byte(at >> 8), byte(at), v}, metadata)
				}
			}
		}
		for n := range byte(4) { // the marks that say UDF, and the anchor
			f.Add([]byte{n, 0, 1, 'X', n, 0, 0, 9}, metadata)
		}
	}
	f.Fuzz(func(_ *testing.T, b []byte, metadata bool) {
		d, _ := everything(512, false)
		if metadata {
			d, _ = everythingLong(512)
		}
		used := d.used()
		for ; len(b) >= 4; b = b[4:] {
			at := used[int(b[0])%len(used)]
			block := d.blocks[at]
			block[int(binary.BigEndian.Uint16(b[1:]))%len(block)] = b[3]
			if id := le.Uint16(block); at >= 96 && id > 0 && id <= 266 {
				le.PutUint16(block[2:], 3)
				seal(block)
			}
		}
		walk(d, d.size())
	})
}
