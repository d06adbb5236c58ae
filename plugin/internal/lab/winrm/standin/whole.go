package standin

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
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

// FolderFiles returns the facts of the files right in a folder whose names begin and end so, by name; none where there is no such folder.
func (m *Machine) FolderFiles(folder, prefix, suffix string) (map[string]setting.FileFacts, error) {
	m.mu.Lock()
	names := map[string]string{}
	list, err := m.base.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
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
	m.mu.Unlock()
	out := map[string]setting.FileFacts{}
	for folded, name := range names {
		if err == nil && strings.HasPrefix(folded, upcase.Fold(prefix)) && strings.HasSuffix(folded, upcase.Fold(suffix)) {
			out[name], err = m.File(folder + `\` + name)
		}
	}
	return out, err
}
