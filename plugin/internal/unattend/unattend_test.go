package unattend_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/unattend"
)

var update = flag.Bool("update", false, "write the goldens anew")

const password = "Correct-Horse-7"

// whole is a Config with everything set.
func whole() unattend.Config {
	return unattend.Config{
		Arch: "amd64", Language: "sv-SE", Firmware: unattend.UEFI, ImageIndex: 1, ComputerName: "WM-BUILD", Organization: "Region <Exempel> & Co",
		ProductKey: "ABCDE-12345-ABCDE-12345-ABCDE", Account: "wmbuild", Password: password, Bootstrap: `wmclient\winrm.ps1`,
	}
}

func base() unattend.Base {
	return unattend.Base{Arch: "amd64", Languages: []string{"sv-SE", "en-US"}, Images: []string{"radiology-viewer 1.2.0"}}
}

func TestGoldens(t *testing.T) {
	bios := whole()
	bios.Arch, bios.Firmware, bios.Language, bios.ImageIndex, bios.ImageName, bios.ImagePath = "x86", unattend.BIOS, "en-US", 0, "a", `D:\image.wim`
	bios.ProductKey, bios.Bootstrap, bios.ComputerName = "", "", ""
	for name, c := range map[string]unattend.Config{"uefi-sv": whole(), "bios-en": bios} {
		t.Run(name, func(t *testing.T) {
			got, err := c.XML()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".xml")
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			wellFormed(t, got)
			about := base()
			about.Arch, about.Images = c.Arch, []string{"a"}
			problems, err := unattend.Lint(got, about)
			if err != nil || len(problems) > 0 {
				t.Errorf("what is written here has problems: %v %v", problems, err)
			}
			if bytes.Contains(got, []byte(password)) {
				t.Error("the password stands in clear")
			}
		})
	}
}

func wellFormed(t *testing.T, data []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(data))
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*unattend.Config)
		want   string
	}{
		"arch":              {func(c *unattend.Config) { c.Arch = "arm64" }, "arch: "},
		"language":          {func(c *unattend.Config) { c.Language = "nb-NO" }, "language: "},
		"firmware":          {func(c *unattend.Config) { c.Firmware = "efi" }, "firmware: "},
		"32-bit UEFI":       {func(c *unattend.Config) { c.Arch = "x86" }, "firmware: "},
		"no image":          {func(c *unattend.Config) { c.ImageIndex = 0 }, "image_index: "},
		"negative image":    {func(c *unattend.Config) { c.ImageIndex = -1 }, "image_index: "},
		"long name":         {func(c *unattend.Config) { c.ComputerName = "A-VERY-LONG-NAME" }, "computer_name: "},
		"name of digits":    {func(c *unattend.Config) { c.ComputerName = "12345" }, "computer_name: "},
		"key":               {func(c *unattend.Config) { c.ProductKey = "ABCDE" }, "product_key: "},
		"Windows' account":  {func(c *unattend.Config) { c.Account = "Guest" }, "account: "},
		"Swedish account":   {func(c *unattend.Config) { c.Account = "Gäst" }, "account: "},
		"computer as user":  {func(c *unattend.Config) { c.Account = "wm-build" }, "account: "},
		"no password":       {func(c *unattend.Config) { c.Password = "" }, "password: "},
		"short password":    {func(c *unattend.Config) { c.Password = "Abc123" }, "password: "},
		"simple password":   {func(c *unattend.Config) { c.Password = "abcdefghijklmnop" }, "password: "},
		"name in password":  {func(c *unattend.Config) { c.Password = "XwmBuild-2026-Abc" }, "password: "},
		"long password":     {func(c *unattend.Config) { c.Password = unattend.Secret(strings.Repeat("Ab1", 50)) }, "password: "},
		"command in script": {func(c *unattend.Config) { c.Bootstrap = `a.ps1 & del C:\` }, "bootstrap: "},
	} {
		t.Run(name, func(t *testing.T) {
			c := whole()
			tc.change(&c)
			out, err := c.XML()
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
			if out != nil {
				t.Error("something was written all the same")
			}
			for _, secret := range []string{string(c.Password), string(c.ProductKey)} {
				if secret != "" && strings.Contains(err.Error(), secret) {
					t.Errorf("a secret stands in %v", err)
				}
			}
		})
	}
}

func TestSecretsAreHidden(t *testing.T) {
	c := whole()
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %q", c, c, c.Password), string(encoded)} {
		if strings.Contains(text, password) || strings.Contains(text, string(c.ProductKey[:11])) {
			t.Errorf("a secret stands in %s", text)
		}
	}
}

// TestLint breaks the good file in one place at a time.
func TestLint(t *testing.T) {
	good, err := whole().XML()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		old, new string
		base     func(*unattend.Base)
		want     string
	}{
		"other architecture": {base: func(b *unattend.Base) { b.Arch = "x86" }, want: "error: windowsPE/Microsoft-Windows-International-Core-WinPE: processorArchitecture"},
		"other language":     {base: func(b *unattend.Base) { b.Languages = []string{"en-US"} }, want: "sv-SE is not in the image"},
		"notice":             {base: func(b *unattend.Base) { b.Notice = true }, want: "the plan shows a notice"},
		"WinRM off":          {base: func(b *unattend.Base) { b.DisabledServices = []string{"winrm"} }, want: "turns the service WinRM off"},
		"filtered tokens":    {base: func(b *unattend.Base) { b.FilteredTokens = true }, want: "warning: oobeSystem/Microsoft-Windows-Shell-Setup/FirstLogonCommands: the plan takes their rights"},
		"pass":               {old: `pass="specialize"`, new: `pass="special"`, want: `pass "special" does not exist`},
		"token":              {old: "31bf3856ad364e35", new: "0000000000000000", want: "publicKeyToken"},
		"no language":        {old: "UILanguage", new: "UiLang", want: "UILanguage: is missing"},
		"image 2":            {old: "<Value>1<", new: "<Value>2<", want: "there is no image 2"},
		"image 0":            {old: "<Value>1<", new: "<Value>0<", want: "there is no image 0"},
		"image by key":       {old: "/IMAGE/INDEX", new: "/IMAGE/FLAGS", want: "warning: windowsPE/Microsoft-Windows-Setup/ImageInstall/OSImage/InstallFrom: the image is asked for by"},
		"partition 9":        {old: "<PartitionID>4</PartitionID>\r\n          </InstallTo>", new: "<PartitionID>9</PartitionID></InstallTo>", want: "partition 9 is not among the 4"},
		"partition MSR":      {old: "<PartitionID>4</PartitionID>\r\n          </InstallTo>", new: "<PartitionID>3</PartitionID></InstallTo>", want: "type MSR"},
		"licence":            {old: "AcceptEula>true", new: "AcceptEula>false", want: "AcceptEula: is not true"},
		"wireless":           {old: "HideWirelessSetupInOOBE>true", new: "HideWirelessSetupInOOBE>false", want: "HideWirelessSetupInOOBE: is not true"},
		"protect":            {old: "ProtectYourPC", new: "Protect", want: "ProtectYourPC: is missing"},
		"no account":         {old: "LocalAccount", new: "Local", want: "makes no account"},
		"nobody logs on":     {old: "<Enabled>true", new: "<Enabled>false", want: "nobody logs on"},
		"for ever":           {old: "LogonCount", new: "Count", want: "for ever"},
		"clear":              {old: "PlainText>false", new: "PlainText>true", want: "stands in clear"},
		"long command":       {old: "<CommandLine>", new: "<CommandLine>" + strings.Repeat("x", 1024), want: "Setup takes 1024"},
	} {
		t.Run(name, func(t *testing.T) {
			about := base()
			if tc.base != nil {
				tc.base(&about)
			}
			file := strings.ReplaceAll(string(good), tc.old, tc.new)
			if tc.old == "" {
				file = string(good)
			} else if file == string(good) {
				t.Fatal("the test changes nothing")
			}
			problems, err := unattend.Lint([]byte(file), about)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, p := range problems {
				all = append(all, p.String())
			}
			if text := strings.Join(all, "\n"); !strings.Contains(text, tc.want) {
				t.Errorf("got\n%s\nwant %q", text, tc.want)
			}
		})
	}
}

func TestNoAnswerFile(t *testing.T) {
	for name, file := range map[string]string{
		"nothing": "", "text": "hello", "other root": "<a/>", "two roots": "<unattend/><unattend/>", "unfinished": "<unattend>",
		"document type": `<!DOCTYPE a [<!ENTITY b "c">]><unattend xmlns="urn:schemas-microsoft-com:unattend"/>`,
		"deep":          strings.Repeat("<a>", 100000), "large": strings.Repeat(" ", 5<<20),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := unattend.Lint([]byte(file), base()); err == nil {
				t.Error("it was taken for an answer file")
			}
		})
	}
}

func FuzzLint(f *testing.F) {
	good, err := whole().XML()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`<unattend xmlns="urn:schemas-microsoft-com:unattend"><settings pass="windowsPE"><component name="x"/></settings></unattend>`))
	f.Fuzz(func(t *testing.T, file []byte) {
		problems, err := unattend.Lint(file, base())
		if err == nil && len(problems) == 0 && !bytes.Contains(file, []byte("AcceptEula")) {
			t.Error("a file that accepts no licence has no problems")
		}
	})
}
