//go:build !linux

package wim

import "io"

// clone is for Linux only; elsewhere the bytes are copied.
func clone(Output, io.ReaderAt, int64) bool { return false }

// copyRange is for Linux only; elsewhere the program copies.
func copyRange(Output, io.ReaderAt, int64, int64) (int64, error) { return 0, nil }
