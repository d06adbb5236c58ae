package guest

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	_ setting.RightReader = (*Guest)(nil)
	_ apply.RightWriter   = (*Guest)(nil)
)

var (
	lsaOpenPolicy       = advapi32.NewProc("LsaOpenPolicy")
	lsaClose            = advapi32.NewProc("LsaClose")
	lsaFreeMemory       = advapi32.NewProc("LsaFreeMemory")
	lsaQueryInformation = advapi32.NewProc("LsaQueryInformationPolicy")
	lsaEnumerate        = advapi32.NewProc("LsaEnumerateAccountsWithUserRight")
	lsaAddRights        = advapi32.NewProc("LsaAddAccountRights")
	lsaRemoveRights     = advapi32.NewProc("LsaRemoveAccountRights")
)

// Rights on the policy object (ntsecapi.h).
const (
	policyViewLocal     = 0x001
	policyGetPrivate    = 0x004
	policyCreateAccount = 0x010
	policyCreateSecret  = 0x020
	policyLookupNames   = 0x800
)

// instead holds functions that tests put in the place of Windows' own, by name. A program has none.
var instead map[string]func(args []uintptr) uintptr

// found makes a function that this machine does not have unobservable, instead of a panic, and so one that Wine has by name alone.
func found(p *windows.LazyProc) error {
	if instead[p.Name] != nil {
		return nil
	}
	if err := p.Find(); err != nil {
		return &UnansweredError{p.Name, "this machine does not have it"}
	}
	if hollow[p.Name] && onWine() {
		return &UnansweredError{p.Name, "Wine has only the name of it"}
	}
	return nil
}

// invoke calls a function whose result is 0 or says what went wrong. What the pointers among args point to stays where it is until it returns.
//
//go:uintptrescapes
func invoke(p *windows.LazyProc, args ...uintptr) error {
	if err := found(p); err != nil {
		return err
	}
	if f := instead[p.Name]; f != nil {
		return callError(p.Name, f(args))
	}
	code, _, _ := p.Call(args...)
	return callError(p.Name, code)
}

// code is the number by which a call failed; 0 where it did not, or failed otherwise.
func code(err error) uint32 {
	if e, ok := errors.AsType[*CallError](err); ok {
		return e.Code
	}
	return 0
}

// lsa is an open policy object.
type lsa windows.Handle

func openLSA(access uint32) (lsa, error) {
	attributes := windows.OBJECT_ATTRIBUTES{Length: uint32(unsafe.Sizeof(windows.OBJECT_ATTRIBUTES{}))}
	var h lsa
	err := invoke(lsaOpenPolicy, 0, uintptr(unsafe.Pointer(&attributes)), uintptr(access), uintptr(unsafe.Pointer(&h)))
	return h, err
}

func (h lsa) close() { _ = invoke(lsaClose, uintptr(h)) }

// machineSID is the SID that begins those of the machine's own accounts. It is read anew each time: setup changes it.
func (g *Guest) machineSID() (string, error) {
	h, err := openLSA(policyViewLocal)
	if err != nil {
		return "", fmt.Errorf("SID of %s: %w", g.Describe(), err)
	}
	defer h.close()
	const accountDomain = 5
	var info *struct {
		Name windows.NTUnicodeString
		SID  *windows.SID
	}
	if err := invoke(lsaQueryInformation, uintptr(h), accountDomain, uintptr(unsafe.Pointer(&info))); err != nil {
		return "", fmt.Errorf("SID of %s: %w", g.Describe(), err)
	}
	defer func() { _ = invoke(lsaFreeMemory, uintptr(unsafe.Pointer(info))) }()
	if info == nil || info.SID == nil || !info.SID.IsValid() {
		return "", fmt.Errorf("SID of %s: it has none: %w", g.Describe(), setting.ErrUnobservable)
	}
	return info.SID.String(), nil
}

// RightHolders returns who holds a user right: sorted SIDs, and "rid:501" for an account of the machine itself. A right that nobody holds has
// no holders; one that is not known is an error.
func (g *Guest) RightHolders(constant string) ([]string, error) {
	if !secpolicy.KnowsRight(constant) {
		return nil, fmt.Errorf("user right %s in %s: there is no right of that name", constant, g.Describe())
	}
	machine, err := g.machineSID()
	if err != nil {
		return nil, err
	}
	h, err := openLSA(policyViewLocal | policyLookupNames)
	if err != nil {
		return nil, fmt.Errorf("user right %s in %s: %w", constant, g.Describe(), err)
	}
	defer h.close()
	sids, err := h.holders(constant)
	if err != nil {
		return nil, fmt.Errorf("user right %s in %s: %w", constant, g.Describe(), err)
	}
	return foreigners(sids, machine), nil
}

func (h lsa) holders(constant string) ([]string, error) {
	name, err := windows.NewNTUnicodeString(constant)
	if err != nil {
		return nil, err
	}
	var list **windows.SID
	var n uint32
	err = invoke(lsaEnumerate, uintptr(h), uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&list)), uintptr(unsafe.Pointer(&n)))
	if code(err) == statusNoMoreEntries {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = invoke(lsaFreeMemory, uintptr(unsafe.Pointer(list))) }()
	var sids []string
	for _, sid := range unsafe.Slice(list, n) {
		sids = append(sids, sid.String())
	}
	return sids, nil
}

// SetRightHolders makes exactly the SIDs the holders of the user right. Those that are new get it before others lose it, so that nobody is
// locked out in between.
func (g *Guest) SetRightHolders(constant string, sids []string) (bool, error) {
	was, err := g.RightHolders(constant)
	if err != nil {
		return false, err
	}
	machine, err := g.machineSID()
	if err != nil {
		return false, err
	}
	want := make([]string, 0, len(sids))
	for _, s := range sids {
		own, err := native(s, machine)
		if err != nil {
			return false, fmt.Errorf("user right %s: %w", constant, err)
		}
		want = append(want, foreign(own, machine))
	}
	slices.Sort(want)
	if want = slices.Compact(want); slices.Equal(was, want) {
		return false, nil
	}
	if err := changeRight(constant, machine, minus(want, was), minus(was, want)); err != nil {
		return true, fmt.Errorf("user right %s in %s: %w", constant, g.Describe(), err)
	}
	now, err := g.RightHolders(constant)
	if err != nil || !slices.Equal(now, want) {
		return true, fmt.Errorf("user right %s in %s: %w: %q hold it", constant, g.Describe(), errors.Join(ErrNotHeld, err), now)
	}
	return true, nil
}

// minus are those of a that are not in b.
func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

func changeRight(constant, machine string, give, take []string) error {
	h, err := openLSA(policyViewLocal | policyLookupNames | policyCreateAccount)
	if err != nil {
		return err
	}
	defer h.close()
	name, err := windows.NewNTUnicodeString(constant)
	if err != nil {
		return err
	}
	for i, s := range append(slices.Clone(give), take...) {
		text, err := native(s, machine)
		if err != nil {
			return err
		}
		sid, err := windows.StringToSid(text)
		if err != nil {
			return fmt.Errorf("SID %s: %w", text, err)
		}
		if i < len(give) {
			err = invoke(lsaAddRights, uintptr(h), uintptr(unsafe.Pointer(sid)), uintptr(unsafe.Pointer(name)), 1)
		} else if err = invoke(lsaRemoveRights, uintptr(h), uintptr(unsafe.Pointer(sid)), 0, uintptr(unsafe.Pointer(name)), 1); code(err) == statusNameNotFound {
			err = nil
		}
		runtime.KeepAlive(sid)
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}
