package regf

// Marvin32 exposes the hash of log entries.
func Marvin32(seed uint64, b []byte) uint64 { return marvin32(seed, b) }
