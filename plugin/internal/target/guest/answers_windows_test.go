package guest_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
)

// holdsState sets a state twice, and reads it.
func holdsState(t *testing.T, g *guest.Guest, l setting.Location, value string) {
	t.Helper()
	for i, want := range []bool{true, false} {
		if changed, err := g.SetState(set(l, value)); err != nil || changed != want {
			t.Errorf("%s = %s, time %d: changed %v, error %v", l, value, i+1, changed, err)
		}
	}
	if text, err := g.State(l); text != value || err != nil {
		t.Errorf("%s reads %q, not %q; error %v", l, text, value, err)
	}
}

func TestStandInPolicies(t *testing.T) {
	g := open(t)
	s := newStandIn(t)
	for _, p := range [][2]string{{"MinimumPasswordLength", "14"}, {"MaximumPasswordAge", "-1"}, {"MinimumPasswordAge", "1"}, {"ForceLogoffWhenHourExpire", "1"}, {"PasswordHistorySize", "24"},
		{"LockoutDuration", "15"}, {"ResetLockoutCount", "45"}, {"LockoutBadCount", "5"}, {"LockoutDuration", "-1"}, {"PasswordComplexity", "1"}, {"ClearTextPassword", "1"}, {"PasswordComplexity", "0"}} {
		holdsState(t, g, setting.StateLocation(setting.SchemeAccountPolicy, p[0]), p[1])
	}
	if want := [5]uint32{14, 0xffffffff, 86400, 0, 24}; s.modals != want || s.lockout != [3]uint32{0xffffffff, 2700, 5} || s.domain.Properties != 16 {
		t.Errorf("%v %v %#x", s.modals, s.lockout, s.domain.Properties)
	}
	for _, adds := range []bool{false, true} {
		s.orAudit = adds
		for _, text := range []string{"success,failure", "success", "none", "failure"} {
			holdsState(t, g, "audit:{0cce922b-69ae-11d9-bed3-505054503030}", text)
		}
	}
}

func TestStandInAccounts(t *testing.T) {
	g := open(t)
	s := newStandIn(t)
	holdsState(t, g, "account:500", "disabled")
	if s.flags != 0x10202 {
		t.Errorf("flags %#x", s.flags)
	}
	holdsState(t, g, "account:500", "enabled")
	holdsState(t, g, "group:S-1-5-32-544", `["S-1-5-21-9-9-9-1104","rid:500"]`)
	if !cmp.Equal(s.members, []string{"S-1-5-21-9-9-9-1104", machine + "-500"}) {
		t.Errorf("%q", s.members)
	}
	holdsState(t, g, "group:S-1-5-32-544", `[]`)
	holdsState(t, g, "secret:autologon:kiosk", "made-on-client")
	if len(s.secret) != 32 || windows.UTF16ToString(s.secret) != windows.UTF16ToString(s.word) {
		t.Error("the secret is not the account's password")
	}
	s.word = windows.StringToUTF16("another")
	if text, err := g.State("secret:autologon:kiosk"); text == "made-on-client" || err != nil {
		t.Errorf("a secret of another account reads %q, %v", text, err)
	}
	holdsState(t, g, "secret:autologon:kiosk", "made-on-client")
}

func TestStandInRights(t *testing.T) {
	g := open(t)
	s := newStandIn(t)
	const right = "SeDenyNetworkLogonRight"
	s.rights[right] = []string{"S-1-5-32-546", "S-1-5-32-545"}
	want := []string{"S-1-5-113", "S-1-5-32-546", "rid:500"}
	for i, changes := range []bool{true, false} {
		if changed, err := g.SetRightHolders(right, []string{"rid:500", "S-1-5-32-546", "S-1-5-113"}); err != nil || changed != changes {
			t.Errorf("time %d: %v, %v", i+1, changed, err)
		}
	}
	if got, err := g.RightHolders(right); !cmp.Equal(got, want) || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if add, remove := slices.Index(s.calls, "LsaAddAccountRights"), slices.Index(s.calls, "LsaRemoveAccountRights"); add < 0 || remove < add {
		t.Errorf("somebody lost the right before others had it: %q", s.calls)
	}
	if changed, err := g.SetRightHolders(right, nil); err != nil || !changed || len(s.rights[right]) > 0 {
		t.Errorf("nobody: %v, %v, %q", changed, err, s.rights[right])
	}
	s.deaf = true
	if _, err := g.SetRightHolders(right, want); !errors.Is(err, guest.ErrNotHeld) {
		t.Errorf("a change that was not made: %v", err)
	}
}

func TestStandInFeatures(t *testing.T) {
	g := open(t)
	s := newStandIn(t)
	const l = setting.Location("feature:SMB1Protocol")
	holdsState(t, g, l, "disabled")
	holdsState(t, g, l, "enabled")
	if _, err := g.State("feature:Nope"); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a feature that is not there: %v", err)
	}
	s.restart = true
	for i, want := range []bool{true, false} {
		if changed, err := g.SetState(set(l, "disabled")); err != nil || changed != want {
			t.Errorf("with a restart, time %d: %v, %v", i+1, changed, err)
		}
	}
	if text, err := g.State(l); err == nil || errors.Is(err, setting.ErrAbsent) || text != "" {
		t.Errorf("what comes with a restart reads %q, %v", text, err)
	}
	pending, err := g.PendingRestart()
	if err != nil || !slices.ContainsFunc(pending, func(p string) bool { return strings.Contains(p, "SMB1Protocol") }) {
		t.Errorf("%q, %v", pending, err)
	}
	s.feature = 6
	if text, err := g.State(l); err == nil {
		t.Errorf("a state in between reads %q", text)
	}
}

// TestReadsWindows looks at a real Windows, as an administrator, and changes nothing. Nobody has run it yet: what it prints is the first that
// will be known. It fails where what Windows says cannot be.
func TestReadsWindows(t *testing.T) {
	if os.Getenv("WMCLIENT_MACHINE_MAY_BE_READ") != "1" {
		t.Skip("WMCLIENT_MACHINE_MAY_BE_READ=1 lets this test read everything that it can of a real Windows, as an administrator")
	}
	g, err := guest.Open()
	if err != nil {
		t.Fatal(err)
	}
	host, err := g.Host()
	if err != nil || host.Platform != guest.PlatformWindows {
		t.Skipf("platform %q, %v: this is about Windows", host.Platform, err)
	}
	t.Logf("%s, %s, %s, %q", host.EditionID, host.Build, host.Arch, host.Languages)
	locations := []setting.Location{"account:500", "account-name:500", "account:501", "group:S-1-5-32-544", "group:S-1-5-32-546", "feature:SMB1Protocol", "feature:TelnetClient",
		`task:\Microsoft\Windows\Defrag\ScheduledDefrag`, `registry-security:HKLM\SOFTWARE`, `file-security:\Windows\System32`}
	for _, name := range []string{"MinimumPasswordLength", "MaximumPasswordAge", "MinimumPasswordAge", "PasswordHistorySize", "ForceLogoffWhenHourExpire", "LockoutDuration", "ResetLockoutCount",
		"LockoutBadCount", "PasswordComplexity", "ClearTextPassword"} {
		locations = append(locations, setting.StateLocation(setting.SchemeAccountPolicy, name))
	}
	for _, l := range secpolicy.AuditLayouts() {
		for _, guid := range l.GUIDs {
			locations = append(locations, setting.StateLocation(setting.SchemeAudit, guid))
		}
	}
	for _, l := range locations {
		text, err := g.State(l)
		t.Logf("%s: %q, %v", l, text, err)
	}
	for _, right := range []string{"SeChangeNotifyPrivilege", "SeDebugPrivilege", "SeNetworkLogonRight", "SeDenyNetworkLogonRight"} {
		sids, err := g.RightHolders(right)
		t.Logf("%s: %q, %v", right, sids, err)
		if right == "SeChangeNotifyPrivilege" && err == nil && len(sids) == 0 {
			t.Error("nobody may pass through folders")
		}
	}
	pending, err := g.PendingRestart()
	t.Logf("pending: %q, %v", pending, err)
}
