package image_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// labImage opens the first image of a lab base.
func labImage(t *testing.T, o lab.Options) (*wim.File, *image.Image) {
	t.Helper()
	b, err := lab.Bytes(o)
	if err != nil {
		t.Fatal(err)
	}
	f, err := wim.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f, openImage(t, f)
}

// told is what State says, with the sort of an error in its place.
func told(text string, err error) string {
	switch {
	case errors.Is(err, setting.ErrAbsent) && errors.Is(err, setting.ErrUnobservable):
		return "both"
	case errors.Is(err, setting.ErrAbsent):
		return "absent"
	case errors.Is(err, setting.ErrUnobservable):
		return "unobservable"
	case err != nil:
		return "error: " + err.Error()
	}
	return text
}

const (
	processCreation = "{0cce922b-69ae-11d9-bed3-505054503030}"
	mapsTask        = `\Microsoft\Windows\Maps\MapsUpdateTask`
)

// TestStates reads every scheme in bases of two languages, as delivered and with something planted.
func TestStates(t *testing.T) {
	tests := map[setting.Location]struct{ delivered, plant string }{
		"account-policy:MinimumPasswordLength":         {"0", "14"},
		"account-policy:MaximumPasswordAge":            {"42", "-1"},
		"account-policy:LockoutDuration":               {"30", "-1"},
		"account-policy:LSAAnonymousNameLookup":        {"unobservable", ""},
		"account-policy:Nothing":                       {"error: ", ""},
		"audit:" + processCreation:                     {"none", "success,failure"},
		"audit:{0cce9215-69ae-11d9-bed3-505054503030}": {"success,failure", "failure"},
		"audit:{00000000-69ae-11d9-bed3-505054503030}": {"absent", ""},
		"account:500":        {"disabled", "enabled"},
		"account:777":        {"absent", "enabled"},
		"account:x":          {"error: ", ""},
		"account-name:503":   {"DefaultAccount", "Reserv"},
		"group:S-1-5-32-544": {`["rid:500"]`, `["S-1-5-18","rid:500"]`},
		"group:S-1-5-32-555": {`[]`, `["rid:777"]`},
		"group:S-1-5-32-999": {"absent", ""},
		"task:" + mapsTask:   {"enabled", "disabled"},
		`task:\Microsoft\Windows\DiskDiagnostic\Microsoft-Windows-DiskDiagnosticResolver`: {"disabled", "enabled"},
		`task:\Microsoft\Windows\Defrag\ScheduledDefrag`:                                  {"enabled", "disabled"}, // without the element
		`task:\Microsoft\Windows\Nothing`:                                                 {"absent", ""},
		`task:\Microsoft\Windows\Maps`:                                                    {"error: ", ""},
		`task:Maps`:                                                                       {"error: ", ""},
		`task:\..\..\System32`:                                                            {"error: ", ""},
		"program:WIC":                                                                     {"installed", ""},
		"program:Nothing":                                                                 {"absent", ""},
		`program:a\b`:                                                                     {"error: ", ""},
		"feature:SMB1Protocol":                                                            {"unobservable", ""},
		"secret:autologon:x":                                                              {"unobservable", ""},
		`registry-security:HKLM\SAM`:                                                      {"O:BAG:SYD:PAI(A;CI;KA;;;SY)(A;CI;0x60000;;;BA)", ""},
		`registry-security:HKLM\SOFTWARE\Nothing`:                                         {"absent", ""},
		`file-security:\Windows\System32\config`:                                          {"O:SYG:SYD:PAI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", ""},
		`file-security:\Windows\nothing`:                                                  {"absent", ""},
		`file-security:C:\Windows`:                                                        {"error: ", ""},
	}
	for _, language := range []string{"sv-SE", "en-US"} {
		o := lab.Options{Release: lab.LTSC2021, Language: language, Plant: map[string]string{}}
		_, delivered := labImage(t, o)
		for l, tc := range tests {
			if tc.plant != "" {
				o.Plant[string(l)] = tc.plant
			}
		}
		_, planted := labImage(t, o)
		for l, tc := range tests {
			if got := told(delivered.State(l)); got != tc.delivered && !(tc.delivered == "error: " && strings.HasPrefix(got, tc.delivered)) {
				t.Errorf("%s: %s is %q, want %q", language, l, got, tc.delivered)
			}
			if got := told(planted.State(l)); tc.plant != "" && got != tc.plant {
				t.Errorf("%s: %s is %q, planted was %q", language, l, got, tc.plant)
			}
		}
	}
}

func TestRightHolders(t *testing.T) {
	_, img := labImage(t, lab.Options{Release: lab.LTSB2016, Language: "sv-SE"})
	for right, want := range map[string][]string{
		"SeDenyNetworkLogonRight": {"rid:501"}, "SeTcbPrivilege": {}, "SeBackupPrivilege": {"S-1-5-32-544", "S-1-5-32-551"},
	} {
		got, err := img.RightHolders(right)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", right, err, diff)
		}
	}
	if _, err := img.RightHolders("SeNothing"); err == nil || errors.Is(err, setting.ErrAbsent) || errors.Is(err, setting.ErrUnobservable) {
		t.Errorf("a right that is not there: %v", err)
	}
}

func TestRegistryKeys(t *testing.T) {
	img := openImage(t, newWindows(t).write(t))
	got, err := img.RegistryKeys(`HKLM\SYSTEM`)
	if diff := cmp.Diff([]string{"ControlSet001", "ControlSet002", "Select"}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := img.RegistryKeys(`HKLM\SYSTEM\Select`); err != nil || got == nil || len(got) != 0 {
		t.Errorf("a key without keys: %v, %v", got, err)
	}
	if _, err := img.RegistryKeys(`HKLM\SOFTWARE\Nothing`); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a key that is not there: %v", err)
	}
	if _, err := img.RegistryKeys(`HKLM\HARDWARE`); !errors.Is(err, setting.ErrUnobservable) {
		t.Errorf("a key that no file holds: %v", err)
	}
}

func TestRegistryValueNames(t *testing.T) {
	img := openImage(t, newWindows(t).write(t))
	if got, err := img.RegistryValueNames(`HKLM\SYSTEM\Select`); err != nil || !slices.Contains(got, "Current") {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := img.RegistryValueNames(`HKLM\SYSTEM`); err != nil || got == nil || len(got) != 0 {
		t.Errorf("a key without values: %v, %v", got, err)
	}
	if _, err := img.RegistryValueNames(`HKLM\SOFTWARE\Nothing`); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a key that is not there: %v", err)
	}
	if _, err := img.RegistryValueNames(`HKLM\HARDWARE`); !errors.Is(err, setting.ErrUnobservable) {
		t.Errorf("a key that no file holds: %v", err)
	}
}

// TestDatabasesMissingOrDamaged: what is not there cannot be seen, what is there and cannot be read is an error, and neither is an absence.
func TestDatabasesMissingOrDamaged(t *testing.T) {
	locations := []setting.Location{"account-policy:MinimumPasswordLength", "audit:" + processCreation, "account:500", "account-name:500", "group:S-1-5-32-544"}
	const config = `Windows\System32\config\`
	missing := newWindows(t)
	notMade := newWindows(t)
	unknown := newWindows(t)
	dirty := newWindows(t)
	for _, name := range []string{"SAM", "SECURITY"} {
		notMade.hives[config+name], unknown.hives[config+name] = newHive(t, name), newHive(t, name)
		b, err := newHive(t, name).Bytes(regf.FileTimeOf(made))
		if err != nil {
			t.Fatal(err)
		}
		b[4]++
		dirty.files[config+name] = string(b)
	}
	for path, value := range map[string]string{
		`SECURITY!Policy\Accounts\S-1-1-0`: "", `SECURITY!Policy\PolAdtEv`: "", `SAM!SAM\Domains\Account`: "F",
		`SAM!SAM\Domains\Account\Users\000001F4`: "F", `SAM!SAM\Domains\Builtin\Aliases\00000220`: "C",
	} {
		hive, key, _ := strings.Cut(path, "!")
		set(t, unknown.hives[config+hive], key, value, setting.DWord(1))
	}
	for name, tc := range map[string]struct {
		w    *windows
		want string
	}{"missing": {missing, "unobservable"}, "not made": {notMade, "unobservable"}, "unknown": {unknown, "error: "}, "dirty": {dirty, "error: "}} {
		img := openImage(t, tc.w.write(t))
		_, right := img.RightHolders("SeDebugPrivilege")
		if got := told("", right); !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s: rights are %q, want %q", name, got, tc.want)
		}
		for _, l := range locations {
			got := told(img.State(l))
			if !strings.HasPrefix(got, tc.want) || name == "dirty" && (!strings.Contains(got, "dirty") || !strings.Contains(got, "config")) {
				t.Errorf("%s: %s is %q, want %q", name, l, got, tc.want)
			}
		}
	}
}

func utf16LE(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func TestTaskDefinitions(t *testing.T) {
	const open = `<?xml version="1.0" encoding="UTF-16"?><Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">`
	for name, tc := range map[string]struct{ file, want string }{
		"enabled":          {utf16LE(open + `<Settings><Enabled> true </Enabled></Settings></Task>`), "enabled"},
		"disabled":         {utf16LE(open + `<Settings><Enabled>false</Enabled></Settings></Task>`), "disabled"},
		"not said":         {utf16LE(open + `<Triggers><TimeTrigger><Enabled>false</Enabled></TimeTrigger></Triggers><Settings/></Task>`), "enabled"},
		"no settings":      {utf16LE(open + `</Task>`), "enabled"},
		"UTF-8":            {strings.Replace(open, "UTF-16", "UTF-8", 1) + `<Settings><Enabled>0</Enabled></Settings></Task>`, "disabled"},
		"said twice":       {utf16LE(open + `<Settings><Enabled>true</Enabled><Enabled>false</Enabled></Settings></Task>`), "error: "},
		"settings twice":   {utf16LE(open + `<Settings/><Settings><Enabled>false</Enabled></Settings></Task>`), "error: "},
		"neither":          {utf16LE(open + `<Settings><Enabled>maybe</Enabled></Settings></Task>`), "error: "},
		"cut off":          {utf16LE(open + `<Settings><Enabled>false</Enabled>`), "error: "},
		"odd":              {utf16LE(open+`</Task>`) + "x", "error: "},
		"another's form":   {utf16LE(`<Task><Settings><Enabled>false</Enabled></Settings></Task>`), "error: "},
		"no XML":           {"MZ\xff", "error: "},
		"empty":            {"", "error: "},
		"entity expansion": {utf16LE(`<!DOCTYPE a [<!ENTITY x "y">]>` + open[39:] + `<Settings><Enabled>&x;</Enabled></Settings></Task>`), "error: "},
	} {
		w := newWindows(t)
		w.files[`Windows\System32\Tasks\A\B`] = tc.file
		if got := told(openImage(t, w.write(t)).State(`task:\A\B`)); got != tc.want && !(tc.want == "error: " && strings.HasPrefix(got, tc.want)) {
			t.Errorf("%s is %q, want %q", name, got, tc.want)
		}
	}
}

func TestPrograms(t *testing.T) {
	w := newWindows(t)
	const narrow, wide = `WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\`, `Microsoft\Windows\CurrentVersion\Uninstall\`
	set(t, w.hives[software], wide+"A", "DisplayVersion", setting.SZ("1.2.3"))
	set(t, w.hives[software], narrow+"B", "DisplayVersion", setting.SZ("4"))
	set(t, w.hives[software], wide+"C", "DisplayVersion", setting.DWord(1))
	set(t, w.hives[software], wide+"D", "DisplayVersion", setting.SZ(""))
	set(t, w.hives[software], wide+"Both", "DisplayVersion", setting.SZ("64"))
	set(t, w.hives[software], narrow+"Both", "DisplayVersion", setting.SZ("32"))
	img := openImage(t, w.write(t))
	for name, want := range map[string]string{"a": "1.2.3", "B": "4", "C": "error: ", "D": "installed", "Both": "64", "E": "absent"} {
		if got := told(img.State(setting.StateLocation(setting.SchemeProgram, name))); got != want && !(want == "error: " && strings.HasPrefix(got, want)) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// TestSetKeySecurity sets a descriptor, writes the image, and has it read by ours and by others.
func TestSetKeySecurity(t *testing.T) {
	const key, text = `HKLM\SYSTEM\CurrentControlSet\Control\Lsa`, "D:P(A;CI;GA;;;SY)(A;CI;KA;;;BA)"
	w := newWindows(t)
	setSecurity := func(path, sddl string) {
		t.Helper()
		set(t, w.hives[system], `ControlSet002\Control\Lsa`+path, "x", setting.DWord(1))
		sd, err := secdesc.FromSDDL(sddl)
		if err == nil {
			_, err = w.hives[system].SetSecurity(`ControlSet002\Control\Lsa`+path, sd, regf.FileTimeOf(made))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	setSecurity(``, "O:BAG:SYD:AI(A;CIID;KA;;;SY)(A;CIID;KR;;;BU)")
	setSecurity(`\Follows`, "O:BAG:SYD:AI(A;CI;KR;;;WD)(A;CIID;KA;;;SY)(A;CIID;KR;;;BU)")
	setSecurity(`\Follows\Deep`, "O:BAG:SYD:AI(A;CIID;KA;;;SY)(A;CIID;KR;;;BU)")
	setSecurity(`\Shut`, "O:BAG:SYD:PAI(A;CI;KR;;;BU)")
	setSecurity(`\Shut\Deep`, "O:BAG:SYD:AI(A;CIID;KR;;;BU)")
	base := w.write(t)
	e, err := image.Edit(base, 1, image.Options{Epoch: epoch})
	if err != nil {
		t.Fatal(err)
	}
	op := setting.Op{Stage: setting.StageImage, Action: setting.ActionStateSet, Location: setting.StateLocation(setting.SchemeRegistrySecurity, key), Value: text}
	for i, want := range []bool{true, false} {
		if changed, err := e.SetState(op); err != nil || changed != want {
			t.Fatalf("set for the %d. time: %v, %v", i+1, changed, err)
		}
	}
	refuse := func(o setting.Op, part string) {
		t.Helper()
		if _, err := e.SetState(o); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s %s %s: %v, want an error with %q", o.Action, o.Location, o.Value, err, part)
		}
	}
	refuse(setting.Op{Action: setting.ActionStateDelete, Location: op.Location}, "first-boot")
	refuse(setting.Op{Action: setting.ActionStateSet, Location: `file-security:\Windows`, Value: text}, "first-boot")
	refuse(setting.Op{Action: setting.ActionStateSet, Location: `registry-security:HKLM\SOFTWARE\Nothing`, Value: text}, "no such key")
	refuse(setting.Op{Action: setting.ActionStateSet, Location: op.Location, Value: "D:P(A;;KA;;;Alla)"}, "Alla")
	if _, err := e.Commit(); err != nil {
		t.Fatal(err)
	}
	refuse(op, "committed")
	hardened := written(t, func(f *os.File) error {
		_, err := e.WriteTo(t.Context(), f, nil)
		return err
	})
	const want = "O:BAG:SYD:PAI(A;CI;KA;;;SY)(A;CI;KA;;;BA)"
	img := openImage(t, hardened)
	if got, err := img.State(op.Location); err != nil || got != want {
		t.Errorf("the key's descriptor is %s, %v, want %s", got, err, want)
	}
	for below, want := range map[string]string{
		`\Follows`: "O:BAG:SYD:AI(A;CI;KR;;;WD)(A;CIID;KA;;;SY)(A;CIID;KA;;;BA)", `\Follows\Deep`: "O:BAG:SYD:AI(A;CIID;KR;;;WD)(A;CIID;KA;;;SY)(A;CIID;KA;;;BA)",
		`\Shut`: "O:BAG:SYD:PAI(A;CI;KR;;;BU)", `\Shut\Deep`: "O:BAG:SYD:AI(A;CIID;KR;;;BU)",
	} {
		if got, err := img.State(setting.StateLocation(setting.SchemeRegistrySecurity, key+below)); err != nil || got != want {
			t.Errorf("the descriptor of %s is %s, %v, want %s", below, got, err, want)
		}
	}
	for _, other := range []string{`HKLM\SYSTEM\CurrentControlSet\Control`, `HKLM\SYSTEM\ControlSet001\Services`} {
		if got, err := img.State(setting.StateLocation(setting.SchemeRegistrySecurity, other)); err != nil || got == want {
			t.Errorf("the descriptor of %s is %s, %v", other, got, err)
		}
	}
	if _, err := exec.LookPath("reglookup"); err != nil {
		t.Skip("the referee reglookup is not installed (Debian package reglookup)")
	}
	path := filepath.Join(t.TempDir(), "SYSTEM")
	if err := os.WriteFile(path, read(t, hardened, system), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("reglookup", "-s", "-p", "/ControlSet002/Control/Lsa", path).Output()
	out, _, _ = bytes.Cut(out, []byte("/Lsa/Old")) // the key itself
	if err != nil || strings.Contains(string(out), "S-1-5-32-545") || !strings.Contains(string(out), "S-1-5-18:ALLOW") || !strings.Contains(string(out), "S-1-5-32-544:ALLOW") {
		t.Errorf("reglookup reads %s, %v", out, err)
	}
}
