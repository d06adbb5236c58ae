package guest_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
)

func TestAccountPolicy(t *testing.T) {
	const forever = 0xffffffff
	for _, tc := range []struct {
		name, text string
		number     uint32
		field      int
	}{
		{"MinimumPasswordLength", "14", 14, 0}, {"MaximumPasswordAge", "42", 42 * 86400, 1}, {"MaximumPasswordAge", "-1", forever, 1},
		{"MinimumPasswordAge", "1", 86400, 2}, {"MinimumPasswordAge", "0", 0, 2}, {"ForceLogoffWhenHourExpire", "1", 0, 3}, {"ForceLogoffWhenHourExpire", "0", forever, 3},
		{"PasswordHistorySize", "24", 24, 4}, {"LockoutDuration", "15", 900, 5}, {"LockoutDuration", "-1", forever, 5}, {"ResetLockoutCount", "99999", 99999 * 60, 6},
		{"LockoutBadCount", "10", 10, 7},
	} {
		n, err := guest.AccountNumber(tc.name, tc.text)
		if n != tc.number || err != nil {
			t.Errorf("%s = %s is %d, not %d; error %v", tc.name, tc.text, n, tc.number, err)
		}
		text, err := guest.AccountText(tc.name, tc.number)
		if text != tc.text || err != nil {
			t.Errorf("%s of %d is %q, not %q; error %v", tc.name, tc.number, text, tc.text, err)
		}
		var want [8]uint32
		want[tc.field] = 1
		if got := guest.AccountField(tc.name, 1); got != want {
			t.Errorf("%s is kept at %v, not %v", tc.name, got, want)
		}
	}
	for name, text := range map[string]string{"MinimumPasswordLength": "-1", "LockoutBadCount": "x", "LockoutDuration": "-2", "MaximumPasswordAge": "49711", "ForceLogoffWhenHourExpire": "2"} {
		if n, err := guest.AccountNumber(name, text); err == nil {
			t.Errorf("%s = %s is taken as %d", name, text, n)
		}
	}
	for name, n := range map[string]uint32{"LockoutDuration": 61, "MaximumPasswordAge": 1, "ForceLogoffWhenHourExpire": 30} {
		if text, err := guest.AccountText(name, n); err == nil {
			t.Errorf("%s of %d s is shown as %q", name, n, text)
		}
	}
	if _, err := guest.AccountNumber("LSAAnonymousNameLookup", "0"); !errors.Is(err, setting.ErrUnobservable) {
		t.Errorf("a rule without a call: %v", err)
	}
	if _, err := guest.AccountNumber("NoSuchRule", "0"); err == nil || errors.Is(err, setting.ErrUnobservable) {
		t.Errorf("no rule: %v", err)
	}
}

// TestLockout looks at pairs that Windows refuses: the window is never longer than the duration.
func TestLockout(t *testing.T) {
	for _, tc := range []struct {
		have [3]uint32
		name string
		n    uint32
		want [3]uint32
	}{
		{[3]uint32{1800, 1800, 0}, "LockoutDuration", 900, [3]uint32{900, 900, 0}},
		{[3]uint32{1800, 600, 5}, "LockoutDuration", 900, [3]uint32{900, 600, 5}},
		{[3]uint32{1800, 1800, 5}, "LockoutDuration", 0xffffffff, [3]uint32{0xffffffff, 1800, 5}},
		{[3]uint32{900, 900, 5}, "ResetLockoutCount", 1800, [3]uint32{1800, 1800, 5}},
		{[3]uint32{900, 900, 5}, "LockoutBadCount", 10, [3]uint32{900, 900, 10}},
	} {
		if got := guest.Lockout(tc.have, tc.name, tc.n); got != tc.want {
			t.Errorf("%v with %s = %d is %v, not %v", tc.have, tc.name, tc.n, got, tc.want)
		}
	}
}

// TestAudit goes over every text that the kind writes, and every subcategory.
func TestAudit(t *testing.T) {
	for _, text := range []string{secpolicy.AuditNone, secpolicy.AuditSuccess, secpolicy.AuditFailure, secpolicy.AuditBoth} {
		bits, err := guest.AuditBits(text)
		if err != nil || bits == 0 { // 0 leaves the subcategory as it is
			t.Errorf("%s: %d, %v", text, bits, err)
		}
		if got, err := guest.AuditText(bits); got != text || err != nil {
			t.Errorf("%s is read as %q, %v", text, got, err)
		}
	}
	if text, err := guest.AuditText(0); text != secpolicy.AuditNone || err != nil {
		t.Errorf("nothing is %q, %v", text, err)
	}
	for _, bits := range []uint32{5, 8, 1 << 31} {
		if text, err := guest.AuditText(bits); err == nil {
			t.Errorf("%#x is %q", bits, text)
		}
	}
	guid, err := guest.ParseGUID("{0cce922b-69ae-11d9-bed3-505054503030}")
	want := [16]byte{0x2b, 0x92, 0xce, 0x0c, 0xae, 0x69, 0xd9, 0x11, 0xbe, 0xd3, 0x50, 0x50, 0x54, 0x50, 0x30, 0x30}
	if guid != want || err != nil {
		t.Errorf("% x, %v", guid, err)
	}
	for _, l := range secpolicy.AuditLayouts() {
		for _, g := range l.GUIDs {
			if _, err := guest.ParseGUID(g); err != nil {
				t.Error(err)
			}
		}
	}
	for _, bad := range []string{"", "0cce922b-69ae-11d9-bed3-505054503030", "{0cce922b69ae11d9bed3505054503030}", "{0cce922-b69ae-11d9-bed3-505054503030}",
		"{0cce922b-69ae-11d9-bed3-50505450303g}"} {
		if _, err := guest.ParseGUID(bad); err == nil {
			t.Errorf("%q is taken as a GUID", bad)
		}
	}
}

func TestIdentities(t *testing.T) {
	const machine = "S-1-5-21-1-2-3"
	for sid, text := range map[string]string{machine + "-500": "rid:500", "S-1-5-32-544": "S-1-5-32-544", "S-1-5-21-1-2-33-500": "S-1-5-21-1-2-33-500", machine: machine,
		machine + "-500-1": machine + "-500-1"} {
		if got := guest.Foreign(sid, machine); got != text {
			t.Errorf("%s is written %s, not %s", sid, got, text)
		}
		if got, err := guest.Native(text, machine); got != sid || err != nil {
			t.Errorf("%s is taken as %s, not %s; %v", text, got, sid, err)
		}
	}
	if got := guest.Foreign("S-1-5-32-544", ""); got != "S-1-5-32-544" {
		t.Error(got)
	}
	for _, bad := range []string{"rid:", "rid:x", "rid:-1", "rid:00500", "rid:4294967296"} {
		if got, err := guest.Native(bad, machine); err == nil {
			t.Errorf("%s is taken as %s", bad, got)
		}
	}
	if _, err := guest.Native("rid:500", ""); err == nil {
		t.Error("a RID has a SID on a machine whose own is not known")
	}
	if got := guest.Foreigners([]string{machine + "-500", "S-1-5-32-545", machine + "-500"}, machine); !cmp.Equal(got, []string{"S-1-5-32-545", "rid:500"}) {
		t.Error(got)
	}
	if text, err := guest.MembersText(nil); text != "[]" || err != nil {
		t.Errorf("nobody is %q, %v", text, err)
	}
	for _, bad := range []string{"", "null", "{}", `[1]`, `"x"`} {
		if list, err := guest.ParseMembers(bad); err == nil {
			t.Errorf("%s is taken as %q", bad, list)
		}
	}
	if _, err := guest.ParseRID("S-1-5"); err == nil {
		t.Error("a SID is taken as a RID")
	}
	for _, on := range []bool{true, false} {
		if got, err := guest.ParseOnOff(guest.OnOff(on)); got != on || err != nil {
			t.Errorf("%v becomes %v, %v", on, got, err)
		}
	}
	if _, err := guest.ParseOnOff("Enabled"); err == nil {
		t.Error("another spelling is taken")
	}
}

func TestFeatureStates(t *testing.T) {
	for state, want := range map[uint32]string{0: "disabled false", 1: "disabled true", 2: "disabled false", 3: "disabled false", 4: "enabled false", 5: "enabled true"} {
		text, pending, err := guest.FeatureText(state)
		if got := fmt.Sprintf("%s %v", text, pending); got != want || err != nil {
			t.Errorf("%d: %s, %v", state, got, err)
		}
	}
	for _, state := range []uint32{6, 7, 8, 0xffffffff} {
		if text, _, err := guest.FeatureText(state); err == nil {
			t.Errorf("%d is %q", state, text)
		}
	}
}

func TestErrors(t *testing.T) {
	for number, want := range map[uintptr]string{5: "F: ERROR_ACCESS_DENIED", 2140: "F: error 2140", 0xc0000099: "F: error 0xc0000099"} {
		if got := guest.CallErrorOf("F", number).Error(); got != want {
			t.Errorf("%d: %q", number, got)
		}
	}
	if err := guest.CallErrorOf("F", 0); err != nil {
		t.Error(err)
	}
	if err := guest.CallErrorOf("F", 120); !errors.Is(err, setting.ErrUnobservable) || errors.Is(err, setting.ErrAbsent) {
		t.Errorf("%v", err)
	}
	if err := guest.CallErrorOf("F", 5); errors.Is(err, setting.ErrUnobservable) {
		t.Errorf("%v counts as a thing that cannot be seen", err)
	}
	if err := error(&guest.UnansweredError{Call: "F", Why: "w"}); !errors.Is(err, setting.ErrUnobservable) {
		t.Error(err)
	}
}

func TestPrograms(t *testing.T) {
	const uninstall = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\`
	w := fake.New()
	if _, err := guest.InstalledProgram(w, "{A}"); !errors.Is(err, setting.ErrAbsent) {
		t.Error(err)
	}
	w.SetValue(uninstall+"{A}", "DisplayVersion", setting.SZ("1.2"))
	w.SetValue(`HKLM\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\B`, "DisplayName", setting.SZ("B"))
	w.SetValue(uninstall+"C", "DisplayVersion", setting.DWord(1))
	for name, want := range map[string]string{"{a}": "1.2", "B": "installed"} {
		if got, err := guest.InstalledProgram(w, name); got != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"C", "", `A\B`} {
		if got, err := guest.InstalledProgram(w, name); err == nil || errors.Is(err, setting.ErrAbsent) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestDescriptors(t *testing.T) {
	keys := secdesc.KeyMapping()
	const have = "O:SYG:SYD:P(A;CI;KA;;;SY)(A;CI;KR;;;BU)"
	for want, same := range map[string]bool{"D:P(A;CI;KA;;;SY)(A;CI;KR;;;BU)": true, "O:SYD:P(A;CI;KA;;;SY)(A;CI;KR;;;BU)": true, "O:BAD:P(A;CI;KA;;;SY)(A;CI;KR;;;BU)": false,
		"D:P(A;CI;KA;;;SY)": false, "D:(A;CI;KA;;;SY)(A;CI;KR;;;BU)": false} {
		if got, err := guest.AsStated(have, want, keys); got != same || err != nil {
			t.Errorf("%s: %v, %v", want, got, err)
		}
	}
	if _, err := guest.AsStated(have, "no descriptor", keys); err == nil {
		t.Error("what is no descriptor is compared")
	}
	if got, err := guest.AsStated("no descriptor", have, keys); got || err != nil {
		t.Errorf("an unreadable one is as wanted: %v, %v", got, err)
	}
	for text, parts := range map[string]uint32{"D:P(A;;KA;;;SY)": 4, "O:SYD:P(A;;KA;;;SY)": 5, "G:SY": 2, have: 7} {
		if got, err := guest.Stated(text); got != parts || err != nil {
			t.Errorf("%s states %d, %v", text, got, err)
		}
	}
	for text, asked := range map[string]bool{"O:SYG:SYD:AI(A;ID;KA;;;SY)": true, have: false} {
		b, err := secdesc.FromSDDL(text)
		if err != nil {
			t.Fatal(err)
		}
		if b, err = guest.ForKernel(b); err != nil {
			t.Fatal(err)
		}
		d, err := secdesc.Parse(b)
		if err != nil || (d.Control&secdesc.DACLAutoInheritReq != 0) != asked {
			t.Errorf("%s: control %#x, %v", text, d.Control, err)
		}
		if got, err := guest.Shown(b); got != text || err != nil {
			t.Errorf("%s is shown as %s, %v", text, got, err)
		}
	}
}

func TestSecret(t *testing.T) {
	p := guest.PasswordFrom(bytes.Repeat([]byte{0, 63, 64, 255}, 7))
	text := string(utf16.Decode(p))
	if len(p) != 33 || p[32] != 0 || !strings.HasPrefix(text, "A/A/") {
		t.Errorf("%q", text)
	}
	for _, class := range []string{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789", "-"} {
		if !strings.ContainsAny(string(utf16.Decode(guest.PasswordFrom(nil))), class) {
			t.Errorf("no letter of %s", class)
		}
	}
	if a, err := guest.SecretAccount("autologon:kiosk"); a != "kiosk" || err != nil {
		t.Errorf("%q, %v", a, err)
	}
	for _, bad := range []string{"autologon:", "wifi:x", ""} {
		if a, err := guest.SecretAccount(bad); err == nil {
			t.Errorf("%q is for %q", bad, a)
		}
	}
}

// TestRulesOfTheKind holds the table against the kind: each rule that a profile may name is known here, or said not to be observable.
func TestRulesOfTheKind(t *testing.T) {
	known := 0
	for _, k := range kinds.All() {
		if k.Name != "account_policy" {
			continue
		}
		for name := range strings.SplitSeq(k.Doc, "`") {
			if strings.Contains(name, " ") || !strings.ContainsAny(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") || strings.ContainsAny(name, "[].:,()-") || strings.HasPrefix(name, "New") || strings.HasPrefix(name, "Enable") {
				continue
			}
			known++
			if _, err := guest.AccountNumber(name, "1"); err != nil && !errors.Is(err, setting.ErrUnobservable) {
				t.Error(err)
			}
		}
	}
	if known < 12 {
		t.Errorf("only %d rules were found in what the kind says of itself", known)
	}
}

// FuzzTexts hands any text to what reads the texts of a plan: an error, or a text that stands for the same again.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{"{0cce922b-69ae-11d9-bed3-505054503030}", "rid:500", "S-1-5-32-544", `["S-1-5-18"]`, "O:SYD:P(A;CI;KA;;;SY)", "-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		const machine = "S-1-5-21-1-2-3"
		_, _ = guest.ParseGUID(s)
		_, _ = guest.Stated(s)
		_, _ = guest.AsStated("O:SYG:SYD:P(A;CI;KA;;;SY)", s, secdesc.KeyMapping())
		if list, err := guest.ParseMembers(s); err == nil {
			if _, err := guest.MembersText(list); err != nil {
				t.Error(err)
			}
		}
		if sid, err := guest.Native(s, machine); err == nil && strings.HasPrefix(s, "rid:") && guest.Foreign(sid, machine) != s {
			t.Errorf("%q becomes %q", s, guest.Foreign(sid, machine))
		}
		if n, err := guest.AccountNumber("LockoutDuration", s); err == nil {
			if _, err := guest.AccountText("LockoutDuration", n); err != nil {
				t.Errorf("%q is %d: %v", s, n, err)
			}
		}
	})
}
