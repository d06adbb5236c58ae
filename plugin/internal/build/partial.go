package build

import (
	"os"
	"path/filepath"
	"strings"
)

// partialPrefix begins the names of folders in which builds are under way.
const partialPrefix = ".partial-"

// markFile lies in a folder that a build works in. The build holds a lock on it for as long as it lives, and the system lets go of the
// lock however the build ends. So a mark that can be locked is that of a build that was killed.
const markFile = ".in-use"

// mark is the lock that a build holds on its own folder; nil where there is none.
type mark struct {
	file *os.File
	path string
}

// markInUse marks the folder dir. The mark gets its name when it is locked, so that nobody ever finds it free while the build lives. Where
// that fails the folder stays unmarked, and is never taken for abandoned.
func markInUse(dir string) *mark {
	m := &mark{path: filepath.Join(dir, markFile)}
	unnamed := m.path + "-new"
	var err error
	if m.file, err = os.OpenFile(unnamed, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return nil
	}
	if lockFile(m.file) != nil || os.Rename(unnamed, m.path) != nil {
		_ = m.file.Close()
		_ = os.Remove(unnamed)
		return nil
	}
	return m
}

// remove takes the mark away; a second call does nothing. The name goes before the lock: see abandoned.
func (m *mark) remove() {
	if m == nil || m.file == nil {
		return
	}
	_ = os.Remove(m.path)
	_ = m.file.Close()
	m.file = nil
}

// removeAbandoned removes the folders of builds that were killed. What is not provably abandoned stays: a folder without a mark, or with
// one that is locked. Failing to clean up must not stop a build.
func removeAbandoned(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		if dir := filepath.Join(parent, e.Name()); e.IsDir() && strings.HasPrefix(e.Name(), partialPrefix) {
			removeIfAbandoned(dir)
		}
	}
}

func removeIfAbandoned(dir string) {
	path := filepath.Join(dir, markFile)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer f.Close() // last: while this lock is held no other build looks in here
	if lockFile(f) != nil {
		return
	}
	// A build that ends takes its mark's name away before it lets go of the lock. So a lock that could be had counts only where the
	// mark still stands there.
	ours, err := f.Stat()
	if err != nil {
		return
	}
	named, err := os.Lstat(path)
	if err != nil || !os.SameFile(ours, named) {
		return
	}
	_ = os.RemoveAll(dir)
}
