package standin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// What a sealing agent asks of a machine (package seal). Accounts, certificates, secrets and tasks are what their places in the hives and on the
// disk say; no part of a Windows stands behind them.

// samUsers is where the SAM hive has the accounts ([MS-SAMR] does not say; package secpolicy reads it).
const samUsers = `HKLM\SAM\SAM\Domains\Account\Users`

// Accounts are the names of the local accounts by RID, as the SAM hive has them now.
func (m *Machine) Accounts() (map[uint32]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sam := m.hives[`HKLM\SAM`]
	rids, err := secpolicy.AccountRIDs(sam)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	out := make(map[uint32]string, len(rids))
	for _, rid := range rids {
		a, err := secpolicy.FindAccount(sam, rid)
		if err != nil {
			return nil, fmt.Errorf("accounts: %w", err)
		}
		out[rid] = a.Name
	}
	return out, nil
}

// Folder lists the names in a folder, or gives a file's own name; an error that wraps setting.ErrAbsent where there is neither.
func (m *Machine) Folder(path string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	path, err := absolute(path, homeFolder)
	if err != nil {
		return nil, err
	}
	if !m.isFolder(path) {
		if _, err := m.readFile(path); err != nil {
			return nil, err
		}
		return []string{path[strings.LastIndexByte(path, '\\')+1:]}, nil
	}
	return m.list(path)
}

// list are the names in a folder that is there; the lock is held. A name of the machine's own is in capitals, as names are known here.
func (m *Machine) list(path string) ([]string, error) {
	var names []string
	infos, err := m.base.ReadDir(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	seen := map[string]bool{}
	for _, i := range infos {
		at := upcase.Fold(strings.TrimSuffix(path, `\`) + `\` + i.Name)
		there, known := m.folders[at]
		if f := m.files[at]; f != nil && f.data == nil || known && !there {
			continue
		}
		seen[at] = true
		names = append(names, i.Name)
	}
	prefix := upcase.Fold(strings.TrimSuffix(path, `\`) + `\`)
	add := func(at string) {
		if rest, ok := strings.CutPrefix(at, prefix); ok && !strings.Contains(rest, `\`) && !seen[at] {
			seen[at] = true
			names = append(names, rest)
		}
	}
	for at, f := range m.files {
		if f.data != nil {
			add(at)
		}
	}
	for at, there := range m.folders {
		if there {
			add(at)
		}
	}
	slices.Sort(names)
	return names, nil
}

// DeleteKey removes a key with all below it.
func (m *Machine) DeleteKey(key string) (bool, error) { return m.DeleteRegistryKey(key) }

// DeletePath removes a file, or a folder with all in it.
func (m *Machine) DeletePath(path string) (bool, error) {
	names, err := m.Folder(path)
	if errors.Is(err, setting.ErrAbsent) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	m.mu.Lock()
	folder := m.isFolder(path)
	m.mu.Unlock()
	if !folder {
		return m.DeleteFile(path)
	}
	for _, name := range names {
		if _, err := m.DeletePath(path + `\` + name); err != nil {
			return false, err
		}
	}
	m.mu.Lock()
	m.folders[upcase.Fold(path)] = false
	m.mu.Unlock()
	return true, nil
}

// DeleteAccount removes an account from the SAM hive, and from the groups that it is a member of by what was told.
func (m *Machine) DeleteAccount(rid uint32) (bool, error) {
	all, err := m.Accounts()
	if err != nil {
		return false, err
	}
	name, ok := all[rid]
	if !ok {
		return false, nil
	}
	_, err1 := m.DeleteRegistryKey(fmt.Sprintf(`%s\%08X`, samUsers, rid))
	_, err2 := m.DeleteRegistryKey(samUsers + `\Names\` + name)
	return true, errors.Join(err1, err2)
}

// DeleteProfile removes a profile from the list, and its folder.
func (m *Machine) DeleteProfile(sid string) (bool, error) {
	key := `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\` + sid
	v, err := m.RegistryValue(key, "ProfileImagePath")
	if err == nil {
		_, path, _ := strings.Cut(v.Text(), ":")
		if path, err = absolute(strings.ReplaceAll(path, "%SystemDrive%", "C:"), homeFolder); err == nil {
			_, err = m.DeletePath(path)
		}
	}
	if err != nil && !errors.Is(err, setting.ErrAbsent) {
		return false, err
	}
	return m.DeleteRegistryKey(key)
}

// DeleteCertificate removes a certificate; the lab has no keys beside.
func (m *Machine) DeleteCertificate(thumbprint string) (bool, error) {
	return m.DeleteRegistryKey(`HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates\` + thumbprint)
}

// DeleteSecret removes a secret of LSA.
func (m *Machine) DeleteSecret(name string) (bool, error) {
	return m.DeleteRegistryKey(`HKLM\SECURITY\Policy\Secrets\` + name)
}

// DeleteService removes a service.
func (m *Machine) DeleteService(name string) (bool, error) {
	return m.DeleteRegistryKey(`HKLM\SYSTEM\CurrentControlSet\Services\` + name)
}

// DeleteTask removes a task: its file, and its place in the tree. What the tree's Id names stays, as nothing in the lab runs tasks.
func (m *Machine) DeleteTask(path string) (bool, error) {
	file, err1 := m.DeletePath(`\Windows\System32\Tasks` + path)
	key, err2 := m.DeleteRegistryKey(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tree` + path)
	return file || key, errors.Join(err1, err2)
}

// Capture writes the machine's disk as a WIM with one image, as one would capture it while it is off: the image that it was made of, with what has
// changed since. What was told of policies, rights and states, for which the lab has no hive, is not in it.
func (m *Machine) Capture(ctx context.Context, from *wim.File, index int, out wim.Output) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, err := from.Edit(index, wim.EditOptions{Epoch: wim.FileTime(m.epoch), Seed: []byte("lab capture")})
	if err != nil {
		return fmt.Errorf("capture the lab machine: %w", err)
	}
	put := func(path string, data []byte) error { return e.Put(path, wim.Bytes(data)) }
	for _, root := range slices.Sorted(maps.Keys(hiveRoots())) {
		if !m.own[root] {
			continue
		}
		data, err := m.hives[root].Bytes(m.epoch)
		if err == nil {
			err = put(`\`+strings.ReplaceAll(hiveRoots()[root], "/", `\`), data)
		}
		if err != nil {
			return fmt.Errorf("capture the lab machine: %w", err)
		}
	}
	paths := slices.Concat(slices.Collect(maps.Keys(m.files)), slices.Collect(maps.Keys(m.folders)))
	slices.Sort(paths)
	for _, path := range slices.Backward(slices.Compact(paths)) { // what is in a folder before the folder
		f, isFile := m.files[path]
		switch {
		case isFile && f.data != nil:
			err = put(path, f.data)
		case isFile, !m.folders[path]:
			err = e.Delete(path)
		default:
			err = e.Mkdir(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("capture the lab machine: %w", err)
		}
	}
	if _, err := e.WriteTo(ctx, out, nil); err != nil {
		return fmt.Errorf("capture the lab machine: %w", err)
	}
	return nil
}
