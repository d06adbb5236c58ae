package importer

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/gpo"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Schema names the form of a report in JSON.
const Schema = "wmclient/import/1"

// maxModule is the greatest size in bytes of a module's file that the loader reads.
const maxModule = 1 << 20

// Carried is one setting of the module and where it comes from.
type Carried struct {
	Setting  string           `json:"setting"` // "module/label"
	Kind     string           `json:"kind"`
	Location setting.Location `json:"location"`
	At       []gpo.Place      `json:"at"`
	Note     string           `json:"note,omitempty"`
}

// Report says what became of a source.
type Report struct {
	Schema  string        `json:"schema"`
	Source  string        `json:"source"`
	Module  string        `json:"module"`
	Carried []Carried     `json:"carried"`
	Dropped []gpo.Dropped `json:"dropped"`
}

// Module makes a module of what a source holds. Its text is in the canonical layout, loads, and composes to exactly the values of the
// source; what would not is dropped and reported. Errors are of the source or of the name: then there is no module.
func Module(name, source string, found gpo.Result, table setting.Table) ([]byte, Report, hcl.Diagnostics) {
	report := Report{Schema: Schema, Source: source, Module: name, Carried: []Carried{}, Dropped: []gpo.Dropped{}}
	if diags := found.Settle(table); diags.HasErrors() {
		return nil, report, profile.Sort(diags)
	}
	report.Dropped = append(report.Dropped, found.Dropped...)
	items := names(found.Items)
	for {
		if len(items) == 0 {
			return nil, report, problem(source, "Nothing to import", "None of the %d settings of the source can be carried; the report says why.", len(report.Dropped))
		}
		text, err := render(name, source, found.Title, items)
		if err != nil {
			return nil, report, problem(source, "Module cannot be written", "%v.", err)
		}
		if len(text) > maxModule {
			return nil, report, problem(source, "Module too large", "The module has %d bytes, and a profile file at most %d. Split the source.", len(text), maxModule)
		}
		bad, diags := try(name, text, items, table)
		if diags.HasErrors() {
			return nil, report, diags
		}
		if len(bad) == 0 && report.soften(items, found.Rules) {
			continue
		}
		if len(bad) == 0 {
			report.carried(name, items, table)
			slices.SortStableFunc(report.Dropped, func(a, b gpo.Dropped) int { return a.At.Compare(b.At) })
			return text, report, nil
		}
		items = slices.DeleteFunc(items, func(it named) bool {
			why, dropped := bad[it.name]
			if dropped {
				report.Dropped = append(report.Dropped, gpo.Dropped{At: it.At[0], What: it.Kind + " " + it.Label, Reason: why})
			}
			return dropped
		})
	}
}

// soften turns an enforced AppLocker collection into an audited one where not all of its rules are carried: what the missing ones allow
// would not start any more. It reports whether it changed anything.
func (r *Report) soften(items []named, rules map[string]int) bool {
	attr := func(it named, name string) *gpo.Attr {
		for i := range it.Attrs {
			if it.Attrs[i].Name == name {
				return &it.Attrs[i]
			}
		}
		return &gpo.Attr{}
	}
	carried := map[any]map[int]bool{} // lines of rules by collection
	for _, it := range items {
		if it.Kind == "applocker_rule" {
			c := attr(it, "collection").Value
			if carried[c] == nil {
				carried[c] = map[int]bool{}
			}
			carried[c][it.At[0].Line] = true
		}
	}
	changed := false
	for _, it := range items {
		if it.Kind != "applocker_collection" || attr(it, "mode").Value != "enforce" {
			continue
		}
		collection := attr(it, "collection").Value
		if missing := rules[fmt.Sprint(collection)] - len(carried[collection]); missing > 0 {
			attr(it, "mode").Value, changed = "audit", true
			r.Dropped = append(r.Dropped, gpo.Dropped{At: it.At[0], What: fmt.Sprintf("the enforcement of the collection %v", collection),
				Reason: fmt.Sprintf("%d of its rules are not carried, and what they allow would no longer start: the collection is imported in audit mode", missing)})
		}
	}
	return changed
}

func (r *Report) carried(module string, items []named, table setting.Table) {
	for _, it := range items {
		c := Carried{Setting: module + "/" + it.name, Kind: it.Kind, At: it.At, Note: it.Note}
		if spec, err := it.Spec(table); err == nil {
			c.Location = spec.Claims(setting.Base{})[0].Location
		}
		r.Carried = append(r.Carried, c)
	}
}

func problem(file, summary, format string, args ...any) hcl.Diagnostics {
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &hcl.Range{Filename: file, Start: hcl.InitialPos, End: hcl.InitialPos}}}
}

// trialBase is a base to compose on; its build is the youngest that modules are made for.
const trialBase = `base "import-trial" {
  edition_id = "EnterpriseS"
  build      = "19044.1288"
  arch       = "amd64"
  channel    = "LTSC"
  languages  = ["sv-SE"]
}
`

// try composes the module alone and returns, by name, the settings that do not come out as they went in, with the reason.
func try(name string, text []byte, items []named, table setting.Table) (map[string]string, hcl.Diagnostics) {
	const image = "import-trial"
	file := "modules/" + name + ".hcl"
	tree := Tree{Files: map[string][]byte{
		"bases/" + image + ".hcl": []byte(trialBase), file: text, "images/" + image + ".hcl": Scratch(image, image, []string{name}, nil),
	}}
	trial, diags := Compose(tree, "profiles", image, table)
	bad := map[string]string{}
	if diags.HasErrors() {
		at := settingsAt(text, items)
		for _, d := range diags {
			if d.Severity != hcl.DiagError || d.Subject == nil || d.Subject.Filename != "profiles/"+file {
				continue
			}
			if it := at(d.Subject.Start.Byte); it != "" {
				bad[it] = d.Summary + ": " + d.Detail
			}
		}
		if len(bad) == 0 {
			return nil, diags
		}
		return bad, nil
	}
	base := trial.Composed.Plan.Base.Base
	for _, it := range items {
		want, err := it.Spec(table)
		got := trial.Composed.Specs[name+"/"+it.name]
		switch {
		case err != nil:
			bad[it.name] = err.Error()
		case got == nil:
			bad[it.name] = "the setting was lost while composing"
		case !slices.Equal(want.Claims(base), got.Claims(base)):
			bad[it.name] = "HCL would change its characters (profiles are kept in one Unicode form, NFC)"
		}
	}
	return bad, nil
}

// settingsAt tells for a rendered module's file which setting an offset is in: the last one that begins before it.
func settingsAt(src []byte, items []named) func(offset int) string {
	var begins []int
	at := 0
	for _, it := range items { // in the order in which they were written
		i := bytes.Index(src[at:], fmt.Appendf(nil, "setting %s %s {", quote(it.Kind), quote(it.name)))
		if i < 0 {
			break
		}
		at += i
		begins = append(begins, at)
	}
	return func(offset int) string {
		i, exact := slices.BinarySearch(begins, offset)
		if !exact {
			i--
		}
		if i < 0 {
			return ""
		}
		return items[i].name
	}
}
