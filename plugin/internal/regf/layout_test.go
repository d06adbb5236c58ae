package regf_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
)

// What no reader of keys and values sees, but Windows does, has its own tests here.

// A key of the old predefined kind keeps a handle where others count their values.
func TestPredefinedHandleSurvives(t *testing.T) {
	h := emptyHive(t)
	set(t, h, `Handle`, "v", regf.SZ, nil)
	if _, err := h.DeleteValue("Handle", "v", epoch); err != nil {
		t.Fatal(err)
	}
	b := write(t, h)
	at := bytes.Index(b, []byte("Handle")) - 76
	b[at+2] |= 0x40
	binary.LittleEndian.PutUint32(b[at+36:], 0x80000002) // HKEY_LOCAL_MACHINE
	h = parse(t, b)
	if !bytes.Equal(b, write(t, h)) {
		t.Error("the handle changed")
	}
	if _, err := h.SetValue("Handle", "v", regf.SZ, nil, later); !errors.Is(err, regf.ErrSpecialKey) {
		t.Errorf("set a value: %v", err)
	}
}

// The first bin repeats the time of the header.
func TestFirstBinHasTheTime(t *testing.T) {
	h := parse(t, write(t, emptyHive(t)))
	set(t, h, `Key`, "v", regf.SZ, nil)
	b, err := h.Bytes(later)
	if err != nil {
		t.Fatal(err)
	}
	if header, bin := binary.LittleEndian.Uint64(b[12:]), binary.LittleEndian.Uint64(b[4096+20:]); header != uint64(later) || bin != header {
		t.Errorf("header %d, bin %d, want %d", header, bin, later)
	}
}

// What a bin has left is one free cell: an allocated one that nothing names is what Windows' check takes for damage.
func TestRestOfABinIsFree(t *testing.T) {
	b := newSample(t).b
	free := 0
	for bin := 4096; bin < len(b); bin += int(binary.LittleEndian.Uint32(b[bin+8:])) {
		end := bin + int(binary.LittleEndian.Uint32(b[bin+8:]))
		for at := bin + 32; at < end; {
			n := int(int32(binary.LittleEndian.Uint32(b[at:])))
			if n > 0 {
				free++
				if at+n != end {
					t.Errorf("a free cell at %#x, not at the end of its bin", at)
				}
			} else if n = -n; bytes.Count(b[at+4:at+n], []byte{0}) == n-4 {
				t.Errorf("an allocated cell of %d zeros at %#x", n-4, at)
			}
			at += n
		}
	}
	if free == 0 {
		t.Error("no free cell: the sample fills its bins, and shows nothing")
	}
}
