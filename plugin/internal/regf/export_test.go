package regf

import "slices"

// Marvin32 exposes the hash of log entries.
func Marvin32(seed uint64, b []byte) uint64 { return marvin32(seed, b) }

// SetClass gives a key a class name.
func SetClass(k *Key, class []byte) { k.class = class }

// SetMinor makes a hive one of another version.
func SetMinor(h *Hive, minor uint32) {
	h.minor = minor
	h.header[24] = byte(minor)
}

// Bits are what a key has besides what its methods tell: flags, access bits, user flags, handle.
func Bits(k *Key) [4]uint32 { return [4]uint32{uint32(k.flags), k.access, uint32(k.user), k.handle} }

// Deepen hangs keys below each other, which paths cannot name: levels of them, the first below the root.
func Deepen(h *Hive, levels int) {
	k := h.root
	for range levels {
		raw, compressed := encodeName("k")
		s := &Key{name: raw, flags: compressedFlag(compressed), sec: h.root.sec}
		i, _ := k.search(s.name, s.compressed())
		k.subkeys = slices.Insert(k.subkeys, i, s)
		k = s
	}
}
