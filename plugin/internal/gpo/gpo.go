// Package gpo reads what Windows' own tools keep settings in: backups of group policy objects, Registry.pol, security templates
// (GptTmpl.inf), audit.csv, LGPO's text and AppLocker's XML; and, through package baseline, lists of recommended values.
//
// Everything becomes items, each with its place in the source, or is reported with its place and the reason why it cannot be carried.
// Malformed sources, and names where SIDs belong, are errors: nothing is guessed and nothing is read in part. The package is pure; a
// backup is handed to it as a file system.
package gpo

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// MaxItems is how many settings one source may hold. Real ones have some hundreds.
const MaxItems = 20_000

// maxFaults is how many errors of one source are told: nobody reads more, and a hostile source has millions.
const maxFaults = 100

// Place is where something stands in a source: a line of a text, or an offset of a file that is no text.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`   // from 1; 0 in a file that is no text
	Offset int    `json:"offset,omitempty"` // in bytes, in a file that is no text
}

// String is "file:line" or "file at byte offset".
func (p Place) String() string {
	if p.Line > 0 {
		return p.File + ":" + strconv.Itoa(p.Line)
	}
	if p.Offset > 0 {
		return fmt.Sprintf("%s at byte %d", p.File, p.Offset)
	}
	return p.File
}

// Compare orders places by file, then by where they are in it.
func (p Place) Compare(o Place) int {
	return cmp.Or(cmp.Compare(p.File, o.File), cmp.Compare(p.Line, o.Line), cmp.Compare(p.Offset, o.Offset))
}

// Attr is one attribute of a setting: a string, a bool, an int64 or a list of strings.
type Attr struct {
	Name  string
	Value any
}

// Item is one setting that a source asks for, by kind and attributes as HCL has them.
type Item struct {
	Kind  string
	Label string // what a name for the setting can be made of
	Attrs []Attr
	At    []Place
	Note  string // what a reader should know, "" where there is nothing

	ordered bool // a later item for the same place replaces this one, as Windows does it
}

// Spec makes the setting, checked as the kind checks it.
func (it Item) Spec(table setting.Table) (setting.Spec, error) {
	fields := make(map[string]any, len(it.Attrs))
	for _, a := range it.Attrs {
		fields[a.Name] = a.Value
		if it.Kind == "registry_value" && a.Name == "value" {
			fields[a.Name] = dataText(a.Value)
		}
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("write down a %s: %w", it.Kind, err)
	}
	return table.DecodeJSON(it.Kind, raw)
}

// dataText is registry data in the text that plans have.
func dataText(v any) string {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case []string:
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if enc.Encode(append([]string{}, v...)) != nil { // strings always encode
			return ""
		}
		return strings.TrimSuffix(b.String(), "\n")
	}
	return fmt.Sprint(v)
}

// Dropped is something that a source asks for and no setting can carry.
type Dropped struct {
	At     Place  `json:"at"`
	What   string `json:"what"`
	Reason string `json:"reason"`

	// Clears is the key whose values the source deletes, all of them; "" for anything else. With Below, the keys below it go too.
	Clears string `json:"clears,omitempty"`
	Below  bool   `json:"below,omitempty"`
}

// Result is what one source holds.
type Result struct {
	Title   string // what the source calls itself, "" where it does not
	Items   []Item
	Dropped []Dropped
	Files   []string // that were read, sorted

	Rules map[string]int // AppLocker: how many rules each collection of the source has
}

func (r *Result) drop(at Place, what, format string, args ...any) {
	r.Dropped = append(r.Dropped, Dropped{At: at, What: what, Reason: fmt.Sprintf(format, args...)})
}

func (r *Result) add(it Item) { r.Items = append(r.Items, it) }

// full reports whether a source holds more than Settle takes; there is no use in reading on.
func (r *Result) full() bool { return len(r.Items)+len(r.Dropped) > MaxItems }

// join appends what another source holds.
func (r *Result) join(o Result) {
	r.Items, r.Dropped, r.Files = append(r.Items, o.Items...), append(r.Dropped, o.Dropped...), append(r.Files, o.Files...)
	if r.Title == "" {
		r.Title = o.Title
	}
	for collection, n := range o.Rules {
		if r.Rules == nil {
			r.Rules = map[string]int{}
		}
		r.Rules[collection] += n
	}
}

// fault is one error of a source.
func fault(at Place, summary, format string, args ...any) *hcl.Diagnostic {
	pos := hcl.Pos{Line: max(at.Line, 1), Column: 1, Byte: at.Offset}
	detail := fmt.Sprintf(format, args...)
	if at.Line == 0 && at.Offset > 0 {
		detail = fmt.Sprintf("At byte %d: %s", at.Offset, detail)
	}
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &hcl.Range{Filename: at.File, Start: pos, End: pos}}
}

// what names an item in a report.
func (it Item) what() string {
	var parts []string
	for _, a := range it.Attrs {
		if a.Name == "value" || a.Name == "type" || a.Name == "ensure" {
			continue
		}
		parts = append(parts, fmt.Sprint(a.Value))
	}
	text := it.Kind + " " + strings.Join(parts, " ")
	const enough = 300
	if len(text) > enough {
		text = strings.ToValidUTF8(text[:enough], "") + "..."
	}
	return text
}
