package regf

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Parse reads a hive. Names and data are not copied: b belongs to the hive from
// then on and must not be changed.
//
// The error is ErrNotHive, ErrDirty or a *CorruptError, to be told apart with
// errors.Is and errors.As. Memory is bounded by a small multiple of len(b),
// whatever the counts in it claim, because each cell may be used once only.
func Parse(b []byte) (*Hive, error) {
	if err := checkVersion(b); err != nil {
		return nil, err
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	if u32(4) != u32(8) {
		return nil, fmt.Errorf("%w (%d, %d)", ErrDirty, u32(4), u32(8))
	}
	if err := checkHeader(b); err != nil {
		return nil, err
	}
	size := u32(40)
	h := &Hive{minor: u32(24), known: map[string]*security{}}
	copy(h.header[:], b)
	p := &parser{hive: h, data: b[headerSize : headerSize+size : headerSize+size], sks: map[uint32]*security{}}
	if err := p.bins(); err != nil {
		return nil, err
	}
	root, err := p.key(u32(36), noCell, 0)
	if err == nil {
		err = p.settle()
	}
	if err != nil {
		return nil, err
	}
	h.root = root
	return h, nil
}

// checkVersion tells a hive from other files.
func checkVersion(b []byte) error {
	if len(b) < headerSize || string(b[:4]) != "regf" {
		return ErrNotHive
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	major, minor := u32(20), u32(24)
	if major != 1 || minor < 3 || minor > 6 || u32(28) != 0 || u32(32) != 1 {
		return fmt.Errorf("%w: version %d.%d, file type %d, format %d (known: 1.3 to 1.6, a primary file)",
			ErrNotHive, major, minor, u32(28), u32(32))
	}
	return nil
}

// checkHeader looks at all of the header but the sequence numbers.
func checkHeader(b []byte) error {
	if err := checkVersion(b); err != nil {
		return err
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	if got, want := u32(checksumAt), checksum(b); got != want {
		return &CorruptError{checksumAt, fmt.Sprintf("header checksum is %#x, its bytes give %#x", got, want)}
	}
	size := u32(40)
	if size == 0 || size%binAlign != 0 || size > maxHiveSize || uint64(size) > uint64(len(b)-headerSize) {
		return &CorruptError{40, fmt.Sprintf("header says %d bytes of bins, the file has %d", size, len(b)-headerSize)}
	}
	return nil
}

// parser walks the cells of one hive. Offsets are those of the format: counted
// from the end of the header.
type parser struct {
	hive *Hive
	data []byte
	// free has a bit for each multiple of 8 at which an allocated cell starts
	// that nothing has used yet. Using a cell clears its bit, so that loops and
	// doubled references end at once.
	free  []uint64
	cells int // how many bits were set
	sks   map[uint32]*security
	// doubts are cells that stand where one lost its name, if nothing uses them
	// in the end: then a count is wrong, and something would be left out.
	doubts []doubt
	// slabs: one allocation for many
	keys   []Key
	values []rawValue
	subs   []*Key
}

// doubt is a cell that a structure at from might have named.
type doubt struct {
	off, from uint32
	what      string
}

// unused reports that off names an allocated cell that nothing has used yet.
func (p *parser) unused(off uint32) bool {
	_, ok := p.peek(off)
	return ok
}

// settle refuses the first doubt that came true.
func (p *parser) settle() error {
	for _, d := range p.doubts {
		if p.unused(d.off) {
			return p.corrupt(d.from, "a %s, at %#x, and nothing else uses it", d.what, int64(d.off)+headerSize)
		}
	}
	return nil
}

func (p *parser) corrupt(off uint32, format string, args ...any) error {
	return &CorruptError{headerSize + int64(off), fmt.Sprintf(format, args...)}
}

func (p *parser) u32(off uint32) uint32 { return binary.LittleEndian.Uint32(p.data[off:]) }

// bins walks all bins and cells and notes where allocated cells start.
func (p *parser) bins() error {
	size := uint32(len(p.data))
	p.free = make([]uint64, (size/8+63)/64)
	for bin := uint32(0); bin < size; {
		if string(p.data[bin:bin+4]) != "hbin" {
			return p.corrupt(bin, "no hbin signature")
		}
		if at := p.u32(bin + 4); at != bin {
			return p.corrupt(bin, "bin says that it is at %#x", at)
		}
		n := p.u32(bin + 8)
		if n < binAlign || n%binAlign != 0 || n > size-bin {
			return p.corrupt(bin, "bin says %d bytes where %d are left", n, size-bin)
		}
		if err := p.binCells(bin+binHead, bin+n); err != nil {
			return err
		}
		bin += n
	}
	for _, w := range p.free {
		p.cells += bits.OnesCount64(w)
	}
	return nil
}

func (p *parser) binCells(at, end uint32) error {
	for at < end {
		n := int64(int32(p.u32(at)))
		used := n < 0
		if used {
			n = -n
		}
		if n < minCell || n%8 != 0 || n > int64(end-at) {
			return p.corrupt(at, "cell says %d bytes where %d are left in its bin", n, end-at)
		}
		if used {
			p.free[at/512] |= 1 << (at / 8 % 64)
		}
		at += uint32(n)
	}
	return nil
}

// peek returns the content of the allocated cell at off without using it up.
func (p *parser) peek(off uint32) ([]byte, bool) {
	if off%8 != 0 || uint64(off) >= uint64(len(p.data)) || p.free[off/512]&(1<<(off/8%64)) == 0 {
		return nil, false
	}
	n := -int32(p.u32(off))
	end := off + uint32(n)
	return p.data[off+cellHead : end : end], true
}

// cell returns the content of the cell at off, which must be at least need bytes
// and used by nothing else. what and from say who asks.
func (p *parser) cell(off uint32, need int, from uint32, what string) ([]byte, error) {
	c, ok := p.peek(off)
	if !ok {
		return nil, p.corrupt(from, "%s at %#x is no allocated cell, or is used twice", what, int64(off)+headerSize)
	}
	if len(c) < need {
		return nil, p.corrupt(off, "%s needs %d bytes, its cell has %d", what, need, len(c))
	}
	p.free[off/512] &^= 1 << (off / 8 % 64)
	return c, nil
}

// slab returns n elements, cut from a larger allocation. limit bounds the sum of
// what is cut, and with it the memory.
func slab[T any](pool *[]T, n, limit int) []T {
	if n > len(*pool) {
		*pool = make([]T, max(n, min(limit, 1024)))
	}
	cut := (*pool)[:n:n]
	*pool = (*pool)[n:]
	return cut
}
