package image

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

// program returns the version of an installed program, "installed" where its key names none. A program that somebody installed for one
// user only is in no hive of an image.
func (i *Image) program(name string) (string, error) {
	if name == "" || strings.Contains(name, `\`) {
		return "", fmt.Errorf("program %q in %s: a program is named by its product code or the name of its uninstall key", name, i.Describe())
	}
	for _, root := range uninstallKeys {
		key := root + `\` + name
		switch err := i.hives.key(key); {
		case errors.Is(err, setting.ErrAbsent):
			continue
		case err != nil:
			return "", err
		}
		v, err := i.hives.value(key, "DisplayVersion")
		switch {
		case errors.Is(err, setting.ErrAbsent):
			return "installed", nil
		case err != nil:
			return "", err
		}
		text, ok := strings.CutPrefix(v.Text(), "sz:")
		switch {
		case !ok:
			return "", fmt.Errorf("program %s in %s: its DisplayVersion is %s, and no text", name, i.Describe(), v.Text())
		case text == "":
			return "installed", nil
		}
		return text, nil
	}
	return "", fmt.Errorf("program %s in %s: %w", name, i.Describe(), setting.ErrAbsent)
}
