package wim

import "math/bits"

const canonMaxCode = 16 // bits of the longest code of LZX

// canon is a canonical prefix code: shorter codes come first, equally long ones
// in the order of their symbols.
type canon struct {
	table  [1 << lzxMainDirect]uint16 // symbol<<5 | bits; 0 begins a longer code, or none
	direct uint
	sorted [lzxMainMax]uint16
	start  [canonMaxCode + 2]uint32 // first code of each length, padded to 16 bits
	index  [canonMaxCode + 2]uint16 // its place in sorted
	empty  bool
}

// build makes the code from the lengths of its symbols. All bit patterns must be
// used, or none; an unused code is fine until it is read.
func (c *canon) build(lens []uint8, direct uint) error {
	var count [canonMaxCode + 1]uint16
	for _, n := range lens {
		if n > canonMaxCode {
			return corrupt("bad LZX data: a code of %d bits", n)
		}
		count[n]++
	}
	c.direct, c.empty = direct, int(count[0]) == len(lens)
	if c.empty {
		return nil
	}
	code, place := uint32(0), uint16(0)
	var next [canonMaxCode + 2]uint16
	for n := 1; n <= canonMaxCode; n++ {
		c.start[n], c.index[n], next[n] = code, place, place
		code += uint32(count[n]) << (canonMaxCode - n)
		place += count[n]
	}
	c.start[canonMaxCode+1] = code
	if code != 1<<canonMaxCode {
		return corrupt("bad LZX data: the codes take %d of %d bit patterns", code, 1<<canonMaxCode)
	}
	for sym, n := range lens {
		if n > 0 {
			c.sorted[next[n]] = uint16(sym)
			next[n]++
		}
	}
	at := 0
	for n := uint(1); n <= direct; n++ {
		for _, sym := range c.sorted[c.index[n]:next[n]] {
			run := c.table[at : at+1<<(direct-n)]
			for i := range run {
				run[i] = sym<<5 | uint16(n)
			}
			at += len(run)
		}
	}
	clear(c.table[at : 1<<direct])
	return nil
}

// lzxBits reads 16-bit units, the top bit first.
type lzxBits struct {
	in   []byte
	at   int    // the next unit
	word uint64 // bits at hand, from the top
	have uint   // their number
	lack uint   // bits that were made up behind the end, zeros
}

// fill makes sure of 32 bits, which is more than any one thing takes.
func (b *lzxBits) fill() {
	if b.have >= 32 {
		return
	}
	if b.at+4 <= len(b.in) {
		b.word |= uint64(bits.RotateLeft32(le.Uint32(b.in[b.at:]), 16)) << (32 - b.have)
		b.at += 4
		b.have += 32
		return
	}
	b.fillEnd()
}

// fillEnd fills where fewer than two units are left.
func (b *lzxBits) fillEnd() {
	for b.have < 32 {
		if b.at+2 <= len(b.in) {
			b.word |= uint64(le.Uint16(b.in[b.at:])) << (48 - b.have)
			b.at += 2
		} else {
			b.lack += 16
		}
		b.have += 16
	}
}

// ended reports that bits were read which are not there.
func (b *lzxBits) ended() bool { return b.lack > b.have }

// take reads n bits, at most 17.
func (b *lzxBits) take(n uint) uint32 {
	b.fill()
	v := uint32(b.word >> 32 >> (32 - n))
	b.word <<= n
	b.have -= n
	return v
}

// symbol reads one symbol.
func (b *lzxBits) symbol(c *canon) (uint16, error) {
	if c.empty {
		return 0, corrupt("bad LZX data: a code without symbols is used")
	}
	b.fill()
	if e := c.table[b.word>>(64-c.direct)]; e != 0 {
		n := uint(e & 31)
		b.word <<= n
		b.have -= n
		return e >> 5, nil
	}
	code := uint32(b.word >> (64 - canonMaxCode))
	n := c.direct + 1
	for n < canonMaxCode && code >= c.start[n+1] {
		n++
	}
	i := uint32(c.index[n]) + (code-c.start[n])>>(canonMaxCode-n)
	b.word <<= n
	b.have -= n
	return c.sorted[i%lzxMainMax], nil
}

// block reads the head of a block: its kind and how many bytes it gives.
func (b *lzxBits) block(window int) (kind, size int, err error) {
	kind = int(b.take(3))
	if kind < lzxVerbatim || kind > lzxStored {
		return 0, 0, corrupt("bad LZX data: a block of kind %d", kind)
	}
	if b.take(1) == 1 {
		return kind, lzxBlockUsual, nil
	}
	size = int(b.take(16))
	if window >= 1<<16 {
		size = size<<8 | int(b.take(8))
	}
	return kind, size, nil
}

// bytes drops bits up to the next whole unit, and a whole unit where there are
// none to drop, and returns n bytes from there; pad follows them. It returns nil
// where there are fewer.
func (b *lzxBits) bytes(n, pad int) []byte {
	b.fill()
	rest := b.have % 16
	if rest == 0 {
		rest = 16
	}
	from := b.at - int(b.have-rest)/8 // what was fetched ahead goes back
	b.word, b.have = 0, 0
	if b.lack > 0 || n > len(b.in)-from {
		return nil
	}
	b.at = min(from+n+pad, len(b.in))
	return b.in[from : from+n]
}
