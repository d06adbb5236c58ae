package profile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

func TestFormat(t *testing.T) {
	cases := map[string]struct{ in, want string }{
		"aligns":             {"a   =  1\nlong=2", "a    = 1\nlong = 2\n"},
		"indents":            {"x {\na=1\n}\n\n\n", "x {\n  a = 1\n}\n"},
		"line ends":          {"a = 1\r\n", "a = 1\n"},
		"nothing stays that": {"\n\n", ""},
		"keeps comments":     {"# c\na = 1 # d\n", "# c\na = 1 # d\n"},
	}
	for name, c := range cases {
		got, err := profile.Format("x.hcl", []byte(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, c.want)
		}
	}
	_, err := profile.Format("x.hcl", []byte("a = "))
	if diags, ok := errors.AsType[hcl.Diagnostics](err); !ok || diags[0].Subject.Filename != "x.hcl" {
		t.Errorf("a text that does not parse: %v", err)
	}
}

func TestFormatTree(t *testing.T) {
	fsys := tree(t, good(t))
	fsys["modules/net.hcl"].Data = []byte(strings.Replace(string(fsys["modules/net.hcl"].Data), "  builds =", "      builds  =", 1))
	fsys["products/viewer.hcl"].Data = []byte("product {\n")
	root := onDisk(t, fsys)
	file := filepath.Join(root, "modules", "net.hcl")
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(root))
	changed, _, diags := profile.FormatTree(root, true)
	if len(changed) != 1 || changed[0].File != "profiles/modules/net.hcl" {
		t.Fatalf("changed: %+v", changed)
	}
	for _, want := range []string{"-      builds  = \"^19044\"", "+  builds = \"^19044\"", "@@"} {
		if !strings.Contains(changed[0].Diff, want) {
			t.Errorf("the diff lacks %q:\n%s", want, changed[0].Diff)
		}
	}
	if len(diags) != 1 || diags[0].Subject.Filename != "profiles/products/viewer.hcl" {
		t.Errorf("problems: %v", diags)
	}
	if after, _ := os.ReadFile(file); string(after) != string(before) {
		t.Error("check wrote the file")
	}
	if _, _, diags := profile.FormatTree(root, false); len(diags) != 1 {
		t.Errorf("problems: %v", diags)
	}
	if again, _, _ := profile.FormatTree(root, true); len(again) != 0 {
		t.Errorf("still not in layout: %+v", again)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("permissions: %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(entries) != 2 {
		t.Errorf("files left behind: %v, %v", entries, err)
	}
}

func TestFormatFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	odd, broken, wide := write("odd.hcl", "a =   1\n"), write("broken.hcl", "a = \"C:\\Users\\X\"\n"), write("wide.hcl", "\xff\xfea\x00")
	changed, _, diags := profile.FormatFile(odd, false)
	if len(changed) != 1 || changed[0].File != filepath.ToSlash(odd) || len(diags) != 0 {
		t.Errorf("changed %+v, %v", changed, diags)
	}
	if got, _ := os.ReadFile(odd); string(got) != "a = 1\n" {
		t.Errorf("got %q", got)
	}
	_, files, diags := profile.FormatFile(broken, false)
	if len(diags) != 1 || !strings.Contains(diags[0].Detail, `"C:\\Users\\X"`) || files[filepath.ToSlash(broken)] == nil {
		t.Errorf("a file that does not parse: %v, %v", diags, files)
	}
	if _, _, diags = profile.FormatFile(wide, false); len(diags) != 1 || diags[0].Summary != "File is not UTF-8" {
		t.Errorf("another encoding: %v", diags)
	}
	if _, _, diags = profile.FormatFile(filepath.Join(dir, "x.txt"), false); len(diags) != 1 || diags[0].Summary != "Not a profile file" {
		t.Errorf("no profile: %v", diags)
	}
}

// profiles is the folder of data that comes with the project.
const profiles = "../../../profiles"

// TestProfilesOfTheProject holds the data that comes with the project against the loader.
func TestProfilesOfTheProject(t *testing.T) {
	set, _ := profile.Load(profiles, table(t))
	if diags := set.Check(); len(diags) != 0 {
		t.Fatal(diags)
	}
	for _, name := range []string{"lab-analyser-gateway", "radiology-viewer"} {
		r, diags := set.Resolve(name, profile.Options{})
		if len(diags) != 0 {
			t.Fatal(diags)
		}
		if len(r.Request.Settings) < 60 || len(r.Request.Products) != 1 {
			t.Errorf("%s has %d settings and %d products", name, len(r.Request.Settings), len(r.Request.Products))
		}
	}
	changed, _, diags := profile.FormatTree(profiles, true)
	if len(changed) != 0 || len(diags) != 0 {
		t.Errorf("not in the canonical layout: %+v %v", changed, diags)
	}
}

func BenchmarkLoadAndResolve(b *testing.B) {
	tab := table(b)
	for b.Loop() {
		set, _ := profile.Load(profiles, tab)
		if _, diags := set.Resolve("radiology-viewer", profile.Options{}); diags.HasErrors() {
			b.Fatal(diags)
		}
	}
}

// TestReadmeNamesAllFunctions keeps the page that people read true.
func TestReadmeNamesAllFunctions(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(profiles, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "**Functions.**")
	section, _, _ = strings.Cut(section, "**Exceptions**")
	var named []string
	for i, word := range strings.Split(section, "`") {
		if i%2 == 1 {
			named = append(named, word)
		}
	}
	if diff := cmp.Diff(profile.Functions(), named); diff != "" {
		t.Errorf("functions of the page (-want +got):\n%s", diff)
	}
}
