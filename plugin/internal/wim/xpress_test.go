package wim_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

var update = flag.Bool("update", false, "make testdata/*.hex anew with wimlib-imagex")

// unpack decompresses one chunk.
func unpack(raw []byte, size int) ([]byte, error) {
	out := bytes.Repeat([]byte{0xee}, size)
	err := wim.UnpackXPRESS([][]byte{raw}, [][]byte{out})
	return out, err
}

// alphabet is the first example of [MS-XCA] 3.2: all literals, symbol 256 and padding.
func alphabet() []byte {
	raw := make([]byte, 256)
	copy(raw[48:], must(hex.DecodeString("505555555555555555555545440400")))
	raw[128] = 0x04
	return append(raw, must(hex.DecodeString("d8523ed794115be9195ff9d67cdf8d0400000000"))...)
}

// abc is the second one: a match of 297 bytes that overlaps itself.
func abc() []byte {
	raw := make([]byte, 256)
	copy(raw[48:], []byte{0x30, 0x23})
	raw[128], raw[143] = 0x02, 0x20
	return append(raw, must(hex.DecodeString("a8dc0000ff2601"))...)
}

func TestXpressExamplesOfTheSpecification(t *testing.T) {
	for want, raw := range map[string][]byte{"abcdefghijklmnopqrstuvwxyz": alphabet(), strings.Repeat("abc", 100): abc()} {
		if got, err := unpack(raw, len(want)); err != nil || string(got) != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
}

// chunks are what the goldens decompress to.
func chunks() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("a reference image of a hardened client is composed of a base and of selectable modules for one or more medical products")
	var prose, skewed []byte
	for len(prose) < 3000 {
		prose = fmt.Appendf(prose, "%s ", words[r.IntN(len(words))])
	}
	for range 6000 { // 16 frequent bytes and then 20 others once, which get long codes
		skewed = append(skewed, byte(r.IntN(16)))
	}
	for n := range 20 {
		skewed = append(skewed, byte(100+7*n))
	}
	return map[string][]byte{
		"prose":  prose,
		"skewed": skewed,
		"zeros":  make([]byte, 64<<10),
		"runs":   bytes.Join([][]byte{bytes.Repeat([]byte("x"), 17), bytes.Repeat([]byte("yz"), 100), make([]byte, 272), bytes.Repeat([]byte("abcdefghi"), 31)}, nil),
	}
}

// The goldens were made by wimlib.
func TestXpressGoldens(t *testing.T) {
	long := 0
	for name, want := range chunks() {
		path := filepath.Join("testdata", "xpress-"+name+".hex")
		if *update {
			refresh(t, path, want)
		}
		text := must(os.ReadFile(path))
		raw := must(hex.DecodeString(strings.ReplaceAll(string(text), "\n", "")))
		got, err := unpack(raw, len(want))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %.80q, %v", name, got, err)
		}
		for _, b := range raw[:256] {
			long = max(long, int(b&15), int(b>>4))
		}
		for n := range raw { // each part of a chunk lacks something
			if _, err := unpack(raw[:n], len(want)); n < len(raw)-4 && !errors.Is(err, wim.ErrCorrupt) {
				t.Errorf("%s cut to %d of %d bytes: %v", name, n, len(raw), err)
			}
		}
	}
	if long < 12 {
		t.Errorf("the longest code of all goldens has %d bits: none is looked up the long way", long)
	}
}

func refresh(t *testing.T, path string, plain []byte) {
	b := wim.NewBuilder(nil)
	c := wim.Bytes(plain)
	check(b.AddImage(wim.ImageInfo{Name: "x"}, wim.Meta{}).File("f", c, wim.Meta{}))
	var m memory
	must(b.WriteTo(context.Background(), &m, nil))
	var text strings.Builder
	for raw := range open(t, compressed(t, m.b, "XPRESS", "64K")).ChunksOf(c.SHA1) {
		for line := range slices.Chunk(raw, 48) {
			fmt.Fprintln(&text, hex.EncodeToString(line))
		}
	}
	check(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text.String()), 0o644))
}

// All offset widths, all kinds of length, all lengths of codes.
func TestXpressHandMade(t *testing.T) {
	far := []item{{lit: 'x'}, {lit: 'y'}, {lit: 'a'}, {dist: 1, size: 60000}}
	want := "xya" + strings.Repeat("a", 60000)
	for w := 4; w < 16; w++ { // xya stands at the start only
		dist := min(2<<w-1, len(want))
		far = append(far, item{dist: dist, size: 3})
		want += want[len(want)-dist:][:3]
	}
	tests := map[string]struct {
		items []item
		want  string
	}{
		"far":                                  {far, want},
		"near":                                 {[]item{{lit: 'a'}, {lit: 'b'}, {dist: 2, size: 3}, {dist: 5, size: 4}, {dist: 7, size: 5}, {dist: 9, size: 6}}, "ab" + "aba" + "abab" + "abaab" + "ababab"},
		"one literal":                          {[]item{{lit: 'a'}}, "a"},
		"symbol 256 is a match before the end": {[]item{{lit: 'a'}, {dist: 1, size: 3}, {lit: 'b'}}, "aaaab"},
		"lengths": {[]item{{lit: 'a'}, {dist: 1, size: 17}, {lit: 'b'}, {dist: 1, size: 18}, {lit: 'c'}, {dist: 1, size: 272}, {lit: 'd'}, {dist: 1, size: 273}, {lit: 'e'}, {dist: 1, size: 65000}},
			"a" + strings.Repeat("a", 17) + "b" + strings.Repeat("b", 18) + "c" + strings.Repeat("c", 272) + "d" + strings.Repeat("d", 273) + "e" + strings.Repeat("e", 65000)},
		"a whole chunk": {[]item{{lit: 0}, {dist: 1, size: 65535}}, string(make([]byte, 65536))},
	}
	for name, tc := range tests {
		got, err := unpack(pack(tc.items), len(tc.want))
		if err != nil || string(got) != tc.want {
			t.Errorf("%s: %d bytes %.80q, %v", name, len(got), got, err)
		}
	}
}

func TestXpressRefuses(t *testing.T) {
	change := func(raw []byte, at int, b ...byte) []byte {
		raw = bytes.Clone(raw)
		copy(raw[at:], b)
		return raw
	}
	a := item{lit: 'a'}
	for name, tc := range map[string]struct {
		raw  []byte
		size int
		text string
	}{
		"nothing":                {nil, 1, "less than a table"},
		"half a table":           {make([]byte, 255), 1, "less than a table"},
		"no codes":               {make([]byte, 300), 1, "the codes take 0 of 32768"},
		"too many codes":         {bytes.Repeat([]byte{0x11}, 300), 1, "bit patterns"},
		"too few codes":          {change(abc(), 143, 0), 300, "the codes take 24576 of 32768"},
		"one code":               {change(make([]byte, 300), 40, 1), 1, "the codes take 16384 of 32768"},
		"table alone":            {abc()[:256], 300, "before the last code"},
		"no length":              {abc()[:260], 300, "inside a match length"},
		"half a length":          {abc()[:262], 300, "inside a match length"},
		"small long length":      {change(abc(), 261, 14, 0), 300, "length of 14"},
		"32-bit length":          {change(abc(), 261, 0, 0), 300, "length of 0"},
		"longer than its chunk":  {abc(), 299, "copies 297 bytes"},
		"shorter than its chunk": {alphabet(), 60, "before the last code"},
		"before the start":       {pack([]item{a, {dist: 2, size: 3}}), 4, "from 2 before"},
		"match first":            {pack([]item{{dist: 1, size: 3}, a}), 4, "byte 0 of 4"},
		"one symbol short":       {pack(slices.Repeat([]item{a}, 16)), 33, "before the last code"},
	} {
		if _, err := unpack(tc.raw, tc.size); !errors.Is(err, wim.ErrCorrupt) || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// files are contents at which chunks, their edges and the longest matches matter.
func files(chunk int) map[string][]byte {
	r := rand.NewChaCha8([32]byte{7})
	random := make([]byte, 300_000)
	_, _ = r.Read(random)
	text := bytes.Repeat(chunks()["prose"], 100)
	out := map[string][]byte{
		"zeros":       make([]byte, 1<<20),
		"one kind":    bytes.Repeat([]byte("x"), chunk),
		"overlap":     bytes.Repeat([]byte("abcde"), 30_000),
		"far":         slices.Concat(random[:chunk/2-10], random[:chunk/2+10], random[:chunk]),
		"mixed":       slices.Concat(random[:chunk], text[:chunk], random[chunk:2*chunk], make([]byte, chunk), text[:17]),
		"far matches": nil,
	}
	for at := 0; at < 2*chunk; at += 64 { // pieces of what came long before, in another order
		out["far matches"] = append(out["far matches"], random[at*7919%(chunk/4):][:64]...)
	}
	for _, n := range []int{1, 2, 255, 256, chunk - 1, chunk, chunk + 1, 2*chunk - 1, 2 * chunk, 2*chunk + 1, 3*chunk + 5} {
		out[fmt.Sprint("text ", n)], out[fmt.Sprint("random ", n)] = text[:n], random[:n]
	}
	return out
}

func TestXpressOfWimlib(t *testing.T) {
	for _, chunk := range []int{4, 8, 16, 32, 64} {
		t.Run(fmt.Sprint(chunk, "K"), func(t *testing.T) {
			want := files(chunk << 10)
			b := wim.NewBuilder(nil)
			i := b.AddImage(info("x", "EnterpriseS"), wim.Meta{})
			for name, data := range want {
				check(i.File(name, wim.Bytes(data), wim.Meta{}))
			}
			var m memory
			must(b.WriteTo(context.Background(), &m, nil))
			base := compressed(t, m.b, "XPRESS", fmt.Sprint(chunk, "K"))
			if len(base) > len(m.b)*3/4 || le.Uint32(base[20:]) != uint32(chunk)<<10 {
				t.Fatalf("wimlib made %d bytes of %d, in chunks of %d", len(base), len(m.b), le.Uint32(base[20:]))
			}
			out, r := edited(t, base, 1, func(e *wim.Editor) error {
				return errors.Join(e.Put("new", wim.Bytes([]byte("new"))), e.Put("zeros", wim.Bytes(want["text 1"])))
			})
			if r.BlobsAdded != 1 || open(t, out).Compression() != "XPRESS" || !bytes.Equal(base[16:24], out[16:24]) || !bytes.Equal(base[208:], out[208:len(base)]) {
				t.Errorf("the edit changed how the base is stored: %+v", r)
			}
			wimlib(t, "verify", save(t, "out.wim", out))
			for _, flags := range []uint32{0, 0x200000, 0x220000} { // the other flag of XPRESS
				b := bytes.Clone(base)
				if flags != 0 {
					le.PutUint32(b[16:], le.Uint32(b[16:])&^0x20000|flags)
				}
				same(t, b, want)
			}
			want["new"], want["zeros"] = []byte("new"), want["text 1"]
			same(t, out, want)
		})
	}
}

func same(t *testing.T, b []byte, want map[string][]byte) {
	t.Helper()
	img := image(t, open(t, b), 1)
	for name, data := range want {
		if got, err := img.ReadFile(name, 8<<20); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v, want %d", name, len(got), err, len(data))
		}
	}
}

// BenchmarkXpress decompresses the chunks of this very program; "read" adds finding them and their SHA-1.
func BenchmarkXpress(b *testing.B) {
	data := must(os.ReadFile(must(os.Executable())))
	w := wim.NewBuilder(nil)
	c := wim.Bytes(data[:min(len(data), 8<<20)])
	check(w.AddImage(wim.ImageInfo{Name: "x"}, wim.Meta{}).File("f", c, wim.Meta{}))
	var m memory
	must(w.WriteTo(context.Background(), &m, nil))
	for _, chunk := range []string{"4K", "32K"} {
		f := open(b, compressed(b, m.b, "XPRESS", chunk))
		b.Run("decode "+chunk, func(b *testing.B) {
			var raw, out [][]byte
			size := 0
			for r, n := range f.ChunksOf(c.SHA1) {
				if len(r) < n {
					raw, out = append(raw, r), append(out, make([]byte, n))
					size += n
				}
			}
			b.SetBytes(int64(size))
			for b.Loop() {
				check(wim.UnpackXPRESS(raw, out))
			}
		})
		b.Run("read "+chunk, func(b *testing.B) {
			img := image(b, f, 1)
			b.SetBytes(c.Size)
			for b.Loop() {
				must(img.ReadFile("f", c.Size))
			}
		})
	}
}
