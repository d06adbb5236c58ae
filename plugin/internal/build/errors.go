package build

import (
	"errors"
	"fmt"

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
