package harness

import "encoding/binary"

// StandInAgent is the outside of an agent of that version: the headers that make a file a 64-bit Windows program, and the mark. Nothing in
// it runs.
func StandInAgent(version string) []byte {
	data := make([]byte, 4096)
	copy(data, "MZ")
	binary.LittleEndian.PutUint32(data[0x3c:], 0x80)
	copy(data[0x80:], "PE\x00\x00\x64\x86")
	copy(data[0x100:], "wmguest-agent-version="+version+";")
	return data
}
