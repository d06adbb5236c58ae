package regf_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

// richHive has one of everything: class names, names in both encodings, values of each way of storing data, two descriptors.
func richHive(t testing.TB) *regf.Hive {
	t.Helper()
	h := emptyHive(t)
	set(t, h, `Sub`, "Value", regf.SZ, regf.StringData("some text"))
	set(t, h, `Sub`, "Värde€", regf.MultiSZ, regf.StringsData([]string{"a", "b"}))
	set(t, h, `Sub`, "Last", regf.QWord, regf.QWordData(7))
	set(t, h, `Sub\Deeper`, "Blob", regf.Binary, bytes.Repeat([]byte("0123456789abcdef"), 1022))
	set(t, h, `Sub\Nyckel€`, "", regf.DWord, regf.DWordData(7))
	set(t, h, `Two\Below`, "Empty", regf.SZ, nil)
	set(t, h, `Two\Beside`, "x", regf.Binary, []byte{1, 2})
	sd, err := secdesc.FromSDDL("O:SYG:SYD:P(A;CI;KA;;;SY)")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.SetSecurity(`Two\Below`, sd, epoch); err != nil {
		t.Fatal(err)
	}
	regf.SetClass(h.Find(`Two\Beside`), []byte("c\x00l\x00a\x00s\x00s\x00"))
	return h
}

// reading is all that a hive says, with what Windows alone looks at.
func reading(b []byte) (hostile.Reading, error) {
	h, err := regf.Parse(b)
	if err != nil {
		return nil, err
	}
	out := hostile.Reading(dump(h))
	var walk func(k *regf.Key, path string)
	walk = func(k *regf.Key, path string) {
		out[path] = fmt.Sprintf("%s %x", out[path], regf.Bits(k))
		for s := range k.Subkeys() {
			walk(s, path+`\`+s.Name())
		}
	}
	walk(h.Root(), "")
	return out, nil
}

func named(err error) bool {
	var c *regf.CorruptError
	return errors.As(err, &c) && c.What != "" || errors.Is(err, regf.ErrDirty) || errors.Is(err, regf.ErrNotHive)
}

// ownMeaning lists what no reader of a hive can know.
var ownMeaning = map[string]string{
	"key.last written":    "a time is a time",
	"value.data":          "data have no checksum",
	"value.data in place": "data have no checksum",
	"big data.data":       "data have no checksum",
	"value.data size":     "one byte less or more, within the cell",
	"value.type":          "any 32-bit number is a type",
	"value.name":          "names of values have no checksum",
	"value.name length":   "some characters less or more, within the cell",
	"value.flags":         "how the name is encoded",
	"key.access bits":     "Windows' own notes",
	"key.user flags":      "Windows' own notes",
	"key.class name":      "class names have no checksum",
	"key.class length":    "one byte less or more, within the cell",
	"security.descriptor": "another descriptor that is one",
}

// ownMeaningBefore lists what is more in versions before 1.5, whose lists of subkeys have four letters of each name and no sum.
var ownMeaningBefore = map[string]string{
	"key.flags":       "how the name is encoded",
	"key.name":        "behind the fourth letter names have no checksum",
	"key.name length": "some characters less or more, within the cell",
}

func TestCorruptions(t *testing.T) {
	for name, minor := range map[string]uint32{"1.5": 5, "1.3": 3} {
		t.Run(name, func(t *testing.T) {
			h := richHive(t)
			regf.SetMinor(h, minor)
			b := write(t, h)
			own := maps.Clone(ownMeaning)
			if minor < 5 {
				maps.Copy(own, ownMeaningBefore)
				delete(own, "big data.data") // there is none
			}
			f := hostile.Format{Read: reading, Named: named, Own: own, Strict: true, Mend: func(b []byte, f hostile.Field) {
				if f.Off < 508 {
					seal(b)
				}
			}}
			report := hostile.Corrupt(t, b, fields(b), f, func(f hostile.Field) []uint64 {
				if f.Kind != "cell.size" {
					return nil
				}
				n := uint64(binary.LittleEndian.Uint32(b[f.Off:])) // another cell's, and free or used
				return []uint64{-n, n + 8, n - 8}
			})
			t.Logf("fields of a registry hive of version %s\n%s", name, report)
		})
	}
}
