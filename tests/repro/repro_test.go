package repro

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const imageName = "radiology-viewer"

// outputs are the files that are the same on every machine, image first. build-record.json is what may differ.
func outputs() []string {
	return []string{"image.wim", "plan.json", "manifest.json", "provenance.json", "junit.xml", "SHA256SUMS"}
}

// circumstance is a way of building that must not show in the bytes.
type circumstance struct {
	name    string
	before  string                            // shell commands before the build, for example a umask
	prefix  []string                          // in front of the command, for example taskset
	env     []string                          // added to the environment
	binary  string                            // "" is the ordinary one
	prepare func(t *testing.T, s *site)       // changes the site
	shows   string                            // what build-record.json has to hold, so that the circumstance was real
	differ  []string                          // outputs that have to differ; all others have to be equal
	skip    func(t *testing.T, s site) string // why it cannot be tried here, or ""
}

// site is where one build happens.
type site struct {
	dir      string // a folder that anybody may enter
	profiles string // below dir
	base     string
	work     string // working directory
	out      string
	args     []string
}

// TestSameBytes builds once for each circumstance.
func TestSameBytes(t *testing.T) {
	base := labBase(t)
	ordinary := public(t, harness.Binary(t, "wmclient"))
	all := circumstances(t)
	digests := make([]map[string]string, len(all))
	skipped := make([]string, len(all))
	t.Run("builds", func(t *testing.T) {
		for i, c := range all {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, base)
				if c.skip != nil {
					if why := c.skip(t, s); why != "" {
						skipped[i] = why
						t.Skip(why)
					}
				}
				if c.prepare != nil {
					c.prepare(t, &s)
				}
				if c.binary == "" {
					c.binary = ordinary
				}
				digests[i] = buildAt(t, s, c)
			})
		}
	})
	if t.Failed() {
		return
	}
	table(t, all, digests, skipped)
	for i, c := range all {
		if digests[i] == nil {
			continue
		}
		for _, o := range outputs() {
			switch same := digests[i][o] == digests[0][o]; {
			case !same && !slices.Contains(c.differ, o):
				t.Errorf("%s: %s is %s, want %s as in the first build", c.name, o, digests[i][o], digests[0][o])
			case same && slices.Contains(c.differ, o):
				t.Errorf("%s: %s is the same; this circumstance has to show there, or it was not tried", c.name, o)
			}
		}
	}
}

// circumstances lists them; the first is what the others are compared with.
func circumstances(t *testing.T) []circumstance {
	t.Helper()
	return []circumstance{
		{name: "first build"},
		{name: "again"},
		{name: "other folders and names", prepare: elsewhere},
		{name: "profile root renamed", prepare: renamedRoot},
		{name: "TZ at the date line", env: []string{"TZ=Pacific/Kiritimati"}},
		{name: "TZ with half hours", env: []string{"TZ=America/St_Johns"}},
		{name: "Swedish", env: []string{"LANG=sv_SE.UTF-8", "LC_ALL=sv_SE.UTF-8", "LANGUAGE=sv"}},
		{name: "Turkish", env: []string{"LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8"}},
		{name: "no language", env: []string{"LANG=", "LC_ALL=C"}},
		{name: "umask 077", before: "umask 077"},
		{name: "umask 000", before: "umask 000"},
		{name: "date 2001-01-01", binary: shifted(t, time.Date(2001, 1, 1, 0, 0, 1, 0, time.UTC)), shows: `"started":"2001-01-01T`, env: []string{"TZ=UTC"}},
		{name: "date 2027-06-29", binary: shifted(t, time.Date(2027, 6, 29, 23, 0, 0, 0, time.UTC)), shows: `"started":"2027-06-29T`},
		{name: "GOMAXPROCS=1", env: []string{"GOMAXPROCS=1"}},
		{name: "GOMAXPROCS=13", env: []string{"GOMAXPROCS=13", "GOGC=1"}},
		{name: "one processor", prefix: []string{"taskset", "-c", "0"}, shows: `"cpus":1,`, skip: needs("taskset")},
		{name: "another user", prefix: []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}, env: []string{"HOME=/nonexistent", "USER=nobody"}, skip: needsRoot},
		{name: "tmpfs", prepare: onTmpfs, skip: needsTmpfs},
		{name: "other times of files", prepare: otherTimes},
		{name: "files made in other order", prepare: otherOrder},
		{name: "files under other names", prepare: otherNames, differ: []string{"provenance.json", "SHA256SUMS"}},
		{name: "base compressed by wimlib", prepare: compressed, differ: []string{"image.wim", "manifest.json", "SHA256SUMS"}, skip: needs("wimlib-imagex")},
		{name: "Windows binary under Wine", prefix: []string{wine64()}, shows: `"os":"windows"`, binary: windowsBinary(t), env: wineEnv(t), skip: needsWine},
	}
}

// newSite copies the profiles and the base into a folder of their own.
func newSite(t *testing.T, base string) site {
	t.Helper()
	dir := openDir(t, "")
	s := site{dir: dir, profiles: filepath.Join(dir, "profiles"), base: filepath.Join(dir, "base.wim"), work: dir, out: filepath.Join(dir, "out")}
	copyProfiles(t, s.profiles)
	write(t, s.base, read(t, base))
	return s
}

// openDir makes a folder that every user may enter and write to; t.TempDir's are closed to others.
func openDir(t *testing.T, parent string) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent, "wmclient-repro-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// public copies a program to where every user may run it.
func public(t *testing.T, program string) string {
	t.Helper()
	to := filepath.Join(openDir(t, ""), filepath.Base(program))
	if err := os.WriteFile(to, read(t, program), 0o755); err != nil {
		t.Fatal(err)
	}
	return to
}

// locked is the profile tree in which the image is locked to the lab base; sites are copies of it.
var locked string

// labBase makes the lab base, and the profile tree that is locked to it.
func labBase(t *testing.T) string {
	t.Helper()
	base := harness.LabBase(t, "ltsc-2021", "sv-SE")
	locked = filepath.Dir(filepath.Dir(harness.Locked(t, imageName, base)))
	return base
}

func copyProfiles(t *testing.T, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(locked)); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// buildAt builds through a shell, which sets the umask, and returns the digests of the outputs.
func buildAt(t *testing.T, s site, c circumstance) map[string]string {
	t.Helper()
	sh := harness.Tool(t, "sh")
	image := filepath.Join(s.profiles, "images", imageName+".hcl")
	if rel, err := filepath.Rel(s.work, image); err == nil && s.work != s.dir {
		image = rel
	}
	script := `exec "$@"`
	if c.before != "" {
		script = c.before + " && " + script
	}
	args := append([]string{"-c", script, "sh"}, c.prefix...)
	args = append(args, c.binary, "build", image, "--base", s.base, "--out", s.out)
	harness.Command{Path: sh, Args: append(args, s.args...), Dir: s.work, Env: c.env, Timeout: 3 * time.Minute}.Run(t).Must(t, 0)
	dirs, err := filepath.Glob(filepath.Join(s.out, imageName, "*"))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("one version is expected in %s, got %v %v", s.out, dirs, err)
	}
	if record := string(read(t, filepath.Join(dirs[0], "build-record.json"))); !strings.Contains(record, c.shows) {
		t.Errorf("build-record.json does not show %s, so that nothing was tried: %s", c.shows, record)
	}
	sums := make(map[string]string)
	for _, o := range outputs() {
		sums[o] = fmt.Sprintf("%x", sha256.Sum256(read(t, filepath.Join(dirs[0], o))))
	}
	sums["findings"] = fmt.Sprintf("%x", sha256.Sum256(justFindings(t, read(t, filepath.Join(dirs[0], "manifest.json")))))
	return sums
}

// justFindings are the findings inside a manifest, as they stand there.
func justFindings(t *testing.T, manifest []byte) []byte {
	t.Helper()
	var m struct {
		Findings json.RawMessage `json:"findings"`
	}
	if err := json.Unmarshal(manifest, &m); err != nil || len(m.Findings) == 0 {
		t.Fatalf("the manifest has no findings (%v)", err)
	}
	return m.Findings
}

// table prints all digests; findings have to be equal in all rows.
func table(t *testing.T, all []circumstance, digests []map[string]string, skipped []string) {
	t.Helper()
	columns := append(outputs(), "findings")
	var b strings.Builder
	row := func(name string, cell func(string) string) {
		fmt.Fprintf(&b, "%-26s", name)
		for _, o := range columns {
			fmt.Fprintf(&b, " %-15s", cell(o))
		}
		b.WriteByte('\n')
	}
	row("", func(o string) string { return o })
	equal := 0
	for i, c := range all {
		if digests[i] == nil {
			fmt.Fprintf(&b, "%-26s skipped: %s\n", c.name, skipped[i])
			continue
		}
		if digests[i]["findings"] != digests[0]["findings"] {
			t.Errorf("%s: other findings", c.name)
		}
		if digests[i]["image.wim"] == digests[0]["image.wim"] {
			equal++
		}
		row(c.name, func(o string) string { return digests[i][o][:12] })
	}
	t.Logf("SHA-256 (first 12 digits), %s/%s, %d processors\n%s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), b.String())
	for _, o := range outputs() {
		t.Logf("%s %s", digests[0][o], o)
	}
	t.Logf("%d builds with the same image.wim", equal)
}

// elsewhere builds in a deep folder with a space and letters beyond ASCII, from another working directory, by relative path.
func elsewhere(t *testing.T, s *site) {
	t.Helper()
	deep := filepath.Join(s.dir, "en annan mapp åäö", "b", "c")
	if err := os.MkdirAll(filepath.Join(deep, "w"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.profiles, filepath.Join(deep, "profiles")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.base, filepath.Join(deep, "install.wim")); err != nil {
		t.Fatal(err)
	}
	s.profiles, s.work, s.base, s.out = filepath.Join(deep, "profiles"), filepath.Join(deep, "w"), "../install.wim", filepath.Join(deep, "results")
}

// renamedRoot calls the profile root something else. Provenance names files as they are called below the root's parent; nothing else may.
func renamedRoot(t *testing.T, s *site) {
	t.Helper()
	to := filepath.Join(s.dir, "my-profiles")
	if err := os.Rename(s.profiles, to); err != nil {
		t.Fatal(err)
	}
	s.profiles = to
}

// onTmpfs moves the site to a file system in memory.
func onTmpfs(t *testing.T, s *site) {
	t.Helper()
	on := newSite(t, s.base)
	memory := openDir(t, "/dev/shm")
	s.profiles, s.base, s.out, s.work = filepath.Join(memory, "profiles"), filepath.Join(memory, "base.wim"), filepath.Join(memory, "out"), memory
	copyProfiles(t, s.profiles)
	write(t, s.base, read(t, on.base))
}

// otherTimes gives every file of the profiles, and the base, a time of its own.
func otherTimes(t *testing.T, s *site) {
	t.Helper()
	at := time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)
	for _, p := range append(files(t, s.profiles), s.base) {
		if err := os.Chtimes(p, at, at); err != nil {
			t.Fatal(err)
		}
		at = at.Add(1111 * time.Hour)
	}
}

// otherOrder makes the files of the profiles anew from the last to the first, with other permissions.
func otherOrder(t *testing.T, s *site) {
	t.Helper()
	all := files(t, s.profiles)
	slices.Reverse(all)
	kept := make(map[string][]byte)
	for _, p := range all {
		kept[p] = read(t, p)
		if err := os.Remove(p); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range all {
		if err := os.WriteFile(p, kept[p], 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// otherNames renames the files of bases, modules and products so that they are read in the opposite order. Provenance, which tells
// where each setting was written, follows.
func otherNames(t *testing.T, s *site) {
	t.Helper()
	for _, kind := range []string{"bases", "modules", "products"} {
		all := files(t, filepath.Join(s.profiles, kind))
		for i, p := range all {
			if err := os.Rename(p, filepath.Join(filepath.Dir(p), fmt.Sprintf("%03d-%s.hcl", len(all)-i, kind))); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// compressed replaces the base by a copy that wimlib compressed; it has another digest, which the lock does not name.
func compressed(t *testing.T, s *site) {
	t.Helper()
	lzx := filepath.Join(s.dir, "lzx.wim")
	harness.Command{Path: harness.Tool(t, "wimlib-imagex"), Args: []string{"export", s.base, "all", lzx, "--compress=LZX"}}.Run(t).Must(t, 0)
	s.base, s.args = lzx, []string{"--accept-base"}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, p)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("%d files below %s: %v", len(out), dir, err)
	}
	return out
}

// TestOtherPlanOtherBytes shows that the comparison can fail: another peer in the profile, and every digest is another.
func TestOtherPlanOtherBytes(t *testing.T) {
	base, binary := labBase(t), harness.Binary(t, "wmclient")
	s := newSite(t, base)
	first := buildAt(t, s, circumstance{binary: binary})
	other := newSite(t, base)
	image := filepath.Join(other.profiles, "images", imageName+".hcl")
	changed := strings.Replace(string(read(t, image)), `"10.30.0.40"`, `"10.30.0.41"`, 1)
	if changed == string(read(t, image)) {
		t.Fatal("the image names no peer 10.30.0.40 any more: change something else")
	}
	write(t, image, []byte(changed))
	second := buildAt(t, other, circumstance{binary: binary})
	same := []string{}
	for _, o := range outputs() {
		if first[o] == second[o] {
			same = append(same, o)
		}
	}
	if diff := cmp.Diff([]string{}, same); diff != "" {
		t.Errorf("outputs that are the same though the plan is another (-expected +got):\n%s", diff)
	}
}
