package chain_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

const password = "Correct-Horse-7"

// site is a folder with profiles, a base and a Packer that has both plugins and no network. WMCLIENT_CHAIN_KEEP names one that stays: a disk that
// lies in it is judged without another run of Packer.
type site struct{ dir, base, image, keep string }

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{dir: t.TempDir(), base: "lab.wim", image: "profiles/images/chain.hcl"}
	if s.keep = os.Getenv("WMCLIENT_CHAIN_KEEP"); s.keep != "" {
		s.dir = s.keep
	}
	if fileExists(filepath.Join(s.dir, s.base)) {
		return s
	}
	if err := os.CopyFS(filepath.Join(s.dir, "profiles"), os.DirFS(harness.Profiles(t))); err != nil {
		t.Fatal(err)
	}
	copyFile(t, "testdata/images/chain.hcl", filepath.Join(s.dir, s.image))
	msi := filepath.Join(s.dir, "profiles/files/chain.msi")
	must(t, time.Minute, "wixl", "-a", "x64", "-o", msi, "testdata/package.wxs")
	module, err := os.ReadFile("testdata/modules/chain.hcl")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(module), "@SHA256@", digestOf(t, msi), 1)
	if err := os.WriteFile(filepath.Join(s.dir, "profiles/modules/chain.hcl"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	harness.Wmclient(t, s.dir, "lab", "base", "--release", "ltsc-2021", "--language", "sv-SE", "--out", s.base).Must(t, 0)
	harness.Wmclient(t, s.dir, "lock", s.image, "--accept-base", s.base).Must(t, 0)
	return s
}

func digestOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// packer is a call of Packer that finds both plugins, installed as a user without a network installs them.
func (s *site) packer(t *testing.T, args ...string) harness.Command {
	t.Helper()
	c := harness.Command{Path: harness.Tool(t, "packer"), Args: args, Dir: s.dir, Timeout: 20 * time.Minute, Env: []string{
		"PACKER_PLUGIN_PATH=" + filepath.Join(s.dir, "plugins"), "PACKER_CONFIG_DIR=" + filepath.Join(s.dir, ".packer"),
		"PACKER_CONFIG=" + filepath.Join(s.dir, ".packer/config"), "PACKER_CACHE_DIR=" + filepath.Join(s.dir, ".packer/cache"),
		"CHECKPOINT_DISABLE=1", "PACKER_NO_COLOR=1", "HOME=" + s.dir, "PKR_VAR_password=" + password,
		"HTTPS_PROXY=http://127.0.0.1:9", "HTTP_PROXY=http://127.0.0.1:9", "NO_PROXY=127.0.0.1,localhost",
	}}
	if pinned := filepath.Join(harness.Root(t), ".tools/bin/packer"); fileExists(pinned) {
		c.Path = pinned // cracklib has a command of that name too
	}
	if fileExists(filepath.Join(s.dir, "plugins")) && s.keep == "" {
		return c
	}
	for source, path := range map[string]string{
		"github.com/mt-eklient/wmclient": harness.Binary(t, "packer-plugin-wmclient"), "github.com/hashicorp/qemu": qemuPlugin(t),
	} {
		i := c
		i.Args = []string{"plugins", "install", "--path", path, source}
		i.Run(t).Must(t, 0)
	}
	return c
}

// qemuPlugin is Packer's plugin for QEMU. Without it a test is skipped, where it was not asked for by name.
func qemuPlugin(t *testing.T) string {
	t.Helper()
	path := filepath.Join(harness.Root(t), ".tools/bin/packer-plugin-qemu")
	switch {
	case fileExists(path):
	case os.Getenv("WMCLIENT_CHAIN") == "1":
		t.Fatal("Packer's plugin for QEMU is not built; scripts/setup chain builds it")
	default:
		t.Skip("Packer's plugin for QEMU is not built; scripts/setup chain builds it")
	}
	return path
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func template(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("testdata/chain.pkr.hcl")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// keepLog leaves a log where a failed run can be looked into.
func keepLog(t *testing.T, name, text string) {
	t.Helper()
	dir := filepath.Join(harness.Root(t), ".cache/chain/log")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// note says something of a run, and keeps it: `make chain` shows it at the end.
func note(t *testing.T, format string, args ...any) {
	t.Helper()
	text := fmt.Sprintf(format, args...)
	t.Log(text)
	f, err := os.OpenFile(filepath.Join(harness.Root(t), ".cache/chain/log/chain.log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err == nil {
		_, err = f.WriteString(strings.TrimRight(text, "\n") + "\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// standIn builds a program of a folder here for the guest's Wine.
func standIn(t *testing.T, name, flags string) []byte {
	t.Helper()
	exe := filepath.Join(t.TempDir(), name+".exe")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w"+flags, "-o", exe, "./"+name)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// furnish puts onto the disk what the lab in the guest is made of, and the stand-ins: they are built anew for each run.
func furnish(t *testing.T, disk string) {
	t.Helper()
	lab, err := os.ReadFile(harness.Binary(t, "wmclient"))
	if err != nil {
		t.Fatal(err)
	}
	remote := filepath.Join(harness.Root(t), "plugin/internal/remote")
	scripts := fmt.Sprintf(" -X main.loader=%s -X main.receive=%s", digestOf(t, filepath.Join(remote, "loader.ps1")), digestOf(t, filepath.Join(remote, "receive.ps1")))
	const system = "prefix/drive_c/windows/system32/"
	files := map[string][]byte{
		"lab/wmclient": lab, "lab/password": []byte(password + "\n"),
		system + "WindowsPowerShell/v1.0/powershell.exe": standIn(t, "powershell", scripts),
		system + "shutdown.exe":                          standIn(t, "shutdown", ""),
		system + "bcryptprimitives.dll":                  harness.RandomLibrary(),
	}
	for name, to := range guestFiles {
		data, err := os.ReadFile(filepath.Join("testdata/guest", name))
		if err != nil {
			t.Fatal(err)
		}
		files[to] = data
	}
	write(t, disk, files)
}

// freePort is a port of loopback that nobody listens on now.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// powerOff ends a machine that Packer has left running, by the id that it wrote itself.
func powerOff(t *testing.T, out string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(out, "qemu.pid"))
	if err != nil {
		return // QEMU removes it when it ends
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || !strings.Contains(string(line), out) {
		return
	}
	p, err := os.FindProcess(pid)
	if err == nil {
		err = p.Signal(syscall.SIGTERM)
	}
	if err != nil {
		t.Error(err)
	}
	t.Log("the machine still ran, and was turned off")
}
