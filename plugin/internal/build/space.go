package build

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"syscall"
)

// NoRoom gives an error the way out where the disk, a quota or a limit of the process left no room for what was to be written. It takes the
// place of any other hint: that of a place where a full disk is one reason of several leads elsewhere. Other errors stay as they are.
func NoRoom(err error, way string) error {
	reasons := []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
	if runtime.GOOS == "windows" {
		const diskFull = 112 // ERROR_DISK_FULL, which package syscall has no name for
		reasons = append(reasons, syscall.Errno(diskFull))
	}
	for _, reason := range reasons {
		if errors.Is(err, reason) {
			return full{err, way}
		}
	}
	return err
}

// noRoom is NoRoom for what is written below --out, and the way out where nothing may be written there.
func noRoom(err error) error {
	var path *fs.PathError
	if errors.Is(err, fs.ErrPermission) && errors.As(err, &path) && !strings.Contains(err.Error(), "\nhint: ") {
		return classed{ErrUsage, fmt.Errorf("%w\nhint: this user may not write there: choose another folder with --out, or change its rights", err)}
	}
	return NoRoom(err, "free as much room as the base takes and a little more, or write to another disk with --out")
}

// full is an error for want of room.
type full struct {
	err error
	way string
}

func (f full) Error() string {
	var inner full
	if errors.As(f.err, &inner) { // who was nearer to the disk knew the way
		return f.err.Error()
	}
	text, _, _ := strings.Cut(f.err.Error(), "\nhint: ")
	return text + "\nhint: " + f.way
}

func (f full) Unwrap() error { return f.err }
