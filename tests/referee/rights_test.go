package referee

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// logonRights are the bits of ActSysAc (ntsecapi.h, POLICY_MODE_*).
var logonRights = map[string]uint32{
	"SeInteractiveLogonRight": 0x1, "SeNetworkLogonRight": 0x2, "SeBatchLogonRight": 0x4, "SeServiceLogonRight": 0x10,
	"SeDenyInteractiveLogonRight": 0x40, "SeDenyNetworkLogonRight": 0x80, "SeDenyBatchLogonRight": 0x100,
	"SeDenyServiceLogonRight": 0x200, "SeRemoteInteractiveLogonRight": 0x400, "SeDenyRemoteInteractiveLogonRight": 0x800,
}

// privileges are the numbers of Privilgs (wdm.h, SE_*_PRIVILEGE).
var privileges = map[string]uint32{
	"SeCreateTokenPrivilege": 2, "SeAssignPrimaryTokenPrivilege": 3, "SeLockMemoryPrivilege": 4, "SeIncreaseQuotaPrivilege": 5,
	"SeMachineAccountPrivilege": 6, "SeTcbPrivilege": 7, "SeSecurityPrivilege": 8, "SeTakeOwnershipPrivilege": 9,
	"SeLoadDriverPrivilege": 10, "SeSystemProfilePrivilege": 11, "SeSystemtimePrivilege": 12, "SeProfileSingleProcessPrivilege": 13,
	"SeIncreaseBasePriorityPrivilege": 14, "SeCreatePagefilePrivilege": 15, "SeCreatePermanentPrivilege": 16, "SeBackupPrivilege": 17,
	"SeRestorePrivilege": 18, "SeShutdownPrivilege": 19, "SeDebugPrivilege": 20, "SeAuditPrivilege": 21,
	"SeSystemEnvironmentPrivilege": 22, "SeChangeNotifyPrivilege": 23, "SeRemoteShutdownPrivilege": 24, "SeUndockPrivilege": 25,
	"SeSyncAgentPrivilege": 26, "SeEnableDelegationPrivilege": 27, "SeManageVolumePrivilege": 28, "SeImpersonatePrivilege": 29,
	"SeCreateGlobalPrivilege": 30, "SeTrustedCredManAccessPrivilege": 31, "SeRelabelPrivilege": 32, "SeIncreaseWorkingSetPrivilege": 33,
	"SeTimeZonePrivilege": 34, "SeCreateSymbolicLinkPrivilege": 35, "SeDelegateSessionUserImpersonatePrivilege": 36,
}

// rights is who has which rights, as LSA's accounts in SECURITY keep it.
type rights struct {
	hive   hive
	logon  map[string]uint32
	privs  map[string]map[uint32]bool
	secure string // a descriptor of an account that is there, for new ones
}

func readAccounts(t *testing.T, file string) *rights {
	t.Helper()
	r := &rights{hive: readHivex(t, file), logon: map[string]uint32{}, privs: map[string]map[uint32]bool{}}
	bytes := func(k *key) []byte {
		b, err := hex.DecodeString(k.Values[""].Data)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, k := range r.hive {
		rest, ok := strings.CutPrefix(k.Path, accountsKey+`\`)
		sid, what, _ := strings.Cut(rest, `\`)
		if !ok {
			continue
		}
		switch what {
		case "ActSysAc":
			r.logon[sid] = binary.LittleEndian.Uint32(bytes(k))
		case "SecDesc":
			r.secure = k.Values[""].Data
		case "Privilgs":
			r.privs[sid] = map[uint32]bool{}
			for b := bytes(k)[8:]; len(b) >= 12; b = b[12:] {
				r.privs[sid][binary.LittleEndian.Uint32(b)] = true
			}
		}
	}
	return r
}

// set gives a right to these accounts and to nobody else.
func (r *rights) set(right string, sids []string) {
	if bit := logonRights[right]; bit != 0 {
		for sid := range r.logon {
			r.logon[sid] &^= bit
		}
		for _, sid := range sids {
			r.logon[sid] |= bit
		}
		return
	}
	n := privileges[right]
	for sid := range r.privs {
		delete(r.privs[sid], n)
	}
	for _, sid := range sids {
		if r.privs[sid] == nil {
			r.privs[sid] = map[uint32]bool{}
		}
		r.privs[sid][n] = true
	}
}

// write merges all accounts into the hive, in one go.
func (r *rights) write(t *testing.T, file string) {
	t.Helper()
	var b strings.Builder
	value := func(sid, what string, data []byte) {
		fmt.Fprintf(&b, "[\\%s\\%s\\%s]\n@=hex(0):%s\n\n", accountsKey, sid, what, commas(data))
	}
	all := slices.Sorted(maps.Keys(r.logon))
	all = slices.AppendSeq(all, maps.Keys(r.privs))
	slices.Sort(all)
	for _, sid := range slices.Compact(all) {
		if r.hive.key(accountsKey+`\`+sid) == nil {
			secure, err := hex.DecodeString(r.secure)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "[\\%s\\%s]\n\n", accountsKey, sid)
			value(sid, "SecDesc", secure)
			value(sid, "Sid", binarySID(t, sid))
		}
		if bits, ok := r.logon[sid]; ok {
			value(sid, "ActSysAc", binary.LittleEndian.AppendUint32(nil, bits))
		}
		if privs, ok := r.privs[sid]; ok {
			data := binary.LittleEndian.AppendUint32(nil, uint32(len(privs)))
			data = append(data, 0, 0, 0, 0)
			for _, n := range slices.Sorted(maps.Keys(privs)) {
				data = append(binary.LittleEndian.AppendUint32(data, n), make([]byte, 8)...)
			}
			value(sid, "Privilgs", data)
		}
	}
	mergeText(t, file, b.String())
}

// binarySID is a SID as Windows keeps it.
func binarySID(t *testing.T, sid string) []byte {
	t.Helper()
	parts := strings.Split(sid, "-")
	b := []byte{1, byte(len(parts) - 3), 0, 0, 0, 0, 0}
	for i, p := range parts[2:] {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			t.Fatalf("%s: %v", sid, err)
		}
		if i == 0 {
			b = append(b, byte(n))
		} else {
			b = binary.LittleEndian.AppendUint32(b, uint32(n))
		}
	}
	return b
}
