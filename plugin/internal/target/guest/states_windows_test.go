package guest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
)

func set(l setting.Location, value string) setting.Op {
	return setting.Op{Stage: setting.StageFirstBoot, Action: setting.ActionStateSet, Location: l, Value: value}
}

// TestUnanswered asks for what Wine does not have. Whatever it says, it is never a text, and a change is never one that was made.
func TestUnanswered(t *testing.T) {
	g := open(t)
	if h, err := g.Host(); err != nil || h.Platform != guest.PlatformWine {
		t.Skipf("platform %q, %v: this is about Wine", h.Platform, err)
	}
	for l, value := range map[setting.Location]string{
		"account-policy:MinimumPasswordLength": "14", "account-policy:LockoutBadCount": "5", "account-policy:PasswordComplexity": "1", "account-policy:LSAAnonymousNameLookup": "0",
		"audit:{0cce922b-69ae-11d9-bed3-505054503030}": "success", "group:S-1-5-32-544": `[]`, "feature:SMB1Protocol": "disabled", "account:500": "disabled",
		"account-name:501": "besokare",
	} {
		text, err := g.State(l)
		if err == nil || text != "" || errors.Is(err, setting.ErrAbsent) {
			t.Errorf("%s reads %q, %v", l, text, err)
		}
		if _, err := g.SetState(set(l, value)); err == nil {
			t.Errorf("%s was set", l)
		}
	}
	if sids, err := g.RightHolders("SeDebugPrivilege"); !errors.Is(err, setting.ErrUnobservable) {
		t.Errorf("%q, %v", sids, err)
	}
	if _, err := g.SetRightHolders("SeDebugPrivilege", nil); err == nil {
		t.Error("a right was set")
	}
	if _, err := g.SetState(set("secret:autologon:kiosk", "made-on-client")); err == nil {
		t.Error("a secret was made")
	}
	if _, err := g.RightHolders("SeNoSuchRight"); err == nil || errors.Is(err, setting.ErrUnobservable) {
		t.Errorf("a right that does not exist: %v", err)
	}
}

func TestKeySecurity(t *testing.T) {
	g := open(t)
	const key, want = `HKLM\SOFTWARE\wmclient-test-acl`, "O:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;KR;;;BU)"
	for _, k := range []string{key, key + `\a\b`} {
		if _, err := g.SetRegistryValue(k, "x", setting.DWord(1)); err != nil {
			t.Fatal(err)
		}
	}
	l := setting.StateLocation(setting.SchemeRegistrySecurity, key)
	for i, changes := range []bool{true, false} {
		if changed, err := g.SetState(set(l, want)); err != nil || changed != changes {
			t.Fatalf("time %d: changed %v, error %v", i+1, changed, err)
		}
	}
	text, err := g.State(l)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := guest.AsStated(text, want, secdesc.KeyMapping()); !same || err != nil {
		t.Errorf("it is %s, %v", text, err)
	}
	if _, err := g.State(l + `\none`); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a key that is not there: %v", err)
	}
	if _, err := g.SetState(set(l+`\none`, want)); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a key that is not there: %v", err)
	}
}

// TestHandDown changes a key whose child takes part in inheritance: the child's own entry stays, what it inherited is replaced.
func TestHandDown(t *testing.T) {
	g := open(t)
	const key = `HKLM\SOFTWARE\wmclient-test-inherit`
	if _, err := g.SetRegistryValue(key+`\a`, "x", setting.DWord(1)); err != nil {
		t.Fatal(err)
	}
	at := setting.StateLocation(setting.SchemeRegistrySecurity, key)
	if _, err := g.SetState(set(at+`\a`, "D:AI(A;;KR;;;WD)(A;CIID;KA;;;BU)")); err != nil {
		t.Fatal(err)
	}
	if before, err := g.State(at + `\a`); err != nil || !strings.Contains(before, "D:AI") {
		t.Skipf("this machine keeps no marks of inheritance: %s, %v", before, err)
	}
	if _, err := g.SetState(set(at, "D:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)")); err != nil {
		t.Fatal(err)
	}
	text, err := g.State(at + `\a`)
	if _, list, _ := strings.Cut(text, "D:"); list != "AI(A;;KR;;;WD)(A;CIID;KA;;;SY)(A;CIID;KA;;;BA)" || err != nil {
		t.Errorf("below it is %s, %v", text, err)
	}
}

// TestFileSecurity sets a descriptor that Wine, which keeps the modes of Linux, cannot hold: the look afterwards finds that.
func TestFileSecurity(t *testing.T) {
	g := open(t)
	const path = `\Windows\wmclient\acl\x.dat`
	if _, err := g.PutFile(path, apply.NewContent([]byte("x"))); err != nil {
		t.Fatal(err)
	}
	l := setting.StateLocation(setting.SchemeFileSecurity, path)
	text, err := g.State(l)
	if err != nil || !strings.HasPrefix(text, "O:") {
		t.Errorf("%q, %v", text, err)
	}
	const want = "D:P(A;;FA;;;SY)(A;;0x1200a9;;;S-1-5-21-9-9-9-1000)"
	changed, err := g.SetState(set(l, want))
	if err != nil && !errors.Is(err, guest.ErrNotHeld) {
		t.Errorf("%v, %v", changed, err)
	}
	if text, _ := g.State(l); err == nil {
		if same, _ := guest.AsStated(text, want, secdesc.FileMapping()); !same {
			t.Errorf("it is said to be done, and is %s", text)
		}
	}
	if _, err := g.State(l + "x"); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a file that is not there: %v", err)
	}
}

const taskXML = `<?xml version="1.0" encoding="UTF-16"?><Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">` +
	`<RegistrationInfo/><Triggers/><Settings><Enabled>true</Enabled></Settings><Actions><Exec><Command>cmd.exe</Command></Exec></Actions></Task>`

func TestTask(t *testing.T) {
	g := open(t)
	if _, err := g.State(`task:\no\such\task`); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a task that is not there: %v", err)
	}
	if changed, err := g.SetState(set(`task:\no\such\task`, "disabled")); changed || !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("disabling it: %v, %v", changed, err)
	}
	if _, err := g.State("task:name"); err == nil || errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a path without a backslash: %v", err)
	}
	if err := guest.RegisterTask(`wmclient\test`, taskXML); err != nil {
		t.Fatal(err)
	}
	const l = setting.Location(`task:\wmclient\test`)
	text, err := g.State(l)
	if text != "enabled" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if changed, err := g.SetState(set(l, "enabled")); changed || err != nil {
		t.Errorf("enabling it: %v, %v", changed, err)
	}
	_, err = g.SetState(set(l, "disabled"))
	now, readErr := g.State(l)
	if (err == nil) != (now == "disabled") || readErr != nil {
		t.Errorf("disabling it: %v, and it is %q, %v", err, now, readErr)
	}
	t.Logf("disabling: %v", err)
}

func TestProgram(t *testing.T) {
	g := open(t)
	const code = "{9A25302D-30C0-39D9-BD6F-21E6EC160475}"
	const key = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\` + code
	const l = setting.Location("program:" + code)
	remove := setting.Op{Stage: setting.StageFirstBoot, Action: setting.ActionStateDelete, Location: l}
	if changed, err := g.SetState(remove); changed || err != nil {
		t.Errorf("removing what is not there: %v, %v", changed, err)
	}
	if _, err := g.SetRegistryValue(key, "DisplayVersion", setting.SZ("9.0")); err != nil {
		t.Fatal(err)
	}
	if text, err := g.State(l); text != "9.0" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := g.SetState(remove); err == nil || !strings.Contains(err.Error(), "ERROR_UNKNOWN_PRODUCT") {
		t.Errorf("removing what Windows Installer does not know: %v", err)
	}
	if err := guest.RemoveKey(key[len(`HKLM\`):]); err != nil {
		t.Fatal(err)
	}
	const path = `\Windows\wmclient\x.msi`
	c := apply.NewContent([]byte("no package"))
	if _, err := g.PutFile(path, c); err != nil {
		t.Fatal(err)
	}
	install := set(l, "9.0")
	install.Path, install.SHA256, install.Size = path, c.SHA256, c.Size
	if _, err := g.SetState(install); err == nil || !strings.Contains(err.Error(), "MsiInstallProductW") {
		t.Errorf("installing what is no package: %v", err)
	}
	install.SHA256 = strings.Repeat("0", 64)
	if _, err := g.SetState(install); err == nil || !strings.Contains(err.Error(), c.SHA256) {
		t.Errorf("installing another package than the plan's: %v", err)
	}
}

// prepareProfile makes the registry of the default profile, which Wine lacks.
func prepareProfile(t *testing.T, g *guest.Guest) {
	t.Helper()
	descriptor, err := secdesc.FromSDDL("O:BAG:SYD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)")
	if err != nil {
		t.Fatal(err)
	}
	epoch := regf.FileTimeOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	hive, err := regf.New("ROOT", descriptor, epoch)
	if err != nil {
		t.Fatal(err)
	}
	data, err := hive.Bytes(epoch)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.WriteHive(data); err != nil {
		t.Fatal(err)
	}
}

// TestDefaultProfile changes HKCU, which is a file.
func TestDefaultProfile(t *testing.T) {
	g := open(t)
	const key = `HKCU\Software\wmclient\test`
	prepareProfile(t, g)
	for i, want := range []bool{true, false} {
		if changed, err := g.SetRegistryValue(key, "a", setting.SZ("x")); err != nil || changed != want {
			t.Fatalf("set, time %d: %v, %v", i+1, changed, err)
		}
	}
	v, err := g.RegistryValue(key, "A")
	if err != nil || v.Text() != "sz:x" {
		t.Errorf("%v, %v", v, err)
	}
	if names, err := g.RegistryValueNames(key); err != nil || !cmp.Equal(names, []string{"a"}) {
		t.Errorf("%q, %v", names, err)
	}
	if text, err := g.AccessList(key); err != nil || !strings.Contains(text, "SY") {
		t.Errorf("%q, %v", text, err)
	}
	for i, want := range []bool{true, false} {
		if changed, err := g.DeleteRegistryValue(key, "a"); err != nil || changed != want {
			t.Errorf("delete, time %d: %v, %v", i+1, changed, err)
		}
	}
	if _, err := g.RegistryValue(key, "a"); !errors.Is(err, setting.ErrAbsent) {
		t.Error(err)
	}
}

func TestReparsePoint(t *testing.T) {
	g := open(t)
	if _, err := g.PutFile(`\Windows\wmclient\real\x`, apply.NewContent([]byte("x"))); err != nil {
		t.Fatal(err)
	}
	if err := g.Junction(`\Windows\wmclient\link`, `\Windows\wmclient\real`); err != nil {
		t.Skipf("this machine makes no links: %v", err)
	}
	if _, err := g.File(`\Windows\wmclient\link`); errors.Is(err, setting.ErrAbsent) {
		t.Skip("this machine says that it made a link, and made none")
	}
	if _, err := g.File(`\Windows\wmclient\link\x`); err == nil || !strings.Contains(err.Error(), "reparse point") {
		t.Errorf("a file behind a link: %v", err)
	}
	if _, err := g.PutFile(`\Windows\wmclient\link\y`, apply.NewContent([]byte("y"))); err == nil {
		t.Error("a file was written behind a link")
	}
}

func TestRestart(t *testing.T) {
	g := open(t)
	const why = "feature Test"
	if pending, err := g.PendingRestart(); err != nil || slices.Contains(pending, why) {
		t.Fatalf("%q, %v", pending, err)
	}
	if err := g.WantRestart(why); err != nil {
		t.Fatal(err)
	}
	if pending, err := g.PendingRestart(); err != nil || !slices.Contains(pending, why) {
		t.Errorf("%q, %v", pending, err)
	}
	sid, err := g.MachineSID()
	if err != nil || !strings.HasPrefix(sid, "S-1-5-21-") {
		t.Errorf("%q, %v", sid, err)
	}
}
