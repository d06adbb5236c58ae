// Package audit judges a deployed client by the manifest of its own image: what of it is no longer as it was built, and what that has to do with.
//
// Differences are told apart by class: the image's settings, domain policy (as an overlay of group policy says that it should be), drivers, products
// and strangers. So are the ends of an audit: ok, drift, not observable, unreachable, unknown image, error. Only ok is a pass: what was not looked at, could not be
// seen, or has nothing to be held against is told as such.
//
// The client is a reader like any other: a snapshot that was collected in one command, or the machine that the program runs on. The package reads no clock and no
// network, changes nothing, and refuses a manifest that does not name the recipe in the client's stamp. What it finds was never held against a real
// Windows.
package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// State is how the audit of one client ended. The set is closed.
type State string

// The states. Only OK is a pass.
const (
	OK           State = "ok"
	Drift        State = "drift"         // it was judged, and something is not as it was built
	Unobservable State = "unobservable"  // it was judged in part: something could not be seen, and the image does not allow that
	Unreachable  State = "unreachable"   // no connection, or it broke; the reason is package remote's
	UnknownImage State = "unknown-image" // no stamp, or one that names none of the manifests at hand
	Error        State = "error"         // the client answered, and what it answered cannot be used
)

// States lists all states in the order in which summaries print them.
func States() []State {
	return []State{OK, Drift, Unobservable, Unreachable, UnknownImage, Error}
}

// Class is what a difference has to do with.
type Class string

// The classes.
const (
	ClassImage     Class = "image"     // a setting of the plan, the stamp, the build of Windows
	ClassPolicy    Class = "policy"    // a place that the domain's policy rules
	ClassDrivers   Class = "drivers"   // drivers of other makers
	ClassProducts  Class = "products"  // programs that should be there, and their versions
	ClassStrangers Class = "strangers" // programs and services that nobody asked for
)

// Classes lists all classes.
func Classes() []Class {
	return []Class{ClassImage, ClassPolicy, ClassDrivers, ClassProducts, ClassStrangers}
}

// Difference is one thing that is not as the manifest, or what stands beside it, has it.
type Difference struct {
	Class    Class            `json:"class"`
	Name     string           `json:"name"`               // a setting's id, a location, a program, a driver
	Kind     string           `json:"kind,omitempty"`     // of a setting
	Severity setting.Severity `json:"severity"`           // of a setting its own; of all else high
	Expected string           `json:"expected"`           // canonical text
	Observed string           `json:"observed"`           // canonical text, "absent" where there is nothing
	Reason   string           `json:"reason,omitempty"`   // for people
	Accepted bool             `json:"accepted"`           // the domain's policy wants it so: no drift
	Location setting.Location `json:"location,omitempty"` // of a policy
}

// Gap is something that could not be judged.
type Gap struct {
	Name    string          `json:"name"`
	Outcome setting.Outcome `json:"outcome"` // unobservable or error
	Reason  string          `json:"reason"`
}

// Result is what came of judging one client.
type Result struct {
	State       State             `json:"state"`
	Image       *Image            `json:"-"`
	Host        agent.Host        `json:"host"`
	Boot        string            `json:"boot,omitempty"`
	Differences []Difference      `json:"differences"`  // sorted by class and name
	Gaps        []Gap             `json:"gaps"`         // sorted by name
	NotCompared []string          `json:"not_compared"` // what there was nothing to hold against: parts of the inventory
	Inventory   Inventory         `json:"inventory"`
	Summary     validate.Summary  `json:"summary"`
	Findings    []setting.Finding `json:"findings"` // sorted by setting
}

// Drifted reports whether a difference is drift.
func (r *Result) Drifted() bool {
	return slices.ContainsFunc(r.Differences, func(d Difference) bool { return !d.Accepted })
}

// Reader is what an audit needs of a client.
type Reader interface {
	setting.Reader
	setting.RegistryReader
	setting.KeyLister
}

// Facts is what the client said of itself beside its registry.
type Facts struct {
	Computer string
	Boot     string
	Platform agent.Platform
}

// Judge judges a client by its image. baseline may be nil: an earlier record of a client of the same image.
func Judge(ctx context.Context, img *Image, r Reader, facts Facts, baseline *Record) (*Result, error) {
	stamp, err := manifest.ReadStamp(r)
	if err != nil {
		return nil, fmt.Errorf("audit %s: %w", r.Describe(), err)
	}
	if stamp.RecipeDigest != img.Manifest.RecipeDigest {
		return nil, fmt.Errorf("audit %s: its stamp names recipe %s, the manifest %s", r.Describe(), stamp.RecipeDigest, img.Manifest.RecipeDigest)
	}
	stages := setting.Stages()
	out := &Result{Image: img, Boot: facts.Boot}
	if out.Findings, err = img.prepared.Run(ctx, r, validate.Options{Stage: stages[len(stages)-1]}); err != nil {
		return nil, err
	}
	if out.Summary, err = validate.Summarize(out.Findings); err != nil {
		return nil, err
	}
	j := &judgement{Result: out, reader: r}
	j.host(facts)
	j.stamp(stamp)
	j.policy()
	j.settings()
	j.inventory(baseline)
	j.finish()
	return out, nil
}

// judgement is a Result under way.
type judgement struct {
	*Result
	reader    Reader
	explained map[string]bool // places of the plan, by canonical location, that the domain rules as expected
	ruled     map[string]bool // places that it should rule, as it is or not
}

func (j *judgement) differ(d Difference) {
	if d.Severity == "" {
		d.Severity = setting.High
	}
	j.Differences = append(j.Differences, d)
}

func (j *judgement) gap(name string, err error) {
	g := Gap{Name: name, Outcome: setting.Error, Reason: err.Error()}
	if errors.Is(err, setting.ErrUnobservable) {
		g.Outcome = setting.Unobservable
	}
	j.Gaps = append(j.Gaps, g)
}

// host says what machine it is, and whether it still is the Windows that the image was built of.
func (j *judgement) host(facts Facts) {
	h, err := guest.HostOf(j.reader)
	j.Host = agent.Host{Computer: facts.Computer, EditionID: h.EditionID, Build: h.Build, Arch: h.Arch, Languages: append([]string{}, h.Languages...), Platform: facts.Platform}
	if err != nil {
		j.gap("windows", err)
		return
	}
	was := j.Image.Manifest.Base.Observed
	for _, f := range []struct{ name, expected, observed string }{{"windows/build", was.Build, h.Build}, {"windows/edition", was.EditionID, h.EditionID}} {
		switch {
		case f.observed == "":
			j.gap(f.name, fmt.Errorf("the client does not say it: %w", setting.ErrUnobservable))
		case f.observed != f.expected:
			j.differ(Difference{Class: ClassImage, Name: f.name, Expected: f.expected, Observed: f.observed, Reason: "the image was built of another Windows: it was updated or changed in place"})
		}
	}
}

// stamp compares what the client says of its image beside the digest.
func (j *judgement) stamp(got manifest.Stamp) {
	want := j.Image.Manifest.Stamp
	for _, f := range []struct{ name, expected, observed string }{
		{"stamp/name", want.Name, got.Name}, {"stamp/version", want.Version, got.Version}, {"stamp/class", want.Class, got.Class}, {"stamp/management", want.Management, got.Management},
	} {
		if f.expected != f.observed {
			j.differ(Difference{Class: ClassImage, Name: f.name, Expected: f.expected, Observed: f.observed, Reason: "the stamp was changed"})
		}
	}
}

// settings turns what failed into differences, and what could not be seen into gaps.
func (j *judgement) settings() {
	for _, f := range j.Findings {
		switch f.Outcome {
		case setting.Fail:
			j.failed(f)
		case setting.Unobservable:
			if !j.Image.Manifest.Plan.Image.AllowUnobservable {
				j.Gaps = append(j.Gaps, Gap{f.Setting, f.Outcome, f.Reason})
			}
		case setting.Error, setting.Deferred: // nothing is left that a later stage could settle
			j.Gaps = append(j.Gaps, Gap{f.Setting, setting.Error, f.Reason})
		}
	}
}

// failed tells whom a failed setting belongs to. Where the domain rules each place that is not as the plan wants it, the plan is not what failed.
func (j *judgement) failed(f setting.Finding) {
	d := Difference{Class: j.Image.class(f.Setting), Name: f.Setting, Kind: f.Kind, Severity: f.Severity, Expected: f.Expected, Observed: f.Observed, Reason: f.Reason}
	all, as := 0, 0
	for _, l := range j.Image.deviating(f) {
		if !j.ruled[l.Canon()] {
			all = -1
			break
		}
		all++
		if j.explained[l.Canon()] {
			as++
		}
	}
	switch {
	case all > 0 && as == all:
		d.Class, d.Accepted, d.Reason = ClassPolicy, true, "as the domain's policy has it: "+f.Reason
	case all > 0: // told already, by the place that is not as the domain wants it
		return
	}
	j.differ(d)
}

// finish sorts, and says how it ended.
func (j *judgement) finish() {
	order := Classes()
	slices.SortStableFunc(j.Differences, func(a, b Difference) int {
		if n := slices.Index(order, a.Class) - slices.Index(order, b.Class); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
	slices.SortStableFunc(j.Gaps, func(a, b Gap) int { return strings.Compare(a.Name, b.Name) })
	slices.Sort(j.NotCompared)
	if j.Differences == nil {
		j.Differences = []Difference{}
	}
	if j.Gaps == nil {
		j.Gaps = []Gap{}
	}
	if j.NotCompared == nil {
		j.NotCompared = []string{}
	}
	switch {
	case j.Drifted():
		j.State = Drift
	case len(j.Gaps) > 0 || j.Summary.Total == 0:
		j.State = Unobservable
	default:
		j.State = OK
	}
}

// Expired lists the exceptions of the image, and its settings that were agreed on for a time, that no longer hold at now: each holds through its last day, in UTC.
func (i *Image) Expired(now time.Time) []string {
	var out []string
	over := func(last string) bool {
		day, err := time.Parse(time.DateOnly, last)
		return err != nil || !now.Before(day.AddDate(0, 0, 1))
	}
	for _, e := range i.Manifest.Exceptions {
		if over(e.Expires) {
			out = append(out, fmt.Sprintf("the exception for %s expired on %s", e.Setting, e.Expires))
		}
	}
	for _, s := range i.Manifest.Plan.Settings {
		if s.Until != "" && over(s.Until) {
			out = append(out, fmt.Sprintf("the setting %s was agreed on until %s", s.ID, s.Until))
		}
	}
	return out
}
