// Package regpol reads and edits the two files by which local group policy keeps registry values: Registry.pol ([MS-GPREG], the
// "PReg" format, version 1) and gpt.ini, which tells Windows that there is something to apply.
//
// Editing keeps what it does not touch: entries that this package does not understand stay, in their order. The same edits give the
// same bytes, in whatever order they are made. The package refuses truncated or malformed files instead of guessing, keys with a
// root (the file's place decides between HKLM and HKCU), and names that are commands.
package regpol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// MaxData is the greatest size in bytes of one entry's data ([MS-GPREG] 2.2.1).
const MaxData = 65535

// MaxFile is the greatest size in bytes of a file that Parse reads. Real ones have a few hundred kilobytes at most.
const MaxFile = 64 << 20

// Entry is one entry of a Registry.pol file: a value to set, or a command where Name begins with "**".
type Entry struct {
	Key  string // without a root: "Software\Policies\..."; unpaired surrogates as package upcase keeps them
	Name string
	Type uint32 // as in hives: 1 is REG_SZ, 4 is REG_DWORD
	Data []byte
}

// File is a Registry.pol file. The zero value is an empty one.
type File struct {
	entries []Entry
	kept    int // entries before this index came from the file; those from it on are ours, sorted
}

// State says what a file does to one value.
type State int

// The states of a value.
const (
	Absent  State = iota // the file says nothing of it
	Set                  // the file sets it
	Deleted              // the file deletes it
)

// maxName is the greatest length of a value's name ([MS-GPREG] 2.2.1).
const maxName = 259

const (
	signature = 0x67655250 // "PReg"
	version   = 1
	typeSZ    = 1
	delPrefix = "**del."
)

// Marshal writes the file. A file that was parsed and not edited comes out as the same bytes.
func (f *File) Marshal() []byte {
	b := binary.LittleEndian.AppendUint32(nil, signature)
	b = binary.LittleEndian.AppendUint32(b, version)
	for _, e := range f.entries {
		b = appendUnit(b, '[')
		b = appendUnit(appendText(b, e.Key), ';')
		b = appendUnit(appendText(b, e.Name), ';')
		b = appendUnit(binary.LittleEndian.AppendUint32(b, e.Type), ';')
		b = appendUnit(binary.LittleEndian.AppendUint32(b, uint32(len(e.Data))), ';')
		b = appendUnit(append(b, e.Data...), ']')
	}
	return b
}

func appendUnit(b []byte, u uint16) []byte { return binary.LittleEndian.AppendUint16(b, u) }

func appendText(b []byte, s string) []byte {
	for _, u := range upcase.Units(s) {
		b = appendUnit(b, u)
	}
	return appendUnit(b, 0)
}

// Entries returns a copy of all entries in the order of the file.
func (f *File) Entries() []Entry {
	list := slices.Clone(f.entries)
	for i := range list {
		list[i].Data = slices.Clone(list[i].Data)
	}
	return list
}

// Lookup tells what the file does to a value once Windows has processed all entries in order. The entry is meant for Set only. An
// entry that sets a value only where it is missing ("**soft.") promises nothing and does not count.
func (f *File) Lookup(key, name string) (Entry, State) {
	var found Entry
	state := Absent
	for _, e := range f.entries {
		switch {
		case e.sets(key, name):
			found, state = e, Set
		case e.deletes(key, name):
			found, state = Entry{}, Deleted
		}
	}
	found.Data = slices.Clone(found.Data)
	return found, state
}

// softPrefix begins the name of an entry that sets a value only where it is missing ([MS-GPREG] 3.2.5.1).
const softPrefix = "**soft."

// Names returns the names of the values that the file writes into key, and of the keys right below it that it writes anything into, each
// once, in the order of the file. What it writes only where nothing is yet ("**soft.") counts; what it takes away again does not.
func (f *File) Names(key string) (values, keys []string) {
	seen := map[string]bool{}
	add := func(list *[]string, mark, name string) {
		if folded := mark + upcase.Fold(name); !seen[folded] {
			seen[folded] = true
			*list = append(*list, name)
		}
	}
	folded := upcase.Fold(key)
	for _, e := range f.entries {
		below, ok := strings.CutPrefix(upcase.Fold(e.Key), folded)
		if !ok || below != "" && below[0] != '\\' {
			continue
		}
		name, soft := e.Name, false
		if n := len(softPrefix); len(name) >= n && strings.EqualFold(name[:n], softPrefix) {
			name, soft = name[n:], true
		}
		if _, state := f.Lookup(e.Key, name); strings.HasPrefix(name, "**") || state != Set && !soft {
			continue
		}
		if below == "" {
			add(&values, "!", name)
			continue
		}
		parts := strings.Split(e.Key, `\`)
		add(&keys, `\`, parts[strings.Count(key, `\`)+1])
	}
	return values, keys
}

// Set makes the file set a value. An entry that is there is changed in place, so that the order stays; a new one goes to the end.
func (f *File) Set(key, name string, valueType uint32, data []byte) error {
	if err := checkPlace(key, name); err != nil {
		return fmt.Errorf("set policy %s!%s: %w", key, name, err)
	}
	if !isType(valueType) {
		return fmt.Errorf("set policy %s!%s: values of type %d cannot be held", key, name, valueType)
	}
	if len(data) > MaxData {
		return fmt.Errorf("set policy %s!%s: %d bytes of data, and an entry holds at most %d", key, name, len(data), MaxData)
	}
	entry := Entry{Key: key, Name: name, Type: valueType, Data: slices.Clone(data)}
	// The last entry that sets the value stays where it is, unless a later command would delete it again.
	place := -1
	for i, e := range f.entries {
		switch {
		case e.sets(key, name):
			place = i
		case e.deletes(key, name) && !e.isDel(key, name):
			place = -1
		}
	}
	if place >= 0 {
		old := f.entries[place]
		entry.Key, entry.Name = old.Key, old.Name
		f.entries[place] = entry
	}
	f.remove(func(i int, e Entry) bool { return i != place && (e.sets(key, name) || e.isDel(key, name)) })
	if place < 0 {
		f.insert(entry)
	}
	return nil
}

// Delete makes the file delete a value, as gpedit does for a policy that is disabled: by an entry "**del.<name>".
func (f *File) Delete(key, name string) error {
	if err := checkPlace(key, name); err != nil {
		return fmt.Errorf("delete policy %s!%s: %w", key, name, err)
	}
	place := slices.IndexFunc(f.entries, func(e Entry) bool { return e.isDel(key, name) })
	f.remove(func(i int, e Entry) bool { return i != place && (e.sets(key, name) || e.isDel(key, name)) })
	if place < 0 {
		// The data are what gpedit writes: a blank and the terminating NUL. Windows does not look at them.
		f.insert(Entry{Key: key, Name: delPrefix + name, Type: typeSZ, Data: []byte{' ', 0, 0, 0}})
	}
	return nil
}

func (f *File) remove(unwanted func(int, Entry) bool) {
	kept := f.kept
	list := make([]Entry, 0, len(f.entries))
	for i, e := range f.entries {
		if !unwanted(i, e) {
			list = append(list, e)
		} else if i < f.kept {
			kept--
		}
	}
	f.entries, f.kept = list, kept
}

// insert keeps our own entries sorted, so that the order of edits leaves no trace.
func (f *File) insert(e Entry) {
	own := f.entries[f.kept:]
	i, _ := slices.BinarySearchFunc(own, e, func(a, b Entry) int {
		return cmpFold(a.Key+"\x00"+a.Name, b.Key+"\x00"+b.Name)
	})
	f.entries = slices.Insert(f.entries, f.kept+i, e)
}

func cmpFold(a, b string) int { return upcase.Compare(upcase.Units(a), upcase.Units(b)) }

func checkPlace(key, name string) error {
	parts := strings.Split(key, `\`)
	switch {
	case slices.Contains(parts, ""):
		return errors.New("the key has an empty component")
	case isRoot(parts[0]):
		return fmt.Errorf("the key must not begin with %q: the file's place says which root is meant", parts[0])
	case !isPrintable(key) || !isPrintable(name):
		return errors.New("only printable ASCII can be held")
	case len(name) > maxName:
		return fmt.Errorf("the name has %d characters, and at most %d can be held", len(name), maxName)
	case name == "":
		return errors.New("a key's default value cannot be held")
	case strings.HasPrefix(name, "**"):
		return errors.New(`names that begin with "**" are commands`)
	}
	return nil
}

func isPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e })
}

// isType knows the types that [MS-GPREG] 2.2.1 allows. Files are read with any type.
func isType(n uint32) bool { return n >= 1 && n <= 5 || n == 7 || n == 11 }

func isRoot(s string) bool {
	switch upcase.Fold(s) {
	case "HKLM", "HKCU", "HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER":
		return true
	}
	return false
}
