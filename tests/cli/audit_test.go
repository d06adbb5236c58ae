//go:build !windows

package cli_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// auditProfile is an image all of whose settings are in the image.
var auditProfile = map[string]string{
	"bases/lab.hcl": `base "lab-2021" {
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  arch       = "amd64"
  channel    = "LTSC"
  languages  = ["sv-SE", "en-US"]
}
`,
	"modules/m.hcl": `module "m" {
  version = "1.0.0"
  method  = "policies"
  title   = { en = "M", sv = "M" }

  setting "registry_value" "a" {
    key       = "HKLM\\SOFTWARE\\Policies\\X"
    name      = "A"
    type      = "dword"
    value     = 1
    severity  = "medium"
    rationale = { en = "It is so.", sv = "Det är så." }
  }

  setting "service" "s" {
    name      = "SSDPSRV"
    start     = "disabled"
    severity  = "medium"
    rationale = { en = "It is so.", sv = "Det är så." }
  }
}
`,
	"images/tiny.hcl": `image "tiny" {
  version  = "%s"
  released = "2026-11-01"
  base     = "lab-2021"

  class {
    type   = "WM"
    groups = [0]
  }

  management {
    none {}
  }

  module "m" {
    version = "^1.0"
  }
}
`,
}

// auditedImage builds the image and returns the folder of releases.
func auditedImage(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range auditProfile {
		path := filepath.Join(dir, "p", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "%s") {
			text = fmt.Sprintf(text, version)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	profile, base, out := filepath.Join(dir, "p", "images", "tiny.hcl"), harness.LabBase(t, "ltsc-2021", "sv-SE"), filepath.Join(dir, "out")
	harness.Wmclient(t, dir, "lock", profile, "--accept-base", base).Must(t, 0)
	harness.Wmclient(t, dir, "build", profile, "--base", base, "--out", out).Must(t, 0)
	return out
}

// secretForms are the shapes in which the password could be found.
func secretForms() []string {
	p := harness.LabPassword
	quoted, _ := json.Marshal(p)
	return []string{p, base64.StdEncoding.EncodeToString([]byte(p)), strings.Trim(string(quoted), `"`), strings.NewReplacer("`", "``", `"`, "`\"", "$", "`$").Replace(p),
		strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&#34;", "'", "&#39;").Replace(p)}
}

func TestAudit(t *testing.T) {
	out := auditedImage(t, "1.0.0")
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	lab := harness.ServeLab(t, "--ca", ca, "--wim", filepath.Join(out, "tiny", "1.0.0", "image.wim"))
	ill := harness.ServeLab(t, "--ca", filepath.Join(dir, "ill.pem"), "--fault", "hang-receive-from=1")
	blank := harness.ServeLab(t, "--ca", filepath.Join(dir, "blank.pem"))
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	password := write("password.txt", harness.LabPassword+"\r\nmore\n")
	audit := func(code int, args ...string) harness.Result {
		t.Helper()
		args = append([]string{"audit", "--manifest", out, "--user", lab.User}, args...)
		c := harness.Command{Path: harness.Binary(t, "wmclient"), Args: args, Dir: dir}
		r := c.Run(t).Must(t, code)
		for _, form := range secretForms() {
			if strings.Contains(r.Stdout+r.Stderr, form) {
				t.Errorf("%q: the password stands in the output as %q", args, form)
			}
		}
		return r
	}
	at := func(l *harness.Lab) string { return fmt.Sprintf("%s:%d", l.Host, l.Port) }
	r := audit(0, "--host", at(lab), "--ca", ca, "--password-file", password, "--records", "records", "--junit", "audit.xml")
	for _, want := range []string{"ok     tiny 1.0.0  2 of 2 settings as built (platform: lab)", "1 client: 1 ok"} {
		if !strings.Contains(r.Stdout, want) {
			t.Errorf("%q is not in\n%s", want, r.Stdout)
		}
	}
	records, err := filepath.Glob(filepath.Join(dir, "records", "*.json"))
	if err != nil || len(records) != 1 {
		t.Fatalf("records %q, %v", records, err)
	}
	raw, err := os.ReadFile(records[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"schema":"wmclient/audit-record/1"`, `"validated_on_windows":false`, `"platform":"lab"`, `"state":"ok"`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("the record lacks %s", want)
		}
	}
	if xml, err := os.ReadFile(filepath.Join(dir, "audit.xml")); err != nil || !strings.Contains(string(xml), `failures="0"`) || strings.Count(string(xml), "<testsuite ") != 1 {
		t.Errorf("junit: %v\n%s", err, xml)
	}

	// The record is a baseline; one that somebody changed is none.
	r = audit(0, "--host", at(lab), "--ca", ca, "--password-file", password, "--baseline", records[0], "--all")
	if strings.Contains(r.Stdout, "not compared") {
		t.Errorf("with a baseline:\n%s", r.Stdout)
	}
	changed := write("changed.json", strings.Replace(string(raw), `"state":"ok"`, `"state":"drift"`, 1))
	audit(5, "--host", at(lab), "--ca", ca, "--password-file", password, "--baseline", changed)

	inventory := write("clients.hcl", fmt.Sprintf(`
host "good" {
  address = %q
  ca_file = "ca.pem"
}
host "ill" {
  address = %q
  ca_file = "ill.pem"
}
host "blank" {
  address       = %q
  ca_file       = "blank.pem"
  password_file = "password.txt"
}
host "nobody" {
  address = "127.0.0.1:1"
}
`, at(lab), at(ill), at(blank)))
	r = audit(1, "--inventory", inventory, "--password-file", password, "--timeout", "3s", "--retries", "0", "--json")
	states := map[string]string{}
	for line := range strings.Lines(r.Stdout) {
		var e struct {
			Schema, Type string
			Data         struct {
				Name, State, Reason string
				States              map[string]int
			}
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Schema != "wmclient/event/1" {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Type == "audit" {
			states[e.Data.Name] = strings.TrimSpace(e.Data.State + " " + e.Data.Reason)
		} else if e.Data.States["unreachable"] != 2 || e.Data.States["unknown-image"] != 1 || e.Data.States["ok"] != 1 {
			t.Errorf("result %+v", e.Data)
		}
	}
	for name, want := range map[string]string{"good": "ok", "ill": "unreachable service not answering", "blank": "unknown-image image", "nobody": "unreachable port closed"} {
		if states[name] != want {
			t.Errorf("%s: %q, want %q", name, states[name], want)
		}
	}
	audit(3, "--host", at(blank), "--ca", filepath.Join(dir, "blank.pem"), "--password-file", password)
	if r := audit(1, "--host", at(lab), "--ca", filepath.Join(dir, "blank.pem"), "--password-file", password); !strings.Contains(r.Stdout, "TLS: ") {
		t.Errorf("another authority:\n%s", r.Stdout)
	}
	if r := audit(1, "--host", at(lab), "--ca", ca, "--password-file", write("wrong.txt", "wrong")); !strings.Contains(r.Stdout, "401: ") {
		t.Errorf("another password:\n%s", r.Stdout)
	}
	for _, args := range [][]string{
		{}, {"--host", at(lab)}, {"--host", "a b", "--password-file", password}, {"--host", "x", "--inventory", "none.txt", "--password-file", password}, {"--host", "x", "--host", "X", "--password-file", password},
		{"--inventory", write("bad.txt", "pc1\npc2 what\n"), "--password-file", password}, {"--inventory", write("bad.hcl", `host "x" { place = "y" }`), "--password-file", password}, {"--host", "x", "--password-file", password, "--concurrency", "0"},
		{"--host", "x", "--password-file", password, "--pin", "ab"}, {"--host", "x", "--password-file", password, "--gpo", "none"},
	} {
		audit(2, args...)
	}
	manifest := filepath.Join(out, "tiny", "1.0.0", "manifest.json")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(manifest, []byte(strings.Replace(string(text), `"version":"1.0.0"`, `"version":"1.0.1"`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	audit(5, "--host", at(lab), "--ca", ca, "--password-file", password)
	for _, l := range []*harness.Lab{lab, blank} {
		if n := l.End(t, syscall.SIGTERM); n.Actions["command"] != 2 && n.Actions["command"] != 3 {
			t.Errorf("%d commands", n.Actions["command"])
		}
	}
}
