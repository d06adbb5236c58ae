package inspect_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/inspect"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/medium"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// rich is a lab base with what a lab base lacks: signed boot managers, drivers of other makers, notes of features, capabilities.
func rich(t *testing.T) string {
	t.Helper()
	base := must(lab.Bytes(lab.Options{Release: lab.LTSC2021, Language: "sv-SE"}))
	f := must(wim.Open(bytes.NewReader(base), int64(len(base))))
	e := must(f.Edit(2, wim.EditOptions{}))
	put := func(path string, b []byte) {
		if err := e.Put(path, wim.Bytes(b)); err != nil {
			t.Fatal(err)
		}
	}
	signed := must(os.ReadFile("testdata/signed.efi"))
	put("Windows/Boot/EFI/bootmgfw.efi", signed)
	changed := bytes.Clone(signed)
	changed[0x210] ^= 1
	put("Windows/Boot/EFI_EX/bootmgfw_EX.efi", changed)
	inf := utf16("[Version]\r\nSignature = \"$Windows NT$\"\r\nClass=Net ; a comment\r\nProvider = %Vendor%\r\nDriverVer = 06/21/2024,1.2.3.4\r\n[Strings]\r\nVendor = \"Example; Maker\"\r\n")
	put("Windows/INF/oem7.inf", inf)
	put("Windows/System32/DriverStore/FileRepository/exnet.inf_amd64_0011223344556677/exnet.inf", inf)
	put("Windows/INF/netexample.inf", []byte("[Version]\r\nClass=Net\r\n"))
	hive := must(regf.Parse(must(must(f.Image(2)).ReadFile("Windows/System32/config/SOFTWARE", 1<<30))))
	const cbs = `Microsoft\Windows\CurrentVersion\Component Based Servicing\`
	set := func(key, name string, v byte) { must(hive.SetValue(cbs+key, name, regf.DWord, []byte{v, 0, 0, 0}, 0)) }
	set(`Notifications\OptionalFeatures\TelnetClient`, "Selection", 1)
	set(`Notifications\OptionalFeatures\SMB1Protocol`, "Selection", 0)
	const fod = `Packages\OpenSSH-Client-FOD-Package~31bf3856ad364e35~amd64~~10.0.19041.1`
	set(fod, "CurrentState", 0x70)
	set(fod, "Visibility", 1)
	put("Windows/System32/config/SOFTWARE", must(hive.Bytes(0)))
	path := filepath.Join(t.TempDir(), "rich.wim")
	out := must(os.Create(path))
	must(e.WriteTo(context.Background(), out, nil))
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func utf16(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return out
}

func TestFactsOfABase(t *testing.T) {
	r, err := inspect.Run(context.Background(), rich(t), inspect.Options{Verify: true, Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range r.Facts {
		if f.Source == "" {
			t.Errorf("%s has no source", f.Name)
		}
		if (f.Value == "") == (f.Unknown == "") {
			t.Errorf("%s is neither known nor unknown, or both: %+v", f.Name, f)
		}
		got[f.Name] = f.Value + f.Unknown
		if len(f.List) > 0 {
			got[f.Name] += ": " + strings.Join(f.List, " | ")
		}
	}
	packages := got[inspect.Packages]
	delete(got, inspect.Packages)
	want := map[string]string{
		"edition_id": "IoTEnterpriseS", "product": "Windows 10 IoT Enterprise LTSC 2021", "build": "19044.1288", "arch": "amd64",
		"installation_type": "Client", "install_language": "sv-SE", "languages": "1: sv-SE",
		"licence_channel": "a WIM alone does not say; give the .iso of the medium",
		"mainstream_end":  "2027-01-12", "support_end": "2032-01-13",
		"boot_manager_signer": "Example UEFI CA 2023", "boot_manager_2023_signer": "it was changed after it was signed",
		"capabilities": "1: OpenSSH-Client-FOD-Package~31bf3856ad364e35~amd64~~10.0.19041.1",
		"features":     "1: TelnetClient",
		"drivers":      "1: oem7.inf (exnet.inf), Example; Maker, Net, 1.2.3.4, 06/21/2024",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("facts (-want +got):\n%s", d)
	}
	if !strings.Contains(packages, "IoTEnterpriseSEdition") || strings.Contains(packages, "OpenSSH") {
		t.Errorf("packages: %s", packages)
	}
	if !r.StandIn || len(r.SHA256) != 64 || !strings.Contains(r.HCL, `base "win10-iot-ltsc-2021"`) || !strings.Contains(r.HCL, `build      = "19044.1288"`) {
		t.Errorf("%+v", r)
	}
}

func TestListsAreBounded(t *testing.T) {
	r := must(inspect.Run(context.Background(), rich(t), inspect.Options{Limit: 1}))
	f, _ := r.Fact(inspect.Packages)
	if len(f.List) != 1 || f.Left == 0 || f.Value == "1" {
		t.Errorf("%+v", f)
	}
}

// The channel is what the medium says.
func TestChannelOfAMedium(t *testing.T) {
	if _, err := exec.LookPath("genisoimage"); err != nil {
		t.Skip("genisoimage is not installed (Debian: genisoimage): no medium was made")
	}
	dir, iso := t.TempDir(), filepath.Join(t.TempDir(), "medium.iso")
	check(t, os.Mkdir(filepath.Join(dir, "sources"), 0o755))
	check(t, os.WriteFile(filepath.Join(dir, "sources", "install.wim"), must(os.ReadFile(rich(t))), 0o600))
	check(t, os.WriteFile(filepath.Join(dir, "sources", "ei.cfg"), []byte("[Channel]\r\nVolume\r\n[VL]\r\n1\r\n"), 0o600))
	if text, err := exec.Command("genisoimage", "-quiet", "-udf", "-iso-level", "3", "-o", iso, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	r := must(inspect.Run(context.Background(), iso, inspect.Options{}))
	if f, _ := r.Fact(inspect.Channel); f.Value != "Volume" || r.Inside != "sources/install.wim" {
		t.Errorf("%+v, inside %q", f, r.Inside)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNoBase(t *testing.T) {
	p := filepath.Join(t.TempDir(), "x.wim")
	check(t, os.WriteFile(p, []byte(strings.Repeat("x", 500)), 0o600))
	if _, err := inspect.Run(context.Background(), p, inspect.Options{}); !errors.Is(err, medium.ErrNeither) {
		t.Error(err)
	}
	check(t, os.WriteFile(p, []byte("MSWIM"+strings.Repeat("x", 500)), 0o600))
	if _, err := inspect.Run(context.Background(), p, inspect.Options{}); !errors.Is(err, wim.ErrCorrupt) {
		t.Error(err)
	}
	two := must(lab.Bytes(lab.Options{Release: lab.LTSC2021, Language: "sv-SE"}))
	check(t, os.WriteFile(p, two, 0o600))
	if _, err := inspect.Run(context.Background(), p, inspect.Options{}); !errors.Is(err, inspect.ErrImage) || !strings.Contains(err.Error(), "IoTEnterpriseS") {
		t.Error(err)
	}
}

// The dates of the editions that hospitals run, as Microsoft published them.
func TestSupportDates(t *testing.T) {
	table := must(inspect.Support())
	for _, tc := range []struct {
		edition    string
		build      int
		mainstream string
		extended   string
	}{
		{"EnterpriseS", 14393, "2021-10-12", "2026-10-13"}, {"EnterpriseS", 17763, "2024-01-09", "2029-01-09"},
		{"enterprises", 19044, "2027-01-12", "2027-01-12"}, {"IoTEnterpriseS", 19044, "2027-01-12", "2032-01-13"},
	} {
		if e, ok := table.Find(tc.edition, tc.build); !ok || e.Mainstream != tc.mainstream || e.Extended != tc.extended {
			t.Errorf("%+v: %+v", tc, e)
		}
	}
	if _, ok := table.Find("Enterprise", 19044); ok {
		t.Error("an edition without long-term support was found")
	}
	good := `{"schema":1,"updated":"2026-01-01","source":"x","editions":[{"edition_id":"E","build":1,"product":"p","mainstream_end":"2026-01-01","extended_end":"2027-01-01"}]}`
	must(inspect.ParseSupport([]byte(good)))
	for name, bad := range map[string]string{
		"schema": strings.Replace(good, `"schema":1`, `"schema":2`, 1), "day": strings.Replace(good, "2027-01-01", "2027-13-01", 1),
		"order": strings.Replace(good, "2027-01-01", "2025-01-01", 1), "field": strings.Replace(good, `"build"`, `"bild"`, 1), "empty": `{"schema":1}`,
	} {
		if _, err := inspect.ParseSupport([]byte(bad)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestSigners(t *testing.T) {
	signed, unsigned := must(os.ReadFile("testdata/signed.efi")), must(os.ReadFile("testdata/unsigned.efi"))
	s, err := inspect.SignerOf(signed)
	if err != nil || s.Subject != "Example Windows" || s.Issuer != "Example UEFI CA 2023" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := inspect.SignerOf(unsigned); err == nil || !strings.Contains(err.Error(), "no signature") {
		t.Error(err)
	}
	other := bytes.Clone(signed) // the checksum and the certificate table's entry are not covered
	other[0x58+64] ^= 1
	if _, err := inspect.SignerOf(other); err != nil {
		t.Error(err)
	}
	for at := range signed { // every other bit is, or belongs to a structure that must hold
		bad := bytes.Clone(signed)
		bad[at] ^= 0x10
		got, err := inspect.SignerOf(bad)
		if err == nil && at < 0x400 && (at < 0x58+64 || at >= 0x58+68) {
			t.Errorf("byte %#x of the program was changed: %+v", at, got)
		}
	}
	for n := range signed {
		if _, err := inspect.SignerOf(signed[:n]); err == nil && n < len(signed)-8 {
			t.Errorf("cut to %d bytes, and still signed", n)
		}
	}
}

// A signature by another program.
func TestSignerOfOsslsigncode(t *testing.T) {
	for _, tool := range []string{"osslsigncode", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: the referee signed nothing", tool)
		}
	}
	dir := t.TempDir()
	run := func(name string, args ...string) {
		c := exec.Command(name, args...)
		c.Dir = dir
		if text, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
	}
	check(t, os.WriteFile(filepath.Join(dir, "in.efi"), must(os.ReadFile("testdata/unsigned.efi")), 0o600))
	run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-out", "c", "-days", "3650", "-subj", "/CN=Fresh CA", "-addext", "extendedKeyUsage=codeSigning")
	for _, digest := range []string{"sha1", "sha256", "sha384", "sha512"} {
		run("osslsigncode", "sign", "-certs", "c", "-key", "k", "-h", digest, "-in", "in.efi", "-out", digest+".efi")
		if s, err := inspect.SignerOf(must(os.ReadFile(filepath.Join(dir, digest+".efi")))); err != nil || s.Issuer != "Fresh CA" {
			t.Errorf("%s: %+v, %v", digest, s, err)
		}
	}
}

func FuzzSigner(f *testing.F) {
	signed := must(os.ReadFile("testdata/signed.efi"))
	f.Add(signed)
	f.Add(must(os.ReadFile("testdata/unsigned.efi")))
	for at := range signed {
		if at >= 0x140 && at < 0x400 || at > 0x500 && at%7 > 0 {
			continue
		}
		for _, x := range []byte{0x01, 0x80} {
			b := bytes.Clone(signed)
			b[at] ^= x
			f.Add(b)
		}
	}
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = inspect.SignerOf(b) })
}

func FuzzINF(f *testing.F) {
	f.Add([]byte("[Version]\nProvider=%V%\n[Strings]\nV=\"x;y\" ; c\n"))
	f.Add(utf16("[version]\r\nDriverVer=1,2"))
	f.Add([]byte("\xef\xbb\xbf[Version"))
	f.Fuzz(func(_ *testing.T, b []byte) { inspect.ParseINF(b) })
}
