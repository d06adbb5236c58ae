package image_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// realHive returns a hive of a real Windows, or skips the test where the shared folder is absent.
func realHive(t *testing.T, name string) string {
	t.Helper()
	shared := os.Getenv("WMCLIENT_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "..", "shared")
	}
	path := filepath.Join(shared, "hives", name+".xz")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		t.Skipf("no real hive %s: set WMCLIENT_SHARED to the folder with the shared test data", name)
	}
	if _, err := exec.LookPath("xz"); err != nil {
		t.Skip("the program xz, which unpacks the real hives, is not installed (package xz-utils)")
	}
	b, err := exec.Command("xz", "-dc", path).Output()
	if err != nil {
		t.Fatalf("unpack %s: %v", path, err)
	}
	return string(b)
}

// TestRealHives applies the plan to hives of a real (32-bit, English) Windows 7; SOFTWARE is the small synthetic one.
func TestRealHives(t *testing.T) {
	const config = `Windows\System32\config\`
	w := newWindows(t)
	w.files[system] = realHive(t, "SYSTEM")
	w.files[ntuser] = realHive(t, "NTUSER.DAT")
	w.files[config+"SAM"] = realHive(t, "SAM")
	w.files[config+"SECURITY"] = realHive(t, "SECURITY")
	base := w.write(t)
	hardened, _, changes := harden(t, base)
	for _, f := range judge(t, hardened) {
		// The SECURITY hive is dirty: what it says of rights may be out of date, and is neither a failure nor deferred.
		if want := map[bool]setting.Outcome{true: setting.Error, false: setting.Pass}[f.Setting == "m/right"]; f.Outcome != want {
			t.Errorf("%s is %s (%s), want %s", f.Setting, f.Outcome, f.Reason, want)
		}
	}
	for _, c := range changes {
		if strings.HasSuffix(c.Path, `\SAM`) || strings.HasSuffix(c.Path, `\SECURITY`) {
			t.Errorf("%s was changed, but nothing in the plan touches it", c.Path)
		}
	}
	img := openImage(t, hardened)
	if err := img.RegistryKey(`HKLM\SAM\SAM\Domains\Account\Users\000001F4`); err != nil {
		t.Errorf("the administrator's key in SAM: %v", err)
	}
	err := img.RegistryKey(`HKLM\SECURITY\Policy`)
	if !errors.Is(err, regf.ErrDirty) || !strings.Contains(err.Error(), `\Windows\System32\config\SECURITY`) {
		t.Errorf("the dirty hive: %v", err)
	}
	if _, err := img.Facts(); err == nil || !strings.Contains(err.Error(), `"x86"`) || !strings.Contains(err.Error(), `"en-US"`) {
		t.Errorf("a 32-bit English SYSTEM under XML that says amd64 and sv-SE: %v", err)
	}
}
