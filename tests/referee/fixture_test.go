package referee

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const imageName = "radiology-viewer"

// world is a profile and a base to build it from.
type world struct {
	base    string   // the WIM
	index   string   // the base's image, as wimlib counts
	profile string   // the image's HCL file
	choose  []string // flags that choose the base's image
}

// built is the output of one build.
type built struct {
	world
	dir      string // .../radiology-viewer/<version>
	image    string
	manifest string
	plan     plan
	record   manifest
}

// sisterWorld is the lab base of an older release with the image's sister on it and the module of testdata beside it. Its medium has two
// images of one edition; the first is taken.
func sisterWorld(t *testing.T, release, sister string) world {
	t.Helper()
	w := world{base: harness.LabBase(t, release, "sv-SE"), index: "1", choose: []string{"--base-image", "1"}}
	w.profile = filepath.Join(filepath.Dir(profiles(t, nil)), imageName+sister+".hcl")
	lock(t, w)
	return w
}

// labWorld is the lab base with the project's own profile and the module of testdata beside it.
func labWorld(t *testing.T) world {
	t.Helper()
	w := world{base: harness.LabBase(t, "ltsc-2021", "sv-SE"), index: "2"}
	w.profile = profiles(t, nil)
	lock(t, w)
	return w
}

// realWorld is a lab base in which every hive of the shared folder is the real one. They come from a 32-bit English Windows 7, so
// that the profile's base says 32 bits and English. The SOFTWARE hive is synthetic: only a part of a real user's Software key is
// grafted into it.
func realWorld(t *testing.T) world {
	t.Helper()
	dir := t.TempDir()
	captured := make(map[string]string)
	args := []string{"lab", "base", "--release", "ltsc-2021", "--arch", "x86", "--language", "en-US"}
	for _, name := range []string{"SYSTEM", "SAM", "NTUSER.DAT", "ntuser_software_partial"} {
		file := filepath.Join(dir, name)
		write(t, file, harness.RealHive(t, name))
		if name == "ntuser_software_partial" {
			args = append(args, "--graft-software", file)
		} else {
			args = append(args, "--hive", name+"="+file)
			captured[map[bool]string{true: userHive, false: "/Windows/System32/config/" + name}[name == "NTUSER.DAT"]] = file
		}
	}
	w := world{base: filepath.Join(dir, "captured.wim"), index: "2"}
	harness.Wmclient(t, "", append(args, "--out", w.base)...).Must(t, 0)
	for path, taken := range extract(t, w.base, w.index, slices.Sorted(maps.Keys(captured))...) {
		if read(t, taken) != read(t, captured[path]) {
			t.Fatalf("%s of the base is not the real hive", path)
		}
	}
	w.profile = profiles(t, func(base string) string {
		return strings.NewReplacer(`"amd64"`, `"x86"`, "\"sv-SE\",\n", "").Replace(base)
	})
	lock(t, w)
	return w
}

// profiles copies the project's profiles, adds the module of testdata to the image and lets change rewrite the base.
func profiles(t *testing.T, change func(string) string) string {
	t.Helper()
	dir := harness.CopyProfiles(t)
	module := strings.Replace(read(t, "testdata/referee.hcl"), "@BIG@", strings.Repeat("5a", 20000), 1)
	write(t, filepath.Join(dir, "modules", "referee.hcl"), []byte(module))
	image := filepath.Join(dir, "images", imageName+".hcl")
	text := read(t, image)
	with := strings.Replace(text, "  module \"client-notice\"", "  module \"referee\" {\n    version = \"^1.0\"\n  }\n\n  module \"client-notice\"", 1)
	if with == text {
		t.Fatal("the image profile has no module client-notice any more: put the referee's module beside another")
	}
	write(t, image, []byte(with))
	if change != nil {
		base := filepath.Join(dir, "bases", "win10-iot-ltsc-2021.hcl")
		before := read(t, base)
		if change(before) == before {
			t.Fatal("the base profile was not changed")
		}
		write(t, base, []byte(change(before)))
	}
	locks, err := filepath.Glob(filepath.Join(dir, "images", "*.lock.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range locks { // they do not know the referee's module
		if err := os.Remove(l); err != nil {
			t.Fatal(err)
		}
	}
	return image
}

func lock(t *testing.T, w world) {
	t.Helper()
	harness.Wmclient(t, "", append([]string{"lock", w.profile, "--accept-base", w.base}, w.choose...)...).Must(t, 0)
}

// build builds the world's image; more are flags.
func build(t *testing.T, w world, more ...string) built {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	harness.Wmclient(t, "", slices.Concat([]string{"build", w.profile, "--base", w.base, "--out", out}, w.choose, more)...).Must(t, 0)
	versions, err := filepath.Glob(filepath.Join(out, "*", "*"))
	if err != nil || len(versions) != 1 {
		t.Fatalf("one version is expected below %s, got %v %v", out, versions, err)
	}
	b := built{world: w, dir: versions[0], image: filepath.Join(versions[0], "image.wim"), manifest: filepath.Join(versions[0], "manifest.json")}
	decode(t, filepath.Join(b.dir, "plan.json"), &b.plan)
	decode(t, b.manifest, &b.record)
	if !b.record.Base.Observed.StandIn { // also with real hives: the SOFTWARE hive is synthetic
		t.Error("the manifest does not say that the base is a stand-in")
	}
	return b
}

func decode(t *testing.T, path string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(read(t, path)), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs a referee and returns what it printed; anything but exit code 0 fails the test.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	return harness.Command{Path: harness.Tool(t, name), Args: args}.Run(t).Must(t, 0).Stdout
}

// extract takes files out of a WIM with wimlib and returns their paths in a new folder. Paths are the WIM's, with slashes.
func extract(t *testing.T, wim, index string, paths ...string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	run(t, "wimlib-imagex", append([]string{"extract", wim, index, "--dest-dir=" + dir, "--preserve-dir-structure", "--no-acls", "--no-attributes"}, paths...)...)
	out := make(map[string]string)
	for _, p := range paths {
		out[p] = filepath.Join(dir, filepath.FromSlash(p))
	}
	return out
}
