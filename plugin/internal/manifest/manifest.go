// Package manifest is the validation manifest of one image version as plain data, its canonical bytes and its digest.
//
// A manifest says what was built, from which base, by which plan, and of every setting what was expected and what was found. It
// holds nothing of the run that made it: two builds of one plan from one base give the same bytes; what differs between runs is in
// the BuildRecord beside it. The package is pure. It refuses a manifest that contradicts itself: other bytes than the canonical ones,
// a plan without the stated digest, settings without a finding, findings without a setting, counts that do not add up, exceptions
// that the plan does not know.
package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// Schema names the form of manifest.json. A reader refuses any other.
const Schema = "wmclient/manifest/1"

// Platform says on what the settings were validated.
type Platform string

// The platforms of this schema. Neither is a running Windows.
const (
	PlatformLab     Platform = "lab"           // a stand-in base that contains no Windows
	PlatformOffline Platform = "offline-image" // an image file that was not booted
)

// IdentityBytes says that the output is bit-for-bit the same whenever it is built from the same base and plan.
const IdentityBytes = "bytes"

// Manifest is the validation manifest. Make one with New; read one with Parse.
type Manifest struct {
	Schema             string            `json:"schema"`
	Image              Image             `json:"image"`
	Class              plan.Class        `json:"class"`
	Management         plan.Management   `json:"management"`
	Base               Base              `json:"base"`
	Platform           Platform          `json:"platform"`
	ValidatedOnWindows bool              `json:"validated_on_windows"`
	Statement          plan.Text         `json:"statement"` // what platform and validated_on_windows mean
	Identity           string            `json:"identity"`
	Release            bool              `json:"release"` // the base was one that the lock names; else the build was a trial
	EngineFormat       int               `json:"engine_format"`
	RecipeDigest       string            `json:"recipe_digest"` // lower-case hex SHA-256 of the plan's canonical bytes
	Plan               *plan.Plan        `json:"plan"`
	Outputs            []File            `json:"outputs"` // sorted by name
	Changes            []Change          `json:"changes"` // what differs from the base, sorted by path
	Stamp              Stamp             `json:"stamp"`   // what the image says of itself
	Agent              *Agent            `json:"agent,omitempty"`
	Exceptions         []Exception       `json:"exceptions"` // sorted by setting
	Conflicts          []Conflict        `json:"conflicts,omitempty"`
	Findings           []setting.Finding `json:"findings"` // sorted by setting
	Summary            validate.Summary  `json:"summary"`
}

// Image names the image version.
type Image struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Released string `json:"released"`
	Epoch    string `json:"epoch"`
}

// Base is the base as the profile names it, the file that was used, and what that file says of itself.
type Base struct {
	Name     string    `json:"name"`
	File     File      `json:"file"`
	Index    int       `json:"index"` // image number within the file, from 1
	Observed BaseFacts `json:"observed"`
}

// BaseFacts is what a base image says of itself. It has the fields of the image target's Facts, so that one converts to the other.
type BaseFacts struct {
	ProductName     string   `json:"product_name"`
	EditionID       string   `json:"edition_id"`
	Build           string   `json:"build"` // build.UBR
	Arch            string   `json:"arch"`
	InstallLanguage string   `json:"install_language"` // BCP 47
	Languages       []string `json:"languages"`        // BCP 47, sorted
	Packages        []string `json:"packages"`         // component packages that are installed, sorted
	StandIn         bool     `json:"stand_in"`         // a lab base: shaped like Windows, contains none
}

// File is a file by digest. Its size stays below 2^53, the largest integer that canonical JSON keeps exact.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // lower-case hex
	Size   int64  `json:"size"`   // bytes
}

// Change is one file of the image that differs from the base.
type Change struct {
	Path   string `json:"path"`   // "\Windows\x"
	Action string `json:"action"` // "added", "replaced" or "deleted"
	SHA256 string `json:"sha256,omitempty"`
	Size   int64  `json:"size"`
}

// Agent is the agent that the image carries, where its plan has it carry one: \Windows\wmclient\wmguest.exe.
type Agent struct {
	Version string `json:"version"` // as it says of itself
	SHA256  string `json:"sha256"`  // lower-case hex
	Size    int64  `json:"size"`    // bytes
}

// AgentPath is where an image carries its agent.
const AgentPath = `\Windows\wmclient\wmguest.exe`

// Exception is a deviation that was accepted for one setting, with its full text.
type Exception struct {
	Setting      string      `json:"setting"`
	Effect       plan.Effect `json:"effect"` // skip or value
	Reason       string      `json:"reason"`
	Compensating string      `json:"compensating"`
	Owner        string      `json:"owner"`
	ApprovedBy   string      `json:"approved_by"`
	Expires      string      `json:"expires"` // YYYY-MM-DD, the last day on which it holds
}

// Input is what New needs beside the plan. Slices may come in any order.
type Input struct {
	Plan       *plan.Plan
	BaseFile   File
	BaseIndex  int
	BaseFacts  BaseFacts
	Release    bool // the base was one that the lock names
	Outputs    []File
	Changes    []Change
	Exceptions []Exception
	Conflicts  []Conflict // in the order in which they are to be told
	Findings   []setting.Finding
	Agent      *Agent // nil where the image carries none
}

// New puts a manifest together and checks it as Parse does.
func New(in Input) (*Manifest, error) {
	digest, err := RecipeDigest(in.Plan)
	if err != nil {
		return nil, err
	}
	summary, err := validate.Summarize(in.Findings)
	if err != nil {
		return nil, fmt.Errorf("make manifest: %w", err)
	}
	p := in.Plan
	m := &Manifest{
		Schema:       Schema,
		Image:        Image{p.Image.Name, p.Image.Version, p.Image.Released, p.Image.Epoch},
		Class:        p.Image.Class,
		Management:   p.Image.Management,
		Base:         Base{p.Base.Name, in.BaseFile, in.BaseIndex, in.BaseFacts},
		Platform:     PlatformOf(in.BaseFacts),
		Identity:     IdentityBytes,
		Release:      in.Release,
		EngineFormat: p.EngineFormat,
		RecipeDigest: digest,
		Plan:         p,
		Outputs:      sortedBy(in.Outputs, func(f File) string { return f.Name }),
		Changes:      sortedBy(in.Changes, func(c Change) string { return c.Path }),
		Stamp:        StampOf(p, digest),
		Exceptions:   sortedBy(in.Exceptions, func(e Exception) string { return e.Setting }),
		Conflicts:    in.Conflicts,
		Findings:     sortedBy(in.Findings, func(f setting.Finding) string { return f.Setting }),
		Summary:      summary,
		Agent:        in.Agent,
	}
	m.Statement = StatementOf(m.Platform)
	m.Base.Observed.Languages = sortedBy(in.BaseFacts.Languages, identity)
	m.Base.Observed.Packages = sortedBy(in.BaseFacts.Packages, identity)
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("make manifest: %w", err)
	}
	return m, nil
}

// Bytes returns the canonical bytes: RFC 8785.
func (m *Manifest) Bytes() ([]byte, error) {
	b, err := canonical.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	return b, nil
}

// Digest returns the lower-case hex SHA-256 of the canonical bytes: what later documents name the manifest by.
func (m *Manifest) Digest() (string, error) {
	b, err := m.Bytes()
	if err != nil {
		return "", err
	}
	return canonical.Digest(b), nil
}

// RecipeDigest returns the lower-case hex SHA-256 of the plan's canonical bytes.
func RecipeDigest(p *plan.Plan) (string, error) {
	if p == nil {
		return "", errors.New("make manifest: no plan was given")
	}
	digest, err := canonical.DigestOf(p)
	if err != nil {
		return "", fmt.Errorf("encode plan: %w", err)
	}
	return digest, nil
}

// PlatformOf says on what settings are judged that are read from an image with these facts.
func PlatformOf(f BaseFacts) Platform {
	if f.StandIn {
		return PlatformLab
	}
	return PlatformOffline
}

// StatementOf says in plain words what was and was not shown. It is part of the schema: the same words in every manifest.
func StatementOf(p Platform) plan.Text {
	if p == PlatformLab {
		return plan.Text{
			EN: "The base is a stand-in made for testing and contains no Windows. The settings were read back from the written file; " +
				"nothing was booted, and nothing here says how a real Windows behaves.",
			SV: "Basen är en attrapp för provning och innehåller inget Windows. Inställningarna lästes tillbaka ur den skrivna filen; " +
				"inget har startats, och inget här säger hur ett riktigt Windows beter sig.",
		}
	}
	return plan.Text{
		EN: "The settings were read back from the written image file. The image was not booted: nothing here was validated on a running " +
			"Windows.",
		SV: "Inställningarna lästes tillbaka ur den skrivna avbildsfilen. Avbilden har inte startats: inget här är validerat på ett " +
			"Windows i drift.",
	}
}

// sortedBy returns a sorted copy that is never nil, so that its JSON is a list.
func sortedBy[T any](list []T, key func(T) string) []T {
	out := append([]T{}, list...)
	slices.SortStableFunc(out, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	return out
}

func identity(s string) string { return s }
