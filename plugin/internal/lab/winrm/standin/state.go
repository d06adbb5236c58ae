package standin

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// keptSchemes are the states that the machine keeps as it is told; nothing else of the machine follows them.
func keptSchemes() []string {
	return []string{
		setting.SchemeAccountPolicy, setting.SchemeAudit, setting.SchemeAccount, setting.SchemeAccountName, setting.SchemeGroup, setting.SchemeTask,
		setting.SchemeFeature, setting.SchemeFileSecurity, setting.SchemeSecret,
	}
}

// RightHolders implements setting.RightReader: what was set, or what the base says.
func (m *Machine) RightHolders(constant string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if sids, ok := m.rights[constant]; ok {
		return slices.Clone(sids), nil
	}
	return m.offline.RightHolders(constant)
}

// SetRightHolders implements apply.RightWriter.
func (m *Machine) SetRightHolders(constant string, sids []string) (bool, error) {
	before, err := m.RightHolders(constant) // refuses rights that there are not
	if err != nil {
		return false, err
	}
	sids = slices.Sorted(slices.Values(sids))
	if slices.Equal(before, sids) {
		return false, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rights[constant] = sids
	return true, nil
}

// State implements setting.StateReader: what was set, or what the base says.
func (m *Machine) State(l setting.Location) (string, error) {
	switch l.Scheme() {
	case setting.SchemeProgram:
		return m.program(l.Name())
	case setting.SchemeRegistrySecurity:
		return m.keySecurity(l.Name())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Contains(keptSchemes(), l.Scheme()) {
		return "", fmt.Errorf("%s on the lab machine: %w", l, setting.ErrUnobservable)
	}
	switch text, ok := m.states[l.Canon()]; {
	case ok && text == nil:
		return "", fmt.Errorf("%s: %w", l, setting.ErrAbsent)
	case ok:
		return *text, nil
	case l.Scheme() == setting.SchemeFeature: // no image shows them; the lab's Windows has none but those that it was told of
		return "", fmt.Errorf("%s: %w", l, setting.ErrAbsent)
	}
	return m.offline.State(l)
}

// SetState implements apply.StateWriter.
func (m *Machine) SetState(op setting.Op) (bool, error) {
	scheme := op.Location.Scheme()
	if scheme == setting.SchemeRegistrySecurity && op.Action == setting.ActionStateSet {
		return m.setKeySecurity(op.Location.Name(), op.Value)
	}
	if !slices.Contains(keptSchemes(), scheme) {
		return false, fmt.Errorf("%s %s: the lab machine has no stand-in for states of that scheme", op.Action, op.Location)
	}
	before, err := m.State(op.Location)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch op.Action {
	case setting.ActionStateSet:
		if op.Value == "" {
			return false, fmt.Errorf("%s %s: no value", op.Action, op.Location)
		}
		value := op.Value
		m.states[op.Location.Canon()] = &value
		return err != nil || before != op.Value, nil
	case setting.ActionStateDelete:
		m.states[op.Location.Canon()] = nil
		return !errors.Is(err, setting.ErrAbsent), nil
	}
	return false, fmt.Errorf("%s %s: the lab machine does not know that action", op.Action, op.Location)
}

// keySecurity is the descriptor of a key, as the hive has it now.
func (m *Machine) keySecurity(key string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, err := m.key(key)
	if err != nil {
		return "", err
	}
	if k.Security() == nil {
		return "", fmt.Errorf("key %s has no security descriptor", key)
	}
	return secdesc.Text(k.Security())
}

// setKeySecurity changes the parts of a key's descriptor that text states. Keys below keep theirs, other than on Windows.
func (m *Machine) setKeySecurity(key, text string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, err := m.key(key)
	if err != nil {
		return false, err
	}
	descriptor, err := secdesc.Override(k.Security(), text, secdesc.KeyMapping())
	if err != nil {
		return false, fmt.Errorf("set the descriptor of %s: %w", key, err)
	}
	if bytes.Equal(descriptor, k.Security()) {
		return false, nil
	}
	hive, path, err := m.writable(key)
	if err != nil {
		return false, err
	}
	return hive.SetSecurity(path, descriptor, m.epoch)
}

// program reads an installed program's version out of the uninstall keys, as an image's reader does.
func (m *Machine) program(name string) (string, error) {
	for _, root := range []string{`HKLM\SOFTWARE\`, `HKLM\SOFTWARE\WOW6432Node\`} {
		key := root + `Microsoft\Windows\CurrentVersion\Uninstall\` + name
		switch err := m.RegistryKey(key); {
		case errors.Is(err, setting.ErrAbsent):
			continue
		case err != nil:
			return "", err
		}
		v, err := m.RegistryValue(key, "DisplayVersion")
		if err != nil && !errors.Is(err, setting.ErrAbsent) {
			return "", err
		}
		if text := strings.TrimPrefix(v.Text(), "sz:"); err == nil && text != "" {
			return text, nil
		}
		return "installed", nil
	}
	return "", fmt.Errorf("program %s: %w", name, setting.ErrAbsent)
}
