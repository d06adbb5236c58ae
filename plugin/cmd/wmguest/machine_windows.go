package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
	"golang.org/x/sys/windows/svc/mgr"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
)

func onWindows(env *agentcli.Env) {
	root, err := windows.GetSystemWindowsDirectory()
	if err != nil {
		root = os.Getenv("SystemRoot")
	}
	env.Folder = filepath.Join(root, "wmclient")
	env.Open = func() (agent.Machine, error) {
		g, err := guest.Open()
		if err != nil {
			return nil, err
		}
		return machine{g}, nil
	}
	env.Service = service
	env.System = system{}
}

// machine is the running Windows as the agent asks for it.
type machine struct{ *guest.Guest }

// Host says what machine this is.
func (m machine) Host() (agent.Host, error) {
	h, err := m.Guest.Host()
	return agent.Host{Computer: h.Computer, EditionID: h.EditionID, Build: h.Build, Arch: h.Arch, Languages: h.Languages, Platform: agent.Platform(h.Platform)}, err
}

// service runs work as the service that Windows started this program as.
func service(work func(agentcli.Signals) error) error {
	h := &handler{work: work}
	// Windows itself says whether it waits for a service here; svc.IsWindowsService goes by sessions and parents, which differ under Wine.
	switch err := svc.Run(agent.ServiceName, h); {
	case errors.Is(err, windows.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT):
		return fmt.Errorf("this program was not started as a service: use wmguest apply: %w", err)
	case err != nil:
		return err
	}
	return h.err
}

type handler struct {
	work func(agentcli.Signals) error
	err  error
}

// Execute implements svc.Handler. An error ends the service with a code of its own, so that its failure actions run.
func (h *handler) Execute(_ []string, requests <-chan svc.ChangeRequest, changes chan<- svc.Status) (specific bool, code uint32) {
	changes <- svc.Status{State: svc.StartPending}
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- h.work(agentcli.Signals{Stop: stop}) }()
	const accepts = svc.AcceptStop | svc.AcceptShutdown
	changes <- svc.Status{State: svc.Running, Accepts: accepts}
	stopping := false
	for {
		select {
		case h.err = <-ended:
			changes <- svc.Status{State: svc.StopPending}
			if h.err != nil {
				return true, agentcli.CodeError
			}
			return false, 0
		case r := <-requests:
			switch r.Cmd {
			case svc.Interrogate:
				changes <- r.CurrentStatus
			case svc.Stop, svc.Shutdown:
				if !stopping {
					stopping = true
					close(stop) // the op that runs is ended first
					changes <- svc.Status{State: svc.StopPending, WaitHint: 30_000}
				}
			}
		}
	}
}

// system is what the service asks of Windows.
type system struct{}

// SetupRuns reads what Windows Setup says of itself: HKLM\SYSTEM\Setup, SystemSetupInProgress and OOBEInProgress.
func (system) SetupRuns() (bool, error) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SYSTEM\Setup`, registry.QUERY_VALUE)
	if err != nil {
		return false, err
	}
	defer k.Close()
	for _, name := range []string{"SystemSetupInProgress", "OOBEInProgress"} {
		v, _, err := k.GetIntegerValue(name)
		if err != nil && !errors.Is(err, registry.ErrNotExist) {
			return false, fmt.Errorf("%s: %w", name, err)
		}
		if v != 0 {
			return true, nil
		}
	}
	return false, nil
}

// Restart restarts the machine (InitiateSystemShutdownExW), with the reason planned, operating system, reconfiguration.
func (system) Restart(why string) error {
	if err := privilege("SeShutdownPrivilege"); err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	text, err := windows.UTF16PtrFromString(why)
	if err != nil {
		return err
	}
	const planned, operatingSystem, reconfiguration = 0x80000000, 0x00020000, 0x00000004 // SHTDN_REASON_
	const force, reboot = 1, 1
	ok, _, err := initiateShutdown.Call(0, uintptr(unsafe.Pointer(text)), 0, force, reboot, planned|operatingSystem|reconfiguration) //nolint:gosec // G103: a call that has no wrapper takes pointers as numbers
	if ok == 0 && !errors.Is(err, syscall.Errno(windows.ERROR_SHUTDOWN_IN_PROGRESS)) {
		return fmt.Errorf("restart: %w", err)
	}
	return nil
}

var initiateShutdown = windows.NewLazySystemDLL("advapi32.dll").NewProc("InitiateSystemShutdownExW")

// privilege turns on a privilege that the account has.
func privilege(name string) error {
	var token windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ADJUST_PRIVILEGES|windows.TOKEN_QUERY, &token); err != nil {
		return err
	}
	defer func() { _ = token.Close() }() // nothing is lost with it
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	p := windows.Tokenprivileges{PrivilegeCount: 1}
	p.Privileges[0].Attributes = windows.SE_PRIVILEGE_ENABLED
	if err := windows.LookupPrivilegeValue(nil, text, &p.Privileges[0].Luid); err != nil {
		return err
	}
	return windows.AdjustTokenPrivileges(token, false, &p, 0, nil, nil)
}

// Log writes to the event log Application. That the source has no messages of its own does not keep the text from being shown.
func (system) Log(text string) {
	l, err := eventlog.Open(agent.ServiceName)
	if err != nil {
		return // nobody can be told; the status file says it too
	}
	_ = l.Info(1, text)
	_ = l.Close()
}

// Retire deletes the service, and lets Windows remove agent and bundle at the next start.
func (system) Retire(folder string) error {
	m, err := mgr.Connect()
	if err != nil {
		return fmt.Errorf("remove the agent: %w", err)
	}
	defer func() { _ = m.Disconnect() }()
	s, err := m.OpenService(agent.ServiceName)
	if err == nil {
		err = errors.Join(s.Delete(), s.Close())
	}
	if err != nil && !errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) && !errors.Is(err, windows.ERROR_SERVICE_MARKED_FOR_DELETE) {
		return fmt.Errorf("remove the agent's service: %w", err)
	}
	program, err := windows.UTF16PtrFromString(filepath.Join(folder, "wmguest.exe"))
	if err != nil {
		return err
	}
	if err := windows.MoveFileEx(program, nil, windows.MOVEFILE_DELAY_UNTIL_REBOOT); err != nil {
		return fmt.Errorf("remove the agent at the next start: %w", err)
	}
	// The bundle goes last: without it nobody could ask for the rest again.
	if err := partial.RemoveAll(filepath.Join(folder, "bundle")); err != nil {
		return fmt.Errorf("remove the agent's bundle: %w", err)
	}
	return nil
}
