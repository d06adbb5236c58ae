package guest

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var (
	regGetSecurity    = advapi32.NewProc("RegGetKeySecurity")
	regSetSecurity    = advapi32.NewProc("RegSetKeySecurity")
	kernelGetSecurity = advapi32.NewProc("GetKernelObjectSecurity")
	kernelSetSecurity = advapi32.NewProc("SetKernelObjectSecurity")
)

func sameKeySecurity(read, want string) (bool, error) {
	return asStated(read, want, secdesc.KeyMapping())
}

func sameFileSecurity(read, want string) (bool, error) {
	return asStated(read, want, secdesc.FileMapping())
}

// maxDescriptor is larger than any: its two lists have at most 64 KiB each.
const maxDescriptor = 1 << 18

// keyDescriptor reads a key's own descriptor.
func keyDescriptor(k registry.Key) ([]byte, error) {
	buf := make([]byte, maxDescriptor)
	n := uint32(len(buf))
	if err := invoke(regGetSecurity, uintptr(k), partsRead, uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&n))); err != nil {
		return nil, err
	}
	return buf[:min(int(n), len(buf))], nil
}

// keySecurity is the descriptor of a registry key: owner, group and access list.
func (g *Guest) keySecurity(key string) (string, error) {
	at, path, err := splitKey(key)
	if err != nil {
		return "", err
	}
	if at == rootDefaultProfile {
		k, err := g.profileKey(key, path)
		if err != nil {
			return "", err
		}
		return shown(k.Security())
	}
	k, err := g.openKey(at, path, key, windows.READ_CONTROL)
	if err != nil {
		return "", err
	}
	defer k.Close()
	b, err := keyDescriptor(k)
	if err != nil {
		return "", err
	}
	return shown(b)
}

// setKeySecurity puts the parts that op.Value states in the place of the key's own, and hands the list down to the keys below, by the same
// rules and code as for a hive in an image.
func (g *Guest) setKeySecurity(op setting.Op) error {
	key := op.Location.Name()
	at, path, err := splitKey(key)
	if err != nil {
		return err
	}
	if at == rootDefaultProfile {
		return errors.New("descriptors in the default profile are set in the image, not on a running client")
	}
	parts, err := stated(op.Value)
	if err != nil {
		return err
	}
	k, err := g.openKey(at, path, key, access(parts))
	if err != nil {
		return err
	}
	defer k.Close()
	current, err := keyDescriptor(k)
	if err != nil {
		return err
	}
	wanted, err := secdesc.Override(current, op.Value, secdesc.KeyMapping())
	if err != nil {
		return err
	}
	if err := setKey(k, parts, wanted); err != nil {
		return err
	}
	return handDownKeys(k, wanted)
}

// access is the right that changing the parts of a descriptor takes, with the right to read it and to list what lies below.
func access(parts uint32) uint32 {
	rights := uint32(windows.READ_CONTROL | registry.ENUMERATE_SUB_KEYS)
	if parts&(partOwner|partGroup) != 0 {
		rights |= windows.WRITE_OWNER
	}
	if parts&partList != 0 {
		rights |= windows.WRITE_DAC
	}
	return rights
}

func setKey(k registry.Key, parts uint32, descriptor []byte) error {
	b, err := forKernel(descriptor)
	if err != nil {
		return err
	}
	return invoke(regSetSecurity, uintptr(k), uintptr(parts), uintptr(unsafe.Pointer(&b[0])))
}

// handDownKeys gives the keys below what they inherit now. A symbolic link is opened itself, and left alone.
func handDownKeys(parent registry.Key, descriptor []byte) error {
	names, err := parent.ReadSubKeyNames(-1)
	if err != nil {
		return fmt.Errorf("list the keys below: %w", err)
	}
	for _, name := range names {
		if err := handDownKey(parent, name, descriptor); err != nil {
			return fmt.Errorf("hand the descriptor down to %s: %w", name, err)
		}
	}
	return nil
}

func handDownKey(parent registry.Key, name string, descriptor []byte) error {
	const openLink = 8 // REG_OPTION_OPEN_LINK
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	var h windows.Handle
	if err := windows.RegOpenKeyEx(windows.Handle(parent), p, openLink, access(partList)|registry.QUERY_VALUE, &h); err != nil {
		return err
	}
	k := registry.Key(h)
	defer k.Close()
	if _, typ, err := k.GetValue("SymbolicLinkValue", nil); err == nil && typ == registry.LINK {
		return nil
	}
	own, err := keyDescriptor(k)
	if err != nil {
		return err
	}
	next, follows, err := secdesc.Reinherit(descriptor, own, true, secdesc.KeyMapping())
	if err != nil || !follows {
		return err
	}
	if err := setKey(k, partList, next); err != nil {
		return err
	}
	return handDownKeys(k, next)
}

// fileHandle opens a file or folder itself, whatever it is.
func (g *Guest) fileHandle(path string, access uint32) (windows.Handle, error) {
	p, err := windows.UTF16PtrFromString(g.whole(path))
	if err != nil {
		return 0, err
	}
	return windows.CreateFile(p, access, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil, windows.OPEN_EXISTING,
		windows.FILE_FLAG_BACKUP_SEMANTICS|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
}

func handleDescriptor(h windows.Handle) ([]byte, error) {
	buf := make([]byte, maxDescriptor)
	var n uint32
	if err := callBool(kernelGetSecurity, uintptr(h), partsRead, uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), uintptr(unsafe.Pointer(&n))); err != nil {
		return nil, err
	}
	return buf[:min(int(n), len(buf))], nil
}

// fileSecurity is the descriptor of a file or folder: owner, group and access list.
func (g *Guest) fileSecurity(path string) (string, error) {
	if _, err := g.stat(path); err != nil {
		return "", err
	}
	h, err := g.fileHandle(path, windows.READ_CONTROL)
	if err != nil {
		return "", err
	}
	defer windows.CloseHandle(h) //nolint:errcheck // it was only read
	b, err := handleDescriptor(h)
	if err != nil {
		return "", err
	}
	return shown(b)
}

// setFileSecurity puts the parts that op.Value states in the place of the file's own, and hands a folder's list down.
func (g *Guest) setFileSecurity(op setting.Op) error {
	path := op.Location.Name()
	info, err := g.stat(path)
	if err != nil {
		return err
	}
	parts, err := stated(op.Value)
	if err != nil {
		return err
	}
	wanted, err := g.changeFile(path, parts, func(current []byte) ([]byte, bool, error) {
		b, err := secdesc.Override(current, op.Value, secdesc.FileMapping())
		return b, true, err
	})
	if err != nil || !info.IsDir() {
		return err
	}
	return g.handDownFiles(tidyPath(path), wanted)
}

// changeFile changes a file's descriptor, unless change says that it stays, and returns what it is then; nil where it stays.
func (g *Guest) changeFile(path string, parts uint32, change func(current []byte) ([]byte, bool, error)) ([]byte, error) {
	h, err := g.fileHandle(path, access(parts)&^registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(h) //nolint:errcheck // what was set is read back
	current, err := handleDescriptor(h)
	if err != nil {
		return nil, err
	}
	wanted, changes, err := change(current)
	if err != nil || !changes {
		return nil, err
	}
	b, err := forKernel(wanted)
	if err != nil {
		return nil, err
	}
	return wanted, callBool(kernelSetSecurity, uintptr(h), uintptr(parts), uintptr(unsafe.Pointer(&b[0])))
}

// handDownFiles gives what lies in a folder what it inherits now. A reparse point leads elsewhere, and is left alone.
func (g *Guest) handDownFiles(folder string, descriptor []byte) error {
	entries, err := os.ReadDir(g.whole(folder))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Type()&(os.ModeSymlink|os.ModeIrregular) != 0 {
			continue
		}
		path := folder + `\` + e.Name()
		next, err := g.changeFile(path, partList, func(own []byte) ([]byte, bool, error) {
			return secdesc.Reinherit(descriptor, own, e.IsDir(), secdesc.FileMapping())
		})
		if err != nil {
			return fmt.Errorf("hand the descriptor down to %s: %w", path, err)
		}
		if next == nil || !e.IsDir() {
			continue
		}
		if err := g.handDownFiles(path, next); err != nil {
			return err
		}
	}
	return nil
}
