package partial_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
)

// TestMain is also the program that is killed while it holds claims.
func TestMain(m *testing.M) {
	if dir := os.Getenv("PARTIAL_HOLD"); dir != "" {
		hold(dir)
	}
	os.Exit(m.Run())
}

func hold(dir string) {
	folder, err := partial.Dir(dir, "held")
	if err == nil {
		err = os.WriteFile(filepath.Join(folder.Path(), "half"), []byte("x"), 0o644)
	}
	if err == nil {
		err = os.Mkdir(folder.Old(), 0o755)
	}
	if err == nil {
		_, _, err = partial.File(dir, "held")
	}
	fmt.Println("held", err)
	var b [1]byte
	_, _ = os.Stdin.Read(b[:])
	os.Exit(0)
}

// held starts another process that holds a folder and a file; kill ends it as a killed build ends.
func held(t *testing.T, dir string) (kill func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "PARTIAL_HOLD="+dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	n, _ := out.Read(b)
	if got := strings.TrimSpace(string(b[:n])); got != "held <nil>" {
		t.Fatalf("the other process says %q", got)
	}
	var once sync.Once
	kill = func() {
		once.Do(func() { _ = cmd.Process.Kill(); _ = in.Close(); _ = cmd.Wait() })
	}
	t.Cleanup(kill)
	return kill
}

// folder is a temporary folder. Unlike with t.TempDir it is no failure that it stays: Wine lacks the way of removing that the library takes.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "partial-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func states(t *testing.T, dir string) map[partial.State]int {
	t.Helper()
	found, err := partial.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	n := map[partial.State]int{}
	for _, l := range found {
		n[l.State]++
	}
	return n
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// What a living process works on stays, whoever cleans up and however often; when the process is killed it goes.
func TestAbandoned(t *testing.T) {
	dir := folder(t)
	kill := held(t, dir)
	before := names(t, dir)
	if len(before) != 5 { // a folder, what it takes the place of, a file, two locks
		t.Fatalf("there stand %q", before)
	}
	for range 3 {
		partial.RemoveAbandoned(dir)
		found, err := partial.Find(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range found {
			if l.State != partial.InUse || l.Process <= 0 {
				t.Errorf("%+v is held by another process", l)
			}
			if gone, err := l.Remove(); gone || err != nil {
				t.Errorf("what is in use was removed: %v, %v", gone, err)
			}
		}
		if d := cmp.Diff(before, names(t, dir)); d != "" {
			t.Fatal(d)
		}
	}
	kill()
	if d := cmp.Diff(map[partial.State]int{partial.Abandoned: 2}, states(t, dir)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(before, names(t, dir)); d != "" {
		t.Errorf("looking has changed something: %s", d)
	}
	partial.RemoveAbandoned(dir)
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// What has no lock file, or one of another program, is nobody's to remove.
func TestUnknownStays(t *testing.T) {
	dir := folder(t)
	for name, text := range map[string]string{
		".partial-alone-1": "x", ".partial-foreign-2": "x", ".partial-foreign-2.lock": "of another program", ".partial-foreign-3.lock": "of another program",
		".partial-other.lock": "", "1.0.0": "x", ".partial-free-6": "x", ".partial-free-6.lock": "wmclient/partial/1 unlocked\n", ".partial-empty-4": "made by somebody", ".partial-empty-4.lock": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := names(t, dir)
	partial.RemoveAbandoned(dir)
	if d := cmp.Diff(before, names(t, dir)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[partial.State]int{partial.Unknown: 6}, states(t, dir)); d != "" { // all but the release: a lock goes with its thing
		t.Error(d)
	}
	if found, err := partial.Find(dir); err == nil {
		for _, l := range found {
			if gone, err := l.Remove(); gone && err == nil {
				t.Errorf("%+v was removed", l)
			}
		}
	}
	if d := cmp.Diff(before, names(t, dir)); d != "" {
		t.Error(d)
	}
	// A program that was killed between making its lock file and anything else has left an empty one alone.
	alone := filepath.Join(dir, ".partial-killed-5.lock")
	if err := os.WriteFile(alone, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	partial.RemoveAbandoned(dir)
	if _, err := os.Stat(alone); !errors.Is(err, os.ErrNotExist) {
		t.Error("a lock file without anything stays")
	}
}

// Whoever makes and whoever cleans up may do so at once: nothing that is held ever goes.
func TestSideBySide(t *testing.T) {
	dir := folder(t)
	var makers, cleaner sync.WaitGroup
	stop := make(chan struct{})
	cleaner.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				partial.RemoveAbandoned(dir)
			}
		}
	})
	for range 4 {
		makers.Go(func() {
			for range 100 {
				c, err := partial.Dir(dir, "x")
				if err == nil {
					err = os.WriteFile(filepath.Join(c.Path(), "a"), []byte("a"), 0o644)
				}
				if err == nil {
					_, err = os.Stat(filepath.Join(c.Path(), "a"))
				}
				if err = errors.Join(err, c.Release()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	makers.Wait()
	close(stop)
	cleaner.Wait()
	partial.RemoveAbandoned(dir)
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestExchange(t *testing.T) {
	dir := folder(t)
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for _, d := range []string{a, b} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d, "was "+filepath.Base(d)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := partial.Exchange(a, b); err != nil {
		if runtime.GOOS == "windows" && errors.Is(err, errors.ErrUnsupported) {
			return
		}
		t.Skipf("this file system cannot: %v", err)
	}
	if d := cmp.Diff([]string{"was b"}, names(t, a)); d != "" {
		t.Error(d)
	}
}

func TestWriteFile(t *testing.T) {
	dir := folder(t)
	path := filepath.Join(dir, "x")
	for _, text := range []string{"one", "two", ""} {
		if err := partial.WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("got %q, %v; want %q", got, err, text)
		}
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("files left behind: %v", left)
	}
}

func TestWriteFileLeavesNothingOnError(t *testing.T) {
	dir := folder(t)
	path := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(path, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := partial.WriteFile(path, []byte("x")); err == nil {
		t.Error("a folder was replaced")
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("files left behind: %v", left)
	}
}

func TestWriteFileFollowsLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege on Windows")
	}
	dir := folder(t)
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	if err := partial.WriteFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "new" {
		t.Errorf("the file behind the link has %q, %v", got, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its permissions are others: %v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is none any more: %v, %v", info, err)
	}
}
