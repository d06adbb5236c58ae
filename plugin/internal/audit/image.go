package audit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/gpo"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/snapshot"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// Image is an image that clients may have been made from.
type Image struct {
	Manifest *manifest.Manifest
	Digest   string // of the manifest

	specs   map[string]setting.Spec // by setting
	overlay *overlay                // nil without one

	prepared *validate.Prepared
}

// overlay is what the domain's policy does to the image's clients.
type overlay struct {
	title   string
	changes []gpo.Change
	specs   []setting.Spec // of all that the policy sets, to be looked at
	dropped int            // what the policy wants and nobody can compare
}

// NewImage makes an image of its manifest. policy, which may be nil, is the domain's policy on its clients; it must be settled.
func NewImage(m *manifest.Manifest, table setting.Table, policy *gpo.Result) (*Image, error) {
	digest, err := m.Digest()
	if err != nil {
		return nil, err
	}
	return newImage(m, digest, table, policy)
}

// ImageOfPlan is an image by its plan alone, for the agent on the client, which has no manifest: no image can carry its own. Of exceptions it knows no expiry, and of
// the base what the plan demands of it. manifestDigest may be empty.
func ImageOfPlan(p *plan.Plan, manifestDigest string, table setting.Table) (*Image, error) {
	recipe, err := manifest.RecipeDigest(p)
	if err != nil {
		return nil, err
	}
	m := &manifest.Manifest{
		Image: manifest.Image{Name: p.Image.Name, Version: p.Image.Version, Released: p.Image.Released, Epoch: p.Image.Epoch}, Plan: p, RecipeDigest: recipe,
		Stamp: manifest.StampOf(p, recipe), Base: manifest.Base{Name: p.Base.Name, Observed: manifest.BaseFacts{EditionID: p.Base.EditionID, Build: p.Base.Build}},
	}
	return newImage(m, manifestDigest, table, nil)
}

func newImage(m *manifest.Manifest, digest string, table setting.Table, policy *gpo.Result) (*Image, error) {
	var err error
	img := &Image{Manifest: m, Digest: digest, specs: make(map[string]setting.Spec, len(m.Plan.Settings))}
	var problems []error
	for _, s := range m.Plan.Settings {
		spec, err := table.DecodeJSON(s.Kind, s.Spec)
		if err != nil {
			problems = append(problems, fmt.Errorf("setting %s: %w", s.ID, err))
		}
		img.specs[s.ID] = spec
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("the plan of %s %s cannot be judged by this program (use the version that made it): %w", m.Image.Name, m.Image.Version, err)
	}
	if img.prepared, err = validate.Prepare(m.Plan, table); err != nil {
		return nil, err
	}
	if policy != nil {
		img.overlay = newOverlay(img, table, policy)
	}
	return img, nil
}

func newOverlay(img *Image, table setting.Table, policy *gpo.Result) *overlay {
	o := &overlay{title: policy.Title, dropped: len(policy.Dropped)}
	o.changes = gpo.Compare(&plan.Composed{Plan: img.Manifest.Plan, Specs: img.specs}, *policy, table)
	for _, it := range policy.Items {
		if spec, err := it.Spec(table); err == nil { // settling has dropped the others
			o.specs = append(o.specs, spec)
		}
	}
	return o
}

// Wants notes what has to be read of a client of this image.
func (i *Image) Wants(t *snapshot.Trace) {
	for _, s := range i.Manifest.Plan.Settings { // in the order of the plan: the same manifest asks the same
		_, _ = i.specs[s.ID].Observe(t) // a trace shows nothing; what it was asked for is what matters
	}
	if i.overlay != nil {
		for _, spec := range i.overlay.specs {
			_, _ = spec.Observe(t)
		}
	}
	_ = list(t)
	t.Recipes = append(t.Recipes, i.Manifest.RecipeDigest)
}

// class is what a setting has to do with, by the places that it claims: no kind is known here.
func (i *Image) class(id string) Class {
	for _, c := range i.specs[id].Claims(i.Manifest.Plan.Base.Base) {
		if c.Location.Scheme() != setting.SchemeProgram {
			continue
		}
		if c.Location.Name() == "*" { // all that is installed: who stands on no list is a stranger
			return ClassStrangers
		}
		return ClassProducts
	}
	return ClassImage
}

// deviating are the places of a setting that are not as it wants them.
func (i *Image) deviating(f setting.Finding) []setting.Location {
	var out []setting.Location
	o := setting.Observed{Facts: f.Evidence}
	for _, c := range i.specs[f.Setting].Claims(i.Manifest.Plan.Base.Base) {
		if fact, ok := o.Fact(c.Location); ok && fact.String() != c.Value {
			out = append(out, c.Location)
		}
	}
	return out
}

// policy looks whether the domain's policy is in force, place by place.
func (j *judgement) policy() {
	j.ruled, j.explained = map[string]bool{}, map[string]bool{}
	o := j.Image.overlay
	if o == nil {
		return
	}
	if o.dropped > 0 {
		j.NotCompared = append(j.NotCompared, fmt.Sprintf("%d parts of the domain's policy that no setting can carry", o.dropped))
	}
	facts := map[string]setting.Fact{}
	keep := func(list []setting.Fact) {
		for _, f := range list {
			facts[f.Location.Canon()] = f
		}
	}
	for _, f := range j.Findings {
		keep(f.Evidence)
	}
	why := map[string]error{}
	for _, spec := range o.specs {
		seen, err := spec.Observe(j.reader)
		for _, c := range spec.Claims(j.Image.Manifest.Plan.Base.Base) {
			if err != nil {
				why[c.Location.Canon()] = err
			}
		}
		keep(seen.Facts)
	}
	for _, c := range o.changes {
		j.ruledBy(c, facts, why[c.Location.Canon()])
	}
}

// ruledBy judges one place of the domain's policy.
func (j *judgement) ruledBy(c gpo.Change, facts map[string]setting.Fact, failed error) {
	place := c.Location.Canon()
	fact, seen := facts[place]
	if c.Effect == gpo.Overrides {
		j.ruled[place] = true
	}
	switch {
	case c.Effect == gpo.Confirms: // the plan's own setting says it
		return
	case !seen:
		if failed == nil {
			failed = fmt.Errorf("nobody looked at %s: %w", c.Location, setting.ErrUnobservable)
		}
		j.gap("policy "+string(c.Location), failed)
		return
	case fact.String() == c.Domain:
		j.explained[place] = c.Effect == gpo.Overrides
		return
	}
	d := Difference{Class: ClassPolicy, Name: string(c.Location), Location: c.Location, Expected: c.Domain, Observed: fact.String(), Reason: "the domain's policy is not in force here"}
	if c.Setting != "" {
		d.Name = c.Setting
		if d.Observed == c.Local {
			d.Reason += ": it is as the image has it"
		}
	}
	d.Reason += " (" + strings.TrimSpace(j.Image.overlay.title+" "+c.At.String()) + ")"
	j.differ(d)
}
