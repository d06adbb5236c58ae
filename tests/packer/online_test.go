//go:build !windows

package packer_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const password = "Correct-Horse-7 'å\""

// lab is a lab machine that answers WinRM, made of an image that was built.
type lab struct {
	site *site
	port int
	ca   string
	end  func() // ends the server, once
}

// newLab builds the site's image and serves it. The server ends with the test.
func newLab(t *testing.T, flags ...string) *lab {
	t.Helper()
	return labOf(t, newSite(t), flags...)
}

// labOf serves a site's image.
func labOf(t *testing.T, s *site, flags ...string) *lab {
	t.Helper()
	harness.Wmclient(t, s.dir, "build", s.image, "--base", s.base, "--out", "out").Must(t, 0)
	cmd := exec.Command(harness.Binary(t, "wmclient"), append([]string{"lab", "serve", "--wim", release + "/image.wim", "--user", "wmbuild", "--ca", "ca.pem", "--json"}, flags...)...)
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "WMCLIENT_LAB_PASSWORD="+password)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	t.Cleanup(end)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = bufio.NewReader(out).ReadString(0) }() // the rest, so that the server never waits for a reader
	var ready struct {
		Data struct {
			Port   int    `json:"port"`
			CAFile string `json:"ca_file"`
		} `json:"data"`
	}
	if err := json.Unmarshal(line, &ready); err != nil || ready.Data.Port == 0 {
		t.Fatalf("%v: %s", err, line)
	}
	return &lab{s, ready.Data.Port, ready.Data.CAFile, end}
}

// resume is a build of builds/resume.pkr.hcl on the lab machine.
func (l *lab) resume(t *testing.T, password string, flags ...string) harness.Command {
	t.Helper()
	args := append([]string{"build", "-color=false", "-var", "image=" + l.site.image, "-var", fmt.Sprint("port=", l.port), "-var", "ca=" + l.ca,
		"-var", "agent=" + harness.WindowsBinary(t, "wmguest"), "-var", "out=findings"}, flags...)
	c := l.site.command(append(args, filepath.Join(harness.Root(t), "builds", "resume.pkr.hcl"))...)
	c.Env = append(c.Env, "PKR_VAR_password="+password, "PACKER_LOG=1")
	return c
}

// TestQuickChain is the whole way in small: an image is built offline, a lab machine is made of it, real Packer hardens and validates it over WinRM.
// What the image had to leave to later is settled then.
func TestQuickChain(t *testing.T) {
	l := newLab(t)
	r := l.resume(t, password, "-var", `stages=["first-boot","build","seal"]`).Run(t).Must(t, 0)
	says(t, r, "wmguest.exe: winrm", "stage first-boot is over", "stage seal is over", " 0 fail", "wmguest.exe: already there")
	if strings.Contains(r.Stdout, " deferred") {
		t.Errorf("something is still deferred:\n%s", r.Stdout)
	}
	var doc struct {
		Schema    string `json:"schema"`
		OnWindows *bool  `json:"validated_on_windows"`
		Findings  []struct{ Outcome string }
	}
	if err := json.Unmarshal([]byte(l.site.read("findings/radiology-viewer-findings.json")), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != "wmclient/findings/1" || doc.OnWindows == nil || *doc.OnWindows || len(doc.Findings) < 800 {
		t.Errorf("schema %q, validated_on_windows %v, %d findings", doc.Schema, doc.OnWindows, len(doc.Findings))
	}
	if again := l.resume(t, password, "-var", `stages=["first-boot","build","seal"]`).Run(t).Must(t, 0); !strings.Contains(again.Stdout, "wmguest.exe: already there") {
		t.Error("a second run delivers again")
	}
	for _, form := range forms(password) {
		if strings.Contains(r.Stdout+r.Stderr, form) {
			t.Errorf("the password is shown as %q", form)
		}
	}
}

// TestFromMedium takes agent and bundle from the medium in the machine's drive, where a source's cd_files have put them, and not through WinRM.
func TestFromMedium(t *testing.T) {
	s := newSite(t)
	harness.Wmclient(t, s.dir, "bundle", s.image, "--agent", harness.WindowsBinary(t, "wmguest"), "--out", "medium/wmclient").Must(t, 0)
	l := labOf(t, s, "--medium", "medium")
	s.write("medium.pkr.hcl", required+fmt.Sprintf(`
source "null" "x" { communicator = "none" }
variable "password" { sensitive = true }
variable "ca" { default = "" }
build {
  sources = ["source.null.x"]
  provisioner "wmclient-harden" {
    image    = %q
    agent    = %q
    medium   = "wmclient"
    host     = "127.0.0.1"
    port     = %d
    username = "wmbuild"
    password = var.password
    ca_pem   = var.ca
  }
}
`, s.image, harness.WindowsBinary(t, "wmguest"), l.port))
	c := s.command("build", "-color=false", "-var", "ca="+s.read("ca.pem"), "medium.pkr.hcl")
	c.Env = append(c.Env, "PKR_VAR_password="+password)
	says(t, c.Run(t).Must(t, 0), "wmguest.exe: medium", "bundle.zip: medium", " 0 fail")
}

// forms are what a secret must not appear in.
func forms(text string) []string {
	var wide []byte
	for _, u := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	return []string{
		text, url.QueryEscape(text), strings.ReplaceAll(text, "'", "''"), base64.StdEncoding.EncodeToString([]byte(text)),
		base64.StdEncoding.EncodeToString(wide), base64.StdEncoding.EncodeToString([]byte("wmbuild:" + text)),
	}
}

// TestOnlineCancel presses Ctrl-C while files are sent, and when the agent is about to begin: the build ends, and the next one goes on with what was
// done. That the agent itself is ended at an op is TestCancelled of room online: here it is too quick for a finger.
func TestOnlineCancel(t *testing.T) {
	for _, moment := range []struct {
		name, at string
		later    time.Duration
		next     string
	}{
		{"while files are sent", "stages [first-boot build]", time.Second, "wmguest.exe: winrm"},
		{"when the agent begins", "wmguest.exe: winrm", 0, "wmguest.exe: already there"},
	} {
		t.Run(moment.name, func(t *testing.T) {
			l := newLab(t, "--fault", "latency=150ms")
			took, text := interrupted(t, l.resume(t, password), moment.at, moment.later)
			t.Logf("ended %.3fs after Ctrl-C %s", took.Seconds(), moment.name)
			if took > hang || strings.Contains(text, "stage build is over") {
				t.Errorf("it took %s\n%s", took, text)
			}
			says(t, l.resume(t, password).Run(t).Must(t, 0), moment.next, " 0 fail")
		})
	}
}

// interrupted runs a build that gets Ctrl-C some time after it has said something, and returns what passed until it had ended.
func interrupted(t *testing.T, c harness.Command, at string, later time.Duration) (time.Duration, string) {
	t.Helper()
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Dir, cmd.Env = c.Dir, append(os.Environ(), c.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal sends Ctrl-C to the plugin too
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }()
	var text strings.Builder
	var told time.Time
	for lines := bufio.NewScanner(out); lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
		if told.IsZero() && strings.Contains(lines.Text(), at) {
			time.Sleep(later)
			told = time.Now()
			if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || told.IsZero() {
		t.Fatalf("it ended with %v\n%s", err, text.String())
	}
	return time.Since(told), text.String()
}

// TestTemplatesOfMachines checks the syntax of the templates whose plugins are not at hand here. It shows no more than that.
func TestTemplatesOfMachines(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"qemu", "hyperv", "vsphere", "resume"} {
		s.packer("validate", "-syntax-only", filepath.Join(harness.Root(t), "builds", name+".pkr.hcl")).Must(t, 0)
	}
}

// TestSealedChain ends what TestQuickChain begins: on a machine with all that a build leaves behind, real Packer hardens and seals, the machine starts
// again for the rest, and its captured disk is held against the manifest. None is left; before the seal all were there.
func TestSealedChain(t *testing.T) {
	l := newLab(t, "--door", "--capture", "captured.wim", "--fault", "restart-unavailable=1h") // by which it is seen to have started again
	l.site.write("seal.pkr.hcl", required+fmt.Sprintf(`
source "null" "x" { communicator = "none" }
variable "password" { sensitive = true }
variable "ca" { default = "" }
build {
  sources = ["source.null.x"]
  provisioner "wmclient-harden" {
    image     = %q
    agent     = %q
    stages    = ["first-boot", "build", "seal"]
    host      = "127.0.0.1"
    port      = %d
    username  = "wmbuild"
    password  = var.password
    ca_pem    = var.ca
    seal      = true
  }
}
`, l.site.image, harness.WindowsBinary(t, "wmguest"), l.port))
	c := l.site.command("build", "-color=false", "-var", "ca="+l.site.read("ca.pem"), "seal.pkr.hcl")
	c.Env = append(c.Env, "PKR_VAR_password="+password, "PACKER_LOG=1")
	r := c.Run(t).Must(t, 0)
	says(t, r, "stage seal is over", "sealed; the machine takes away when it starts again: listener", "account", "logs.zip", "wmclient validate --sealed")
	for _, form := range forms(password) {
		if strings.Contains(r.Stdout+r.Stderr, form) {
			t.Errorf("the password is shown as %q", form)
		}
	}
	l.startedAgain(t)
	l.end()
	v := harness.Wmclient(t, l.site.dir, "validate", release+"/manifest.json", "--wim", "captured.wim", "--sealed", "--json")
	seen := 0
	for line := range strings.Lines(v.Stdout) {
		var e struct {
			Data struct{ Setting, Outcome, Observed, Reason string }
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if name, ok := strings.CutPrefix(e.Data.Setting, "seal/"); ok {
			seen++
			if e.Data.Outcome != "pass" && e.Data.Outcome != "not-applicable" {
				t.Errorf("%s is %s: %s %s", name, e.Data.Outcome, e.Data.Observed, e.Data.Reason)
			}
		}
	}
	if seen < 16 {
		t.Errorf("%d findings of the seal\n%s", seen, v.Stderr)
	}
}

// startedAgain waits until the machine has gone down, its service has worked, and it answers again: with 503, as ordered.
func (l *lab) startedAgain(t *testing.T) {
	t.Helper()
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	answer := ""
	for range 600 {
		res, err := client.Post(fmt.Sprintf("https://127.0.0.1:%d/wsman", l.port), "application/soap+xml;charset=UTF-8", strings.NewReader("<x/>"))
		if err == nil {
			answer = res.Status
			_ = res.Body.Close()
			if res.StatusCode == http.StatusServiceUnavailable {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the machine has not started again; its last answer: %q", answer)
}
