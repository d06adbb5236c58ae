// Package packer_test drives the plugin through real Packer, as a template's author does, and refuses to look at anything but exit codes,
// printed lines and files.
package packer_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const source = "github.com/mt-eklient/wmclient"

// shared is made once for all tests: they only read it.
var shared struct {
	once    sync.Once
	dir     string
	plugins string // a PACKER_PLUGIN_PATH with the plugin in it
	base    string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.dir != "" {
		_ = os.RemoveAll(shared.dir)
	}
	harness.Cleanup()
	os.Exit(code)
}

func prepare(t *testing.T) {
	t.Helper()
	packerPath(t) // skips where there is none
	shared.once.Do(func() {
		dir, err := os.MkdirTemp("", "wmclient-packer-")
		if err != nil {
			t.Fatal(err)
		}
		shared.dir, shared.plugins, shared.base = dir, filepath.Join(dir, "plugins"), filepath.Join(dir, "lab.wim")
		installByFile(t, shared.plugins)
		harness.Wmclient(t, dir, "lab", "base", "--release", "ltsc-2021", "--language", "sv-SE", "--out", "lab.wim").Must(t, 0)
	})
	if _, err := os.Stat(shared.base); err != nil {
		t.Fatal("the lab base or the plugin could not be made; an earlier test says why")
	}
}

// packerPath prefers the pinned Packer: cracklib installs another command of that name.
func packerPath(t *testing.T) string {
	t.Helper()
	if pinned := filepath.Join(harness.Root(t), ".tools", "bin", "packer"); exists(pinned) {
		return pinned
	}
	return harness.Tool(t, "packer")
}

// installByFile puts the plugin where Packer looks for it, with a checksum beside it.
func installByFile(t *testing.T, folder string) (binary string) {
	t.Helper()
	plugin, err := os.ReadFile(harness.Binary(t, "packer-plugin-wmclient"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(folder, filepath.FromSlash(source))
	name := "packer-plugin-wmclient_v" + version(t) + "_x5.0_" + runtime.GOOS + "_" + runtime.GOARCH
	sum := sha256.Sum256(plugin)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string][]byte{name: plugin, name + "_SHA256SUM": []byte(hex.EncodeToString(sum[:]))} {
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, name)
}

func version(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(harness.Root(t), "VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// site is a folder of one test, with profiles, a base, and a Packer that knows no network and no home.
type site struct {
	t       *testing.T
	dir     string
	image   string // path of the image profile below dir
	base    string
	plugins string
}

const viewer = "profiles/images/radiology-viewer.hcl"

// newSite copies the project's profiles and locks the image to the lab base.
func newSite(t *testing.T) *site {
	t.Helper()
	prepare(t)
	s := &site{t: t, dir: t.TempDir(), image: viewer, base: shared.base, plugins: shared.plugins}
	if err := os.CopyFS(s.path("profiles"), os.DirFS(harness.Profiles(t))); err != nil {
		t.Fatal(err)
	}
	s.lock()
	return s
}

func (s *site) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

// lock writes the image's lock anew, on the site's base.
func (s *site) lock() {
	s.t.Helper()
	_ = os.Remove(s.path(strings.TrimSuffix(s.image, ".hcl") + ".lock.hcl"))
	harness.Wmclient(s.t, s.dir, "lock", s.image, "--accept-base", s.base).Must(s.t, 0)
}

// command is a call of Packer that cannot reach a network.
func (s *site) command(args ...string) harness.Command {
	return harness.Command{Path: packerPath(s.t), Args: args, Dir: s.dir, Env: []string{
		"PACKER_PLUGIN_PATH=" + s.plugins, "PACKER_CONFIG_DIR=" + s.path(".packer"), "PACKER_CONFIG=" + s.path(".packer/config"),
		"PACKER_CACHE_DIR=" + s.path(".packer/cache"), "CHECKPOINT_DISABLE=1", "PACKER_NO_COLOR=1", "HOME=" + s.dir,
		"HTTPS_PROXY=http://127.0.0.1:9", "HTTP_PROXY=http://127.0.0.1:9", "NO_PROXY=127.0.0.1,localhost",
	}}
}

func (s *site) packer(args ...string) harness.Result {
	s.t.Helper()
	return s.command(args...).Run(s.t)
}

// offline runs a subcommand on the project's own template.
func (s *site) offline(subcommand string, more ...string) harness.Result {
	s.t.Helper()
	return s.packer(s.offlineArgs(subcommand, more...)...)
}

func (s *site) offlineArgs(subcommand string, more ...string) []string {
	args := []string{subcommand}
	if subcommand == "build" {
		args = append(args, "-color=false")
	}
	args = append(args, more...)
	return append(args, "-var", "image="+s.image, "-var", "base="+s.base, filepath.Join(harness.Root(s.t), "builds", "offline.pkr.hcl"))
}

// write writes a file below the site.
func (s *site) write(name, text string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.path(name), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// edit replaces text in a file below the site; text that is not there fails the test.
func (s *site) edit(name, old, text string) {
	s.t.Helper()
	before := s.read(name)
	if !strings.Contains(before, old) {
		s.t.Fatalf("%s does not contain %q", name, old)
	}
	s.write(name, strings.Replace(before, old, text, 1))
}

func (s *site) read(name string) string {
	s.t.Helper()
	data, err := os.ReadFile(s.path(name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

// build runs a template of the test's own; @BASE@ in it is the base.
func (s *site) build(template string, more ...string) harness.Result {
	s.t.Helper()
	s.write("test.pkr.hcl", required+strings.ReplaceAll(template, "@BASE@", s.base))
	return s.packer(append(append([]string{"build", "-color=false"}, more...), "test.pkr.hcl")...)
}

const required = `packer {
  required_plugins {
    wmclient = {
      source  = "github.com/mt-eklient/wmclient"
      version = ">= 0.1.0"
    }
  }
}
`

// left lists everything below a folder of the site, with slashes; "" is nothing.
func (s *site) left(folder string) string {
	s.t.Helper()
	if !exists(s.path(folder)) {
		return ""
	}
	var names []string
	err := filepath.WalkDir(s.path(folder), func(path string, _ os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(s.path(folder), path); rel != "." {
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func digest(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// says fails the test for each of the texts that the output lacks. Packer's prefixes and line breaks do not count.
func says(t *testing.T, r harness.Result, texts ...string) {
	t.Helper()
	output := squeeze(r.Stdout + r.Stderr)
	for _, text := range texts {
		if !strings.Contains(output, squeeze(text)) {
			t.Errorf("the output lacks %q", text)
		}
	}
	if t.Failed() {
		t.Logf("exit code %d\nstdout:\n%s\nstderr:\n%s", r.Code, r.Stdout, r.Stderr)
	}
}

func squeeze(s string) string {
	var words []string
	for line := range strings.Lines(s) {
		if prefix, rest, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(prefix, "==>") && !strings.Contains(strings.TrimPrefix(prefix, "==> "), " ") {
			line = rest
		}
		words = append(words, strings.Fields(line)...)
	}
	return strings.Join(words, " ")
}
