package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// DiffSchema names the form of a DiffResult in JSON.
const DiffSchema = "wmclient/diff/1"

// Step is a part of a semantic version.
type Step string

// The steps, least first.
const (
	StepNone  Step = "none" // nothing differs
	StepPatch Step = "patch"
	StepMinor Step = "minor"
	StepMajor Step = "major"
)

func stepRank(s Step) int { return slices.Index([]Step{StepNone, StepPatch, StepMinor, StepMajor}, s) }

// DiffResult is what differs between two plans, and the semver step that this asks for.
type DiffResult struct {
	Schema    string          `json:"schema"`
	Step      Step            `json:"step"`
	Why       []string        `json:"why"` // what asks for that step
	Image     []FieldChange   `json:"image"`
	Base      []FieldChange   `json:"base"`
	Modules   []FieldChange   `json:"modules"`  // by module; Old or New is empty where it was added or removed
	Products  []FieldChange   `json:"products"` // by product
	Added     []SettingChange `json:"added"`
	Removed   []SettingChange `json:"removed"`
	Tightened []SettingChange `json:"tightened"`
	Loosened  []SettingChange `json:"loosened"`
	Changed   []SettingChange `json:"changed"` // nobody can say in which direction
	Noted     []SettingChange `json:"noted"`   // another id, effect, severity or module for what is set all the same
	Unchanged int             `json:"unchanged"`
}

// FieldChange is one thing with its old and its new text.
type FieldChange struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// SettingChange is one setting that differs.
type SettingChange struct {
	ID   string   `json:"id"`
	Was  string   `json:"was,omitempty"` // the old id, where it was another one
	Kind string   `json:"kind"`
	Old  []string `json:"old,omitempty"` // what was wanted, one line a location
	New  []string `json:"new,omitempty"`
	Note string   `json:"note,omitempty"`
}

// Diff compares plan b with the older plan a. Settings are matched by id, then by what they claim, so that a renamed or moved setting is
// not one removed and one added, and a setting that another one still covers is not lost. The step is major where a setting was removed
// or loosened, where nobody can say in which direction it changed, or where the base, the class, the management path or the list of
// products gives the image another promise; minor where something was only added or tightened; patch for all else that differs.
// An error means that a spec cannot be decoded with the table.
func Diff(a, b *Plan, table setting.Table) (*DiffResult, error) {
	before, err := newSide(a, table)
	if err != nil {
		return nil, fmt.Errorf("compare plans: older plan: %w", err)
	}
	after, err := newSide(b, table)
	if err != nil {
		return nil, fmt.Errorf("compare plans: newer plan: %w", err)
	}
	same, err := equalPlans(a, b)
	if err != nil {
		return nil, fmt.Errorf("compare plans: %w", err)
	}
	d := &differ{before: before, after: after, out: &DiffResult{
		Schema: DiffSchema, Step: StepNone, Why: []string{}, Image: []FieldChange{}, Base: []FieldChange{}, Modules: []FieldChange{}, Products: []FieldChange{},
		Added: []SettingChange{}, Removed: []SettingChange{}, Tightened: []SettingChange{}, Loosened: []SettingChange{}, Changed: []SettingChange{}, Noted: []SettingChange{},
	}}
	d.facts(a, b)
	d.settings()
	if !same {
		d.ask(StepPatch, "the plans are not the same")
	}
	return d.out, nil
}

func equalPlans(a, b *Plan) (bool, error) {
	x, err := canonical.DigestOf(a)
	if err != nil {
		return false, err
	}
	y, err := canonical.DigestOf(b)
	return x == y, err
}

// side is one of the two plans, made ready for comparing.
type side struct {
	byID   map[string]*planned
	list   []*planned
	wishes map[string]*planned // by location and value: a setting in effect that wants it
}

// planned is a setting of a plan with its spec and claims.
type planned struct {
	Setting
	spec   setting.Spec
	claims []setting.Claim
	ops    string // canonical text of the ops
}

func (p *planned) set() bool { return p.Effect != EffectSkip }

func newSide(p *Plan, table setting.Table) (*side, error) {
	s := &side{byID: make(map[string]*planned), wishes: make(map[string]*planned)}
	for _, entry := range p.Settings {
		spec, err := table.DecodeJSON(entry.Kind, entry.Spec)
		if err != nil {
			return nil, fmt.Errorf("setting %q: %w", entry.ID, err)
		}
		ops, err := json.Marshal(spec.Ops(p.Base.Base))
		if err != nil {
			return nil, fmt.Errorf("setting %q: %w", entry.ID, err)
		}
		n := &planned{Setting: entry, spec: spec, claims: spec.Claims(p.Base.Base), ops: string(ops)}
		s.byID[n.ID] = n
		s.list = append(s.list, n)
		if !n.set() {
			continue
		}
		for _, c := range n.claims {
			if wish := c.Location.Canon() + "\x00" + c.Value; s.wishes[wish] == nil {
				s.wishes[wish] = n
			}
		}
	}
	return s, nil
}

// covers finds a setting in effect on this side for each of the wishes; the first one is named.
func (s *side) covers(p *planned) (*planned, bool) {
	var by *planned
	for _, c := range p.claims {
		n := s.wishes[c.Location.Canon()+"\x00"+c.Value]
		if n == nil {
			return nil, false
		}
		if by == nil {
			by = n
		}
	}
	return by, by != nil
}

// differ is one run of Diff.
type differ struct {
	before, after *side
	out           *DiffResult
}

// ask raises the step; a reason for a smaller step than the one asked for is dropped.
func (d *differ) ask(step Step, why string) {
	switch diff := stepRank(step) - stepRank(d.out.Step); {
	case diff > 0:
		d.out.Step, d.out.Why = step, []string{why}
	case diff == 0 && step != StepNone && !slices.Contains(d.out.Why, why):
		d.out.Why = append(d.out.Why, why)
	}
}

func (d *differ) settings() {
	var gone, fresh []*planned
	for _, old := range d.before.list {
		if n := d.after.byID[old.ID]; n != nil {
			d.pair(old, n)
		} else {
			gone = append(gone, old)
		}
	}
	for _, n := range d.after.list {
		if d.before.byID[n.ID] == nil {
			fresh = append(fresh, n)
		}
	}
	gone, fresh = d.pairRenamed(gone, fresh)
	for _, old := range gone {
		d.removed(old)
	}
	for _, n := range fresh {
		d.added(n)
	}
	for _, list := range []*[]SettingChange{&d.out.Added, &d.out.Removed, &d.out.Tightened, &d.out.Loosened, &d.out.Changed, &d.out.Noted} {
		slices.SortFunc(*list, func(a, b SettingChange) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Note, b.Note)) })
	}
}

// pairRenamed matches settings that own the same places under another id, and compares each pair.
func (d *differ) pairRenamed(gone, fresh []*planned) (gone2, fresh2 []*planned) {
	at := make(map[string][]*planned)
	for _, n := range fresh {
		at[n.where()] = append(at[n.where()], n)
	}
	taken := make(map[*planned]bool)
	for _, old := range gone {
		candidates := at[old.where()]
		if len(candidates) == 0 || old.where() == "" {
			gone2 = append(gone2, old)
			continue
		}
		at[old.where()] = candidates[1:]
		taken[candidates[0]] = true
		d.pair(old, candidates[0])
	}
	for _, n := range fresh {
		if !taken[n] {
			fresh2 = append(fresh2, n)
		}
	}
	return gone2, fresh2
}

// where is the set of places that a setting owns, as text.
func (p *planned) where() string {
	list := make([]string, len(p.claims))
	for i, c := range p.claims {
		list[i] = c.Location.Canon()
	}
	slices.Sort(list)
	return strings.Join(list, "\x00")
}

// pair compares one setting with what it has become.
func (d *differ) pair(old, n *planned) {
	change := SettingChange{ID: n.ID, Kind: n.Kind, Old: Expectation(old.claims), New: Expectation(n.claims)}
	if old.ID != n.ID {
		change.Was = old.ID
	}
	switch {
	case old.set() && !n.set():
		if by, ok := d.after.covers(old); ok {
			d.note(change, fmt.Sprintf("now skipped by an exception, but %q wants the same", by.ID))
			return
		}
		change.New, change.Note = nil, "now skipped by an exception"
		d.loosened(change)
	case !old.set() && n.set():
		change.Old, change.Note = nil, "no longer skipped by an exception"
		d.tightened(change)
	case !old.set():
		d.unchanged(old, n, change)
	default:
		d.direction(old, n, change)
	}
}

func (d *differ) direction(old, n *planned, change SettingChange) {
	switch directionOf(old, n) {
	case setting.Same:
		d.unchanged(old, n, change)
	case setting.Tightened:
		d.tightened(change)
	case setting.Loosened:
		d.loosened(change)
	default:
		d.out.Changed = append(d.out.Changed, change)
		d.ask(StepMajor, fmt.Sprintf("%s changed, and nobody can say in which direction", change.ID))
	}
}

// directionOf asks the kind, unless nothing that matters on a machine has changed.
func directionOf(old, n *planned) setting.Direction {
	if slices.EqualFunc(old.claims, n.claims, func(a, b setting.Claim) bool {
		return a.Location.Same(b.Location) && a.Value == b.Value && a.Union == b.Union
	}) && old.ops == n.ops {
		return setting.Same
	}
	if c, ok := n.spec.(setting.Comparer); ok && old.Kind == n.Kind {
		return c.Compare(old.spec)
	}
	return setting.Unknown
}

func (d *differ) tightened(c SettingChange) {
	d.out.Tightened = append(d.out.Tightened, c)
	d.ask(StepMinor, fmt.Sprintf("%s was tightened", c.ID))
}

func (d *differ) loosened(c SettingChange) {
	d.out.Loosened = append(d.out.Loosened, c)
	d.ask(StepMajor, fmt.Sprintf("%s was loosened", c.ID))
}

// unchanged counts the pair, and notes what differs around it.
func (d *differ) unchanged(old, n *planned, change SettingChange) {
	var notes []string
	if change.Was != "" {
		notes = append(notes, "was called "+change.Was)
	}
	if old.Kind != n.Kind {
		notes = append(notes, "was of the kind "+old.Kind)
	}
	if old.Effect != n.Effect {
		notes = append(notes, fmt.Sprintf("effect %s, was %s", n.Effect, old.Effect))
	}
	if old.Until != n.Until {
		notes = append(notes, fmt.Sprintf("agreed until %s, was %s", orNone(n.Until), orNone(old.Until)))
	}
	if old.Severity != n.Severity {
		notes = append(notes, fmt.Sprintf("severity %s, was %s", n.Severity, old.Severity))
	}
	d.out.Unchanged++
	if len(notes) > 0 {
		change.Note = strings.Join(notes, "; ")
		d.out.Noted = append(d.out.Noted, change)
	}
}

func (d *differ) note(c SettingChange, note string) {
	c.Note = note
	d.out.Noted = append(d.out.Noted, c)
}

func (d *differ) removed(old *planned) {
	change := SettingChange{ID: old.ID, Kind: old.Kind, Old: Expectation(old.claims)}
	by, covered := d.after.covers(old)
	switch {
	case !old.set():
		d.note(change, "removed; an exception skipped it")
	case covered:
		d.note(change, fmt.Sprintf("removed, but %q wants the same", by.ID))
	default:
		d.out.Removed = append(d.out.Removed, change)
		d.ask(StepMajor, fmt.Sprintf("%s was removed", old.ID))
	}
}

func (d *differ) added(n *planned) {
	change := SettingChange{ID: n.ID, Kind: n.Kind, New: Expectation(n.claims)}
	by, covered := d.before.covers(n)
	switch {
	case !n.set():
		d.note(change, "added, but an exception skips it")
	case covered:
		d.note(change, fmt.Sprintf("added; %q wanted the same", by.ID))
	default:
		d.out.Added = append(d.out.Added, change)
		d.ask(StepMinor, fmt.Sprintf("%s was added", n.ID))
	}
}
