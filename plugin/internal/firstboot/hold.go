package firstboot

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// firewallKey is the firewall's policy in the registry ([MS-GPFAS] 2.2).
const firewallKey = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall`

// held are the values that keep the client shut, on every kind of network; StandardProfile is what Windows reads for private and public
// ones where the policy has no PolicyVersion.
//
// They are policies in the hive and in no Registry.pol: processing that file writes what stands in it and leaves these alone, and taking
// them back leaves no trace there. They are values of the profiles and no rules: a plan that wants no other rules than its own
// (registry_exclusive on FirewallRules) is as fulfilled with them as without, so that the agent can judge the plan while they hold.
//
// Where nobody manages the client over the network nothing comes in at all, whatever the rules say (DoNotAllowExceptions, the shielded
// mode of [MS-FASP]). Shielded mode knows no exception; where WinRM is the management path, what no rule lets in is blocked and rules
// made on the client do not count, which leaves the rules of the plan. What goes out is the plan's matter from the first: a client that
// cannot reach who deploys it never becomes one.
func held(p *plan.Plan) []named {
	values := []named{{name: "EnableFirewall", value: setting.DWord(1)}, {name: "DoNotAllowExceptions", value: setting.DWord(1)}}
	if p.Image.Management.Path == "winrm_https" {
		values = []named{{name: "EnableFirewall", value: setting.DWord(1)}, {name: "DefaultInboundAction", value: setting.DWord(1)},
			{name: "AllowLocalPolicyMerge", value: setting.DWord(0)}}
	}
	var out []named
	for _, profile := range []string{"DomainProfile", "PrivateProfile", "PublicProfile", "StandardProfile"} {
		for _, v := range values {
			out = append(out, named{firewallKey + `\` + profile, v.name, v.value})
		}
	}
	return out
}

// holdOps are the ops that shut the client, and those that give back what the plan, or else the base, has there. What the plan itself
// wants needs neither.
func holdOps(p *plan.Plan, base setting.RegistryReader) (hold, release []plan.StagedOp, err error) {
	for _, v := range held(p) {
		if planned, ok, err := plannedAt(p, v); err != nil {
			return nil, nil, err
		} else if ok {
			if planned != v.value.Text() {
				return nil, nil, fmt.Errorf("the plan sets %s!%s to %s, but until the client is validated it has to be %s: leave out first_boot, or the setting",
					v.key, v.name, planned, v.value.Text())
			}
			continue
		}
		was, err := base.RegistryValue(v.key, v.name)
		back := plan.StagedOp{Settings: []string{ofHold}, Op: setting.Op{Action: setting.ActionRegistryDelete, Key: v.key, Name: v.name}}
		switch {
		case errors.Is(err, setting.ErrAbsent):
		case err != nil:
			return nil, nil, fmt.Errorf("read the firewall policy of the base: %w", err)
		case was.Text() == v.value.Text():
			continue
		default:
			back = set(ofHold, named{v.key, v.name, was})
		}
		back.Op.Stage = setting.StageSeal
		hold, release = append(hold, set(ofHold, v)), append(release, back)
	}
	return hold, release, nil
}

// plannedAt is what the plan's offline stage leaves at a value's place, in the text of setting.RegistryValue.
func plannedAt(p *plan.Plan, v named) (text string, ok bool, err error) {
	at := setting.RegistryLocation(v.key, v.name)
	for _, o := range p.Ops {
		if o.Op.Key == "" || o.Op.Scope != "" || !setting.RegistryLocation(o.Op.Key, o.Op.Name).Same(at) {
			continue
		}
		switch o.Op.Action {
		case setting.ActionRegistryDelete:
			text, ok = setting.Absent, true
		case setting.ActionRegistrySet:
			data, err := hex.DecodeString(o.Op.Data)
			if err != nil {
				return "", false, fmt.Errorf("the plan's op for %s: data is not hex: the plan is damaged: %w", at, err)
			}
			text, ok = setting.RegistryValue{Type: o.Op.Type, Data: data}.Text(), true
		}
	}
	return text, ok, nil
}

// Refused says why a setting cannot stand in an image that carries the agent, or nothing. canon is the claim's location in comparable form.
func Refused(p *plan.Plan, c setting.Claim, canon string) string {
	if below(canon, "file:", Folder) || below(canon, setting.SchemeFileSecurity+":", Folder) {
		return fmt.Sprintf("%s is where the image carries its agent. Choose another folder.", Folder)
	}
	if below(canon, "reg:", ServiceKey) || below(canon, setting.SchemeRegistrySecurity+":", ServiceKey) || canon == setting.ServiceLocation(ServiceName).Canon() {
		return fmt.Sprintf("%s is the service that starts the agent. Leave it alone.", ServiceName)
	}
	for _, v := range held(p) {
		at := setting.RegistryLocation(v.key, v.name)
		same := canon == at.Canon() || canon == setting.PolicyLocation(setting.ScopeMachine, v.key, v.name).Canon()
		if same && c.Value != v.value.Text() {
			return fmt.Sprintf("Until the client is validated its firewall lets nobody in, with %s = %s. Leave out the block first_boot, or the setting.",
				strings.TrimPrefix(string(at), "reg:"), v.value.Text())
		}
	}
	for _, key := range heldKeys(p) {
		if canon == setting.StateLocation(setting.SchemeOnly, "reg:"+key+"!*").Canon() {
			return fmt.Sprintf("Until the client is validated its firewall lets nobody in by values in %s, so that the setting would fail and the client never open. "+
				"Leave out the block first_boot, or the setting.", key)
		}
	}
	return ""
}

func heldKeys(p *plan.Plan) []string {
	var keys []string
	for _, v := range held(p) {
		if !slices.Contains(keys, v.key) {
			keys = append(keys, v.key)
		}
	}
	return keys
}

// below reports whether a location of the scheme is a path, a key, or something in it. The scheme keeps its colon.
func below(canon, scheme, path string) bool {
	rest, ok := strings.CutPrefix(canon, setting.Location(scheme+path).Canon())
	return ok && (rest == "" || rest[0] == '\\' || rest[0] == '!')
}
