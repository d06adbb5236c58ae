package fake

import (
	"encoding/hex"
	"errors"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Target is a machine with every ability to be changed that package apply knows. A change to what is so already is none.
type Target struct{ *Windows }

var (
	_ apply.RegistryWriter = Target{}
	_ apply.PolicyWriter   = Target{}
	_ apply.FileWriter     = Target{}
	_ apply.RightWriter    = Target{}
	_ apply.StateWriter    = Target{}
)

// SetRegistryValue implements apply.RegistryWriter.
func (t Target) SetRegistryValue(key, name string, v setting.RegistryValue) (bool, error) {
	was, err := t.RegistryValue(key, name)
	if err == nil && was.Text() == v.Text() {
		return false, nil
	}
	return true, t.Apply(setting.Op{Action: setting.ActionRegistrySet, Key: key, Name: name, Type: v.Type, Data: hex.EncodeToString(v.Data)})
}

// DeleteRegistryValue implements apply.RegistryWriter.
func (t Target) DeleteRegistryValue(key, name string) (bool, error) {
	_, err := t.RegistryValue(key, name)
	return err == nil, t.Apply(setting.Op{Action: setting.ActionRegistryDelete, Key: key, Name: name})
}

// SetPolicyValue implements apply.PolicyWriter.
func (t Target) SetPolicyValue(scope setting.PolicyScope, key, name string, v setting.RegistryValue) (bool, error) {
	was, err := t.PolicyValue(scope, key, name)
	if err == nil && was.Text() == v.Text() {
		return false, nil
	}
	return true, t.Apply(setting.Op{Action: setting.ActionPolicySet, Scope: scope, Key: key, Name: name, Type: v.Type, Data: hex.EncodeToString(v.Data)})
}

// DeletePolicyValue implements apply.PolicyWriter.
func (t Target) DeletePolicyValue(scope setting.PolicyScope, key, name string) (bool, error) {
	was := t.PolicyDeletes(scope, key, name)
	return !was, t.Apply(setting.Op{Action: setting.ActionPolicyDelete, Scope: scope, Key: key, Name: name})
}

// PutFile implements apply.FileWriter.
func (t Target) PutFile(path string, c apply.Content) (bool, error) {
	if _, err := c.Bytes(); err != nil {
		return false, err
	}
	was, err := t.File(path)
	t.SetFile(path, setting.FileFacts{Size: c.Size, SHA256: c.SHA256})
	return err != nil || was.SHA256 != c.SHA256, nil
}

// DeleteFile implements apply.FileWriter.
func (t Target) DeleteFile(path string) (bool, error) {
	_, err := t.File(path)
	return err == nil, t.Apply(setting.Op{Action: setting.ActionFileDelete, Path: path})
}

// SetRightHolders implements apply.RightWriter.
func (t Target) SetRightHolders(constant string, sids []string) (bool, error) {
	t.SetRight(constant, sids)
	return true, nil
}

// SetState implements apply.StateWriter.
func (t Target) SetState(op setting.Op) (bool, error) {
	was, err := t.State(op.Location)
	if err != nil && !errors.Is(err, setting.ErrAbsent) {
		return false, err
	}
	return err != nil || was != op.Value, t.Apply(op)
}
