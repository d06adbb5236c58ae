package snapshot

import (
	_ "embed"
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/guest"
)

// Script reads what a Request asks for, on Windows PowerShell 5.1 with .NET alone. It is run by remote.Script, with the request's bytes behind it.
//
//go:embed collect.ps1
var Script string

var (
	_ setting.RegistryReader = (*Trace)(nil)
	_ setting.KeyLister      = (*Trace)(nil)
	_ setting.PolicyReader   = (*Trace)(nil)
	_ setting.PolicyLister   = (*Trace)(nil)
	_ setting.FileReader     = (*Trace)(nil)
	_ setting.RightReader    = (*Trace)(nil)
	_ setting.StateReader    = (*Trace)(nil)
)

// Trace is a target that shows nothing and notes what is looked at: what a kind observes here is what it will ask a snapshot for. Keys exist, and have one key
// below them that stands for each, so that what a kind reads only where something is there is noted too.
type Trace struct{ Request }

// NewTrace makes a trace that asks what machine it is, whatever else is wanted.
func NewTrace() *Trace {
	t := new(Trace)
	t.Add(WordMachine)
	_, _ = guest.HostOf(t) // what it reads is what matters
	return t
}

// each stands for the name of every key below one.
const each = "\x01each"

// Describe names the target for messages.
func (t *Trace) Describe() string { return "a list of what to look at" }

func (t *Trace) absent() error { return setting.ErrAbsent }

// profile notes the files of the default profile's registry, where a key lies there.
func (t *Trace) profile(key string) bool {
	_, in, err := guest.InDefaultProfile(key)
	if err == nil && in {
		_, path, _ := guest.OwnPaths()
		for _, suffix := range []string{"", ".LOG1", ".LOG2"} {
			t.Add(WordBytes, path+suffix)
		}
	}
	return in || err != nil
}

// RegistryValue implements setting.RegistryReader.
func (t *Trace) RegistryValue(key, name string) (setting.RegistryValue, error) {
	key = setting.NormalKey(key)
	if above, last, ok := parent(key); ok && last == each {
		t.Add(WordBelow, above, name)
	} else if !t.profile(key) {
		t.Add(WordValue, key, name)
	}
	return setting.RegistryValue{}, t.absent()
}

// RegistryKey implements setting.RegistryReader.
func (t *Trace) RegistryKey(key string) error {
	if key = setting.NormalKey(key); !t.profile(key) {
		t.Add(WordExists, key)
	}
	return nil
}

// RegistryKeys implements setting.KeyLister.
func (t *Trace) RegistryKeys(key string) ([]string, error) {
	if key = setting.NormalKey(key); !t.profile(key) {
		t.Add(WordKeys, key)
	}
	return []string{each}, nil
}

// RegistryValueNames implements setting.KeyLister.
func (t *Trace) RegistryValueNames(key string) ([]string, error) {
	if key = setting.NormalKey(key); !t.profile(key) {
		t.Add(WordNames, key)
	}
	return nil, nil
}

func (t *Trace) policies(scope setting.PolicyScope) {
	gpt, _, paths := guest.OwnPaths()
	t.Add(WordBytes, gpt)
	t.Add(WordBytes, paths[scope])
}

// PolicyValue implements setting.PolicyReader.
func (t *Trace) PolicyValue(scope setting.PolicyScope, _, _ string) (setting.RegistryValue, error) {
	t.policies(scope)
	return setting.RegistryValue{}, t.absent()
}

// PolicyNames implements setting.PolicyLister.
func (t *Trace) PolicyNames(scope setting.PolicyScope, _ string) (values, keys []string, err error) {
	t.policies(scope)
	return nil, nil, nil
}

// File implements setting.FileReader.
func (t *Trace) File(path string) (setting.FileFacts, error) {
	t.Add(WordFile, path)
	return setting.FileFacts{}, t.absent()
}

// FolderFiles notes a folder whose files are to be listed.
func (t *Trace) FolderFiles(folder, prefix, suffix string) (map[string]setting.FileFacts, error) {
	t.Add(WordFolder, folder, prefix, suffix)
	return nil, nil
}

// RightHolders implements setting.RightReader.
func (t *Trace) RightHolders(constant string) ([]string, error) {
	t.Add(WordRight, constant)
	return nil, nil
}

// State implements setting.StateReader.
func (t *Trace) State(l setting.Location) (string, error) {
	name := l.Name()
	switch l.Scheme() {
	case setting.SchemeAccountPolicy:
		t.Add(WordPolicy)
	case setting.SchemeAudit:
		t.Add(WordAudit, name)
	case setting.SchemeAccount, setting.SchemeAccountName:
		t.Add(WordAccounts)
	case setting.SchemeGroup:
		t.Add(WordGroup, name)
	case setting.SchemeTask:
		t.Add(WordTask, name)
	case setting.SchemeFeature:
		t.Add(WordFeature, name)
	case setting.SchemeProgram:
		for _, root := range guest.UninstallKeys() {
			t.Add(WordExists, root+`\`+name)
			t.Add(WordValue, root+`\`+name, "DisplayVersion")
		}
	case setting.SchemeRegistrySecurity:
		if !t.profile(name) {
			t.Add(WordKeySecurity, name)
		}
	case setting.SchemeFileSecurity:
		t.Add(WordFileSecurity, name)
	default:
		return "", fmt.Errorf("%s: %w", l, setting.ErrUnobservable)
	}
	return "", t.absent()
}
