package build

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// watched notes the first error that the system gives while something is read. On its way through hives and settings such an error becomes
// one finding's, or the unknown state of one setting before the change; a build must not go on with either, and a validation must say it.
type watched struct {
	io.ReaderAt
	first atomic.Pointer[error]
}

// ReadAt reads, and remembers.
func (w *watched) ReadAt(p []byte, off int64) (int, error) {
	n, err := w.ReaderAt.ReadAt(p, off)
	if SystemFailed(err) {
		w.first.CompareAndSwap(nil, &err)
	}
	return n, err
}

// failed is the first error of the system, if there was one.
func (w *watched) failed() error {
	if err := w.first.Load(); err != nil {
		return fmt.Errorf("what could not be read is not known: %w", *err)
	}
	return nil
}

// watchedFile is a file on disk, or on a medium there, that is watched.
type watchedFile struct {
	*watched
	disk *os.File
}

// Stat describes the file on disk, so that who asks twice sees whether it changed.
func (w watchedFile) Stat() (os.FileInfo, error) { return w.disk.Stat() }

// OSFile is the file that is read, so that the system can copy it; nil where what is read is a part of it.
func (w watchedFile) OSFile() *os.File {
	f, _ := w.ReaderAt.(*os.File)
	return f
}

// steady reports a file that somebody has written to since it was opened, also where its time of change was set back: what no program can
// set is looked at.
func (o *opened) steady() error {
	who, err := identify(o.medium.Disk())
	if err != nil {
		return fmt.Errorf("look at %s again: %w", o.path, err)
	}
	if who != o.who {
		return fmt.Errorf("%s: %w", o.path, wim.ErrChanged)
	}
	return nil
}
