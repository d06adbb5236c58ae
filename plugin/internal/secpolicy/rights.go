package secpolicy

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
)

// accountsKey is where the Local Security Authority keeps whom it gave rights, one key for each SID.
const accountsKey = `Policy\Accounts`

// Privilege is a user right that is kept as a number ([MS-LSAD] 3.1.1.2.1, ntseapi.h).
type Privilege struct {
	Name string
	LUID uint32
}

// Privileges lists the privileges of Windows 10, by number.
func Privileges() []Privilege {
	return []Privilege{
		{"SeCreateTokenPrivilege", 2}, {"SeAssignPrimaryTokenPrivilege", 3}, {"SeLockMemoryPrivilege", 4}, {"SeIncreaseQuotaPrivilege", 5},
		{"SeMachineAccountPrivilege", 6}, {"SeTcbPrivilege", 7}, {"SeSecurityPrivilege", 8}, {"SeTakeOwnershipPrivilege", 9},
		{"SeLoadDriverPrivilege", 10}, {"SeSystemProfilePrivilege", 11}, {"SeSystemtimePrivilege", 12}, {"SeProfileSingleProcessPrivilege", 13},
		{"SeIncreaseBasePriorityPrivilege", 14}, {"SeCreatePagefilePrivilege", 15}, {"SeCreatePermanentPrivilege", 16}, {"SeBackupPrivilege", 17},
		{"SeRestorePrivilege", 18}, {"SeShutdownPrivilege", 19}, {"SeDebugPrivilege", 20}, {"SeAuditPrivilege", 21},
		{"SeSystemEnvironmentPrivilege", 22}, {"SeChangeNotifyPrivilege", 23}, {"SeRemoteShutdownPrivilege", 24}, {"SeUndockPrivilege", 25},
		{"SeSyncAgentPrivilege", 26}, {"SeEnableDelegationPrivilege", 27}, {"SeManageVolumePrivilege", 28}, {"SeImpersonatePrivilege", 29},
		{"SeCreateGlobalPrivilege", 30}, {"SeTrustedCredManAccessPrivilege", 31}, {"SeRelabelPrivilege", 32}, {"SeIncreaseWorkingSetPrivilege", 33},
		{"SeTimeZonePrivilege", 34}, {"SeCreateSymbolicLinkPrivilege", 35}, {"SeDelegateSessionUserImpersonatePrivilege", 36},
	}
}

// LogonRight is a user right that is kept as a bit of system access (POLICY_MODE_* of ntsecapi.h; [MS-LSAD] 2.2.1.2).
type LogonRight struct {
	Name string
	Bit  uint32
}

// LogonRights lists the logon rights of Windows 10, by bit.
func LogonRights() []LogonRight {
	return []LogonRight{
		{"SeInteractiveLogonRight", 0x001}, {"SeNetworkLogonRight", 0x002}, {"SeBatchLogonRight", 0x004}, {"SeServiceLogonRight", 0x010},
		{"SeDenyInteractiveLogonRight", 0x040}, {"SeDenyNetworkLogonRight", 0x080}, {"SeDenyBatchLogonRight", 0x100}, {"SeDenyServiceLogonRight", 0x200},
		{"SeRemoteInteractiveLogonRight", 0x400}, {"SeDenyRemoteInteractiveLogonRight", 0x800},
	}
}

// KnowsRight reports whether name is a right that Rights can find.
func KnowsRight(name string) bool {
	return slices.ContainsFunc(Privileges(), func(p Privilege) bool { return p.Name == name }) ||
		slices.ContainsFunc(LogonRights(), func(r LogonRight) bool { return r.Name == name })
}

// Rights reads from a SECURITY hive who holds which user right: the holders' SIDs, sorted, by the right's constant. A right that nobody
// holds is not in it. A privilege number or a bit that is not known is an error for the whole hive: something was given to somebody, and
// what it was cannot be told.
func Rights(security *regf.Hive) (map[string][]string, error) {
	own, err := securityMachine(security)
	if err != nil {
		return nil, err
	}
	accounts := security.Find(accountsKey)
	if accounts == nil || accounts.NumSubkeys() == 0 {
		return nil, notMade(accountsKey) // a Windows in which nobody holds any right does not work
	}
	rights := make(map[string][]string)
	for account := range accounts.Subkeys() {
		key := accountsKey + `\` + account.Name()
		holder, err := holderOf(own, account, key)
		if err != nil {
			return nil, err
		}
		names, err := rightsOf(account, key)
		if err != nil {
			return nil, err
		}
		for _, right := range names {
			rights[right] = append(rights[right], holder)
		}
	}
	for _, holders := range rights {
		slices.Sort(holders)
	}
	return rights, nil
}

// securityMachine reads the SID of the machine's own accounts. A hive without one is of a machine that has none yet: an image before
// its first start.
func securityMachine(security *regf.Hive) (machine, error) {
	const key = `Policy\PolAcDmS`
	data, err := defaultValue(security.Find(key))
	if errors.Is(err, ErrAbsent) || len(data) == 0 {
		return machine{}, nil
	}
	sid, err := wholeSID(data)
	if err != nil {
		return machine{}, layoutError(key, "%v", err)
	}
	return machine{sid}, nil
}

// defaultValue returns the data of a key's default value.
func defaultValue(k *regf.Key) ([]byte, error) {
	if k == nil {
		return nil, ErrAbsent
	}
	v, ok := k.Value("")
	if !ok {
		return nil, ErrAbsent
	}
	return v.Data, nil
}

// holderOf is the SID of one account, which the key's name and the record inside must agree on.
func holderOf(own machine, account *regf.Key, key string) (string, error) {
	data, err := defaultValue(account.Subkey("Sid"))
	if err != nil {
		return "", layoutError(key, "it holds no SID")
	}
	sid, err := wholeSID(data)
	if err != nil {
		return "", layoutError(key+`\Sid`, "%v", err)
	}
	if sid.String() != account.Name() {
		return "", layoutError(key, "the record inside is for %s", sid)
	}
	return own.name(sid), nil
}

// rightsOf lists the rights of one account. An account that was never given a privilege, or no logon right, lacks that key.
func rightsOf(account *regf.Key, key string) ([]string, error) {
	var names []string
	for _, part := range []struct {
		key   string
		parse func([]byte) ([]string, error)
	}{{"Privilgs", parsePrivileges}, {"ActSysAc", parseSystemAccess}} {
		k := account.Subkey(part.key)
		if k == nil {
			continue
		}
		data, err := defaultValue(k)
		if err != nil {
			return nil, layoutError(key+`\`+part.key, "it has no default value")
		}
		more, err := part.parse(data)
		if err != nil {
			return nil, layoutError(key+`\`+part.key, "%v", err)
		}
		names = append(names, more...)
	}
	return names, nil
}

// parsePrivileges reads a PRIVILEGE_SET: count, control, and for each privilege its 64-bit number and attributes. The attributes say
// whether a privilege is on when somebody logs on, which changes nothing about who holds it.
func parsePrivileges(b []byte) ([]string, error) {
	const head, entry = 8, 12
	if len(b) < head {
		return nil, fmt.Errorf("a list of privileges of %d bytes has no head", len(b))
	}
	count := u32(b, 0)
	if u32(b, 4) != 0 || uint64(len(b)) != head+entry*uint64(count) {
		return nil, fmt.Errorf("a list of %d privileges has %d bytes and control %#x", count, len(b), u32(b, 4))
	}
	known := Privileges()
	var names []string
	for at := head; at < len(b); at += entry {
		i := slices.IndexFunc(known, func(p Privilege) bool { return p.LUID == u32(b, at) })
		if i < 0 || u32(b, at+4) != 0 {
			return nil, fmt.Errorf("privilege number %#x:%d has no name here", u32(b, at+4), u32(b, at))
		}
		if slices.Contains(names, known[i].Name) {
			return nil, fmt.Errorf("%s is listed twice", known[i].Name)
		}
		names = append(names, known[i].Name)
	}
	return names, nil
}

// parseSystemAccess reads the bits of the logon rights.
func parseSystemAccess(b []byte) ([]string, error) {
	if len(b) != 4 {
		return nil, fmt.Errorf("system access of %d bytes, not 4", len(b))
	}
	rest := u32(b, 0)
	var names []string
	for _, r := range LogonRights() {
		if rest&r.Bit != 0 {
			names = append(names, r.Name)
			rest &^= r.Bit
		}
	}
	if rest != 0 {
		return nil, fmt.Errorf("system access holds the bits %#x, which stand for no logon right here", rest)
	}
	return names, nil
}
