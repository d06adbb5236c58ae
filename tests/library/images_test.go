package library_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestImages builds every image of the project on the lab base of its release, in Swedish and in English: each finding is explained, a
// second look by `validate` finds the same, and the two languages differ in nothing that was expected or observed.
func TestImages(t *testing.T) {
	dir, out := harness.CopyProfiles(t), t.TempDir()
	var mu sync.Mutex
	share := map[string][2]int{}
	seen := map[string]bool{}
	var jobs []func()
	for _, profile := range images(t, dir) {
		jobs = append(jobs, func() {
			name := strings.TrimSuffix(filepath.Base(profile), ".hcl")
			p, problem := compose(t, profile)
			if problem != "" {
				t.Errorf("%s: plan: %s", name, problem)
				return
			}
			r := of(t, p.Base.Build)
			findings := map[string][]finding{}
			for _, language := range []string{"sv-SE", "en-US"} {
				b, problem := build(t, profile, r, lab(t, r, language), filepath.Join(out, name+"-"+language), 0)
				if problem != "" {
					t.Errorf("%s in %s: %s", name, language, problem)
					return
				}
				for _, w := range b.unexplained() {
					t.Errorf("%s in %s: unexplained: %s", name, language, w)
				}
				findings[language] = b.nameless()
				again := plain(validate(t, b))
				if stamp := again["image/stamp"]; !strings.HasPrefix(stamp, "stamp: pass") {
					t.Errorf("%s in %s: the stamp is judged %q", name, language, stamp)
				}
				delete(again, "image/stamp")
				if diff := cmp.Diff(plain(b.record.Findings), again); diff != "" {
					t.Errorf("%s in %s: validate sees something else (-build +validate):\n%s", name, language, diff)
				}
				mu.Lock()
				if language == "sv-SE" {
					count(share, r, b.record.Findings)
				}
				for _, m := range b.plan.Modules {
					seen[r.build+" "+m.Name] = true
				}
				mu.Unlock()
			}
			if diff := cmp.Diff(plain(findings["sv-SE"]), plain(findings["en-US"])); diff != "" {
				t.Errorf("%s: the languages differ (-sv-SE +en-US):\n%s", name, diff)
			}
		})
	}
	each(jobs)
	t.Logf("%d images built in two languages, findings equal", len(jobs))
	for _, r := range releases {
		n := share[r.build]
		t.Logf("build %s: %d of %d findings were observed in the image, the others wait for a later stage", r.build, n[0], n[1])
		if n[1] == 0 {
			t.Errorf("no image has a base of build %s", r.build)
		}
	}
	t.Logf("%d pairs of module and build are used by an image", len(seen))
}

// count adds how many findings show what was observed, and how many there are.
func count(share map[string][2]int, r release, findings []finding) {
	n := share[r.build]
	for _, f := range findings {
		n[1]++
		if f.Observed != "" {
			n[0]++
		}
	}
	share[r.build] = n
}

// plain is what has to be the same in all languages.
func plain(findings []finding) map[string]string {
	out := map[string]string{}
	for _, f := range findings {
		out[f.Setting] = fmt.Sprintf("%s: %s, expected %s, observed %s", f.Kind, f.Outcome, f.Expected, f.Observed)
	}
	return out
}

// nameless are the findings without the names of accounts that an image has: Windows gives them in its own language, and says so.
func (b built) nameless() []finding {
	out := slices.Clone(b.record.Findings)
	for _, o := range b.plan.Ops {
		if !strings.HasPrefix(o.Op.Location, "account-name:") {
			continue
		}
		for i, f := range out {
			if slices.Contains(o.Settings, f.Setting) && f.Outcome == "deferred" {
				out[i].Observed = "a name"
			}
		}
	}
	return out
}

// validate judges a built image by its manifest, from outside.
func validate(t *testing.T, b built) []finding {
	t.Helper()
	r := harness.Wmclient(t, "", "validate", b.path, "--wim", b.image, "--json")
	if r.Code != 0 {
		t.Errorf("validate %s: exit code %d: %s", b.path, r.Code, r.Stderr)
	}
	var out []finding
	for line := range strings.Lines(r.Stdout) {
		var event struct {
			Type string  `json:"type"`
			Data finding `json:"data"`
		}
		if err := json.Unmarshal([]byte(line), &event); err == nil && event.Type == "finding" {
			out = append(out, event.Data)
		}
	}
	return out
}
