package regf_test

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
)

// fields walks a good hive, in a way of its own and without a check, and names every field in it.
func fields(b []byte) []hostile.Field {
	w := &walker{b: b, used: map[int]bool{}}
	w.header()
	w.bins()
	w.key(int(binary.LittleEndian.Uint32(b[36:])), "")
	for at, size := range w.cells {
		if !w.used[at] {
			w.add("free cell content", "", at+4, min(8, size-4))
		}
	}
	return w.out
}

type walker struct {
	b     []byte
	cells map[int]int // sizes by offsets in the file
	used  map[int]bool
	out   []hostile.Field
}

func (w *walker) u16(at int) int { return int(binary.LittleEndian.Uint16(w.b[at:])) }
func (w *walker) u32(at int) int { return int(binary.LittleEndian.Uint32(w.b[at:])) }

func (w *walker) add(kind, owner string, off, size int) {
	w.out = append(w.out, hostile.Field{Kind: kind, Owner: owner, Off: off, Size: size})
}

// data names the first and the last byte of what is no number.
func (w *walker) data(kind, owner string, off, size int) {
	if size > 0 {
		w.add(kind, owner, off, 1)
	}
	if size > 1 {
		w.add(kind, owner, off+size-1, 1)
	}
}

type part struct {
	name    string
	at, len int
}

func (w *walker) parts(kind, owner string, off int, parts []part) {
	for _, p := range parts {
		w.add(kind+p.name, owner, off+p.at, p.len)
	}
}

func (w *walker) header() {
	w.parts("header.", "", 0, []part{
		{"signature", 0, 4}, {"primary sequence", 4, 4}, {"secondary sequence", 8, 4}, {"last written", 12, 8}, {"major version", 20, 4},
		{"minor version", 24, 4}, {"file type", 28, 4}, {"file format", 32, 4}, {"root cell", 36, 4}, {"bins size", 40, 4},
		{"clustering factor", 44, 4}, {"file name", 48, 8}, {"reserved", 112, 8}, {"flags", 144, 4}, {"reserved", 168, 8}, {"checksum", 508, 4},
		{"reserved", 512, 8}, {"reserved", 4088, 8},
	})
}

func (w *walker) bins() {
	w.cells = map[int]int{}
	for bin := 4096; bin < 4096+w.u32(40); bin += w.u32(bin + 8) {
		w.parts("bin.", "", bin, []part{{"signature", 0, 4}, {"offset", 4, 4}, {"size", 8, 4}, {"reserved", 12, 8}, {"timestamp", 20, 8}, {"spare", 28, 4}})
		for at := bin + 32; at < bin+w.u32(bin+8); {
			n := int(int32(w.u32(at)))
			w.add("cell.size", "", at, 4)
			if n < 0 {
				n = -n
			}
			w.cells[at] = n
			at += n
		}
	}
}

// cell returns where the content of a cell begins, and names what is left over behind size bytes of it.
func (w *walker) cell(off, size int) int {
	at := 4096 + off
	if rest := w.cells[at] - 4 - size; rest > 0 && !w.used[at] {
		w.add("cell.slack", "", at+4+size, min(rest, 8))
	}
	w.used[at] = true
	return at + 4
}

func (w *walker) key(off int, path string) {
	n := w.u16(4096 + off + 4 + 72)
	at := w.cell(off, 76+n)
	w.parts("key.", path, at, []part{
		{"signature", 0, 2}, {"last written", 4, 8}, {"access bits", 12, 4}, {"parent", 16, 4}, {"subkey count", 20, 4},
		{"volatile subkey count", 24, 4}, {"subkey list", 28, 4}, {"volatile subkey list", 32, 4}, {"value count", 36, 4}, {"value list", 40, 4},
		{"security", 44, 4}, {"class", 48, 4}, {"largest subkey name", 52, 2}, {"user flags", 54, 2}, {"largest subkey class", 56, 4},
		{"largest value name", 60, 4}, {"largest value data", 64, 4}, {"work", 68, 4}, {"class length", 74, 2},
	})
	// A change of the name shows under another name.
	above := path[:max(0, strings.LastIndexByte(path, '\\'))]
	w.parts("key.", above, at, []part{{"flags", 2, 2}, {"name length", 72, 2}})
	w.data("key.name", above, at+76, n)
	w.class(at, path)
	if sk := w.u32(at + 44); !w.used[4096+sk] {
		c := w.cell(sk, 20+w.u32(4096+sk+4+16))
		w.parts("security.", "", c, []part{{"signature", 0, 2}, {"reserved", 2, 2}, {"next", 4, 4}, {"previous", 8, 4}, {"references", 12, 4}, {"length", 16, 4}})
		w.data("security.descriptor", "", c+20, w.u32(c+16))
	}
	if count := w.u32(at + 36); count > 0 {
		list := w.cell(w.u32(at+40), 4*count)
		for i := range count {
			w.add("value list.entry", path, list+4*i, 4)
			w.value(w.u32(list+4*i), fmt.Sprintf("%s!%d", path, i))
		}
	}
	if w.u32(at+20) > 0 {
		w.list(w.u32(at+28), path)
	}
}

func (w *walker) class(at int, path string) {
	if n := w.u16(at + 74); n > 0 {
		w.data("key.class name", path, w.cell(w.u32(at+48), n), n)
	}
}

func (w *walker) list(off int, path string) {
	at := 4096 + off + 4
	kind, count, step := string(w.b[at:at+2]), w.u16(at+2), 8
	if kind == "li" || kind == "ri" {
		step = 4
	}
	w.cell(off, 4+step*count)
	w.parts("subkey list ("+kind+").", path, at, []part{{"signature", 0, 2}, {"count", 2, 2}})
	for i := range count {
		e := at + 4 + step*i
		w.add("subkey list ("+kind+").entry", path, e, 4)
		if step == 8 {
			w.add("subkey list ("+kind+").hash", path, e+4, 4)
		}
		if kind == "ri" {
			w.list(w.u32(e), path)
			continue
		}
		sub := 4096 + w.u32(e) + 4
		w.key(w.u32(e), path+`\`+w.name(sub+76, w.u16(sub+72), w.u16(sub+2)&0x20 != 0))
	}
}

func (w *walker) name(at, n int, compressed bool) string {
	var u []rune
	for i := 0; i < n; i++ {
		if compressed {
			u = append(u, rune(w.b[at+i]))
		} else {
			u = append(u, rune(w.u16(at+i)))
			i++
		}
	}
	return string(u)
}

func (w *walker) value(off int, place string) {
	n := w.u16(4096 + off + 4 + 2)
	at := w.cell(off, 20+n)
	w.parts("value.", place, at, []part{
		{"signature", 0, 2}, {"name length", 2, 2}, {"data size", 4, 4}, {"type", 12, 4}, {"flags", 16, 2}, {"spare", 18, 2},
	})
	w.data("value.name", place, at+20, n)
	size := w.u32(at + 4)
	switch {
	case size&0x80000000 != 0 && size != 0x80000000:
		w.data("value.data in place", place, at+8, size&0x7fffffff)
	case size == 0x80000000:
		w.add("value.data offset without data", place, at+8, 4)
	case size <= 16344 || w.b[24] < 4:
		w.add("value.data offset", place, at+8, 4)
		w.data("value.data", place, w.cell(w.u32(at+8), size), size)
	default:
		w.add("value.data offset", place, at+8, 4)
		w.big(w.u32(at+8), size, place)
	}
}

func (w *walker) big(off, size int, place string) {
	db := w.cell(off, 8)
	w.parts("big data.", place, db, []part{{"signature", 0, 2}, {"segment count", 2, 2}, {"segment list", 4, 4}})
	count := w.u16(db + 2)
	list := w.cell(w.u32(db+4), 4*count)
	for i := range count {
		w.add("big data.segment", place, list+4*i, 4)
		part := min(16344, size)
		w.data("big data.data", place, w.cell(w.u32(list+4*i), part), part)
		size -= part
	}
}
