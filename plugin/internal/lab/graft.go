package lab

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
)

// GraftKey is below which Options.Grafts are copied.
const GraftKey = MarkerKey + `\grafted`

// WithReal returns o with real hives in it. The keys of real are "SYSTEM",
// "SAM", "SECURITY", "SOFTWARE", "DEFAULT" and "NTUSER.DAT", which replace the
// generated hive, and "ntuser_software_partial", a part of a user's Software
// key, which is copied below GraftKey of the generated SOFTWARE hives. Those
// stay synthetic: their version facts are the lab's, and they keep the marker.
//
// Nothing is adapted: what SYSTEM says of architecture and language must be
// what o says (Arch, Language), or the base contradicts itself.
func (o Options) WithReal(real map[string][]byte) (Options, error) {
	hives, grafts := maps.Clone(o.Hives), maps.Clone(o.Grafts)
	for _, name := range slices.Sorted(maps.Keys(real)) {
		into, path := &hives, hivePath(name)
		if name == SoftwareGraft {
			into, path = &grafts, hivePath("SOFTWARE")
		}
		if path == "" {
			return Options{}, fmt.Errorf("use real hives: %w", unknown("hive", name, append(hiveNames(), SoftwareGraft)))
		}
		if *into == nil {
			*into = map[string][]byte{}
		}
		(*into)[path] = real[name]
	}
	o.Hives, o.Grafts = hives, grafts
	return o, nil
}

// SoftwareGraft is WithReal's name for what is copied into the SOFTWARE hives.
const SoftwareGraft = "ntuser_software_partial"

func hivePath(name string) string {
	for _, f := range hiveFiles() {
		if f.name() == name {
			return f.path
		}
	}
	return ""
}

func hiveNames() []string {
	var names []string
	for _, f := range hiveFiles() {
		names = append(names, f.name())
	}
	return names
}

// GraftSubtree copies everything in the hive src, its root's values too, below
// the key of dst, which is made if missing, and returns the new hive. Copied
// are names, values, descriptors and last-write times; class names are not
// (their number can be had by comparing), and a symbolic link ends the copy
// with regf.ErrSpecialKey. Keys of dst outside that subtree keep all they have.
func GraftSubtree(dst, src []byte, key string) ([]byte, error) {
	from, err := regf.Parse(src)
	if err != nil {
		return nil, fmt.Errorf("graft into %q: read the source: %w", key, err)
	}
	into, err := regf.Parse(dst)
	if err != nil {
		return nil, fmt.Errorf("graft into %q: read the destination: %w", key, err)
	}
	epoch := into.Root().LastWrite()
	if _, err := into.CreateKey(key, epoch); err != nil {
		return nil, fmt.Errorf("graft into %q: %w", key, err)
	}
	if err := graftKey(into, from.Root(), key); err != nil {
		return nil, fmt.Errorf("graft into %q: %w", key, err)
	}
	return into.Bytes(epoch)
}

// graftKey copies one key and what is below it. Adding a subkey touches its
// parent, so the key's own time is set last.
func graftKey(into *regf.Hive, k *regf.Key, path string) error {
	if k.IsLink() {
		return fmt.Errorf("key %q: %w", path, regf.ErrSpecialKey)
	}
	for sub := range k.Subkeys() {
		below := path + `\` + sub.Name()
		if _, err := into.CreateKey(below, sub.LastWrite()); err != nil {
			return err
		}
		if err := graftKey(into, sub, below); err != nil {
			return err
		}
	}
	for v := range k.Values() {
		if _, err := into.SetValue(path, v.Name, v.Type, v.Data, k.LastWrite()); err != nil {
			return err
		}
	}
	if sd := k.Security(); sd != nil && !bytes.Equal(sd, into.Find(path).Security()) {
		if _, err := into.SetSecurity(path, sd, k.LastWrite()); err != nil {
			return err
		}
	}
	return setTime(into, path, k.LastWrite())
}

// setTime gives a key a time without changing it otherwise: a value comes and
// goes.
func setTime(into *regf.Hive, path string, t regf.FileTime) error {
	if into.Find(path).LastWrite() == t {
		return nil
	}
	const briefly = "wmclient-lab-briefly"
	if _, err := into.SetValue(path, briefly, regf.None, nil, t); err != nil {
		return err
	}
	_, err := into.DeleteValue(path, briefly, t)
	return err
}
