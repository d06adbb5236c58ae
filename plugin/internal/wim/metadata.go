package wim

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
	p := &treeParser{b: b, seen: map[uint64]bool{}, left: uint64(len(b)), sds: uint32(len(m.sds))}
	root, _, err := p.dentry(uint64(len(m.security)), nil)
	if err != nil {
		return nil, err
	}
	if root == nil || !root.isDir() {
		return nil, corrupt("metadata: no root directory at offset %d", len(m.security))
	}
	m.root = root
	return m, p.children(root, 0)
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
		m.sds = append(m.sds, b[at:at+n:at+n])
		at += n
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

// treeParser reads directory entries. left bounds the work: no tree can use
// more bytes than the metadata has, unless runs overlap.
type treeParser struct {
	b    []byte
	seen map[uint64]bool
	left uint64
	sds  uint32
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
	off += align8(size)
	for range le.Uint16(n.raw[dentStreams:]) {
		room := uint64(len(p.b)) - off
		if room < streamName {
			return nil, 0, corrupt("metadata offset %d: stream entry of %s is cut off", off, n.path())
		}
		size := le.Uint64(p.b[off:])
		if size < streamName || size > room || align8(size) > room {
			return nil, 0, corrupt("metadata offset %d: stream entry of %d bytes in %s", off, size, n.path())
		}
		s := p.b[off : off+align8(size) : off+align8(size)]
		if l := uint64(le.Uint16(s[streamNameLen:])); l&1 != 0 || streamName+l > uint64(len(s)) {
			return nil, 0, corrupt("metadata offset %d: stream name of %d bytes in %s", off, l, n.path())
		}
		n.streams = append(n.streams, s)
		off += align8(size)
	}
	if off-start > p.left {
		return nil, 0, corrupt("metadata offset %d: directories overlap", start)
	}
	p.left -= off - start
	return n, off, nil
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
	if id := n.security(); id != noSecurity && id >= p.sds {
		return corrupt("metadata offset %d: security id %d of %d descriptors", off, id, p.sds)
	}
	if n.parent == nil {
		return nil
	}
	for _, c := range n.units() {
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
