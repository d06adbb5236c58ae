//go:build unix

package partial

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// errLocked is the error of a file that another program holds.
var errLocked = unix.EWOULDBLOCK

// lockFile locks a file for this process alone, or fails at once: with errLocked where another holds it.
func lockFile(f *os.File) error {
	for {
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
