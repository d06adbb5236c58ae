package packer_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// Secrets of what every notation escapes: quotes, the backtick and variables of PowerShell, entities of XML, escapes of JSON, HCL and URLs.
const (
	right = "Right 'Horse7q' `7` $env:x \"<&>\" \\ ${a} %TEMP%;å"
	wrong = "Wrong 'Mule8q' `8` $env:y \"<&>\" \\ ${b} %TMP%;ö"
)

const (
	readyTimeout = 4 * time.Second
	auditTimeout = 4 * time.Second
	patience     = 50 * time.Second // of the test: far beyond both on a busy computer, and below the least time that is waited for anything else
)

// refusal is one bad input: what is said of it, and how the command ends.
type refusal struct {
	serve    []string // flags of the lab machine
	host     func(t *testing.T) int
	before   func(t *testing.T, b *bed)
	password string // "" is the right one
	ca       string // "" is the machine's own; "none" is none
	image    string // of the provisioners; "" is the machine's own
	agent    string
	block    string // more of the provisioners' block
	word     string // that names the reason, in both provisioners' last message
	way      string // the way out, in the same message

	flags []string // more of the audit's
	code  int      // of the audit; 0 where it has no such case
	state string
	told  string // by the audit; "" is word
	out   string // the way out that it tells; "" is way
}

// TestRefusals gives the provisioners and the audit what cannot work, each at a machine of its own. The reason has its own word and a way out stands
// behind it, within the time that was allowed; and no secret is in anything that is printed, logged or left.
func TestRefusals(t *testing.T) {
	s := newSite(t)
	harness.Wmclient(t, s.dir, "build", s.image, "--base", s.base, "--out", "out").Must(t, 0)
	other := otherImage(t, s)
	agent := harness.WindowsBinary(t, "wmguest")
	carrying := carryingImage(t, s, agent)
	s.write("no-agent.exe", "MZ and no more")
	s.write("other-agent.exe", string(harness.StandInAgent("9.9.9")))
	key := clientKey(t, s)
	r := harness.Wmclient(t, s.dir, "bundle", carrying, "--agent", "other-agent.exe", "--out", "bundle").Must(t, 5)
	says(t, r, "the agent is not the one that lock", "hint: give the locked one with --agent FILE")
	for name, c := range map[string]refusal{
		"wrong password":         {password: wrong, word: "401", way: "is the password right", code: 1, state: "unreachable"},
		"wrong key":              {block: key.block, flags: key.flags, word: "TLS", way: "is a client certificate of an authority that it trusts", code: 1, state: "unreachable"},
		"wrong authority":        {ca: "none", word: "TLS", way: "give the authority's certificate, or pin", code: 1, state: "unreachable"},
		"another's certificate":  {serve: fault("certificate=wrong-ca"), word: "TLS", way: "give the authority's certificate, or pin", code: 1, state: "unreachable"},
		"expired certificate":    {serve: fault("certificate=expired"), word: "TLS", way: "make a new one, or set the clock", code: 1, state: "unreachable"},
		"clock a day ahead":      {serve: fault("clock=24h"), word: "TLS", way: "one of the two clocks is off", code: 1, state: "unreachable"},
		"clock behind for long":  {serve: fault("clock=-5000h"), word: "TLS", way: "set the clock", code: 1, state: "unreachable"},
		"envelope too small":     {serve: quota("MaxEnvelopeSizekb=4"), word: "envelope too large", way: "raise MaxEnvelopeSizekb", code: 1, state: "unreachable"},
		"quota of shells":        {serve: quota("MaxShellsPerUser=1"), before: holdShell, word: "quota", way: "end other sessions of this user, or raise", code: 1, state: "unreachable"},
		"quota of operations":    {serve: quota("MaxConcurrentOperationsPerUser=1"), before: holdCommand, word: "quota", way: "end other sessions of this user, or raise", code: 1, state: "unreachable"},
		"plan for another image": {image: other, word: "not trusted", way: "take the bundle of that image", flags: []string{"--manifest", "other"}, code: 3, state: "unknown-image", told: "says that it is radiology-viewer", out: "give that version's manifest"},
		"agent of no program":    {agent: "no-agent.exe", word: "no 64-bit Windows program", way: "give the wmguest.exe"},
		"agent of another lock":  {image: carrying, agent: "other-agent.exe", word: "the agent is not the one that lock", way: "give the locked one"},
		"answers garbage":        {serve: fault("garbage-from=1"), word: "not WinRM", way: "is it the port of WinRM", code: 1, state: "unreachable"},
		"answers as a web site":  {host: webSite, ca: "its own", word: "not WinRM", way: "is it the port of WinRM", code: 1, state: "unreachable"},
		"answers as SSH":         {host: banner, word: "TLS", way: "does not speak TLS on this port", code: 1, state: "unreachable"},
		"never answers":          {serve: fault("phase=silent"), word: "service not answering", way: "look at it on its own screen", code: 1, state: "unreachable"},
		"never sends an answer":  {serve: fault("silent-from=1"), word: "service not answering", way: "look at it on its own screen", code: 1, state: "unreachable"},
		"nobody listens":         {serve: fault("phase=closed"), word: "port closed", way: "the listener is not up yet", code: 1, state: "unreachable"},
		"service has not begun":  {serve: fault("phase=unavailable"), word: "service not answering", way: "503", code: 1, state: "unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, s, c)
			if c.before != nil {
				c.before(t, b)
			}
			b.provisioners(t, c, agent)
			if c.code != 0 {
				b.audit(t, c)
			}
			b.noSecrets(t, key.secret)
		})
	}
}

func fault(text string) []string { return []string{"--fault", text} }
func quota(text string) []string { return []string{"--quota", text} }

// bed is a machine, and a folder that all that works on it leaves its traces in.
type bed struct {
	site *site // of all: the image and the plugin; nothing may be left there
	own  *site // this folder
	port int
	ca   string
	log  bytes.Buffer // of all that was printed
	end  func()
}

func newBed(t *testing.T, s *site, c refusal) *bed {
	t.Helper()
	dir := t.TempDir()
	b := &bed{site: s, own: &site{t: t, dir: dir, image: s.image, base: s.base, plugins: s.plugins}, end: func() {}}
	if err := os.Mkdir(b.own.path("tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	b.serve(t, c.serve)
	if c.host != nil {
		b.port = c.host(t)
	}
	b.ca = b.own.read("ca.pem")
	switch c.ca {
	case "none":
		b.ca = ""
	case "its own":
		b.ca = webCA()
	}
	b.own.write("trusted.pem", b.ca)
	return b
}

// serve starts the lab machine, whose own output belongs to what is searched.
func (b *bed) serve(t *testing.T, flags []string) {
	t.Helper()
	cmd := exec.Command(harness.Binary(t, "wmclient"), append([]string{"lab", "serve", "--wim", b.site.path(release + "/image.wim"), "--user", "wmbuild", "--ca", "ca.pem", "--json"}, flags...)...)
	cmd.Dir, cmd.Env = b.own.dir, append(os.Environ(), "WMCLIENT_LAB_PASSWORD="+right, "TMPDIR="+b.own.path("tmp"))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // fails where it has ended
	lines := bufio.NewReader(out)
	line, err := lines.ReadBytes('\n')
	var ready struct {
		Data struct {
			Port int `json:"port"`
		} `json:"data"`
	}
	if err != nil || json.Unmarshal(line, &ready) != nil || ready.Data.Port == 0 {
		t.Fatalf("%v: %s", err, line)
	}
	b.port = ready.Data.Port
	b.log.Write(line)
	b.end = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_, _ = b.log.ReadFrom(lines)
		_ = cmd.Wait()
		b.log.Write(errs.Bytes())
	}
}

// provisioners runs both, each in a build of its own, by one Packer.
func (b *bed) provisioners(t *testing.T, c refusal, agent string) {
	t.Helper()
	if c.agent != "" {
		agent = b.site.path(c.agent)
	}
	image := b.site.image
	if c.image != "" {
		image = c.image
	}
	block := func(name string) string {
		auth := "    password = var.password\n    username = \"wmbuild\"\n"
		if c.block != "" {
			auth = c.block
		}
		return fmt.Sprintf(`
  provisioner "wmclient-%[1]s" {
    only          = ["null.%[1]s"]
    image         = %[2]q
    agent         = %[3]q
    host          = "127.0.0.1"
    port          = %[4]d
    ca_pem        = file(%[5]q)
    ready_timeout = %[6]q
%[7]s  }
`, name, b.site.path(image), agent, b.port, b.own.path("trusted.pem"), readyTimeout, auth)
	}
	b.own.write("refused.pkr.hcl", required+`
source "null" "harden" { communicator = "none" }
source "null" "validate" { communicator = "none" }
variable "password" {
  type      = string
  sensitive = true
}
build {
  sources = ["source.null.harden", "source.null.validate"]
`+block("harden")+block("validate")+"}\n")
	run := b.own.command("build", "-color=false", "-on-error=cleanup", "refused.pkr.hcl")
	given := right
	if c.password != "" {
		given = c.password
	}
	run.Env = append(run.Env, "PKR_VAR_password="+given, "PACKER_LOG=1", "PACKER_LOG_PATH="+b.own.path("packer.log"), "TMPDIR="+b.own.path("tmp"))
	run.Timeout = patience
	began := time.Now()
	r := run.Run(t)
	fmt.Fprint(&b.log, r.Stdout, r.Stderr)
	if r.Code != 1 {
		t.Errorf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	for _, name := range []string{"harden", "validate"} {
		last := regexp.MustCompile(`(?s)--> null\.` + name + `: (.*?)(?:\n--> |\n==> |$)`).FindStringSubmatch(r.Stdout)
		if last == nil {
			t.Errorf("wmclient-%s did not fail:\n%s", name, r.Stdout)
			continue
		}
		text := squeeze(last[1])
		t.Logf("%s, %.1fs: %s", name, time.Since(began).Seconds(), text)
		if !strings.Contains(text, c.word) || !strings.Contains(text, c.way) {
			t.Errorf("wmclient-%s lacks %q or %q: %s", name, c.word, c.way, text)
		}
	}
}

// audit asks the same machine.
func (b *bed) audit(t *testing.T, c refusal) {
	t.Helper()
	args := []string{"audit", "--host", "127.0.0.1", "--port", fmt.Sprint(b.port), "--timeout", auditTimeout.String(), "--retries", "0", "--records", "records", "--junit", "audit.xml", "--json"}
	if c.block == "" {
		args = append(args, "--user", "wmbuild")
	}
	if b.ca != "" {
		args = append(args, "--ca", "trusted.pem")
	}
	if c.image == "" {
		args = append(args, "--manifest", b.site.path(release))
	}
	for _, f := range c.flags {
		if f == "other" {
			f = b.site.path(f)
		}
		args = append(args, f)
	}
	given := right
	if c.password != "" {
		given = c.password
	}
	r := harness.Command{Path: harness.Binary(t, "wmclient"), Args: args, Dir: b.own.dir, Timeout: patience,
		Env: []string{"WMCLIENT_AUDIT_PASSWORD=" + given, "TMPDIR=" + b.own.path("tmp")}}.Run(t)
	fmt.Fprint(&b.log, r.Stdout, r.Stderr)
	line, _, _ := strings.Cut(r.Stdout, "\n")
	var told struct {
		Data struct{ State, Reason, What string } `json:"data"`
	}
	if err := json.Unmarshal([]byte(line), &told); err != nil {
		t.Fatalf("exit code %d, %v: %s%s", r.Code, err, r.Stdout, r.Stderr)
	}
	text := told.Data.Reason + ": " + told.Data.What
	t.Logf("audit, exit code %d: %s: %s", r.Code, told.Data.State, text)
	word, way := c.word, c.way
	if c.told != "" {
		word, way = c.told, c.out
	}
	if r.Code != c.code || told.Data.State != c.state || !strings.Contains(text, word) || !strings.Contains(text, way) {
		t.Errorf("audit: exit code %d, want %d; state %s, want %s; lacks %q or %q: %s", r.Code, c.code, told.Data.State, c.state, word, way, text)
	}
}

// noSecrets searches everything that was printed, logged and left, in names of files too.
func (b *bed) noSecrets(t *testing.T, more string) {
	t.Helper()
	b.end()
	seen := map[string][]byte{"what was printed": b.log.Bytes()}
	err := filepath.WalkDir(b.own.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		seen[path] = append([]byte(path+"\n"), data...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen["what was printed"]) == 0 || len(seen[b.own.path("packer.log")]) == 0 {
		t.Error("there is nothing to search")
	}
	for _, word := range []string{right, wrong, more} {
		for _, form := range shapes(word) {
			for where, data := range seen {
				if bytes.Contains(data, []byte(form)) {
					t.Errorf("a secret stands in %s as %q", filepath.Base(where), form)
				}
			}
		}
	}
}

// otherImage is another image of the same settings, with a release of its own.
func otherImage(t *testing.T, s *site) string {
	t.Helper()
	const path = "profiles/images/other.hcl"
	s.write(path, strings.Replace(s.read(viewer), `image "radiology-viewer" {`, `image "other" {`, 1))
	harness.Wmclient(t, s.dir, "lock", path, "--accept-base", s.base).Must(t, 0)
	harness.Wmclient(t, s.dir, "build", path, "--base", s.base, "--out", "other").Must(t, 0)
	return path
}

// carryingImage is an image that carries an agent, and whose lock names it.
func carryingImage(t *testing.T, s *site, agent string) string {
	t.Helper()
	const path = "profiles/images/carrying.hcl"
	s.write(path, strings.NewReplacer(`image "radiology-viewer" {`, `image "carrying" {`, "  management {", "  first_boot {\n    keep = true\n  }\n\n  management {").Replace(s.read(viewer)))
	harness.Wmclient(t, s.dir, "lock", path, "--accept-base", s.base, "--agent", agent).Must(t, 0)
	return path
}
