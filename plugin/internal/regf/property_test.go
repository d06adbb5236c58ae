package regf_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// model is what a hive should hold: folded key path to folded value name to
// data, the simplest thing that can be right.
type model map[string]map[string]string

func (m model) create(path string) {
	parts := strings.Split(upcase.Fold(path), `\`)
	for i := range parts {
		p := strings.Join(parts[:i+1], `\`)
		if m[p] == nil {
			m[p] = map[string]string{}
		}
	}
}

func (m model) delete(path string) {
	path = upcase.Fold(path)
	maps.DeleteFunc(m, func(p string, _ map[string]string) bool { return p == path || strings.HasPrefix(p, path+`\`) })
}

func modelOf(h *regf.Hive) model {
	m := model{}
	var walk func(k *regf.Key, path string)
	walk = func(k *regf.Key, path string) {
		for s := range k.Subkeys() {
			p := path + upcase.Fold(s.Name())
			m[p] = map[string]string{}
			for v := range s.Values() {
				m[p][upcase.Fold(v.Name)] = fmt.Sprintf("%v %x", v.Type, v.Data)
			}
			walk(s, p+`\`)
		}
	}
	walk(h.Root(), "")
	return m
}

func TestRandomEditsMatchModel(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 7))
		h, m := emptyHive(t), model{}
		names := []string{"a", "A", "b", "_", "ö", "Ö", "Ж", "ж", "ı", "I", "\xed\xa0\x80", "long name with spaces", "ß"}
		pick := func() string { return names[r.IntN(len(names))] }
		for range 250 {
			path := []string{pick()}
			for range r.IntN(3) {
				path = append(path, pick())
			}
			before, err := h.Bytes(epoch)
			if err != nil {
				t.Fatal(err)
			}
			changed, err := randomEdit(r, h, m, strings.Join(path, `\`), pick())
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			after := write(t, h)
			if changed == bytes.Equal(before, after) {
				t.Fatalf("seed %d: changed is %t, bytes equal is %t", seed, changed, !changed)
			}
			if r.IntN(20) == 0 {
				h = parse(t, after)
			}
		}
		if diff := cmp.Diff(m, modelOf(parse(t, write(t, h)))); diff != "" {
			t.Fatalf("seed %d: hive differs from the model (-want +got):\n%s", seed, diff)
		}
		out := write(t, h)
		if !bytes.Equal(out, write(t, parse(t, out))) {
			t.Fatalf("seed %d: writing what was written gives other bytes", seed)
		}
	}
}

// randomEdit does one edit on both. Times differ from edit to edit, so that a
// change always shows in the bytes.
func randomEdit(r *rand.Rand, h *regf.Hive, m model, path, name string) (bool, error) {
	now := epoch + regf.FileTime(r.Uint32())
	switch r.IntN(8) {
	case 0:
		m.delete(path)
		return h.DeleteKey(path, now)
	case 1:
		if k := m[upcase.Fold(path)]; k != nil {
			delete(k, upcase.Fold(name))
		}
		return h.DeleteValue(path, name, now)
	case 2:
		m.create(path)
		return h.CreateKey(path, now)
	}
	data := bytes.Repeat([]byte{byte(r.Uint32())}, []int{0, 3, 4, 5, 40, 20000}[r.IntN(6)])
	typ := regf.ValueType(r.IntN(3))
	m.create(path)
	m[upcase.Fold(path)][upcase.Fold(name)] = fmt.Sprintf("%v %x", typ, data)
	return h.SetValue(path, name, typ, data, now)
}
