package profile

import (
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// selection are the settings of all modules of an image. Nobody changes it: images whose modules came to the same share one.
type selection struct {
	ids      []string         // sorted
	found    []*evaluated     // by ids
	settings []plan.Candidate // the same, for requests
	common   plan.Common      // of settings
	diags    hcl.Diagnostics  // of the overrides that stand in settings
}

// newSelection gathers settings by id. What their own overrides name and is not among them they cannot override, and need not.
func newSelection(own map[string]*evaluated, taken []*outcome) *selection {
	s := &selection{ids: slices.Collect(maps.Keys(own))}
	for _, out := range taken {
		s.ids = append(s.ids, out.ids...)
	}
	slices.Sort(s.ids)
	s.found = make([]*evaluated, len(s.ids))
	for id, setting := range own {
		s.found[s.at(id)] = setting
	}
	for _, out := range taken { // ids of one module stand together
		if len(out.ids) > 0 {
			copy(s.found[s.at(out.ids[0]):], out.found)
		}
	}
	for i, setting := range s.found {
		if len(setting.Overrides) > 0 {
			s.found[i] = s.withOverrides(setting)
		}
	}
	s.settings = make([]plan.Candidate, len(s.found))
	for i, setting := range s.found {
		s.settings[i] = setting.Candidate
	}
	return s
}

// at is where an id stands among ids, or would.
func (s *selection) at(id string) int { return sort.SearchStrings(s.ids, id) }

// setting finds a setting by its id.
func (s *selection) setting(id string) (*evaluated, bool) {
	if i := s.at(id); i < len(s.ids) && s.ids[i] == id {
		return s.found[i], true
	}
	return nil, false
}

// named are the ids of the settings that a name stands for: itself, or all that for_each made of it.
func (s *selection) named(name string) []string {
	if _, ok := s.setting(name); ok {
		return []string{name}
	}
	first := s.at(name + "[")
	last := first
	for last < len(s.ids) && strings.HasPrefix(s.ids[last], name+"[") {
		last++
	}
	return s.ids[first:last:last]
}

// withOverrides is a setting whose overrides name only settings of the selection.
func (s *selection) withOverrides(of *evaluated) *evaluated {
	c := *of
	c.Overrides = slices.Clone(c.Overrides)
	for i := range c.Overrides {
		c.Overrides[i].Over = s.losers(c.Overrides[i], c.def.block.Overrides[i].Over.Expr.Range(), &s.diags)
	}
	c.Overrides = slices.DeleteFunc(c.Overrides, func(o plan.Override) bool { return len(o.Over) == 0 })
	return &c
}

// losers are the names in an override that stand for settings of the selection. A name that stands for several stays one name: the
// composer asks only that one of them collides with the winner.
func (s *selection) losers(o plan.Override, at hcl.Range, diags *hcl.Diagnostics) []string {
	var out []string
	for _, loser := range o.Over {
		instances := s.named(loser)
		if slices.Contains(instances, o.Winner) {
			*diags = append(*diags, problem(at, "Unclear override", "The setting %q cannot override itself.", o.Winner))
		} else if len(instances) > 0 {
			out = append(out, loser)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// maxKept is how many selections a check keeps for the images to come. Each may take some megabytes, and a tree may have another one for each
// image.
const maxKept = 16

// kept is a selection of modules that all came to something shared.
type kept struct {
	taken []*outcome
	once  sync.Once
	made  *selection
}

// selection is what an earlier image had where it took over the same, or a new one.
func (s *shared) selection(taken []*outcome) *selection {
	s.mu.Lock()
	k := &kept{taken: taken}
	if i := slices.IndexFunc(s.kept, func(k *kept) bool { return slices.Equal(k.taken, taken) }); i >= 0 {
		k = s.kept[i]
		s.kept = slices.Delete(s.kept, i, i+1)
	} else if len(s.kept) == maxKept {
		s.kept = slices.Delete(s.kept, 0, 1)
	}
	s.kept = append(s.kept, k)
	s.mu.Unlock()
	k.once.Do(func() { k.made = newSelection(nil, taken) })
	return k.made
}
