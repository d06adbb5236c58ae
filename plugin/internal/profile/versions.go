package profile

import (
	"regexp"

	"github.com/Masterminds/semver/v3"
	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// constraint is a semver constraint and where it was written.
type constraint struct {
	text string
	c    *semver.Constraints
	at   hcl.Range
}

// version reads a full semantic version.
func (r reader) version(attr *hcl.Attribute, name string) *semver.Version {
	s := r.text(attr, name)
	if s == "" {
		return nil
	}
	v, err := semver.StrictNewVersion(s)
	if err != nil {
		r.report(attr.Expr.Range(), "Invalid version", "%q is not a semantic version: write major.minor.patch, for example \"1.2.0\" or \"1.2.0-rc.1\".", s)
		return nil
	}
	return v
}

// constraint reads a constraint on versions, or on build.UBR.
func (r reader) constraint(text string, at hcl.Range) *constraint {
	c, err := semver.NewConstraint(text)
	if err != nil {
		r.report(at, "Invalid version constraint", "%q is not a constraint. Examples: \"^1.2\" (at least 1.2, below 2), \">= 14393\", \"19044.1288 - 19045\", \"^1 || ^2\".", text)
		return nil
	}
	return &constraint{text, c, at}
}

// optionalConstraint reads an attribute that may be absent.
func (r reader) optionalConstraint(attr *hcl.Attribute, name string) *constraint {
	if attr == nil {
		return nil
	}
	s := r.text(attr, name)
	if s == "" {
		return nil
	}
	return r.constraint(s, attr.Expr.Range())
}

var buildForm = regexp.MustCompile(`^[1-9][0-9]{3,5}\.[0-9]{1,6}$`)

// allows says whether a base's build.UBR satisfies the constraint: the build is compared as major, the UBR as minor, so that "^19044"
// is every update of one build and ">= 14393" is that build and all later ones. No constraint allows all.
func (c *constraint) allows(b setting.Base) bool {
	return c == nil || c.c.Check(semver.New(uint64(b.Number()), uint64(b.UBR()), 0, "", ""))
}
