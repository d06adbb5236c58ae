package conflict_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
)

const (
	logsOn   = `reg:HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon!AutoAdminLogon = sz:1`
	logsWho  = `reg:HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon!DefaultUserName = sz:SonoUsr`
	hidden   = `secret:autologon:SonoUsr = made-on-client`
	idle     = system + `InactivityTimeoutSecs = dword:900`
	desktop  = `reg:HKCU\Software\Policies\Microsoft\Windows\Control Panel\Desktop!`
	saver    = desktop + `ScreenSaveActive = sz:1`
	saverPwd = desktop + `ScreenSaverIsSecure = sz:1`
)

// TestLockThatNobodyOpens: whatever the product says of its display.
func TestLockThatNobodyOpens(t *testing.T) {
	for name, tt := range map[string]struct {
		settings []string
		level    conflict.Level
	}{
		"the machine's limit":           {[]string{logsOn, hidden, idle}, conflict.Block},
		"a limit of none":               {[]string{logsOn, hidden, system + `InactivityTimeoutSecs = dword:0`}, ""},
		"a saver with a password":       {[]string{logsOn, hidden, saver, saverPwd}, conflict.Block},
		"a saver without":               {[]string{logsOn, hidden, saver}, ""},
		"a password without a saver":    {[]string{logsOn, hidden, saverPwd}, ""},
		"a saver that never comes":      {[]string{logsOn, hidden, saver, saverPwd, desktop + `ScreenSaveTimeOut = sz:0`}, ""},
		"the installer's account":       {[]string{idle}, conflict.Ask},
		"an account, but not our doing": {[]string{logsOn, idle}, conflict.Ask},
	} {
		for _, display := range []environment.Fact[bool]{is(true), is(false), unknown[bool](), {}} {
			found := run(t, "", tt.settings, session(environment.Session{Autologon: is(true), ContinuousDisplay: display}))
			for _, level := range conflict.Levels() {
				if c, ok := find(found, "autologon-lock", level); ok != (level == tt.level) || ok && !strings.Contains(c.WayOut, `{ skip = true ... }`) {
					t.Errorf("%s, display %v: %s %v: %s %s", name, display.State, level, ok, c.Reason, c.WayOut)
				}
			}
		}
	}
	for name, needs := range map[string]func(*environment.Facts){"silent": nil, "people log on": session(environment.Session{Autologon: is(false)})} {
		if c, ok := find(run(t, "", []string{logsOn, hidden, idle}, needs), "autologon-lock", conflict.Block); !ok || c.Product != "" {
			t.Errorf("%s: the plan logs on and locks by itself, and that is not told: %+v", name, c)
		}
		if c, ok := find(run(t, "", []string{idle}, needs), "autologon-lock", conflict.Ask); ok {
			t.Errorf("%s: nobody logs on by himself: %s", name, c.Reason)
		}
	}
}

// TestAccountThatIsLoggedOn: the plan's and the product's must be the same.
func TestAccountThatIsLoggedOn(t *testing.T) {
	account := func(name, kind string) environment.Account {
		return environment.Account{Name: is(name), Kind: is(kind)}
	}
	for name, tt := range map[string]struct {
		accounts environment.List[environment.Account]
		want     bool
	}{
		"another name":          {listOf(account("SonoUser", "autologon")), true},
		"another among several": {listOf(account("SonoUsr", "service"), account("SonoUser", "autologon")), true},
		"the same":              {listOf(account("SonoUsr", "autologon")), false},
		"in another case":       {listOf(account("SONOUSR", "autologon")), false},
		"one of two":            {listOf(account("SonoUser", "autologon"), account("SonoUsr", "autologon")), false},
		"accounts for else":     {listOf(account("SonoSvc", "service")), false},
		"nobody says":           {environment.List[environment.Account]{}, false},
	} {
		found := run(t, "", []string{logsOn, logsWho, hidden}, func(f *environment.Facts) {
			f.Session, f.Accounts = is(environment.Session{Autologon: is(true)}), tt.accounts
		})
		c, ok := find(found, "autologon", conflict.Block)
		if ok != tt.want {
			t.Errorf("%s: %v %s", name, ok, c.Reason)
		}
		if _, narrowed := find(found, "autologon", conflict.Auto); narrowed == tt.want {
			t.Errorf("%s: AUTO %v", name, narrowed)
		}
		files := []string{c.Subject.Filename, c.First.Filename}
		if ok && (!strings.Contains(c.Text(), `"SonoUser"`) || !strings.Contains(c.Text(), `"SonoUsr"`) || !slices.Contains(files, "products/p.hcl") || !slices.Contains(files, "modules/m.hcl")) {
			t.Errorf("%s: both are not named: %s %v", name, c.Text(), files)
		}
	}
}
