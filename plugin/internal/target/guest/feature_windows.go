package guest

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Optional features are asked of DISM's own functions (dismapi.h): dism.exe writes text in the machine's language.
var (
	dismapi         = windows.NewLazySystemDLL("dismapi.dll")
	dismInitialize  = dismapi.NewProc("DismInitialize")
	dismShutdown    = dismapi.NewProc("DismShutdown")
	dismOpenSession = dismapi.NewProc("DismOpenSession")
	dismClose       = dismapi.NewProc("DismCloseSession")
	dismFeatureInfo = dismapi.NewProc("DismGetFeatureInfo")
	dismEnable      = dismapi.NewProc("DismEnableFeature")
	dismDisable     = dismapi.NewProc("DismDisableFeature")
	dismDelete      = dismapi.NewProc("DismDelete")
)

// onlineImage is DISM_ONLINE_IMAGE: the running Windows.
const onlineImage = "DISM_{53BFAE52-B167-4E2F-A258-0A37B57FF845}"

// featureInfo is how DismFeatureInfo begins; the structures of dismapi.h have no gaps.
type featureInfo struct {
	Name  *uint16
	State featureState
}

// withDISM opens a session on the running Windows.
func withDISM(name string, do func(session uintptr, feature *uint16) error) error {
	feature, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := invoke(dismInitialize, 0, 0, 0); err != nil {
		return err
	}
	defer func() { _ = invoke(dismShutdown) }()
	image, err := windows.UTF16PtrFromString(onlineImage)
	if err != nil {
		return err
	}
	var session uint32
	if err := invoke(dismOpenSession, uintptr(unsafe.Pointer(image)), 0, 0, uintptr(unsafe.Pointer(&session))); err != nil {
		return err
	}
	defer func() { _ = invoke(dismClose, uintptr(session)) }()
	return do(uintptr(session), feature)
}

// feature tells whether an optional feature is on. One that changes with the next start is told as it will be, with errAfterRestart.
func (g *Guest) feature(name string) (text string, err error) {
	err = withDISM(name, func(session uintptr, feature *uint16) error {
		var info *featureInfo
		err := invoke(dismFeatureInfo, session, uintptr(unsafe.Pointer(feature)), 0, 0, uintptr(unsafe.Pointer(&info)))
		if code(err) == resultUnknownFeature {
			return fmt.Errorf("%w: %w", setting.ErrAbsent, err)
		}
		if err != nil {
			return err
		}
		defer func() { _ = invoke(dismDelete, uintptr(unsafe.Pointer(info))) }()
		pending := false
		if text, pending, err = info.State.text(); pending {
			return fmt.Errorf("%s: %w", text, errAfterRestart)
		}
		return err
	})
	return text, err
}

// setFeature turns a feature on, with what it needs, or off. Nothing is fetched from a network: an image that lacks a feature's files keeps
// lacking it, and that is an error.
func (g *Guest) setFeature(op setting.Op) error {
	on, err := parseOnOff(op.Value)
	if err != nil {
		return err
	}
	err = withDISM(op.Location.Name(), func(session uintptr, feature *uint16) error {
		if on {
			const limitAccess, all = 1, 1
			return dism(dismEnable, session, uintptr(unsafe.Pointer(feature)), 0, 0, limitAccess, 0, 0, all, 0, 0, 0)
		}
		return dism(dismDisable, session, uintptr(unsafe.Pointer(feature)), 0, 0, 0, 0, 0)
	})
	return g.maybeRestart(err, "feature "+op.Location.Name())
}

// dism is invoke for a function that may succeed and ask for the session to be opened anew, which each look here does.
//
//go:uintptrescapes
func dism(p *windows.LazyProc, args ...uintptr) error {
	const reload = 1 // DISMAPI_S_RELOAD_IMAGE_SESSION_REQUIRED
	err := invoke(p, args...)
	if code(err) == reload {
		return nil
	}
	return err
}

// maybeRestart takes an error that says that all went well and a restart completes it. It is remembered until then.
func (g *Guest) maybeRestart(err error, what string) error {
	switch c := code(err); c {
	case errRestart, errRestartBegun, 0x80070000 | errRestart:
		return g.wantRestart(what)
	}
	return err
}
