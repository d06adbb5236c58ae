package guest

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// The Task Scheduler is asked through its own interfaces (taskschd.h). Its folder of definitions is what it writes and not what it reads while
// it runs, its cache in the registry is not documented, and the text of schtasks is of the machine's language.
var (
	ole32          = windows.NewLazySystemDLL("ole32.dll")
	coCreate       = ole32.NewProc("CoCreateInstance")
	oleaut32       = windows.NewLazySystemDLL("oleaut32.dll")
	sysAllocString = oleaut32.NewProc("SysAllocString")
	sysFreeString  = oleaut32.NewProc("SysFreeString")

	classTaskScheduler = windows.GUID{Data1: 0x0f87369f, Data2: 0xa4e5, Data3: 0x4cfc, Data4: [8]byte{0xbd, 0x3e, 0x73, 0xe6, 0x15, 0x45, 0x72, 0xdd}}
	iidTaskService     = windows.GUID{Data1: 0x2faba4c7, Data2: 0x4da9, Data3: 0x4013, Data4: [8]byte{0x96, 0x97, 0x20, 0xcc, 0x3f, 0xd4, 0x0f, 0x85}}
)

// Places of methods in the interfaces' tables: three of IUnknown, four of IDispatch, then their own in the order of taskschd.h.
const (
	unknownRelease     = 2
	serviceGetFolder   = 7
	serviceConnect     = 10
	folderGetTask      = 13
	registeredEnabled  = 10
	registeredEnable   = 11
	clsctxInprocServer = 1
	variantTrue        = 0xffff // VARIANT_TRUE
)

// object is a COM object.
type object struct{ methods *[64]uintptr }

// call calls a method; what the pointers among args point to stays where it is until it returns.
//
//go:uintptrescapes
func (o *object) call(name string, method int, args ...uintptr) error {
	all := append([]uintptr{uintptr(unsafe.Pointer(o))}, args...)
	result, _, _ := syscall.SyscallN(o.methods[method], all...)
	if int32(result) >= 0 {
		return nil
	}
	return callError(name, result)
}

func (o *object) release() {
	if o != nil {
		_, _, _ = syscall.SyscallN(o.methods[unknownRelease], uintptr(unsafe.Pointer(o)))
	}
}

// bstr makes a string as COM takes it.
func bstr(s string) (uintptr, func(), error) {
	p, err := windows.UTF16PtrFromString(s)
	if err != nil {
		return 0, nil, err
	}
	b, _, _ := sysAllocString.Call(uintptr(unsafe.Pointer(p)))
	if b == 0 {
		return 0, nil, fmt.Errorf("SysAllocString: no memory")
	}
	return b, func() { _, _, _ = sysFreeString.Call(b) }, nil
}

// variant is an empty VARIANT, which functions on amd64 take as a pointer to a copy.
type variant [24]byte

// withFolder hands the root folder of the Task Scheduler to do.
func withFolder(do func(folder *object) error) error {
	runtime.LockOSThread() // COM is opened for a thread
	defer runtime.UnlockOSThread()
	for _, p := range []*windows.LazyProc{coCreate, sysAllocString, sysFreeString} {
		if err := found(p); err != nil {
			return err
		}
	}
	const alreadyOpen = windows.Errno(1) // S_FALSE
	if err := windows.CoInitializeEx(0, windows.COINIT_MULTITHREADED); err == nil || errors.Is(err, alreadyOpen) {
		defer windows.CoUninitialize()
	}
	var service, folder *object
	if err := invoke(coCreate, uintptr(unsafe.Pointer(&classTaskScheduler)), 0, clsctxInprocServer, uintptr(unsafe.Pointer(&iidTaskService)),
		uintptr(unsafe.Pointer(&service))); err != nil {
		return err
	}
	defer service.release()
	var none [4]variant
	if err := service.call("ITaskService.Connect", serviceConnect, uintptr(unsafe.Pointer(&none[0])), uintptr(unsafe.Pointer(&none[1])),
		uintptr(unsafe.Pointer(&none[2])), uintptr(unsafe.Pointer(&none[3]))); err != nil {
		return err
	}
	root, free, err := bstr(`\`)
	if err != nil {
		return err
	}
	defer free()
	if err := service.call("ITaskService.GetFolder", serviceGetFolder, root, uintptr(unsafe.Pointer(&folder))); err != nil {
		return err
	}
	defer folder.release()
	return do(folder)
}

// withTask hands a registered task to do.
func withTask(path string, do func(task *object) error) error {
	if !strings.HasPrefix(path, `\`) || strings.HasSuffix(path, `\`) {
		return fmt.Errorf(`task %q: the path of a task begins with "\"`, path)
	}
	return withFolder(func(folder *object) error {
		name, free, err := bstr(path[1:])
		if err != nil {
			return err
		}
		defer free()
		var task *object
		err = folder.call("ITaskFolder.GetTask", folderGetTask, name, uintptr(unsafe.Pointer(&task)))
		if c := code(err); c == resultNoFile || c == resultNoPath {
			return fmt.Errorf("%w: %w", setting.ErrAbsent, err)
		}
		if err != nil {
			return err
		}
		defer task.release()
		return do(task)
	})
}

// task tells whether a scheduled task is enabled.
func (g *Guest) task(path string) (text string, err error) {
	err = withTask(path, func(task *object) error {
		var enabled int16
		if err := task.call("IRegisteredTask.get_Enabled", registeredEnabled, uintptr(unsafe.Pointer(&enabled))); err != nil {
			return err
		}
		text = onOff(enabled != 0)
		return nil
	})
	return text, err
}

func (g *Guest) setTask(op setting.Op) error {
	on, err := parseOnOff(op.Value)
	if err != nil {
		return err
	}
	return withTask(op.Location.Name(), func(task *object) error {
		var value uintptr
		if on {
			value = variantTrue
		}
		return task.call("IRegisteredTask.put_Enabled", registeredEnable, value)
	})
}
