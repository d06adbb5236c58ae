package build_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/firstboot"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

const rules = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules`

// managedByWinRM is an image that somebody manages by WinRM, with a rule of its own and the wish that there be no other.
func managedByWinRM(t *testing.T) string {
	t.Helper()
	path := booting(t, `  setting "firewall_rule" "dicom" {
    id          = "dicom-in"
    name        = "DICOM"
    direction   = "in"
    action      = "allow"
    protocol    = "tcp"
    local_ports = ["104"]
    severity    = "low"
    rationale   = { en = "Because.", sv = "Därför." }
  }
  setting "registry_exclusive" "no-other-rules" {
    key       = `+quote(rules)+`
    severity  = "high"
    rationale = { en = "Because.", sv = "Därför." }
  }
`)
	change(t, path, "local {}", "winrm_https {\n      from = [\"10.20.0.0/24\"]\n    }")
	return path
}

// The rules that keep a client shut do not count as rules of somebody else's, as long as they are exactly those. A rule that is changed is
// told by the finding about the network, and counts.
func TestFirstBootManaged(t *testing.T) {
	in := inputsFor(t, managedByWinRM(t))
	locked(t, in)
	r, err := build.Run(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		edit func(*image.Editor) (bool, error)
		want []string
	}{
		"whole": {nil, nil},
		"opened for all": {func(e *image.Editor) (bool, error) {
			return e.SetRegistryValue(rules, "wmclient-hold-tcp-others", setting.SZ("v2.10|Action=Allow|Active=TRUE|Dir=In|Name=x|"))
		}, []string{"probe/no-other-rules", firstboot.HoldFinding}},
		"a rule more": {func(e *image.Editor) (bool, error) {
			return e.SetRegistryValue(rules, "wmclient-hold-more", setting.SZ("v2.10|Action=Allow|Active=TRUE|Dir=In|Name=x|"))
		}, []string{"probe/no-other-rules"}},
		"a rule less": {func(e *image.Editor) (bool, error) { return e.DeleteRegistryValue(rules, "wmclient-hold-udp") }, []string{firstboot.HoldFinding}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(r.Dir, build.ImageFile)
			if tc.edit != nil {
				path = edited(t, path, tc.edit)
			}
			v, err := build.Validate(t.Context(), build.ValidateInputs{Subject: r.Manifest, WIM: path}, nil)
			if v == nil || (err != nil) != (tc.want != nil) || err != nil && !errors.Is(err, build.ErrFindings) {
				t.Fatalf("%+v, %v", v, err)
			}
			var failed []string
			for _, f := range v.Findings {
				if f.Outcome == setting.Fail || f.Outcome == setting.Error {
					failed = append(failed, f.Setting)
				}
			}
			if diff := cmp.Diff(tc.want, failed); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Files that the plan puts on the client later are in the image for the agent, in the delta, and found again by a rebuild.
func TestFirstBootBringsContents(t *testing.T) {
	msi := []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 stands for a package")
	sum := fmt.Sprintf("%x", sha256.Sum256(msi))
	profile := booting(t, `  setting "msi_package" "runtime" {
    code      = "{9A25302D-30C0-39D9-BD6F-21E6EC160475}"
    version   = "9.0.30729"
    source    = "files/runtime.msi"
    sha256    = "`+sum+`"
    severity  = "low"
    rationale = { en = "Because.", sv = "Därför." }
  }
`)
	folder := filepath.Join(filepath.Dir(profile), "..", "files")
	if err := errors.Join(os.MkdirAll(folder, 0o755), os.WriteFile(filepath.Join(folder, "runtime.msi"), msi, 0o600)); err != nil {
		t.Fatal(err)
	}
	in := inputsFor(t, profile)
	in.AcceptBase = true
	r, err := build.Run(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := build.Show(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var there bool
	for _, c := range shown.Manifest.Changes {
		there = there || c.Path == firstboot.ContentPath(sum) && c.SHA256 == sum
	}
	if !there {
		t.Errorf("the image does not carry the package for its agent: %+v", shown.Manifest.Changes)
	}
	in.Out = t.TempDir()
	made, err := build.MakeDeltas(t.Context(), []string{profile}, in, nil)
	if err != nil {
		t.Fatal(err)
	}
	applied, err := build.ApplyDelta(t.Context(), made[0].Files[0], build.Inputs{Base: in.Base, Out: t.TempDir(), Clock: in.Clock}, nil)
	if err != nil || applied.ImageSHA256 != r.ImageSHA256 {
		t.Errorf("by delta: %+v, %v", applied, err)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if got, err := build.Rebuild(t.Context(), build.RebuildInputs{Manifest: r.Manifest, Base: in.Base, Work: t.TempDir()}, nil); err != nil || !got.Equal {
		t.Errorf("rebuilt: %+v, %v", got, err)
	}
	path := edited(t, filepath.Join(r.Dir, build.ImageFile), func(e *image.Editor) (bool, error) { return e.DeleteFile(firstboot.ContentPath(sum)) })
	v, err := build.Validate(t.Context(), build.ValidateInputs{Subject: r.Manifest, WIM: path}, nil)
	if !errors.Is(err, build.ErrFindings) || v.Image[firstboot.BundleFinding] != setting.Fail {
		t.Errorf("without the package: %+v, %v", v, err)
	}
}

// A base on which an agent has worked is refused, by what it has left: the next one would not begin there.
func TestFirstBootOnUsedBase(t *testing.T) {
	in := inputsFor(t, booting(t, ""))
	in.AcceptBase = true
	put := func(path string) func(*image.Editor) (bool, error) {
		return func(e *image.Editor) (bool, error) { return e.PutFile(path, apply.NewContent([]byte("x"))) }
	}
	for what, edit := range map[string]func(*image.Editor) (bool, error){
		firstboot.StateFolder:  put(firstboot.StateFolder + `\journal.ndjson`),
		firstboot.BundleFolder: put(firstboot.BundleFolder + `\bundle.json`),
		"service wmguest": func(e *image.Editor) (bool, error) {
			return e.SetRegistryValue(firstboot.ServiceKey, "Start", setting.DWord(4))
		},
	} {
		used := in
		used.Base = edited(t, in.Base, edit)
		_, err := build.Run(t.Context(), used, nil)
		if !errors.Is(err, build.ErrUsage) || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), "hint: ") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// What the base had where the client is held shut is given back. That it is the base's, only the manifest can say.
func TestFirstBootGivesBackTheBases(t *testing.T) {
	in := inputsFor(t, booting(t, ""))
	in.Base = edited(t, in.Base, func(e *image.Editor) (bool, error) {
		return e.SetRegistryValue(`HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile`, "DoNotAllowExceptions", setting.DWord(0))
	})
	locked(t, in)
	r, err := build.Run(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	for subject, want := range map[string]setting.Outcome{r.Manifest: setting.Pass, in.Image: setting.Unobservable} {
		v, err := build.Validate(t.Context(), build.ValidateInputs{Subject: subject, WIM: filepath.Join(r.Dir, build.ImageFile)}, nil)
		if v == nil || v.Image[firstboot.HoldFinding] != want || (err == nil) != (want == setting.Pass) {
			t.Errorf("%s: %+v, %v", subject, v, err)
		}
	}
}

// Only administrators and the system may write what the system will run.
func TestFirstBootFilesAreNobodyElses(t *testing.T) {
	in := inputsFor(t, booting(t, ""))
	in.AcceptBase = true
	r, err := build.Run(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(r.Dir, build.ImageFile))
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
	tree, err := w.Image(1)
	if err != nil {
		t.Fatal(err)
	}
	img, err := image.Open(tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{firstboot.Folder, firstboot.AgentPath, firstboot.BundleFolder, firstboot.BundleFolder + `\plan.json`} {
		text, err := img.State(setting.StateLocation(setting.SchemeFileSecurity, path))
		if err != nil {
			t.Fatal(err)
		}
		_, dacl, ok := strings.Cut(text, "D:")
		if !ok || !strings.Contains(dacl, ";;;BA)") || !strings.Contains(dacl, ";;;SY)") {
			t.Errorf("%s: %s", path, text)
		}
		for ace := range strings.SplitSeq(dacl, "(") {
			parts := strings.Split(strings.TrimSuffix(ace, ")"), ";")
			if len(parts) != 6 || strings.Contains(parts[1], "IO") { // inherited only: CREATOR OWNER, who is an administrator
				continue
			}
			switch rights, who := parts[2], parts[5]; {
			case who == "BA", who == "SY", strings.HasPrefix(who, "S-1-5-80-956008885-"): // TrustedInstaller
			case rights != "0x1200a9":
				t.Errorf("%s: %s has %s", path, who, rights)
			}
		}
	}
}
