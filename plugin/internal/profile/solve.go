package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// maxSteps bounds the search for versions: far above what any tree needs.
const maxSteps = 20000

// wish is somebody's constraint on a module's version.
type wish struct {
	constraint
	module string
	by     string // the module that requires it; "" for the image
}

// chosen is the outcome for one module.
type chosen struct {
	*module
	requiredBy string // "" where the image names it
}

// solver picks versions. It goes through the modules by name and tries each module's versions from the highest down, so that the
// outcome does not depend on the order of files or blocks: of all that fit, the one with the highest versions by that order.
type solver struct {
	set    *Set
	steps  int
	broken bool            // a module without a readable version was met; it has been reported
	diags  hcl.Diagnostics // of the first dead end, which is the one with the highest versions
}

// solve chooses a version of every module that the image names, and of those they require.
func (s *Set) solve(img *image) ([]chosen, hcl.Diagnostics) {
	var wishes []wish
	for _, m := range img.modules {
		if len(s.modules[m.name]) == 0 {
			if s.hidden {
				return nil, nil // the file that could not be parsed has been reported; it may hold the module
			}
			at := problem(m.nameRange, "Unknown module", "There is no module called %q.%s", m.name, didYouMean(m.name, slices.Collect(maps.Keys(s.modules))))
			return nil, append(hcl.Diagnostics{at}, s.otherUnknown(img, m.name)...)
		}
		wishes = append(wishes, wish{m.constraint, m.name, ""})
	}
	v := &solver{set: s}
	picked := v.search(map[string]*module{}, wishes)
	if picked == nil {
		if len(v.diags) == 0 && !v.broken {
			v.fail(problem(img.at, "Conflicting module requirements", "For each module there is a version that satisfies what the image and the other modules want of it, but no set of versions satisfies all at once. Narrow the image's constraints to see which requirement is in the way."))
		}
		return nil, v.diags
	}
	var out []chosen
	for _, name := range slices.Sorted(maps.Keys(picked)) {
		c := chosen{module: picked[name]}
		if !slices.ContainsFunc(img.modules, func(m imageModule) bool { return m.name == name }) {
			c.requiredBy = requirer(picked, name)
		}
		out = append(out, c)
	}
	return out, nil
}

// otherUnknown reports the image's further unknown modules, so that all are seen at once.
func (s *Set) otherUnknown(img *image, first string) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, m := range img.modules {
		if m.name != first && len(s.modules[m.name]) == 0 {
			diags = append(diags, problem(m.nameRange, "Unknown module", "There is no module called %q.%s", m.name, didYouMean(m.name, slices.Collect(maps.Keys(s.modules)))))
		}
	}
	return diags
}

func requirer(picked map[string]*module, name string) string {
	for _, by := range slices.Sorted(maps.Keys(picked)) {
		if slices.ContainsFunc(picked[by].requires, func(r requirement) bool { return r.name == name }) {
			return by
		}
	}
	return ""
}

func (v *solver) search(picked map[string]*module, wishes []wish) map[string]*module {
	if v.steps++; v.steps > maxSteps {
		v.fail(problem(wishes[0].at, "Versions too entangled", "No set of module versions was found within %d steps. Narrow the constraints.", maxSteps))
		return nil
	}
	name := next(picked, wishes)
	if name == "" {
		return picked
	}
	mine := on(name, wishes)
	fits := 0
	for _, m := range v.set.modules[name] {
		if m.version == nil || !allow(mine, m) {
			continue
		}
		fits++
		more := slices.Clip(wishes)
		for _, r := range m.requires {
			more = append(more, wish{r.constraint, r.name, m.name})
		}
		picked[name] = m
		if !v.contradiction(picked, more, more[len(wishes):]) {
			if found := v.search(picked, more); found != nil {
				return found
			}
		}
		delete(picked, name)
		if v.steps > maxSteps {
			return nil
		}
	}
	if fits == 0 {
		v.fail(v.unsatisfied(name, mine))
	}
	return nil
}

// next is the first module by name that is wished for and not yet picked.
func next(picked map[string]*module, wishes []wish) string {
	best := ""
	for _, w := range wishes {
		if picked[w.module] == nil && (best == "" || w.module < best) {
			best = w.module
		}
	}
	return best
}

// on are the wishes for one module.
func on(name string, wishes []wish) []wish {
	var out []wish
	for _, w := range wishes {
		if w.module == name {
			out = append(out, w)
		}
	}
	return out
}

func allow(wishes []wish, m *module) bool {
	return !slices.ContainsFunc(wishes, func(w wish) bool { return !w.c.Check(m.version) })
}

// contradiction says whether a picked version does not satisfy one of the wishes that came last; where no other version would either, it
// reports that. Those before were held against what was picked when they came, and against a version when it was.
func (v *solver) contradiction(picked map[string]*module, wishes, last []wish) bool {
	for _, w := range last {
		if m := picked[w.module]; m == nil || w.c.Check(m.version) {
			continue
		}
		mine := on(w.module, wishes)
		if !slices.ContainsFunc(v.set.modules[w.module], func(m *module) bool { return m.version != nil && allow(mine, m) }) {
			v.fail(v.unsatisfied(w.module, mine))
		}
		return true
	}
	return false
}

// unsatisfied says who wants which versions of a module, and which there are; nil where one of them is broken and may be the one.
func (v *solver) unsatisfied(name string, wishes []wish) *hcl.Diagnostic {
	slices.SortStableFunc(wishes, func(a, b wish) int { return compareText(a.by, b.by) }) // the image first
	last := wishes[len(wishes)-1]
	var there []string
	for _, m := range v.set.modules[name] {
		if m.version == nil {
			v.broken = true
			return nil
		}
		there = append(there, m.version.String())
	}
	if len(there) == 0 && v.set.hidden {
		v.broken = true
		return nil
	}
	if len(there) == 0 {
		return problem(last.at, "Unknown module", "There is no module called %q.%s", name, didYouMean(name, slices.Collect(maps.Keys(v.set.modules))))
	}
	if len(wishes) == 1 {
		return problem(last.at, "No such module version", "No version of module %q satisfies %q. There is: %s.", name, last.text, strings.Join(there, ", "))
	}
	var wants []string
	for _, w := range wishes {
		who := "the image"
		if w.by != "" {
			who = fmt.Sprintf("module %q", w.by)
		}
		wants = append(wants, fmt.Sprintf("%s wants %q (%s)", who, w.text, place(w.at)))
	}
	return problem(last.at, "Conflicting module requirements", "No version of module %q satisfies all: %s. There is: %s.", name, strings.Join(wants, ", "), strings.Join(there, ", "))
}

func (v *solver) fail(d *hcl.Diagnostic) {
	if len(v.diags) == 0 && d != nil {
		v.diags = hcl.Diagnostics{d}
	}
}
