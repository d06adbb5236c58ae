package guest

import "github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"

// What follows turns what Windows' calls return into the texts of settings, for whoever has asked the calls in another way than this package:
// a machine's answers must read the same, whoever asked.

// AccountCalls is what the calls behind the account policy return.
type AccountCalls struct {
	Modals0    [5]uint32 // USER_MODALS_INFO_0, in its own order: times in seconds
	Modals3    [3]uint32 // USER_MODALS_INFO_3
	Properties uint32    // DOMAIN_PASSWORD_INFORMATION.PasswordProperties
}

func (c AccountCalls) parts() (modals0, modals3) {
	a, b := c.Modals0, c.Modals3
	return modals0{a[0], a[1], a[2], a[3], a[4]}, modals3{b[0], b[1], b[2]}
}

// AccountPolicies lists the rules that a running Windows shows.
func AccountPolicies() []string {
	var names []string
	for name := range accountRules {
		names = append(names, name)
	}
	return names
}

// Text is the value of a rule as a security template writes it.
func (c AccountCalls) Text(name string) (string, error) {
	rule, err := ruleOf(name)
	if err != nil {
		return "", err
	}
	if rule.bit != 0 {
		if c.Properties&rule.bit != 0 {
			return "1", nil
		}
		return "0", nil
	}
	m0, m3 := c.parts()
	return rule.text(name, *rule.field(name, &m0, &m3))
}

// Set makes the calls return what a template's value says, for stand-ins.
func (c *AccountCalls) Set(name, text string) error {
	rule, err := ruleOf(name)
	if err != nil {
		return err
	}
	if rule.bit != 0 {
		if c.Properties &^= rule.bit; text == "1" {
			c.Properties |= rule.bit
		}
		return nil
	}
	n, err := rule.number(name, text)
	if err != nil {
		return err
	}
	m0, m3 := c.parts()
	*rule.field(name, &m0, &m3) = n
	c.Modals0 = [5]uint32{m0.MinPasswordLength, m0.MaxPasswordAge, m0.MinPasswordAge, m0.ForceLogoff, m0.PasswordHistory}
	c.Modals3 = [3]uint32{m3.Duration, m3.Window, m3.Threshold}
	return nil
}

// AuditText is the canonical text of AUDIT_POLICY_INFORMATION.AuditingInformation.
func AuditText(bits uint32) (string, error) { return auditText(bits) }

// AuditBits is the opposite of AuditText.
func AuditBits(text string) (uint32, error) { return auditBits(text) }

// ForeignSIDs writes SIDs as settings do: sorted, each once, those of the machine itself as "rid:<RID>". machine is the machine's own SID.
func ForeignSIDs(sids []string, machine string) []string { return foreigners(sids, machine) }

// NativeSID is the SID that such a text means on the machine.
func NativeSID(text, machine string) (string, error) { return native(text, machine) }

// MembersText is the canonical text of the members of a group.
func MembersText(sids []string) (string, error) { return membersText(sids) }

// ParseMembers reads such a text.
func ParseMembers(text string) ([]string, error) { return parseMembers(text) }

// DescriptorText is the text of a security descriptor as a call gives it.
func DescriptorText(descriptor []byte) (string, error) { return shown(descriptor) }

// InstalledProgram returns the version of an installed program, "installed" where its key names none.
func InstalledProgram(r setting.RegistryReader, name string) (string, error) {
	return installedProgram(r, name)
}

// UninstallKeys is where installers say what they installed.
func UninstallKeys() []string { return append([]string(nil), uninstallKeys...) }

// OwnPaths are the files that hold policies and the default profile's registry.
func OwnPaths() (gpt, defaultProfile string, policies map[setting.PolicyScope]string) {
	policies = make(map[setting.PolicyScope]string)
	for _, scope := range []setting.PolicyScope{setting.ScopeMachine, setting.ScopeUser} {
		policies[scope], _ = policyPath(scope) // both are known
	}
	return gptFile, defaultHive, policies
}

// PolicyKey is a key as its scope's Registry.pol keeps it.
func PolicyKey(scope setting.PolicyScope, key string) (string, error) { return policyKey(scope, key) }

// HostOf reads what the registry says of the machine.
func HostOf(r interface {
	setting.RegistryReader
	setting.KeyLister
}) (Host, error) {
	return readHost(r)
}

// InDefaultProfile reports whether a key lies in the default profile's registry, and its path there.
func InDefaultProfile(key string) (path string, in bool, err error) {
	at, path, err := splitKey(key)
	return path, at == rootDefaultProfile, err
}
