package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc/mgr"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentcli"
)

// Leave makes the agent go: a cmd.exe of Windows' own waits for this process to end, since no running program can be removed, takes the paths away
// and then the power. It is begun before the service goes: where it cannot begin, the next start tries again.
func (system) Leave(l agentcli.Leaving) error {
	root, err := windows.GetSystemWindowsDirectory()
	if err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	line, err := leaveLine(root, l)
	if err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	if _, err := start(filepath.Join(root, "System32", "cmd.exe"), line, root); err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	if !l.Service {
		return nil
	}
	m, err := mgr.Connect()
	if err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	defer func() { _ = m.Disconnect() }()
	s, err := m.OpenService(agent.ServiceName)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return nil
	}
	if err == nil {
		err = errors.Join(s.Delete(), s.Close())
	}
	if err != nil && !errors.Is(err, windows.ERROR_SERVICE_MARKED_FOR_DELETE) {
		return fmt.Errorf("leave: remove the service: %w", err)
	}
	return nil
}

// Sysprep generalises the machine and waits for its end.
func (system) Sysprep(unattend string) error {
	dir, err := windows.GetSystemDirectory()
	if err != nil {
		return fmt.Errorf("sysprep: %w", err)
	}
	line := "sysprep.exe /generalize /oobe /quit /quiet"
	if unattend != "" {
		line += ` "/unattend:` + unattend + `"`
	}
	folder := filepath.Join(dir, "Sysprep")
	p, err := start(filepath.Join(folder, "sysprep.exe"), line, folder)
	if err != nil {
		return fmt.Errorf("sysprep: %w", err)
	}
	defer windows.CloseHandle(p) //nolint:errcheck // nothing is written
	if _, err := windows.WaitForSingleObject(p, windows.INFINITE); err != nil {
		return fmt.Errorf("sysprep: %w", err)
	}
	var code uint32
	if err := windows.GetExitCodeProcess(p, &code); err != nil {
		return fmt.Errorf("sysprep: %w", err)
	}
	if code != 0 {
		return fmt.Errorf("sysprep.exe ended with code %#x", code)
	}
	return generalized()
}

// generalized asks what Windows says of itself, since Sysprep may end with 0 where it failed (Microsoft, "Windows Setup States": ImageState).
func generalized() error {
	const key, want = `SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State`, "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE"
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, registry.QUERY_VALUE)
	if err != nil {
		return fmt.Errorf("sysprep: %w", err)
	}
	defer k.Close()
	state, _, err := k.GetStringValue("ImageState")
	if err != nil {
		return fmt.Errorf("sysprep: ImageState: %w", err)
	}
	if state != want {
		return fmt.Errorf("sysprep.exe ended, and Windows is not generalised: ImageState is %q", state)
	}
	return nil
}

// start begins a program of its own, which outlives this one, and gives its handle.
func start(program, line, dir string) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(program)
	if err != nil {
		return 0, err
	}
	text, err := windows.UTF16PtrFromString(line)
	if err != nil {
		return 0, err
	}
	in, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	info := windows.StartupInfo{Cb: uint32(unsafe.Sizeof(windows.StartupInfo{}))}
	var p windows.ProcessInformation
	if err := windows.CreateProcess(name, text, nil, nil, false, windows.CREATE_NO_WINDOW|windows.CREATE_NEW_PROCESS_GROUP, nil, in, &info, &p); err != nil {
		return 0, fmt.Errorf("start %s: %w", program, err)
	}
	return p.Process, windows.CloseHandle(p.Thread)
}
