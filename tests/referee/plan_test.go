package referee

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// plan is what this package takes from plan.json.
type plan struct {
	Image struct {
		Epoch string `json:"epoch"`
	} `json:"image"`
	Ops []struct {
		Op       op       `json:"op"`
		Settings []string `json:"settings"`
	} `json:"ops"`
	Settings []struct {
		ID     string   `json:"id"`
		Effect string   `json:"effect"`
		Stages []string `json:"stages"`
	} `json:"settings"`
}

type op struct {
	Stage    string   `json:"stage"`
	Action   string   `json:"action"`
	Scope    string   `json:"scope"`
	Key      string   `json:"key"`
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Data     string   `json:"data"`
	NeedKey  string   `json:"need_key"`
	Optional bool     `json:"optional"`
	Path     string   `json:"path"`
	SHA256   string   `json:"sha256"`
	Size     int64    `json:"size"`
	Location string   `json:"location"`
	Value    string   `json:"value"`
	SIDs     []string `json:"sids"`
}

// manifest is what this package takes from manifest.json.
type manifest struct {
	Base struct {
		Observed struct {
			StandIn bool `json:"stand_in"`
		} `json:"observed"`
	} `json:"base"`
	Changes []struct {
		Action string `json:"action"`
		Path   string `json:"path"`
		SHA256 string `json:"sha256"`
	} `json:"changes"`
	Findings []finding `json:"findings"`
	Stamp    struct {
		Name         string `json:"name"`
		Version      string `json:"version"`
		RecipeDigest string `json:"recipe_digest"`
		Class        string `json:"class"`
		Management   string `json:"management"`
	} `json:"stamp"`
}

type finding struct {
	Setting  string `json:"setting"`
	Outcome  string `json:"outcome"`
	Expected string `json:"expected"`
	Observed string `json:"observed"`
	Before   string `json:"before"`
	Reason   string `json:"reason"`
}

// Hives, by their paths in the WIM.
const (
	softwareHive = "/Windows/System32/config/SOFTWARE"
	systemHive   = "/Windows/System32/config/SYSTEM"
	userHive     = "/Users/Default/NTUSER.DAT"
	machinePol   = "/Windows/System32/GroupPolicy/Machine/Registry.pol"
	userPol      = "/Windows/System32/GroupPolicy/User/Registry.pol"
	gptFile      = "/Windows/System32/GroupPolicy/gpt.ini"
)

// place returns the hive in which a key of the plan lies and its path there. Select\Current names the control set.
func place(t *testing.T, key, current string) (hive, path string) {
	t.Helper()
	fold := func(prefix string) (string, bool) {
		if len(key) >= len(prefix) && strings.EqualFold(key[:len(prefix)], prefix) {
			return key[len(prefix):], true
		}
		return "", false
	}
	if rest, ok := fold(`HKLM\SOFTWARE\`); ok {
		return softwareHive, rest
	}
	if rest, ok := fold(`HKLM\SYSTEM\CurrentControlSet\`); ok {
		return systemHive, current + `\` + rest
	}
	if rest, ok := fold(`HKLM\SYSTEM\`); ok {
		return systemHive, rest
	}
	if rest, ok := fold(`HKCU\`); ok {
		return userHive, rest
	}
	t.Fatalf("the plan has the key %q, which is in none of the hives that the referees read", key)
	return "", ""
}

// typeNumbers are Windows' numbers of value types, from its headers.
var typeNumbers = map[string]uint32{
	"none": 0, "sz": 1, "expand_sz": 2, "binary": 3, "dword": 4, "dword_be": 5, "multi_sz": 7, "resource_list": 8,
	"full_resource_descriptor": 9, "resource_requirements_list": 10, "qword": 11,
}

// value is a registry value as hives and Registry.pol keep it.
type value struct {
	Name string
	Type uint32
	Data string // hex
}

func (o op) value(t *testing.T) value {
	t.Helper()
	number, ok := typeNumbers[o.Type]
	if !ok {
		t.Fatalf("%s!%s has the type %q, whose number is not known", o.Key, o.Name, o.Type)
	}
	return value{o.Name, number, o.Data}
}

// stamp is the stamp as ops: it stands in the manifest, not in the plan.
func (b built) stamp() []op {
	var ops []op
	s := b.record.Stamp
	for _, f := range [][2]string{{"Name", s.Name}, {"Version", s.Version}, {"RecipeDigest", s.RecipeDigest}, {"Class", s.Class}, {"Management", s.Management}} {
		ops = append(ops, op{Stage: "image", Action: "registry-set", Key: `HKLM\SOFTWARE\wmclient`, Name: f[0], Type: "sz", Data: utf16Hex(f[1])})
	}
	return ops
}

// utf16Hex is a REG_SZ's data for ASCII text.
func utf16Hex(text string) string {
	var b []byte
	for i := range len(text) {
		b = append(b, text[i], 0)
	}
	return hex.EncodeToString(append(b, 0, 0))
}

// offline returns the plan's ops at stage image with the given prefix, and those of the stamp.
func (b built) offline(prefix string) []op {
	var ops []op
	for _, o := range b.plan.Ops {
		if o.Op.Stage == "image" && strings.HasPrefix(o.Op.Action, prefix) {
			ops = append(ops, o.Op)
		}
	}
	if prefix == "registry-" {
		ops = append(ops, b.stamp()...)
	}
	return ops
}

// currentControlSet reads Select\Current out of a hive as hivex sees it.
func currentControlSet(t *testing.T, system hive) string {
	t.Helper()
	k := system.key(`Select`)
	if k == nil {
		t.Fatal("the SYSTEM hive has no key Select")
	}
	v, ok := k.Values["current"]
	if !ok || v.Type != 4 || len(v.Data) != 8 {
		t.Fatalf("Select\\Current is %+v", v)
	}
	return fmt.Sprintf("ControlSet0%s", v.Data[:2])
}
