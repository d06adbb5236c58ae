package guest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	lsaStorePrivate    = advapi32.NewProc("LsaStorePrivateData")
	lsaRetrievePrivate = advapi32.NewProc("LsaRetrievePrivateData")
	logonUser          = advapi32.NewProc("LogonUserW")
)

// logonSecret is the name under which Winlogon looks for the password of automatic logon (Microsoft's "Protecting the Automatic Logon
// Password").
const logonSecret = "DefaultPassword"

// secret tells whether the password of automatic logon was made, and is that account's: it is tried, without logging on for good. It never
// leaves this function.
func (g *Guest) secret(name string) (string, error) {
	account, err := secretAccount(name)
	if err != nil {
		return "", err
	}
	h, err := openLSA(policyGetPrivate)
	if err != nil {
		return "", err
	}
	defer h.close()
	key, err := windows.NewNTUnicodeString(logonSecret)
	if err != nil {
		return "", err
	}
	var p *windows.NTUnicodeString
	err = invoke(lsaRetrievePrivate, uintptr(h), uintptr(unsafe.Pointer(key)), uintptr(unsafe.Pointer(&p)))
	if code(err) == statusNameNotFound {
		return "", fmt.Errorf("%w: %w", setting.ErrAbsent, err)
	}
	if err != nil {
		return "", err
	}
	if p == nil || p.Length == 0 || p.Buffer == nil {
		return "", setting.ErrAbsent
	}
	defer func() { _ = invoke(lsaFreeMemory, uintptr(unsafe.Pointer(p))) }()
	kept := unsafe.Slice(p.Buffer, p.Length/2)
	password := append(append(make([]uint16, 0, len(kept)+1), kept...), 0)
	defer clear(password)
	defer clear(kept)
	return tryLogon(account, password)
}

// tryLogon says whose password it is: the account's, or not. Windows compares it before it asks whether that account may log on in that way.
func tryLogon(account string, password []uint16) (string, error) {
	name, err := windows.UTF16PtrFromString(account)
	if err != nil {
		return "", err
	}
	const network, provider, failure, notGranted = 3, 0, 1326, 1385
	domain := []uint16{'.', 0}
	var token windows.Token
	err = callBool(logonUser, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&domain[0])), uintptr(unsafe.Pointer(&password[0])), network, provider,
		uintptr(unsafe.Pointer(&token)))
	switch code(err) {
	case notGranted:
		return madeOnClient, nil
	case failure:
		return notThatAccounts, nil
	}
	if err != nil {
		return "", fmt.Errorf("the secret is there, and is not known to be that account's: %w", err)
	}
	return madeOnClient, token.Close()
}

// makeSecret makes a password that nobody knows, gives it to the account and keeps it where Winlogon looks. Where the program ends between
// the two, the secret is not the account's, which the next look finds, and it is made anew.
func (g *Guest) makeSecret(op setting.Op) error {
	account, err := secretAccount(op.Location.Name())
	if err != nil {
		return err
	}
	if op.Value != madeOnClient {
		return fmt.Errorf("%q: only %q is known", op.Value, madeOnClient)
	}
	random := make([]byte, 28)
	if _, err := rand.Read(random); err != nil {
		return err
	}
	password := passwordFrom(random)
	defer clear(password)
	clear(random)
	info := struct{ Password *uint16 }{&password[0]} // USER_INFO_1003
	if err := setUser(account, 1003, unsafe.Pointer(&info)); err != nil {
		if code(err) == errUserNotFound {
			return errors.Join(fmt.Errorf("account %s: %w", account, setting.ErrAbsent), err)
		}
		return err
	}
	h, err := openLSA(policyCreateSecret)
	if err != nil {
		return err
	}
	defer h.close()
	key, err := windows.NewNTUnicodeString(logonSecret)
	if err != nil {
		return err
	}
	n := uint16(2 * (len(password) - 1))
	data := windows.NTUnicodeString{Length: n, MaximumLength: n + 2, Buffer: &password[0]}
	return invoke(lsaStorePrivate, uintptr(h), uintptr(unsafe.Pointer(key)), uintptr(unsafe.Pointer(&data)))
}
