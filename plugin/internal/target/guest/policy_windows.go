package guest

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regpol"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// readPolicy opens a scope's Registry.pol; one that does not exist is empty.
func (g *Guest) readPolicy(scope setting.PolicyScope) (*regpol.File, error) {
	path, err := policyPath(scope)
	if err != nil {
		return nil, err
	}
	data, err := g.readFile(path, regpol.MaxFile)
	if err != nil && !errors.Is(err, setting.ErrAbsent) {
		return nil, err
	}
	pol, err := regpol.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("read %s in %s: %w", path, g.Describe(), err)
	}
	return pol, nil
}

// readGPT opens gpt.ini; one that does not exist is empty, and announces nothing.
func (g *Guest) readGPT() (*regpol.GPT, error) {
	data, err := g.readFile(gptFile, regpol.MaxFile)
	if err != nil && !errors.Is(err, setting.ErrAbsent) {
		return nil, err
	}
	gpt, err := regpol.ParseGPT(data)
	if err != nil {
		return nil, fmt.Errorf("read %s in %s: %w", gptFile, g.Describe(), err)
	}
	return gpt, nil
}

// PolicyNames returns what the scope's Registry.pol writes into key and right below it (see setting.PolicyLister).
func (g *Guest) PolicyNames(scope setting.PolicyScope, key string) (values, keys []string, err error) {
	short, err := policyKey(scope, key)
	if err != nil {
		return nil, nil, err
	}
	pol, err := g.readPolicy(scope)
	if err != nil {
		return nil, nil, err
	}
	values, keys = pol.Names(short)
	return values, keys, nil
}

// PolicyValue returns the entry for Key!Name of the scope's Registry.pol, as package image does: no file, no entry and an entry that deletes
// the value wrap setting.ErrAbsent; an entry in a file that gpt.ini does not announce is another error.
func (g *Guest) PolicyValue(scope setting.PolicyScope, key, name string) (setting.RegistryValue, error) {
	short, err := policyKey(scope, key)
	if err != nil {
		return setting.RegistryValue{}, err
	}
	pol, err := g.readPolicy(scope)
	if err != nil {
		return setting.RegistryValue{}, err
	}
	e, state := pol.Lookup(short, name)
	if state != regpol.Set {
		return setting.RegistryValue{}, fmt.Errorf("policy %s %s!%s in %s: %w", scope, key, name, g.Describe(), setting.ErrAbsent)
	}
	gpt, err := g.readGPT()
	if err != nil {
		return setting.RegistryValue{}, err
	}
	switch announced, err := gpt.Announces(regpol.Scope(scope)); {
	case err != nil:
		return setting.RegistryValue{}, fmt.Errorf("%s in %s: %w", gptFile, g.Describe(), err)
	case !announced:
		return setting.RegistryValue{}, fmt.Errorf("policy %s %s!%s in %s: Registry.pol has it, but Windows skips that file until %s "+
			"announces it (version not 0, registry extension listed)", scope, key, name, g.Describe(), gptFile)
	}
	return setting.RegistryValue{Type: setting.ValueTypeOf(e.Type), Data: e.Data}, nil
}

// SetPolicyValue makes the scope's Registry.pol set the value, and announces it. The value in the registry is an op of its own; Windows
// writes it again from this file whenever it refreshes policy.
func (g *Guest) SetPolicyValue(scope setting.PolicyScope, key, name string, v setting.RegistryValue) (bool, error) {
	number, ok := v.Type.Number()
	if !ok {
		return false, fmt.Errorf("set policy %s!%s: unknown type %q", key, name, v.Type)
	}
	return g.inPolicy(scope, key, func(f *regpol.File, short string) (bool, error) {
		if old, state := f.Lookup(short, name); state == regpol.Set && old.Type == number && bytes.Equal(old.Data, v.Data) {
			return false, nil
		}
		return true, f.Set(short, name, number, v.Data)
	})
}

// DeletePolicyValue makes the scope's Registry.pol delete the value, and announces it.
func (g *Guest) DeletePolicyValue(scope setting.PolicyScope, key, name string) (bool, error) {
	return g.inPolicy(scope, key, func(f *regpol.File, short string) (bool, error) {
		if _, state := f.Lookup(short, name); state == regpol.Deleted {
			return false, nil
		}
		return true, f.Delete(short, name)
	})
}

// inPolicy changes a Registry.pol. gpt.ini is written after it: what is announced is there. Where the program ends between the two, the next
// run finds the entry and an announcement that is older; an entry that was never announced at all is announced then.
func (g *Guest) inPolicy(scope setting.PolicyScope, key string, change func(*regpol.File, string) (bool, error)) (bool, error) {
	short, err := policyKey(scope, key)
	if err != nil {
		return false, err
	}
	pol, err := g.readPolicy(scope)
	if err != nil {
		return false, err
	}
	changed, err := change(pol, short)
	if err != nil {
		return false, fmt.Errorf("change the %s policies of %s: %w", scope, g.Describe(), err)
	}
	gpt, err := g.readGPT()
	if err != nil {
		return false, err
	}
	announced, err := gpt.Announces(regpol.Scope(scope))
	if err != nil {
		return false, fmt.Errorf("%s in %s: %w", gptFile, g.Describe(), err)
	}
	if !changed && announced {
		return false, nil
	}
	if changed {
		path, err := policyPath(scope)
		if err != nil {
			return false, err
		}
		if err := g.writeFile(path, pol.Marshal()); err != nil {
			return false, err
		}
	}
	if err := gpt.Touch(regpol.Scope(scope)); err != nil {
		return true, fmt.Errorf("%s in %s: %w", gptFile, g.Describe(), err)
	}
	return true, g.writeFile(gptFile, gpt.Bytes())
}
