package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const rebuiltImage = "radiology-viewer"

// released is a build as its maker publishes it, and what it was made of.
type released struct{ profile, base, dir string }

func release(t *testing.T) released {
	t.Helper()
	base := harness.LabBase(t, "ltsc-2021", "sv-SE")
	r := released{profile: harness.Locked(t, rebuiltImage, base), base: base}
	out := filepath.Join(t.TempDir(), "out")
	harness.Wmclient(t, "", "build", r.profile, "--base", base, "--out", out).Must(t, 0)
	dirs, err := filepath.Glob(filepath.Join(out, rebuiltImage, "*"))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("one version is expected in %s: %v %v", out, dirs, err)
	}
	r.dir = dirs[0]
	return r
}

// copied gives a test files of its own to change.
func (r released) copied(t *testing.T) released {
	t.Helper()
	dir := t.TempDir()
	root := filepath.Dir(filepath.Dir(r.profile))
	for to, from := range map[string]string{"release": r.dir, "profiles": root} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	base := filepath.Join(dir, "base.wim")
	save(t, base, load(t, r.base))
	return released{filepath.Join(dir, "profiles", "images", rebuiltImage+".hcl"), base, filepath.Join(dir, "release")}
}

func (r released) rebuild(t *testing.T, args ...string) harness.Result {
	t.Helper()
	return harness.Wmclient(t, "", append([]string{"rebuild", "--manifest", r.dir, "--base", r.base}, args...)...)
}

func (r released) lock() string { return strings.TrimSuffix(r.profile, ".hcl") + ".lock.hcl" }

// TestRebuild reproduces an image from what was published, and changes the inputs one by one: each is named, and nothing else is.
func TestRebuild(t *testing.T) {
	whole := release(t)
	for _, tc := range []struct {
		name   string
		change func(*testing.T, *released)
		args   func(released) []string
		code   int
		says   []string // regular expressions over both outputs
	}{
		{name: "nothing changed", says: []string{`image +[0-9a-f]{64}  equal`, `manifest +[0-9a-f]{64}  equal`}},
		{name: "with its profile and lock", args: func(r released) []string { return []string{"--profile", r.profile} }, says: []string{`image .* equal`}},
		{name: "a manifest and the contents alone", change: func(t *testing.T, r *released) { r.keep(t, "manifest.json") },
			args: func(r released) []string { return []string{"--contents", filepath.Dir(filepath.Dir(r.profile))} }, says: []string{`manifest .* equal`}},
		{name: "a manifest alone", change: func(t *testing.T, r *released) { r.keep(t, "manifest.json") }, code: 5,
			says: []string{`differs: contents files/client-readme.txt`, `give the folder that holds it with --contents`, `not built`}},
		{name: "base of the same size", change: func(t *testing.T, r *released) { flip(t, r.base, -1) }, code: 5, says: []string{`differs: base\n`}},
		{name: "base of another size", change: func(t *testing.T, r *released) { save(t, r.base, append(load(t, r.base), 0)) }, code: 5, says: []string{`differs: base\n`, `not built`}},
		{name: "base that cannot be read", change: func(t *testing.T, r *released) { flip(t, r.base, 0) }, code: 5, says: []string{`differs: base\n`}},
		{name: "another base", change: func(t *testing.T, r *released) { r.base = harness.LabBase(t, "ltsc-2019", "sv-SE") }, code: 5, says: []string{`differs: base\n`}},
		{name: "plan.json", change: r(func(t *testing.T, d string) { subst(t, filepath.Join(d, "plan.json"), `"10.30.0.40"`, `"10.30.0.41"`) }), code: 5, says: []string{`differs: plan plan.json`}},
		{name: "manifest edited", change: r(func(t *testing.T, d string) {
			subst(t, filepath.Join(d, "manifest.json"), `"10.30.0.40"`, `"10.30.0.41"`)
		}), code: 5, says: []string{`contradicts itself`}},
		{name: "finding edited", change: r(func(t *testing.T, d string) { editFinding(t, filepath.Join(d, "manifest.json")) }), code: 5,
			says: []string{`differs: manifest SHA256SUMS`, `differs: manifest finding `, `image .* equal`, `image was reproduced`}},
		{name: "image released", change: r(func(t *testing.T, d string) { flip(t, filepath.Join(d, "image.wim"), -1) }),
			args: func(r released) []string { return []string{"--contents", filepath.Dir(filepath.Dir(r.profile))} },
			code: 5, says: []string{`differs: released image.wim`, `image was reproduced`}},
		{name: "stated digest of the image", change: r(func(t *testing.T, d string) { editImageDigest(t, filepath.Join(d, "manifest.json")) }), code: 5,
			says: []string{`differs: image\n`, `differs: tool\n`, `image +[0-9a-f]{64}  DIFFERS`}},
		{name: "engine format", change: r(func(t *testing.T, d string) {
			subst(t, filepath.Join(d, "manifest.json"), `"engine_format":1`, `"engine_format":99`)
		}), code: 5, says: []string{`differs: engine_format\n`}},
		{name: "a content", args: func(r released) []string {
			return []string{"--contents", filepath.Dir(filepath.Dir(r.profile))}
		},
			change: func(t *testing.T, r *released) {
				flip(t, filepath.Join(filepath.Dir(filepath.Dir(r.profile)), "files", "client-readme.txt"), 3)
			},
			code: 5, says: []string{`differs: contents files/client-readme.txt`}},
		{name: "lock: base", change: func(t *testing.T, r *released) {
			substRE(t, r.lock(), `sha256( +)= "[0-9a-f]{8}`, `sha256$1= "00000000`)
		},
			args: func(r released) []string { return []string{"--lock", r.lock()} }, code: 5, says: []string{`differs: lock base win10-iot-ltsc-2021`, `image .* equal`}},
		{name: "lock: version of a module", change: func(t *testing.T, r *released) {
			substRE(t, r.lock(), `(module "uac" \{\n *version *= )"[^"]*"`, `$1"9.9.9"`)
		}, args: func(r released) []string { return []string{"--lock", r.lock()} }, code: 5, says: []string{`differs: lock module uac\n *stated  1.0.0\n *found   9.9.9`}},
		{name: "module digest", change: func(t *testing.T, r *released) {
			substRE(t, r.lock(), `(module "uac" \{\n.*\n *digest *= ")[0-9a-f]{4}`, `${1}0000`)
		},
			args: func(r released) []string { return []string{"--profile", r.profile} }, code: 5, says: []string{`differs: module uac\n *stated  locked 1.0.0 \(digest 0000`}},
		{name: "product", change: func(t *testing.T, r *released) { r.inProfile(t, "12.1.3 SP2", "12.1.3 SP3") },
			args: func(r released) []string { return []string{"--profile", r.profile} }, code: 5, says: []string{`differs: product example-viewer`}},
		{name: "setting of the profile", change: func(t *testing.T, r *released) { r.inProfile(t, `"10.30.0.40"`, `"10.30.0.41"`) },
			args: func(r released) []string { return []string{"--profile", r.profile} }, code: 5, says: []string{`differs: profile firewall/declared`}},
		{name: "no base", args: func(released) []string { return []string{"--base", ""} }, code: 2, says: []string{`base is missing`}},
		{name: "no manifest", args: func(released) []string { return []string{"--manifest", "nowhere.json"} }, code: 2, says: []string{`nowhere.json does not exist\nhint: give the manifest.json`}},
		{name: "a plan as manifest", args: func(r released) []string { return []string{"--manifest", filepath.Join(r.dir, "plan.json")} }, code: 2,
			says: []string{`plan.json: read manifest: it is no manifest: its schema is "wmclient/plan/1"`, `hint: give the manifest.json that stands beside it`}},
		{name: "no folder of contents", args: func(released) []string { return []string{"--contents", "nowhere"} }, code: 2, says: []string{`--contents: nowhere is no folder\nhint: `}},
		{name: "no lock", args: func(released) []string { return []string{"--lock", "nowhere.hcl"} }, code: 2, says: []string{`lock nowhere.hcl does not exist\nhint: `}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			mine := whole.copied(t)
			if tc.change != nil {
				tc.change(t, &mine)
			}
			var args []string
			if tc.args != nil {
				args = tc.args(mine)
			}
			got := mine.rebuild(t, args...).Must(t, tc.code)
			for _, say := range tc.says {
				if !regexp.MustCompile(say).MatchString(got.Stdout + got.Stderr) {
					t.Errorf("it does not say %q:\n%s%s", say, got.Stdout, got.Stderr)
				}
			}
			if tc.code == 0 && regexp.MustCompile("DIFFERS|differs:|not built").MatchString(got.Stdout) {
				t.Errorf("exit code 0, and it says:\n%s", got.Stdout)
			}
		})
	}
	t.Run("what is kept", func(t *testing.T) {
		mine := whole.copied(t)
		kept := filepath.Join(t.TempDir(), "again.wim")
		lines := strings.Split(strings.TrimSpace(mine.rebuild(t, "--out", kept, "--json").Must(t, 0).Stdout), "\n")
		var last struct {
			Type string
			Data struct {
				Equal       bool
				Differences []any
			}
		}
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Type != "result" || !last.Data.Equal || last.Data.Differences == nil {
			t.Errorf("the last event is %s (%v)", lines[len(lines)-1], err)
		}
		if !bytes.Equal(load(t, kept), load(t, filepath.Join(mine.dir, "image.wim"))) {
			t.Error("the kept image is another")
		}
		if left, _ := os.ReadDir(filepath.Dir(kept)); len(left) != 1 {
			t.Errorf("beside the kept image stands more: %v", left)
		}
	})
}

// r changes the directory of a release.
func r(change func(*testing.T, string)) func(*testing.T, *released) {
	return func(t *testing.T, r *released) { change(t, r.dir) }
}

// keep removes all files of a release but these.
func (r released) keep(t *testing.T, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(names, e.Name()) {
			if err := os.Remove(filepath.Join(r.dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// inProfile replaces a text in every profile that has it.
func (r released) inProfile(t *testing.T, old, text string) {
	t.Helper()
	changed := 0
	for _, kind := range []string{"images", "products"} {
		all, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(r.profile)), kind, "*.hcl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range all {
			if data := load(t, path); bytes.Contains(data, []byte(old)) {
				save(t, path, bytes.ReplaceAll(data, []byte(old), []byte(text)))
				changed++
			}
		}
	}
	if changed == 0 {
		t.Fatalf("no profile holds %q any more", old)
	}
}

func load(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func save(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// flip changes one byte of a file; -1 is the last.
func flip(t *testing.T, path string, at int) {
	t.Helper()
	data := load(t, path)
	if at < 0 {
		at += len(data)
	}
	data[at] ^= 1
	save(t, path, data)
}

func subst(t *testing.T, path, old, text string) {
	t.Helper()
	data := load(t, path)
	if !bytes.Contains(data, []byte(old)) {
		t.Fatalf("%s does not hold %q", path, old)
	}
	save(t, path, bytes.ReplaceAll(data, []byte(old), []byte(text)))
}

func substRE(t *testing.T, path, pattern, text string) {
	t.Helper()
	data := load(t, path)
	changed := regexp.MustCompile(pattern).ReplaceAll(data, []byte(text))
	if bytes.Equal(changed, data) {
		t.Fatalf("%s does not match %q", path, pattern)
	}
	save(t, path, changed)
}

// editImageDigest states another digest of the image, consistently within the manifest.
func editImageDigest(t *testing.T, path string) {
	t.Helper()
	substRE(t, path, `("name":"image.wim","sha256":")[0-9a-f]{4}`, `${1}0000`)
}

// editFinding says of one finding that the base had another value, which nothing inside the manifest contradicts.
func editFinding(t *testing.T, path string) {
	t.Helper()
	data := load(t, path)
	at := regexp.MustCompile(`"before":"[^"]`).FindIndex(data)
	if at == nil {
		t.Fatal("no finding says what the base had")
	}
	data[at[1]-1] = '~'
	save(t, path, data)
}
