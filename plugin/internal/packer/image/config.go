//go:generate packer-sdc mapstructure-to-hcl2 -type Config

package image

import (
	"github.com/hashicorp/packer-plugin-sdk/common"
)

// Config is the block of the builder `wmclient-image`. Everything that is built is said in the image profile; the block only says
// which profile, from what, into where.
type Config struct {
	common.PackerConfig `mapstructure:",squash"`

	// Path of the image profile, for example `profiles/images/radiology-viewer.hcl`.
	Image string `mapstructure:"image" required:"true"`
	// Path of the base: an `install.wim`, or the `.iso` of a Windows medium that it is on, whose edition, build and language are the ones
	// that the profile names.
	Base string `mapstructure:"base" required:"true"`
	// The image inside the base, by index, name or edition id. By default the one with the profile's edition id.
	BaseImage string `mapstructure:"base_image"`
	// Folder in which `<image>/<version>/` is made. Defaults to `out`.
	OutputDirectory string `mapstructure:"output_directory"`
	// Path of the lock file. Defaults to `<image>.lock.hcl` beside the profile.
	Lock string `mapstructure:"lock"`
	// Path of the agent `wmguest.exe`, for an image with a `first_boot` block. Defaults to the agent inside the plugin. Another one than the
	// lock names is refused.
	Agent string `mapstructure:"agent"`
	// Build on a base that the lock does not name. The manifest says so: the result is not a release. Defaults to `false`.
	AcceptBase bool `mapstructure:"accept_base"`
}
