package repro

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	inside  bool                              // the images differ as files, and have to be equal inside
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
	binary   string // in place of the circumstance's
}

// TestSameBytes builds once for each circumstance.
func TestSameBytes(t *testing.T) {
	base := labBase(t)
	ordinary := public(t, harness.Binary(t, "wmclient"))
	all := circumstances(t)
	rows := make([]row, len(all))
	t.Run("builds", func(t *testing.T) {
		for i, c := range all {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, base)
				if c.skip != nil {
					if rows[i].skipped = c.skip(t, s); rows[i].skipped != "" {
						t.Skip(rows[i].skipped)
					}
				}
				if c.prepare != nil {
					c.prepare(t, &s)
				}
				if c.binary = first(s.binary, c.binary, ordinary); c.binary == "" {
					t.Fatal("no program to build with")
				}
				rows[i].digests = buildAt(t, s, c)
				rows[i].where = fileSystem(s.dir)
			})
		}
	})
	if t.Failed() {
		return
	}
	judge(t, all, rows)
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
	if tool, err := exec.LookPath("wimlib-imagex"); err == nil {
		sums["inside"] = inside(t, tool, filepath.Join(dirs[0], "image.wim"))
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

// TestOtherPlanOtherBytes shows that the comparison can fail: another peer in the profile, and every digest is another.
func TestOtherPlanOtherBytes(t *testing.T) {
	base, binary := labBase(t), harness.Binary(t, "wmclient")
	s := newSite(t, base)
	before := buildAt(t, s, circumstance{binary: binary})
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
		if before[o] == second[o] {
			same = append(same, o)
		}
	}
	if diff := cmp.Diff([]string{}, same); diff != "" {
		t.Errorf("outputs that are the same though the plan is another (-expected +got):\n%s", diff)
	}
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
