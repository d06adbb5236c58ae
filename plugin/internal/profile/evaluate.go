package profile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/zclconf/go-cty/cty"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// evaluated is one setting with its spec.
type evaluated struct {
	plan.Candidate
	def  *settingDef
	each map[string]cty.Value // what for_each adds to the module's scope; nil where it makes none
}

// dropped is a setting that a selected module has and the image does not get.
type dropped struct {
	why string
	at  hcl.Range
}

// evaluator evaluates the settings of the modules of one image.
type evaluator struct {
	set      *Set
	around   surroundings
	diags    hcl.Diagnostics
	found    map[string]*evaluated              // of the modules evaluated here, until all are
	taken    []*outcome                         // of the others
	selected *selection                         // all settings; nil until modulesOf is done
	scopes   map[string]func() *hcl.EvalContext // of the settings' expressions, by module
	shared   *shared                            // nil where only this image is evaluated
	dropped  map[string]dropped
	flows    map[string][]plan.Flow // by module
	files    map[string]FilePin     // by path: what selected settings put into the image
	modules  map[string]bool        // those evaluated, by name

	declared   map[string]plan.Declaration // flows by key
	stopped    map[string]bool             // settings that an error kept from being evaluated
	unasked    bool                        // settings are looked at whatever their conditions say: for a description, not for an image
	partial    bool                        // not all modules of the image are known
	incomplete bool                        // not everything was evaluated, for an error that has been reported
}

func (s *Set) newEvaluator(around surroundings) *evaluator {
	around.needs, around.origins = needsValue(around.products)
	around.scope = &scope{}
	return s.emptyEvaluator(around)
}

func (s *Set) emptyEvaluator(around surroundings) *evaluator {
	return &evaluator{set: s, around: around, found: map[string]*evaluated{}, scopes: map[string]func() *hcl.EvalContext{}, dropped: map[string]dropped{}, files: map[string]FilePin{}, flows: map[string][]plan.Flow{}, modules: map[string]bool{}, stopped: map[string]bool{}}
}

// prepared is a module with the scope of its expressions.
type prepared struct {
	m       *module
	inputs  map[string]cty.Value
	stated  map[string]hcl.Range // where the image gives them
	unknown gaps
	ctx     *hcl.EvalContext
	flows   []plan.Flow
}

// prepare evaluates what of a module comes before the image's flows: inputs, and the scope that its own flows have.
func (e *evaluator) prepare(m *module, given *hcl.Attribute, at hcl.Range) *prepared {
	e.modules[m.name] = true
	inputs, stated, unknown, diags := e.around.inputValues(m, given, at)
	e.diags = append(e.diags, diags...)
	p := &prepared{m: m, inputs: inputs, stated: stated, unknown: unknown.with(gaps{"flows": true})}
	p.ctx, diags = e.around.moduleContext(m, inputs, p.unknown)
	e.diags = append(e.diags, diags...) // Sort drops them where they come again with the flows
	return p
}

// modulesOf evaluates the flows of all modules of an image, then their settings, which may know the flows.
func (e *evaluator) modulesOf(all []*prepared) {
	complete := !e.partial && (e.around.alone || !e.around.gaps["products"])
	for _, p := range all {
		flows, whole, diags := p.evaluateFlows()
		e.diags = append(e.diags, diags...)
		e.incomplete = e.incomplete || !whole
		complete = complete && whole
		p.flows, e.flows[p.m.name] = flows, flows
	}
	e.around.flows, e.declared = flowsValue(e.around.products, all)
	for _, p := range all {
		p.unknown = maps.Clone(p.unknown)
		maps.DeleteFunc(p.unknown, func(name string, _ bool) bool {
			return name == "flows" && complete || strings.HasPrefix(name, "local.") && !p.m.gaps[name]
		})
	}
	outcomes := e.outcomes(all)
	for i, p := range all {
		if !e.take(outcomes[i], p) {
			e.settings(p)
		}
	}
	if e.shared != nil && len(e.taken) == len(all) {
		e.selected = e.shared.selection(e.taken)
		return
	}
	e.selected = newSelection(e.found, e.taken)
}

// settings evaluates a module's settings. Those with an error of their own, and those that use what an error keeps from being known, are
// left; the others are evaluated all the same.
func (e *evaluator) settings(p *prepared) {
	m := p.m
	ctx, diags := e.around.moduleContext(m, p.inputs, p.unknown)
	e.diags = append(e.diags, diags...)
	e.scopes[m.name] = func() *hcl.EvalContext { return ctx }
	e.incomplete = e.incomplete || m.broken || len(p.unknown) > 0
	for _, def := range m.settings {
		id := m.name + "/" + def.block.Label
		if def.broken || p.unknown.hitSetting(def) {
			e.stopped[id] = true
			continue
		}
		e.setting(p, def, ctx)
	}
}

// stop reports why a setting goes no further; id names it, or one instance of it.
func (e *evaluator) stop(id string, diags hcl.Diagnostics) bool {
	e.diags = append(e.diags, diags...)
	if !diags.HasErrors() {
		return false
	}
	label, _, _ := strings.Cut(id, "[")
	e.stopped[id], e.stopped[label] = true, true
	return true
}

func (e *evaluator) setting(p *prepared, def *settingDef, ctx *hcl.EvalContext) {
	m := p.m
	id := m.name + "/" + def.block.Label
	if build := e.around.base.Build; build != "" && !def.builds.allows(e.around.base.Base) {
		e.dropped[id] = dropped{fmt.Sprintf("it is for builds %q, and the base has %s", def.builds.text, build), def.builds.at}
		return
	}
	instances, diags := def.instances(m, ctx)
	if !e.stop(id, diags) && len(instances) == 0 {
		e.dropped[id] = dropped{"its for_each is empty", def.block.ForEach.Expr.Range()}
	}
	for _, in := range instances {
		if when := def.block.When; when != nil {
			wanted, diags := condition(when, in.ctx)
			if e.stop(in.id, diags) {
				continue
			}
			if !wanted && !e.unasked {
				e.dropped[in.id] = dropped{"its condition (when) is false", when.Expr.Range()}
				continue
			}
		}
		until, diags := lastDay(def.block.Until, in.ctx)
		if e.stop(in.id, p.blamed(def, in.id, diags)) {
			continue
		}
		spec, diags := e.decode(def, def.block.Body, in.ctx)
		if e.stop(in.id, p.blamed(def, in.id, e.traced(m, def, in.id, diags))) {
			continue
		}
		c := plan.Candidate{
			ID: in.id, Module: m.name, Kind: def.kind.Name, Spec: spec, Severity: def.severity, Title: def.title, Rationale: def.rationale,
			References: def.references, SeveritySource: cmp.Or(def.source.EN, m.source.EN), Until: until, DefRange: def.block.DefRange,
		}
		if build := e.around.base.Build; build != "" {
			c.Facts = plan.NewFacts(in.id, spec, &e.around.base.Base)
		}
		for _, o := range def.overrides {
			o.Winner = in.id
			c.Overrides = append(c.Overrides, o)
		}
		e.found[in.id] = &evaluated{c, def, in.each}
	}
}

func condition(attr *hcl.Attribute, ctx *hcl.EvalContext) (bool, hcl.Diagnostics) {
	var wanted bool
	diags := gohcl.DecodeExpression(attr.Expr, ctx, &wanted)
	return wanted, diags
}

// lastDay is the day until which a setting is agreed on; "" where it is for good, which null and an empty text say too.
func lastDay(attr *hcl.Attribute, ctx *hcl.EvalContext) (string, hcl.Diagnostics) {
	if attr == nil {
		return "", nil
	}
	var day *string
	if diags := gohcl.DecodeExpression(attr.Expr, ctx, &day); diags.HasErrors() || day == nil || *day == "" {
		return "", diags
	}
	if _, err := time.Parse(time.DateOnly, *day); err != nil {
		return "", hcl.Diagnostics{problem(attr.Expr.Range(), "Invalid date", "%q is not a date of the calendar. Write the year, month and day, for example \"2027-06-30\", or \"\" where the setting is for good.", *day)}
	}
	return *day, nil
}

// decode makes a spec of a setting's body. Each step runs only where the one before found no error, so that one mistake is one message.
func (e *evaluator) decode(def *settingDef, body hcl.Body, ctx *hcl.EvalContext) (setting.Spec, hcl.Diagnostics) {
	spec := def.kind.New()
	diags := gohcl.DecodeBody(body, ctx, spec)
	if diags.HasErrors() {
		return nil, diags
	}
	if ev, ok := spec.(setting.Evaluator); ok {
		if diags = append(diags, ev.Evaluate(ctx)...); diags.HasErrors() {
			return nil, diags
		}
	}
	if src, ok := spec.(setting.Sourced); ok {
		if diags = append(diags, e.source(src)...); diags.HasErrors() {
			return nil, diags
		}
	}
	diags = append(diags, spec.Check()...)
	if on, ok := spec.(setting.BaseChecker); ok && !diags.HasErrors() {
		diags = append(diags, e.onBase(on)...)
	}
	return spec, diags
}

// onBase checks what depends on the base. Where nobody knows the products, only errors count: a warning might be about what one of them brings.
func (e *evaluator) onBase(spec setting.BaseChecker) hcl.Diagnostics {
	if e.around.base.Build == "" {
		return nil
	}
	var stated []string
	for _, p := range e.around.products {
		stated = append(stated, p.env.Needs.Services.Values()...)
	}
	diags := spec.CheckOn(e.around.base.Base, stated)
	if e.around.gaps["products"] && !diags.HasErrors() {
		return nil
	}
	return diags
}

// neededServices has the kinds that know names of services look at those that the image's products need or forbid: a slip in either is a need
// that nobody hears.
func (e *evaluator) neededServices() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, k := range e.set.table.All() {
		names, ok := k.New().(setting.NeedChecker)
		if !ok || e.around.base.Build == "" {
			continue
		}
		for _, p := range e.around.products {
			for _, s := range slices.Concat(p.env.Needs.Services.Stated(), p.env.Forbids.Services.Stated()) {
				diags = append(diags, names.CheckNeed(e.around.base.Base, s.Value, s.Range)...)
			}
		}
	}
	return diags
}

// source looks at the file of the tree that a spec names.
func (e *evaluator) source(spec setting.Sourced) hcl.Diagnostics {
	name, at, ok := spec.Source()
	if !ok {
		return nil
	}
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\:\x00") {
		return hcl.Diagnostics{problem(at, "Path leaves the profile tree", "%q is not a path inside the profile tree. Write it relative to the tree's root, with slashes and without \"..\", for example \"files/notice.txt\".", name)}
	}
	digest, size, err := hashFile(e.set.fsys, name)
	if errors.Is(err, errOutside) {
		return hcl.Diagnostics{problem(at, "Link out of the profile tree", "%q is a symbolic link, or lies behind one, that leads out of the profile tree. Put the file itself into the tree.", name)}
	}
	if err != nil {
		return hcl.Diagnostics{problem(at, "Unreadable source file", "The file %q of the profile tree cannot be read: %s.", name, reason(err))}
	}
	want, wantAt := spec.WantDigest()
	switch {
	case want == "":
		return hcl.Diagnostics{problem(at, "Missing digest", "A source file is named with its digest: sha256 = %q is what %q has now.", digest, name)}
	case want != digest:
		return hcl.Diagnostics{problem(wantAt, "Wrong digest", "The profile wants %q to have the SHA-256 %s, and it has %s. Put the right file there, or the new digest here.", name, want, digest)}
	}
	e.files[name] = FilePin{name, digest}
	spec.SetSource(size)
	return nil
}

// hashFile streams, since what goes into an image may be large.
func hashFile(fsys fs.FS, name string) (digest string, size int64, err error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return "", 0, err
	}
	if !info.Mode().IsRegular() {
		return "", 0, fmt.Errorf("it is not a regular file")
	}
	f, err := fsys.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	if err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}
