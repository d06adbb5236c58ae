package kinds

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// knownRights are the account rights and privileges that can be assigned on Windows 10 (ntsecapi.h, winnt.h; "User Rights
// Assignment", Windows documentation). SeDelegateSessionUserImpersonatePrivilege came with build 14393, the oldest supported one.
func knownRights() []string {
	return []string{
		"SeAssignPrimaryTokenPrivilege", "SeAuditPrivilege", "SeBackupPrivilege", "SeBatchLogonRight", "SeChangeNotifyPrivilege",
		"SeCreateGlobalPrivilege", "SeCreatePagefilePrivilege", "SeCreatePermanentPrivilege", "SeCreateSymbolicLinkPrivilege",
		"SeCreateTokenPrivilege", "SeDebugPrivilege", "SeDelegateSessionUserImpersonatePrivilege", "SeDenyBatchLogonRight",
		"SeDenyInteractiveLogonRight", "SeDenyNetworkLogonRight", "SeDenyRemoteInteractiveLogonRight", "SeDenyServiceLogonRight",
		"SeEnableDelegationPrivilege", "SeImpersonatePrivilege", "SeIncreaseBasePriorityPrivilege", "SeIncreaseQuotaPrivilege",
		"SeIncreaseWorkingSetPrivilege", "SeInteractiveLogonRight", "SeLoadDriverPrivilege", "SeLockMemoryPrivilege",
		"SeMachineAccountPrivilege", "SeManageVolumePrivilege", "SeNetworkLogonRight", "SeProfileSingleProcessPrivilege",
		"SeRelabelPrivilege", "SeRemoteInteractiveLogonRight", "SeRemoteShutdownPrivilege", "SeRestorePrivilege", "SeSecurityPrivilege",
		"SeServiceLogonRight", "SeShutdownPrivilege", "SeSyncAgentPrivilege", "SeSystemEnvironmentPrivilege", "SeSystemProfilePrivilege",
		"SeSystemtimePrivilege", "SeTakeOwnershipPrivilege", "SeTcbPrivilege", "SeTimeZonePrivilege", "SeTrustedCredManAccessPrivilege",
		"SeUndockPrivilege",
	}
}

// wellKnown maps names that people write, in English and Swedish, to the SID that they mean ([MS-DTYP] 2.4.2.4).
func wellKnown(name string) string {
	if i := strings.LastIndex(name, `\`); i >= 0 {
		name = name[i+1:]
	}
	switch strings.ToLower(name) {
	case "everyone", "alla":
		return "S-1-1-0"
	case "administrators", "administratörer":
		return "S-1-5-32-544"
	case "users", "användare":
		return "S-1-5-32-545"
	case "guests", "gäster":
		return "S-1-5-32-546"
	case "power users", "privilegierade användare":
		return "S-1-5-32-547"
	case "network configuration operators":
		return "S-1-5-32-556"
	case "performance monitor users":
		return "S-1-5-32-558"
	case "performance log users":
		return "S-1-5-32-559"
	case "distributed com users":
		return "S-1-5-32-562"
	case "event log readers":
		return "S-1-5-32-573"
	case "hyper-v administrators":
		return "S-1-5-32-578"
	case "remote management users":
		return "S-1-5-32-580"
	case "remote desktop users", "användare av fjärrskrivbord":
		return "S-1-5-32-555"
	case "backup operators", "ansvariga för säkerhetskopiering":
		return "S-1-5-32-551"
	case "authenticated users", "autentiserade användare":
		return "S-1-5-11"
	case "system", "local system":
		return "S-1-5-18"
	case "local service", "lokal tjänst":
		return "S-1-5-19"
	case "network service", "nätverkstjänst":
		return "S-1-5-20"
	case "service", "tjänst":
		return "S-1-5-6"
	case "local account", "lokalt konto":
		return "S-1-5-113"
	case "local account and member of administrators group":
		return "S-1-5-114"
	case "interactive", "interaktiv":
		return "S-1-5-4"
	case "network", "nätverk":
		return "S-1-5-2"
	case "anonymous logon", "anonym inloggning":
		return "S-1-5-7"
	}
	return ""
}

// checkSID refuses everything that is not the text form S-1-authority-sub... ([MS-DTYP] 2.4.2.1), with at most 15 sub-authorities.
func checkSID(sid string, at hcl.Range) hcl.Diagnostics {
	parts := strings.Split(strings.ToUpper(sid), "-")
	if parts[0] != "S" || len(parts) < 2 {
		way := `Names differ by language: write the SID, such as "S-1-5-32-546".`
		if known := wellKnown(sid); known != "" {
			way = `Names differ by language: write "` + known + `".`
		}
		return hcl.Diagnostics{problem(at, "Name where a SID belongs", "%q is no SID. %s", sid, way)}
	}
	ok := len(parts) >= 4 && len(parts) <= 3+15 && parts[1] == "1" && decimal(parts[2], 48)
	for _, sub := range parts[min(3, len(parts)):] {
		ok = ok && decimal(sub, 32)
	}
	if !ok {
		return hcl.Diagnostics{problem(at, "Malformed SID",
			`%q is no SID: it has the form "S-1-5-32-546", decimal numbers without leading zeros, and at most 15 of them behind the authority.`, sid)}
	}
	return nil
}

func decimal(s string, bits int) bool {
	n, err := strconv.ParseUint(s, 10, bits)
	return err == nil && strconv.FormatUint(n, 10) == s
}
