package udf

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// Marks of a directory's entry.
const (
	markDirectory = 2
	markDeleted   = 4
	markParent    = 8
)

// Entry is one name in a directory.
type Entry struct {
	Name string
	Dir  bool

	at address
}

// ReadDir lists a directory in stored order, without those that were deleted.
// Path is taken from the root, with slashes, in any case.
func (v *Volume) ReadDir(path string) ([]Entry, error) {
	n, err := v.find(path)
	if err != nil {
		return nil, err
	}
	list, err := v.list(n)
	if err != nil {
		return nil, fmt.Errorf("read directory %q: %w", path, err)
	}
	return list, nil
}

// Open opens a file. Path is taken from the root, with slashes, in any case;
// what is missing is fs.ErrNotExist.
func (v *Volume) Open(path string) (*File, error) {
	n, err := v.find(path)
	if err != nil {
		return nil, err
	}
	if n.kind != kindFile {
		return nil, fmt.Errorf("open %q: it is no file (kind %d)", path, n.kind)
	}
	return &File{v, n}, nil
}

// find reads the entry of a path.
func (v *Volume) find(path string) (*node, error) {
	n, err := v.node(v.root)
	if err != nil {
		return nil, fmt.Errorf("root directory: %w", err)
	}
	for _, name := range strings.FieldsFunc(path, func(r rune) bool { return r == '/' }) {
		list, err := v.list(n)
		if err != nil {
			return nil, fmt.Errorf("find %q: %w", path, err)
		}
		i := -1
		for k, e := range list {
			if e.Name == name || i < 0 && upcase.Equal(e.Name, name) {
				i = k
				if e.Name == name {
					break
				}
			}
		}
		if i < 0 {
			return nil, fmt.Errorf("find %q: %w", path, fs.ErrNotExist)
		}
		if n, err = v.node(list[i].at); err != nil {
			return nil, fmt.Errorf("find %q: %w", path, err)
		}
	}
	return n, nil
}

// list reads the names in a directory.
func (v *Volume) list(n *node) ([]Entry, error) {
	if n.kind != kindDirectory {
		return nil, fmt.Errorf("it is no directory: %w", fs.ErrNotExist)
	}
	if n.size > min(maxDirectory, v.size) {
		return nil, corrupt("a directory of %d bytes", n.size)
	}
	b := make([]byte, n.size)
	if _, err := (&File{v, n}).ReadAt(b, 0); err != nil {
		return nil, err
	}
	var out []Entry
	for len(b) > 0 {
		if len(b) < 38 {
			return nil, corrupt("the directory ends inside an entry")
		}
		size := 38 + int(le.Uint16(b[36:])) + int(b[19])
		if size > len(b) {
			return nil, corrupt("the directory ends inside an entry")
		}
		if id := le.Uint16(b); id != tagFileIdent {
			return nil, corrupt("a descriptor of kind %d in a directory", id)
		}
		whole := min((size+3)&^3, len(b)) // entries begin at multiples of four
		if err := checkSum(b[:whole]); err != nil {
			return nil, err
		}
		mark := b[18]
		if mark&(markDeleted|markParent) == 0 {
			name, ok := text(b[size-int(b[19]) : size])
			if !ok || name == "" {
				return nil, corrupt("a directory's entry has no readable name")
			}
			out = append(out, Entry{Name: name, Dir: mark&markDirectory != 0, at: longAddress(b[20:])})
		}
		b = b[whole:]
	}
	return out, nil
}
