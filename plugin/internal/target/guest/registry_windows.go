package guest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	advapi32       = windows.NewLazySystemDLL("advapi32.dll")
	regSetValueEx  = advapi32.NewProc("RegSetValueExW")
	regDeleteValue = advapi32.NewProc("RegDeleteValueW")
)

// maxValue bounds a value's data: the registry holds 1 MiB in a value for good, and somewhat more for a while.
const maxValue = 64 << 20

// predefined is the handle of a root.
func (r root) predefined() registry.Key {
	if r == rootUsers {
		return registry.USERS
	}
	return registry.LOCAL_MACHINE
}

// openKey opens a key that is not in the default profile.
func (g *Guest) openKey(at root, path, key string, access uint32) (registry.Key, error) {
	k, err := registry.OpenKey(at.predefined(), path, access|registry.WOW64_64KEY)
	if absent(err) {
		return 0, fmt.Errorf("key %s in %s: %w", key, g.Describe(), setting.ErrAbsent)
	}
	if err != nil {
		return 0, fmt.Errorf("open key %s in %s: %w", key, g.Describe(), neutral("RegOpenKeyEx", err))
	}
	return k, nil
}

// RegistryKey returns nil where the key exists, or an error that wraps setting.ErrAbsent.
func (g *Guest) RegistryKey(key string) error {
	at, path, err := splitKey(key)
	if err != nil {
		return err
	}
	if at == rootDefaultProfile {
		_, err := g.profileKey(key, path)
		return err
	}
	k, err := g.openKey(at, path, key, registry.QUERY_VALUE)
	if err != nil {
		return err
	}
	return k.Close()
}

// RegistryValue returns the value Key!Name, or an error that wraps setting.ErrAbsent.
func (g *Guest) RegistryValue(key, name string) (setting.RegistryValue, error) {
	at, path, err := splitKey(key)
	if err != nil {
		return setting.RegistryValue{}, err
	}
	if at == rootDefaultProfile {
		return g.profileValue(key, path, name)
	}
	k, err := g.openKey(at, path, key, registry.QUERY_VALUE)
	if err != nil {
		return setting.RegistryValue{}, err
	}
	defer k.Close()
	v, err := readValue(k, name)
	if absent(err) {
		return v, fmt.Errorf("value %s!%s in %s: %w", key, name, g.Describe(), setting.ErrAbsent)
	}
	if err != nil {
		return v, fmt.Errorf("read value %s!%s in %s: %w", key, name, g.Describe(), neutral("RegQueryValueEx", err))
	}
	return v, nil
}

// units is a name as a pointer to UTF-16 with its terminator.
func units(name string) (*uint16, error) {
	u := upcase.Units(name)
	if slices.Contains(u, 0) {
		return nil, fmt.Errorf("name %q holds a NUL", name)
	}
	u = append(u, 0)
	return &u[0], nil
}

// readValue reads a value's bytes, which may grow between two calls.
func readValue(k registry.Key, name string) (setting.RegistryValue, error) {
	p, err := units(name)
	if err != nil {
		return setting.RegistryValue{}, err
	}
	buf := make([]byte, 1024)
	for {
		var typ uint32
		n := uint32(len(buf))
		err := windows.RegQueryValueEx(windows.Handle(k), p, nil, &typ, &buf[0], &n)
		switch {
		case err == nil:
			return setting.RegistryValue{Type: setting.ValueTypeOf(typ), Data: buf[:n]}, nil
		case !errors.Is(err, windows.ERROR_MORE_DATA):
			return setting.RegistryValue{}, err
		case len(buf) >= maxValue:
			return setting.RegistryValue{}, fmt.Errorf("it has more than %d bytes", maxValue)
		}
		buf = make([]byte, min(max(int(n), 2*len(buf)), maxValue))
	}
}

// SetRegistryValue writes the value, making missing keys, and reads it back.
func (g *Guest) SetRegistryValue(key, name string, v setting.RegistryValue) (bool, error) {
	number, ok := v.Type.Number()
	if !ok {
		return false, fmt.Errorf("set %s!%s: unknown type %q", key, name, v.Type)
	}
	was, err := g.RegistryValue(key, name)
	switch {
	case errors.Is(err, setting.ErrAbsent):
	case err != nil:
		return false, err
	case was.Type == v.Type && bytes.Equal(was.Data, v.Data):
		return false, nil
	}
	at, path, err := splitKey(key)
	if err != nil {
		return false, err
	}
	if at == rootDefaultProfile {
		return g.setProfileValue(path, name, number, v.Data)
	}
	if err := writeValue(at, path, name, number, v.Data); err != nil {
		return false, fmt.Errorf("set %s!%s in %s: %w", key, name, g.Describe(), neutral("RegSetValueEx", err))
	}
	now, err := g.RegistryValue(key, name)
	if err != nil {
		return true, fmt.Errorf("set %s!%s: %w: %w", key, name, ErrNotHeld, err)
	}
	if now.Type != v.Type || !bytes.Equal(now.Data, v.Data) {
		return true, fmt.Errorf("set %s!%s in %s: %w: it is %s", key, name, g.Describe(), ErrNotHeld, now.Text())
	}
	return true, nil
}

func writeValue(at root, path, name string, number uint32, data []byte) error {
	p, err := units(name)
	if err != nil {
		return err
	}
	k, _, err := registry.CreateKey(at.predefined(), path, registry.SET_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return err
	}
	defer k.Close()
	var first *byte
	if len(data) > 0 {
		first = &data[0]
	}
	return status(regSetValueEx.Call(uintptr(k), uintptr(unsafe.Pointer(p)), 0, uintptr(number), uintptr(unsafe.Pointer(first)), uintptr(len(data))))
}

// status is the error of a call that returns a Win32 error number.
func status(r, _ uintptr, _ error) error {
	if r == 0 {
		return nil
	}
	return windows.Errno(r)
}

// DeleteRegistryValue removes the value; a value or key that is not there is no error.
func (g *Guest) DeleteRegistryValue(key, name string) (bool, error) {
	at, path, err := splitKey(key)
	if err != nil {
		return false, err
	}
	if at == rootDefaultProfile {
		return g.deleteProfileValue(path, name)
	}
	p, err := units(name)
	if err != nil {
		return false, fmt.Errorf("delete a value of %s: %w", key, err)
	}
	k, err := g.openKey(at, path, key, registry.SET_VALUE)
	if errors.Is(err, setting.ErrAbsent) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer k.Close()
	err = status(regDeleteValue.Call(uintptr(k), uintptr(unsafe.Pointer(p))))
	if absent(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("delete %s!%s in %s: %w", key, name, g.Describe(), neutral("RegDeleteValue", err))
	}
	if _, err := g.RegistryValue(key, name); !errors.Is(err, setting.ErrAbsent) {
		return true, fmt.Errorf("delete %s!%s in %s: %w", key, name, g.Describe(), errors.Join(ErrNotHeld, err))
	}
	return true, nil
}

// RegistryKeys returns the names of the keys below key, as Windows lists them, or an error that wraps setting.ErrAbsent.
func (g *Guest) RegistryKeys(key string) ([]string, error) {
	return g.list(key, registry.ENUMERATE_SUB_KEYS, func(k registry.Key, i uint32, name *uint16, n *uint32) error {
		return windows.RegEnumKeyEx(windows.Handle(k), i, name, n, nil, nil, nil, nil)
	}, profileKeys)
}

var regEnumValue = advapi32.NewProc("RegEnumValueW")

// RegistryValueNames returns the names of key's values, as Windows lists them, or an error that wraps setting.ErrAbsent.
func (g *Guest) RegistryValueNames(key string) ([]string, error) {
	return g.list(key, registry.QUERY_VALUE, func(k registry.Key, i uint32, name *uint16, n *uint32) error {
		return status(regEnumValue.Call(uintptr(k), uintptr(i), uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(n)), 0, 0, 0, 0))
	}, profileNames)
}

// list collects names until Windows says that there are no more.
func (g *Guest) list(key string, access uint32, next func(registry.Key, uint32, *uint16, *uint32) error, profile lister) ([]string, error) {
	at, path, err := splitKey(key)
	if err != nil {
		return nil, err
	}
	if at == rootDefaultProfile {
		k, err := g.profileKey(key, path)
		if err != nil {
			return nil, err
		}
		return profile(k), nil
	}
	k, err := g.openKey(at, path, key, access)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	buf, names := make([]uint16, 1<<15), []string{} // a value's name has at most 16,383 units, a key's 255
	for i := uint32(0); ; i++ {
		n := uint32(len(buf))
		err := next(k, i, &buf[0], &n)
		if errors.Is(err, windows.ERROR_NO_MORE_ITEMS) {
			return names, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list %s in %s: %w", key, g.Describe(), neutral("RegEnum", err))
		}
		names = append(names, upcase.String(buf[:n]))
	}
}
