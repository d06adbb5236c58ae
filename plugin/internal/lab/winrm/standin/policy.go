package standin

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regpol"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

const gptFile = `\Windows\System32\GroupPolicy\gpt.ini`

// policyPlace is the Registry.pol of a scope and the key as it stands there.
func policyPlace(scope setting.PolicyScope, key string) (path, short string, err error) {
	places := map[setting.PolicyScope][2]string{
		setting.ScopeMachine: {`\Windows\System32\GroupPolicy\Machine\Registry.pol`, `HKLM\`},
		setting.ScopeUser:    {`\Windows\System32\GroupPolicy\User\Registry.pol`, `HKCU\`},
	}
	p, ok := places[scope]
	short, under := strings.CutPrefix(setting.NormalKey(key), p[1])
	if !ok || !under {
		return "", "", fmt.Errorf("key %s does not belong to the policies of scope %q", key, scope)
	}
	return p[0], short, nil
}

// policy reads a file of policies; one that is not there is empty. The lock is held.
func (m *Machine) policy(path string) (*regpol.File, error) {
	data, err := m.readFile(path)
	if err != nil && !errors.Is(err, setting.ErrAbsent) {
		return nil, err
	}
	return regpol.Parse(data)
}

func (m *Machine) gpt() (*regpol.GPT, error) {
	data, err := m.readFile(gptFile)
	if err != nil && !errors.Is(err, setting.ErrAbsent) {
		return nil, err
	}
	return regpol.ParseGPT(data)
}

// PolicyValue implements setting.PolicyReader. An entry that gpt.ini does not announce is an error, as in an image.
func (m *Machine) PolicyValue(scope setting.PolicyScope, key, name string) (setting.RegistryValue, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var none setting.RegistryValue
	path, short, err := policyPlace(scope, key)
	if err != nil {
		return none, err
	}
	pol, err := m.policy(path)
	if err != nil {
		return none, err
	}
	e, state := pol.Lookup(short, name)
	if state != regpol.Set {
		return none, fmt.Errorf("policy %s %s!%s: %w", scope, key, name, setting.ErrAbsent)
	}
	gpt, err := m.gpt()
	if err != nil {
		return none, err
	}
	if announced, err := gpt.Announces(regpol.Scope(scope)); err != nil || !announced {
		return none, errors.Join(fmt.Errorf("policy %s %s!%s: gpt.ini does not announce Registry.pol, so Windows skips it", scope, key, name), err)
	}
	return setting.RegistryValue{Type: setting.ValueTypeOf(e.Type), Data: e.Data}, nil
}

// PolicyNames implements setting.PolicyLister.
func (m *Machine) PolicyNames(scope setting.PolicyScope, key string) (values, keys []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	path, short, err := policyPlace(scope, key)
	if err != nil {
		return nil, nil, err
	}
	pol, err := m.policy(path)
	if err != nil {
		return nil, nil, err
	}
	values, keys = pol.Names(short)
	return values, keys, nil
}

// SetPolicyValue implements apply.PolicyWriter.
func (m *Machine) SetPolicyValue(scope setting.PolicyScope, key, name string, v setting.RegistryValue) (bool, error) {
	number, ok := v.Type.Number()
	if !ok {
		return false, fmt.Errorf("set policy %s!%s: unknown type %q", key, name, v.Type)
	}
	return m.changePolicy(scope, key, func(p *regpol.File, short string) (bool, error) {
		if old, state := p.Lookup(short, name); state == regpol.Set && old.Type == number && bytes.Equal(old.Data, v.Data) {
			return false, nil
		}
		return true, p.Set(short, name, number, v.Data)
	})
}

// DeletePolicyValue implements apply.PolicyWriter.
func (m *Machine) DeletePolicyValue(scope setting.PolicyScope, key, name string) (bool, error) {
	return m.changePolicy(scope, key, func(p *regpol.File, short string) (bool, error) {
		if _, state := p.Lookup(short, name); state == regpol.Deleted {
			return false, nil
		}
		return true, p.Delete(short, name)
	})
}

func (m *Machine) changePolicy(scope setting.PolicyScope, key string, change func(*regpol.File, string) (bool, error)) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	path, short, err := policyPlace(scope, key)
	if err != nil {
		return false, err
	}
	pol, err := m.policy(path)
	if err != nil {
		return false, err
	}
	changed, err := change(pol, short)
	if err != nil {
		return false, fmt.Errorf("change %s: %w", path, err)
	}
	gpt, err := m.gpt()
	if err != nil {
		return false, err
	}
	announced, err := gpt.Announces(regpol.Scope(scope))
	if err != nil || !changed && announced {
		return false, err
	}
	if err := gpt.Touch(regpol.Scope(scope)); err != nil {
		return false, fmt.Errorf("change %s: %w", gptFile, err)
	}
	return changed, errors.Join(m.writeFile(path, pol.Marshal()), m.writeFile(gptFile, gpt.Bytes()))
}
