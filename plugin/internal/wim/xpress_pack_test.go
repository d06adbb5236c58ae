package wim_test

import (
	"bytes"
	"errors"
	"math/bits"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// item is a literal, or a match when size is set.
type item struct {
	lit        byte
	dist, size int
}

func (i item) symbol() int {
	if i.size == 0 {
		return int(i.lit)
	}
	return 256 + (bits.Len(uint(i.dist))-1)*16 + min(i.size-3, 15)
}

// packer writes a chunk by doing what its reader will: a 16-bit unit is begun
// when the reader would fetch it.
type packer struct {
	out   []byte
	units []int // where units begin
	used  int   // bits
}

func (p *packer) unit() {
	if len(p.units)*16-p.used < 16 {
		p.units = append(p.units, len(p.out))
		p.out = append(p.out, 0, 0)
	}
}

func (p *packer) bits(v, n int) {
	for n--; n >= 0; n-- {
		if v>>n&1 != 0 {
			at, bit := p.units[p.used/16], 15-p.used%16
			le.PutUint16(p.out[at:], le.Uint16(p.out[at:])|1<<bit)
		}
		p.used++
	}
}

// pack makes a chunk with the code lengths 1, 2, 3 to at most 15, in the order
// in which its symbols appear: at most 16 of them.
func pack(items []item) []byte {
	lengths := make([]int, 512)
	var order []int
	add := func(s int) {
		if lengths[s] == 0 {
			order = append(order, s)
			lengths[s] = len(order)
		}
	}
	for _, i := range items {
		add(i.symbol())
	}
	if len(order) == 1 { // no code has 0 bits
		add(0xff)
	}
	lengths[order[len(order)-1]]--
	table := make([]byte, 256)
	for s, n := range lengths {
		table[s/2] |= byte(n << (4 * (s % 2)))
	}
	codes := canonical(table)
	var p packer
	for _, i := range items {
		p.unit()
		for c, s := range codes {
			if s == i.symbol() {
				p.bits(c.code, c.bits)
			}
		}
		if i.size == 0 {
			continue
		}
		p.unit()
		w := bits.Len(uint(i.dist)) - 1
		p.bits(i.dist-1<<w, w)
		switch n := i.size - 3; {
		case n >= 15+255:
			p.out = append(p.out, 255, byte(n), byte(n>>8))
		case n >= 15:
			p.out = append(p.out, byte(n-15))
		}
	}
	return append(table, p.out...)
}

type code struct{ code, bits int }

// canonical gives each symbol its code.
func canonical(table []byte) map[code]int {
	out := map[code]int{}
	next := 0
	for n := 1; n < 16; n++ {
		next *= 2
		for s := range 512 {
			if int(table[s/2]>>(4*(s%2))&15) == n {
				out[code{next, n}] = s
				next++
			}
		}
	}
	return out
}

var errSlow = errors.New("refused")

// slow decompresses bit by bit, with nothing in common with what it judges.
func slow(raw []byte, size int) ([]byte, error) {
	if len(raw) < 256 {
		return nil, errSlow
	}
	codes := canonical(raw[:256])
	patterns := 0
	for c := range codes {
		patterns += 1 << (15 - c.bits)
	}
	if patterns != 1<<15 {
		return nil, errSlow
	}
	raw = raw[256:]
	var queue []int // bits fetched
	short := false
	take := func(n int) (v int) {
		for range n {
			if len(queue) == 0 {
				short = true
				return 0
			}
			v, queue = v*2+queue[0], queue[1:]
		}
		return v
	}
	fetch := func() {
		if len(queue) < 16 && len(raw) >= 2 {
			for n := 15; n >= 0; n-- {
				queue = append(queue, int(le.Uint16(raw))>>n&1)
			}
			raw = raw[2:]
		}
	}
	var out []byte
	for len(out) < size {
		fetch()
		sym, ok, c := 0, false, code{}
		for !ok && !short {
			c = code{c.code*2 + take(1), c.bits + 1}
			sym, ok = codes[c]
		}
		if short {
			return nil, errSlow
		}
		if sym < 256 {
			out = append(out, byte(sym))
			continue
		}
		fetch()
		w := (sym - 256) / 16
		dist, n := 1<<w+take(w), sym%16
		if n == 15 && !short {
			switch {
			case len(raw) > 0 && raw[0] < 255:
				n, raw = n+int(raw[0]), raw[1:]
			case len(raw) > 2 && le.Uint16(raw[1:]) >= 15:
				n, raw = int(le.Uint16(raw[1:])), raw[3:]
			default:
				return nil, errSlow
			}
		}
		if short || dist > len(out) || len(out)+n+3 > size {
			return nil, errSlow
		}
		for range n + 3 {
			out = append(out, out[len(out)-dist])
		}
	}
	return out, nil
}

// FuzzXpress holds the decoder against one that is too simple to be wrong in
// the same way, with fresh tables and with those that another chunk left.
func FuzzXpress(f *testing.F) {
	f.Add(alphabet(), uint16(25))
	f.Add(abc(), uint16(299))
	f.Add(pack([]item{{lit: 0}, {dist: 1, size: 65535}}), uint16(65535))
	f.Add(pack([]item{{lit: 'a'}, {lit: 'b'}, {lit: 'c'}, {dist: 3, size: 20}, {dist: 17, size: 300}, {lit: 'd'}}), uint16(323))
	f.Add(pack([]item{{lit: 1}, {lit: 2}, {lit: 3}, {lit: 4}, {lit: 5}, {lit: 6}, {lit: 7}, {lit: 8}, {lit: 9}, {lit: 10}, {lit: 11}, {lit: 12}, {lit: 13}, {lit: 14}, {dist: 14, size: 90}}), uint16(103))
	f.Fuzz(func(t *testing.T, raw []byte, last uint16) {
		size := int(last) + 1
		want, refused := slow(raw, size)
		before := bytes.Clone(raw)
		got, err := unpack(raw, size)
		if (err != nil) != (refused != nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, %v, want %d, %v", len(got), err, len(want), refused)
		}
		if err != nil && !errors.Is(err, wim.ErrCorrupt) {
			t.Fatalf("untyped %v", err)
		}
		again := make([]byte, size)
		if e := wim.UnpackXPRESS([][]byte{alphabet(), raw}, [][]byte{make([]byte, 26), again}); (e != nil) != (err != nil) || err == nil && !bytes.Equal(again, want) {
			t.Fatalf("tables of another chunk: %v", e)
		}
		if !bytes.Equal(raw, before) {
			t.Fatal("the input was changed")
		}
	})
}
