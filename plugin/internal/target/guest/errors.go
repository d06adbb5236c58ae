package guest

import (
	"fmt"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// CallError is a call that Windows refused. Its text is the same in every language of Windows.
type CallError struct {
	Call string // the function: "NetUserSetInfo"
	Code uint32 // what it returned: a Win32 error number (winerror.h), an NTSTATUS (ntstatus.h) or an HRESULT
}

// The numbers that this package decides by.
const (
	errAccessDenied   = 5
	errNoneMapped     = 1332
	errUserNotFound   = 2221 // NERR_UserNotFound
	errGroupNotFound  = 2220 // NERR_GroupNotFound
	errNoSuchAlias    = 1376
	errRestart        = 3010 // ERROR_SUCCESS_REBOOT_REQUIRED
	errRestartBegun   = 1641 // ERROR_SUCCESS_REBOOT_INITIATED
	errUnknownProduct = 1605

	statusNoMoreEntries = 0x8000001a
	statusNoPrivilege   = 0xc0000060 // STATUS_NO_SUCH_PRIVILEGE
	statusNameNotFound  = 0xc0000034 // STATUS_OBJECT_NAME_NOT_FOUND
	statusPathNotFound  = 0xc000003a // STATUS_OBJECT_PATH_NOT_FOUND

	resultNoFile         = 0x80070002 // HRESULT of ERROR_FILE_NOT_FOUND
	resultNoPath         = 0x80070003
	resultUnknownFeature = 0x800f080c // CBS_E_UNKNOWN_UPDATE
)

// codeNames names what is seen most, as Microsoft's headers do.
var codeNames = map[uint32]string{
	errAccessDenied: "ERROR_ACCESS_DENIED", 32: "ERROR_SHARING_VIOLATION", 112: "ERROR_DISK_FULL", 1018: "ERROR_KEY_DELETED", 50: "ERROR_NOT_SUPPORTED", 87: "ERROR_INVALID_PARAMETER", 120: "ERROR_CALL_NOT_IMPLEMENTED",
	124: "ERROR_INVALID_LEVEL", 1300: "ERROR_NOT_ALL_ASSIGNED", 1314: "ERROR_PRIVILEGE_NOT_HELD", errNoneMapped: "ERROR_NONE_MAPPED",
	1337: "ERROR_INVALID_SID", errNoSuchAlias: "ERROR_NO_SUCH_ALIAS", 1387: "ERROR_NO_SUCH_MEMBER", 1388: "ERROR_INVALID_MEMBER", 1603: "ERROR_INSTALL_FAILURE",
	errUnknownProduct: "ERROR_UNKNOWN_PRODUCT", 1618: "ERROR_INSTALL_ALREADY_RUNNING", 1722: "RPC_S_SERVER_UNAVAILABLE", 1326: "ERROR_LOGON_FAILURE",
	errGroupNotFound: "NERR_GroupNotFound", errUserNotFound: "NERR_UserNotFound", 2245: "NERR_PasswordTooShort",
	0xc0000002: "STATUS_NOT_IMPLEMENTED", 0xc0000022: "STATUS_ACCESS_DENIED", statusNameNotFound: "STATUS_OBJECT_NAME_NOT_FOUND",
	statusNoPrivilege: "STATUS_NO_SUCH_PRIVILEGE", 0xc0000061: "STATUS_PRIVILEGE_NOT_HELD", 0xc0000073: "STATUS_NONE_MAPPED", 0xc00000bb: "STATUS_NOT_SUPPORTED",
	0x80004001: "E_NOTIMPL", 0x80004002: "E_NOINTERFACE", 0x80040154: "REGDB_E_CLASSNOTREG", 0x80070005: "E_ACCESSDENIED", 0x80070032: "HRESULT of ERROR_NOT_SUPPORTED",
	resultNoFile: "HRESULT of ERROR_FILE_NOT_FOUND", resultUnknownFeature: "CBS_E_UNKNOWN_UPDATE", 0x800f081f: "CBS_E_SOURCE_MISSING", 0x80041315: "SCHED_E_SERVICE_NOT_RUNNING",
}

// unanswered lists the numbers by which a machine says that it does not have what was asked for at all.
var unanswered = []uint32{50, 120, 124, 0xc0000002, 0xc00000bb, 0x80004001, 0x80004002, 0x80040154, 0x80070032}

func (e *CallError) Error() string {
	if name, ok := codeNames[e.Code]; ok {
		return fmt.Sprintf("%s: %s", e.Call, name)
	}
	if e.Code < 1<<16 {
		return fmt.Sprintf("%s: error %d", e.Call, e.Code)
	}
	return fmt.Sprintf("%s: error %#08x", e.Call, e.Code)
}

// Is makes a call that this machine does not have unobservable.
func (e *CallError) Is(target error) bool {
	return target == setting.ErrUnobservable && slices.Contains(unanswered, e.Code)
}

// UnansweredError is a call that this machine does not have. It wraps setting.ErrUnobservable.
type UnansweredError struct {
	Call string // the function: "DismInitialize"
	Why  string // "this machine does not have it"
}

func (e *UnansweredError) Error() string {
	return fmt.Sprintf("%s: %v: %s", e.Call, setting.ErrUnobservable, e.Why)
}

// Unwrap makes it unobservable.
func (e *UnansweredError) Unwrap() error { return setting.ErrUnobservable }

// callError is nil where the code is 0.
func callError(call string, code uintptr) error {
	if uint32(code) == 0 {
		return nil
	}
	return &CallError{call, uint32(code)}
}

// hollow lists the functions that Wine 8 has by name: some end the program that calls them, the others succeed and do or say nothing, so that
// a right that nobody holds and a group without members would be what everybody reads.
var hollow = map[string]bool{
	"LsaEnumerateAccountsWithUserRight": true, "LsaAddAccountRights": true, "LsaRemoveAccountRights": true,
	"NetLocalGroupGetMembers": true, "NetLocalGroupSetMembers": true, "NetUserSetInfo": true, "NetUserModalsSet": true,
	"SamConnect": true,
}
