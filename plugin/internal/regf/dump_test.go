package regf_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

const epoch = regf.FileTime(131444736000000000) // 2017-07-14

// realHives are the hives that the shared folder holds, by file name.
var realHives = []string{"SYSTEM", "NTUSER.DAT", "SAM", "ntuser_software_partial"}

// realHive returns one real hive, or skips the test where the shared folder is
// absent.
func realHive(t testing.TB, name string) []byte {
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

// dump returns everything that a hive says: one line for each key (path, time,
// flags by way of class, link and descriptor) and for each value.
func dump(h *regf.Hive) map[string]string {
	out := map[string]string{}
	var walk func(k *regf.Key, path string)
	walk = func(k *regf.Key, path string) {
		out[path] = fmt.Sprintf("%d class=%x link=%t sd=%x", k.LastWrite(), k.Class(), k.IsLink(), k.Security())
		i := 0
		for v := range k.Values() {
			out[fmt.Sprintf("%s!%d", path, i)] = fmt.Sprintf("%q %v %s", v.Name, v.Type, hex.EncodeToString(v.Data))
			i++
		}
		for s := range k.Subkeys() {
			walk(s, path+`\`+s.Name())
		}
	}
	walk(h.Root(), "")
	return out
}

func parse(t testing.TB, b []byte) *regf.Hive {
	t.Helper()
	h, err := regf.Parse(b)
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return h
}

func write(t testing.TB, h *regf.Hive) []byte {
	t.Helper()
	b, err := h.Bytes(epoch)
	if err != nil {
		t.Fatalf("write: %v", err)
	}
	return b
}

// emptyHive has a root with the descriptor that HKLM\SOFTWARE has.
func emptyHive(t testing.TB) *regf.Hive {
	t.Helper()
	sd, err := secdesc.FromSDDL("O:BAG:SYD:PAI(A;CI;KR;;;BU)(A;CI;KA;;;BA)(A;CI;KA;;;SY)(A;CIIO;KA;;;CO)(A;CI;KR;;;AC)")
	if err != nil {
		t.Fatal(err)
	}
	h, err := regf.New(`\SystemRoot\System32\Config\SOFTWARE`, sd, epoch)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func set(t testing.TB, h *regf.Hive, path, name string, typ regf.ValueType, data []byte) {
	t.Helper()
	if _, err := h.SetValue(path, name, typ, data, epoch); err != nil {
		t.Fatal(err)
	}
}

func sddl(t testing.TB, b []byte) string {
	t.Helper()
	d, err := secdesc.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return d.String()
}

func containsAll(s string, words ...string) bool {
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}
