package kinds

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.Spec     = (*RemovableStorage)(nil)
	_ setting.Comparer = (*RemovableStorage)(nil)
)

const removableStorageKey = `HKLM\SOFTWARE\Policies\Microsoft\Windows\RemovableStorageDevices`

// storageClasses are the classes that RemovableStorage.admx has policies for, and the keys behind them.
var storageClasses = []struct {
	name string
	keys []string
}{
	{"cd-dvd", []string{"{53f56308-b6bf-11d0-94f2-00a0c91efb8b}"}},
	{"floppy", []string{"{53f56311-b6bf-11d0-94f2-00a0c91efb8b}"}},
	{"removable-disk", []string{"{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}"}},
	{"tape", []string{"{53f5630b-b6bf-11d0-94f2-00a0c91efb8b}"}},
	{"wpd", []string{"{6AC27878-A6FA-4155-BA85-F98F491D4F33}", "{F33FDC04-D1AC-4E8E-9A30-19BBD4B108AE}"}},
}

func storageClassNames() []string {
	names := []string{"all"}
	for _, c := range storageClasses {
		names = append(names, c.name)
	}
	return names
}

func removableStorageKind() setting.Kind {
	return setting.Kind{
		Name: "removable_storage",
		Doc: "What users may do with removable storage of one class, or of all.\n\n" +
			"The values are policies below `SOFTWARE\\Policies\\Microsoft\\Windows\\RemovableStorageDevices`, in the registry and in `Registry.pol`. " +
			"They restrict access to a device that is installed; whether it is installed at all is `device_installation`. Devices are told apart by class only, never by name: for one device use that kind.\n\n" +
			"`all` has one switch that denies everything (`Deny_All`) and beats every class.",
		Principal: "deny",
		New:       func() setting.Spec { return new(RemovableStorage) },
		Example: `class = "removable-disk"
deny  = ["write", "execute"]
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"class": "`all`, `removable-disk`, `cd-dvd`, `floppy`, `tape` or `wpd` (phones, cameras and players).",
			"deny":  "What is denied: `read`, `write`, `execute`. `all` denies the three together; `execute` does not exist for `wpd`. Rights that are not listed are allowed by the policy; `[]` allows all.",
		},
	}
}

// RemovableStorage is the desired restriction of one class of removable storage.
type RemovableStorage struct {
	Class string   `hcl:"class" json:"class"`
	Deny  []string `hcl:"deny" json:"deny"`

	ClassRange hcl.Range `hcl:"class,attr_value_range" json:"-"`
	DenyRange  hcl.Range `hcl:"deny,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *RemovableStorage) Check() hcl.Diagnostics {
	diags := choice(s.ClassRange, "class", s.Class, false, storageClassNames()...)
	for _, d := range s.Deny {
		diags = append(diags, choice(s.DenyRange, "deny", d, false, "read", "write", "execute")...)
	}
	switch {
	case diags.HasErrors():
	case s.Deny == nil:
		diags = append(diags, problem(either(s.DenyRange, s.ClassRange), "Empty expectation", `The setting does not say what is denied. Write "deny", and [] where the policy is to allow all.`))
	case s.Class == "all" && len(s.Deny) > 0 && !(s.denies("read") && s.denies("write") && s.denies("execute")):
		diags = append(diags, problem(s.DenyRange, "Partial denial of all storage", `Windows denies all storage wholly or not at all: write ["read", "write", "execute"], or name a class.`))
	case s.Class == "wpd" && s.denies("execute"):
		diags = append(diags, problem(s.DenyRange, "Unsupported denial", `Nothing is started from a device of the class "wpd", and Windows has no such policy. Leave "execute" out.`))
	}
	return diags
}

func (s *RemovableStorage) denies(what string) bool { return slices.Contains(s.Deny, what) }

func (s *RemovableStorage) values() ownedValues {
	var l ownedValues
	if s.Class == "all" {
		l.flag(removableStorageKey, "Deny_All", new(len(s.Deny) > 0))
		return l
	}
	for _, c := range storageClasses {
		if c.name != s.Class {
			continue
		}
		for _, guid := range c.keys {
			key := removableStorageKey + `\` + guid
			l.flag(key, "Deny_Read", new(s.denies("read")))
			l.flag(key, "Deny_Write", new(s.denies("write")))
			if c.name != "wpd" {
				l.flag(key, "Deny_Execute", new(s.denies("execute")))
			}
		}
	}
	return l
}

// Claims are the policy's values.
func (s *RemovableStorage) Claims(setting.Base) []setting.Claim { return s.values().claims() }

// Ops write the policy's values.
func (s *RemovableStorage) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads the policy's values.
func (s *RemovableStorage) Observe(r setting.Reader) (setting.Observed, error) {
	return s.values().observe(r)
}

// Judge passes where every value is as wanted.
func (s *RemovableStorage) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Compare knows that denying more tightens.
func (s *RemovableStorage) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*RemovableStorage)
	if !ok || s.Class != o.Class {
		return setting.Unknown
	}
	switch more, less := within(o.Deny, s.Deny), within(s.Deny, o.Deny); {
	case more && less:
		return setting.Same
	case more:
		return setting.Tightened
	case less:
		return setting.Loosened
	}
	return setting.Unknown
}
