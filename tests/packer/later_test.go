//go:build !windows

package packer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestTroubleLater is what shows only when the machine has let the build in: it falls silent in the middle of a delivery, or answers with what is none, and a clock
// that is a day behind is told, since its certificate holds all the same.
func TestTroubleLater(t *testing.T) {
	for name, c := range map[string]struct {
		fault string
		code  int
		says  []string
	}{
		"silence":            {"silent-from=6", 1, []string{"service not answering"}},
		"garbage":            {"garbage-from=6", 1, []string{"not WinRM", "no envelope"}},
		"clock a day behind": {"clock=-24h", 0, []string{"the machine's clock is 24h0m", "behind the one here"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "--fault", c.fault)
			l.site.write("later.pkr.hcl", required+fmt.Sprintf(`
source "null" "x" { communicator = "none" }
variable "password" { sensitive = true }
variable "ca" { default = "" }
build {
  sources = ["source.null.x"]
  provisioner "wmclient-harden" {
    image         = %q
    agent         = %q
    host          = "127.0.0.1"
    port          = %d
    username      = "wmbuild"
    password      = var.password
    ca_pem        = var.ca
    ready_timeout = "3s"
  }
}
`, l.site.image, harness.WindowsBinary(t, "wmguest"), l.port))
			run := l.site.command("build", "-color=false", "-var", "ca="+l.site.read("ca.pem"), "later.pkr.hcl")
			run.Env = append(run.Env, "PKR_VAR_password="+password, "PACKER_LOG=1")
			began := time.Now()
			r := run.Run(t)
			if r.Code != c.code {
				t.Errorf("exit code %d\n%s", r.Code, r.Stdout)
			}
			// An operation may take half a minute, and the machine is asked once more for its logs.
			if took := time.Since(began); took > 80*time.Second {
				t.Errorf("it took %s", took)
			}
			says(t, r, c.says...)
			for form, text := range spellings(password) {
				if strings.Contains(r.Stdout+r.Stderr, text) {
					t.Errorf("the password is shown, %s", form)
				}
			}
			if c.code == 0 {
				audit := harness.Command{Path: harness.Binary(t, "wmclient"), Dir: l.site.dir, Env: []string{"WMCLIENT_AUDIT_PASSWORD=" + password},
					Args: []string{"audit", "--host", fmt.Sprint("127.0.0.1:", l.port), "--manifest", "out", "--user", "wmbuild", "--ca", "ca.pem", "--timeout", "20s"}}.Run(t)
				says(t, audit, "its clock is -24h0m")
			}
		})
	}
}
