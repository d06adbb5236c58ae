package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// shared keeps what modules evaluated to, for the other images of one check; of an image alone, until all are evaluated. An expression has no other input than its variables, so that a
// module gives the same settings wherever the variables that it names have the same values, on the same base. Only what went without a
// word is kept: a message names the image that it is about.
//
// It lives as long as one check or image. Files that settings bring are read once in it, as if all images were resolved at one moment.
type shared struct {
	mu   sync.Mutex
	done map[sharedKey]*outcome
	kept []*kept // what was asked for last stands last
}

func newShared() *shared { return &shared{done: map[sharedKey]*outcome{}} }

type sharedKey struct {
	module *module
	reads  string // the variables' values
}

// outcome is what a module's settings evaluated to. Nobody changes it.
type outcome struct {
	once    sync.Once
	silent  bool // there was nothing to say: it holds for others too
	ids     []string
	found   []*evaluated // by ids, sorted
	dropped map[string]dropped
	files   map[string]FilePin
}

// reading is what of its surroundings a module can look at.
type reading struct {
	roots []string // the variables that its expressions name, sorted
	facts bool     // a kind of its settings looks at the services that products state
}

// reads finds what the module's settings and locals look at. It is asked for once a module.
func (m *module) reads() reading {
	m.readOnce.Do(func() {
		roots := map[string]bool{}
		note := func(used []hcl.Traversal) {
			for _, t := range used {
				roots[t.RootName()] = true
			}
		}
		for _, l := range m.locals {
			note(l.Expr.Variables())
		}
		for _, def := range m.settings {
			if def.syntax != nil {
				walkSetting(def.syntax.Body, func(_ string, expr hclsyntax.Expression) { note(hclsyntax.Variables(expr)) })
			}
			if def.kind.New != nil {
				_, looks := def.kind.New().(setting.BaseChecker)
				m.reading.facts = m.reading.facts || looks
			}
		}
		m.reading.roots = slices.Sorted(maps.Keys(roots))
	})
	return m.reading
}

// key says what the module sees in this image. ok is false where that cannot be put into words.
func (e *evaluator) key(p *prepared) (key sharedKey, ok bool) {
	if e.shared == nil || e.unasked || e.around.alone || e.around.base.Name == "" || p.m.broken || len(p.unknown) > 0 {
		return sharedKey{}, false
	}
	r := p.m.reads()
	var b strings.Builder
	fmt.Fprintf(&b, "%q", e.around.base.Name)
	products := r.facts
	for _, root := range r.roots {
		switch root {
		case "base", "module", "each", "local": // the same for the same module on the same base, or made of the others
		case "image":
			fmt.Fprintf(&b, " image %q %q", e.around.image.name, e.around.image.version)
		case "products", "needs":
			products = true
		case "input", "flows":
			v := e.around.flows
			if root == "input" {
				v = cty.ObjectVal(p.inputs)
			}
			text, err := ctyjson.Marshal(v, cty.DynamicPseudoType)
			if err != nil {
				return sharedKey{}, false
			}
			fmt.Fprintf(&b, " %s %s", root, text)
		default:
			return sharedKey{}, false
		}
	}
	if products {
		for _, p := range e.around.products { // a name and a version are one product
			fmt.Fprintf(&b, " product %q %q", p.Name, p.Version)
		}
	}
	return sharedKey{p.m, b.String()}, true
}

// outcomes are what the modules' settings evaluated to, for each module that another image could share them with, nil for the others. Those that
// nobody has evaluated are evaluated side by side.
func (e *evaluator) outcomes(all []*prepared) []*outcome {
	found := make([]*outcome, len(all))
	var fresh []int
	for i, p := range all {
		key, ok := e.key(p)
		if !ok {
			continue
		}
		e.shared.mu.Lock()
		if found[i] = e.shared.done[key]; found[i] == nil {
			found[i] = &outcome{}
			e.shared.done[key] = found[i]
			fresh = append(fresh, i)
		}
		e.shared.mu.Unlock()
	}
	evaluate := func(i int) { found[i].once.Do(func() { found[i].evaluate(e, all[i]) }) }
	sideBySide(len(fresh), func(n int) { evaluate(fresh[n]) })
	for i := range all {
		if found[i] != nil { // another image may have begun, and not be done
			evaluate(i)
		}
	}
	return found
}

// take takes over a module's settings. It reports whether they are settled: else there is something to say of them, for this image too.
func (e *evaluator) take(out *outcome, p *prepared) bool {
	if out == nil || !out.silent {
		return false
	}
	e.taken = append(e.taken, out)
	maps.Copy(e.dropped, out.dropped)
	maps.Copy(e.files, out.files)
	e.scopes[p.m.name] = func() *hcl.EvalContext {
		ctx, _ := e.around.moduleContext(p.m, p.inputs, p.unknown) // without a word, as it was for the first
		return ctx
	}
	return true
}

// evaluate evaluates the settings in an evaluator of their own, and works out what composing will ask of them.
func (o *outcome) evaluate(e *evaluator, p *prepared) {
	own := e.set.emptyEvaluator(e.around)
	own.settings(p)
	if len(own.diags) > 0 || own.incomplete || len(own.stopped) > 0 {
		return
	}
	o.silent, o.dropped, o.files = true, own.dropped, own.files
	o.ids = slices.Sorted(maps.Keys(own.found))
	for _, id := range o.ids {
		o.found = append(o.found, own.found[id])
		own.found[id].Facts.WorkOut()
	}
}
