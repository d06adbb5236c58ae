//go:build !unix

package build

import (
	"errors"
	"os"
)

// lockFile always fails: Windows neither renames nor removes an open file, so the order that makes marks safe cannot be kept there. The
// folders of builds that were killed stay until somebody removes them.
func lockFile(*os.File) error { return errors.ErrUnsupported }
