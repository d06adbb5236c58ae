package standin

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// ProfileHive is the registry of the default profile as a file.
func (m *Machine) ProfileHive() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.own["HKCU"] {
		return m.base.ReadFile(hiveRoots()["HKCU"], maxFiles)
	}
	return m.hives["HKCU"].Bytes(m.epoch)
}

// FolderFiles returns the names of the files right in a folder, sorted; none where there is no such folder.
func (m *Machine) FolderFiles(folder string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := map[string]string{}
	list, err := m.base.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, i := range list {
		if !i.IsDir() {
			names[upcase.Fold(i.Name)] = i.Name
		}
	}
	above := upcase.Fold(strings.TrimRight(folder, `\`)) + `\`
	for path, f := range m.files {
		name, in := strings.CutPrefix(path, above)
		switch {
		case !in || strings.Contains(name, `\`):
		case f.data == nil:
			delete(names, name)
		case names[name] == "":
			names[name] = name
		}
	}
	var out []string
	for _, n := range names {
		out = append(out, n)
	}
	slices.Sort(out)
	return out, nil
}
