//go:generate packer-sdc mapstructure-to-hcl2 -type Config,Output

// Package planner is the Packer data source `wmclient-plan`: it composes an image profile and hands the recipe digest, the version and
// the paths of what a build will make to the rest of a template. It refuses profiles that do not hold, as the builder does.
package planner

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/packer-plugin-sdk/hcl2helper"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/hashicorp/packer-plugin-sdk/template/config"
	"github.com/zclconf/go-cty/cty"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/talk"
)

// Config is the block of the data source.
type Config struct {
	// Path of the image profile.
	Image string `mapstructure:"image" required:"true"`
	// Folder that the builder writes into. Defaults to `out`.
	OutputDirectory string `mapstructure:"output_directory"`
	// Path of the lock file. Defaults to `<image>.lock.hcl` beside the profile.
	Lock string `mapstructure:"lock"`
}

// Output is what a template can read as `data.wmclient-plan.NAME.*`.
type Output struct {
	// Name of the image.
	Name string `mapstructure:"name"`
	// Version of the image (semver).
	Version string `mapstructure:"version"`
	// SHA-256 of the canonical plan, lower-case hex.
	RecipeDigest string `mapstructure:"recipe_digest"`
	// Name of the base in the profiles.
	Base string `mapstructure:"base"`
	// Edition id that the base must have.
	EditionID string `mapstructure:"edition_id"`
	// build.UBR that the base must have.
	Build string `mapstructure:"build"`
	// Number of settings in the plan.
	Settings int `mapstructure:"settings"`
	// Number of settings that a later stage settles.
	Deferred int `mapstructure:"deferred"`
	// Directory that the builder makes.
	Directory string `mapstructure:"directory"`
	// Path of the image that the builder writes.
	ImageFile string `mapstructure:"image_file"`
	// Path of the manifest that the builder writes.
	Manifest string `mapstructure:"manifest"`
	// Path of the lock file that pins the inputs.
	Lock string `mapstructure:"lock"`
}

// Datasource implements packersdk.Datasource.
type Datasource struct{ config Config }

var _ packersdk.Datasource = (*Datasource)(nil)

// ConfigSpec describes the block to Packer.
func (d *Datasource) ConfigSpec() hcldec.ObjectSpec { return d.config.FlatMapstructure().HCL2Spec() }

// OutputSpec describes the output to Packer.
func (d *Datasource) OutputSpec() hcldec.ObjectSpec {
	return (&Output{}).FlatMapstructure().HCL2Spec()
}

// Configure decodes the block.
func (d *Datasource) Configure(raws ...any) error {
	if err := config.Decode(&d.config, nil, raws...); err != nil {
		return err
	}
	if d.config.Image == "" {
		return errors.New("image is missing: give the path of an image profile")
	}
	if d.config.OutputDirectory == "" {
		d.config.OutputDirectory = "out"
	}
	return nil
}

// Execute composes the plan.
func (d *Datasource) Execute() (cty.Value, error) {
	project, err := build.Load(build.Inputs{Image: d.config.Image, Out: d.config.OutputDirectory, Lock: d.config.Lock, Epoch: os.Getenv("SOURCE_DATE_EPOCH"), Clock: time.Now})
	if err != nil {
		return cty.NullVal(cty.EmptyObject), talk.Error(err)
	}
	p := project.Composed.Plan
	dir := project.Directory()
	out := Output{
		Name: p.Image.Name, Version: p.Image.Version, RecipeDigest: project.Composed.Digest, Base: p.Base.Name,
		EditionID: p.Base.EditionID, Build: p.Base.Build, Settings: len(p.Settings), Deferred: project.Deferred(),
		Directory: dir, ImageFile: filepath.Join(dir, build.ImageFile), Manifest: filepath.Join(dir, build.ManifestFile), Lock: project.LockPath,
	}
	return hcl2helper.HCL2ValueFromConfig(out, d.OutputSpec()), nil
}
