// Package environment is the typed form of the environment that a product's manufacturer states: what the product needs, what it
// forbids, and where that is written. It is data for judges; decoding it is the work of the room that knows the language.
//
// It refuses to guess. A fact that nobody stated, one that is stated to be unknown, and one that is stated are three things, at every
// depth, and each of the latter two knows its place, so that a judge can name it.
package environment

import "github.com/hashicorp/hcl/v2"

// State says what is known of a fact.
type State uint8

// The states. The zero value is a fact that nobody stated.
const (
	Unstated State = iota // the product file does not speak of it
	Unknown               // it says "unknown", or a word that nobody understands
	Stated
)

// String names the state in messages.
func (s State) String() string {
	switch s {
	case Unknown:
		return "unknown"
	case Stated:
		return "stated"
	default:
		return "unstated"
	}
}

// Fact is one value. Value is meaningful only where State is Stated; Range is where it stands, zero where it is unstated.
type Fact[T any] struct {
	State State
	Value T
	Range hcl.Range
}

// Get returns the value and whether it is stated.
func (f Fact[T]) Get() (T, bool) { return f.Value, f.State == Stated }

// Or returns the value, or another where it is not stated. It is for texts; a judge asks Get, because what is not stated is no value.
func (f Fact[T]) Or(other T) T {
	if f.State == Stated {
		return f.Value
	}
	return other
}

// List is a list of values, each of which may be unknown. A stated list without entries says that there is none.
type List[T any] struct {
	State State
	Items []Fact[T]
	Range hcl.Range
}

// Stated returns the entries that are stated, in the order of the file.
func (l List[T]) Stated() []Fact[T] {
	var out []Fact[T]
	for _, f := range l.Items {
		if f.State == Stated {
			out = append(out, f)
		}
	}
	return out
}

// Values returns the stated entries without their places.
func (l List[T]) Values() []T {
	var out []T
	for _, f := range l.Stated() {
		out = append(out, f.Value)
	}
	return out
}

// Complete reports whether the list is stated and has no entry that is unknown: only then does it say what is not in it.
func (l List[T]) Complete() bool { return l.State == Stated && len(l.Stated()) == len(l.Items) }

// Slot is a place for one fact: what a decoder fills. *Fact[T] and *List[T] are slots, and nothing else is.
type Slot interface {
	// Set gives the fact its state and its place.
	Set(s State, at hcl.Range)
	// Target is a pointer to the value, or nil where the slot is a list.
	Target() any
	// Grow adds an entry to a list and returns its slot; nil where the slot is no list.
	Grow() Slot
}

// Set is part of Slot.
func (f *Fact[T]) Set(s State, at hcl.Range) { f.State, f.Range = s, at }

// Target is part of Slot.
func (f *Fact[T]) Target() any { return &f.Value }

// Grow is part of Slot.
func (f *Fact[T]) Grow() Slot { return nil }

// Set is part of Slot.
func (l *List[T]) Set(s State, at hcl.Range) { l.State, l.Range = s, at }

// Target is part of Slot.
func (l *List[T]) Target() any { return nil }

// Grow is part of Slot.
func (l *List[T]) Grow() Slot {
	l.Items = append(l.Items, Fact[T]{})
	return &l.Items[len(l.Items)-1]
}

// Environment is everything that a manufacturer states of the computer that a product may run on.
type Environment struct {
	Builds   List[string] // constraints on build.UBR; the base must satisfy one
	Needs    Facts
	Forbids  Facts
	Evidence List[Evidence]
	DefRange hcl.Range
}

// Evidence is a document that says so.
type Evidence struct {
	Document Fact[string] `fact:"document" required:"true"`
	Version  Fact[string] `fact:"version"`
	Page     Fact[string] `fact:"page"`
}
