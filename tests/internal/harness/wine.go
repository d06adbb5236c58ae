package harness

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Wine runs programs built for Windows. It is no Windows: what runs in it shows that the Windows build does the same, not that it runs there.
type Wine struct {
	Loader string
	Env    []string // names a prefix of its own, so that nothing of the user's home is read or written
	Prefix string
}

var wine struct {
	sync.Mutex
	*Wine
}

// NewWine returns the Wine of this test process, with a fresh prefix (8 s, 700 MB). Where Wine is missing the test is skipped, but for
// complete runs, as with Tool; where the processor is another one than amd64 it is always skipped.
func NewWine(t testing.TB) *Wine {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("Wine runs the amd64 build on Linux on amd64 alone")
	}
	wine.Lock()
	defer wine.Unlock()
	if wine.Wine != nil {
		return wine.Wine
	}
	w := &Wine{Loader: wineLoader(t)}
	dir, err := os.MkdirTemp("", "wmclient-wine-")
	if err != nil {
		t.Fatal(err)
	}
	w.Prefix = dir
	w.Env = []string{"WINEPREFIX=" + dir, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=", "DISPLAY="}
	wine.Wine = w
	// Its server would end after each program, and take a second to start for the next.
	server := exec.Command(w.server(), "--persistent")
	server.Env = append(os.Environ(), w.Env...)
	if err := server.Run(); err != nil {
		t.Fatalf("start Wine's server: %v", err)
	}
	w.boot(t, "wineboot", "--init")
	// Wine 8 lacks the DLL from which Go programs take random numbers: one that forwards the call takes its place.
	dll := filepath.Join(dir, "drive_c", "windows", "system32", "bcryptprimitives.dll")
	if err := os.WriteFile(dll, RandomLibrary(), 0o644); err != nil {
		t.Fatal(err)
	}
	return w
}

// wineLoader finds the loader of Debian's package wine64.
func wineLoader(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"/usr/lib/wine/wine64", "wine64"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return Tool(t, "wine64")
}

// Command is a call of a program built for Windows; paths in args may be written either way.
func (w *Wine) Command(exe string, args ...string) Command {
	return Command{Path: w.Loader, Args: append([]string{exe}, args...), Env: w.Env}
}

// Path writes an absolute path of this machine as Windows does: drive Z: is the root of its file system.
func (w *Wine) Path(path string) string { return "Z:" + strings.ReplaceAll(path, "/", `\`) }

// server is the server beside the loader; Debian's package wine puts another name of it on the PATH.
func (w *Wine) server() string {
	if beside := filepath.Join(filepath.Dir(w.Loader), "wineserver64"); fileExists(beside) {
		return beside
	}
	return "wineserver"
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Restart ends Wine's server, with all that lives in its memory alone, and starts it anew: what a restart of Windows is.
func (w *Wine) Restart(t testing.TB) {
	t.Helper()
	for _, arg := range []string{"--kill", "--wait", "--persistent"} {
		server := exec.Command(w.server(), arg)
		server.Env = append(os.Environ(), w.Env...)
		if err := server.Run(); err != nil && arg != "--kill" { // which says that it ended a program
			t.Fatalf("restart Wine's server: %v", err)
		}
	}
	w.boot(t, "cmd", "/c", "exit") // any program starts the services; wineboot keeps their database locked afterwards
}

// boot runs a first program, and with it what Windows has for services. They stay alive behind it, so it must not hold a pipe of ours: a test would wait for its end.
func (w *Wine) boot(t testing.TB, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	boot := exec.CommandContext(ctx, w.Loader, args...)
	boot.Env = append(os.Environ(), w.Env...)
	if err := boot.Run(); err != nil {
		t.Fatalf("start Wine: %v", err)
	}
}

// stopWine ends the prefix's own server and removes the prefix.
func stopWine() {
	wine.Lock()
	defer wine.Unlock()
	if wine.Wine == nil {
		return
	}
	server := exec.Command(wine.server(), "--kill")
	server.Env = append(os.Environ(), wine.Env...)
	_ = server.Run()
	_ = os.RemoveAll(wine.Prefix)
	wine.Wine = nil
}

// WindowsBinary cross-builds a binary of plugin/cmd for windows/amd64, as the release is built, and returns its path. It is built once per
// test process.
func WindowsBinary(t testing.TB, name string) string {
	t.Helper()
	Binary(t, name) // makes the folder
	built.Lock()
	defer built.Unlock()
	path := filepath.Join(built.dir, name+".exe")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	version, err := os.ReadFile(filepath.Join(Root(t), "VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.number="+strings.TrimSpace(string(version)), "-o", path, "./plugin/cmd/"+name)
	cmd.Dir = Root(t)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("build %s for Windows: %w\n%s", name, err, out))
	}
	return path
}

// RandomLibrary is the bcryptprimitives.dll that Go programs need and Wine 8 lacks.
func RandomLibrary() []byte {
	return forwarder("bcryptprimitives.dll", "ProcessPrng", "advapi32.SystemFunction036")
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
