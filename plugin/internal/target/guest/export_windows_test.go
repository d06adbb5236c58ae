package guest

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// WantRestart remembers that something needs a restart.
func (g *Guest) WantRestart(why string) error { return g.wantRestart(why) }

// Neutral is an error of Windows without its text.
func Neutral(call string, err error) error { return neutral(call, err) }

// MachineSID is the machine's own SID.
func (g *Guest) MachineSID() (string, error) { return g.machineSID() }

// RegisterTask registers a task by its definition, as an installer does.
func RegisterTask(name, definition string) error {
	const registerTask, createOrUpdate, logonNone = 16, 6, 0
	err := withFolder(func(folder *object) error {
		path, free, err := bstr(name)
		if err != nil {
			return err
		}
		defer free()
		text, freeText, err := bstr(definition)
		if err != nil {
			return err
		}
		defer freeText()
		var none [3]variant
		var task *object
		result, _, _ := syscall.SyscallN(folder.methods[registerTask], uintptr(unsafe.Pointer(folder)), path, text, createOrUpdate, uintptr(unsafe.Pointer(&none[0])),
			uintptr(unsafe.Pointer(&none[1])), logonNone, uintptr(unsafe.Pointer(&none[2])), uintptr(unsafe.Pointer(&task)))
		task.release()
		return callError("ITaskFolder.RegisterTask", result)
	})
	return err
}

// Junction makes a folder that leads to another one.
func (g *Guest) Junction(at, to string) error {
	p, err := windows.UTF16PtrFromString(g.whole(at))
	if err != nil {
		return err
	}
	target, err := windows.UTF16PtrFromString(g.whole(to))
	if err != nil {
		return err
	}
	return windows.CreateSymbolicLink(p, target, windows.SYMBOLIC_LINK_FLAG_DIRECTORY)
}

// WriteHive writes the default profile's registry, as Windows Setup does.
func (g *Guest) WriteHive(data []byte) error { return g.writeFile(defaultHive, data) }

// RemoveKey removes a key without keys below it.
func RemoveKey(path string) error {
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	return status(advapi32.NewProc("RegDeleteKeyW").Call(uintptr(windows.HKEY_LOCAL_MACHINE), uintptr(unsafe.Pointer(p))))
}

// AccessList is what reading a key's descriptor gives.
func (g *Guest) AccessList(key string) (string, error) {
	return g.State(setting.StateLocation(setting.SchemeRegistrySecurity, key))
}

// Instead puts functions in the place of Windows' own until the test ends.
func Instead(t interface{ Cleanup(func()) }, functions map[string]func(args []uintptr) uintptr) {
	instead = functions
	t.Cleanup(func() { instead = nil })
}
