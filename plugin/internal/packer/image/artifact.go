package image

import (
	"fmt"
	"os"
	"path/filepath"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
)

// Artifact is one released directory.
type Artifact struct{ Result build.Result }

var _ packersdk.Artifact = (*Artifact)(nil)

// BuilderId identifies the builder. The name is Packer's.
func (a *Artifact) BuilderId() string { return BuilderID }

// Files lists the paths of all files in the directory.
func (a *Artifact) Files() []string { return a.Result.Files }

// Id is "name@version recipe:digest".
func (a *Artifact) Id() string {
	return fmt.Sprintf("%s@%s recipe:%s", a.Result.Name, a.Result.Version, a.Result.RecipeDigest)
}

// String is one line for people.
func (a *Artifact) String() string {
	return fmt.Sprintf("%s %s in %s (recipe %s, image %s)", a.Result.Name, a.Result.Version, a.Result.Dir, a.Result.RecipeDigest, a.Result.ImageSHA256)
}

// Names of the state that State answers; StateGenerated is Packer's own name for what templates read as `build.NAME`.
const (
	StateDirectory      = "directory"
	StateManifest       = "manifest"
	StateName           = "name"
	StateVersion        = "version"
	StateRecipeDigest   = "recipe_digest"
	StateImageSHA256    = "image_sha256"
	StateManifestDigest = "manifest_digest"
	StateGenerated      = "generated_data"
)

// StateNames lists the states that a post-processor can read.
func StateNames() []string {
	return []string{StateDirectory, StateManifest, StateName, StateVersion, StateRecipeDigest, StateImageSHA256, StateManifestDigest, StateGenerated}
}

// State answers the names of StateNames, StateGenerated with a map and all others with strings, and anything else with nil.
func (a *Artifact) State(name string) any {
	switch name {
	case StateDirectory:
		return a.Result.Dir
	case StateManifest:
		return a.Result.Manifest
	case StateName:
		return a.Result.Name
	case StateVersion:
		return a.Result.Version
	case StateRecipeDigest:
		return a.Result.RecipeDigest
	case StateImageSHA256:
		return a.Result.ImageSHA256
	case StateManifestDigest:
		return a.Result.ManifestDigest
	case StateGenerated:
		return generated(a.Result)
	}
	return nil
}

// generated is what provisioners and post-processors can read as `build.NAME`; Prepare announces the names.
func generated(r build.Result) map[string]any {
	return map[string]any{
		"ImageName":      r.Name,
		"ImageVersion":   r.Version,
		"ImageDirectory": r.Dir,
		"ImageSHA256":    r.ImageSHA256,
		"RecipeDigest":   r.RecipeDigest,
		"ManifestDigest": r.ManifestDigest,
	}
}

// Destroy removes the directory, as Packer asks when a later step failed and nothing is to be kept. A release that stood there before
// this build, which only found the same bytes, stays.
func (a *Artifact) Destroy() error {
	if a.Result.Unchanged {
		return nil
	}
	if err := os.RemoveAll(a.Result.Dir); err != nil {
		return fmt.Errorf("remove artifact: %w", err)
	}
	_ = os.Remove(filepath.Dir(a.Result.Dir)) // the image's own folder, where no other version stands in it
	return nil
}
