package image_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// The manifest keeps the target's facts and changes; these stop compiling where the fields part.
var (
	_ = manifest.BaseFacts(image.Facts{})
	_ = manifest.Change(image.Change{})
)

func TestFacts(t *testing.T) {
	want := image.Facts{
		ProductName: "Windows 10 IoT Enterprise LTSC 2021", EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64",
		InstallLanguage: "sv-SE", Languages: []string{"en-US", "sv-SE"},
		Packages: []string{"Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.19041.1"},
	}
	got, err := openImage(t, newWindows(t).write(t)).Facts()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	const version = `Microsoft\Windows NT\CurrentVersion`
	for name, tc := range map[string]struct {
		change func(w *windows)
		want   []string // parts of the error; none for no error
		lab    bool
	}{
		"lab marker in SOFTWARE": {func(w *windows) { set(t, w.hives[software], "wmclient-lab", "Stand-in", setting.DWord(1)) }, nil, true},
		"lab marker in SYSTEM":   {func(w *windows) { set(t, w.hives[system], "wmclient-lab", "x", setting.DWord(0)) }, nil, true},
		"XML says nothing":       {func(w *windows) { w.info = wim.ImageInfo{Name: "x"} }, nil, false},
		"XML is the same build":  {func(w *windows) { w.info.Build = "10.0.19044.1" }, nil, false},
		"XML edition":            {func(w *windows) { w.info.EditionID = "EnterpriseS" }, []string{`"IoTEnterpriseS"`, `"EnterpriseS"`, "XML"}, false},
		"XML build":              {func(w *windows) { w.info.Build = "10.0.17763.1" }, []string{`"19044"`, `"17763"`}, false},
		"XML architecture":       {func(w *windows) { w.info.Arch = "x86" }, []string{`"amd64"`, `"x86"`}, false},
		"XML language":           {func(w *windows) { w.info.DefaultLanguage = "de-DE" }, []string{`"sv-SE"`, `"de-DE"`}, false},
		"language unknown": {func(w *windows) {
			set(t, w.hives[system], `ControlSet002\Control\Nls\Language`, "InstallLanguage", setting.SZ("0407"))
		}, []string{"0407", "UILanguages"}, false},
		"UBR is a text": {func(w *windows) { set(t, w.hives[software], version, "UBR", setting.SZ("1")) }, []string{"UBR", "sz:1"}, false},
		"no edition":    {func(w *windows) { set(t, w.hives[software], version, "EditionID", setting.SZ("")) }, []string{"EditionID"}, false},
		"architecture from the build's name": {func(w *windows) {
			gone(t, w.hives[system], `ControlSet002\Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE")
			set(t, w.hives[software], version, "BuildLabEx", setting.SZ("19041.1.amd64fre.vb_release.191206-1406"))
		}, nil, false},
		"no architecture": {func(w *windows) {
			gone(t, w.hives[system], `ControlSet002\Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE")
			set(t, w.hives[software], version, "BuildLabEx", setting.SZ("19041.1.vb_release"))
		}, []string{"PROCESSOR_ARCHITECTURE", "19041.1.vb_release"}, false},
		"no SYSTEM": {func(w *windows) { delete(w.hives, system) }, []string{`config\SYSTEM is missing`}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWindows(t)
			tc.change(w)
			f, err := openImage(t, w.write(t)).Facts()
			if (err != nil) != (tc.want != nil) {
				t.Fatalf("error %v, want one with %q", err, tc.want)
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q lacks %q", err, part)
				}
			}
			if err == nil && f.Arch != "amd64" {
				t.Errorf("architecture is %q", f.Arch)
			}
			if f.StandIn != tc.lab {
				t.Errorf("stand-in is %v, want %v", f.StandIn, tc.lab)
			}
		})
	}
}

// TestLabBases reads the facts of every lab base, and that each says that it is a stand-in.
func TestLabBases(t *testing.T) {
	for _, release := range lab.Releases() {
		b, err := lab.Bytes(lab.Options{Release: release, Language: "sv-SE"})
		if err != nil {
			t.Fatal(err)
		}
		f, err := wim.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		want, err := release.Facts()
		if err != nil {
			t.Fatal(err)
		}
		for n, made := range want.Images {
			img, err := f.Image(n + 1)
			if err != nil {
				t.Fatal(err)
			}
			i, err := image.Open(img)
			if err != nil {
				t.Fatal(err)
			}
			got, err := i.Facts()
			if err != nil {
				t.Fatal(err)
			}
			if got.EditionID != made.EditionID || got.Build != want.BuildUBR() || got.Arch != "amd64" || got.InstallLanguage != "sv-SE" ||
				!got.StandIn || len(got.Packages) == 0 {
				t.Errorf("%s, image %d: facts %+v", release, n+1, got)
			}
		}
	}
}
