package kinds

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

const (
	maxFileName = 255   // UTF-16 units of one component (NTFS)
	maxFilePath = 32767 // UTF-16 units of a path (Windows)
)

// tidyPath is the path within the system volume: "\Windows\x" for "C:\Windows\x". Paths that checkPath refuses come back in any form.
func tidyPath(path string) string {
	if len(path) >= 2 && strings.EqualFold(path[:2], "C:") {
		return path[2:]
	}
	return path
}

// checkPath says what is wrong with a path that a setting wants to own.
func checkPath(path string, at hcl.Range) hcl.Diagnostics {
	bad := func(format string, args ...any) hcl.Diagnostics {
		return hcl.Diagnostics{problem(at, "Illegal file path", format, args...)}
	}
	const form = `Write it from the root of the system volume on, such as "C:\\Windows\\x.txt".`
	switch {
	case strings.HasPrefix(path, `\\`) || strings.HasPrefix(path, "//"):
		return bad("%q is a share or device, not a file of the image. "+form, path)
	case strings.Contains(path, "/"):
		return bad("%q has slashes. Separate components by backslashes. "+form, path)
	case len(path) >= 2 && path[1] == ':' && !strings.EqualFold(path[:1], "C"):
		return bad("%q lies on another volume: an image holds the system volume only, which is C:. "+form, path)
	}
	inside := tidyPath(path)
	if !strings.HasPrefix(inside, `\`) || inside == `\` {
		return bad("%q is not absolute. "+form, path)
	}
	if n := len(upcase.Units(inside)); n > maxFilePath {
		return bad("The path has %d characters; Windows allows %d.", n, maxFilePath)
	}
	for part := range strings.SplitSeq(inside[1:], `\`) {
		if why := badComponent(part); why != "" {
			return bad("The component %q of %q %s.", part, path, why)
		}
	}
	if why := ownedByOthers(inside); why != "" {
		return bad("%q cannot be set as a file: %s", path, why)
	}
	return nil
}

func badComponent(name string) string {
	switch {
	case name == "":
		return "is empty: separate components by one backslash, with none at the end"
	case name == "." || name == "..":
		return "leads elsewhere: write the path that is meant"
	case len(upcase.Units(name)) > maxFileName:
		return "is longer than 255 characters"
	case strings.Contains(name, ":"):
		return "names a stream, which is not supported"
	case hasControl(name) || strings.ContainsAny(name, `<>"|?*`):
		return "holds a character that Windows reserves"
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return "ends in a dot or blank, which Windows drops"
	case isDeviceName(name):
		return "is the name of a device"
	case isShortName(name):
		return "looks like an 8.3 short name, whose long name cannot be known here: write the long name"
	}
	return ""
}

// oddComponent says which component of a path Windows would read as another name than it looks like, and why; "" where none is. Wildcards
// count as letters. A list of places is worth nothing where "C:\Windows." or "C:\PROGRA~1" is not known for what it is.
func oddComponent(parts []string) string {
	for _, part := range parts {
		if why := badComponent(strings.NewReplacer("*", "x", "?", "x").Replace(part)); why != "" {
			return fmt.Sprintf("its component %q %s", part, why)
		}
		if strings.Count(part, "%") > 1 {
			return fmt.Sprintf("its component %q holds a variable, and those stand for a place at the beginning only", part)
		}
	}
	return ""
}

// isDeviceName knows the names that Windows takes for devices in any folder, with or without an extension.
func isDeviceName(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.TrimRight(upcase.Fold(stem), " ")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	runes := []rune(stem)
	return len(runes) == 4 && (stem[:3] == "COM" || stem[:3] == "LPT") && strings.ContainsRune("0123456789¹²³", runes[3])
}

// isShortName knows the form of generated short names: six characters at most, a tilde and a number, an extension of three at most.
func isShortName(name string) bool {
	stem, ext, _ := strings.Cut(name, ".")
	base, number, ok := strings.Cut(stem, "~")
	return ok && len(stem) <= 8 && len(ext) <= 3 && base != "" && number != "" && strings.Trim(number, "0123456789") == ""
}

// ownedByOthers names the files that other kinds write: two writers of one file would undo each other.
func ownedByOthers(path string) string {
	folded := upcase.Fold(path)
	name := folded[strings.LastIndex(folded, `\`)+1:]
	in := func(folder string) bool { return strings.HasPrefix(folded, folder) }
	stem := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, ".LOG"), ".LOG1"), ".LOG2")
	switch {
	case in(`\WINDOWS\SYSTEM32\CONFIG\`) && slices.Contains([]string{"SYSTEM", "SOFTWARE", "SAM", "SECURITY", "DEFAULT", "DRIVERS", "COMPONENTS", "ELAM", "BBI"}, stem):
		return `it is a registry hive. Use the kind "registry_value".`
	case stem == "NTUSER.DAT" || stem == "USRCLASS.DAT":
		return `it is a user's registry hive. Use the kind "registry_value" with HKCU.`
	case in(`\WINDOWS\SYSTEM32\GROUPPOLICY`) && (name == "REGISTRY.POL" || name == "GPT.INI"):
		return `it is written from the policies. Use the kind "registry_value" with policy = true.`
	}
	return ""
}
