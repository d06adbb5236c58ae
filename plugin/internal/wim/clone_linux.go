package wim

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// onDisk is the file that is read or written: an *os.File, or what something that
// watches one says it is. nil where the bytes are no file's.
func onDisk(r any) *os.File {
	switch r := r.(type) {
	case *os.File:
		return r
	case interface{ OSFile() *os.File }:
		return r.OSFile()
	}
	return nil
}

// clone lets the file system share the base's blocks with the output, but for
// the first block of the copy: the output must never have the base's header.
// It reports false where the file system cannot, or the files are none.
func clone(out Output, base io.ReaderAt, size int64) bool {
	dst, src := onDisk(out), onDisk(base)
	if dst == nil || src == nil || size <= copyBlock {
		return false
	}
	c, err := dst.SyscallConn()
	if err != nil {
		return false
	}
	r := unix.FileCloneRange{Src_fd: int64(src.Fd()), Src_offset: copyBlock, Src_length: uint64(size - copyBlock), Dest_offset: copyBlock}
	done := false
	err = c.Control(func(fd uintptr) { done = unix.IoctlFileCloneRange(int(fd), &r) == nil })
	return err == nil && done
}

// copyRange lets the system copy bytes from the base to the same place in the output, and returns how many it did: 0 where it cannot, and
// the program has to.
func copyRange(out Output, base io.ReaderAt, off, size int64) (int64, error) {
	dst, src := onDisk(out), onDisk(base)
	if dst == nil || src == nil {
		return 0, nil
	}
	from, to := off, off
	for {
		n, err := unix.CopyFileRange(int(src.Fd()), &from, int(dst.Fd()), &to, int(size), 0)
		switch {
		case err == nil && n == 0:
			return 0, corrupt("offset %d: the file is cut off", off)
		case err == nil:
			return int64(n), nil
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EXDEV), errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EPERM):
			return 0, nil
		default:
			return 0, fmt.Errorf("copy offset %d: %w", off, err)
		}
	}
}
