package cli_test

import (
	"bytes"
	"context"
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
