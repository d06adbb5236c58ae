//go:build !linux && !darwin

package partial

import (
	"errors"
	"os"
)

// Exchange always fails: Windows knows no such call.
func Exchange(a, b string) error {
	return &os.LinkError{Op: "exchange", Old: a, New: b, Err: errors.ErrUnsupported}
}
