//go:generate packer-sdc mapstructure-to-hcl2 -type Config

// Package manifest is the Packer post-processor `wmclient-manifest`: it checks an artifact of the builder against its own manifest,
// judges the image anew, and writes the final manifest beside the artifact. It refuses artifacts of other builders, and any artifact
// whose files, plan or findings are not what the manifest says.
package manifest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

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

// PostProcess checks the artifact and hands it on unchanged.
func (p *PostProcessor) PostProcess(ctx context.Context, ui packersdk.Ui, artifact packersdk.Artifact) (packersdk.Artifact, bool, bool, error) {
	if artifact.BuilderId() != image.BuilderID {
		return nil, false, false, fmt.Errorf("wmclient-manifest takes artifacts of the builder wmclient-image (%s), this one is of %s", image.BuilderID, artifact.BuilderId())
	}
	dir, ok := artifact.State("directory").(string)
	if !ok || dir == "" {
		return nil, false, false, fmt.Errorf("the artifact %s names no directory", artifact.Id())
	}
	checked, err := build.CheckRelease(ctx, dir, talk.Sink(ui))
	if err != nil {
		return nil, false, false, fmt.Errorf("check %s: %w", dir, err)
	}
	path := p.config.Output
	if path == "" {
		path = filepath.Join(filepath.Dir(dir), filepath.Base(dir)+".manifest.json")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, false, false, fmt.Errorf("write manifest: %w", err)
	}
	if err := build.WriteFileAtomic(path, checked.ManifestBytes); err != nil {
		return nil, false, false, fmt.Errorf("write manifest: %w", err)
	}
	ui.Say(fmt.Sprintf("final manifest: %s (sha256 %s)", path, checked.ManifestDigest))
	return artifact, true, true, nil
}
