package kinds

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.Spec     = (*DeviceInstallation)(nil)
	_ setting.Merger   = (*DeviceInstallation)(nil)
	_ setting.Comparer = (*DeviceInstallation)(nil)
)

const deviceRestrictions = `HKLM\SOFTWARE\Policies\Microsoft\Windows\DeviceInstall\Restrictions`

// deviceLists are the lists of DeviceInstallation.admx: the value that switches each on is also the key that holds its numbered items.
var deviceLists = []struct {
	name, key   string
	retroactive string // the value that makes a denial hold for devices that are installed already; an allowance has none
}{
	{"deny_ids", "DenyDeviceIDs", "DenyDeviceIDsRetroactive"},
	{"deny_classes", "DenyDeviceClasses", "DenyDeviceClassesRetroactive"},
	{"deny_instances", "DenyInstanceIDs", "DenyInstanceIDsRetroactive"},
	{"allow_ids", "AllowDeviceIDs", ""},
	{"allow_classes", "AllowDeviceClasses", ""},
	{"allow_instances", "AllowInstanceIDs", ""},
}

func deviceInstallationKind() setting.Kind {
	return setting.Kind{
		Name: "device_installation",
		Doc: "Which devices Windows may install, by device id, setup class or device instance.\n\n" +
			"The values are policies below `SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceInstall\\Restrictions`, in the registry and in `Registry.pol`. " +
			"A list is stored as the values `1`, `2`, ... of a key: lists of several settings are joined, sorted and numbered anew, and a `registry_value` there agrees or collides with the number it names. " +
			"The number behind the last one is kept empty. Numbers after a gap, which a base may have, are neither removed nor seen: bases come without such policies.\n\n" +
			"A denial beats an allowance, except for administrators with `admins_override`; from 19044 with the update of July 2021 `layered` turns that round, so that an instance beats an id and an id beats a class. " +
			"Instance lists exist from 17763 on and are ignored before. A device that a product needs is allowed by its hardware id (`USB\\\\VID_0BDA&PID_0165`), never by its name.",
		Principal: "deny_ids",
		New:       func() setting.Spec { return new(DeviceInstallation) },
		Example: `deny_classes = ["{d48179be-ec20-11d1-b6b8-00c04fa372a7}"]
deny_ids     = ["PCI\\CC_0C0A"]
retroactive  = true
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"deny_ids":        "Hardware or compatible ids that may not be installed.",
			"deny_classes":    "Setup classes (GUIDs) that may not be installed.",
			"deny_instances":  "Device instance ids that may not be installed.",
			"allow_ids":       "Hardware or compatible ids that may be installed.",
			"allow_classes":   "Setup classes (GUIDs) that may be installed.",
			"allow_instances": "Device instance ids that may be installed.",
			"retroactive":     "For denials: whether devices that are installed already stop working too (`...Retroactive`).",
			"only_allowed":    "Whether everything that no list allows is denied (`DenyUnspecified`).",
			"deny_removable":  "Whether removable devices may not be installed (`DenyRemovableDevices`).",
			"admins_override": "Whether administrators may install what is denied (`AllowAdminInstall`).",
			"layered":         "Whether allowances of something narrower beat denials of something wider (`AllowDenyLayered`).",
		},
	}
}

// DeviceInstallation is the desired restriction of device installation.
type DeviceInstallation struct {
	DenyIDs        []string `hcl:"deny_ids,optional" json:"deny_ids,omitempty"`
	DenyClasses    []string `hcl:"deny_classes,optional" json:"deny_classes,omitempty"`
	DenyInstances  []string `hcl:"deny_instances,optional" json:"deny_instances,omitempty"`
	AllowIDs       []string `hcl:"allow_ids,optional" json:"allow_ids,omitempty"`
	AllowClasses   []string `hcl:"allow_classes,optional" json:"allow_classes,omitempty"`
	AllowInstances []string `hcl:"allow_instances,optional" json:"allow_instances,omitempty"`
	Retroactive    *bool    `hcl:"retroactive,optional" json:"retroactive,omitempty"`
	OnlyAllowed    *bool    `hcl:"only_allowed,optional" json:"only_allowed,omitempty"`
	DenyRemovable  *bool    `hcl:"deny_removable,optional" json:"deny_removable,omitempty"`
	AdminsOverride *bool    `hcl:"admins_override,optional" json:"admins_override,omitempty"`
	Layered        *bool    `hcl:"layered,optional" json:"layered,omitempty"`

	Body                hcl.Body  `hcl:",body" json:"-"`
	DenyIDsRange        hcl.Range `hcl:"deny_ids,attr_value_range" json:"-"`
	DenyClassesRange    hcl.Range `hcl:"deny_classes,attr_value_range" json:"-"`
	DenyInstancesRange  hcl.Range `hcl:"deny_instances,attr_value_range" json:"-"`
	AllowIDsRange       hcl.Range `hcl:"allow_ids,attr_value_range" json:"-"`
	AllowClassesRange   hcl.Range `hcl:"allow_classes,attr_value_range" json:"-"`
	AllowInstancesRange hcl.Range `hcl:"allow_instances,attr_value_range" json:"-"`
	RetroactiveRange    hcl.Range `hcl:"retroactive,attr_value_range" json:"-"`
}

type deviceList struct {
	items *[]string
	at    hcl.Range
}

// lists are in the order of deviceLists.
func (s *DeviceInstallation) lists() []deviceList {
	return []deviceList{
		{&s.DenyIDs, s.DenyIDsRange}, {&s.DenyClasses, s.DenyClassesRange}, {&s.DenyInstances, s.DenyInstancesRange},
		{&s.AllowIDs, s.AllowIDsRange}, {&s.AllowClasses, s.AllowClassesRange}, {&s.AllowInstances, s.AllowInstancesRange},
	}
}

// Check reports errors of meaning.
func (s *DeviceInstallation) Check() hcl.Diagnostics {
	var diags hcl.Diagnostics
	denials := 0
	for i, l := range s.lists() {
		name := deviceLists[i].name
		if *l.items != nil && len(*l.items) == 0 {
			diags = append(diags, problem(l.at, "Empty expectation", "An empty %q restricts nothing. Leave it out.", name))
		}
		if deviceLists[i].retroactive != "" {
			denials += len(*l.items)
		}
		for _, item := range *l.items {
			diags = append(diags, checkDevice(item, strings.HasSuffix(name, "_classes"), l.at)...)
		}
	}
	if s.Retroactive != nil && denials == 0 && !diags.HasErrors() {
		diags = append(diags, problem(s.RetroactiveRange, "Retroactive without a denial", `"retroactive" says what a denial does to installed devices, and the setting denies none by list.`))
	}
	if !diags.HasErrors() && len(s.values()) == 0 {
		diags = append(diags, problem(placeIn(s.Body), "Empty expectation", `The setting asks for nothing. Write a list, or one of "only_allowed", "deny_removable", "admins_override" and "layered".`))
	}
	return diags
}

func checkDevice(item string, class bool, at hcl.Range) hcl.Diagnostics {
	if class {
		if len(item) != 38 || item[0] != '{' || item[37] != '}' || !isGUID(item[1:37]) {
			return hcl.Diagnostics{problem(at, "Illegal setup class", `%q is no class. Write its GUID with braces, such as "{d48179be-ec20-11d1-b6b8-00c04fa372a7}": names differ by language.`, item)}
		}
		return nil
	}
	enumerator, rest, ok := strings.Cut(item, `\`)
	if !ok || enumerator == "" || rest == "" || !isPrintableASCII(item) || strings.ContainsAny(item, ` ,"*?`) || len(item) > maxPolicyName {
		return hcl.Diagnostics{problem(at, "Illegal device id", `%q is no device id. Write it as the device manager shows it, such as "USB\\VID_0BDA&PID_0165", without wildcards.`, item)}
	}
	return nil
}

func (s *DeviceInstallation) values() ownedValues {
	var l ownedValues
	for i, list := range s.lists() {
		items := deviceItems(*list.items)
		if len(items) == 0 {
			continue
		}
		d := deviceLists[i]
		l.number(deviceRestrictions, d.key, new(1))
		if d.retroactive != "" {
			l.flag(deviceRestrictions, d.retroactive, s.Retroactive)
		}
		for n, item := range items {
			l = append(l, ownedValue{key: deviceRestrictions + `\` + d.key, name: strconv.Itoa(n + 1), value: setting.SZ(item), union: true})
		}
		end := ownedValue{key: deviceRestrictions + `\` + d.key, name: strconv.Itoa(len(items) + 1), absent: true, union: true}
		l = append(l, end) // or another setting, or the base, would make the list longer without a word
	}
	l.flag(deviceRestrictions, "DenyUnspecified", s.OnlyAllowed)
	l.flag(deviceRestrictions, "DenyRemovableDevices", s.DenyRemovable)
	l.flag(deviceRestrictions, "AllowAdminInstall", s.AdminsOverride)
	l.flag(deviceRestrictions, "AllowDenyLayered", s.Layered)
	return l
}

// deviceItems is the list in the order in which it is numbered: Windows compares ids without regard to case, so each stands once.
func deviceItems(list []string) []string {
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b string) int {
		if c := strings.Compare(upcase.Fold(a), upcase.Fold(b)); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	return slices.CompactFunc(sorted, upcase.Equal)
}

// Claims are the policy's values; the numbered ones join other settings' lists.
func (s *DeviceInstallation) Claims(setting.Base) []setting.Claim { return s.values().claims() }

// Ops write the policy's values.
func (s *DeviceInstallation) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads the policy's values.
func (s *DeviceInstallation) Observe(r setting.Reader) (setting.Observed, error) {
	return s.values().observe(r)
}

// Judge passes where every value is as wanted.
func (s *DeviceInstallation) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Merge joins the lists of two settings. What is said by one only, holds for both; where both speak they must agree.
func (s *DeviceInstallation) Merge(other setting.Spec) (setting.Spec, error) {
	o, ok := other.(*DeviceInstallation)
	if !ok {
		return nil, fmt.Errorf("merge device installation with %T: only two settings of that kind merge", other)
	}
	merged := new(DeviceInstallation)
	for i, l := range merged.lists() {
		joined := deviceItems(slices.Concat(*s.lists()[i].items, *o.lists()[i].items))
		if len(joined) > 0 {
			*l.items = joined
		}
	}
	for _, f := range []struct {
		name     string
		to, a, b **bool
	}{
		{"retroactive", &merged.Retroactive, &s.Retroactive, &o.Retroactive}, {"only_allowed", &merged.OnlyAllowed, &s.OnlyAllowed, &o.OnlyAllowed},
		{"deny_removable", &merged.DenyRemovable, &s.DenyRemovable, &o.DenyRemovable}, {"admins_override", &merged.AdminsOverride, &s.AdminsOverride, &o.AdminsOverride},
		{"layered", &merged.Layered, &s.Layered, &o.Layered},
	} {
		switch a, b := *f.a, *f.b; {
		case a != nil && b != nil && *a != *b:
			return nil, errors.New("merge device installation: one says " + f.name + " = true, the other false")
		case a != nil:
			*f.to = new(*a)
		case b != nil:
			*f.to = new(*b)
		}
	}
	return merged, nil
}

// Compare knows that a longer list of those denied tightens and a longer list of those allowed loosens, all else being equal.
func (s *DeviceInstallation) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*DeviceInstallation)
	if !ok {
		return setting.Unknown
	}
	if s.values().compare(o.values()) == setting.Same {
		return setting.Same
	}
	was := *o
	tighter, looser := true, true
	for i, l := range s.lists() {
		is, before := foldedItems(*l.items), foldedItems(*o.lists()[i].items)
		deny := deviceLists[i].retroactive != ""
		tighter = tighter && (deny && within(before, is) || !deny && within(is, before))
		looser = looser && (deny && within(is, before) || !deny && within(before, is))
		*was.lists()[i].items = *l.items
	}
	switch {
	case s.values().compare(was.values()) != setting.Same:
		return setting.Unknown
	case tighter && looser: // the same ids in another case
		return setting.Same
	case tighter:
		return setting.Tightened
	case looser:
		return setting.Loosened
	}
	return setting.Unknown
}

func foldedItems(list []string) []string {
	folded := make([]string, len(list))
	for i, item := range list {
		folded[i] = upcase.Fold(item)
	}
	return folded
}
