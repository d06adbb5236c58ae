package regf

import (
	"bytes"
	"iter"
	"sort"
)

// Flags of a key node.
const (
	flagRoot       uint16 = 0x04
	flagNoDelete   uint16 = 0x08
	flagSymlink    uint16 = 0x10
	flagCompressed uint16 = 0x20
	flagPredefined uint16 = 0x40

	flagsInMemory    uint16 = 0x03       // volatile, mount point of another hive: never in a file
	predefinedHandle uint32 = 0x80000000 // all of them, HKEY_LOCAL_MACHINE for example
)

func compressedFlag(c bool) uint16 {
	if c {
		return flagCompressed
	}
	return 0
}

// Key is one key of a hive. Its subkeys are in the order of upcase.Compare.
type Key struct {
	name      []byte // as stored
	class     []byte
	values    []rawValue
	subkeys   []*Key
	sec       *security
	lastWrite FileTime
	access    uint32 // access bits and layered-key bits
	user      uint16 // user, virtualisation and debug flags
	flags     uint16
	handle    uint32 // what a predefined-handle key stores in place of its value count
}

func (k *Key) compressed() bool { return k.flags&flagCompressed != 0 }

func (k *Key) compare(o *Key) int {
	return compareNames(k.name, k.compressed(), o.name, o.compressed())
}

// Name returns the key's name; unpaired surrogates as upcase.String writes them.
func (k *Key) Name() string { return decodeName(k.name, k.compressed()) }

// LastWrite returns when the key was last written.
func (k *Key) LastWrite() FileTime { return k.lastWrite }

// Class returns the class name as stored (UTF-16LE, but some programs keep
// other bytes there); nil for none. The caller must not change it.
func (k *Key) Class() []byte { return k.class }

// Security returns the self-relative security descriptor as stored, which
// secdesc.Parse takes. The caller must not change it.
func (k *Key) Security() []byte {
	if k.sec == nil {
		return nil
	}
	return k.sec.data
}

// IsLink reports whether the key is a symbolic link: its SymbolicLinkValue
// names another key.
func (k *Key) IsLink() bool { return k.flags&flagSymlink != 0 }

// NumSubkeys returns how many subkeys the key has.
func (k *Key) NumSubkeys() int { return len(k.subkeys) }

// NumValues returns how many values the key has.
func (k *Key) NumValues() int { return len(k.values) }

// Subkeys yields the subkeys in hive order, which is that of upcase.Compare.
func (k *Key) Subkeys() iter.Seq[*Key] {
	return func(yield func(*Key) bool) {
		for _, s := range k.subkeys {
			if !yield(s) {
				return
			}
		}
	}
}

// Values yields the values in the order in which they were set.
func (k *Key) Values() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for i := range k.values {
			if !yield(k.values[i].value()) {
				return
			}
		}
	}
}

// Subkey returns the subkey of that name, whatever its case; nil for none.
func (k *Key) Subkey(name string) *Key {
	raw, compressed := encodeName(name)
	if i, ok := k.search(raw, compressed); ok {
		return k.subkeys[i]
	}
	return nil
}

// search returns where the subkey is, or where it would go.
func (k *Key) search(raw []byte, compressed bool) (int, bool) {
	i := sort.Search(len(k.subkeys), func(i int) bool {
		s := k.subkeys[i]
		return compareNames(s.name, s.compressed(), raw, compressed) >= 0
	})
	if i == len(k.subkeys) {
		return i, false
	}
	s := k.subkeys[i]
	return i, compareNames(s.name, s.compressed(), raw, compressed) == 0
}

// Find returns the key at a path like `Policies\System` below k; "" is k
// itself. It returns nil where there is none. Symbolic links are not followed.
func (k *Key) Find(path string) *Key {
	for _, part := range splitPath(path) {
		if k = k.Subkey(part); k == nil {
			return nil
		}
	}
	return k
}

// Value returns the value of that name, whatever its case; "" is the default
// value. The caller must not change its Data.
func (k *Key) Value(name string) (Value, bool) {
	if i := k.valueIndex(name); i >= 0 {
		return k.values[i].value(), true
	}
	return Value{}, false
}

// valueIndex returns the place of the named value, or -1.
func (k *Key) valueIndex(name string) int {
	raw, compressed := encodeName(name)
	for i := range k.values {
		v := &k.values[i]
		if nameLen(v.name, v.compressed()) == nameLen(raw, compressed) &&
			(bytes.Equal(v.name, raw) && v.compressed() == compressed ||
				compareNames(v.name, v.compressed(), raw, compressed) == 0) {
			return i
		}
	}
	return -1
}
