package firstboot

import (
	"encoding/hex"
	"errors"
	"fmt"
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
// them back leaves no trace there. Where nobody manages the client over the network nothing comes in at all, whatever the rules say
// (DoNotAllowExceptions, the shielded mode of [MS-FASP]). Shielded mode knows no exception: where WinRM is the management path, rules block
// everything but that.
//
// What goes out is the plan's matter from the first: a client that cannot reach who deploys it never becomes one.
func held(p *plan.Plan) ([]named, error) {
	var out []named
	for _, profile := range []string{"DomainProfile", "PrivateProfile", "PublicProfile", "StandardProfile"} {
		out = append(out, named{profileKeys + profile, "EnableFirewall", setting.DWord(1)})
		if !managed(p) {
			out = append(out, named{profileKeys + profile, "DoNotAllowExceptions", setting.DWord(1)})
		}
	}
	if !managed(p) {
		return out, nil
	}
	rules, err := heldRules(p.Image.Management.From)
	if err != nil {
		return nil, err
	}
	if _, ok, err := plannedAt(p, named{key: firewallKey, name: "PolicyVersion"}); err != nil {
		return nil, err
	} else if !ok { // whatever version the plan writes knows such rules
		out = append(out, named{firewallKey, "PolicyVersion", setting.DWord(policyVersion)})
	}
	return append(out, rules...), nil
}

// managed reports whether somebody manages the client over the network.
func managed(p *plan.Plan) bool { return p.Image.Management.Path == "winrm_https" }

// holdOps are the ops that shut the client, and those that give back what the plan, or else the base, has there. What the plan itself
// wants needs neither.
func holdOps(p *plan.Plan, table setting.Table, base setting.RegistryReader) (hold, release []plan.StagedOp, err error) {
	values, err := held(p)
	if err != nil {
		return nil, nil, err
	}
	hindered, err := hindered(p, table, values)
	if err != nil {
		return nil, nil, err
	}
	for _, v := range values {
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
		back := plan.StagedOp{Op: setting.Op{Action: setting.ActionRegistryDelete, Key: v.key, Name: v.name}}
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
		back.Settings = append([]string{ofHold}, hindered[v.key]...)
		hold, release = append(hold, set(ofHold, v)), append(release, back)
	}
	return hold, release, nil
}

// hindered are the settings that want a key to hold nothing but what the plan sets there (registry_exclusive on the firewall's rules): they
// cannot be as wanted before what is held is given back. The ops that do so name them, so that the agent does not wait for them first.
func hindered(p *plan.Plan, table setting.Table, values []named) (map[string][]string, error) {
	whole := map[string]string{} // by canonical location: the key
	for _, v := range values {
		whole[setting.StateLocation(setting.SchemeOnly, "reg:"+v.key+"!*").Canon()] = v.key
	}
	out := map[string][]string{}
	for i := range p.Settings {
		s := &p.Settings[i]
		if s.Effect == plan.EffectSkip {
			continue
		}
		spec, err := table.DecodeJSON(s.Kind, s.Spec)
		if err != nil {
			return nil, fmt.Errorf("read the plan's setting %s: %w", s.ID, err)
		}
		for _, c := range spec.Claims(p.Base.Base) {
			if key, ok := whole[c.Location.Canon()]; ok {
				out[key] = append(out[key], s.ID)
			}
		}
	}
	return out, nil
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

// Guard knows what settings cannot stand in an image that carries the agent.
type Guard struct {
	wants map[string]named // by canonical location: what is held there
	err   error
}

// GuardOf is the guard of an image whose plan has such a block; only what stands in the block management is looked at.
func GuardOf(p *plan.Plan) *Guard {
	g := &Guard{wants: map[string]named{}}
	values, err := held(p)
	g.err = err
	for _, v := range values {
		if v.name == "PolicyVersion" { // a plan may have its own
			continue
		}
		g.wants[setting.RegistryLocation(v.key, v.name).Canon()] = v
		g.wants[setting.PolicyLocation(setting.ScopeMachine, v.key, v.name).Canon()] = v
	}
	return g
}

// Refuses says why a setting with this claim cannot stand in the image, or nothing. canon is the claim's location in comparable form.
func (g *Guard) Refuses(c setting.Claim, canon string) string {
	for _, own := range []string{AgentPath, BundleFolder, StateFolder} {
		if below(canon, "file:", own) || below(canon, setting.SchemeFileSecurity+":", own) {
			return fmt.Sprintf("%s is the agent's. Choose another place.", own)
		}
	}
	if canon == setting.StateLocation(setting.SchemeFileSecurity, Folder).Canon() {
		return fmt.Sprintf("%s is the agent's, and inherits from the folder above it who may write there. Leave it alone.", Folder)
	}
	if below(canon, "reg:", ServiceKey) || below(canon, setting.SchemeRegistrySecurity+":", ServiceKey) || canon == setting.ServiceLocation(ServiceName).Canon() {
		return fmt.Sprintf("%s is the service that starts the agent. Leave it alone.", ServiceName)
	}
	if g.err != nil {
		return g.err.Error()
	}
	if v, ok := g.wants[canon]; ok && c.Value != v.value.Text() {
		return fmt.Sprintf("Until the client is validated its firewall lets nobody in, with %s!%s = %s. Leave out the block first_boot, or the setting.",
			v.key, v.name, v.value.Text())
	}
	return ""
}

// Hidden are the names of values that are held in a key and go when the client is open, by the canonical location of the key's
// default value: who judges what the plan makes of an image that was not booted looks past them.
func Hidden(p *plan.Plan, r setting.RegistryReader) (map[string][]string, error) {
	if p.Image.FirstBoot == nil {
		return nil, nil
	}
	values, err := held(p)
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, v := range values {
		_, planned, err := plannedAt(p, v)
		if err != nil {
			return nil, err
		}
		if got, err := r.RegistryValue(v.key, v.name); !planned && err == nil && got.Text() == v.value.Text() {
			key := setting.RegistryLocation(v.key, "").Canon()
			out[key] = append(out[key], v.name)
		}
	}
	return out, nil
}

// below reports whether a location of the scheme is a path, a key, or something in it. The scheme keeps its colon.
func below(canon, scheme, path string) bool {
	rest, ok := strings.CutPrefix(canon, setting.Location(scheme+path).Canon())
	return ok && (rest == "" || rest[0] == '\\' || rest[0] == '!')
}
