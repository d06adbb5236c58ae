package conflict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// ntlmLevel is one value for both sides: up to 2 the client answers with version 1, from 5 on it is refused as a server
// ([MS-NLMP] 3.1.1.1). Windows 10 has 3 where nothing is written, so version 1 needs a value, and not only the lack of one.
var ntlmLevel = setting.RegistryLocation(`HKLM\SYSTEM\CurrentControlSet\Control\Lsa`, "LmCompatibilityLevel").Canon()

// ntlmServer are the values that bind this client as a server only.
var ntlmServer = []string{"!NTLMMINSERVERSEC", "!RESTRICTRECEIVINGNTLMTRAFFIC"}

// authenticating are the ports on which Windows asks peers who they are: RPC, SMB, RDP, HTTP and WinRM.
var authenticating = []string{"80", "135", "139", "443", "445", "593", "3389", "5985", "5986", "8080", "8443"}

// ntlm looks at both ends: the client's hurts whoever needs the version, the server's only where a peer comes in and logs on.
func ntlm(j *judge) {
	off := j.of("ntlm-off")
	old := j.of("ntlm2-only", "ntlm-off")
	for _, p := range j.products() {
		f := p.Environment.Needs.NTLM
		version, known := f.Get()
		hits, need := old, "NTLM version 1"
		switch {
		case !known:
			j.silent(p, "needs.ntlm", f.State, f.Range, old)
			continue
		case version == "none":
			continue
		case version == "2":
			hits, need = off, "NTLM"
		}
		server := slices.DeleteFunc(slices.Clone(hits), func(c claimed) bool { return !bindsServer(c) })
		client := slices.DeleteFunc(slices.Clone(hits), bindsServer)
		switch {
		case len(client) > 0:
			j.add(Block, p, f.Range, client, fmt.Sprintf("The product %q needs %s, but %s it.", p.Name, need, does(client, "refuse")), ntlmWay(client))
		case version == "1" && !j.ntlmLevelSet():
			j.add(Block, p, f.Range, nil, fmt.Sprintf("The product %q needs %s, and nothing in the plan lets the client answer with it: where LmCompatibilityLevel is not written, Windows answers with version 2 only (level 3).", p.Name, need), "If it must stay possible, "+levelWay(j.ntlmLevelSetting())+". Let a firewall rule limit it to that peer.")
		}
		if len(server) > 0 {
			j.incoming(p, server, f.Range, authenticating, fmt.Sprintf("A peer of the product %q needs %s and comes in by a port where it logs on (%%s), but %s it.", p.Name, need, does(server, "refuse")))
		}
	}
}

func bindsServer(c claimed) bool {
	at := upcase.Fold(c.canon)
	return slices.ContainsFunc(ntlmServer, func(name string) bool { return strings.HasSuffix(at, name) })
}

// ntlmLevelSet reports whether the plan writes a level; one that is too high is told by itself.
func (j *judge) ntlmLevelSet() bool {
	for c := range j.on(ntlmLevel) {
		if c.claim.Value != setting.Absent {
			return true
		}
	}
	return false
}

// ntlmLevelSetting is the setting that could write the level, in effect or skipped.
func (j *judge) ntlmLevelSetting() string {
	for _, c := range j.req.Settings {
		for _, claim := range c.Spec.Claims(j.base) {
			if claim.Location.Canon() == ntlmLevel {
				return c.ID
			}
		}
	}
	return ""
}

// levelWay is the level to write, as the middle of a sentence: an exception that only skips the setting leaves Windows with version 2.
func levelWay(id string) string {
	if id == "" {
		return "write LmCompatibilityLevel = 2 with a setting of the kind registry_value"
	}
	return fmt.Sprintf("write exception %q { value = 2 ... }", id)
}

// ntlmWay says for each setting of the client's side how it gives way.
func ntlmWay(client []claimed) string {
	var steps []string
	for _, c := range client {
		if c.canon == ntlmLevel {
			steps = append(steps, levelWay(c.id))
			continue
		}
		steps = append(steps, fmt.Sprintf("write exception %q { skip = true ... }", c.id))
	}
	return "If it must stay possible, " + strings.Join(steps, " and ") + ". Let a firewall rule limit it to that peer. What binds the client as a server alone may stay, unless a peer comes in and logs on."
}
