//go:generate packer-sdc mapstructure-to-hcl2 -type Config

// Package manifest is the Packer post-processor `wmclient-manifest`: it checks an artifact of the builder against its own manifest,
// judges the image anew, and writes the final manifest beside the artifact. It refuses artifacts of other builders, and any artifact
// whose files, plan or findings are not what the manifest says.
package manifest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/packer-plugin-sdk/common"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/hashicorp/packer-plugin-sdk/template/config"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/talk"
)

// Config is the block of the post-processor.
type Config struct {
	common.PackerConfig `mapstructure:",squash"`

	// Path of the final manifest. Defaults to `<version>.manifest.json` beside the artifact's directory.
	Output string `mapstructure:"output"`
}

// PostProcessor implements packersdk.PostProcessor.
type PostProcessor struct{ config Config }

var _ packersdk.PostProcessor = (*PostProcessor)(nil)

// ConfigSpec describes the block to Packer.
func (p *PostProcessor) ConfigSpec() hcldec.ObjectSpec {
	return p.config.FlatMapstructure().HCL2Spec()
}

// Configure decodes the block.
func (p *PostProcessor) Configure(raws ...any) error {
	return config.Decode(&p.config, &config.DecodeOpts{PluginType: "wmclient-manifest", Interpolate: true}, raws...)
}

// PostProcess checks the artifact and hands on the final manifest with it. The builder's artifact is always kept: it is what the manifest
// is about.
func (p *PostProcessor) PostProcess(ctx context.Context, ui packersdk.Ui, artifact packersdk.Artifact) (_ packersdk.Artifact, keep, mustKeep bool, err error) {
	if artifact.BuilderId() != image.BuilderID {
		return nil, false, false, fmt.Errorf("wmclient-manifest takes artifacts of the builder wmclient-image (%s), this one is of %s", image.BuilderID, artifact.BuilderId())
	}
	dir, ok := artifact.State(image.StateDirectory).(string)
	if !ok || dir == "" {
		return nil, false, false, fmt.Errorf("the artifact %s names no directory", artifact.Id())
	}
	checked, err := build.CheckRelease(ctx, dir, talk.Sink(ui, time.Now))
	if err != nil {
		return nil, false, false, fmt.Errorf("check %s: %w", dir, talk.Error(err))
	}
	if built := artifact.State(image.StateManifestDigest); built != checked.ManifestDigest {
		return nil, false, false, fmt.Errorf("check %s: the manifest has the digest %s, the one that was built has %v", dir, checked.ManifestDigest, built)
	}
	path := p.config.Output
	if path == "" {
		path = dir + ".manifest.json"
	}
	fresh, err := write(path, checked.ManifestBytes)
	if err != nil {
		return nil, false, false, fmt.Errorf("write final manifest: %w", err)
	}
	return newArtifact(artifact, path, checked.ManifestDigest, fresh), true, true, nil
}

// write writes the final manifest whole or not at all, and reports whether none stood there before.
func write(path string, data []byte) (fresh bool, err error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		fresh = true
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, err
	}
	return fresh, build.WriteFileAtomic(path, data)
}
