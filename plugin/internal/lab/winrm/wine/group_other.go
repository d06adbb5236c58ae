//go:build !unix

package wine

import "os/exec"

// ownGroup does nothing: there is no Wine on this system.
func ownGroup(*exec.Cmd) {}
