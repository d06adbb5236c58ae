package wim_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	winiolzx "github.com/Microsoft/go-winio/wim/lzx"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// lzxSizes are the chunk sizes that WIM knows for LZX, as wimlib's options.
func lzxSizes() map[string]int {
	return map[string]int{"32K": 32 << 10, "64K": 64 << 10, "128K": 128 << 10, "256K": 256 << 10, "512K": 512 << 10, "1M": 1 << 20, "2M": 2 << 20}
}

// oneFile is a WIM with data as its only file.
func oneFile(data []byte) ([]byte, wim.Content) {
	b := wim.NewBuilder(nil)
	c := wim.Bytes(data)
	check(b.AddImage(wim.ImageInfo{Name: "x"}, wim.Meta{}).File("f", c, wim.Meta{}))
	var m memory
	must(b.WriteTo(context.Background(), &m, nil))
	return m.b, c
}

// plains are data of many natures, each longer than the largest chunk where that matters: a program with calls, text that repeats near and
// far, noise between copies, long runs, and what is a byte more or less than a chunk.
func plains() map[string][]byte {
	r := rand.New(rand.NewPCG(7, 9))
	out := chunks()
	noise := make([]byte, 150_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	out["program"] = must(os.ReadFile(must(os.Executable())))[:2<<20+4321]
	out["far copies"] = bytes.Join([][]byte{noise, noise[5:], make([]byte, 1_300_000), noise[:90_000], noise}, nil)
	out["calls"] = calls(200_000)
	for _, n := range []int{1, 2, 9, 10, 11, 12, 32767, 32768, 32769, 65535, 65537, 2<<20 - 1, 2<<20 + 1} {
		out[fmt.Sprintf("%d bytes", n)] = bytes.Repeat([]byte("all work and no play \xe8\x01"), n/23+1)[:n]
	}
	return out
}

// calls are n bytes like those of a program: calls, near and far, and records that repeat at multiples of eight.
func calls(n int) []byte {
	r := rand.New(rand.NewPCG(3, 5))
	var out []byte
	for len(out) < n {
		out = append(append(out, 0xe8), binary.LittleEndian.AppendUint32(nil, uint32(r.IntN(26_000_000)-13_000_000))...)
		out = append(out, "\x8b\xff\x55"...)
		if at := r.IntN(len(out)/8) * 8; r.IntN(3) > 0 {
			out = append(out, out[at:min(at+8+8*r.IntN(3), len(out))]...)
		}
		for len(out)%8 > 0 {
			out = append(out, 0xcc)
		}
	}
	return out[:n]
}

// Each chunk size, each nature of data, as wimlib compresses it.
func TestLZXOfEveryChunkSize(t *testing.T) {
	b := wim.NewBuilder(nil)
	i := b.AddImage(wim.ImageInfo{Name: "x"}, wim.Meta{})
	all := plains()
	for name, data := range all {
		check(i.File(name, wim.Bytes(data), wim.Meta{}))
	}
	var m memory
	must(b.WriteTo(context.Background(), &m, nil))
	for name := range lzxSizes() {
		t.Run(name, func(t *testing.T) {
			packed := compressed(t, m.b, "LZX", name)
			if len(packed) > len(m.b)*4/5 {
				t.Fatalf("wimlib made %d bytes of %d: not much was compressed", len(packed), len(m.b))
			}
			same(t, packed, all)
		})
	}
}

// Edits work on bases with large chunks: metadata, hives and what stays.
func TestEditOfLargeLZXChunks(t *testing.T) {
	for _, size := range []string{"64K", "2M"} {
		base := compressed(t, sample(), "LZX", size)
		out, _ := edited(t, base, 2, standard)
		wimlib(t, "verify", save(t, "out.wim", out))
		if _, err := readAll(out); err != nil {
			t.Errorf("%s: %v", size, err)
		}
	}
}

// lzxGoldens are chunks that wimlib made, with their plain bytes; they need no wimlib.
func lzxGoldens(t testing.TB) map[string][2][]byte {
	out := map[string][2][]byte{}
	plain := chunks()
	plain["calls"] = calls(20_000)
	for name, want := range plain {
		want = want[:min(len(want), 32<<10)]
		path := filepath.Join("testdata", "lzx-"+name+".hex")
		if *update {
			refreshLZX(t, path, want)
		}
		text := strings.ReplaceAll(string(must(os.ReadFile(path))), "\n", "")
		out[name] = [2][]byte{must(hex.DecodeString(text)), want}
	}
	return out
}

func refreshLZX(t testing.TB, path string, plain []byte) {
	b, c := oneFile(plain)
	var text strings.Builder
	for raw := range open(t, compressed(t, b, "LZX", "32K")).ChunksOf(c.SHA1) {
		for line := range slices.Chunk(raw, 48) {
			fmt.Fprintln(&text, hex.EncodeToString(line))
		}
	}
	check(os.WriteFile(path, []byte(text.String()), 0o644))
}

func unpackLZX(raw []byte, n, size int) ([]byte, error) {
	out := bytes.Repeat([]byte{0xee}, n)
	err := wim.UnpackLZX([][]byte{raw}, [][]byte{out}, size)
	return out, err
}

// winio is another reader of chunks of 32 KiB. It panics on some bad input.
func winio(raw []byte, n int) (out []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	d, err := winiolzx.NewReader(bytes.NewReader(raw), n)
	if err != nil {
		return nil, err
	}
	out = make([]byte, n)
	_, err = io.ReadFull(d, out)
	return out, err
}

func TestLZXGoldens(t *testing.T) {
	for name, g := range lzxGoldens(t) {
		raw, want := g[0], g[1]
		if got, err := unpackLZX(raw, len(want), 32<<10); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %.80q, %v", name, got, err)
		}
		for n := range raw { // each part of a chunk lacks something
			if _, err := unpackLZX(raw[:n], len(want), 32<<10); n < len(raw)-4 && !errors.Is(err, wim.ErrCorrupt) {
				t.Errorf("%s cut to %d of %d bytes: %v", name, n, len(raw), err)
			}
		}
		if _, err := unpackLZX(raw, len(want)+1, 32<<10); err == nil && name != "zeros" {
			t.Errorf("%s: one byte more than there is was read", name)
		}
	}
}

// Every single wrong bit of a chunk gives an error or, where both readers take it, the same bytes.
func TestLZXWrongBits(t *testing.T) {
	agreed, refused := 0, 0
	for name, g := range lzxGoldens(t) {
		raw, n := g[0], len(g[1])
		for bit := 0; bit < 8*len(raw); bit += 1 + bit/400 {
			b := bytes.Clone(raw)
			b[bit/8] ^= 1 << (bit % 8)
			got, err := unpackLZX(b, n, 32<<10)
			if err != nil {
				refused++
				if !errors.Is(err, wim.ErrCorrupt) {
					t.Errorf("%s bit %d: untyped %v", name, bit, err)
				}
				continue
			}
			if other, err := winio(b, n); err == nil {
				agreed++
				if !bytes.Equal(got, other) {
					t.Errorf("%s bit %d: two readers disagree", name, bit)
				}
			}
		}
	}
	if agreed == 0 || refused == 0 {
		t.Errorf("agreed on %d, refused %d: nothing was tried", agreed, refused)
	}
}

// storedChunk is two blocks that were not compressed; wimlib never writes such. The first has an odd length, behind which a byte pads.
func storedChunk(first, second []byte) []byte {
	block := func(data []byte) []byte {
		bits := 3<<29 | uint32(len(data))<<12 // kind 3, no usual length, the length in 16 bits
		b := binary.LittleEndian.AppendUint16(nil, uint16(bits>>16))
		b = binary.LittleEndian.AppendUint16(b, uint16(bits))
		for range 3 {
			b = binary.LittleEndian.AppendUint32(b, 1)
		}
		b = append(b, data...)
		return append(b, make([]byte, len(data)%2)...)
	}
	return append(block(first), block(second)...)
}

func TestLZXStoredBlocks(t *testing.T) {
	first, second := bytes.Repeat([]byte("odd"), 31), []byte("even, with a call: \xe8\x20\x00\x00\x00 and some bytes behind it.")
	raw := storedChunk(first, second)
	n := len(first) + len(second)
	got, err := unpackLZX(raw, n, 32<<10)
	if err != nil {
		t.Fatal(err)
	}
	want := append(bytes.Clone(first), second...)
	at := bytes.IndexByte(want, 0xe8)
	binary.LittleEndian.PutUint32(want[at+1:], uint32(0x20-at))
	if !bytes.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	if other, err := winio(raw, n); err != nil || !bytes.Equal(got, other) {
		t.Errorf("go-winio reads %q, %v", other, err)
	}
	for cut := range raw {
		if _, err := unpackLZX(raw[:cut], n, 32<<10); !errors.Is(err, wim.ErrCorrupt) {
			t.Errorf("cut to %d bytes: %v", cut, err)
		}
	}
	binary.LittleEndian.PutUint32(raw[4:], 0)
	if _, err := unpackLZX(raw, n, 32<<10); !errors.Is(err, wim.ErrCorrupt) {
		t.Errorf("a recent distance of 0: %v", err)
	}
}

// A file of a kilobyte that claims chunks of 2 MiB, and many of them, costs what is in it: the window of a chunk, not the claim.
func TestLZXClaimsCostNothing(t *testing.T) {
	small, c := oneFile([]byte("x"))
	b := compressed(t, small, "LZX", "2M")
	row := bytes.Index(b, c.SHA1[:]) - 30
	for _, at := range []int{48, 72, row} { // lookup table, XML, the blob
		bad := bytes.Clone(b)
		size := uint64(600) // room for a table of 140 chunks, and a few bytes in each
		le.PutUint64(bad[at:], size|4<<56)
		le.PutUint64(bad[at+8:], 208)
		le.PutUint64(bad[at+16:], 140*2<<20)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readAll(bad)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; err == nil || n > 32<<20 {
			t.Errorf("field at %d: %d bytes allocated for a file of %d, %v", at, n, len(b), err)
		}
	}
}

// FuzzLZX reads any chunk of any size; where go-winio reads it as well, both must read the same.
func FuzzLZX(f *testing.F) {
	add := func(raw []byte, n, order int) {
		f.Add(raw, uint32(n-1), byte(order))
		for bit := 0; bit < 8*min(len(raw), 90); bit += 1 + bit/60 {
			b := bytes.Clone(raw)
			b[bit/8] ^= 1 << (bit % 8)
			f.Add(b, uint32(n-1), byte(order))
		}
		for cut := 0; cut < len(raw); cut += 1 + cut/4 {
			f.Add(raw[:cut], uint32(n-1), byte(order))
		}
	}
	for _, g := range lzxGoldens(f) {
		add(g[0], len(g[1]), 0)
		add(g[0], len(g[1]), 6) // another count of symbols
	}
	add(storedChunk([]byte("abc"), []byte("a call \xe8\x01\x00\x00\x00 and more behind it")), 38, 0)
	f.Fuzz(func(t *testing.T, raw []byte, n uint32, order byte) {
		size := 32 << 10 << (order % 7)
		plain := 1 + int(n)%min(size, 256<<10)
		got, err := unpackLZX(raw, plain, size)
		if err != nil {
			if !errors.Is(err, wim.ErrCorrupt) {
				t.Fatalf("untyped %v", err)
			}
			return
		}
		if size != 32<<10 {
			return
		}
		if other, err := winio(raw, plain); err == nil && !bytes.Equal(got, other) {
			t.Fatal("go-winio reads other bytes")
		}
	})
}

// BenchmarkLZX decompresses the chunks of this very program.
func BenchmarkLZX(b *testing.B) {
	data, c := oneFile(must(os.ReadFile(must(os.Executable())))[:4<<20])
	for name, size := range lzxSizes() {
		f := open(b, compressed(b, data, "LZX", name))
		b.Run(name, func(b *testing.B) {
			var raw, out [][]byte
			total := 0
			for r, n := range f.ChunksOf(c.SHA1) {
				if len(r) < n {
					raw, out = append(raw, r), append(out, make([]byte, n))
					total += n
				}
			}
			b.SetBytes(int64(total))
			for b.Loop() {
				check(wim.UnpackLZX(raw, out, size))
			}
		})
	}
}

// BenchmarkLZXWinio is go-winio on the same chunks of 32 KiB, to compare with.
func BenchmarkLZXWinio(b *testing.B) {
	data, c := oneFile(must(os.ReadFile(must(os.Executable())))[:4<<20])
	f := open(b, compressed(b, data, "LZX", "32K"))
	type chunk struct {
		raw []byte
		n   int
	}
	var all []chunk
	total := 0
	for r, n := range f.ChunksOf(c.SHA1) {
		if len(r) < n {
			all = append(all, chunk{r, n})
			total += n
		}
	}
	b.SetBytes(int64(total))
	for b.Loop() {
		for _, c := range all {
			must(winio(c.raw, c.n))
		}
	}
}
