package wim_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// forge changes the metadata of the first image and makes its SHA-1 right.
func forge(base []byte, change func(meta []byte)) []byte {
	b := bytes.Clone(base)
	row := b[le.Uint64(b[56:]):]
	size, off := le.Uint64(row)&(1<<56-1), le.Uint64(row[8:])
	meta := b[off : off+size]
	change(meta)
	sum := sha1.Sum(meta)
	copy(row[30:], sum[:])
	return b
}

// entryAt finds a directory entry by its name.
func entryAt(meta []byte, name string) int {
	var u []byte
	for _, c := range name {
		u = append(u, byte(c), byte(c>>8))
	}
	return bytes.Index(meta, append(u, 0, 0)) - 102
}

func flat(names ...string) []byte {
	b := wim.NewBuilder(nil)
	i := b.AddImage(wim.ImageInfo{Name: "flat"}, wim.Meta{})
	check(i.Dir("a", wim.Meta{}))
	for _, n := range names {
		check(i.File(n, wim.Bytes([]byte(n)), wim.Meta{}))
	}
	var m memory
	must(b.WriteTo(context.Background(), &m, nil))
	return m.b
}

type forgery struct {
	change func(m []byte)
	text   string
}

// forgeries has a line for each way in which the metadata of a flat file can lie.
func forgeries() map[string]forgery {
	return map[string]forgery{
		"security id": {func(m []byte) { le.PutUint32(m[entryAt(m, "bbb")+12:], 0) }, "security id 0 of 0"},
		"cycle": {func(m []byte) {
			le.PutUint64(m[entryAt(m, "a")+16:], le.Uint64(m[8+16:]))
		}, "same children"},
		"overlap":       {func(m []byte) { le.PutUint64(m[entryAt(m, "a")+16:], uint64(entryAt(m, "bbb"))) }, "overlap"},
		"unaligned":     {func(m []byte) { le.PutUint64(m[entryAt(m, "a")+16:], 9) }, "offset 9"},
		"outside":       {func(m []byte) { le.PutUint64(m[entryAt(m, "a")+16:], 1<<40) }, "offset"},
		"file children": {func(m []byte) { le.PutUint64(m[entryAt(m, "bbb")+16:], 8) }, "is no directory"},
		"slash":         {func(m []byte) { m[entryAt(m, "ccc")+102] = '/' }, "holds unit 0x2f"},
		"dots": {func(m []byte) {
			o := entryAt(m, "ccc")
			m[o+102], m[o+104], m[o+106] = '.', '.', 0
			le.PutUint16(m[o+100:], 4)
		}, `".."`},
		"long name":                   {func(m []byte) { le.PutUint16(m[entryAt(m, "ccc")+100:], 60000) }, "names of 60000"},
		"odd name":                    {func(m []byte) { le.PutUint16(m[entryAt(m, "ccc")+100:], 5) }, "names of 5"},
		"huge entry":                  {func(m []byte) { le.PutUint64(m[entryAt(m, "ccc"):], 1<<63) }, "directory entry of"},
		"huge streams":                {func(m []byte) { le.PutUint16(m[entryAt(m, "eee")+96:], 65535) }, "stream entry"},
		"unknown blob":                {func(m []byte) { m[entryAt(m, "ddd")+64] ^= 1 }, "/ddd names blob"},
		"name goes on":                {func(m []byte) { le.PutUint16(m[entryAt(m, "ccc")+100:], 4) }, "does not end there"},
		"entry hidden":                {func(m []byte) { le.PutUint64(m[entryAt(m, "ccc"):], 0) }, "belong to no directory"},
		"no children":                 {func(m []byte) { le.PutUint64(m[8+16:], 0) }, "belong to no directory"},
		"taken for a stream":          {func(m []byte) { le.PutUint16(m[entryAt(m, "ccc")+96:], 1) }, "in an entry of"},
		"folder with data":            {func(m []byte) { copy(m[entryAt(m, "a")+64:], m[entryAt(m, "bbb")+64:][:20]) }, "1 unnamed streams"},
		"reparse point without a tag": {func(m []byte) { m[entryAt(m, "bbb")+9] |= 4 }, "reparse tag 0"},
		"security size":               {func(m []byte) { le.PutUint32(m, 1<<31) }, "security table"},
		"security rows":               {func(m []byte) { le.PutUint32(m[4:], 1<<31) }, "security table"},
	}
}

func TestForgedMetadata(t *testing.T) {
	base := flat("bbb", "ccc", "ddd", "eee")
	for name, tc := range forgeries() {
		_, err := open(t, forge(base, tc.change)).Image(1)
		if !errors.Is(err, wim.ErrCorrupt) || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDepthIsLimited(t *testing.T) {
	deep := func(n int) []byte {
		b := []byte{8, 0, 0, 0, 0, 0, 0, 0}
		for i := range n {
			size := 104 + 8*min(i, 1)
			d := make([]byte, size+8) // the entry and the end of its run
			le.PutUint64(d, uint64(size))
			le.PutUint32(d[8:], 0x10)
			le.PutUint32(d[12:], 0xffffffff)
			le.PutUint64(d[16:], uint64(len(b)+len(d)))
			if i > 0 {
				le.PutUint16(d[100:], 2)
				d[102] = 'd'
			}
			b = append(b, d...)
		}
		return append(b, make([]byte, 8)...)
	}
	if b, err := wim.RoundTrip(deep(100)); err != nil || !bytes.Equal(b, deep(100)) {
		t.Errorf("100 deep: %v", err)
	}
	if _, err := wim.RoundTrip(deep(5000)); !errors.Is(err, wim.ErrCorrupt) || !strings.Contains(err.Error(), "deep") {
		t.Errorf("5000 deep: %v", err)
	}
}

func TestNamesThatDifferInCaseOnly(t *testing.T) {
	base := forge(flat("bbb", "ccc"), func(m []byte) {
		o := entryAt(m, "ccc")
		for i := range 3 {
			m[o+102+2*i] = 'B'
		}
	})
	img := image(t, open(t, base), 1)
	if b, err := img.ReadFile("BBB", 10); err != nil || string(b) != "ccc" {
		t.Errorf("the exact name gives %q, %v", b, err)
	}
	if _, err := img.Stat("bBb"); !errors.Is(err, wim.ErrPath) || !strings.Contains(err.Error(), "case only") {
		t.Errorf("an ambiguous name gives %v", err)
	}
}

// What EFS encrypted is stored in a form of its own, which plain data in its place would break.
func TestEncryptedFileIsRefused(t *testing.T) {
	base := forge(flat("bbb"), func(m []byte) { m[entryAt(m, "bbb")+9] |= 0x40 })
	if err := must(open(t, base).Edit(1, wim.EditOptions{})).Put("bbb", wim.Bytes([]byte("x"))); !errors.Is(err, wim.ErrUnsupported) || !strings.Contains(err.Error(), "cipher") {
		t.Errorf("put: %v", err)
	}
	if _, err := image(t, open(t, base), 1).ReadFile("bbb", 9); !errors.Is(err, wim.ErrUnsupported) {
		t.Errorf("read: %v", err)
	}
}

// Windows finds a file by its short name too, so that it must not count as absent, nor be given to another file.
func TestShortNamesAreRefused(t *testing.T) {
	img := image(t, open(t, sample()), 1)
	for _, path := range []string{"progra~1", "PROGRA~1/streams.txt", "Windows/System32/drivers/etc/hosts~1"} {
		if _, err := img.Stat(path); !errors.Is(err, wim.ErrPath) || !strings.Contains(err.Error(), "write the long name") {
			t.Errorf("%s: %v", path, err)
		}
	}
	e := must(open(t, sample()).Edit(1, wim.EditOptions{}))
	if err := e.Put("PROGRA~1/new.txt", wim.Bytes([]byte("x"))); !errors.Is(err, wim.ErrPath) {
		t.Errorf("put below a short name: %v", err)
	}
	i := wim.NewBuilder(nil).AddImage(wim.ImageInfo{Name: "x"}, wim.Meta{})
	check(i.Dir("long name", wim.Meta{ShortName: "LONGNA~1"}))
	if err := i.File("LongNa~1", wim.Bytes(nil), wim.Meta{}); !errors.Is(err, wim.ErrPath) {
		t.Errorf("a name that is another's short name: %v", err)
	}
}

// Some writers state the unnamed data twice when there are named streams.
func TestUnnamedDataStatedTwice(t *testing.T) {
	old := wim.Bytes([]byte("unnamed")).SHA1
	base := forge(sample(), func(m []byte) { copy(m[entryAt(m, "streams.txt")+64:], old[:]) })
	out, _ := edited(t, base, 1, func(e *wim.Editor) error { return e.Put("Program Files/streams.txt", wim.Bytes([]byte("changed"))) })
	if _, ok := open(t, out).Blobs()[old]; ok {
		t.Error("one of the two still names the old data")
	}
	if b := must(image(t, open(t, out), 1).ReadFile("Program Files/streams.txt", 99)); string(b) != "changed" {
		t.Errorf("%q", b)
	}
	other := wim.Bytes([]byte("names")).SHA1
	base = forge(sample(), func(m []byte) { copy(m[entryAt(m, "streams.txt")+64:], other[:]) })
	if _, err := open(t, base).Edit(1, wim.EditOptions{}); !errors.Is(err, wim.ErrCorrupt) || !strings.Contains(err.Error(), "2 unnamed streams") {
		t.Errorf("two different ones: %v", err)
	}
}

// Equal link ids with different data are different files: some writers number
// per directory.
func TestLinkIDsWithOtherDataAreNotFollowed(t *testing.T) {
	base := forge(flat("bbb", "ccc"), func(m []byte) {
		le.PutUint64(m[entryAt(m, "bbb")+88:], 7)
		le.PutUint64(m[entryAt(m, "ccc")+88:], 7)
	})
	out, _ := edited(t, base, 1, func(e *wim.Editor) error { return e.Put("bbb", wim.Bytes([]byte("changed"))) })
	if b := must(image(t, open(t, out), 1).ReadFile("ccc", 99)); string(b) != "ccc" {
		t.Errorf("the other file is %q now", b)
	}
}

func TestDamagedBlobIsNotReadNorReused(t *testing.T) {
	base := flat("some unique content")
	base[bytes.Index(base, []byte("some unique content"))] ^= 1
	f := open(t, base)
	if _, err := image(t, f, 1).ReadFile("some unique content", 99); !errors.Is(err, wim.ErrCorrupt) || !strings.Contains(err.Error(), "SHA-1") {
		t.Errorf("read: %v", err)
	}
	if err := must(f.Edit(1, wim.EditOptions{})).Put("new", wim.Bytes([]byte("some unique content"))); !errors.Is(err, wim.ErrCorrupt) {
		t.Errorf("reuse: %v", err)
	}
}

func TestBootHeaderPointsAtTheMetadata(t *testing.T) {
	out, _ := edited(t, sample(), 2, standard)
	row := out[le.Uint64(out[56:]):][:24]
	if !bytes.Equal(out[96:120], row) {
		t.Errorf("boot metadata %x, row %x", out[96:120], row)
	}
	out, _ = edited(t, sample(), 1, standard)
	if !bytes.Equal(out[96:120], make([]byte, 24)) {
		t.Errorf("boot metadata %x, but the boot image is gone", out[96:120])
	}
}

func TestTouchedBaseIsFound(t *testing.T) {
	p := save(t, "base.wim", sample())
	_, f := openFile(t, p)
	e := must(f.Edit(1, wim.EditOptions{Epoch: epoch}))
	check(os.Chtimes(p, time.Time{}, time.Now().Add(time.Hour)))
	out := must(os.Create(filepath.Join(t.TempDir(), "out.wim")))
	defer func() { _ = out.Close() }()
	if _, err := e.WriteTo(context.Background(), out, nil); !errors.Is(err, wim.ErrChanged) {
		t.Errorf("%v", err)
	}
}

// journal notes the order of what reaches the disk.
type journal struct {
	memory
	noting sync.Mutex // the disk is asked to flush while more is written
	log    []string
}

func (j *journal) note(what string) {
	j.noting.Lock()
	defer j.noting.Unlock()
	j.log = append(j.log, what)
}

func (j *journal) WriteAt(p []byte, off int64) (int, error) {
	switch {
	case off > 0:
		j.note("data")
	case bytes.Equal(p[:208], make([]byte, 208)):
		j.note("zero")
	case len(p) > 208:
		j.note("header with data")
	default:
		j.note("header")
	}
	return j.memory.WriteAt(p, off)
}

func (j *journal) Sync() error {
	j.note("sync")
	return nil
}

func TestHeaderComesLastAndSynced(t *testing.T) {
	e := must(open(t, sample()).Edit(1, wim.EditOptions{Epoch: epoch}))
	check(standard(e))
	var j journal
	must(e.WriteTo(context.Background(), &j, nil))
	got := fmt.Sprint(j.log)
	// Three times: when the base has been copied, when all is written, and behind the header. The first may come late.
	if !strings.HasPrefix(got, "[zero ") || !strings.HasSuffix(got, "sync header sync]") || strings.Count(got, "header") != 1 || strings.Count(got, "sync") != 3 {
		t.Errorf("order on disk: %s", got)
	}
}

type forgedTable struct {
	base   []byte
	change func(b []byte)
	text   string
}

// forgedTables has a line for each way in which lookup table and XML can lie.
func forgedTables() map[string]forgedTable {
	utf16 := func(s string) []byte {
		var b []byte
		for _, c := range s {
			b = append(b, byte(c), byte(c>>8))
		}
		return b
	}
	row := func(b []byte, n uint64) []byte { return b[le.Uint64(b[56:])+50*n:] }
	plain := sample()
	return map[string]forgedTable{
		"part of a row": {plain, func(b []byte) {
			le.PutUint64(b[48:], le.Uint64(b[48:])-1)
			le.PutUint64(b[64:], le.Uint64(b[64:])-1)
		}, "whole number of rows"},
		"image missing in the XML": {plain, func(b []byte) {
			i, j := bytes.LastIndex(b, utf16("<IMAGE ")), bytes.LastIndex(b, utf16("</IMAGE>"))
			copy(b[i:], utf16("<IMAGX "))
			copy(b[j:], utf16("</IMAGX>"))
		}, "the XML has 1 images"},
		"XML of another sort": {plain, func(b []byte) {
			i, j := bytes.Index(b, utf16("<WIM>")), bytes.Index(b, utf16("</WIM>"))
			copy(b[i:], utf16("<WAM>"))
			copy(b[j:], utf16("</WAM>"))
		}, "root element is WAM"},
		"XML without end":    {plain, func(b []byte) { copy(b[len(b)-12:], utf16("      ")) }, "XML"},
		"row in the header":  {plain, func(b []byte) { le.PutUint64(row(b, 2)[8:], 207) }, "offset 207"},
		"two sizes":          {plain, func(b []byte) { le.PutUint64(row(b, 2)[16:], 1) }, "two sizes"},
		"solid resource":     {plain, func(b []byte) { row(b, 2)[7] |= 0x10 }, "wimlib-imagex export"},
		"other part":         {plain, func(b []byte) { row(b, 2)[24] = 2 }, "wimlib-imagex join"},
		"blob without bytes": {plain, func(b []byte) { clear(row(b, 2)[:7]); clear(row(b, 2)[16:24]) }, "empty blob"},
	}
}

func TestForgedTables(t *testing.T) {
	for name, tc := range forgedTables() {
		b := bytes.Clone(tc.base)
		tc.change(b)
		_, err := wim.Open(bytes.NewReader(b), int64(len(b)))
		if !errors.Is(err, wim.ErrCorrupt) && !errors.Is(err, wim.ErrUnsupported) || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A compressed resource that claims more bytes than its data would have without compression would cost memory for nothing.
func TestInflatedResource(t *testing.T) {
	b := lzx(t, sample())
	row := b[le.Uint64(b[56:]):]
	size := le.Uint64(row) & (1<<56 - 1)
	le.PutUint64(row[16:], size-1)
	row[7] |= 4
	if _, err := wim.Open(bytes.NewReader(b), int64(len(b))); !errors.Is(err, wim.ErrCorrupt) || !strings.Contains(err.Error(), "compressed") {
		t.Errorf("%v", err)
	}
}

func TestFileTimeBounds(t *testing.T) {
	for _, tc := range []struct {
		t    time.Time
		want wim.FileTime
	}{
		{time.Time{}, 0},
		{time.Unix(-1<<62, 0), 0},
		{time.Date(1600, 12, 31, 23, 59, 59, 999999900, time.UTC), 0},
		{time.Date(1601, 1, 1, 0, 0, 0, 100, time.UTC), 1},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), 2650467744000000000},
		{time.Unix(1<<62, 0), 9223372036840000000},
	} {
		if got := wim.NewFileTime(tc.t); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.t, got, tc.want)
		}
	}
}

func TestLyingChunkCount(t *testing.T) {
	b := lzx(t, sample())
	row := b[le.Uint64(b[56:]):]
	le.PutUint64(row[16:], 1<<61)
	row[7] |= 4
	if _, err := wim.Open(bytes.NewReader(b), int64(len(b))); !errors.Is(err, wim.ErrCorrupt) || !strings.Contains(err.Error(), "do not fit") {
		t.Errorf("%v", err)
	}
}
