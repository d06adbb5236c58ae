package badinput_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const software = "/Windows/System32/config/SOFTWARE"

// wimlib runs the referee in dir.
func wimlib(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command(harness.Tool(t, "wimlib-imagex"), args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("wimlib-imagex %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// hive takes a hive out of the base by the referee.
func hive(t *testing.T, dir string) []byte {
	t.Helper()
	to := t.TempDir()
	wimlib(t, dir, "extract", "lab.wim", "2", software, "--dest-dir="+to)
	return read(t, to, "SOFTWARE")
}

// withHive makes bad.wim: the base with another SOFTWARE hive, put there by the referee.
func withHive(t *testing.T, dir string, data []byte) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "hive")
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "bad.wim", string(read(t, dir, "lab.wim")))
	wimlib(t, dir, "update", "bad.wim", "2", "--command", "add "+name+" "+software)
}

// reseal changes a field of a hive's header and makes its checksum right again.
func reseal(data []byte, offset int, value uint32) []byte {
	data = bytes.Clone(data)
	binary.LittleEndian.PutUint32(data[offset:], value)
	var sum uint32
	for i := 0; i < 508; i += 4 {
		sum ^= binary.LittleEndian.Uint32(data[i:])
	}
	binary.LittleEndian.PutUint32(data[508:], sum)
	return data
}

func TestBases(t *testing.T) {
	shared := place(t)
	base := read(t, shared, "lab.wim")
	tests := map[string]struct {
		code  int
		words []string // beside the file's name
		make  func(t *testing.T, dir string)
	}{
		"empty":     {2, []string{"bad.wim is no WIM and no ISO image", "hint: give an install.wim or the .iso of the medium"}, cut(base, 0)},
		"a stub":    {1, []string{"less than a header", "hint: "}, cut(base, 100)},
		"header":    {1, []string{"it is cut off or damaged", "hint: the file is damaged: copy it again"}, cut(base, 208)},
		"half":      {1, []string{"it is cut off or damaged", "hint: "}, cut(base, len(base)/2)},
		"last byte": {1, []string{"it is cut off or damaged", "hint: "}, cut(base, len(base)-1)},
		"no WIM":    {2, []string{"bad.wim is no WIM and no ISO image", "hint: "}, func(t *testing.T, dir string) { write(t, dir, "bad.wim", strings.Repeat("MZ no image\n", 100)) }},
		"an ISO's start": {2, []string{"no UDF file system", "copy sources/install.wim out of it"}, func(t *testing.T, dir string) {
			write(t, dir, "bad.wim", strings.Repeat("\x00", 32768)+"\x01CD001\x01"+strings.Repeat("\x00", 4096))
		}},
		"solid": {2, []string{"solid WIM (ESD)", "wimlib-imagex export", "dism /Export-Image"}, func(t *testing.T, dir string) {
			wimlib(t, dir, "export", "lab.wim", "all", "bad.wim", "--solid")
		}},
		"split": {2, []string{"part 1 of", "split WIM (SWM)", "wimlib-imagex join"}, func(t *testing.T, dir string) {
			wimlib(t, dir, "split", "lab.wim", "bad.swm", "0.2")
			if err := os.Rename(filepath.Join(dir, "bad.swm"), filepath.Join(dir, "bad.wim")); err != nil {
				t.Fatal(err)
			}
		}},
		"pipable": {2, []string{"pipable WIM", "--not-pipable"}, func(t *testing.T, dir string) {
			wimlib(t, dir, "export", "lab.wim", "all", "bad.wim", "--pipable", "--compress=LZX")
		}},
		"corrupt hive": {1, []string{`\Windows\System32\config\SOFTWARE`, "does not have the SHA-1 that the file states", "hint: "}, func(t *testing.T, dir string) {
			h := hive(t, dir)
			data := bytes.Clone(base)
			at := bytes.Index(data, h)
			if at < 0 {
				t.Fatal("the hive does not stand in the base as it is")
			}
			data[at+len(h)/2] ^= 0x55
			write(t, dir, "bad.wim", string(data))
		}},
		"corrupt LZX chunk": {1, []string{"bad.wim", "hint: "}, func(t *testing.T, dir string) {
			wimlib(t, dir, "export", "lab.wim", "2", "bad.wim", "--compress=LZX")
			data := read(t, dir, "bad.wim")
			for i := 300; i < len(data)*3/4; i += 97 { // in every resource
				data[i] ^= 0x55
			}
			write(t, dir, "bad.wim", string(data))
		}},
		"corrupt XPRESS chunk": {1, []string{"bad.wim", "hint: "}, func(t *testing.T, dir string) {
			wimlib(t, dir, "export", "lab.wim", "2", "bad.wim", "--compress=XPRESS")
			data := read(t, dir, "bad.wim")
			for i := 300; i < len(data)*3/4; i += 97 { // in every resource
				data[i] ^= 0x55
			}
			write(t, dir, "bad.wim", string(data))
		}},
		"dirty hive": {1, []string{`\Windows\System32\config\SOFTWARE`, "hive is dirty", ".LOG1", "capture again"}, func(t *testing.T, dir string) {
			h := hive(t, dir)
			withHive(t, dir, reseal(h, 4, binary.LittleEndian.Uint32(h[4:])+1))
		}},
		"half a hive": {1, []string{`\Windows\System32\config\SOFTWARE`}, func(t *testing.T, dir string) {
			h := hive(t, dir)
			withHive(t, dir, h[:len(h)/2])
		}},
		"no hive": {1, []string{`\Windows\System32\config\SOFTWARE`}, func(t *testing.T, dir string) {
			withHive(t, dir, []byte("no hive"))
		}},
		"hive gone": {1, []string{`\Windows\System32\config\SOFTWARE`}, func(t *testing.T, dir string) {
			write(t, dir, "bad.wim", string(base))
			wimlib(t, dir, "update", "bad.wim", "2", "--command", "delete "+software)
		}},
		"another edition": {2, []string{"no image has edition id IoTEnterpriseS", `"lab-2021"`, "EnterpriseS"}, func(t *testing.T, dir string) {
			run(t, dir, "lab", "base", "--release", "ltsc-2019", "--out", "bad.wim").Must(t, 0)
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(shared)); err != nil {
				t.Fatal(err)
			}
			tt.make(t, dir)
			words := append([]string{"bad.wim"}, tt.words...)
			r := refused(t, dir, tt.code, words, "build", image, "--base", "bad.wim", "--out", "out", "--accept-base")
			if n := strings.Count(r.Stderr, tt.words[0]); n > 1 {
				t.Errorf("said %d times:\n%s", n, r.Stderr)
			}
			refused(t, dir, tt.code, words, "lock", image, "--accept-base", "bad.wim")
		})
	}
}

// cut makes bad.wim of the first n bytes.
func cut(data []byte, n int) func(*testing.T, string) {
	return func(t *testing.T, dir string) { write(t, dir, "bad.wim", string(data[:n])) }
}

// A base whose bytes are not the locked ones is not trusted, whichever way they differ.
func TestDigests(t *testing.T) {
	tests := map[string]struct {
		code  int
		words []string
		make  func(t *testing.T, dir string)
	}{
		"replaced by another size": {5, []string{"lab.wim is not a locked base", "bytes", "p/images/tiny.lock.hcl", "hint: wmclient lock p/images/tiny.hcl --accept-base lab.wim"}, func(t *testing.T, dir string) {
			f, err := os.OpenFile(filepath.Join(dir, "lab.wim"), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteString("one more"); err != nil {
				t.Fatal(err)
			}
		}},
		"replaced by the same size": {5, []string{"lab.wim is not a locked base", "p/images/tiny.lock.hcl", "hint: "}, func(t *testing.T, dir string) {
			data := read(t, dir, "lab.wim")
			data[24] ^= 1 // the GUID: nothing but the digest can tell
			write(t, dir, "lab.wim", string(data))
		}},
		"another digest in the lock": {5, []string{"lab.wim is not a locked base", "hint: "}, func(t *testing.T, dir string) {
			lock := string(read(t, dir, "p/images/tiny.lock.hcl"))
			at := strings.Index(lock, `sha256     = "`) + len(`sha256     = "`)
			digit := "0"
			if lock[at] == '0' {
				digit = "1"
			}
			write(t, dir, "p/images/tiny.lock.hcl", lock[:at]+digit+lock[at+1:])
		}},
		"a digest too short": {2, []string{"p/images/tiny.lock.hcl:5", "is not a SHA-256", "hint: restore"}, func(t *testing.T, dir string) {
			lock := string(read(t, dir, "p/images/tiny.lock.hcl"))
			write(t, dir, "p/images/tiny.lock.hcl", strings.Replace(lock, `sha256     = "`, `sha256     = "00`, 1))
		}},
		"no digest": {2, []string{"p/images/tiny.lock.hcl:4", "sha256", "hint: "}, func(t *testing.T, dir string) {
			lock := string(read(t, dir, "p/images/tiny.lock.hcl"))
			write(t, dir, "p/images/tiny.lock.hcl", strings.Replace(lock, "sha256  ", "sha257  ", 1))
		}},
		"no lock": {2, []string{"there is no lock p/images/tiny.lock.hcl", "hint: wmclient lock p/images/tiny.hcl --accept-base"}, func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "p/images/tiny.lock.hcl")); err != nil {
				t.Fatal(err)
			}
		}},
		"no base": {2, []string{"lab.wim does not exist", "hint: give an install.wim"}, func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "lab.wim")); err != nil {
				t.Fatal(err)
			}
		}},
		"a lock of another engine": {5, []string{"p/images/tiny.lock.hcl is stale", "engine format"}, func(t *testing.T, dir string) {
			lock := string(read(t, dir, "p/images/tiny.lock.hcl"))
			write(t, dir, "p/images/tiny.lock.hcl", strings.Replace(lock, "engine_format = 1", "engine_format = 999", 1))
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := place(t)
			tt.make(t, dir)
			refused(t, dir, tt.code, tt.words, "build", image, "--base", "lab.wim", "--out", "out")
		})
	}
}
