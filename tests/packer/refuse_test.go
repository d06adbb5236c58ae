package packer_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestBadProfileKeepsItsPlaces(t *testing.T) {
	const offline = "profiles/modules/offline.hcl"
	tests := map[string]func(*site) []string{
		"two files": func(s *site) []string {
			s.edit(offline, `method  = "no-internet"`, `metod = "no-internet"`)
			s.edit(viewer, `expires      = "2027-06-30"`, `expires      = "next year"`)
			return []string{
				"on " + offline + " line " + s.line(offline, "metod"), `metod = "no-internet"`, `Did you mean "method"?`,
				"on " + viewer + " line " + s.line(viewer, "next year"), `expires = "next year"`, "Write the year, month and day",
			}
		},
		"names": func(s *site) []string {
			s.edit(viewer, `module "smb" {`, `module "smbb" {`)
			s.edit(viewer, `product "example-viewer" {`, `product "example-wiever" {`)
			return []string{
				"on " + viewer + " line " + s.line(viewer, "smbb"), `module "smbb" {`, `There is no module called "smbb". Did you mean "smb"?`,
				"on " + viewer + " line " + s.line(viewer, "example-wiever"), `Did you mean "example-viewer"?`,
			}
		},
		"collision": func(s *site) []string {
			s.write("profiles/modules/clash.hcl", strings.NewReplacer("one-file-twice", "clash", "System32\\\\notepad.exe", "NOTEPAD.EXE").Replace(oneFileTwice))
			s.edit(viewer, "  module \"smb\" {", "  module \"clash\" {\n    version = \"^1.0\"\n  }\n\n  module \"smb\" {")
			return []string{"on profiles/modules/clash.hcl line " + s.line("profiles/modules/clash.hcl", `setting "file"`), `setting "file" "notepad" {`}
		},
	}
	for name, spoil := range tests {
		for _, subcommand := range []string{"validate", "build"} {
			t.Run(name+"/"+subcommand, func(t *testing.T) {
				s := newSite(t)
				want := spoil(s)
				r := s.offline(subcommand)
				if r.Code == 0 {
					t.Fatal("a bad profile was accepted")
				}
				says(t, r, append(want, "the profile does not hold")...)
				if got := s.left("out"); got != "" {
					t.Errorf("%s left %s", subcommand, got)
				}
			})
		}
	}
}

// line is the number of the first line of a file that contains text.
func (s *site) line(name, text string) string {
	s.t.Helper()
	before, _, ok := strings.Cut(s.read(name), text)
	if !ok {
		s.t.Fatalf("%s does not contain %q", name, text)
	}
	return strconv.Itoa(strings.Count(before, "\n") + 1)
}

func TestBadBlocks(t *testing.T) {
	tests := map[string]struct {
		block string
		want  []string
	}{
		"unknown attribute": {`source "wmclient-image" "x" {
  image = "profiles/images/radiology-viewer.hcl"
  base  = "@BASE@"
  outputs = "out"
}`, []string{"Unsupported argument", "test.pkr.hcl line 13", `An argument named "outputs" is not expected here`}},
		"nothing said": {`source "wmclient-image" "x" {
}`, []string{"image is missing: give the path of an image profile", "base is missing: give the path of an install.wim"}},
		"wrong type": {`source "wmclient-image" "x" {
  image       = "profiles/images/radiology-viewer.hcl"
  base        = "@BASE@"
  accept_base = "perhaps"
}`, []string{"accept_base", "test.pkr.hcl line"}},
		"no such profile": {`source "wmclient-image" "x" {
  image = "profiles/images/none.hcl"
  base  = "@BASE@"
}`, []string{"image profile profiles/images/none.hcl does not exist", "hint: give the path of an image's file"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			r := s.build("\n" + test.block + "\nbuild {\n  sources = [\"source.wmclient-image.x\"]\n}\n")
			if r.Code == 0 {
				t.Fatal("the block was accepted")
			}
			says(t, r, test.want...)
		})
	}
}

func TestBuildRefuses(t *testing.T) {
	lock := strings.TrimSuffix(viewer, ".hcl") + ".lock.hcl"
	tests := map[string]struct {
		spoil func(*testing.T, *site)
		want  []string
	}{
		"missing lock": {
			func(t *testing.T, s *site) { remove(t, s.path(lock)) },
			[]string{"there is no lock " + lock, "hint: wmclient lock " + viewer + " --accept-base install.wim"},
		},
		"stale lock": {
			func(_ *testing.T, s *site) {
				const smb = "profiles/modules/smb.hcl"
				version := regexp.MustCompile(`(?m)^  version +=.*$`).FindString(s.read(smb))
				s.edit(smb, version, "  version = \"1.99.0\"")
			},
			[]string{"lock " + lock + " is stale:", "smb", "hint: look at the changes, then wmclient lock " + viewer + " --upgrade"},
		},
		"other base": {
			func(t *testing.T, s *site) { s.otherBase(t) },
			[]string{"is not a locked base", "hint: wmclient lock " + viewer + " --accept-base other.wim, or set accept_base = true"},
		},
		"other size": {
			func(t *testing.T, s *site) {
				s.otherBase(t)
				f, err := os.OpenFile(s.path("other.wim"), os.O_APPEND|os.O_WRONLY, 0)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				if _, err := f.Write(make([]byte, 16)); err != nil {
					t.Fatal(err)
				}
			},
			[]string{"is not a locked base: it has", "or set accept_base = true"},
		},
		"no base": {
			func(_ *testing.T, s *site) { s.base = "nowhere.wim" },
			[]string{"nowhere.wim does not exist", "hint: give an install.wim"},
		},
		"expired exception": {
			func(_ *testing.T, s *site) {
				s.edit(viewer, `expires      = "2027-06-30"`, `expires      = "2025-06-30"`)
				s.lock()
			},
			[]string{"the exception for lock-screen/inactivity-timeout expired on 2025-06-30 (owner: Head of medical engineering; " + viewer, "hint: have the owner renew it"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			test.spoil(t, s)
			r := s.offline("build")
			if r.Code == 0 {
				t.Fatal("the build went through")
			}
			says(t, r, test.want...)
			if got := s.left("out"); got != "" {
				t.Errorf("the refused build left %s", got)
			}
		})
	}
}

func TestAcceptBase(t *testing.T) {
	s := newSite(t)
	locked := digest(t, s.path(strings.TrimSuffix(viewer, ".hcl")+".lock.hcl"))
	s.otherBase(t)
	r := s.offline("build", "-var", "accept_base=true").Must(t, 0)
	says(t, r, "the base is not in the lock: this is no release")
	if !strings.Contains(s.read(release+"/build-record.json"), `"accepted_base":true`) {
		t.Error("the build record does not say that the base was not a locked one")
	}
	if digest(t, s.path(strings.TrimSuffix(viewer, ".hcl")+".lock.hcl")) != locked {
		t.Error("the build changed the lock")
	}
}

// otherBase makes a base of the same size and facts with one other byte: a time in the header's image list, which nothing reads.
func (s *site) otherBase(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile(s.base)
	if err != nil {
		t.Fatal(err)
	}
	data[24]++ // the GUID in the header
	s.base = "other.wim"
	s.write(s.base, string(data))
}

// Both names are one file of the lab base, by a hard link: the second content is the first one's too.
const oneFileTwice = `module "one-file-twice" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Two contents for one file"
    sv = "Två innehåll för en fil"
  }
  builds = ">= 14393"

  setting "file" "notepad" {
    for_each = { windows = "C:\\Windows\\notepad.exe", system = "C:\\Windows\\System32\\notepad.exe" }
    path     = each.value
    content  = each.key
    severity = "high"
    rationale = {
      en = "Each is to have a content of its own."
      sv = "Var och en ska ha ett eget innehåll."
    }
  }
}
`

func TestFailedFindingsFailTheBuild(t *testing.T) {
	s := newSite(t)
	s.write("profiles/modules/one-file-twice.hcl", oneFileTwice)
	s.edit(viewer, "  module \"smb\" {", "  module \"one-file-twice\" {\n    version = \"^1.0\"\n  }\n\n  module \"smb\" {")
	s.lock()
	r := s.offline("build", "-on-error=cleanup")
	if r.Code == 0 {
		t.Fatal("a build with a failed finding went through")
	}
	says(t, r, "one-file-twice/notepad[", `file:\Windows\`, " 1 fail, ", "1 findings failed")
	if !exists(s.path(release + "/manifest.json")) {
		t.Error("the findings cannot be read: the release's manifest is gone")
	}
	if exists(s.path(final)) {
		t.Error("a failed build has a final manifest")
	}
}

func TestForceReplacesNoRelease(t *testing.T) {
	s := newSite(t)
	s.offline("build").Must(t, 0)
	before := digest(t, s.path(release+"/image.wim"))
	s.edit(viewer, "timeout_seconds      = 600", "timeout_seconds      = 300")
	s.lock()
	r := s.offline("build", "-force")
	if r.Code == 0 {
		t.Fatal("a release was replaced")
	}
	says(t, r, "-force changes nothing for wmclient-image", release+" holds other bytes already", "hint: raise version in the image profile, or build into another output_directory")
	if got := digest(t, s.path(release+"/image.wim")); got != before {
		t.Error("the release changed")
	}
	if got := s.left("out/radiology-viewer"); strings.Contains(got, ".partial-") {
		t.Errorf("the refused build left %s", got)
	}
}

func TestPostProcessorRefusesOtherBuilders(t *testing.T) {
	s := newSite(t)
	r := s.build(`
source "file" "x" {
  content = "hello"
  target  = "hello.txt"
}
build {
  sources = ["source.file.x"]
  post-processor "wmclient-manifest" {}
}
`)
	if r.Code == 0 {
		t.Fatal("an artifact of another builder was accepted")
	}
	says(t, r, "wmclient-manifest takes artifacts of the builder wmclient-image (mt-eklient.wmclient-image), this one is of packer.file")
}

// Each tampering happens between the builder and the post-processor.
func TestPostProcessorRefusesTamperedReleases(t *testing.T) {
	tests := map[string]struct {
		shell string
		want  string
	}{
		"image": {"printf x | dd of=image.wim bs=1 seek=5000 conv=notrunc status=none", "image.wim has SHA-256"},
		"image and sums": {
			"printf x | dd of=image.wim bs=1 seek=5000 conv=notrunc status=none; sha256sum image.wim plan.json provenance.json manifest.json junit.xml > SHA256SUMS",
			"the manifest states",
		},
		"manifest": {"sed -i s/WM/WN/ manifest.json", "it contradicts itself"},
		"manifest and sums": {
			`sed -i 's/"observed":"dword:0"/"observed":"dword:9"/' manifest.json; sha256sum image.wim plan.json provenance.json manifest.json junit.xml > SHA256SUMS`,
			"the manifest says of ",
		},
		"what the image cannot tell": {
			`sed -i 's/"before":"absent"/"before":"dword:1"/' manifest.json; sha256sum image.wim plan.json provenance.json manifest.json junit.xml > SHA256SUMS`,
			"the manifest has the digest",
		},
		"plan":      {"printf ' ' >> plan.json", "plan.json has SHA-256"},
		"sums gone": {"rm SHA256SUMS", "SHA256SUMS"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			r := s.build(`
source "wmclient-image" "viewer" {
  image = "profiles/images/radiology-viewer.hcl"
  base  = "@BASE@"
}
build {
  sources = ["source.wmclient-image.viewer"]
  post-processors {
    post-processor "shell-local" { inline = ["cd ${build.ImageDirectory}", "` + strings.ReplaceAll(test.shell, `"`, `\"`) + `"] }
    post-processor "wmclient-manifest" {}
  }
}
`)
			if r.Code == 0 {
				t.Fatal("a tampered release was accepted")
			}
			says(t, r, "check "+release+":", test.want)
			if exists(s.path(final)) {
				t.Error("a tampered release has a final manifest")
			}
			// shell-local asked Packer to keep the release, so it stands; the next build does not take it for its own.
			r = s.offline("build")
			if r.Code == 0 {
				t.Error("the next build took the tampered release for its own")
			}
			says(t, r, release+" holds other bytes already")
		})
	}
}

// Packer destroys the builder's artifact when a post-processor fails. A release that an earlier build made must survive that.
func TestCleanupSparesAnEarlierRelease(t *testing.T) {
	for _, step := range []string{"post-processor", "provisioner"} {
		t.Run(step, func(t *testing.T) {
			s := newSite(t)
			template := `
source "wmclient-image" "viewer" {
  image = "profiles/images/radiology-viewer.hcl"
  base  = "@BASE@"
}
build {
  sources = ["source.wmclient-image.viewer"]
  ` + step + ` "shell-local" { inline = ["exit 7"] }
}
`
			if r := s.build(template, "-on-error=cleanup"); r.Code == 0 {
				t.Fatal("the failing step did not fail the build")
			}
			if got := s.left("out"); got != "" {
				t.Errorf("a release that this build made alone was left: %s", got)
			}
			s.offline("build").Must(t, 0)
			before := s.left("out")
			sum := digest(t, s.path(release+"/image.wim"))
			if r := s.build(template, "-on-error=cleanup"); r.Code == 0 {
				t.Fatal("the failing step did not fail the build")
			}
			if after := s.left("out"); after != before || digest(t, s.path(release+"/image.wim")) != sum {
				t.Errorf("before the failed build: %s\nafter it: %s", before, after)
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// What no rule forbids is told, with its place, and stops nothing.
func TestWarningsAreShown(t *testing.T) {
	s := newSite(t)
	const product = "profiles/products/example-viewer.hcl"
	s.edit(product, `builds = [
      "^14393",
      "^17763",
      "^19044",
    ]`, `builds = "unknown"`)
	s.lock()
	for _, subcommand := range []string{"validate", "build"} {
		says(t, s.offline(subcommand).Must(t, 0), "Warning: Environment not stated", "on "+viewer+" line "+s.line(viewer, `product "example-viewer"`), "Which builds example-viewer 12.1.3 SP2 may run on is unknown")
	}
}
