package repro

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// needs skips a circumstance where a program is missing; complete runs fail instead (see harness.Tool).
func needs(program string) func(*testing.T, site) string {
	return func(t *testing.T, _ site) string {
		harness.Tool(t, program)
		return ""
	}
}

func needsRoot(t *testing.T, _ site) string {
	if os.Getuid() != 0 {
		return "only root can become another user"
	}
	harness.Tool(t, "setpriv")
	return ""
}

func needsTmpfs(t *testing.T, _ site) string {
	out, err := exec.Command(harness.Tool(t, "stat"), "-f", "-c", "%T", "/dev/shm").Output()
	if err != nil || strings.TrimSpace(string(out)) != "tmpfs" {
		return "/dev/shm is no tmpfs here"
	}
	return ""
}

// shifted builds wmclient with its clock set to start: libfaketime does not reach a static Go program, so that the one call of
// time.Now in the main is replaced by `go build -overlay`. Everything below it is the same code.
func shifted(t *testing.T, start time.Time) string {
	t.Helper()
	const main = "plugin/cmd/wmclient/main.go"
	root, dir := harness.Root(t), openDir(t, "")
	source := string(read(t, filepath.Join(root, main)))
	clock := fmt.Sprintf("func() time.Time { return time.Unix(%d, 0).Add(time.Since(begun)) }", start.Unix())
	changed := strings.Replace(source, "Now: time.Now,", "Now: "+clock+",", 1) + "\nvar begun = time.Now()\n"
	if strings.Count(changed, "time.Now") != 1 {
		t.Fatalf("%s no longer takes its clock as `Now: time.Now,`: the test cannot set it", main)
	}
	write(t, filepath.Join(dir, "main.go"), []byte(changed))
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, main): filepath.Join(dir, "main.go")}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "overlay.json"), overlay)
	return goBuild(t, filepath.Join(dir, "wmclient"), nil, "-overlay", filepath.Join(dir, "overlay.json"))
}

// goBuild builds wmclient in a way of its own.
func goBuild(t *testing.T, to string, env []string, flags ...string) string {
	t.Helper()
	args := append([]string{"build", "-trimpath", "-buildvcs=false"}, flags...)
	harness.Command{
		Path: harness.Tool(t, "go"), Args: append(args, "-o", to, "./plugin/cmd/wmclient"), Dir: harness.Root(t),
		Env: append([]string{"CGO_ENABLED=0"}, env...), Timeout: 5 * time.Minute,
	}.Run(t).Must(t, 0)
	return to
}
