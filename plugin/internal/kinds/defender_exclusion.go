package kinds

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.Spec     = (*DefenderExclusion)(nil)
	_ setting.Comparer = (*DefenderExclusion)(nil)
)

const (
	exclusionPath      = "path"
	exclusionProcess   = "process"
	exclusionExtension = "extension"
	programFiles       = `C:\PROGRAM FILES\`
	programFilesX86    = `C:\PROGRAM FILES (X86)\`
)

// exclusionLists are the key of each list and the value that switches it on (WindowsDefender.admx).
var exclusionLists = map[string]struct{ key, on string }{
	exclusionPath:      {"Paths", "Exclusions_Paths"},
	exclusionProcess:   {"Processes", "Exclusions_Processes"},
	exclusionExtension: {"Extensions", "Exclusions_Extensions"},
}

// exclusionVariables are the variables of the system that Defender expands, which runs as the system; those of a user mean another
// place for it than for whoever wrote them.
var exclusionVariables = map[string]string{
	`%SYSTEMDRIVE%`: `C:`, `%SYSTEMROOT%`: `C:\WINDOWS`, `%WINDIR%`: `C:\WINDOWS`, `%PROGRAMDATA%`: `C:\PROGRAMDATA`, `%ALLUSERSPROFILE%`: `C:\PROGRAMDATA`,
	`%PROGRAMFILES%`: `C:\PROGRAM FILES`, `%PROGRAMFILES(X86)%`: `C:\PROGRAM FILES (X86)`,
}

// widePlaces are too wide to be left out of scans, whole. Folders below them may be.
var widePlaces = []string{`C:\WINDOWS`, `C:\WINDOWS\SYSTEM32`, `C:\WINDOWS\SYSWOW64`, `C:\WINDOWS\WINSXS`, `C:\PROGRAM FILES`, `C:\PROGRAM FILES (X86)`,
	`C:\PROGRAM FILES\COMMON FILES`, `C:\PROGRAM FILES (X86)\COMMON FILES`, `C:\PROGRAMDATA`, `C:\PROGRAMDATA\MICROSOFT`}

// runningExtensions are files that Windows or its script hosts run, or that bring such files along.
var runningExtensions = []string{"BAT", "CMD", "COM", "CPL", "DLL", "DOCM", "EXE", "GADGET", "HTA", "INF", "ISO", "JAR", "JS", "JSE", "LNK", "MSC", "MSI", "MSP", "MST", "OCX", "PIF",
	"PS1", "PSD1", "PSM1", "REG", "SCR", "SCT", "SYS", "URL", "VBE", "VBS", "VHD", "VHDX", "WSC", "WSF", "WSH", "XLAM", "XLSM", "ZIP"}

func defenderExclusionKind() setting.Kind {
	return setting.Kind{
		Name: "defender_exclusion",
		Doc: "One thing that Defender leaves out of its scans: a folder or file, what one program opens, or files of one extension.\n\n" +
			"The exclusion is a policy, a value of its own below `SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Exclusions`, in the registry and in `Registry.pol`: exclusions of several settings stand side by side. " +
			"Set `local_lists` to `off` with `defender_preference`, so that nobody adds to them on the client.\n\n" +
			"An exclusion is where malicious code would hide, so it must be narrow, and it has a reason. **Refused** are roots of drives, shares, Windows, Program Files and ProgramData as a whole, profiles, temporary folders, " +
			"variables of users (`%TEMP%`), wildcards in the name of a program or in front of the last component but one, programs that do not lie below Program Files (users could replace them, and all that they open goes unscanned), and extensions of files that run. " +
			"A folder below ProgramData or at the root of a drive is accepted: that is where products keep their data, and by the permissions that Windows starts with users can put files there too. Allow no program to run from it (`applocker_rule`).\n\n" +
			"`Registry.pol` holds printable ASCII only: a path with other letters is refused.",
		Principal: "value",
		New:       func() setting.Spec { return new(DefenderExclusion) },
		Example: `type   = "path"
value  = "C:\\ProgramData\\Example\\Cache"
reason = "Installation manual 3.2, page 31: a scan of each image delays reading."
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"type":   "`path` (a folder with all below it, or files), `process` (what the program opens; the program itself is scanned) or `extension`.",
			"value":  "The full path of a folder, file or program, or an extension such as `dcm`.",
			"reason": "Why, and which document of the manufacturer says so.",
		},
	}
}

// DefenderExclusion is one desired exclusion.
type DefenderExclusion struct {
	Type   string `hcl:"type" json:"type"`
	Value  string `hcl:"value" json:"value"`
	Reason string `hcl:"reason" json:"reason"`

	TypeRange   hcl.Range `hcl:"type,attr_value_range" json:"-"`
	ValueRange  hcl.Range `hcl:"value,attr_value_range" json:"-"`
	ReasonRange hcl.Range `hcl:"reason,attr_value_range" json:"-"`
}

// Check reports errors of meaning.
func (s *DefenderExclusion) Check() hcl.Diagnostics {
	diags := choice(s.TypeRange, "type", s.Type, false, exclusionPath, exclusionProcess, exclusionExtension)
	if strings.TrimSpace(s.Reason) == "" {
		diags = append(diags, problem(s.ReasonRange, "Exclusion without a reason", `Write why the files need not be scanned, and which document of the manufacturer says so.`))
	}
	if diags.HasErrors() {
		return diags
	}
	if s.Type == exclusionExtension {
		return s.checkExtension()
	}
	if why := s.tooWide(); why != "" {
		return hcl.Diagnostics{problem(s.ValueRange, "Exclusion too wide", "%q cannot be left out of scans: %s.", s.Value, why)}
	}
	return nil
}

func (s *DefenderExclusion) checkExtension() hcl.Diagnostics {
	ext := upcase.Fold(s.extension())
	switch {
	case ext == "" || strings.Trim(ext, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "":
		return hcl.Diagnostics{problem(s.ValueRange, "Illegal extension", `%q is no extension of letters and digits, such as "dcm". Wildcards are not allowed.`, s.Value)}
	case slices.Contains(runningExtensions, ext):
		return hcl.Diagnostics{problem(s.ValueRange, "Exclusion too wide", `%q cannot be left out of scans: files of that extension run, or bring along others that do, wherever they lie. Exclude the product's folder by "path".`, s.Value)}
	}
	return nil
}

func (s *DefenderExclusion) extension() string { return strings.TrimPrefix(s.Value, ".") }

// tooWide says why a path cannot be excluded, with the way out, or "".
func (s *DefenderExclusion) tooWide() string {
	path := upcase.Fold(s.Value)
	if variable, rest, ok := strings.Cut(strings.TrimPrefix(path, "%"), "%"); strings.HasPrefix(path, "%") {
		root, known := exclusionVariables["%"+variable+"%"]
		if !ok || !known {
			return `only variables of the system stand for the same place for all, such as %ProgramData% or %ProgramFiles%. Write the full path`
		}
		if rest != "" && !strings.HasPrefix(rest, `\`) {
			return `something is joined to the variable. Write the full path`
		}
		path = root + rest
	}
	parts := strings.Split(path, `\`)
	last := parts[len(parts)-1]
	switch {
	case !isPrintableASCII(s.Value) || len(s.Value) > maxPolicyName:
		return "Registry.pol holds printable ASCII of at most 259 characters. Choose another folder for the product's data"
	case strings.HasPrefix(path, `\\`):
		return "it lies on a share, and who may write there cannot be known here. Scan it, or exclude the share on its server"
	case len(parts[0]) != 2 || parts[0][1] != ':' || parts[0][0] < 'A' || parts[0][0] > 'Z' || strings.ContainsAny(path, `/"<>|`):
		return `it is no full path. Write one such as "C:\\ProgramData\\Vendor\\Cache"`
	case slices.Contains(parts, "..") || slices.Contains(parts, "."):
		return "it has a component that leads elsewhere. Write the path that is meant"
	case len(parts) < 2 || last == "" && len(parts) < 3:
		return "it is a whole drive. Name the product's folder"
	case slices.Contains(parts[:len(parts)-1], ""), last == "":
		return "it has an empty component. Write it without a backslash at its end"
	case oddComponent(parts[1:]) != "":
		return oddComponent(parts[1:]) + ". Write the path that is meant, in full"
	case strings.ContainsAny(strings.Join(parts[:len(parts)-1], `\`), "*?"):
		return "a wildcard in the name of a folder leaves open which one is meant. Name the folder"
	case strings.ContainsAny(last, "*?"):
		return s.wildcard(path, last)
	case slices.Contains(widePlaces, path):
		return "far more than one product lies there. Name the product's folder"
	case s.Type == exclusionProcess:
		return processTooWide(path, last)
	}
	return notForUsers(path, parts)
}

// wildcard judges a pattern for files in one folder.
func (s *DefenderExclusion) wildcard(path, last string) string {
	stem, ext, ok := strings.Cut(last, ".")
	switch {
	case s.Type == exclusionProcess:
		return "a wildcard in the name of a program would fit others too. Name the program"
	case !ok || stem == "" || strings.ContainsAny(ext, "*?."):
		return `a wildcard that fits any file is the folder itself. Name the folder, or files of one extension, such as "...\\*.dcm"`
	case slices.Contains(runningExtensions, ext):
		return "a wildcard in the name of a program would fit others too. Name the program"
	}
	folder := path[:strings.LastIndex(path, `\`)]
	if len(folder) < 3 || slices.Contains(widePlaces, folder) {
		return "far more than one product lies there. Name the product's folder"
	}
	return notForUsers(path, strings.Split(path, `\`))
}

func processTooWide(path, last string) string {
	switch {
	case !strings.HasSuffix(last, ".EXE"):
		return `a process is named by the full path of its program, which ends in ".exe"`
	case !strings.HasPrefix(path, programFiles) && !strings.HasPrefix(path, programFilesX86):
		return "what a program opens goes unscanned only where users cannot replace the program: below Program Files. Exclude its data by \"path\""
	}
	return ""
}

// notForUsers refuses what belongs to users, and folders for whatever comes along.
func notForUsers(path string, parts []string) string {
	for _, p := range parts[1:] {
		if slices.Contains([]string{"TEMP", "TMP", "DOWNLOADS", "$RECYCLE.BIN", "INETCACHE"}, p) {
			return "whatever comes along lies in such a folder first. Let the product use one of its own"
		}
	}
	switch {
	case strings.HasPrefix(path+`\`, `C:\USERS\`), strings.HasPrefix(path+`\`, `C:\DOCUMENTS AND SETTINGS\`):
		return "profiles belong to users, who can put anything there. Let the product keep its data below ProgramData"
	case strings.HasPrefix(path, `C:\WINDOWS\`) && writableByUsers(path+`\X`, nil) != "":
		return "users can put files there"
	}
	return ""
}

func (s *DefenderExclusion) values() ownedValues {
	list, ok := exclusionLists[s.Type]
	if !ok {
		return nil
	}
	value := s.Value
	if s.Type == exclusionExtension {
		value = s.extension()
	}
	key := defenderKey + `\Exclusions`
	return ownedValues{
		{key: key, name: list.on, value: setting.DWord(1)},
		{key: key + `\` + list.key, name: value, value: setting.SZ("0")},
	}
}

// Claims are the exclusion, and that its list is used.
func (s *DefenderExclusion) Claims(setting.Base) []setting.Claim { return s.values().claims() }

// Ops write both.
func (s *DefenderExclusion) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads both.
func (s *DefenderExclusion) Observe(r setting.Reader) (setting.Observed, error) {
	return s.values().observe(r)
}

// Judge passes where the exclusion is there.
func (s *DefenderExclusion) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Compare knows that the same exclusion is the same; a reason put otherwise changes nothing.
func (s *DefenderExclusion) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*DefenderExclusion)
	if !ok {
		return setting.Unknown
	}
	return s.values().compare(o.values())
}
