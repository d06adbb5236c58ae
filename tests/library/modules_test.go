package library_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestModules takes every module alone, in all its variants, into scratch images on each release: it composes, applies and judges, and
// every finding is explained. In the end each setting of each module has been judged on every release that it is not kept from by what
// it says itself.
func TestModules(t *testing.T) {
	dir, out := harness.CopyProfiles(t), t.TempDir()
	product, err := os.ReadFile("testdata/scratch-product.hcl")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "products", "scratch-product.hcl"), string(product))
	write(t, filepath.Join(dir, "files", "enforce.cip"), "a policy")
	write(t, filepath.Join(dir, "files", "audit.cip"), "an audit policy")
	write(t, filepath.Join(dir, "files", "tool.msi"), "a package")
	serviced(t, dir)
	all := modules(t, dir)
	for name := range variants {
		if !slices.ContainsFunc(all, func(m module) bool { return m.name == name }) {
			t.Errorf("variants are written for a module %q, which there is not", name)
		}
	}
	var mu sync.Mutex
	judged := map[string]map[string]bool{} // module/label -> build, or "some" where a variant is for some builds only
	see := func(build, id string) {
		id, _, _ = strings.Cut(id, "[")
		mu.Lock()
		defer mu.Unlock()
		if judged[id] == nil {
			judged[id] = map[string]bool{}
		}
		judged[id][build] = true
	}
	var jobs []func()
	for _, m := range all {
		for n, v := range m.ways() {
			for _, r := range releases {
				if v.builds != "" && v.builds != r.build {
					continue
				}
				name := fmt.Sprintf("scratch-%s-%d-%s", m.name, n, r.build)
				profile := filepath.Join(dir, "images", name+".hcl")
				write(t, profile, scratch(name, r.profile, m, v))
				write(t, filepath.Join(dir, "images", name+"-later.hcl"), scratch(name+"-later", "later-"+r.build, m, v))
				jobs = append(jobs, func() {
					code := 0
					if v.fails != "" {
						code = 3
					}
					b, problem := build(t, profile, r, lab(t, r, "sv-SE"), filepath.Join(out, name), code)
					if problem != "" {
						t.Errorf("%s, %s, on %s: %s\nIf the module needs inputs, give it variants in variants_test.go.", m.name, v.name, r.name, problem)
						return
					}
					for _, w := range b.unexplained() {
						if v.fails != "" && strings.HasPrefix(w, v.fails+" ") && strings.Contains(w, ": fail, ") {
							continue
						}
						t.Errorf("%s, %s, on %s: unexplained: %s", m.name, v.name, r.name, w)
					}
					for _, f := range b.record.Findings {
						see(r.build, f.Setting)
						if v.builds != "" {
							see("some", f.Setting)
						}
					}
				})
			}
		}
	}
	each(jobs)
	if t.Failed() {
		return
	}
	settings, places := 0, 0
	for _, m := range all {
		for _, label := range slices.Sorted(maps.Keys(m.settings)) {
			settings++
			places += len(judged[m.name+"/"+label])
			m.held(t, label, judged[m.name+"/"+label], func(r release) bool { return composes(t, dir, m, r, label) })
		}
	}
	t.Logf("%d scratch images of %d modules; %d settings were judged, on %d pairs of setting and release", len(jobs), len(all), settings, places)
}

// kept finds what keeps a setting from some bases.
var kept = regexp.MustCompile(`(?m)^    builds +=|base\.|needs\.`)

// held fails where a setting was judged nowhere, or not on a release that nothing in it speaks of.
func (m module) held(t *testing.T, label string, on map[string]bool, later func(release) bool) {
	t.Helper()
	for _, r := range releases {
		if on[r.build] || on["some"] || kept.MatchString(m.settings[label]) && len(on) > 0 {
			continue
		}
		if strings.Contains(m.settings[label], "base.ubr") {
			if !later(r) {
				t.Errorf("%s/%s is composed neither on the medium of %s nor on a serviced one", m.name, label, r.name)
			}
			continue // no lab base has the updates that it needs
		}
		if len(on) == 0 {
			t.Errorf("%s/%s is in no scratch image: give %s a variant in variants_test.go that has it", m.name, label, m.name)
			return
		}
		t.Errorf("%s/%s was not judged on %s, and nothing in it says why", m.name, label, r.name)
	}
}

// composes tells whether the setting is in the plan of a scratch image on a base with all updates.
func composes(t *testing.T, dir string, m module, r release, label string) bool {
	t.Helper()
	for n := range m.ways() {
		p, _ := compose(t, filepath.Join(dir, "images", fmt.Sprintf("scratch-%s-%d-%s-later.hcl", m.name, n, r.build)))
		if p.setting(m.name+"/"+label).ID != "" {
			return true
		}
	}
	return false
}

// serviced puts bases into the tree that have an update revision above all that modules ask for.
func serviced(t *testing.T, dir string) {
	t.Helper()
	revision := regexp.MustCompile(`(?m)^  build +=.*$`)
	for _, r := range releases {
		data, err := os.ReadFile(filepath.Join(dir, "bases", r.profile+".hcl"))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(data), fmt.Sprintf("base %q", r.profile), fmt.Sprintf("base %q", "later-"+r.build), 1)
		write(t, filepath.Join(dir, "bases", "later-"+r.build+".hcl"), revision.ReplaceAllString(text, fmt.Sprintf("  build = %q", r.build+".99999")))
	}
}

// scratch is an image of one module.
func scratch(name, base string, m module, v variant) string {
	var b strings.Builder
	fmt.Fprintf(&b, "image %q {\n  version = \"1.0.0\"\n  released = \"2026-11-01\"\n  base = %q\n  class {\n    type = \"WM\"\n    groups = [0]\n  }\n  management {\n    local {}\n  }\n", name, base)
	fmt.Fprintf(&b, "  module %q {\n    version = \"=%s\"\n    inputs = {\n%s\n    }\n  }\n%s", m.name, m.version, v.inputs, v.beside)
	if v.product {
		b.WriteString("  product \"scratch-product\" {\n    version = \"1\"\n  }\n")
	}
	return b.String() + "}\n"
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
