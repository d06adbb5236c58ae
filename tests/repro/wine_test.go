package repro

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// wine64 is the loader of Debian's package wine64, or "".
func wine64() string {
	for _, name := range []string{"/usr/lib/wine/wine64", "wine64"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// needsWine is for where Wine is there by chance: setup does not install it.
func needsWine(*testing.T, site) string {
	if wine64() == "" {
		return "Wine is not installed; it is optional and setup does not install it"
	}
	return ""
}

// windowsBinary cross-builds wmclient.exe. Wine is no Windows: this shows that the Windows build writes the same bytes, not that it runs
// there.
func windowsBinary(t *testing.T) string {
	t.Helper()
	if wine64() == "" {
		return ""
	}
	return goBuild(t, filepath.Join(openDir(t, ""), "wmclient.exe"), []string{"GOOS=windows", "GOARCH=amd64"})
}

// wineEnv makes a fresh prefix (7 s, 700 MB), so that nothing of the user's home is read or written.
func wineEnv(t *testing.T) []string {
	t.Helper()
	loader := wine64()
	if loader == "" {
		return nil
	}
	prefix := openDir(t, "")
	env := []string{"WINEPREFIX=" + prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=", "DISPLAY="}
	harness.Command{Path: loader, Args: []string{"wineboot", "--init"}, Env: env, Timeout: 2 * time.Minute}.Run(t).Must(t, 0)
	// Wine 8 lacks the DLL from which Go programs take random numbers: one that forwards the call takes its place.
	system := filepath.Join(prefix, "drive_c", "windows", "system32")
	write(t, filepath.Join(system, "bcryptprimitives.dll"), forwarder("bcryptprimitives.dll", "ProcessPrng", "advapi32.SystemFunction036"))
	t.Cleanup(func() { // the prefix's own server goes before the prefix does
		server := exec.Command("wineserver", "-k")
		server.Env = append(os.Environ(), env...)
		_ = server.Run()
	})
	return env
}

// forwarder is a PE32+ DLL without code that exports one name, which another DLL's function stands behind (Microsoft's "PE Format":
// an export address inside the export section is a forwarder string).
func forwarder(name, export, target string) []byte {
	const rva, align = 0x1000, 0x200
	const addresses, names, ordinals, strings = 40, 44, 48, 50 // after the export directory, for one export
	section := make([]byte, strings)
	text := func(s string) uint32 {
		at := rva + uint32(len(section))
		section = append(append(section, s...), 0)
		return at
	}
	le := binary.LittleEndian
	directory := map[int]uint32{12: text(name), 16: 1, 20: 1, 24: 1, 28: rva + addresses, 32: rva + names, 36: rva + ordinals}
	directory[names], directory[addresses] = text(export), text(target)
	for at, v := range directory {
		le.PutUint32(section[at:], v)
	}
	size := uint32(len(section))
	section = append(section, make([]byte, align-len(section)%align)...)

	var b bytes.Buffer
	u16 := func(vs ...uint16) { _ = binary.Write(&b, le, vs) }
	u32 := func(vs ...uint32) { _ = binary.Write(&b, le, vs) }
	b.WriteString("MZ")
	b.Write(make([]byte, 58))
	u32(64) // where the PE header begins
	b.WriteString("PE\x00\x00")
	u16(0x8664, 1) // amd64, one section
	u32(0, 0, 0)
	u16(240, 0x2022)    // length of the optional header; executable, large addresses, DLL
	u16(0x20b, 14)      // PE32+
	u32(0, align, 0, 0) // no code, no entry point
	u32(rva)
	u32(0x80000000, 1, rva, align) // image base (64 bits), alignments
	u16(6, 0, 0, 0, 6, 0)
	u32(0, 2*rva, align, 0)
	u16(2, 0x100)                        // GUI, NX compatible
	u32(0x1000, 0, 0x1000, 0)            // stack
	u32(0x1000, 0, 0x1000, 0, 0, 16)     // heap, no flags, 16 directories
	u32(rva, size)                       // the export directory
	b.Write(make([]byte, 15*8))          // no others
	b.WriteString(".rdata\x00\x00")      // the section
	u32(size, rva, uint32(len(section))) // sizes and places
	u32(align, 0, 0, 0, 0x40000040)      // initialized data, readable
	b.Write(make([]byte, align-b.Len()))
	b.Write(section)
	return b.Bytes()
}
