package guest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// What a seal takes away (package seal asks for these). Each looks again afterwards.
var (
	regDeleteTree  = advapi32.NewProc("RegDeleteTreeW")
	netUserEnum    = netapi32.NewProc("NetUserEnum")
	netUserDel     = netapi32.NewProc("NetUserDel")
	deleteProfile  = windows.NewLazySystemDLL("userenv.dll").NewProc("DeleteProfileW")
	crypt32        = windows.NewLazySystemDLL("crypt32.dll")
	certProperty   = crypt32.NewProc("CertGetCertificateContextProperty")
	cryptAcquire   = advapi32.NewProc("CryptAcquireContextW")
	ncrypt         = windows.NewLazySystemDLL("ncrypt.dll")
	ncryptOpen     = ncrypt.NewProc("NCryptOpenStorageProvider")
	ncryptOpenKey  = ncrypt.NewProc("NCryptOpenKey")
	ncryptDelete   = ncrypt.NewProc("NCryptDeleteKey")
	ncryptFree     = ncrypt.NewProc("NCryptFreeObject")
	errStillExists = ErrNotHeld
)

// DeleteKey removes a key with all below it (RegDeleteTree, then the key itself).
func (g *Guest) DeleteKey(key string) (bool, error) {
	err := g.RegistryKey(key)
	if errors.Is(err, setting.ErrAbsent) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	at, path, err := splitKey(key)
	if err != nil {
		return false, err
	}
	if at == rootDefaultProfile || !strings.Contains(path, `\`) {
		return false, fmt.Errorf("delete key %s: only keys of the machine, and not a hive's root", key)
	}
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return false, err
	}
	if err := status(regDeleteTree.Call(uintptr(at.predefined()), uintptr(unsafe.Pointer(p)))); err != nil {
		return false, fmt.Errorf("delete key %s in %s: %w", key, g.Describe(), neutral("RegDeleteTree", err))
	}
	return true, g.gone("key "+key, g.RegistryKey(key))
}

// gone is nil where looking again found nothing.
func (g *Guest) gone(what string, err error) error {
	if errors.Is(err, setting.ErrAbsent) {
		return nil
	}
	return fmt.Errorf("delete %s in %s: %w", what, g.Describe(), errors.Join(errStillExists, err))
}

// Folder lists the names in a folder, or gives a file's own name; an error that wraps setting.ErrAbsent where there is neither.
func (g *Guest) Folder(path string) ([]string, error) {
	info, err := g.stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{info.Name()}, nil
	}
	entries, err := os.ReadDir(g.whole(path))
	if err != nil {
		return nil, fmt.Errorf("folder %s in %s: %w", path, g.Describe(), neutral("list", err))
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// DeletePath removes a file, or a folder with all in it; what leads elsewhere is removed itself and not followed. What is left standing by somebody
// who has it open is an error that names it.
func (g *Guest) DeletePath(path string) (bool, error) {
	if err := mayWrite(path); err != nil {
		return false, err
	}
	whole := g.whole(path)
	if _, err := os.Lstat(whole); errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	err := filepath.WalkDir(whole, func(p string, _ os.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // RemoveAll says it
		}
		name, err := windows.UTF16PtrFromString(p)
		if err != nil {
			return err
		}
		if a, err := windows.GetFileAttributes(name); err == nil && a&windows.FILE_ATTRIBUTE_READONLY != 0 {
			_ = windows.SetFileAttributes(name, a&^windows.FILE_ATTRIBUTE_READONLY) // RemoveAll says whether it helped
		}
		return nil
	})
	if err = errors.Join(err, partial.RemoveAll(whole)); err != nil {
		return false, fmt.Errorf("delete %s in %s: %w", path, g.Describe(), err)
	}
	if _, err := os.Lstat(whole); !errors.Is(err, os.ErrNotExist) {
		return true, fmt.Errorf("delete %s in %s: %w", path, g.Describe(), errStillExists)
	}
	return true, nil
}

// Accounts are the names of the local accounts by RID (NetUserEnum, level 20).
func (g *Guest) Accounts() (map[uint32]string, error) {
	var list *userInfo20
	var read, total, resume uint32
	const normal = 2 // FILTER_NORMAL_ACCOUNT
	err := invoke(netUserEnum, 0, 20, normal, uintptr(unsafe.Pointer(&list)), uintptr(netGroupMembersPrefix), uintptr(unsafe.Pointer(&read)),
		uintptr(unsafe.Pointer(&total)), uintptr(unsafe.Pointer(&resume)))
	if err != nil {
		return nil, fmt.Errorf("accounts of %s: %w", g.Describe(), err)
	}
	if list == nil || read != total {
		return nil, fmt.Errorf("accounts of %s: NetUserEnum: %d of %d accounts were told", g.Describe(), read, total)
	}
	defer func() { _ = invoke(netAPIBufferFree, uintptr(unsafe.Pointer(list))) }()
	out := make(map[uint32]string, read)
	for _, u := range unsafe.Slice(list, read) {
		out[u.RID] = windows.UTF16PtrToString(u.Name)
	}
	return out, nil
}

// DeleteAccount removes a local account, and with it its place in groups (NetUserDel).
func (g *Guest) DeleteAccount(rid uint32) (bool, error) {
	all, err := g.Accounts()
	if err != nil {
		return false, err
	}
	name, ok := all[rid]
	if !ok {
		return false, nil
	}
	if rid < 1000 {
		return false, fmt.Errorf("delete account %d (%s): it is one of Windows' own", rid, name)
	}
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return false, err
	}
	if err := invoke(netUserDel, 0, uintptr(unsafe.Pointer(p))); err != nil {
		return false, fmt.Errorf("delete account %d in %s: %w", rid, g.Describe(), err)
	}
	if all, err = g.Accounts(); err != nil {
		return true, err
	}
	if _, ok := all[rid]; ok {
		return true, fmt.Errorf("delete account %d in %s: %w", rid, g.Describe(), errStillExists)
	}
	return true, nil
}

// DeleteProfile removes the profile of a SID, registry and folder (DeleteProfileW). One that is loaded is refused by Windows.
func (g *Guest) DeleteProfile(sid string) (bool, error) {
	key := `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\` + sid
	if err := g.RegistryKey(key); errors.Is(err, setting.ErrAbsent) {
		return false, nil
	}
	p, err := windows.UTF16PtrFromString(sid)
	if err != nil {
		return false, err
	}
	if err := callBool(deleteProfile, uintptr(unsafe.Pointer(p)), 0, 0); err != nil {
		return false, fmt.Errorf("delete profile %s in %s: %w", sid, g.Describe(), err)
	}
	return true, g.gone("profile "+sid, g.RegistryKey(key))
}

// DeleteSecret removes a secret that LSA keeps (LsaStorePrivateData without data).
func (g *Guest) DeleteSecret(name string) (bool, error) {
	h, err := openLSA(policyCreateSecret)
	if err != nil {
		return false, err
	}
	defer h.close()
	key, err := windows.NewNTUnicodeString(name)
	if err != nil {
		return false, err
	}
	err = invoke(lsaStorePrivate, uintptr(h), uintptr(unsafe.Pointer(key)), 0)
	if code(err) == statusNameNotFound {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("delete secret %s in %s: %w", name, g.Describe(), err)
	}
	return true, nil
}

// DeleteService removes a service: at once where it does not run, else when it has ended.
func (g *Guest) DeleteService(name string) (bool, error) {
	m, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return false, fmt.Errorf("delete service %s: %w", name, neutral("OpenSCManager", err))
	}
	defer windows.CloseServiceHandle(m) //nolint:errcheck // nothing is written
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return false, err
	}
	const mayDelete = 0x10000 // DELETE
	s, err := windows.OpenService(m, p, mayDelete)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("delete service %s: %w", name, neutral("OpenService", err))
	}
	defer windows.CloseServiceHandle(s) //nolint:errcheck // nothing is written
	if err := windows.DeleteService(s); err != nil && !errors.Is(err, windows.ERROR_SERVICE_MARKED_FOR_DELETE) {
		return false, fmt.Errorf("delete service %s: %w", name, neutral("DeleteService", err))
	}
	return true, nil
}

const folderDeleteTask = 15 // ITaskFolder.DeleteTask

// DeleteTask removes a scheduled task of the root folder.
func (g *Guest) DeleteTask(path string) (bool, error) {
	const notFound = 0x80070002 // ERROR_FILE_NOT_FOUND as an HRESULT
	changed := true
	err := withFolder(func(folder *object) error {
		name, free, err := bstr(strings.TrimPrefix(path, `\`))
		if err != nil {
			return err
		}
		defer free()
		err = folder.call("ITaskFolder.DeleteTask", folderDeleteTask, name, 0)
		if code(err) == notFound {
			changed = false
			return nil
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("delete task %s in %s: %w", path, g.Describe(), err)
	}
	return changed, nil
}

// keyProvider is CRYPT_KEY_PROV_INFO.
type keyProvider struct {
	Container, Provider *uint16
	Type, Flags, Params uint32
	_                   uint32
	List                uintptr
	KeySpec             uint32
}

// DeleteCertificate removes a certificate from the machine's store My, its private key first: without the certificate nobody could find the key.
// It looks again in the registry, which is where the store lies: an open store shows what it means to write, and Wine's never writes that. What is
// left there is removed as a key.
func (g *Guest) DeleteCertificate(thumbprint string) (bool, error) {
	sum, err := hex.DecodeString(thumbprint)
	if err != nil || len(sum) == 0 {
		return false, fmt.Errorf("delete certificate %q: that is no thumbprint", thumbprint)
	}
	changed, err := deleteFromMy(sum)
	if err != nil {
		return false, fmt.Errorf("delete certificate %s in %s: %w", thumbprint, g.Describe(), err)
	}
	key, err := g.DeleteKey(`HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates\` + thumbprint)
	return changed || key, err
}

// deleteFromMy removes the certificate with that SHA-1 by the calls that know where its key is.
func deleteFromMy(sum []byte) (bool, error) {
	my, err := windows.UTF16PtrFromString("MY")
	if err != nil {
		return false, err
	}
	store, err := windows.CertOpenStore(windows.CERT_STORE_PROV_SYSTEM_W, 0, 0, windows.CERT_SYSTEM_STORE_LOCAL_MACHINE, uintptr(unsafe.Pointer(my)))
	if err != nil {
		return false, neutral("CertOpenStore", err)
	}
	defer windows.CertCloseStore(store, 0) //nolint:errcheck // whoever calls looks at what was written
	blob := windows.CryptHashBlob{Size: uint32(len(sum)), Data: &sum[0]}
	cert, err := windows.CertFindCertificateInStore(store, windows.X509_ASN_ENCODING, 0, windows.CERT_FIND_HASH, unsafe.Pointer(&blob), nil)
	runtime.KeepAlive(sum)
	if errors.Is(err, windows.Errno(windows.CRYPT_E_NOT_FOUND)) {
		return false, nil
	}
	if err != nil {
		return false, neutral("CertFindCertificateInStore", err)
	}
	if err := deletePrivateKey(cert); err != nil {
		return false, fmt.Errorf("its key: %w", errors.Join(err, windows.CertFreeCertificateContext(cert)))
	}
	if err := windows.CertDeleteCertificateFromStore(cert); err != nil { // it frees the context
		return false, neutral("CertDeleteCertificateFromStore", err)
	}
	return true, nil
}

// deletePrivateKey removes the key that a certificate names, from the provider that has it.
func deletePrivateKey(cert *windows.CertContext) error {
	const keyProvInfo, noKey = 2, 0x80092004 // CERT_KEY_PROV_INFO_PROP_ID, CRYPT_E_NOT_FOUND
	var size uint32
	err := callBool(certProperty, uintptr(unsafe.Pointer(cert)), keyProvInfo, 0, uintptr(unsafe.Pointer(&size)))
	if code(err) == noKey {
		return nil
	}
	if err != nil {
		return err
	}
	if size < uint32(unsafe.Sizeof(keyProvider{})) {
		return &UnansweredError{"CertGetCertificateContextProperty", "it names no key container"}
	}
	room := make([]uint64, (size+7)/8) // aligned for its pointers
	if err := callBool(certProperty, uintptr(unsafe.Pointer(cert)), keyProvInfo, uintptr(unsafe.Pointer(&room[0])), uintptr(unsafe.Pointer(&size))); err != nil {
		return err
	}
	info := (*keyProvider)(unsafe.Pointer(&room[0]))
	defer runtime.KeepAlive(room)
	const machineKeys, deleteKeys, gone = 0x20, 0x10, 0x80090016 // CRYPT_MACHINE_KEYSET, CRYPT_DELETEKEYSET, NTE_BAD_KEYSET
	if info.Type != 0 {
		var h uintptr
		err := callBool(cryptAcquire, uintptr(unsafe.Pointer(&h)), uintptr(unsafe.Pointer(info.Container)), uintptr(unsafe.Pointer(info.Provider)), uintptr(info.Type),
			uintptr(deleteKeys|info.Flags&machineKeys))
		if code(err) == gone {
			return nil
		}
		return err
	}
	var provider, key uintptr
	if err := invoke(ncryptOpen, uintptr(unsafe.Pointer(&provider)), uintptr(unsafe.Pointer(info.Provider)), 0); err != nil {
		return err
	}
	defer func() { _ = invoke(ncryptFree, provider) }()
	err = invoke(ncryptOpenKey, provider, uintptr(unsafe.Pointer(&key)), uintptr(unsafe.Pointer(info.Container)), uintptr(info.KeySpec), uintptr(info.Flags&machineKeys))
	if code(err) == gone {
		return nil
	}
	if err != nil {
		return err
	}
	return invoke(ncryptDelete, key, 0)
}
