package guest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var regCreateKeyEx = advapi32.NewProc("RegCreateKeyExW")

// BootID is the same as long as this Windows runs, and another one after every start. It is a random number in a key of the registry that is
// never written to disk, made when it is first asked for. The time of the start, which Windows also tells, moves when the clock is set, and
// a client's clock is set soon after its first start; the counter BootId of the prefetcher is there only where that is on. A shutdown that
// keeps the kernel (fast startup) is no start, and completes no pending work either. Only administrators may ask.
func (g *Guest) BootID() (string, error) {
	const name = "ID"
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, bootKey, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if absent(err) {
		k, err = createVolatile(bootKey)
	}
	if err != nil {
		return "", fmt.Errorf(`boot id: key HKLM\%s: %w`, bootKey, neutral("registry", err))
	}
	defer k.Close()
	v, err := readValue(k, name)
	if absent(err) {
		id := make([]byte, 16)
		if _, err := rand.Read(id); err != nil {
			return "", fmt.Errorf("boot id: %w", err)
		}
		number, _ := setting.TypeSZ.Number()
		if err := writeValue(rootMachine, bootKey, name, number, setting.SZ(hex.EncodeToString(id)).Data); err != nil {
			return "", fmt.Errorf(`boot id: key HKLM\%s: %w`, bootKey, neutral("registry", err))
		}
		v, err = readValue(k, name)
	}
	if err != nil {
		return "", fmt.Errorf(`boot id: key HKLM\%s: %w`, bootKey, neutral("registry", err))
	}
	return parseBootID(v)
}

// createVolatile makes a key in memory.
func createVolatile(path string) (registry.Key, error) {
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	const volatile = 1
	var k registry.Key
	err = status(regCreateKeyEx.Call(uintptr(registry.LOCAL_MACHINE), uintptr(unsafe.Pointer(p)), 0, 0, volatile,
		uintptr(registry.QUERY_VALUE|registry.WOW64_64KEY), 0, uintptr(unsafe.Pointer(&k)), 0))
	return k, err
}

// wantRestart remembers, until the next start, that something that was done needs one: Windows does not always leave a mark of its own.
func (g *Guest) wantRestart(why string) error {
	if _, err := g.BootID(); err != nil { // the key is there then
		return err
	}
	number, _ := setting.TypeSZ.Number()
	if err := writeValue(rootMachine, bootKey, restartMark+why, number, setting.SZ("1").Data); err != nil {
		return fmt.Errorf(`remember the restart that %s needs: key HKLM\%s: %w`, why, bootKey, neutral("registry", err))
	}
	return nil
}

// PendingRestart says for what Windows waits for a restart; nothing where it does not. Whether an installer runs at this moment is not asked:
// what it needs is seen when it is done.
func (g *Guest) PendingRestart() ([]string, error) { return pendingRestart(g) }

// Host says what machine this is.
func (g *Guest) Host() (Host, error) {
	h, err := readHost(g)
	if err != nil {
		return Host{}, fmt.Errorf("read the facts of %s: %w", g.Describe(), err)
	}
	h.Computer = g.name
	h.MachineSID, _ = g.machineSID() // "" where it is not told
	h.SMBIOSUUID = boardUUID()
	h.Platform = PlatformWindows
	if onWine() {
		h.Platform = PlatformWine
	}
	return h, nil
}

// onWine reports whether this is Wine, which no Windows gives itself for.
func onWine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}

// boardUUID is the UUID that firmware tells; "" where it tells none.
func boardUUID() string {
	const provider = 'R'<<24 | 'S'<<16 | 'M'<<8 | 'B'
	get := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetSystemFirmwareTable")
	if get.Find() != nil {
		return ""
	}
	buf := make([]byte, 1<<20)
	n, _, _ := get.Call(provider, 0, uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
	if n > uintptr(len(buf)) {
		return ""
	}
	return smbiosUUID(buf[:n])
}
