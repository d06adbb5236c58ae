package baseline

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// State is what a composed plan sets and what it says of what it does not set, by location.
type State struct {
	base    setting.Base
	claims  map[string][]has
	keys    map[string][]has // by registry key, for lists whose entries have numbers for names
	answers map[string][]Answer
	specs   map[string]setting.Spec // by setting id
}

// has is what one setting wants at one location.
type has struct {
	id, value string
	numbered  bool // the registry value's name is a number
}

// Answer is a written reason why a place is not as a list wants it.
type Answer struct {
	Kind   string `json:"kind"` // "exception", "override" or "not_managed"
	By     string `json:"by"`   // the setting that is excepted, the setting that wins, or the module that has the mark or the deviation
	Reason string `json:"reason"`
	At     string `json:"at"` // file:line

	values []string // of a module's deviation: what the plan has to want there for the reason to hold
}

// holds reports whether the reason speaks of what the plan wants at the place. A deviation names the values that it explains, so that
// another value is not hidden behind it.
func (a Answer) holds(has string) bool {
	return len(a.values) == 0 || slices.Contains(a.values, has)
}

// The kinds of answers.
const (
	AnswerException  = "exception"
	AnswerOverride   = "override"
	AnswerNotManaged = "not_managed"
)

// NewState reads a composed plan, and the marks of the modules that it was composed from.
func NewState(c *plan.Composed, modules []plan.Module) *State {
	s := &State{base: c.Plan.Base.Base, claims: map[string][]has{}, keys: map[string][]has{}, answers: map[string][]Answer{}, specs: c.Specs}
	for _, p := range c.Plan.Settings {
		if p.Effect == plan.EffectSkip || c.Specs[p.ID] == nil {
			continue
		}
		for _, claim := range c.Specs[p.ID].Claims(s.base) {
			s.add(p.ID, claim)
		}
	}
	for _, n := range c.Provenance.Settings {
		for _, o := range n.OverriddenBy {
			for _, claim := range n.Claims {
				s.answer(claim.Location, Answer{Kind: AnswerOverride, By: o.Setting, Reason: o.Reason, At: o.At.String()})
			}
		}
		if n.Exception == nil || len(n.OverriddenBy) > 0 {
			continue
		}
		a := Answer{Kind: AnswerException, By: n.ID, Reason: n.Exception.Reason, At: n.Exception.At.String()}
		for _, claim := range slices.Concat(n.Claims, n.Exception.Instead) {
			s.answer(claim.Location, a)
		}
	}
	for _, m := range modules {
		for _, mark := range m.NotManaged {
			at := fmt.Sprintf("%s:%d", mark.DefRange.Filename, mark.DefRange.Start.Line)
			a := Answer{Kind: AnswerNotManaged, By: m.Name, Reason: mark.Reason.EN, At: at}
			if len(mark.Values) > 0 {
				a.Kind, a.values = AnswerOverride, mark.Values
			}
			s.answer(tidyMark(mark.Location), a)
		}
	}
	return s
}

// tidyMark brings a mark's registry key into the form of claims.
func tidyMark(text string) setting.Location {
	rest, ok := strings.CutPrefix(text, "reg:")
	key, name, named := strings.Cut(rest, "!")
	if !ok || !named {
		return setting.Location(text)
	}
	return setting.RegistryLocation(setting.NormalKey(key), name)
}

func (s *State) add(id string, c setting.Claim) {
	canon := c.Location.Canon()
	key, name, named := strings.Cut(canon, "!")
	h := has{id, c.Value, named && isDecimal(name)}
	s.claims[canon] = append(s.claims[canon], h)
	if named && strings.HasPrefix(canon, "reg:") {
		s.keys[key] = append(s.keys[key], h)
	}
}

func (s *State) answer(l setting.Location, a Answer) {
	canon := l.Canon()
	if !slices.ContainsFunc(s.answers[canon], func(b Answer) bool { return a.Kind == b.Kind && a.By == b.By && a.Reason == b.Reason && a.At == b.At }) {
		s.answers[canon] = append(s.answers[canon], a)
	}
}

// Status is how a row stands. The set is closed.
type Status string

// The statuses. Unmet and Unread rows are not explained by anything.
const (
	Met        Status = "met"
	Excepted   Status = "exception"
	Overridden Status = "override"
	NotManaged Status = "not_managed"
	Unmet      Status = "unmet"
	Unread     Status = "unread"
)

// Statuses lists all statuses in the order in which tables print them.
func Statuses() []Status { return []Status{Met, Excepted, Overridden, NotManaged, Unmet, Unread} }

// Result is a row with how it stands.
type Result struct {
	Row
	Status  Status   `json:"status"`
	Setting string   `json:"setting,omitempty"` // the one that meets the row, or sets its place to something else
	Has     string   `json:"has,omitempty"`     // what the plan wants there; "" where it says nothing
	Answers []Answer `json:"answers,omitempty"`
	Note    string   `json:"note,omitempty"`
}

// Explained reports whether the row is met or answered.
func (r Result) Explained() bool { return r.Status != Unmet && r.Status != Unread }

// answer is the one that explains the row: the first of the kind that its status names.
func (r Result) answer() Answer {
	for _, a := range r.Answers {
		if a.Kind == string(r.Status) && a.holds(r.Has) {
			return a
		}
	}
	return Answer{}
}

// Judge holds one row against the plan.
func (s *State) Judge(r Row) Result {
	out := Result{Row: r, Status: Unmet}
	if r.Unread != "" {
		out.Status = Unread
		return out
	}
	for _, h := range s.at(r) {
		if ok, note := r.meets(h.value); ok {
			out.Status, out.Setting, out.Has, out.Note = Met, h.id, h.value, note
			return out
		}
		if s.stricter(h, r) {
			out.Status, out.Setting, out.Has, out.Note = Met, h.id, h.value, "stricter than asked, as the setting says in which direction it tightens"
			return out
		}
		if !r.AnyName && out.Setting == "" {
			out.Setting, out.Has = h.id, h.value
		}
	}
	out.Answers = s.answers[r.Location.Canon()]
	for _, a := range out.Answers {
		switch {
		case a.Kind == AnswerException:
			out.Status = Excepted
		case a.Kind == AnswerOverride && out.Status != Excepted && a.holds(out.Has):
			out.Status = Overridden
		case a.Kind == AnswerNotManaged && out.Status == Unmet && out.Setting == "": // what is set is managed, whatever a mark says
			out.Status = NotManaged
		}
	}
	return out
}

// stricter reports whether a number goes further than the row asks, in the direction that the setting itself calls stricter. Zero never
// does: it mostly means off, or no limit.
func (s *State) stricter(h has, r Row) bool {
	comparer, ok := s.specs[h.id].(setting.Comparer)
	number, isNumber := strings.CutPrefix(h.value, "dword:")
	_, err := strconv.ParseUint(r.Wanted, 10, 32)
	if !ok || !isNumber || number == "0" || r.Operator != OpEqual || err != nil {
		return false
	}
	var fields map[string]any
	raw, err := json.Marshal(s.specs[h.id])
	if err != nil || json.Unmarshal(raw, &fields) != nil {
		return false
	}
	if was, ok := fields["value"].(string); !ok || was != number {
		return false
	}
	fields["value"] = r.Wanted
	asked := reflect.New(reflect.TypeOf(comparer).Elem()).Interface()
	if raw, err = json.Marshal(fields); err != nil || json.Unmarshal(raw, asked) != nil {
		return false
	}
	old, ok := asked.(setting.Spec)
	return ok && comparer.Compare(old) == setting.Tightened
}

// at lists what the plan has where the row looks. A service that is set by its registry value counts as the service.
func (s *State) at(r Row) []has {
	canon := r.Location.Canon()
	if r.AnyName {
		key, name, _ := strings.Cut(canon, "!")
		return slices.DeleteFunc(slices.Clone(s.keys[key]), func(h has) bool { return isDecimal(name) && !h.numbered })
	}
	found := s.claims[canon]
	if r.Location.Scheme() != "svc" || len(found) > 0 {
		return found
	}
	start := setting.RegistryLocation(`HKLM\SYSTEM\CurrentControlSet\Services\`+r.Location.Name(), "Start")
	names := map[string]string{"dword:0": "boot", "dword:1": "system", "dword:2": "automatic", "dword:3": "manual", "dword:4": "disabled"}
	for _, h := range s.claims[start.Canon()] {
		if name, ok := names[h.value]; ok {
			found = append(found, has{id: h.id, value: name})
		}
	}
	return found
}

// Reuse is one text that answers for two places: then at least one of the two has no reason of its own.
type Reuse struct {
	Reason        string
	First, Second Result
}

// Error names both rows.
func (u Reuse) Error() string {
	return fmt.Sprintf("the reason %q is used for two rows: %s (%s, %s) and %s (%s, %s); write a reason of its own for each",
		u.Reason, u.First.At(), u.First.Location, u.First.answer().At, u.Second.At(), u.Second.Location, u.Second.answer().At)
}

// Reused finds reasons that answer for rows of more than one location. Two lists that ask for one place are one place, and exceptions for
// one setting that owns several values are one decision, in whichever images they stand; so is an override that beats several settings.
func Reused(results []Result) []Reuse {
	type use struct {
		result Result
		answer Answer
	}
	first := make(map[string]use)
	said := make(map[string]bool)
	var out []Reuse
	for _, r := range results {
		if r.Status == Met || !r.Explained() {
			continue
		}
		a := r.answer()
		text := strings.Join(strings.FieldsFunc(strings.ToLower(a.Reason), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }), " ")
		u, ok := first[text]
		switch {
		case !ok:
			first[text] = use{r, a}
		case u.result.Location.Same(r.Location), u.answer.By == a.By && a.Kind == AnswerException && u.answer.Kind == a.Kind,
			a.Kind == AnswerOverride && u.answer.Kind == a.Kind && u.answer.At == a.At:
		case !said[text+r.Location.Canon()]:
			said[text+r.Location.Canon()] = true
			out = append(out, Reuse{a.Reason, u.result, r})
		}
	}
	return out
}

func byMethod(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }
