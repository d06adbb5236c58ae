package manifest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/image"
)

// BuilderID identifies what this post-processor hands on.
const BuilderID = "mt-eklient.wmclient-manifest"

// StateFinalManifest names the state that holds the path of the final manifest, beside those of the image's artifact.
const StateFinalManifest = "final_manifest"

// Artifact is the final manifest together with the release that it is about. It holds what it says in itself: Packer closes the way to
// the artifact that it came from as soon as the post-processor has returned.
type Artifact struct {
	path   string
	digest string
	fresh  bool // no such manifest stood there before
	files  []string
	state  map[string]any
}

var _ packersdk.Artifact = (*Artifact)(nil)

// newArtifact takes over from the image's artifact what later post-processors may ask for.
func newArtifact(release packersdk.Artifact, path, digest string, fresh bool) *Artifact {
	a := &Artifact{path: path, digest: digest, fresh: fresh, files: append(slices.Clone(release.Files()), path), state: make(map[string]any)}
	for _, name := range image.StateNames() {
		a.state[name] = release.State(name)
	}
	a.state[StateFinalManifest] = path
	return a
}

// BuilderId identifies the post-processor. The name is Packer's.
func (a *Artifact) BuilderId() string { return BuilderID }

// Files lists the paths of the release's files, and the final manifest last.
func (a *Artifact) Files() []string { return a.files }

// Id is "sha256:" and the manifest's digest.
func (a *Artifact) Id() string { return "sha256:" + a.digest }

// String is one line for people.
func (a *Artifact) String() string {
	return fmt.Sprintf("final manifest %s (sha256 %s)", a.path, a.digest)
}

// State answers what the image's artifact answers, and StateFinalManifest.
func (a *Artifact) State(name string) any { return a.state[name] }

// Destroy removes the final manifest where this run made it; the release belongs to the builder's artifact.
func (a *Artifact) Destroy() error {
	if !a.fresh {
		return nil
	}
	if err := os.Remove(a.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove final manifest: %w", err)
	}
	return nil
}
