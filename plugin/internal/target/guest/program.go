package guest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// uninstallKeys is where installers say what they installed: for programs of the machine's own width first, then for 32-bit ones.
var uninstallKeys = []string{
	`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`,
	`HKLM\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall`,
}

// installedProgram returns the version of an installed program, "installed" where its key names none. A program that somebody installed for
// one user only is not found.
func installedProgram(r setting.RegistryReader, name string) (string, error) {
	if name == "" || strings.Contains(name, `\`) {
		return "", fmt.Errorf("program %q: a program is named by its product code or the name of its uninstall key", name)
	}
	for _, root := range uninstallKeys {
		key := root + `\` + name
		err := r.RegistryKey(key)
		if errors.Is(err, setting.ErrAbsent) {
			continue
		}
		if err != nil {
			return "", err
		}
		v, err := r.RegistryValue(key, "DisplayVersion")
		if errors.Is(err, setting.ErrAbsent) {
			return "installed", nil
		}
		if err != nil {
			return "", err
		}
		text, ok := strings.CutPrefix(v.Text(), string(setting.TypeSZ)+":")
		switch {
		case !ok:
			return "", fmt.Errorf("its DisplayVersion is %s, and no text", v.Text())
		case text == "":
			return "installed", nil
		}
		return text, nil
	}
	return "", setting.ErrAbsent
}
