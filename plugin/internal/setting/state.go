package setting

import (
	"fmt"
	"strings"
)

// The schemes of things that are neither a registry value nor a file: Windows keeps them in databases of its own. Each has one
// canonical text, which is what claims, ops and facts of that scheme hold.
const (
	// SchemeAccountPolicy is password and lockout policy, named as in a security template's [System Access]: "MinimumPasswordLength".
	// Text: a decimal number; -1 is never (ages) or until an administrator unlocks (lockout).
	SchemeAccountPolicy = "account-policy"
	// SchemeAudit is the audit policy of one subcategory, by its GUID: "{0cce922b-69ae-11d9-bed3-505054503030}".
	// Text: "none", "success", "failure" or "success,failure".
	SchemeAudit = "audit"
	// SchemeAccount is a local account by its RID in decimal: "500". Text: "enabled" or "disabled".
	SchemeAccount = "account"
	// SchemeAccountName is the name of a local account, by its RID in decimal. Text: the name.
	SchemeAccountName = "account-name"
	// SchemeGroup is the membership of a local group, by its SID: "S-1-5-32-544". Text: a JSON list of SIDs, sorted; accounts of the
	// machine itself, whose SID differs on each, are "rid:<RID>".
	SchemeGroup = "group"
	// SchemeTask is a scheduled task by its path: "\Microsoft\Windows\Maps\MapsUpdateTask". Text: "enabled" or "disabled".
	SchemeTask = "task"
	// SchemeFeature is an optional feature by its name: "SMB1Protocol". Text: "enabled" or "disabled".
	SchemeFeature = "feature"
	// SchemeProgram is an installed program by its product code or the name of its uninstall key. Text: its version, or "installed".
	SchemeProgram = "program"
	// SchemeRegistrySecurity is the security descriptor of a registry key: "HKLM\SOFTWARE\X". Text: SDDL as package secdesc writes it.
	SchemeRegistrySecurity = "registry-security"
	// SchemeFileSecurity is the security descriptor of a file or folder: "\Windows\x". Text: SDDL as package secdesc writes it.
	SchemeFileSecurity = "file-security"
	// SchemeOnly is what a registry key, or the part of Registry.pol for it, holds altogether: the location of all its values
	// ("reg:HKLM\SOFTWARE\X!*") or keys ("reg:HKLM\SOFTWARE\X\*"). Text: a JSON list of their names, sorted.
	SchemeOnly = "only"
	// SchemeSecret is a secret that the client makes for itself, by what it is for: "autologon:kiosk". Text: "made-on-client".
	SchemeSecret = "secret"
)

// StateLocation is the location of a thing of the given scheme.
func StateLocation(scheme, name string) Location { return Location(scheme + ":" + name) }

// Scheme is what stands before the first colon, "" where there is none.
func (l Location) Scheme() string {
	scheme, _, ok := strings.Cut(string(l), ":")
	if !ok {
		return ""
	}
	return scheme
}

// Name is what stands behind the first colon.
func (l Location) Name() string {
	_, name, _ := strings.Cut(string(l), ":")
	return name
}

// StateReader reads things that are neither a registry value nor a file (see the schemes).
type StateReader interface {
	// State returns the canonical text of the thing at l; an error that wraps ErrAbsent where it does not exist, and one that wraps
	// ErrUnobservable where this target cannot show things of that scheme. A layout that is not known is an error of neither kind.
	State(l Location) (string, error)
}

// KeyLister lists registry keys.
type KeyLister interface {
	// RegistryKeys returns the names of the keys below key, as they are written, in the order of the hive; an error that wraps ErrAbsent
	// where key does not exist.
	RegistryKeys(key string) ([]string, error)
	// RegistryValueNames returns the names of key's values, as they are written, in the order of the hive; "" is the default value. An error
	// wraps ErrAbsent where key does not exist.
	RegistryValueNames(key string) ([]string, error)
}

// PolicyLister lists what Registry.pol files write.
type PolicyLister interface {
	// PolicyNames returns the names of the values that the scope's Registry.pol writes into key, and of the keys right below it that it writes
	// anything into, also where Windows skips the file as gpt.ini stands: the next change of a policy brings it into force. No file
	// writes nothing. Key is in the form of NormalKey.
	PolicyNames(scope PolicyScope, key string) (values, keys []string, err error)
}

// AsState returns r's states, or an error that wraps ErrUnobservable.
func AsState(r Reader) (StateReader, error) { return as[StateReader](r, "security databases") }

// AsKeys returns r's lister of registry keys, or an error that wraps ErrUnobservable.
func AsKeys(r Reader) (KeyLister, error) { return as[KeyLister](r, "lists of registry keys") }

// AsPolicyLister returns r's lister of policy files, or an error that wraps ErrUnobservable.
func AsPolicyLister(r Reader) (PolicyLister, error) {
	return as[PolicyLister](r, "lists of policy files")
}

// ObserveState reads one state into a fact; absence is a fact, everything else an error.
func ObserveState(r Reader, l Location) (Fact, error) {
	states, err := AsState(r)
	if err != nil {
		return Fact{}, err
	}
	text, err := states.State(l)
	switch {
	case isAbsent(err):
		return Fact{Location: l}, nil
	case err != nil:
		return Fact{}, fmt.Errorf("observe %s: %w", l, err)
	}
	return Fact{Location: l, Present: true, Value: text}, nil
}
