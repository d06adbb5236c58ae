// Package winrm is the WinRM lab: a WS-Management shell server (MS-WSMV, MS-WSMAN) that stands where a Windows would, so that clients of
// WinRM can be tried and tested without a licence. Commands run on a Machine: a stand-in (lab/winrm/standin) or Wine (lab/winrm/wine).
//
// It is no Windows and says so in what it answers to Identify. What it knows of Windows was read in documentation, headers and bug
// reports, and nothing in it ever met a real one. It answers the text shell (winrs, cmd), Identify, and Get of the configuration: no
// PowerShell remoting, no WMI, no events. Users are known by Basic, over https also by NTLM and by a certificate; messages encrypted over
// http, SPNEGO, Kerberos and CredSSP are not answered.
// It refuses addresses that are not loopback, requests beyond its bounds, and everything that it does not know, with the fault that the
// protocol has for it. Faults can be ordered as data: see Faults.
package winrm

import (
	"context"
	"io"
)

// Marker is what the lab calls itself in all that it says.
const Marker = "wmclient lab stand-in, not a Windows"

// Machine is what stands behind a host and runs its commands. Its methods are called from several goroutines.
type Machine interface {
	// Run runs one command to its end and returns its exit code. When ctx ends it kills the command with all that it started. An error
	// means that nothing could be started.
	Run(ctx context.Context, c Command) (exit uint32, err error)
	// BootID names the boot that the machine is in: another text after every Restart.
	BootID() string
	// Restart is called while the host is down and no command runs.
	Restart()
}

// Command is one command as the client sent it.
type Command struct {
	Line      string // command and arguments, joined by blanks: what cmd.exe gets behind /S /C
	SkipShell bool   // WINRS_SKIP_CMD_SHELL: the line is a program with arguments, without cmd.exe
	Env       []string
	Dir       string // the shell's WorkingDirectory; "" is the user's
	Stdin     io.Reader
	Stdout    io.Writer
	Stderr    io.Writer

	// Keep asks for n more bytes for as long as the shell lives, and returns ErrMemory beyond MaxMemoryPerShellMB.
	Keep func(n int) error
	// Restart orders a restart of the machine, as `shutdown /r /t 0` does: the host goes away after the answer to the running request.
	Restart func()
}
