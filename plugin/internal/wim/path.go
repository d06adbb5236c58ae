package wim

import (
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

const maxPath = 32760 // characters that Windows can address, less the prefix

// CheckPath reports whether path may name a file that is written into an
// image: relative to its root (a leading slash is allowed), with slashes or
// backslashes, and only names that every Windows program can open. Refused are
// "..", drive letters, stream names, device names, trailing dots and spaces,
// reserved and control characters, names of more than 255 units. Errors are
// ErrPath.
func CheckPath(path string) error {
	parts := splitPath(path)
	if len(parts) == 0 {
		return fmt.Errorf("%w %q: it names the root", ErrPath, path)
	}
	if len(path) > 1 && isSlash(path[0]) && isSlash(path[1]) {
		return fmt.Errorf("%w %q: a network or device path; give it from the image's root", ErrPath, path)
	}
	if len(upcase.Units(path)) > maxPath || len(parts) > maxDepth {
		return fmt.Errorf("%w: %d names, %d bytes are too long for Windows", ErrPath, len(parts), len(path))
	}
	for _, p := range parts {
		if err := checkName(p); err != nil {
			return fmt.Errorf("%w %q: %w", ErrPath, path, err)
		}
	}
	return nil
}

// checkName judges one name by the rules of the Win32 layer, which are
// narrower than those of NTFS.
func checkName(s string) error {
	switch {
	case s == "." || s == "..":
		return fmt.Errorf("%q leaves its folder; write the path from the image's root", s)
	case len(upcase.Units(s)) > 255:
		return fmt.Errorf("a name of %d units, at most 255 are possible", len(upcase.Units(s)))
	case strings.HasSuffix(s, ".") || strings.HasSuffix(s, " "):
		return fmt.Errorf("%q ends with a dot or a space, which Windows cuts off", s)
	case strings.HasPrefix(s, " "):
		return fmt.Errorf("%q begins with a space", s)
	}
	for i, c := range s {
		switch {
		case c == ':' && i == 1:
			return fmt.Errorf("%q: a drive letter; give the path from the image's root", s)
		case c == ':':
			return fmt.Errorf("%q: a colon names a stream", s)
		case c < 0x20 || c == 0x7f || strings.ContainsRune(`<>"|?*`, c):
			return fmt.Errorf("%q: %q is not allowed in a name", s, c)
		case c == '\uFFFD':
			return fmt.Errorf("%q is not valid UTF-8", s)
		}
	}
	stem, _, _ := strings.Cut(s, ".")
	if isDevice(strings.TrimRight(stem, " ")) {
		return fmt.Errorf("%q names a device", s)
	}
	return nil
}

// isDevice knows the reserved names, also with superscript digits, which
// Windows takes as digits.
func isDevice(s string) bool {
	s = upcase.Fold(s)
	if slices.Contains([]string{"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"}, s) {
		return true
	}
	digit, ok := strings.CutPrefix(s, "COM")
	if !ok {
		digit, ok = strings.CutPrefix(s, "LPT")
	}
	r := []rune(digit)
	return ok && len(r) == 1 && strings.ContainsRune("0123456789¹²³", r[0])
}

func isSlash(c byte) bool { return c == '/' || c == '\\' }

func splitPath(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' })
}

// child finds a name in a directory: the exact one, else the only one that
// Windows takes for the same. A short name is refused: Windows would find the
// file by it, so that "not there" would be wrong, and two names for one file
// would escape whoever compares paths.
func (n *node) child(name string) (*node, error) {
	want := upcase.Units(name)
	var found, short *node
	twice := false
	for _, k := range n.named(want) {
		if k.compareName(want) != 0 {
			continue
		}
		if slices.Equal(k.units(), want) {
			return k, nil
		}
		twice = found != nil
		found = k
	}
	if found == nil {
		if i := slices.IndexFunc(n.kids, func(k *node) bool { return k.hasShortName(want) }); i >= 0 {
			short = n.kids[i]
		}
	}
	switch {
	case found == nil && short != nil:
		return nil, fmt.Errorf("%w: %q is the short name of %s; write the long name", ErrPath, name, short.path())
	case found == nil:
		return nil, fmt.Errorf("%s: %q: %w", n.path(), name, fs.ErrNotExist)
	case twice:
		return nil, fmt.Errorf("%w: several names in %s differ from %q in case only; write one of them exactly", ErrPath, n.path(), name)
	}
	return found, nil
}

// named narrows the children down to those that can have a name.
func (n *node) named(want []uint16) []*node {
	if !n.ordered {
		return n.kids
	}
	from := sort.Search(len(n.kids), func(i int) bool { return n.kids[i].compareName(want) >= 0 })
	to := from
	for to < len(n.kids) && n.kids[to].compareName(want) == 0 {
		to++
	}
	return n.kids[from:to]
}

// find resolves a path below n. Reparse points on the way are not followed.
func (n *node) find(path string) (*node, error) {
	for _, p := range splitPath(path) {
		if err := n.enter(); err != nil {
			return nil, fmt.Errorf("%q: %w", path, err)
		}
		k, err := n.child(p)
		if err != nil {
			return nil, err
		}
		n = k
	}
	return n, nil
}

// enter reports why n cannot be passed on the way to something below it.
func (n *node) enter() error {
	switch {
	case n.attributes()&AttrReparse != 0:
		return fmt.Errorf("%s is a reparse point (tag %#x), which is not followed; give the path of its target", n.path(), n.reparseTag())
	case !n.isDir():
		return fmt.Errorf("%s is not a directory: %w", n.path(), fs.ErrNotExist)
	}
	return nil
}
