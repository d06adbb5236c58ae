package standin

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// maxFiles is how much the files of a machine may hold beside the base, in bytes: its disk.
const maxFiles = 1 << 30

// homeFolder is where commands start, and TEMP.
const homeFolder = `\Windows\Temp`

var errDiskFull = errors.New("there is not enough space on the disk")

// file is a file that is not as the base has it; data is nil where it was deleted.
type file struct{ data []byte }

// path makes an absolute path of the system volume of what a command line or an op names: \Windows\x. dir is where relative ones begin.
func absolute(name, dir string) (string, error) {
	p := strings.ReplaceAll(strings.Trim(name, `"`), "/", `\`)
	switch {
	case len(p) > 1 && p[1] == ':':
		if !strings.EqualFold(p[:1], "c") {
			return "", fmt.Errorf("the system cannot find the drive %s: the lab machine has C: alone", p[:2])
		}
		p = `\` + strings.TrimLeft(p[2:], `\`)
	case strings.HasPrefix(p, `\\`):
		return "", fmt.Errorf("%s lies on another machine, which the lab does not have", name)
	case !strings.HasPrefix(p, `\`):
		p = strings.TrimRight(dir, `\`) + `\` + p
	}
	var parts []string
	for part := range strings.SplitSeq(p, `\`) {
		switch part {
		case "", ".":
		case "..":
			parts = parts[:max(0, len(parts)-1)]
		default:
			parts = append(parts, part)
		}
	}
	p = `\` + strings.Join(parts, `\`)
	if p == `\` {
		return p, nil
	}
	return p, wim.CheckPath(p)
}

// ReadFile returns a file's bytes, or an error that wraps setting.ErrAbsent.
func (m *Machine) ReadFile(path string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.readFile(path)
}

func (m *Machine) readFile(path string) ([]byte, error) {
	path, err := absolute(path, homeFolder)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if f := m.files[upcase.Fold(path)]; f != nil {
		if f.data == nil {
			return nil, fmt.Errorf("read %s: %w", path, setting.ErrAbsent)
		}
		return f.data, nil
	}
	data, err := m.base.ReadFile(path, maxFiles)
	if errors.Is(err, fs.ErrNotExist) {
		err = setting.ErrAbsent
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return data, nil
}

// WriteFile makes a file hold exactly data, which must not be changed afterwards; missing folders are made.
func (m *Machine) WriteFile(path string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	path, err := absolute(path, homeFolder)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := mayWrite(path); err != nil {
		return err
	}
	return m.writeFile(path, data)
}

// mayWrite refuses the hives, which change by the registry.
func mayWrite(path string) error {
	for _, hive := range lab.HivePaths() {
		if upcase.Fold(path) == upcase.Fold(`\`+strings.ReplaceAll(hive, "/", `\`)) {
			return fmt.Errorf("write %s: it is in use by the registry", path)
		}
	}
	return nil
}

// writeFile writes at an absolute path; the lock is held.
func (m *Machine) writeFile(path string, data []byte) error {
	key := upcase.Fold(path)
	if m.isFolder(path) {
		return fmt.Errorf("write %s: is a folder", path)
	}
	var before int64
	if f := m.files[key]; f != nil {
		before = int64(len(f.data))
	}
	if m.held-before+int64(len(data)) > maxFiles {
		return fmt.Errorf("write %s: %w", path, errDiskFull)
	}
	m.held += int64(len(data)) - before
	if data == nil {
		data = []byte{}
	}
	m.files[key] = &file{data: data}
	m.makeFolder(path[:strings.LastIndexByte(path, '\\')])
	return nil
}

// makeFolder makes a folder with those above it; the lock is held.
func (m *Machine) makeFolder(path string) {
	for path != "" && !m.isFolder(path) {
		m.folders[upcase.Fold(path)] = true
		path = path[:strings.LastIndexByte(path, '\\')]
	}
}

func (m *Machine) isFolder(path string) bool {
	if there, known := m.folders[upcase.Fold(path)]; path == "" || path == `\` || known {
		return !known || there
	}
	info, err := m.base.Stat(path)
	return err == nil && info.IsDir()
}

// appendFile adds to a file, as >> does; the lock is held.
func (m *Machine) appendFile(path string, data []byte) error {
	key := upcase.Fold(path)
	if f := m.files[key]; f != nil && f.data != nil {
		if m.held+int64(len(data)) > maxFiles {
			return fmt.Errorf("write %s: %w", path, errDiskFull)
		}
		m.held += int64(len(data))
		f.data = append(f.data, data...)
		return nil
	}
	before, err := m.readFile(path)
	if err != nil && !errors.Is(err, setting.ErrAbsent) {
		return err
	}
	return m.writeFile(path, slices.Concat(before, data))
}

// File implements setting.FileReader.
func (m *Machine) File(path string) (setting.FileFacts, error) {
	data, err := m.ReadFile(path)
	if err != nil {
		return setting.FileFacts{}, err
	}
	sum := sha256.Sum256(data)
	return setting.FileFacts{Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}, nil
}

// PutFile implements apply.FileWriter.
func (m *Machine) PutFile(path string, c apply.Content) (bool, error) {
	data, err := c.Bytes()
	if err != nil {
		return false, err
	}
	if f, err := m.File(path); err == nil && f.SHA256 == c.SHA256 {
		return false, nil
	}
	return true, m.WriteFile(path, data)
}

// DeleteFile implements apply.FileWriter.
func (m *Machine) DeleteFile(path string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	path, err := absolute(path, homeFolder)
	if err != nil {
		return false, fmt.Errorf("delete %s: %w", path, err)
	}
	if err := mayWrite(path); err != nil {
		return false, err
	}
	before, err := m.readFile(path)
	if errors.Is(err, setting.ErrAbsent) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if m.files[upcase.Fold(path)] != nil {
		m.held -= int64(len(before))
	}
	m.files[upcase.Fold(path)] = &file{}
	return true, nil
}
