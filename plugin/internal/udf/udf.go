// Package udf reads files out of UDF file systems, such as those of Windows
// media, through an io.ReaderAt and without mounting anything.
//
// It reads revisions 1.02 to 2.60 with logical blocks of 512 to 4096 bytes: one
// physical partition, with a metadata partition or without, file entries of both
// kinds, data in extents, in continued lists of extents, or inside the entry. It
// refuses by name what media of Windows never have: virtual and sparable
// partitions (packet-written discs), several physical partitions, strategy 4096.
// Symbolic links, named streams and permissions are not looked at. Every
// structure is checked by its checksum, CRC and place; the data has no checksum.
//
// The formats are those of ECMA-167, third edition, and OSTA UDF 2.60. Readers
// of a whole medium are tested against other programs; no medium of Microsoft
// was ever seen by the tests.
package udf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Errors that a caller may test with errors.Is. A missing file is fs.ErrNotExist.
var (
	// ErrNoUDF is data without a UDF file system.
	ErrNoUDF = errors.New("no UDF file system")
	// ErrUnsupported is a UDF file system that this package does not read.
	ErrUnsupported = errors.New("unsupported UDF file system")
	// ErrCorrupt is a file system that contradicts its format or is cut off.
	ErrCorrupt = errors.New("corrupt UDF file system")
)

func corrupt(format string, a ...any) error {
	return fmt.Errorf("%w: %w", ErrCorrupt, fmt.Errorf(format, a...))
}

func unsupported(format string, a ...any) error {
	return fmt.Errorf("%w: %w", ErrUnsupported, fmt.Errorf(format, a...))
}

const (
	sector       = 2048 // of the recognition sequence, whatever the block size
	recognition  = 16   // sectors before the recognition sequence
	maxVolume    = 64   // blocks of a volume descriptor sequence that are looked at
	anchorBlock  = 256
	maxPartition = 8 // partition maps
)

// Volume is an open file system. It may be used by several goroutines if the
// reader may.
type Volume struct {
	r        io.ReaderAt
	size     int64
	block    int64 // bytes of a logical block
	revision uint16
	label    string
	start    int64 // block at which the physical partition begins
	length   int64 // its blocks
	maps     []partitionMap
	root     address
}

// partitionMap tells where the blocks of a partition reference lie.
type partitionMap struct {
	metadata *node // nil for the physical partition
}

// address is a block of a partition reference.
type address struct {
	block uint32
	part  uint16
}

// Open finds the file system in an image of size bytes.
func Open(r io.ReaderAt, size int64) (*Volume, error) {
	v, err := open(r, size)
	if err != nil {
		return nil, fmt.Errorf("open UDF: %w", err)
	}
	return v, nil
}

func open(r io.ReaderAt, size int64) (*Volume, error) {
	v := &Volume{r: r, size: size}
	found, err := v.recognized()
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, ErrNoUDF
	}
	var first error
	for _, block := range []int64{2048, 512, 4096, 1024} {
		v.block = block
		seq, err := v.anchor()
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		if err := v.volume(seq); err != nil {
			return nil, err
		}
		return v, v.files()
	}
	return nil, first
}

// Label is the name of the volume.
func (v *Volume) Label() string { return v.label }

// Revision is the UDF revision, such as 0x0102 for 1.02.
func (v *Volume) Revision() uint16 { return v.revision }

// recognized looks for NSR02 or NSR03 behind BEA01. The descriptors of ISO 9660
// may stand before them: a bridge medium has both. They stand 2,048 bytes apart
// or, on larger sectors, one in each.
func (v *Volume) recognized() (bool, error) {
	for _, step := range []int64{sector, 2 * sector} {
		if found, err := v.marks(step); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

func (v *Volume) marks(step int64) (bool, error) {
	b := make([]byte, 6)
	for n := range int64(maxVolume) {
		at := recognition*sector + n*step
		if at+sector > v.size {
			return false, nil
		}
		if err := v.read(b, at); err != nil {
			return false, err
		}
		switch string(b[1:]) {
		case "NSR02", "NSR03":
			return true, nil
		case "CD001", "BEA01", "BOOT2", "CDW02":
		default:
			return false, nil
		}
	}
	return false, nil
}

// sequence is where a volume descriptor sequence lies.
type sequence struct{ at, blocks int64 }

// anchor finds the two volume descriptor sequences.
func (v *Volume) anchor() ([]sequence, error) {
	last := v.size/v.block - 1
	var first error
	for _, n := range []int64{anchorBlock, last, last - anchorBlock} {
		if n < 0 {
			continue
		}
		b, err := v.descriptor(n, n, tagAnchor)
		if err != nil {
			if first == nil {
				first = fmt.Errorf("anchor: %w", err)
			}
			continue
		}
		var out []sequence
		for _, at := range []int{16, 24} {
			out = append(out, sequence{int64(le.Uint32(b[at+4:])), int64(le.Uint32(b[at:])) / v.block})
		}
		return out, nil
	}
	return nil, first
}

// volume reads the main volume descriptor sequence or, where that is damaged,
// the reserve.
func (v *Volume) volume(sequences []sequence) error {
	var problems []error
	for _, s := range sequences {
		err := v.descriptors(s)
		if err == nil || errors.Is(err, ErrUnsupported) {
			return err
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// descriptors reads one volume descriptor sequence. Of several descriptors of
// one kind, that with the highest number prevails.
func (v *Volume) descriptors(s sequence) error {
	best := map[uint16][]byte{}
	for n := range min(s.blocks, maxVolume) {
		b, err := v.descriptor(s.at+n, s.at+n, 0)
		if err != nil {
			return fmt.Errorf("volume descriptor %d: %w", n, err)
		}
		id := le.Uint16(b)
		if id == tagTerminating {
			break
		}
		if id == tagPointer {
			return unsupported("its volume descriptors are continued elsewhere")
		}
		old, seen := best[id]
		if seen && id == tagPartition && le.Uint16(old[22:]) != le.Uint16(b[22:]) {
			return unsupported("it has several physical partitions")
		}
		if !seen || le.Uint32(b[16:]) >= le.Uint32(old[16:]) {
			best[id] = b
		}
	}
	part, logical := best[tagPartition], best[tagLogical]
	if part == nil || logical == nil {
		return corrupt("no partition or no logical volume is described")
	}
	return v.logical(part, logical)
}

func (v *Volume) logical(part, b []byte) error {
	if n := int64(le.Uint32(b[212:])); n != v.block {
		return corrupt("logical blocks of %d bytes on sectors of %d", n, v.block)
	}
	if !bytes.HasPrefix(b[217:], []byte("*OSTA UDF Compliant")) {
		return unsupported("the logical volume is of domain %q", bytes.TrimRight(b[217:240], "\x00"))
	}
	v.revision, v.label = le.Uint16(b[240:]), dstring(b[84:212])
	v.start, v.length = int64(le.Uint32(part[188:])), int64(le.Uint32(part[192:]))
	if v.start+v.length > v.size/v.block {
		// Some writers count blocks that they leave out at the end; what is really missing is found when it is read.
		v.length = max(v.size/v.block-v.start, 0)
	}
	size, count := int(le.Uint32(b[264:])), int(le.Uint32(b[268:]))
	if size > len(b)-440 || count < 1 || count > maxPartition {
		return corrupt("%d partition maps in %d bytes", count, size)
	}
	v.maps = nil
	v.root = longAddress(b[248:264]) // of the file set, until that is read
	return v.partitions(b[440:440+size], count, le.Uint16(part[22:]))
}

// partitions reads the partition maps.
func (v *Volume) partitions(b []byte, count int, number uint16) error {
	for n := range count {
		if len(b) < 6 || len(b) < int(b[1]) || b[1] < 6 {
			return corrupt("partition map %d is cut off", n)
		}
		m := b[:b[1]]
		b = b[b[1]:]
		switch {
		case m[0] == 1 && len(m) == 6:
			if got := le.Uint16(m[4:]); got != number {
				return corrupt("partition map %d is of partition %d, which is not described", n, got)
			}
			v.maps = append(v.maps, partitionMap{})
		case m[0] == 2 && len(m) == 64 && bytes.HasPrefix(m[5:], []byte("*UDF Metadata Partition")):
			main, err := v.metadata(m)
			if err != nil {
				return err
			}
			v.maps = append(v.maps, partitionMap{metadata: main})
		case m[0] == 2 && len(m) == 64:
			return unsupported("partition map %d is of type %q", n, bytes.TrimRight(m[5:28], "\x00"))
		default:
			return corrupt("partition map %d has type %d and %d bytes", n, m[0], len(m))
		}
	}
	return nil
}

// metadata opens the file that is the metadata partition, or its mirror. Both lie
// in the physical partition, whose map need not have been read yet.
func (v *Volume) metadata(m []byte) (*node, error) {
	physical := &Volume{r: v.r, size: v.size, block: v.block, start: v.start, length: v.length, maps: []partitionMap{{}}}
	var problems []error
	for _, at := range []int{40, 44} {
		n, err := physical.node(address{block: le.Uint32(m[at:])})
		if err == nil {
			return n, nil
		}
		problems = append(problems, fmt.Errorf("metadata partition: %w", err))
	}
	return nil, errors.Join(problems...)
}

// files reads the file set descriptor, which leads to the root directory.
func (v *Volume) files() error {
	b, err := v.at(v.root, tagFileSet)
	if err != nil {
		return fmt.Errorf("file set: %w", err)
	}
	v.root = longAddress(b[400:416])
	return nil
}

func longAddress(b []byte) address { return address{le.Uint32(b[4:]), le.Uint16(b[8:])} }

// place turns a block of a partition reference into an offset in the image, and
// says how many blocks follow it without a gap.
func (v *Volume) place(a address) (off, blocks int64, err error) {
	if int(a.part) >= len(v.maps) {
		return 0, 0, corrupt("partition reference %d of %d", a.part, len(v.maps))
	}
	m := v.maps[a.part].metadata
	if m == nil {
		if int64(a.block) >= v.length {
			return 0, 0, corrupt("block %d of a partition of %d: the image is cut off or damaged", a.block, v.length)
		}
		return (v.start + int64(a.block)) * v.block, v.length - int64(a.block), nil
	}
	at := int64(a.block) * v.block
	n, ok := slices.BinarySearchFunc(m.extents, at, func(e extent, at int64) int {
		switch {
		case e.from+e.size <= at:
			return -1
		case e.from > at:
			return 1
		}
		return 0
	})
	if !ok || m.extents[n].hole || m.data != nil {
		return 0, 0, corrupt("block %d is not in the metadata partition", a.block)
	}
	e := m.extents[n]
	return e.off + at - e.from, (e.from + e.size - at) / v.block, nil
}

func (v *Volume) read(b []byte, off int64) error {
	n, err := v.r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return corrupt("offset %d: the image is cut off", off+int64(n))
	}
	return fmt.Errorf("read offset %d: %w", off, err)
}
