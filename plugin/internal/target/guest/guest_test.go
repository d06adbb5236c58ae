package guest_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
)

func TestSplitKey(t *testing.T) {
	for key, want := range map[string]string{`HKLM\SOFTWARE\X`: `SOFTWARE\X`, `HKEY_LOCAL_MACHINE\SYSTEM\\Select\`: `SYSTEM\Select`,
		`HKCU\Software\X`: `Software\X`, `HKEY_USERS\.DEFAULT\X`: `.DEFAULT\X`, `hku\S-1-5-18`: `S-1-5-18`, `HKCU\Software\ClassesX`: `Software\ClassesX`} {
		if _, got, err := guest.SplitKey(key); got != want || err != nil {
			t.Errorf("%s: %q, error %v", key, got, err)
		}
	}
	for _, key := range []string{"", `HKCR\x`, `HKCC\x`, `HKCU\Software\Classes\x`, `HKCU\SOFTWARE\CLASSES`, `SOFTWARE\X`} {
		if _, _, err := guest.SplitKey(key); !errors.Is(err, setting.ErrUnobservable) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestPendingRestart(t *testing.T) {
	const control = `HKLM\SYSTEM\CurrentControlSet\Control\`
	w := fake.New()
	if got, err := guest.PendingRestart(w); len(got) > 0 || err != nil {
		t.Fatalf("nothing pending: %q, %v", got, err)
	}
	w.SetValue(control+`ComputerName\ActiveComputerName`, "ComputerName", setting.SZ("WIN-1"))
	w.SetValue(control+`ComputerName\ComputerName`, "ComputerName", setting.SZ("win-1"))
	w.SetValue(control+`Session Manager`, "PendingFileRenameOperations", setting.MultiSZ(nil))
	if got, err := guest.PendingRestart(w); len(got) > 0 || err != nil {
		t.Fatalf("the name in force and an empty list: %q, %v", got, err)
	}
	w.SetValue(control+`ComputerName\ComputerName`, "ComputerName", setting.SZ("CLIENT-7"))
	w.SetValue(control+`Session Manager`, "PendingFileRenameOperations", setting.MultiSZ([]string{`\??\C:\x`}))
	w.AddKey(`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending`)
	got, err := guest.PendingRestart(w)
	want := []string{"component servicing: RebootPending", "computer name: CLIENT-7 is not in force yet", "session manager: PendingFileRenameOperations"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	w.Fail = func(setting.Location) error { return errors.New("denied") }
	if got, err := guest.PendingRestart(w); err == nil {
		t.Errorf("a registry that cannot be read says %q", got)
	}
}

func TestBootID(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef"
	if got, err := guest.ParseBootID(setting.SZ(id)); got != id || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, v := range []setting.RegistryValue{setting.SZ(""), setting.SZ(id[1:]), setting.SZ("X" + id[1:]), setting.DWord(1)} {
		if got, err := guest.ParseBootID(v); err == nil {
			t.Errorf("%s is taken as %q", v.Text(), got)
		}
	}
}

func TestHost(t *testing.T) {
	w := fake.New()
	const version = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	w.SetValue(version, "EditionID", setting.SZ("IoTEnterpriseS"))
	w.SetValue(version, "CurrentBuildNumber", setting.SZ("19044"))
	w.SetValue(version, "UBR", setting.DWord(1288))
	w.AddKey(`HKLM\SYSTEM\CurrentControlSet\Control\MUI\UILanguages\SV-SE`)
	h, err := guest.ReadHost(w)
	if err != nil || h.EditionID != "IoTEnterpriseS" || h.Build != "19044.1288" || !cmp.Equal(h.Languages, []string{"SV-SE"}) {
		t.Errorf("%+v, %v", h, err)
	}
	w.SetValue(version, "UBR", setting.SZ("1288"))
	if h, err := guest.ReadHost(w); err == nil {
		t.Errorf("a UBR that is a text: %+v", h)
	}
}

func TestPaths(t *testing.T) {
	for _, bad := range []string{"", `\Windows\System32\Config\sam`, `/windows/system32/grouppolicy/gpt.ini`, `\Users\default\ntuser.dat`, `\x:y`,
		`\Windows\..\x`, `\Windows\System32\GroupPolicy\Machine\registry.pol`} {
		if guest.MayWrite(bad) == nil {
			t.Errorf("%q may be written", bad)
		}
	}
	if err := guest.MayWrite(`\Windows\x`); err != nil {
		t.Error(err)
	}
	if _, err := guest.PolicyPath("other"); err == nil {
		t.Error("a scope that does not exist has a path")
	}
	if _, err := guest.PolicyKey(setting.ScopeUser, `HKLM\SOFTWARE\x`); err == nil {
		t.Error("a machine's key is taken as a user's")
	}
}

// firmware is a table with a structure before the system's.
func firmware(uuid []byte) []byte {
	raw := append(make([]byte, 8), 0, 5, 0, 0, 1)
	raw = append(raw, "Maker\x00Other\x00\x00"...)
	raw = append(raw, 1, 27, 1, 0, 1, 2, 3, 4)
	raw = append(raw, uuid...)
	return append(raw, 6, 0, 0, 0, 0)
}

func TestSMBIOS(t *testing.T) {
	uuid := []byte{0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff} // the example of DSP0134
	whole := firmware(uuid)
	if got := guest.SMBIOSUUID(whole); got != "00112233-4455-6677-8899-aabbccddeeff" {
		t.Error(got)
	}
	for n := range whole[:30] {
		if got := guest.SMBIOSUUID(whole[:n]); got != "" {
			t.Errorf("%d bytes have %q", n, got)
		}
	}
	for _, none := range []byte{0, 0xff} {
		if got := guest.SMBIOSUUID(firmware(bytes.Repeat([]byte{none}, 16))); got != "" {
			t.Error(got)
		}
	}
}

// FuzzSMBIOS hands any bytes to the reader of firmware's tables: it ends, and says a UUID or nothing.
func FuzzSMBIOS(f *testing.F) {
	f.Add(firmware(bytes.Repeat([]byte{1}, 16)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := guest.SMBIOSUUID(b); got != "" && len(got) != 36 {
			t.Error(got)
		}
	})
}
