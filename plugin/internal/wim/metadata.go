package wim

import (
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// metadata is the parsed resource of one image: security table and tree.
type metadata struct {
	security []byte // the table as read, padding included
	sds      [][]byte
	root     *node
}

// parseMetadata reads the whole tree. Nodes keep slices of b, so an editor
// must own it.
func parseMetadata(b []byte) (*metadata, error) {
	m := new(metadata)
	if err := m.parseSecurity(b); err != nil {
		return nil, err
	}
	p := &treeParser{b: b, seen: map[uint64]bool{}, sds: uint32(len(m.sds)), read: make([]uint64, len(b)/8/64+1)}
	p.mark(0, uint64(len(m.security)))
	root, _, err := p.dentry(uint64(len(m.security)), nil)
	if err != nil {
		return nil, err
	}
	if root == nil || !root.isDir() {
		return nil, corrupt("metadata: no root directory at offset %d", len(m.security))
	}
	m.root = root
	if err := p.children(root, 0); err != nil {
		return nil, err
	}
	return m, p.nothingLeft()
}

// parseSecurity reads the table of descriptors: total length, count, the
// length of each as 64 bits, the descriptors, padding to 8 bytes.
func (m *metadata) parseSecurity(b []byte) error {
	if len(b) < 8 {
		return corrupt("metadata of %d bytes has no security table", len(b))
	}
	total, count := uint64(le.Uint32(b)), uint64(le.Uint32(b[4:]))
	end := max(align8(total), 8) // some writers leave an empty table's length 0
	if end > uint64(len(b)) || 8+8*count > max(total, 8) {
		return corrupt("security table of %d bytes with %d descriptors in metadata of %d", total, count, len(b))
	}
	at := 8 + 8*count
	for i := range count {
		n := le.Uint64(b[8+8*i:])
		if n > total-at {
			return corrupt("security descriptor %d of %d bytes leaves the table", i, n)
		}
		if _, err := secdesc.Parse(b[at : at+n]); err != nil {
			return corrupt("security descriptor %d of %d bytes: %w", i, n, err)
		}
		m.sds = append(m.sds, b[at:at+n:at+n])
		at += n
	}
	if align8(at) != end {
		return corrupt("security table of %d bytes, and its %d descriptors end at %d", total, count, at)
	}
	m.security = b[:end]
	return nil
}

// appendSecurity adds a descriptor to the table and returns its number.
func (m *metadata) appendSecurity(sd []byte) uint32 {
	m.sds = append(m.sds, sd)
	m.security = marshalSecurity(m.sds)
	return uint32(len(m.sds) - 1)
}

func marshalSecurity(sds [][]byte) []byte {
	b := make([]byte, 8, 8+8*len(sds))
	for _, sd := range sds {
		b = le.AppendUint64(b, uint64(len(sd)))
	}
	for _, sd := range sds {
		b = append(b, sd...)
	}
	b = append(b, make([]byte, align8(uint64(len(b)))-uint64(len(b)))...)
	le.PutUint32(b, uint32(len(b)))
	le.PutUint32(b[4:], uint32(len(sds)))
	return b
}

// treeParser reads directory entries. No byte is read for two of them, which
// bounds the work.
type treeParser struct {
	b    []byte
	seen map[uint64]bool
	sds  uint32
	read []uint64 // a bit for each 8 bytes that belong to something
}

// mark notes that bytes were read; both bounds are multiples of 8. It reports
// whether they were read for the first time.
func (p *treeParser) mark(from, to uint64) bool {
	first := true
	for at := from / 8; at < to/8; at++ {
		first = first && p.read[at/64]&(1<<(at%64)) == 0
		p.read[at/64] |= 1 << (at % 64)
	}
	return first
}

// nothingLeft refuses bytes that belong to nothing and say something: a length,
// a count or an offset that lost its value would leave files out without a word.
func (p *treeParser) nothingLeft() error {
	for at := 0; at < len(p.b)/8; at++ {
		if p.read[at/64]&(1<<(at%64)) == 0 && le.Uint64(p.b[8*at:]) != 0 {
			return corrupt("metadata offset %d: bytes that belong to no directory", 8*at)
		}
	}
	return nil
}

// children reads the run of entries below n: entries, then 8 zero bytes.
func (p *treeParser) children(n *node, depth int) error {
	off := le.Uint64(n.raw[dentChildren:])
	if off == 0 {
		return nil
	}
	if !n.isDir() {
		return corrupt("metadata: %s is no directory but has children", n.path())
	}
	if depth > maxDepth {
		return corrupt("metadata: more than %d directories deep", maxDepth)
	}
	if p.seen[off] {
		return corrupt("metadata offset %d: two directories have the same children", off)
	}
	p.seen[off] = true
	n.hasKids = true
	for {
		k, next, err := p.dentry(off, n)
		if err != nil {
			return err
		}
		if k == nil {
			p.mark(off, off+8)
			break
		}
		n.kids = append(n.kids, k)
		off = next
	}
	for _, k := range n.kids {
		if err := p.children(k, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// dentry reads one entry with its streams and returns the offset behind it; nil
// at the end of a run.
func (p *treeParser) dentry(off uint64, parent *node) (*node, uint64, error) {
	if off&7 != 0 || off > uint64(len(p.b)) || uint64(len(p.b))-off < 8 {
		return nil, 0, corrupt("metadata: directory entry at offset %d of %d bytes", off, len(p.b))
	}
	start := off
	size := le.Uint64(p.b[off:])
	if size <= 8 {
		return nil, 0, nil
	}
	room := uint64(len(p.b)) - off
	if size < dentName || size > room || align8(size) > room {
		return nil, 0, corrupt("metadata offset %d: directory entry of %d bytes", off, size)
	}
	n := &node{raw: p.b[off : off+align8(size) : off+align8(size)], parent: parent}
	if err := p.checkEntry(n, off); err != nil {
		return nil, 0, err
	}
	off, err := p.streams(n, off+align8(size))
	if err != nil {
		return nil, 0, err
	}
	if !p.mark(start, off) {
		return nil, 0, corrupt("metadata offset %d: directories overlap", start)
	}
	return n, off, nil
}

// streams reads the stream entries of n and returns the offset behind them.
func (p *treeParser) streams(n *node, off uint64) (uint64, error) {
	for range le.Uint16(n.raw[dentStreams:]) {
		room := uint64(len(p.b)) - off
		if room < streamName {
			return 0, corrupt("metadata offset %d: stream entry of %s is cut off", off, n.path())
		}
		size := le.Uint64(p.b[off:])
		if size < streamName || size > room || align8(size) > room {
			return 0, corrupt("metadata offset %d: stream entry of %d bytes in %s", off, size, n.path())
		}
		s := p.b[off : off+align8(size) : off+align8(size)]
		l := uint64(le.Uint16(s[streamNameLen:]))
		need := align8(streamName + l)
		if l > 0 {
			need = align8(streamName + l + 2)
		}
		// An entry that is much longer than its name is none, but a directory entry.
		if l&1 != 0 || need > uint64(len(s)) || uint64(len(s))-need >= 16 || l > 0 && le.Uint16(s[streamName+l:]) != 0 {
			return 0, corrupt("metadata offset %d: stream name of %d bytes in an entry of %d in %s", off, l, size, n.path())
		}
		if u := getUnits(s[streamName:], int(l)); slices.Contains(u, 0) || slices.Contains(u, ':') {
			return 0, corrupt("metadata offset %d: stream name %q in %s", off, upcase.String(u), n.path())
		}
		n.streams = append(n.streams, s)
		off += align8(size)
	}
	return off, n.checkUnnamed()
}

// checkUnnamed refuses what has more data without a name than its kind can have.
func (n *node) checkUnnamed() error {
	var found []Hash
	if h := Hash(n.raw[dentHash:]); !h.IsZero() {
		found = append(found, h)
	}
	for _, s := range n.streams {
		// Some writers state the unnamed data twice when there are named streams.
		if h := Hash(s[streamHash:]); !streamNamed(s) && !h.IsZero() && !slices.Contains(found, h) {
			found = append(found, h)
		}
	}
	most := 1
	switch {
	case n.attributes()&AttrReparse != 0:
		most = 2 // its own data, and those behind
	case n.isDir():
		most = 0
	}
	if len(found) > most {
		return corrupt("metadata: %s has %d unnamed streams, %d are possible", n.path(), len(found), most)
	}
	return nil
}

func (p *treeParser) checkEntry(n *node, off uint64) error {
	nameLen, shortLen := uint64(le.Uint16(n.raw[dentNameLen:])), uint64(le.Uint16(n.raw[dentShortLen:]))
	need := uint64(dentName)
	for _, l := range []uint64{nameLen, shortLen} {
		if l > 0 {
			need += l + 2
		}
	}
	if nameLen&1 != 0 || shortLen&1 != 0 || need > uint64(len(n.raw)) {
		return corrupt("metadata offset %d: names of %d and %d bytes", off, nameLen, shortLen)
	}
	at := uint64(dentName)
	for _, l := range []uint64{nameLen, shortLen} {
		if l == 0 {
			continue
		}
		if at += l; le.Uint16(n.raw[at:]) != 0 {
			return corrupt("metadata offset %d: a name of %d bytes does not end there", off, l)
		}
		at += 2
	}
	if id := n.security(); id != noSecurity && id >= p.sds {
		return corrupt("metadata offset %d: security id %d of %d descriptors", off, id, p.sds)
	}
	if n.attributes()&AttrReparse != 0 && n.reparseTag() == 0 {
		return corrupt("metadata offset %d: a reparse point with the reparse tag 0, which is none", off)
	}
	if n.parent == nil {
		return nil
	}
	for _, c := range slices.Concat(n.units(), n.shortUnits()) {
		if c == 0 || c == '/' || c == '\\' {
			return corrupt("metadata offset %d: a name in %s holds unit %#x", off, n.parent.path(), c)
		}
	}
	if s := n.name(); s == "" || s == "." || s == ".." {
		return corrupt("metadata offset %d: the name %q in %s", off, s, n.parent.path())
	}
	return nil
}

// marshal lays the tree out as wimlib and DISM do: the root and 8 zero bytes,
// then parents before children, each directory's entries as one run ended by 8
// zero bytes. It patches the offsets of runs and nothing else.
func (m *metadata) marshal() []byte {
	off := uint64(len(m.security)) + m.root.size() + 8
	var place func(n *node)
	place = func(n *node) {
		if !n.hasKids {
			le.PutUint64(n.raw[dentChildren:], 0)
			return
		}
		le.PutUint64(n.raw[dentChildren:], off)
		for _, k := range n.kids {
			off += k.size()
		}
		off += 8
		for _, k := range n.kids {
			place(k)
		}
	}
	place(m.root)
	out := append(make([]byte, 0, off), m.security...)
	emit := func(n *node) {
		out = append(out, n.raw...)
		for _, s := range n.streams {
			out = append(out, s...)
		}
	}
	end := make([]byte, 8)
	emit(m.root)
	out = append(out, end...)
	var run func(n *node)
	run = func(n *node) {
		if !n.hasKids {
			return
		}
		for _, k := range n.kids {
			emit(k)
		}
		out = append(out, end...)
		for _, k := range n.kids {
			run(k)
		}
	}
	run(m.root)
	return out
}
