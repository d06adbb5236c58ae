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
	_ setting.Spec     = (*ProgramAllowlist)(nil)
	_ setting.Merger   = (*ProgramAllowlist)(nil)
	_ setting.Comparer = (*ProgramAllowlist)(nil)
)

// installedPrograms is the location of the list of everything that is installed.
const installedPrograms = setting.Location(setting.SchemeProgram + ":*")

// uninstallKeys are where Windows keeps what is installed for all users; the first one is on every Windows.
var uninstallKeys = []string{
	`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`,
	`HKLM\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall`,
}

// shortestPattern is how many characters beside "*" a name pattern must have: one that allows nearly everything is no list.
const shortestPattern = 4

func programAllowlistKind() setting.Kind {
	return setting.Kind{
		Name: "program_allowlist",
		Doc: "The check of what is installed: every program must be on the list.\n\n" +
			"Programs are read from the two `Uninstall` keys of the machine, 64 and 32 bits. A key counts as a program if it has a `DisplayName` or is named by a product code; " +
			"the keys without a name that Windows itself keeps there do not. One that is on no list fails the setting, and is named. A program on the list that is not installed is no fault.\n\n" +
			"`codes` are product codes or names of uninstall keys; `names` are patterns for `DisplayName`, with `*` for any text. " +
			"Several settings, those of modules and products, join to one list. A setting that lists none says `nothing = true`; the lists of others still join it.\n\n" +
			"Nothing is removed, and nothing kept from running: that is what AppLocker and `installed_program` are for. " +
			"Not seen: programs that were copied without an installer, those installed for one user only, and Store apps. It is observed offline and on a client alike.",
		Principal: "names",
		New:       func() setting.Spec { return new(ProgramAllowlist) },
		Example: `codes = ["{9A25302D-30C0-39D9-BD6F-21E6EC160475}"]
names = ["Microsoft Visual C++ * Redistributable*"]
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"codes":   "Product codes, or names of uninstall keys.",
			"names":   "Patterns for the names that users read, with `*` for any text.",
			"nothing": "`true` where no program is allowed; then both lists are left out.",
		},
	}
}

// ProgramAllowlist is the list of programs that may be installed.
type ProgramAllowlist struct {
	Codes   []string `hcl:"codes,optional" json:"codes,omitempty"`
	Names   []string `hcl:"names,optional" json:"names,omitempty"`
	Nothing bool     `hcl:"nothing,optional" json:"nothing,omitempty"`

	CodesRange   hcl.Range `hcl:"codes,attr_value_range" json:"-"`
	NamesRange   hcl.Range `hcl:"names,attr_value_range" json:"-"`
	NothingRange hcl.Range `hcl:"nothing,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *ProgramAllowlist) Check() hcl.Diagnostics {
	var diags hcl.Diagnostics
	some := len(s.Codes)+len(s.Names) > 0
	switch {
	case s.Nothing && some:
		diags = append(diags, problem(s.NothingRange, "Nothing and something", `The setting says nothing = true and lists programs. Remove one of the two.`))
	case !s.Nothing && !some:
		diags = append(diags, problem(either(s.CodesRange, s.NamesRange), "Empty expectation",
			`The setting allows no program. List "codes" or "names", or write nothing = true where nothing may be installed.`))
	}
	for _, c := range s.Codes {
		diags = append(diags, checkProgramCode(c, s.CodesRange)...)
	}
	for _, n := range s.Names {
		if len(upcase.Units(strings.ReplaceAll(n, "*", ""))) < shortestPattern || hasControl(n) {
			diags = append(diags, problem(s.NamesRange, "Name pattern too wide",
				`%q would allow nearly everything. A pattern has at least %d characters beside "*", such as "Example Viewer *".`, n, shortestPattern))
		}
	}
	return diags
}

// allowed is the list in its one spelling.
type allowed struct {
	Codes []string `json:"codes"`
	Names []string `json:"names"`
}

func (s *ProgramAllowlist) list() allowed {
	codes := make([]string, len(s.Codes))
	for i, c := range s.Codes {
		codes[i] = upcase.Fold(c)
	}
	return allowed{Codes: unionOf(codes), Names: unionOf(s.Names)}
}

// Claims are the list of everything installed, which others' lists join.
func (s *ProgramAllowlist) Claims(setting.Base) []setting.Claim {
	list := s.list()
	return []setting.Claim{{Location: installedPrograms, Union: true, Value: "codes " + holdersText(list.Codes) + " names " + holdersText(list.Names)}}
}

// Ops are none: the setting checks.
func (s *ProgramAllowlist) Ops(setting.Base) []setting.Op { return nil }

// program is one that was found.
type program struct {
	Key  string `json:"key"`
	Name string `json:"name,omitempty"`
}

// Observe lists the programs of both uninstall keys. A Windows without the first key is none: that is a fact which fails.
func (s *ProgramAllowlist) Observe(r setting.Reader) (setting.Observed, error) {
	reg, err := setting.AsRegistry(r)
	if err != nil {
		return setting.Observed{}, err
	}
	lister, err := setting.AsKeys(r)
	if err != nil {
		return setting.Observed{}, err
	}
	found := []program{}
	for i, root := range uninstallKeys {
		keys, err := lister.RegistryKeys(root)
		switch {
		case errors.Is(err, setting.ErrAbsent) && i > 0:
			continue
		case errors.Is(err, setting.ErrAbsent):
			return setting.Observed{Facts: []setting.Fact{{Location: installedPrograms}}}, nil
		case err != nil:
			return setting.Observed{}, fmt.Errorf("list programs below %s: %w", root, err)
		}
		for _, key := range keys {
			name, err := setting.ObserveRegistry(reg, root+`\`+key, "DisplayName")
			if err != nil {
				return setting.Observed{}, err
			}
			if name.Present || isProductCode(key) {
				found = append(found, program{Key: key, Name: strings.TrimPrefix(name.Value, "sz:")})
			}
		}
	}
	slices.SortFunc(found, func(a, b program) int {
		return strings.Compare(upcase.Fold(a.Key)+"\x00"+a.Name, upcase.Fold(b.Key)+"\x00"+b.Name)
	})
	text, err := json.Marshal(slices.Compact(found))
	if err != nil {
		return setting.Observed{}, fmt.Errorf("list programs: %w", err)
	}
	return setting.Observed{Facts: []setting.Fact{{Location: installedPrograms, Present: true, Value: string(text)}}}, nil
}

// Judge passes where every program that was found is on the list.
func (s *ProgramAllowlist) Judge(o setting.Observed) setting.Verdict {
	list := s.list()
	v := setting.Verdict{Outcome: setting.Fail, Expected: fmt.Sprintf("only programs on the list (%d codes, %d names)", len(list.Codes), len(list.Names))}
	fact, ok := o.Fact(installedPrograms)
	var found []program
	switch {
	case !ok:
		v.Outcome, v.Reason = setting.Error, string(installedPrograms)+" was not observed"
		return v
	case !fact.Present:
		v.Observed, v.Reason = fact.String(), "there is no list of installed programs: "+uninstallKeys[0]+" is missing"
		return v
	case json.Unmarshal([]byte(fact.Value), &found) != nil:
		v.Observed, v.Reason = fact.Value, "the list of installed programs cannot be read"
		return v
	}
	var strangers []string
	for _, p := range found {
		if !list.has(p) {
			strangers = append(strangers, p.String())
		}
	}
	v.Observed = fmt.Sprintf("%d programs, %d on no list", len(found), len(strangers))
	if len(strangers) == 0 {
		v.Outcome = setting.Pass
		return v
	}
	v.Reason = "on no list: " + strings.Join(strangers, ", ")
	return v
}

func (p program) String() string {
	if p.Name == "" {
		return p.Key
	}
	return p.Name + " (" + p.Key + ")"
}

func (l allowed) has(p program) bool {
	return slices.Contains(l.Codes, upcase.Fold(p.Key)) ||
		slices.ContainsFunc(l.Names, func(n string) bool { return matches(upcase.Fold(n), upcase.Fold(p.Name)) })
}

// matches compares a name with a pattern whose "*" stands for any text, also for none.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok || len(parts) == 1 {
		return ok && rest == ""
	}
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// Merge joins two lists.
func (s *ProgramAllowlist) Merge(other setting.Spec) (setting.Spec, error) {
	o, ok := other.(*ProgramAllowlist)
	if !ok {
		return nil, fmt.Errorf("merge program allow-list with %T: only two such lists merge", other)
	}
	a, b := s.list(), o.list()
	merged := &ProgramAllowlist{Codes: union(a.Codes, b.Codes), Names: union(a.Names, b.Names)}
	merged.Nothing = len(merged.Codes)+len(merged.Names) == 0
	return merged, nil
}

// Compare counts a shorter list as tighter.
func (s *ProgramAllowlist) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*ProgramAllowlist)
	if !ok {
		return setting.Unknown
	}
	is, was := s.list(), o.list()
	switch {
	case slices.Equal(is.Codes, was.Codes) && slices.Equal(is.Names, was.Names):
		return setting.Same
	case within(is.Codes, was.Codes) && within(is.Names, was.Names):
		return setting.Tightened
	case within(was.Codes, is.Codes) && within(was.Names, is.Names):
		return setting.Loosened
	}
	return setting.Unknown
}
