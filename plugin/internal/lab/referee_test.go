package lab_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
)

// referee runs a program of other people, or skips.
func referee(t *testing.T, debian, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("the referee %s is not installed (Debian package %s)", name, debian)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%.1000s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func want(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s does not show %q", what, p)
		}
	}
}

func TestWimlibReadsTheBase(t *testing.T) {
	for _, r := range lab.Releases() {
		path := filepath.Join(t.TempDir(), "base.wim")
		if err := os.WriteFile(path, bytesOf(t, lab.Options{Release: r, Language: "sv-SE"}), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := r.Facts()
		if err != nil {
			t.Fatal(err)
		}
		want(t, "verify", referee(t, "wimtools", "wimlib-imagex", "verify", path), "successfully verified")
		want(t, "info", referee(t, "wimtools", "wimlib-imagex", "info", path),
			f.Images[0].Name, f.Images[1].Name, f.Images[0].EditionID, f.Images[1].EditionID, "sv-SE", "x86_64", lab.Marker)
		want(t, "dir", referee(t, "wimtools", "wimlib-imagex", "dir", path, "2", "--detailed"),
			`"/Documents and Settings"`, `"PROGRA~1"`, "Reparse Tag         = 0xa0000003", "Reparse Tag         = 0xa000000c",
			"Link Count          = 2", "FILE_ATTRIBUTE_HIDDEN is set")
		into := t.TempDir()
		referee(t, "wimtools", "wimlib-imagex", "apply", path, "2", into)
		if to, err := os.Readlink(filepath.Join(into, "Users", "All Users")); err != nil || to != filepath.Join(into, "ProgramData") {
			t.Errorf("Users/All Users leads to %q, %v", to, err)
		}
		if to, err := os.Readlink(filepath.Join(into, "Documents and Settings")); err != nil || to != filepath.Join(into, "Users") {
			t.Errorf("Documents and Settings leads to %q, %v", to, err)
		}
	}
}

func TestCompressedCopyIsTheSame(t *testing.T) {
	dir, plain := t.TempDir(), bytesOf(t, lab.Options{Release: lab.LTSC2021, Language: "sv-SE"})
	in, out := filepath.Join(dir, "base.wim"), filepath.Join(dir, "lzx.wim")
	if err := os.WriteFile(in, plain, 0o600); err != nil {
		t.Fatal(err)
	}
	referee(t, "wimtools", "wimlib-imagex", "export", in, "all", out, "--compress=LZX")
	packed, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if len(packed) >= len(plain) {
		t.Errorf("the compressed copy has %d bytes, the base %d", len(packed), len(plain))
	}
	a, b := image(t, open(t, plain), 2), image(t, open(t, packed), 2)
	for _, p := range lab.HivePaths() {
		x, err := a.ReadFile(p, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if y, err := b.ReadFile(p, 1<<20); err != nil || !bytes.Equal(x, y) {
			t.Errorf("%s differs in the compressed copy (%v)", p, err)
		}
	}
}

// hiveFiles writes each generated hive to a file.
func hiveFiles(t *testing.T) map[string]string {
	t.Helper()
	b, err := lab.New(lab.Options{Release: lab.LTSC2021, Language: "sv-SE"})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, p := range lab.HivePaths() {
		data, err := b.Hive(p, 2)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(p)] = filepath.Join(t.TempDir(), filepath.Base(p))
		if err := os.WriteFile(files[filepath.Base(p)], data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestHivexReadsTheHives(t *testing.T) {
	files := hiveFiles(t)
	for name, path := range files {
		want(t, name, referee(t, "libwin-hivex-perl", "hivexregedit", "--export", path, `\`), `[\wmclient-lab]`, `"Stand-in"=dword:00000001`)
	}
	want(t, "SOFTWARE", referee(t, "libwin-hivex-perl", "hivexregedit", "--export", "--unsafe-printable-strings", files["SOFTWARE"], `\Microsoft\Windows NT`),
		`"EditionID"=str(1):"IoTEnterpriseS"`, `"UBR"=dword:00000508`)
	want(t, "SYSTEM", referee(t, "libwin-hivex-perl", "hivexregedit", "--export", "--unsafe-printable-strings", files["SYSTEM"], `\ControlSet001\Services\RemoteRegistry`),
		`"Start"=dword:00000004`, `"ImagePath"=str(2):"%SystemRoot%\system32\svchost.exe -k localService -p"`)
}

func TestReglookupReadsTheHives(t *testing.T) {
	files := hiveFiles(t)
	for name, path := range files {
		want(t, name, referee(t, "reglookup", "reglookup", "-s", path), "/wmclient-lab/Stand-in,DWORD,0x00000001", "2021-11-16 00:00:00")
	}
	want(t, "SYSTEM", referee(t, "reglookup", "reglookup", "-s", files["SYSTEM"]), "/Select/Current,DWORD,0x00000001",
		"/ControlSet001/Services/Spooler/Start,DWORD,0x00000002", "S-1-5-32-545:ALLOW:QRY_VAL ENUM_KEYS NOTIFY R_CONT:CI IA")
}
