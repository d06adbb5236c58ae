package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// ErrNoSuchSetting is wrapped by Explain where nothing answers to the query.
var ErrNoSuchSetting = errors.New("no such setting")

// Explanation tells why values are what they are.
type Explanation struct {
	Query    string             `json:"query"`
	Settings []SettingExplained `json:"settings"` // those that answer to the query: in effect first, then skipped, then overridden
}

// Status says where a setting stands: the effects of a plan, or overridden.
type Status string

// StatusOverridden is the status of a setting that is not in the plan; all others have their Effect for a status.
const StatusOverridden Status = "overridden"

// SettingExplained is one setting with everything that led to its value.
type SettingExplained struct {
	ID         string           `json:"id"`
	Kind       string           `json:"kind"`
	Status     Status           `json:"status"`
	Severity   setting.Severity `json:"severity,omitempty"`
	Module     string           `json:"module"`
	Version    string           `json:"version"`
	RequiredBy string           `json:"required_by,omitempty"` // the module that pulled the module in
	At         Place            `json:"at"`
	Title      Text             `json:"title"`
	Rationale  Text             `json:"rationale"`
	References []string         `json:"references,omitempty"`
	Effective  []setting.Claim  `json:"effective"`     // what is wanted after merging; for overridden ones, what the setting asked for
	Own        []setting.Claim  `json:"own,omitempty"` // what the setting alone asks for, where merging made it more
	Exception  *ExceptionNote   `json:"exception,omitempty"`
	Related    []Related        `json:"related,omitempty"` // others in the same places
	Stages     []setting.Stage  `json:"stages"`
	Hazards    []Hazard         `json:"hazards,omitempty"` // what it can do to the build
	Until      string           `json:"until,omitempty"`   // the last day on which it is agreed on
	Ops        []setting.Op     `json:"ops"`
}

// Relation says what another setting has to do with one.
type Relation string

// The relations.
const (
	RelationAgrees       Relation = "agrees"        // wants the same
	RelationMerged       Relation = "merged"        // joins the same list
	RelationOverrides    Relation = "overrides"     // was beaten by this setting
	RelationOverriddenBy Relation = "overridden-by" // beats this setting
	RelationWaived       Relation = "waived"        // wants something else in the same place, but an exception skips it
)

// Related is another setting in a place of the one explained.
type Related struct {
	ID       string          `json:"id"`
	Relation Relation        `json:"relation"`
	At       Place           `json:"at"`
	Claims   []setting.Claim `json:"claims"` // what it asks for
	Reason   string          `json:"reason,omitempty"`
	RuledAt  *Place          `json:"ruled_at,omitempty"` // where the override or exception was written
	Through  string          `json:"through,omitempty"`
}

// Explain tells why a value is what it is. The query is a setting's id ("module/label"), its label alone, or a location
// (HKLM\...!Name, svc:X, a file's path, a user right's constant), in any case. Where nothing answers, the error wraps ErrNoSuchSetting
// and names the nearest setting.
func Explain(c *Composed, query string) (Explanation, error) {
	x := explainer{c: c, base: c.Plan.Base.Base, settings: make(map[string]Setting), notes: make(map[string]*SettingNote)}
	for _, s := range c.Plan.Settings {
		x.settings[s.ID] = s
	}
	for _, n := range c.Provenance.Settings {
		x.notes[n.ID] = n
	}
	matches := x.match(strings.TrimSpace(query))
	if len(matches) == 0 {
		return Explanation{}, fmt.Errorf("explain %q: %w.%s", query, ErrNoSuchSetting, x.hint(strings.TrimSpace(query)))
	}
	out := Explanation{Query: query}
	for _, n := range matches {
		out.Settings = append(out.Settings, x.explain(n))
	}
	slices.SortStableFunc(out.Settings, func(a, b SettingExplained) int { return cmp.Compare(statusRank(a.Status), statusRank(b.Status)) })
	return out, nil
}

func statusRank(s Status) int {
	return slices.Index([]Status{Status(EffectSet), Status(EffectValue), Status(EffectSkip), StatusOverridden}, s)
}

type explainer struct {
	c        *Composed
	base     setting.Base
	settings map[string]Setting
	notes    map[string]*SettingNote
}

// match tries an id, then a label, then a location: the first that finds anything wins.
func (x *explainer) match(query string) []*SettingNote {
	if query == "" {
		return nil
	}
	folded := upcase.Fold(query)
	byID := func(n *SettingNote) bool {
		return upcase.Fold(n.ID) == folded || upcase.Fold(withoutKey(n.ID)) == folded
	}
	byLabel := func(n *SettingNote) bool {
		_, label, _ := strings.Cut(upcase.Fold(n.ID), "/")
		return label == folded || withoutKey(label) == folded
	}
	places := locationsOf(query)
	byPlace := func(n *SettingNote) bool {
		return slices.ContainsFunc(n.Claims, func(c setting.Claim) bool { return slices.Contains(places, c.Location.Canon()) })
	}
	for _, test := range []func(*SettingNote) bool{byID, byLabel, byPlace} {
		var found []*SettingNote
		for _, n := range x.c.Provenance.Settings {
			if test(n) {
				found = append(found, n)
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// withoutKey is the id of the block that for_each multiplied.
func withoutKey(id string) string {
	before, _, _ := strings.Cut(id, "[")
	return before
}

// locationsOf lists the comparable forms of everything that a query may mean as a location.
func locationsOf(query string) []string {
	list := []string{setting.Location(query).Canon()}
	if scheme, rest, ok := strings.Cut(query, ":"); ok { // "SVC:X"
		list = append(list, setting.Location(strings.ToLower(scheme)+":"+rest).Canon())
		if len(scheme) == 1 { // C:\x: the system volume goes by no letter here
			list = append(list, setting.FileLocation(strings.ReplaceAll(rest, "/", `\`)).Canon())
		}
	}
	if key, name, ok := strings.Cut(strings.TrimPrefix(query, "reg:"), "!"); ok {
		key = setting.NormalKey(key)
		list = append(list, setting.RegistryLocation(key, name).Canon())
		for _, scope := range []setting.PolicyScope{setting.ScopeMachine, setting.ScopeUser} {
			list = append(list, setting.PolicyLocation(scope, key, name).Canon())
		}
	}
	return append(list, setting.FileLocation(strings.ReplaceAll(query, "/", `\`)).Canon(), setting.RightLocation(query).Canon(), setting.ServiceLocation(query).Canon())
}

// hint is a sentence with a way on: the settings of the module that was asked for, or the nearest thing to the query.
func (x *explainer) hint(query string) string {
	var own []string
	for _, n := range x.c.Provenance.Settings {
		if upcase.Fold(n.Module) == upcase.Fold(query) {
			own = append(own, n.ID)
		}
	}
	if own == nil {
		return DidYouMean(query, x.names())
	}
	return " A module has that name; ask for one of its settings: " + strings.Join(own, ", ") + "."
}

// names is what a query may have meant.
func (x *explainer) names() []string {
	var list []string
	for _, n := range x.c.Provenance.Settings {
		list = append(list, n.ID)
	}
	for _, n := range x.c.Provenance.Settings {
		if _, label, ok := strings.Cut(n.ID, "/"); ok {
			list = append(list, label)
		}
		for _, c := range n.Claims {
			list = append(list, showLocation(c.Location))
		}
	}
	return list
}

func (x *explainer) explain(n *SettingNote) SettingExplained {
	s, planned := x.settings[n.ID]
	out := SettingExplained{
		ID: n.ID, Kind: n.Kind, Status: StatusOverridden, Severity: s.Severity, Module: n.Module, Version: n.Version, At: n.At, Title: n.Title,
		Rationale: n.Rationale, References: n.References, Effective: n.Claims, Exception: n.Exception, Stages: []setting.Stage{}, Ops: []setting.Op{},
		Related: x.related(n),
	}
	for _, m := range x.c.Provenance.Modules {
		if m.Name == n.Module {
			out.RequiredBy = m.RequiredBy
		}
	}
	if !planned {
		return out
	}
	out.Status, out.Stages, out.Hazards, out.Until = Status(s.Effect), s.Stages, s.Hazards, s.Until
	if len(n.MergedWith) > 0 {
		out.Effective, out.Own = x.c.Specs[n.ID].Claims(x.base), n.Claims
	}
	for _, op := range x.c.Plan.Ops {
		if slices.Contains(op.Settings, n.ID) {
			out.Ops = append(out.Ops, op.Op)
		}
	}
	return out
}

func (x *explainer) related(n *SettingNote) []Related {
	var list []Related
	add := func(id string, r Relation, reason string, at *Place, through string) {
		other := x.notes[id]
		list = append(list, Related{ID: id, Relation: r, At: other.At, Claims: other.Claims, Reason: reason, RuledAt: at, Through: through})
	}
	for _, o := range n.OverriddenBy {
		add(o.Setting, RelationOverriddenBy, o.Reason, &o.At, o.Through)
	}
	for _, o := range n.Overrides {
		add(o.Setting, RelationOverrides, o.Reason, &o.At, o.Through)
	}
	for _, id := range n.AgreesWith {
		add(id, RelationAgrees, "", nil, "")
	}
	for _, id := range n.MergedWith {
		if !slices.Contains(n.AgreesWith, id) {
			add(id, RelationMerged, "", nil, "")
		}
	}
	for _, other := range x.c.Provenance.Settings {
		if other != n && other.Exception != nil && other.Exception.Effect == EffectSkip && meet(n, other) {
			add(other.ID, RelationWaived, other.Exception.Reason, &other.Exception.At, "")
		}
	}
	return list
}

// meet reports whether two settings want different things in one place.
func meet(a, b *SettingNote) bool {
	return slices.ContainsFunc(a.Claims, func(x setting.Claim) bool {
		return slices.ContainsFunc(b.Claims, func(y setting.Claim) bool {
			return x.Location.Same(y.Location) && conflict(claim{Claim: x}, claim{Claim: y})
		})
	})
}
