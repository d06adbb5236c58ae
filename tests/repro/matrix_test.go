package repro

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// row is what came of one circumstance.
type row struct {
	digests map[string]string // nil where it was skipped
	skipped string
	where   string // kind of file system
}

// judge compares every row with the first and prints the table; `make matrix` shows it.
func judge(t *testing.T, all []circumstance, rows []row) {
	t.Helper()
	columns := []string{"image.wim", "inside", "plan.json", "manifest.json", "findings"}
	var b strings.Builder
	line := func(name, where string, cell func(string) string, verdict string) {
		fmt.Fprintf(&b, "%-26s %-11s", name, where)
		for _, c := range columns {
			fmt.Fprintf(&b, " %-13s", cell(c))
		}
		b.WriteString(verdict + "\n")
	}
	line("circumstance", "file system", func(c string) string { return c }, "verdict")
	equal, tried := 0, 0
	for i, c := range all {
		if rows[i].digests == nil {
			fmt.Fprintf(&b, "%-26s skipped: %s\n", c.name, rows[i].skipped)
			continue
		}
		tried++
		verdict, ok := compare(t, c, rows[0].digests, rows[i].digests)
		if ok {
			equal++
		}
		line(c.name, rows[i].where, func(o string) string { return rows[i].digests[o][:min(12, len(rows[i].digests[o]))] }, verdict)
	}
	fmt.Fprintf(&b, "\n%d of %d equal", equal, tried)
	if skipped := len(all) - tried; skipped > 0 {
		fmt.Fprintf(&b, ", %d skipped", skipped)
	}
	fmt.Fprintf(&b, "; SHA-256, first 12 digits; inside: every file of the image with its name, times, attributes and descriptor, as wimlib reads it\n")
	fmt.Fprintf(&b, "%s/%s, %s, %d processors; image.wim %s\n", runtime.GOOS, runtime.GOARCH, runtime.Version(), runtime.NumCPU(), rows[0].digests["image.wim"])
	t.Log("\n" + b.String())
	if path := os.Getenv("WMCLIENT_MATRIX"); path != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// compare holds one row against the first, and says in words what came of it.
func compare(t *testing.T, c circumstance, first, got map[string]string) (verdict string, ok bool) {
	t.Helper()
	var wrong, meant []string
	for _, o := range append(outputs(), "inside", "findings") {
		expected := slices.Contains(c.differ, o)
		switch same := got[o] == first[o]; {
		case !same && !expected:
			wrong = append(wrong, o)
			t.Errorf("%s: %s is %s, want %s as in the first build", c.name, o, got[o], first[o])
		case same && expected:
			wrong = append(wrong, o)
			t.Errorf("%s: %s is the same; this circumstance has to show there, or it was not tried", c.name, o)
		case !same:
			meant = append(meant, o)
		}
	}
	if c.inside && got["inside"] == "" {
		t.Errorf("%s: nobody looked inside the image", c.name)
	}
	switch {
	case len(wrong) > 0:
		return "DIFFERS: " + strings.Join(wrong, ", "), false
	case c.inside:
		return "equal inside; the base is another file", true
	case len(meant) > 0:
		return "equal but for " + strings.Join(meant, ", "), true
	}
	return "equal", true
}

// inside is a digest over what an image holds, file by file, whatever lies where in the WIM and however it is packed.
func inside(t *testing.T, wimlib, image string) string {
	t.Helper()
	listing := harness.Command{Path: wimlib, Args: []string{"dir", image, "1", "--detailed"}}.Run(t).Must(t, 0).Stdout
	h := sha256.New()
	for text := range strings.Lines(listing) {
		name, _, _ := strings.Cut(text, "=")
		switch strings.TrimSpace(name) {
		case "Compressed size", "Offset in WIM", "Flags", "Reference Count", "Part Number", "Raw compressed size":
		default:
			h.Write([]byte(text))
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// fileSystem names the kind of file system that a folder lies on, "" where nobody can tell.
func fileSystem(dir string) string {
	out, err := exec.Command("stat", "-f", "-c", "%T", dir).Output()
	if err != nil {
		return ""
	}
	return strings.Replace(strings.TrimSpace(string(out)), "ext2/ext3", "ext2/3/4", 1) // one magic number for all three
}

// mkfs is how a file system is made in a file; btrfs takes no less room than this.
var mkfs = map[string][]string{"ext4": {"mkfs.ext4", "-q", "-F"}, "btrfs": {"mkfs.btrfs", "-q"}}

// needsMount skips where no file system in a file can be mounted: that takes root, a loop device and the kernel's help.
func needsMount(kind string) func(*testing.T, site) string {
	return func(t *testing.T, _ site) string {
		if os.Getuid() != 0 || runtime.GOOS != "linux" {
			return "only root on Linux can mount a file system in a file"
		}
		harness.Tool(t, mkfs[kind][0])
		known, err := os.ReadFile("/proc/filesystems")
		if err != nil || !bytes.Contains(known, []byte("\t"+kind+"\n")) {
			return "the kernel does not offer " + kind
		}
		if out, err := exec.Command("losetup", "-f").CombinedOutput(); err != nil {
			return "there is no loop device: " + strings.TrimSpace(string(out))
		}
		return ""
	}
}

// on moves the site to a file system of a kind, mounted from a file of its own. Where the kind has reflinks, they have to work there.
func on(kind string) func(*testing.T, *site) {
	return func(t *testing.T, s *site) {
		dir := openDir(t, "")
		file, at := filepath.Join(dir, "disk"), filepath.Join(dir, "mounted")
		if err := os.Mkdir(at, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, file, nil)
		if err := os.Truncate(file, 256<<20); err != nil {
			t.Fatal(err)
		}
		harness.Command{Path: harness.Tool(t, mkfs[kind][0]), Args: append(slices.Clone(mkfs[kind][1:]), file)}.Run(t).Must(t, 0)
		if r := (harness.Command{Path: harness.Tool(t, "mount"), Args: []string{"-o", "loop", file, at}}).Run(t); r.Code != 0 {
			t.Skipf("a container without the right to mount: %s", strings.TrimSpace(r.Stderr))
		}
		t.Cleanup(func() { _ = exec.Command("umount", at).Run() })
		s.move(t, openDir(t, at))
		if kind == "btrfs" {
			harness.Command{Path: harness.Tool(t, "cp"), Args: []string{"--reflink=always", s.base, s.base + ".clone"}}.Run(t).Must(t, 0)
		}
	}
}

// otherGoVersion is the latest release of another minor version than the one that runs the tests; the two are listed here.
func otherGoVersion() string {
	if strings.HasPrefix(runtime.Version(), "go1.26") {
		return "go1.27.1"
	}
	return "go1.26.8"
}

// needsOtherGo fetches that Go through the module proxy, once for all; setup installs none.
func needsOtherGo(t *testing.T, _ site) string {
	r := harness.Command{Path: harness.Tool(t, "go"), Args: []string{"version"}, Env: []string{"GOTOOLCHAIN=" + otherGoVersion()}}.Run(t)
	if r.Code != 0 {
		return otherGoVersion() + " is not to be had here: " + strings.TrimSpace(r.Stderr)
	}
	return ""
}

// otherGo builds with a wmclient that another minor version of Go compiled.
func otherGo(t *testing.T, s *site) {
	t.Helper()
	s.binary = goBuild(t, filepath.Join(openDir(t, ""), "wmclient"), []string{"GOTOOLCHAIN=" + otherGoVersion()})
}
