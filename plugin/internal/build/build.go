// Package build is the one way from an image profile to a released directory: load, compose, check the lock, edit the base, open the
// written file again, judge it, and put everything under its final name at once. The command and the Packer plugin are thin doors to it.
//
// It refuses to build from a stale lock, from a base that the lock does not name, with an expired exception, and to replace a released
// version by other bytes. Nothing half-written ever stands under a final name. Clock, version and environment are inputs.
package build

import "time"

// Inputs is what one build or one look at a profile needs.
type Inputs struct {
	Image      string           // path of the image's profile file
	Base       string           // path of the base WIM
	BaseImage  string           // image in the base by index, name or edition id; "" takes the profile's edition id
	Out        string           // folder that <image>/<version>/ is made in
	Lock       string           // path of the lock; "" is <image>.lock.hcl beside the profile
	AcceptBase bool             // build on a base that the lock does not name; the result is not a release
	Agent      string           // path of the agent for an image that carries one; "" takes the one in this program
	Verify     bool             // build and compare, even where nothing seems to have changed since the release in Out was built
	Epoch      string           // SOURCE_DATE_EPOCH: seconds since 1970; "" takes the image's released date
	Clock      func() time.Time // for gates (expiry) and the build record; never enters the image or the manifest
	Tool       string           // version of wmclient, for the build record
}

// Names of the files in a released directory.
const (
	ImageFile      = "image.wim"
	PlanFile       = "plan.json"
	ProvenanceFile = "provenance.json"
	ManifestFile   = "manifest.json"
	JUnitFile      = "junit.xml"
	SumsFile       = "SHA256SUMS"
	RecordFile     = "build-record.json"
)
