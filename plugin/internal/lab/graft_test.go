package lab_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

// dump lists what a subtree says: time, descriptor and values of each key.
func dump(k *regf.Key, path string, out map[string]string) map[string]string {
	out[path] = fmt.Sprintf("%d %x", k.LastWrite(), k.Security())
	for v := range k.Values() {
		out[path+"!"+v.Name] = fmt.Sprintf("%v %x", v.Type, v.Data)
	}
	for s := range k.Subkeys() {
		dump(s, path+`\`+s.Name(), out)
	}
	return out
}

func parse(t *testing.T, b []byte) *regf.Hive {
	t.Helper()
	h, err := regf.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func newHive(t *testing.T, sddl string, set func(h *regf.Hive) error) []byte {
	t.Helper()
	d, err := secdesc.ParseSDDL(sddl)
	if err != nil {
		t.Fatal(err)
	}
	sd, err := d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	h, err := regf.New("x", sd, 1000)
	if err == nil {
		err = set(h)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := h.Bytes(1000)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGraftSubtree(t *testing.T) {
	src := newHive(t, "O:SYG:SYD:P(A;CI;KA;;;SY)", func(h *regf.Hive) error {
		_, a := h.SetValue(`A\B`, "n", regf.SZ, regf.StringData("x"), 5)
		_, b := h.CreateKey(`A\B\Empty`, 9)
		_, c := h.SetValue(``, "", regf.Binary, bytes.Repeat([]byte{7}, 20000), 3)
		return errors.Join(a, b, c)
	})
	dst := newHive(t, "O:BAG:SYD:P(A;CI;KA;;;BA)", func(h *regf.Hive) error {
		_, err := h.SetValue("Own", "n", regf.DWord, regf.DWordData(1), 20)
		return err
	})
	out, err := lab.GraftSubtree(dst, src, `In\Here`)
	if err != nil {
		t.Fatal(err)
	}
	got := parse(t, out)
	if diff := cmp.Diff(dump(parse(t, src).Root(), "", map[string]string{}), dump(got.Find(`In\Here`), "", map[string]string{})); diff != "" {
		t.Errorf("grafted subtree differs (-source +copy):\n%s", diff)
	}
	if diff := cmp.Diff(dump(parse(t, dst).Find("Own"), "", map[string]string{}), dump(got.Find("Own"), "", map[string]string{})); diff != "" {
		t.Errorf("another key changed (-before +after):\n%s", diff)
	}
	if _, err := lab.GraftSubtree(dst, []byte("no hive"), "In"); !errors.Is(err, regf.ErrNotHive) {
		t.Errorf("got error %v, want ErrNotHive", err)
	}
}

// realHive returns a hive of the shared test data.
func realHive(t *testing.T, name string) []byte {
	t.Helper()
	shared := os.Getenv("WMCLIENT_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "shared")
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
	return b
}

func TestRealHives(t *testing.T) {
	real := map[string][]byte{}
	for _, name := range []string{"SYSTEM", "SAM", "NTUSER.DAT", "ntuser_software_partial"} {
		real[name] = realHive(t, name)
	}
	o, err := lab.Options{Release: lab.LTSC2021, Language: "en-US", Arch: "x86"}.WithReal(real)
	if err != nil {
		t.Fatal(err)
	}
	img := image(t, open(t, bytesOf(t, o)), 2)
	for name, path := range map[string]string{
		"SYSTEM": "Windows/System32/config/SYSTEM", "SAM": "Windows/System32/config/SAM", "NTUSER.DAT": "Users/Default/NTUSER.DAT",
	} {
		if got, err := img.ReadFile(path, 64<<20); err != nil || !bytes.Equal(got, real[name]) {
			t.Errorf("%s is not the real hive (%v)", path, err)
		}
	}
	sw := hive(t, img, "Windows/System32/config/SOFTWARE")
	if got := value(sw, `Microsoft\Windows NT\CurrentVersion`, "EditionID"); got != "IoTEnterpriseS" {
		t.Errorf("EditionID is %q, want the lab's IoTEnterpriseS", got)
	}
	if value(sw, lab.MarkerKey, "Stand-in") != "1" {
		t.Error("the grafted SOFTWARE hive does not say that it is synthetic")
	}
	src := dump(parse(t, real["ntuser_software_partial"]).Root(), "", map[string]string{})
	if diff := cmp.Diff(src, dump(sw.Find(lab.GraftKey), "", map[string]string{})); diff != "" {
		t.Errorf("grafted subtree differs (-source +copy):\n%.3000s", diff)
	}
	sys := hive(t, img, "Windows/System32/config/SYSTEM")
	for _, c := range [][3]string{ // what o has to agree with
		{"Select", "Current", "1"},
		{`ControlSet001\Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE", o.Arch},
		{`ControlSet001\Control\Nls\Language`, "InstallLanguage", "0409"},
	} {
		if got := value(sys, c[0], c[1]); got != c[2] {
			t.Errorf("real SYSTEM: %s!%s is %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
