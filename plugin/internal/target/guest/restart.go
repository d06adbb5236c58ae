package guest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

const (
	sessionManager = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager`
	computerActive = `HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName`
	computerNext   = `HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName`
)

// pendingRestart says for what Windows waits for a restart, by what the registry says (the places that Microsoft's own scripts look at: CBS
// and Windows Update keys, file renames that the session manager does when it starts, a name that is not in force yet). Sorted.
func pendingRestart(r machine) ([]string, error) {
	var reasons []string
	for _, k := range restartKeys {
		switch err := r.RegistryKey(k.key); {
		case errors.Is(err, setting.ErrAbsent):
		case err != nil:
			return nil, fmt.Errorf("is a restart pending: %w", err)
		default:
			reasons = append(reasons, k.reason)
		}
	}
	for _, name := range []string{"PendingFileRenameOperations", "PendingFileRenameOperations2"} {
		v, err := r.RegistryValue(sessionManager, name)
		switch {
		case errors.Is(err, setting.ErrAbsent):
		case err != nil:
			return nil, fmt.Errorf("is a restart pending: %w", err)
		case slices.ContainsFunc(v.Data, func(b byte) bool { return b != 0 }): // an empty list is a list that was worked off
			reasons = append(reasons, "session manager: "+name)
		}
	}
	active, err := optionalText(r, computerActive, "ComputerName")
	if err != nil {
		return nil, err
	}
	next, err := optionalText(r, computerNext, "ComputerName")
	if err != nil {
		return nil, err
	}
	if active != "" && next != "" && !upcase.Equal(active, next) {
		reasons = append(reasons, "computer name: "+next+" is not in force yet")
	}
	names, err := r.RegistryValueNames(`HKLM\` + bootKey)
	if err != nil && !errors.Is(err, setting.ErrAbsent) {
		return nil, fmt.Errorf("is a restart pending: %w", err)
	}
	for _, name := range names {
		if len(name) > len(restartMark) && upcase.Equal(name[:len(restartMark)], restartMark) {
			reasons = append(reasons, name[len(restartMark):])
		}
	}
	slices.Sort(reasons)
	return reasons, nil
}

// optionalText reads a text; "" where there is none.
func optionalText(r setting.RegistryReader, key, name string) (string, error) {
	v, err := r.RegistryValue(key, name)
	switch {
	case errors.Is(err, setting.ErrAbsent):
		return "", nil
	case err != nil:
		return "", err
	}
	kind, text, _ := strings.Cut(v.Text(), ":")
	if kind != string(setting.TypeSZ) && kind != string(setting.TypeExpandSZ) {
		return "", fmt.Errorf("value %s!%s is %s, not a text", key, name, v.Text())
	}
	return text, nil
}
