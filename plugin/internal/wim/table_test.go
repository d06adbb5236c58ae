package wim_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// named counts the names of each blob by walking all images.
func named(t *testing.T, f *wim.File) map[wim.Hash]uint32 {
	out := map[wim.Hash]uint32{}
	add := func(h wim.Hash) {
		if !h.IsZero() {
			out[h]++
		}
	}
	for n := range f.Images() {
		img := image(t, f, n+1)
		check(img.Walk("", func(i wim.Info) error {
			add(i.SHA1)
			for _, s := range i.Streams {
				add(s.SHA1)
			}
			if i.ReparseTag != 0 {
				add(wim.Bytes(must(img.ReadReparse(i.Path))).SHA1)
			}
			return nil
		}))
	}
	return out
}

func TestReferenceCountsAreTrue(t *testing.T) {
	base := sample()
	if d := cmp.Diff(named(t, open(t, base)), open(t, base).Blobs()); d != "" {
		t.Errorf("new file: %s", d)
	}
	for index := 1; index <= 2; index++ {
		out, _ := edited(t, base, index, standard)
		f := open(t, out)
		if d := cmp.Diff(named(t, f), f.Blobs()); d != "" {
			t.Errorf("image %d: %s", index, d)
		}
		only := wim.Bytes([]byte("only in the second image")).SHA1
		if _, ok := f.Blobs()[only]; ok != (index == 2) {
			t.Errorf("image %d: blob of the other image in the table: %v", index, ok)
		}
	}
}

// The identifier tells apart what differs in the plan alone, or in the base's own identifier.
func TestGUIDFollowsItsInputs(t *testing.T) {
	guid := func(base []byte, seed string) [16]byte {
		e := must(open(t, base).Edit(1, wim.EditOptions{Epoch: epoch, Seed: []byte(seed)}))
		check(e.Put("a", wim.Bytes([]byte("a"))))
		return must(e.WriteTo(context.Background(), new(memory), nil)).GUID
	}
	other := sample()
	other[24]++
	seen := map[[16]byte]bool{guid(sample(), "one"): true, guid(sample(), "one"): true, guid(sample(), "two"): true, guid(other, "one"): true}
	if len(seen) != 3 {
		t.Errorf("%d identifiers, want 3", len(seen))
	}
}

// A row that its writer marked as free is not free when the image names its blob.
func TestFreeFlagIsNotPassedOn(t *testing.T) {
	base := sample()
	table, size := le.Uint64(base[56:]), le.Uint64(base[48:])&(1<<56-1)
	for row := table; row < table+size; row += 50 {
		base[row+7] |= 1
	}
	out, _ := edited(t, base, 1, standard)
	table, size = le.Uint64(out[56:]), le.Uint64(out[48:])&(1<<56-1)
	for row := table; row < table+size; row += 50 {
		if out[row+7]&1 != 0 {
			t.Errorf("row %d is marked as free", (row-table)/50)
		}
	}
}

func TestReadOnlyFlagIsNotPassedOn(t *testing.T) {
	base := sample()
	base[16] |= 4
	if open(t, base).Flags()&4 == 0 {
		t.Fatal("the base is not marked read-only")
	}
	out, _ := edited(t, base, 1, standard)
	if f := open(t, out).Flags(); f != 0x80 {
		t.Errorf("flags are %#x", f)
	}
}

func TestXMLKeepsWhatItDoesNotKnow(t *testing.T) {
	const text = `<?xml version="1.0" encoding="utf-16"?>
<WIM>
  <TOTALBYTES>1</TOTALBYTES>
  <IMAGE INDEX="2"><DIRCOUNT>7</DIRCOUNT><NAME>två &amp; 😀</NAME></IMAGE>
  <!-- a note -->
  <IMAGE  vendor='x' INDEX = '1' ><DIRCOUNT>10</DIRCOUNT ><FILECOUNT> 20 </FILECOUNT><TOTALBYTES>30</TOTALBYTES><HARDLINKBYTES>?</HARDLINKBYTES><EMPTY/>
    <LASTMODIFICATIONTIME><HIGHPART>0x1</HIGHPART><LOWPART>0x2</LOWPART></LASTMODIFICATIONTIME><WINDOWS><DIRCOUNT>5</DIRCOUNT></WINDOWS></IMAGE>
</WIM>`
	want := strings.NewReplacer(
		`<TOTALBYTES>1<`, `<TOTALBYTES>4711<`,
		"<IMAGE INDEX=\"2\"><DIRCOUNT>7</DIRCOUNT><NAME>två &amp; 😀</NAME></IMAGE>", "",
		`INDEX = '1'`, `INDEX = "1"`,
		`>10<`, `>11<`, `> 20 <`, `>18<`, `>30<`, `>0<`,
		`0x1<`, `0x00000003<`, `0x2<`, `0x00000004<`,
	).Replace(text)
	got, err := wim.EditXML(text, 1, 1, -2, -100, 5, 3<<32|4, 4711)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got, err = wim.EditXML(text, 2, 0, 0, 0, 0, 0, 0); err != nil || !strings.Contains(got, `<IMAGE INDEX="1"><DIRCOUNT>7</DIRCOUNT><NAME>två &amp; 😀</NAME></IMAGE>`) || strings.Contains(got, "vendor") {
		t.Errorf("%v\n%s", err, got)
	}
}

// Every field of a lookup row and of the metadata's start, at its limits: the
// SHA-1 in the row stands against a changed resource.
func TestTableRowFields(t *testing.T) {
	base := sample()
	want := must(readAll(base))
	table := int(le.Uint64(base[56:]))
	for _, row := range []int{0, 1, 2, 5} { // two images, two blobs
		for _, at := range []int{0, 7, 8, 16, 24, 30} {
			for _, v := range []uint64{0, 1, math.MaxUint64, le.Uint64(base[table+50*row+at:]) + 1} {
				b := bytes.Clone(base)
				le.PutUint64(b[table+50*row+at:], v)
				got, err := readAll(b)
				if err != nil {
					continue
				}
				for p, i := range want {
					if got[p].SHA1 != i.SHA1 {
						t.Errorf("row %d, offset %d = %#x: %s is read differently", row, at, v, p)
					}
				}
			}
		}
	}
}

// A metadata row that nothing counts belongs to an image that was deleted.
func TestDeletedImageIsNoImage(t *testing.T) {
	b := flat("bbb")
	at, size := le.Uint64(b[56:]), le.Uint64(b[48:])&(1<<56-1)
	gone := bytes.Clone(b[at : at+50])
	le.PutUint32(gone[26:], 0)
	table := slices.Concat(gone, b[at:at+size])
	le.PutUint64(b[48:], uint64(len(table))|2<<56)
	le.PutUint64(b[56:], uint64(len(b)))
	le.PutUint64(b[64:], uint64(len(table)))
	b = append(b, table...)
	if got := must(image(t, open(t, b), 1).ReadFile("bbb", 9)); string(got) != "bbb" {
		t.Errorf("%q", got)
	}
}

// The security table states its length with the padding, as Windows' own does.
func TestSecurityTableLength(t *testing.T) {
	out, _ := edited(t, sample(), 1, standard)
	meta := wim.MetadataOf(out)
	total, end := uint64(le.Uint32(meta)), 8+8*uint64(le.Uint32(meta[4:]))
	for i := range le.Uint32(meta[4:]) {
		end += le.Uint64(meta[8+8*i:])
	}
	if want := (end + 7) &^ 7; total != want {
		t.Errorf("%d bytes, want %d", total, want)
	}
}

// far serves a small file, and behind it a resource of chunks that were stored as they are: 4 GiB that nobody has to have.
type far struct {
	near  []byte
	at    int64 // of the resource
	table int64 // bytes of its chunk table
}

func (f far) ReadAt(p []byte, off int64) (int, error) {
	if off < f.at {
		return bytes.NewReader(f.near).ReadAt(p, off)
	}
	off -= f.at
	switch {
	case off < f.table: // one entry of 8 bytes: the end of a chunk
		le.PutUint64(p, uint64(off/8+1)*32768)
	default:
		for i := range p {
			p[i] = byte((off - f.table + int64(i)) / 32768)
		}
	}
	return len(p), nil
}

func TestChunkTableBeyondFourGigabytes(t *testing.T) {
	b := flat("bbb")
	const plain = 1<<32 + 32768
	f := far{b, int64(len(b)), (plain/32768 - 1) * 8}
	row := b[le.Uint64(b[56:])+50:]
	le.PutUint64(row, uint64(f.table+plain)|4<<56)
	le.PutUint64(row[8:], uint64(f.at))
	le.PutUint64(row[16:], plain)
	w := must(wim.Open(f, f.at+f.table+plain))
	r := must(image(t, w, 1).Open("bbb"))
	got := make([]byte, 5*32768)
	must(io.ReadFull(r, got))
	for i, c := range got {
		if int(c) != i/32768 {
			t.Fatalf("byte %d is %d, want %d", i, c, i/32768)
		}
	}
}
