// Package partial makes files and folders that get their final name only when they are whole, and knows those of programs that ended
// before. Beside each stands a lock file, which the program that works on it holds for as long as it lives; the system lets go of the
// lock however the program ends. So what stands beside a lock that can be had is abandoned, on Windows as elsewhere.
//
// It refuses to call anything abandoned that is not provably so: what has no lock file, and what lies where locks cannot be asked for.
package partial

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	// Prefix begins the name of whatever is under way.
	Prefix = ".partial-"
	// lockSuffix ends the name of a lock file; before it stands the name of what it is for.
	lockSuffix = ".lock"
	// oldSuffix ends the name of what a new whole is about to take the place of, where the two cannot be exchanged at once.
	oldSuffix = "-old"
	// word begins what a lock file holds, so that no other program's file is taken for one. The number of the process follows.
	word = "wmclient/partial/1 "
	// unlocked follows instead where the file could not be locked.
	unlocked = "unlocked"
	// tries bounds how often another name is tried for what somebody else has just taken.
	tries = 100
)

// Claim is a name under which this program alone works until Release.
type Claim struct {
	path string
	lock *os.File
}

// claim takes a free name below a folder. The lock is there before the thing and goes after it, so that at no moment of a program's
// life a thing stands there that nobody holds.
func claim(parent, name string, made func(path string) error) (*Claim, error) {
	for range tries {
		lock, err := os.CreateTemp(parent, Prefix+name+"-*"+lockSuffix)
		if err != nil {
			return nil, err
		}
		c := &Claim{path: strings.TrimSuffix(lock.Name(), lockSuffix), lock: lock}
		held, owner, err := take(lock)
		if err == nil && !held { // who cleans up has come upon it before it was locked, and removes it
			dropLock(lock)
			continue
		}
		if err == nil {
			if _, err = lock.WriteString(word + owner + "\n"); err == nil {
				err = made(c.path)
			}
		}
		if err == nil {
			return c, nil
		}
		c.dropLock()
		if !errors.Is(err, fs.ErrExist) { // something without a lock has the name
			return nil, err
		}
	}
	return nil, fmt.Errorf("no name is free in %s", parent)
}

// take locks a lock file that this program has made, and says what stands in it. It says false where another has it, or has removed its
// name meanwhile. Where no lock could be had (not every file system knows them) the file says so, and what lies beside it is never taken for
// abandoned.
func take(lock *os.File) (held bool, owner string, err error) {
	owner = strconv.Itoa(os.Getpid())
	if err := lockFile(lock); errors.Is(err, errLocked) {
		return false, "", nil
	} else if err != nil {
		owner = unlocked
	}
	held, err = stillNamed(lock)
	return held, owner, err
}

// stillNamed reports whether an open file has its name still.
func stillNamed(f *os.File) (bool, error) {
	ours, err := f.Stat()
	if err != nil {
		return false, err
	}
	named, err := os.Lstat(f.Name())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(ours, named), err
}

// Dir makes a folder .partial-<name>-<number> in parent.
func Dir(parent, name string) (*Claim, error) {
	return claim(parent, name, func(path string) error { return os.Mkdir(path, 0o755) })
}

// File makes a file .partial-<name>-<number> in parent, open for reading and writing, with the permissions of a file of one's own.
func File(parent, name string) (*Claim, *os.File, error) {
	var f *os.File
	c, err := claim(parent, name, func(path string) (err error) {
		f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		return err
	})
	return c, f, err
}

// Path is where the thing stands until it has its final name.
func (c *Claim) Path() string { return c.path }

// Old is a name for what the new whole takes the place of. What is left of it goes with the claim.
func (c *Claim) Old() string { return c.path + oldSuffix }

// Release removes what still stands under the claim's names, and gives the claim up. A second call does nothing. What could not be
// removed keeps its lock file, so that it is found to be abandoned later.
func (c *Claim) Release() error {
	if c == nil || c.lock == nil {
		return nil
	}
	if err := errors.Join(RemoveAll(c.path), RemoveAll(c.Old())); err != nil {
		_ = c.lock.Close()
		c.lock = nil
		return err
	}
	c.dropLock()
	return nil
}

// dropLock takes the lock file away: its name first, so that nobody finds it free. Windows removes no open file; there it goes when it is
// closed, and who comes upon it in between finds nothing beside it, and removes it too.
func (c *Claim) dropLock() {
	dropLock(c.lock)
	c.lock = nil
}

func dropLock(lock *os.File) {
	err := os.Remove(lock.Name())
	_ = lock.Close()
	if err != nil {
		_ = os.Remove(lock.Name())
	}
}

// WriteFile writes data beside path and renames it into place, so that path holds the old bytes or the new ones, also when the program is
// killed. An existing file keeps its permissions, a new one gets 0644; behind a symbolic link it is the file that is replaced.
func WriteFile(path string, data []byte) (err error) {
	if real, linkErr := filepath.EvalSymlinks(path); linkErr == nil {
		path = real
	}
	mode := os.FileMode(0o644)
	if info, statErr := os.Stat(path); statErr == nil {
		mode = info.Mode().Perm()
	}
	RemoveAbandonedOf(path)
	c, f, err := File(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Release()) }()
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(c.path, mode)
	}
	if err == nil {
		err = os.Rename(c.path, path)
	}
	return err
}

// ErrInUse is the error of Lock where another program holds the file.
var ErrInUse = errors.New("another program works on it")

// Lock makes the file where it is missing and locks it for this process alone, until it is closed or the process ends, however that may be.
// It does not wait: where another holds the lock the error is ErrInUse.
func Lock(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		if errors.Is(err, errLocked) {
			err = ErrInUse
		}
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f, nil
}
