package wim

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// clone lets the file system share the base's blocks with the output, but for
// the first block of the copy: the output must never have the base's header.
// It reports false where the file system cannot, or the files are none.
func clone(out Output, base io.ReaderAt, size int64) bool {
	dst, ok := out.(*os.File)
	src, ok2 := base.(*os.File)
	if !ok || !ok2 || size <= copyBlock {
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
