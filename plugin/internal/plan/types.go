// Package plan composes an image's modules, exceptions and overrides into one plan: plain data that says what is set, at which
// stage, on which base. The SHA-256 of its canonical bytes is the recipe digest.
//
// Composition is order-free: it gives the same bytes whatever the order of modules, settings and files. The package is pure: no I/O,
// no clock, no environment, and no kind known by name. It refuses to choose between two settings that disagree: that takes an
// exception or an explicit override, with a reason.
package plan

import (
	"encoding/json"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Schema names the form of plan.json. A reader refuses any other.
const Schema = "wmclient/plan/1"

// EngineFormat changes only when the same plan would give other bytes in the image. Locks pin it.
const EngineFormat = 1

// Plan is what is set, not where it was written. Its JSON form is canonical (RFC 8785).
type Plan struct {
	Schema       string       `json:"schema"`
	EngineFormat int          `json:"engine_format"`
	Image        Image        `json:"image"`
	Base         Base         `json:"base"`
	Modules      []Ref        `json:"modules"`  // sorted by name
	Products     []ProductRef `json:"products"` // sorted by name
	Settings     []Setting    `json:"settings"` // sorted by id
	Ops          []StagedOp   `json:"ops"`      // in the order in which they run
}

// Image says what is built.
type Image struct {
	Name       string     `json:"name"`
	Version    string     `json:"version"` // semver
	Released   string     `json:"released"`
	Epoch      string     `json:"epoch"` // RFC 3339, UTC: the only time that enters bytes
	Class      Class      `json:"class"`
	Management Management `json:"management"`

	// AllowUnobservable lets the image be used although the target could not show some settings. It stands in the plan so that whoever
	// judges by the manifest is bound by the same.
	AllowUnobservable bool `json:"allow_unobservable,omitempty"`

	// Facts are what a person states of the image and no machine can see. They stand in the plan, and so in whatever quotes it.
	Facts []Declared `json:"facts,omitempty"` // sorted by name

	// FirstBoot has the image carry the agent, which settles what no image can; nil where the image carries none.
	FirstBoot *FirstBoot `json:"first_boot,omitempty"`
}

// FirstBoot says what becomes of the agent that an image carries.
type FirstBoot struct {
	Keep bool `json:"keep"` // it stays when its work is done; else it removes itself
}

// Declared is a fact that a person states: that the client's network is a separate one, for example. Nothing checks it.
type Declared struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	StatedBy string `json:"stated_by"`
}

// Class is the class that the image is intended for: type W, WM or M, and groups 0, 1, 2.
type Class struct {
	Type   string `json:"type"`
	Groups []int  `json:"groups"`
}

// Management is the one way by which the client is managed once it is sealed.
type Management struct {
	Path string   `json:"path"`           // "winrm_https", "local" or "none"
	From []string `json:"from,omitempty"` // winrm_https: CIDR prefixes of the peers, sorted
}

// Base is the base's name in the profiles and the facts that it must have.
type Base struct {
	Name string `json:"name"`
	setting.Base
}

// Ref names a module and its resolved version.
type Ref struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Method  string `json:"method"`
}

// ProductRef names a medical product; its version is an opaque string.
type ProductRef struct {
	Name         string `json:"name"`
	Manufacturer string `json:"manufacturer"`
	Version      string `json:"version"`
}

// Effect says what the plan does with a setting.
type Effect string

// The effects.
const (
	EffectSet   Effect = "set"   // as the module says
	EffectValue Effect = "value" // an exception gives another value, which is what is set and expected
	EffectSkip  Effect = "skip"  // an exception leaves the base's state alone: not managed
)

// Setting is one setting of the plan with its effective spec.
type Setting struct {
	ID       string           `json:"id"` // "module/label", with "[key]" behind it for settings made by for_each
	Kind     string           `json:"kind"`
	Severity setting.Severity `json:"severity"`
	Effect   Effect           `json:"effect"`
	Spec     json.RawMessage  `json:"spec"` // decode with setting.Table.DecodeJSON
	Stages   []setting.Stage  `json:"stages"`
	Hazards  []Hazard         `json:"hazards,omitempty"` // what it can do to the build; why an op waits for the stage seal
	Until    string           `json:"until,omitempty"`   // YYYY-MM-DD: the last day on which it is agreed on; "" where it is for good
}

// StagedOp is one op and the settings that ask for it (more than one where they agree).
type StagedOp struct {
	Settings []string   `json:"settings"`
	Op       setting.Op `json:"op"`
}

// Text is a text for people in the two languages of the project.
type Text struct {
	EN string `json:"en"`
	SV string `json:"sv"`
}

// Request is everything that Compose needs: one image with its modules resolved and their settings evaluated. Slices may come in any
// order.
type Request struct {
	Image         Image
	RequiredUntil string // YYYY-MM-DD: how long the image must be maintainable; "" where the image does not say
	Base          Base
	Modules       []Module
	Products      []Product
	Settings      []Candidate
	Exceptions    []Exception
	Accepted      []Exception // of conflicts, not of settings: Setting is "conflict/<row>", Skip is true
	Overrides     []Override
	Declared      map[string]Declaration // the flows of products and modules, by the key that settings made from them have
	DefRange      hcl.Range              // the image's header

	// Common holds for all requests of one check that have the very same Settings; nil where nobody shares them.
	Common *Common

	// Unexplained is for who only wants to know whether the image can be composed, and its digest: Composed is without Provenance, Bytes and
	// Specs, and its Plan without Ops.
	Unexplained bool
}

// Declaration is where a flow is declared, and its peers as they are named there: addresses, words and roles.
type Declaration struct {
	At    hcl.Range
	Peers []string
}

// Module is a selected module.
type Module struct {
	Ref
	Title          Text
	Summary        Text   // a paragraph for who chooses modules; empty where the module has none
	Breaks         []Text // what it is known to break
	SeveritySource string // where its severities come from; "" where the module does not say
	Builds         string // constraint on build.UBR that the base satisfies; "" for any
	RequiredBy     string // the module that pulled it in; "" where the image names it
	Flows          []Flow // those in effect for this image, sorted by label
	NotManaged     []NotManaged
	DefRange       hcl.Range
}

// Flow is traffic that a module needs for what it sets to work. It opens nothing.
type Flow struct {
	Label     string
	Direction string   // "in" or "out"
	Protocol  string   // "tcp", "udp", "icmpv4", "icmpv6", "any", or a number from 0 to 255
	Ports     []string // local ones where it comes in, remote ones where it goes out; none: any
	Peers     []string // addresses, networks or keywords; none: nobody has told yet
	Program   string
	Reason    Text
	DefRange  hcl.Range // the block's header
}

// NotManaged is a place that a module deliberately leaves alone, or that is set to something else than some list wants.
type NotManaged struct {
	Location string   // as a setting.Location is written, "reg:HKLM\...!Name"
	Values   []string // what a plan may want there, as claims have it; none: the place is left alone
	Reason   Text
	DefRange hcl.Range
}

// Product is a selected product with its stated environment.
type Product struct {
	ProductRef
	NeedsServices []string // services that must not be disabled: those that Environment states
	Environment   environment.Environment
	SupportUntil  environment.Fact[string] // YYYY-MM-DD: how long the manufacturer supports this version
	DefRange      hcl.Range
}

// Candidate is one evaluated setting of one selected module.
type Candidate struct {
	ID             string
	Module         string
	Kind           string
	Spec           setting.Spec
	Severity       setting.Severity
	SeveritySource string // where the severity comes from: the setting's own word, else its module's; "" where neither says
	Title          Text
	Rationale      Text
	References     []string
	Overrides      []Override // those written inside the setting; Winner is this setting
	Until          string     // YYYY-MM-DD: the last day on which it is agreed on; "" where it is for good
	DefRange       hcl.Range  // the setting's header, Filename as the parser knows it
	Facts          *Facts     // of Spec on the request's base, shared with other images; nil where nobody shares them
}

// Exception is a deviation accepted for one setting. Exactly one of Skip and Spec is set.
type Exception struct {
	Setting      string
	Skip         bool
	Spec         setting.Spec // the setting decoded anew with the exception's value
	Reason       string
	Compensating string
	Owner        string
	ApprovedBy   string
	Expires      string // YYYY-MM-DD, the last day on which it holds
	DefRange     hcl.Range
}

// Override says that one setting wins over others that want something else in the same place.
type Override struct {
	Winner   string
	Over     []string
	Reason   string
	DefRange hcl.Range
}
