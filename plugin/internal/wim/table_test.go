package wim_test

import (
	"bytes"
	"math"
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
