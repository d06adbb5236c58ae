package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

// The exit codes; where several apply, the first in the order of exitCode wins.
const (
	exitOK       = 0
	exitError    = 1
	exitUsage    = 2
	exitFindings = 3
	exitExpired  = 4
	exitTrust    = 5
	exitChanges  = 10

	// As shells name a program that a signal ended: 128 and the signal's number.
	exitInterrupted = 130
	exitPipe        = 141
	exitTerminated  = 143
)

// usageError is a call that cannot be meant.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// quietError carries an exit code whose reason has been printed already.
type quietError struct{ code int }

func (e quietError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// exitCode is the one table from classes of errors to exit codes.
func exitCode(err error) int {
	var quiet quietError
	var usage usageError
	var bad *build.ProfileError
	switch {
	case errors.As(err, &quiet):
		return quiet.code
	case build.SystemFailed(err): // whatever could not be read for it: the disk is no usage
		return exitError
	case errors.As(err, &usage), errors.As(err, &bad), errors.Is(err, build.ErrUsage):
		return exitUsage
	case errors.Is(err, build.ErrNotTrusted):
		return exitTrust
	case errors.Is(err, build.ErrExpired):
		return exitExpired
	case errors.Is(err, build.ErrFindings):
		return exitFindings
	}
	return exitError
}

func (a *app) printError(err error) {
	var bad *build.ProfileError
	if errors.As(err, &bad) {
		a.printDiags(bad.Diags, bad.Files)
		return
	}
	err = build.NoRoom(err, "free some room on that disk, or write to another") // where nobody nearer to it knew better
	text, hint, _ := strings.Cut(err.Error(), "\nhint: ")
	fmt.Fprintf(a.Stderr, "wmclient: %s\n", text)
	if hint != "" {
		fmt.Fprintln(a.Stderr, wrap("hint: "+hint, a.width(a.Stderr)))
	}
}

func (a *app) printDiags(diags hcl.Diagnostics, files map[string]*hcl.File) {
	options := profile.WriteOptions{JSON: a.diags == "json", Color: a.color(a.Stderr), Width: uint(a.width(a.Stderr))}
	if err := profile.WriteDiags(a.Stderr, diags, files, options); err != nil {
		fmt.Fprintf(a.Stderr, "wmclient: %v\n", err)
	}
}
