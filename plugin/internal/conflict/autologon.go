package conflict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	idleLimit    = setting.RegistryLocation(`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`, "InactivityTimeoutSecs").Canon()
	autologonWho = setting.RegistryLocation(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`, "DefaultUserName").Canon()

	savers = saverValues(`HKCU\Software\Policies\Microsoft\Windows\Control Panel\Desktop`, `HKCU\Control Panel\Desktop`)
)

// saverValues are the names of the screen saver's values, by place in canonical form.
func saverValues(keys ...string) map[string]string {
	out := map[string]string{}
	for _, key := range keys {
		for _, name := range []string{"ScreenSaveActive", "ScreenSaverIsSecure", "ScreenSaveTimeOut"} {
			out[setting.RegistryLocation(key, name).Canon()] = name
		}
	}
	return out
}

func autologonLockRow() Row {
	return Row{Name: "autologon-lock", Levels: []Level{Block, Ask}, Title: plan.Text{EN: "A lock that nobody can open", SV: "Ett lås som ingen kan öppna"}, find: autologonLock}
}

// autologonLock: the secret of an account that is logged on by itself is made on the client, and nobody gets to know it. A screen that
// locks stays locked until the client is started again, whatever the product shows.
func autologonLock(j *judge) {
	locks := j.locks()
	if len(locks) == 0 {
		return
	}
	var secret []claimed
	for c := range j.claims() {
		if c.claim.Location.Scheme() == setting.SchemeSecret && strings.HasPrefix(c.claim.Location.Name(), "autologon:") {
			secret = append(secret, c)
		}
	}
	level, unknown := Block, "its password is made on the client and known to nobody: the screen stays locked until the client is started again"
	if len(secret) == 0 {
		level, unknown = Ask, "nothing says who knows its password: where nobody does, the screen stays locked until the client is started again"
	}
	way := lockWay(locks)
	told := false
	for _, p := range j.products() {
		s := p.Environment.Needs.Session
		if wants, ok := s.Value.Autologon.Get(); s.State == environment.Stated && ok && wants {
			told = true
			j.add(level, p, s.Value.Autologon.Range, slices.Concat(locks, secret), fmt.Sprintf("The product %q logs on by itself, %s the screen when nobody types, and of the account %s.", p.Name, does(locks, "lock"), unknown), way)
		}
	}
	if auto := compact(slices.Concat(j.of("autologon"), secret)); !told && len(auto) > 0 {
		j.own(level, slices.Concat(auto, locks), fmt.Sprintf("%s an account on by itself, %s the screen when nobody types, and of the account %s.", does(auto, "log"), does(locks, "lock"), unknown), way)
	}
}

func lockWay(locks []claimed) string {
	var steps []string
	for _, id := range ids(locks) {
		steps = append(steps, fmt.Sprintf("exception %q { skip = true ... }", id))
	}
	return fmt.Sprintf("Except what locks, with a compensating control (%s). Or let people log on themselves: another variant than continuous-display in the module session. Or have the product's installer log on an account whose password people know (automatic_logon = true in the module lock-screen).", strings.Join(steps, " and "))
}

// locks are what locks the screen when nobody types: the machine's own limit, and a screen saver that is on and asks for a password.
func (j *judge) locks() []claimed {
	var out []claimed
	saver := map[string][]claimed{}
	never := false
	for c := range j.on(idleLimit) {
		if amount(c) > 0 {
			out = append(out, c)
		}
	}
	for at, name := range savers {
		for c := range j.on(at) {
			switch {
			case name == "ScreenSaveTimeOut":
				never = never || numberOf(c.claim.Value) == "0"
			case amount(c) > 0:
				saver[name] = append(saver[name], c)
			}
		}
	}
	if len(saver["ScreenSaverIsSecure"]) > 0 && !never {
		out = append(out, saver["ScreenSaveActive"]...)
	}
	return compact(out)
}

// wrongAccount tells of an account that the plan logs on and that is not the one that the product names. It reports whether it did.
func (j *judge) wrongAccount(p plan.Product) bool {
	list := p.Environment.Needs.Accounts
	var wanted []environment.Fact[environment.Account]
	for _, a := range list.Stated() {
		kind, known := a.Value.Kind.Get()
		if _, named := a.Value.Name.Get(); named && (!known || kind == "autologon") {
			wanted = append(wanted, a)
		}
	}
	var who []claimed
	for c := range j.on(autologonWho) {
		if c.claim.Value != setting.Absent {
			who = append(who, c)
		}
	}
	if len(who) == 0 {
		return false
	}
	gaps(j, p, "needs.accounts", list, who)
	name := textOf(who[0].claim.Value)
	if len(wanted) == 0 || !list.Complete() || slices.ContainsFunc(wanted, func(a environment.Fact[environment.Account]) bool { return upcase.Equal(a.Value.Name.Value, name) }) {
		return false
	}
	var stated []string
	for _, a := range wanted {
		stated = append(stated, a.Value.Name.Value)
	}
	j.add(Block, p, wanted[0].Range, who, fmt.Sprintf("The product %q states the account %s for automatic log-on (needs.accounts), and %s on %q: an account by that name may not be there, and the client would wait at the log-on screen.", p.Name, strings.Join(quoted(stated), " or "), does(who, "log"), name),
		fmt.Sprintf("Write display = { account = %q ... } among the inputs of the module session, or correct the account in the product's file.", stated[0]))
	return true
}
