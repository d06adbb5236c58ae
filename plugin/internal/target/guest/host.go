package guest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

const (
	versionKey  = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	environment = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`
	uiLanguages = `HKLM\SYSTEM\CurrentControlSet\Control\MUI\UILanguages`
)

// bootKey lives in memory alone (REG_OPTION_VOLATILE): it is gone once the kernel starts anew, and nothing else takes it away.
const bootKey = `SYSTEM\CurrentControlSet\Control\wmclient-boot`

// restartMark begins the names of values in that key that say what needs a restart.
const restartMark = "restart for "

// machine is a registry that can be listed too.
type machine interface {
	setting.RegistryReader
	setting.KeyLister
}

// readHost reads what the registry says of the machine. What is not there stays empty: a host that says nothing is told so, not guessed.
func readHost(r machine) (Host, error) {
	h := Host{RuntimeArch: runtime.GOARCH, Languages: []string{}}
	var err error
	if h.EditionID, err = optionalText(r, versionKey, "EditionID"); err != nil {
		return h, err
	}
	if h.Build, err = optionalText(r, versionKey, "CurrentBuildNumber"); err != nil {
		return h, err
	}
	v, err := r.RegistryValue(versionKey, "UBR")
	switch {
	case errors.Is(err, setting.ErrAbsent):
	case err != nil:
		return h, err
	default:
		number, ok := strings.CutPrefix(v.Text(), string(setting.TypeDWord)+":")
		if !ok {
			return h, fmt.Errorf("value %s!UBR is %s, not a number", versionKey, v.Text())
		}
		h.Build += "." + number
	}
	arch, err := optionalText(r, environment, "PROCESSOR_ARCHITECTURE")
	if err != nil {
		return h, err
	}
	h.Arch = strings.ToLower(arch)
	names, err := r.RegistryKeys(uiLanguages)
	if err != nil && !errors.Is(err, setting.ErrAbsent) {
		return h, err
	}
	h.Languages = append(h.Languages, names...)
	slices.Sort(h.Languages)
	return h, nil
}

// parseBootID reads a boot id: 32 hexadecimal digits.
func parseBootID(v setting.RegistryValue) (string, error) {
	id, ok := strings.CutPrefix(v.Text(), string(setting.TypeSZ)+":")
	if !ok || len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
		return "", fmt.Errorf("boot id: %s is none: somebody else wrote it; it is gone after a restart", v.Text())
	}
	return id, nil
}

// smbiosUUID finds the system's UUID in what GetSystemFirmwareTable gives for "RSMB": RawSMBIOSData (8 bytes), then the structures of DSP0134,
// each with its type, its length and, behind it, texts that end with an empty one. A UUID of zeros or ones is none (DSP0134, 7.2.1).
func smbiosUUID(raw []byte) string {
	const header, system, uuid = 8, 1, 8
	if len(raw) < header {
		return ""
	}
	for b := raw[header:]; len(b) >= 4 && int(b[1]) >= 4 && int(b[1]) <= len(b); {
		length := int(b[1])
		if b[0] == system && length >= uuid+16 {
			u := b[uuid : uuid+16]
			if bytes.Count(u, []byte{0}) == 16 || bytes.Count(u, []byte{0xff}) == 16 {
				return ""
			}
			le := binary.LittleEndian
			return fmt.Sprintf("%08x-%04x-%04x-%x-%x", le.Uint32(u), le.Uint16(u[4:]), le.Uint16(u[6:]), u[8:10], u[10:])
		}
		end := bytes.Index(b[length:], []byte{0, 0})
		if end < 0 {
			return ""
		}
		b = b[length+end+2:]
	}
	return ""
}
