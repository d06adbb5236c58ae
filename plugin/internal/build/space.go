package build

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
)

// noRoom adds the way out where the disk, a quota or a limit of the process left no room for what is written.
func noRoom(err error) error {
	reasons := []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
	if runtime.GOOS == "windows" {
		const diskFull = 112 // ERROR_DISK_FULL, which package syscall has no name for
		reasons = append(reasons, syscall.Errno(diskFull))
	}
	for _, reason := range reasons {
		if errors.Is(err, reason) {
			return fmt.Errorf("%w\nhint: free as much room as the base takes and a little more, or write to another disk with --out", err)
		}
	}
	return err
}
