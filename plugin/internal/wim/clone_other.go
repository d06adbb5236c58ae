//go:build !linux

package wim

import "io"

// clone is for Linux only; elsewhere the bytes are copied.
func clone(Output, io.ReaderAt, int64) bool { return false }
