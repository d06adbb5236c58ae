package conflict

import (
	"fmt"
	"slices"

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
	on, off := map[string][]claimed{}, map[string][]claimed{}
	for _, c := range j.of("feature-enabled") {
		name := upcase.Fold(c.claim.Location.Name())
		on[name] = append(on[name], c)
	}
	for _, c := range j.of("feature-disabled") {
		name := upcase.Fold(c.claim.Location.Name())
		off[name] = append(off[name], c)
	}
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
			switch {
			case len(off[key]) > 0:
				j.add(Block, p, wanted[name], off[key], fmt.Sprintf("The product %q needs the feature %s, which %s off.", p.Name, name, does(off[key], "turn")), "Leave the feature on.")
			case j.inBase(key): // the plan has nothing to do
			case len(on[key]) > 0 && key == netFx3 && j.sourceless(on[key]):
			case len(on[key]) > 0:
				j.narrowed(p, wanted[name], nil, slices.Concat(on[key], source(key)), fmt.Sprintf("The feature %s is turned on at first boot, as the product %q needs.", name, p.Name))
			case key == netFx3:
				j.add(Block, p, wanted[name], nil, fmt.Sprintf("The product %q needs .NET 3.5 (feature NetFx3), which Windows 10 does not have turned on, and nothing in the plan turns it on.", p.Name), "Service the base with the medium's sources (folder sources\\sxs) and write features = [\"NetFx3\"] into its file, or turn the feature on with a setting of the kind optional_feature.")
			}
		}
	}
}
