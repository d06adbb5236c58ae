package lab

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
)

// This file writes transaction logs as the regf specification describes them
// (https://github.com/msuhanov/regf, "Format of transaction log files"). The room
// regf reads them; nothing is shared with it on purpose, the hash included, so
// that one mistake cannot stand in both.

// LogPage is a run of bytes that changed, at an offset from the start of a
// hive's bins.
type LogPage struct {
	Offset uint32
	Data   []byte
}

// HiveLog is a transaction log of Windows 8.1 and later that is being written.
type HiveLog struct {
	data   []byte
	number uint32
}

// NewHiveLog begins a log of a hive, whose first entry gets that number.
func NewHiveLog(hive []byte, number uint32) *HiveLog {
	return &HiveLog{logHeader(hive, 6, number), number}
}

// Entry appends an entry: after it the hive has that many bytes of bins.
func (l *HiveLog) Entry(bins, flags uint32, pages ...LogPage) *HiveLog {
	e := make([]byte, 40)
	copy(e, "HvLE")
	for _, p := range pages {
		e = binary.LittleEndian.AppendUint32(e, p.Offset)
		e = binary.LittleEndian.AppendUint32(e, uint32(len(p.Data)))
	}
	for _, p := range pages {
		e = append(e, p.Data...)
	}
	e = append(e, make([]byte, (512-len(e)%512)%512)...)
	for i, v := range []uint32{uint32(len(e)), flags, l.number, bins, uint32(len(pages))} {
		binary.LittleEndian.PutUint32(e[4+4*i:], v)
	}
	SealLogEntry(e)
	l.data = append(l.data, e...)
	l.number++
	return l
}

// SealLogEntry makes both hashes of an entry right.
func SealLogEntry(e []byte) {
	binary.LittleEndian.PutUint64(e[24:], marvin(e[40:]))
	binary.LittleEndian.PutUint64(e[32:], marvin(e[:32]))
}

// Bytes returns the log.
func (l *HiveLog) Bytes() []byte { return bytes.Clone(l.data) }

// OldHiveLog is a log from before Windows 8.1. The pages must be whole multiples of
// 512 bytes, sorted, and not overlap.
func OldHiveLog(hive []byte, bins uint32, pages ...LogPage) []byte {
	b := logHeader(hive, 1, 1)
	binary.LittleEndian.PutUint32(b[40:], bins)
	sealHeader(b)
	vector := make([]byte, 4+bins/4096)
	copy(vector, "DIRT")
	var data []byte
	for _, p := range pages {
		for i := range len(p.Data) / 512 {
			bit := p.Offset/512 + uint32(i)
			vector[4+bit/8] |= 1 << (bit % 8)
		}
		data = append(data, p.Data...)
	}
	vector = append(vector, make([]byte, (512-len(vector)%512)%512)...)
	return append(append(b, vector...), data...)
}

// logHeader is the first sector of a hive as its logs keep it.
func logHeader(hive []byte, kind, number uint32) []byte {
	b := bytes.Clone(hive[:512])
	binary.LittleEndian.PutUint32(b[28:], kind)
	binary.LittleEndian.PutUint32(b[4:], number)
	binary.LittleEndian.PutUint32(b[8:], number)
	sealHeader(b)
	return b
}

func sealHeader(b []byte) {
	var x uint32
	for i := range 127 {
		x ^= binary.LittleEndian.Uint32(b[4*i:])
	}
	switch x {
	case 0:
		x = 1
	case 1<<32 - 1:
		x--
	}
	binary.LittleEndian.PutUint32(b[508:], x)
}

// DifferingPages lists the blocks of 4096 bytes that make the bins of before into
// those of after.
func DifferingPages(before, after []byte) []LogPage {
	var pages []LogPage
	for at := 4096; at+4096 <= len(after); at += 4096 {
		if at+4096 > len(before) || !bytes.Equal(before[at:at+4096], after[at:at+4096]) {
			pages = append(pages, LogPage{uint32(at - 4096), after[at : at+4096]})
		}
	}
	return pages
}

// DirtyHive returns what a machine leaves that lost its power: the hive as it was
// before, a write begun, and two logs with three entries between them that make it into after.
// Both must be clean; before gives the header.
func DirtyHive(before, after []byte) (hive, log1, log2 []byte) {
	hive = bytes.Clone(before)
	number := binary.LittleEndian.Uint32(hive[4:]) + 1
	binary.LittleEndian.PutUint32(hive[4:], number)
	// Windows never moves the root; two hives written here may differ in it.
	copy(hive[36:40], after[36:40])
	sealHeader(hive)
	old, bins := uint32(len(before)-4096), uint32(len(after)-4096)
	// Growing comes last; a page may be logged more than once, and the first is, so that no entry is empty.
	first := LogPage{0, after[4096:8192]}
	inside, rest := []LogPage{}, []LogPage{}
	for i, p := range DifferingPages(before, after) {
		if i%3 < 2 && p.Offset+4096 <= old {
			inside = append(inside, p)
		} else {
			rest = append(rest, p)
		}
	}
	half := len(inside) / 2
	log1 = NewHiveLog(hive, number).Entry(old, 0, append([]LogPage{first}, inside[:half]...)...).
		Entry(old, 0, append([]LogPage{first}, inside[half:]...)...).Bytes()
	// Logs are not cut when they are used anew: behind the last entry lies what was there before.
	log1 = append(log1, NewHiveLog(hive, number-1).Entry(old, 0, LogPage{0, make([]byte, 4096)}).Bytes()[512:]...)
	log2 = NewHiveLog(hive, number+2).Entry(bins, 0, append([]LogPage{first}, rest...)...).Bytes()
	return hive, log1, log2
}

// marvin is the hash of log entries, Marvin32, of data in whole 32-bit words, which is all that logs have.
func marvin(b []byte) uint64 {
	a, c := uint32(0x7a4e55c5), uint32(0x82ef4d88)
	words := []uint32{}
	for i := 0; i < len(b); i += 4 {
		words = append(words, binary.LittleEndian.Uint32(b[i:]))
	}
	for _, w := range append(words, 0x80, 0) {
		a += w
		c ^= a
		a = bits.RotateLeft32(a, 20) + c
		c = bits.RotateLeft32(c, 9) ^ a
		a = bits.RotateLeft32(a, 27) + c
		c = bits.RotateLeft32(c, 19)
	}
	return uint64(c)<<32 | uint64(a)
}

// dirty returns a generated hive as DirtyHive leaves it. What lies in the logs alone: the marker key, and of
// SOFTWARE the number of the update, so that a reader that passes the logs over takes the base for another.
func (b *Base) dirty(path string, index int) (hive, log1, log2 []byte, err error) {
	after, err := b.Hive(path, index)
	if err != nil {
		return nil, nil, nil, err
	}
	h, err := regf.Parse(bytes.Clone(after))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("make hive %q dirty: %w", path, err)
	}
	epoch := regf.FileTimeOf(b.epoch)
	_, err = h.DeleteKey(MarkerKey, epoch)
	const version = `Microsoft\Windows NT\CurrentVersion`
	if err == nil && h.Find(version) != nil {
		_, err = h.SetValue(version, "UBR", regf.DWord, regf.DWordData(1), epoch)
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("make hive %q dirty: %w", path, err)
	}
	before, err := h.Bytes(epoch)
	if err != nil {
		return nil, nil, nil, err
	}
	hive, log1, log2 = DirtyHive(before, after)
	return hive, log1, log2, nil
}
