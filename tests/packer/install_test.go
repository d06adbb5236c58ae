package packer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

func TestInstallWithoutNetwork(t *testing.T) {
	ways := map[string]func(*testing.T, *site){
		"file layout": func(t *testing.T, s *site) { installByFile(t, s.plugins) },
		"packer plugins install": func(t *testing.T, s *site) {
			s.packer("plugins", "install", "--path", harness.Binary(t, "packer-plugin-wmclient"), source).Must(t, 0)
		},
		"scripts/install-plugin": func(t *testing.T, s *site) {
			root := harness.Root(t)
			if !exists(filepath.Join(root, "bin", "packer-plugin-wmclient")) {
				if os.Getenv("PACKER_ACC") == "1" {
					t.Fatal("bin/packer-plugin-wmclient is not built; make build builds it")
				}
				t.Skip("bin/packer-plugin-wmclient is not built; make build builds it")
			}
			c := s.command(s.plugins)
			c.Path = filepath.Join(root, "scripts", "install-plugin")
			c.Env = append(c.Env, "PATH="+filepath.Dir(packerPath(t))+string(os.PathListSeparator)+os.Getenv("PATH"))
			c.Run(t).Must(t, 0)
		},
	}
	for name, install := range ways {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.plugins = s.path("plugins")
			install(t, s)
			installed := s.packer("plugins", "installed").Must(t, 0)
			if !strings.Contains(installed.Stdout, "packer-plugin-wmclient_v"+version(t)+"_x5.0_") {
				t.Errorf("packer plugins installed says:\n%s", installed.Stdout)
			}
			s.packer("init", filepath.Join(harness.Root(t), "builds", "offline.pkr.hcl")).Must(t, 0)
			s.offline("validate").Must(t, 0)
		})
	}
}

func TestWrongChecksumIsNotRun(t *testing.T) {
	s := newSite(t)
	s.plugins = s.path("plugins")
	binary := installByFile(t, s.plugins)
	s.write("plugins/"+source+"/"+filepath.Base(binary)+"_SHA256SUM", strings.Repeat("0", 64))
	r := s.offline("validate")
	if r.Code == 0 {
		t.Fatal("a plugin with a wrong checksum was used")
	}
	says(t, r, "Missing plugins", source)
}

func TestDescribe(t *testing.T) {
	r := harness.Command{Path: harness.Binary(t, "packer-plugin-wmclient"), Args: []string{"describe"}}.Run(t).Must(t, 0)
	var d struct {
		Version        string   `json:"version"`
		APIVersion     string   `json:"api_version"`
		Builders       []string `json:"builders"`
		Datasources    []string `json:"datasources"`
		Provisioners   []string `json:"provisioners"`
		PostProcessors []string `json:"post_processors"`
	}
	if err := json.Unmarshal([]byte(r.Stdout), &d); err != nil {
		t.Fatal(err)
	}
	if d.Version != version(t) || strings.Contains(d.Version, "-") || d.APIVersion != "x5.0" {
		t.Errorf("version %q and API %q, want %q without -dev (Packer goes to the network for one) and x5.0", d.Version, d.APIVersion, version(t))
	}
	if !slices.Equal(d.Builders, []string{"image"}) || !slices.Equal(d.Datasources, []string{"plan", "unattend"}) || !slices.Equal(d.Provisioners, []string{"harden", "validate"}) || !slices.Equal(d.PostProcessors, []string{"manifest"}) {
		t.Errorf("components: %+v", d)
	}
}

func TestPluginCheck(t *testing.T) {
	sdc := harness.Tool(t, "packer-sdc")
	binary := harness.Binary(t, "packer-plugin-wmclient")
	harness.Command{Path: sdc, Args: []string{"plugin-check", filepath.Base(binary)}, Dir: filepath.Dir(binary)}.Run(t).Must(t, 0)
}
