package partial

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// RemoveAll removes a folder and what it holds, as os.RemoveAll does. That one asks Windows for a way of removing that not every file
// system behind a share knows (nor Wine 8: "Invalid function"), and gives up; what is left then is removed name by name, the innermost first.
func RemoveAll(dir string) error {
	err := os.RemoveAll(dir)
	if err == nil {
		return nil
	}
	var names []string
	_ = filepath.WalkDir(dir, func(name string, _ fs.DirEntry, werr error) error {
		if werr == nil {
			names = append(names, name)
		}
		return nil
	})
	for _, name := range slices.Backward(names) {
		_ = os.Remove(name)
	}
	if _, left := os.Lstat(dir); os.IsNotExist(left) {
		return nil
	}
	return err
}
