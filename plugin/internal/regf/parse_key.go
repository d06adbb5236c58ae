package regf

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

// key reads the key node at off and everything below it. parent is where the key
// hangs, which it must say itself; the root says anything.
func (p *parser) key(off, parent uint32, depth int) (*Key, error) {
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
	if err := p.checkKey(k, off, depth, parent, u32(16), u32(36)); err != nil {
		return nil, err
	}
	if k.class, err = p.class(int(u16(74)), u32(48), off); err != nil {
		return nil, err
	}
	if k.sec, err = p.security(u32(44), off); err != nil {
		return nil, err
	}
	if k.flags&flagPredefined != 0 {
		k.handle = u32(36)
	} else if k.values, err = p.valueList(u32(36), u32(40), off); err != nil {
		return nil, err
	}
	k.subkeys, err = p.subkeys(u32(20), u32(28), off, depth)
	return k, err
}

// checkKey looks at what a key says of itself.
func (p *parser) checkKey(k *Key, off uint32, depth int, hangs, parent, values uint32) error {
	root := depth == 0
	switch {
	case len(k.name) == 0 && !root:
		return p.corrupt(off, "key without a name")
	case root != (k.flags&flagRoot != 0):
		return p.corrupt(off, "key flags %#x, which only the root has, or which the root lacks", k.flags)
	case k.flags&flagsInMemory != 0:
		return p.corrupt(off, "key flags %#x of a key that is never stored", k.flags)
	case k.flags&flagPredefined != 0 && values&predefinedHandle == 0:
		return p.corrupt(off, "key flags %#x of a predefined handle, and the handle is %#x", k.flags, values)
	case !root && parent != hangs:
		return p.corrupt(off, "key says that its parent is at %#x and hangs on that at %#x", int64(parent)+headerSize, int64(hangs)+headerSize)
	}
	return nil
}

// class reads a class name of n bytes.
func (p *parser) class(n int, off, from uint32) ([]byte, error) {
	if n == 0 {
		return nil, p.nothing(off, from, "class name")
	}
	c, err := p.cell(off, n, from, "class name")
	if err != nil {
		return nil, err
	}
	return c[:n:n], nil
}

// nothing refuses a place where there is said to be nothing: Windows clears it
// when the last of it goes.
func (p *parser) nothing(off, from uint32, what string) error {
	if off != noCell {
		return p.corrupt(from, "no %s, and yet it is at %#x", what, int64(off)+headerSize)
	}
	return nil
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

// security returns the shared descriptor at off.
func (p *parser) security(off, from uint32) (*security, error) {
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
	if _, err := secdesc.Parse(c[securityHead : securityHead+n]); err != nil {
		return nil, p.corrupt(off, "security descriptor of %d bytes: %v", n, err)
	}
	s := p.hive.intern(c[securityHead : securityHead+n : securityHead+n])
	p.sks[off] = s
	return s, nil
}

// subkeys reads the n subkeys that the list at off names.
func (p *parser) subkeys(n, off, from uint32, depth int) ([]*Key, error) {
	if n == 0 {
		return nil, p.nothing(off, from, "subkey list")
	}
	if int64(n) > int64(p.cells) {
		return nil, p.corrupt(from, "%d subkeys in a hive of %d cells", n, p.cells)
	}
	entries, err := p.subkeyList(off, from, nil, int(n), true)
	if err != nil {
		return nil, err
	}
	if len(entries) != int(n) {
		return nil, p.corrupt(from, "key says %d subkeys, its list has %d", n, len(entries))
	}
	subs := slab(&p.subs, int(n), p.cells)
	sorted := true
	for i, e := range entries {
		if subs[i], err = p.key(e.off, from, depth+1); err != nil {
			return nil, err
		}
		if want, ok := e.kind.sum(subs[i]); ok && e.sum != want {
			return nil, p.corrupt(e.off, "key %q has the sum %#x in its parent's list, its name gives %#x", subs[i].Name(), e.sum, want)
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

// listEntry is one entry of a subkey list.
type listEntry struct {
	off, sum uint32
	kind     listKind
}

// listKind is the second letter of a list's signature: f, h, i.
type listKind byte

// sum returns what a list of that kind holds beside a key; ok is false where
// nothing certain can be said.
func (l listKind) sum(k *Key) (sum uint32, ok bool) {
	switch l {
	case 'h':
		return hashName(k.name, k.compressed()), true
	case 'f':
		for i := range min(4, nameLen(k.name, k.compressed())) {
			if nameUnit(k.name, k.compressed(), i) > 0xff {
				return 0, false
			}
		}
		return hintName(k.name, k.compressed()), true
	}
	return 0, false
}

// subkeyList appends the entries that a list (lf, lh, li or, at the top, ri)
// holds, and stops when there are more than limit.
func (p *parser) subkeyList(off, from uint32, entries []listEntry, limit int, top bool) ([]listEntry, error) {
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
	if kind != "ri" && len(entries)+n > limit {
		return nil, p.corrupt(off, "subkey list has more than the %d entries that its key says", limit)
	}
	if kind != "ri" {
		entries = slices.Grow(entries, n)
	}
	for i := range n {
		at := binary.LittleEndian.Uint32(c[4+i*step:])
		if kind == "ri" {
			if entries, err = p.subkeyList(at, off, entries, limit, false); err != nil {
				return nil, err
			}
			continue
		}
		e := listEntry{off: at, kind: listKind(kind[1])}
		if step == 8 {
			e.sum = binary.LittleEndian.Uint32(c[8+i*step:])
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// valueList reads the n values that the list at off names.
func (p *parser) valueList(n, off, from uint32) ([]rawValue, error) {
	if n == 0 {
		return nil, p.nothing(off, from, "value list")
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
	for rest := c[4*n:]; len(rest) >= 4; rest = rest[4:] {
		// The list may be longer than what it holds: values went, and Windows freed them.
		if at := binary.LittleEndian.Uint32(rest); p.unused(at) {
			p.doubts = append(p.doubts, doubt{at, off, "value behind the end of its list"})
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
	if v.flags&^(valueCompressed|valueTombstone) != 0 {
		return p.corrupt(off, "value flags %#x", v.flags)
	}
	if v.name, err = p.name(off, c[valueHead:], int(binary.LittleEndian.Uint16(c[2:])), v.compressed()); err != nil {
		return err
	}
	// Windows leaves less than 8 bytes behind a name; hivex leaves 8 zeros behind none.
	if rest := c[valueHead+len(v.name):]; len(rest) >= 8 && len(bytes.Trim(rest, "\x00")) > 0 {
		return p.corrupt(off, "value name of %d bytes, and %d bytes behind it that are not empty", len(v.name), len(rest))
	}
	n, at := binary.LittleEndian.Uint32(c[4:]), binary.LittleEndian.Uint32(c[8:])
	switch {
	case n == 0 && p.unused(at):
		p.doubts = append(p.doubts, doubt{at, off, "data of a value that says it has none"})
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
