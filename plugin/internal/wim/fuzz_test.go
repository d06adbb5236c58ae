package wim_test

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"testing"
	"unicode/utf16"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// FuzzOpen reads a file as far as it goes, and edits what can be opened.
func FuzzOpen(f *testing.F) {
	for _, b := range small(f) {
		f.Add(b)
	}
	rich := richWIM()
	for _, b := range hostile.Seeds(rich, fieldsOf(rich), mendMetadata) {
		f.Add(b)
	}
	packed := packedWIM()
	for _, b := range hostile.Seeds(packed, fieldsOf(packed), nil) {
		f.Add(b)
	}
	for _, l := range forgedTables() {
		b := bytes.Clone(l.base)
		l.change(b)
		f.Add(b)
	}
	for _, change := range []func(b, row []byte){
		func(b, _ []byte) { b[18] = 4 },                                    // LZX
		func(b, _ []byte) { clear(b[16:20]) },                              // no compression
		func(_, row []byte) { le.PutUint64(row[16:], 1<<61) },              // more chunks than bytes
		func(_, row []byte) { le.PutUint64(row[16:], 1<<33) },              // a table of wide entries
		func(_, row []byte) { le.PutUint64(row[16:], 9) },                  // less than is stored
		func(_, row []byte) { le.PutUint64(row[16:], 100) },                // one chunk, and it ends elsewhere
		func(b, row []byte) { le.PutUint64(row, le.Uint64(b[48:])|4<<56) }, // another size
	} {
		b := bytes.Clone(packed)
		change(b, b[bytes.LastIndex(b, sha1Of(bytes.Repeat([]byte{'a'}, 70000)))-30:])
		f.Add(b)
	}
	for _, cut := range []int{0, 100, 208, len(rich) / 2, len(rich) - 1} {
		f.Add(rich[:cut])
	}
	for _, at := range []int{48, 72} { // table and XML are said to be compressed
		b := bytes.Clone(packed)
		b[at+7] |= 4
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		hostile.Bounded(t, len(b), 64, 8<<20, func() { _, _ = readAll(b) })
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
	rich := richWIM()
	f.Add(wim.MetadataOf(rich))
	for _, b := range hostile.Seeds(rich, fieldsOf(rich), mendMetadata) {
		if meta, ok := metadataIn(rich, b); ok {
			f.Add(meta)
		}
	}
	for _, l := range forgeries() {
		b := forge(flat("bbb", "ccc", "ddd", "eee"), l.change)
		if meta, ok := metadataIn(b, b); ok {
			f.Add(meta)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		hostile.Bounded(t, len(b), 64, 1<<20, func() { _, _ = wim.RoundTrip(bytes.Clone(b)) })
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

// metadataIn cuts the metadata of the first image of a good file out of a changed copy of it.
func metadataIn(good, b []byte) ([]byte, bool) {
	row := good[le.Uint64(good[56:]):]
	off, size := le.Uint64(row[8:]), le.Uint64(row)&(1<<56-1)
	return b[off : off+size], row[7]&6 == 2
}

func typed(err error) bool {
	return errors.Is(err, wim.ErrCorrupt) || errors.Is(err, wim.ErrUnsupported)
}

// FuzzHeader feeds the 208 bytes at the start of a file of any size.
func FuzzHeader(f *testing.F) {
	for _, change := range headers() {
		b := sample()
		size := len(b)
		change.change(b)
		f.Add(b[:208], int64(size))
	}
	for _, b := range hostile.Seeds(sample(), fieldsOf(sample()), nil) {
		f.Add(b[:208], int64(len(b)))
	}
	f.Fuzz(func(t *testing.T, b []byte, size int64) {
		ends, chunk, err := wim.ParseHeader(append(bytes.Clone(b), make([]byte, 208)...)[:208], size)
		if err != nil {
			if !typed(err) {
				t.Fatalf("untyped %v", err)
			}
			return
		}
		for _, end := range ends {
			if end > uint64(size) && end != ends[2] || chunk == 0 {
				t.Fatalf("a resource ends at %d of %d, chunks of %d", end, size, chunk)
			}
		}
	})
}

// FuzzLookup feeds the table of all resources.
func FuzzLookup(f *testing.F) {
	for _, good := range [][]byte{sample(), packedWIM()} {
		for _, b := range hostile.Seeds(good, fieldsOf(good), nil) {
			from, n := le.Uint64(good[56:]), le.Uint64(good[48:])&(1<<56-1)
			f.Add(b[from:from+n], int64(len(b)), uint32(32<<10))
		}
	}
	f.Add(make([]byte, 49), int64(1000), uint32(32<<10))
	empty := make([]byte, 50)
	empty[24] = 1
	f.Add(empty, int64(1000), uint32(32<<10))
	f.Add(make([]byte, 50), int64(1000), uint32(32<<10))
	f.Fuzz(func(t *testing.T, b []byte, size int64, chunk uint32) {
		hostile.Bounded(t, len(b), 64, 1<<20, func() { _, _, _, _ = wim.ParseLookup(b, size, uint64(max(chunk, 1))) })
		if chunk == 0 || size < 0 { // the header's to refuse
			return
		}
		images, blobs, end, err := wim.ParseLookup(b, size, uint64(chunk))
		if err != nil {
			if !typed(err) {
				t.Fatalf("untyped %v", err)
			}
			return
		}
		if end > uint64(size) || images+blobs > len(b)/50 {
			t.Fatalf("%d images and %d blobs, the last ends at %d of %d", images, blobs, end, size)
		}
	})
}

// FuzzXML feeds the XML, as it is stored. What is read must be read from its edited form too.
func FuzzXML(f *testing.F) {
	good := sample()
	from, n := le.Uint64(good[80:]), le.Uint64(good[72:])&(1<<56-1)
	for _, b := range hostile.Seeds(good, fieldsOf(good), nil) {
		f.Add(b[from : from+n])
	}
	for _, text := range []string{
		"<WIM/>", "<WIM><IMAGE INDEX='1'/></WIM>", "<WIM><IMAGE/></WIM>", "<WAM/>", "<WIM", "<WIM>&#65;<IMAGE INDEX=\"1\"><NAME>å</NAME><WINDOWS><ARCH>7</ARCH></WINDOWS></IMAGE></WIM>",
		"<WIM><IMAGE INDEX=\"2\"/></WIM>", "<WIM><TOTALBYTES>x</TOTALBYTES><IMAGE INDEX=\"1\"><DIRCOUNT>-1</DIRCOUNT><FILECOUNT>9</FILECOUNT></IMAGE></WIM>",
		"<WIM><IMAGE INDEX=\"1\"><CREATIONTIME><HIGHPART>1</HIGHPART></CREATIONTIME></IMAGE></WIM>",
		"<WIM><IMAGE INDEX=\"1\"><LASTMODIFICATIONTIME><HIGHPART>0x1</HIGHPART><LOWPART>0xg</LOWPART></LASTMODIFICATIONTIME></IMAGE></WIM>",
		"<WIM><IMAGE INDEX=\"1\"><WINDOWS><VERSION><MAJOR>10</MAJOR><BUILD>1</BUILD></VERSION></WINDOWS></IMAGE><IMAGE INDEX=\"2\"></IMAGE></WIM>",
		"<WIM><!-- --><a><b><c><d><e/></d></c></b></a></WIM>", "", "x",
	} {
		f.Add(utf16Of(text))
	}
	f.Add([]byte{0xff, 0xfe, 0, 0xd8})
	f.Fuzz(func(t *testing.T, b []byte) {
		hostile.Bounded(t, len(b), 64, 1<<20, func() { _, _ = wim.ParseXML(b) })
		images, err := wim.ParseXML(b)
		if err != nil {
			if !typed(err) {
				t.Fatalf("untyped %v", err)
			}
			return
		}
		for n := range images {
			out, err := wim.EditRawXML(b, n+1)
			if err != nil {
				if !typed(err) {
					t.Fatalf("untyped %v", err)
				}
				continue
			}
			if again, err := wim.ParseXML(out); err != nil || len(again) != 1 || again[0].Name != images[n].Name {
				t.Fatalf("image %d was %+v and is %+v, %v", n+1, images[n], again, err)
			}
		}
	})
}

func utf16Of(s string) []byte {
	b := []byte{0xff, 0xfe}
	for _, c := range utf16.Encode([]rune(s)) {
		b = append(b, byte(c), byte(c>>8))
	}
	return b
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
