package regf_test

import (
	"fmt"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
)

// largeHive is shaped like a SOFTWARE hive: about 295,000 keys with two to
// three values each, 91 MB.
func largeHive(b *testing.B) []byte {
	b.Helper()
	h := emptyHive(b)
	text := regf.StringData(`%SystemRoot%\system32\some\path\that\is\rather\long\component.dll`)
	for i := range 295 {
		for j := range 200 {
			for k := range 4 {
				path := fmt.Sprintf(`Classes\CLSID%d\{%08X-0000-0000-C000-000000000046}\Sub%d`, i, j*7919, k)
				set(b, h, path, "", regf.ExpandSZ, text)
				set(b, h, path, "ThreadingModel", regf.SZ, text[:12])
				if k%2 == 0 {
					set(b, h, path, "Flags", regf.DWord, regf.DWordData(uint32(k)))
				}
			}
		}
	}
	return write(b, h)
}

func BenchmarkParse(b *testing.B) {
	in := largeHive(b)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		parse(b, in)
	}
}

func BenchmarkWrite(b *testing.B) {
	h := parse(b, largeHive(b))
	b.SetBytes(int64(len(write(b, h))))
	b.ReportAllocs()
	for b.Loop() {
		write(b, h)
	}
}

// BenchmarkEdit is one thousand settings, each in a key of its own.
func BenchmarkEdit(b *testing.B) {
	in := largeHive(b)
	for b.Loop() {
		b.StopTimer()
		h := parse(b, in)
		b.StartTimer()
		for i := range 1000 {
			set(b, h, fmt.Sprintf(`Classes\CLSID%d\New%d`, i%265, i), "v", regf.DWord, regf.DWordData(1))
		}
	}
}

// BenchmarkChange is what a build does to a large hive: parse, a thousand settings, write.
func BenchmarkChange(b *testing.B) {
	in := largeHive(b)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		h := parse(b, in)
		for i := range 1000 {
			set(b, h, fmt.Sprintf(`Classes\CLSID%d\New%d`, i%265, i), "v", regf.DWord, regf.DWordData(1))
		}
		write(b, h)
	}
}
