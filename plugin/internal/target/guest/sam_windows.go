package guest

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The two rules for which lmaccess.h has no call are bits that the security template engine sets through SAM ([MS-GPSB] 3.2.5.1 says how:
// SamrSetInformationDomain, DomainPasswordInformation). samlib.dll has these calls for programs on the machine itself.
var (
	samlib        = windows.NewLazySystemDLL("samlib.dll")
	samConnect    = samlib.NewProc("SamConnect")
	samOpenDomain = samlib.NewProc("SamOpenDomain")
	samQuery      = samlib.NewProc("SamQueryInformationDomain")
	samSet        = samlib.NewProc("SamSetInformationDomain")
	samClose      = samlib.NewProc("SamCloseHandle")
	samFree       = samlib.NewProc("SamFreeMemory")
)

// domainPassword is DOMAIN_PASSWORD_INFORMATION ([MS-SAMR] 2.2.3.5).
type domainPassword struct {
	MinLength, History uint16
	Properties         uint32
	MaxAge, MinAge     int64 // in 100 ns, negative
}

const (
	samConnectAccess = 0x31 // SAM_SERVER_CONNECT, ENUMERATE_DOMAINS, LOOKUP_DOMAIN
	domainRead       = 0x01 // DOMAIN_READ_PASSWORD_PARAMETERS
	domainWrite      = 0x02 // DOMAIN_WRITE_PASSWORD_PARAMS
	passwordClass    = 1    // DomainPasswordInformation
)

// withDomain opens the machine's own accounts.
func (g *Guest) withDomain(access uint32, do func(domain windows.Handle) error) error {
	text, err := g.machineSID()
	if err != nil {
		return err
	}
	sid, err := windows.StringToSid(text)
	if err != nil {
		return fmt.Errorf("SID %s: %w", text, err)
	}
	attributes := windows.OBJECT_ATTRIBUTES{Length: uint32(unsafe.Sizeof(windows.OBJECT_ATTRIBUTES{}))}
	var server, domain windows.Handle
	if err := invoke(samConnect, 0, uintptr(unsafe.Pointer(&server)), samConnectAccess, uintptr(unsafe.Pointer(&attributes))); err != nil {
		return err
	}
	defer func() { _ = invoke(samClose, uintptr(server)) }()
	if err := invoke(samOpenDomain, uintptr(server), uintptr(access), uintptr(unsafe.Pointer(sid)), uintptr(unsafe.Pointer(&domain))); err != nil {
		return err
	}
	defer func() { _ = invoke(samClose, uintptr(domain)) }()
	return do(domain)
}

func readPassword(domain windows.Handle) (domainPassword, error) {
	var p *domainPassword
	if err := invoke(samQuery, uintptr(domain), passwordClass, uintptr(unsafe.Pointer(&p))); err != nil {
		return domainPassword{}, err
	}
	defer func() { _ = invoke(samFree, uintptr(unsafe.Pointer(p))) }()
	return *p, nil
}

func (g *Guest) passwordProperty(bit uint32) (text string, err error) {
	err = g.withDomain(domainRead, func(domain windows.Handle) error {
		p, err := readPassword(domain)
		text = "0"
		if p.Properties&bit != 0 {
			text = "1"
		}
		return err
	})
	return text, err
}

func (g *Guest) setPasswordProperty(bit uint32, text string) error {
	return g.withDomain(domainRead|domainWrite, func(domain windows.Handle) error {
		p, err := readPassword(domain)
		if err != nil {
			return err
		}
		switch text {
		case "1":
			p.Properties |= bit
		case "0":
			p.Properties &^= bit
		default:
			return fmt.Errorf("%q is neither 0 nor 1", text)
		}
		return invoke(samSet, uintptr(domain), passwordClass, uintptr(unsafe.Pointer(&p)))
	})
}
