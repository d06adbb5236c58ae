package partial

import (
	"os"

	"golang.org/x/sys/unix"
)

// Exchange gives each of two files or folders the other's name, both at once, so that neither name is ever without one. It fails where the
// file system cannot.
func Exchange(a, b string) error {
	if err := unix.RenamexNp(a, b, unix.RENAME_SWAP); err != nil {
		return &os.LinkError{Op: "exchange", Old: a, New: b, Err: err}
	}
	return nil
}
