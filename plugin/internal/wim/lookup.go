package wim

import "slices"

const entrySize = 50

// entry is one row of the lookup table: a blob or the metadata of an image.
type entry struct {
	resource
	part uint16
	refs uint32
	hash Hash
}

func getEntry(b []byte) entry {
	return entry{getResource(b), le.Uint16(b[24:]), le.Uint32(b[26:]), Hash(b[30:entrySize])}
}

func (e entry) append(b []byte) []byte {
	n := len(b)
	b = append(b, make([]byte, entrySize)...)
	e.put(b[n:])
	le.PutUint16(b[n+24:], e.part)
	le.PutUint32(b[n+26:], e.refs)
	copy(b[n+30:], e.hash[:])
	return b
}

// lookup is the table of all resources.
type lookup struct {
	raw    []byte
	rows   []entry
	blobs  map[Hash]int // first row of each blob
	images []int        // row of each image's metadata, in order of the images
}

func parseLookup(raw []byte, size int64, chunk uint64) (*lookup, error) {
	if len(raw)%entrySize != 0 {
		return nil, corrupt("lookup table: %d bytes are no whole number of rows", len(raw))
	}
	t := &lookup{raw: raw, rows: make([]entry, 0, len(raw)/entrySize), blobs: make(map[Hash]int, len(raw)/entrySize)}
	for b := range slices.Chunk(raw, entrySize) {
		i := len(t.rows)
		e := getEntry(b)
		if e.flags&(resSolid|resSpanned) != 0 {
			return nil, unsupported("lookup table row %d: a solid or split resource (flags %#x); %s", i, e.flags, exportHint)
		}
		if e.part != 1 {
			return nil, unsupported(`lookup table row %d lies in part %d; join the parts with "wimlib-imagex join"`, i, e.part)
		}
		if err := e.check(size, chunk); err != nil {
			return nil, corrupt("lookup table row %d: %w", i, err)
		}
		t.rows = append(t.rows, e)
		switch {
		case e.flags&resMetadata != 0:
			if e.refs != 0 { // a zero count marks a deleted image
				t.images = append(t.images, i)
			}
		case e.hash.IsZero() || e.size == 0:
			return nil, corrupt("lookup table row %d: an empty blob has no row", i)
		default:
			if _, dup := t.blobs[e.hash]; !dup {
				t.blobs[e.hash] = i
			}
		}
	}
	return t, nil
}

// blob returns the row of a blob.
func (t *lookup) blob(h Hash) (entry, bool) {
	i, ok := t.blobs[h]
	if !ok {
		return entry{}, false
	}
	return t.rows[i], true
}
