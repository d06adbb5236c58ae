package wim_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// Verify finds a changed bit in a file that nothing else reads, names the file, and ends where it is told to.
func TestVerify(t *testing.T) {
	const path = "/Windows/System32/drivers/etc/hosts"
	data := sample()
	first := func(b []byte) *wim.Image { return image(t, open(t, b), 1) }
	var last, whole int64
	if err := first(data).Verify(t.Context(), func(done, total int64) { last, whole = done, total }); err != nil || last != whole || whole == 0 {
		t.Fatalf("whole: %v, %d of %d bytes", err, last, whole)
	}
	content, err := first(data).ReadFile(path, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(data)
	damaged[bytes.Index(damaged, content)] ^= 1
	if err := first(damaged).Verify(t.Context(), nil); !errors.Is(err, wim.ErrCorrupt) || !strings.Contains(err.Error(), path) {
		t.Errorf("damaged: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := first(data).Verify(gone, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
