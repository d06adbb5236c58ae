package image_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/image"
)

const viewer = "../../../../profiles/images/radiology-viewer.hcl"

func TestPrepare(t *testing.T) {
	tests := map[string]struct {
		block    map[string]any
		errs     []string
		warnings int
	}{
		"complete":          {block: map[string]any{"image": viewer, "base": "install.wim"}},
		"nothing":           {block: map[string]any{}, errs: []string{"image is missing", "base is missing"}},
		"unknown attribute": {block: map[string]any{"image": viewer, "base": "install.wim", "bass": "x"}, errs: []string{`"bass"`}},
		"wrong type":        {block: map[string]any{"image": viewer, "base": "install.wim", "accept_base": "perhaps"}, errs: []string{"accept_base"}},
		"no base, no such profile": {
			block: map[string]any{"image": "none.hcl"}, errs: []string{"base is missing", "image profile none.hcl does not exist"},
		},
		"force": {block: map[string]any{"image": viewer, "base": "install.wim", "packer_force": true}, warnings: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			names, warnings, err := new(image.Builder).Prepare(test.block)
			if (err != nil) != (test.errs != nil) {
				t.Fatalf("error: %v", err)
			}
			for _, want := range test.errs {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in %v", want, err)
				}
			}
			if err != nil {
				return
			}
			own := slices.DeleteFunc(slices.Clone(warnings), func(w string) bool { return strings.HasPrefix(w, "Warning: Plan ") }) // what the profile says of its product
			if len(own) != test.warnings || len(own) == len(warnings) {
				t.Errorf("warnings: %q", warnings)
			}
			state, _ := (&image.Artifact{}).State(image.StateGenerated).(map[string]any)
			for _, name := range names {
				if _, ok := state[name]; !ok {
					t.Errorf("Prepare announces build.%s, which no build gives", name)
				}
			}
			if len(names) != len(state) || len(names) == 0 {
				t.Errorf("announced %q, given %v", names, state)
			}
		})
	}
}

func TestPrepareShowsTheProfilesOwnPlace(t *testing.T) {
	profiles := filepath.Join(t.TempDir(), "profiles")
	if err := os.CopyFS(profiles, os.DirFS("../../../../profiles")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(profiles, "images", "radiology-viewer.hcl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), `module "smb" {`, `module "smbb" {`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err = new(image.Builder).Prepare(map[string]any{"image": path, "base": "install.wim"})
	if err == nil || !strings.Contains(err.Error(), `module "smbb" {`) || !strings.Contains(err.Error(), `Did you mean "smb"?`) || !strings.Contains(err.Error(), "radiology-viewer.hcl line ") {
		t.Errorf("error: %v", err)
	}
}

func TestArtifactState(t *testing.T) {
	a := &image.Artifact{Result: build.Result{
		Name: "x", Version: "1.0.0", Dir: "out/x/1.0.0", Manifest: "out/x/1.0.0/manifest.json", Files: []string{"f"},
		RecipeDigest: "r", ImageSHA256: "i", ManifestDigest: "m",
	}}
	want := map[string]any{
		image.StateDirectory: "out/x/1.0.0", image.StateManifest: "out/x/1.0.0/manifest.json", image.StateName: "x", image.StateVersion: "1.0.0",
		image.StateRecipeDigest: "r", image.StateImageSHA256: "i", image.StateManifestDigest: "m",
		image.StateGenerated: map[string]any{
			"ImageName": "x", "ImageVersion": "1.0.0", "ImageDirectory": "out/x/1.0.0", "ImageSHA256": "i", "RecipeDigest": "r", "ManifestDigest": "m",
		},
	}
	got := make(map[string]any)
	for _, name := range image.StateNames() {
		got[name] = a.State(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if a.State("anything else") != nil {
		t.Error("an unknown state has a value")
	}
	if a.Id() != "x@1.0.0 recipe:r" || a.BuilderId() != image.BuilderID || len(a.Files()) != 1 || !strings.Contains(a.String(), "out/x/1.0.0") {
		t.Errorf("%s, %s, %s, %s", a.Id(), a.BuilderId(), a.Files(), a)
	}
}

func TestDestroy(t *testing.T) {
	tests := map[string]struct {
		unchanged bool
		sibling   bool
		left      []string
	}{
		"made by this build":     {left: nil},
		"beside another version": {sibling: true, left: []string{"x", "x/0.9.0"}},
		"stood there before":     {unchanged: true, left: []string{"x", "x/1.0.0", "x/1.0.0/image.wim"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			dir := filepath.Join(out, "x", "1.0.0")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "image.wim"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			if test.sibling {
				if err := os.Mkdir(filepath.Join(out, "x", "0.9.0"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := (&image.Artifact{Result: build.Result{Dir: dir, Unchanged: test.unchanged}}).Destroy(); err != nil {
				t.Fatal(err)
			}
			var left []string
			err := filepath.WalkDir(out, func(path string, _ os.DirEntry, err error) error {
				if rel, _ := filepath.Rel(out, path); rel != "." {
					left = append(left, filepath.ToSlash(rel))
				}
				return err
			})
			if diff := cmp.Diff(test.left, left); err != nil || diff != "" {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
		})
	}
}

// hook is a provisioner's place; it does with the communicator what a test asks for.
type hook func(context.Context, packersdk.Communicator) error

func (h hook) Run(ctx context.Context, _ string, _ packersdk.Ui, c packersdk.Communicator, _ any) error {
	return h(ctx, c)
}

// A provisioner that swallows the refusal must not pass either.
func TestNoProvisionerReachesAMachine(t *testing.T) {
	swallow := func(error) error { return nil }
	uses := map[string]hook{
		"start": func(ctx context.Context, c packersdk.Communicator) error {
			return swallow(c.Start(ctx, &packersdk.RemoteCmd{Command: "x"}))
		},
		"upload": func(_ context.Context, c packersdk.Communicator) error {
			return swallow(c.Upload("x", strings.NewReader("x"), nil))
		},
		"upload a folder": func(_ context.Context, c packersdk.Communicator) error { return swallow(c.UploadDir("x", "y", nil)) },
		"download":        func(_ context.Context, c packersdk.Communicator) error { return swallow(c.Download("x", io.Discard)) },
		"download a folder": func(_ context.Context, c packersdk.Communicator) error {
			return swallow(c.DownloadDir("x", "y", nil))
		},
		"try again for ever": func(ctx context.Context, c packersdk.Communicator) error {
			_ = c.Download("x", io.Discard)
			<-ctx.Done()
			return ctx.Err()
		},
	}
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			if err := image.Provision(t.Context(), use, nil, build.Result{}); err == nil || !strings.Contains(err.Error(), "boots no machine") {
				t.Errorf("error: %v", err)
			}
		})
	}
	own := errors.New("exit 7")
	if err := image.Provision(t.Context(), hook(func(context.Context, packersdk.Communicator) error { return own }), nil, build.Result{}); !errors.Is(err, own) {
		t.Errorf("a provisioner's own error is lost: %v", err)
	}
	if err := image.Provision(t.Context(), hook(func(context.Context, packersdk.Communicator) error { return nil }), nil, build.Result{}); err != nil {
		t.Errorf("a provisioner that needs no machine fails: %v", err)
	}
}

// The agent of the block reaches the build, which wants none for this image and says so.
func TestAgentReachesTheBuild(t *testing.T) {
	var b image.Builder
	if _, _, err := b.Prepare(map[string]any{"image": viewer, "base": "install.wim", "agent": "wmguest.exe"}); err != nil {
		t.Fatal(err)
	}
	ui := &packersdk.BasicUi{Reader: strings.NewReader(""), Writer: io.Discard, ErrorWriter: io.Discard}
	if _, err := b.Run(t.Context(), ui, nil); err == nil || !strings.Contains(err.Error(), "carries no agent") {
		t.Errorf("got %v", err)
	}
}
