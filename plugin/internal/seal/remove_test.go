package seal_test

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/wmguest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/seal"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/unattend"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// opened is a lab machine on which a build was.
func opened(t *testing.T) *standin.Machine {
	t.Helper()
	m, err := standin.New(lab.Options{})
	if err == nil {
		err = wmguest.OpenDoor(m, unattend.DefaultAccount, rand.Reader, time.Now())
	}
	if err == nil {
		err = errors.Join(m.WriteFile(`\Windows\wmclient\wmguest.exe`, []byte("MZ")), m.WriteFile(`\Windows\wmclient\bundle-0123.zip`, []byte("PK")))
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func quiet(seal.Step) error { return nil }

// removed takes all parts, as an agent does.
func removed(t *testing.T, m seal.Machine, w seal.Wanted) {
	t.Helper()
	for _, part := range []seal.Part{seal.Harmless, seal.Rest, seal.Own} {
		if err := seal.Remove(t.Context(), m, w, part, quiet); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRemove finds all that a build leaves on a lab machine, takes it away, and finds none; a second time changes nothing. Then its disk is
// captured, and judged as any captured disk is.
func TestRemove(t *testing.T) {
	m := opened(t)
	w := seal.Wanted{Plan: aPlan("none", nil)}
	for _, f := range seal.Judge(m, w) {
		if f.Setting != seal.Prefix+"open-rule" && f.Outcome != setting.Fail {
			t.Errorf("before: %s is %s, %s", f.Setting, f.Outcome, f.Reason)
		}
	}
	removed(t, m, w)
	if got := open(m, w); len(got) > 0 {
		t.Errorf("after: %v", got)
	}
	for _, part := range []seal.Part{seal.Harmless, seal.Rest, seal.Own} {
		if err := seal.Remove(t.Context(), m, w, part, func(s seal.Step) error { return errors.New("a step: " + s.Place.Text) }); err != nil {
			t.Errorf("again: %v", err)
		}
	}
	if got := open(captured(t, m), w); len(got) > 0 {
		t.Errorf("captured: %v", got)
	}
}

// TestCaptured shows that a captured disk shows what the machine had: nothing is lost on the way.
func TestCaptured(t *testing.T) {
	m := opened(t)
	w := seal.Wanted{Plan: aPlan("none", nil)}
	if got := open(captured(t, m), w); len(got) != len(seal.Names())-1 { // no other rule is open
		t.Errorf("found %v", got)
	}
}

func captured(t *testing.T, m *standin.Machine) *image.Image {
	t.Helper()
	base, err := lab.Bytes(lab.Options{Release: lab.LTSC2021, Language: "en-US"})
	if err != nil {
		t.Fatal(err)
	}
	from, err := wim.Open(strings.NewReader(string(base)), int64(len(base)))
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(t.TempDir() + "/captured.wim")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close() })
	if err := m.Capture(t.Context(), from, len(from.Images()), out); err != nil {
		t.Fatal(err)
	}
	info, err := out.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := wim.Open(out, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	img, err := f.Image(1)
	if err != nil {
		t.Fatal(err)
	}
	i, err := image.Open(img)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func open(d seal.Disk, w seal.Wanted) map[string]string {
	out := map[string]string{}
	for _, f := range seal.Judge(d, w) {
		if f.Outcome != setting.Pass && f.Outcome != setting.NotApplicable {
			out[f.Setting] = f.Observed + f.Reason
		}
	}
	return out
}

// TestParts leaves the connection alone while it is needed, and notes before and after.
func TestParts(t *testing.T) {
	m := opened(t)
	w := seal.Wanted{Plan: aPlan("none", nil)}
	var steps []string
	err := seal.Remove(t.Context(), m, w, seal.Harmless, func(s seal.Step) error {
		if !s.Done {
			steps = append(steps, s.Remnant)
		} else if s.Err != nil || steps[len(steps)-1] != s.Remnant {
			t.Errorf("step %+v after %v", s, steps)
		}
		return nil
	})
	if err != nil || len(steps) == 0 {
		t.Fatalf("%v, %v", steps, err)
	}
	got := open(m, w)
	for _, name := range []string{"listener", "certificate", "firewall-rule", "winrm-service", "remote-token", "account", "agent", "state"} {
		if got[seal.Prefix+name] == "" {
			t.Errorf("%s is gone already", name)
		}
	}
	for _, name := range []string{"autologon", "answer-files", "tasks"} {
		if text := got[seal.Prefix+name]; text != "" {
			t.Errorf("%s is left: %s", name, text)
		}
	}
	if later := seal.Later(m, w); !strings.Contains(later, "listener") || strings.Contains(later, "temporary") {
		t.Errorf("later: %s", later)
	}
}

// TestCrash stops at every step, and begins anew: the end is the same.
func TestCrash(t *testing.T) {
	w := seal.Wanted{Plan: aPlan("none", nil)}
	crash := errors.New("power")
	for _, whenDone := range []bool{false, true} {
		m := opened(t)
		runs := 0
		for _, part := range []seal.Part{seal.Harmless, seal.Rest, seal.Own} {
			for {
				err := seal.Remove(t.Context(), m, w, part, func(s seal.Step) error {
					if s.Done == whenDone {
						runs++
						if runs%2 == 0 || whenDone {
							return crash
						}
					}
					return nil
				})
				if err == nil {
					break
				}
				if !errors.Is(err, crash) {
					t.Fatal(err)
				}
			}
		}
		if got := open(m, w); len(got) > 0 || runs < 10 {
			t.Errorf("after %d runs: %v", runs, got)
		}
	}
}

// TestCancelled stops between two places.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := opened(t)
	if err := seal.Remove(ctx, m, seal.Wanted{Plan: aPlan("none", nil)}, seal.Rest, quiet); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestManaged keeps the declared way in, and takes the build's.
func TestManaged(t *testing.T) {
	m := opened(t)
	p := aPlan("winrm_https", nil)
	p.Image.Management.From = []string{"10.20.0.0/24"}
	w := seal.Wanted{Plan: p}
	const key = `HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules`
	set := func(key, name string, v setting.RegistryValue) {
		t.Helper()
		if _, err := m.SetRegistryValue(key, name, v); err != nil {
			t.Fatal(err)
		}
	}
	set(key, "managed", setting.SZ("v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5986|RA4=10.20.0.0/255.255.255.128|Name=x|"))
	set(key, "open", setting.SZ("v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5986|Name=y|"))
	set(store+`\`+thumb, "Blob", stored(t, "wm-1.hospital.example"))
	set(listeners+`\IP:10.20.1.7+HTTPS`, "CertThumbprint", setting.SZ(thumb))
	removed(t, m, w)
	if got := open(m, w); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
	keys, err := m.RegistryKeys(listeners)
	if err != nil || len(keys) != 1 || keys[0] != `IP:10.20.1.7+HTTPS` {
		t.Errorf("listeners %v, %v", keys, err)
	}
	for name, want := range map[string]string{"managed": "Active=TRUE", "open": "Active=FALSE"} {
		if v, err := m.RegistryValue(key, name); err != nil || !strings.Contains(v.Text(), want) {
			t.Errorf("%s: %s, %v", name, v.Text(), err)
		}
	}
	if v, err := m.RegistryValue(`HKLM\SYSTEM\CurrentControlSet\Services\WinRM`, "Start"); err != nil || v.Text() != "dword:2" {
		t.Errorf("WinRM: %s, %v", v.Text(), err)
	}
}

// TestOpenRules tells rules that let in to WinRM from those that do not.
func TestOpenRules(t *testing.T) {
	for text, isOpen := range map[string]bool{
		"v2.26|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5985|":                  true,
		"v2.26|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort2_10=5000-6000|":         true,
		"v2.26|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=80|LPort=5986|":         true,
		"v2.26|Action=Allow|Active=TRUE|Dir=In|App=System|":                             true,
		"v2.26|Action=Allow|Active=TRUE|Dir=In|Svc=WinRM|":                              true,
		"v2.26|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=5985|":                 false,
		"v2.26|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=5985|":                  false,
		"v2.26|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|LPort=5985|":                 false,
		"v2.26|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=5985|":                 false,
		"v2.26|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|App=System|":        false,
		`v2.26|Action=Allow|Active=TRUE|Dir=In|App=C:\Program Files\Viewer\viewer.exe|`: false,
	} {
		d := newDisk()
		d.SetValue(services+`\SharedAccess\Parameters\FirewallPolicy\FirewallRules`, "r", setting.SZ(text))
		if got := failed(t, d, seal.Wanted{Plan: aPlan("none", nil)}); (len(got) == 1) != isOpen {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// TestPlannedRule is judged with the plan's settings.
func TestPlannedRule(t *testing.T) {
	d := newDisk()
	const key = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules`
	d.SetValue(key, "r", setting.SZ("v2.26|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5986|"))
	p := aPlan("none", nil)
	p.Ops = []plan.StagedOp{{Op: setting.Op{Action: setting.ActionRegistrySet, Key: key, Name: "r"}}}
	if got := failed(t, d, seal.Wanted{Plan: p}); len(got) > 0 {
		t.Errorf("%v", got)
	}
}

type general struct {
	*disk
	pending []string
}

func (g general) PendingRestart() ([]string, error) { return g.pending, nil }

// TestPreflight names what would make Sysprep fail, and never passes what cannot be seen.
func TestPreflight(t *testing.T) {
	const store = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore`
	g := general{disk: newDisk()}
	outcomes := func() map[string]setting.Outcome {
		out := map[string]setting.Outcome{}
		for _, f := range seal.Preflight(g) {
			out[strings.TrimPrefix(f.Setting, seal.PreflightPrefix)] = f.Outcome
			if f.Outcome != setting.Pass && f.Reason == "" {
				t.Errorf("%s without a reason", f.Setting)
			}
		}
		return out
	}
	clean := outcomes()
	if clean["pending-restart"] != setting.Pass || clean["packages"] != setting.Pass || clean["rearm"] != setting.Unobservable || clean["bitlocker"] != setting.Unobservable {
		t.Errorf("a clean machine: %v", clean)
	}
	g.AddKey(store + `\Applications\Microsoft.Both_1.0.0.0_x64__8wekyb3d8bbwe`)
	g.AddKey(store + `\S-1-5-21-1-2-3-1001\Microsoft.Both_1.0.0.0_x64__8wekyb3d8bbwe`)
	g.AddKey(store + `\S-1-5-21-1-2-3-1001\Microsoft.VCLibs.140.00_14.0.0.0_x64__8wekyb3d8bbwe`)
	if got := outcomes(); got["packages"] != setting.Pass {
		t.Errorf("a provisioned package: %v", got)
	}
	g.AddKey(store + `\S-1-5-21-1-2-3-1001\Microsoft.Own_1.0.0.0_x64__8wekyb3d8bbwe`)
	g.pending = []string{"a rename"}
	g.SetValue(`HKLM\SYSTEM\CurrentControlSet\Control\BitLockerStatus`, "BootStatus", setting.DWord(1))
	g.SetValue(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform`, "SkipRearm", setting.DWord(1))
	got := outcomes()
	if got["pending-restart"] != setting.Fail || got["packages"] != setting.Fail || got["bitlocker"] != setting.Fail || got["rearm"] != setting.Pass {
		t.Errorf("a machine with all of it: %v", got)
	}
}
