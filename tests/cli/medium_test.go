package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// desk is a folder to work in: a copy of the profiles, and a lab base as a WIM and on a medium.
type desk struct {
	t            *testing.T
	dir, command string
}

// run runs wmclient in the folder and demands the exit code; it returns what was printed.
func (d desk) run(want int, args ...string) (stdout, stderr string) {
	d.t.Helper()
	var out, errs bytes.Buffer
	c := exec.CommandContext(context.Background(), d.command, args...)
	c.Dir, c.Stdout, c.Stderr = d.dir, &out, &errs
	c.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=", "NO_COLOR=1")
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		d.t.Fatal(err)
	}
	if got := c.ProcessState.ExitCode(); got != want {
		d.t.Fatalf("wmclient %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, want, errs.String())
	}
	return out.String(), errs.String()
}

// iso puts files of the folder on a medium, each under a path of its own: NAME=FILE.
func (d desk) iso(out string, files ...string) {
	d.t.Helper()
	if _, err := exec.LookPath("genisoimage"); err != nil {
		d.t.Skip("genisoimage is not installed (Debian: genisoimage): no medium was made")
	}
	args := append([]string{"-quiet", "-udf", "-iso-level", "3", "-graft-points", "-o", filepath.Join(d.dir, out)}, files...)
	c := exec.Command("genisoimage", args...)
	c.Dir = d.dir
	if text, err := c.CombinedOutput(); err != nil {
		d.t.Fatalf("%v\n%s", err, text)
	}
}

func newDesk(t *testing.T) desk {
	d := desk{t, t.TempDir(), harness.Binary(t, "wmclient")}
	const module = `module "probe" {
  version = "1.0.0"
  method  = "policies"
  title   = { en = "Probe", sv = "Prov" }
  severity_source = { en = "a test's", sv = "ett provs" }
  setting "registry_value" "one" {
    key = "HKLM\\SOFTWARE\\Probe"
    name = "One"
    type = "dword"
    value = 1
    severity = "low"
    rationale = { en = "a probe", sv = "ett prov" }
  }
}
`
	const base = `base "lab-2021" {
  edition_id = "IoTEnterpriseS"
  build = "19044.1288"
  arch = "amd64"
  channel = "LTSC"
  languages = ["sv-SE"]
}
`
	const image = `image "tiny" {
  version = "1.0.0"
  released = "2026-11-01"
  required_until = "2031-12-31"
  base = "lab-2021"
  class {
    type = "WM"
    groups = [0]
  }
  management {
    none {}
  }
  module "probe" { version = "^1.0" }
}
`
	for name, text := range map[string]string{"p/modules/probe.hcl": module, "p/bases/lab.hcl": base, "p/images/tiny.hcl": image} {
		p := filepath.Join(d.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	d.run(0, "lab", "base", "--out", "lab.wim")
	return d
}

func (d desk) read(name string) []byte {
	d.t.Helper()
	b, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

// The WIM on a medium is the same base as the WIM beside it: one lock fits both, and both give the same bytes.
func TestBaseOnAMedium(t *testing.T) {
	d := newDesk(t)
	d.iso("medium.iso", "sources/install.wim=lab.wim", "sources/boot.wim=p/images/tiny.hcl", "setup.exe=p/images/tiny.hcl")
	d.run(0, "lock", "p/images/tiny.hcl", "--accept-base", "medium.iso")
	lock := d.read("p/images/tiny.lock.hcl")
	_, text := d.run(0, "lock", "p/images/tiny.hcl", "--accept-base", "lab.wim")
	if !strings.Contains(text, "fits") || !bytes.Equal(lock, d.read("p/images/tiny.lock.hcl")) {
		t.Errorf("the WIM and the medium it lies on are locked apart: %s", text)
	}
	d.run(0, "build", "p/images/tiny.hcl", "--base", "medium.iso", "--out", "from-iso")
	d.run(0, "build", "p/images/tiny.hcl", "--base", "lab.wim", "--out", "from-wim")
	for _, name := range []string{"image.wim", "manifest.json"} {
		if !bytes.Equal(d.read("from-iso/tiny/1.0.0/"+name), d.read("from-wim/tiny/1.0.0/"+name)) {
			t.Errorf("%s depends on whether the base came on a medium", name)
		}
	}
	d.iso("built.iso", "sources/install.wim=from-iso/tiny/1.0.0/image.wim")
	d.run(0, "validate", "p/images/tiny.hcl", "--wim", "built.iso")
}

// What a medium holds instead of a WIM is named, with the command that helps; damage is found.
func TestMediaThatAreRefused(t *testing.T) {
	d := newDesk(t)
	d.iso("esd.iso", "sources/install.esd=lab.wim")
	if _, text := d.run(2, "lock", "p/images/tiny.hcl", "--accept-base", "esd.iso"); !strings.Contains(text, "dism /Export-Image") {
		t.Error(text)
	}
	d.iso("good.iso", "sources/install.wim=lab.wim")
	good := d.read("good.iso")
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(d.dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("short.iso", good[:len(good)/2])
	if _, text := d.run(1, "lock", "p/images/tiny.hcl", "--accept-base", "short.iso"); !strings.Contains(text, "cut off") || !strings.Contains(text, "hint: the file is damaged") {
		t.Error(text)
	}
	wim := d.read("lab.wim")
	at := bytes.Index(good, wim[:4096])
	if at < 0 {
		t.Fatal("the WIM does not lie in one piece on the medium")
	}
	bad := bytes.Clone(good)
	bad[at+len(wim)/2] ^= 1
	write("bad.iso", bad)
	if _, text := d.run(1, "lock", "p/images/tiny.hcl", "--accept-base", "bad.iso"); !strings.Contains(text, "SHA-1") {
		t.Error(text)
	}
}

// serviced is the base that the next test makes.
const serviced = `base "lab-2021-updated" {
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  arch       = "amd64"
  channel    = "LTSC"
  languages = [
    "sv-SE",
  ]
  features = [
    "TelnetClient",
  ]

  servicing {
    parent = "lab-2021"

    package "kb1.msu" {
      sha256 = "1111111111111111111111111111111111111111111111111111111111111111"
    }
  }
}
`

// The page's example of a servicing block makes a script as it is written there.
func TestServicingExampleOfThePage(t *testing.T) {
	page := string(load(t, filepath.Join(harness.Root(t), "docs", "base.md")))
	tree := harness.CopyProfiles(t)
	const name = "win10-iot-ltsc-2021-updated"
	if err := os.WriteFile(filepath.Join(tree, "bases", name+".hcl"), []byte(between(t, page, "```hcl fragment\n", "```")), 0o644); err != nil {
		t.Fatal(err)
	}
	harness.Wmclient(t, "", "check", tree).Must(t, 0)
	script := harness.Wmclient(t, "", "base", "script", name, "--profiles", tree).Must(t, 0).Stdout
	for _, want := range []string{"windows10.0-kb5066791-x64.msu", "OpenSSH.Client~~~~0.0.1.0", "NetFx3"} {
		if !strings.Contains(script, want) {
			t.Errorf("the script lacks %s", want)
		}
	}
}

// A serviced base from description to lock: the script is written, a stand-in for its run leaves a WIM and a record, import holds them
// against each other, and the block that it prints is the one that profiles take, now with parent and record.
func TestServicedBase(t *testing.T) {
	d := newDesk(t)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("p/bases/updated.hcl", serviced)
	script, _ := d.run(0, "base", "script", "lab-2021-updated", "--profiles", "p")
	_, text := d.run(0, "base", "script", "lab-2021-updated", "--profiles", "p", "--out", "make.ps1")
	if string(d.read("make.ps1")) != script || !strings.Contains(script, "NEVER RUN HERE") || !strings.Contains(text, "read it before you run it") {
		t.Errorf("%s\n%s", text, script)
	}
	d.run(0, "base", "script", "lab-2021-updated", "--profiles", "p", "--out", "make.ps1") // the same bytes
	write("make.ps1", "mine")
	d.run(2, "base", "script", "lab-2021-updated", "--profiles", "p", "--out", "make.ps1")
	if string(d.read("make.ps1")) != "mine" {
		t.Error("another file was overwritten")
	}
	d.run(0, "base", "script", "lab-2021-updated", "--profiles", "p", "--out", "make.ps1", "--force")
	d.run(2, "base", "script", "lab-2021", "--profiles", "p")
	d.run(2, "base", "script", "lab-2022", "--profiles", "p")

	spec := between(t, script, "$spec = @'\r\n", "\r\n'@")
	digest := between(t, script, "$specDigest = '", "'")
	out, _ := d.run(0, "base", "inspect", "lab.wim", "--image", "IoTEnterpriseS", "--sha256", "--json")
	record := func(sha, exit string) string {
		quoted, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		return `{"schema":"wmclient/servicing-record/1","spec":` + string(quoted) + `,"spec_sha256":"` + digest + `","parent":{"sha256":"` + strings.Repeat("2", 64) +
			`","size":5},"steps":[{"name":"export parent","exit_code":0},{"name":"mount","exit_code":0},{"name":"package kb1.msu","exit_code":` + exit +
			`},{"name":"clean up","exit_code":0},{"name":"feature TelnetClient","exit_code":0},{"name":"unmount","exit_code":0},{"name":"export result","exit_code":0}],` +
			`"features":["TelnetClient"],"output":{"sha256":"` + sha + `","size":` + between(t, out, `"size":`, ",") + `}}`
	}
	sha := between(t, out, `"sha256":"`, `"`)
	write("record.json", record(sha, "3010"))
	block, _ := d.run(0, "base", "import", "lab.wim", "--image", "IoTEnterpriseS", "--record", "record.json", "--profiles", "p")
	if !strings.Contains(block, `parent_sha256 = "2222`) || !strings.Contains(block, "record_sha256 =") {
		t.Error(block)
	}
	d.run(0, "base", "import", "lab.wim", "--image", "IoTEnterpriseS", "--record", "record.json", "--profiles", "p", "--out", "p/bases/updated.hcl")
	if got := string(d.read("p/bases/updated.hcl")); got != block {
		t.Errorf("written: %s", got)
	}
	d.run(0, "fmt", "--check", "p/bases/updated.hcl")
	d.run(0, "check", "p")
	d.run(0, "base", "import", "lab.wim", "--image", "IoTEnterpriseS", "--record", "record.json", "--profiles", "p")

	write("failed.json", record(sha, "87"))
	write("none.json", "{}")
	if _, text := d.run(2, "base", "import", "lab.wim", "--image", "IoTEnterpriseS", "--record", "none.json", "--profiles", "p"); !strings.HasPrefix(text, "wmclient: none.json: ") {
		t.Error(text)
	}
	if _, text := d.run(5, "base", "import", "lab.wim", "--image", "IoTEnterpriseS", "--record", "failed.json", "--profiles", "p"); !strings.Contains(text, "ended with 87") {
		t.Error(text)
	}
	write("other.json", record(strings.Repeat("3", 64), "0"))
	if _, text := d.run(5, "base", "import", "lab.wim", "--image", "IoTEnterpriseS", "--record", "other.json", "--profiles", "p"); !strings.Contains(text, "SHA-256") {
		t.Error(text)
	}
	write("p/bases/updated.hcl", strings.Replace(block, strings.Repeat("1", 64), strings.Repeat("4", 64), 1))
	if _, text := d.run(5, "base", "import", "lab.wim", "--image", "IoTEnterpriseS", "--record", "record.json", "--profiles", "p"); !strings.Contains(text, "describe base") {
		t.Error(text)
	}
}

func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, from)
	part, _, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("no %q ... %q in\n%s", from, to, text)
	}
	return part
}

// What inspect says to people and to machines, and where it refuses.
func TestInspectOfABase(t *testing.T) {
	d := newDesk(t)
	d.run(2, "base", "inspect", "missing.wim")
	out, hint := d.run(0, "base", "inspect", "lab.wim")
	for _, want := range []string{"EnterpriseS, 19044.1288, amd64, sv-SE", "IoTEnterpriseS, 19044.1288, amd64, sv-SE", "This is a lab base"} {
		if !strings.Contains(out, want) || !strings.Contains(hint, "--image") {
			t.Errorf("%q is missing in\n%s%s", want, out, hint)
		}
	}
	var listed struct {
		Data struct {
			Image  int
			SHA256 string
			Images []struct{ Build string }
		}
	}
	out, _ = d.run(0, "base", "inspect", "lab.wim", "--sha256", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &listed); err != nil || listed.Data.Image != 0 || len(listed.Data.SHA256) != 64 ||
		len(listed.Data.Images) != 2 || listed.Data.Images[1].Build != "19044.1288" {
		t.Errorf("%v %s", err, out)
	}
	for _, args := range [][]string{{"--verify"}, {"--hcl"}, {"--image", "3"}, {"--image", "2", "--hcl", "--name", "My Base"}} {
		d.run(2, append([]string{"base", "inspect", "lab.wim"}, args...)...)
	}
	out, _ = d.run(0, "base", "inspect", "lab.wim", "--image", "IoTEnterpriseS")
	for _, want := range []string{"This is a lab base", "IoTEnterpriseS", "19044.1288", "2032-01-13", "unknown: ", "(Windows/Boot/EFI/bootmgfw.efi, Authenticode)"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	block, _ := d.run(0, "base", "inspect", "lab.wim", "--image", "2", "--hcl", "--name", "mine")
	if !strings.HasPrefix(block, `base "mine" {`) {
		t.Errorf("it is called otherwise:\n%s", block)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "p/bases/mine.hcl"), []byte(block), 0o644); err != nil {
		t.Fatal(err)
	}
	d.run(0, "fmt", "--check", "p/bases/mine.hcl")
	d.run(0, "check", "p")
	var e struct {
		Schema, Type string
		Data         struct {
			Facts []struct{ Name, Value, Unknown, Source string }
		}
	}
	text, _ := d.run(0, "base", "inspect", "lab.wim", "--image", "2", "--json")
	if err := json.Unmarshal([]byte(text), &e); err != nil || e.Type != "result" || e.Schema != "wmclient/event/1" || len(e.Data.Facts) < 15 {
		t.Errorf("%v\n%s", err, text)
	}
}

// What never was a WIM or a medium is no damage but a mistake: code 2. A download that broke off has a hint, by whichever command.
func TestNoBaseAtAll(t *testing.T) {
	d := newDesk(t)
	d.iso("medium.iso", "sources/install.wim=lab.wim")
	whole := d.read("medium.iso")
	for name, data := range map[string][]byte{"README.md": []byte("# Read me\n"), "empty.wim": nil, "cut.iso": whole[:len(whole)/3], "stub.iso": whole[:36<<10]} {
		if err := os.WriteFile(filepath.Join(d.dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		want, says := 2, name+" is no WIM and no ISO image\nhint: give an install.wim or the .iso of the medium"
		if strings.HasSuffix(name, ".iso") {
			want, says = 1, "hint: the file is damaged: copy it again"
		}
		for _, args := range [][]string{{"base", "inspect", name}, {"build", "p/images/tiny.hcl", "--base", name, "--accept-base"}, {"split", name, "--out", "parts"},
			{"validate", "p/images/tiny.hcl", "--wim", name}, {"lock", "p/images/tiny.hcl", "--accept-base", name}, {"delta", "make", "p/images/tiny.hcl", "--base", name, "--accept-base"}} {
			if _, text := d.run(want, args...); !strings.Contains(text, says) || strings.HasSuffix(name, ".iso") && !strings.Contains(text, "cut off: it states") {
				t.Errorf("%v says\n%s", args, text)
			}
		}
	}
}
