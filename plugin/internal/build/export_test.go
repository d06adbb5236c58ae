package build

import (
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
)

// Peeks for tests of the rules that a whole build reaches only in part.
var (
	ParseEpoch = parseEpoch
	Reserved   = reserved
	GateOf     = gateOf
)

// Expired tells which exceptions have run out.
func Expired(e []plan.Exception, p *plan.Plan, now time.Time) error {
	return expired(terms(e, p, nil), now)
}

// Expiring warns of what runs out.
func Expiring(e []plan.Exception, p *plan.Plan, now time.Time) hcl.Diagnostics {
	return expiring(terms(e, p, nil), now)
}

// Matches holds a base's facts against a profile's.
func Matches(got image.Facts, want plan.Base) error { return matches("base.wim", 1, got, want) }

// Release writes files as one release and publishes it.
func Release(out, name, version string, files map[string]string) (what string, err error) {
	s, err := stage(out, name, version)
	if err != nil {
		return "", err
	}
	defer s.discard()
	for file, text := range files {
		if err := s.write(file, []byte(text)); err != nil {
			return "", err
		}
	}
	did, err := s.publish(version)
	return []string{"new", "same", "replaced"}[did], err
}

// OfImage are the problems of one image, as Alike takes them.
type OfImage = ofImage

// NewOfImage makes an OfImage.
func NewOfImage(name, file string, diags hcl.Diagnostics) OfImage { return ofImage{name, file, diags} }

// Alike says once what images have in common.
var Alike = alike

// Gated is the error of findings that gate.
var Gated = gated

// WrittenBelowOut gives an error of the output folder its way out.
var WrittenBelowOut = noRoom
