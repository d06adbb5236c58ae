package wim

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// Offsets in a directory entry. Its length excludes the stream entries that
// follow it; its name and short name end with a zero unit that their lengths
// do not count; tagged items (object ids) may follow the names.
const (
	dentAttributes = 8
	dentSecurity   = 12
	dentChildren   = 16
	dentCreated    = 40
	dentAccessed   = 48
	dentWritten    = 56
	dentHash       = 64
	dentReparseTag = 88
	dentLink       = 88 // for what is no reparse point
	dentStreams    = 96
	dentShortLen   = 98
	dentNameLen    = 100
	dentName       = 102

	streamHash    = 16
	streamNameLen = 36
	streamName    = 38

	noSecurity = math.MaxUint32
	maxDepth   = 256 // Windows itself stops at 32,767 characters of path
)

// Attributes are the FILE_ATTRIBUTE_ flags of an entry.
type Attributes uint32

// The attributes that mean something here.
const (
	AttrReadOnly  Attributes = 0x1
	AttrHidden    Attributes = 0x2
	AttrSystem    Attributes = 0x4
	AttrDirectory Attributes = 0x10
	AttrArchive   Attributes = 0x20
	AttrNormal    Attributes = 0x80
	AttrSparse    Attributes = 0x200
	AttrReparse   Attributes = 0x400
	AttrEncrypted Attributes = 0x4000
)

// node is one directory entry. Its bytes are kept as they were read; only the
// fields that an edit means to change are patched, so what we do not know
// survives.
type node struct {
	raw     []byte // fixed part, names, padding, tagged items
	streams [][]byte
	hasKids bool // it has a run of children, which may be empty
	ordered bool // the children are in insert's order: so in directories made here, not always in bases
	kids    []*node
	parent  *node
}

func (n *node) attributes() Attributes { return Attributes(le.Uint32(n.raw[dentAttributes:])) }
func (n *node) security() uint32       { return le.Uint32(n.raw[dentSecurity:]) }
func (n *node) time(at int) FileTime   { return FileTime(le.Uint64(n.raw[at:])) }

// isDir reports a directory that can have children; junctions cannot.
func (n *node) isDir() bool { return n.attributes()&(AttrDirectory|AttrReparse) == AttrDirectory }

// link is the group of hard links, 0 for none.
func (n *node) link() uint64 {
	if n.attributes()&(AttrReparse|AttrDirectory) != 0 {
		return 0
	}
	return le.Uint64(n.raw[dentLink:])
}

func (n *node) reparseTag() uint32 {
	if n.attributes()&AttrReparse == 0 {
		return 0
	}
	return le.Uint32(n.raw[dentReparseTag:])
}

func (n *node) units() []uint16 {
	return getUnits(n.raw[dentName:], int(le.Uint16(n.raw[dentNameLen:])))
}

// compareName orders n's name and u as upcase.Compare does, without a copy.
func (n *node) compareName(u []uint16) int {
	size := int(le.Uint16(n.raw[dentNameLen:])) / 2
	for i := range min(size, len(u)) {
		if x, y := upcase.Unit(le.Uint16(n.raw[dentName+2*i:])), upcase.Unit(u[i]); x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(size, len(u))
}

func (n *node) name() string { return upcase.String(n.units()) }

func (n *node) shortName() string { return upcase.String(n.shortUnits()) }

func (n *node) shortUnits() []uint16 {
	size := int(le.Uint16(n.raw[dentShortLen:]))
	if size == 0 {
		return nil
	}
	at := dentName
	if l := int(le.Uint16(n.raw[dentNameLen:])); l > 0 {
		at += l + 2
	}
	return getUnits(n.raw[at:], size)
}

// hasShortName reports whether Windows finds n by its short name under want.
func (n *node) hasShortName(want []uint16) bool {
	return int(le.Uint16(n.raw[dentShortLen:])) == 2*len(want) && upcase.Compare(n.shortUnits(), want) == 0
}

// path names n from the root, with slashes.
func (n *node) path() string {
	var parts []string
	for ; n.parent != nil; n = n.parent {
		parts = append(parts, n.name())
	}
	var b strings.Builder
	for _, part := range slices.Backward(parts) {
		b.WriteByte('/')
		b.WriteString(part)
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

func streamTitle(s []byte) string {
	return upcase.String(getUnits(s[streamName:], int(le.Uint16(s[streamNameLen:]))))
}

func streamNamed(s []byte) bool { return le.Uint16(s[streamNameLen:]) != 0 }

// hashes calls f for every blob that n names, as often as it names it.
func (n *node) hashes(f func(Hash)) {
	if h := Hash(n.raw[dentHash:]); !h.IsZero() {
		f(h)
	}
	for _, s := range n.streams {
		if h := Hash(s[streamHash:]); !h.IsZero() {
			f(h)
		}
	}
}

// unnamed returns the blobs without a name: the data of a file, and for a
// reparse point its data first. With named streams present the unnamed ones
// are stream entries; without, the entry itself has the one hash.
func (n *node) unnamed() (reparse, data Hash) {
	var found []Hash
	if h := Hash(n.raw[dentHash:]); !h.IsZero() {
		found = append(found, h)
	}
	for _, s := range n.streams {
		if h := Hash(s[streamHash:]); !streamNamed(s) && !h.IsZero() {
			found = append(found, h)
		}
	}
	if n.attributes()&AttrReparse != 0 && len(found) > 0 {
		reparse, found = found[0], found[1:]
	}
	if len(found) > 0 {
		data = found[0]
	}
	return reparse, data
}

// size counts the bytes of n in the metadata, children excluded.
func (n *node) size() uint64 {
	s := uint64(len(n.raw))
	for _, x := range n.streams {
		s += uint64(len(x))
	}
	return s
}

// walk calls f for n and all below it, parents first.
func (n *node) walk(f func(*node) error) error {
	if err := f(n); err != nil {
		return err
	}
	for _, k := range n.kids {
		if err := k.walk(f); err != nil {
			return err
		}
	}
	return nil
}

// count calls f for every blob named below n.
func (n *node) count(f func(Hash)) {
	n.hashes(f)
	for _, k := range n.kids {
		k.count(f)
	}
}

func align8(n uint64) uint64 { return (n + 7) &^ 7 }

func getUnits(b []byte, size int) []uint16 {
	u := make([]uint16, size/2)
	for i := range u {
		u[i] = le.Uint16(b[2*i:])
	}
	return u
}

func putUnits(b []byte, u []uint16) {
	for i, c := range u {
		le.PutUint16(b[2*i:], c)
	}
}
