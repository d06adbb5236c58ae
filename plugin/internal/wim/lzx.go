package wim

import (
	"bytes"
	"math/bits"
)

// The LZX format of WIM files. Each chunk stands alone: it begins with no
// history and with code lengths of zero. It is a row of blocks, each with a
// length, and with codes of its own for literals and matches. [MS-PATCH] and the
// LZX specification of Microsoft's cabinet SDK describe the codes; what WIM does
// otherwise is known from wimlib: a bit stands for the usual block length, x86
// calls are always translated, as if the file had 12,000,000 bytes.
const (
	lzxMinSize    = 32 << 10 // chunk sizes that WIM knows for LZX; a chunk's window is its size
	lzxMaxSize    = 2 << 20
	lzxLiterals   = 256
	lzxMaxSlots   = 50
	lzxMainMax    = lzxLiterals + 8*lzxMaxSlots
	lzxLengths    = 249 // lengths of matches above lzxMinLen+7
	lzxAligned    = 8
	lzxPre        = 20 // symbols of the code that codes code lengths
	lzxMinLen     = 2  // of a match, bytes
	lzxBlockUsual = 32768
	lzxCallSize   = 12_000_000
	lzxMainDirect = 11 // codes of so many bits are found in one step
)

// Kinds of blocks.
const (
	lzxVerbatim = 1 + iota
	lzxWithAligned
	lzxStored
)

// lzxSlots returns how many position slots a window of size bytes needs.
func lzxSlots(size int) int {
	switch order := bits.Len(uint(size - 1)); {
	case order <= 19:
		return 2 * max(order, 15)
	case order == 20:
		return 42
	default:
		return 50
	}
}

// lzxExtra returns how many bits follow a position slot.
func lzxExtra(slot int) uint {
	return uint(min(max(slot/2-1, 0), 17))
}

// lzx decompresses chunks. It holds the tables of one block, which the next one
// overwrites.
type lzx struct {
	base     [lzxMaxSlots]int32 // first position of each slot
	mainLens [lzxMainMax]uint8
	lenLens  [lzxLengths]uint8
	main     canon
	length   canon
	aligned  canon
	pre      canon
	recent   [3]int // the last three distances
}

func newLZX() *lzx {
	x := new(lzx)
	at := int32(-2) // positions are counted from behind the three recent distances, less one
	for slot := range x.base {
		x.base[slot] = at
		at += 1 << lzxExtra(slot)
	}
	return x
}

// unpack decompresses raw, a chunk of a file with chunks of size bytes, and
// demands that it fills out to the last byte. What raw holds behind that is not
// looked at.
func (x *lzx) unpack(raw, out []byte, size int) error {
	in := &lzxBits{in: raw}
	symbols := lzxLiterals + 8*lzxSlots(size)
	clear(x.mainLens[:])
	clear(x.lenLens[:])
	x.recent = [3]int{1, 1, 1}
	calls := false
	for at := 0; at < len(out); {
		kind, n, err := in.block(size)
		if err != nil {
			return err
		}
		if n == 0 || n > len(out)-at {
			return corrupt("bad LZX data: a block of %d bytes at byte %d of %d", n, at, len(out))
		}
		if kind == lzxStored {
			if err := x.stored(in, out[at:at+n]); err != nil {
				return err
			}
			calls = true
		} else {
			if err := x.codes(in, kind, symbols); err != nil {
				return err
			}
			calls = calls || x.mainLens[0xe8] > 0
			if err := x.matches(in, kind, out, at, at+n); err != nil {
				return err
			}
		}
		if in.ended() {
			return corrupt("bad LZX data: %d bytes end before the last code", len(raw))
		}
		at += n
	}
	if calls {
		lzxCalls(out)
	}
	return nil
}

// stored copies a block that was not compressed. It carries the recent
// distances, and ends on an even byte.
func (x *lzx) stored(in *lzxBits, out []byte) error {
	b := in.bytes(12+len(out), len(out)&1)
	if b == nil {
		return corrupt("bad LZX data: it ends inside a stored block")
	}
	for i := range x.recent {
		d := le.Uint32(b[4*i:])
		if d == 0 || d > lzxMaxSize {
			return corrupt("bad LZX data: a stored block with a recent distance of %d", d)
		}
		x.recent[i] = int(d)
	}
	copy(out, b[12:])
	return nil
}

// codes reads the codes of a block.
func (x *lzx) codes(in *lzxBits, kind, symbols int) error {
	if kind == lzxWithAligned {
		var lens [lzxAligned]uint8
		for i := range lens {
			lens[i] = uint8(in.take(3))
		}
		if err := x.aligned.build(lens[:], 7); err != nil {
			return err
		}
	}
	for _, part := range [][]uint8{x.mainLens[:lzxLiterals], x.mainLens[lzxLiterals:symbols], x.lenLens[:]} {
		if err := x.lengths(in, part); err != nil {
			return err
		}
	}
	if err := x.main.build(x.mainLens[:symbols], lzxMainDirect); err != nil {
		return err
	}
	return x.length.build(x.lenLens[:], 10)
}

// lengths reads code lengths, each as the difference to the one before at its
// place, and runs of equal ones.
func (x *lzx) lengths(in *lzxBits, lens []uint8) error {
	var pre [lzxPre]uint8
	for i := range pre {
		pre[i] = uint8(in.take(4))
	}
	if err := x.pre.build(pre[:], 6); err != nil {
		return err
	}
	for i := 0; i < len(lens); {
		sym, err := in.symbol(&x.pre)
		if err != nil {
			return err
		}
		run, v := 1, uint8(0)
		switch sym {
		case 17:
			run = 4 + int(in.take(4))
		case 18:
			run = 20 + int(in.take(5))
		case 19:
			run = 4 + int(in.take(1))
			if sym, err = in.symbol(&x.pre); err != nil {
				return err
			}
			if sym > 16 {
				return corrupt("bad LZX data: a run of runs of code lengths")
			}
			v = (lens[i] + 17 - uint8(sym)) % 17
		default:
			v = (lens[i] + 17 - uint8(sym)) % 17
		}
		if run > len(lens)-i { // wimlib's reader, and so its files, let a last run end early
			run = len(lens) - i
		}
		for range run {
			lens[i] = v
			i++
		}
	}
	return nil
}

// matches fills out from at to end with literals and matches.
func (x *lzx) matches(in *lzxBits, kind int, out []byte, at, end int) error {
	for at < end {
		sym, err := in.symbol(&x.main)
		if err != nil {
			return err
		}
		if sym < lzxLiterals {
			out[at] = byte(sym)
			at++
			continue
		}
		size := int(sym&7) + lzxMinLen
		if sym&7 == 7 {
			more, err := in.symbol(&x.length)
			if err != nil {
				return err
			}
			size += int(more)
		}
		dist, err := x.distance(in, kind, int(sym-lzxLiterals)>>3)
		if err != nil {
			return err
		}
		if dist > at || size > end-at {
			return corrupt("bad LZX data: byte %d of a block to %d copies %d bytes from %d before", at, end, size, dist)
		}
		for from, to := at-dist, at+size; at < to; { // an overlap doubles what can be copied
			at += copy(out[at:to], out[from:at])
		}
	}
	return nil
}

// distance reads how far back a match lies.
func (x *lzx) distance(in *lzxBits, kind, slot int) (int, error) {
	r := &x.recent
	if slot < 3 {
		r[0], r[slot] = r[slot], r[0]
		return r[0], nil
	}
	dist, extra := int(x.base[slot]), lzxExtra(slot)
	if kind == lzxWithAligned && extra >= 3 {
		dist += int(in.take(extra-3)) << 3
		low, err := in.symbol(&x.aligned)
		if err != nil {
			return 0, err
		}
		dist += int(low)
	} else {
		dist += int(in.take(extra))
	}
	r[2], r[1], r[0] = r[1], r[0], dist
	return dist, nil
}

// lzxCalls turns the absolute targets of x86 calls back into relative ones.
func lzxCalls(out []byte) {
	for i := 0; i < len(out)-10; i += 5 {
		next := bytes.IndexByte(out[i:len(out)-10], 0xe8)
		if next < 0 {
			return
		}
		i += next
		b := out[i+1 : i+5]
		switch target := int32(le.Uint32(b)); {
		case target >= 0 && target < lzxCallSize:
			le.PutUint32(b, uint32(target-int32(i)))
		case target < 0 && target >= -int32(i):
			le.PutUint32(b, uint32(target+lzxCallSize))
		}
	}
}
