package udf

import (
	"encoding/binary"
	"slices"
	"unicode/utf16"
)

var le = binary.LittleEndian

// Tags of descriptors.
const (
	tagAnchor      = 2
	tagPointer     = 3
	tagPartition   = 5
	tagLogical     = 6
	tagTerminating = 8
	tagFileSet     = 256
	tagFileIdent   = 257
	tagContinued   = 258
	tagFile        = 261
	tagExtended    = 266
)

// descriptor reads the block n of the image and checks it as a descriptor that
// says it stands at block at. want is its tag, 0 for any.
func (v *Volume) descriptor(n, at int64, want uint16) ([]byte, error) {
	b := make([]byte, v.block)
	if err := v.read(b, n*v.block); err != nil {
		return nil, err
	}
	return b, checkTag(b, uint32(at), want)
}

// at reads the descriptor at a block of a partition reference.
func (v *Volume) at(a address, want ...uint16) ([]byte, error) {
	off, _, err := v.place(a)
	if err != nil {
		return nil, err
	}
	b, err := v.descriptor(off/v.block, int64(a.block), 0)
	if err != nil {
		return nil, err
	}
	if slices.Contains(want, le.Uint16(b)) {
		return b, nil
	}
	return nil, corrupt("block %d: a descriptor of kind %d, want %d", a.block, le.Uint16(b), want)
}

// checkTag checks the 16 bytes that begin every descriptor: checksum, version,
// CRC and place.
func checkTag(b []byte, at uint32, want uint16) error {
	id := le.Uint16(b)
	if want != 0 && id != want {
		return corrupt("block %d: a descriptor of kind %d, want %d", at, id, want)
	}
	if err := checkSum(b); err != nil {
		return err
	}
	if got := le.Uint32(b[12:]); got != at {
		return corrupt("block %d: the descriptor says that it stands at %d", at, got)
	}
	return nil
}

// checkSum checks all of a tag but its place.
func checkSum(b []byte) error {
	id, sum := le.Uint16(b), byte(0)
	for i, c := range b[:16] {
		if i != 4 {
			sum += c
		}
	}
	version, size := le.Uint16(b[2:]), int(le.Uint16(b[10:]))
	switch {
	case id == 0:
		return corrupt("an empty block where a descriptor should stand")
	case sum != b[4]:
		return corrupt("descriptor of kind %d: its checksum is %#x, not %#x", id, sum, b[4])
	case version != 2 && version != 3:
		return corrupt("descriptor of kind %d: version %d", id, version)
	case size > len(b)-16:
		return corrupt("descriptor of kind %d: %d bytes do not fit", id, size)
	case crc(b[16:16+size]) != le.Uint16(b[8:]):
		return corrupt("descriptor of kind %d: wrong CRC", id)
	}
	return nil
}

// crcTable is the CRC of each byte.
var crcTable = func() (t [256]uint16) {
	for i := range t {
		c := uint16(i) << 8
		for range 8 {
			if c&0x8000 != 0 {
				c = c<<1 ^ 0x1021
			} else {
				c <<= 1
			}
		}
		t[i] = c
	}
	return t
}()

// crc is the CRC of ECMA-167 1/7.2.6: CCITT, polynomial 0x1021, from 0.
func crc(b []byte) uint16 {
	c := uint16(0)
	for _, x := range b {
		c = c<<8 ^ crcTable[byte(c>>8)^x]
	}
	return c
}

// dstring decodes a field of fixed size whose last byte is the length.
func dstring(b []byte) string {
	n := min(int(b[len(b)-1]), len(b)-1)
	s, _ := text(b[:n])
	return s
}

// text decodes OSTA compressed Unicode: a byte that says 8 or 16 bits, and the
// characters, the high byte first.
func text(b []byte) (string, bool) {
	if len(b) == 0 {
		return "", true
	}
	switch b, kind := b[1:], b[0]; kind {
	case 8:
		r := make([]rune, len(b))
		for i, c := range b {
			r[i] = rune(c)
		}
		return string(r), true
	case 16:
		if len(b)%2 != 0 {
			return "", false
		}
		u := make([]uint16, len(b)/2)
		for i := range u {
			u[i] = binary.BigEndian.Uint16(b[2*i:])
		}
		return string(utf16.Decode(u)), true
	}
	return "", false
}
