package seal

import (
	"encoding/hex"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// doorValues are registry values that answer file and bootstrap set for a build, and that a plan may set otherwise: until the seal the build's hold.
var doorValues = []struct{ key, name string }{
	{systemPolicy, tokenFilter}, {winlogon, "AutoAdminLogon"}, {winlogon, "DefaultUserName"}, {winrmService, "Start"},
}

// Restored are the plan's settings that cannot be as wanted while the build's way in is open, by their ids: the seal puts them right. Whoever judges
// before waits for them; whoever judges afterwards does not.
func Restored(p *plan.Plan) []string {
	var out []string
	for _, v := range doorValues {
		at := setting.RegistryLocation(v.key, v.name)
		for _, o := range p.Ops {
			if o.Op.Key != "" && o.Op.Scope == "" && setting.RegistryLocation(o.Op.Key, o.Op.Name).Same(at) {
				out = append(out, o.Settings...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// plannedValue is what the plan sets at a place; ok is false where it sets nothing.
func plannedValue(p *plan.Plan, key, name string) (v setting.RegistryValue, ok bool) {
	at := setting.RegistryLocation(key, name)
	for _, o := range p.Ops {
		if o.Op.Action != setting.ActionRegistrySet || o.Op.Scope != "" || !setting.RegistryLocation(o.Op.Key, o.Op.Name).Same(at) {
			continue
		}
		if data, err := hex.DecodeString(o.Op.Data); err == nil {
			v, ok = setting.RegistryValue{Type: o.Op.Type, Data: data}, true
		}
	}
	return v, ok
}
