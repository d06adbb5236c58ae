// Package chain_test runs the whole way on a machine that boots: real Packer and its qemu plugin start a small Linux with Wine in it, our provisioners
// harden it over WinRM, restart it, validate and seal it; its disk is opened from outside then and judged once more. It shows that the parts fit
// together; of Windows it shows nothing. It runs where WMCLIENT_CHAIN=1 asks for it (`make chain`).
package chain_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
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
	keepLog(t, "chain.log", "")
	s := newSite(t)
	if !fileExists(filepath.Join(s.dir, "out")) {
		harness.Wmclient(t, s.dir, "build", s.image, "--base", s.base, "--out", "out").Must(t, 0)
	}
	out := filepath.Join(s.dir, "chain")
	if qcow2 := filepath.Join(out, "disk/captured.qcow2"); s.keep == "" || !fileExists(qcow2) {
		run(t, s, out)
	} else {
		note(t, "%s is judged again", qcow2)
	}
	at := time.Now()
	note(t, "every setting and account is Wine's own to hold; stand-ins in the guest: powershell.exe (delivery), shutdown.exe, Wine's server (restart), bcryptprimitives.dll")
	c := open(t, filepath.Join(out, "disk/captured.qcow2"))
	boots(t, c)
	left(t, c)
	wim := c.wim(t, filepath.Join(s.dir, s.base))
	same(t, judge(t, s, s.image, "--wim", wim), filepath.Join(out, "live/chain-findings.json"))
	sealed(t, judge(t, s, "out/chain/1.0.0/manifest.json", "--wim", wim, "--sealed", "--account", "packer"))
	note(t, "the disk was read and judged in %s; the whole run took %s", time.Since(at).Round(time.Second), time.Since(began).Round(time.Second))
}

// run has Packer boot, harden, restart, validate and seal the machine until it is off.
func run(t *testing.T, s *site, out string) {
	t.Helper()
	began := time.Now()
	g := newGuest(t)
	built := filepath.Join(s.dir, "out/chain/1.0.0/image.wim")
	disk := filepath.Join(s.dir, "guest.raw")
	must(t, 2*time.Minute, "cp", "--sparse=always", "--reflink=auto", g.disk, disk)
	install(t, disk, filepath.Join(s.dir, s.base), "2", openDoor(t, s, built))
	furnish(t, disk)
	note(t, "the machine is ready to boot after %s", time.Since(began).Round(time.Second))

	if err := errors.Join(os.RemoveAll(out), os.MkdirAll(out, 0o755)); err != nil {
		t.Fatal(err)
	}
	args := []string{"build", "-color=false", "-timestamp-ui", "-var", "image=" + s.image, "-var", "agent=" + harness.WindowsBinary(t, "wmguest"), "-var", "disk=" + disk,
		"-var", "kernel=" + g.kernel, "-var", "initrd=" + g.initrd, "-var", "out=" + out, "-var", fmt.Sprint("port=", freePort(t))}
	if s.keep != "" {
		args = append(args, "-on-error=abort")
	}
	at := time.Now()
	defer powerOff(t, out)
	r := s.packer(t, append(args, template(t))...).Run(t)
	serial, _ := os.ReadFile(filepath.Join(out, "serial.log"))
	keepLog(t, "packer.log", r.Stdout+r.Stderr)
	keepLog(t, "serial.log", string(serial))
	note(t, "Packer, %s:\n%s", time.Since(at).Round(time.Second), r.Stdout)
	if r.Code != 0 {
		t.Fatalf("exit code %d\n%s\nthe machine's console:\n%s", r.Code, r.Stderr, serial)
	}
	if err := os.Remove(disk); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"wmguest.exe: winrm", "stage first-boot is over", "restarts: 1, lost connections: 0", "stage seal is over", " 0 fail",
		"takes away when it starts again: " + strings.Join(ways, ", ")} {
		if !strings.Contains(r.Stdout, want) {
			t.Errorf("Packer does not say %q", want)
		}
	}
	if strings.Contains(r.Stdout+r.Stderr+string(serial), password) {
		t.Error("the password is shown")
	}
}

// ways are remnants that the machine has and that no connection survives: it has to take them away at its last start.
var ways = []string{"listener", "tls-binding", "certificate", "firewall-rule", "remote-token", "profile", "agent", "state", "the end of the seal"}

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

// left looks for what must not be there, without asking the product.
func left(t *testing.T, c captured) {
	t.Helper()
	asked, err := os.ReadFile(filepath.Join(c.lab, "off"))
	if err != nil || !strings.HasPrefix(string(asked), "/s ") {
		t.Errorf("the machine did not go off by itself: %q, %v", asked, err)
	}
	for _, pattern := range []string{"windows/wmclient/*", "windows/temp/*", "windows/Panther/unattend.xml", "windows/system32/tasks/*", "users/packer"} {
		found, err := filepath.Glob(filepath.Join(c.drive, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			if name := filepath.Base(path); name != "packages" { // the image's own: Windows Installer needs it for a repair
				t.Errorf("the sealed disk has %s: %s", pattern, name)
			}
		}
	}
	for key := range c.keys {
		for _, gone := range []string{`\Services\wmguest`, `\WSMAN\Listener\*+HTTPS`, `\SslBindingInfo\0.0.0.0:5986`} {
			if strings.HasSuffix(strings.ToLower(key), strings.ToLower(gone)) {
				t.Errorf("the sealed disk has the key %s", key)
			}
		}
	}
}

// judge has the product judge the disk as a user would.
func judge(t *testing.T, s *site, args ...string) (found []finding) {
	t.Helper()
	r := harness.Wmclient(t, s.dir, append([]string{"validate", "--image", "2", "--json", "--all"}, args...)...)
	for line := range strings.Lines(r.Stdout) {
		var e struct {
			Type string
			Data finding
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Type == "finding" {
			found = append(found, e.Data)
		}
	}
	if r.Code != 0 {
		t.Errorf("wmclient validate %v: exit code %d: %s", args, r.Code, r.Stderr)
	}
	return found
}

// sealed looks at the proof that nothing of a build is left, and that the disk is the image's that the manifest speaks of.
func sealed(t *testing.T, found []finding) {
	t.Helper()
	const all = 16
	var passed, allowed []string
	for id, f := range byID(t, found) {
		name, remnant := strings.CutPrefix(id, "seal/")
		switch {
		case f["outcome"] == "pass" && remnant:
			passed = append(passed, name)
		case f["outcome"] == "not-applicable" && remnant:
			allowed = append(allowed, name)
		case f["outcome"] != "pass":
			t.Errorf("%s is %v: %v %v", id, f["outcome"], f["observed"], f["reason"])
		}
	}
	if len(passed)+len(allowed) != all || len(passed) < all-2 {
		t.Errorf("%d findings of the seal pass, %d do not apply", len(passed), len(allowed))
	}
	note(t, "sealed: %d of %d findings pass; not applicable: %v; %d findings by the manifest in all", len(passed), all, allowed, len(found))
}

// same holds the judgement of the running machine against that of its disk. What had to wait for the seal there passes here.
func same(t *testing.T, offline []finding, live string) {
	t.Helper()
	var doc struct{ Findings []finding }
	data, err := os.ReadFile(live)
	if err == nil {
		err = json.Unmarshal(data, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	was, is := byID(t, doc.Findings), byID(t, offline)
	if len(was) < 300 {
		t.Errorf("only %d settings were judged", len(was))
	}
	for _, id := range slices.Sorted(maps.Keys(is)) {
		if was[id] == nil && id != "image/stamp" { // which says of a disk whose image it is
			t.Errorf("%s was not judged on the running machine", id)
		}
	}
	kinds := map[string]int{}
	var waited []string
	for _, id := range slices.Sorted(maps.Keys(was)) {
		switch was[id]["outcome"] {
		case "deferred":
			waited = append(waited, id)
			if is[id]["outcome"] != "pass" {
				t.Errorf("%s waited for the seal, and is %v: %v", id, is[id]["outcome"], is[id]["reason"])
			}
			continue
		case "pass":
		default:
			t.Errorf("%s: %v on the running machine", id, was[id]["outcome"])
		}
		if diff := cmp.Diff(was[id], is[id]); diff != "" {
			t.Errorf("%s (-running +disk):\n%s", id, diff)
		}
		kinds[was[id]["kind"].(string)]++
	}
	note(t, "%d settings, judged alike on the running machine and on its disk, by kind: %v; waited for the seal, and pass: %v", len(was)-len(waited), kinds, waited)
}
