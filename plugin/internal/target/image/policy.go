package image

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regpol"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// gptFile is the file by which Windows notices that local policy changed.
const gptFile = `\Windows\System32\GroupPolicy\gpt.ini`

// policyFile is one opened Registry.pol, or why it cannot be opened.
type policyFile struct {
	pol *regpol.File
	err error
}

// policyPath is the Registry.pol of a scope.
func policyPath(scope setting.PolicyScope) (string, error) {
	switch scope {
	case setting.ScopeMachine:
		return `\Windows\System32\GroupPolicy\Machine\Registry.pol`, nil
	case setting.ScopeUser:
		return `\Windows\System32\GroupPolicy\User\Registry.pol`, nil
	}
	return "", fmt.Errorf("unknown policy scope %q", scope)
}

// policyKey is the key as Registry.pol keeps it: without the root that its place stands for.
func policyKey(scope setting.PolicyScope, key string) (string, error) {
	root := map[setting.PolicyScope]string{setting.ScopeMachine: "HKLM", setting.ScopeUser: "HKCU"}[scope]
	rest, ok := strings.CutPrefix(setting.NormalKey(key), root+`\`)
	if root == "" || !ok {
		return "", fmt.Errorf("key %s does not belong to the policies of scope %q", key, scope)
	}
	return rest, nil
}

// readPolicy opens a scope's Registry.pol; one that does not exist is empty.
func readPolicy(target string, source fileSource, scope setting.PolicyScope) policyFile {
	path, err := policyPath(scope)
	if err != nil {
		return policyFile{err: err}
	}
	data, err := source.ReadFile(path, regpol.MaxFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return policyFile{err: fmt.Errorf("read %s in %s: %w", path, target, err)}
	}
	pol, err := regpol.Parse(data)
	if err != nil {
		return policyFile{err: fmt.Errorf("read %s in %s: %w; remove the file from the base or repair it there", path, target, err)}
	}
	return policyFile{pol: pol}
}

// readGPT opens gpt.ini; one that does not exist is empty, and announces nothing.
func readGPT(target string, source fileSource) (*regpol.GPT, error) {
	data, err := source.ReadFile(gptFile, regpol.MaxFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read %s in %s: %w", gptFile, target, err)
	}
	gpt, err := regpol.ParseGPT(data)
	if err != nil {
		return nil, fmt.Errorf("read %s in %s: %w; remove the file from the base or repair it there", gptFile, target, err)
	}
	return gpt, nil
}

// policy opens a scope's Registry.pol once.
func (i *Image) policy(scope setting.PolicyScope) policyFile {
	f, ok := i.policies[scope]
	if !ok {
		f = readPolicy(i.Describe(), i.img, scope)
		i.policies[scope] = f
	}
	return f
}

// PolicyNames returns what the scope's Registry.pol writes into key and right below it (see setting.PolicyLister).
func (i *Image) PolicyNames(scope setting.PolicyScope, key string) (values, keys []string, err error) {
	short, err := policyKey(scope, key)
	if err != nil {
		return nil, nil, err
	}
	f := i.policy(scope)
	if f.err != nil {
		return nil, nil, f.err
	}
	values, keys = f.pol.Names(short)
	return values, keys, nil
}

// PolicyValue returns the entry for Key!Name of the scope's Registry.pol; no file, no entry and an entry that deletes the value are
// all an error that wraps setting.ErrAbsent. An entry that Windows skips, because gpt.ini does not announce the file, is neither there
// nor absent, as any later change of a policy would bring it into force: another error.
func (i *Image) PolicyValue(scope setting.PolicyScope, key, name string) (setting.RegistryValue, error) {
	short, err := policyKey(scope, key)
	if err != nil {
		return setting.RegistryValue{}, err
	}
	f := i.policy(scope)
	if f.err != nil {
		return setting.RegistryValue{}, f.err
	}
	e, state := f.pol.Lookup(short, name)
	if state != regpol.Set {
		return setting.RegistryValue{}, fmt.Errorf("policy %s %s!%s in %s: %w", scope, key, name, i.Describe(), setting.ErrAbsent)
	}
	gpt, err := readGPT(i.Describe(), i.img)
	if err != nil {
		return setting.RegistryValue{}, err
	}
	switch announced, err := gpt.Announces(regpol.Scope(scope)); {
	case err != nil:
		return setting.RegistryValue{}, fmt.Errorf("%s in %s: %w", gptFile, i.Describe(), err)
	case !announced:
		return setting.RegistryValue{}, fmt.Errorf("policy %s %s!%s in %s: Registry.pol has it, but Windows skips that file until %s "+
			"announces it (version not 0, registry extension listed)", scope, key, name, i.Describe(), gptFile)
	}
	return setting.RegistryValue{Type: setting.ValueTypeOf(e.Type), Data: e.Data}, nil
}
