//go:build unix

package build

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile locks a file for this process alone, or fails at once where another holds the lock.
func lockFile(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
