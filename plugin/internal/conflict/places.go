package conflict

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// systemVariables stand for one folder for everybody, those of a service included. Every other variable is a user's, or nobody's.
var systemVariables = strings.NewReplacer(`%SYSTEMROOT%`, `C:\WINDOWS`, `%WINDIR%`, `C:\WINDOWS`, `%PROGRAMFILES(X86)%`, `C:\PROGRAM FILES (X86)`,
	`%PROGRAMFILES%`, `C:\PROGRAM FILES`, `%PROGRAMW6432%`, `C:\PROGRAM FILES`, `%COMMONPROGRAMFILES(X86)%`, `C:\PROGRAM FILES (X86)\COMMON FILES`,
	`%COMMONPROGRAMFILES%`, `C:\PROGRAM FILES\COMMON FILES`, `%PROGRAMDATA%`, `C:\PROGRAMDATA`, `%ALLUSERSPROFILE%`, `C:\PROGRAMDATA`,
	`%PUBLIC%`, `C:\USERS\PUBLIC`, `%SYSTEMDRIVE%`, `C:`, `%HOMEDRIVE%`, `C:`)

// openPlaces are folders in which users can put files by the permissions that Windows starts with.
var openPlaces = []string{`C:\USERS`, `C:\DOCUMENTS AND SETTINGS`, `C:\WINDOWS\TEMP`, `C:\WINDOWS\TASKS`, `C:\WINDOWS\TRACING`, `C:\WINDOWS\REGISTRATION\CRMLOG`,
	`C:\WINDOWS\DEBUG\WIA`, `C:\WINDOWS\SYSTEM32\TASKS`, `C:\WINDOWS\SYSTEM32\FXSTMP`, `C:\WINDOWS\SYSTEM32\COM\DMP`, `C:\WINDOWS\SYSTEM32\SPOOL\DRIVERS\COLOR`,
	`C:\WINDOWS\SYSTEM32\SPOOL\PRINTERS`, `C:\WINDOWS\SYSTEM32\MICROSOFT\CRYPTO\RSA\MACHINEKEYS`, `C:\WINDOWS\SYSWOW64\TASKS`, `C:\WINDOWS\SYSWOW64\FXSTMP`, `C:\WINDOWS\SYSWOW64\COM\DMP`}

// passingFolders are where whatever comes along lies first, wherever such a folder is.
var passingFolders = []string{"TEMP", "TMP", "DOWNLOADS", "$RECYCLE.BIN", "INETCACHE"}

// folder is a path in one spelling: its components, of which some may have wildcards. odd says why it names no one place.
type folder struct {
	parts []string
	odd   string
}

// folderOf reads a path as Windows does: either slash, any case, doubled separators, dots, the variables of the system. What follows a
// last * is the folder itself.
func folderOf(path string) folder {
	text := strings.ReplaceAll(upcase.Fold(strings.TrimSpace(path)), "/", `\`)
	for _, prefix := range []string{`\\?\UNC\`, `\\?\`, `\\.\`, `\??\`} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			text = map[bool]string{true: `\\`}[prefix == `\\?\UNC\`] + rest
			break
		}
	}
	text = systemVariables.Replace(text)
	var f folder
	switch {
	case strings.HasPrefix(text, `\\`):
		f.odd = "it lies on a share, where others write"
	case strings.Contains(text, "%"):
		f.odd = "it begins at a variable that stands for a folder of users, or for none"
	}
	f.parts = resolved(text)
	for len(f.parts) > 1 && (f.parts[len(f.parts)-1] == "*" || f.parts[len(f.parts)-1] == "*.*") {
		f.parts = f.parts[:len(f.parts)-1]
	}
	for _, part := range f.parts {
		if before, after, ok := strings.Cut(part, "~"); f.odd == "" && ok && before != "" && after != "" && after[0] >= '0' && after[0] <= '9' {
			f.odd = "a short name hides which folder is meant"
		}
	}
	if f.odd == "" && (len(f.parts) == 0 || len(f.parts[0]) != 2 || f.parts[0][1] != ':') {
		f.odd = "it is no full path, and fits whatever has that name"
	}
	return f
}

// resolved are the components of a path without those that are empty, stand still or lead back.
func resolved(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, `\`) {
		switch trimmed := strings.TrimRight(part, ". "); {
		case part == "..":
			out = out[:max(0, len(out)-1)]
		case trimmed != "":
			out = append(out, trimmed)
		}
	}
	return out
}

// text is the path without what only its spelling has.
func (f folder) text() string { return strings.Join(f.parts, `\`) }

// meets reports whether one of two folders lies in the other, or is it.
func (f folder) meets(g folder) bool {
	for i := range min(len(f.parts), len(g.parts)) {
		a, b := f.parts[i], g.parts[i]
		if a != b && !matches(a, b) && !matches(b, a) {
			return false
		}
	}
	return f.odd == "" && g.odd == ""
}

// holds reports whether the other folder lies in this one, or is it.
func (f folder) holds(g folder) bool { return len(f.parts) <= len(g.parts) && f.meets(g) }

// open says why users write to a path, as half a sentence, whatever anybody states of it; "" where Windows says nothing of the kind.
func (f folder) open() string {
	if f.odd != "" {
		return f.odd
	}
	for _, part := range f.parts[1:] {
		if slices.Contains(passingFolders, part) {
			return "whatever comes along lies in such a folder first"
		}
	}
	if strings.ContainsAny(strings.Join(f.parts[:len(f.parts)-1], ""), "*?") {
		return "a wildcard leaves open which folder is meant"
	}
	if len(f.parts) == 1 || f.holds(folderOf(`C:\ProgramData`)) {
		return "it holds the folders of everything and everybody"
	}
	for _, place := range openPlaces {
		if f.meets(folderOf(place)) {
			return "users put files there by the permissions that Windows starts with"
		}
	}
	return ""
}

// young reports whether a folder that is made there is one that users can put files into, unless somebody takes that from them: Windows
// hands such permissions down below ProgramData and the roots of drives, not below Windows and Program Files.
func (f folder) young() bool {
	for _, kept := range []string{`C:\Windows`, `C:\Program Files`, `C:\Program Files (x86)`} {
		if folderOf(kept).holds(f) {
			return false
		}
	}
	return f.odd == ""
}

// opening is why a path is one that users write to.
type opening struct {
	why     string    // half a sentence
	certain bool      // by Windows, a product or the plan; else by the permissions that a folder there has unless somebody changes them
	by      []claimed // the plan's settings that open it
}

// writable looks for whoever says that users write to a path: Windows, a product's file, the plan itself.
func (j *judge) writable(path string) opening {
	f := folderOf(path)
	if why := f.open(); why != "" {
		return opening{why: why, certain: true}
	}
	for _, p := range j.products() {
		for _, w := range p.Environment.Needs.WritableFolders.Stated() {
			if at, ok := w.Value.Path.Get(); ok && f.meets(folderOf(at)) {
				return opening{why: fmt.Sprintf("users write to %s, as the product %q needs", at, p.Name), certain: true}
			}
		}
		for _, w := range p.Environment.Needs.CodeLocations.Stated() {
			at, ok := w.Value.Path.Get()
			if open, stated := w.Value.UserWritable.Get(); ok && stated && open && f.meets(folderOf(at)) {
				return opening{why: fmt.Sprintf("users write to %s, as the product %q states", at, p.Name), certain: true}
			}
		}
	}
	return j.permitted(f)
}

// permitted looks at the permissions that the plan gives to a folder, or that it has where the plan gives none.
func (j *judge) permitted(f folder) opening {
	closed := false
	for _, c := range j.of("folder-opened") {
		at := folderOf("C:" + c.claim.Location.Name())
		if !f.meets(at) {
			continue
		}
		if grantsUsers(c.claim.Value) {
			return opening{why: fmt.Sprintf("%q lets users write to %s", c.id, `C:`+c.claim.Location.Name()), certain: true, by: []claimed{c}}
		}
		closed = closed || at.holds(f) && strings.Contains(c.claim.Value, "D:P")
	}
	if closed || !f.young() {
		return opening{}
	}
	return opening{why: "users can put files into a new folder there by the permissions that Windows starts with"}
}

// people are everybody who may sit at the client, as a descriptor's text names them.
var people = []string{"BU", "AU", "WD", "IU", "S-1-5-32-545", "S-1-5-11", "S-1-1-0", "S-1-5-4"}

// grantsUsers reports whether a descriptor's text gives people more than reading. A text that cannot be read does.
func grantsUsers(sddl string) bool {
	_, list, ok := strings.Cut(sddl, "D:")
	if !ok {
		return true
	}
	list, _, _ = strings.Cut(list, "S:")
	for entry := range strings.SplitSeq(list, "(") {
		fields := strings.Split(strings.TrimRight(entry, ")"), ";")
		if len(fields) < 6 || fields[0] != "A" || !slices.Contains(people, fields[5]) {
			continue
		}
		if writes(fields[2]) {
			return true
		}
	}
	return false
}

// writes reports whether rights of a descriptor's text are more than reading and running. Rights that it does not know are.
func writes(rights string) bool {
	// Write data, append, delete a child, change permissions, take ownership, generic write and all ([MS-DTYP] 2.4.3).
	const mask = 0x2 | 0x4 | 0x40 | 0x40000 | 0x80000 | 0x40000000 | 0x10000000
	if n, err := strconv.ParseUint(rights, 0, 32); err == nil {
		return n&mask != 0
	}
	for _, word := range []string{"FR", "FX", "GR", "GX", "RC"} {
		rights = strings.ReplaceAll(rights, word, "")
	}
	return rights != ""
}

// runsKnownOnly reports whether the plan lets nothing run from a folder: allow-listing is enforced, and no rule by path opens the folder.
func (j *judge) runsKnownOnly(path string) bool {
	if !j.has("exe-enforced", "wdac-policy") {
		return false
	}
	return !slices.ContainsFunc(j.of("allow-rule"), func(c claimed) bool { return allowsPath(c.claim.Value, folderOf(path).text()) })
}

// strays tells of exclusions that no product asks for, in places that users write to: a setting can write them as well as a module.
func (j *judge) strays(asked map[string]bool) {
	for _, c := range j.of("av-exclusion") {
		for _, kind := range []string{"path", "process"} {
			_, name, ok := strings.Cut(c.canon, exclusionKeys[kind])
			if !ok || asked[folderOf(name).text()] {
				continue
			}
			if o := j.writable(name); o.certain {
				j.own(Block, append([]claimed{c}, o.by...), fmt.Sprintf("%q keeps antivirus from %s, and %s: what is put there is never found.", c.id, name, o.why), exclusionWay)
			} else if o.why != "" && !j.runsKnownOnly(name) {
				j.own(Warn, []claimed{c}, fmt.Sprintf("%q keeps antivirus from %s, and %s.", c.id, name, o.why), youngWay)
			}
		}
	}
}

const (
	exclusionWay = "Have the product keep its data where users do not write, or leave the exclusion out."
	youngWay     = "Take the right to write from users there (kind file_permission), or enforce allow-listing without a rule for that folder (module mt-only)."
)

// refused judges one exclusion that the plan makes, or should make, for a product. It reports whether the place is refused.
func (j *judge) refused(p plan.Product, x exclusionAt, scans []claimed) bool {
	o := j.writable(x.value)
	if !o.certain {
		return false
	}
	hits := slices.Concat(x.by, o.by)
	if len(hits) == 0 {
		hits = scans
	}
	j.add(Block, p, x.at, hits, fmt.Sprintf("The product %q needs %q to be left alone by antivirus, and %s: what is put there is never found.", p.Name, x.value, o.why),
		"Ask the manufacturer for a place that users do not write to. Where there is none, let the exclusion be accepted with allow-listing that runs nothing from there.")
	return true
}
