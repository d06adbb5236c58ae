package conflict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

const (
	smb1Feature = "SMB1Protocol"
	// smb1Gone is the first build that comes without SMB 1 (1709; Microsoft Learn, SMB version 1 is not installed by default).
	smb1Gone = 16299
)

// workstationDepends is where the workstation service lists the drivers that it starts with.
var workstationDepends = setting.RegistryLocation(`HKLM\SYSTEM\CurrentControlSet\Services\LanmanWorkstation`, "DependOnService").Canon()

// smb1 looks at both ends: the client's hurts whoever needs the version, the server's only where a peer comes in by it.
func smb1(j *judge) {
	client := j.smb1Client()
	server := without(j.of("smb1-server-off"), client)
	for _, p := range j.products() {
		f := p.Environment.Needs.SMB
		needs, known := f.Get()
		switch on := j.smb1On(); {
		case !known:
			j.silent(p, "needs.smb", f.State, f.Range, client)
		case needs != "1.0":
		case len(client) > 0:
			j.add(Block, p, f.Range, client, fmt.Sprintf("The product %q needs SMB 1, which %s off.", p.Name, does(client, "turn")), j.smb1Way(client))
		case j.base.Number() >= smb1Gone && !j.inBase(upcase.Fold(smb1Feature)) && len(on) == 0:
			j.add(Block, p, f.Range, nil, fmt.Sprintf("The product %q needs SMB 1, which this Windows (%s) comes without (feature %s), and nothing in the plan turns it on.", p.Name, j.base.Build, smb1Feature), j.smb1Way(nil))
		case len(on) > 0:
			j.narrowed(p, f.Range, nil, on, fmt.Sprintf("The feature %s is turned on at first boot, as the product %q needs.", smb1Feature, p.Name))
		}
		if says(j, p, "needs.smb", f, "1.0", server) {
			j.incoming(p, server, f.Range, smbPorts, fmt.Sprintf("A peer of the product %q needs SMB 1 and comes in by it (%%s), but %s turn it off.", p.Name, names(server)))
		}
	}
}

// smb1Client is what keeps the client's side from SMB 1: the driver or the feature off, or a workstation service that does not start it.
func (j *judge) smb1Client() []claimed {
	out := j.of("smb1-client-off")
	for c := range j.on(workstationDepends) {
		if !strings.Contains(upcase.Fold(c.claim.Value), "MRXSMB10") {
			out = append(out, c)
		}
	}
	return compact(out)
}

// smb1On is what turns the feature on. Its client's part alone is enough.
func (j *judge) smb1On() []claimed {
	return slices.DeleteFunc(j.of("feature-enabled"), func(c claimed) bool {
		return !isFeature(c.claim, smb1Feature) && !isFeature(c.claim, smb1Feature+"-Client")
	})
}

func isFeature(c setting.Claim, name string) bool {
	return c.Location.Same(setting.StateLocation(setting.SchemeFeature, name))
}

// smb1Way names each setting that must give way, and the value of the one that must turn the feature on: where Windows comes without the
// feature, leaving it alone leaves the product without it.
func (j *judge) smb1Way(client []claimed) string {
	gone := j.base.Number() >= smb1Gone && !j.inBase(upcase.Fold(smb1Feature))
	feature := ""
	for _, c := range j.req.Settings { // a setting that is skipped claims nothing, and is still the one to except
		for _, claim := range c.Spec.Claims(j.base) {
			if isFeature(claim, smb1Feature) {
				feature = c.ID
			}
		}
	}
	var steps []string
	for _, id := range ids(client) {
		if !gone || id != feature {
			steps = append(steps, fmt.Sprintf("exception %q { skip = true ... }", id))
		}
	}
	switch {
	case gone && feature != "" && len(j.smb1On()) == 0:
		steps = append(steps, fmt.Sprintf("exception %q { value = \"enabled\" ... }", feature))
	case gone && len(j.smb1On()) == 0:
		steps = append(steps, fmt.Sprintf("a setting of the kind optional_feature with name = %q and state = \"enabled\"", smb1Feature))
	}
	text := "If it must stay possible, write " + strings.Join(steps, " and ")
	if len(steps) > 1 {
		text += " (none of them is enough alone)"
	}
	if gone {
		text += fmt.Sprintf(", or put the feature into the base and write it into its file (features = [%q]): an exception that only skips the feature's setting leaves it off", smb1Feature)
	}
	return text + ". Whoever excepts the driver excepts the list of drivers that the workstation service starts with too (module smb: no-smb1-client, client-without-smb1, smb1-feature). Let a firewall rule limit it to that peer."
}

// smbPorts are where SMB comes in.
var smbPorts = []string{"139", "445"}

// incoming is a server's side, which hurts where a flow of the product comes in on one of the ports. In the reason, %s stands for the
// flow's.
func (j *judge) incoming(p plan.Product, hits []claimed, at hcl.Range, ports []string, reason string) {
	gaps(j, p, "needs.flows", p.Environment.Needs.Flows, hits)
	for _, f := range p.Environment.Needs.Flows.Stated() {
		open, known := f.Value.AllPorts()
		direction, told := f.Value.Direction.Get()
		comes := slices.ContainsFunc(open, func(s string) bool {
			return slices.ContainsFunc(ports, func(port string) bool { return overlap(s, port) })
		})
		switch {
		case direction == "out":
		case comes && told:
			j.add(Block, p, at, hits, strings.Replace(reason, "%s", strings.Join(open, ", "), 1), fmt.Sprintf("Let the peer deliver another way, or except the server's side too (%s), and let a firewall rule limit it to that peer.", names(hits)))
		case !known || !told:
			j.silent(p, "needs.flows", environment.Unknown, f.Range, hits)
		}
	}
}
