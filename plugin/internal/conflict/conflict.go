// Package conflict holds a plan against the environments that the manufacturers of its products state, and product against product.
//
// Each row of its table is one way in which hardening and medical software meet. A row looks at traits of the plan (see package trait:
// what settings claim, never which kind or module wrote it) and at stated facts, and answers with a level: BLOCK stops the image until
// the setting gives way or somebody accepts the conflict; ASK stops it until somebody answers; AUTO says that the plan was narrowed to
// the product's need, and by which settings; WARN tells.
//
// The package is pure. It refuses to take silence for consent: where a row would block and the manufacturer says nothing, or says
// "unknown", that is a warning of its own. AUTO is never claimed without the settings that do it.
package conflict

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Level says what a conflict takes.
type Level string

// The levels, gravest first.
const (
	Block Level = "BLOCK" // the setting gives way, or somebody accepts the conflict
	Ask   Level = "ASK"   // an answer is missing
	Warn  Level = "WARN"  // somebody should know
	Auto  Level = "AUTO"  // the plan is narrowed to the need
)

// Levels lists all levels, gravest first.
func Levels() []Level { return []Level{Block, Ask, Warn, Auto} }

// Conflict is one meeting of the plan and a stated environment.
type Conflict struct {
	Row      string // the row of the table; "conflict/<row>" accepts it
	Level    Level
	Product  string // "" where the conflict is the plan's own
	Settings []string
	Reason   string // a full sentence with both sides
	WayOut   string // full sentences
	Narrowed []string
	Accepted *plan.Exception
	Subject  hcl.Range // the later of both places
	First    hcl.Range // the other place; zero where there is one only

	Unstated []Unstated // of the row unstated-need: each field with all that depends on it
}

// Unstated is a field that a manufacturer does not state, with the settings that depend on it, by id.
type Unstated struct {
	Field    string
	Settings []string
}

// Row describes a row of the table for reference pages.
type Row struct {
	Name   string
	Levels []Level
	Title  plan.Text
	find   func(*judge)

	Trigger plan.Text // what makes it speak
	WayOut  plan.Text // what exists to do about it
}

// AcceptPrefix begins the setting's name in an exception that accepts a conflict.
const AcceptPrefix = "conflict/"

// Rows lists the table, sorted by name.
func Rows() []Row {
	rows := slices.Concat(protectionRows(), networkRows(), sessionRows(), systemRows(), productRows())
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Name, b.Name) })
	return describe(rows)
}

// table is Rows, made once: a tree of a thousand images asks for it a thousand times.
var table = sync.OnceValue(Rows)

// Find returns all conflicts of a composed image, sorted by level, row and product, and what stands in the image's way as diagnostics:
// errors for BLOCK and ASK that nobody accepted and for acceptances of what does not occur, warnings for WARN.
func Find(req plan.Request, composed *plan.Composed) ([]Conflict, hcl.Diagnostics) {
	effects, err := composed.Effects()
	if err != nil {
		return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Table of traits cannot be read", Detail: err.Error() + "."}}
	}
	j := &judge{req: req, base: req.Base.Base, effects: effects}
	for _, r := range table() {
		j.row = r
		r.find(j)
	}
	j.silences()
	diags := j.accept()
	slices.SortStableFunc(j.found, func(a, b Conflict) int {
		return cmp.Or(cmp.Compare(slices.Index(Levels(), a.Level), slices.Index(Levels(), b.Level)), cmp.Compare(a.Row, b.Row),
			cmp.Compare(a.Product, b.Product), cmp.Compare(strings.Join(a.Settings, " "), strings.Join(b.Settings, " ")), cmp.Compare(a.Reason, b.Reason))
	})
	for _, c := range j.found {
		diags = append(diags, c.diagnostic()...)
	}
	return j.found, diags
}

// summaries are the stable phrases of diagnostics.
var summaries = map[Level]string{
	Block: "Plan conflicts with a product", Ask: "Plan needs an answer", Warn: "Plan may hurt a product",
}

func (c Conflict) diagnostic() hcl.Diagnostics {
	if c.Level == Auto || c.Accepted != nil {
		return nil
	}
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summaries[c.Level], Detail: c.Text()}
	if c.Product == "" {
		d.Summary = map[Level]string{Block: "Plan conflicts with itself", Ask: d.Summary, Warn: "Plan has a risk"}[c.Level]
	}
	if c.Level == Warn {
		d.Severity = hcl.DiagWarning
	}
	if c.Subject != (hcl.Range{}) {
		d.Subject = c.Subject.Ptr()
	}
	return hcl.Diagnostics{d}
}

// Text is the conflict in sentences: the reason, the other place, the way out. Several fields that nobody states are a list.
func (c Conflict) Text() string {
	reason, gap := c.Reason, " "
	if len(c.Unstated) > 1 {
		reason, gap = c.silenceHead()+"\n  "+strings.Join(c.silenceList(), "\n  "), "\n"
	}
	var parts []string
	if c.First != (hcl.Range{}) && c.First != c.Subject {
		parts = append(parts, fmt.Sprintf("The other place is %s.", place(c.First)))
	}
	if c.WayOut != "" {
		parts = append(parts, c.WayOut)
	}
	if c.Level == Block || c.Level == Ask {
		id := AcceptPrefix + c.Row
		if c.Product != "" {
			id += "[" + c.Product + "]"
		}
		parts = append(parts, fmt.Sprintf("Whoever answers for the risk can accept it with exception %q { skip = true ... }.", id))
	}
	if len(parts) == 0 {
		return reason
	}
	return reason + gap + strings.Join(parts, " ")
}

func place(r hcl.Range) string { return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line) }

// claimed is a claim that shows a trait, with the setting that makes it.
type claimed struct {
	id    string
	claim setting.Claim
	canon string // the claim's location as it is compared
	at    hcl.Range
}

// judge is one run of Find.
type judge struct {
	req     plan.Request
	base    setting.Base
	effects *plan.Effects
	found   []Conflict
	row     Row
	mute    map[string]*silence // by product
	rules   []fwRule            // of openings, once read
	read    bool
}

// claims are all claims of settings in effect, in the order of ids.
func (j *judge) claims() iter.Seq[claimed] {
	return func(yield func(claimed) bool) {
		for c := range j.effects.All() {
			if !yield(claimedBy(c)) {
				return
			}
		}
	}
}

// on are the claims on one place, which is given in canonical form.
func (j *judge) on(canon string) iter.Seq[claimed] {
	return func(yield func(claimed) bool) {
		for _, c := range j.effects.On(canon) {
			if !yield(claimedBy(c)) {
				return
			}
		}
	}
}

func claimedBy(c plan.Claimed) claimed { return claimed{c.By.ID, c.Claim, c.Canon, c.By.At} }
