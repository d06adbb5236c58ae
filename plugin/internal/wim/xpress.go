package wim

// The XPRESS format of WIM files is "LZ77+Huffman" of [MS-XCA] 2.1 and 2.2. A
// chunk is a table of code lengths and then one stream in which 16-bit units of
// codes and whole bytes of long match lengths take turns.
const (
	xpressSymbols = 512               // 256 literals, 16 offset widths x 16 lengths
	xpressTable   = xpressSymbols / 2 // bytes: 4 bits for each code length
	xpressMaxCode = 15                // bits
	xpressDirect  = 11                // codes of so many bits are found in one step
	xpressMinLen  = 3                 // of a match, bytes
	xpressMinSize = 4 << 10           // chunk sizes that WIM knows for XPRESS
	xpressMaxSize = 64 << 10
)

// xpress decompresses chunks. It holds the tables of one chunk, which the next
// one overwrites.
type xpress struct {
	direct [1 << xpressDirect]uint16 // symbol<<4 | bits; 0 begins a longer code
	sorted [xpressSymbols]uint16     // symbols in the order of their codes
	start  [xpressMaxCode + 2]uint32 // first code of each length, padded to 15 bits
	index  [xpressMaxCode + 2]uint16 // its place in sorted
	length [xpressSymbols]uint8      // bits of each symbol's code
	next   [xpressMaxCode + 2]uint16 // place for the next symbol of each length
}

// unpack decompresses raw and demands that it fills out to the last byte. What
// raw holds behind that is not looked at: Microsoft's compressor puts symbol
// 256 and padding there, others do not.
func (x *xpress) unpack(raw, out []byte) error {
	if len(raw) < xpressTable {
		return corrupt("bad XPRESS data: %d bytes are less than a table of codes", len(raw))
	}
	if err := x.build(raw[:xpressTable]); err != nil {
		return err
	}
	in := xpressBits{in: raw[xpressTable:]}
	for at := 0; at < len(out); {
		in.fill()
		sym, n := x.symbol(in.word)
		in.drop(n)
		if sym < 256 {
			out[at] = byte(sym)
			at++
			continue
		}
		in.fill()
		width := uint(sym>>4) & 15
		dist := 1<<width | int(in.word>>1>>(31-width))
		in.drop(width)
		size := int(sym&15) + xpressMinLen
		if sym&15 == 15 {
			var err error
			if size, err = in.length(); err != nil {
				return err
			}
		}
		if dist > at || size > len(out)-at {
			return corrupt("bad XPRESS data: byte %d of %d copies %d bytes from %d before", at, len(out), size, dist)
		}
		for from, end := at-dist, at+size; at < end; { // an overlap doubles what can be copied
			at += copy(out[at:end], out[from:at])
		}
	}
	if in.lack > in.have {
		return corrupt("bad XPRESS data: %d bytes end before the last code", len(raw))
	}
	return nil
}

// build makes the tables of canonical codes: shorter codes come first, equally
// long ones in the order of their symbols. The codes must use up all bit
// patterns, as [MS-XCA] 2.2.4 demands, so that each pattern is a symbol.
func (x *xpress) build(table []byte) error {
	var count [xpressMaxCode + 1]uint16
	for i, b := range table {
		x.length[2*i], x.length[2*i+1] = b&15, b>>4
		count[b&15]++
		count[b>>4]++
	}
	code, place := uint32(0), uint16(0)
	for n := 1; n <= xpressMaxCode; n++ {
		x.start[n], x.index[n], x.next[n] = code, place, place
		code += uint32(count[n]) << (xpressMaxCode - n)
		place += count[n]
	}
	x.start[xpressMaxCode+1] = code
	if code != 1<<xpressMaxCode {
		return corrupt("bad XPRESS data: the codes take %d of %d bit patterns", code, 1<<xpressMaxCode)
	}
	for sym, n := range x.length {
		if n > 0 {
			x.sorted[x.next[n]] = uint16(sym)
			x.next[n]++
		}
	}
	at := 0
	for n := 1; n <= xpressDirect; n++ {
		for _, sym := range x.sorted[x.index[n]:x.next[n]] {
			run := x.direct[at : at+1<<(xpressDirect-n)]
			for i := range run {
				run[i] = sym<<4 | uint16(n)
			}
			at += len(run)
		}
	}
	clear(x.direct[at:])
	return nil
}

// symbol finds the code at the top of word, and its length in bits.
func (x *xpress) symbol(word uint32) (sym uint16, bits uint) {
	if e := x.direct[word>>(32-xpressDirect)]; e != 0 {
		return e >> 4, uint(e & 15)
	}
	code := word >> (32 - xpressMaxCode)
	n := xpressDirect + 1
	for n < xpressMaxCode && code >= x.start[n+1] {
		n++
	}
	i := uint32(x.index[n]) + (code-x.start[n])>>(xpressMaxCode-n)
	return x.sorted[i%xpressSymbols], uint(n)
}

// xpressBits reads codes and bytes. Where a byte stands depends on when units
// are fetched: as soon as, and not before, fewer than 16 bits are at hand.
type xpressBits struct {
	in   []byte
	word uint32 // bits at hand, from the top
	have uint   // their number
	lack uint   // bits that were made up behind the end, zeros
}

// fill makes sure of 16 bits, which is enough for a code or for an offset.
func (b *xpressBits) fill() {
	if b.have >= 16 {
		return
	}
	if len(b.in) >= 2 {
		b.word |= uint32(le.Uint16(b.in)) << (16 - b.have)
		b.in = b.in[2:]
	} else {
		b.lack += 16
	}
	b.have += 16
}

func (b *xpressBits) drop(n uint) {
	b.word <<= n
	b.have -= n
}

// length reads a match length that its symbol has no room for: a byte, or 255
// and 16 bits. The 32 bits that [MS-XCA] lets follow a zero cannot be meant
// here, since no chunk is that large.
func (b *xpressBits) length() (int, error) {
	if len(b.in) >= 1 && b.in[0] != 255 {
		n := int(b.in[0])
		b.in = b.in[1:]
		return n + 15 + xpressMinLen, nil
	}
	if len(b.in) < 3 {
		return 0, corrupt("bad XPRESS data: it ends inside a match length")
	}
	n := int(le.Uint16(b.in[1:]))
	b.in = b.in[3:]
	if n < 15 {
		return 0, corrupt("bad XPRESS data: a long match length of %d", n)
	}
	return n + xpressMinLen, nil
}
