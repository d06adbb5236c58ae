package chain_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// What the guest is made of: all of it goes into the digest that its cache is found by. Packages are those of the mirror at the time;
// packages.txt beside the image has their versions.
const (
	suite    = "bookworm"
	mirror   = "http://deb.debian.org/debian"
	packages = "linux-image-cloud-amd64,systemd-sysv,udev,iproute2,ca-certificates,wine64"
	diskSize = "3G"
	recipe   = "2" // raised when the steps below become others
)

// guestFiles are files of testdata/guest, and where they stand in the guest. They are put in for each run, and so no part of the cached image.
var guestFiles = map[string]string{
	"wmlab.service":      "etc/systemd/system/wmlab.service",
	"wmlab-door.socket":  "etc/systemd/system/wmlab-door.socket",
	"wmlab-door.service": "etc/systemd/system/wmlab-door.service",
	"start":              "lab/start",
	"stop":               "lab/stop",
	"wineserver64":       "usr/lib/wine/wineserver64",
}

// guest is the image of a machine, before anything of ours is in it.
type guest struct{ disk, kernel, initrd string }

// newGuest finds the guest in the cache, or makes it, which needs root and Debian's mirror and takes some minutes.
func newGuest(t *testing.T) guest {
	t.Helper()
	sum := sha256.New()
	fmt.Fprintln(sum, suite, mirror, packages, diskSize, recipe)
	dir := filepath.Join(harness.Root(t), ".cache", "chain", hex.EncodeToString(sum.Sum(nil))[:16])
	g := guest{filepath.Join(dir, "guest.raw"), filepath.Join(dir, "vmlinuz"), filepath.Join(dir, "initrd")}
	if _, err := os.Stat(dir); err == nil {
		note(t, "guest: from the cache")
		return g
	}
	if os.Geteuid() != 0 {
		t.Fatal("the guest image is not in .cache/chain, and making it needs root")
	}
	began := time.Now()
	partial := dir + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		t.Fatal(err)
	}
	makeGuest(t, partial)
	if err := os.Rename(partial, dir); err != nil {
		t.Fatal(err)
	}
	note(t, "guest: made in %s", time.Since(began).Round(time.Second))
	return g
}

func makeGuest(t *testing.T, dir string) {
	t.Helper()
	root := filepath.Join(dir, "root")
	debs := filepath.Join(filepath.Dir(dir), "debs")
	for _, d := range []string{root, debs} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	must(t, 10*time.Minute, harness.Tool(t, "debootstrap"), "--variant=minbase", "--cache-dir="+debs, "--include="+packages, suite, root, mirror)
	// A prefix, in namespaces of its own: what Wine leaves running ends with them, and nothing stays mounted.
	must(t, 3*time.Minute, "unshare", "--mount", "--fork", "--pid", "--mount-proc="+root+"/proc", "chroot", root, "/usr/bin/env", "-i",
		"HOME=/root", "WINEPREFIX=/prefix", "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"sh", "-c", "/usr/lib/wine/wine64 wineboot --init && /usr/lib/wine/wineserver64 --wait")
	shareLibraries(t, root)
	if err := os.Rename(root+"/usr/lib/wine/wineserver64", root+"/usr/lib/wine/wineserver64.real"); err != nil {
		t.Fatal(err)
	}
	for unit, wanted := range map[string]string{"wmlab.service": "multi-user", "wmlab-door.socket": "sockets"} {
		folder := filepath.Join(root, "etc/systemd/system", wanted+".target.wants")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/etc/systemd/system/"+unit, filepath.Join(folder, unit)); err != nil {
			t.Fatal(err)
		}
	}
	take(t, root+"/boot/vmlinuz-*", filepath.Join(dir, "vmlinuz"))
	take(t, root+"/boot/initrd.img-*", filepath.Join(dir, "initrd"))
	list := must(t, time.Minute, "dpkg-query", "--admindir="+root+"/var/lib/dpkg", "-W")
	if err := os.WriteFile(filepath.Join(dir, "packages.txt"), []byte(list), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale", "boot"} {
		if err := os.RemoveAll(filepath.Join(root, d)); err != nil {
			t.Fatal(err)
		}
	}
	must(t, 5*time.Minute, harness.Tool(t, "mkfs.ext4"), "-q", "-F", "-d", root, filepath.Join(dir, "guest.raw"), diskSize)
	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
}

// shareLibraries makes the prefix' copies of Wine's own libraries hard links to them: 650 MB less.
func shareLibraries(t *testing.T, root string) {
	t.Helper()
	own := filepath.Join(root, "usr/lib/x86_64-linux-gnu/wine/x86_64-windows")
	err := filepath.WalkDir(filepath.Join(root, "prefix/drive_c"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		from := filepath.Join(own, d.Name())
		a, err := os.ReadFile(path)
		b, missing := os.ReadFile(from)
		if err != nil || missing != nil || string(a) != string(b) {
			return err
		}
		if err := os.Remove(path); err != nil {
			return err
		}
		return os.Link(from, path)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// take copies the one file that a pattern finds.
func take(t *testing.T, pattern, to string) {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s finds %d files", pattern, len(found))
	}
	copyFile(t, found[0], to)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// must runs a program that has to end well, and returns what it prints.
func must(t *testing.T, timeout time.Duration, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%v; scripts/setup chain installs what the chain needs", err)
	}
	return harness.Command{Path: path, Args: args, Timeout: timeout, Env: []string{"LC_ALL=C.UTF-8"}}.Run(t).Must(t, 0).Stdout
}

// commands runs commands of debugfs on a disk. It ends well whatever happens, so its words are looked at.
func commands(t *testing.T, disk string, write bool, lines ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "commands")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-f", file, disk}
	if write {
		args = append([]string{"-w"}, args...)
	}
	r := harness.Command{Path: harness.Tool(t, "debugfs"), Args: args}.Run(t).Must(t, 0)
	for line := range strings.Lines(r.Stderr) {
		if !strings.HasPrefix(line, "debugfs 1.") {
			t.Fatalf("debugfs: %s", line)
		}
	}
	return r.Stdout
}
