// Package image is the Packer builder `wmclient-image`: a thin door to package build, which does the work. By itself it refuses a block
// without an image or a base, and provisioners that want a machine; what is wrong with a profile is said in the profile's own file and line.
package image

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2/hcldec"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/hashicorp/packer-plugin-sdk/template/config"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/talk"
)

// BuilderID identifies artifacts of this builder to post-processors.
const BuilderID = "mt-eklient.wmclient-image"

// Builder implements packersdk.Builder.
type Builder struct {
	Version string // of the plugin, for the build record
	config  Config
}

var _ packersdk.Builder = (*Builder)(nil)

// ConfigSpec describes the block to Packer.
func (b *Builder) ConfigSpec() hcldec.ObjectSpec { return b.config.FlatMapstructure().HCL2Spec() }

// Prepare decodes the block and checks the profile, so that `packer validate` shows what is wrong with it.
func (b *Builder) Prepare(raws ...any) (generatedNames, warnings []string, err error) {
	if err := config.Decode(&b.config, &config.DecodeOpts{PluginType: BuilderID, Interpolate: true}, raws...); err != nil {
		return nil, nil, err
	}
	errs := &packersdk.MultiError{}
	if b.config.Image == "" {
		errs = packersdk.MultiErrorAppend(errs, errors.New("image is missing: give the path of an image profile, for example image = \"profiles/images/radiology-viewer.hcl\""))
	}
	if b.config.Base == "" {
		errs = packersdk.MultiErrorAppend(errs, errors.New("base is missing: give the path of an install.wim"))
	}
	if b.config.OutputDirectory == "" {
		b.config.OutputDirectory = "out"
	}
	if b.config.Image != "" {
		if warnings, err = check(b.inputs()); err != nil {
			errs = packersdk.MultiErrorAppend(errs, talk.Error(err))
		}
	}
	if len(errs.Errors) > 0 {
		return nil, nil, errs
	}
	if b.config.PackerForce {
		warnings = append(warnings, "-force changes nothing for wmclient-image: a released version never changes its bytes; raise version in the image profile, or build into another output_directory")
	}
	return slices.Sorted(maps.Keys(generated(build.Result{}))), warnings, nil
}

// check composes the image and returns what the profiles warn of.
func check(in build.Inputs) ([]string, error) {
	project, err := build.Load(in)
	if err != nil {
		return nil, err
	}
	return talk.Warnings(project)
}

func (b *Builder) inputs() build.Inputs {
	return build.Inputs{
		Image: b.config.Image, Base: b.config.Base, BaseImage: b.config.BaseImage, Out: b.config.OutputDirectory, Lock: b.config.Lock,
		AcceptBase: b.config.AcceptBase, Agent: b.config.Agent,
		Epoch: os.Getenv("SOURCE_DATE_EPOCH"), Clock: time.Now, Tool: b.Version,
	}
}

// Run builds the image and returns its directory as the artifact. Failed findings fail the build; the directory stays to be read. A
// failed provisioner takes back what this build made.
func (b *Builder) Run(ctx context.Context, ui packersdk.Ui, hook packersdk.Hook) (packersdk.Artifact, error) {
	result, err := build.Run(ctx, b.inputs(), talk.Sink(ui, time.Now))
	if err != nil {
		return nil, talk.Error(err)
	}
	artifact := &Artifact{Result: *result}
	if err := provision(ctx, hook, ui, *result); err != nil {
		return nil, errors.Join(err, artifact.Destroy())
	}
	return artifact, nil
}
