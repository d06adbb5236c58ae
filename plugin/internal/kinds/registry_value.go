package kinds

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.Spec      = (*RegistryValue)(nil)
	_ setting.Evaluator = (*RegistryValue)(nil)
	_ setting.Merger    = (*RegistryValue)(nil)
	_ setting.Comparer  = (*RegistryValue)(nil)
)

const (
	mergeExact     = "exact"
	mergeUnion     = "union"
	stricterHigher = "higher"
	stricterLower  = "lower"
)

func registryValueKind() setting.Kind {
	return setting.Kind{
		Name: "registry_value",
		Doc: "One value of the registry, present with a type and data or absent.\n\n" +
			"`HKLM\\SOFTWARE`, `HKLM\\SYSTEM` (with `CurrentControlSet`, resolved through `Select\\Current`) and `HKCU` are supported; offline, `HKCU` is the default profile. " +
			"Numbered control sets, `HKCR`, `HKU`, `HKCC`, `SAM`, `SECURITY` and `HARDWARE` are refused with the key to write instead.\n\n" +
			"A value below a policy key is also written to `Registry.pol`, so that a policy refresh keeps it; both places are judged. " +
			"An absent policy value becomes a deleting entry there. Default values (`name = \"\"`) of policy keys are refused, because `Registry.pol` cannot hold them.\n\n" +
			"`link` is refused: a symbolic link needs a key made for it. What counts is what Windows reads: a missing terminating NUL is no deviation, data that does not fit its type is.",
		Principal: "value",
		New:       func() setting.Spec { return new(RegistryValue) },
		Example: `key   = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\NetworkConnectivityStatusIndicator"
name  = "NoActiveProbe"
type  = "dword"
value = 1
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"key":      "The key, from `HKLM\\\\SOFTWARE\\\\`, `HKLM\\\\SYSTEM\\\\` or `HKCU\\\\` on.",
			"name":     "The value's name; `\"\"` is the key's default value.",
			"ensure":   "`present` (default) or `absent`; an absent value has neither `type` nor `value`.",
			"type":     "`sz`, `expand_sz`, `multi_sz`, `dword`, `dword_be`, `qword`, `binary`, `none`, `resource_list`, `full_resource_descriptor` or `resource_requirements_list`.",
			"value":    "The data: a string, a list of strings (`multi_sz`), a number (`dword`, `dword_be`, `qword`; a decimal string too) or hex digits (all others).",
			"policy":   "Whether the value also goes to `Registry.pol`; by default where the key lies below a policy key.",
			"merge":    "`exact` (default), or `union` for a `multi_sz` whose list joins those of other settings; the joined list is sorted.",
			"stricter": "`higher` or `lower`: which way a number gets stricter, so that a change can be called tightened or loosened. With `lower`, a change between 0 and more than 1 is called neither: for a limit, 0 often means none at all.",
		},
	}
}

// RegistryValue is the desired state of one registry value.
type RegistryValue struct {
	Key       string         `hcl:"key" json:"key"`
	Name      string         `hcl:"name" json:"name"`
	Ensure    string         `hcl:"ensure,optional" json:"ensure,omitempty"`
	Type      string         `hcl:"type,optional" json:"type,omitempty"`
	Value     *hcl.Attribute `hcl:"value,optional" json:"-"`
	Policy    *bool          `hcl:"policy,optional" json:"policy,omitempty"`
	MergeMode string         `hcl:"merge,optional" json:"merge,omitempty"`
	Stricter  string         `hcl:"stricter,optional" json:"stricter,omitempty"`

	// Text is the data as in setting.RegistryValue.Text, without the type before it. Evaluate fills it in from Value.
	Text string `json:"value,omitempty"`

	// evaluated keeps a value that nobody evaluated from passing for an empty one.
	evaluated evaluation

	KeyRange      hcl.Range `hcl:"key,attr_value_range" json:"-"`
	NameRange     hcl.Range `hcl:"name,attr_value_range" json:"-"`
	EnsureRange   hcl.Range `hcl:"ensure,attr_value_range" json:"-"`
	TypeRange     hcl.Range `hcl:"type,attr_value_range" json:"-"`
	MergeRange    hcl.Range `hcl:"merge,attr_value_range" json:"-"`
	PolicyRange   hcl.Range `hcl:"policy,attr_value_range" json:"-"`
	StricterRange hcl.Range `hcl:"stricter,attr_value_range" json:"-"`
	ValueRange    hcl.Range `hcl:"value,attr_value_range" json:"-"`
}

type evaluation int

const (
	evaluatedBadly evaluation = iota + 1 // the zero value is: not yet
	evaluatedWell
)

// Evaluate gives the value attribute the type that the type attribute asks for.
func (s *RegistryValue) Evaluate(ctx *hcl.EvalContext) hcl.Diagnostics {
	if s.Ensure == ensureAbsent {
		if s.Value != nil {
			return hcl.Diagnostics{problem(s.Value.Range, "Value of an absent registry value",
				`The setting says ensure = "absent", so it has no "value". Remove one of the two.`)}
		}
		return nil
	}
	if s.Type == "" || len(checkType(s.Type, s.TypeRange)) > 0 {
		return nil // Check says so; without a type there is no reading of the value
	}
	if s.Value == nil {
		return hcl.Diagnostics{problem(either(s.TypeRange, s.KeyRange), "Missing registry data",
			`The setting has a type but no "value". Write the value, or ensure = "absent" to remove it.`)}
	}
	v, diags := evaluateData(setting.ValueType(s.Type), s.MergeMode == mergeUnion, s.Value, ctx)
	if diags.HasErrors() {
		s.evaluated = evaluatedBadly
		return diags
	}
	s.Text, s.evaluated = dataText(v), evaluatedWell
	return diags
}

// Check reports errors of meaning.
func (s *RegistryValue) Check() hcl.Diagnostics {
	diags := checkKey(s.Key, s.KeyRange)
	diags = append(diags, s.checkName()...)
	diags = append(diags, choice(s.EnsureRange, "ensure", s.Ensure, true, ensurePresent, ensureAbsent)...)
	diags = append(diags, choice(s.MergeRange, "merge", s.MergeMode, true, mergeExact, mergeUnion)...)
	diags = append(diags, choice(s.StricterRange, "stricter", s.Stricter, true, stricterHigher, stricterLower)...)
	known := s.Type == "" || len(checkType(s.Type, s.TypeRange)) == 0 // a mistyped type is reported once, not for all that hangs on it
	if known && s.MergeMode == mergeUnion && s.Type != string(setting.TypeMultiSZ) {
		diags = append(diags, problem(s.MergeRange, "Union of something that is no list", `Only a present value of type "multi_sz" can have merge = "union".`))
	}
	if known && s.Stricter != "" && !isNumber(s.Type) {
		diags = append(diags, problem(s.StricterRange, "Stricter for something that is no number", `Only values of type "dword", "dword_be" or "qword" can have "stricter".`))
	}
	if s.Ensure == ensureAbsent {
		if s.Type != "" || s.Text != "" {
			diags = append(diags, problem(either(s.TypeRange, s.EnsureRange), "Type of an absent registry value",
				`The setting says ensure = "absent", so it has no "type" and no data. Remove one of the two.`))
		}
		return diags
	}
	if s.Type == "" {
		if s.Ensure != "" && s.Ensure != ensurePresent { // already reported; what is missing depends on what was meant
			return diags
		}
		return append(diags, problem(either(s.ValueRange, s.NameRange, s.KeyRange), "Missing registry type",
			`The setting has no "type". Write type and value, or ensure = "absent" to remove the value.`))
	}
	return append(diags, s.checkData()...)
}

// winlogon is where automatic logon keeps its password.
const winlogon = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`

func (s *RegistryValue) checkName() hcl.Diagnostics {
	var diags hcl.Diagnostics
	if n := len(upcase.Units(s.Name)); n > maxValueName {
		diags = append(diags, problem(s.NameRange, "Registry value name too long", "The name has %d characters; Windows allows %d.", n, maxValueName))
	}
	if hasControl(s.Name) {
		diags = append(diags, problem(s.NameRange, "Illegal character in registry value name", "The name %q holds a control character.", s.Name))
	}
	if upcase.Equal(setting.NormalKey(s.Key), winlogon) && upcase.Equal(s.Name, "DefaultPassword") && s.Ensure != ensureAbsent {
		diags = append(diags, problem(s.NameRange, "Secret in a profile", "Winlogon reads a password in clear from %q, and profiles, plans and images hold no secrets. A secret is made on the client; ensure = \"absent\" removes one that a base has.", s.Name))
	}
	if s.isPolicy() && !diags.HasErrors() {
		diags = append(diags, checkPolicyName(s.Key, s.Name, s.KeyRange, s.NameRange)...)
	}
	return diags
}

func (s *RegistryValue) checkData() hcl.Diagnostics {
	if diags := checkType(s.Type, s.TypeRange); len(diags) > 0 {
		return diags
	}
	at := either(s.ValueRange, s.TypeRange)
	if s.Value != nil && s.evaluated != evaluatedWell {
		if s.evaluated == evaluatedBadly {
			return nil // reported already: saying it twice helps nobody
		}
		return hcl.Diagnostics{problem(at, "Value not evaluated", "The program did not evaluate the value of this setting. This is a fault of the program.")}
	}
	v, err := s.stored()
	if err != nil {
		return hcl.Diagnostics{problem(at, "Illegal registry data", "The data do not fit the type %q: %v.", s.Type, err)}
	}
	var diags hcl.Diagnostics
	if s.isPolicy() && !isPolicyType(v.Type) {
		diags = append(diags, problem(either(s.TypeRange, at), "Unsupported policy type",
			`Registry.pol holds no values of type %q. Write policy = false to set the registry only.`, s.Type))
	}
	if len(v.Data) > maxRegistryData {
		diags = append(diags, problem(at, "Registry data too long", "The data have %d bytes; at most %d are supported.", len(v.Data), maxRegistryData))
	} else if s.isPolicy() && len(v.Data) > maxPolicyData {
		diags = append(diags, problem(at, "Policy data too long", "The data have %d bytes; Registry.pol holds at most %d. Write policy = false to set the registry only.", len(v.Data), maxPolicyData))
	}
	if s.MergeMode == mergeUnion && v.Text() == "multi_sz:[]" {
		diags = append(diags, problem(at, "Empty union", `An empty list joins nothing. List what is wanted, or write merge = "exact" for an empty value.`))
	}
	return diags
}

func (s *RegistryValue) stored() (setting.RegistryValue, error) {
	return parseData(setting.ValueType(s.Type), s.Text, s.MergeMode == mergeUnion)
}

func (s *RegistryValue) isPolicy() bool {
	if s.Policy != nil {
		return *s.Policy
	}
	return isPolicyKey(s.Key)
}

func (s *RegistryValue) text() string {
	if s.Ensure == ensureAbsent {
		return setting.Absent
	}
	return s.Type + ":" + s.Text
}

// Claims are the value in the registry and, for a policy, its entry in Registry.pol.
func (s *RegistryValue) Claims(setting.Base) []setting.Claim {
	key, union := tidyKey(s.Key), s.MergeMode == mergeUnion
	claims := []setting.Claim{{Location: setting.RegistryLocation(key, s.Name), Value: s.text(), Union: union}}
	if s.isPolicy() {
		claims = append(claims, setting.Claim{Location: setting.PolicyLocation(policyScope(key), key, s.Name), Value: s.text(), Union: union})
	}
	return claims
}

// Ops sets or removes the value, and its entry in Registry.pol.
func (s *RegistryValue) Ops(setting.Base) []setting.Op {
	key := tidyKey(s.Key)
	reg := setting.Op{Stage: setting.StageImage, Action: setting.ActionRegistryDelete, Key: key, Name: s.Name}
	pol := setting.Op{Stage: setting.StageImage, Action: setting.ActionPolicyDelete, Scope: policyScope(key), Key: key, Name: s.Name}
	if s.Ensure != ensureAbsent {
		v, err := s.stored()
		if err != nil { // Check refuses such a spec; no op is better than a wrong one
			return nil
		}
		data := hex.EncodeToString(v.Data)
		reg.Action, reg.Type, reg.Data = setting.ActionRegistrySet, v.Type, data
		pol.Action, pol.Type, pol.Data = setting.ActionPolicySet, v.Type, data
	}
	if !s.isPolicy() {
		return []setting.Op{reg}
	}
	return []setting.Op{reg, pol}
}

// Observe reads the value and, for a policy, its entry in Registry.pol.
func (s *RegistryValue) Observe(r setting.Reader) (setting.Observed, error) {
	return observeRegistry(r, tidyKey(s.Key), s.Name, s.isPolicy())
}

// observeRegistry is shared by the kinds that end up as one registry value.
func observeRegistry(r setting.Reader, key, name string, policy bool) (setting.Observed, error) {
	reg, err := setting.AsRegistry(r)
	if err != nil {
		return setting.Observed{}, err
	}
	fact, err := setting.ObserveRegistry(reg, key, name)
	if err != nil {
		return setting.Observed{}, err
	}
	o := setting.Observed{Facts: []setting.Fact{fact}}
	if !policy {
		return o, nil
	}
	pol, err := setting.AsPolicy(r)
	if err != nil {
		return setting.Observed{}, err
	}
	fact, err = setting.ObservePolicy(pol, policyScope(key), key, name)
	if err != nil {
		return setting.Observed{}, err
	}
	o.Facts = append(o.Facts, fact)
	return o, nil
}

// Judge passes where every place holds exactly what is wanted.
func (s *RegistryValue) Judge(o setting.Observed) setting.Verdict {
	var want []setting.Fact
	for _, c := range s.Claims(setting.Base{}) {
		f := setting.Fact{Location: c.Location}
		if s.Ensure != ensureAbsent {
			f.Present, f.Value = true, c.Value
		}
		want = append(want, f)
	}
	return setting.JudgeFacts(want, o)
}

// Merge joins two lists that both say merge = "union".
func (s *RegistryValue) Merge(other setting.Spec) (setting.Spec, error) {
	o, ok := other.(*RegistryValue)
	if !ok {
		return nil, fmt.Errorf("merge registry value with %T: only two registry values merge", other)
	}
	here := setting.RegistryLocation(tidyKey(s.Key), s.Name)
	switch {
	case s.MergeMode != mergeUnion || o.MergeMode != mergeUnion:
		return nil, errors.New(`merge registry values: both must say merge = "union"`)
	case !here.Same(setting.RegistryLocation(tidyKey(o.Key), o.Name)):
		return nil, fmt.Errorf("merge registry values: %s and %s are two places", here, setting.RegistryLocation(tidyKey(o.Key), o.Name))
	case s.isPolicy() != o.isPolicy():
		return nil, fmt.Errorf("merge registry values: one of the two writes %s to Registry.pol, the other does not; give both the same policy attribute", here)
	}
	a, errA := parseList(s.Text)
	b, errB := parseList(o.Text)
	if err := errors.Join(errA, errB); err != nil {
		return nil, fmt.Errorf("merge registry values: %w", err)
	}
	merged := &RegistryValue{Type: s.Type, MergeMode: mergeUnion,
		// Both name one place; which spelling survives must not depend on the order.
		Key: min(tidyKey(s.Key), tidyKey(o.Key)), Name: min(s.Name, o.Name)}
	if s.Policy != nil || o.Policy != nil {
		merged.Policy = new(s.isPolicy())
	}
	merged.Text = dataText(setting.MultiSZ(union(a, b)))
	return merged, nil
}

// union joins two lists into a sorted one without doubles.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// Compare tells tightened from loosened where stricter says which way a number goes.
func (s *RegistryValue) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*RegistryValue)
	if !ok || !setting.RegistryLocation(tidyKey(s.Key), s.Name).Same(setting.RegistryLocation(tidyKey(o.Key), o.Name)) {
		return setting.Unknown
	}
	if s.text() == o.text() {
		switch {
		case s.isPolicy() == o.isPolicy():
			return setting.Same
		case s.isPolicy(): // now a policy refresh keeps it
			return setting.Tightened
		}
		return setting.Loosened
	}
	if s.isPolicy() != o.isPolicy() || s.Type != o.Type || s.Stricter == "" || s.Stricter != o.Stricter {
		return setting.Unknown
	}
	was, err1 := parseNumber(o.Text)
	is, err2 := parseNumber(s.Text)
	if err1 != nil || err2 != nil {
		return setting.Unknown
	}
	if s.Stricter == stricterLower && min(is, was) == 0 && max(is, was) > 1 {
		return setting.Unknown // for a limit (a time, a count) 0 often means none at all, which is the opposite of strict
	}
	if (is > was) == (s.Stricter == stricterHigher) {
		return setting.Tightened
	}
	return setting.Loosened
}
