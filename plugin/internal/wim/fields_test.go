package wim_test

import (
	"crypto/sha1"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
)

// fieldsOf walks a good WIM, in a way of its own and without a check, and names every field in it. metadata gives the plain
// metadata of an image, where its fields can be changed.
func fieldsOf(b []byte) []hostile.Field {
	w := &walker{b: b}
	w.parts("header.", 0, "", []part{
		{"signature", 0, 8}, {"header size", 8, 4}, {"version", 12, 4}, {"flags", 16, 4}, {"chunk size", 20, 4}, {"GUID", 24, 8},
		{"part", 40, 2}, {"parts", 42, 2}, {"images", 44, 4}, {"boot index", 120, 4}, {"unused", 148, 8}, {"unused", 200, 8},
	})
	for at, name := range map[int]string{48: "lookup table", 72: "XML", 96: "boot metadata", 124: "integrity table"} {
		w.resource("header."+name+" ", at, "")
	}
	table, size := int(le.Uint64(b[56:])), int(le.Uint64(b[48:])&(1<<56-1))
	image := 0
	for at := table; at < table+size; at += 50 {
		kind := "row of a blob."
		if b[at+7]&2 != 0 {
			kind, image = "row of metadata.", image+1
		}
		w.resource(kind, at, "")
		w.parts(kind, at, "", []part{{"part", 24, 2}, {"references", 26, 4}, {"SHA-1", 30, 1}, {"SHA-1", 49, 1}})
		off, n := int(le.Uint64(b[at+8:])), int(le.Uint64(b[at:])&(1<<56-1))
		switch {
		case b[at+7]&4 != 0:
			w.chunks(off, n, int(le.Uint64(b[at+16:])), int(le.Uint32(b[20:])))
		case b[at+7]&2 != 0:
			w.metadata(off, fmt.Sprintf("image %d", image))
		default:
			w.data("blob.data", "", off, n)
		}
	}
	w.xml(int(le.Uint64(b[80:])), int(le.Uint64(b[72:])&(1<<56-1)))
	if at, size := int(le.Uint64(b[132:])), int(le.Uint64(b[124:])&(1<<56-1)); at > 0 {
		w.parts("integrity table.", at, "", []part{{"size", 0, 4}, {"digests", 4, 4}, {"bytes of a run", 8, 4}})
		w.data("integrity table.digest", "", at+12, size-12)
	}
	return w.out
}

type walker struct {
	b   []byte
	out []hostile.Field
}

type part struct {
	name    string
	at, len int
}

func (w *walker) add(kind, owner string, off, size int) {
	w.out = append(w.out, hostile.Field{Kind: kind, Owner: owner, Off: off, Size: size})
}

func (w *walker) parts(kind string, off int, owner string, parts []part) {
	for _, p := range parts {
		w.add(kind+p.name, owner, off+p.at, p.len)
	}
}

func (w *walker) data(kind, owner string, off, size int) {
	if size > 0 {
		w.add(kind, owner, off, 1)
	}
	if size > 1 {
		w.add(kind, owner, off+size-1, 1)
	}
}

func (w *walker) resource(kind string, at int, owner string) {
	w.parts(kind, at, owner, []part{{"stored size", 0, 7}, {"resource flags", 7, 1}, {"offset", 8, 8}, {"plain size", 16, 8}})
}

// chunks names the entries of a chunk table and what is behind them.
func (w *walker) chunks(off, size, plain, chunk int) {
	n := (plain + chunk - 1) / chunk
	for i := range n - 1 {
		w.add("chunk table.entry", "", off+4*i, 4)
	}
	w.data("compressed data", "", off+4*(n-1), size-4*(n-1))
}

func (w *walker) metadata(at int, owner string) {
	b := w.b[at:]
	total, count := int(le.Uint32(b)), int(le.Uint32(b[4:]))
	w.parts("security table.", at, owner, []part{{"length", 0, 4}, {"count", 4, 4}})
	sd := 8 + 8*count
	for i := range count {
		w.add("security table.descriptor length", owner, at+8+8*i, 8)
		n := int(le.Uint64(b[8+8*i:]))
		w.data("security table.descriptor", owner, at+sd, n)
		sd += n
	}
	root := (total + 7) &^ 7
	w.entry(at, root, owner+": /", true)
}

// entry names the fields of one directory entry and of all below it, and returns where it ends; off counts from the metadata.
func (w *walker) entry(meta, off int, path string, root bool) (next int) {
	at := meta + off
	b := w.b[at:]
	names, short, streams := int(le.Uint16(b[100:])), int(le.Uint16(b[98:])), int(le.Uint16(b[96:]))
	above := path[:strings.LastIndexByte(path, '/')+1]
	if !root {
		path = above + text(b[102:102+names])
		w.data("entry.name", above, at+102, names)
	}
	w.parts("entry.", at, path, []part{
		{"attributes", 8, 4}, {"security id", 12, 4}, {"children", 16, 8}, {"unused", 24, 8}, {"unused", 32, 8}, {"created", 40, 8},
		{"accessed", 48, 8}, {"written", 56, 8}, {"SHA-1", 64, 1}, {"SHA-1", 83, 1}, {"unused", 84, 4}, {"link or reparse tag", 88, 8},
		{"stream count", 96, 2}, {"short name length", 98, 2},
	})
	w.parts("entry.", at, above, []part{{"length", 0, 8}, {"name length", 100, 2}})
	if short > 0 {
		from := at + 102
		if names > 0 {
			from += names + 2
		}
		w.data("entry.short name", path, from, short)
	}
	next = off + (int(le.Uint64(b))+7)&^7
	for range streams {
		s := w.b[meta+next:]
		w.parts("stream.", meta+next, path, []part{{"length", 0, 8}, {"unused", 8, 8}, {"SHA-1", 16, 1}, {"SHA-1", 35, 1}, {"name length", 36, 2}})
		w.data("stream.name", path, meta+next+38, int(le.Uint16(s[36:])))
		next += (int(le.Uint64(s)) + 7) &^ 7
	}
	if kids := int(le.Uint64(b[16:])); kids != 0 {
		below := strings.TrimSuffix(path, "/") + "/"
		for le.Uint64(w.b[meta+kids:]) > 8 {
			kids = w.entry(meta, kids, below, false)
		}
		w.add("end of a directory", below, meta+kids, 8)
	}
	return next
}

func text(b []byte) string {
	var u []rune
	for i := 0; i < len(b); i += 2 {
		u = append(u, rune(le.Uint16(b[i:])))
	}
	return string(u)
}

// xml names the byte order mark, and the first letter of what each element holds.
func (w *walker) xml(at, size int) {
	w.add("XML.byte order mark", "", at, 2)
	name := ""
	for i := 2; i+4 <= size; i += 2 {
		switch c := w.b[at+i]; {
		case c == '<':
			name = ""
			for j := i + 2; w.b[at+j] != '>' && w.b[at+j] != ' '; j += 2 {
				name += string(rune(w.b[at+j]))
			}
			w.add("XML.markup", "", at+i, 2)
		case c == '>' && w.b[at+i+2] != '<':
			w.add("XML."+name, "", at+i+2, 2)
		}
	}
}

// mendMetadata makes the SHA-1 of the metadata that a field lies in right again.
func mendMetadata(b []byte, f hostile.Field) {
	table, size := int(le.Uint64(b[56:])), int(le.Uint64(b[48:])&(1<<56-1))
	if f.Off < 208 || f.Off >= table && f.Off < table+size {
		return
	}
	for at := table; at < table+size; at += 50 {
		off, n := int(le.Uint64(b[at+8:])), int(le.Uint64(b[at:])&(1<<56-1))
		if b[at+7]&6 == 2 && f.Off >= off && f.Off < off+n {
			sum := sha1.Sum(b[off : off+n])
			copy(b[at+30:], sum[:])
		}
	}
}
