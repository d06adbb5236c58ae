//go:build linux

package faults_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const (
	image = "p/images/tiny.hcl"
	about = `
    severity  = "low"
    rationale = { en = "Test.", sv = "Prov." }
  }`
)

// profiles is a small tree that builds.
func profiles(version string) map[string]string {
	return map[string]string{
		"p/bases/lab.hcl": `base "lab-2021" {
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  arch       = "amd64"
  channel    = "LTSC"
  languages  = ["sv-SE", "en-US"]
}
`,
		"p/modules/probe.hcl": `module "probe" {
  version = "1.0.0"
  method  = "policies"
  title   = { en = "Test", sv = "Prov" }
  builds  = ">= 14393"

  setting "registry_value" "level" {
    key   = "HKLM\\SOFTWARE\\Policies\\Test"
    name  = "Level"
    type  = "dword"
    value = 1` + about + `

  setting "service" "spooler" {
    name  = "Spooler"
    start = "disabled"` + about + `
}
`,
		image: fmt.Sprintf(`image "tiny" {
  version  = %q
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
`, version),
	}
}

func command(t testing.TB) string { return harness.Binary(t, "wmclient") }

func run(t testing.TB, dir string, args ...string) harness.Result {
	t.Helper()
	return harness.Wmclient(t, dir, args...)
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// place is a folder with a small profile tree in p, a base in lab.wim, and a lock that names it. The lab base is made larger by so many
// bytes that say nothing: a build copies what lies behind the first 4 MiB in another way.
func place(t testing.TB, version string, more int64) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir()) // the kernel names files by their real paths
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range profiles(version) {
		write(t, dir, name, text)
	}
	run(t, dir, "lab", "base", "--out", "lab.wim").Must(t, 0)
	if more > 0 {
		enlarge(t, dir, "lab.wim", more, 1)
	}
	run(t, dir, "lock", image, "--accept-base", "lab.wim").Must(t, 0)
	return dir
}

// enlarge puts a file of random bytes into a base.
func enlarge(t testing.TB, dir, base string, size int64, seed byte) {
	t.Helper()
	tool := harness.Tool(t, "wimlib-imagex")
	name := filepath.Join(t.TempDir(), "random.bin")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(f, rand.NewChaCha8([32]byte{seed}), size); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool, "update", base, "2", "--command", "add "+name+" /Windows/random.bin")
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("wimlib-imagex: %v\n%s", err, text)
	}
}

// releaseIn holds every file of a release against its sums, and returns those; "" where no release stands there. What is not whole is an
// error.
func releaseIn(dir string) (string, error) {
	if _, err := os.Lstat(dir); os.IsNotExist(err) {
		return "", nil
	}
	stated, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		return "", fmt.Errorf("half a release: %w", err)
	}
	lines := 0
	for line := range strings.Lines(string(stated)) {
		lines++
		sum, name, ok := strings.Cut(strings.TrimSpace(line), " ")
		got, err := digest(filepath.Join(dir, strings.TrimLeft(name, " *")))
		if err != nil || !ok || got != sum {
			return "", fmt.Errorf("half a release: %s is not what SHA256SUMS states (%w)", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "build-record.json")); err != nil || lines != 5 {
		return "", fmt.Errorf("half a release: %d files in SHA256SUMS, record: %w", lines, err)
	}
	return string(stated), nil
}

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

// beside lists what stands in a folder besides one name.
func beside(t testing.TB, dir, name string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		if e.Name() != name {
			list = append(list, e.Name())
		}
	}
	return list
}

// contents are the digests of all files below a folder's profiles, and of its bases.
func contents(t testing.TB, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && d.Name() == "out" {
				return fs.SkipDir
			}
			return err
		}
		sum, err := digest(name)
		fmt.Fprintln(&list, strings.TrimPrefix(name, dir), sum)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}
