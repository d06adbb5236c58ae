package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// lists shows a result's lists as "sign id note".
func lists(d *plan.DiffResult) []string {
	var out []string
	for _, part := range []struct {
		sign string
		list []plan.SettingChange
	}{{"+", d.Added}, {"-", d.Removed}, {">", d.Tightened}, {"<", d.Loosened}, {"?", d.Changed}, {"=", d.Noted}} {
		for _, c := range part.list {
			out = append(out, strings.TrimSpace(part.sign+" "+c.ID+" "+c.Note))
		}
	}
	return out
}

func TestDiff(t *testing.T) {
	basic := func() plan.Request { return request(cand("a/x", 3, reg("p", "1")), cand("a/y", 4, reg("q", "1"))) }
	change := func(f func(*plan.Request)) plan.Request { r := basic(); f(&r); return r }
	product := func(version string) func(*plan.Request) {
		return func(r *plan.Request) {
			r.Products = []plan.Product{{ProductRef: plan.ProductRef{Name: "viewer", Version: version, Manufacturer: "Exempel"}}}
		}
	}
	skipY := func(r *plan.Request) { r.Exceptions = []plan.Exception{skip("a/y", 3)} }
	value := func(v string) func(*plan.Request) {
		return func(r *plan.Request) {
			r.Exceptions = []plan.Exception{skip("a/y", 3)}
			r.Exceptions[0].Skip, r.Exceptions[0].Spec = false, reg("q", v)
		}
	}
	other := cand("a/y", 4, reg("q", "1"))
	other.Kind = "other"
	severe := cand("a/y", 4, reg("q", "1"))
	severe.Severity = "low"
	agreeing := request(cand("a/x", 3, reg("p", "1")), cand("a/y", 4, reg("q", "1")), cand("b/y", 4, reg("q", "1")))
	late := reg("p", "text")
	late.Stage = "first-boot"
	tests := map[string]struct {
		a, b      plan.Request
		step      plan.Step
		lists     []string
		unchanged int
		why       string
	}{
		"identical":             {basic(), basic(), "none", nil, 2, ""},
		"version only":          {basic(), change(func(r *plan.Request) { r.Image.Version = "1.2.1" }), "patch", nil, 2, "the plans are not the same"},
		"module version only":   {basic(), change(func(r *plan.Request) { r.Modules[0].Version = "1.0.1" }), "patch", nil, 2, ""},
		"added":                 {basic(), change(func(r *plan.Request) { r.Settings = append(r.Settings, cand("a/z", 3, reg("z", "1"))) }), "minor", []string{"+ a/z"}, 2, "a/z was added"},
		"removed":               {basic(), change(func(r *plan.Request) { r.Settings = r.Settings[:1] }), "major", []string{"- a/y"}, 1, "a/y was removed"},
		"tightened":             {basic(), request(cand("a/x", 3, reg("p", "1")), cand("a/y", 4, reg("q", "2"))), "minor", []string{"> a/y"}, 1, "a/y was tightened"},
		"loosened":              {basic(), request(cand("a/x", 3, reg("p", "0")), cand("a/y", 4, reg("q", "1"))), "major", []string{"< a/x"}, 1, "a/x was loosened"},
		"direction unknown":     {basic(), request(cand("a/x", 3, reg("p", "text")), cand("a/y", 4, reg("q", "1"))), "major", []string{"? a/x"}, 1, "nobody can say"},
		"major wins over minor": {basic(), request(cand("a/x", 3, reg("p", "0")), cand("a/y", 4, reg("q", "2"))), "major", []string{"> a/y", "< a/x"}, 0, "a/x was loosened"},
		"renamed":               {basic(), request(cand("a/x", 3, reg("p", "1")), cand("a/why", 4, reg("Q", "1"))), "patch", []string{"= a/why was called a/y"}, 2, ""},
		"two renamed": {request(cand("a/x", 3, reg("p", "1")), cand("a/y", 4, reg("p", "1"))), request(cand("b/x", 3, reg("p", "1")), cand("b/y", 4, reg("p", "1"))),
			"patch", []string{"= b/x was called a/x", "= b/y was called a/y"}, 2, ""},
		"another stage":              {request(cand("a/x", 3, reg("p", "text"))), request(cand("a/x", 3, late)), "major", []string{"? a/x"}, 0, ""},
		"moved and tightened":        {basic(), request(cand("a/x", 3, reg("p", "1")), cand("b/y", 4, reg("q", "2"))), "minor", []string{"> b/y"}, 1, ""},
		"same id, other place":       {basic(), request(cand("a/x", 3, reg("p", "1")), cand("a/y", 4, reg("elsewhere", "text"))), "major", []string{"? a/y"}, 1, ""},
		"another kind":               {basic(), request(cand("a/x", 3, reg("p", "1")), other), "patch", []string{"= a/y was of the kind fake"}, 2, ""},
		"severity":                   {basic(), request(cand("a/x", 3, reg("p", "1")), severe), "patch", []string{"= a/y severity low, was medium"}, 2, ""},
		"one of two agreeing leaves": {agreeing, basic(), "patch", []string{`= b/y removed, but "a/y" wants the same`}, 2, ""},
		"one more agrees":            {basic(), agreeing, "patch", []string{`= b/y added; "a/y" wanted the same`}, 2, ""},
		"now skipped":                {basic(), change(skipY), "major", []string{"< a/y now skipped by an exception"}, 1, "a/y was loosened"},
		"skip of one of two":         {agreeing, func() plan.Request { r := agreeing; skipY(&r); return r }(), "patch", []string{`= a/y now skipped by an exception, but "b/y" wants the same`}, 2, ""},
		"no longer skipped":          {change(skipY), basic(), "minor", []string{"> a/y no longer skipped by an exception"}, 1, ""},
		"exception loosens":          {basic(), change(value("0")), "major", []string{"< a/y"}, 1, ""},
		"skipped both times":         {change(skipY), change(func(r *plan.Request) { skipY(r); r.Image.Version = "2.0.0" }), "patch", nil, 2, ""},
		"skipped one goes":           {change(skipY), change(func(r *plan.Request) { r.Settings = r.Settings[:1] }), "patch", []string{"= a/y removed; an exception skipped it"}, 1, ""},
		"base build":                 {basic(), change(func(r *plan.Request) { r.Base.Build = "19044.2000" }), "major", nil, 2, "another base: build is 19044.2000, was 19044.1288"},
		"base name":                  {basic(), change(func(r *plan.Request) { r.Base.Name = "x" }), "major", nil, 2, "another base: name"},
		"base edition":               {basic(), change(func(r *plan.Request) { r.Base.EditionID = "EnterpriseS" }), "major", nil, 2, "another base: edition_id"},
		"base arch":                  {basic(), change(func(r *plan.Request) { r.Base.Arch = "x86" }), "major", nil, 2, "another base: arch"},
		"base language":              {basic(), change(func(r *plan.Request) { r.Base.Languages = nil }), "major", nil, 2, "languages is none, was sv-SE, en-US"},
		"management":                 {basic(), change(func(r *plan.Request) { r.Image.Management = plan.Management{Path: "none"} }), "major", nil, 2, "management is none, was winrm_https from 10.1.0.0/16, 10.2.0.0/16"},
		"an agent is carried":        {basic(), change(func(r *plan.Request) { r.Image.FirstBoot = &plan.FirstBoot{} }), "major", nil, 2, "first_boot is the image carries the agent, which removes itself"},
		"unseen is let through":      {basic(), change(func(r *plan.Request) { r.Image.AllowUnobservable = true }), "major", nil, 2, "allow_unobservable is true, was false"},
		"class":                      {basic(), change(func(r *plan.Request) { r.Image.Class.Groups = []int{2} }), "major", nil, 2, "class is WM 2, was WM 0,1"},
		"product added":              {basic(), change(product("1")), "minor", nil, 2, "also for the product viewer"},
		"product removed":            {change(product("1")), basic(), "major", nil, 2, "no longer for the product viewer"},
		"product version":            {change(product("1")), change(product("2")), "patch", nil, 2, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := plan.Diff(compose(t, tt.a).Plan, compose(t, tt.b).Plan, table(t))
			if err != nil {
				t.Fatal(err)
			}
			if d.Step != tt.step || d.Unchanged != tt.unchanged {
				t.Errorf("step %s, %d unchanged; want %s, %d", d.Step, d.Unchanged, tt.step, tt.unchanged)
			}
			if diff := cmp.Diff(tt.lists, lists(d)); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(strings.Join(d.Why, "\n"), tt.why) {
				t.Errorf("because %q, want %q", d.Why, tt.why)
			}
		})
	}
}

// TestDiffParsed compares a plan as composed with the same one as read from a file.
func TestDiffParsed(t *testing.T) {
	c := scene(t)
	read, err := plan.Parse(c.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	d, err := plan.Diff(c.Plan, read, table(t))
	if err != nil || d.Step != plan.StepNone || len(lists(d)) != 0 {
		t.Errorf("got %+v, %v", d, err)
	}
}

func TestDiffRefusesUnknownKinds(t *testing.T) {
	a := cand("a/x", 3, reg("p", "1"))
	a.Kind = "stranger"
	c := compose(t, request(a))
	if _, err := plan.Diff(c.Plan, c.Plan, table(t)); err == nil || !strings.Contains(err.Error(), `setting "a/x": unknown kind "stranger"`) {
		t.Errorf("got %v", err)
	}
}

func TestDiffText(t *testing.T) {
	a := request(cand("a/x", 3, reg("p", "1")), cand("a/y", 4, reg("q", "1")), cand("a/old", 5, reg("o", "1")))
	b := request(cand("a/x", 3, reg("p", "0")), cand("a/y", 4, reg("q", "2")), cand("a/new", 5, reg("n", "1")))
	b.Image.Version, b.Modules[0].Version = "1.3.0", "2.0.0"
	d, err := plan.Diff(compose(t, a).Plan, compose(t, b).Plan, table(t))
	if err != nil {
		t.Fatal(err)
	}
	var sb strings.Builder
	if err := d.WriteText(&sb, plan.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	want := `semver step: major
  because a/x was loosened
  because a/old was removed

image
  version: 1.2.0 -> 1.3.0

modules
  a: 1.0.0 (policies) -> 2.0.0 (policies)

removed: 1 setting
  - a/old
    - HKLM\SOFTWARE\X!o = 1

loosened: 1 setting
  < a/x
    - HKLM\SOFTWARE\X!p = 1
    + HKLM\SOFTWARE\X!p = 0

added: 1 setting
  + a/new
    + HKLM\SOFTWARE\X!n = 1

tightened: 1 setting
  > a/y
    - HKLM\SOFTWARE\X!q = 1
    + HKLM\SOFTWARE\X!q = 2

0 settings unchanged
`
	if diff := cmp.Diff(want, sb.String()); diff != "" {
		t.Error(diff)
	}
}

// TestDiffSorted lists changes by id.
func TestDiffSorted(t *testing.T) {
	a := request()
	b := request(cand("b/z", 3, reg("1", "1")), cand("a/z", 3, reg("2", "1")), cand("c/z", 3, reg("3", "1")))
	d, err := plan.Diff(compose(t, a).Plan, compose(t, b).Plan, table(t))
	if err != nil || !slices.Equal(lists(d), []string{"+ a/z", "+ b/z", "+ c/z"}) {
		t.Errorf("got %q, %v", lists(d), err)
	}
}
