package repro

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestAgentSameBytes builds the agent as a build does, once more with everything set that the environment can say to Go: the same bytes.
// The file says its version, so that a lock can name it wherever the file comes from.
func TestAgentSameBytes(t *testing.T) {
	build := func(env ...string) string {
		dir := t.TempDir()
		harness.Command{Path: harness.Tool(t, "make"), Args: []string{"--no-print-directory", "agent", "AGENT=" + dir}, Dir: harness.Root(t), Env: env, Timeout: 5 * time.Minute}.Run(t).Must(t, 0)
		return filepath.Join(dir, "wmguest.exe")
	}
	plain := build()
	loud := build("GOOS=plan9", "GOARCH=386", "GOAMD64=v3", "CGO_ENABLED=1", "GOFLAGS=-tags=other -buildvcs=true", "TZ=Asia/Kolkata")
	if !bytes.Equal(read(t, plain), read(t, loud)) {
		t.Error("the environment shows in the agent")
	}
	if !bytes.Contains(read(t, plain), []byte("MZ")) || bytes.Contains(read(t, plain), []byte(harness.Root(t))) {
		t.Error("the agent is no Windows program, or names the folder that it was built in")
	}
	base := filepath.Join(t.TempDir(), "lab.wim")
	profile := filepath.Join(harness.CopyProfiles(t), "images", imageName+".hcl")
	text := string(read(t, profile))
	write(t, profile, []byte(strings.Replace(text, "  management {", "  first_boot {\n    keep = false\n  }\n\n  management {", 1)))
	harness.Wmclient(t, "", "lab", "base", "--for", profile, "--language", "sv-SE", "--out", base).Must(t, 0)
	lock := filepath.Join(t.TempDir(), "image.lock.hcl")
	changed := filepath.Join(t.TempDir(), "other.exe") // not what any program carries
	write(t, changed, append(read(t, plain), 0))
	harness.Wmclient(t, "", "lock", profile, "--lock", lock, "--accept-base", base, "--agent", changed).Must(t, 0)
	version := strings.TrimSpace(string(read(t, filepath.Join(harness.Root(t), "VERSION"))))
	if got := string(read(t, lock)); !strings.Contains(got, `version = "`+version+`"`) {
		t.Errorf("the lock does not name the version %s of the agent:\n%s", version, got)
	}
}
