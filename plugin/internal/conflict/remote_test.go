package conflict_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

const (
	desktopOn   = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services!fDenyTSConnections = dword:0`
	desktopShut = `reg:HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services!fDenyTSConnections = dword:1`
	desktopPort = `reg:HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp!PortNumber = dword:3390`
	byDesktop   = `right:SeRemoteInteractiveLogonRight = ["S-1-5-32-544","S-1-5-32-555"]`
	notLocal    = `right:SeDenyRemoteInteractiveLogonRight = ["S-1-5-113","S-1-5-32-546"]`
	noNetwork   = `right:SeDenyNetworkLogonRight = ["S-1-5-113"]`
	neighbours  = firewall + `FirewallRules!n = sz:v2.10|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3389|RA4=LocalSubnet|`
	vendorIn    = rule + `Dir=In|Protocol=6|LPort=3389|RA4=10.30.9.10|`
)

func visit(f environment.RemoteService) func(*environment.Facts) {
	f.Reason = is("support")
	return func(facts *environment.Facts) { facts.RemoteService = listOf(f) }
}

func told(found []conflict.Conflict, level conflict.Level, text string) bool {
	return slices.ContainsFunc(found, func(c conflict.Conflict) bool {
		return c.Row == "remote-service" && c.Level == level && strings.Contains(c.Text(), text)
	})
}

// TestDoors: whoever wants in by remote desktop passes several doors, and each that is shut is named with its own way out.
func TestDoors(t *testing.T) {
	rdp := environment.RemoteService{Method: is("rdp"), Account: is(`REGION\support`)}
	local, upn, other, begun := rdp, rdp, rdp, rdp
	local.Account, upn.Account = is("support"), is("support@example.org")
	other.Ports = environment.List[string]{State: environment.Stated, Items: []environment.Fact[string]{is("3390")}}
	begun.Direction = is("out")
	nobody := rdp
	nobody.Account = environment.Fact[string]{}
	for name, tt := range map[string]struct {
		settings []string
		visit    environment.RemoteService
		level    conflict.Level // "" where nothing but what is let through is told
		text     string
	}{
		"nothing turns it on":              {nil, rdp, conflict.Block, "Windows ships with it off"},
		"turned off":                       {[]string{desktopShut}, rdp, conflict.Block, `exception "m/s00" { value = 0`},
		"on":                               {[]string{desktopOn}, rdp, "", ""},
		"on, without its service":          {[]string{desktopOn, `svc:TermService = disabled`}, rdp, conflict.Block, `exception "m/s01" { skip = true`},
		"on, and nobody may":               {[]string{desktopOn, `right:SeRemoteInteractiveLogonRight = []`}, rdp, conflict.Block, "input vendors"},
		"a local account":                  {[]string{desktopOn, notLocal}, local, conflict.Block, `local account "support"`},
		"a local account, by the network":  {[]string{desktopOn, noNetwork}, local, conflict.Block, `local account "support"`},
		"an account that nobody states":    {[]string{desktopOn, notLocal}, nobody, conflict.Ask, "whose account"},
		"an account of the domain":         {[]string{desktopOn, notLocal, noNetwork}, rdp, "", ""},
		"an account of the domain, by UPN": {[]string{desktopOn, notLocal, noNetwork}, upn, "", ""},
		"everybody denied":                 {[]string{desktopOn, `right:SeDenyRemoteInteractiveLogonRight = ["S-1-1-0"]`}, rdp, conflict.Block, `"m/s01" closes`},
		"a group without people":           {[]string{desktopOn, byDesktop, `group:S-1-5-32-555 = []`}, rdp, conflict.Warn, "remote_desktop_users"},
		"a group with people":              {[]string{desktopOn, byDesktop, `group:S-1-5-32-555 = ["S-1-5-21-1-2-3-1000"]`}, rdp, "", ""},
		"a right for somebody else":        {[]string{desktopOn, `right:SeRemoteInteractiveLogonRight = ["S-1-5-21-1-2-3-1000"]`, `group:S-1-5-32-555 = []`}, rdp, "", ""},
		"a right for administrators":       {[]string{desktopOn, `right:SeRemoteInteractiveLogonRight = ["S-1-5-32-544"]`}, rdp, conflict.Warn, "administrators alone"},
		"another port":                     {[]string{desktopOn}, other, conflict.Warn, "listens at 3389"},
		"another port, and it is set":      {[]string{desktopOn, desktopPort}, other, "", ""},
		"a port that the maker forgot":     {[]string{desktopOn, desktopPort, inBlock, vendorIn}, rdp, conflict.Block, "3390"},
		"a wall":                           {[]string{desktopOn, inBlock}, rdp, conflict.Block, `ports = ["3389"]`},
		"a wall with a door":               {[]string{desktopOn, inBlock, vendorIn}, rdp, conflict.Auto, "reaches the client"},
		"a wall with a door, and a word":   {[]string{desktopOn, inBlock, vendorIn, neighbours}, rdp, conflict.Warn, "no_neighbours"},
		"a session that the client begins": {[]string{desktopShut}, begun, "", ""},
	} {
		found := run(t, "", tt.settings, visit(tt.visit))
		if tt.level != "" && !told(found, tt.level, tt.text) {
			t.Errorf("%s: no %s with %s", name, tt.level, tt.text)
		}
		for _, level := range []conflict.Level{conflict.Block, conflict.Ask, conflict.Warn} {
			if c, ok := find(found, "remote-service", level); ok && level != tt.level {
				t.Errorf("%s: %s", name, c.Text())
			}
		}
	}
}

// TestSkippedIsNotOn: an exception that skips the setting leaves remote desktop as Windows ships it.
func TestSkippedIsNotOn(t *testing.T) {
	req := request("", []string{desktopShut}, product("p", visit(environment.RemoteService{Method: is("rdp")})))
	req.Exceptions = []plan.Exception{{Setting: "m/s00", Skip: true, Reason: "a visit", Owner: "MT", Expires: "2030-01-01"}}
	found, _ := judged(t, req)
	if !told(found, conflict.Block, "With skip = true it stays off") || !told(found, conflict.Block, `"m/s00"`) {
		t.Errorf("%v", found)
	}
}

// TestAgentsWayOut: a tool of the manufacturer's that connects by itself needs its flow as any other does.
func TestAgentsWayOut(t *testing.T) {
	agent := environment.RemoteService{Method: is("agent"), Direction: is("out"), Program: is(`C:\x\a.exe`), Peer: is("the gateway"),
		Ports: environment.List[string]{State: environment.Stated, Items: []environment.Fact[string]{is("443")}}}
	found := run(t, "", []string{outBlock}, visit(agent))
	if !told(found, conflict.Block, `direction = "out", ports = ["443"]`) || !told(found, conflict.Block, "the gateway") {
		t.Errorf("%v", found)
	}
	found = run(t, "", []string{outBlock, rule + `Dir=Out|Protocol=6|RPort=443|RA4=10.30.9.10|App=C:\x\a.exe|`}, visit(agent))
	if !told(found, conflict.Auto, "443") {
		t.Errorf("%v", found)
	}
	agent.Direction = environment.Fact[string]{}
	found = run(t, "", []string{outBlock}, visit(agent))
	if c, ok := find(found, "unstated-need", conflict.Warn); !ok || !strings.Contains(c.Text(), "remote_service") {
		t.Errorf("a direction that nobody states is silent: %v", found)
	}
}
