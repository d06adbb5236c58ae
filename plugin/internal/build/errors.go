package build

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"syscall"

	"github.com/hashicorp/hcl/v2"
)

// The classes of errors that callers tell apart (the command's exit codes, the plugin's messages).
var (
	// ErrUsage: something that the caller asked for cannot be: a missing lock, a file that is no base.
	ErrUsage = errors.New("usage")
	// ErrNotTrusted: a digest is not the one that the lock or a manifest states.
	ErrNotTrusted = errors.New("not trusted")
	// ErrExpired: an exception has run out.
	ErrExpired = errors.New("expired")
	// ErrFindings: everything was written and judged, and some findings gate.
	ErrFindings = errors.New("findings failed")
	// ErrLeft: what a build that ended had under way could not be removed. It stands beside the reason for the end.
	ErrLeft = errors.New("left behind")
)

// ProfileError carries the diagnostics of profiles, with the sources that their snippets are cut from.
type ProfileError struct {
	Diags hcl.Diagnostics
	Files map[string]*hcl.File
}

// Error is a one-line summary; the diagnostics carry the places.
func (e *ProfileError) Error() string {
	errs := e.Diags.Errs()
	if len(errs) == 1 {
		return errs[0].Error()
	}
	return fmt.Sprintf("%d problems in the profiles; first: %v", len(errs), errs[0])
}

// Unwrap gives what kept files from being read.
func (e *ProfileError) Unwrap() []error {
	var causes []error
	for _, d := range e.Diags {
		if err, ok := d.Extra.(error); ok {
			causes = append(causes, err)
		}
	}
	return causes
}

// SystemFailed reports whether an error comes from the system and is nobody's mistake: a disk that gives no bytes, or is full. Whatever
// else such an error is called on its way (the base that could not be opened, a delta that could not be read), it says nothing about what
// was asked for. That a name leads nowhere, or to something else, or may not be opened, is the caller's to mend and no such error.
func SystemFailed(err error) bool {
	var number syscall.Errno
	if !errors.As(err, &number) || errors.Is(number, fs.ErrNotExist) || errors.Is(number, fs.ErrPermission) || errors.Is(number, fs.ErrExist) {
		return false
	}
	switch number {
	case syscall.ENOTDIR, syscall.EISDIR, syscall.ENAMETOOLONG, syscall.ELOOP, syscall.EINVAL:
		return false
	}
	const invalidName, directory = 123, 267 // ERROR_INVALID_NAME, ERROR_DIRECTORY, which package syscall has no names for
	return runtime.GOOS != "windows" || number != invalidName && number != directory
}

// classed gives an error a class without changing its text.
type classed struct {
	class error
	err   error
}

func (c classed) Error() string   { return c.err.Error() }
func (c classed) Unwrap() []error { return []error{c.class, c.err} }

func usagef(format string, args ...any) error {
	return classed{ErrUsage, fmt.Errorf(format, args...)}
}

func untrustedf(format string, args ...any) error {
	return classed{ErrNotTrusted, fmt.Errorf(format, args...)}
}

func expiredf(format string, args ...any) error {
	return classed{ErrExpired, fmt.Errorf(format, args...)}
}
