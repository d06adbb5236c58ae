package profile

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Described is a module as a reader meets it before any image exists: texts, inputs, and what it sets with its default inputs.
type Described struct {
	Name           string
	Version        string
	Method         string
	Title          plan.Text
	Summary        plan.Text // empty where the module has none
	Breaks         []plan.Text
	SeveritySource plan.Text
	Builds         string   // constraint; "" for any
	Requires       []string // "name constraint"
	Capabilities   []string
	Inputs         []DescribedInput
	Settings       []DescribedSetting // in source order
	Flows          []DescribedFlow
	NotManaged     []plan.NotManaged
}

// DescribedInput is an input.
type DescribedInput struct {
	Name        string
	Type        string
	Default     string // as HCL; "" where an image must give a value
	Description plan.Text
}

// DescribedSetting is a setting block.
type DescribedSetting struct {
	Label          string
	Kind           string
	Severity       setting.Severity
	SeveritySource plan.Text // its own; empty where it has none
	Title          plan.Text
	Rationale      plan.Text
	References     []string
	Builds         string              // constraint; "" for any
	When           string              // the condition as it is written; "" where there is none
	ForEach        string              // what it is made for, as it is written; "" where it is one setting
	Until          string              // the last day on which it is agreed on, as it is written; "" for good
	Arguments      []DescribedArgument // of its kind, as they are written: for where no value is known without an image
	Wishes         []Wish              // what it wants with the default inputs; none where that depends on the image
}

// DescribedArgument is an argument of a setting's kind.
type DescribedArgument struct{ Name, Written string }

// Wish is what a setting wants on some builds; Claims are those of Spec.Claims.
type Wish struct {
	Key    string   // of for_each; "" without it
	Builds []string // sorted; the build numbers of the tree's bases on which it wants this
	Claims []setting.Claim
}

// DescribedFlow is a flow block, with its arguments as they are written.
type DescribedFlow struct {
	Label, Direction, Protocol, Ports, Peers, Program, When string
	Reason                                                  plan.Text
}

// Describe returns the highest version of every module without faults, by name.
func (s *Set) Describe() []Described {
	var out []Described
	for _, name := range slices.Sorted(maps.Keys(s.modules)) {
		if m := s.modules[name][0]; !m.broken {
			out = append(out, s.describe(m))
		}
	}
	return out
}

func (s *Set) describe(m *module) Described {
	d := Described{
		Name: m.name, Version: m.version.String(), Method: m.method, Title: m.title, Summary: m.summary, Breaks: m.breaks,
		SeveritySource: m.source, Capabilities: m.hooks, NotManaged: m.leaves,
	}
	if m.builds != nil {
		d.Builds = m.builds.text
	}
	for _, r := range m.requires {
		d.Requires = append(d.Requires, r.name+" "+r.text)
	}
	for _, in := range m.inputs {
		i := DescribedInput{Name: in.name, Type: typeexpr.TypeString(in.typ), Description: in.description}
		if !in.required() {
			i.Default = literal(in.value)
		}
		d.Inputs = append(d.Inputs, i)
	}
	wishes, all := s.wishes(m, false), s.wishes(m, true)
	for _, def := range m.settings {
		if len(wishes[def.block.Label]) == 0 { // no image without inputs has it: what it wants where its condition holds
			wishes[def.block.Label] = all[def.block.Label]
		}
		d.Settings = append(d.Settings, s.describeSetting(def, wishes[def.block.Label]))
	}
	for _, def := range m.flows {
		b := def.block
		d.Flows = append(d.Flows, DescribedFlow{
			Label: b.Label, Direction: s.written(b.Direction), Protocol: s.written(b.Protocol), Ports: s.written(b.Ports), Peers: s.written(b.Peers),
			Program: s.written(b.Program), When: s.written(b.When), Reason: def.reason,
		})
	}
	return d
}

func (s *Set) describeSetting(def *settingDef, wishes []Wish) DescribedSetting {
	b := def.block
	out := DescribedSetting{
		Label: b.Label, Kind: def.kind.Name, Severity: def.severity, SeveritySource: def.source, Title: def.title, Rationale: def.rationale,
		References: def.references, When: s.written(b.When), ForEach: s.written(b.ForEach), Until: s.written(b.Until), Wishes: wishes,
	}
	if def.builds != nil {
		out.Builds = def.builds.text
	}
	own := slices.Concat(static(), []string{"when", "for_each", "until", "stricter", "optional"})
	attrs := slices.SortedFunc(maps.Values(def.syntax.Body.Attributes), func(a, b *hclsyntax.Attribute) int { return a.NameRange.Start.Byte - b.NameRange.Start.Byte })
	for _, attr := range attrs {
		if !slices.Contains(own, attr.Name) {
			out.Arguments = append(out.Arguments, DescribedArgument{attr.Name, s.writtenExpr(attr.Expr)})
		}
	}
	return out
}

// literal is a value as HCL on one line.
func literal(v cty.Value) string {
	text := string(hclwrite.TokensForValue(v).Bytes())
	return strings.Join(strings.Fields(text), " ")
}

// written is an argument as it stands in its file, on one line; a text without anything to evaluate is shown without quotes.
func (s *Set) written(attr *hcl.Attribute) string {
	if attr == nil {
		return ""
	}
	return s.writtenExpr(attr.Expr)
}

func (s *Set) writtenExpr(expr hcl.Expression) string {
	if e, ok := expr.(hclsyntax.Expression); ok && len(hclsyntax.Variables(e)) == 0 {
		v, diags := expr.Value(staticContext())
		switch {
		case diags.HasErrors():
		case v.Type() == cty.String && v.IsKnown() && !v.IsNull():
			return v.AsString()
		case v.IsWhollyKnown():
			return literal(v)
		}
	}
	file := s.parser.Files()[expr.Range().Filename]
	if file == nil || !expr.Range().CanSliceBytes(file.Bytes) {
		return ""
	}
	return strings.Join(strings.Fields(string(expr.Range().SliceBytes(file.Bytes))), " ")
}

// wishes tries a module with its default inputs on one base of each build, and gathers what its settings want, by label; unasked also those
// whose condition is false.
func (s *Set) wishes(m *module, unasked bool) map[string][]Wish {
	out := map[string][]Wish{}
	for _, b := range s.basesByBuild() {
		if !m.builds.allows(b.facts()) {
			continue
		}
		e := s.newEvaluator(surroundings{image: imageFacts{"example", "1.0.0"}, gaps: gaps{"products": true}, alone: true, base: b.Base})
		e.unasked = unasked
		e.modulesOf([]*prepared{e.prepare(m, nil, m.at)})
		build := strconv.Itoa(b.facts().Number())
		for _, found := range e.selected.found {
			label, key, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(found.ID, m.name+"/"), "]"), "[")
			claims := found.Spec.Claims(b.facts())
			i := slices.IndexFunc(out[label], func(w Wish) bool { return w.Key == key && slices.Equal(w.Claims, claims) })
			if i >= 0 {
				out[label][i].Builds = append(out[label][i].Builds, build)
			} else {
				out[label] = append(out[label], Wish{key, []string{build}, claims})
			}
		}
	}
	return out
}

// basesByBuild is the first usable base by name of each build, the lowest build first.
func (s *Set) basesByBuild() []*base {
	byBuild := map[int]*base{}
	for _, name := range slices.Sorted(maps.Keys(s.bases)) {
		b := s.bases[name]
		if n := b.facts().Number(); !b.broken && byBuild[n] == nil {
			byBuild[n] = b
		}
	}
	var out []*base
	for _, n := range slices.Sorted(maps.Keys(byBuild)) {
		out = append(out, byBuild[n])
	}
	return out
}

// BuildNumbers are the builds of the tree's bases, the lowest first.
func (s *Set) BuildNumbers() []string {
	var out []string
	for _, b := range s.basesByBuild() {
		out = append(out, strconv.Itoa(b.facts().Number()))
	}
	return out
}
