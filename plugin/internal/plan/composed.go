package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// ProvenanceSchema names the form of the provenance sidecar.
const ProvenanceSchema = "wmclient/provenance/1"

// Composed is a plan and everything that stands beside it. Where the request wants it unexplained, not all is there.
type Composed struct {
	Plan       *Plan
	Bytes      []byte // the plan in canonical form: what plan.json holds
	Digest     string // recipe digest: lower-case hex SHA-256 of the canonical form
	Provenance *Provenance
	Contents   []setting.Content       // behind the plan's file ops: sorted by digest, each once
	Specs      map[string]setting.Spec // by setting id: what is in effect; for skipped ones, what the module asks for

	core *core // whose settings are those of Plan; nil where nobody composed it
}

// Facts are the facts of the spec of the plan's setting at place i.
func (c *Composed) Facts(i int) *Facts {
	if c.core != nil {
		return c.core.kept[i].planned()
	}
	id := c.Plan.Settings[i].ID // whoever made the Composed did not compose it
	return NewFacts(id, c.Specs[id], &c.Plan.Base.Base)
}

// Place is where the plan's setting at place i is written; zero where nobody knows.
func (c *Composed) Place(i int) hcl.Range {
	if c.core != nil {
		return c.core.kept[i].DefRange
	}
	return hcl.Range{}
}

// Provenance says where everything in a plan was written, and why. It is a sidecar: it enters no digest of the plan, so that a comment
// or a better reason never changes a recipe.
type Provenance struct {
	Schema   string         `json:"schema"`
	Recipe   string         `json:"recipe"`   // digest of the plan it belongs to
	Modules  []ModuleNote   `json:"modules"`  // sorted by name
	Products []ProductNote  `json:"products"` // sorted by name
	Settings []*SettingNote `json:"settings"` // sorted by id; overridden ones too
}

// Place is a place in a profile; File is the name that the loader gave it, in a marshalled provenance one below the profile root. Line and Column count from 1.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// String is "file:line".
func (p Place) String() string {
	if p.File == "" {
		return "an unknown place"
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

func placeOf(r hcl.Range) Place {
	return Place{File: r.Filename, Line: r.Start.Line, Column: r.Start.Column}
}

// ModuleNote is the provenance of a module.
type ModuleNote struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	Title      Text   `json:"title"`
	Builds     string `json:"builds,omitempty"`
	RequiredBy string `json:"required_by,omitempty"`
	At         Place  `json:"at"`
}

// ProductNote is the provenance of a product.
type ProductNote struct {
	Name          string   `json:"name"`
	Version       string   `json:"version"`
	NeedsServices []string `json:"needs_services,omitempty"`
	At            Place    `json:"at"`
}

// SettingNote is the provenance of a setting.
type SettingNote struct {
	ID           string          `json:"id"`
	Kind         string          `json:"kind"`
	Module       string          `json:"module"`
	Version      string          `json:"version"` // of the module
	At           Place           `json:"at"`
	Title        Text            `json:"title"`
	Rationale    Text            `json:"rationale"`
	References   []string        `json:"references,omitempty"`
	Claims       []setting.Claim `json:"claims"` // the setting's own, before merging; with an exception's value where there is one
	Exception    *ExceptionNote  `json:"exception,omitempty"`
	Overrides    []OverrideNote  `json:"overrides,omitempty"`     // settings that this one beats
	OverriddenBy []OverrideNote  `json:"overridden_by,omitempty"` // winners: where there are any, the setting is not in the plan
	AgreesWith   []string        `json:"agrees_with,omitempty"`   // ids that want the same in a shared place; not all where very many do
	MergedWith   []string        `json:"merged_with,omitempty"`   // ids whose lists were merged with this one's
}

// ExceptionNote is an exception's texts.
type ExceptionNote struct {
	Effect       Effect          `json:"effect"`            // skip or value
	Instead      []setting.Claim `json:"instead,omitempty"` // what the module asks for, where a value replaces it
	Reason       string          `json:"reason"`
	Compensating string          `json:"compensating"`
	Owner        string          `json:"owner"`
	ApprovedBy   string          `json:"approved_by"`
	Expires      string          `json:"expires"` // YYYY-MM-DD
	At           Place           `json:"at"`
}

// OverrideNote is one override, seen from the one side; Setting is the other side.
type OverrideNote struct {
	Setting string `json:"setting"`
	Reason  string `json:"reason"`
	At      Place  `json:"at"`
	// Through names the setting that stands between in a chain of overrides (a beats b, b beats c: a beats c through b).
	Through string `json:"through,omitempty"`
}

// Marshal returns the provenance in canonical form. Its files are named relative to the profile root, which the loader calls root: where that
// folder is on somebody's machine is no provenance.
func (p *Provenance) Marshal(root string) ([]byte, error) {
	b, err := canonical.Marshal(p.under(root))
	if err != nil {
		return nil, fmt.Errorf("write provenance: %w", err)
	}
	return b, nil
}

// under is a copy with the files named relative to root.
func (p *Provenance) under(root string) *Provenance {
	move := func(at Place) Place {
		at.File = strings.TrimPrefix(at.File, root+"/")
		return at
	}
	overrides := func(list []OverrideNote) []OverrideNote {
		moved := slices.Clone(list)
		for i := range moved {
			moved[i].At = move(moved[i].At)
		}
		return moved
	}
	out := *p
	out.Modules, out.Products, out.Settings = slices.Clone(p.Modules), slices.Clone(p.Products), slices.Clone(p.Settings)
	for i := range out.Modules {
		out.Modules[i].At = move(out.Modules[i].At)
	}
	for i := range out.Products {
		out.Products[i].At = move(out.Products[i].At)
	}
	for i, n := range p.Settings {
		moved := *n
		moved.At, moved.Overrides, moved.OverriddenBy = move(n.At), overrides(n.Overrides), overrides(n.OverriddenBy)
		if n.Exception != nil {
			x := *n.Exception
			x.At = move(x.At)
			moved.Exception = &x
		}
		out.Settings[i] = &moved
	}
	return &out
}

// Setting finds a setting's provenance by its exact id.
func (p *Provenance) Setting(id string) (*SettingNote, bool) {
	for _, s := range p.Settings {
		if s.ID == id {
			return s, true
		}
	}
	return nil, false
}
