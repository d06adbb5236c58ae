package plan

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// TextOptions says how text is laid out.
type TextOptions struct {
	Color bool // ANSI colours
	Width int  // columns of the terminal; 0 means 100
}

// The colours of text for people (ECMA-48 SGR).
const (
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	yellow = "\x1b[33m"
	plain  = "\x1b[0m"
)

// page is text being laid out. What comes from profiles is cleaned of control characters, which could otherwise speak to the terminal.
type page struct {
	sb    strings.Builder
	color bool
	width int
}

func newPage(o TextOptions) *page {
	if o.Width <= 0 {
		o.Width = 100
	}
	return &page{color: o.Color, width: max(o.Width, 40)}
}

func (p *page) flush(w io.Writer) error {
	_, err := io.WriteString(w, p.sb.String())
	return err
}

func (p *page) blank() { p.sb.WriteByte('\n') }

func (p *page) paint(style, s string) string {
	if !p.color || style == "" {
		return s
	}
	return style + s + plain
}

// line writes text at an indent and breaks it where the page ends: after a space, a backslash, a bar or a comma where there is one.
func (p *page) line(indent int, style, format string, args ...any) {
	rest := clean(fmt.Sprintf(format, args...))
	pad, room := indent, p.width-indent
	for utf8.RuneCountInString(rest) > room {
		runes := []rune(rest)
		cut := room
		for i := room; i > room/2; i-- {
			if strings.ContainsRune(` \|,`, runes[i-1]) {
				cut = i
				break
			}
		}
		p.sb.WriteString(strings.Repeat(" ", pad) + p.paint(style, strings.TrimRight(string(runes[:cut]), " ")) + "\n")
		rest = string(runes[cut:])
		pad, room = indent+2, p.width-indent-2
	}
	p.sb.WriteString(strings.Repeat(" ", pad) + p.paint(style, rest) + "\n")
}

// Line is one line of a text, before it is laid out.
type Line struct {
	Indent int
	Text   string
}

// WriteLines lays out lines of other packages as the plan's own: broken where the page ends, and cleaned of what could speak to the terminal.
func WriteLines(w io.Writer, lines []Line, o TextOptions) error {
	p := newPage(o)
	for _, l := range lines {
		p.line(l.Indent, "", "%s", l.Text)
	}
	return p.flush(w)
}

func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return utf8.RuneError
		}
		return r
	}, s)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// WriteText writes the plan for people: what is set at each stage, by which module and line, what overrides what, what is deferred, and
// every exception with the day until which it holds.
func WriteText(w io.Writer, c *Composed, o TextOptions) error {
	t := planText{page: newPage(o), c: c, notes: make(map[string]*SettingNote, len(c.Provenance.Settings))}
	for _, n := range c.Provenance.Settings {
		t.notes[n.ID] = n
	}
	for _, s := range c.Plan.Settings {
		t.idWidth = max(t.idWidth, utf8.RuneCountInString(s.ID))
	}
	t.idWidth = min(t.idWidth, t.width/2)
	t.header()
	for _, stage := range setting.Stages() {
		t.stage(stage)
	}
	t.untouched()
	t.overridden()
	t.exceptions()
	t.summary()
	return t.flush(w)
}

type planText struct {
	*page
	c       *Composed
	notes   map[string]*SettingNote
	idWidth int
}

func (t *planText) header() {
	p := t.c.Plan
	t.line(0, bold, "%s %s", p.Image.Name, p.Image.Version)
	t.line(2, "", "class       %s, management %s, released %s", classText(p.Image.Class), managementText(p.Image.Management), orNone(p.Image.Released))
	t.line(2, "", "base        %s: %s %s %s %s, %s", p.Base.Name, p.Base.EditionID, p.Base.Build, p.Base.Arch, p.Base.Channel, strings.Join(p.Base.Languages, ", "))
	if len(p.Base.Features) > 0 {
		t.line(2, "", "            with %s, as its file states", strings.Join(p.Base.Features, ", "))
	}
	var modules, products []string
	for _, m := range t.c.Provenance.Modules {
		s := m.Name + " " + m.Version
		if m.RequiredBy != "" {
			s += " (required by " + m.RequiredBy + ")"
		}
		modules = append(modules, s)
	}
	for _, m := range p.Products {
		products = append(products, fmt.Sprintf("%s %s (%s)", m.Name, m.Version, m.Manufacturer))
	}
	t.line(2, "", "modules     %s", orNone(strings.Join(modules, ", ")))
	t.line(2, "", "products    %s", orNone(strings.Join(products, ", ")))
	for i, f := range p.Image.Facts {
		t.line(2, "", "%-11s %s: %s (%s)", map[bool]string{true: "declared"}[i == 0], f.Name, f.Value, f.StatedBy)
	}
	if f := p.Image.FirstBoot; f != nil {
		t.line(2, "", "first boot  %s", firstBootText(f))
	}
	t.line(2, "", "recipe      %s", t.c.Digest)
}

// stageText says what becomes of a setting at a stage.
func stageText(s setting.Stage) string {
	switch s {
	case setting.StageImage:
		return "set in the image, offline"
	case setting.StageFirstBoot:
		return "deferred: set on the client, after Windows Setup"
	case setting.StageBuild:
		return "deferred: set online, while Packer builds"
	case setting.StageSeal:
		return "deferred: set last, when the door is closed"
	}
	return "unknown stage"
}

func (t *planText) stage(stage setting.Stage) {
	var list []Setting
	for _, s := range t.c.Plan.Settings {
		if slices.Contains(s.Stages, stage) {
			list = append(list, s)
		}
	}
	t.table(fmt.Sprintf("stage %s: %s, %s", stage, count(len(list), "setting"), stageText(stage)), list)
}

// untouched lists settings in effect that need no operation.
func (t *planText) untouched() {
	var list []Setting
	for _, s := range t.c.Plan.Settings {
		if len(s.Stages) == 0 && s.Effect != EffectSkip {
			list = append(list, s)
		}
	}
	t.table(fmt.Sprintf("no stage: %s, expected of the base as it is", count(len(list), "setting")), list)
}

func (t *planText) table(title string, list []Setting) {
	if len(list) == 0 {
		return
	}
	t.blank()
	t.line(0, bold, "%s", title)
	t.row("SETTING", "SEVERITY", "FROM", dim)
	for _, s := range list {
		n := t.notes[s.ID]
		t.row(s.ID, string(s.Severity), n.At.String(), "")
		for _, line := range Expectation(t.c.Specs[s.ID].Claims(t.c.Plan.Base.Base)) {
			t.line(4, "", "%s", line)
		}
		t.relations(n)
		if s.Until != "" {
			t.line(4, yellow, "agreed until %s", s.Until)
		}
		if text := hazardText(s); text != "" {
			t.line(4, dim, "%s", text)
		}
	}
}

// hazardText says what a setting can do to the build, and why that does not happen.
func hazardText(s Setting) string {
	if len(s.Hazards) == 0 || len(s.Stages) == 0 {
		return ""
	}
	words := make([]string, len(s.Hazards))
	for i, h := range s.Hazards {
		words[i] = map[Hazard]string{
			CutsConnection: "cut the build's connection", LocksAccount: "lock out the build's account", StopsAgent: "stop the agent",
		}[h]
	}
	what := "can " + strings.Join(words, ", ")
	if slices.Contains(s.Stages, setting.StageSeal) {
		return what + ": waits for the stage seal"
	}
	return what + ": written into the image, where no build is connected"
}

func (t *planText) row(id, severity, from, style string) {
	t.line(2, style, "%-*s  %-8s  %s", t.idWidth, id, severity, from)
}

func (t *planText) relations(n *SettingNote) {
	for _, o := range n.Overrides {
		t.line(4, yellow, "overrides %s (%s)%s: %s", o.Setting, t.notes[o.Setting].At, through(o.Through), o.Reason)
	}
	if len(n.MergedWith) > 0 {
		t.line(4, dim, "list merged with %s", strings.Join(n.MergedWith, ", "))
	}
	if agrees := slices.DeleteFunc(slices.Clone(n.AgreesWith), func(id string) bool { return slices.Contains(n.MergedWith, id) }); len(agrees) > 0 {
		t.line(4, dim, "agrees with %s", strings.Join(agrees, ", "))
	}
	if n.Exception != nil && n.Exception.Effect == EffectValue {
		t.line(4, yellow, "by exception until %s (%s), instead of %s", n.Exception.Expires, n.Exception.At, strings.Join(Expectation(n.Exception.Instead), "; "))
	}
}

func through(id string) string {
	if id == "" {
		return ""
	}
	return " through " + id
}

func (t *planText) overridden() {
	var list []*SettingNote
	for _, n := range t.c.Provenance.Settings {
		if len(n.OverriddenBy) > 0 {
			list = append(list, n)
		}
	}
	if len(list) == 0 {
		return
	}
	t.blank()
	t.line(0, bold, "overridden: %s, not set", count(len(list), "setting"))
	for _, n := range list {
		t.row(n.ID, "", n.At.String(), "")
		for _, line := range Expectation(n.Claims) {
			t.line(4, dim, "%s", line)
		}
		for _, o := range n.OverriddenBy {
			t.line(4, yellow, "loses to %s%s, decided at %s: %s", o.Setting, through(o.Through), o.At, o.Reason)
		}
	}
}

func (t *planText) exceptions() {
	var list []*SettingNote
	for _, n := range t.c.Provenance.Settings {
		if n.Exception != nil {
			list = append(list, n)
		}
	}
	if len(list) == 0 {
		return
	}
	t.blank()
	t.line(0, bold, "exceptions: %d", len(list))
	setters := t.setters()
	for _, n := range list {
		x := n.Exception
		what := "skipped: the base's state stays"
		if x.Effect == EffectValue {
			what = "another value"
		} else if by := setters.Of(n.Claims); by != "" {
			what = fmt.Sprintf("skipped, but %s sets the same place", by)
		}
		t.row(n.ID, "", n.At.String(), "")
		t.line(4, yellow, "%s, until %s (%s)", what, orNone(x.Expires), x.At)
		if x.Effect == EffectSkip {
			t.line(4, dim, "waived: %s", strings.Join(Expectation(n.Claims), "; "))
		}
		t.line(4, "", "reason: %s", orNone(x.Reason))
		t.line(4, "", "compensating: %s", orNone(x.Compensating))
		t.line(4, "", "owner: %s, approved by: %s", orNone(x.Owner), orNone(x.ApprovedBy))
	}
}

func (t *planText) setters() Setters {
	by := make(Setters)
	for _, s := range t.c.Plan.Settings {
		if n, ok := t.notes[s.ID]; ok && s.Effect != EffectSkip {
			by.Add(s.ID, n.Claims)
		}
	}
	return by
}

func (t *planText) summary() {
	offline, deferred, skipped, beaten := 0, 0, 0, 0
	for _, s := range t.c.Plan.Settings {
		switch {
		case s.Effect == EffectSkip:
			skipped++
		case slices.ContainsFunc(s.Stages, func(stage setting.Stage) bool { return stage != setting.StageImage }):
			deferred++
		default:
			offline++
		}
	}
	for _, n := range t.c.Provenance.Settings {
		if len(n.OverriddenBy) > 0 {
			beaten++
		}
	}
	t.blank()
	t.line(0, bold, "%s: %d offline, %d deferred, %d skipped by exception; %d overridden; no collisions; %s",
		count(len(t.c.Plan.Settings), "setting"), offline, deferred, skipped, beaten, count(len(t.c.Plan.Ops), "operation"))
}
