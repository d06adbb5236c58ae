package regf

import (
	"encoding/binary"
	"math/bits"
)

// logSeed is the seed of the hashes in log entries (regf specification, "Log
// entries", note 3).
const logSeed = 0x82ef4d887a4e55c5

// marvin32 is Microsoft's checksum of that name (US patent 8,527,511): 64 bits
// over b, with a seed of 64 bits.
func marvin32(seed uint64, b []byte) uint64 {
	lo, hi := uint32(seed), uint32(seed>>32)
	mix := func(v uint32) {
		lo += v
		hi ^= lo
		lo = bits.RotateLeft32(lo, 20) + hi
		hi = bits.RotateLeft32(hi, 9) ^ lo
		lo = bits.RotateLeft32(lo, 27) + hi
		hi = bits.RotateLeft32(hi, 19)
	}
	for ; len(b) >= 4; b = b[4:] {
		mix(binary.LittleEndian.Uint32(b))
	}
	tail := [4]byte{}
	copy(tail[:], b)
	tail[len(b)] = 0x80
	mix(binary.LittleEndian.Uint32(tail[:]))
	mix(0)
	return uint64(hi)<<32 | uint64(lo)
}
