package udf

import (
	"errors"
	"io"
	"slices"
)

const (
	kindDirectory = 4
	kindFile      = 5
	maxExtents    = 1 << 20 // 1 GiB each at most: more than any image has
	maxDirectory  = 64 << 20
)

// extent is a run of a file's bytes.
type extent struct {
	from int64 // in the file
	size int64
	off  int64 // in the image
	hole bool  // never written: zeros
}

// node is a file or directory.
type node struct {
	kind    byte
	size    int64
	extents []extent // in order, without gaps
	data    []byte   // of a file that is kept inside its entry; nil for others
}

// node reads a file entry.
func (v *Volume) node(a address) (*node, error) {
	b, err := v.at(a, tagFile, tagExtended)
	if err != nil {
		return nil, err
	}
	if strategy := le.Uint16(b[20:]); strategy != 4 {
		return nil, unsupported("block %d: a file entry of strategy %d", a.block, strategy)
	}
	n := &node{kind: b[27], size: int64(le.Uint64(b[56:]))}
	head := 176
	if le.Uint16(b) == tagExtended {
		head = 216
	}
	skip, size := int64(le.Uint32(b[head-8:])), int64(le.Uint32(b[head-4:]))
	if skip+size > int64(len(b)-head) {
		return nil, corrupt("block %d: a file entry of %d and %d bytes does not fit", a.block, skip, size)
	}
	list := b[int64(head)+skip:][:size]
	if n.size < 0 {
		return nil, corrupt("block %d: a file of %d bytes", a.block, n.size)
	}
	switch form := le.Uint16(b[34:]) & 7; form {
	case 3:
		if n.size != size {
			return nil, corrupt("block %d: a file of %d bytes is kept in %d", a.block, n.size, size)
		}
		n.data = slices.Clone(list)
		if n.data == nil {
			n.data = []byte{}
		}
		return n, nil
	case 0, 1:
		l := lister{v: v, node: n, long: form == 1, part: a.part, seen: map[address]bool{}}
		if err := l.run(list); err != nil {
			return nil, err
		}
	default:
		return nil, unsupported("block %d: a file entry with extents of form %d", a.block, form)
	}
	have := int64(0)
	if e := len(n.extents); e > 0 {
		have = n.extents[e-1].from + n.extents[e-1].size
	}
	if have < n.size {
		return nil, corrupt("block %d: a file of %d bytes has extents for %d", a.block, n.size, have)
	}
	return n, nil
}

// lister reads the list of a file's extents, and its continuations.
type lister struct {
	v    *Volume
	node *node
	long bool   // descriptors name their partition
	part uint16 // that of the entry
	seen map[address]bool
	at   int64 // bytes of the file so far
}

func (l *lister) run(list []byte) error {
	for list != nil {
		next, err := l.list(list)
		if err != nil {
			return err
		}
		list = next
	}
	return nil
}

// list reads one list of extents and returns the one that it continues in.
func (l *lister) list(b []byte) ([]byte, error) {
	width := 8
	if l.long {
		width = 16
	}
	for ; len(b) >= width; b = b[width:] {
		raw := le.Uint32(b)
		a := address{le.Uint32(b[4:]), l.part}
		if l.long {
			a.part = le.Uint16(b[8:])
		}
		size, kind := int64(raw&(1<<30-1)), raw>>30
		if size == 0 {
			return nil, nil // the end of the list
		}
		if kind == 3 {
			return l.continued(a)
		}
		if err := l.add(a, size, kind != 0); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// continued reads the block in which a list goes on.
func (l *lister) continued(a address) ([]byte, error) {
	if l.seen[a] {
		return nil, corrupt("block %d: a list of extents goes round", a.block)
	}
	l.seen[a] = true
	b, err := l.v.at(a, tagContinued)
	if err != nil {
		return nil, err
	}
	size := int64(le.Uint32(b[20:]))
	if size > int64(len(b)-24) {
		return nil, corrupt("block %d: a list of extents of %d bytes does not fit", a.block, size)
	}
	return b[24 : 24+size], nil
}

// add appends an extent. In a metadata partition, it may lie in several places. No partition ends behind the image: Open has seen to that.
func (l *lister) add(a address, size int64, hole bool) error {
	if len(l.node.extents) >= maxExtents {
		return corrupt("block %d: a file has too many extents", a.block)
	}
	if hole {
		l.node.extents = append(l.node.extents, extent{from: l.at, size: size, hole: true})
		l.at += size
		return nil
	}
	for size > 0 {
		off, blocks, err := l.v.place(a)
		if err != nil {
			return err
		}
		n := min(size, blocks*l.v.block)
		if n == 0 || len(l.node.extents) >= maxExtents {
			return corrupt("block %d: a file lies in bits of the metadata partition", a.block)
		}
		if n < size && l.v.maps[a.part].metadata == nil {
			return corrupt("block %d: an extent of %d bytes ends behind its partition: the image is cut off or damaged", a.block, size)
		}
		l.node.extents = append(l.node.extents, extent{from: l.at, size: n, off: off})
		l.at += n
		size -= n
		a.block += uint32(n / l.v.block)
	}
	return nil
}

// File is a file's data. ReadAt may be used by several goroutines if the image's
// may.
type File struct {
	v *Volume
	n *node
}

// Size is the length of the file in bytes.
func (f *File) Size() int64 { return f.n.size }

// Extents counts the runs of bytes that the file lies in.
func (f *File) Extents() int { return len(f.n.extents) }

// ReadAt reads as io.ReaderAt says.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, corrupt("a read at offset %d", off)
	}
	done := 0
	for done < len(p) && off < f.n.size {
		n, err := f.some(p[done:min(int64(len(p)), int64(done)+f.n.size-off)], off)
		done, off = done+n, off+int64(n)
		if err != nil {
			return done, err
		}
	}
	if done < len(p) {
		return done, io.EOF
	}
	return done, nil
}

// some reads from one extent.
func (f *File) some(p []byte, off int64) (int, error) {
	if f.n.data != nil {
		return copy(p, f.n.data[off:]), nil
	}
	i, ok := slices.BinarySearchFunc(f.n.extents, off, func(e extent, at int64) int {
		switch {
		case e.from+e.size <= at:
			return -1
		case e.from > at:
			return 1
		}
		return 0
	})
	if !ok {
		return 0, corrupt("byte %d of a file lies in no extent", off)
	}
	e := f.n.extents[i]
	p = p[:min(int64(len(p)), e.from+e.size-off)]
	if e.hole {
		clear(p)
		return len(p), nil
	}
	n, err := f.v.r.ReadAt(p, e.off+off-e.from)
	if n < len(p) && (err == nil || errors.Is(err, io.EOF)) {
		err = corrupt("offset %d: the image is cut off", e.off+off-e.from+int64(n))
	}
	if n == len(p) {
		err = nil
	}
	return n, err
}
