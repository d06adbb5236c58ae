package wim

import (
	"fmt"
	"slices"
	"sort"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// newNode makes an entry without descriptor, short name, data or children.
func newNode(name, short string, attr Attributes, created, accessed, written FileTime) *node {
	u, s := upcase.Units(name), upcase.Units(short)
	need := dentName
	for _, x := range [][]uint16{u, s} {
		if len(x) > 0 {
			need += 2*len(x) + 2
		}
	}
	raw := make([]byte, align8(uint64(need)))
	le.PutUint64(raw, uint64(len(raw)))
	le.PutUint32(raw[dentAttributes:], uint32(attr))
	le.PutUint32(raw[dentSecurity:], noSecurity)
	le.PutUint64(raw[dentCreated:], uint64(created))
	le.PutUint64(raw[dentAccessed:], uint64(accessed))
	le.PutUint64(raw[dentWritten:], uint64(written))
	le.PutUint16(raw[dentNameLen:], uint16(2*len(u)))
	le.PutUint16(raw[dentShortLen:], uint16(2*len(s)))
	putUnits(raw[dentName:], u)
	if len(s) > 0 {
		at := dentName
		if len(u) > 0 {
			at += 2*len(u) + 2
		}
		putUnits(raw[at:], s)
	}
	return &node{raw: raw, hasKids: attr&(AttrDirectory|AttrReparse) == AttrDirectory, ordered: true}
}

func newStream(name string, h Hash) []byte {
	u := upcase.Units(name)
	size := streamName
	if len(u) > 0 {
		size += 2*len(u) + 2
	}
	s := make([]byte, align8(uint64(size)))
	le.PutUint64(s, uint64(len(s)))
	copy(s[streamHash:], h[:])
	le.PutUint16(s[streamNameLen:], uint16(2*len(u)))
	putUnits(s[streamName:], u)
	return s
}

// insert puts k among the children where NTFS would have it. Names that differ
// in case only are ordered by their units.
func (n *node) insert(k *node) {
	n.hasKids = true
	k.parent = n
	name := k.units()
	after := func(o *node) bool {
		c := o.compareName(name)
		return c > 0 || c == 0 && slices.Compare(o.units(), name) > 0
	}
	i := len(n.kids)
	if n.ordered {
		i = sort.Search(i, func(i int) bool { return after(n.kids[i]) })
	} else if at := slices.IndexFunc(n.kids, after); at >= 0 {
		i = at
	}
	n.kids = slices.Insert(n.kids, i, k)
}

func (n *node) remove() {
	p := n.parent
	p.kids = slices.DeleteFunc(p.kids, func(k *node) bool { return k == n })
}

// setData replaces the unnamed data and leaves everything else.
func (n *node) setData(h Hash) error {
	var own []int
	for i, s := range n.streams {
		if !streamNamed(s) {
			own = append(own, i)
		}
	}
	main := Hash(n.raw[dentHash:])
	switch {
	case len(n.streams) == 0:
		copy(n.raw[dentHash:], h[:])
	case len(own) > 1 || len(own) == 1 && !main.IsZero() && Hash(n.streams[own[0]][streamHash:]) != main:
		return fmt.Errorf("%s: %w", n.path(), corrupt("several unnamed streams"))
	case len(own) == 1:
		copy(n.streams[own[0]][streamHash:], h[:])
		if !main.IsZero() {
			copy(n.raw[dentHash:], h[:])
		}
	default: // named streams only: the unnamed one belongs among them
		clear(n.raw[dentHash : dentHash+len(Hash{})])
		n.setStreams(append([][]byte{newStream("", h)}, n.streams...))
	}
	return nil
}

func (n *node) setStreams(s [][]byte) {
	n.streams = s
	le.PutUint16(n.raw[dentStreams:], uint16(len(s)))
}

// descriptors finds and adds rows of the security table, each descriptor once.
type descriptors struct {
	meta *metadata
	ids  map[string]uint32
}

func newDescriptors(m *metadata) *descriptors {
	d := &descriptors{m, make(map[string]uint32, len(m.sds))}
	for i, sd := range m.sds {
		if _, dup := d.ids[string(sd)]; !dup {
			d.ids[string(sd)] = uint32(i)
		}
	}
	return d
}

func (d *descriptors) id(sd []byte) uint32 {
	id, ok := d.ids[string(sd)]
	if !ok {
		id = d.meta.appendSecurity(sd)
		d.ids[string(sd)] = id
	}
	return id
}

// inherit computes the descriptor of a new entry in parent. none reports that
// neither parent nor anything above it has one; the result then lets SYSTEM and
// Administrators in and nobody else.
func (d *descriptors) inherit(parent *node, dir bool) (sd []byte, none bool, err error) {
	from := d.meta.descriptor(parent)
	switch {
	case from == nil && parent.parent != nil:
		from, none, err = d.inherit(parent.parent, true)
	case from == nil:
		none = true
		from, err = new(secdesc.Descriptor).Marshal()
	}
	if err != nil {
		return nil, none, err
	}
	if sd, err = secdesc.Inherit(from, dir, secdesc.FileMapping()); err != nil {
		return nil, none, fmt.Errorf("%s: %w", parent.path(), err)
	}
	return sd, none, nil
}
