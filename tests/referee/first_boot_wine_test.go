package referee

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// The smallest image that carries an agent, and whose settings Wine can hold.
var carrying = map[string]string{
	"bases/lab.hcl": `base "lab-2021" {
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  arch       = "amd64"
  channel    = "LTSC"
  languages  = ["sv-SE", "en-US"]
}
`,
	"modules/probe.hcl": `module "probe" {
  version = "1.0.0"
  method  = "no-internet"
  title   = { en = "No probe", sv = "Ingen sondering" }

  setting "registry_value" "level" {
    key       = "HKLM\\SOFTWARE\\Policies\\Test"
    name      = "Level"
    type      = "dword"
    value     = 1
    policy    = false
    severity  = "medium"
    rationale = { en = "Because.", sv = "Därför." }
  }
}
`,
	"images/tiny.hcl": `image "tiny" {
  version  = "1.0.0"
  released = "2026-11-01"
  base     = "lab-2021"
  class {
    type   = "WM"
    groups = [0]
  }
  management {
    local {}
  }
  first_boot {
    keep = true
  }
  module "probe" {
    version = "^1.0"
  }
}
`,
}

// TestCarriedAgentUnderWine takes the agent and what it works by out of an image with wimlib, puts both where they lie on a client, and lets
// the agent work in Wine, whose registry has what the image's has: it opens the network where the plan holds, and leaves it shut where not.
// Wine is no Windows, and has no firewall: what is shown is that image and agent mean the same by their files and values.
func TestCarriedAgentUnderWine(t *testing.T) {
	wine := harness.NewWine(t)
	dir := t.TempDir()
	for name, text := range carrying {
		path := filepath.Join(dir, "p", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, path, []byte(text))
	}
	harness.Command{Path: harness.Tool(t, "make"), Args: []string{"--no-print-directory", "agent", "AGENT=" + dir}, Dir: harness.Root(t)}.Run(t).Must(t, 0)
	agent := filepath.Join(dir, "wmguest.exe")
	w := world{base: harness.LabBase(t, "ltsc-2021", "sv-SE"), index: "2", profile: filepath.Join(dir, "p", "images", "tiny.hcl"), choose: []string{"--agent", agent}}
	lock(t, w)
	b := build(t, w)
	taken := extract(t, b.image, "1", "/Windows/wmclient")["/Windows/wmclient"]
	folder := filepath.Join(wine.Prefix, "drive_c", "windows", "wmclient")
	if err := os.CopyFS(folder, os.DirFS(taken)); err != nil {
		t.Fatal(err)
	}
	var told struct {
		FirstBoot struct {
			Held []struct{ Location, Value string }
		} `json:"first_boot"`
	}
	if err := json.Unmarshal([]byte(harness.Wmclient(t, "", "explain", w.profile, "first_boot", "--json").Must(t, 0).Stdout), &told); err != nil {
		t.Fatal(err)
	}
	if len(told.FirstBoot.Held) == 0 {
		t.Fatal("nothing is held")
	}
	set := func(location, value string) {
		key, name, _ := strings.Cut(location, "!")
		wine.Command("reg", "add", key, "/v", name, "/t", "REG_DWORD", "/d", strings.TrimPrefix(value, "dword:"), "/f").Run(t).Must(t, 0)
	}
	held := func() (n int) {
		for _, h := range told.FirstBoot.Held {
			key, name, _ := strings.Cut(h.Location, "!")
			if wine.Command("reg", "query", key, "/v", name).Run(t).Code == 0 {
				n++
			}
		}
		return n
	}
	for _, h := range told.FirstBoot.Held {
		set(h.Location, h.Value)
	}
	const level = `HKLM\SOFTWARE\Policies\Test!Level`
	exe := `C:\windows\wmclient\wmguest.exe`
	set(level, "dword:0")
	if r := wine.Command(exe, "apply", "--state", `C:\first`).Run(t); r.Code != 3 || held() != len(told.FirstBoot.Held) {
		t.Errorf("a client that is not as wanted: exit %d, %d of %d values hold it shut\n%s%s", r.Code, held(), len(told.FirstBoot.Held), r.Stdout, r.Stderr)
	}
	set(level, "dword:1")
	if r := wine.Command(exe, "apply").Run(t); r.Code != 0 || held() != 0 {
		t.Errorf("a client that is as wanted: exit %d, %d values still hold it shut\n%s%s", r.Code, held(), r.Stdout, r.Stderr)
	}
	wine.Command(exe, "status").Run(t).Must(t, 0)
	if record := read(t, filepath.Join(folder, "state", "first-boot-record.json")); !strings.Contains(record, b.record.Stamp.RecipeDigest) || !strings.Contains(record, `"platform":"wine"`) {
		t.Errorf("the record does not name the recipe, or not Wine:\n%s", record)
	}
	write(t, filepath.Join(folder, "bundle", "plan.json"), []byte("{}"))
	if r := wine.Command(exe, "apply", "--state", `C:\third`).Run(t); r.Code == 0 {
		t.Error("a damaged plan is worked on")
	}
}
