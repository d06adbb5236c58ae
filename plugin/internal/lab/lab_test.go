package lab_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

var update = flag.Bool("update", false, "write the golden file anew")

func bytesOf(t testing.TB, o lab.Options) []byte {
	t.Helper()
	b, err := lab.Bytes(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func open(t testing.TB, b []byte) *wim.File {
	t.Helper()
	f, err := wim.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func image(t testing.TB, f *wim.File, index int) *wim.Image {
	t.Helper()
	i, err := f.Image(index)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func hive(t testing.TB, i *wim.Image, path string) *regf.Hive {
	t.Helper()
	b, err := i.ReadFile(path, 64<<20)
	if err != nil {
		t.Fatal(err)
	}
	h, err := regf.Parse(b)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return h
}

// value returns a value as text, or "" where it is missing.
func value(h *regf.Hive, key, name string) string {
	k := h.Find(key)
	if k == nil {
		return ""
	}
	v, ok := k.Value(name)
	if !ok {
		return ""
	}
	if s, ok := v.Text(); ok {
		return s
	}
	if n, ok := v.Number(); ok {
		return fmt.Sprint(n)
	}
	list, _ := v.Strings()
	return strings.Join(list, "|")
}

func TestParseRelease(t *testing.T) {
	for _, c := range []struct {
		in   string
		want lab.Release
	}{
		{"ltsc-2021", lab.LTSC2021}, {"LTSC 2021", lab.LTSC2021}, {"2021", lab.LTSC2021}, {"21H2", lab.LTSC2021}, {"19044", lab.LTSC2021},
		{"ltsc2019", lab.LTSC2019}, {"ltsc_2019", lab.LTSC2019}, {"1809", lab.LTSC2019},
		{"ltsb-2016", lab.LTSB2016}, {"ltsc-2016", lab.LTSB2016}, {"2016", lab.LTSB2016}, {"14393", lab.LTSB2016},
	} {
		got, err := lab.ParseRelease(c.in)
		if err != nil || got != c.want {
			t.Errorf("ParseRelease(%q) = %q, %v; want %q", c.in, got, err, c.want)
		}
	}
}

func TestUnknownOptionsNameTheKnown(t *testing.T) {
	_, release := lab.ParseRelease("ltsc-2022")
	_, releaseless := lab.Bytes(lab.Options{Language: "sv-SE"})
	_, language := lab.Bytes(lab.Options{Release: lab.LTSC2021, Language: "sv-SV"})
	_, arch := lab.Bytes(lab.Options{Release: lab.LTSC2021, Language: "sv-SE", Arch: "amd46"})
	_, path := lab.Bytes(lab.Options{Release: lab.LTSC2021, Language: "sv-SE", Hives: map[string][]byte{"Windows/System32/config/SISTEM": nil}})
	_, real := lab.Options{}.WithReal(map[string][]byte{"SYSTEN": nil})
	system := "Windows/System32/config/SYSTEM"
	_, both := lab.Bytes(lab.Options{Release: lab.LTSC2021, Language: "sv-SE",
		Hives: map[string][]byte{system: nil}, Grafts: map[string][]byte{system: nil}})
	_, twice := lab.Bytes(lab.Options{Release: lab.LTSC2021, Language: "sv-SE",
		Hives: map[string][]byte{system: nil, strings.ToLower(system): nil}})
	_, dirty := lab.Bytes(lab.Options{Release: lab.LTSC2021, Language: "sv-SE", Dirty: []string{"SYSTEN"}})
	_, taken := lab.Bytes(lab.Options{Release: lab.LTSC2021, Language: "sv-SE", Dirty: []string{"SYSTEM"}, Hives: map[string][]byte{system: nil}})
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"dirty hive", dirty, `unknown hive path "SYSTEN"`},
		{"dirty and replaced", taken, "replaced and to be made dirty"},
		{"release", release, `unknown release "ltsc-2022", known are ltsb-2016, ltsc-2019, ltsc-2021; did you mean "ltsc-2021"?`},
		{"no release", releaseless, `unknown release ""`},
		{"language", language, `did you mean "sv-SE"?`},
		{"architecture", arch, `did you mean "amd64"?`},
		{"hive path", path, `did you mean "Windows/System32/config/SYSTEM"?`},
		{"hive", real, `did you mean "SYSTEM"?`},
		{"both", both, "replaced and grafted into"},
		{"twice", twice, "given twice"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", c.name, c.err, c.want)
		}
	}
}

// TestGolden pins the bytes of every release and language. A change here is a
// change of everything that is built from the lab base: look at what it is,
// then run with -update.
func TestGolden(t *testing.T) {
	path := filepath.Join("testdata", "sha256.txt")
	var got strings.Builder
	for _, r := range lab.Releases() {
		for _, l := range lab.Languages() {
			b := bytesOf(t, lab.Options{Release: r, Language: l})
			if r == lab.LTSC2021 && !bytes.Equal(b, bytesOf(t, lab.Options{Release: r, Language: strings.ToLower(l), Arch: "amd64"})) {
				t.Errorf("two builds of %s %s differ", r, l)
			}
			fmt.Fprintf(&got, "%x  %s %s %d\n", sha256.Sum256(b), r, l, len(b))
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Fields(string(want)), strings.Fields(got.String())); diff != "" {
		t.Errorf("lab bases changed (-golden +now):\n%s", diff)
	}
}

func TestFactsAgree(t *testing.T) {
	const current = `Microsoft\Windows NT\CurrentVersion`
	for _, r := range lab.Releases() {
		facts, err := r.Facts()
		if err != nil {
			t.Fatal(err)
		}
		f := open(t, bytesOf(t, lab.Options{Release: r, Language: "sv-SE"}))
		if n := len(f.Images()); n != 2 {
			t.Fatalf("%s: %d images, want 2", r, n)
		}
		for n, x := range f.Images() {
			want := facts.Images[n]
			img := image(t, f, n+1)
			sw, sys := hive(t, img, "Windows/System32/config/SOFTWARE"), hive(t, img, "Windows/System32/config/SYSTEM")
			got := []string{
				x.Name, x.EditionID, x.DefaultLanguage, x.Arch, value(sw, current, "EditionID"), value(sw, current, "ProductName"),
				value(sw, current, "CurrentBuild") + "." + value(sw, current, "UBR"), value(sw, current, "DisplayVersion"),
				value(sys, `ControlSet001\Control\Nls\Language`, "InstallLanguage"), value(sys, `ControlSet001\Control\MUI\UILanguages\sv-SE`, "LCID"),
				value(sys, `ControlSet001\Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE"),
				value(sys, "Select", "Current"), value(sys, "Select", "Default"), value(sys, "Select", "LastKnownGood"), value(sys, "Select", "Failed"),
			}
			expect := []string{
				want.Name, want.EditionID, "sv-SE", "amd64", want.EditionID, want.Product, facts.BuildUBR(), facts.DisplayVersion,
				"041D", "1053", "AMD64", "1", "1", "1", "0",
			}
			if diff := cmp.Diff(expect, got); diff != "" {
				t.Errorf("%s image %d (-want +got):\n%s", r, n+1, diff)
			}
			if !strings.HasPrefix(x.Description, lab.Marker) {
				t.Errorf("%s image %d does not say what it is: %q", r, n+1, x.Description)
			}
			if wantXML := fmt.Sprintf("10.0.%s.%d", facts.LabBuild, facts.UBR); x.Build != wantXML {
				t.Errorf("%s: the XML says %s, want %s", r, x.Build, wantXML)
			}
		}
		_, err = f.Select(facts.Images[1].EditionID)
		if ambiguous := err != nil; ambiguous != facts.Ambiguous() {
			t.Errorf("%s: choosing image by edition %s gives %v, but Ambiguous is %t", r, facts.Images[1].EditionID, err, facts.Ambiguous())
		}
		if n, err := f.Select(facts.Images[1].Name); n != 2 || err != nil {
			t.Errorf("%s: choosing by name gives %d, %v", r, n, err)
		}
	}
}

// TestSaysWhatItIs reads every file of a base.
func TestSaysWhatItIs(t *testing.T) {
	f := open(t, bytesOf(t, lab.Options{Release: lab.LTSC2021, Language: "en-US"}))
	hives := map[string]bool{}
	for _, p := range lab.HivePaths() {
		hives["/"+p] = true
	}
	for n := range 2 {
		img, files := image(t, f, n+1), 0
		err := img.Walk("/", func(i wim.Info) error {
			if i.Attributes&(wim.AttrDirectory|wim.AttrReparse) != 0 {
				return nil
			}
			b, err := img.ReadFile(i.Path, 1<<20)
			if err != nil {
				return err
			}
			if hives[i.Path] {
				h := hive(t, img, i.Path)
				if value(h, lab.MarkerKey, "Stand-in") != "1" || value(h, lab.MarkerKey, "Release") != "ltsc-2021" ||
					!strings.HasPrefix(value(h, lab.MarkerKey, "Description"), lab.Marker) {
					t.Errorf("hive %s does not say what it is", i.Path)
				}
				delete(hives, i.Path)
				return nil
			}
			files++
			first, _, _ := strings.Cut(string(b), "\n")
			if strings.HasPrefix(first, "\xff\xfe") { // UTF-16, as tasks are
				first = strings.ReplaceAll(first, "\x00", "")
			}
			if !strings.Contains(first, lab.Marker) {
				t.Errorf("%s begins with %q", i.Path, first)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if files < 300 {
			t.Errorf("image %d has %d files besides its hives, want 300 or more", n+1, files)
		}
		if n == 0 && len(hives) > 0 {
			t.Errorf("hives are missing: %v", hives)
		}
		for _, p := range lab.HivePaths() {
			hives["/"+p] = true
		}
	}
}

func TestShape(t *testing.T) {
	img := image(t, open(t, bytesOf(t, lab.Options{Release: lab.LTSC2021, Language: "sv-SE"})), 2)
	stat := func(p string) wim.Info {
		i, err := img.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if i.SecurityDescriptor() == nil {
			t.Errorf("%s has no security descriptor", p)
		}
		return i
	}
	for p, short := range map[string]string{"Program Files": "PROGRA~1", "Program Files (x86)": "PROGRA~2", "Documents and Settings": "DOCUME~1"} {
		if got := stat(p).ShortName; got != short {
			t.Errorf("short name of %s is %q, want %q", p, got, short)
		}
	}
	if i := stat("Users/All Users"); i.ReparseTag != 0xa000000c || i.IsDir() {
		t.Errorf("Users/All Users is no symbolic link: %+v", i)
	}
	if i := stat("Documents and Settings"); i.ReparseTag != 0xa0000003 || i.Attributes&(wim.AttrHidden|wim.AttrSystem) != wim.AttrHidden|wim.AttrSystem {
		t.Errorf("Documents and Settings is no hidden junction: %+v", i)
	}
	a, b := stat("Windows/notepad.exe"), stat("Windows/System32/notepad.exe")
	if a.LinkID == 0 || a.LinkID != b.LinkID || a.SHA1 != b.SHA1 {
		t.Errorf("notepad.exe is not linked: %+v %+v", a, b)
	}
	if _, err := img.Stat("Windows/System32/GroupPolicy"); err == nil {
		t.Error("GroupPolicy is there, media have none")
	}
	stat("Windows/System32/sv-SE/cmd.exe.mui")
	h := hive(t, img, "Windows/System32/config/SOFTWARE")
	v, ok := h.Find(lab.MarkerKey).Value("Big")
	if !ok || len(v.Data) <= 16344 {
		t.Errorf("the big value has %d bytes, want more than 16,344", len(v.Data))
	}
	if _, err := img.Stat("Windows/System32/config/SYSTEM"); err != nil {
		t.Error(err)
	}
}

// TestShortNames: in one directory no two names may answer to the same word.
func TestShortNames(t *testing.T) {
	for _, r := range lab.Releases() {
		img := image(t, open(t, bytesOf(t, lab.Options{Release: r, Language: "sv-SE"})), 2)
		taken, short := map[string]string{}, 0
		err := img.Walk("/", func(i wim.Info) error {
			dir := strings.TrimSuffix(i.Path, i.Name)
			for _, n := range []string{i.Name, i.ShortName} {
				if other, ok := taken[strings.ToUpper(dir+n)]; n != "" && ok {
					t.Errorf("%s: %s answers to %s as %s does", r, i.Path, n, other)
				}
				taken[strings.ToUpper(dir+n)] = i.Path
			}
			if i.ShortName != "" {
				short++
				if !shortForm.MatchString(i.ShortName) {
					t.Errorf("%s: short name %q of %s has not the form 8.3", r, i.ShortName, i.Path)
				}
			}
			return nil
		})
		if err != nil || short < 50 {
			t.Errorf("%s: %d short names, want 50 or more (%v)", r, short, err)
		}
	}
}

var shortForm = regexp.MustCompile(`^[A-Z0-9_~]{1,8}(\.[A-Z0-9_]{1,3})?$`)

// BenchmarkBase shows what a base costs, which every test pays.
func BenchmarkBase(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		data, err := lab.Bytes(lab.Options{Release: lab.LTSC2021, Language: "sv-SE"})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(data)))
	}
}

// A serviced base says its update revision in its facts; a revision below the medium's and another build are refused.
func TestServiced(t *testing.T) {
	b, err := lab.New(lab.Options{Release: lab.LTSC2021, Language: "sv-SE", Build: "19044.5011"})
	if err != nil || b.Facts.BuildUBR() != "19044.5011" {
		t.Fatalf("got %v, %v; want the revision asked for", b, err)
	}
	for _, build := range []string{"19044", "19044.1287", "17763.5011", "19044.x", "19044.65536", "19044.-1", "."} {
		if _, err := lab.New(lab.Options{Release: lab.LTSC2021, Language: "sv-SE", Build: build}); err == nil || !strings.Contains(err.Error(), "19044.1288") {
			t.Errorf("build %q: got error %v, want one that names the medium's build", build, err)
		}
	}
}
