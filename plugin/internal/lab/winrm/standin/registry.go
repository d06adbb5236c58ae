package standin

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// hiveRoots says which part of the registry each hive of the base is; HKCU is the default profile, as in an image.
func hiveRoots() map[string]string {
	const config = "Windows/System32/config/"
	return map[string]string{
		`HKLM\SOFTWARE`: config + "SOFTWARE", `HKLM\SYSTEM`: config + "SYSTEM", `HKLM\SAM`: config + "SAM", `HKLM\SECURITY`: config + "SECURITY",
		`HKCU`: "Users/Default/NTUSER.DAT", `HKU\.DEFAULT`: config + "DEFAULT",
	}
}

// openHives parses the hives of a base, by their roots, and says which control set is the current one.
func openHives(base *wim.Image) (hives map[string]*regf.Hive, set string, err error) {
	hives = make(map[string]*regf.Hive)
	for root := range hiveRoots() {
		if hives[root], err = openHive(base, root); err != nil {
			return nil, "", err
		}
	}
	system := hives[`HKLM\SYSTEM`]
	if sel := system.Find("Select"); sel != nil {
		if v, ok := sel.Value("Current"); ok {
			if n, ok := v.Number(); ok {
				set = fmt.Sprintf("ControlSet%03d", n)
			}
		}
	}
	if set == "" || system.Find(set) == nil {
		return nil, "", errors.New("open hive SYSTEM: Select names no control set")
	}
	return hives, set, nil
}

func openHive(base *wim.Image, root string) (*regf.Hive, error) {
	path := hiveRoots()[root]
	data, err := base.ReadFile(path, maxFiles)
	if err != nil {
		return nil, fmt.Errorf("open hive %s: %w", path, err)
	}
	h, err := regf.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("open hive %s: %w", path, err)
	}
	return h, nil
}

// writable is locate for a change: the hive is this machine's alone from then on. The lock is held.
func (m *Machine) writable(key string) (*regf.Hive, string, error) {
	root, path, err := m.locate(key)
	if err != nil {
		return nil, "", err
	}
	if !m.own[root] {
		h, err := openHive(m.base, root)
		if err != nil {
			return nil, "", err
		}
		m.hives[root], m.own[root] = h, true
	}
	return m.hives[root], path, nil
}

// locate finds the root of the hive and the path in it of a key. A part of the registry that no hive of the base holds is not observable.
func (m *Machine) locate(key string) (root, path string, err error) {
	key = setting.NormalKey(key)
	for _, long := range [][2]string{{"HKEY_LOCAL_MACHINE", "HKLM"}, {"HKEY_CURRENT_USER", "HKCU"}, {"HKEY_USERS", "HKU"}} {
		if rest, ok := cutFold(key, long[0]); ok {
			key = long[1] + rest
		}
	}
	for root := range m.hives {
		rest, ok := cutFold(key, root)
		if !ok {
			continue
		}
		rest = strings.TrimPrefix(rest, `\`)
		if root == `HKLM\SYSTEM` {
			if below, ok := cutFold(rest, "CurrentControlSet"); ok {
				rest = m.set + below
			}
		}
		return root, rest, nil
	}
	return "", "", fmt.Errorf("key %s is in no hive of the %s base: %w", key, lab.MarkerKey, setting.ErrUnobservable)
}

// cutFold cuts a whole first part off a path, whatever its case; the rest is empty or begins with a backslash.
func cutFold(path, first string) (rest string, ok bool) {
	if len(path) < len(first) || upcase.Fold(path[:len(first)]) != upcase.Fold(first) {
		return "", false
	}
	rest = path[len(first):]
	return rest, rest == "" || rest[0] == '\\'
}

// key returns an existing key; the lock is held. Links are refused rather than followed.
func (m *Machine) key(key string) (*regf.Key, error) {
	root, path, err := m.locate(key)
	if err != nil {
		return nil, err
	}
	k := m.hives[root].Root()
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '\\' }) {
		if k = k.Subkey(part); k == nil {
			return nil, fmt.Errorf("key %s: %w", key, setting.ErrAbsent)
		}
		if k.IsLink() {
			return nil, fmt.Errorf("key %s: %s is a symbolic link, which the lab does not follow", key, part)
		}
	}
	return k, nil
}

// RegistryKey implements setting.RegistryReader.
func (m *Machine) RegistryKey(key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := m.key(key)
	return err
}

// RegistryValue implements setting.RegistryReader.
func (m *Machine) RegistryValue(key, name string) (setting.RegistryValue, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, err := m.key(key)
	if err != nil {
		return setting.RegistryValue{}, err
	}
	v, ok := k.Value(name)
	if !ok {
		return setting.RegistryValue{}, fmt.Errorf("value %s!%s: %w", key, name, setting.ErrAbsent)
	}
	return setting.RegistryValue{Type: setting.ValueTypeOf(uint32(v.Type)), Data: v.Data}, nil
}

// RegistryKeys implements setting.KeyLister.
func (m *Machine) RegistryKeys(key string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, err := m.key(key)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for sub := range k.Subkeys() {
		names = append(names, sub.Name())
	}
	return names, nil
}

// RegistryValueNames implements setting.KeyLister.
func (m *Machine) RegistryValueNames(key string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, err := m.key(key)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for v := range k.Values() {
		names = append(names, v.Name)
	}
	return names, nil
}

// SetRegistryValue implements apply.RegistryWriter.
func (m *Machine) SetRegistryValue(key, name string, v setting.RegistryValue) (bool, error) {
	number, ok := v.Type.Number()
	if !ok {
		return false, fmt.Errorf("set %s!%s: unknown type %q", key, name, v.Type)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	hive, path, err := m.writable(key)
	if err != nil {
		return false, err
	}
	return hive.SetValue(path, name, regf.ValueType(number), v.Data, m.epoch)
}

// DeleteRegistryValue implements apply.RegistryWriter.
func (m *Machine) DeleteRegistryValue(key, name string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	hive, path, err := m.writable(key)
	if err != nil {
		return false, err
	}
	return hive.DeleteValue(path, name, m.epoch)
}

// CreateRegistryKey makes a key with those above it.
func (m *Machine) CreateRegistryKey(key string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	hive, path, err := m.writable(key)
	if err != nil {
		return false, err
	}
	return hive.CreateKey(path, m.epoch)
}

// DeleteRegistryKey removes a key with all below it; one that is not there is no error.
func (m *Machine) DeleteRegistryKey(key string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	hive, path, err := m.writable(key)
	if err != nil {
		return false, err
	}
	return hive.DeleteKey(path, m.epoch)
}
