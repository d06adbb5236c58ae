package conflict

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

const (
	remoteDesktopUsers = "S-1-5-32-555"
	administratorsSID  = "S-1-5-32-544"

	// rdpPort is where Windows listens for remote desktop, unless the value PortNumber says otherwise.
	rdpPort = "3389"
)

var (
	rdpDenials = []setting.Location{
		setting.RegistryLocation(`HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services`, "fDenyTSConnections"),
		setting.RegistryLocation(`HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server`, "fDenyTSConnections"),
	}
	rdpListens = setting.RegistryLocation(`HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp`, "PortNumber")
	rdpRight   = setting.RightLocation("SeRemoteInteractiveLogonRight")
	rdpGroup   = setting.StateLocation(setting.SchemeGroup, remoteDesktopUsers)
)

func remoteServiceRow() Row {
	return Row{Name: "remote-service", Levels: []Level{Auto, Block, Warn, Ask}, Title: plan.Text{EN: "The manufacturer's remote access is closed", SV: "Tillverkarens fjärråtkomst är stängd"}, find: remoteService}
}

// remoteService walks the manufacturer's way in, door by door: what listens, who may log on, and what the firewall lets through. A door
// that is shut is no danger; it is a visit in vain on the day that somebody needs it.
func remoteService(j *judge) {
	doors := j.of("remote-desktop-denied", "winrm-off", "local-network-logon-denied", "local-remote-desktop-denied")
	for _, p := range j.products() {
		gaps(j, p, "needs.remote_service", p.Environment.Needs.RemoteService, doors)
		for _, r := range p.Environment.Needs.RemoteService.Stated() {
			method := r.Value.Method.Or("")
			into := r.Value.Direction.Or("in") == "in"
			switch {
			case method == "":
				j.silent(p, "needs.remote_service", environment.Unknown, r.Range, doors)
			case method == "rdp" && into:
				j.desktopOff(p, r)
				j.desktopPort(p, r)
				j.remoteAccount(p, r, j.of("local-network-logon-denied", "local-remote-desktop-denied"))
				j.desktopPeople(p, r)
			case method == "winrm" && into:
				if off := j.of("winrm-off"); len(off) > 0 {
					j.add(Block, p, r.Range, off, fmt.Sprintf("The manufacturer of %q comes in by WinRM, which %s off.", p.Name, does(off, "turn")), skipWay(off))
				}
				j.remoteAccount(p, r, j.of("local-network-logon-denied"))
			}
			j.remoteFlow(p, r)
		}
	}
}

func skipWay(hits []claimed) string {
	var steps []string
	for _, id := range ids(hits) {
		steps = append(steps, fmt.Sprintf("exception %q { skip = true ... }", id))
	}
	return "Except what closes it, limited in time (" + strings.Join(steps, " and ") + "), or give up this way in."
}

// desktopOff tells where remote desktop does not listen. Windows ships with it off: it is on only where something says so.
func (j *judge) desktopOff(p plan.Product, r environment.Fact[environment.RemoteService]) {
	var on bool
	var off []claimed
	for c := range j.claims() {
		if slices.ContainsFunc(rdpDenials, c.claim.Location.Same) {
			on = on || numberOf(c.claim.Value) == "0"
		}
	}
	for _, c := range j.of("remote-desktop-denied") {
		switch {
		case slices.ContainsFunc(rdpDenials, c.claim.Location.Same): // below
		case c.claim.Location.Same(rdpRight):
			j.add(Block, p, r.Range, []claimed{c}, fmt.Sprintf("The manufacturer of %q comes in by remote desktop, and %s lets nobody log on that way.", p.Name, names([]claimed{c})),
				"Declare the manufacturer in the module remote-access (input vendors, with remote desktop's port): the right goes to administrators and the group of remote desktop users then. Elsewhere, give the right to those who come.")
		default:
			off = append(off, c)
		}
	}
	if len(off) > 0 {
		j.add(Block, p, r.Range, off, fmt.Sprintf("The manufacturer of %q comes in by remote desktop, which %s.", p.Name, does(off, "close")), skipWay(off))
	}
	if on {
		return
	}
	denied, why := j.denials(), "Windows ships with it off, and nothing turns it on"
	way := "Select the module remote-access and except its setting remote-desktop-off with value = 0."
	if len(denied) > 0 {
		why = fmt.Sprintf("%s it off, or leave it off as Windows ships it", does(denied, "turn"))
		if len(ids(denied)) == 1 {
			why = fmt.Sprintf("%s turns it off, or leaves it off as Windows ships it", names(denied))
		}
		way = fmt.Sprintf("Turn it on by exception, limited in time: exception %q { value = 0 ... }. With skip = true it stays off.", ids(denied)[0])
	}
	j.add(Block, p, r.Range, denied, fmt.Sprintf("The manufacturer of %q comes in by remote desktop: %s.", p.Name, why), way)
}

// denials are the settings that speak of whether remote desktop listens, those that an exception skips among them.
func (j *judge) denials() []claimed {
	var out []claimed
	for _, c := range j.req.Settings {
		for _, claim := range c.Spec.Claims(j.base) {
			if slices.ContainsFunc(rdpDenials, claim.Location.Same) {
				out = append(out, claimed{c.ID, claim, claim.Location.Canon(), c.DefRange})
			}
		}
	}
	return compact(out)
}

// desktopPort tells where the manufacturer knocks at another port than the one that Windows listens on.
func (j *judge) desktopPort(p plan.Product, r environment.Fact[environment.RemoteService]) {
	port, by := j.listens()
	ports := r.Value.Ports.Values()
	if len(ports) == 0 || slices.ContainsFunc(ports, func(wide string) bool { return within(wide, port) }) {
		return
	}
	j.add(Warn, p, r.Range, by, fmt.Sprintf("The manufacturer of %q comes in by remote desktop at TCP %s, and the client listens at %s.", p.Name, strings.Join(ports, ", "), port),
		fmt.Sprintf("Correct the ports in the product's file; or let the client listen there (kind registry_value: PortNumber in HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp, a dword) and declare the manufacturer in the module remote-access with ports = [%q] and remote_desktop = true.", ports[0]))
}

// listens is the port of remote desktop, and the settings that choose it.
func (j *judge) listens() (string, []claimed) {
	port := rdpPort
	var by []claimed
	for c := range j.claims() {
		if n := amount(c); c.claim.Location.Same(rdpListens) && n > 0 {
			port, by = strconv.Itoa(n), append(by, c)
		}
	}
	return port, compact(by)
}

// remoteAccount asks with which account somebody comes in, where local ones are turned away. Network level authentication logs on over the
// network before remote desktop does, so that the denial of network logon shuts both ways.
func (j *judge) remoteAccount(p plan.Product, r environment.Fact[environment.RemoteService], denied []claimed) {
	if len(denied) == 0 {
		return
	}
	account, known := r.Value.Account.Get()
	switch {
	case !known || account == "":
		j.add(Ask, p, r.Range, denied, fmt.Sprintf("The manufacturer of %q comes in over the network, and %s local accounts away. Nothing says whose account is used.", p.Name, does(denied, "turn")),
			"Write the account into the product's file (remote_service: account, as in \"DOMAIN\\\\name\"), or except what turns local ones away.")
	case localName(account):
		j.add(Block, p, r.Range, denied, fmt.Sprintf("The manufacturer of %q comes in with the local account %q, and %s local accounts away.", p.Name, account, does(denied, "turn")),
			"Give the manufacturer's people accounts of the domain (written as \"DOMAIN\\\\name\" in the product's file), or: "+skipWay(denied))
	}
}

// localName reports whether an account is the client's own: one without a domain, or with a dot in its place.
func localName(account string) bool {
	domain, _, ok := strings.Cut(account, `\`)
	return !strings.Contains(account, "@") && (!ok || domain == "." || strings.EqualFold(domain, "localhost"))
}

// desktopPeople tells where nobody but administrators can log on by remote desktop.
func (j *judge) desktopPeople(p plan.Product, r environment.Fact[environment.RemoteService]) {
	var only []claimed
	for c := range j.claims() {
		switch {
		case c.claim.Location.Same(rdpGroup) && c.claim.Value == "[]":
			only = append(only, c)
		case c.claim.Location.Same(rdpRight) && c.claim.Value != "[]" && strings.Trim(strings.ReplaceAll(c.claim.Value, administratorsSID, ""), `[]", *`) == "":
			only = append(only, c)
		}
	}
	if only = compact(only); len(only) == 0 || j.otherRight() {
		return
	}
	j.add(Warn, p, r.Range, only, fmt.Sprintf("The manufacturer of %q comes in by remote desktop, and by %s administrators alone can.", p.Name, names(only)),
		"Name the group of the manufacturer's people by its SID (module remote-access, input remote_desktop_users). Where they are administrators for the visit, leave it.")
}

// otherRight reports whether the right names somebody who is neither an administrator nor in the group of remote desktop users.
func (j *judge) otherRight() bool {
	for c := range j.claims() {
		if !c.claim.Location.Same(rdpRight) {
			continue
		}
		for sid := range strings.SplitSeq(strings.Trim(c.claim.Value, "[]"), ",") {
			if sid = strings.Trim(sid, `" *`); sid != "" && sid != administratorsSID && sid != remoteDesktopUsers {
				return true
			}
		}
	}
	return false
}

// remoteFlow holds the way in against the firewall. A way whose direction or port nobody knows is not held against it, and is told as not
// stated.
func (j *judge) remoteFlow(p plan.Product, r environment.Fact[environment.RemoteService]) {
	t := traffic{direction: r.Value.Direction.Or(""), protocol: r.Value.Protocol.Or("tcp"), ports: r.Value.Ports.Values(), program: r.Value.Program.Or(""), own: true}
	switch r.Value.Method.Or("") {
	case "rdp":
		if port, _ := j.listens(); len(t.ports) == 0 {
			t.ports = []string{port}
		}
	case "winrm":
		if len(t.ports) == 0 {
			t.ports = []string{"5986"}
		}
	default:
		if t.direction == "" || len(t.ports) == 0 {
			j.silent(p, "needs.remote_service", environment.Unknown, r.Range, slices.Concat(settingsOf(j.walls("in")), settingsOf(j.walls("out"))))
			return
		}
	}
	if t.direction == "" {
		t.direction = "in"
	}
	var peerNames []string
	if peer, ok := r.Value.Peer.Get(); ok {
		t.peers, peerNames = roles([]string{peer})
		t.roles = []string{peer}
	}
	walls := j.walls(t.direction)
	hits := settingsOf(walls)
	if len(hits) == 0 {
		return
	}
	way := fmt.Sprintf("Declare the manufacturer in the module remote-access (input vendors: direction = %q, ports = [%s], peers, purpose, until).", t.direction, strings.Join(quoted(t.ports), ", "))
	passage := j.passes(t, walls)
	if len(passage.stopped) > 0 {
		way = cutWay
	}
	if len(passage.shut) > 0 {
		level := Warn
		if len(passage.shut) == len(walls) {
			level = Block
		}
		j.add(level, p, r.Range, slices.Concat(hits, passage.stopped, passage.taken), fmt.Sprintf("The manufacturer of %q needs %s, but %s it and no rule of the plan lets it through%s.", p.Name, wishText(t, peerNames), does(hits, "block"), passage.where(walls)), way)
		return
	}
	if doubt := j.doubts(j.opened(t, passage.by)); len(doubt) > 0 {
		j.add(Warn, p, r.Range, doubt, fmt.Sprintf("The manufacturer of %q needs %s, and %s it from or to a place that is named by a word: whether the manufacturer's gateway is there, the plan cannot know.", p.Name, wishText(t, peerNames), does(doubt, "block")),
			"Put the gateway into another subnet than the client's own, or let the port out of those rules (module isolation, input no_neighbours).")
	}
	j.narrowed(p, r.Range, hits, passage.by, fmt.Sprintf("The firewall lets through %s, by which the manufacturer of %q reaches the client.", wishText(t, peerNames), p.Name))
}

// opened is the traffic with the addresses of the rules that let it through, where the product names a role: the image has chosen them.
func (j *judge) opened(t traffic, by []claimed) traffic {
	if !slices.Contains(t.peers, "") && len(t.peers) > 0 {
		return t
	}
	for _, rule := range j.openings() {
		if slices.ContainsFunc(by, func(c claimed) bool { return c.id == rule.by.id }) {
			t.peers = append(slices.Clone(t.peers), rule.peers...)
		}
	}
	return t
}
