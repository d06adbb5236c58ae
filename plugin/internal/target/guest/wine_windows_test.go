package guest_test

import (
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
)

// open opens the machine that the test runs on, which it changes: so it must be one that was made for that. tests/guest runs these tests in a
// fresh prefix of Wine.
func open(t *testing.T) *guest.Guest {
	t.Helper()
	if os.Getenv("WMCLIENT_MACHINE_MAY_CHANGE") != "1" {
		t.Skip("this test changes the Windows that it runs on; WMCLIENT_MACHINE_MAY_CHANGE=1 allows it on one that is made for it")
	}
	g, err := guest.Open()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

const testKey = `HKLM\SOFTWARE\wmclient-test\deep\er`

func TestRegistry(t *testing.T) {
	g := open(t)
	values := map[string]setting.RegistryValue{
		"":         setting.SZ("default"),
		"dword":    setting.DWord(7),
		"qword":    setting.QWord(1 << 60),
		"multi":    setting.MultiSZ([]string{"å", "b"}),
		"empty":    {Type: setting.TypeBinary, Data: []byte{}},
		"none":     {Type: setting.TypeNone, Data: []byte{1}},
		"odd":      {Type: setting.TypeSZ, Data: []byte{'a', 0, 'b'}},
		"bigger":   {Type: setting.TypeBinary, Data: make([]byte, 20000)},
		"expand":   setting.ExpandSZ(`%SystemRoot%\x`),
		"Ordliста": setting.SZ("x"),
	}
	for name, v := range values {
		for i, want := range []bool{true, false} {
			changed, err := g.SetRegistryValue(testKey, name, v)
			if err != nil || changed != want {
				t.Errorf("set %q, time %d: changed %v, error %v", name, i+1, changed, err)
			}
		}
		got, err := g.RegistryValue(testKey, name)
		if err != nil {
			t.Errorf("read %q: %v", name, err)
			continue
		}
		if diff := cmp.Diff(v, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", name, diff)
		}
	}
	names, err := g.RegistryValueNames(testKey)
	if err != nil || len(names) != len(values) {
		t.Errorf("names %q, error %v", names, err)
	}
	keys, err := g.RegistryKeys(`HKLM\SOFTWARE\wmclient-test`)
	if err != nil || !cmp.Equal(keys, []string{"deep"}) {
		t.Errorf("keys %q, error %v", keys, err)
	}
	for name := range values {
		for i, want := range []bool{true, false} {
			changed, err := g.DeleteRegistryValue(testKey, name)
			if err != nil || changed != want {
				t.Errorf("delete %q, time %d: changed %v, error %v", name, i+1, changed, err)
			}
		}
	}
	if _, err := g.RegistryValue(testKey, "dword"); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a deleted value: %v", err)
	}
	if err := g.RegistryKey(testKey); err != nil {
		t.Error(err)
	}
	for _, key := range []string{`HKLM\SOFTWARE\wmclient-test\no`, `HKLM\NoSuchHive\x`} {
		if err := g.RegistryKey(key); !errors.Is(err, setting.ErrAbsent) {
			t.Errorf("%s: %v", key, err)
		}
		if changed, err := g.DeleteRegistryValue(key, "x"); changed || err != nil {
			t.Errorf("delete in %s: %v, %v", key, changed, err)
		}
	}
	if err := g.RegistryKey(`HKCC\System`); !errors.Is(err, setting.ErrUnobservable) {
		t.Errorf("HKCC: %v", err)
	}
}

// TestNeutral looks at the text of an error: it is the same in every language of Windows.
func TestNeutral(t *testing.T) {
	err := guest.Neutral("RegOpenKeyEx", windows.ERROR_ACCESS_DENIED)
	if err == nil || err.Error() != "RegOpenKeyEx: ERROR_ACCESS_DENIED" {
		t.Errorf("%v", err)
	}
	if err := guest.Neutral("x", setting.ErrAbsent); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("%v", err)
	}
}

func TestFiles(t *testing.T) {
	g := open(t)
	const path = `\Windows\wmclient\test\å\x.dat`
	c := apply.NewContent([]byte("content"))
	if _, err := g.File(path); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a file that is not there: %v", err)
	}
	for i, want := range []bool{true, false} {
		if changed, err := g.PutFile(path, c); err != nil || changed != want {
			t.Fatalf("put, time %d: changed %v, error %v", i+1, changed, err)
		}
	}
	other := apply.NewContent([]byte("other"))
	if changed, err := g.PutFile(path, other); err != nil || !changed {
		t.Fatalf("replace: changed %v, error %v", changed, err)
	}
	f, err := g.File(path)
	if err != nil || f.SHA256 != other.SHA256 || f.Size != 5 {
		t.Errorf("file %+v, error %v", f, err)
	}
	if _, err := g.File(`\Windows\wmclient\test`); err == nil || errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a folder: %v", err)
	}
	for i, want := range []bool{true, false} {
		if changed, err := g.DeleteFile(path); err != nil || changed != want {
			t.Errorf("delete, time %d: changed %v, error %v", i+1, changed, err)
		}
	}
	for _, bad := range []string{`\Windows\..\x`, `\x:stream`, `\Windows\System32\config\SAM`, `\windows\system32\GroupPolicy\GPT.INI`, ``} {
		if _, err := g.PutFile(bad, c); err == nil {
			t.Errorf("%q was written", bad)
		}
	}
}

func TestPolicy(t *testing.T) {
	g := open(t)
	const key = `HKLM\SOFTWARE\Policies\Wmclient\Test`
	for i, want := range []bool{true, false} {
		if changed, err := g.SetPolicyValue(setting.ScopeMachine, key, "a", setting.DWord(1)); err != nil || changed != want {
			t.Fatalf("set, time %d: changed %v, error %v", i+1, changed, err)
		}
	}
	v, err := g.PolicyValue(setting.ScopeMachine, key, "a")
	if err != nil || v.Text() != "dword:1" {
		t.Errorf("%v, error %v", v, err)
	}
	values, keys, err := g.PolicyNames(setting.ScopeMachine, `HKLM\SOFTWARE\Policies\Wmclient`)
	if err != nil || len(values) != 0 || !cmp.Equal(keys, []string{"Test"}) {
		t.Errorf("%q, %q, %v", values, keys, err)
	}
	for i, want := range []bool{true, false} {
		if changed, err := g.DeletePolicyValue(setting.ScopeMachine, key, "a"); err != nil || changed != want {
			t.Fatalf("delete, time %d: changed %v, error %v", i+1, changed, err)
		}
	}
	if _, err := g.PolicyValue(setting.ScopeMachine, key, "a"); !errors.Is(err, setting.ErrAbsent) {
		t.Errorf("a deleted entry: %v", err)
	}
}

func TestBootAndHost(t *testing.T) {
	g := open(t)
	one, err := g.BootID()
	if err != nil {
		t.Fatal(err)
	}
	two, err := g.BootID()
	if err != nil || one != two || one == "" {
		t.Errorf("%q, %q, %v", one, two, err)
	}
	t.Log("boot id:", one)
	h, err := g.Host()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("host: %+v", h)
	pending, err := g.PendingRestart()
	t.Log("pending:", pending, err)
	if err != nil {
		t.Error(err)
	}
}
