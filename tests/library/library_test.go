// Package library_test holds the project's own modules and images against the lab bases of every release: each image and each setting
// of each module is composed, applied and judged, and what was found has to be explained. It follows the profile tree instead of
// repeating it, and refuses to import any package of the project.
package library_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

func TestMain(m *testing.M) {
	code := m.Run()
	for _, base := range labs.made {
		_ = os.RemoveAll(filepath.Dir(base))
	}
	harness.Cleanup()
	os.Exit(code)
}

// release is one Windows that images are made from.
type release struct {
	name    string // as `lab base` names it
	build   string
	profile string // the project's base of it that an edition decides least
	image   string // in the medium, where several have the edition of the profile
}

var releases = []release{
	{"ltsb-2016", "14393", "win10-ltsb-2016", "1"},
	{"ltsc-2019", "17763", "win10-ltsc-2019", "1"},
	{"ltsc-2021", "19044", "win10-iot-ltsc-2021", ""},
}

// of returns the release of a base's build, "19044.1288".
func of(t *testing.T, build string) release {
	t.Helper()
	number, _, _ := strings.Cut(build, ".")
	for _, r := range releases {
		if r.build == number {
			return r
		}
	}
	t.Fatalf("no lab base has the build %s", build)
	return release{}
}

// labs are the lab bases, each made once for all tests.
var labs struct {
	sync.Mutex
	made map[string]string
}

func lab(t *testing.T, r release, language string) string {
	t.Helper()
	labs.Lock()
	defer labs.Unlock()
	if labs.made == nil {
		labs.made = map[string]string{}
	}
	key := r.name + "-" + language
	if labs.made[key] == "" {
		dir, err := os.MkdirTemp("", "wmclient-lab-")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, key+".wim")
		harness.Wmclient(t, "", "lab", "base", "--release", r.name, "--language", language, "--out", path).Must(t, 0)
		labs.made[key] = path
	}
	return labs.made[key]
}

// plan is what these tests take from a plan.
type plan struct {
	Base struct {
		Build string `json:"build"`
	} `json:"base"`
	Modules []struct {
		Name string `json:"name"`
	} `json:"modules"`
	Ops []struct {
		Op struct {
			Action   string `json:"action"`
			Location string `json:"location"`
			Key      string `json:"key"`
			Name     string `json:"name"`
			Optional bool   `json:"optional"`
		} `json:"op"`
		Settings []string `json:"settings"`
	} `json:"ops"`
	Settings []setting `json:"settings"`
}

type setting struct {
	ID     string   `json:"id"`
	Kind   string   `json:"kind"`
	Effect string   `json:"effect"`
	Stages []string `json:"stages"`
}

func (p plan) setting(id string) setting {
	for _, s := range p.Settings {
		if s.ID == id {
			return s
		}
	}
	return setting{}
}

// optional reports whether the plan says that what a setting is about may be missing.
func (p plan) optional(id string) bool {
	for _, o := range p.Ops {
		if o.Op.Optional && slices.Contains(o.Settings, id) {
			return true
		}
	}
	return false
}

// manifest is what these tests take from a manifest.
type manifest struct {
	Exceptions []struct {
		Setting string `json:"setting"`
	} `json:"exceptions"`
	Conflicts []struct {
		Level string `json:"level"`
		Row   string `json:"row"`
	} `json:"conflicts"`
	Findings []finding `json:"findings"`
}

type finding struct {
	Setting  string `json:"setting"`
	Kind     string `json:"kind"`
	Outcome  string `json:"outcome"`
	Expected string `json:"expected"`
	Observed string `json:"observed"`
	Reason   string `json:"reason"`
}

// built is one built image.
type built struct {
	image, path string // the WIM and the manifest
	plan        plan
	record      manifest
}

// compose returns the plan of an image profile, or what was said against it.
func compose(t *testing.T, profile string) (plan, string) {
	t.Helper()
	var p plan
	r := harness.Wmclient(t, "", "plan", profile, "--json")
	if r.Code != 0 {
		return p, r.Stderr
	}
	if err := json.Unmarshal([]byte(r.Stdout), &p); err != nil {
		t.Fatal(err)
	}
	return p, ""
}

// build builds an image profile from a base that no lock names, below the folder out; what was said against it comes back as text. code is
// the exit code that the build has to have.
func build(t *testing.T, profile string, r release, base, out string, code int) (built, string) {
	t.Helper()
	args := []string{"build", profile, "--base", base, "--accept-base", "--lock", out + ".lock.hcl", "--out", out}
	if r.image != "" {
		args = append(args, "--base-image", r.image)
	}
	got := harness.Wmclient(t, "", args...)
	files, err := filepath.Glob(filepath.Join(out, "*", "*", "manifest.json"))
	if err != nil || len(files) != 1 || got.Code != code {
		return built{}, fmt.Sprintf("build: exit code %d: %s%s", got.Code, got.Stdout, got.Stderr)
	}
	dir := filepath.Dir(files[0])
	b := built{image: filepath.Join(dir, "image.wim"), path: files[0]}
	decode(t, filepath.Join(dir, "plan.json"), &b.plan)
	decode(t, b.path, &b.record)
	return b, ""
}

func decode(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// unexplained returns the findings that nothing in plan and manifest explains: a pass needs no word; a waived one an exception, a
// deferred one a stage after image, one that does not apply a thing that may be missing. Nothing else belongs into an image.
func (b built) unexplained() []string {
	var wrong []string
	judged := map[string]bool{}
	for _, f := range b.record.Findings {
		judged[f.Setting] = true
		s := b.plan.setting(f.Setting)
		ok := false
		switch f.Outcome {
		case "pass":
			ok = f.Expected != ""
		case "waived":
			ok = slices.ContainsFunc(b.record.Exceptions, func(e struct {
				Setting string `json:"setting"`
			}) bool {
				return e.Setting == f.Setting
			})
		case "deferred":
			ok = slices.ContainsFunc(s.Stages, func(stage string) bool { return stage != "image" }) && f.Reason != ""
		case "not-applicable":
			ok = b.plan.optional(f.Setting) && f.Reason != ""
		}
		if !ok {
			wrong = append(wrong, fmt.Sprintf("%s (%s): %s, expected %s, observed %s: %s", f.Setting, f.Kind, f.Outcome, f.Expected, f.Observed, f.Reason))
		}
	}
	for _, s := range b.plan.Settings {
		if !judged[s.ID] {
			wrong = append(wrong, s.ID+" was not judged at all")
		}
	}
	if len(judged) == 0 {
		wrong = append(wrong, "nothing was judged")
	}
	return wrong
}

// workers bounds how many builds run at once.
var workers = make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))

// each runs the jobs, as many at a time as there are processors.
func each(jobs []func()) {
	var all sync.WaitGroup
	for _, job := range jobs {
		all.Go(func() {
			workers <- struct{}{}
			defer func() { <-workers }()
			job()
		})
	}
	all.Wait()
}

// images lists the image profiles of a tree.
func images(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "images", "*.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, ".lock.hcl") })
	if len(files) < 15 {
		t.Fatalf("%d images in %s", len(files), dir)
	}
	return files
}

// module is what is read of a module's file without a parser: files are in the canonical layout, in which blocks of a module begin and
// end at two spaces.
type module struct {
	name, version string
	settings      map[string]string // the block's text by label
}

var (
	moduleHead  = regexp.MustCompile(`(?m)^module "([a-z0-9-]+)" \{$`)
	versionLine = regexp.MustCompile(`(?m)^  version +=  *"([0-9.]+)"`)
	settingHead = regexp.MustCompile(`(?ms)^  setting "[a-z0-9_]+" "([^"]+)" \{$(.*?)^  \}$`)
)

// modules reads the modules of a tree, of each name the highest version.
func modules(t *testing.T, dir string) []module {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "modules", "*.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]module{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		head, version := moduleHead.FindStringSubmatch(text), versionLine.FindStringSubmatch(text)
		if head == nil || version == nil {
			t.Fatalf("%s is not in the canonical layout", f)
		}
		m := module{head[1], version[1], map[string]string{}}
		for _, s := range settingHead.FindAllStringSubmatch(text, -1) {
			m.settings[s[1]] = s[2]
		}
		if blocks := strings.Count(text, "\n  setting \""); blocks != len(m.settings) {
			t.Fatalf("%s has %d settings, %d were read", f, blocks, len(m.settings))
		}
		if old, ok := byName[m.name]; !ok || newer(m.version, old.version) {
			byName[m.name] = m
		}
	}
	var all []module
	for _, m := range byName {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.name, b.name) })
	return all
}

// newer compares versions of three numbers.
func newer(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, _ := strconv.Atoi(x[i])
		n, _ := strconv.Atoi(y[i])
		if m != n {
			return m > n
		}
	}
	return false
}
