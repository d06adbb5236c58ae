package image_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regpol"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

func TestHardenAndReopen(t *testing.T) {
	base := newWindows(t).write(t)
	before := outcomes(judge(t, base))
	for id, o := range before {
		if want := map[bool]setting.Outcome{true: setting.Deferred, false: setting.Fail}[id == "m/right"]; o != want {
			t.Errorf("on the base %s is %s, want %s: the test would pass without the edit", id, o, want)
		}
	}
	hardened, report, changes := harden(t, base)
	for _, f := range judge(t, hardened) {
		if want := map[bool]setting.Outcome{true: setting.Deferred, false: setting.Pass}[f.Setting == "m/right"]; f.Outcome != want {
			t.Errorf("%s is %s (%s), want %s", f.Setting, f.Outcome, f.Reason, want)
		}
	}
	if n := report.Count(apply.Changed); n != len(report.Ops) || n == 0 {
		t.Errorf("%d of %d ops changed the image", n, len(report.Ops))
	}
	var got []string
	for _, c := range changes {
		got = append(got, c.Action+" "+c.Path)
	}
	want := []string{
		`replaced \Users\Default\NTUSER.DAT`, `added \Windows\System32\GroupPolicy\Machine\Registry.pol`,
		`added \Windows\System32\GroupPolicy\User\Registry.pol`, `added \Windows\System32\GroupPolicy\gpt.ini`,
		`replaced \Windows\System32\config\SOFTWARE`, `replaced \Windows\System32\config\SYSTEM`, `deleted \Windows\old.txt`,
		`added \Windows\wm\hello.txt`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	img := openImage(t, hardened)
	for _, c := range changes {
		facts, err := img.File(c.Path)
		if c.Action == "deleted" {
			if !errors.Is(err, setting.ErrAbsent) {
				t.Errorf("%s: %v, want it absent", c.Path, err)
			}
		} else if err != nil || facts.SHA256 != c.SHA256 || facts.Size != c.Size {
			t.Errorf("%s is %+v, %v; Commit said %+v", c.Path, facts, err, c)
		}
	}
	if log := read(t, hardened, software+".LOG1"); string(log) != "log" {
		t.Errorf("the transaction log was touched: %q", log)
	}
	old, err := regf.Parse(read(t, hardened, system))
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := old.Find(`ControlSet001\Services\RemoteRegistry`).Value("Start"); v.Data[0] != 3 {
		t.Error("the control set that is not current was edited")
	}
}

// TestEachFlipIsFound changes every single thing that a passing finding was judged by, without the code that wrote it, and expects exactly
// the settings that it belongs to to fail.
func TestEachFlipIsFound(t *testing.T) {
	hardened, _, _ := harden(t, newWindows(t).write(t))
	owners := make(map[setting.Location][]string)
	facts := make(map[setting.Location]setting.Fact)
	for _, f := range judge(t, hardened) {
		for _, e := range f.Evidence {
			owners[e.Location] = append(owners[e.Location], f.Setting)
			facts[e.Location] = e
		}
	}
	if len(owners) < 9 {
		t.Fatalf("only %d locations were looked at", len(owners))
	}
	flipped := 0
	for location, ids := range owners {
		t.Run(string(location), func(t *testing.T) {
			other, ok := flip(t, hardened, facts[location])
			if !ok {
				return
			}
			flipped++
			var failed []string
			for id, o := range outcomes(judge(t, other)) {
				if o == setting.Fail {
					failed = append(failed, id)
				} else if o != setting.Pass && o != setting.Deferred {
					t.Errorf("%s is %s", id, o)
				}
			}
			slices.Sort(failed)
			if diff := cmp.Diff(ids, failed); diff != "" {
				t.Errorf("failed settings (-want +got):\n%s", diff)
			}
		})
	}
	if flipped < 9 {
		t.Errorf("only %d of %d locations were flipped", flipped, len(owners))
	}
}

// flip makes the fact untrue in a copy of the WIM; ok is false for a default value.
func flip(t *testing.T, f *wim.File, fact setting.Fact) (*wim.File, bool) {
	t.Helper()
	scheme, rest, _ := strings.Cut(string(fact.Location), ":")
	switch scheme {
	case "reg":
		key, name, _ := strings.Cut(rest, "!")
		if name == "" {
			return nil, false
		}
		path, inside := software, strings.TrimPrefix(key, `HKLM\SOFTWARE\`)
		if s, ok := strings.CutPrefix(key, `HKLM\SYSTEM\CurrentControlSet`); ok {
			path, inside = system, "ControlSet002"+s
		} else if s, ok := strings.CutPrefix(key, `HKCU\`); ok {
			path, inside = ntuser, s
		}
		h, err := regf.Parse(read(t, f, path))
		if err != nil {
			t.Fatal(err)
		}
		set(t, h, inside, name, setting.SZ("flipped"))
		b, err := h.Bytes(regf.FileTimeOf(epoch))
		if err != nil {
			t.Fatal(err)
		}
		return replace(t, f, map[string][]byte{path: b}), true
	case "pol":
		scope, place, _ := strings.Cut(rest, ":")
		key, name, _ := strings.Cut(place, "!")
		path := map[string]string{"machine": machine, "user": user}[scope]
		pol, err := regpol.Parse(read(t, f, path))
		if err != nil {
			t.Fatal(err)
		}
		if err := pol.Delete(key[len(`HKLM\`):], name); err != nil {
			t.Fatal(err)
		}
		return replace(t, f, map[string][]byte{path: pol.Marshal()}), true
	case "svc":
		h, err := regf.Parse(read(t, f, system))
		if err != nil {
			t.Fatal(err)
		}
		if gone, err := h.DeleteKey(`ControlSet002\Services\`+rest, regf.FileTimeOf(epoch)); err != nil || !gone {
			t.Fatalf("service %s: %v, %v", rest, gone, err)
		}
		b, err := h.Bytes(regf.FileTimeOf(epoch))
		if err != nil {
			t.Fatal(err)
		}
		return replace(t, f, map[string][]byte{system: b}), true
	case "file":
		return replace(t, f, map[string][]byte{rest: []byte("flipped")}), true
	}
	t.Fatalf("evidence of an unknown sort: %s", fact.Location)
	return nil, false
}

func outcomes(findings []setting.Finding) map[string]setting.Outcome {
	all := make(map[string]setting.Outcome)
	for _, f := range findings {
		all[f.Setting] = f.Outcome
	}
	return all
}

func TestReads(t *testing.T) {
	w := newWindows(t)
	set(t, w.hives[software], `WOW6432Node\Vendor`, "Bits", setting.DWord(32))
	w.hives[`Windows\System32\config\DEFAULT`] = newHive(t, "DEFAULT")
	set(t, w.hives[`Windows\System32\config\DEFAULT`], `Control Panel`, "", setting.SZ("x"))
	img := openImage(t, w.write(t))
	for _, tc := range []struct{ key, name, want string }{
		{`HKLM\SOFTWARE\WOW6432Node\Vendor`, "bits", "dword:32"},
		{`HKLM\software\vendor`, "Bits", "absent"},
		{`HKLM\SYSTEM\currentcontrolset\Services\remoteregistry`, "START", "dword:3"},
		{`HKLM\SYSTEM\ControlSet001\Services\RemoteRegistry`, "Start", "dword:3"},
		{`HKLM\SYSTEM\ControlSet003`, "x", "absent"},
		{`HKEY_CURRENT_USER\Software\Microsoft`, "x", "sz:y"},
		{`HKU\.DEFAULT\Control Panel`, "", "sz:x"},
		{`HKLM\HARDWARE\X`, "x", "unobservable"},
		{`HKU\S-1-5-18\X`, "x", "unobservable"},
		{`HKCU\Software\Classes\X`, "x", "unobservable"},
		{`HKLM\SAM\SAM`, "x", `error: hive \Windows\System32\config\SAM is missing from image 1 ("Windows 10")`},
	} {
		v, err := img.RegistryValue(tc.key, tc.name)
		got := v.Text()
		switch {
		case errors.Is(err, setting.ErrAbsent):
			got = "absent"
		case errors.Is(err, setting.ErrUnobservable):
			got = "unobservable"
		case err != nil:
			got = "error: " + err.Error()
		}
		if !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s!%s is %q, want %q", tc.key, tc.name, got, tc.want)
		}
	}
	if err := img.RegistryKey(`HKLM\SOFTWARE\Nothing`); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a key that is not there: %v", err)
	}
	if err := img.RegistryKey(`HKLM\SOFTWARE\Microsoft`); err != nil {
		t.Error(err)
	}
	if _, err := img.File(`\Windows\nothing`); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a file that is not there: %v", err)
	}
	for _, path := range []string{`C:\Windows\nothing`, `\Windows\..\nothing`, `\Windows\old.txt.`, `\Windows\old.txt:stream`} {
		if _, err := img.File(path); err == nil || errors.Is(err, setting.ErrAbsent) {
			t.Errorf("%s, which names no file of an image: %v", path, err)
		}
	}
	if _, err := img.File(`\Windows`); err == nil || errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a folder in the place of a file: %v", err)
	}
	if _, err := img.PolicyValue(setting.ScopeMachine, `HKCU\Software\X`, "x"); err == nil || errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a user's key in the machine's policies: %v", err)
	}
}

// TestDamage flips one thing of the base; what needs it is an error that names the place, everything else goes on.
func TestDamage(t *testing.T) {
	dirty := func(w *windows, path string) {
		b, err := w.hives[path].Bytes(regf.FileTimeOf(made))
		if err != nil {
			t.Fatal(err)
		}
		b[4]++
		w.files[path] = string(b)
	}
	for name, tc := range map[string]struct {
		damage func(w *windows)
		errors []string // settings
		reason []string
	}{
		"dirty hive": {func(w *windows) { dirty(w, ntuser) }, []string{"m/user"}, []string{`\Users\Default\NTUSER.DAT`, "dirty", "shut"}},
		"missing hive": {func(w *windows) { delete(w.hives, ntuser) }, []string{"m/user"},
			[]string{`\Users\Default\NTUSER.DAT is missing`}},
		"no hive": {func(w *windows) { w.files[ntuser] = "MZ" }, []string{"m/user"}, []string{`NTUSER.DAT`, "not a registry hive"}},
		"Select names nothing": {func(w *windows) {
			gone(t, w.hives[system], "Select", "Default")
			set(t, w.hives[system], "Select", "Current", setting.DWord(7))
		},
			[]string{"m/absent", "m/service"}, []string{`config\SYSTEM`, "ControlSet007"}},
		"another set boots": {func(w *windows) { set(t, w.hives[system], "Select", "Default", setting.DWord(1)) },
			[]string{"m/absent", "m/service"}, []string{`config\SYSTEM`, "Select\\Default, which is dword:1"}},
		"Select is a text": {func(w *windows) { set(t, w.hives[system], "Select", "Current", setting.SZ("2")) },
			[]string{"m/absent", "m/service"}, []string{`config\SYSTEM`, "sz:2"}},
		"Registry.pol": {func(w *windows) { w.files[machine] = "PReg, no" }, []string{"m/policy", "m/firewall"}, []string{`Machine\Registry.pol`}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWindows(t)
			tc.damage(w)
			base := w.write(t)
			var got []string
			for _, f := range judge(t, base) {
				if f.Outcome != setting.Error {
					continue
				}
				got = append(got, f.Setting)
				for _, part := range tc.reason {
					if !strings.Contains(f.Reason, part) {
						t.Errorf("reason %q lacks %q", f.Reason, part)
					}
				}
			}
			slices.Sort(got)
			slices.Sort(tc.errors)
			if diff := cmp.Diff(tc.errors, got); diff != "" {
				t.Errorf("settings with errors (-want +got):\n%s", diff)
			}
			p, contents := testPlan(t)
			e, err := image.Edit(base, 1, image.Options{Epoch: epoch})
			if err != nil {
				t.Fatal(err)
			}
			if _, err = apply.Run(t.Context(), e, p.Ops, setting.StageImage, contents, nil); err == nil || !strings.Contains(err.Error(), tc.reason[0]) {
				t.Errorf("applied to a damaged base: %v", err)
			}
		})
	}
}

func TestNoWindows(t *testing.T) {
	w := &windows{info: wim.ImageInfo{Name: "data"}, files: map[string]string{`x.txt`: "x"}}
	img, err := w.write(t).Image(1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := image.Open(img); err == nil || !strings.Contains(err.Error(), "no installed Windows") {
		t.Errorf("opened an image without Windows: %v", err)
	}
}

// TestLinkNotFollowed makes a key a symbolic link, as a running Windows has them, by its flag in the file.
func TestLinkNotFollowed(t *testing.T) {
	w := newWindows(t)
	set(t, w.hives[software], `Linked\Below`, "x", setting.DWord(1))
	b, err := w.hives[software].Bytes(regf.FileTimeOf(made))
	if err != nil {
		t.Fatal(err)
	}
	const name, flags, link = 76, 2, 0x10 // offsets in a key node, and the flag
	at := bytes.Index(b, []byte("Linked")) - name
	if at < 0 || string(b[at:at+2]) != "nk" {
		t.Fatal("the key node was not found")
	}
	b[at+flags] |= link
	w.files[software] = string(b)
	_, err = openImage(t, w.write(t)).RegistryValue(`HKLM\SOFTWARE\Linked\Below`, "x")
	if err == nil || errors.Is(err, setting.ErrAbsent) || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("read through a symbolic link: %v", err)
	}
}
