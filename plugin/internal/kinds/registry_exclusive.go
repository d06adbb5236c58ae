package kinds

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.Spec     = (*RegistryExclusive)(nil)
	_ setting.Encloser = (*RegistryExclusive)(nil)
	_ setting.Comparer = (*RegistryExclusive)(nil)
)

// What a key may hold nothing else of.
const (
	holdsValues = "values"
	holdsKeys   = "keys"
)

// maxStrangers is how many names a reason lists.
const maxStrangers = 8

func registryExclusiveKind() setting.Kind {
	return setting.Kind{
		Name: "registry_exclusive",
		Doc: "The check that a registry key holds what the plan sets there, and nothing else.\n\n" +
			"Lists in the registry grow: a firewall rule, an AppLocker rule or an exclusion that stands beside those of the plan makes a hole, and every setting of the plan passes all the same. " +
			"This one names what stands there and is in no setting of the plan, of whatever module; `also` names what may. In a plan and a manifest it carries the names that the plan's settings have there, so that the image can be judged by either.\n\n" +
			"`holds` says whether the `values` of the key are the list (firewall rules, exclusions) or the `keys` right below it (AppLocker's rules). For a policy the entries of `Registry.pol` are looked at as well. " +
			"A key that is not there holds nothing. What the settings themselves have there is their own matter: one that is missing fails its own setting, not this one.\n\n" +
			"Nothing is removed: take it out of the base, or have a module set it. Refused: patterns in `also`, which would let in what nobody has seen. Not seen: what a key holds further below. " +
			"It is observed offline and on a client alike.",
		Principal: "also",
		New:       func() setting.Spec { return new(RegistryExclusive) },
		Example:   "key = \"HKLM\\\\SOFTWARE\\\\Policies\\\\Microsoft\\\\WindowsFirewall\\\\FirewallRules\"\n",
		Offline:   setting.OfflineApplied,
		Docs: map[string]string{
			"key":   "The key, from `HKLM\\\\SOFTWARE\\\\`, `HKLM\\\\SYSTEM\\\\` or `HKCU\\\\` on.",
			"holds": "`values` (default) or `keys`: what of the key is the list.",
			"also":  "Names that may stand there although no setting of the plan has them.",
		},
	}
}

// RegistryExclusive is the desired whole of one registry key.
type RegistryExclusive struct {
	Key   string   `hcl:"key" json:"key"`
	Holds string   `hcl:"holds,optional" json:"holds,omitempty"`
	Also  []string `hcl:"also,optional" json:"also,omitempty"`

	// Planned are the names that the plan's settings have there, folded and sorted (see Enclosed).
	Planned []string `json:"planned,omitempty"`

	KeyRange   hcl.Range `hcl:"key,attr_value_range" json:"-"`
	HoldsRange hcl.Range `hcl:"holds,attr_value_range" json:"-"`
	AlsoRange  hcl.Range `hcl:"also,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *RegistryExclusive) Check() hcl.Diagnostics {
	diags := append(checkKey(s.Key, s.KeyRange), choice(s.HoldsRange, "holds", s.Holds, true, holdsValues, holdsKeys)...)
	for _, name := range s.Also {
		if name == "" || hasControl(name) || strings.ContainsAny(name, "*?") {
			diags = append(diags, problem(s.AlsoRange, "Illegal name", `%q names no value and no key. Write each name in full; patterns would let in what nobody has seen.`, name))
		}
	}
	return diags
}

// mark separates the names from the key in a location.
func (s *RegistryExclusive) mark() string {
	if s.Holds == holdsKeys {
		return `\`
	}
	return "!"
}

// locations are the whole of the key and, for a policy, of its part of Registry.pol.
func (s *RegistryExclusive) locations() []setting.Location {
	key := tidyKey(s.Key)
	out := []setting.Location{setting.StateLocation(setting.SchemeOnly, "reg:"+key+s.mark()+"*")}
	if isPolicyKey(key) {
		out = append(out, setting.StateLocation(setting.SchemeOnly, "pol:"+string(policyScope(key))+":"+key+s.mark()+"*"))
	}
	return out
}

// Claims are the whole of the key. What others claim in it stays theirs.
func (s *RegistryExclusive) Claims(setting.Base) []setting.Claim {
	want := "what the plan sets"
	if len(s.Also) > 0 {
		want += ", and " + holdersText(unionOf(s.Also))
	}
	var out []setting.Claim
	for _, l := range s.locations() {
		out = append(out, setting.Claim{Location: l, Value: want})
	}
	return out
}

// Enclosed takes the names of what others want in the key.
func (s *RegistryExclusive) Enclosed(claims []setting.Claim) setting.Spec {
	out := *s
	out.Planned = nil
	var prefixes []string
	for _, l := range s.locations() {
		prefixes = append(prefixes, strings.TrimSuffix(setting.Location(l.Name()).Canon(), "*"))
	}
	for _, c := range claims {
		for _, prefix := range prefixes {
			name, ok := strings.CutPrefix(c.Location.Canon(), prefix)
			if !ok || c.Value == setting.Absent {
				continue
			}
			if s.Holds == holdsKeys {
				name, _, _ = strings.Cut(name, "!")
				name, _, _ = strings.Cut(name, `\`)
			}
			out.Planned = append(out.Planned, name)
		}
	}
	slices.Sort(out.Planned)
	out.Planned = slices.Compact(out.Planned)
	return &out
}

// Ops are none: the setting checks.
func (s *RegistryExclusive) Ops(setting.Base) []setting.Op { return nil }

// Observe lists the names in the hive and, for a policy, in Registry.pol.
func (s *RegistryExclusive) Observe(r setting.Reader) (setting.Observed, error) {
	names, err := s.inHive(r)
	if err != nil {
		return setting.Observed{}, err
	}
	lists := [][]string{names}
	if key := tidyKey(s.Key); isPolicyKey(key) {
		lister, err := setting.AsPolicyLister(r)
		if err != nil {
			return setting.Observed{}, err
		}
		values, keys, err := lister.PolicyNames(policyScope(key), key)
		if err != nil {
			return setting.Observed{}, fmt.Errorf("list policies of %s: %w", key, err)
		}
		if s.Holds == holdsKeys {
			values = keys
		}
		lists = append(lists, values)
	}
	var o setting.Observed
	for i, l := range s.locations() {
		slices.Sort(lists[i])
		text, err := json.Marshal(append([]string{}, lists[i]...))
		if err != nil {
			return setting.Observed{}, fmt.Errorf("list %s: %w", l, err)
		}
		o.Facts = append(o.Facts, setting.Fact{Location: l, Present: true, Value: string(text)})
	}
	return o, nil
}

func (s *RegistryExclusive) inHive(r setting.Reader) ([]string, error) {
	lister, err := setting.AsKeys(r)
	if err != nil {
		return nil, err
	}
	list := lister.RegistryValueNames
	if s.Holds == holdsKeys {
		list = lister.RegistryKeys
	}
	names, err := list(tidyKey(s.Key))
	if err != nil && !errors.Is(err, setting.ErrAbsent) {
		return nil, fmt.Errorf("list %s of %s: %w", s.Holds, s.Key, err)
	}
	return names, nil
}

// Judge passes where nothing was found that neither the plan nor also names.
func (s *RegistryExclusive) Judge(o setting.Observed) setting.Verdict {
	v := setting.Verdict{Outcome: setting.Fail, Expected: fmt.Sprintf("nothing but the plan's own (%d names)", len(s.Planned)+len(s.Also))}
	var strangers []string
	found := 0
	for _, l := range s.locations() {
		fact, ok := o.Fact(l)
		var names []string
		switch {
		case !ok:
			v.Outcome, v.Reason = setting.Error, string(l)+" was not observed"
			return v
		case !fact.Present || json.Unmarshal([]byte(fact.Value), &names) != nil || names == nil:
			v.Observed, v.Reason = fact.String(), "the list of "+string(l)+" cannot be read"
			return v
		}
		found = max(found, len(names))
		for _, n := range names {
			if !s.knows(n) {
				strangers = append(strangers, n)
			}
		}
	}
	slices.SortFunc(strangers, func(a, b string) int { return strings.Compare(upcase.Fold(a), upcase.Fold(b)) })
	strangers = slices.CompactFunc(strangers, upcase.Equal)
	v.Observed = fmt.Sprintf("%d names, %d in no setting of the plan", found, len(strangers))
	if len(strangers) == 0 {
		v.Outcome = setting.Pass
		return v
	}
	v.Reason = fmt.Sprintf("in no setting of the plan: %s", strings.Join(strangers[:min(len(strangers), maxStrangers)], ", "))
	if more := len(strangers) - maxStrangers; more > 0 {
		v.Reason += fmt.Sprintf(" and %d more", more)
	}
	return v
}

func (s *RegistryExclusive) knows(name string) bool {
	return slices.Contains(s.Planned, upcase.Fold(name)) || slices.ContainsFunc(s.Also, func(a string) bool { return upcase.Equal(a, name) })
}

// Compare knows that a longer list lets in more.
func (s *RegistryExclusive) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*RegistryExclusive)
	if !ok || !slices.EqualFunc(s.locations(), o.locations(), setting.Location.Same) {
		return setting.Unknown
	}
	more := slices.ContainsFunc(slices.Concat(s.Planned, s.Also), func(n string) bool { return !o.knows(n) })
	fewer := slices.ContainsFunc(slices.Concat(o.Planned, o.Also), func(n string) bool { return !s.knows(n) })
	switch {
	case more:
		return setting.Loosened
	case fewer:
		return setting.Tightened
	}
	return setting.Same
}
