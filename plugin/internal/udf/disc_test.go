package udf_test

import (
	"encoding/binary"
	"io"
	"maps"
	"slices"
	"unicode/utf16"
)

var le = binary.LittleEndian

// disc is a UDF image in the making: blocks that hold something, zeros between them. It is its own io.ReaderAt, so that a medium of
// many GiB takes no memory. It makes the shapes that other writers of tests do not.
type disc struct {
	block  int64
	blocks map[int64][]byte
	end    int64 // blocks
	next   int64 // free block of the partition
	meta   int64 // block of the partition where the metadata partition begins, 0 for none
	metaAt int64 // free block of the metadata partition
}

const (
	partitionStart = 300
	metaGap        = 3 // the metadata partition lies in two places, this far apart
	metaSplit      = 8 // its first extent has so many blocks
)

func (d *disc) ReadAt(p []byte, off int64) (int, error) {
	for n := 0; n < len(p); {
		if off >= d.end*d.block {
			return n, io.EOF
		}
		c := min(int64(len(p)-n), d.block-off%d.block)
		part := p[n : int64(n)+c]
		clear(part)
		if b := d.blocks[off/d.block]; b != nil {
			copy(part, b[off%d.block:])
		}
		n, off = n+int(c), off+c
	}
	return len(p), nil
}

func (d *disc) size() int64 { return d.end * d.block }

// put lays bytes down from a block of the image on.
func (d *disc) put(at int64, b []byte) {
	for len(b) > 0 {
		one := make([]byte, d.block)
		n := copy(one, b)
		d.blocks[at], b = one, b[n:]
		d.end, at = max(d.end, at+1), at+1
	}
}

// tagged makes a descriptor: tag, checksum, CRC, place.
func tagged(id uint16, at int64, b []byte) []byte {
	le.PutUint16(b, id)
	le.PutUint16(b[2:], 3)
	le.PutUint32(b[12:], uint32(at))
	seal(b)
	return b
}

// seal makes checksum and CRC of a descriptor right.
func seal(b []byte) {
	if n := int(le.Uint16(b[10:])); n == 0 || n > len(b)-16 {
		le.PutUint16(b[10:], uint16(len(b)-16))
	}
	c := uint16(0)
	for _, x := range b[16 : 16+int(le.Uint16(b[10:]))] {
		c ^= uint16(x) << 8
		for range 8 {
			if c&0x8000 != 0 {
				c = c<<1 ^ 0x1021
			} else {
				c <<= 1
			}
		}
	}
	le.PutUint16(b[8:], c)
	b[4] = 0
	sum := byte(0)
	for _, x := range b[:16] {
		sum += x
	}
	b[4] = sum
}

func cs0(s string) []byte {
	if s == "" {
		return nil
	}
	out := []byte{16}
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.BigEndian.AppendUint16(out, u)
	}
	return out
}

// part is where something lies: a block of a partition reference.
type part struct {
	block int64
	ref   int
}

func (p part) long(size int64) []byte {
	b := le.AppendUint32(nil, uint32(size))
	b = le.AppendUint32(b, uint32(p.block))
	b = le.AppendUint16(b, uint16(p.ref))
	return append(b, make([]byte, 6)...)
}

// entryBlock takes a block for a file entry: in the metadata partition where there is one.
func (d *disc) entryBlock() part {
	if d.meta == 0 {
		d.next++
		return part{d.next - 1, 0}
	}
	d.metaAt++
	return part{d.metaAt - 1, 1}
}

// image turns a block of a partition reference into one of the image.
func (d *disc) image(p part) int64 {
	if p.ref == 0 {
		return partitionStart + p.block
	}
	at := partitionStart + d.meta + p.block
	if p.block >= metaSplit {
		at += metaGap
	}
	return at
}

// entry is a file entry: its list of extents, or its data where form is 3.
type entry struct {
	kind     byte
	form     byte
	extended bool
	size     int64
	list     []byte
}

func (d *disc) entry(at part, e entry) {
	b := make([]byte, d.block)
	le.PutUint16(b[20:], 4)
	b[27], b[34] = e.kind, e.form
	le.PutUint64(b[56:], uint64(e.size))
	head, id := 176, uint16(261)
	if e.extended {
		head, id = 216, 266
	}
	le.PutUint32(b[head-4:], uint32(len(e.list)))
	copy(b[head:], e.list)
	d.put(d.image(at), tagged(id, at.block, b))
}

// data lays bytes into the partition and returns their extents as short descriptors, each of at most step bytes, with gaps between.
func (d *disc) data(b []byte, step int) (list []byte) {
	for chunk := range slices.Chunk(b, step) {
		list = le.AppendUint32(list, uint32(len(chunk)))
		list = le.AppendUint32(list, uint32(d.next))
		d.put(partitionStart+d.next, chunk)
		d.next += (int64(len(chunk))+d.block-1)/d.block + 1
	}
	return list
}

// name is an entry of a directory.
func (d *disc) name(s string, mark byte, at part) []byte {
	id := cs0(s)
	b := make([]byte, (38+len(id)+3)&^3)
	le.PutUint16(b[16:], 1)
	b[18], b[19] = mark, byte(len(id))
	copy(b[20:], at.long(d.block))
	copy(b[38:], id)
	return tagged(257, at.block, b)
}

func newDisc(block int64, metadata bool) *disc {
	d := &disc{block: block, blocks: map[int64][]byte{}, next: 1}
	for n, id := range []string{"BEA01", "NSR03", "TEA01"} {
		d.raw((16+int64(n))*2048, append([]byte{0}, id+"\x01"...))
	}
	if metadata {
		d.next, d.meta = 40, 10
	}
	return d
}

// raw lays bytes at an offset, keeping what is beside them.
func (d *disc) raw(off int64, b []byte) {
	at := off / d.block
	if d.blocks[at] == nil {
		d.put(at, make([]byte, d.block))
	}
	copy(d.blocks[at][off%d.block:], b)
}

// finish writes the volume structures around a root directory.
func (d *disc) finish(root part) *disc {
	fileSet := part{0, 0}
	if d.meta > 0 {
		fileSet = d.entryBlock()
	}
	b := make([]byte, d.block)
	copy(b[400:], root.long(d.block))
	d.put(d.image(fileSet), tagged(256, fileSet.block, b))
	mapTable := []byte{1, 6, 1, 0, 0, 0}
	if d.meta > 0 {
		m := make([]byte, 64)
		m[0], m[1] = 2, 64
		copy(m[5:], "*UDF Metadata Partition")
		le.PutUint32(m[40:], 5)
		le.PutUint32(m[44:], 6)
		mapTable = append(mapTable, m...)
		list := append(short(metaSplit*d.block, d.meta), short(20*d.block, d.meta+metaSplit+metaGap)...)
		d.entry(part{5, 0}, entry{kind: 250, extended: true, size: (metaSplit + 20) * d.block, list: list})
		d.entry(part{6, 0}, entry{kind: 251, extended: true, size: (metaSplit + 20) * d.block, list: list})
	}
	d.end = max(d.end, partitionStart+d.next) + 1
	for _, at := range []int64{96, 112} {
		p := make([]byte, d.block)
		le.PutUint32(p[188:], partitionStart)
		le.PutUint32(p[192:], uint32(d.end-partitionStart))
		d.put(at, tagged(5, at, p))
		l := make([]byte, d.block)
		copy(l[84:], cs0("LABEL"))
		l[84+127] = 11
		le.PutUint32(l[212:], uint32(d.block))
		copy(l[217:], "*OSTA UDF Compliant")
		le.PutUint16(l[240:], 0x250)
		copy(l[248:], fileSet.long(d.block))
		le.PutUint32(l[264:], uint32(len(mapTable)))
		le.PutUint32(l[268:], uint32(1+len(mapTable)/70))
		copy(l[440:], mapTable)
		d.put(at+1, tagged(6, at+1, l))
		d.put(at+2, tagged(8, at+2, make([]byte, d.block)))
	}
	a := make([]byte, d.block)
	for n, at := range []uint32{96, 112} {
		le.PutUint32(a[16+8*n:], uint32(16*d.block))
		le.PutUint32(a[20+8*n:], at)
	}
	d.put(256, tagged(2, 256, a))
	return d
}

func short(size, at int64) []byte {
	return le.AppendUint32(le.AppendUint32(nil, uint32(size)), uint32(at))
}

// used lists the blocks that hold something.
func (d *disc) used() []int64 { return slices.Sorted(maps.Keys(d.blocks)) }
