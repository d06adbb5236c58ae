package packer_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const (
	release = "out/radiology-viewer/1.2.0"
	final   = "out/radiology-viewer/1.2.0.manifest.json"
)

var releaseFiles = []string{"image.wim", "plan.json", "manifest.json", "provenance.json", "junit.xml", "SHA256SUMS", "build-record.json"}

func TestBuildIsTheCommandsBuild(t *testing.T) {
	s := newSite(t)
	s.offline("validate").Must(t, 0)
	r := s.offline("build").Must(t, 0)

	for _, name := range releaseFiles {
		if !exists(s.path(release + "/" + name)) {
			t.Errorf("%s is missing", name)
		}
	}
	harness.Wmclient(t, s.dir, "build", s.image, "--base", s.base, "--out", "by-command").Must(t, 0)
	for _, name := range []string{"image.wim", "plan.json", "manifest.json", "provenance.json", "junit.xml", "SHA256SUMS"} {
		packer, command := digest(t, s.path(release+"/"+name)), digest(t, s.path("by-command/radiology-viewer/1.2.0/"+name))
		if packer != command {
			t.Errorf("%s: Packer's has SHA-256 %s, the command's %s", name, packer, command)
		}
	}
	if digest(t, s.path(final)) != digest(t, s.path(release+"/manifest.json")) {
		t.Error("the final manifest is not the release's manifest")
	}
	says(t, r, "settings: ", " 0 fail",
		"--> radiology-viewer.wmclient-image.offline: radiology-viewer 1.2.0 in "+release+" (recipe "+digest(t, s.path(release+"/plan.json")),
		"image "+digest(t, s.path(release+"/image.wim"))+")",
		"--> radiology-viewer.wmclient-image.offline: final manifest "+final+" (sha256 "+digest(t, s.path(final))+")")
	if n := strings.Count(r.Stdout, "\n--> "); n != 2 {
		t.Errorf("Packer lists %d artifacts, want the release and its manifest", n)
	}

	// The same again: Packer says that nothing changed, and nothing did.
	before, err := os.Stat(s.path(release + "/image.wim"))
	if err != nil {
		t.Fatal(err)
	}
	says(t, s.offline("build").Must(t, 0), "the same bytes stood in "+release+" already")
	if after, err := os.Stat(s.path(release + "/image.wim")); err != nil || !os.SameFile(before, after) {
		t.Errorf("the second build replaced the release: %v", err)
	}
}

const dataTemplate = `
data "wmclient-plan" "this" {
  image            = "profiles/images/radiology-viewer.hcl"
  output_directory = "elsewhere"
  lock             = "other.lock.hcl"
}
locals { plan = data.wmclient-plan.this }
source "null" "print" { communicator = "none" }
build {
  sources = ["source.null.print"]
  post-processor "shell-local" {
    inline = ["printf '%s' '${jsonencode(local.plan)}' > data.txt", "echo settings=${local.plan.settings + 1} early=${local.plan.edition_id == "IoTEnterpriseS"}"]
  }
}
`

func TestDataSourceOutputs(t *testing.T) {
	s := newSite(t)
	r := s.build(dataTemplate).Must(t, 0)
	says(t, r, "early=true")
	planned := harness.Wmclient(t, s.dir, "plan", s.image, "--json").Must(t, 0)
	got := s.read("data.txt")
	for _, want := range []string{
		`"name":"radiology-viewer"`, `"version":"1.2.0"`, `"base":"win10-iot-ltsc-2021"`, `"edition_id":"IoTEnterpriseS"`, `"build":"19044.1288"`,
		`"directory":"elsewhere/radiology-viewer/1.2.0"`, `"image_file":"elsewhere/radiology-viewer/1.2.0/image.wim"`,
		`"manifest":"elsewhere/radiology-viewer/1.2.0/manifest.json"`, `"lock":"other.lock.hcl"`, deferred(t, planned.Stdout),
		`"recipe_digest":"` + digestOf(strings.TrimSuffix(planned.Stdout, "\n")) + `"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("data source: no %s in\n%s", want, got)
		}
	}
	if exists(s.path("elsewhere")) {
		t.Error("the data source made a folder")
	}
}

// deferred is what the data source has to say of a plan's settings that the image leaves to a later stage.
func deferred(t *testing.T, planned string) string {
	t.Helper()
	var p struct {
		Settings []struct {
			Stages []string `json:"stages"`
		} `json:"settings"`
	}
	if err := json.Unmarshal([]byte(planned), &p); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range p.Settings {
		if slices.ContainsFunc(s.Stages, func(stage string) bool { return stage != "image" }) {
			n++
		}
	}
	return fmt.Sprintf(`"deferred":%d`, n)
}

const twoImages = `
source "wmclient-image" "viewer" {
  image = "profiles/images/radiology-viewer.hcl"
  base  = "@BASE@"
}
source "wmclient-image" "second" {
  image = "profiles/images/second.hcl"
  base  = "@BASE@"
}
build {
  sources = ["source.wmclient-image.viewer", "source.wmclient-image.second"]
  post-processors {
    post-processor "wmclient-manifest" { output = "manifests/${build.ImageName}-${build.ImageVersion}.json" }
    post-processor "shell-local" { inline = ["echo ${source.name} ${build.RecipeDigest} ${build.ImageSHA256} ${build.ManifestDigest} ${build.ImageDirectory}"] }
  }
}
`

func TestTwoImagesInParallel(t *testing.T) {
	s := newSite(t)
	s.write("profiles/images/second.hcl", strings.Replace(s.read(viewer), `"radiology-viewer"`, `"second"`, 1))
	s.image = "profiles/images/second.hcl"
	s.lock()
	r := s.build(twoImages).Must(t, 0)
	for source, name := range map[string]string{"viewer": "radiology-viewer", "second": "second"} {
		dir := "out/" + name + "/1.2.0"
		says(t, r, source+" "+digest(t, s.path(dir+"/plan.json"))+" "+digest(t, s.path(dir+"/image.wim"))+" "+digest(t, s.path(dir+"/manifest.json"))+" "+dir)
		if digest(t, s.path("manifests/"+name+"-1.2.0.json")) != digest(t, s.path(dir+"/manifest.json")) {
			t.Errorf("%s: another final manifest", name)
		}
	}
	if digest(t, s.path("out/second/1.2.0/image.wim")) == digest(t, s.path(release+"/image.wim")) {
		t.Error("two images with different names are the same")
	}
}

func TestMachineReadable(t *testing.T) {
	s := newSite(t)
	r := s.packer(append([]string{"-machine-readable"}, s.offlineArgs("build")...)...).Must(t, 0)
	fields := make(map[string]string)
	for line := range strings.Lines(r.Stdout) {
		part := strings.SplitN(strings.TrimSpace(line), ",", 5)
		if len(part) == 5 && part[2] == "artifact" {
			fields[part[3]+" "+part[4]] = part[1]
		}
	}
	const build = "radiology-viewer.wmclient-image.offline"
	for _, want := range []string{
		"0 builder-id,mt-eklient.wmclient-image", "0 id,radiology-viewer@1.2.0 recipe:" + digest(t, s.path(release+"/plan.json")), "0 files-count,7",
		"1 builder-id,mt-eklient.wmclient-manifest", "1 id,sha256:" + digest(t, s.path(final)), "1 files-count,8",
	} {
		if fields[want] != build {
			t.Errorf("no artifact line %q for %s in\n%s", want, build, r.Stdout)
		}
	}
}

func TestLogHoldsNoSecret(t *testing.T) {
	s := newSite(t)
	const secret = "s3cret-that-nobody-may-read"
	s.write("test.pkr.hcl", required+strings.ReplaceAll(`
variable "escrow" {
  type      = string
  sensitive = true
}
source "wmclient-image" "viewer" {
  image = "profiles/images/radiology-viewer.hcl"
  base  = "@BASE@"
}
build {
  sources = ["source.wmclient-image.viewer"]
  provisioner "shell-local" {
    environment_vars = ["ESCROW=${var.escrow}"]
    inline           = ["test -n \"$ESCROW\""]
  }
  post-processor "wmclient-manifest" {}
}
`, "@BASE@", s.base))
	c := s.command("build", "-color=false", "test.pkr.hcl")
	c.Env = append(c.Env, "PACKER_LOG=1", "PKR_VAR_escrow="+secret)
	r := c.Run(t).Must(t, 0)
	if !strings.Contains(r.Stderr, "packer-plugin-wmclient") {
		t.Fatal("PACKER_LOG=1 logged nothing of the plugin: this test would prove nothing")
	}
	if strings.Contains(r.Stdout+r.Stderr, secret) {
		t.Error("the log holds the value of a sensitive variable")
	}
}

func TestProvisioners(t *testing.T) {
	const template = `
source "wmclient-image" "viewer" {
  image = "profiles/images/radiology-viewer.hcl"
  base  = "@BASE@"
}
build {
  sources = ["source.wmclient-image.viewer"]
  provisioner "shell-local" { inline = ["echo built ${build.ImageVersion} with ${build.RecipeDigest}"] }
`
	t.Run("on this host", func(t *testing.T) {
		s := newSite(t)
		r := s.build(template+"}\n").Must(t, 0)
		says(t, r, "built 1.2.0 with "+digest(t, s.path(release+"/plan.json")))
	})
	for name, block := range map[string]string{
		"file":  "provisioner \"file\" {\n source = \"test.pkr.hcl\"\n destination = \"C:/x\"\n}",
		"shell": `provisioner "shell" { inline = ["true"] }`,
	} {
		t.Run(name+" wants a machine", func(t *testing.T) {
			s := newSite(t)
			r := s.build(template + "  " + block + "\n}\n")
			if r.Code == 0 {
				t.Fatal("a provisioner without a machine counts as done")
			}
			says(t, r, "wmclient-image boots no machine")
			if got := s.left("out"); got != "" {
				t.Errorf("the failed build left %s", got)
			}
		})
	}
}

func TestExamplesInDocs(t *testing.T) {
	s := newSite(t)
	pages, err := filepath.Glob(filepath.Join(harness.Root(t), "docs", "*", "*.mdx"))
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, filepath.Join(harness.Root(t), "docs", "README.md"))
	found := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(text), "```hcl\n")[1:]
		if len(blocks) == 0 {
			t.Errorf("%s has no example", filepath.Base(page))
		}
		for _, block := range blocks {
			example, _, _ := strings.Cut(block, "```")
			found++
			s.write("example.pkr.hcl", example)
			if r := s.packer("validate", "-syntax-only", "example.pkr.hcl"); r.Code != 0 {
				t.Errorf("%s: an example does not parse\n%s%s", filepath.Base(page), r.Stdout, r.Stderr)
			}
			if r := s.packer("fmt", "-check", "-diff", "example.pkr.hcl"); r.Code != 0 {
				t.Errorf("%s: an example is not formatted\n%s%s", filepath.Base(page), r.Stdout, r.Stderr)
			}
			if !strings.Contains(example, "build {") {
				continue
			}
			// A whole template: it also holds beyond its syntax, with the files that it names.
			if err := os.WriteFile(s.path("install.wim"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			if r := s.packer("validate", "-evaluate-datasources", "example.pkr.hcl"); r.Code != 0 {
				t.Errorf("%s: an example does not validate\n%s%s", filepath.Base(page), r.Stdout, r.Stderr)
			}
		}
	}
	if found < 4 {
		t.Errorf("%d examples were tried, want one of each page at least", found)
	}
	s.packer("fmt", "-check", filepath.Join(harness.Root(t), "builds")).Must(t, 0)
}
