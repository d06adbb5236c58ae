package plan

import (
	"fmt"
	"io"
	"strings"
)

// WriteText writes the explanation for people, in 100 columns and without colour.
func (e Explanation) WriteText(w io.Writer, o TextOptions) error {
	p := newPage(o)
	for i, s := range e.Settings {
		if i > 0 {
			p.blank()
		}
		s.write(p)
	}
	return p.flush(w)
}

func (s SettingExplained) write(p *page) {
	p.line(0, "", "%s  %s", s.ID, statusText(s.Status))
	for _, line := range Expectation(s.Effective) {
		p.line(2, "", "%s", line)
	}
	if s.Own != nil {
		p.line(2, "", "alone it asks for: %s", strings.Join(Expectation(s.Own), "; "))
	}
	module := s.Module + " " + s.Version
	if s.RequiredBy != "" {
		module += " (required by " + s.RequiredBy + ")"
	}
	field(p, "module", module)
	field(p, "written at", s.At.String())
	field(p, "kind", s.Kind)
	field(p, "severity", string(s.Severity))
	field(p, "title", s.Title.EN)
	field(p, "why", s.Rationale.EN)
	field(p, "references", strings.Join(s.References, ", "))
	stages := make([]string, len(s.Stages))
	for i, stage := range s.Stages {
		stages[i] = string(stage)
	}
	field(p, "stages", strings.Join(stages, ", "))
	field(p, "agreed until", s.Until)
	field(p, "order", hazardText(Setting{Stages: s.Stages, Hazards: s.Hazards}))
	if x := s.Exception; x != nil {
		s.writeException(p, x)
	}
	for _, r := range s.Related {
		field(p, relationText(r.Relation), relatedText(r))
	}
	for i, op := range s.Ops {
		name := "operations"
		if i > 0 {
			name = ""
		}
		p.line(2, "", "%-14s%s: %s", name, op.Stage, opText(op))
	}
}

func (s SettingExplained) writeException(p *page, x *ExceptionNote) {
	what := "skips it"
	if x.Effect == EffectValue {
		what = "replaces " + strings.Join(Expectation(x.Instead), "; ")
	}
	field(p, "exception", fmt.Sprintf("%s, until %s (%s)", what, orNone(x.Expires), x.At))
	field(p, "  reason", x.Reason)
	field(p, "  compensating", " "+x.Compensating)
	field(p, "  owner", fmt.Sprintf("%s, approved by %s", orNone(x.Owner), orNone(x.ApprovedBy)))
}

func field(p *page, name, text string) {
	if strings.TrimSpace(text) != "" {
		p.line(2, "", "%-14s%s", name, text)
	}
}

func statusText(s Status) string {
	switch s {
	case Status(EffectSet):
		return "is set as its module says"
	case Status(EffectValue):
		return "is set to the value of an exception"
	case Status(EffectSkip):
		return "is skipped by an exception: the base's state stays"
	case StatusOverridden:
		return "is overridden and not set"
	}
	return string(s)
}

func relationText(r Relation) string {
	switch r {
	case RelationAgrees:
		return "agrees with"
	case RelationMerged:
		return "merged with"
	case RelationOverriddenBy:
		return "loses to"
	case RelationWaived:
		return "not against"
	}
	return string(r)
}

func relatedText(r Related) string {
	s := fmt.Sprintf("%s at %s", r.ID, r.At)
	if r.Relation == RelationWaived {
		s += ", which an exception skips"
	}
	if r.Relation != RelationAgrees {
		s += ": " + strings.Join(Expectation(r.Claims), "; ")
	}
	if r.RuledAt != nil {
		s += fmt.Sprintf(" [decided at %s%s: %s]", *r.RuledAt, through(r.Through), r.Reason)
	}
	return s
}

// WriteText writes what differs for people, in 100 columns and without colour.
func (d *DiffResult) WriteText(w io.Writer, o TextOptions) error {
	p := newPage(o)
	p.line(0, "", "semver step: %s", d.Step)
	const shown = 5
	for i, why := range d.Why {
		if i == shown && len(d.Why) > shown+1 {
			p.line(2, "", "and %d more of this weight", len(d.Why)-shown)
			break
		}
		p.line(2, "", "because %s", why)
	}
	for _, part := range []struct {
		title string
		list  []FieldChange
	}{{"image", d.Image}, {"base", d.Base}, {"modules", d.Modules}, {"products", d.Products}} {
		if len(part.list) > 0 {
			p.blank()
			p.line(0, "", "%s", part.title)
		}
		for _, f := range part.list {
			p.line(2, "", "%s: %s -> %s", f.Name, orNone(f.Old), orNone(f.New))
		}
	}
	for _, part := range []struct {
		title, sign string
		list        []SettingChange
	}{
		{"removed", "-", d.Removed}, {"loosened", "<", d.Loosened}, {"changed, direction unknown", "?", d.Changed},
		{"added", "+", d.Added}, {"tightened", ">", d.Tightened}, {"noted", "=", d.Noted},
	} {
		if len(part.list) > 0 {
			p.blank()
			p.line(0, "", "%s: %s", part.title, count(len(part.list), "setting"))
		}
		for _, c := range part.list {
			c.write(p, part.sign)
		}
	}
	p.blank()
	p.line(0, "", "%s unchanged", count(d.Unchanged, "setting"))
	return p.flush(w)
}

func (c SettingChange) write(p *page, sign string) {
	head := sign + " " + c.ID
	if c.Note != "" {
		head += " (" + c.Note + ")"
	} else if c.Was != "" {
		head += " (was called " + c.Was + ")"
	}
	p.line(2, "", "%s", head)
	if sign == "=" {
		return
	}
	for _, line := range c.Old {
		p.line(4, "", "- %s", line)
	}
	for _, line := range c.New {
		p.line(4, "", "+ %s", line)
	}
}
