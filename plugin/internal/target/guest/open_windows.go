package guest

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ apply.Target         = (*Guest)(nil)
	_ apply.RegistryWriter = (*Guest)(nil)
	_ apply.KeyChecker     = (*Guest)(nil)
	_ apply.PolicyWriter   = (*Guest)(nil)
	_ apply.FileWriter     = (*Guest)(nil)

	_ setting.RegistryReader = (*Guest)(nil)
	_ setting.KeyLister      = (*Guest)(nil)
	_ setting.PolicyReader   = (*Guest)(nil)
	_ setting.PolicyLister   = (*Guest)(nil)
	_ setting.FileReader     = (*Guest)(nil)
)

// Guest is the Windows that this program runs on. It keeps nothing between two questions, so that each answer is of the moment; it is not
// safe for concurrent use.
type Guest struct {
	name  string
	drive string // "C:"
}

// Open begins to work on the running Windows. A program of another processor's than Windows is refused: it would see another registry and
// other files. So is a Windows in a folder that is not \Windows, since plans name files by that.
func Open() (*Guest, error) {
	dir, err := windows.GetSystemWindowsDirectory()
	if err != nil {
		return nil, fmt.Errorf("open this Windows: %w", err)
	}
	if len(dir) < 3 || dir[1] != ':' || !upcase.Equal(dir[2:], `\Windows`) {
		return nil, fmt.Errorf(`open this Windows: it lies in %s, and plans name files below \Windows`, dir)
	}
	if err := notEmulated(); err != nil {
		return nil, fmt.Errorf("open this Windows: %w", err)
	}
	g := &Guest{drive: strings.ToUpper(dir[:2])}
	if g.name, err = windows.ComputerName(); err != nil {
		return nil, fmt.Errorf("open this Windows: its name: %w", err)
	}
	if err := enable("SeSecurityPrivilege", "SeRestorePrivilege", "SeTakeOwnershipPrivilege"); err != nil {
		return nil, fmt.Errorf("open this Windows: %w", err)
	}
	return g, nil
}

// notEmulated refuses to run as a program of another processor's than Windows.
func notEmulated() error {
	if windows.NewLazySystemDLL("kernel32.dll").NewProc("IsWow64Process2").Find() != nil {
		return nil // before Windows 10 1511, which emulates no 64-bit processor
	}
	var process, machine uint16
	if err := windows.IsWow64Process2(windows.CurrentProcess(), &process, &machine); err != nil {
		return fmt.Errorf("ask for the processor: %w", err)
	}
	if process != 0 || machine != ownMachine {
		return fmt.Errorf("it runs this program in emulation (machine %#x on %#x); take the build for its own processor", process, machine)
	}
	return nil
}

// ownMachine is the processor that this program is built for (IMAGE_FILE_MACHINE_AMD64).
const ownMachine = 0x8664

// enable turns on what the process may do but does not unless it says so: to set the audit policy, and owners. A process that may not is told
// by the calls that need it.
func enable(names ...string) error {
	var token windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ADJUST_PRIVILEGES|windows.TOKEN_QUERY, &token); err != nil {
		return fmt.Errorf("open the process's own token: %w", err)
	}
	defer token.Close() //nolint:errcheck // nothing is written
	for _, name := range names {
		p, err := windows.UTF16PtrFromString(name)
		if err != nil {
			return err
		}
		state := windows.Tokenprivileges{PrivilegeCount: 1}
		state.Privileges[0].Attributes = windows.SE_PRIVILEGE_ENABLED
		if err := windows.LookupPrivilegeValue(nil, p, &state.Privileges[0].Luid); err != nil {
			return fmt.Errorf("look up %s: %w", name, err)
		}
		if err := windows.AdjustTokenPrivileges(token, false, &state, 0, nil, nil); err != nil {
			return fmt.Errorf("enable %s: %w", name, err)
		}
	}
	return nil
}

// Describe names the machine for messages.
func (g *Guest) Describe() string { return fmt.Sprintf("this Windows (%s)", g.name) }

// Drive is the drive that Windows lies on: "C:".
func (g *Guest) Drive() string { return g.drive }

// absent reports whether Windows says that there is no such thing.
func absent(err error) bool {
	return errors.Is(err, windows.ERROR_FILE_NOT_FOUND) || errors.Is(err, windows.ERROR_PATH_NOT_FOUND)
}

// neutral is an error of Windows without the text that it has in the machine's language.
func neutral(call string, err error) error {
	if number, ok := errors.AsType[windows.Errno](err); ok {
		return callError(call, uintptr(number))
	}
	return err
}
