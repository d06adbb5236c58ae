// Package setting is the contract between the kinds of settings and everything that composes, applies and judges them.
//
// A kind describes one sort of desired state of a Windows machine (a registry value, a service's start type, ...). A Spec is one
// such desired state with its values filled in. From a Spec follow, without any I/O: what it claims (so that two modules that
// disagree collide while composing), the ops that bring it about (as data, per stage), and the judgement of what was observed.
// Only Observe is handed a reader, and the reader is the only thing that differs between an image file, a running client and a
// collected snapshot.
//
// The package refuses to do I/O, to know Packer, WinRM, clocks or environments, and to know any kind by name.
package setting

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Spec is one desired state of one kind. A *Spec struct carries hcl tags (how profiles write it) and json tags (how plans and
// manifests keep it); decoding its JSON must give back a Spec with the same claims, ops and judgement.
type Spec interface {
	// Check reports errors of meaning (never of syntax) with the range of the offending value; no I/O.
	Check() hcl.Diagnostics
	// Claims lists the locations the setting owns or joins on a machine with the given base.
	Claims(b Base) []Claim
	// Ops lists what to change, per stage, in the order in which it must happen.
	Ops(b Base) []Op
	// Observe reads the facts that Judge needs. It asks r for the narrow readers it needs (see AsRegistry and its like) and returns an
	// error that wraps ErrUnobservable where r cannot see them. Any other error means that we could not find out.
	Observe(r Reader) (Observed, error)
	// Judge compares facts with the desired state. It is pure and the same for every target.
	Judge(o Observed) Verdict
}

// Kind is one row of the table of kinds.
type Kind struct {
	Name      string            // as written in HCL: snake_case noun
	Doc       string            // what it is for, what it refuses, where it is observed; Markdown, for the reference page
	Principal string            // the attribute that an exception's "value" replaces, for example "value" or "start"
	New       func() Spec       // an empty Spec to decode into
	Example   string            // the body of a valid setting block, in HCL
	Offline   OfflineSupport    // what a base image that is not running allows
	Docs      map[string]string // per attribute: one line for the reference page; every hcl attribute must have one
}

// OfflineSupport says what can be done to, and seen in, an image that is not running.
type OfflineSupport string

// The two ways a kind may stand towards an offline image.
const (
	OfflineApplied  OfflineSupport = "applied"  // set and observed at stage image
	OfflineDeferred OfflineSupport = "deferred" // set at a later stage; an offline finding is deferred
)

// Evaluator is implemented by a Spec with attributes whose type depends on another attribute (hcl.Expression fields): the profile
// loader calls it once after decoding, with the same evaluation context.
type Evaluator interface {
	Evaluate(ctx *hcl.EvalContext) hcl.Diagnostics
}

// Sourced is implemented by a Spec that may take its content from a file of the profile tree. The loader reads that file, refuses
// one outside the tree and one whose digest differs, and hands back what it found.
type Sourced interface {
	// Source returns the slash path relative to the profile root and where it was written; ok is false where no file is named.
	Source() (path string, at hcl.Range, ok bool)
	// WantDigest returns the lower-case hex SHA-256 that the profile states, and where.
	WantDigest() (sha256 string, at hcl.Range)
	// SetSource is called with the size in bytes of the file found, its digest being the wanted one.
	SetSource(size int64)
}

// Content is the bytes behind a file op: either Bytes or Source (a slash path relative to the profile root) is set.
type Content struct {
	SHA256 string
	Size   int64
	Bytes  []byte
	Source string
}

// ContentProvider is implemented by a Spec whose ops name content by digest.
type ContentProvider interface {
	Contents() []Content
}

// Merger is implemented by a Spec whose claims can be unions: Merge returns the setting that both together ask for. It must be
// commutative, associative and idempotent, so that composition does not depend on order.
type Merger interface {
	Merge(other Spec) (Spec, error)
}

// Encloser is implemented by a Spec that says what a place holds altogether: what the plan's other settings want there, and nothing else.
type Encloser interface {
	// Enclosed returns the spec that knows what the others want. Claims are those of all settings in effect, in any order and with doubles;
	// those of other places are passed over. Its own claims do not change.
	Enclosed(claims []Claim) Spec
}

// Direction says how a change of a setting changes the protection it gives.
type Direction string

// The directions of a change. Unknown counts as loosened wherever a semver step is asked for.
const (
	Same      Direction = "same"
	Tightened Direction = "tightened"
	Loosened  Direction = "loosened"
	Unknown   Direction = "unknown"
)

// Comparer is implemented by a Spec that can tell in which direction a change from old goes.
type Comparer interface {
	Compare(old Spec) Direction
}

// BaseChecker is implemented by a Spec of which more can be said once the base is known, such as whether a service has that name there.
// stated are the services that the image's products state they need, and so bring or find.
type BaseChecker interface {
	CheckOn(b Base, stated []string) hcl.Diagnostics
}

// NeedChecker is implemented by a Spec of a kind that knows names of services, and so can tell that one which a product states it needs is
// probably a slip of one of them.
type NeedChecker interface {
	CheckNeed(b Base, service string, at hcl.Range) hcl.Diagnostics
}

// Table is the set of kinds in use, sorted by name.
type Table struct{ kinds []Kind }

// NewTable makes a table; two kinds of one name, or one without a name or constructor, are an error.
func NewTable(kinds ...Kind) (Table, error) {
	sorted := slices.Clone(kinds)
	slices.SortFunc(sorted, func(a, b Kind) int { return strings.Compare(a.Name, b.Name) })
	for i, k := range sorted {
		if k.Name == "" || k.New == nil {
			return Table{}, fmt.Errorf("kind %q has no name or no constructor", k.Name)
		}
		if i > 0 && sorted[i-1].Name == k.Name {
			return Table{}, fmt.Errorf("kind %q is in the table twice", k.Name)
		}
	}
	return Table{sorted}, nil
}

// All returns the kinds sorted by name.
func (t Table) All() []Kind { return slices.Clone(t.kinds) }

// Names returns the names of all kinds, sorted.
func (t Table) Names() []string {
	names := make([]string, len(t.kinds))
	for i, k := range t.kinds {
		names[i] = k.Name
	}
	return names
}

// Lookup finds a kind by name.
func (t Table) Lookup(name string) (Kind, bool) {
	i, ok := slices.BinarySearchFunc(t.kinds, name, func(k Kind, n string) int { return strings.Compare(k.Name, n) })
	if !ok {
		return Kind{}, false
	}
	return t.kinds[i], true
}

// DecodeJSON makes a Spec of the named kind from its JSON form, as found in plans and manifests. Unknown kinds and unknown fields
// are errors: a plan made by a newer version must not be judged in part.
func (t Table) DecodeJSON(kind string, raw json.RawMessage) (Spec, error) {
	k, ok := t.Lookup(kind)
	if !ok {
		return nil, fmt.Errorf("unknown kind %q (known: %s)", kind, strings.Join(t.Names(), ", "))
	}
	spec := k.New()
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(spec); err != nil {
		return nil, fmt.Errorf("decode %s: %w", kind, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("decode %s: something follows the JSON value", kind)
	}
	// Plans have no source lines, so diagnostics are put into words without their (empty) ranges.
	var problems []string
	for _, d := range spec.Check() {
		if d.Severity == hcl.DiagError {
			problems = append(problems, d.Summary+": "+d.Detail)
		}
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("decode %s: %s", kind, strings.Join(problems, "; "))
	}
	return spec, nil
}
