package profile_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

// onDisk writes a tree into a folder called profiles and returns it.
func onDisk(t *testing.T, fsys fstest.MapFS) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "profiles")
	if err := os.CopyFS(root, fsys); err != nil {
		t.Fatal(err)
	}
	return root
}

func summaries(diags hcl.Diagnostics) []string {
	var out []string
	for _, d := range diags {
		out = append(out, d.Subject.Filename+": "+d.Summary)
	}
	return out
}

func TestLoadRefusesWhatIsTooMuch(t *testing.T) {
	deep := func(s string, n int) []byte {
		return []byte("locals {\n  a = " + strings.Repeat(s, n) + "1\n}\n")
	}
	cases := map[string]struct {
		src  []byte
		want string
	}{
		"large":     {bytes.Repeat([]byte("# comment\n"), 1<<20), "Profile file too large"},
		"brackets":  {deep("[", 100000), "Profile file too complex"},
		"negations": {deep("!", 100000), "Profile file too complex"},
		"minus":     {deep("-", 100000), "Profile file too complex"},
		"choices":   {deep("true ? 1 : ", 100000), "Profile file too large"},
		"templates": {deep(`"${`, 50000), "Profile file too complex"},
		"sums":      {deep("1+", 100000), "Profile file too complex"},
		"indices":   {[]byte("locals {\n  a = a" + strings.Repeat("[b]", 100000) + "\n}\n"), "Profile file too complex"},
		"binary":    {[]byte("\x00\xff\xfe"), "File is not UTF-8"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			fsys := tree(t, good(t))
			fsys["modules/x.hcl"] = &fstest.MapFile{Data: c.src, Mode: 0o644}
			_, diags := profile.LoadFS(fsys, "profiles", table(t))
			if !slices.Contains(summaries(diags), "profiles/modules/x.hcl: "+c.want) {
				t.Errorf("got %v, want %q on profiles/modules/x.hcl", summaries(diags), c.want)
			}
		})
	}
}

func TestLoadRefusesTooManyFiles(t *testing.T) {
	fsys := fstest.MapFS{}
	for i := range 5000 {
		fsys["modules/"+strings.Repeat("a", i/100+1)+strings.Repeat("b", i%100)+".hcl"] = &fstest.MapFile{Mode: 0o644}
	}
	_, diags := profile.LoadFS(fsys, "profiles", table(t))
	if len(diags) != 1 || diags[0].Summary != "Too many profile files" {
		t.Errorf("got %v", summaries(diags))
	}
}

func TestLoadRefusesTooLargeATree(t *testing.T) {
	fsys := fstest.MapFS{}
	for i := range 40 {
		fsys[fmt.Sprintf("modules/%02d.hcl", i)] = &fstest.MapFile{Data: bytes.Repeat([]byte("#\n"), 1<<19), Mode: 0o644}
	}
	_, diags := profile.LoadFS(fsys, "profiles", table(t))
	if len(diags) != 1 || diags[0].Summary != "Profile tree too large" || diags[0].Subject.Filename != "profiles/modules/32.hcl" {
		t.Errorf("got %v", summaries(diags))
	}
}

func TestLoadDoesNotLeaveTheTree(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege on Windows")
	}
	root := onDisk(t, tree(t, good(t)))
	outside := filepath.Join(t.TempDir(), "secret.hcl")
	if err := os.WriteFile(outside, []byte("base \"secret\" {\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{
		"modules/out.hcl":    outside,
		"modules/inside.hcl": "../modules/net.hcl",
		"modules/folder":     filepath.Dir(outside),
		"modules/files":      "../images",
		"modules/none.hcl":   "nowhere",
		"secret.txt":         outside,
	} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	source := strings.Replace(string(good(t).Files[2].Data), `content  = "${image.name} on ${base.build}"`, `source = "secret.txt"`, 1)
	if err := os.WriteFile(filepath.Join(root, "modules/net.hcl"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(root, "modules/inside.hcl")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../bases/all.hcl", filepath.Join(root, "modules/inside.hcl")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(root))
	set, _ := profile.Load(root, table(t))
	want := []string{
		"profiles/modules/files: Link to a folder",
		"profiles/modules/folder: Link out of the profile tree",
		"profiles/modules/inside.hcl: Duplicate base", // a link that stays inside is read like a file
		"profiles/modules/inside.hcl: Duplicate base",
		"profiles/modules/net.hcl: Link out of the profile tree",
		"profiles/modules/none.hcl: Link out of the profile tree",
		"profiles/modules/out.hcl: Link out of the profile tree",
	}
	diags := set.Check()
	if diff := cmp.Diff(want, summaries(diags)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if got := diags[4].Detail; !strings.Contains(got, `"secret.txt" is a symbolic link`) || !strings.Contains(got, "Put the file itself into the tree") {
		t.Errorf("a source that leads out: %s", got)
	}
}

// TestLoadRefusesOtherEncodings holds that a file in another encoding is one problem with a way out, not one for each character.
func TestLoadRefusesOtherEncodings(t *testing.T) {
	text := string(good(t).Files[2].Data)
	wide := func(first, second string) string {
		var out strings.Builder
		for _, r := range text {
			out.WriteString(strings.NewReplacer("0", "\x00", "r", string(r)).Replace(first + second))
		}
		return out.String()
	}
	cases := map[string]struct {
		src  string
		want []string
		line int
	}{
		"UTF-16 of PowerShell":  {"\xff\xfe" + wide("r", "0"), []string{"looks like UTF-16", "Save it as UTF-8"}, 1},
		"UTF-16, big-endian":    {"\xfe\xff" + wide("0", "r"), []string{"looks like UTF-16", "Save it as UTF-8"}, 1},
		"UTF-16 without a mark": {wide("r", "0"), []string{"looks like UTF-16", "Save it as UTF-8"}, 1},
		"Windows-1252":          {strings.ReplaceAll(text, "Nät", "N\xe4t"), []string{"Line 6, column 12 has the byte 0xe4", "Save it as UTF-8"}, 6},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			fsys := tree(t, good(t))
			fsys["modules/net.hcl"] = &fstest.MapFile{Data: []byte(c.src), Mode: 0o644}
			set, _ := profile.LoadFS(fsys, "profiles", table(t))
			diags := set.Check()
			if len(diags) != 1 || diags[0].Summary != "File is not UTF-8" || diags[0].Subject.Filename != "profiles/modules/net.hcl" || diags[0].Subject.Start.Line != c.line {
				t.Fatalf("got %v", diags)
			}
			for _, want := range c.want {
				if !strings.Contains(diags[0].Detail, want) {
					t.Errorf("the detail lacks %q: %s", want, diags[0].Detail)
				}
			}
		})
	}
}

// TestLoadNamesFilesAsTheyAreFoundFromHere: what a message names can be opened from the working folder.
func TestLoadNamesFilesAsTheyAreFoundFromHere(t *testing.T) {
	root := onDisk(t, tree(t, good(t)))
	for here, want := range map[string]string{
		root: "images/room.hcl", filepath.Dir(root): "profiles/images/room.hcl", filepath.Dir(filepath.Dir(root)): filepath.Base(filepath.Dir(root)) + "/profiles/images/room.hcl",
		t.TempDir(): filepath.ToSlash(root) + "/images/room.hcl", filepath.Join(root, "modules"): filepath.ToSlash(root) + "/images/room.hcl",
	} {
		t.Chdir(here)
		for _, given := range []string{root, relative(t, here, root)} {
			set, _ := profile.Load(given, table(t))
			if set.Files()[want] == nil {
				t.Errorf("from %s, given as %s, files are not named as %s", here, given, want)
			}
			if name, err := set.ImageAt(want); err != nil || name != "room" {
				t.Errorf("ImageAt(%q) = %q, %v", want, name, err)
			}
			if _, err := os.Stat(filepath.FromSlash(want)); err != nil {
				t.Error(err)
			}
		}
	}
}

func relative(t *testing.T, from, to string) string {
	t.Helper()
	rel, err := filepath.Rel(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}

func TestImageAt(t *testing.T) {
	root := onDisk(t, tree(t, good(t)))
	t.Chdir(filepath.Dir(root))
	set, diags := profile.Load(root, table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if set.Files()["profiles/images/room.hcl"] == nil {
		t.Errorf("files are named otherwise")
	}
	for _, file := range []string{"images/room.hcl", "profiles/images/room.hcl", "./profiles/images/room.hcl", filepath.Join(root, "images", "room.hcl")} {
		if name, err := set.ImageAt(file); err != nil || name != "room" {
			t.Errorf("ImageAt(%q) = %q, %v", file, name, err)
		}
	}
	t.Chdir(filepath.Join(root, "images"))
	if name, err := set.ImageAt("room.hcl"); err != nil || name != "room" {
		t.Errorf("ImageAt(room.hcl) from its own folder = %q, %v", name, err)
	}
	alias := filepath.Join(t.TempDir(), "other") // as a path typed in other case names the same folder on Windows
	if err := os.Symlink(root, alias); err == nil {
		if name, err := set.ImageAt(filepath.Join(alias, "images", "room.hcl")); err != nil || name != "room" {
			t.Errorf("ImageAt by another name of the same file = %q, %v", name, err)
		}
	}
	for _, file := range []string{"images/other.hcl", filepath.Join(t.TempDir(), "profiles", "images", "room.hcl")} {
		if name, err := set.ImageAt(file); err == nil {
			t.Errorf("ImageAt(%q) = %q, want an error", file, name)
		}
	}
	if _, diags := profile.Load(filepath.Join(root, "none"), table(t)); len(diags) != 1 || diags[0].Summary != "Profile folder not found" {
		t.Errorf("a folder that is not there: %v", diags)
	}
}

func TestFindRoot(t *testing.T) {
	root := onDisk(t, tree(t, good(t)))
	for _, from := range []string{"images/room.hcl", "images", "."} {
		got, err := profile.FindRoot(filepath.Join(root, from))
		if err != nil || got != root {
			t.Errorf("FindRoot(%q) = %q, %v; want %q", from, got, err, root)
		}
	}
	for _, from := range []string{filepath.Dir(root), filepath.Join(root, "images", "none.hcl")} {
		if got, err := profile.FindRoot(from); err == nil {
			t.Errorf("FindRoot(%q) = %q, want an error", from, got)
		}
	}
}

func TestLockFilesAndHiddenFilesAreNoProfiles(t *testing.T) {
	fsys := tree(t, good(t))
	for _, name := range []string{"images/room.lock.hcl", "images/.room.hcl", "images/notes.txt", "other/x.hcl", "x.hcl"} {
		fsys[name] = &fstest.MapFile{Data: []byte("nonsense {"), Mode: 0o644}
	}
	if got := check(t, fsys); got != "" {
		t.Errorf("they were read:\n%s", got)
	}
}

func TestWriteDiagsJSON(t *testing.T) {
	fsys := tree(t, good(t))
	fsys["modules/x.hcl"] = &fstest.MapFile{Data: []byte("# é\nmodul \"x\" {\n}\n"), Mode: 0o644}
	set, diags := profile.LoadFS(fsys, "profiles", table(t))
	diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Without a place"})
	var buf bytes.Buffer
	if err := profile.WriteDiags(&buf, diags, set.Files(), profile.WriteOptions{JSON: true}); err != nil {
		t.Fatal(err)
	}
	want := `{"severity":"warning","summary":"Without a place"}
{"severity":"error","summary":"Unsupported block type","detail":"Blocks of type \"modul\" are not expected here. Did you mean \"module\"?","subject":{"filename":"profiles/modules/x.hcl","start":{"line":2,"column":1,"byte":5},"end":{"line":2,"column":6,"byte":10}},"snippet":"modul \"x\" {"}
`
	if diff := cmp.Diff(want, buf.String()); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	for line := range strings.Lines(buf.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

func TestWriteDiagsColor(t *testing.T) {
	d := hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "S", Detail: strings.Repeat("word ", 30)}}
	var plain, colored bytes.Buffer
	if err := profile.WriteDiags(&plain, d, nil, profile.WriteOptions{Width: 40}); err != nil {
		t.Fatal(err)
	}
	if err := profile.WriteDiags(&colored, d, nil, profile.WriteOptions{Color: true}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(colored.String(), "\x1b[31mError") {
		t.Errorf("color: plain %q, colored %q", plain.String(), colored.String())
	}
	for line := range strings.Lines(plain.String()) {
		if len(line) > 42 {
			t.Errorf("not wrapped: %q", line)
		}
	}
}

func FuzzLoad(f *testing.F) {
	seeds, err := filepath.Glob(filepath.Join("testdata", "diags", "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	frozen, err := filepath.Glob(filepath.Join("testdata", "stability", "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range slices.Concat(seeds, frozen, []string{filepath.Join("testdata", "good.txtar")}) {
		for _, file := range archive(f, s).Files {
			if strings.HasSuffix(file.Name, ".hcl") {
				f.Add(file.Data)
			}
		}
	}
	base, tab := good(f), table(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		hostile.Bounded(t, len(src), 2048, 4<<20, func() { _, _ = profile.Format("fuzz.hcl", src) })
		fsys := tree(t, base)
		fsys["modules/fuzz.hcl"] = &fstest.MapFile{Data: src, Mode: 0o644}
		var set *profile.Set
		var diags hcl.Diagnostics
		hostile.Bounded(t, len(src), 2048, 64<<20, func() { // the files beside it are read too
			set, _ = profile.LoadFS(fsys, "profiles", tab)
			diags = set.Check()
		})
		for _, d := range diags {
			if d.Subject == nil || d.Summary == "" || d.Detail == "" {
				t.Errorf("a message without place or text: %v", d)
			}
		}
		if err := profile.WriteDiags(&bytes.Buffer{}, diags, set.Files(), profile.WriteOptions{}); err != nil {
			t.Error(err)
		}
		out, err := profile.Format("fuzz.hcl", src)
		if err != nil {
			return
		}
		again, err := profile.Format("fuzz.hcl", out)
		if err != nil {
			t.Fatalf("the formatted text does not parse: %v", err)
		}
		_ = again // hcl's own layout is not always a fixed point on odd input; that it parses is ours to keep
	})
}
