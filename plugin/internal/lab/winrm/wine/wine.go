// Package wine is a machine of the WinRM lab whose commands run in Wine: cmd.exe /S /C as the WinRM service starts it, in a prefix that
// the user has made. It is the one room that runs an external program, and runs no other than Wine's loader.
//
// Wine is no Windows: netsh, secedit, schtasks, dism, icacls and others exit 0 there and do nothing, so a green run proves nothing unless
// the state is read back. It refuses a folder that is no prefix.
package wine

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
)

// Options say which Wine.
type Options struct {
	Loader string   // wine64, or its path; "" looks for Debian's
	Prefix string   // a prefix that `wineboot --init` has made
	Env    []string // of the process: PATH, HOME; WINEPREFIX and WINEDEBUG are set by the machine
}

// Machine runs commands in a Wine prefix.
type Machine struct {
	loader     string
	server     string // wineserver
	prefix     string
	temp, home string // C:\windows\temp, and where commands start
	env        []string
	boot       atomic.Int64
	commands   atomic.Int64
}

// New checks that there is a Wine and that the prefix is one.
func New(o Options) (*Machine, error) {
	loader, err := find(o.Loader)
	if err != nil {
		return nil, err
	}
	prefix, err := filepath.Abs(o.Prefix)
	if err != nil {
		return nil, fmt.Errorf("open Wine prefix: %w", err)
	}
	// The registry's files are of no use here: Wine's server writes them when it ends.
	if _, err := os.Stat(filepath.Join(prefix, "dosdevices")); err != nil {
		return nil, fmt.Errorf("open Wine prefix %s: it has no folder dosdevices; make one with `WINEPREFIX=%s %s wineboot --init`: %w", prefix, prefix, loader, err)
	}
	end, err := server(loader)
	if err != nil {
		return nil, err
	}
	m := &Machine{loader: loader, server: end, prefix: prefix, env: append(o.Env, "WINEPREFIX="+prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=", "DISPLAY=")}
	m.boot.Store(1)
	m.temp, m.home = m.path(`C:\windows\temp`), m.path(`C:\windows\system32`)
	if m.temp == "" || m.home == "" {
		return nil, fmt.Errorf("open Wine prefix %s: it has no C:\\windows\\temp; make it anew with wineboot --init", prefix)
	}
	return m, nil
}

func find(loader string) (string, error) {
	names := []string{"/usr/lib/wine/wine64", "wine64", "wine"}
	if loader != "" {
		names = []string{loader}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("find Wine: none of %s is there; install it (Debian: wine64), or leave --wine out for the stand-in machine", strings.Join(names, ", "))
}

// server finds Wine's server beside its loader, or on the PATH.
func server(loader string) (string, error) {
	beside := filepath.Dir(loader)
	names := []string{filepath.Join(beside, "wineserver64"), filepath.Join(beside, "wineserver"), "wineserver"}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("find Wine's server: none of %s is there, and without it no restart; install it (Debian: wine64)", strings.Join(names, ", "))
}

// BootID counts the restarts of the machine.
func (m *Machine) BootID() string { return strconv.FormatInt(m.boot.Load(), 10) }

// Restart begins another boot: Wine's server ends with all programs of the prefix, also those that the lab did not start, and with volatile keys;
// files and registry stay. The next command starts it anew.
func (m *Machine) Restart() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, arg := range []string{"--kill", "--wait"} {
		x := exec.CommandContext(ctx, m.server, arg) //nolint:gosec // Wine's own server, found by New
		x.Env = m.env
		_ = x.Run() // says no more than that there was none
	}
	m.boot.Add(1)
}

// The variables by which an outer cmd.exe hands on the command line and gets the exit code out. Wine's process ends with the lowest 8 bits
// of an exit code alone, and its loader would escape quotes that cmd.exe takes as they are; delayed expansion does neither.
const (
	lineVariable = "WMCLIENT_LAB_LINE"
	codeVariable = "WMCLIENT_LAB_CODE"
	outerLine    = "cmd.exe !" + lineVariable + "!& echo !errorlevel!> !" + codeVariable + "!"
)

// Run runs one command line as the service does: cmd.exe /S /C "line", with its whole exit code. shutdown with /r restarts the lab host;
// Wine's own would do nothing. A command without the shell (WINRS_SKIP_CMD_SHELL) is run by cmd.exe too. Two variables whose names begin
// with WMCLIENT_LAB are in its environment.
func (m *Machine) Run(ctx context.Context, c winrm.Command) (uint32, error) {
	if restarts(c.Line) {
		c.Restart()
		return 0, nil
	}
	name := fmt.Sprintf("wmclient-lab-%d.code", m.commands.Add(1))
	code := filepath.Join(m.temp, name)
	defer func() { _ = os.Remove(code) }()                                             // at worst a small file is left in the prefix' TEMP
	x := exec.CommandContext(ctx, m.loader, "cmd.exe", "/V:ON", "/S", "/C", outerLine) //nolint:gosec // running what the client sends is what the lab is for: loopback, behind a password
	x.Env = append(append([]string(nil), m.env...), c.Env...)
	x.Env = append(x.Env, lineVariable+`=/S /C "`+c.Line+`"`, codeVariable+`=C:\windows\temp\`+name)
	x.Dir = m.home
	if c.Dir != "" {
		if x.Dir = m.path(c.Dir); x.Dir == "" {
			return 0, fmt.Errorf("run in Wine: no folder %s", c.Dir)
		}
	}
	ownGroup(x)
	x.WaitDelay = 5 * time.Second
	stdin, err := x.StdinPipe()
	if err != nil {
		return 0, fmt.Errorf("run in Wine: %w", err)
	}
	x.Stdout, x.Stderr = c.Stdout, c.Stderr
	if err := x.Start(); err != nil {
		return 0, fmt.Errorf("run in Wine: %w", err)
	}
	go func() { // ends when the command does, which closes the queue behind Stdin
		_, _ = io.Copy(stdin, c.Stdin)
		_ = stdin.Close()
	}()
	if err := x.Wait(); ctx.Err() == nil && x.ProcessState == nil {
		return 0, fmt.Errorf("run in Wine: %w", err)
	}
	if ctx.Err() != nil {
		return 0, nil
	}
	return readCode(code)
}

// readCode reads the exit code that the outer cmd.exe has written, as a signed number.
func readCode(path string) (uint32, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("run in Wine: the command left no exit code: %w", err)
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("run in Wine: read the exit code: %w", err)
	}
	return uint32(n), nil
}

// path is the folder of this computer behind one of drive C: in the prefix; "" where there is none.
func (m *Machine) path(dir string) string {
	rest, ok := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(dir, "\\", "/")), "c:")
	if !ok {
		return ""
	}
	at := filepath.Join(m.prefix, "drive_c")
	for part := range strings.SplitSeq(rest, "/") {
		if part == "" || part == "." {
			continue
		}
		names, err := os.ReadDir(at)
		if err != nil {
			return ""
		}
		i := slices.IndexFunc(names, func(e os.DirEntry) bool { return strings.EqualFold(e.Name(), part) })
		if i < 0 {
			return ""
		}
		at = filepath.Join(at, names[i].Name())
	}
	return at
}

// restarts reports whether a line restarts the machine.
func restarts(line string) bool {
	f := strings.Fields(strings.ToLower(line))
	if len(f) == 0 || (f[0] != "shutdown" && f[0] != "shutdown.exe") {
		return false
	}
	for _, a := range f[1:] {
		if a == "/r" || a == "-r" {
			return true
		}
	}
	return false
}
