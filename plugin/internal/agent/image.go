package agent

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// ErrOtherImage is a machine that the bundle is not meant for.
var ErrOtherImage = errors.New("the bundle is for another image")

// checkImage holds the bundle against what the machine says of itself: its stamp, where an image left one, and on Windows the processor and
// the build, whose updates (UBR) may differ. The edition is not held against it: a licence may have changed that.
func checkImage(o Options) error {
	reg, err := setting.AsRegistry(o.Machine)
	if err != nil {
		return err
	}
	stamp, err := manifest.ReadStamp(reg)
	switch {
	case errors.Is(err, manifest.ErrStampForm):
		return fmt.Errorf("%w: %w", ErrOtherImage, err)
	case err != nil && !errors.Is(err, setting.ErrAbsent):
		return err
	case err == nil && stamp.RecipeDigest != o.Bundle.RecipeDigest:
		return fmt.Errorf("%w: it is for %s %s with recipe digest %s, this machine has the stamp of %s %s with %s: take the bundle of that image",
			ErrOtherImage, o.Bundle.Image, o.Bundle.Version, o.Bundle.RecipeDigest, stamp.Name, stamp.Version, stamp.RecipeDigest)
	}
	host, err := o.Machine.Host()
	if err != nil || host.Platform != PlatformWindows {
		return err
	}
	base := o.Bundle.Plan.Base.Base
	want, _, _ := strings.Cut(base.Build, ".")
	got, _, _ := strings.Cut(host.Build, ".")
	if got != want || !upcase.Equal(host.Arch, base.Arch) {
		return fmt.Errorf("%w: it is for build %s on %s, this machine says %q on %q", ErrOtherImage, want, base.Arch, host.Build, host.Arch)
	}
	return nil
}
