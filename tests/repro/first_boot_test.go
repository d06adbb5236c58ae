package repro

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestFirstBoot builds the project's image with a block first_boot and a stand-in for the agent: what it carries beside its plan is checked
// in, and the same bytes come out in another folder, with other means. Without the block nothing in the manifest speaks of it.
func TestFirstBoot(t *testing.T) {
	base := filepath.Join(t.TempDir(), "lab.wim")
	agent := filepath.Join(t.TempDir(), "wmguest.exe")
	write(t, agent, harness.StandInAgent("1.0.0"))
	profile := filepath.Join(harness.CopyProfiles(t), "images", imageName+".hcl")
	harness.Wmclient(t, "", "lab", "base", "--for", profile, "--language", "sv-SE", "--out", base).Must(t, 0)
	build := func(more ...string) string {
		out := filepath.Join(t.TempDir(), "out")
		args := append([]string{"build", profile, "--base", base, "--accept-base", "--lock", filepath.Join(t.TempDir(), "none"), "--out", out}, more...)
		harness.Command{Path: harness.Binary(t, "wmclient"), Args: args, Env: []string{"TZ=Asia/Kolkata", "GOMAXPROCS=" + map[bool]string{true: "1", false: "4"}[len(more) == 0]}}.Run(t).Must(t, 0)
		dirs, err := filepath.Glob(filepath.Join(out, imageName, "*"))
		if err != nil || len(dirs) != 1 {
			t.Fatalf("one version is expected in %s, got %v %v", out, dirs, err)
		}
		return dirs[0]
	}
	if plain := read(t, filepath.Join(build(), "manifest.json")); bytes.Contains(plain, []byte("first_boot")) || bytes.Contains(plain, []byte(`"agent"`)) {
		t.Error("the manifest of an image without the block speaks of an agent")
	}
	text := string(read(t, profile))
	write(t, profile, []byte(strings.Replace(text, "  management {", "  first_boot {\n    keep = false\n  }\n\n  management {", 1)))
	first, second := build("--agent", agent), build("--agent", agent)
	for _, name := range []string{"image.wim", "manifest.json", "plan.json"} {
		if !bytes.Equal(read(t, filepath.Join(first, name)), read(t, filepath.Join(second, name))) {
			t.Errorf("%s differs between two builds", name)
		}
	}
	explained := harness.Wmclient(t, "", "explain", profile, "first_boot", "--json").Must(t, 0).Stdout
	golden(t, "first-boot.explain.json", pretty(t, []byte(explained)))
	var m struct {
		Agent   json.RawMessage   `json:"agent"`
		Changes []json.RawMessage `json:"changes"`
	}
	if err := json.Unmarshal(read(t, filepath.Join(first, "manifest.json")), &m); err != nil {
		t.Fatal(err)
	}
	carried := []json.RawMessage{m.Agent}
	for _, c := range m.Changes {
		if bytes.Contains(c, []byte(`Windows\\wmclient`)) {
			if !bytes.Contains(c, []byte("wmguest.exe")) { // the others hold the recipe digest, which every setting changes
				c = changing.ReplaceAll(c, []byte(`"$1":"..."`))
			}
			carried = append(carried, c)
		}
	}
	golden(t, "first-boot.changes.json", pretty(t, marshal(t, carried)))
}

var changing = regexp.MustCompile(`"(sha256|size)":("[0-9a-f]+"|[0-9]+)`)

// TestWindowsFirstBoot builds an image that carries an agent with both builds of wmclient: the same release.
func TestWindowsFirstBoot(t *testing.T) {
	d := newDesk(t, imageName)
	text := string(read(t, d.path(profileOnDesk)))
	write(t, d.path(profileOnDesk), []byte(strings.Replace(text, "  management {", "  first_boot {\n    keep = true\n  }\n\n  management {", 1)))
	write(t, d.path("wmguest.exe"), harness.StandInAgent("1.0.0"))
	lock := []string{"lock", profileOnDesk, "--upgrade", "--agent", "wmguest.exe"}
	d.linux(lock...).Must(t, 0)
	locked := read(t, d.path("profiles/images/"+imageName+".lock.hcl"))
	d.windows(lock...).Must(t, 0)
	if !bytes.Equal(locked, read(t, d.path("profiles/images/"+imageName+".lock.hcl"))) {
		t.Error("the locks differ")
	}
	on := func(host string) []string {
		return []string{"build", profileOnDesk, "--base", "base.wim", "--agent", "wmguest.exe", "--out", host}
	}
	d.linux(on("linux")...).Must(t, 0)
	d.windows(on("windows")...).Must(t, 0)
	for _, name := range []string{"SHA256SUMS", "manifest.json"} {
		if !bytes.Equal(read(t, d.path("linux/"+imageName+"/1.2.0/"+name)), read(t, d.path("windows/"+imageName+"/1.2.0/"+name))) {
			t.Errorf("%s differs", name)
		}
	}
}
