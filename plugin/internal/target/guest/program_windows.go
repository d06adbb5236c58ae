package guest

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	msi           = windows.NewLazySystemDLL("msi.dll")
	msiSetUI      = msi.NewProc("MsiSetInternalUI")
	msiInstall    = msi.NewProc("MsiInstallProductW")
	msiConfigure  = msi.NewProc("MsiConfigureProductExW")
	noRestart     = "REBOOT=ReallySuppress ALLUSERS=1"
	msiUINone     = uintptr(2) // INSTALLUILEVEL_NONE
	msiAbsent     = uintptr(2) // INSTALLSTATE_ABSENT
	msiAnyFeature = uintptr(0) // INSTALLLEVEL_DEFAULT
)

// program returns the version of an installed program, as its uninstall key states it.
func (g *Guest) program(name string) (string, error) { return installedProgram(g, name) }

// installProgram installs the package that op.Path names, after its digest was compared: what is installed is what the plan says.
func (g *Guest) installProgram(op setting.Op) error {
	facts, err := g.File(op.Path)
	if err != nil {
		return err
	}
	if facts.SHA256 != op.SHA256 || facts.Size != op.Size {
		return fmt.Errorf("package %s has SHA-256 %s and %d bytes, not %s and %d as the plan says: put it there again", op.Path, facts.SHA256, facts.Size, op.SHA256, op.Size)
	}
	return g.withInstaller(op, func(options *uint16) error {
		path, err := windows.UTF16PtrFromString(g.drive + tidyPath(op.Path))
		if err != nil {
			return err
		}
		return invoke(msiInstall, uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(options)))
	})
}

// removeProgram removes a program that Windows Installer installed.
func (g *Guest) removeProgram(op setting.Op) error {
	return g.withInstaller(op, func(options *uint16) error {
		product, err := windows.UTF16PtrFromString(op.Location.Name())
		if err != nil {
			return err
		}
		err = invoke(msiConfigure, uintptr(unsafe.Pointer(product)), msiAnyFeature, msiAbsent, uintptr(unsafe.Pointer(options)))
		if code(err) == errUnknownProduct {
			return errors.Join(err, errors.New("its uninstall key is there, but Windows Installer did not install it: take it out of the base"))
		}
		return err
	})
}

// withInstaller lets Windows Installer work without a window and without restarting the machine by itself.
func (g *Guest) withInstaller(op setting.Op, do func(options *uint16) error) error {
	if err := found(msiSetUI); err != nil {
		return err
	}
	_, _, _ = msiSetUI.Call(msiUINone, 0) // it returns the level before
	options, err := windows.UTF16PtrFromString(noRestart)
	if err != nil {
		return err
	}
	return g.maybeRestart(do(options), string(op.Location))
}
