package seal_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/seal"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/unattend"
)

// disk is a fake Windows with accounts and folders.
type disk struct {
	*fake.Windows
	accounts map[uint32]string
	paths    []string // of files
	blind    error    // what account database and folders say instead
}

func newDisk() *disk {
	d := &disk{Windows: fake.New(), accounts: map[uint32]string{500: "Administratör", 501: "Gäst"}}
	d.SetValue(`HKLM\SYSTEM\CurrentControlSet\Services\WinRM`, "Start", setting.DWord(3))
	d.SetValue(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`, "AutoAdminLogon", setting.SZ("0"))
	d.SetValue(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\S-1-5-18`, "ProfileImagePath", setting.ExpandSZ(`%systemroot%\system32\config\systemprofile`))
	d.paths = []string{`\Users\Default\NTUSER.DAT`, `\Windows\Panther\setupact.log`, `\Windows\wmclient\readme.txt`}
	return d
}

func (d *disk) Accounts() (map[uint32]string, error) { return d.accounts, d.blind }

func (d *disk) Folder(path string) ([]string, error) {
	if d.blind != nil {
		return nil, d.blind
	}
	var names []string
	for _, p := range d.paths {
		if strings.EqualFold(p, path) {
			return []string{p[strings.LastIndexByte(p, '\\')+1:]}, nil
		}
		if len(p) > len(path) && strings.EqualFold(p[:len(path)+1], path+`\`) {
			name, _, _ := strings.Cut(p[len(path)+1:], `\`)
			names = append(names, name)
		}
	}
	if names == nil {
		return nil, fmt.Errorf("%s: %w", path, setting.ErrAbsent)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func aPlan(path string, keep *bool) *plan.Plan {
	p := &plan.Plan{Image: plan.Image{Name: "viewer", Management: plan.Management{Path: path}}}
	if keep != nil {
		p.Image.FirstBoot = &plan.FirstBoot{Keep: *keep}
	}
	return p
}

// stored is a certificate as a store keeps it, and its thumbprint.
func stored(t testing.TB, name string) setting.RegistryValue {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	for _, p := range []struct {
		id   uint32
		data []byte
	}{{3, make([]byte, 20)}, {32, der}} {
		b = binary.LittleEndian.AppendUint32(b, p.id)
		b = binary.LittleEndian.AppendUint32(b, 1)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.data)))
		b = append(b, p.data...)
	}
	return setting.RegistryValue{Type: setting.TypeBinary, Data: b}
}

const (
	listeners = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Listener`
	store     = `HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates`
	thumb     = "0123456789ABCDEF0123456789ABCDEF01234567"
	winlogon  = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`
	services  = `HKLM\SYSTEM\CurrentControlSet\Services`
)

// failed are the ids that do not pass, with their outcomes.
func failed(t *testing.T, d seal.Disk, w seal.Wanted) map[string]setting.Outcome {
	t.Helper()
	out := map[string]setting.Outcome{}
	findings := seal.Judge(d, w)
	for _, f := range findings {
		if f.Severity != setting.Critical || f.Expected == "" || (f.Outcome != setting.Pass && f.Reason == "") {
			t.Errorf("an incomplete finding: %+v", f)
		}
		if f.Outcome != setting.Pass && f.Outcome != setting.NotApplicable {
			out[f.Setting] = f.Outcome
		}
	}
	if len(findings) != len(seal.Names()) {
		t.Errorf("%d findings, %d remnants", len(findings), len(seal.Names()))
	}
	return out
}

// TestFound plants each remnant alone, and finds it and nothing else. Each remnant has a plant.
func TestFound(t *testing.T) {
	drop := false
	planted := map[string]bool{}
	for _, test := range []struct {
		name string
		plan *plan.Plan
		want []string // without the prefix
		do   func(d *disk)
	}{
		{"nothing", aPlan("none", nil), nil, func(*disk) {}},
		{"a listener where nobody manages", aPlan("none", nil), []string{"listener"}, func(d *disk) { d.SetValue(listeners+`\*+HTTPS`, "Port", setting.DWord(5986)) }},
		{"a listener without TLS", aPlan("winrm_https", nil), []string{"listener"}, func(d *disk) { d.SetValue(listeners+`\*+HTTP`, "Port", setting.DWord(5985)) }},
		{"a listener with a certificate that is gone", aPlan("winrm_https", nil), []string{"listener"}, func(d *disk) {
			d.SetValue(listeners+`\*+HTTPS`, "CertThumbprint", setting.SZ(thumb))
		}},
		{"the build's listener", aPlan("winrm_https", nil), []string{"listener", "certificate"}, func(d *disk) {
			d.SetValue(store+`\`+thumb, "Blob", stored(t, unattend.CertificateName))
			d.SetValue(listeners+`\*+HTTPS`, "CertThumbprint", setting.SZ(strings.ToLower(thumb)))
		}},
		{"the hospital's listener", aPlan("winrm_https", nil), nil, func(d *disk) {
			d.SetValue(store+`\`+thumb, "Blob", stored(t, "wm-1.hospital.example"))
			d.SetValue(listeners+`\*+HTTPS`, "CertThumbprint", setting.SZ(thumb))
			d.SetValue(services+`\WinRM`, "Start", setting.DWord(2))
		}},
		{"a certificate", aPlan("none", nil), []string{"certificate"}, func(d *disk) { d.SetValue(store+`\`+thumb, "Blob", stored(t, unattend.CertificateName)) }},
		{"a firewall rule", aPlan("none", nil), []string{"firewall-rule"}, func(d *disk) {
			d.SetValue(services+`\SharedAccess\Parameters\FirewallPolicy\FirewallRules`, unattend.FirewallRule, setting.SZ("v2.26|Action=Allow|"))
		}},
		{"WinRM starts", aPlan("local", nil), []string{"winrm-service"}, func(d *disk) { d.SetValue(services+`\WinRM`, "Start", setting.DWord(2)) }},
		{"the token filter", aPlan("none", nil), []string{"remote-token"}, func(d *disk) {
			d.SetValue(`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`, "LocalAccountTokenFilterPolicy", setting.DWord(1))
		}},
		{"the account", aPlan("none", nil), []string{"account"}, func(d *disk) { d.accounts[1001] = "WMBuild" }},
		{"its profile", aPlan("none", nil), []string{"profile"}, func(d *disk) {
			d.SetValue(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\S-1-5-21-1-2-3-1001`, "ProfileImagePath", setting.ExpandSZ(`C:\Users\wmbuild.WM-1`))
		}},
		{"its folder", aPlan("none", nil), []string{"profile"}, func(d *disk) { d.paths = append(d.paths, `\Users\wmbuild\NTUSER.DAT`) }},
		{"autologon", aPlan("none", nil), []string{"autologon"}, func(d *disk) { d.SetValue(winlogon, "AutoAdminLogon", setting.SZ("1")) }},
		{"a password in clear", aPlan("none", nil), []string{"autologon"}, func(d *disk) { d.SetValue(winlogon, "DefaultPassword", setting.SZ("Hemligt-1234567")) }},
		{"an answer file", aPlan("none", nil), []string{"answer-files"}, func(d *disk) { d.paths = append(d.paths, `\Windows\Panther\Unattend.xml`) }},
		{"an answer file elsewhere", aPlan("none", nil), []string{"answer-files"}, func(d *disk) {
			d.SetValue(`HKLM\SYSTEM\Setup`, "UnattendFile", setting.SZ(`D:\answers.xml`))
		}},
		{"the agent", aPlan("none", &drop), []string{"agent"}, func(d *disk) { d.paths = append(d.paths, `\Windows\wmclient\wmguest.exe`) }},
		{"its service", aPlan("none", nil), []string{"agent"}, func(d *disk) { d.SetValue(services+`\wmguest`, "Start", setting.DWord(2)) }},
		{"its removal waits", aPlan("none", nil), []string{"agent"}, func(d *disk) {
			d.SetValue(`HKLM\SYSTEM\CurrentControlSet\Control\Session Manager`, "PendingFileRenameOperations", setting.MultiSZ([]string{`\??\C:\Windows\wmclient\wmguest.exe`, ""}))
		}},
		{"the journal", aPlan("none", nil), []string{"state"}, func(d *disk) { d.paths = append(d.paths, `\Windows\wmclient\state\journal.ndjson`) }},
		{"the bootstrap's record", aPlan("none", nil), []string{"state"}, func(d *disk) { d.paths = append(d.paths, `\Windows\wmclient\build\door-record.json`) }},
		{"another rule", aPlan("none", nil), []string{"open-rule"}, func(d *disk) {
			d.SetValue(services+`\SharedAccess\Parameters\FirewallPolicy\FirewallRules`, "WINRM-HTTP-In-TCP", setting.SZ("v2.26|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5985|"))
		}},
		{"a binding", aPlan("local", nil), []string{"tls-binding"}, func(d *disk) {
			d.SetValue(services+`\HTTP\Parameters\SslBindingInfo\0.0.0.0:5986`, "SslCertHash", setting.RegistryValue{Type: setting.TypeBinary, Data: make([]byte, 20)})
		}},
		{"a secret", aPlan("none", nil), []string{"logon-secret"}, func(d *disk) { d.AddKey(`HKLM\SECURITY\Policy\Secrets\DefaultPassword`) }},
		{"Packer's task", aPlan("none", nil), []string{"tasks"}, func(d *disk) { d.paths = append(d.paths, `\Windows\System32\Tasks\packer-ab12`) }},
		{"a build's bundle", aPlan("none", nil), []string{"state"}, func(d *disk) { d.paths = append(d.paths, `\Windows\wmclient\bundle-01.zip`) }},
		{"the order", aPlan("none", nil), []string{"state"}, func(d *disk) { d.paths = append(d.paths, seal.FinishFile) }},
		{"temporary files", aPlan("none", nil), []string{"temporary-files"}, func(d *disk) { d.paths = append(d.paths, `\Windows\Temp\a.tmp`) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDisk()
			test.do(d)
			got := failed(t, d, seal.Wanted{Plan: test.plan})
			var ids []string
			for id, outcome := range got {
				if outcome != setting.Fail {
					t.Errorf("%s is %s", id, outcome)
				}
				ids = append(ids, id)
			}
			var want []string
			for _, w := range test.want {
				want = append(want, seal.Prefix+w)
				planted[seal.Prefix+w] = true
			}
			slices.Sort(ids)
			slices.Sort(want)
			if !slices.Equal(ids, want) {
				t.Errorf("found %v, want %v", ids, want)
			}
		})
	}
	for _, id := range seal.Names() {
		if !planted[id] {
			t.Errorf("%s: nothing plants it", id)
		}
	}
}

// TestAllowed lets stay what the plan asks for, and nothing else.
func TestAllowed(t *testing.T) {
	keep := true
	d := newDisk()
	d.paths = append(d.paths, `\Windows\wmclient\wmguest.exe`, `\Windows\wmclient\state\journal.ndjson`)
	d.AddKey(`HKLM\SECURITY\Policy\Secrets\DefaultPassword`)
	d.SetValue(winlogon, "AutoAdminLogon", setting.SZ("1"))
	p := aPlan("none", &keep)
	p.Settings = []plan.Setting{{ID: "kiosk/logon", Kind: "autologon", Effect: plan.EffectSet}}
	if got := failed(t, d, seal.Wanted{Plan: p}); len(got) > 0 {
		t.Errorf("found %v", got)
	}
	p.Settings[0].Effect = plan.EffectSkip
	if got := failed(t, d, seal.Wanted{Plan: p}); len(got) != 2 {
		t.Errorf("a setting that is skipped allows: %v", got)
	}
}

// TestOtherAccount looks for the account that it is told of.
func TestOtherAccount(t *testing.T) {
	d := newDisk()
	d.accounts[1001] = "byggare"
	if got := failed(t, d, seal.Wanted{Plan: aPlan("none", nil), Account: "Byggare"}); len(got) != 1 {
		t.Errorf("found %v", got)
	}
}

// TestBlind never passes what could not be looked at.
func TestBlind(t *testing.T) {
	for err, want := range map[error]setting.Outcome{setting.ErrUnobservable: setting.Unobservable, errors.New("bad sector"): setting.Error} {
		d := newDisk()
		d.blind = err
		d.Fail = func(setting.Location) error { return err }
		for _, f := range seal.Judge(d, seal.Wanted{Plan: aPlan("none", nil)}) {
			if f.Outcome != want {
				t.Errorf("%v: %s is %s", err, f.Setting, f.Outcome)
			}
		}
	}
	d := newDisk()
	d.SetValue(store+`\`+thumb, "Blob", setting.RegistryValue{Type: setting.TypeBinary, Data: []byte("no certificate")})
	if got := failed(t, d, seal.Wanted{Plan: aPlan("none", nil)}); got[seal.Prefix+"certificate"] != setting.Error || got[seal.Prefix+"listener"] != setting.Error {
		t.Errorf("a certificate that cannot be read: %v", got)
	}
}

// TestNoSecret keeps a password out of findings.
func TestNoSecret(t *testing.T) {
	d := newDisk()
	d.SetValue(winlogon, "DefaultPassword", setting.SZ("Hemligt-1234567"))
	if text := fmt.Sprintf("%+v", seal.Judge(d, seal.Wanted{Plan: aPlan("none", nil)})); strings.Contains(text, "Hemligt") {
		t.Error(text)
	}
}

// TestNamesAgree holds what is looked for against the script that makes it.
func TestNamesAgree(t *testing.T) {
	for _, want := range []string{`rule = '` + regexp.QuoteMeta(unattend.FirewallRule) + `'`, `'wmclient\\` + unattend.Folder + `'`, `'LocalAccountTokenFilterPolicy'`} {
		if !regexp.MustCompile(want).Match(unattend.Script) {
			t.Errorf("the bootstrap does not say %s", want)
		}
	}
}

func FuzzCertificate(f *testing.F) {
	f.Add(stored(f, "x").Data)
	f.Add([]byte{32, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		if der, err := seal.CertificateIn(b); err == nil && len(der) > len(b) {
			t.Error("more than was given")
		}
	})
}
