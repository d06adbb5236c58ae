//go:build unix

package wine

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the process into a group of its own and kills the whole group with it.
func ownGroup(x *exec.Cmd) {
	x.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	x.Cancel = func() error { return syscall.Kill(-x.Process.Pid, syscall.SIGKILL) }
}
