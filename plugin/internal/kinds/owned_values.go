package kinds

import (
	"encoding/hex"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// ownedValue is one registry value behind a setting that Windows keeps in several. Below a policy key it goes to Registry.pol too, by
// the same rule as for the kind registry_value, so that both collide or agree there.
type ownedValue struct {
	key, name string // key in the form of tidyKey
	value     setting.RegistryValue
	union     bool   // joins other settings' lists
	needKey   string // written only where this key exists
	absent    bool   // it must not be there: Windows would heed it beside the others
}

// text is the canonical text of what is wanted.
func (v ownedValue) text() string {
	if v.absent {
		return setting.Absent
	}
	return v.value.Text()
}

// ownedValues is what a setting wants of the registry, in the order in which it is written.
type ownedValues []ownedValue

// flag adds a dword of 1 or 0; nothing where nobody said which.
func (l *ownedValues) flag(key, name string, on *bool) {
	if on != nil {
		l.number(key, name, new(bit(*on)))
	}
}

// inverted adds a dword for a value that Windows named by its opposite ("DisableX").
func (l *ownedValues) inverted(key, name string, on *bool) {
	if on != nil {
		l.number(key, name, new(1-bit(*on)))
	}
}

// number adds a dword; nothing where nobody gave one. Check keeps it in range.
func (l *ownedValues) number(key, name string, n *int) {
	if n != nil {
		*l = append(*l, ownedValue{key: key, name: name, value: setting.DWord(uint32(*n))})
	}
}

// text adds a string; nothing where it is empty.
func (l *ownedValues) text(key, name, s string) {
	if s != "" {
		*l = append(*l, ownedValue{key: key, name: name, value: setting.SZ(s)})
	}
}

// gone adds a value that must not be there.
func (l *ownedValues) gone(key, name string) {
	*l = append(*l, ownedValue{key: key, name: name, absent: true})
}

// tooLong says which value is longer than a policy or a registry value may be: a text of any length can be written in a profile.
func (l ownedValues) tooLong(at hcl.Range) hcl.Diagnostics {
	for _, v := range l {
		limit := maxRegistryData
		if isPolicyKey(v.key) {
			limit = maxPolicyData
		}
		if n := len(v.value.Data); n > limit {
			return hcl.Diagnostics{problem(at, "Text too long", "%q would have %d bytes; Windows takes at most %d there. Write less.", v.name, n, limit)}
		}
	}
	return nil
}

// placeIn is the place of a setting that has no attribute to point at; a plan has no places.
func placeIn(body hcl.Body) hcl.Range {
	if body == nil {
		return hcl.Range{}
	}
	return body.MissingItemRange()
}

func bit(on bool) int {
	if on {
		return 1
	}
	return 0
}

// claims are each value in the registry and, for a policy, in Registry.pol.
func (l ownedValues) claims() []setting.Claim {
	var claims []setting.Claim
	for _, v := range l {
		claims = append(claims, setting.Claim{Location: setting.RegistryLocation(v.key, v.name), Value: v.text(), Union: v.union})
		if isPolicyKey(v.key) {
			claims = append(claims, setting.Claim{Location: setting.PolicyLocation(policyScope(v.key), v.key, v.name), Value: v.text(), Union: v.union})
		}
	}
	return claims
}

// ops write or remove each value, and its entry in Registry.pol.
func (l ownedValues) ops() []setting.Op {
	var ops []setting.Op
	for _, v := range l {
		reg := setting.Op{Stage: setting.StageImage, Action: setting.ActionRegistryDelete, Key: v.key, Name: v.name}
		pol := setting.Op{Stage: setting.StageImage, Action: setting.ActionPolicyDelete, Scope: policyScope(v.key), Key: v.key, Name: v.name}
		if !v.absent {
			data := hex.EncodeToString(v.value.Data)
			reg.Action, reg.Type, reg.Data, reg.NeedKey = setting.ActionRegistrySet, v.value.Type, data, v.needKey
			pol.Action, pol.Type, pol.Data = setting.ActionPolicySet, v.value.Type, data
		}
		ops = append(ops, reg)
		if isPolicyKey(v.key) {
			ops = append(ops, pol)
		}
	}
	return ops
}

// observe reads every place.
func (l ownedValues) observe(r setting.Reader) (setting.Observed, error) {
	var all setting.Observed
	for _, v := range l {
		o, err := observeRegistry(r, v.key, v.name, isPolicyKey(v.key))
		if err != nil {
			return setting.Observed{}, err
		}
		all.Facts = append(all.Facts, o.Facts...)
	}
	return all, nil
}

// judge passes where every place holds exactly what is wanted.
func (l ownedValues) judge(o setting.Observed) setting.Verdict {
	return setting.JudgeFacts(claimed(l.claims()), o)
}

// compare knows only whether anything changed: which of two policies protects better is left to people.
func (l ownedValues) compare(old ownedValues) setting.Direction {
	is, was := l.claims(), old.claims()
	if len(is) != len(was) {
		return setting.Unknown
	}
	for i := range is {
		if !is[i].Location.Same(was[i].Location) || is[i].Value != was[i].Value {
			return setting.Unknown
		}
	}
	return setting.Same
}
