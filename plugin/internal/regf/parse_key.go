package regf

import (
	"encoding/binary"
	"slices"
)

// key reads the key node at off and everything below it.
func (p *parser) key(off uint32, depth int) (*Key, error) {
	if depth > maxDepth {
		return nil, p.corrupt(off, "keys are nested deeper than %d levels", maxDepth)
	}
	c, err := p.cell(off, keyHead, off, "key")
	if err != nil {
		return nil, err
	}
	if string(c[:2]) != "nk" {
		return nil, p.corrupt(off, "no key signature")
	}
	u16 := func(at int) uint16 { return binary.LittleEndian.Uint16(c[at:]) }
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(c[at:]) }
	k := &slab(&p.keys, 1, p.cells)[0]
	k.flags, k.lastWrite = u16(2), FileTime(binary.LittleEndian.Uint64(c[4:]))
	k.access, k.user = u32(12), u16(54)
	if k.name, err = p.name(off, c[keyHead:], int(u16(72)), k.compressed()); err != nil {
		return nil, err
	}
	if len(k.name) == 0 && depth > 0 {
		return nil, p.corrupt(off, "key without a name")
	}
	if n := int(u16(74)); n > 0 {
		cc, err := p.cell(u32(48), n, off, "class name")
		if err != nil {
			return nil, err
		}
		k.class = cc[:n:n]
	}
	if k.sec, err = p.security(u32(44), off); err != nil {
		return nil, err
	}
	if k.flags&flagPredefined != 0 {
		k.handle = u32(36)
	} else if k.values, err = p.valueList(u32(36), u32(40), off); err != nil {
		return nil, err
	}
	if n := u32(20); n > 0 {
		if k.subkeys, err = p.subkeys(n, u32(28), off, depth); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// name cuts a stored name of n bytes from the start of b.
func (p *parser) name(off uint32, b []byte, n int, compressed bool) ([]byte, error) {
	if n > len(b) {
		return nil, p.corrupt(off, "name of %d bytes, its cell has %d", n, len(b))
	}
	if !compressed && n%2 != 0 {
		return nil, p.corrupt(off, "UTF-16 name of %d bytes", n)
	}
	return b[:n:n], nil
}

// security returns the shared descriptor at off; nil where a key has none.
func (p *parser) security(off, from uint32) (*security, error) {
	if off == noCell {
		return nil, nil
	}
	if s, ok := p.sks[off]; ok {
		return s, nil
	}
	c, err := p.cell(off, securityHead, from, "security descriptor")
	if err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(c[16:])
	if string(c[:2]) != "sk" || uint64(n) > uint64(len(c)-securityHead) {
		return nil, p.corrupt(off, "no security cell, or its %d bytes do not fit", n)
	}
	s := p.hive.intern(c[securityHead : securityHead+n : securityHead+n])
	p.sks[off] = s
	return s, nil
}

// subkeys reads the n subkeys that the list at off names.
func (p *parser) subkeys(n, off, from uint32, depth int) ([]*Key, error) {
	if int64(n) > int64(p.cells) {
		return nil, p.corrupt(from, "%d subkeys in a hive of %d cells", n, p.cells)
	}
	offs, err := p.subkeyList(off, from, nil, int(n), true)
	if err != nil {
		return nil, err
	}
	if len(offs) != int(n) {
		return nil, p.corrupt(from, "key says %d subkeys, its list has %d", n, len(offs))
	}
	subs := slab(&p.subs, int(n), p.cells)
	sorted := true
	for i, o := range offs {
		if subs[i], err = p.key(o, depth+1); err != nil {
			return nil, err
		}
		sorted = sorted && (i == 0 || subs[i-1].compare(subs[i]) < 0)
	}
	if !sorted { // older systems sorted by an older table; lookups here rely on ours
		slices.SortStableFunc(subs, (*Key).compare)
		for i := range subs[1:] {
			if subs[i].compare(subs[i+1]) == 0 {
				return nil, p.corrupt(from, "two subkeys are both called %q", subs[i].Name())
			}
		}
	}
	return subs, nil
}

// subkeyList appends the offsets that a list (lf, lh, li or, at the top, ri)
// holds, and stops when there are more than limit.
func (p *parser) subkeyList(off, from uint32, offs []uint32, limit int, top bool) ([]uint32, error) {
	c, err := p.cell(off, 4, from, "subkey list")
	if err != nil {
		return nil, err
	}
	n, step := int(binary.LittleEndian.Uint16(c[2:])), 8
	kind := string(c[:2])
	switch {
	case kind == "lf" || kind == "lh":
	case kind == "li" || kind == "ri" && top:
		step = 4
	default:
		return nil, p.corrupt(off, "no subkey list of a known kind (%q)", kind)
	}
	if 4+n*step > len(c) {
		return nil, p.corrupt(off, "subkey list of %d entries in %d bytes", n, len(c))
	}
	if kind != "ri" && len(offs)+n > limit {
		return nil, p.corrupt(off, "subkey list has more than the %d entries that its key says", limit)
	}
	if kind != "ri" {
		offs = slices.Grow(offs, n)
	}
	for i := range n {
		entry := binary.LittleEndian.Uint32(c[4+i*step:])
		if kind != "ri" {
			offs = append(offs, entry)
		} else if offs, err = p.subkeyList(entry, off, offs, limit, false); err != nil {
			return nil, err
		}
	}
	return offs, nil
}

// valueList reads the n values that the list at off names.
func (p *parser) valueList(n, off, from uint32) ([]rawValue, error) {
	if n == 0 {
		return nil, nil
	}
	if int64(n) > int64(p.cells) {
		return nil, p.corrupt(from, "%d values in a hive of %d cells", n, p.cells)
	}
	c, err := p.cell(off, 4*int(n), from, "value list")
	if err != nil {
		return nil, err
	}
	values := slab(&p.values, int(n), p.cells)
	for i := range values {
		if err := p.value(&values[i], binary.LittleEndian.Uint32(c[4*i:]), off); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func (p *parser) value(v *rawValue, off, from uint32) error {
	c, err := p.cell(off, valueHead, from, "value")
	if err != nil {
		return err
	}
	if string(c[:2]) != "vk" {
		return p.corrupt(off, "no value signature")
	}
	v.typ, v.flags = ValueType(binary.LittleEndian.Uint32(c[12:])), binary.LittleEndian.Uint16(c[16:])
	if v.name, err = p.name(off, c[valueHead:], int(binary.LittleEndian.Uint16(c[2:])), v.compressed()); err != nil {
		return err
	}
	n, at := binary.LittleEndian.Uint32(c[4:]), binary.LittleEndian.Uint32(c[8:])
	switch {
	case n&inlineData != 0:
		if n &^= inlineData; n > 4 {
			return p.corrupt(off, "%d bytes of data in a field of 4", n)
		}
		v.data = c[8 : 8+n : 8+n]
	case n > 0:
		v.data, err = p.valueData(n, at, off)
	}
	return err
}

// valueData reads n bytes of data: one cell, or from minor version 4 on several
// segments where one would not hold them.
func (p *parser) valueData(n, off, from uint32) ([]byte, error) {
	c, err := p.cell(off, 4, from, "value data")
	if err != nil {
		return nil, err
	}
	if uint64(n) <= uint64(len(c)) {
		return c[:n:n], nil
	}
	if p.hive.minor < minorBigData || n <= segmentSize || string(c[:2]) != "db" || len(c) < 8 {
		return nil, p.corrupt(off, "value data of %d bytes in a cell of %d", n, len(c))
	}
	count := int(binary.LittleEndian.Uint16(c[2:]))
	if int64(count) != (int64(n)+segmentSize-1)/segmentSize || uint64(n) > uint64(len(p.data)) {
		return nil, p.corrupt(off, "%d segments for value data of %d bytes", count, n)
	}
	list, err := p.cell(binary.LittleEndian.Uint32(c[4:]), 4*count, off, "segment list")
	if err != nil {
		return nil, err
	}
	// Each segment is a cell of its own that is used once, so that what has been
	// gathered is never more than the hive itself.
	var data []byte
	for i := range count {
		take := min(segmentSize, int(n)-len(data))
		s, err := p.cell(binary.LittleEndian.Uint32(list[4*i:]), take, off, "segment")
		if err != nil {
			return nil, err
		}
		if i == 0 {
			data = make([]byte, 0, n)
		}
		data = append(data, s[:take]...)
	}
	return data, nil
}
