package guest

import (
	"errors"
	"fmt"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// profileHive opens the default profile's hive file. Nobody logs on to that profile, so Windows does not keep it loaded; where it is, the
// file cannot be opened, and that is an error.
func (g *Guest) profileHive() (*regf.Hive, bool, error) {
	data, err := g.readFile(defaultHive, 1<<31)
	if err != nil {
		if errors.Is(err, setting.ErrAbsent) {
			err = fmt.Errorf("the default profile has no registry (%s): %w", defaultHive, setting.ErrUnobservable)
		}
		return nil, false, err
	}
	replayed := false
	if regf.IsDirty(data) {
		var logs []regf.Log
		for _, suffix := range []string{".LOG1", ".LOG2"} {
			log, err := g.readFile(defaultHive+suffix, 1<<31)
			if errors.Is(err, setting.ErrAbsent) {
				continue
			}
			if err != nil {
				return nil, false, err
			}
			logs = append(logs, regf.Log{Name: "NTUSER.DAT" + suffix, Data: log})
		}
		if data, _, err = regf.Replay(data, logs); err != nil {
			return nil, false, fmt.Errorf("open hive %s in %s: %w", defaultHive, g.Describe(), err)
		}
		replayed = true
	}
	hive, err := regf.Parse(data)
	if err != nil {
		return nil, false, fmt.Errorf("open hive %s in %s: %w", defaultHive, g.Describe(), err)
	}
	return hive, replayed, nil
}

func (g *Guest) profileKey(key, path string) (*regf.Key, error) {
	hive, _, err := g.profileHive()
	if err != nil {
		return nil, err
	}
	k := hive.Find(path)
	if k == nil {
		return nil, fmt.Errorf("key %s in %s: %w", key, g.Describe(), setting.ErrAbsent)
	}
	return k, nil
}

func (g *Guest) profileValue(key, path, name string) (setting.RegistryValue, error) {
	hive, _, err := g.profileHive()
	if err != nil {
		return setting.RegistryValue{}, err
	}
	if k := hive.Find(path); k != nil {
		if v, ok := k.Value(name); ok {
			return setting.RegistryValue{Type: setting.ValueTypeOf(uint32(v.Type)), Data: v.Data}, nil
		}
	}
	return setting.RegistryValue{}, fmt.Errorf("value %s!%s in %s: %w", key, name, g.Describe(), setting.ErrAbsent)
}

type lister func(*regf.Key) []string

func profileKeys(k *regf.Key) []string {
	names := []string{}
	for sub := range k.Subkeys() {
		names = append(names, sub.Name())
	}
	return names
}

func profileNames(k *regf.Key) []string {
	names := []string{}
	for v := range k.Values() {
		names = append(names, v.Name)
	}
	return names
}

func (g *Guest) setProfileValue(path, name string, number uint32, data []byte) (bool, error) {
	return g.editProfile(func(h *regf.Hive, now regf.FileTime) (bool, error) {
		return h.SetValue(path, name, regf.ValueType(number), data, now)
	})
}

func (g *Guest) deleteProfileValue(path, name string) (bool, error) {
	return g.editProfile(func(h *regf.Hive, now regf.FileTime) (bool, error) { return h.DeleteValue(path, name, now) })
}

// editProfile changes the hive and puts the new file in the place of the old one.
func (g *Guest) editProfile(change func(*regf.Hive, regf.FileTime) (bool, error)) (bool, error) {
	hive, replayed, err := g.profileHive()
	if err != nil {
		return false, err
	}
	now := regf.FileTimeOf(time.Now())
	changed, err := change(hive, now)
	if err != nil || !changed {
		return changed, err
	}
	if replayed {
		hive.Advance()
	}
	data, err := hive.Bytes(now)
	if err != nil {
		return false, fmt.Errorf("write hive %s: %w", defaultHive, err)
	}
	return true, g.writeFile(defaultHive, data)
}
