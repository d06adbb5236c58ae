package medium_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/medium"
)

// iso makes an ISO image of files by genisoimage.
func iso(t *testing.T, files map[string]string, flags ...string) string {
	t.Helper()
	if _, err := exec.LookPath("genisoimage"); err != nil {
		t.Skip("genisoimage is not installed (Debian: genisoimage): no medium was made")
	}
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "medium.iso")
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := exec.Command("genisoimage", append(append([]string{"-quiet", "-iso-level", "3", "-o", out}, flags...), dir)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

func TestTheWIMOnAMedium(t *testing.T) {
	want := strings.Repeat("not really a WIM, but its bytes. ", 5000)
	for _, name := range []string{"sources/install.wim", "SOURCES/Install.WIM", "x64/sources/install.wim"} {
		p := iso(t, map[string]string{name: want, path.Dir(name) + "/boot.wim": "boot", "setup.exe": "MZ"}, "-udf")
		m, err := medium.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(io.NewSectionReader(m.WIM(), 0, m.Size()))
		if err != nil || string(got) != want {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if !strings.EqualFold(m.Inside(), name) || !strings.Contains(m.Name(), p) {
			t.Errorf("%s: inside %q, name %q", name, m.Inside(), m.Name())
		}
		s, ok := m.WIM().(interface{ Stat() (os.FileInfo, error) })
		if !ok {
			t.Fatal("it cannot be asked whether it changed")
		}
		if st, err := s.Stat(); err != nil || st.Name() != "medium.iso" {
			t.Errorf("%v %v", st, err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestRefusalsNameTheWayOut(t *testing.T) {
	for name, tc := range map[string]struct {
		files map[string]string
		flags []string
		text  string
	}{
		"ESD":     {map[string]string{"sources/install.esd": "x"}, []string{"-udf"}, "dism /Export-Image /SourceImageFile:install.esd"},
		"SWM":     {map[string]string{"sources/install.swm": "x", "sources/install2.swm": "y"}, []string{"-udf"}, "wimlib-imagex join"},
		"several": {map[string]string{"x64/sources/install.wim": "x", "x86/sources/install.wim": "y"}, []string{"-udf"}, "x64/sources/install.wim, x86/sources/install.wim"},
		"nothing": {map[string]string{"readme.txt": "x"}, []string{"-udf"}, "no sources/install.wim"},
		"no UDF":  {map[string]string{"sources/install.wim": "x"}, nil, "no UDF"},
	} {
		_, err := medium.Open(iso(t, tc.files, tc.flags...))
		if !errors.Is(err, medium.ErrNoWIM) || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What begins like a WIM is taken for one, whatever its name and however damaged; a WIM that happens to hold an ISO's mark at that place as well.
func TestPlainFiles(t *testing.T) {
	long := make([]byte, 40<<10)
	copy(long[16*2048:], "\x01CD001")
	copy(long, "MSWIM\x00\x00\x00")
	for name, b := range map[string][]byte{
		"a.wim": long, "b.iso": []byte("MSWIM\x00\x00\x00 short"), "unfinished.wim": make([]byte, 40<<10), "damaged.wim": []byte("MSXIM\x00\x00\x00\xd0\x00\x00\x00\x00"),
	} {
		p := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := medium.Open(p)
		if err != nil || m.Size() != int64(len(b)) || m.Inside() != "" || m.Name() != p {
			t.Errorf("%s: %+v, %v", name, m, err)
			continue
		}
		if _, ok := m.WIM().(*os.File); !ok {
			t.Errorf("%s: a WIM on disk must be read as a file: the system copies it then", name)
		}
		_ = m.Close()
	}
	for name, b := range map[string][]byte{"empty.wim": nil, "README.md": []byte("# Read me, before you do anything else"), "c.iso": bytes.Repeat([]byte{1}, 40<<10)} {
		p := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := medium.Open(p); !errors.Is(err, medium.ErrNeither) || err.Error() != p+" is no WIM and no ISO image" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := medium.Open(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// A download that broke off is called that, whatever of the medium is missing.
func TestCutOff(t *testing.T) {
	whole, err := os.ReadFile(iso(t, map[string]string{"sources/install.wim": strings.Repeat("not really a WIM. ", 50000)}, "-udf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{34 << 10, 200 << 10, len(whole) / 2} {
		p := filepath.Join(t.TempDir(), "cut.iso")
		if err := os.WriteFile(p, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := medium.Open(p); !errors.Is(err, medium.ErrCutOff) || !strings.Contains(err.Error(), "cut off: it states") {
			t.Errorf("%d bytes of %d: %v", size, len(whole), err)
		}
	}
}
