package build_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
)

// moved are the bytes that this process has read and written so far, as the kernel counts them (proc(5), /proc/pid/io).
func moved(t *testing.T) (read, written int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Skipf("the kernel does not count: %v", err)
	}
	if _, err := fmt.Sscanf(string(text), "rchar: %d\nwchar: %d\n", &read, &written); err != nil {
		t.Fatal(err)
	}
	return read, written
}

// TestDeltaBytes counts what each more product of one base costs: one reading of the base, for its own digest, and the hives that it changes,
// three times written (spooled, and read to be judged) at most. The base's own digest is computed once for all.
func TestDeltaBytes(t *testing.T) {
	base := labBase(t)
	data, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	const padding = 16 << 20 // bytes behind the last blob, so that a reading of the base cannot hide among the profiles
	if err := os.WriteFile(base, append(data, make([]byte, padding)...), 0o644); err != nil {
		t.Fatal(err)
	}
	profiles := products(t, 3)
	in := build.Inputs{Base: base, AcceptBase: true, Clock: func() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }}
	costs := func(n int) (read, written, deltas int64) {
		in.Out = t.TempDir()
		read, written = moved(t)
		made, err := build.MakeDeltas(t.Context(), profiles[:n], in, nil)
		if err != nil || len(made) != n {
			t.Fatal(made, err)
		}
		r, w := moved(t)
		for _, m := range made {
			info, err := os.Stat(m.Files[0])
			if err != nil {
				t.Fatal(err)
			}
			deltas += info.Size()
		}
		return r - read, w - written, deltas
	}
	read1, written1, deltas1 := costs(1)
	read3, written3, deltas3 := costs(3)
	const hives = 4 << 20 // more than all that a lab base has, unpacked, and the profiles
	if each := (read3 - read1) / 2; each > padding+hives {
		t.Errorf("each more product reads %d bytes of a base of %d", each, padding+len(data))
	}
	if read1 > 2*(padding+hives) {
		t.Errorf("the first product reads %d bytes of a base of %d: its digest and the product's are two readings", read1, padding+len(data))
	}
	each, delta := (written3-written1)/2, (deltas3-deltas1)/2
	if each > delta+hives/2 {
		t.Errorf("each more product writes %d bytes for a delta of %d", each, delta)
	}
	t.Logf("each more product: %d bytes read of %d, %d written, a delta of %d", (read3-read1)/2, padding+len(data), each, delta)
}

// products are profiles that differ in what they are called.
func products(t *testing.T, n int) []string {
	t.Helper()
	text, err := os.ReadFile(tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	name := imageName.FindSubmatch(text)
	if name == nil {
		t.Fatal("no image")
	}
	dir := filepath.Dir(tiny(t))
	var out []string
	for i := range n {
		out = append(out, filepath.Join(dir, fmt.Sprintf("product-%d.hcl", i)))
		if err := os.WriteFile(out[i], bytes.Replace(text, name[0], fmt.Appendf(nil, "image \"product-%d\"", i), 1), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

var imageName = regexp.MustCompile(`image "[^"]*"`)
