package referee

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// TestReferees builds from the lab base and from one with real hives, and lets every referee look at the result.
func TestReferees(t *testing.T) {
	for name, make := range map[string]func(*testing.T) world{"lab base": labWorld, "real hives": realWorld} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := build(t, make(t))
			t.Run("wimlib verify", func(t *testing.T) {
				out := run(t, "wimlib-imagex", "verify", b.image)
				if !strings.Contains(out, "successfully verified") {
					t.Errorf("wimlib says %s", out)
				}
			})
			files, changed := filesOf(t, b)
			t.Run("wimlib dir", func(t *testing.T) { testDir(t, b, files, changed) })
			t.Run("wimlib info", func(t *testing.T) { testXML(t, b) })
			t.Run("hives", func(t *testing.T) { testHives(t, b) })
			t.Run("policies", func(t *testing.T) { testPolicies(t, b) })
			t.Run("LZX", func(t *testing.T) { testLZX(t, b) })
			t.Run("apply", func(t *testing.T) { testApply(t, b, files.after) })
		})
	}
}

type listing struct{ before, after map[string]file }

// changes are the names that the plan changes, by what happens to them.
type changes struct{ replaced, added, removed, folders map[string]bool }

// filesOf lists the names before and after and works out which the plan changes.
func filesOf(t *testing.T, b built) (listing, changes) {
	t.Helper()
	l := listing{dir(t, b.base, b.index), dir(t, b.image, "1")}
	c := changes{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	put := func(p string) {
		if l.before[p] == nil {
			c.added[p] = true
			for _, d := range parents(l.before, p) {
				c.folders[d] = true
			}
			return
		}
		for _, name := range linked(l.before, p) {
			c.replaced[name] = true
		}
	}
	for _, o := range b.offline("file-") {
		p := strings.ReplaceAll(o.Path, `\`, "/")
		if o.Action == "file-delete" {
			if l.before[p] != nil {
				c.removed[p] = true
			}
			continue
		}
		put(p)
	}
	paths := extract(t, b.base, b.index, softwareHive, systemHive, userHive)
	current := currentControlSet(t, readHivex(t, paths[systemHive]))
	for hive, file := range paths {
		if e := expect(t, readHivex(t, file), hive, current, b.offline("registry-")); len(e.touched) > 0 {
			put(hive)
		}
	}
	for _, o := range b.offline("policy-") {
		put(map[string]string{"machine": machinePol, "user": userPol}[o.Scope])
		put(gptFile)
	}
	return l, c
}

// testDir holds wimlib's listing before against the one after: nothing but the named files may differ, in any field.
func testDir(t *testing.T, b built, l listing, c changes) {
	epoch := windowsTime(t, b)
	equal, fields := 0, 0
	for _, name := range slices.Sorted(maps.Keys(l.before)) {
		want, got := uncounted(l.before[name]), uncounted(l.after[name])
		switch {
		case c.removed[name]:
			if got != nil {
				t.Errorf("%s is still there, the plan removes it", name)
			}
			continue
		case got == nil:
			t.Errorf("%s is gone", name)
			continue
		case c.replaced[name]:
			if got["Last Write Time"] != epoch {
				t.Errorf("%s was written at %s, want the epoch %s", name, got["Last Write Time"], epoch)
			}
			if got["Hash"] == want["Hash"] {
				t.Errorf("%s has its old content, the plan changes it", name)
			}
			for _, f := range content() {
				delete(want, f)
				delete(got, f)
			}
		default:
			equal++
		}
		fields += len(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-before +after):\n%s", name, diff)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.after)) {
		f := l.after[name]
		if l.before[name] != nil {
			continue
		}
		if !c.added[name] && !c.folders[name] {
			t.Errorf("%s is new, the plan does not name it", name)
		}
		if f.folder() != c.folders[name] || f["Last Write Time"] != epoch || f["Creation Time"] != epoch || f["Link Count"] != "1" {
			t.Errorf("the new %s is not as a new one has to be: %v", name, f)
		}
		judgeDescriptor(t, name, f["Security Descriptor"])
	}
	for name := range maps.Keys(c.added) {
		if l.after[name] == nil {
			t.Errorf("%s is missing, the plan makes it", name)
		}
	}
	references(t, l.after)
	reported := make(map[string]string)
	for _, change := range b.record.Changes {
		reported[strings.ReplaceAll(change.Path, `\`, "/")] = change.Action
	}
	want := make(map[string]string)
	for action, names := range map[string]map[string]bool{"replaced": c.replaced, "added": c.added, "deleted": c.removed} {
		for name := range names {
			want[name] = action
		}
	}
	if diff := cmp.Diff(want, reported); diff != "" {
		t.Errorf("the manifest's changes (-plan and base +manifest):\n%s", diff)
	}
	t.Logf("%d names before, %d after: %d equal in every field (%d fields compared), %d replaced, %d added, %d folders made, %d removed",
		len(l.before), len(l.after), equal, fields, len(c.replaced), len(c.added), len(c.folders), len(c.removed))
}

// windowsTime is the plan's epoch as wimlib prints times.
func windowsTime(t *testing.T, b built) string {
	t.Helper()
	return epochOf(t, b).Format("Mon Jan 02 15:04:05 2006 MST")
}

func epochOf(t *testing.T, b built) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, b.plan.Image.Epoch)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

// judgeDescriptor looks at the descriptor that a new file or folder got: self-relative, with an owner, and a list in which SYSTEM
// (S-1-5-18) has full access and Everyone (S-1-1-0) none.
func judgeDescriptor(t *testing.T, name, descriptor string) {
	t.Helper()
	const system, everyone = "010100000000000512000000", "010100000000000100000000"
	switch {
	case len(descriptor) < 80 || !strings.HasPrefix(descriptor, "0100"):
		t.Errorf("the new %s has the descriptor %q", name, descriptor)
	case !strings.Contains(descriptor, "ff011f00"+system):
		t.Errorf("SYSTEM has no full access to the new %s: %s", name, descriptor)
	case strings.Contains(descriptor, "ff011f00"+everyone):
		t.Errorf("everyone has full access to the new %s: %s", name, descriptor)
	}
}

// testXML holds the WIM's XML against its header, against the base's, and against what wimlib counts itself when it has to write the
// image anew.
func testXML(t *testing.T, b built) {
	before, after := readXML(t, b.base), readXML(t, b.image)
	if len(before.Images) < 2 || len(after.Images) != 1 || after.Images[0].Index != 1 {
		t.Fatalf("%d images in the base, %d in the image, want 2 and 1", len(before.Images), len(after.Images))
	}
	if got := header(t, b.image, "Image Count"); got != "1" {
		t.Errorf("the header counts %s images", got)
	}
	offset, err := strconv.ParseInt(header(t, b.image, "XML Data Offset"), 10, 64)
	if err != nil || after.TotalBytes != offset {
		t.Errorf("TOTALBYTES is %d, but the XML begins at %d (%v)", after.TotalBytes, offset, err)
	}
	if header(t, b.base, "GUID") == header(t, b.image, "GUID") {
		t.Error("the image has the GUID of its base")
	}
	index, _ := strconv.Atoi(b.index)
	was, is := before.Images[index-1], after.Images[0]
	if was.Name != is.Name || was.Created != is.Created || was.Windows.Inner != is.Windows.Inner {
		t.Errorf("name, creation time or Windows' facts of the image changed:\n%+v\n%+v", was, is)
	}
	const from1601 = 11644473600
	ticks := uint64(epochOf(t, b).Unix()+from1601) * 10_000_000
	if got := is.Modified.High + " " + is.Modified.Low; got != fmt.Sprintf("0x%08X 0x%08X", ticks>>32, ticks&0xffffffff) {
		t.Errorf("the image was modified at %s, want the epoch %s", got, b.plan.Image.Epoch)
	}
	copied := filepath.Join(t.TempDir(), "recount.wim")
	write(t, copied, []byte(read(t, b.image)))
	run(t, "wimlib-imagex", "update", copied, "1", "--command=rename '/wmclient/a/b/deep.txt' '/wmclient/a/b/renamed.txt'")
	counted := readXML(t, copied).Images[0]
	ours := []int64{is.DirCount, is.FileCount, is.TotalBytes, is.HardLinkBytes}
	wimlibs := []int64{counted.DirCount, counted.FileCount, counted.TotalBytes, counted.HardLinkBytes}
	if diff := cmp.Diff(wimlibs, ours); diff != "" {
		t.Errorf("folders, files, bytes and bytes in links (-wimlib +XML):\n%s", diff)
	}
	t.Logf("folders %d, files %d, bytes %d, bytes in links %d: wimlib counts the same; TOTALBYTES %d", ours[0], ours[1], ours[2], ours[3], after.TotalBytes)
}

// testPolicies reads both Registry.pol with the parser of this package: they hold the plan's policies and nothing else, and gpt.ini
// announces them.
func testPolicies(t *testing.T, b built) {
	files := extract(t, b.image, "1", machinePol, userPol, gptFile)
	total := 0
	for scope, path := range map[string]string{"machine": machinePol, "user": userPol} {
		var want []entry
		for _, o := range b.offline("policy-") {
			if o.Scope == scope {
				want = append(want, policyEntry(t, o))
			}
		}
		got := readPol(t, []byte(read(t, files[path])))
		order := func(a, b entry) int { return strings.Compare(a.Key+"!"+a.Value, b.Key+"!"+b.Value) }
		slices.SortFunc(want, order)
		slices.SortFunc(got, order)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s policies (-plan +Registry.pol):\n%s", scope, diff)
		}
		total += len(got)
	}
	gpt := read(t, files[gptFile])
	for _, part := range []string{"[General]", "Version=65537", "gPCMachineExtensionNames=[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}", "gPCUserExtensionNames=[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"} {
		if !strings.Contains(gpt, part) {
			t.Errorf("gpt.ini lacks %s:\n%s", part, gpt)
		}
	}
	t.Logf("%d policy entries equal to the plan's", total)
}

// testLZX builds from a compressed copy that wimlib made: other bytes in the image, the same findings and the same files.
func testLZX(t *testing.T, b built) {
	lzx := b.world
	lzx.base = filepath.Join(t.TempDir(), "lzx.wim")
	run(t, "wimlib-imagex", "export", b.base, "all", lzx.base, "--compress=LZX")
	other := build(t, lzx, "--accept-base")
	if diff := cmp.Diff(b.record.Findings, other.record.Findings); diff != "" {
		t.Errorf("findings (-uncompressed +LZX):\n%s", diff)
	}
	if diff := cmp.Diff(b.record.Changes, other.record.Changes); diff != "" {
		t.Errorf("changes (-uncompressed +LZX):\n%s", diff)
	}
	hives := []string{softwareHive, systemHive, userHive, machinePol, userPol, gptFile}
	mine, theirs := extract(t, b.image, "1", hives...), extract(t, other.image, "1", hives...)
	for _, h := range hives {
		if read(t, mine[h]) != read(t, theirs[h]) {
			t.Errorf("%s is another when the base is compressed", h)
		}
	}
	if !strings.Contains(run(t, "wimlib-imagex", "verify", other.image), "successfully verified") {
		t.Error("wimlib does not verify the image of the compressed base")
	}
	t.Logf("%d findings and %d files equal", len(b.record.Findings), len(b.record.Changes))
}

// testApply applies the image to a folder and reads it there.
func testApply(t *testing.T, b built, files map[string]file) {
	to := t.TempDir()
	run(t, "wimlib-imagex", "apply", b.image, "1", to)
	hashed := 0
	for name, f := range files {
		info, err := os.Lstat(filepath.Join(to, filepath.FromSlash(name)))
		if err != nil {
			t.Errorf("%s was not applied: %v", name, err)
			continue
		}
		if info.Mode().Type() == fs.ModeSymlink || f.folder() || f["Uncompressed size"] == "0 bytes" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(to, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha1.Sum(data)
		if got := "0x" + hex.EncodeToString(sum[:]); got != f["Hash"] {
			t.Errorf("%s has the SHA-1 %s, the image says %s", name, got, f["Hash"])
		}
		hashed++
	}
	for _, c := range b.record.Changes {
		at := filepath.Join(to, filepath.FromSlash(path.Clean(strings.ReplaceAll(c.Path, `\`, "/"))))
		data, err := os.ReadFile(at)
		if c.Action == "deleted" {
			if !os.IsNotExist(err) {
				t.Errorf("%s was applied, the manifest says that it is deleted (%v)", c.Path, err)
			}
			continue
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); err != nil || got != c.SHA256 {
			t.Errorf("%s has the SHA-256 %s, the manifest says %s (%v)", c.Path, got, c.SHA256, err)
		}
	}
	t.Logf("%d names applied, %d contents hashed", len(files), hashed)
}

// TestCapturesAreRefused holds what `wmclient lab base` says of captures that it cannot use.
func TestCapturesAreRefused(t *testing.T) {
	hive := filepath.Join(t.TempDir(), "hive")
	write(t, hive, []byte("no hive"))
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no file":       {[]string{"--hive", "SYSTEM"}, 2, "NAME=FILE"},
		"unknown hive":  {[]string{"--hive", "SISTEM=" + hive}, 2, `did you mean "SYSTEM"`},
		"twice":         {[]string{"--hive", "SAM=" + hive, "--hive", "SAM=" + hive}, 2, "twice"},
		"missing file":  {[]string{"--hive", "SAM=" + hive + ".none"}, 1, "no such file"},
		"graft no hive": {[]string{"--graft-software", hive}, 2, "not a registry hive"},
		"architecture":  {[]string{"--arch", "mips"}, 2, "x86"},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "lab.wim")
			r := harness.Wmclient(t, "", append([]string{"lab", "base", "--out", out}, c.args...)...).Must(t, c.code)
			if !strings.Contains(r.Stderr, c.want) {
				t.Errorf("stderr %q does not say %q", r.Stderr, c.want)
			}
			if _, err := os.Stat(out); !os.IsNotExist(err) {
				t.Errorf("something was written (%v)", err)
			}
		})
	}
}
