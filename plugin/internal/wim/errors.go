package wim

import (
	"errors"
	"fmt"
)

// Errors that a caller may test with errors.Is. A missing file or directory is
// fs.ErrNotExist, a file in the place of a directory too.
var (
	// ErrUnsupported is a valid file, or a part of one, that this package does
	// not read; the message says how to convert it.
	ErrUnsupported = errors.New("unsupported WIM")
	// ErrCorrupt is a file that contradicts its own format, is cut off, or
	// whose bytes do not have the SHA-1 it states.
	ErrCorrupt = errors.New("corrupt WIM")
	// ErrChanged is a base or a content that changed while it was used.
	ErrChanged = errors.New("changed while it was read")
	// ErrPath is a path that cannot, or must not, name a file in an image.
	ErrPath = errors.New("unusable path")
)

const exportHint = `convert it with "wimlib-imagex export SRC INDEX DEST --compress=LZX --chunk-size=32K" ` +
	`or on Windows "dism /Export-Image /SourceImageFile:SRC /SourceIndex:INDEX /DestinationImageFile:DEST /Compress:max"`

func corrupt(format string, a ...any) error {
	return fmt.Errorf("%w: %w", ErrCorrupt, fmt.Errorf(format, a...))
}

func unsupported(format string, a ...any) error {
	return fmt.Errorf("%w: %w", ErrUnsupported, fmt.Errorf(format, a...))
}
