package library_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestProductFolders takes mt-only with a product that writes to folders of its own: they are opened to users, to nobody else and with no more
// than the right to change, the rule for Program Files leaves them out, and the conflict row says AUTO. What is not the product's own is refused.
func TestProductFolders(t *testing.T) {
	dir := harness.CopyProfiles(t)
	raw, err := os.ReadFile("testdata/scratch-product.hcl")
	if err != nil {
		t.Fatal(err)
	}
	var mtOnly module
	for _, m := range modules(t, dir) {
		if m.name == "mt-only" {
			mtOnly = m
		}
	}
	product := filepath.Join(dir, "products", "scratch-product.hcl")
	write(t, product, string(raw))
	profile := filepath.Join(dir, "images", "scratch-folders.hcl")
	beside := "  module \"uac\" {\n    version = \">= 0\"\n  }\n"
	take := func(inputs string) string {
		write(t, profile, scratch("scratch-folders", "win10-iot-ltsc-2021", mtOnly, variant{product: true, beside: beside, inputs: inputs}))
		r := harness.Wmclient(t, "", "plan", profile)
		if r.Code != 0 {
			return r.Stderr
		}
		return r.Stdout
	}
	plan := take("")
	for _, part := range []string{
		`file-security:\ProgramData\Scratch\Data = D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;BU)`,
		`file-security:\Program Files\Scratch\Settings = D:P(`,
		`%PROGRAMFILES%\Scratch\Settings\*`,
		`Users may write to C:\ProgramData\Scratch\Data`,
	} {
		if !strings.Contains(together(plan), together(part)) {
			t.Errorf("the plan lacks %s:\n%.2000s", part, plan)
		}
	}
	if strings.Contains(plan, `file-security:\Users`) {
		t.Error("a profile's permissions are changed")
	}
	if got := take("folder_users = [\"S-1-1-0\"]"); !strings.Contains(got, "folder_users") {
		t.Errorf("everyone may be named: %.300s", got)
	}
	if got := take("open_folders = false"); strings.Contains(got, "file-security:") {
		t.Error("folders are opened although the image says not to")
	}
	for _, path := range []string{`C:\`, `C:\\ProgramData`, `C:\\Program Files`, `C:\\Program Files (x86)`, `C:\\Windows\\Temp`, `C:\\Program Files\\Common Files\\X`, `C:\\ProgramData\\Microsoft\\X`, `%TEMP%`, `C:\\X\\..\\Windows`, `C:\\PROGRA~1\\X`, `D:\\X`} {
		text := strings.Replace(string(raw), `C:\\ProgramData\\Scratch\\Data`, strings.TrimSuffix(path, `\`), 1)
		write(t, product, text)
		if got := take(""); !strings.Contains(together(got), together("writable folder that is not its own")) {
			t.Errorf("%s is taken for the product's own folder: %.300s", path, got)
		}
		if got := take("open_folders = false"); strings.Contains(together(got), together("writable folder that is not its own")) {
			t.Errorf("%s is refused although nothing is opened", path)
		}
	}
}

// together is a text without what the width of a page does to it.
func together(s string) string { return strings.Join(strings.Fields(s), "") }
