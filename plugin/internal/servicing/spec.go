// Package servicing is how a base with updates, features, capabilities and
// drivers comes to be: a description, the script for DISM on Windows that follows
// it, and the record that the script leaves, held against what came out.
//
// Updates go into the component store, which nobody outside of Windows can write.
// So this package writes a script and runs nothing. It refuses names that could
// be anything but names in that script, and records that another script, another
// description or another file made. No script of it was ever run on Windows by
// its makers; each says so at its top.
package servicing

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
)

// Spec describes how a base is made from its parent.
type Spec struct {
	Base         string    `json:"base"`          // name of the base block
	Parent       string    `json:"parent"`        // name of the parent's
	ParentSHA256 string    `json:"parent_sha256"` // of the parent's WIM; "" where none is demanded
	EditionID    string    `json:"edition_id"`
	Arch         string    `json:"arch"`
	ParentBuild  string    `json:"parent_build"` // build.UBR
	Build        string    `json:"build"`        // build.UBR of the result
	Languages    []string  `json:"languages"`    // of the result, the preferred one first
	Packages     []Package `json:"packages"`     // updates (.msu) and language packs (.cab), in the order in which they are added
	Features     []string  `json:"features"`     // turned on
	Capabilities []string  `json:"capabilities"` // features on demand, by their full names
	Drivers      []string  `json:"drivers"`      // folders below that of the packages, with slashes
}

// Package is one file that DISM adds.
type Package struct {
	File   string `json:"file"`   // a file name without a folder
	SHA256 string `json:"sha256"` // lower-case hex
}

var (
	fileForm       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._()+~-]*\.(msu|cab)$`)
	driverForm     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._+-]*(/[A-Za-z0-9][A-Za-z0-9 ._+-]*)*$`)
	capabilityForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*~[A-Za-z0-9~._-]*$`)
	featureForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	digestForm     = regexp.MustCompile(`^[0-9a-f]{64}$`)
	buildForm      = regexp.MustCompile(`^[0-9]{5}\.[0-9]{1,6}$`)
	wordForm       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
)

// CheckFile reports a package's file name that is none.
func CheckFile(name string) error {
	if !fileForm.MatchString(strings.ToLower(name)) || strings.Contains(name, "..") {
		return fmt.Errorf("%q is no file name of an update (.msu) or a package (.cab), without a folder", name)
	}
	return nil
}

// CheckDriver reports a folder that is none, or that lies elsewhere.
func CheckDriver(name string) error {
	if !driverForm.MatchString(name) || strings.Contains(name, "..") {
		return fmt.Errorf("%q is no folder below that of the packages, with slashes", name)
	}
	return nil
}

// CheckCapability reports a name that is not a capability's.
func CheckCapability(name string) error {
	if !capabilityForm.MatchString(name) {
		return fmt.Errorf("%q is no capability: write its full name, such as \"OpenSSH.Client~~~~0.0.1.0\"", name)
	}
	return nil
}

// CheckDigest reports what is no SHA-256 in lower-case hexadecimal.
func CheckDigest(s string) error {
	if !digestForm.MatchString(s) {
		return fmt.Errorf("%q is no SHA-256: 64 lower-case hexadecimal digits", s)
	}
	return nil
}

// Check reports what could not stand in a script.
func (s Spec) Check() error {
	var errs []error
	for what, v := range map[string]string{"base": s.Base, "parent": s.Parent, "edition id": s.EditionID, "architecture": s.Arch} {
		if !wordForm.MatchString(v) {
			errs = append(errs, fmt.Errorf("the %s is %q", what, v))
		}
	}
	for _, b := range []string{s.ParentBuild, s.Build} {
		if !buildForm.MatchString(b) {
			errs = append(errs, fmt.Errorf("%q is no build with its update revision", b))
		}
	}
	if s.ParentSHA256 != "" {
		errs = append(errs, CheckDigest(s.ParentSHA256))
	}
	for _, p := range s.Packages {
		errs = append(errs, CheckFile(p.File), CheckDigest(p.SHA256))
	}
	for _, f := range s.Features {
		if !featureForm.MatchString(f) {
			errs = append(errs, fmt.Errorf("%q is no feature", f))
		}
	}
	for _, c := range s.Capabilities {
		errs = append(errs, CheckCapability(c))
	}
	for _, d := range s.Drivers {
		errs = append(errs, CheckDriver(d))
	}
	for _, l := range s.Languages {
		if !wordForm.MatchString(l) {
			errs = append(errs, fmt.Errorf("%q is no language", l))
		}
	}
	if len(s.Packages)+len(s.Features)+len(s.Capabilities)+len(s.Drivers) == 0 {
		errs = append(errs, errors.New("there is nothing to service: no package, feature, capability or driver"))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("servicing of base %q: %w", s.Base, err)
	}
	return nil
}

// Bytes is the description in canonical JSON; its SHA-256 names it.
func (s Spec) Bytes() ([]byte, error) {
	for _, list := range []*[]string{&s.Languages, &s.Features, &s.Capabilities, &s.Drivers} {
		if *list == nil {
			*list = []string{}
		}
	}
	if s.Packages == nil {
		s.Packages = []Package{}
	}
	return canonical.Marshal(s)
}
