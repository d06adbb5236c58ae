package regf

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// Limits of the registry ("Registry Element Size Limits", Microsoft), except
// for the data, where the format's own bound is taken.
const (
	maxKeyName   = 255   // characters
	maxValueName = 16383 // characters
	maxDepth     = 512   // levels
	maxData      = 0xffff * segmentSize
)

// SetValue sets a value and creates the keys that are missing on the way, each
// with the descriptor that it inherits from its parent. It reports whether
// anything changed: a value that is there with the same type and data leaves
// the key's last-write time alone. The name's case is kept where the value
// exists. Symbolic-link and predefined-handle keys anywhere in the path are
// refused with ErrSpecialKey; nothing is changed when an error is returned.
func (h *Hive) SetValue(path, name string, typ ValueType, data []byte, epoch FileTime) (changed bool, err error) {
	if n := len(upcase.Units(name)); n > maxValueName {
		return false, fmt.Errorf("set value in key %q: name of %d characters, %d are allowed", path, n, maxValueName)
	}
	if len(data) > maxData {
		return false, fmt.Errorf("set value %q in key %q: %d bytes, %d are possible", name, path, len(data), maxData)
	}
	k, _, err := h.open(path, epoch)
	if err != nil {
		return false, fmt.Errorf("set value %q: %w", name, err)
	}
	data = bytes.Clone(data)
	if i := k.valueIndex(name); i >= 0 {
		v := &k.values[i]
		if v.typ == typ && bytes.Equal(v.data, data) {
			return false, nil
		}
		v.typ, v.data = typ, data
	} else {
		raw, compressed := encodeName(name)
		v := rawValue{name: raw, data: data, typ: typ}
		if compressed {
			v.flags = valueCompressed
		}
		k.values = append(k.values, v)
	}
	h.touch(k, epoch)
	return true, nil
}

// DeleteValue removes a value. A missing key or value is no error: changed is
// false then.
func (h *Hive) DeleteValue(path, name string, epoch FileTime) (changed bool, err error) {
	k, _, err := h.walk(path)
	if err != nil || k == nil {
		return false, wrapEdit(err, "delete value %q", name)
	}
	i := k.valueIndex(name)
	if i < 0 {
		return false, nil
	}
	k.values = slices.Delete(k.values, i, i+1)
	h.touch(k, epoch)
	return true, nil
}

// CreateKey creates a key and whatever is missing above it, as SetValue does.
// An existing key is left alone.
func (h *Hive) CreateKey(path string, epoch FileTime) (changed bool, err error) {
	_, changed, err = h.open(path, epoch)
	return changed, wrapEdit(err, "create key")
}

// DeleteKey removes a key with everything below it. A missing key is no error:
// changed is false then. The root is refused, and so is a tree that holds a
// symbolic-link, predefined-handle or undeletable key.
func (h *Hive) DeleteKey(path string, epoch FileTime) (changed bool, err error) {
	k, parent, err := h.walk(path)
	if err != nil || k == nil {
		return false, wrapEdit(err, "delete key")
	}
	if parent == nil {
		return false, fmt.Errorf("delete key %q: the root of a hive cannot be deleted", path)
	}
	if s := special(k); s != nil {
		return false, fmt.Errorf("delete key %q: %q: %w", path, s.Name(), ErrSpecialKey)
	}
	i, _ := parent.search(k.name, k.compressed())
	parent.subkeys = slices.Delete(parent.subkeys, i, i+1)
	h.touch(parent, epoch)
	return true, nil
}

// SetSecurity gives an existing key another self-relative descriptor. Keys
// below keep theirs.
func (h *Hive) SetSecurity(path string, descriptor []byte, epoch FileTime) (changed bool, err error) {
	if _, err := secdesc.Parse(descriptor); err != nil {
		return false, fmt.Errorf("set security of key %q: %w", path, err)
	}
	k, _, err := h.walk(path)
	if err != nil {
		return false, wrapEdit(err, "set security")
	}
	if k == nil {
		return false, fmt.Errorf("set security of key %q: no such key", path)
	}
	if k.sec != nil && bytes.Equal(k.sec.data, descriptor) {
		return false, nil
	}
	k.sec = h.intern(bytes.Clone(descriptor))
	h.touch(k, epoch)
	return true, nil
}

func (h *Hive) touch(k *Key, epoch FileTime) {
	k.lastWrite = epoch
	h.edited = true
}

func wrapEdit(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// special returns the first key of the tree that may not be removed.
func special(k *Key) *Key {
	if k.flags&(flagSymlink|flagPredefined|flagNoDelete) != 0 {
		return k
	}
	for _, s := range k.subkeys {
		if found := special(s); found != nil {
			return found
		}
	}
	return nil
}

// checkPath refuses paths whose parts cannot be key names.
func checkPath(path string) ([]string, error) {
	parts := splitPath(path)
	if len(parts) >= maxDepth {
		return nil, fmt.Errorf("key path of %d levels, %d are allowed", len(parts), maxDepth)
	}
	for _, p := range parts {
		if p == "" {
			return nil, fmt.Errorf("key path %q has an empty name in it", path)
		}
		if strings.ContainsRune(p, 0) {
			return nil, fmt.Errorf("key path %q has a zero character in it", path)
		}
		if n := len(upcase.Units(p)); n > maxKeyName {
			return nil, fmt.Errorf("key name %.20q… has %d characters, %d are allowed", p, n, maxKeyName)
		}
	}
	return parts, nil
}

// walk returns the key at path, nil where it is missing, and its parent.
func (h *Hive) walk(path string) (k, parent *Key, err error) {
	parts, err := checkPath(path)
	if err != nil {
		return nil, nil, err
	}
	k = h.root
	for i, p := range parts {
		if k, parent = k.Subkey(p), k; k == nil {
			return nil, parent, nil
		}
		if k.flags&(flagSymlink|flagPredefined) != 0 {
			return nil, nil, fmt.Errorf("key %q: %w", strings.Join(parts[:i+1], `\`), ErrSpecialKey)
		}
	}
	return k, parent, nil
}

// open returns the key at path and creates what is missing of it. The new keys
// are put together first and hung into the hive last, so that a failure leaves
// no half of them.
func (h *Hive) open(path string, epoch FileTime) (k *Key, created bool, err error) {
	k, _, err = h.walk(path)
	if err != nil || k != nil {
		return k, false, err
	}
	parts := splitPath(path)
	deepest := h.root
	for {
		s := deepest.Subkey(parts[0])
		if s == nil {
			break
		}
		deepest, parts = s, parts[1:]
	}
	var top *Key
	k = deepest
	for _, p := range parts {
		sec, err := h.inherit(k)
		if err != nil {
			return nil, false, fmt.Errorf("create key %q: %w", path, err)
		}
		raw, compressed := encodeName(p)
		s := &Key{name: raw, flags: compressedFlag(compressed), lastWrite: epoch, sec: sec}
		if top == nil {
			top = s
		} else {
			k.subkeys = []*Key{s}
		}
		k = s
	}
	i, _ := deepest.search(top.name, top.compressed())
	deepest.subkeys = slices.Insert(deepest.subkeys, i, top)
	h.touch(deepest, epoch)
	return k, true, nil
}

// inherit returns the descriptor of a new key below parent. A parent without a
// descriptor has nothing to hand on, which secdesc.Inherit answers with its
// default.
func (h *Hive) inherit(parent *Key) (*security, error) {
	from := parent.Security()
	if from == nil {
		var err error
		if from, err = new(secdesc.Descriptor).Marshal(); err != nil {
			return nil, err
		}
	}
	b, err := secdesc.Inherit(from, true, secdesc.KeyMapping())
	if err != nil {
		return nil, err
	}
	return h.intern(b), nil
}
