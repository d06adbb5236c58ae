package wim_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// withIntegrity is a WIM with an integrity table by wimlib.
func withIntegrity(t testing.TB, base []byte) []byte {
	t.Helper()
	p := filepath.Join(t.TempDir(), "checked.wim")
	wimlib(t, "export", save(t, "plain.wim", base), "all", p, "--compress=LZX", "--chunk-size=32K", "--check")
	return must(os.ReadFile(p))
}

func TestIntegrityIsVerified(t *testing.T) {
	base, _ := oneFile(must(os.ReadFile(must(os.Executable())))[:3<<20])
	b := withIntegrity(t, base)
	f := open(t, b)
	if !f.HasIntegrity() {
		t.Fatal("wimlib wrote no integrity table")
	}
	var last, total int64
	if err := f.VerifyIntegrity(context.Background(), func(d, n int64) { last, total = d, n }); err != nil || last != total || total < 1<<18 {
		t.Errorf("%v, progress %d of %d", err, last, total)
	}
	table := le.Uint64(b[124+8:])
	for name, at := range map[string]uint64{"a blob": 300, "the lookup table": le.Uint64(b[48+8:]) + 1, "a digest": table + 12,
		"size of the table": table, "number of runs": table + 4, "size of a run": table + 11} {
		bad := bytes.Clone(b)
		bad[at] ^= 0x40
		g, err := wim.Open(bytes.NewReader(bad), int64(len(bad)))
		if err != nil {
			continue // found even earlier
		}
		if err := g.VerifyIntegrity(context.Background(), nil); !errors.Is(err, wim.ErrCorrupt) {
			t.Errorf("%s changed: %v", name, err)
		}
	}
	for name, size := range map[string]uint64{"less than its head": 8, "its head alone": 12, "less than its digests": le.Uint64(b[124:])&(1<<56-1) - 20} {
		bad := bytes.Clone(b)
		le.PutUint64(bad[124:], le.Uint64(bad[124:])&^(1<<56-1)|size)
		le.PutUint64(bad[124+16:], size)
		g, err := wim.Open(bytes.NewReader(bad), int64(len(bad)))
		if err != nil {
			t.Errorf("a table of %s: it does not open: %v", name, err)
			continue
		}
		if err := g.VerifyIntegrity(context.Background(), nil); !errors.Is(err, wim.ErrCorrupt) {
			t.Errorf("a table of %s: %v", name, err)
		}
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := f.VerifyIntegrity(gone, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := open(t, base).VerifyIntegrity(context.Background(), nil); !errors.Is(err, wim.ErrNoIntegrity) {
		t.Errorf("without a table: %v", err)
	}
}

// The table of a base covers bytes that an edit keeps and a lookup table that it replaces: it is left out and said so.
func TestIntegrityIsDroppedAndSaidSo(t *testing.T) {
	base := withIntegrity(t, sample())
	out, r := edited(t, base, 1, standard)
	if !r.IntegrityDropped || open(t, out).HasIntegrity() {
		t.Errorf("%+v", r)
	}
	if text := wimlib(t, "verify", save(t, "out.wim", out)); strings.Contains(strings.ToLower(text), "fail") {
		t.Error(text)
	}
}
