package partial

import (
	"os"

	"golang.org/x/sys/windows"
)

// errLocked is the error of a file that another program holds.
var errLocked = windows.ERROR_LOCK_VIOLATION

// lockFile locks a file for this process alone, or fails at once: with errLocked where another holds it. Windows keeps others from reading
// what is locked, so that it is a byte far behind the end of the file.
func lockFile(f *os.File) error {
	at := windows.Overlapped{OffsetHigh: 1 << 30}
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
}
