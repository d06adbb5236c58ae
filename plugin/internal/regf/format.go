package regf

import "encoding/binary"

const (
	headerSize    = 4096
	binAlign      = 4096
	binHead       = 32
	cellHead      = 4
	minCell       = 8
	keyHead       = 76
	valueHead     = 20
	securityHead  = 20
	segmentSize   = 16344 // largest data of one cell from minor version 4 on
	noCell        = 0xffffffff
	inlineData    = 0x80000000
	checksumAt    = 508
	maxHiveSize   = 1 << 31 // the top bit of a cell offset means volatile storage
	leafLimit     = 507     // entries of 8 bytes that fit one 4096-byte bin
	minorBigData  = 4
	minorHashLeaf = 5
)

// checksum is that of the header's first 508 bytes; it is never 0 or -1.
func checksum(b []byte) uint32 {
	var x uint32
	for i := 0; i < checksumAt; i += 4 {
		x ^= binary.LittleEndian.Uint32(b[i:])
	}
	switch x {
	case 0:
		return 1
	case 0xffffffff:
		return 0xfffffffe
	}
	return x
}
