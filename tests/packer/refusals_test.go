//go:build !windows

package packer_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// refusal is one way in which a machine, or what is wanted of it, is not right.
type refusal struct {
	name     string
	lab      []string // flags of the lab machine
	password string   // "" is the right one
	ca       string   // "" is the machine's own
	image    string   // "" is the one that the machine has
	agent    string   // "" is the product's
	code     int      // of Packer; 0 is 1, which is its code for all errors
	harden   []string // what the provisioner says
	audited  int      // exit code of an audit; 0 is 1
	audit    []string // what an audit says; nil: not asked
}

const (
	done    = -1 // exit code 0
	drifted = 3  // the image is as built, not as first boot would leave it, and one setting is unobservable
)

// within is how long a build may take at most: the provisioner's own time to wait, and a machine that is asked once more for its logs. A service
// that falls silent in the middle is waited for as long as an operation may take.
const within = 45 * time.Second

func fault(f string) []string { return []string{"--fault", f} }

// TestOnlineRefusals is everything that the product has to name within its time: each through real Packer, and through an audit where one meets it. No form
// of the password is in anything that either of them printed or left behind.
func TestOnlineRefusals(t *testing.T) {
	for _, r := range []refusal{
		{name: "wrong password", password: "Wrong-Horse 'ö\"", harden: []string{"401: user", "is the password right"}, audit: []string{"401: user"}},
		{name: "wrong CA", lab: fault("certificate=wrong-ca"), harden: []string{"TLS: ", "not trusted here: give"}, audit: []string{"TLS: ", "not trusted here"}},
		{name: "certificate expired", lab: fault("certificate=expired"), harden: []string{"TLS: its certificate held until", "make a new one"}, audit: []string{"TLS: its certificate held until"}},
		{name: "clock a day ahead", lab: fault("clock=24h"), harden: []string{"TLS: its certificate holds from", "clocks is off"}, audit: []string{"TLS: its certificate holds from"}},
		{name: "clock a day behind", lab: fault("clock=-24h"), code: done, harden: []string{"the machine's clock is 24h0m", "behind"}, audited: drifted, audit: []string{"its clock is -24h0m"}},
		{name: "envelope too small", lab: []string{"--quota", "MaxEnvelopeSizekb=4"}, harden: []string{"envelope too large", "raise MaxEnvelopeSizekb"}, audit: []string{"envelope too large", "raise MaxEnvelopeSizekb"}},
		{name: "quota", lab: []string{"--quota", "MaxConcurrentOperationsPerUser=1"}, harden: []string{"quota: ", "end other sessions"}, audit: []string{"quota: ", "end other sessions"}},
		{name: "plan of another image", image: "profiles/images/lab-analyser-gateway.hcl", harden: []string{"not trusted", "the bundle is for another image"}},
		{name: "agent that is none", agent: "short.pkr.hcl", harden: []string{"read agent short.pkr.hcl", "wmguest.exe"}},
		{name: "garbage from the start", lab: fault("garbage-from=1"), harden: []string{"not WinRM", "no envelope"}, audit: []string{"not WinRM"}},
		{name: "garbage later", lab: fault("garbage-from=6"), harden: []string{"not WinRM", "no envelope"}},
		{name: "silence from the start", lab: fault("phase=silent"), harden: []string{"service not answering"}, audit: []string{"service not answering"}},
		{name: "silence later", lab: fault("silent-from=6"), harden: []string{"service not answering"}},
		{name: "port closed", lab: fault("phase=closed"), harden: []string{"port closed"}, audit: []string{"port closed"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, r.lab...)
			r.hardenIt(t, l)
			if r.audit != nil {
				r.auditIt(t, l)
			}
		})
	}
}

// or is a, where it is something.
func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// hardenIt hardens the lab machine by real Packer.
func (r refusal) hardenIt(t *testing.T, l *lab) {
	t.Helper()
	l.site.write("short.pkr.hcl", required+fmt.Sprintf(`
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
    logs          = "logs.zip"
  }
}
`, or(r.image, l.site.image), or(r.agent, harness.WindowsBinary(t, "wmguest")), l.port))
	c := l.site.command("build", "-color=false", "-var", "ca="+or(r.ca, l.site.read("ca.pem")), "short.pkr.hcl")
	c.Env = append(c.Env, "PKR_VAR_password="+or(r.password, password), "PACKER_LOG=1", "TMPDIR="+l.site.path("tmp"))
	_ = os.Mkdir(l.site.path("tmp"), 0o755)
	began := time.Now()
	got := c.Run(t)
	r.says(t, "Packer", got, got.Stdout, r.code, r.harden)
	if took := time.Since(began); took > within {
		t.Errorf("it took %s", took)
	}
	r.kept(t, l, got.Stdout+got.Stderr)
}

// auditIt audits it by the command.
func (r refusal) auditIt(t *testing.T, l *lab) {
	t.Helper()
	c := harness.Command{Path: harness.Binary(t, "wmclient"), Dir: l.site.dir, Env: []string{"WMCLIENT_AUDIT_PASSWORD=" + or(r.password, password)}, Args: []string{"audit", "--host", fmt.Sprint("127.0.0.1:", l.port), "--manifest", "out", "--user", "wmbuild", "--ca", "ca.pem", "--timeout", "4s", "--retries", "0"}}
	got := c.Run(t)
	r.says(t, "audit", got, got.Stdout+got.Stderr, r.audited, r.audit)
	r.kept(t, l, got.Stdout+got.Stderr)
}

// says checks exit code and words.
func (r refusal) says(t *testing.T, who string, got harness.Result, text string, code int, words []string) {
	t.Helper()
	switch code {
	case 0:
		code = 1
	case done:
		code = 0
	}
	if got.Code != code {
		t.Errorf("%s: exit code %d instead of %d", who, got.Code, code)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q", who, w)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// kept looks for the password in what was printed, and in every file that was left.
func (r refusal) kept(t *testing.T, l *lab, printed string) {
	t.Helper()
	secret := r.password
	if secret == "" {
		secret = password
	}
	look := func(where, text string) {
		for form, s := range spellings(secret) {
			if strings.Contains(text, s) {
				t.Errorf("%s has the password, %s", where, form)
			}
		}
	}
	look("the output", printed)
	err := filepath.WalkDir(l.site.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Size() > 10<<20 {
			return err // images
		}
		data, err := os.ReadFile(path)
		look(path, string(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
