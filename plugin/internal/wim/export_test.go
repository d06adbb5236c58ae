package wim

import (
	"bytes"
	"iter"
)

// RoundTrip parses metadata and lays it out again.
func RoundTrip(b []byte) ([]byte, error) {
	m, err := parseMetadata(b)
	if err != nil {
		return nil, err
	}
	return m.marshal(), nil
}

// MetadataOf returns the metadata of the first image of a good file.
func MetadataOf(b []byte) []byte {
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		panic(err)
	}
	m, _, err := f.metadata(1)
	if err != nil {
		panic(err)
	}
	return m
}

// EditXML exposes the rewriting of the XML text of one image.
func EditXML(text string, index int, dirs, files, total, hard int64, modified FileTime, xmlOffset uint64) (string, error) {
	b, err := editXML(encodeXML(text), index, counts{dirs, files, total, hard}, modified, xmlOffset)
	if err != nil {
		return "", err
	}
	return decodeXML(b)
}

// Flags are the flags of the header.
func (f *File) Flags() uint32 { return f.head.flags }

// Blobs lists the lookup table: how often each blob is said to be named.
func (f *File) Blobs() map[Hash]uint32 {
	out := map[Hash]uint32{}
	for _, r := range f.table.rows {
		if r.flags&resMetadata == 0 {
			out[r.hash] += r.refs
		}
	}
	return out
}

// UnpackXPRESS decompresses chunks one after the other with the same tables.
func UnpackXPRESS(raw, out [][]byte) (err error) {
	var x xpress
	for i := range raw {
		if err = x.unpack(raw[i], out[i]); err != nil {
			return err
		}
	}
	return nil
}

// ChunksOf yields the chunks of a blob as they are stored, and their plain sizes.
func (f *File) ChunksOf(h Hash) iter.Seq2[[]byte, int] {
	return func(yield func([]byte, int) bool) {
		r, _ := f.table.blob(h)
		c := chunkReader{f: f, res: r.resource, count: r.chunks(f.head.chunk)}
		for ; c.next < c.count; c.next++ {
			at := c.at
			if err := c.fill(); err != nil {
				panic(err)
			}
			if !yield(bytes.Clone(c.raw[:c.at-at]), len(c.buf)) {
				return
			}
		}
	}
}

// ParseHeader reads the 208 bytes at the start of a file of size bytes and returns where its three resources end.
func ParseHeader(b []byte, size int64) (ends []uint64, chunk uint64, err error) {
	h, err := parseHeader(b, size)
	if err != nil {
		return nil, 0, err
	}
	for _, r := range []resource{h.table, h.xml, h.integrity} {
		ends = append(ends, r.off+r.size)
	}
	return ends, h.chunk, nil
}

// ParseLookup reads a lookup table and returns how many images and blobs it has, and where the last of them ends.
func ParseLookup(b []byte, size int64, chunk uint64) (images, blobs int, end uint64, err error) {
	t, err := parseLookup(b, size, chunk)
	if err != nil {
		return 0, 0, 0, err
	}
	for _, r := range t.rows {
		if r.size > 0 {
			end = max(end, r.off+r.size)
		}
	}
	return len(t.images), len(t.blobs), end, nil
}

// ParseXML reads the XML as it is stored.
func ParseXML(b []byte) ([]ImageInfo, error) { return parseXML(b) }

// EditRawXML keeps one image of the XML as it is stored.
func EditRawXML(b []byte, index int) ([]byte, error) {
	return editXML(b, index, counts{1, 2, 3, 4}, 5, 6)
}

// UnpackLZX decompresses chunks of a file with chunks of size bytes, one after the other with the same tables.
func UnpackLZX(raw, out [][]byte, size int) error {
	x := newLZX()
	for i := range raw {
		if err := x.unpack(raw[i], out[i], size); err != nil {
			return err
		}
	}
	return nil
}

// LayoutOf returns what an edit puts over the header and behind the base, and the size of the output.
func LayoutOf(e *Editor) (head, appended []byte, size int64, err error) {
	l, err := e.layout()
	if err != nil {
		return nil, nil, 0, err
	}
	var out bytes.Buffer
	for _, c := range l.blobs {
		if err := c.copyTo(&out, make([]byte, 1<<10)); err != nil {
			return nil, nil, 0, err
		}
	}
	out.Write(l.tail)
	return l.head[:], out.Bytes(), l.size, nil
}
