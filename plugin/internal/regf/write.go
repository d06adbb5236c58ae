package regf

import (
	"encoding/binary"
	"fmt"
)

// Bytes returns the hive as a file. The same content gives the same bytes; a
// hive that was not edited keeps its header's time, an edited one gets epoch.
// Free space, volatile leftovers and bytes behind the last bin are not written.
// It fails only for a hive of 2 GiB or more, which the format cannot hold.
func (h *Hive) Bytes(epoch FileTime) ([]byte, error) {
	header := h.header
	if h.edited {
		binary.LittleEndian.PutUint64(header[12:], uint64(epoch))
	}
	w := newWriter(h)
	root := w.key(h.root, noCell)
	w.subtree(h.root, root)
	w.closeBin()
	if w.overflow || int64(len(w.buf)-headerSize) >= maxHiveSize {
		return nil, fmt.Errorf("write hive: it would have %d bytes or more, 2 GiB are possible", len(w.buf))
	}
	w.linkSecurity()

	copy(w.buf, header[:])
	// The first bin carries the time of the header.
	copy(w.buf[headerSize+20:headerSize+28], header[12:20])
	binary.LittleEndian.PutUint32(w.buf[36:], root)
	binary.LittleEndian.PutUint32(w.buf[40:], uint32(len(w.buf)-headerSize))
	binary.LittleEndian.PutUint32(w.buf[checksumAt:], checksum(w.buf))
	return w.buf, nil
}

// writer lays cells out one after another: a key's own cells, then the nodes of
// all its subkeys, then each subkey's cells in turn. Offsets are those of the
// format, counted from the end of the header.
type writer struct {
	hive     *Hive
	buf      []byte
	binEnd   int
	overflow bool
	sks      []uint32 // offset of each descriptor, by index; 0 for not written yet
	refs     []uint32 // how many keys use it
	order    []int    // indexes in the order of writing
	offs     []uint32 // stack of subkey offsets, one frame per level
}

func newWriter(h *Hive) *writer {
	size := int(binary.LittleEndian.Uint32(h.header[40:]))
	w := &writer{hive: h, buf: make([]byte, headerSize, headerSize+size+size/16+4*binAlign), binEnd: headerSize}
	w.sks, w.refs = make([]uint32, len(h.security)), make([]uint32, len(h.security))
	return w
}

// alloc returns the offset and the content of a new cell for n bytes, zeroed.
// The content is valid until the next alloc; at gives it again.
func (w *writer) alloc(n int) (uint32, []byte) {
	size := (n + cellHead + 7) &^ 7
	if len(w.buf)+size > w.binEnd {
		w.closeBin()
		w.openBin(size)
	}
	pos := len(w.buf)
	if int64(pos+size-headerSize) >= maxHiveSize {
		w.overflow = true // from here on offsets are meaningless, memory stays bounded by the content
	}
	w.extend(size)
	binary.LittleEndian.PutUint32(w.buf[pos:], -uint32(size))
	return uint32(pos - headerSize), w.buf[pos+cellHead : pos+size]
}

func (w *writer) openBin(size int) {
	pos := len(w.buf)
	n := (size + binHead + binAlign - 1) &^ (binAlign - 1)
	w.extend(binHead)
	b := w.buf[pos:]
	copy(b, "hbin")
	binary.LittleEndian.PutUint32(b[4:], uint32(pos-headerSize))
	binary.LittleEndian.PutUint32(b[8:], uint32(n))
	w.binEnd = pos + n
}

// closeBin makes what is left of the bin one free cell.
func (w *writer) closeBin() {
	pos := len(w.buf)
	if rest := w.binEnd - pos; rest > 0 {
		w.extend(rest)
		binary.LittleEndian.PutUint32(w.buf[pos:], uint32(rest))
	}
}

func (w *writer) extend(n int) { w.buf = append(w.buf, make([]byte, n)...) }

// at returns the bytes from the content of the cell at off on.
func (w *writer) at(off uint32) []byte { return w.buf[headerSize+cellHead+int(off):] }

func (w *writer) put(off uint32, field int, v uint32) {
	binary.LittleEndian.PutUint32(w.at(off)[field:], v)
}

// key writes the node of k, without what hangs on it.
func (w *writer) key(k *Key, parent uint32) uint32 {
	off, c := w.alloc(keyHead + len(k.name))
	copy(c, "nk")
	binary.LittleEndian.PutUint16(c[2:], k.flags)
	binary.LittleEndian.PutUint64(c[4:], uint64(k.lastWrite))
	for _, f := range [...]struct {
		at int
		v  uint32
	}{
		{12, k.access}, {16, parent}, {20, uint32(len(k.subkeys))}, {28, noCell}, {32, noCell},
		{36, uint32(len(k.values)) | k.handle}, {40, noCell}, {44, noCell}, {48, noCell},
	} {
		binary.LittleEndian.PutUint32(c[f.at:], f.v)
	}
	w.putMaxima(c, k)
	binary.LittleEndian.PutUint16(c[72:], uint16(len(k.name)))
	binary.LittleEndian.PutUint16(c[74:], uint16(len(k.class)))
	copy(c[keyHead:], k.name)
	return off
}

// putMaxima notes the longest names and data below k, in bytes of UTF-16, from
// which Windows programs size their buffers.
func (w *writer) putMaxima(c []byte, k *Key) {
	var name, class, valueName, data int
	for _, s := range k.subkeys {
		name = max(name, 2*nameLen(s.name, s.compressed()))
		class = max(class, len(s.class))
	}
	for i := range k.values {
		v := &k.values[i]
		valueName = max(valueName, 2*nameLen(v.name, v.compressed()))
		data = max(data, len(v.data))
	}
	binary.LittleEndian.PutUint32(c[52:], uint32(k.user)<<16|uint32(name))
	binary.LittleEndian.PutUint32(c[56:], uint32(class))
	binary.LittleEndian.PutUint32(c[60:], uint32(valueName))
	binary.LittleEndian.PutUint32(c[64:], uint32(data))
}

// subtree writes everything that hangs on the node of k at off.
func (w *writer) subtree(k *Key, off uint32) {
	if k.sec != nil {
		w.put(off, 44, w.security(k.sec))
	}
	if len(k.class) > 0 {
		class, c := w.alloc(len(k.class))
		copy(c, k.class)
		w.put(off, 48, class)
	}
	if len(k.values) > 0 {
		w.put(off, 40, w.valueList(k))
	}
	if len(k.subkeys) == 0 {
		return
	}
	frame := len(w.offs)
	for _, s := range k.subkeys {
		w.offs = append(w.offs, w.key(s, off))
	}
	w.put(off, 28, w.subkeyList(k.subkeys, w.offs[frame:]))
	for i, s := range k.subkeys {
		w.subtree(s, w.offs[frame+i])
	}
	w.offs = w.offs[:frame]
}

// subkeyList writes one leaf, or a root of several where one is too small.
func (w *writer) subkeyList(keys []*Key, offs []uint32) uint32 {
	if len(keys) <= leafLimit {
		return w.leaf(keys, offs)
	}
	n := (len(keys) + leafLimit - 1) / leafLimit
	if n > 0xffff {
		w.overflow = true // 33 million subkeys do not fit into 2 GiB
		n = 0xffff
	}
	root, c := w.alloc(4 + 4*n)
	copy(c, "ri")
	binary.LittleEndian.PutUint16(c[2:], uint16(n))
	for i := range n {
		from, to := i*leafLimit, min((i+1)*leafLimit, len(keys))
		w.put(root, 4+4*i, w.leaf(keys[from:to], offs[from:to]))
	}
	return root
}

// leaf writes a hash leaf, or a fast leaf for the versions before 1.5, whose
// readers do not know the other.
func (w *writer) leaf(keys []*Key, offs []uint32) uint32 {
	off, c := w.alloc(4 + 8*len(keys))
	kind, sum := "lh", hashName
	if w.hive.minor < minorHashLeaf {
		kind, sum = "lf", hintName
	}
	copy(c, kind)
	binary.LittleEndian.PutUint16(c[2:], uint16(len(keys)))
	for i, k := range keys {
		binary.LittleEndian.PutUint32(c[4+8*i:], offs[i])
		binary.LittleEndian.PutUint32(c[8+8*i:], sum(k.name, k.compressed()))
	}
	return off
}

func (w *writer) security(s *security) uint32 {
	w.refs[s.index]++
	if w.refs[s.index] > 1 {
		return w.sks[s.index]
	}
	off, c := w.alloc(securityHead + len(s.data))
	copy(c, "sk")
	binary.LittleEndian.PutUint32(c[16:], uint32(len(s.data)))
	copy(c[securityHead:], s.data)
	w.sks[s.index] = off
	w.order = append(w.order, s.index)
	return off
}

// linkSecurity makes the ring of all security cells and sets their counts.
func (w *writer) linkSecurity() {
	n := len(w.order)
	for i, s := range w.order {
		w.put(w.sks[s], 4, w.sks[w.order[(i+1)%n]])
		w.put(w.sks[s], 8, w.sks[w.order[(i+n-1)%n]])
		w.put(w.sks[s], 12, w.refs[s])
	}
}

func (w *writer) valueList(k *Key) uint32 {
	list, _ := w.alloc(4 * len(k.values))
	for i := range k.values {
		w.put(list, 4*i, w.value(&k.values[i]))
	}
	return list
}

func (w *writer) value(v *rawValue) uint32 {
	off, c := w.alloc(valueHead + len(v.name))
	copy(c, "vk")
	binary.LittleEndian.PutUint16(c[2:], uint16(len(v.name)))
	binary.LittleEndian.PutUint32(c[12:], uint32(v.typ))
	binary.LittleEndian.PutUint16(c[16:], v.flags)
	copy(c[valueHead:], v.name)
	n := len(v.data)
	if n <= 4 && n > 0 {
		binary.LittleEndian.PutUint32(c[4:], uint32(n)|inlineData)
		copy(c[8:12], v.data)
		return off
	}
	binary.LittleEndian.PutUint32(c[4:], uint32(n))
	switch {
	case n == 0:
		binary.LittleEndian.PutUint32(c[4:], inlineData)
	case n > segmentSize && w.hive.minor >= minorBigData:
		w.put(off, 8, w.segments(v.data))
	default:
		cell, c := w.alloc(n)
		copy(c, v.data)
		w.put(off, 8, cell)
	}
	return off
}

// segments writes data that one cell may not hold from minor version 4 on. Each
// segment cell is 4 bytes longer than its data, as Windows makes them.
func (w *writer) segments(data []byte) uint32 {
	n := (len(data) + segmentSize - 1) / segmentSize
	db, c := w.alloc(8)
	copy(c, "db")
	binary.LittleEndian.PutUint16(c[2:], uint16(n))
	list, _ := w.alloc(4 * n)
	w.put(db, 4, list)
	for i := range n {
		part := data[i*segmentSize : min((i+1)*segmentSize, len(data))]
		off, c := w.alloc(len(part) + 4)
		copy(c, part)
		w.put(list, 4*i, off)
	}
	return db
}
