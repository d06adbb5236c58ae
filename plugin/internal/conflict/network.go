package conflict

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

func networkRows() []Row {
	return []Row{
		{Name: "smb1", Levels: []Level{Block, Auto}, Title: plan.Text{EN: "SMB 1 removed where a product needs it", SV: "SMB 1 borttaget där en produkt behöver det"}, find: smb1},
		{Name: "smb-signing", Levels: []Level{Block}, Title: plan.Text{EN: "SMB signing required where a peer cannot sign", SV: "Krav på SMB-signering där en motpart inte kan signera"}, find: smbSigning},
		{Name: "ntlm", Levels: []Level{Block}, Title: plan.Text{EN: "Limits of NTLM and older peers", SV: "Begränsad NTLM och äldre motparter"}, find: ntlm},
		{Name: "tls", Levels: []Level{Block}, Title: plan.Text{EN: "TLS 1.0 or 1.1 off where a product needs it", SV: "TLS 1.0 eller 1.1 avstängt där en produkt behöver det"}, find: tls},
		{Name: "local-firewall-rules", Levels: []Level{Block}, Title: plan.Text{EN: "Firewall rules that installers make are ignored", SV: "Brandväggsregler från installationsprogram gäller inte"}, find: localRules},
		{Name: "cut-flows", Levels: []Level{Block}, Title: plan.Text{EN: "A peer that one rule lets through and another stops", SV: "En motpart som en regel släpper igenom och en annan stoppar"}, find: cutFlows},
		{Name: "wide-exceptions", Levels: []Level{Warn}, Title: plan.Text{EN: "A weak protocol that an exception keeps, open to everybody", SV: "Ett svagt protokoll som ett undantag behåller, öppet mot alla"}, find: weakOpen},
		{Name: "flows", Levels: []Level{Auto, Block, Warn, Ask}, Title: plan.Text{EN: "Flows that the firewall must let through", SV: "Flöden som brandväggen måste släppa igenom"}, find: flows},
		{Name: "revocation", Levels: []Level{Auto, Block, Ask}, Title: plan.Text{EN: "Revocation of certificates on an offline client", SV: "Spärrkontroll av certifikat på en klient utan internet"}, find: revocation},
		{Name: "time-source", Levels: []Level{Block}, Title: plan.Text{EN: "No source of time", SV: "Tidskälla saknas"}, find: timeSource},
		remoteServiceRow(),
		{Name: "management-path", Levels: []Level{Block, Warn}, Title: plan.Text{EN: "The declared management path is cut", SV: "Den angivna vägen för förvaltning är avskuren"}, find: managementPath},
		{Name: "internet", Levels: []Level{Block}, Title: plan.Text{EN: "No internet where a product needs it", SV: "Inget internet där en produkt behöver det"}, find: internet},
		{Name: "dcom", Levels: []Level{Warn}, Title: plan.Text{EN: "Hardening of DCOM by updates since March 2023", SV: "Härdning av DCOM genom uppdateringar sedan mars 2023"}, find: dcom},
		{Name: "domain-policy", Levels: []Level{Warn}, Title: plan.Text{EN: "A domain's policy overrides local hardening", SV: "Domänens policy går före lokal härdning"}, find: domainPolicy},
	}
}

const scoped = "If it must stay possible, except the client side only, and let a firewall rule limit it to that peer."

func smbSigning(j *judge) {
	for _, p := range j.products() {
		if hits := j.of("smb-signing"); says(j, p, "needs.smb_signing", p.Environment.Needs.SMBSigning, false, hits) {
			j.add(Block, p, p.Environment.Needs.SMBSigning.Range, hits, fmt.Sprintf("A peer of the product %q cannot sign SMB, but %s it.", p.Name, does(hits, "require")), scoped)
		}
		signs := p.Environment.Needs.SMBSigning
		if hits := j.of("smb-server-signing"); says(j, p, "needs.smb_signing", signs, false, hits) {
			j.incoming(p, hits, signs.Range, smbPorts, fmt.Sprintf("A peer of the product %q cannot sign SMB and comes in by it (%%s), but %s require it.", p.Name, names(hits)))
		}
	}
}

func tls(j *judge) {
	for _, p := range j.products() {
		f := p.Environment.Needs.TLS
		for _, version := range []string{"1.0", "1.1"} {
			if hits := j.of("tls" + strings.ReplaceAll(version, ".", "") + "-off"); says(j, p, "needs.tls", f, version, hits) {
				j.add(Block, p, f.Range, hits, fmt.Sprintf("The product %q needs TLS %s, which %s off.", p.Name, version, does(hits, "turn")), scoped)
			}
		}
	}
}

func localRules(j *judge) {
	hits := j.of("local-rules-ignored")
	for _, p := range j.products() {
		f := p.Environment.Needs.Flows
		if len(hits) == 0 || f.State == environment.Stated && f.Complete() {
			continue
		}
		at := f.Range
		if at == (hcl.Range{}) {
			at = p.DefRange
		}
		j.add(Block, p, at, hits, fmt.Sprintf("%s Windows ignore the firewall rules that the installer of %q makes, and the product does not state its flows in full: nothing can stand in for them.", does(hits, "make"), p.Name),
			"Write the product's flows into its file, or flows = [] where it has none.")
	}
}

// flows holds every declared flow against the rules of the plan.
func flows(j *judge) {
	walls := map[string]map[string][]claimed{"in": j.walls("in"), "out": j.walls("out")}
	both := slices.Concat(settingsOf(walls["in"]), settingsOf(walls["out"]))
	for _, p := range j.products() {
		list := p.Environment.Needs.Flows
		if j.silent(p, "needs.flows", list.State, list.Range, both) {
			continue
		}
		for _, f := range list.Items {
			direction, ok := f.Value.Direction.Get()
			if f.State != environment.Stated || !ok {
				j.silent(p, "needs.flows", environment.Unknown, f.Range, both)
				continue
			}
			j.productFlow(p, f, walls[direction])
		}
	}
	for _, m := range j.modules() {
		for _, f := range m.Flows {
			known, names := roles(f.Peers)
			t := traffic{direction: f.Direction, protocol: f.Protocol, ports: f.Ports, peers: known, program: f.Program, own: true, at: f.DefRange, roles: f.Peers}
			hits := settingsOf(walls[f.Direction])
			if len(hits) == 0 {
				continue
			}
			if way := j.passes(t, walls[f.Direction]); len(way.shut) > 0 {
				j.own(Warn, hits, fmt.Sprintf("The module %q needs %s, and no rule of the plan lets it through%s.", m.Name, wishText(t, names), way.where(walls[f.Direction])), "Open it in the module that makes the firewall's rules, or accept that what needs it will not work.")
				j.found[len(j.found)-1].Subject = f.DefRange
			}
		}
	}
}

// where says in which of the firewall's profiles a flow is shut, where that is not all.
func (p passage) where(walls map[string][]claimed) string {
	text := ""
	if len(p.stopped) > 0 {
		text = fmt.Sprintf(" (%s it, and a rule that blocks goes before all that allow)", does(p.stopped, "stop"))
	}
	if len(p.taken) > 0 {
		text = fmt.Sprintf(" (%s it, but %s that rule's addresses, and a rule that blocks goes before all that allow)", does(p.taken, "allow"), does(p.stopped, "stop"))
	}
	if len(p.shut) == len(walls) {
		return text
	}
	return " on networks of the firewall's profile " + strings.Join(p.shut, ", ") + text
}

func (j *judge) productFlow(p plan.Product, f environment.Fact[environment.Flow], walls map[string][]claimed) {
	hits := settingsOf(walls)
	if len(hits) == 0 {
		return
	}
	ports, known := f.Value.AllPorts()
	peers, all := f.Value.AllPeers()
	addresses, peerNames := roles(peers)
	if !all && !slices.Contains(addresses, "") {
		addresses = append(addresses, "")
	}
	t := traffic{direction: f.Value.Direction.Value, protocol: f.Value.Protocol.Or(""), ports: ports, peers: addresses, program: f.Value.Program.Or(""), own: true, at: f.Range, roles: peers}
	if n, numbered := t.number(); t.protocol == "" || numbered && (n == 6 || n == 17) && !known {
		j.add(Ask, p, f.Range, hits, fmt.Sprintf("The product %q needs a flow (%s) whose protocol or port is not known, and %s what is not named.", p.Name, f.Value.Reason.Or("no reason stated"), does(hits, "block")),
			"Ask the manufacturer for the port, or skip the flow.")
		return
	}
	way := "Let the module that makes the firewall's rules open it: its input peers says which addresses a role has."
	passage := j.passes(t, walls)
	if len(passage.stopped) > 0 {
		way = cutWay
	}
	in, stated := p.Environment.Needs.Domain.Get()
	if domain := in && stated && slices.Contains(passage.shut, "domain"); domain || len(passage.shut) == len(walls) {
		j.add(Block, p, f.Range, slices.Concat(hits, passage.stopped, passage.taken), fmt.Sprintf("The product %q needs %s, but %s it and no rule of the plan lets it through%s.", p.Name, wishText(t, peerNames), does(hits, "block"), passage.where(walls)), way)
		return
	}
	if len(passage.shut) > 0 {
		j.add(Warn, p, f.Range, hits, fmt.Sprintf("The product %q needs %s, and no rule of the plan lets it through%s.", p.Name, wishText(t, peerNames), passage.where(walls)), way)
	}
	if doubt := j.doubts(t); len(doubt) > 0 {
		j.add(Warn, p, f.Range, doubt, fmt.Sprintf("The product %q needs %s, and %s it from or to a place that is named by a word: whether a peer is there, the plan cannot know.", p.Name, wishText(t, peerNames), does(doubt, "block")), "Name the addresses in those rules, or let the flow's port out of them.")
	}
	text := fmt.Sprintf("The firewall lets through %s, as the product %q needs.", wishText(t, peerNames), p.Name)
	if passage.narrow {
		text += " The rule names peers; whether they are the right ones, only the hospital knows."
		if !all {
			j.silent(p, "needs.flows[].peers", environment.Unknown, f.Range, passage.by)
		}
	}
	j.narrowed(p, f.Range, hits, passage.by, text)
}

func revocation(j *judge) {
	walls := j.walls("out")
	cut := settingsOf(walls)
	for _, p := range j.products() {
		list := p.Environment.Needs.RevocationEndpoints
		if len(cut) == 0 || j.silent(p, "needs.revocation_endpoints", list.State, list.Range, cut) {
			continue
		}
		if !list.Complete() {
			j.silent(p, "needs.revocation_endpoints", environment.Unknown, list.Range, cut)
		}
		for _, e := range list.Stated() {
			port := "80"
			if u, err := url.Parse(e.Value); err == nil && u.Port() != "" {
				port = u.Port()
			} else if err == nil && u.Scheme == "https" {
				port = "443"
			}
			t := traffic{direction: "out", protocol: "tcp", ports: []string{port}}
			way := j.passes(t, walls)
			switch {
			case len(way.shut) > 0:
				j.add(Block, p, e.Range, cut, fmt.Sprintf("The product %q checks certificates at %s, but %s it: log-on by card will hang or fail.", p.Name, e.Value, does(cut, "block")), "Name the endpoint's addresses in the module offline (Sjunet).")
			case !j.has("resolver"):
				j.add(Ask, p, e.Range, cut, fmt.Sprintf("The product %q checks certificates at %s, whose name has another answer on Sjunet than on the internet, and nothing says which resolver the client asks.", p.Name, e.Value), "Name the resolver in the module offline (Sjunet).")
			default:
				j.narrowed(p, e.Range, cut, way.by, fmt.Sprintf("The firewall lets through %s to check certificates at %s, as the product %q needs.", t, e.Value, p.Name))
			}
		}
	}
}

func dcom(j *judge) {
	hits := j.of("dcom-hardened", "patches-flow", "patches-serviced")
	patched := dcomPatched(j.base)
	if len(hits) == 0 && !patched {
		return
	}
	for _, p := range j.products() {
		list := p.Environment.Needs.DCOM
		if gaps(j, p, "needs.dcom", list, hits); len(hits) == 0 && !list.Complete() {
			j.mutter(p, "needs.dcom", list.Range, nil)
		}
		for _, d := range list.Stated() {
			if strings.HasPrefix(d.Value.Authentication.Or(""), "packet-") {
				continue
			}
			if patched {
				j.add(Warn, p, d.Range, hits, fmt.Sprintf("The product %q uses DCOM (%s) with an authentication below packet integrity, or an unknown one: the base %s has the updates of March 2023, which refuse it.", p.Name, d.Value.Name.Or("a link"), j.base.Build), dcomWay)
				continue
			}
			j.add(Warn, p, d.Range, hits, fmt.Sprintf("The product %q uses DCOM (%s) with an authentication below packet integrity, or an unknown one: updates since March 2023 refuse it, and %s them.", p.Name, d.Value.Name.Or("a link"), does(hits, "bring")),
				dcomWay)
		}
	}
}

const dcomWay = "Ask the manufacturer for a version that asks for packet integrity."

// dcomUpdates are the first updates after which Windows refuses DCOM below packet integrity whatever the registry says (KB5004442,
// 14 March 2023), by build.
var dcomUpdates = map[int]int{14393: 5786, 17763: 4131, 19042: 2728, 19044: 2728, 19045: 2728}

// dcomPatched reports whether the base has that update, or is younger than it.
func dcomPatched(b setting.Base) bool {
	_, revision, _ := strings.Cut(b.Build, ".")
	n, err := strconv.Atoi(revision)
	first, known := dcomUpdates[b.Number()]
	return known && err == nil && n >= first || b.Number() > 22621
}

func domainPolicy(j *judge) {
	if len(j.req.Products) == 0 {
		return // nearly every setting is a policy: do not gather them for nobody
	}
	hits := j.of("policy")
	for _, p := range j.products() {
		if says(j, p, "needs.domain", p.Environment.Needs.Domain, true, hits) {
			j.add(Warn, p, p.Environment.Needs.Domain.Range, hits, fmt.Sprintf("The product %q needs a domain, whose policy goes before %d local policies of this plan.", p.Name, len(ids(hits))), "See which it overrides: wmclient plan IMAGE --gpo BACKUP.")
		}
	}
}
