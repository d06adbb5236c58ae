// Package harness is what the black-box tests share: the built binaries, lab bases, referees and real input. It sees the project from
// outside, as a user does, and refuses to import any of its packages.
package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Root is the repository's root.
func Root(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("harness: no source path")
	}
	if filepath.IsAbs(file) { // -trimpath gives a relative one
		return filepath.Clean(filepath.Join(filepath.Dir(file), "..", "..", ".."))
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("harness: no go.mod above the working directory")
	return ""
}

// Profiles is the project's own profile tree.
func Profiles(t testing.TB) string { t.Helper(); return filepath.Join(Root(t), "profiles") }

var built struct {
	sync.Mutex
	dir string
}

// Binary returns the path of a binary of plugin/cmd, built once per test process.
func Binary(t testing.TB, name string) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if built.dir == "" {
		dir, err := os.MkdirTemp("", "wmclient-bin-")
		if err != nil {
			t.Fatal(err)
		}
		built.dir = dir
	}
	path := filepath.Join(built.dir, name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	version, err := os.ReadFile(filepath.Join(Root(t), "VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-X main.number="+strings.TrimSpace(string(version)), "-o", path, "./plugin/cmd/"+name)
	cmd.Dir = Root(t)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	return path
}

// Cleanup removes the binaries and Wine's prefix; a TestMain that uses Binary calls it last.
func Cleanup() {
	stopWine()
	built.Lock()
	defer built.Unlock()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
		built.dir = ""
	}
}

// Main is a TestMain that cleans up.
func Main(m *testing.M) {
	code := m.Run()
	Cleanup()
	os.Exit(code)
}

// Result is how a command ended.
type Result struct {
	Stdout, Stderr string
	Code           int
}

// Command is a call of some program.
type Command struct {
	Path    string
	Args    []string
	Dir     string
	Env     []string // added to the test's own environment
	Input   string   // a file to read standard input from
	Timeout time.Duration
}

// Run runs the command to its end, whatever its exit code.
func (c Command) Run(t testing.TB) Result {
	t.Helper()
	timeout := c.Timeout
	if timeout == 0 {
		timeout = 2 * time.Minute
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	cmd.Dir = c.Dir
	cmd.WaitDelay = 10 * time.Second                                // a child that lives on and holds a pipe must not hang the test
	cmd.Env = append(append(os.Environ(), "COLUMNS=100"), c.Env...) // as wide as the pages that show output
	if c.Input != "" {
		in, err := os.Open(c.Input)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		cmd.Stdin = in
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %s: %v", c.Path, err)
	}
	if ctx.Err() != nil {
		t.Fatalf("%s %s did not end within %s\n%s%s", filepath.Base(c.Path), strings.Join(c.Args, " "), timeout, stdout.String(), stderr.String())
	}
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// Must fails the test unless the exit code is the wanted one, and returns the result.
func (r Result) Must(t testing.TB, code int) Result {
	t.Helper()
	if r.Code != code {
		t.Fatalf("exit code %d, want %d\nstdout:\n%s\nstderr:\n%s", r.Code, code, r.Stdout, r.Stderr)
	}
	return r
}

// Wmclient runs the command wmclient in dir.
func Wmclient(t testing.TB, dir string, args ...string) Result {
	t.Helper()
	return Command{Path: Binary(t, "wmclient"), Args: args, Dir: dir}.Run(t)
}

// Tool returns the path of a referee. Where it is missing the test is skipped, but for complete runs (PACKER_ACC=1, as `make test`
// sets it): there it fails.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	pinned := filepath.Join(Root(t), ".tools", "bin", name)
	if _, err := os.Stat(pinned); err == nil {
		return pinned
	}
	text := fmt.Sprintf("%s is not installed; scripts/setup test installs it", name)
	if os.Getenv("PACKER_ACC") == "1" {
		t.Fatal(text)
	}
	t.Skip(text)
	return ""
}

// Shared returns the folder of test input that may not be redistributed (real hives): $WMCLIENT_SHARED or ../shared. Where it is absent
// the test is skipped.
func Shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("WMCLIENT_SHARED")
	if dir == "" {
		dir = filepath.Join(filepath.Dir(Root(t)), "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "hives")); err != nil {
		t.Skipf("no real hives: the folder %q with test input that may not be redistributed is absent (WMCLIENT_SHARED names another)", filepath.Base(dir))
	}
	return dir
}

// RealHive returns the bytes of a real hive of the shared folder, by its name without ".xz".
func RealHive(t testing.TB, name string) []byte {
	t.Helper()
	xz := Tool(t, "xz")
	out, err := exec.Command(xz, "-dc", filepath.Join(Shared(t), "hives", name+".xz")).Output()
	if err != nil {
		t.Fatalf("unpack %s: %v", name, err)
	}
	return out
}

// LabBase makes a lab base and returns its path. It is made once per test.
func LabBase(t testing.TB, release, language string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), release+"-"+language+".wim")
	Wmclient(t, "", "lab", "base", "--release", release, "--language", language, "--out", path).Must(t, 0)
	return path
}

// CopyProfiles copies the project's profiles into a folder of the test's own and returns its path (".../profiles").
func CopyProfiles(t testing.TB) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "profiles")
	if err := os.CopyFS(to, os.DirFS(Profiles(t))); err != nil {
		t.Fatal(err)
	}
	return to
}

// Locked copies the project's profiles into a folder of the test's own, locks the named image there to the base, and returns the path of
// the image's profile. The locks of the project itself name the bases of people, and move with the library.
func Locked(t testing.TB, image, base string) string {
	t.Helper()
	profile := filepath.Join(CopyProfiles(t), "images", image+".hcl")
	if err := os.Remove(strings.TrimSuffix(profile, ".hcl") + ".lock.hcl"); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	Wmclient(t, "", "lock", profile, "--accept-base", base).Must(t, 0)
	return profile
}
