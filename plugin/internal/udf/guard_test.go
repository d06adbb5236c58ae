package udf_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/udf"
)

// oneFile is a disc with one file, "f", of a size and a list of extents.
func oneFile(size int64, list func(d *disc) []byte) *disc {
	d := newDisc(512, false)
	at := d.entryBlock()
	d.entry(at, entry{kind: 5, size: size, list: list(d)})
	names := d.name("", 8, at)
	names = append(names, d.name("f", 0, at)...)
	root := d.entryBlock()
	d.entry(root, entry{kind: 4, size: int64(len(names)), list: d.data(names, int(d.block))})
	return d.finish(root)
}

// Lists of extents that have no end, or more than any file has, and extents that lie outside of the image.
func TestListsOfExtents(t *testing.T) {
	round := oneFile(10, func(d *disc) []byte {
		at := d.entryBlock()
		next := short(d.block|3<<30, at.block)
		b := make([]byte, d.block)
		le.PutUint32(b[20:], uint32(len(next)))
		copy(b[24:], next)
		d.put(d.image(at), tagged(258, at.block, b))
		return next
	})
	const most = 1 << 20
	many := oneFile(most+100, func(d *disc) []byte {
		var list []byte
		each := int(d.block-24)/8 - 1
		for left := most + 100; left > 0; left -= each {
			var part []byte
			for range min(each, left) {
				part = append(le.AppendUint32(part, 1|1<<30), 0, 0, 0, 0) // a hole of one byte
			}
			list = d.continuation(append(part, list...))
		}
		return list
	})
	whole := oneFile(512, func(d *disc) []byte { return d.data(noise(512), 512) })
	outside := oneFile(512, func(d *disc) []byte { return short(512, 1<<20) })
	cutAt := int64(0)
	cut := oneFile(1024, func(d *disc) []byte {
		last := d.next + 50
		cutAt = (partitionStart + last + 1) * d.block // between the two blocks of the file
		d.put(partitionStart+last, noise(1024))
		return short(1024, last)
	})
	for name, tc := range map[string]struct {
		d    *disc
		size int64
		text string
	}{
		"goes round":       {round, round.size(), "a list of extents goes round"},
		"too many":         {many, many.size(), "too many extents"},
		"cut off":          {cut, cutAt, "ends behind its partition: the image is cut off or damaged"},
		"behind the image": {outside, outside.size(), "block 1048576"},
	} {
		v, err := udf.Open(tc.d, tc.size)
		if err == nil {
			_, err = v.Open("f")
		}
		if !errors.Is(err, udf.ErrCorrupt) || !strings.Contains(fmt.Sprint(err), tc.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	v, err := udf.Open(whole, whole.size())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Open("f"); err != nil {
		t.Errorf("the file itself: %v", err)
	}
}

// Each check of a descriptor's tag refuses by itself.
func TestTags(t *testing.T) {
	sum := func(b []byte) { // of the tag alone
		b[4] = 0
		for i, c := range b[:16] {
			if i != 4 {
				b[4] += c
			}
		}
	}
	for name, tc := range map[string]struct {
		change func(b []byte)
		text   string
	}{
		"checksum": {func(b []byte) { b[4]++ }, "its checksum is"},
		"version":  {func(b []byte) { b[2] = 4; sum(b) }, "version 4"},
		"size":     {func(b []byte) { le.PutUint16(b[10:], 60000); sum(b) }, "60000 bytes do not fit"},
		"CRC":      {func(b []byte) { b[8]++; sum(b) }, "wrong CRC"},
		"place":    {func(b []byte) { b[12]++; sum(b) }, "stands at"},
		"kind":     {func(b []byte) { le.PutUint16(b, 256); seal(b) }, "kind 256"},
		"empty":    {func(b []byte) { clear(b) }, "an empty block"},
	} {
		d, _ := everything(2048, false)
		for _, at := range d.used() {
			if b := d.blocks[at]; le.Uint16(b) == 266 { // the entry of "in extents", the only extended one
				tc.change(b)
			}
		}
		v, err := udf.Open(d, d.size())
		if err == nil {
			_, err = v.Open("in extents")
		}
		if !errors.Is(err, udf.ErrCorrupt) || !strings.Contains(fmt.Sprint(err), tc.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
