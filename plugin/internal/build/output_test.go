package build_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// files is a build whose image holds the text.
func files(t *testing.T, text string, release bool, outcome setting.Outcome) map[string]string {
	t.Helper()
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	m, err := manifest.New(manifest.Input{
		Plan: &plan.Plan{
			Schema: plan.Schema, EngineFormat: plan.EngineFormat,
			Image: plan.Image{Name: "viewer", Version: "1.0.0", Released: "2026-11-01", Epoch: "2026-11-01T00:00:00Z",
				Class: plan.Class{Type: "WM", Groups: []int{0}}, Management: plan.Management{Path: "local"}},
			Base:    plan.Base{Name: "b", Base: setting.Base{EditionID: "EnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"sv-SE"}, Channel: "LTSC"}},
			Modules: []plan.Ref{}, Products: []plan.ProductRef{}, Ops: []plan.StagedOp{},
			Settings: []plan.Setting{{ID: "m/a", Kind: "registry_value", Severity: setting.Low, Effect: plan.EffectSet, Spec: []byte(`{"name":"A"}`), Stages: []setting.Stage{setting.StageImage}}},
		},
		Release:  release,
		BaseFile: manifest.File{Name: "base.wim", SHA256: digest, Size: 1}, BaseIndex: 1,
		BaseFacts: manifest.BaseFacts{EditionID: "EnterpriseS", Build: "19044.1288", Arch: "amd64", InstallLanguage: "sv-SE", Languages: []string{"sv-SE"}},
		Outputs:   []manifest.File{{Name: build.ImageFile, SHA256: digest, Size: int64(len(text))}},
		Findings: []setting.Finding{{Setting: "m/a", Kind: "registry_value", Severity: setting.Low, Outcome: outcome, Expected: "dword:1", Observed: "dword:1",
			Reason:   map[bool]string{false: "it is not so"}[outcome == setting.Pass],
			Evidence: []setting.Fact{{Location: setting.RegistryLocation(`HKLM\SOFTWARE\X`, "A"), Present: true, Value: "dword:1"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := m.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		build.ImageFile:    text,
		build.ManifestFile: string(data),
		build.SumsFile:     fmt.Sprintf("%s *%s\n%x *%s\n", digest, build.ImageFile, sha256.Sum256(data), build.ManifestFile),
	}
}

func TestPublish(t *testing.T) {
	type made struct {
		text    string
		release bool
		outcome setting.Outcome
	}
	const pass, fail = setting.Pass, setting.Fail
	tests := map[string]struct {
		version       string
		before, after made
		want          string // "" means refused
		stands        string
	}{
		"same bytes stay":                         {"1.0.0", made{"a", true, pass}, made{"a", true, pass}, "same", "a"},
		"a release never changes":                 {"1.0.0", made{"a", true, pass}, made{"b", true, pass}, "", "a"},
		"a release never gives way":               {"1.0.0", made{"a", true, pass}, made{"b", false, pass}, "", "a"},
		"a release is not called a trial":         {"1.0.0", made{"a", true, pass}, made{"a", false, pass}, "", "a"},
		"an accepted base gives way to its like":  {"1.0.0", made{"a", false, pass}, made{"b", false, pass}, "replaced", "b"},
		"an accepted base gives way to a release": {"1.0.0", made{"a", false, pass}, made{"b", true, pass}, "replaced", "b"},
		"what failed gives way":                   {"1.0.0", made{"a", true, fail}, made{"b", true, pass}, "replaced", "b"},
		"a failure takes no release's place":      {"1.0.0", made{"a", true, pass}, made{"b", true, fail}, "", "a"},
		"a pre-release may be replaced":           {"1.0.0-rc.1", made{"a", true, pass}, made{"b", true, pass}, "replaced", "b"},
		"build metadata is no pre-release":        {"1.0.0+x", made{"a", true, pass}, made{"b", true, pass}, "", "a"},
		"what is no semver counts as released":    {"x-1", made{"a", true, pass}, made{"b", true, pass}, "", "a"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			if _, err := build.Release(out, "viewer", tt.version, files(t, tt.before.text, tt.before.release, tt.before.outcome)); err != nil {
				t.Fatal(err)
			}
			got, err := build.Release(out, "viewer", tt.version, files(t, tt.after.text, tt.after.release, tt.after.outcome))
			if (err == nil) != (tt.want != "") || err == nil && got != tt.want {
				t.Errorf("published %q, %v; want %q", got, err, tt.want)
			}
			if err != nil && !strings.Contains(err.Error(), "hint: ") {
				t.Errorf("no way out in %q", err)
			}
			stands, err := os.ReadFile(filepath.Join(out, "viewer", tt.version, build.ImageFile))
			if err != nil || string(stands) != tt.stands {
				t.Errorf("there stands %q (%v), want %q", stands, err, tt.stands)
			}
			if left := names(t, filepath.Join(out, "viewer")); len(left) != 1 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// A folder whose image was changed by somebody is not the same as a new build, whatever its sums say.
func TestPublishSeesTampering(t *testing.T) {
	out := t.TempDir()
	if _, err := build.Release(out, "viewer", "1.0.0", files(t, "a", true, setting.Pass)); err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(out, "viewer", "1.0.0", build.ImageFile)
	if err := os.WriteFile(image, []byte("tampered"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := build.Release(out, "viewer", "1.0.0", files(t, "a", true, setting.Pass)); err == nil {
		t.Fatalf("a changed image passed as %q", got)
	}
}

func TestWriteFileAtomicLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(target, "sub"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := build.WriteFileAtomic(target, []byte("x")); err == nil {
		t.Fatal("a folder was replaced by a file")
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}
