package conflict

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

func productRows() []Row {
	return []Row{
		{Name: "product-against-product", Levels: []Level{Block, Warn}, Title: plan.Text{EN: "What one product needs, another forbids", SV: "Det en produkt behöver förbjuder en annan"}, find: productAgainstProduct},
		{Name: "forbidden", Levels: []Level{Block}, Title: plan.Text{EN: "The plan does what a product forbids", SV: "Planen gör det en produkt förbjuder"}, find: forbidden},
		{Name: "virtual-consent", Levels: []Level{Block}, Title: plan.Text{EN: "A virtual client without the manufacturer's consent", SV: "Virtuell klient utan tillverkarens medgivande"}, find: virtualConsent},
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// one is one need or ban in the form in which two products are compared.
type one struct {
	text string
	at   hcl.Range
}

// lists are the facts that are compared entry by entry.
func lists(f environment.Facts) map[string]map[string]one {
	out := map[string]map[string]one{}
	put := func(field, key, text string, at hcl.Range) {
		if out[field] == nil {
			out[field] = map[string]one{}
		}
		out[field][upcase.Fold(key)] = one{text, at}
	}
	for _, s := range f.Services.Stated() {
		put("services", s.Value, "the service "+s.Value, s.Range)
	}
	for _, s := range f.Features.Stated() {
		put("features", s.Value, "the feature "+s.Value, s.Range)
	}
	for _, s := range f.ScriptHosts.Stated() {
		put("script_hosts", s.Value, "the script host "+s.Value, s.Range)
	}
	for _, s := range f.Programs.Stated() {
		if name, ok := s.Value.Name.Get(); ok {
			put("programs", name, "the program "+name, s.Range)
		}
	}
	for _, s := range f.Middleware.Stated() {
		if name, ok := s.Value.Name.Get(); ok {
			put("middleware", name, "the middleware "+name, s.Range)
		}
	}
	for _, s := range f.Devices.Stated() {
		if kind, ok := s.Value.Kind.Get(); ok {
			put("devices", kind, "the device "+kind, s.Range)
		}
	}
	for name, b := range map[string]environment.Fact[bool]{"fips": f.FIPS, "internet": f.Internet, "domain": f.Domain, "time": f.Time} {
		if yes, ok := b.Get(); ok && yes {
			put(name, name, name, b.Range)
		}
	}
	return out
}

func productAgainstProduct(j *judge) {
	all := j.products()
	for i, a := range all {
		for _, b := range all {
			if a.Name == b.Name {
				continue
			}
			needs, bans := lists(a.Environment.Needs), lists(b.Environment.Forbids)
			for _, field := range sortedKeys(needs) {
				for _, key := range sortedKeys(needs[field]) {
					if ban, ok := bans[field][key]; ok {
						need := needs[field][key]
						j.pair(a, need.at, ban.at, fmt.Sprintf("The product %q needs %s, which the product %q forbids.", a.Name, need.text, b.Name))
					}
				}
			}
		}
		for _, b := range all[i+1:] {
			j.scalars(a, b)
		}
	}
}

// pair records a conflict between two products' files.
func (j *judge) pair(a plan.Product, at, other hcl.Range, reason string) {
	j.add(Block, a, at, nil, reason, "Put the products on two clients, or ask both manufacturers.")
	c := &j.found[len(j.found)-1]
	c.First = other
	if later(c.First, c.Subject) {
		c.First, c.Subject = c.Subject, c.First
	}
}

// scalars compares what can be had in one way only.
func (j *judge) scalars(a, b plan.Product) {
	x, y := a.Environment.Needs, b.Environment.Needs
	differ := func(field string, f, g environment.Fact[string]) {
		p, ok := f.Get()
		q, ok2 := g.Get()
		if ok && ok2 && p != q && p != "any" && q != "any" {
			j.pair(a, f.Range, g.Range, fmt.Sprintf("The product %q needs %s %q, and the product %q needs %q.", a.Name, field, p, b.Name, q))
		}
	}
	differ("the shell", x.Session.Value.Shell, y.Session.Value.Shell)
	differ("on removal of a card", x.Session.Value.CardRemoval, y.Session.Value.CardRemoval)
	differ("the regime of updates", x.Updates.Value.Regime, y.Updates.Value.Regime)
	differ("disk encryption of mode", x.Bitlocker.Value.Mode, y.Bitlocker.Value.Mode)
	differ("of antivirus the repair", x.AV.Value.Remediation, y.AV.Value.Remediation)
	differ("the antivirus product", x.AV.Value.Product, y.AV.Value.Product)
	if p, q := x.AV.Value.Mode.Or("any"), y.AV.Value.Mode.Or("any"); p != q && p != "any" && q != "any" {
		j.pair(a, x.AV.Value.Mode.Range, y.AV.Value.Mode.Range, fmt.Sprintf("The product %q needs antivirus %q, and the product %q needs %q.", a.Name, p, b.Name, q))
	}
	j.listeners(a, b)
	j.displays(a, b)
	j.displays(b, a)
	for _, m := range x.Middleware.Stated() {
		for _, n := range y.Middleware.Stated() {
			p, ok := m.Value.CertificatePropagation.Get()
			if q, ok2 := n.Value.CertificatePropagation.Get(); ok && ok2 && p != q {
				j.pair(a, m.Range, n.Range, fmt.Sprintf("Of the card software of %q and %q one needs certificate propagation and the other needs it off.", a.Name, b.Name))
			}
		}
	}
	if p, ok := x.FIPS.Get(); ok {
		if q, ok := y.FIPS.Get(); ok && p != q {
			j.pair(a, x.FIPS.Range, y.FIPS.Range, fmt.Sprintf("Of the products %q and %q one needs FIPS mode and the other needs it off.", a.Name, b.Name))
		}
	}
	if p, ok := x.Session.Value.Autologon.Get(); ok {
		if q, ok := y.Session.Value.Autologon.Get(); ok && p != q {
			j.pair(a, x.Session.Value.Autologon.Range, y.Session.Value.Autologon.Range, fmt.Sprintf("Of the products %q and %q one logs on by itself and the other must not.", a.Name, b.Name))
		}
	}
}

// displays: an image that must stay visible against a lock that must come.
func (j *judge) displays(a, b plan.Product) {
	shows, locks := a.Environment.Needs.Session.Value.ContinuousDisplay, b.Environment.Needs.Session.Value.LockMaximum
	if yes, ok := shows.Get(); ok && yes && locks.State == environment.Stated {
		j.pair(a, shows.Range, locks.Range, fmt.Sprintf("The product %q shows images continuously, and the product %q wants the screen locked after %d seconds.", a.Name, b.Name, locks.Value))
	}
}

// listeners: two programs cannot listen on one port.
func (j *judge) listeners(a, b plan.Product) {
	for _, f := range a.Environment.Needs.Flows.Stated() {
		for _, g := range b.Environment.Needs.Flows.Stated() {
			if f.Value.Direction.Or("") != "in" || g.Value.Direction.Or("") != "in" || f.Value.Protocol.Or("") != g.Value.Protocol.Or("") {
				continue
			}
			ports, _ := f.Value.AllPorts()
			others, _ := g.Value.AllPorts()
			mine, theirs := f.Value.Program.Or(""), g.Value.Program.Or("")
			for _, port := range ports {
				if !slices.ContainsFunc(others, func(s string) bool { return overlap(s, port) }) || mine != "" && programPath(mine) == programPath(theirs) {
					continue
				}
				j.pair(a, f.Range, g.Range, fmt.Sprintf("The products %q and %q both wait for %s on port %s, and one program only can.", a.Name, b.Name, f.Value.Protocol.Value, port))
				if mine == "" || theirs == "" { // it may be one and the same program
					j.found[len(j.found)-1].Level = Warn
				}
			}
		}
	}
}

// forbidden holds the plan against what products forbid.
func forbidden(j *judge) {
	for _, p := range j.products() {
		bans := p.Environment.Forbids
		for _, f := range bans.Features.Stated() {
			for _, c := range j.of("feature-enabled") {
				if c.claim.Location.Same(setting.StateLocation(setting.SchemeFeature, f.Value)) {
					j.add(Block, p, f.Range, []claimed{c}, fmt.Sprintf("The product %q forbids the feature %s, which %q turns on.", p.Name, f.Value, c.id), "Leave the feature off.")
				}
			}
		}
		for _, s := range bans.Services.Stated() {
			at := setting.ServiceLocation(s.Value).Canon()
			for c := range j.on(at) {
				if !strings.EqualFold(c.claim.Value, "disabled") {
					j.add(Block, p, s.Range, []claimed{c}, fmt.Sprintf("The product %q forbids the service %s, and %q lets it start (%s).", p.Name, s.Value, c.id, c.claim.Value), "Disable the service.")
				}
			}
		}
		if hits := j.of("fips"); len(hits) > 0 && bans.FIPS.Or(false) {
			j.add(Block, p, bans.FIPS.Range, hits, fmt.Sprintf("The product %q forbids FIPS mode, which %s on.", p.Name, does(hits, "turn")), "Leave FIPS mode off.")
		}
		if mode, ok := bans.AV.Value.Mode.Get(); ok && bans.AV.State == environment.Stated && mode != "none" {
			if hits := avOn(j); len(hits) > 0 {
				j.add(Block, p, bans.AV.Value.Mode.Range, hits, fmt.Sprintf("The product %q forbids antivirus (%s), which %s on.", p.Name, mode, does(hits, "turn")), "Protect the client by allow-listing instead (module protection).")
			}
		}
	}
}

// methodVirtual is the method of modules for virtual clients.
const methodVirtual = "virtual-client"

func virtualConsent(j *judge) {
	modules := j.modules()
	i := slices.IndexFunc(modules, func(m plan.Module) bool { return m.Method == methodVirtual })
	if i < 0 {
		return
	}
	m := modules[i]
	for _, p := range j.products() {
		v := p.Environment.Needs.Virtual
		consent, ok := v.Value.Consent.Get()
		if v.State == environment.Stated && ok && consent {
			continue
		}
		at := v.Range
		if at == (hcl.Range{}) {
			at = p.DefRange
		}
		text := fmt.Sprintf("The module %q makes a virtual client, and whether the manufacturer of %q consents is not stated.", m.Name, p.Name)
		if ok && !consent {
			text = fmt.Sprintf("The module %q makes a virtual client, and the manufacturer of %q does not consent.", m.Name, p.Name)
		}
		j.add(Block, p, at, nil, text, "Get the manufacturer's consent in writing and state it, or use a physical client.")
	}
}
