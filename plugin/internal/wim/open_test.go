package wim_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

var le = binary.LittleEndian

// readAll opens a file and reads all images with all their data.
func readAll(b []byte) (map[string]wim.Info, error) {
	f, err := wim.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	out := map[string]wim.Info{}
	for n := range f.Images() {
		img, err := f.Image(n + 1)
		if err != nil {
			return nil, err
		}
		err = img.Walk("", func(i wim.Info) error {
			out[fmt.Sprint(n, i.Path)] = i
			if i.Attributes&(wim.AttrDirectory|wim.AttrReparse) == 0 {
				_, err := img.ReadFile(i.Path, math.MaxInt64)
				return err
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

type refusal struct {
	change func([]byte)
	want   error
	text   string
}

// headers has a line for each way in which a header can be refused.
func headers() map[string]refusal {
	put16 := func(at int, v uint16) func([]byte) { return func(b []byte) { le.PutUint16(b[at:], v) } }
	put32 := func(at int, v uint32) func([]byte) { return func(b []byte) { le.PutUint32(b[at:], v) } }
	put64 := func(at int, v uint64) func([]byte) { return func(b []byte) { le.PutUint64(b[at:], v) } }
	return map[string]refusal{
		"solid":           {put32(12, 0xe00), wim.ErrUnsupported, "dism /Export-Image"},
		"LZMS":            {put32(16, 0x80002), wim.ErrUnsupported, "wimlib-imagex export"},
		"LZX no chunk":    {put64(16, 0x40002), wim.ErrUnsupported, "LZX with chunks of 0"},
		"LZX small":       {put64(16, 0x04000<<32|0x40002), wim.ErrUnsupported, "LZX with chunks of 16384"},
		"LZX large":       {put64(16, 0x400000<<32|0x40002), wim.ErrUnsupported, "LZX with chunks of 4194304"},
		"LZX odd":         {put64(16, 0x18000<<32|0x40002), wim.ErrUnsupported, "--compress=LZX --chunk-size=32K"},
		"XPRESS no chunk": {put64(16, 0x20002), wim.ErrUnsupported, "XPRESS with chunks of 0"},
		"XPRESS small":    {put64(16, 0x00800<<32|0x20002), wim.ErrUnsupported, "XPRESS with chunks of 2048"},
		"XPRESS large":    {put64(16, 0x20000<<32|0x20002), wim.ErrUnsupported, "XPRESS with chunks of 131072"},
		"XPRESS odd":      {put64(16, 0x03000<<32|0x20002), wim.ErrUnsupported, "--chunk-size=32K"},
		"two methods":     {put64(16, 0x08000<<32|0x60002), wim.ErrCorrupt, "no single compression"},
		"method for none": {put32(16, 0x20000), wim.ErrCorrupt, "uncompressed file"},
		"split":           {put32(16, 0x8), wim.ErrUnsupported, "wimlib-imagex join"},
		"second part":     {func(b []byte) { put16(40, 2)(b); put16(42, 2)(b) }, wim.ErrUnsupported, "wimlib-imagex join"},
		"part of nothing": {put16(40, 0), wim.ErrCorrupt, "part 0"},
		"being written":   {put32(16, 0x40), wim.ErrUnsupported, "being written"},
		"metadata only":   {put32(16, 0x20), wim.ErrUnsupported, "complete WIM"},
		"pipable":         {func(b []byte) { copy(b, "WLPWM") }, wim.ErrUnsupported, "--not-pipable"},
		"no signature":    {func(b []byte) { b[0] = 'X' }, wim.ErrCorrupt, "signature"},
		"not finished":    {func(b []byte) { clear(b[:208]) }, wim.ErrCorrupt, "did not finish"},
		"unknown version": {put32(12, 7), wim.ErrUnsupported, "version"},
		"boot index":      {put32(120, 3), wim.ErrCorrupt, "boot index"},
		"image count":     {put32(44, 3), wim.ErrCorrupt, "images"},
		"header size":     {put32(8, 207), wim.ErrCorrupt, "207"},
	}
}

func TestRefusals(t *testing.T) {
	for name, tc := range headers() {
		b := sample()
		tc.change(b)
		_, err := wim.Open(bytes.NewReader(b), int64(len(b)))
		if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRealESDIsRefused(t *testing.T) {
	p := filepath.Join(t.TempDir(), "x.esd")
	wimlib(t, "export", save(t, "b.wim", sample()), "1", p, "--solid")
	b := must(os.ReadFile(p))
	if _, err := wim.Open(bytes.NewReader(b), int64(len(b))); !errors.Is(err, wim.ErrUnsupported) || !strings.Contains(err.Error(), "ESD") {
		t.Errorf("%v", err)
	}
}

// Every field of the header, at its limits: refused, or what is read is right.
func TestHeaderFields(t *testing.T) {
	base := sample()
	want := must(readAll(base))
	fields := []struct{ at, size int }{{8, 4}, {12, 4}, {16, 4}, {40, 2}, {42, 2}, {44, 4}, {120, 4}}
	for _, at := range []int{48, 72, 124} { // size and flags, offset, plain size
		fields = append(fields, []struct{ at, size int }{{at, 8}, {at + 8, 8}, {at + 16, 8}}...)
	}
	for _, f := range fields {
		old := make([]byte, 8)
		copy(old, base[f.at:f.at+f.size])
		v := le.Uint64(old)
		for _, n := range []uint64{0, math.MaxUint64, 1 << 62, v + 1, v - 1} {
			b := bytes.Clone(base)
			val := le.AppendUint64(nil, n)
			copy(b[f.at:], val[:f.size])
			if bytes.Equal(b, base) {
				continue
			}
			got, err := readAll(b)
			if err != nil {
				if !errors.Is(err, wim.ErrCorrupt) && !errors.Is(err, wim.ErrUnsupported) {
					t.Errorf("field at %d = %#x: untyped %v", f.at, n, err)
				}
				continue
			}
			if len(got) != len(want) {
				t.Errorf("field at %d = %#x: accepted, but %d entries are read instead of %d", f.at, n, len(got), len(want))
			}
		}
	}
}

func TestTruncation(t *testing.T) {
	base := sample()
	for n := 0; n < len(base); n += 1 + n/40 {
		if _, err := readAll(base[:n]); !errors.Is(err, wim.ErrCorrupt) {
			t.Errorf("cut to %d of %d bytes: %v", n, len(base), err)
		}
	}
	// A file that shrinks after it was opened.
	for _, n := range []int{100, 300, len(base) / 2, len(base) - 1} {
		f := must(wim.Open(&shrinking{base, n, 3}, int64(len(base))))
		e, err := f.Edit(1, wim.EditOptions{Epoch: epoch})
		if err == nil {
			var m memory
			if _, err = e.WriteTo(context.Background(), &m, nil); err == nil {
				t.Errorf("shrunk to %d: written", n)
			}
			if _, err := wim.Open(bytes.NewReader(m.b), int64(len(m.b))); err == nil {
				t.Errorf("shrunk to %d: the output opens", n)
			}
		}
		if err != nil && !errors.Is(err, wim.ErrCorrupt) {
			t.Errorf("shrunk to %d: %v", n, err)
		}
	}
}

// shrinking is complete for some reads.
type shrinking struct {
	b    []byte
	size int
	good int
}

func (s *shrinking) ReadAt(p []byte, off int64) (int, error) {
	if s.good--; s.good >= 0 {
		return bytes.NewReader(s.b).ReadAt(p, off)
	}
	return bytes.NewReader(s.b[:s.size]).ReadAt(p, off)
}

// A flipped byte anywhere is an error or changes nothing that is read.
func TestFlippedBytes(t *testing.T) {
	t.Run("none", func(t *testing.T) { flip(t, sample()) })
	t.Run("LZX", func(t *testing.T) { flip(t, lzx(t, sample())) })
	t.Run("XPRESS", func(t *testing.T) { flip(t, compressed(t, sample(), "XPRESS", "64K")) })
}

func flip(t *testing.T, base []byte) {
	want := must(readAll(base))
	silent := 0
	for at := 208; at < len(base); at += 1 + len(base)/700 {
		b := bytes.Clone(base)
		b[at] ^= 0x55
		got, err := readAll(b)
		if err != nil {
			if !errors.Is(err, wim.ErrCorrupt) && !errors.Is(err, wim.ErrUnsupported) {
				t.Errorf("offset %d: untyped %v", at, err)
			}
			continue
		}
		silent++
		for p, i := range want {
			if got[p].SHA1 != i.SHA1 || got[p].Written != i.Written {
				t.Errorf("offset %d: %s is read differently without an error", at, p)
			}
		}
	}
	t.Logf("%d flips were in the XML's text or in nothing that is read", silent)
}

func TestSelect(t *testing.T) {
	f := open(t, sample())
	for sel, want := range map[string]int{"1": 1, "2": 2, "Windows 10 Enterprise LTSC": 1, "windows 10 iot enterprise ltsc": 2, "IoTEnterpriseS": 2, "enterprises": 1} {
		if got, err := f.Select(sel); err != nil || got != want {
			t.Errorf("%q: %d, %v", sel, got, err)
		}
	}
	for sel, want := range map[string]string{
		"IoTEnterprise": `did you mean "IoTEnterpriseS"?`,
		"":              "the WIM has 2 images",
		"3":             `no image "3"`,
		"Server":        `1: "Windows 10 Enterprise LTSC", EnterpriseS, amd64, 10.0.19044.1288, sv-SE`,
	} {
		if _, err := f.Select(sel); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", sel, err)
		}
	}
	b := wim.NewBuilder(nil)
	b.AddImage(info("a", "EnterpriseS"), wim.Meta{})
	b.AddImage(info("b", "EnterpriseS"), wim.Meta{})
	var m memory
	must(b.WriteTo(context.Background(), &m, nil))
	if _, err := open(t, m.b).Select("EnterpriseS"); err == nil || !strings.Contains(err.Error(), "ambiguous: images 1, 2 fit") {
		t.Errorf("%v", err)
	}
}

func TestReadErrors(t *testing.T) {
	b := wim.NewBuilder(nil)
	i := b.AddImage(wim.ImageInfo{Name: "x"}, wim.Meta{})
	check(i.File("secret", wim.Bytes([]byte("x")), wim.Meta{Attributes: wim.AttrEncrypted}), i.Dir("d", wim.Meta{}))
	var m memory
	must(b.WriteTo(context.Background(), &m, nil))
	img := image(t, open(t, m.b), 1)
	if _, err := img.ReadFile("secret", 10); !errors.Is(err, wim.ErrUnsupported) || !strings.Contains(err.Error(), "cipher") {
		t.Errorf("encrypted: %v", err)
	}
	if _, err := img.ReadFile("d", 10); err == nil {
		t.Error("a directory was read")
	}
	if _, err := img.ReadFile("none/x", 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := img.ReadFile("secret/x", 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := image(t, open(t, sample()), 1).ReadFile("Windows/notepad.exe", 9); err == nil || !strings.Contains(err.Error(), "more than the 9 allowed") {
		t.Errorf("%v", err)
	}
}
