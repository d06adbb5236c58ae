// Package chain_test runs the whole way on a machine that boots: real Packer and its qemu plugin start a small Linux with Wine in it, our provisioners
// harden it over WinRM, restart it, validate and seal it; its disk is opened from outside then and judged once more. It shows that the parts fit
// together; of Windows it shows nothing. It runs where WMCLIENT_CHAIN=1 asks for it (`make chain`).
package chain_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

func asked(t *testing.T) {
	t.Helper()
	if os.Getenv("WMCLIENT_CHAIN") != "1" {
		t.Skip("boots a virtual machine for some minutes: make chain runs it (WMCLIENT_CHAIN=1)")
	}
}

const password = "Correct-Horse-7"

// site is a folder with profiles, a base and a Packer that has both plugins and no network.
type site struct{ dir, base, image string }

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{dir: t.TempDir(), base: "lab.wim", image: "profiles/images/chain.hcl"}
	if err := os.CopyFS(filepath.Join(s.dir, "profiles"), os.DirFS(harness.Profiles(t))); err != nil {
		t.Fatal(err)
	}
	copyFile(t, "testdata/images/chain.hcl", filepath.Join(s.dir, s.image))
	msi := filepath.Join(s.dir, "profiles/files/chain.msi")
	must(t, time.Minute, "wixl", "-a", "x64", "-o", msi, "testdata/package.wxs")
	module, err := os.ReadFile("testdata/modules/chain.hcl")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(module), "@SHA256@", digestOf(t, msi), 1)
	if err := os.WriteFile(filepath.Join(s.dir, "profiles/modules/chain.hcl"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	harness.Wmclient(t, s.dir, "lab", "base", "--release", "ltsc-2021", "--language", "sv-SE", "--out", s.base).Must(t, 0)
	harness.Wmclient(t, s.dir, "lock", s.image, "--accept-base", s.base).Must(t, 0)
	return s
}

func digestOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// packer is a call of Packer that finds both plugins, installed as a user without a network installs them.
func (s *site) packer(t *testing.T, args ...string) harness.Command {
	t.Helper()
	c := harness.Command{Path: harness.Tool(t, "packer"), Args: args, Dir: s.dir, Timeout: 20 * time.Minute, Env: []string{
		"PACKER_PLUGIN_PATH=" + filepath.Join(s.dir, "plugins"), "PACKER_CONFIG_DIR=" + filepath.Join(s.dir, ".packer"),
		"PACKER_CONFIG=" + filepath.Join(s.dir, ".packer/config"), "PACKER_CACHE_DIR=" + filepath.Join(s.dir, ".packer/cache"),
		"CHECKPOINT_DISABLE=1", "PACKER_NO_COLOR=1", "HOME=" + s.dir, "PKR_VAR_password=" + password,
		"HTTPS_PROXY=http://127.0.0.1:9", "HTTP_PROXY=http://127.0.0.1:9", "NO_PROXY=127.0.0.1,localhost",
	}}
	if pinned := filepath.Join(harness.Root(t), ".tools/bin/packer"); fileExists(pinned) {
		c.Path = pinned // cracklib has a command of that name too
	}
	if fileExists(filepath.Join(s.dir, "plugins")) {
		return c
	}
	for source, path := range map[string]string{
		"github.com/mt-eklient/wmclient": harness.Binary(t, "packer-plugin-wmclient"), "github.com/hashicorp/qemu": qemuPlugin(t),
	} {
		i := c
		i.Args = []string{"plugins", "install", "--path", path, source}
		i.Run(t).Must(t, 0)
	}
	return c
}

// qemuPlugin is Packer's plugin for QEMU. Without it a test is skipped, where it was not asked for by name.
func qemuPlugin(t *testing.T) string {
	t.Helper()
	path := filepath.Join(harness.Root(t), ".tools/bin/packer-plugin-qemu")
	switch {
	case fileExists(path):
	case os.Getenv("WMCLIENT_CHAIN") == "1":
		t.Fatal("Packer's plugin for QEMU is not built; scripts/setup chain builds it")
	default:
		t.Skip("Packer's plugin for QEMU is not built; scripts/setup chain builds it")
	}
	return path
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// finding is what both judgements say of a setting, whole.
type finding = map[string]any

// byID keys findings by their setting.
func byID(t *testing.T, all []finding) map[string]finding {
	t.Helper()
	out := map[string]finding{}
	for _, f := range all {
		id, _ := f["setting"].(string)
		if id == "" || out[id] != nil {
			t.Fatalf("a finding without a name of its own: %v", f)
		}
		out[id] = f
	}
	return out
}

// TestTemplate lets Packer look at the project's own template with QEMU's plugin at hand: every option is known to it.
func TestTemplate(t *testing.T) {
	qemuPlugin(t)
	s := newSite(t)
	s.packer(t, "validate", "-var", "image=profiles/images/radiology-viewer.hcl", "-var", "iso=windows.iso", filepath.Join(harness.Root(t), "builds/qemu.pkr.hcl")).Run(t).Must(t, 0)
}

func TestChain(t *testing.T) {
	asked(t)
	began := time.Now()
	s, g := newSite(t), newGuest(t)
	harness.Wmclient(t, s.dir, "build", s.image, "--base", s.base, "--out", "out").Must(t, 0)
	built := filepath.Join(s.dir, "out/chain/1.0.0/image.wim")
	disk := filepath.Join(s.dir, "guest.raw")
	must(t, 2*time.Minute, "cp", "--sparse=always", "--reflink=auto", g.disk, disk)
	install(t, disk, filepath.Join(s.dir, s.base), "2", built)
	furnish(t, disk)
	t.Logf("the machine is ready to boot after %s", time.Since(began).Round(time.Second))

	out := filepath.Join(s.dir, "chain")
	if err := os.MkdirAll(out, 0o755); err != nil {
		t.Fatal(err)
	}
	at := time.Now()
	r := s.packer(t, "build", "-color=false", "-var", "image="+s.image, "-var", "agent="+harness.WindowsBinary(t, "wmguest"), "-var", "disk="+disk,
		"-var", "kernel="+g.kernel, "-var", "initrd="+g.initrd, "-var", "out="+out, template(t)).Run(t)
	serial, _ := os.ReadFile(filepath.Join(out, "serial.log"))
	keepLog(t, "packer.log", r.Stdout+r.Stderr)
	keepLog(t, "serial.log", string(serial))
	t.Logf("Packer, %s:\n%s", time.Since(at).Round(time.Second), r.Stdout)
	if r.Code != 0 {
		t.Fatalf("exit code %d\n%s\nthe machine's console:\n%s", r.Code, r.Stderr, serial)
	}
	if err := os.Remove(disk); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"wmguest.exe: winrm", "stage first-boot is over", "restarts: 1, lost connections: 0", "stage seal is over", " 0 fail"} {
		if !strings.Contains(r.Stdout, want) {
			t.Errorf("Packer does not say %q", want)
		}
	}
	if strings.Contains(r.Stdout+r.Stderr+string(serial), password) {
		t.Error("the password is shown")
	}
	c := open(t, filepath.Join(out, "disk/captured.qcow2"))
	boots(t, c)
	sealed(t, c)
	same(t, s, c, filepath.Join(out, "live/chain-findings.json"))
	t.Logf("the whole run took %s", time.Since(began).Round(time.Second))
}

func template(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("testdata/chain.pkr.hcl")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// keepLog leaves a log where a failed run can be looked into.
func keepLog(t *testing.T, name, text string) {
	t.Helper()
	dir := filepath.Join(harness.Root(t), ".cache/chain/log")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// furnish puts onto the disk what the lab in the guest is made of: it is built anew for each run.
func furnish(t *testing.T, disk string) {
	t.Helper()
	lab, err := os.ReadFile(harness.Binary(t, "wmclient"))
	if err != nil {
		t.Fatal(err)
	}
	remote := filepath.Join(harness.Root(t), "plugin/internal/remote")
	exe := filepath.Join(t.TempDir(), "powershell.exe")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", fmt.Sprintf("-s -w -X main.loader=%s -X main.receive=%s",
		digestOf(t, filepath.Join(remote, "loader.ps1")), digestOf(t, filepath.Join(remote, "receive.ps1"))), "-o", exe, "./powershell")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	shell, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"lab/wmclient": lab, "lab/password": []byte(password + "\n"),
		"prefix/drive_c/windows/system32/WindowsPowerShell/v1.0/powershell.exe": shell,
		"prefix/drive_c/windows/system32/bcryptprimitives.dll":                  harness.RandomLibrary(),
	}
	for name, to := range guestFiles {
		data, err := os.ReadFile(filepath.Join("testdata/guest", name))
		if err != nil {
			t.Fatal(err)
		}
		files[to] = data
	}
	write(t, disk, files)
}

// boots holds the boots that the disk has counted against those that there must have been: the first, the one the agent asked for, and the
// one in which the machine went off.
func boots(t *testing.T, c captured) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(c.lab, "boots"))
	if err != nil {
		t.Fatal(err)
	}
	ids := strings.Fields(string(data))
	if len(ids) != 3 || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 3 {
		t.Errorf("the machine had the boots %v, want three", ids)
	}
	if fileExists(filepath.Join(c.drive, "lab/before")) || !fileExists(filepath.Join(c.drive, "lab/after")) {
		t.Error("the rename that waited for the restart was not carried out")
	}
}

// sealed looks for what the work must not leave behind.
func sealed(t *testing.T, c captured) {
	t.Helper()
	log, err := os.ReadFile(filepath.Join(c.drive, "lab/seal.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("seal:\n%s", log)
	left, err := filepath.Glob(filepath.Join(c.drive, "windows/wmclient/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range left {
		switch name := filepath.Base(path); name {
		case "packages": // the image's own: Windows Installer needs it for a repair
		default:
			t.Errorf("the sealed disk has %s", name)
		}
	}
	for key := range c.keys {
		if strings.EqualFold(key, `System\CurrentControlSet\Services\wmguest`) {
			t.Errorf("the sealed disk has the service %s", key)
		}
	}
}

// same holds the judgement of the running machine against that of its disk.
func same(t *testing.T, s *site, c captured, live string) {
	t.Helper()
	var doc struct {
		Findings []finding
		Summary  json.RawMessage
	}
	data, err := os.ReadFile(live)
	if err == nil {
		err = json.Unmarshal(data, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := harness.Wmclient(t, s.dir, "validate", s.image, "--wim", c.wim(t, filepath.Join(s.dir, s.base)), "--image", "2", "--json", "--all")
	var offline []finding
	for line := range strings.Lines(r.Stdout) {
		var e struct {
			Type string
			Data finding
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Type == "finding" {
			offline = append(offline, e.Data)
		}
	}
	if r.Code != 0 {
		t.Errorf("offline: exit code %d: %s", r.Code, r.Stderr)
	}
	was, is := byID(t, doc.Findings), byID(t, offline)
	if len(was) < 300 {
		t.Errorf("only %d settings were judged", len(was))
	}
	for _, id := range slices.Sorted(maps.Keys(is)) {
		if was[id] == nil {
			t.Errorf("%s was not judged on the running machine", id)
		}
	}
	kinds := map[string]int{}
	for _, id := range slices.Sorted(maps.Keys(was)) {
		if diff := cmp.Diff(was[id], is[id]); diff != "" {
			t.Errorf("%s (-running +disk):\n%s", id, diff)
		}
		if was[id]["outcome"] != "pass" {
			t.Errorf("%s: %v on the running machine", id, was[id]["outcome"])
		}
		kinds[was[id]["kind"].(string)]++
	}
	t.Logf("%d settings, judged alike on the running machine and on its disk, by kind: %v", len(was), kinds)
}
