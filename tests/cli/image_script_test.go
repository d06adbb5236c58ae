//go:build unix

package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// `make image` names its folder by the base. A medium and the WIM on it are one base, so both go to one folder. Packer is a stand-in here.
func TestImageScriptNamesTheBase(t *testing.T) {
	d := newDesk(t)
	d.iso("medium.iso", "sources/install.wim=lab.wim")
	root := t.TempDir()
	for name, text := range map[string]string{
		"scripts/image": string(load(t, filepath.Join(harness.Root(t), "scripts", "image"))), "scripts/install-plugin": "#!/bin/sh\n", "image.hcl": "",
		"path/packer": "#!/bin/sh\n[ \"$1\" = init ] || { echo \"$@\"; exit 7; }\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Dir(d.command), filepath.Join(root, "bin")); err != nil {
		t.Fatal(err)
	}
	folder := map[string]string{}
	for _, base := range []string{"lab.wim", "medium.iso"} {
		cmd := exec.Command("bash", filepath.Join(root, "scripts", "image"))
		cmd.Env = append(os.Environ(), "PATH="+filepath.Join(root, "path")+string(os.PathListSeparator)+os.Getenv("PATH"), "IMAGE=image.hcl", "OUT=", "BASE="+filepath.Join(d.dir, base))
		text, err := cmd.CombinedOutput()
		m := regexp.MustCompile(`-var out=(out/base-[0-9a-f]{12}) `).FindSubmatch(text)
		if m == nil || cmd.ProcessState.ExitCode() != 7 {
			t.Fatalf("%s: %v\n%s", base, err, text)
		}
		folder[base] = string(m[1])
	}
	if folder["lab.wim"] != folder["medium.iso"] {
		t.Errorf("one base has two folders: %v", folder)
	}
}
