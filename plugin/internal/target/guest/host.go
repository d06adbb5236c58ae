package guest

import (
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
