package guest

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	auditQuery = advapi32.NewProc("AuditQuerySystemPolicy")
	auditSet   = advapi32.NewProc("AuditSetSystemPolicy")
	auditFree  = advapi32.NewProc("AuditFree")
)

// auditPolicy is AUDIT_POLICY_INFORMATION.
type auditPolicy struct {
	Subcategory [16]byte
	Bits        uint32
	Category    [16]byte
}

// callBool calls a function whose result is 0 where it failed, and then GetLastError says why.
//
//go:uintptrescapes
func callBool(p *windows.LazyProc, args ...uintptr) error {
	if err := found(p); err != nil {
		return err
	}
	if f := instead[p.Name]; f != nil {
		return callError(p.Name, f(args)) // it returns the error's number itself
	}
	ok, _, err := p.Call(args...)
	if byte(ok) != 0 { // a BOOLEAN has one byte
		return nil
	}
	number, is := err.(windows.Errno) //nolint:errorlint // it is what Call returns
	if !is || number == 0 {
		return fmt.Errorf("%s: it failed and does not say why", p.Name)
	}
	return &CallError{p.Name, uint32(number)}
}

func (g *Guest) audit(guid string) (string, error) {
	id, err := parseGUID(guid)
	if err != nil {
		return "", err
	}
	p, err := queryAudit(id)
	if err != nil {
		return "", err
	}
	return auditText(p.Bits)
}

func queryAudit(id [16]byte) (auditPolicy, error) {
	var p *auditPolicy
	if err := callBool(auditQuery, uintptr(unsafe.Pointer(&id)), 1, uintptr(unsafe.Pointer(&p))); err != nil {
		return auditPolicy{}, err
	}
	if p == nil {
		return auditPolicy{}, &UnansweredError{"AuditQuerySystemPolicy", "it says nothing"}
	}
	defer func() { _ = callBool(auditFree, uintptr(unsafe.Pointer(p))) }()
	if p.Subcategory != id {
		return auditPolicy{}, fmt.Errorf("AuditQuerySystemPolicy: it speaks of another subcategory")
	}
	return *p, nil
}

// setAudit sets what a subcategory writes. Where the bits were added to those that it had, it is cleared first: the page of the function does
// not say which of the two happens.
func (g *Guest) setAudit(op setting.Op) error {
	id, err := parseGUID(op.Location.Name())
	if err != nil {
		return err
	}
	bits, err := auditBits(op.Value)
	if err != nil {
		return err
	}
	p, err := queryAudit(id)
	if err != nil {
		return err
	}
	set := func(bits uint32) error {
		p.Bits = bits
		return callBool(auditSet, uintptr(unsafe.Pointer(&p)), 1)
	}
	if err := set(bits); err != nil {
		return err
	}
	now, err := g.audit(op.Location.Name())
	if err != nil || now == op.Value {
		return err
	}
	if err := set(auditNone); err != nil {
		return err
	}
	return set(bits)
}
