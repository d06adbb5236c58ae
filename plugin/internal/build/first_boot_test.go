package build_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/firstboot"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// standIn is the outside of an agent: enough to be carried, and nothing that runs.
func standIn(t *testing.T, version string) string {
	t.Helper()
	data := make([]byte, 4096)
	copy(data, "MZ")
	binary.LittleEndian.PutUint32(data[0x3c:], 0x80)
	copy(data[0x80:], "PE\x00\x00\x64\x86")
	copy(data[0x100:], "wmguest-agent-version="+version+";")
	path := filepath.Join(t.TempDir(), "wmguest.exe")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// booting is the tiny image with a setting for the first boot that brings a file, and the block that has the image carry the agent.
func booting(t *testing.T, settings string) string {
	t.Helper()
	path := tiny(t)
	change(t, path, "  management {", "  first_boot {\n    keep = true\n  }\n  management {")
	module := filepath.Join(filepath.Dir(path), "..", "modules", "probe.hcl")
	change(t, module, `  setting "registry_value" "level" {`, `  setting "user_right" "shut-down" {
    right     = "SeShutdownPrivilege"
    sids      = ["S-1-5-32-544"]
    severity  = "low"
    rationale = { en = "Because.", sv = "Därför." }
  }
`+settings+`  setting "registry_value" "level" {`)
	return path
}

func change(t *testing.T, path, old, replacement string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(data), old, replacement, 1)
	if changed == string(data) {
		t.Fatalf("%s does not hold %q", path, old)
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

func inputsFor(t *testing.T, profile string) build.Inputs {
	t.Helper()
	return build.Inputs{Image: profile, Base: labBase(t), Out: t.TempDir(), Agent: standIn(t, "1.0.0"),
		Clock: func() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }}
}

// locked writes the lock, on the base.
func locked(t *testing.T, in build.Inputs) {
	t.Helper()
	if _, err := build.WriteLock(t.Context(), in, build.LockOptions{AcceptBases: []string{in.Base}, Upgrade: true}, nil); err != nil {
		t.Fatal(err)
	}
}

func TestFirstBootImage(t *testing.T) {
	in := inputsFor(t, booting(t, ""))
	locked(t, in)
	r, err := build.Run(t.Context(), in, nil)
	if err != nil || !r.Release {
		t.Fatalf("%+v, %v", r, err)
	}
	shown, err := build.CheckRelease(t.Context(), r.Dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := shown.Manifest.Agent; a == nil || a.Version != "1.0.0" || a.Size != 4096 {
		t.Errorf("the manifest states the agent %+v", a)
	}
	in.Out = t.TempDir()
	again, err := build.Run(t.Context(), in, nil)
	if err != nil || again.ImageSHA256 != r.ImageSHA256 || again.ManifestDigest != r.ManifestDigest {
		t.Errorf("built again: %+v, %v", again, err)
	}
	v, err := build.Validate(t.Context(), build.ValidateInputs{Subject: in.Image, WIM: filepath.Join(r.Dir, build.ImageFile)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]setting.Outcome{build.StampFinding: setting.Pass, firstboot.AgentFinding: setting.Pass, firstboot.BundleFinding: setting.Pass,
		firstboot.ServiceFinding: setting.Pass, firstboot.HoldFinding: setting.Pass}
	if diff := cmp.Diff(want, v.Image); diff != "" {
		t.Errorf("by profile and lock (-want +got)\n%s", diff)
	}
}

// Another agent than the lock's is refused, with both named and the way out.
func TestAnotherAgentIsRefused(t *testing.T) {
	in := inputsFor(t, booting(t, ""))
	locked(t, in)
	other := in
	other.Agent = standIn(t, "2.0.0")
	_, err := build.Run(t.Context(), other, nil)
	if !errors.Is(err, build.ErrNotTrusted) || !strings.Contains(err.Error(), "locked 1.0.0") || !strings.Contains(err.Error(), "now 2.0.0") ||
		!strings.Contains(err.Error(), "--agent FILE") || !strings.Contains(err.Error(), "--upgrade") {
		t.Errorf("build: %v", err)
	}
	if left, _ := os.ReadDir(in.Out); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := build.MakeDeltas(t.Context(), []string{in.Image}, other, nil); !errors.Is(err, build.ErrNotTrusted) {
		t.Errorf("delta: %v", err)
	}
	if _, err := build.WriteLock(t.Context(), other, build.LockOptions{}, nil); !errors.Is(err, build.ErrNotTrusted) {
		t.Errorf("lock: %v", err)
	}
	if _, err := build.WriteLock(t.Context(), other, build.LockOptions{Upgrade: true}, nil); err != nil {
		t.Errorf("lock --upgrade: %v", err)
	}
	if _, err := build.Run(t.Context(), other, nil); err != nil {
		t.Errorf("build after --upgrade: %v", err)
	}
	other.Agent = other.Base
	if _, err := build.Run(t.Context(), other, nil); !errors.Is(err, build.ErrUsage) {
		t.Errorf("a WIM as agent: %v", err)
	}
	none := inputsFor(t, tiny(t))
	none.AcceptBase = true
	if _, err := build.Run(t.Context(), none, nil); !errors.Is(err, build.ErrUsage) || !strings.Contains(err.Error(), "first_boot") {
		t.Errorf("an agent for an image that carries none: %v", err)
	}
}

// An image is built again where only the agent is another, and not where it is the same.
func TestUnchangedLooksAtTheAgent(t *testing.T) {
	in := inputsFor(t, booting(t, ""))
	in.AcceptBase, in.Clock = true, func() time.Time { return time.Now().Add(time.Minute) }
	change(t, in.Image, `"1.0.0"`, `"1.0.0-rc.1"`) // which may give way
	s := shortcut{in: in}
	first, _, err := s.again(t)
	if err != nil {
		t.Fatal(err)
	}
	if _, read, err := s.again(t); err != nil || read {
		t.Errorf("the same agent: read %t, %v", read, err)
	}
	s.in.Agent = standIn(t, "2.0.0")
	if r, read, err := s.again(t); err != nil || !read || r.ImageSHA256 == first.ImageSHA256 {
		t.Errorf("another agent: read %t, %+v, %v", read, r, err)
	}
}

// edited writes a changed copy of an image.
func edited(t *testing.T, path string, edit func(*image.Editor) (bool, error)) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	w, err := wim.Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	index := len(w.Images()) // of a lab base the last, whose edition is the tiny image's
	e, err := image.Edit(w, index, image.Options{Epoch: time.Unix(1793491200, 0), Seed: []byte("edited")})
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := edit(e); err != nil || !changed {
		t.Fatalf("the test changes nothing: %v", err)
	}
	if _, err := e.Commit(); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "edited.wim"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := e.WriteTo(t.Context(), out, nil); err != nil {
		t.Fatal(err)
	}
	return out.Name()
}

// Whatever is flipped or missing of what the image carries is named by a finding of its own, by manifest and by profile.
func TestFirstBootDamage(t *testing.T) {
	in := inputsFor(t, booting(t, ""))
	locked(t, in)
	r, err := build.Run(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	const public = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile`
	put := func(path, text string) func(*image.Editor) (bool, error) {
		return func(e *image.Editor) (bool, error) { return e.PutFile(path, apply.NewContent([]byte(text))) }
	}
	remove := func(path string) func(*image.Editor) (bool, error) {
		return func(e *image.Editor) (bool, error) { return e.DeleteFile(path) }
	}
	set := func(key, name string, v setting.RegistryValue) func(*image.Editor) (bool, error) {
		return func(e *image.Editor) (bool, error) { return e.SetRegistryValue(key, name, v) }
	}
	unset := func(key, name string) func(*image.Editor) (bool, error) {
		return func(e *image.Editor) (bool, error) { return e.DeleteRegistryValue(key, name) }
	}
	for name, tc := range map[string]struct {
		edit func(*image.Editor) (bool, error)
		want []string // findings that fail
	}{
		"no agent":        {remove(firstboot.AgentPath), []string{firstboot.AgentFinding}},
		"other agent":     {put(firstboot.AgentPath, "MZ"), []string{firstboot.AgentFinding}},
		"no header":       {remove(firstboot.BundleFolder + `\bundle.json`), []string{firstboot.BundleFinding}},
		"other header":    {put(firstboot.BundleFolder+`\bundle.json`, "{}"), []string{firstboot.BundleFinding}},
		"no plan":         {remove(firstboot.BundleFolder + `\plan.json`), []string{firstboot.BundleFinding}},
		"other plan":      {put(firstboot.BundleFolder+`\plan.json`, "{}"), []string{firstboot.BundleFinding}},
		"left over":       {put(firstboot.BundleFolder+`\more`, "x"), []string{firstboot.BundleFinding}},
		"no start":        {unset(firstboot.ServiceKey, "Start"), []string{firstboot.ServiceFinding}},
		"on demand":       {set(firstboot.ServiceKey, "Start", setting.DWord(3)), []string{firstboot.ServiceFinding}},
		"other program":   {set(firstboot.ServiceKey, "ImagePath", setting.ExpandSZ(`C:\x.exe`)), []string{firstboot.ServiceFinding}},
		"delayed":         {set(firstboot.ServiceKey, "DelayedAutostart", setting.DWord(1)), []string{firstboot.ServiceFinding}},
		"not held":        {unset(public, "DoNotAllowExceptions"), []string{firstboot.HoldFinding}},
		"held no longer":  {set(public, "DoNotAllowExceptions", setting.DWord(0)), []string{firstboot.HoldFinding}},
		"firewall is off": {set(public, "EnableFirewall", setting.DWord(0)), []string{firstboot.HoldFinding}},
	} {
		t.Run(name, func(t *testing.T) {
			path := edited(t, filepath.Join(r.Dir, build.ImageFile), tc.edit)
			for _, subject := range []string{r.Manifest, in.Image} {
				v, err := build.Validate(t.Context(), build.ValidateInputs{Subject: subject, WIM: path}, nil)
				if !errors.Is(err, build.ErrFindings) {
					t.Fatalf("%s: %v", subject, err)
				}
				var failed []string
				for _, f := range v.Findings {
					if f.Outcome == setting.Fail {
						failed = append(failed, f.Setting)
					}
					if f.Outcome != setting.Pass && f.Reason == "" {
						t.Errorf("%s gives no reason", f.Setting)
					}
				}
				if diff := cmp.Diff(tc.want, failed); diff != "" {
					t.Errorf("%s (-want +got)\n%s", subject, diff)
				}
			}
		})
	}
}

func TestFirstBootDeltaAndRebuild(t *testing.T) {
	profile := booting(t, "")
	in := inputsFor(t, profile)
	in.AcceptBase = true
	r, err := build.Run(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	in.Out = t.TempDir()
	made, err := build.MakeDeltas(t.Context(), []string{profile}, in, nil)
	if err != nil || made[0].ImageSHA256 != r.ImageSHA256 || made[0].ManifestDigest != r.ManifestDigest {
		t.Fatalf("%+v, %v", made, err)
	}
	applied, err := build.ApplyDelta(t.Context(), made[0].Files[0], build.Inputs{Base: in.Base, Out: t.TempDir(), Clock: in.Clock}, nil)
	if err != nil || applied.ImageSHA256 != r.ImageSHA256 || applied.ManifestDigest != r.ManifestDigest {
		t.Fatalf("%+v, %v", applied, err)
	}
	for name, tc := range map[string]struct {
		manifest, agent string
		equal           bool
	}{
		"agent beside the manifest": {r.Manifest, "", true},
		"agent given":               {r.Manifest, in.Agent, true},
		"another agent":             {r.Manifest, standIn(t, "2.0.0"), false},
		"no agent anywhere":         {copyOf(t, r.Manifest), "", false},
	} {
		got, err := build.Rebuild(t.Context(), build.RebuildInputs{Manifest: tc.manifest, Base: in.Base, Agent: tc.agent, Work: t.TempDir()}, nil)
		if tc.equal != (err == nil) || got == nil || got.Equal != tc.equal {
			t.Errorf("%s: %+v, %v", name, got, err)
			continue
		}
		if !tc.equal && (!errors.Is(err, build.ErrNotTrusted) || len(got.Differences) != 1 || got.Differences[0].Input != build.InputAgent) {
			t.Errorf("%s: %+v, %v", name, got.Differences, err)
		}
	}
}

// What cannot stand beside the first boot is a problem of the profile, with its place.
func TestAgainstTheFirstBoot(t *testing.T) {
	value := func(key, name, kind, value string) string {
		return `  setting "registry_value" "bad" {
    key       = ` + quote(key) + `
    name      = "` + name + `"
    type      = "` + kind + `"
    value     = ` + value + `
    severity  = "low"
    rationale = { en = "Because.", sv = "Därför." }
  }
`
	}
	const public = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile`
	for name, tc := range map[string]struct {
		setting string
		refused string // "" where it is fine
	}{
		"firewall off": {value(public, "EnableFirewall", "dword", "0"), "EnableFirewall = dword:1"},
		"exceptions":   {value(public, "DoNotAllowExceptions", "dword", "0"), "DoNotAllowExceptions = dword:1"},
		"service":      {value(firstboot.ServiceKey, "Start", "dword", "4"), "wmguest is the service"},
		"firewall on":  {value(public, "EnableFirewall", "dword", "1"), ""},
		"another key":  {value(public, "DisableNotifications", "dword", "1"), ""},
		"file": {`  setting "file" "bad" {
    path      = "C:\\Windows\\wmclient\\bundle\\x.txt"
    content   = "x"
    severity  = "low"
    rationale = { en = "Because.", sv = "Därför." }
  }
`, "is the agent's"},
	} {
		t.Run(name, func(t *testing.T) {
			in := inputsFor(t, booting(t, tc.setting))
			in.AcceptBase = true
			_, err := build.Run(t.Context(), in, nil)
			var bad *build.ProfileError
			switch {
			case tc.refused == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tc.refused != "" && (!errors.As(err, &bad) || bad.Diags[0].Summary != "Setting against the first boot" ||
				!strings.Contains(bad.Diags[0].Detail, tc.refused) || bad.Diags[0].Subject == nil):
				t.Errorf("got %v", err)
			}
		})
	}
}
