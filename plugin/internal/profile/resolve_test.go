package profile_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func resolve(t testing.TB, fsys fs.FS, image string, opts profile.Options) *profile.Resolved {
	t.Helper()
	set, _ := profile.LoadFS(fsys, "profiles", table(t))
	res, diags := set.Resolve(image, opts)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return res
}

// with adds files to the good tree.
func with(t testing.TB, files map[string]string) fstest.MapFS {
	t.Helper()
	fsys := tree(t, good(t))
	for name, src := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(src), Mode: 0o644}
	}
	return fsys
}

// module writes a module with one setting; requires is the inside of that attribute.
func module(name, version, requires string) string {
	if requires != "" {
		requires = "  requires = { " + requires + " }\n"
	}
	return fmt.Sprintf(`module %q {
  version = %q
  method  = "policies"
  title   = { en = "X", sv = "X" }
  severity_source = "a test"
%s
  setting "registry_value" "s" {
    key       = "HKLM\\SOFTWARE\\%s"
    name      = "V"
    type      = "sz"
    value     = module.version
    severity  = "low"
    rationale = { en = "Why", sv = "Varför" }
  }
}
`, name, version, requires, name)
}

func image(body string) string {
	return `image "room" {
  version  = "1.0.0"
  released = "2026-11-01"
  base     = "ltsc"
  class {
    type   = "WM"
    groups = [2, 0]
  }
  management {
    winrm_https {
      from = ["10.30.0.0/16", "10.20.0.7/32"]
    }
  }
` + body + "}\n"
}

func versions(r *profile.Resolved) map[string]string {
	out := map[string]string{}
	for _, m := range r.Modules {
		out[m.Name] = m.Version
	}
	return out
}

func specs(t testing.TB, r *profile.Resolved) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, c := range r.Request.Settings {
		out[c.ID] = specJSON(t, c.Spec)
	}
	return out
}

func specJSON(t testing.TB, s setting.Spec) string {
	t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestResolve(t *testing.T) {
	r := resolve(t, tree(t, good(t)), "room", profile.Options{})
	want := map[string]string{
		"net/notice":          `{"path":"C:\\notice.txt","content":"room on 19044.1288"}`,
		"screen/timeout":      `{"key":"HKLM\\SOFTWARE\\Screen","name":"Timeout","type":"dword","value":"900"}`,
		"screen/stopped[Fax]": `{"name":"Fax","start":"disabled","optional":true}`,
		"screen/stopped[Xbl]": `{"name":"Xbl","start":"disabled","optional":true}`,
	}
	if diff := cmp.Diff(want, specs(t, r)); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	img := plan.Image{Name: "room", Version: "1.0.0", Released: "2026-11-01", Epoch: "2026-11-01T00:00:00Z",
		Class: plan.Class{Type: "WM", Groups: []int{0}}, Management: plan.Management{Path: "local"}}
	if diff := cmp.Diff(img, r.Request.Image); diff != "" {
		t.Errorf("image (-want +got):\n%s", diff)
	}
	if got := r.Request.Modules[1]; got.Name != "screen" || got.RequiredBy != "net" || r.Request.Modules[0].RequiredBy != "" {
		t.Errorf("modules: %+v", r.Request.Modules)
	}
	if got := r.Request.Products; len(got) != 1 || !slices.Equal(got[0].NeedsServices, []string{"Spooler"}) {
		t.Errorf("products: %+v", got)
	}
	if got := r.Request.Settings[0].DefRange; got.Filename != "profiles/modules/net.hcl" || got.Start.Line != 13 {
		t.Errorf("place of the first setting: %v", got)
	}
	if r.ImageFile != "images/room.hcl" {
		t.Errorf("image file %q", r.ImageFile)
	}
}

func TestResolveSortsWhatHasNoOrder(t *testing.T) {
	r := resolve(t, with(t, map[string]string{"images/room.hcl": image("  module \"net\" {\n    version = \"^1\"\n  }\n")}), "room", profile.Options{})
	if diff := cmp.Diff([]string{"10.20.0.7/32", "10.30.0.0/16"}, r.Request.Image.Management.From); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{0, 2}, r.Request.Image.Class.Groups); diff != "" {
		t.Error(diff)
	}
}

func TestResolveEpoch(t *testing.T) {
	at := time.Date(2026, 12, 24, 1, 2, 3, 4, time.FixedZone("", 3600))
	r := resolve(t, tree(t, good(t)), "room", profile.Options{Epoch: at})
	if got := r.Request.Image.Epoch; got != "2026-12-24T00:02:03Z" {
		t.Errorf("epoch %s", got)
	}
}

// What cannot be seen fails unless the profile itself says otherwise; that is part of the plan, so that a manifest binds as well.
func TestResolveAllowUnobservable(t *testing.T) {
	for body, want := range map[string]bool{"": false, "allow_unobservable = false\n": false, "allow_unobservable = true\n": true} {
		fsys := with(t, map[string]string{"modules/one.hcl": module("one", "1.0.0", ""), "images/room.hcl": image(body + "module \"one\" { version = \"^1\" }\n")})
		if got := resolve(t, fsys, "room", profile.Options{}).Request.Image.AllowUnobservable; got != want {
			t.Errorf("%q: %v", body, got)
		}
	}
}

// What an image carries for its first start is part of the plan where the image says so, and inherited; else the plan says nothing of it.
func TestResolveFirstBoot(t *testing.T) {
	for body, want := range map[string]*plan.FirstBoot{"": nil, "first_boot {\n  keep = false\n}\n": {}, "first_boot {\n  keep = true\n}\n": {Keep: true}} {
		fsys := with(t, map[string]string{"modules/one.hcl": module("one", "1.0.0", ""), "images/room.hcl": image(body + "module \"one\" { version = \"^1\" }\n"),
			"images/sister.hcl": "image \"sister\" {\n  like     = \"room\"\n  version  = \"1.0.0\"\n  released = \"2026-11-01\"\n}\n"})
		for _, name := range []string{"room", "sister"} {
			if diff := cmp.Diff(want, resolve(t, fsys, name, profile.Options{}).Request.Image.FirstBoot); diff != "" {
				t.Errorf("%s, %q (-want +got)\n%s", name, body, diff)
			}
		}
	}
}

func TestResolveUnknownImage(t *testing.T) {
	set, _ := profile.LoadFS(tree(t, good(t)), "profiles", table(t))
	_, diags := set.Resolve("rom", profile.Options{})
	if len(diags) != 1 || !strings.Contains(diags[0].Detail, `Did you mean "room"?`) {
		t.Errorf("got %v", diags)
	}
}

func TestExceptionsAndOverrides(t *testing.T) {
	common := "    reason = \"r\"\n    compensating = \"c\"\n    owner = \"o\"\n    approved_by = \"a\"\n    expires = \"2027-06-30\"\n  }\n"
	body := "  module \"net\" {\n    version = \"^1\"\n  }\n" +
		"  exception \"screen/timeout\" {\n    value = max(input.timeout, 1200)\n" + common +
		"  exception \"screen/stopped[Fax]\" {\n    skip = true\n" + common +
		"  override \"net/notice\" {\n    over = [\"screen/stopped\"]\n    reason = \"r\"\n  }\n"
	r := resolve(t, with(t, map[string]string{"images/room.hcl": image(body)}), "room", profile.Options{})
	ex := map[string]string{}
	for _, e := range r.Request.Exceptions {
		ex[e.Setting] = fmt.Sprint(e.Skip)
		if e.Spec != nil {
			ex[e.Setting] = specJSON(t, e.Spec)
		}
		if e.Expires != "2027-06-30" || e.Owner != "o" || e.ApprovedBy != "a" || e.Compensating != "c" || e.Reason != "r" {
			t.Errorf("exception %+v", e)
		}
	}
	want := map[string]string{
		"screen/timeout":      `{"key":"HKLM\\SOFTWARE\\Screen","name":"Timeout","type":"dword","value":"1200"}`,
		"screen/stopped[Fax]": "true",
	}
	if diff := cmp.Diff(want, ex); diff != "" {
		t.Errorf("exceptions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"screen/stopped"}, r.Request.Overrides[0].Over); diff != "" {
		t.Errorf("override (-want +got):\n%s", diff)
	}
	if got := specs(t, r)["screen/timeout"]; !strings.Contains(got, `"900"`) {
		t.Errorf("the setting itself keeps its value: %s", got)
	}
}

func TestOverridesInSettings(t *testing.T) {
	src := strings.Replace(module("x", "1.0.0", ""), "    severity  = \"low\"\n", "    severity  = \"low\"\n    override {\n      over   = [\"screen/timeout\", \"screen/stopped\"]\n      reason = \"r\"\n    }\n", 1)
	mods := map[string]string{"modules/x.hcl": src, "images/room.hcl": image("  module \"x\" {\n    version = \"^1\"\n  }\n")}
	if r := resolve(t, with(t, mods), "room", profile.Options{}); len(r.Request.Settings[0].Overrides) != 0 {
		t.Errorf("an override of settings that are not in the image: %+v", r.Request.Settings[0].Overrides)
	}
	mods["images/room.hcl"] = image("  module \"x\" {\n    version = \"^1\"\n  }\n  module \"screen\" {\n    version = \"^1\"\n  }\n")
	for _, c := range resolve(t, with(t, mods), "room", profile.Options{}).Request.Settings {
		if c.ID != "x/s" {
			continue
		}
		want := []string{"screen/stopped", "screen/timeout"}
		if len(c.Overrides) != 1 || c.Overrides[0].Winner != "x/s" || !slices.Equal(c.Overrides[0].Over, want) {
			t.Errorf("overrides %+v", c.Overrides)
		}
	}
}

// TestOrderOfFilesDoesNotMatter moves every block into files of other names and orders.
func TestOrderOfFilesDoesNotMatter(t *testing.T) {
	want := resolve(t, tree(t, good(t)), "room", profile.Options{})
	a := good(t)
	for i := range 5 {
		moved := &txtar.Archive{}
		for j, f := range a.Files {
			name := fmt.Sprintf("%s/%d-%s", filepath.Dir(f.Name), (i+j)*7%5, filepath.Base(f.Name))
			if filepath.Dir(f.Name) == "images" {
				name = f.Name
			}
			moved.Files = append(moved.Files, txtar.File{Name: name, Data: f.Data})
		}
		got := resolve(t, tree(t, moved), "room", profile.Options{})
		if diff := cmp.Diff(specs(t, want), specs(t, got)); diff != "" {
			t.Errorf("settings (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want.Modules, got.Modules); diff != "" {
			t.Errorf("modules (-want +got):\n%s", diff)
		}
	}
}

func TestModuleDigest(t *testing.T) {
	digest := func(src string) string {
		fsys := with(t, map[string]string{"modules/x.hcl": src, "images/room.hcl": image("  module \"x\" {\n    version = \"^1\"\n  }\n")})
		return resolve(t, fsys, "room", profile.Options{}).Modules[0].Digest
	}
	src := strings.Replace(module("x", "1.0.0", ""), "value     = module.version", "value     = <<-EOT\n      one\n        two\n    EOT", 1)
	formatted, err := profile.Format("x.hcl", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	want := digest(src)
	same := map[string]string{
		"a comment before, in and behind": "# c\n" + strings.Replace(src, "method ", "# c\n  /* d */ method ", 1) + "// e\n",
		"a comment at a line's end":       strings.Replace(src, `"policies"`, `"policies" # c`, 1),
		"blank lines":                     strings.ReplaceAll(src, "\n  method", "\n\n\n  method"),
		"fmt":                             string(formatted),
		"line ends of Windows":            strings.ReplaceAll(src, "\n", "\r\n"),
		"line ends inside braces":         strings.Replace(src, `{ en = "X", sv = "X" }`, "{\n    en = \"X\",\n    sv = \"X\"\n  }", 1),
	}
	for name, s := range same {
		if digest(s) != want {
			t.Errorf("%s moves the digest", name)
		}
	}
	other := map[string]string{
		"a text":               strings.Replace(src, `"Why"`, `"Who"`, 1),
		"blanks in a text":     strings.Replace(src, `"Why"`, `"Why "`, 1),
		"a heredoc":            strings.Replace(src, "one", "won", 1),
		"a heredoc's inside":   strings.Replace(src, "        two", "       two", 1),
		"a name":               strings.Replace(src, `"V"`, `"W"`, 1),
		"an attribute's value": strings.Replace(src, `"low"`, `"high"`, 1),
	}
	for name, s := range other {
		if s == src || digest(s) == want {
			t.Errorf("%s does not move the digest", name)
		}
	}
}

// plain is a kind of setting without an attribute that an exception could replace.
type plain struct {
	Name string `hcl:"name" json:"name"`
}

func (p *plain) Check() hcl.Diagnostics                           { return nil }
func (p *plain) Claims(setting.Base) []setting.Claim              { return nil }
func (p *plain) Ops(setting.Base) []setting.Op                    { return nil }
func (p *plain) Observe(setting.Reader) (setting.Observed, error) { return setting.Observed{}, nil }
func (p *plain) Judge(setting.Observed) setting.Verdict           { return setting.Verdict{} }
func plainTable() (setting.Table, error) {
	return setting.NewTable(setting.Kind{Name: "plain", New: func() setting.Spec { return new(plain) }})
}

func TestExceptionValueNeedsAPrincipalAttribute(t *testing.T) {
	tab, err := plainTable()
	if err != nil {
		t.Fatal(err)
	}
	fsys := with(t, map[string]string{"images/room.hcl": image("  module \"x\" {\n    version = \"^1\"\n  }\n  exception \"x/s\" {\n    value = 1\n" +
		"    reason = \"r\"\n    compensating = \"c\"\n    owner = \"o\"\n    approved_by = \"a\"\n    expires = \"2027-06-30\"\n  }\n")})
	delete(fsys, "modules/net.hcl")
	delete(fsys, "modules/screen.hcl")
	fsys["modules/x.hcl"] = &fstest.MapFile{Mode: 0o644, Data: []byte(`module "x" {
  version = "1.0.0"
  method  = "policies"
  title   = { en = "X", sv = "X" }
  severity_source = "a test"
  setting "plain" "s" {
    name      = "x"
    severity  = "low"
    rationale = { en = "Why", sv = "Varför" }
  }
}
`)}
	set, _ := profile.LoadFS(fsys, "profiles", tab)
	if got := summaries(set.Check()); len(got) != 1 || got[0] != "profiles/images/room.hcl: Unsupported exception" {
		t.Errorf("got %v", got)
	}
}
