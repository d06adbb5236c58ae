package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// checkRequires reports requirements that no module of the tree satisfies, modules that require each other in a circle, and overrides
// of settings that no version of any module has.
func (s *Set) checkRequires() {
	colour := map[*module]int{} // 1: on the path, 2: done
	known := s.settingIDs()
	for _, name := range slices.Sorted(maps.Keys(s.modules)) {
		for _, m := range s.modules[name] {
			for _, r := range m.requires {
				s.checkRequirement(r)
			}
			s.findCycle(m, nil, colour)
			s.checkOverrides(m, known)
		}
	}
}

func (s *Set) checkRequirement(r requirement) {
	if slices.ContainsFunc(s.modules[r.name], func(m *module) bool { return m.version != nil && r.c.Check(m.version) }) {
		return
	}
	v := solver{set: s}
	if d := v.unsatisfied(r.name, []wish{{r.constraint, r.name, ""}}); d != nil {
		s.report(d)
	}
}

// step is a module on the path of a search, and the requirement that led to it.
type step struct {
	m   *module
	via requirement
}

func (s *Set) findCycle(m *module, path []step, colour map[*module]int) {
	if colour[m] != 0 {
		return
	}
	colour[m] = 1
	for _, r := range m.requires {
		for _, to := range s.modules[r.name] {
			if to.version == nil || !r.c.Check(to.version) {
				continue
			}
			if colour[to] == 1 {
				s.reportCycle(append(slices.Clone(path), step{m, r}), to)
				continue
			}
			s.findCycle(to, append(slices.Clone(path), step{m, r}), colour)
		}
	}
	colour[m] = 2
}

// reportCycle names each module of the circle with the place where it requires the next one.
func (s *Set) reportCycle(path []step, to *module) {
	start := slices.IndexFunc(path, func(st step) bool { return st.m == to })
	if start < 0 {
		return
	}
	circle := path[start:]
	var parts []string
	for _, st := range circle {
		parts = append(parts, fmt.Sprintf("%s requires %s (%s)", st.m.id(), st.via.name, place(st.via.at)))
	}
	last := circle[len(circle)-1]
	s.report(problem(last.via.at, "Cyclic modules", "Modules require each other in a circle: %s. Remove one of these requirements.", strings.Join(parts, ", ")))
}

// settingIDs are the ids of all settings of all versions of all modules, gathered once: a tree may hold thousands of modules.
func (s *Set) settingIDs() map[string]bool {
	known := map[string]bool{}
	for name, versions := range s.modules {
		for _, v := range versions {
			for _, def := range v.settings {
				known[name+"/"+def.block.Label] = true
			}
		}
	}
	return known
}

// checkOverrides looks at what a module's settings override. A module that an image does not select may be named; one that does not
// exist may not.
func (s *Set) checkOverrides(m *module, known map[string]bool) {
	if s.hidden {
		return
	}
	for _, def := range m.settings {
		for i, o := range def.overrides {
			for _, loser := range o.Over {
				label, _, _ := strings.Cut(loser, "[")
				if !known[label] {
					s.report(problem(def.block.Overrides[i].Over.Expr.Range(), "Unknown setting", "The override names %q, and no module has such a setting.%s", loser, didYouMean(loser, slices.Collect(maps.Keys(known)))))
				}
			}
		}
	}
}
