package kinds

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// Limits of the registry, in UTF-16 units and levels ("Registry Element Size Limits", Windows documentation).
const (
	maxKeyName   = 255
	maxKeyDepth  = 512
	maxValueName = 16383
)

// wayOut tells what to write instead of a root that no hive of an image answers for.
func wayOut(root string) string {
	switch strings.ToUpper(root) {
	case "HKCR", "HKEY_CLASSES_ROOT":
		return `HKCR is a view: write "HKLM\\SOFTWARE\\Classes\\..." instead.`
	case "HKU", "HKEY_USERS":
		return `Profiles do not exist in an image: write "HKCU\\..." for the default profile, from which Windows makes new ones.`
	case "HKCC", "HKEY_CURRENT_CONFIG":
		return `HKCC is a view: write "HKLM\\SYSTEM\\CurrentControlSet\\Hardware Profiles\\Current\\..." instead.`
	}
	return `Keys begin with "HKLM\\SOFTWARE\\", "HKLM\\SYSTEM\\" or "HKCU\\".`
}

// checkKey says what is wrong with a key that a setting wants to own.
func checkKey(key string, at hcl.Range) hcl.Diagnostics {
	parts := strings.Split(key, `\`)
	if slices.Contains(parts, "") {
		return hcl.Diagnostics{problem(at, "Empty component in registry key",
			`The key %q has an empty component. Separate components by one backslash (written "\\" in quotes), with none at the ends.`, key)}
	}
	var diags hcl.Diagnostics
	if len(parts) > maxKeyDepth {
		diags = append(diags, problem(at, "Registry key too deep", "The key has %d levels; Windows allows %d.", len(parts), maxKeyDepth))
	}
	for _, p := range parts {
		if n := len(upcase.Units(p)); n > maxKeyName {
			diags = append(diags, problem(at, "Registry key name too long", "The component %.40q... has %d characters; Windows allows %d.", p, n, maxKeyName))
		}
		if hasControl(p) || strings.Contains(p, "!") {
			diags = append(diags, problem(at, "Illegal character in registry key",
				`The component %q holds a control character or "!", which separates key and name in locations.`, p))
		}
	}
	if diags.HasErrors() {
		return diags
	}
	return checkRoot(strings.Split(setting.NormalKey(key), `\`), key, at)
}

func checkRoot(parts []string, key string, at hcl.Range) hcl.Diagnostics {
	refuse := func(why string) hcl.Diagnostics {
		return hcl.Diagnostics{problem(at, "Unsupported registry key", "The key %q cannot be set. %s", key, why)}
	}
	is := func(i int, name string) bool { return len(parts) > i && upcase.Equal(parts[i], name) }
	switch {
	case parts[0] == "HKCU":
		switch {
		case len(parts) < 2:
			return refuse("It names no key below HKCU.")
		case is(1, "Software") && is(2, "Classes"):
			return refuse(`It lies in a hive of its own (UsrClass.dat), which the default profile lacks: write "HKLM\\SOFTWARE\\Classes\\..." for all users.`)
		}
		return nil
	case parts[0] != "HKLM":
		return refuse(wayOut(parts[0]))
	case is(1, "SOFTWARE"):
		switch {
		case len(parts) < 3:
			return refuse("It names no key below SOFTWARE.")
		case is(2, "WOW6432Node"):
			if why := sharedKey(parts[3:]); why != "" {
				return refuse(why)
			}
		}
		return nil
	case is(1, "SYSTEM"):
		switch {
		case len(parts) < 3:
			return refuse("It names no key below SYSTEM.")
		case is(2, "Select"):
			return refuse("Windows decides there which control set it starts from.")
		case isControlSet(parts[2]):
			return refuse(`The number of the control set differs between machines: write "HKLM\\SYSTEM\\CurrentControlSet\\..." instead.`)
		}
		return nil
	case is(1, "SAM"), is(1, "SECURITY"):
		return refuse("Accounts and secrets are never in profiles; user rights have a kind of their own, \"user_right\".")
	case is(1, "HARDWARE"):
		return refuse("Windows makes that key anew at each start.")
	}
	return refuse(wayOut(parts[0]))
}

// sharedKey says under which name Windows knows a key below WOW6432Node that 32 and 64 bits share ("Registry Keys Affected by WOW64",
// Windows documentation). Under the other name the setting would go unread, or would disagree with another one without colliding.
func sharedKey(below []string) string {
	is := func(names ...string) bool {
		return len(below) >= len(names) && slices.EqualFunc(below[:len(names)], names, upcase.Equal)
	}
	const shared = "Windows shares it between 32 and 64 bits: write "
	switch {
	case is("Policies"):
		return shared + `"HKLM\\SOFTWARE\\Policies\\..." instead.`
	case is("Microsoft", "Windows", "CurrentVersion", "Policies"):
		return shared + `"HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\..." instead.`
	case is("Classes"):
		return `It is another name for "HKLM\\SOFTWARE\\Classes\\WOW6432Node\\...": write that instead.`
	case slices.ContainsFunc(sharedKeys, func(key string) bool { return is(strings.Split(key, `\`)...) }):
		return shared + `it without "WOW6432Node".`
	case is("WOW6432Node"):
		return "WOW6432Node holds no WOW6432Node: write the key once."
	}
	return ""
}

// sharedKeys are the other keys of that table which settings are likely to meet, below SOFTWARE.
var sharedKeys = []string{
	`Clients`, `RegisteredApplications`, `Microsoft\COM3`, `Microsoft\Cryptography\Calais\Current`, `Microsoft\Cryptography\Calais\Readers`, `Microsoft\Cryptography\Services`, `Microsoft\DFS`, `Microsoft\Driver Signing`,
	`Microsoft\EnterpriseCertificates`, `Microsoft\EventSystem`, `Microsoft\MSMQ`, `Microsoft\Non-Driver Signing`, `Microsoft\OLE`, `Microsoft\RAS`, `Microsoft\RPC`, `Microsoft\SystemCertificates`, `Microsoft\TermServLicensing`,
	`Microsoft\TransactionServer`, `Microsoft\Windows\CurrentVersion\Group Policy`, `Microsoft\Windows\CurrentVersion\Setup`, `Microsoft\Windows\CurrentVersion\Telephony\Locations`, `Microsoft\Windows NT\CurrentVersion\Fonts`,
	`Microsoft\Windows NT\CurrentVersion\Image File Execution Options`, `Microsoft\Windows NT\CurrentVersion\NetworkCards`, `Microsoft\Windows NT\CurrentVersion\Perflib`, `Microsoft\Windows NT\CurrentVersion\Ports`,
	`Microsoft\Windows NT\CurrentVersion\Print`, `Microsoft\Windows NT\CurrentVersion\ProfileList`, `Microsoft\Windows NT\CurrentVersion\Time Zones`,
}

func isControlSet(name string) bool {
	const stem = "CONTROLSET"
	folded := upcase.Fold(name)
	return len(folded) > len(stem) && strings.HasPrefix(folded, stem) && strings.Trim(folded[len(stem):], "0123456789") == ""
}

// tidyKey is the key in the form of setting.NormalKey, with the case that Windows uses for the parts that the rules above know.
func tidyKey(key string) string {
	parts := strings.Split(setting.NormalKey(key), `\`)
	if len(parts) > 1 && parts[0] == "HKLM" {
		for _, known := range []string{"SOFTWARE", "SYSTEM"} {
			if upcase.Equal(parts[1], known) {
				parts[1] = known
			}
		}
		if len(parts) > 2 && upcase.Equal(parts[2], "CurrentControlSet") {
			parts[2] = "CurrentControlSet"
		}
	}
	return strings.Join(parts, `\`)
}

// isPolicyKey reports whether Windows clears and rewrites the key on a policy refresh: the four trees that Group Policy owns
// ([MS-GPREG] 3.2.5.1 and the Windows documentation call them the approved locations).
func isPolicyKey(key string) bool {
	folded := upcase.Fold(setting.NormalKey(key))
	for _, root := range []string{`HKLM`, `HKCU`} {
		for _, tree := range []string{`\SOFTWARE\POLICIES`, `\SOFTWARE\MICROSOFT\WINDOWS\CURRENTVERSION\POLICIES`} {
			if folded == root+tree || strings.HasPrefix(folded, root+tree+`\`) {
				return true
			}
		}
	}
	return false
}

// policyScope says which Registry.pol a key belongs to.
func policyScope(key string) setting.PolicyScope {
	if strings.HasPrefix(key, `HKCU\`) {
		return setting.ScopeUser
	}
	return setting.ScopeMachine
}

// maxPolicyName is the greatest length of a value name in Registry.pol ([MS-GPREG] 2.2.1).
const maxPolicyName = 259

// checkPolicyName says what of a key or name Registry.pol cannot hold ([MS-GPREG] 2.2.1: printable ASCII, names of 1 to 259).
func checkPolicyName(key, name string, keyAt, nameAt hcl.Range) hcl.Diagnostics {
	const way = "Write policy = false to set the registry only."
	switch {
	case name == "":
		return hcl.Diagnostics{problem(nameAt, "Default value of a policy key", "Registry.pol cannot hold a key's default value. Name a value. "+way)}
	case strings.HasPrefix(name, "**"):
		return hcl.Diagnostics{problem(nameAt, "Reserved policy name",
			`Names that begin with "**" are commands in Registry.pol, not values. To remove a value write its name and ensure = "absent".`)}
	case len(name) > maxPolicyName:
		return hcl.Diagnostics{problem(nameAt, "Policy name too long", "The name has %d characters; Registry.pol holds at most %d. "+way, len(name), maxPolicyName)}
	case !isPrintableASCII(name):
		return hcl.Diagnostics{problem(nameAt, "Illegal character in policy name", "Registry.pol holds names of printable ASCII only, and %q has other characters. "+way, name)}
	case !isPrintableASCII(key):
		return hcl.Diagnostics{problem(keyAt, "Illegal character in policy key", "Registry.pol holds keys of printable ASCII only, and %q has other characters. "+way, key)}
	}
	return nil
}

func isPrintableASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e })
}

// isPolicyType knows the types that Registry.pol holds ([MS-GPREG] 2.2.1).
func isPolicyType(t setting.ValueType) bool {
	switch t {
	case setting.TypeSZ, setting.TypeExpandSZ, setting.TypeBinary, setting.TypeDWord, setting.TypeDWordBE, setting.TypeMultiSZ, setting.TypeQWord:
		return true
	}
	return false
}
