package image

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// The hive files, by their paths in the image.
const (
	softwareHive = `\Windows\System32\config\SOFTWARE`
	systemHive   = `\Windows\System32\config\SYSTEM`
	samHive      = `\Windows\System32\config\SAM`
	securityHive = `\Windows\System32\config\SECURITY`
	systemUser   = `\Windows\System32\config\DEFAULT`
	defaultUser  = `\Users\Default\NTUSER.DAT`
)

// hiveFiles lists the hive files in the order in which they are written.
func hiveFiles() []string {
	return []string{softwareHive, systemHive, samHive, securityHive, systemUser, defaultUser}
}

// maxHive is the largest hive that the format allows: the top bit of an offset has another meaning.
const maxHive = 1 << 31

// fileSource is where hives come from.
type fileSource interface {
	ReadFile(path string, limit int64) ([]byte, error)
}

// hives opens hive files when they are needed and keeps them, or the error, so that a large hive is parsed once.
type hives struct {
	target string // for messages
	source fileSource
	opened map[string]openedHive
	notes  []string // which hives were completed from their logs
}

type openedHive struct {
	hive     *regf.Hive
	replayed bool // completed from its logs
	err      error
}

func newHives(target string, source fileSource) *hives {
	return &hives{target: target, source: source, opened: make(map[string]openedHive)}
}

// open returns the hive in a file of the image. Where the two sequence numbers of the hive are equal, all that was ever logged is in the
// hive, and its transaction logs (.LOG1, .LOG2) are not looked at, as Windows does not; where they differ, the logs beside it complete
// it, or it is refused as dirty.
func (h *hives) open(file string) (*regf.Hive, error) {
	if o, ok := h.opened[file]; ok {
		return o.hive, o.err
	}
	var o openedHive
	data, err := h.source.ReadFile(file, maxHive)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		o.err = fmt.Errorf("hive %s is missing from %s: the capture is incomplete; take another base", file, h.target)
	case err != nil:
		o.err = fmt.Errorf("read hive %s in %s: %w", file, h.target, err)
	default:
		if data, o.replayed, err = h.replay(file, data); err == nil {
			o.hive, err = regf.Parse(data)
		}
		if err != nil {
			o.err = fmt.Errorf("open hive %s in %s: %w", file, h.target, err)
		}
	}
	h.opened[file] = o
	return o.hive, o.err
}

// replay completes a dirty hive from the logs that stand beside it in the image.
func (h *hives) replay(file string, data []byte) (whole []byte, replayed bool, err error) {
	if !regf.IsDirty(data) {
		return data, false, nil
	}
	var logs []regf.Log
	for _, suffix := range []string{".LOG1", ".LOG2", ".LOG"} { // .LOG: before Windows Vista
		log, err := h.source.ReadFile(file+suffix, maxHive)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, false, err
		}
		logs = append(logs, regf.Log{Name: file[strings.LastIndexByte(file, '\\')+1:] + suffix, Data: log})
	}
	whole, did, err := regf.Replay(data, logs)
	if err != nil {
		return nil, false, err
	}
	h.notes = append(h.notes, fmt.Sprintf("hive %s of %s was dirty: %d log entries of %s were replayed, as Windows does on loading it", file, h.target,
		did.Entries, strings.Join(did.Logs, " and ")))
	return whole, true, nil
}

// place is a key's hive file and its path below that hive's root.
type place struct {
	file string
	path string
}

// locate finds the hive that holds a key.
func (h *hives) locate(key string) (place, error) {
	parts := strings.Split(setting.NormalKey(key), `\`)
	at := func(n int) string {
		if n < len(parts) {
			return upcase.Fold(parts[n])
		}
		return ""
	}
	rest := func(n int) string { return strings.Join(parts[min(n, len(parts)):], `\`) }
	switch root := at(0); {
	case root == "HKCU" && at(1) == "SOFTWARE" && at(2) == "CLASSES":
		return place{}, fmt.Errorf(`key %s lies in UsrClass.dat, which the default profile of %s lacks: %w`, key, h.target, setting.ErrUnobservable)
	case root == "HKCU":
		return place{defaultUser, rest(1)}, nil
	case (root == "HKU" || root == "HKEY_USERS") && at(1) == ".DEFAULT":
		return place{systemUser, rest(2)}, nil
	case root == "HKLM" && at(1) == "SYSTEM" && at(2) == "CURRENTCONTROLSET":
		set, err := h.controlSet()
		if err != nil {
			return place{}, err
		}
		return place{systemHive, strings.TrimSuffix(set+`\`+rest(3), `\`)}, nil
	case root == "HKLM":
		for name, file := range map[string]string{"SOFTWARE": softwareHive, "SYSTEM": systemHive, "SAM": samHive, "SECURITY": securityHive} {
			if at(1) == name {
				return place{file, rest(2)}, nil
			}
		}
	}
	return place{}, fmt.Errorf("key %s is in no hive of %s: %w", key, h.target, setting.ErrUnobservable)
}

// controlSet is the control set that CurrentControlSet means: a running Windows makes that name as a volatile link, which no file
// holds. Other control sets are never touched: Windows would use them only after a failed start, by hand.
func (h *hives) controlSet() (string, error) {
	hive, err := h.open(systemHive)
	if err != nil {
		return "", err
	}
	broken := func(what string, args ...any) (string, error) {
		return "", fmt.Errorf("hive %s in %s: %s, so that CurrentControlSet means nothing; take another base", systemHive, h.target,
			fmt.Sprintf(what, args...))
	}
	sel := hive.Find("Select")
	if sel == nil {
		return broken("it has no key Select")
	}
	v, ok := sel.Value("Current")
	if !ok {
		return broken(`Select\Current is missing`)
	}
	n, ok := v.Number()
	if !ok || v.Type != regf.DWord || n < 1 || n > 999 {
		return broken(`Select\Current is %s, not a number from 1 to 999`, valueOf(v).Text())
	}
	// Windows starts from the set that Default names and only then makes it the current one. Where they differ, an edit or a finding
	// would be about a set that the client never uses.
	if d, ok := sel.Value("Default"); ok && !(d.Type == v.Type && bytes.Equal(d.Data, v.Data)) {
		return broken(`Select\Current is %d, but Windows starts from Select\Default, which is %s`, n, valueOf(d).Text())
	}
	set := fmt.Sprintf("ControlSet%03d", n)
	if hive.Find(set) == nil {
		return broken(`Select\Current is %d, but there is no key %s`, n, set)
	}
	return set, nil
}

// find returns the key, or nil where it does not exist. A symbolic link on the way is an error: what a running Windows reads there
// lies elsewhere.
func (h *hives) find(key string) (*regf.Key, error) {
	p, err := h.locate(key)
	if err != nil {
		return nil, err
	}
	hive, err := h.open(p.file)
	if err != nil {
		return nil, err
	}
	k := hive.Root()
	for _, name := range strings.FieldsFunc(p.path, func(r rune) bool { return r == '\\' }) {
		if k = k.Subkey(name); k == nil {
			return nil, nil
		}
		if k.IsLink() {
			return nil, fmt.Errorf("key %s: %q in hive %s of %s is a symbolic link, which is not followed; name the key that it leads to",
				key, name, p.file, h.target)
		}
	}
	return k, nil
}

// key reports whether the key exists, as setting.RegistryReader's RegistryKey does.
func (h *hives) key(key string) error {
	k, err := h.find(key)
	if err == nil && k == nil {
		err = fmt.Errorf("key %s in %s: %w", key, h.target, setting.ErrAbsent)
	}
	return err
}

// value reads a value, as setting.RegistryReader's RegistryValue does.
func (h *hives) value(key, name string) (setting.RegistryValue, error) {
	k, err := h.find(key)
	if err != nil {
		return setting.RegistryValue{}, err
	}
	if k != nil {
		if v, ok := k.Value(name); ok {
			return valueOf(v), nil
		}
	}
	return setting.RegistryValue{}, fmt.Errorf("value %s!%s in %s: %w", key, name, h.target, setting.ErrAbsent)
}

func valueOf(v regf.Value) setting.RegistryValue {
	return setting.RegistryValue{Type: setting.ValueTypeOf(uint32(v.Type)), Data: v.Data}
}

// RegistryValue returns the value Key!Name out of the hive that holds it.
func (i *Image) RegistryValue(key, name string) (setting.RegistryValue, error) {
	return i.hives.value(key, name)
}

// RegistryKey returns nil where the key exists, or an error that wraps setting.ErrAbsent.
func (i *Image) RegistryKey(key string) error { return i.hives.key(key) }
