package image

import (
	"fmt"
	"os"

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

// State answers "directory", "manifest", "recipe_digest", "image_sha256" and "version" with strings, all else with nil.
func (a *Artifact) State(name string) any {
	switch name {
	case "directory":
		return a.Result.Dir
	case "manifest":
		return a.Result.Manifest
	case "recipe_digest":
		return a.Result.RecipeDigest
	case "image_sha256":
		return a.Result.ImageSHA256
	case "version":
		return a.Result.Version
	}
	return nil
}

// Destroy removes the directory, as Packer asks when a later step failed and nothing is to be kept.
func (a *Artifact) Destroy() error {
	if err := os.RemoveAll(a.Result.Dir); err != nil {
		return fmt.Errorf("remove artifact: %w", err)
	}
	return nil
}
