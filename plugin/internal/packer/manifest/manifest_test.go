package manifest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/manifest"
)

func TestConfigure(t *testing.T) {
	if err := new(manifest.PostProcessor).Configure(map[string]any{"output": "x.json"}); err != nil {
		t.Error(err)
	}
	if err := new(manifest.PostProcessor).Configure(map[string]any{"outptu": "x.json"}); err == nil || !strings.Contains(err.Error(), `"outptu"`) {
		t.Errorf("an unknown attribute: %v", err)
	}
}

func TestPostProcessRefuses(t *testing.T) {
	tests := map[string]struct {
		artifact *packersdk.MockArtifact
		want     string
	}{
		"other builders": {&packersdk.MockArtifact{BuilderIdValue: "other.builder"}, "this one is of other.builder"},
		"no directory":   {&packersdk.MockArtifact{BuilderIdValue: image.BuilderID, IdValue: "x"}, "the artifact x names no directory"},
		"empty directory": {
			&packersdk.MockArtifact{BuilderIdValue: image.BuilderID, StateValues: map[string]any{image.StateDirectory: t.TempDir()}}, "manifest.json does not exist",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, keep, _, err := new(manifest.PostProcessor).PostProcess(t.Context(), &packersdk.MockUi{}, test.artifact)
			if err == nil || !strings.Contains(err.Error(), test.want) || keep {
				t.Errorf("keep %v, error: %v", keep, err)
			}
		})
	}
}

func TestArtifactOutlivesItsSource(t *testing.T) {
	source := &packersdk.MockArtifact{BuilderIdValue: image.BuilderID, FilesValue: []string{"image.wim"}, StateValues: map[string]any{image.StateDirectory: "out/x/1.0.0"}}
	path := filepath.Join(t.TempDir(), "1.0.0.manifest.json")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	a := manifest.NewArtifact(source, path, "d1", false)
	source.FilesValue, source.StateValues = nil, nil
	if a.State(image.StateDirectory) != "out/x/1.0.0" || a.State(manifest.StateFinalManifest) != path || a.State("other") != nil {
		t.Error("the state is lost")
	}
	if files := a.Files(); len(files) != 2 || files[0] != "image.wim" || files[1] != path {
		t.Errorf("files: %q", files)
	}
	if a.BuilderId() != manifest.BuilderID || a.Id() != "sha256:d1" || !strings.Contains(a.String(), path) {
		t.Errorf("%s, %s, %s", a.BuilderId(), a.Id(), a)
	}
	if err := a.Destroy(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error("a manifest that stood there before was removed")
	}
	for range 2 { // the second finds nothing, and that is fine
		if err := manifest.NewArtifact(source, path, "d1", true).Destroy(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a manifest that this run made was left")
	}
}
