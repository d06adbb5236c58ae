package conflict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// netFx3 is the one feature that products ask for and whose files no medium of Windows 10 installs: .NET 3.5.
const netFx3 = "NETFX3"

// inBase reports whether the base's file states that servicing has turned the feature on.
func (j *judge) inBase(key string) bool {
	return slices.ContainsFunc(j.base.Features, func(s string) bool { return upcase.Fold(s) == key })
}

// sourceless reports whether nothing says where the files of a feature that is turned on come from.
func (j *judge) sourceless(on []claimed) bool { return len(on) > 0 && !j.has("feature-source") }

// features holds the features that products need against those that the base has, and that the plan turns on or off.
func features(j *judge) {
	on, off := byName(j.of("feature-enabled")), byName(j.of("feature-disabled"))
	source := func(key string) []claimed { // what the AUTO of a feature rests on besides the setting that turns it on
		if key != netFx3 {
			return nil
		}
		return j.of("feature-source")
	}
	if by := on[netFx3]; len(by) > 0 && !j.inBase(netFx3) && j.sourceless(by) {
		level, far := Warn, "Windows takes them from Windows Update"
		if cut := j.of("outbound-block", "patches-frozen", "patches-serviced", "patches-flow"); len(cut) > 0 {
			level, far = Ask, fmt.Sprintf("the client does not reach Windows Update (%s)", names(cut))
		}
		j.own(level, by, fmt.Sprintf("%s on the feature NetFx3 at first boot. Its files are not in the base, nothing says where they come from, and %s.", does(by, "turn"), far),
			"Service the base with the medium's sources (folder sources\\sxs) and write features = [\"NetFx3\"] into its file, or name the source by policy (registry_value LocalSourcePath in HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Servicing).")
	}
	j.farSources(on[netFx3])
	for _, p := range j.products() {
		needs := p.Environment.Needs
		wanted := map[string]hcl.Range{}
		gaps(j, p, "needs.features", needs.Features, j.of("feature-disabled"))
		if len(on[netFx3]) == 0 && !j.inBase(netFx3) && !needs.NetFramework.Complete() { // it is the lack of the feature that hurts
			j.mutter(p, "needs.net_framework", needs.NetFramework.Range, off[netFx3])
		}
		for _, f := range needs.Features.Stated() {
			wanted[f.Value] = f.Range
		}
		for _, f := range needs.NetFramework.Stated() {
			if f.Value == "2.0" || f.Value == "3.0" || f.Value == "3.5" {
				wanted["NetFx3"] = f.Range
			}
		}
		for _, name := range sortedKeys(wanted) {
			key := upcase.Fold(name)
			gone := slices.Clone(off[key])
			for _, parent := range parents(key) {
				gone = append(gone, off[parent]...)
			}
			switch {
			case len(gone) > 0:
				j.add(Block, p, wanted[name], gone, fmt.Sprintf("The product %q needs the feature %s, which %s off.", p.Name, name, does(gone, "turn")), "Leave the feature on.")
			case j.inBase(key): // the plan has nothing to do
			case len(on[key]) > 0 && key == netFx3 && (j.sourceless(on[key]) || len(j.farServers()) > 0):
			case len(on[key]) > 0:
				j.narrowed(p, wanted[name], nil, slices.Concat(on[key], source(key)), fmt.Sprintf("The feature %s is turned on at first boot, as the product %q needs.", name, p.Name))
			case key == netFx3:
				j.add(Block, p, wanted[name], nil, fmt.Sprintf("The product %q needs .NET 3.5 (feature NetFx3), which Windows 10 does not have turned on, and nothing in the plan turns it on.", p.Name), "Service the base with the medium's sources (folder sources\\sxs) and write features = [\"NetFx3\"] into its file, or turn the feature on with a setting of the kind optional_feature.")
			default:
				j.add(Warn, p, wanted[name], nil, fmt.Sprintf("The product %q needs the feature %s. Nothing in the plan turns it on, and the base's file does not say that it has it.", p.Name, name),
					fmt.Sprintf("Turn it on with a setting of the kind optional_feature; or, where the base has it, write features = [%q] into the base's file.", name))
			}
		}
	}
}

// byName are claims by the folded name of what they claim.
func byName(claims []claimed) map[string][]claimed {
	out := map[string][]claimed{}
	for _, c := range claims {
		name := upcase.Fold(c.claim.Location.Name())
		out[name] = append(out[name], c)
	}
	return out
}

// parts are features that go with another, by what their names begin with: turning the whole off turns the parts off. As DISM lists them.
var parts = map[string]string{
	"SMB1PROTOCOL-": "SMB1PROTOCOL", "MICROSOFTWINDOWSPOWERSHELLV2": "MICROSOFTWINDOWSPOWERSHELLV2ROOT", "PRINTING-FOUNDATION-": "PRINTING-FOUNDATION-FEATURES",
	"WCF-HTTP-ACTIVATION": netFx3, "WCF-NONHTTP-ACTIVATION": netFx3,
}

// parents are the features that the feature is a part of.
func parents(key string) []string {
	var out []string
	for _, begin := range sortedKeys(parts) {
		if whole := parts[begin]; strings.HasPrefix(key, begin) && key != whole {
			out = append(out, whole)
		}
	}
	return out
}
