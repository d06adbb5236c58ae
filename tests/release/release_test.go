// Package release_test takes a release as its users do: unpacked into an empty folder, with no PATH, no home and no network. It refuses to
// make one itself; `make release` does.
package release_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const source = "github.com/mt-eklient/wmclient"

func TestMain(m *testing.M) { harness.Main(m) }

// systems are those that a release is for.
func systems() []string {
	return []string{"darwin_arm64", "linux_amd64", "linux_arm64", "windows_amd64"}
}

// dist is the folder of the release; where there is none the test is skipped, but for complete runs.
func dist(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(harness.Root(t), "dist")
	if _, err := os.Stat(filepath.Join(dir, "SHA256SUMS")); err == nil {
		return dir
	}
	if os.Getenv("PACKER_ACC") == "1" {
		t.Fatal("there is no release in dist/; make release makes one")
	}
	t.Skip("there is no release in dist/; make release makes one")
	return ""
}

func version(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(string(load(t, filepath.Join(harness.Root(t), "VERSION"))))
}

func load(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestSums holds every file against the sums, and the sums against what a release consists of.
func TestSums(t *testing.T) {
	dir, v := dist(t), version(t)
	listed := sums(t, filepath.Join(dir, "SHA256SUMS"))
	for name, want := range listed {
		if got := fmt.Sprintf("%x", sha256.Sum256(load(t, filepath.Join(dir, name)))); got != want {
			t.Errorf("%s has SHA-256 %s, the list says %s", name, got, want)
		}
	}
	zips := sums(t, filepath.Join(dir, "packer-plugin-wmclient_v"+v+"_SHA256SUMS"))
	for _, on := range systems() {
		archive, exe := "wmclient_"+v+"_"+on+".tar.gz", ""
		if strings.HasPrefix(on, "windows") {
			archive, exe = "wmclient_"+v+"_"+on+".zip", ".exe"
		}
		plugin := "packer-plugin-wmclient_v" + v + "_x5.0_" + on
		for _, name := range []string{
			archive, plugin + ".zip", "wmclient_" + v + "_" + on + ".cdx.json", "packer-plugin-wmclient_v" + v + "_" + on + ".cdx.json",
			"mirror/" + source + "/" + plugin + exe, "mirror/" + source + "/" + plugin + exe + "_SHA256SUM",
		} {
			if listed[name] == "" {
				t.Errorf("SHA256SUMS lists no %s", name)
			}
		}
		if zips[plugin+".zip"] != listed[plugin+".zip"] {
			t.Errorf("Packer's sums say %q of %s.zip", zips[plugin+".zip"], plugin)
		}
		// Packer: one program in the zip, of this name, and the same in the tree with its sum beside it.
		files := unpack(t, filepath.Join(dir, plugin+".zip"), t.TempDir())
		if !slices.Equal(files, []string{plugin + exe}) {
			t.Errorf("%s.zip holds %v", plugin, files)
		}
		beside := string(load(t, filepath.Join(dir, "mirror", filepath.FromSlash(source), plugin+exe+"_SHA256SUM")))
		if beside != listed["mirror/"+source+"/"+plugin+exe] {
			t.Errorf("the tree says %q of %s%s", beside, plugin, exe)
		}
		parts(t, filepath.Join(dir, "wmclient_"+v+"_"+on+".cdx.json"), v)
		linked(t, filepath.Join(dir, "mirror", filepath.FromSlash(source), plugin+exe),
			parts(t, filepath.Join(dir, "packer-plugin-wmclient_v"+v+"_"+on+".cdx.json"), v))
	}
}

// parts looks at a list of parts: it names this program in its version, the modules that it certainly holds, and no folder of a machine.
// It returns the versions by module.
func parts(t *testing.T, path, v string) map[string]string {
	t.Helper()
	data := load(t, path)
	var bom struct {
		BOMFormat   string `json:"bomFormat"`
		SpecVersion string `json:"specVersion"`
		Metadata    struct {
			Component struct{ Name, Version string } `json:"component"`
		} `json:"metadata"`
		Components []struct{ Name, Version, Purl string } `json:"components"`
	}
	if err := json.Unmarshal(data, &bom); err != nil {
		t.Fatal(err)
	}
	if bom.BOMFormat != "CycloneDX" || bom.Metadata.Component.Version != "v"+v || len(bom.Components) < 20 {
		t.Errorf("%s: %s of %+v with %d parts", filepath.Base(path), bom.BOMFormat, bom.Metadata.Component, len(bom.Components))
	}
	for _, want := range []string{"github.com/hashicorp/hcl/v2", "github.com/Masterminds/semver/v3"} {
		if !slices.ContainsFunc(bom.Components, func(c struct{ Name, Version, Purl string }) bool {
			return c.Name == want && c.Version != "" && c.Purl != ""
		}) {
			t.Errorf("%s does not list %s", filepath.Base(path), want)
		}
	}
	if root := harness.Root(t); bytes.Contains(data, []byte(root)) {
		t.Errorf("%s names the folder %s", filepath.Base(path), root)
	}
	versions := make(map[string]string)
	for _, c := range bom.Components {
		versions[c.Name] = c.Version
	}
	return versions
}

// linked holds a list of parts against what the linker put into the program: all modules, in the versions that are in it.
func linked(t *testing.T, program string, listed map[string]string) {
	t.Helper()
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Deps) < 20 {
		t.Fatalf("%s is made of %d modules", filepath.Base(program), len(info.Deps))
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		if listed[m.Path] != m.Version {
			t.Errorf("%s holds %s %s, its list of parts says %q", filepath.Base(program), m.Path, m.Version, listed[m.Path])
		}
	}
}

// sums reads a list of SHA-256 by name.
func sums(t *testing.T, path string) map[string]string {
	t.Helper()
	list := make(map[string]string)
	for line := range strings.Lines(string(load(t, path))) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("%s: %q is no sum", path, line)
		}
		list[name] = sum
	}
	return list
}

// unpack unpacks an archive with nothing but this test, and returns the files in it, sorted.
func unpack(t *testing.T, archive, to string) []string {
	t.Helper()
	var files []string
	put := func(name string, mode fs.FileMode, r io.Reader) {
		if !filepath.IsLocal(name) {
			t.Fatalf("%s holds %s, which leaves the folder", archive, name)
		}
		path := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err == nil {
			err = os.WriteFile(path, data, mode.Perm())
		}
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	if strings.HasSuffix(archive, ".zip") {
		z, err := zip.OpenReader(archive)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			put(f.Name, f.Mode(), r)
			r.Close()
		}
	} else {
		g, err := gzip.NewReader(bytes.NewReader(load(t, archive)))
		if err != nil {
			t.Fatal(err)
		}
		r := tar.NewReader(g)
		for {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			put(h.Name, h.FileInfo().Mode(), r)
		}
	}
	slices.Sort(files)
	return files
}

// bare is a call with nothing of the machine's: an empty environment but for what is given, and no network where that can be had.
type bare struct {
	t   *testing.T
	dir string
	env []string
}

func (b bare) run(code int, path string, args ...string) string {
	b.t.Helper()
	if !filepath.IsAbs(path) {
		path = filepath.Join(b.dir, path)
	}
	cmd := exec.Command(path, args...)
	if unshare, err := exec.LookPath("unshare"); err == nil && exec.Command(unshare, "--net", "true").Run() == nil {
		cmd = exec.Command(unshare, append([]string{"--net", path}, args...)...)
	}
	cmd.Dir = b.dir
	cmd.Env = append([]string{"PATH=", "HOME=", "HTTPS_PROXY=http://127.0.0.1:9", "HTTP_PROXY=http://127.0.0.1:9", "NO_PROXY=127.0.0.1,localhost"}, b.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		b.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		b.t.Fatalf("%s %s: exit code %d, want %d\n%s%s", filepath.Base(path), strings.Join(args, " "), got, code, stdout.String(), stderr.String())
	}
	return stdout.String() + stderr.String()
}

// unpacked unpacks the command's archive for a system and returns the folder in it.
func unpacked(t *testing.T, on, ending string) string {
	t.Helper()
	name := "wmclient_" + version(t) + "_" + on
	to := t.TempDir()
	files := unpack(t, filepath.Join(dist(t), name+ending), to)
	for _, want := range []string{"README.md", "LICENSE", "CHANGELOG.md", "builds/offline.pkr.hcl", "docs/language.md", "profiles/images/radiology-viewer.lock.hcl"} {
		if !slices.Contains(files, name+"/"+want) {
			t.Errorf("%s%s lacks %s", name, ending, want)
		}
	}
	return filepath.Join(to, name)
}

const (
	viewer  = "profiles/images/radiology-viewer.hcl"
	outcome = "out/radiology-viewer/1.2.0"
)

// TestFirstFiveMinutes does what the README says, with what was unpacked and nothing else.
func TestFirstFiveMinutes(t *testing.T) {
	on := runtime.GOOS + "_" + runtime.GOARCH
	if !slices.Contains(systems(), on) || runtime.GOOS == "windows" {
		t.Skipf("no archive for %s is tried here", on)
	}
	b := bare{t: t, dir: unpacked(t, on, ".tar.gz")}
	if got := b.run(0, "wmclient", "--version"); got != "wmclient "+version(t)+"\n" {
		t.Errorf("it calls itself %q", got)
	}
	b.run(0, "wmclient", "lab", "base", "--release", "ltsc-2021", "--language", "sv-SE", "--out", "lab.wim")
	b.run(0, "wmclient", "check", "profiles")
	b.run(0, "wmclient", "lock", "--check", viewer)
	b.run(0, "wmclient", "plan", viewer)
	b.run(0, "wmclient", "build", viewer, "--base", "lab.wim", "--out", "out")
	b.run(0, "wmclient", "validate", outcome+"/manifest.json", "--wim", outcome+"/image.wim")
	b.run(3, "wmclient", "validate", outcome+"/manifest.json", "--wim", "lab.wim")
	b.run(5, "wmclient", "rebuild", "--manifest", outcome, "--base", outcome+"/image.wim")
	b.env = []string{"TMPDIR=" + t.TempDir()}
	b.run(0, "wmclient", "rebuild", "--manifest", outcome, "--base", "lab.wim")
}

// TestWindowsArchive does the same with the archive for Windows, under Wine, and compares the image with the one built on Linux.
func TestWindowsArchive(t *testing.T) {
	dir := unpacked(t, "windows_amd64", ".zip")
	wine := harness.NewWine(t)
	for _, args := range [][]string{
		{"lab", "base", "--release", "ltsc-2021", "--language", "sv-SE", "--out", "lab.wim"},
		{"lock", "--check", `profiles\images\radiology-viewer.hcl`},
		{"build", `profiles\images\radiology-viewer.hcl`, "--base", "lab.wim", "--out", "out"},
		{"validate", `out\radiology-viewer\1.2.0\manifest.json`, "--wim", `out\radiology-viewer\1.2.0\image.wim`},
	} {
		c := wine.Command(filepath.Join(dir, "wmclient.exe"), args...)
		c.Dir = dir
		c.Run(t).Must(t, 0)
	}
	plugin := "packer-plugin-wmclient_v" + version(t) + "_x5.0_windows_amd64"
	unpack(t, filepath.Join(dist(t), plugin+".zip"), dir)
	if said := wine.Command(filepath.Join(dir, plugin+".exe"), "describe").Run(t).Must(t, 0).Stdout; !strings.Contains(said, `"version":"`+version(t)+`"`) {
		t.Errorf("the plugin for Windows describes itself as %s", said)
	}
	here := t.TempDir()
	harness.Wmclient(t, here, "build", filepath.Join(dir, viewer), "--base", filepath.Join(dir, "lab.wim"), "--out", "out").Must(t, 0)
	if !bytes.Equal(load(t, filepath.Join(here, outcome, "SHA256SUMS")), load(t, filepath.Join(dir, outcome, "SHA256SUMS"))) {
		t.Error("the Windows archive builds other bytes than this tree does on Linux")
	}
}

// TestPackerFromTheTree lets a real Packer, without a network and a home, take the plugin out of the released tree and build with the template
// and the profiles of the archive; and install it from the released zip.
func TestPackerFromTheTree(t *testing.T) {
	on := runtime.GOOS + "_" + runtime.GOARCH
	if runtime.GOOS == "windows" {
		t.Skip("not tried on Windows")
	}
	packer := filepath.Join(harness.Root(t), ".tools", "bin", "packer")
	if _, err := os.Stat(packer); err != nil {
		packer = harness.Tool(t, "packer")
	}
	dir := unpacked(t, on, ".tar.gz")
	private := t.TempDir()
	env := []string{"CHECKPOINT_DISABLE=1", "PACKER_NO_COLOR=1", "PACKER_CONFIG_DIR=" + private, "PACKER_CONFIG=" + filepath.Join(private, "config"),
		"PACKER_CACHE_DIR=" + filepath.Join(private, "cache"), "TMPDIR=" + private}
	mirror := filepath.Join(t.TempDir(), "share")
	if err := os.CopyFS(mirror, os.DirFS(filepath.Join(dist(t), "mirror"))); err != nil {
		t.Fatal(err)
	}
	plugin := "packer-plugin-wmclient_v" + version(t) + "_x5.0_" + on
	if err := os.Chmod(filepath.Join(mirror, filepath.FromSlash(source), plugin), 0o755); err != nil {
		t.Fatal(err)
	}
	b := bare{t: t, dir: dir, env: append(env, "PACKER_PLUGIN_PATH="+mirror)}
	b.run(0, "wmclient", "lab", "base", "--out", "lab.wim")
	b.run(0, packer, "init", "builds/offline.pkr.hcl")
	b.run(0, packer, "build", "-color=false", "-var", "image="+viewer, "-var", "base=lab.wim", "builds/offline.pkr.hcl")
	b.run(0, "wmclient", "show", outcome)

	unzipped := t.TempDir()
	unpack(t, filepath.Join(dist(t), plugin+".zip"), unzipped)
	b.env = slices.Concat(env, []string{"PACKER_PLUGIN_PATH=" + filepath.Join(t.TempDir(), "plugins")})
	b.run(0, packer, "plugins", "install", "--path", filepath.Join(unzipped, plugin), source)
	b.run(0, packer, "validate", "-var", "image="+viewer, "-var", "base=lab.wim", "builds/offline.pkr.hcl")
}
