package partial

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// State says whether somebody works on what was left, or seems to be.
type State string

// The states of what is under way.
const (
	// InUse: the program that works on it lives.
	InUse State = "in-use"
	// Abandoned: the program that worked on it has ended without removing it.
	Abandoned State = "abandoned"
	// Unknown: it has no lock file of this program's, or the file system cannot say who holds it.
	Unknown State = "unknown"
)

// Left is something that is under way, or was.
type Left struct {
	Path    string // of the file or folder
	Lock    string // of its lock file; "" where there is none
	Missing bool   // there is only a lock file
	State   State
	Process int // that made it, 0 where that is not known
}

// Find lists what stands under a partial name in a folder, in the order of names.
func Find(dir string) ([]Left, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name()] = true
	}
	var found []Left
	for _, e := range entries {
		name := e.Name()
		thing, isLock := strings.CutSuffix(name, lockSuffix)
		isLock = isLock && e.Type().IsRegular()
		switch {
		case !strings.HasPrefix(name, Prefix):
		case isLock && form(thing):
			if l, there := look(filepath.Join(dir, name), names[thing] || names[thing+oldSuffix]); there {
				found = append(found, l)
			}
		case names[name+lockSuffix], names[strings.TrimSuffix(name, oldSuffix)+lockSuffix]: // told with its lock
		default:
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil { // else it was whole meanwhile
				found = append(found, Left{Path: filepath.Join(dir, name), State: Unknown})
			}
		}
	}
	return found, nil
}

// form reports whether a name is one that claims have: with a number at its end.
func form(thing string) bool {
	at := strings.LastIndexByte(thing, '-')
	_, err := strconv.ParseUint(thing[at+1:], 10, 64)
	return at >= len(Prefix) && err == nil
}

// look asks a lock file, and reports false where it is gone. One that is none of this program's, or was never locked, says nothing.
func look(lock string, beside bool) (Left, bool) {
	l := Left{Path: strings.TrimSuffix(lock, lockSuffix), Lock: lock, Missing: !beside, State: Unknown}
	f, err := os.OpenFile(lock, os.O_RDWR, 0)
	if err != nil {
		return l, !errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	ours := false
	if l.Process, ours = owner(f); !ours && (beside || l.Process < 0) {
		l.Process = 0
		return l, true
	}
	l.Process = max(0, l.Process)
	switch err := lockFile(f); {
	case errors.Is(err, errLocked):
		l.State = InUse
	case err == nil:
		l.State = Abandoned
	}
	return l, true
}

// owner reads a lock file. One that is empty belongs to a program that was killed before it made anything; any other content is foreign.
func owner(f *os.File) (process int, ours bool) {
	b := make([]byte, len(word)+24)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return -1, false
	}
	if n == 0 {
		return 0, false
	}
	number, ok := strings.CutPrefix(strings.TrimSuffix(string(b[:n]), "\n"), word)
	if !ok {
		return -1, false
	}
	if process, err = strconv.Atoi(number); err != nil { // unlocked
		return -1, false
	}
	return process, true
}

// Remove removes something that is abandoned, and reports whether it is gone. It asks anew: what is in use, or may be, stays.
func (l Left) Remove() (bool, error) {
	if l.State != Abandoned {
		return false, nil
	}
	f, err := os.OpenFile(l.Lock, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if err := lockFile(f); err != nil {
		_ = f.Close()
		if errors.Is(err, errLocked) {
			err = nil
		}
		return false, err
	}
	// Who ends well takes the lock file's name away before letting go of the lock. So a lock that could be had counts only where the name
	// still stands there.
	if named, err := stillNamed(f); err != nil || !named {
		_ = f.Close()
		return err == nil, err
	}
	if err := errors.Join(RemoveAll(l.Path), RemoveAll(l.Path+oldSuffix)); err != nil {
		_ = f.Close()
		return false, err
	}
	dropLock(f)
	return true, nil
}

// RemoveAbandoned removes what programs that were killed have left in a folder. Failing to clean up must not stop whoever is at work
// there: what cannot be removed stays.
func RemoveAbandoned(dir string) { removeAbandoned(dir, Prefix) }

// RemoveAbandonedOf removes what programs have left that were killed while they wrote the file of that name: the folder is anybody's.
func RemoveAbandonedOf(path string) {
	removeAbandoned(filepath.Dir(path), Prefix+filepath.Base(path)+"-")
}

func removeAbandoned(dir, prefix string) {
	found, err := Find(dir)
	if err != nil {
		return
	}
	for _, l := range found {
		if l.State == Abandoned && strings.HasPrefix(filepath.Base(l.Path), prefix) {
			_, _ = l.Remove()
		}
	}
}
