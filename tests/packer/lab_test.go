//go:build !windows

package packer_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unicode/utf16"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// labTemplate builds nothing, on a machine that is there already: all that Packer's own communicator and provisioners do.
const labTemplate = `
variable "password" { sensitive = true }
source "null" "lab" {
  communicator   = "winrm"
  winrm_host     = "%s"
  winrm_port     = %d
  winrm_username = "%s"
  winrm_password = var.password
  winrm_use_ssl  = true
  winrm_insecure = true # Packer's communicator takes no certificate to trust
  winrm_use_ntlm = %t
  winrm_timeout  = "1m"
}
build {
  sources = ["source.null.lab"]
  provisioner "file" {
    source      = "up.bin"
    destination = "C:/lab folder/up.bin"
  }
  provisioner "windows-shell" {
    environment_vars = ["LAB_WORD=from the template"]
    inline = [
      "@echo off",
      "echo %%LAB_WORD%%",
      "ver",
      "reg add HKLM\\SOFTWARE\\wmclient-test /v Word /t REG_SZ /d \"two words\" /f",
      "reg query HKLM\\SOFTWARE\\wmclient-test /v Word",
      "%s",
    ]
  }
  provisioner "file" {
    direction   = "download"
    source      = "C:/lab folder/up.bin"
    destination = "down.bin"
  }
}
`

// TestLab: real Packer connects to the lab, by Basic and by NTLM, carries a file up and down unchanged, and runs a script. What no stand-in
// knows ends the build by name. The password is said nowhere.
func TestLab(t *testing.T) {
	for _, tt := range []struct {
		name string
		ntlm bool
		last string
		ok   bool
	}{{"basic", false, "exit 0", true}, {"ntlm", true, "exit 0", true}, {"unknown command", false, "netsh advfirewall show allprofiles", false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			packerPath(t)
			lab := harness.ServeLab(t)
			s := &site{t: t, dir: t.TempDir()}
			data := make([]byte, 20_000)
			_, _ = rand.Read(data)
			if err := os.WriteFile(s.path("up.bin"), data, 0o600); err != nil {
				t.Fatal(err)
			}
			s.write("lab.pkr.hcl", fmt.Sprintf(labTemplate, lab.Host, lab.Port, lab.User, tt.ntlm, tt.last))
			c := s.command("build", "-color=false", "lab.pkr.hcl")
			c.Env = append(c.Env, "PKR_VAR_password="+harness.LabPassword, "PACKER_LOG=1")
			r := c.Run(t)
			if (r.Code == 0) != tt.ok {
				t.Fatalf("exit code %d\n%s\n%s", r.Code, r.Stdout, r.Stderr)
			}
			says(t, r, "Connected to WinRM!", "from the template", "[Version 10.0.19044.1288]", "Word REG_SZ two words")
			n := lab.End(t, syscall.SIGTERM)
			if !tt.ok {
				says(t, r, `no stand-in for "netsh"`)
				return
			}
			down, err := os.ReadFile(s.path("down.bin"))
			if err != nil || string(down) != string(data) {
				t.Errorf("what came down differs: %d bytes, %v", len(down), err)
			}
			if n.Requests < 20 || n.Actions["create"] == 0 || (n.Actions["handshake"] > 0) != tt.ntlm {
				t.Errorf("counted %+v", n)
			}
			for form, text := range spellings(harness.LabPassword) {
				if strings.Contains(r.Stdout+r.Stderr, text) {
					t.Errorf("Packer's output or log holds the password, %s", form)
				}
			}
		})
	}
}

// spellings are the forms in which a secret could stand in a log.
func spellings(secret string) map[string]string {
	var wide []byte
	for _, u := range utf16.Encode([]rune(secret)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	out := map[string]string{
		"plain": secret, "quoted": strings.Trim(strconv.Quote(secret), `"`), "PowerShell-escaped": strings.ReplaceAll(secret, "'", "''"),
	}
	for name, data := range map[string][]byte{"base64": []byte(secret), "base64 of UTF-16": wide} {
		for before := range 3 { // what stands before it in a longer text moves it; the ends depend on their neighbours
			text := base64.StdEncoding.EncodeToString(append(make([]byte, before), data...))
			out[name+", "+strconv.Itoa(before)+" before"] = text[4 : len(text)-len(text)%4-4]
		}
	}
	return out
}
