package repro

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// circumstances lists them; the first is what the others are compared with.
func circumstances(t *testing.T) []circumstance {
	t.Helper()
	return []circumstance{
		{name: "first build"},
		{name: "again"},
		{name: "other folders and names", prepare: elsewhere},
		{name: "profile root renamed", prepare: renamedRoot},
		{name: "TZ at the date line", env: []string{"TZ=Pacific/Kiritimati"}},
		{name: "TZ with half hours", env: []string{"TZ=America/St_Johns"}},
		{name: "Swedish", env: []string{"LANG=sv_SE.UTF-8", "LC_ALL=sv_SE.UTF-8", "LANGUAGE=sv"}},
		{name: "Turkish", env: []string{"LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8"}},
		{name: "no language", env: []string{"LANG=", "LC_ALL=C"}},
		{name: "umask 077", before: "umask 077"},
		{name: "umask 000", before: "umask 000"},
		{name: "date 2001-01-01", binary: shifted(t, time.Date(2001, 1, 1, 0, 0, 1, 0, time.UTC)), shows: `"started":"2001-01-01T`, env: []string{"TZ=UTC"}},
		{name: "date 2027-06-29", binary: shifted(t, time.Date(2027, 6, 29, 23, 0, 0, 0, time.UTC)), shows: `"started":"2027-06-29T`},
		{name: "GOMAXPROCS=1", env: []string{"GOMAXPROCS=1"}},
		{name: "GOMAXPROCS=13", env: []string{"GOMAXPROCS=13", "GOGC=1"}},
		{name: "one processor", prefix: []string{"taskset", "-c", "0"}, shows: `"cpus":1,`, skip: needs("taskset")},
		{name: "another user", prefix: []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}, env: []string{"HOME=/nonexistent", "USER=nobody"}, skip: needsRoot},
		{name: "tmpfs", prepare: onTmpfs, skip: needsTmpfs},
		{name: "ext4", prepare: on("ext4"), skip: needsMount("ext4")},
		{name: "btrfs, with reflinks", prepare: on("btrfs"), skip: needsMount("btrfs")},
		{name: "another minor Go", prepare: otherGo, shows: `"go":"` + otherGoVersion()[:len("go1.27")], skip: needsOtherGo},
		{name: "other times of files", prepare: otherTimes},
		{name: "files made in other order", prepare: otherOrder},
		{name: "files under other names", prepare: otherNames, differ: []string{"provenance.json", "SHA256SUMS"}},
		{name: "base compressed by wimlib", prepare: compressed, differ: []string{"image.wim", "manifest.json", "SHA256SUMS"}, inside: true, skip: needs("wimlib-imagex")},
		windows(t),
	}
}

// elsewhere builds in a deep folder with a space and letters beyond ASCII, from another working directory, by relative path.
func elsewhere(t *testing.T, s *site) {
	t.Helper()
	deep := filepath.Join(s.dir, "en annan mapp åäö", "b", "c")
	if err := os.MkdirAll(filepath.Join(deep, "w"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.profiles, filepath.Join(deep, "profiles")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.base, filepath.Join(deep, "install.wim")); err != nil {
		t.Fatal(err)
	}
	s.profiles, s.work, s.base, s.out = filepath.Join(deep, "profiles"), filepath.Join(deep, "w"), "../install.wim", filepath.Join(deep, "results")
}

// renamedRoot calls the profile root something else. Provenance names files as they are called below the root's parent; nothing else may.
func renamedRoot(t *testing.T, s *site) {
	t.Helper()
	to := filepath.Join(s.dir, "my-profiles")
	if err := os.Rename(s.profiles, to); err != nil {
		t.Fatal(err)
	}
	s.profiles = to
}

// onTmpfs moves the site to a file system in memory.
func onTmpfs(t *testing.T, s *site) {
	t.Helper()
	s.move(t, openDir(t, "/dev/shm"))
}

// move makes the site anew in a folder on another file system.
func (s *site) move(t *testing.T, to string) {
	t.Helper()
	base := read(t, s.base)
	s.dir, s.profiles, s.base, s.out, s.work = to, filepath.Join(to, "profiles"), filepath.Join(to, "base.wim"), filepath.Join(to, "out"), to
	copyProfiles(t, s.profiles)
	write(t, s.base, base)
}

// otherTimes gives every file of the profiles, and the base, a time of its own.
func otherTimes(t *testing.T, s *site) {
	t.Helper()
	at := time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)
	for _, p := range append(files(t, s.profiles), s.base) {
		if err := os.Chtimes(p, at, at); err != nil {
			t.Fatal(err)
		}
		at = at.Add(1111 * time.Hour)
	}
}

// otherOrder makes the files of the profiles anew from the last to the first, with other permissions.
func otherOrder(t *testing.T, s *site) {
	t.Helper()
	all := files(t, s.profiles)
	slices.Reverse(all)
	kept := make(map[string][]byte)
	for _, p := range all {
		kept[p] = read(t, p)
		if err := os.Remove(p); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range all {
		if err := os.WriteFile(p, kept[p], 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// otherNames renames the files of bases, modules and products so that they are read in the opposite order. Provenance, which tells
// where each setting was written, follows.
func otherNames(t *testing.T, s *site) {
	t.Helper()
	for _, kind := range []string{"bases", "modules", "products"} {
		all := files(t, filepath.Join(s.profiles, kind))
		for i, p := range all {
			if err := os.Rename(p, filepath.Join(filepath.Dir(p), fmt.Sprintf("%03d-%s.hcl", len(all)-i, kind))); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// compressed replaces the base by a copy that wimlib compressed; it has another digest, which the lock does not name.
func compressed(t *testing.T, s *site) {
	t.Helper()
	lzx := filepath.Join(s.dir, "lzx.wim")
	harness.Command{Path: harness.Tool(t, "wimlib-imagex"), Args: []string{"export", s.base, "all", lzx, "--compress=LZX"}}.Run(t).Must(t, 0)
	s.base, s.args = lzx, []string{"--accept-base"}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, p)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("%d files below %s: %v", len(out), dir, err)
	}
	return out
}
