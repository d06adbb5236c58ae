// Package badinput_test gives the built command what it must refuse, and holds it to four promises each time: the exit code of the design,
// a message that names the file, the place and the way out, nothing left in the output folder, and every input file as it was.
package badinput_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

const image = "p/images/tiny.hcl"

// module is a module file with the settings.
func module(name, settings string) string {
	return fmt.Sprintf(`module %q {
  version = "1.0.0"
  method  = "policies"
  title   = { en = "Test", sv = "Prov" }
  builds  = ">= 14393"

%s
}
`, name, settings)
}

// about ends a setting block.
const about = `    severity  = "low"
    rationale = { en = "Test.", sv = "Prov." }
  }`

// profiles is a small tree that builds.
func profiles() map[string]string {
	return map[string]string{
		"p/bases/lab.hcl": `base "lab-2021" {
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  arch       = "amd64"
  channel    = "LTSC"
  languages  = ["sv-SE", "en-US"]
}
`,
		"p/modules/probe.hcl": module("probe", `  setting "registry_value" "level" {
    key   = "HKLM\\SOFTWARE\\Policies\\Test"
    name  = "Level"
    type  = "dword"
    value = 1
`+about+`

  setting "service" "spooler" {
    name  = "Spooler"
    start = "disabled"
`+about),
		image: `image "tiny" {
  version  = "1.0.0"
  released = "2026-11-01"
  base     = "lab-2021"

  class {
    type   = "WM"
    groups = [0]
  }

  management {
    local {}
  }

  module "probe" {
    version = "^1.0"
  }
}
`,
	}
}

// place is a folder with a small profile tree in p, a lab base in lab.wim, and a lock that names it.
func place(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range profiles() {
		write(t, dir, name, text)
	}
	run(t, dir, "lab", "base", "--out", "lab.wim").Must(t, 0)
	run(t, dir, "lock", image, "--accept-base", "lab.wim").Must(t, 0)
	return dir
}

func run(t *testing.T, dir string, args ...string) harness.Result {
	t.Helper()
	return harness.Wmclient(t, dir, args...)
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// contents maps every file and folder below dir to the digest of what it holds.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			all[rel] = "folder"
		case d.Type()&fs.ModeSymlink != 0:
			all[rel], err = os.Readlink(path)
		default:
			all[rel], err = digest(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// digest is a file's SHA-256 in hexadecimal. The file is not read whole: the peak memory of a program that is started later counts from
// that of the test.
func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return fmt.Sprintf("%x", h.Sum(nil)), err
}

// fill writes a file of n bytes.
func fill(t *testing.T, path string, from io.Reader, n int64) {
	t.Helper()
	f, err := os.Create(path)
	if err == nil {
		_, err = io.CopyN(f, from, n)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// endless repeats a text.
type endless string

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n+len(e) <= len(p) {
		n += copy(p[n:], e)
	}
	return n, nil
}

// refused runs the command and demands the exit code, the words on stderr, nothing on stdout, and that no file or folder of the place was
// made, changed or removed.
func refused(t *testing.T, dir string, code int, words []string, args ...string) harness.Result {
	t.Helper()
	before := contents(t, dir)
	r := run(t, dir, args...).Must(t, code)
	unfolded := strings.Join(strings.Fields(r.Stderr), " ") // messages are folded to the terminal's width
	for _, w := range words {
		if !strings.Contains(unfolded, w) {
			t.Errorf("the message does not say %q:\n%s", w, r.Stderr)
		}
	}
	if r.Stdout != "" {
		t.Errorf("stdout holds %q", r.Stdout)
	}
	if strings.Contains(r.Stderr, "panic") || strings.Contains(r.Stderr, "goroutine ") {
		t.Errorf("a panic:\n%s", r.Stderr)
	}
	if d := cmp.Diff(before, contents(t, dir)); d != "" {
		t.Errorf("files changed (-before +after):\n%s", d)
	}
	return r
}
