package conflict

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

func sessionRows() []Row {
	return []Row{
		{Name: "notice-and-autologon", Levels: []Level{Block}, Title: plan.Text{EN: "A legal notice stops automatic log-on", SV: "En juridisk text stoppar automatisk inloggning"}, find: noticeAndAutologon},
		{Name: "autologon", Levels: []Level{Block, Warn, Auto}, Title: plan.Text{EN: "Automatic log-on that a product needs", SV: "Automatisk inloggning som en produkt behöver"}, find: autologon},
		autologonLockRow(), accountTimesRow(),
		{Name: "account-rules", Levels: []Level{Warn}, Title: plan.Text{EN: "Rules for accounts and accounts that a product uses", SV: "Kontoregler och konton som en produkt använder"}, find: accountRules},
		{Name: "continuous-display", Levels: []Level{Block}, Title: plan.Text{EN: "Lock, screen saver or sleep where images must stay visible", SV: "Lås, skärmsläckare eller viloläge där bilden måste synas"}, find: continuousDisplay},
		{Name: "card-removal", Levels: []Level{Ask, Block}, Title: plan.Text{EN: "Lock when a card is removed", SV: "Låsning när ett kort tas ur"}, find: cardRemoval},
		{Name: "elevation", Levels: []Level{Warn, Auto}, Title: plan.Text{EN: "Standard users cannot elevate", SV: "Vanliga användare kan inte få högre behörighet"}, find: elevation},
		{Name: "lsa-protection", Levels: []Level{Block}, Title: plan.Text{EN: "Protected LSA and smart-card middleware", SV: "Skyddad LSA och kortprogramvara"}, find: lsaProtection},
		{Name: "card-middleware", Levels: []Level{Auto, Block}, Title: plan.Text{EN: "Certificate propagation and card middleware", SV: "Certifikatspridning och kortprogramvara"}, find: middleware},
	}
}

func noticeAndAutologon(j *judge) {
	notice, auto := j.of("notice"), j.of("autologon")
	if len(notice) == 0 {
		return
	}
	const way = "Leave the notice out (module session), or let people log on themselves."
	if len(auto) > 0 {
		j.own(Block, append(notice, auto...), fmt.Sprintf("%s a notice that somebody must confirm, and %s on with nobody there.", does(notice, "show"), does(auto, "log")), way)
	}
	for _, p := range j.products() {
		s := p.Environment.Needs.Session
		if !j.silent(p, "needs.session", s.State, s.Range, notice) && says(j, p, "needs.session.autologon", s.Value.Autologon, true, notice) {
			j.add(Block, p, s.Value.Autologon.Range, notice, fmt.Sprintf("The product %q logs on by itself, and %s a notice that somebody must confirm.", p.Name, does(notice, "show")), way)
		}
	}
}

// autologon: a client that waits for somebody to log on shows nothing after a power failure.
func autologon(j *judge) {
	off, by := j.of("no-autologon"), j.of("autologon")
	for _, p := range j.products() {
		s := p.Environment.Needs.Session
		f := s.Value.Autologon
		wants, ok := f.Get()
		switch {
		case s.State != environment.Stated || !ok:
			if at := f.Range; len(off) > 0 || len(by) == 0 { // the lack of a setting hurts as well
				if at == (hcl.Range{}) {
					at = s.Range
				}
				j.mutter(p, "needs.session.autologon", at, off)
			}
		case !wants:
		case len(off) > 0:
			j.add(Block, p, f.Range, off, fmt.Sprintf("The product %q logs on by itself when the client starts, and %s it from that.", p.Name, does(off, "keep")),
				"Choose the variant for continuous display in the module session, automatic_logon = true in the module lock-screen, or except these settings.")
		case len(by) > 0 && j.wrongAccount(p):
		case len(by) > 0:
			j.narrowed(p, f.Range, by, by, fmt.Sprintf("The client logs on by itself when it starts, as the product %q needs.", p.Name))
		default:
			j.add(Warn, p, f.Range, nil, fmt.Sprintf("The product %q logs on by itself when the client starts, and nothing in the plan sees to that: it works only where the product's installer or the base does.", p.Name),
				"Name the account with a setting of the kind autologon (module session, variant continuous-display).")
		}
	}
}

// skipping is the exception to write for settings, as the end of a sentence.
func skipping(hits []claimed) string {
	return fmt.Sprintf("except %s: exception %q { skip = true ... }.", names(hits), ids(hits)[0])
}

func accountRules(j *judge) {
	expires, lockout, denied := j.of("password-expires"), j.of("lockout"), j.of("local-network-logon-denied")
	all := slices.Concat(expires, lockout, denied)
	for _, right := range deniedRights {
		all = append(all, j.of(right.trait)...)
	}
	for _, p := range j.products() {
		gaps(j, p, "needs.accounts", p.Environment.Needs.Accounts, all)
		for _, a := range p.Environment.Needs.Accounts.Stated() {
			kind := a.Value.Kind.Or("unknown kind")
			j.silent(p, "needs.accounts[].kind", a.Value.Kind.State, a.Range, all)
			for _, right := range deniedRights {
				if hits := j.of(right.trait); len(hits) > 0 && slices.Contains(right.kinds, kind) {
					j.add(Warn, p, a.Range, hits, fmt.Sprintf("The account %q (%s) of %q must log on %s, and %s that to local accounts.", a.Value.Name.Or("?"), kind, p.Name, right.how, does(hits, "deny")), "Use a domain account, or "+skipping(hits))
				}
			}
			if len(expires) > 0 && kind != "service-engineer" && kind != "operator" {
				j.add(Warn, p, a.Range, expires, fmt.Sprintf("%s passwords expire, and nobody changes that of the account %q (%s) of %q.", does(expires, "let"), a.Value.Name.Or("?"), kind, p.Name), "Set maximum_age = -1 in the module account-policy, or let that account's own password never expire and escrow it.")
			}
			if len(lockout) > 0 && (kind == "service" || kind == "autologon" || kind == "break-glass") {
				j.add(Warn, p, a.Range, lockout, fmt.Sprintf("%s accounts after wrong passwords: anybody can lock out %q (%s) of %q.", does(lockout, "lock"), a.Value.Name.Or("?"), kind, p.Name), "Raise lockout_threshold in the module account-policy, keep a break-glass account that is not locked, or "+skipping(lockout))
			}
			if says(j, p, "needs.accounts[].network_logon", a.Value.NetworkLogon, true, denied) {
				j.add(Warn, p, a.Range, denied, fmt.Sprintf("The account %q of %q logs on over the network, and %s that to local accounts.", a.Value.Name.Or("?"), p.Name, does(denied, "deny")), "Use a domain account, or "+skipping(denied))
			}
		}
	}
}

// deniedRights are rights that are denied to local accounts, and the kinds of account that cannot do without.
var deniedRights = []struct {
	trait, how string
	kinds      []string
}{
	{"local-logon-denied", "at the client", []string{"autologon", "break-glass", "operator", "service-engineer"}},
	{"local-service-logon-denied", "as a service", []string{"service"}},
	{"local-batch-logon-denied", "as a batch job", []string{"service"}},
}

func continuousDisplay(j *judge) {
	const way = "Except these settings with a compensating control, such as a room that is locked and a product that logs its user off."
	hits := j.of("idle-lock")
	for _, p := range j.products() {
		s := p.Environment.Needs.Session
		if len(hits) == 0 {
			continue
		}
		if s.State != environment.Stated {
			j.silent(p, "needs.session", s.State, s.Range, hits)
			continue
		}
		if says(j, p, "needs.session.continuous_display", s.Value.ContinuousDisplay, true, hits) {
			j.add(Block, p, s.Value.ContinuousDisplay.Range, hits, fmt.Sprintf("The product %q shows images continuously, and %s a lock, a dark screen or sleep when nobody types.", p.Name, does(hits, "bring")), way)
			continue
		}
		longest, ok := s.Value.LockMaximum.Get()
		locks := j.of("lock-time")
		if !ok {
			j.silent(p, "needs.session.lock_maximum", s.Value.LockMaximum.State, s.Value.LockMaximum.Range, locks)
			continue
		}
		var late []claimed
		for _, c := range locks {
			n, err := strconv.Atoi(numberOf(c.claim.Value))
			if err == nil && n <= longest { // whichever comes first locks
				late = nil
				break
			}
			late = append(late, c)
		}
		if len(late) > 0 {
			j.add(Block, p, s.Value.LockMaximum.Range, late, fmt.Sprintf("The product %q wants the screen locked after %d seconds without input at the latest, and %s later.", p.Name, longest, does(late, "lock")), "Lower the time.")
		}
	}
}

func cardRemoval(j *judge) {
	hits := j.of("card-removal")
	if len(hits) == 0 {
		return
	}
	words := map[string]string{"1": "lock", "2": "logoff", "3": "disconnect"}
	is := words[numberOf(hits[0].claim.Value)]
	for _, p := range j.products() {
		s := p.Environment.Needs.Session
		word, ok := s.Value.CardRemoval.Get()
		switch {
		case s.State != environment.Stated || !ok:
			if shared, known := s.Value.Shared.Get(); known && shared {
				j.add(Ask, p, s.Range, hits, fmt.Sprintf("%s when a card is taken out, and what that does to the shared session of %q is not stated.", does(hits, "act"), p.Name), "State needs.session.card_removal for the product: none, lock, logoff or disconnect.")
				continue
			}
			j.silent(p, "needs.session.card_removal", s.Value.CardRemoval.State, s.Value.CardRemoval.Range, hits)
		case word != is:
			j.add(Block, p, s.Value.CardRemoval.Range, hits, fmt.Sprintf("When a card is taken out, the product %q needs %q and %s %q.", p.Name, word, does(hits, "do"), is), "Choose the other action in the module lock-screen or session.")
		}
	}
}

func elevation(j *judge) {
	hits := j.of("users-cannot-elevate")
	if len(hits) == 0 {
		return
	}
	for _, p := range j.products() {
		gaps(j, p, "needs.accounts", p.Environment.Needs.Accounts, hits)
		gaps(j, p, "needs.writable_folders", p.Environment.Needs.WritableFolders, hits)
		for _, a := range p.Environment.Needs.Accounts.Stated() {
			j.silent(p, "needs.accounts[].kind", a.Value.Kind.State, a.Range, hits)
			if admin, ok := a.Value.Administrator.Get(); a.Value.Kind.Or("") == "service-engineer" && (!ok || !admin) {
				j.add(Warn, p, a.Range, hits, fmt.Sprintf("The service engineer's account %q of %q is a standard user, and %s elevation without asking.", a.Value.Name.Or("?"), p.Name, does(hits, "refuse")), "Give the service engineer an administrator's account for the visit.")
			}
		}
		for _, f := range p.Environment.Needs.WritableFolders.Stated() {
			path := f.Value.Path.Or("")
			if by := opened(j, path); len(by) > 0 {
				j.narrowed(p, f.Range, hits, by, fmt.Sprintf("Users may write to %s, as the product %q needs.", path, p.Name))
				continue
			}
			way := "Give users the right to that folder with a setting of the kind file_permission."
			if len(path) > 1 && path[1] == ':' && !strings.EqualFold(path[:1], "C") {
				way = "No image holds that volume: whoever formats it gives users the right there, or the product is set up to write to C:."
			}
			j.add(Warn, p, f.Range, hits, fmt.Sprintf("The product %q writes to %s as a standard user, and nothing in the plan opens that folder.", p.Name, path), way)
		}
	}
}

func lsaProtection(j *judge) {
	hits := j.of("lsa-protected")
	for _, p := range j.products() {
		list := p.Environment.Needs.LSAPlugins
		if len(hits) == 0 || j.silent(p, "needs.lsa_plugins", list.State, list.Range, hits) {
			continue
		}
		for _, plugin := range list.Items {
			if plugin.State != environment.Stated {
				j.silent(p, "needs.lsa_plugins", plugin.State, plugin.Range, hits)
				continue
			}
			signed := plugin.Value.SignedByMicrosoft
			if yes, ok := signed.Get(); ok && yes {
				continue
			}
			j.add(Block, p, plugin.Range, hits, fmt.Sprintf("The product %q puts %q into the Local Security Authority, and it is not stated to be signed by Microsoft; %s only such libraries in.", p.Name, plugin.Value.Name.Or("a library"), does(hits, "let")),
				"Audit first (module credential-protection, LSA protection in audit), and protect when the log is clean.")
		}
	}
}

func middleware(j *judge) {
	off := j.of("card-propagation-off")
	for _, p := range j.products() {
		if gaps(j, p, "needs.middleware", p.Environment.Needs.Middleware, off); len(off) == 0 && !p.Environment.Needs.Middleware.Complete() {
			j.mutter(p, "needs.middleware", p.Environment.Needs.Middleware.Range, nil)
		}
		for _, m := range p.Environment.Needs.Middleware.Stated() {
			wants, ok := m.Value.CertificatePropagation.Get()
			switch {
			case !ok:
				j.mutter(p, "needs.middleware[].certificate_propagation", m.Range, off)
			case wants && len(off) > 0:
				j.add(Block, p, m.Range, off, fmt.Sprintf("%q of the product %q needs certificate propagation, which %s off.", m.Value.Name.Or("the middleware"), p.Name, does(off, "turn")), "Leave the service CertPropSvc on.")
			case !wants && len(off) > 0:
				j.narrowed(p, m.Range, off, off, fmt.Sprintf("Certificate propagation is off, as %q of the product %q needs.", m.Value.Name.Or("the middleware"), p.Name))
			case !wants:
				j.add(Block, p, m.Range, nil, fmt.Sprintf("%q of the product %q needs certificate propagation off, and nothing in the plan turns it off.", m.Value.Name.Or("the middleware"), p.Name), "Choose the variant for card log-on in the module session.")
			}
		}
	}
}
