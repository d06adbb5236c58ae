package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secpolicy"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

var (
	_ setting.RightReader = (*Image)(nil)
	_ setting.StateReader = (*Image)(nil)
	_ setting.KeyLister   = (*Image)(nil)

	_ setting.PolicyLister = (*Image)(nil)
)

// RegistryKeys returns the names of the keys below key, in the order of the hive, or an error that wraps setting.ErrAbsent.
func (i *Image) RegistryKeys(key string) ([]string, error) {
	k, err := i.hives.find(key)
	if err == nil && k == nil {
		err = fmt.Errorf("key %s in %s: %w", key, i.Describe(), setting.ErrAbsent)
	}
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, k.NumSubkeys())
	for sub := range k.Subkeys() {
		names = append(names, sub.Name())
	}
	return names, nil
}

// RegistryValueNames returns the names of key's values, in the order of the hive, or an error that wraps setting.ErrAbsent.
func (i *Image) RegistryValueNames(key string) ([]string, error) {
	k, err := i.hives.find(key)
	if err == nil && k == nil {
		err = fmt.Errorf("key %s in %s: %w", key, i.Describe(), setting.ErrAbsent)
	}
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, k.NumValues())
	for v := range k.Values() {
		names = append(names, v.Name)
	}
	return names, nil
}

// RightHolders returns who holds a user right now, before the client first starts: sorted SIDs, and "rid:501" for an account of the
// machine itself, whose SID differs on each. A right that nobody holds has no holders; one that is not known is an error.
func (i *Image) RightHolders(constant string) ([]string, error) {
	if !secpolicy.KnowsRight(constant) {
		return nil, fmt.Errorf("user right %s in %s: there is no right of that name", constant, i.Describe())
	}
	hive, err := i.database(securityHive, "user rights")
	if err != nil {
		return nil, err
	}
	if i.rights == nil {
		rights, err := secpolicy.Rights(hive)
		if err != nil {
			return nil, i.inHive(securityHive, err)
		}
		i.rights = rights
	}
	return append([]string{}, i.rights[constant]...), nil
}

// State returns the canonical text of a thing of the image as it is before the client first starts (see the schemes of package setting):
// account policy, audit policy, accounts and groups out of the SECURITY and SAM hives, tasks out of their files, programs out of the
// uninstall keys, descriptors out of the hives and the WIM. What only a running Windows keeps (optional features, secrets) wraps
// setting.ErrUnobservable.
func (i *Image) State(l setting.Location) (string, error) {
	switch l.Scheme() {
	case setting.SchemeAccountPolicy:
		return i.accountPolicy(l.Name())
	case setting.SchemeAudit:
		return i.audit(l.Name())
	case setting.SchemeAccount, setting.SchemeAccountName:
		return i.account(l)
	case setting.SchemeGroup:
		return i.group(l.Name())
	case setting.SchemeTask:
		return i.task(l.Name())
	case setting.SchemeProgram:
		return i.program(l.Name())
	case setting.SchemeRegistrySecurity:
		return i.keySecurity(l.Name())
	case setting.SchemeFileSecurity:
		return i.fileSecurity(l.Name())
	}
	return "", fmt.Errorf("%s in %s: %w", l, i.Describe(), setting.ErrUnobservable)
}

// database opens the hive of a security database. A base without that hive cannot show what it would hold: that is unobservable, and
// says nothing about the client, where Windows makes the hive. A hive that is there and cannot be read is an error.
func (i *Image) database(file, what string) (*regf.Hive, error) {
	if _, err := i.img.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s in %s, which has no hive %s: %w", what, i.Describe(), file, setting.ErrUnobservable)
	}
	return i.hives.open(file)
}

// inHive says in which hive something went wrong. What the room secpolicy calls absent becomes what everybody calls so; what Windows has not
// made yet cannot be seen here.
func (i *Image) inHive(file string, err error) error {
	switch {
	case errors.Is(err, secpolicy.ErrAbsent):
		return fmt.Errorf("hive %s in %s: %w: %w", file, i.Describe(), err, setting.ErrAbsent)
	case errors.Is(err, secpolicy.ErrNotMade):
		return fmt.Errorf("hive %s in %s: %w: %w", file, i.Describe(), err, setting.ErrUnobservable)
	}
	return fmt.Errorf("read hive %s in %s: %w; the state can be read on the running client", file, i.Describe(), err)
}

func (i *Image) accountPolicy(name string) (string, error) {
	if why, ok := secpolicy.Unread()[name]; ok {
		return "", fmt.Errorf("account policy %s in %s: %s: %w", name, i.Describe(), why, setting.ErrUnobservable)
	}
	hive, err := i.database(samHive, "account policy")
	if err != nil {
		return "", err
	}
	policy, err := secpolicy.AccountPolicy(hive)
	if err != nil {
		return "", i.inHive(samHive, err)
	}
	text, ok := policy[name]
	if !ok {
		return "", fmt.Errorf("account policy %s in %s: there is no policy of that name", name, i.Describe())
	}
	return text, nil
}

func (i *Image) audit(guid string) (string, error) {
	hive, err := i.database(securityHive, "audit policy")
	if err != nil {
		return "", err
	}
	policy, err := secpolicy.Audit(hive)
	if err != nil {
		return "", i.inHive(securityHive, err)
	}
	text, ok := policy[guid]
	if !ok {
		return "", fmt.Errorf("audit subcategory %s in %s: %w", guid, i.Describe(), setting.ErrAbsent)
	}
	return text, nil
}

func (i *Image) account(l setting.Location) (string, error) {
	rid, err := strconv.ParseUint(l.Name(), 10, 32)
	if err != nil {
		return "", fmt.Errorf("%s in %s: accounts are named by their RID in decimal", l, i.Describe())
	}
	hive, err := i.database(samHive, "local accounts")
	if err != nil {
		return "", err
	}
	a, err := secpolicy.FindAccount(hive, uint32(rid))
	switch {
	case err != nil:
		return "", i.inHive(samHive, err)
	case l.Scheme() == setting.SchemeAccountName:
		return a.Name, nil
	case a.Disabled:
		return "disabled", nil
	}
	return "enabled", nil
}

// Accounts are the names of the local accounts by RID. An image without an account database wraps setting.ErrUnobservable.
func (i *Image) Accounts() (map[uint32]string, error) {
	hive, err := i.database(samHive, "local accounts")
	if err != nil {
		return nil, err
	}
	rids, err := secpolicy.AccountRIDs(hive)
	if err != nil {
		return nil, i.inHive(samHive, err)
	}
	out := make(map[uint32]string, len(rids))
	for _, rid := range rids {
		a, err := secpolicy.FindAccount(hive, rid)
		if err != nil {
			return nil, i.inHive(samHive, err)
		}
		out[rid] = a.Name
	}
	return out, nil
}

// Folder lists the names in a folder, or gives a file's own name; an error that wraps setting.ErrAbsent where there is neither.
func (i *Image) Folder(path string) ([]string, error) {
	info, err := i.img.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s in %s: %w", path, i.Describe(), setting.ErrAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("%s in %s: %w", path, i.Describe(), err)
	}
	if !info.IsDir() {
		return []string{info.Name}, nil
	}
	entries, err := i.img.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("%s in %s: %w", path, i.Describe(), err)
	}
	out := make([]string, len(entries))
	for n, e := range entries {
		out[n] = e.Name
	}
	return out, nil
}

func (i *Image) group(name string) (string, error) {
	hive, err := i.database(samHive, "local groups")
	if err != nil {
		return "", err
	}
	members, err := secpolicy.Members(hive, name)
	if err != nil {
		return "", i.inHive(samHive, err)
	}
	text, err := json.Marshal(members)
	if err != nil { // strings always encode
		return "", fmt.Errorf("members of %s: %w", name, err)
	}
	return string(text), nil
}

// keySecurity is the descriptor of a registry key.
func (i *Image) keySecurity(key string) (string, error) {
	k, err := i.hives.find(key)
	switch {
	case err != nil:
		return "", err
	case k == nil:
		return "", fmt.Errorf("key %s in %s: %w", key, i.Describe(), setting.ErrAbsent)
	case k.Security() == nil:
		return "", fmt.Errorf("key %s in %s has no security descriptor; take another base", key, i.Describe())
	}
	text, err := secdesc.Text(k.Security())
	if err != nil {
		return "", fmt.Errorf("key %s in %s: %w", key, i.Describe(), err)
	}
	return text, nil
}

// fileSecurity is the descriptor of a file or folder. A reparse point shows its own, as Windows does when asked not to follow it.
func (i *Image) fileSecurity(path string) (string, error) {
	if err := wim.CheckPath(path); err != nil {
		return "", fmt.Errorf("file %s in %s: %w", path, i.Describe(), err)
	}
	info, err := i.img.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("file %s in %s: %w", path, i.Describe(), setting.ErrAbsent)
	case err != nil:
		return "", fmt.Errorf("file %s in %s: %w", path, i.Describe(), err)
	case info.SecurityDescriptor() == nil:
		return "", fmt.Errorf("file %s in %s has no security descriptor: it gets one when the image is applied, and which is not known", path, i.Describe())
	}
	text, err := secdesc.Text(info.SecurityDescriptor())
	if err != nil {
		return "", fmt.Errorf("file %s in %s: %w", path, i.Describe(), err)
	}
	return text, nil
}
