package kinds

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// appLockerVariables are the only variables that AppLocker knows in paths; %TEMP% and its like are not expanded ("Understanding the
// path rule condition in AppLocker").
var appLockerVariables = []string{"%WINDIR%", "%SYSTEM32%", "%OSDRIVE%", "%PROGRAMFILES%", "%REMOVABLE%", "%HOT%"}

// writableBelowWindows are folders below %WINDIR% in which every user may make files, on one or all of the supported builds. An allow
// rule that covers one of them must except it: what a user puts there would run.
var writableBelowWindows = []string{
	`%SYSTEM32%\catroot2`, `%SYSTEM32%\com\dmp`, `%SYSTEM32%\FxsTmp`, `%SYSTEM32%\spool\drivers\color`, `%SYSTEM32%\spool\PRINTERS`,
	`%SYSTEM32%\spool\SERVERS`, `%SYSTEM32%\Tasks`, `%WINDIR%\Debug`, `%WINDIR%\PCHEALTH\ERRORREP`, `%WINDIR%\Registration`,
	`%WINDIR%\SysWOW64\com\dmp`, `%WINDIR%\SysWOW64\FxsTmp`, `%WINDIR%\SysWOW64\Tasks`, `%WINDIR%\Tasks`, `%WINDIR%\Temp`, `%WINDIR%\tracing`,
}

// deniedBelowWindows are writable too. Public rule sets do not except them, so a rule that covers them passes here; a deny rule closes
// them for administrators as well. No allow rule may name them.
var deniedBelowWindows = []string{`%SYSTEM32%\Microsoft\Crypto\RSA\MachineKeys`, `%SYSTEM32%\Tasks_Migrated`}

// appLockerPath is a path as AppLocker compares it: folded, with every spelling of the same root turned into one.
func appLockerPath(path string) string {
	p := upcase.Fold(path)
	if strings.HasPrefix(p, `C:\`) { // the system volume of every image
		p = `%OSDRIVE%` + p[2:]
	}
	for _, root := range []struct{ spelling, root string }{
		{`%OSDRIVE%\WINDOWS\`, `%WINDIR%\`}, {`%SYSTEM32%\`, `%WINDIR%\SYSTEM32\`},
		{`%OSDRIVE%\PROGRAM FILES\`, `%PROGRAMFILES%\`}, {`%OSDRIVE%\PROGRAM FILES (X86)\`, `%PROGRAMFILES%\`},
	} {
		if rest, ok := strings.CutPrefix(p, root.spelling); ok {
			return root.root + rest
		}
	}
	return p
}

// checkAppLockerPath says what is wrong with a path in any rule or exception.
func checkAppLockerPath(path string, at hcl.Range) hcl.Diagnostics {
	bad := func(format string, args ...any) hcl.Diagnostics {
		return hcl.Diagnostics{problem(at, "Illegal AppLocker path", format, args...)}
	}
	root, _, _ := strings.Cut(path, `\`)
	drive := len(root) == 2 && root[1] == ':' && strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZ", rune(upcase.Fold(root)[0]))
	switch {
	case path == "*":
		return nil
	case len(upcase.Units(path)) > maxFilePath || hasControl(path) || strings.ContainsAny(path, `/"<>|`):
		return bad(`%.200q holds a character that Windows reserves, or is too long. Separate folders by backslashes.`, path)
	case strings.HasPrefix(root, "%") && !slices.Contains(appLockerVariables, upcase.Fold(root)):
		return bad("AppLocker does not know %s. It knows %s only.%s", root, quoted(appLockerVariables), didYouMean(root, appLockerVariables))
	case !strings.HasPrefix(root, "%") && !drive && !strings.HasPrefix(path, `\\`) && root != "*":
		return bad(`%q does not begin with a root. Begin with one such as "%%PROGRAMFILES%%\\" or "%%WINDIR%%\\".`, path)
	case slices.ContainsFunc(strings.Split(path, `\`), func(part string) bool { return part == "." || part == ".." }):
		return bad("%q has a component that leads elsewhere. Write the path that is meant.", path)
	}
	return nil
}

// checkAllowPath says what is wrong with a path that is to be allowed: one that no file has, though Windows may lead there by another
// name, and streams, which are written like the file that they hang on. A denial may name them.
func checkAllowPath(path string, at hcl.Range) hcl.Diagnostics {
	if path == anyText {
		return nil
	}
	_, below, _ := strings.Cut(strings.TrimPrefix(path, `\\`), `\`)
	if why := oddComponent(strings.Split(below, `\`)); below != "" && why != "" {
		return hcl.Diagnostics{problem(at, "Illegal AppLocker path", "%q cannot be allowed: %s. Write the path as the folder shows it.", path, why)}
	}
	return nil
}

// writableByUsers says why users can put files where the path leads, or "" where they cannot by the permissions that Windows starts
// with. Exceptions are paths.
func writableByUsers(path string, exceptions []string) string {
	p := appLockerPath(path)
	switch {
	case strings.HasPrefix(p, `\\`):
		return "it lies on a share, and who may write there cannot be known here"
	case strings.HasPrefix(p, `%REMOVABLE%`), strings.HasPrefix(p, `%HOT%`):
		return "users bring such media along"
	case strings.HasPrefix(p, `%PROGRAMFILES%\`):
		return ""
	case strings.HasPrefix(p, `%WINDIR%\`):
		return writableWindows(p, exceptions)
	case strings.HasPrefix(p, `%OSDRIVE%\PROGRAMDATA\`):
		return "users can make files in ProgramData"
	case strings.HasPrefix(p, `%OSDRIVE%\USERS\`):
		return "it lies in a profile, which belongs to its user"
	}
	return "users can make files below it, as Windows lets them do in all folders of a drive but Windows and Program Files"
}

func writableWindows(p string, exceptions []string) string {
	var open []string
	for _, folder := range slices.Concat(writableBelowWindows, deniedBelowWindows) {
		inside := appLockerPath(folder) + `\`
		if strings.HasPrefix(p+`\`, inside) {
			return "users can make files in " + folder
		}
		covered := slices.ContainsFunc(exceptions, func(e string) bool {
			return strings.HasSuffix(e, "*") && !strings.Contains(e, "?") && matches(appLockerPath(e), inside)
		})
		if slices.Contains(writableBelowWindows, folder) && patternsMeet(p, inside+"*") && !covered {
			open = append(open, folder+`\*`)
		}
	}
	if len(open) == 0 {
		return ""
	}
	return fmt.Sprintf("users can make files in folders that it covers; except them: %s", strings.Join(open, ", "))
}

// patternsMeet reports whether one path can match both patterns, with "*" for any text and "?" for one character.
func patternsMeet(a, b string) bool {
	x, y := []rune(a), []rune(b)
	// row[j] says whether x[i:] and y[j:] meet, from the ends on.
	row := make([]bool, len(y)+1)
	for i := len(x); i >= 0; i-- {
		next := slices.Clone(row)
		for j := len(y); j >= 0; j-- {
			switch {
			case i == len(x) && j == len(y):
				row[j] = true
			case i < len(x) && x[i] == '*':
				row[j] = next[j] || j < len(y) && row[j+1]
			case j < len(y) && y[j] == '*':
				row[j] = row[j+1] || i < len(x) && next[j]
			case i < len(x) && j < len(y):
				row[j] = (x[i] == y[j] || x[i] == '?' || y[j] == '?') && next[j+1]
			default:
				row[j] = false
			}
		}
	}
	return row[0]
}
