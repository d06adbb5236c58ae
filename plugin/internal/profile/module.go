package profile

import (
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/Masterminds/semver/v3"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// module is one version of a module.
type module struct {
	name     string
	version  *semver.Version // nil where broken
	method   string
	title    plan.Text
	summary  plan.Text
	breaks   []plan.Text
	source   plan.Text // of severities
	hooks    []string  // security capabilities
	builds   *constraint
	requires []requirement // sorted by name
	inputs   []*input      // in source order
	locals   hcl.Attributes
	settings []*settingDef
	flows    []*flowDef // in source order
	leaves   []plan.NotManaged
	digest   string
	at       hcl.Range
	broken   bool // it has an error, so that nothing is resolved from it
	gaps     gaps // what its expressions cannot know for an error of its own

	readOnce sync.Once
	reading  reading
}

// requirement is another module that a module needs.
type requirement struct {
	name string
	constraint
}

// id names the module and its version in messages.
func (m *module) id() string {
	if m.version == nil {
		return m.name
	}
	return m.name + " " + m.version.String()
}

// settingDef is a setting block with what does not depend on an image.
type settingDef struct {
	block      *settingBlock
	kind       setting.Kind
	severity   setting.Severity
	source     plan.Text // of the severity; empty where the setting does not say
	title      plan.Text
	rationale  plan.Text
	references []string
	builds     *constraint
	overrides  []plan.Override
	syntax     *hclsyntax.Block
	broken     bool // it has an error: it goes no further
}

var capabilityForm = regexp.MustCompile(`^[A-Z]{4}$`)

// readModule reads a module without looking at any other. The Set is one of its own: it takes the problems.
func (s *Set) readModule(in fileScope, b *moduleBlock) *module {
	before := len(s.diags)
	r := reader{b.DefRange, staticContext(), &s.diags}
	r.slug(b.Name, b.NameRange, "module")
	if b.Name == conflictModule {
		r.report(b.NameRange, "Invalid name", "A module cannot be called %q: exceptions for \"%s/...\" accept conflicts. Choose another name.", b.Name, b.Name)
	}
	m := &module{
		name: b.Name, at: b.DefRange, version: r.version(b.Version, "version"), method: r.text(b.Method, "method"),
		title: r.bothLanguages(b.Title, "title"), builds: r.optionalConstraint(b.Builds, "builds"), requires: s.requirements(r, b),
	}
	if b.Method != nil && m.method != "" {
		r.slug(m.method, b.Method.Expr.Range(), "method")
	}
	m.hooks = r.list(b.Capabilities, "capabilities")
	for _, c := range m.hooks {
		if !capabilityForm.MatchString(c) {
			r.report(b.Capabilities.Expr.Range(), "Invalid capability", "%q is not a security capability: they have four capital letters, for example \"SAHD\".", c)
		}
	}
	r.list(b.References, "references")
	s.moduleTexts(r, m, b)
	if b.Locals != nil {
		m.locals = b.Locals.Attributes
	}
	s.addInputs(m, b)
	s.addSettings(m, b)
	s.addFlows(m, b)
	s.addLeaves(m, b)
	syntax := in.block(b.DefRange)
	if syntax != nil {
		m.digest = in.digests[b.DefRange]
		s.diags = append(s.diags, checkReferences(m, syntax)...)
	}
	m.findFaults(syntax, in.faults(s.diags[before:]))
	return m
}

func (s *Set) addModule(m *module) {
	for _, other := range s.modules[m.name] {
		if other.version != nil && m.version != nil && other.version.Compare(m.version) == 0 {
			s.duplicate("module", m.id(), other.at, m.at)
			return
		}
	}
	s.modules[m.name] = append(s.modules[m.name], m)
}

// moduleTexts reads what a module says to who chooses modules.
func (s *Set) moduleTexts(r reader, m *module, b *moduleBlock) {
	if b.Summary != nil {
		m.summary = r.bothLanguages(b.Summary, "summary")
	}
	if b.Source != nil {
		m.source = r.source(b.Source)
	}
	if b.Breaks == nil {
		return
	}
	items, diags := hcl.ExprList(b.Breaks.Expr)
	if diags.HasErrors() || len(items) == 0 {
		r.report(b.Breaks.Expr.Range(), "Unsuitable value type", "breaks is a list of texts: [{ en = \"...\", sv = \"...\" }]. A module that is not known to break anything leaves it out.")
		return
	}
	for _, item := range items {
		m.breaks = append(m.breaks, r.bothLanguages(&hcl.Attribute{Name: "breaks", Expr: item, Range: item.Range(), NameRange: b.Breaks.NameRange}, "breaks[]"))
	}
}

// source reads where severities come from: one string where it is a name, such as that of a document, else a text in both languages.
func (r reader) source(attr *hcl.Attribute) plan.Text {
	if _, diags := hcl.ExprMap(attr.Expr); !diags.HasErrors() {
		return r.bothLanguages(attr, "severity_source")
	}
	s := r.text(attr, "severity_source")
	return plan.Text{EN: s, SV: s}
}

// unsourced reports severities of which nobody says where they come from: a reader cannot tell a department's judgement from a standard's.
// It is an error of the check alone, so that a tree that was built from can be built from again.
func (m *module) unsourced() hcl.Diagnostics {
	var without []*settingDef
	for _, def := range m.settings {
		if def.severity != "" && def.source == (plan.Text{}) && def.block.Source == nil {
			without = append(without, def)
		}
	}
	if m.source != (plan.Text{}) || len(without) == 0 || m.broken {
		return nil
	}
	first, more := without[0], ""
	if n := len(without) - 1; n > 0 {
		more = fmt.Sprintf(" The same goes for %d more of its settings.", n)
	}
	return hcl.Diagnostics{problem(first.block.Severity.Expr.Range(), "Severity without a source",
		"Nothing says where the severity of \"%s/%s\" comes from.%s Write severity_source in the module, for example \"The department's own judgement\" or the name of a document, or in each setting.", m.name, first.block.Label, more)}
}

// findFaults says which parts of the module have errors, so that these hide nothing in the others.
func (m *module) findFaults(syntax *hclsyntax.Block, f faults) {
	if m.broken = syntax == nil; m.broken { // what was decoded has syntax
		m.settings, m.flows = nil, nil
		return
	}
	m.broken = m.version == nil || f.in(hcl.RangeBetween(syntax.DefRange(), syntax.CloseBraceRange))
	m.gaps = gaps{}
	if m.version == nil {
		m.gaps["module"] = true
	}
	blocks := map[int]*hclsyntax.Block{}
	for _, b := range syntax.Body.Blocks {
		blocks[b.TypeRange.Start.Byte] = b
	}
	faulty := func(header hcl.Range) bool {
		b := blocks[header.Start.Byte]
		return b == nil || f.in(hcl.RangeBetween(b.DefRange(), b.CloseBraceRange))
	}
	for _, in := range m.inputs {
		if faulty(in.at) {
			m.gaps["input."+in.name] = true
		}
	}
	for name, attr := range m.locals {
		if f.in(attr.Range) {
			m.gaps["local."+name] = true
		}
	}
	for _, def := range m.settings {
		def.syntax, def.broken = blocks[def.block.DefRange.Start.Byte], faulty(def.block.DefRange)
	}
	for _, def := range m.flows {
		def.syntax, def.broken = blocks[def.block.DefRange.Start.Byte], faulty(def.block.DefRange)
	}
}

func (s *Set) requirements(r reader, b *moduleBlock) []requirement {
	if b.Requires == nil {
		return nil
	}
	pairs, _ := r.pairs(b.Requires.Expr, "requires = { other-module = \"^1.0\" }")
	var out []requirement
	for _, p := range pairs {
		var text string
		if err := ctyInto(p.value, &text); err != nil {
			r.report(p.valueRange, "Invalid version constraint", "A constraint is a string, for example \"^1.0\".")
			continue
		}
		if c := r.constraint(text, p.valueRange); c != nil {
			out = append(out, requirement{p.key, *c})
		}
	}
	slices.SortFunc(out, func(a, b requirement) int { return compareText(a.name, b.name) })
	return out
}

func (s *Set) addInputs(m *module, b *moduleBlock) {
	seen := map[string]hcl.Range{}
	for _, ib := range b.Inputs {
		if first, dup := seen[ib.Name]; dup {
			s.duplicate("input", ib.Name, first, ib.DefRange)
			continue
		}
		seen[ib.Name] = ib.DefRange
		m.inputs = append(m.inputs, s.newInput(ib))
	}
}

func (s *Set) addSettings(m *module, b *moduleBlock) {
	seen := map[string]hcl.Range{}
	for _, sb := range b.Settings {
		folded := upcase.Fold(sb.Label)
		if first, dup := seen[folded]; dup {
			s.report(problem(sb.LabelRange, "Duplicate setting", "The module %q has a setting of this name at %s; names that differ in case only count as one. Rename one of the two.", m.name, place(first)))
			continue
		}
		seen[folded] = sb.LabelRange
		m.settings = append(m.settings, s.newSetting(m, sb))
	}
}

// newSetting checks what can be checked without an image.
func (s *Set) newSetting(m *module, b *settingBlock) *settingDef {
	r := reader{b.DefRange, staticContext(), &s.diags}
	r.slug(b.Label, b.LabelRange, "setting")
	severities := make([]string, 0, len(setting.Severities()))
	for _, sev := range setting.Severities() {
		severities = append(severities, string(sev))
	}
	def := &settingDef{
		block:      b,
		severity:   setting.Severity(r.oneOf(b.Severity, "severity", "Unsupported severity", severities)),
		rationale:  r.bothLanguages(b.Rationale, "rationale"),
		references: r.list(b.References, "references"),
		builds:     r.optionalConstraint(b.Builds, "builds"),
	}
	if b.Source != nil {
		def.source = r.source(b.Source)
	}
	if b.Title != nil {
		def.title = r.bothLanguages(b.Title, "title")
	}
	for _, o := range b.Overrides {
		or := reader{o.DefRange, r.ctx, r.diags}
		def.overrides = append(def.overrides, or.override(m.name+"/"+b.Label, o.Over, o.Reason, o.DefRange))
	}
	kind, ok := s.table.Lookup(b.Kind)
	if !ok {
		r.report(b.KindRange, "Unsupported setting kind", "There is no kind of setting called %q.%s", b.Kind, didYouMean(b.Kind, s.table.Names()))
		return def
	}
	def.kind = kind
	schema, _ := gohcl.ImpliedBodySchema(kind.New())
	_, diags := b.Body.Content(schema)
	s.diags = append(s.diags, diags...)
	return def
}

// override reads the two attributes that an override has wherever it stands.
func (r reader) override(winner string, over, why *hcl.Attribute, at hcl.Range) plan.Override {
	out := plan.Override{Winner: winner, Reason: r.text(why, "reason"), DefRange: at}
	if r.need(over, "over") {
		out.Over = r.list(over, "over")
	}
	return out
}

// sortVersions puts the highest version first.
func (s *Set) sortVersions() {
	for _, list := range s.modules {
		slices.SortStableFunc(list, func(a, b *module) int {
			switch {
			case a.version == nil || b.version == nil:
				return compareText(fmt.Sprint(a.version == nil), fmt.Sprint(b.version == nil))
			default:
				return b.version.Compare(a.version)
			}
		})
	}
}
