package gpo

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// settler is one run of Settle.
type settler struct {
	result *Result
	kept   []*Item // nil where a later one replaced it
	claims [][]setting.Claim
	about  map[string]int   // by the location that an item is about, its first claim: the item
	all    map[string][]int // by any location: the items that claim it
	diags  hcl.Diagnostics
}

// Settle checks every item, drops those that no setting can carry, and joins those that say the same. Two items that want different
// things in one place are an error, unless the source's own order decides.
func (r *Result) Settle(table setting.Table) hcl.Diagnostics {
	if n := len(r.Items) + len(r.Dropped); n > MaxItems {
		return hcl.Diagnostics{fault(Place{File: strings.Join(r.Files, ", ")}, "Too many settings", "The source holds %d settings; at most %d are read. Split it.", n, MaxItems)}
	}
	r.undo()
	s := &settler{result: r, about: map[string]int{}, all: map[string][]int{}}
	for _, it := range r.Items {
		if len(s.diags) >= maxFaults {
			return s.diags
		}
		spec, err := it.Spec(table)
		if err != nil {
			r.drop(it.At[0], it.what(), "%s", strings.TrimPrefix(err.Error(), "decode "+it.Kind+": "))
			continue
		}
		s.take(it, spec.Claims(setting.Base{}))
	}
	r.Items = r.Items[:0]
	for _, it := range s.kept {
		if it != nil {
			r.Items = append(r.Items, *it)
		}
	}
	return s.diags
}

// undo drops what a later command of the same file deletes again: what is carried is what is there in the end.
func (r *Result) undo() {
	type place struct {
		file, key string
		below     bool
	}
	last := map[place]Place{}
	for _, d := range r.Dropped {
		if d.Clears == "" {
			continue
		}
		p := place{d.At.File, canonKey(d.Clears), d.Below}
		if d.At.Compare(last[p]) > 0 {
			last[p] = d.At
		}
	}
	if len(last) == 0 {
		return
	}
	r.Items = slices.DeleteFunc(r.Items, func(it Item) bool {
		key, wanted := it.written()
		if !wanted {
			return false
		}
		at := it.At[0]
		by := last[place{at.File, key, false}]
		for up := key; up != ""; up = up[:max(strings.LastIndexByte(up, '\\'), 0)] {
			if p := last[place{at.File, up, true}]; p.Compare(by) > 0 {
				by = p
			}
		}
		if by.File == "" || at.Compare(by) > 0 {
			return false
		}
		r.drop(at, it.what(), "a later command, %s, deletes it", by)
		return true
	})
}

// written is the key of a registry value that an item of an ordered source sets.
func (it Item) written() (key string, ok bool) {
	if !it.ordered {
		return "", false
	}
	for _, a := range it.Attrs {
		switch text, _ := a.Value.(string); a.Name {
		case "key":
			key = canonKey(text)
		case "ensure":
			return "", false
		}
	}
	return key, key != ""
}

func canonKey(key string) string {
	return strings.TrimSuffix(setting.RegistryLocation(setting.NormalKey(key), "").Canon(), "!")
}

func (s *settler) take(it Item, claims []setting.Claim) {
	about := claims[0].Location.Canon()
	if i, ok := s.about[about]; ok && s.kept[i] != nil {
		old := s.kept[i]
		switch {
		case old.Kind == it.Kind && sameClaims(s.claims[i], claims):
			s.kept[i].At = append(s.kept[i].At, it.At...)
			return
		case it.ordered && old.ordered && old.At[0].File == it.At[0].File:
			s.result.drop(old.At[0], old.what(), "a later entry, %s, sets the same value", it.At[0])
			s.kept[i] = nil
		}
	}
	for _, c := range claims {
		for _, i := range s.all[c.Location.Canon()] {
			if s.kept[i] != nil {
				s.compare(it, c, s.kept[i], s.claims[i])
			}
		}
	}
	s.about[about] = len(s.kept)
	for _, c := range claims {
		if canon := c.Location.Canon(); !s.says(canon, c.Value) {
			s.all[canon] = append(s.all[canon], len(s.kept))
		}
	}
	s.kept, s.claims = append(s.kept, &it), append(s.claims, claims)
}

// says reports whether an item with the same claim is there already: then that one stands for all, and many rules of one collection
// are not compared each with each.
func (s *settler) says(canon, value string) bool {
	return slices.ContainsFunc(s.all[canon], func(i int) bool {
		return s.kept[i] != nil && slices.ContainsFunc(s.claims[i], func(c setting.Claim) bool { return c.Value == value && c.Location.Canon() == canon })
	})
}

// compare refuses two items that disagree about a place which they share.
func (s *settler) compare(it Item, c setting.Claim, old *Item, oldClaims []setting.Claim) {
	i := slices.IndexFunc(oldClaims, func(o setting.Claim) bool { return o.Location.Same(c.Location) })
	if i < 0 || oldClaims[i].Value == c.Value || c.Location.Scheme() == "pol" { // the registry's own place says it already
		return
	}
	if len(s.diags) < maxFaults {
		s.diags = append(s.diags, fault(it.At[0], "Two values for one place", "%s is %s here and %s at %s. Remove one of the two.", c.Location, c.Value, oldClaims[i].Value, old.At[0]))
	}
}

func sameClaims(a, b []setting.Claim) bool {
	return slices.EqualFunc(a, b, func(x, y setting.Claim) bool { return x.Location.Same(y.Location) && x.Value == y.Value })
}
