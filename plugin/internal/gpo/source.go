package gpo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/baseline"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Limits of what is read of a backup. They are far above what policies have.
const (
	maxFiles = 4096
	maxFile  = 64 << 20
	maxAll   = 256 << 20
)

// Parse reads one file, whatever it is: what it is, is found from its bytes. user says that a Registry.pol is a user's.
func Parse(name string, src []byte, user bool, table setting.Table) (Result, hcl.Diagnostics) {
	if bytes.HasPrefix(src, []byte("PReg")) {
		root := rootMachine
		if user {
			root = rootUser
		}
		return parsePol(name, src, root)
	}
	text, err := baseline.Text(src)
	if err != nil {
		return Result{}, hcl.Diagnostics{fault(Place{File: name}, "Unreadable source", "%s. A Registry.pol begins with PReg.", err)}
	}
	first, section := "", false
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, ";") {
			continue
		}
		if first == "" {
			first = strings.ToLower(line)
		}
		section = strings.HasPrefix(line, "[")
		break
	}
	_, isBlock := lgpoRoot(first)
	switch {
	case strings.HasPrefix(first, "<"):
		return parseAppLocker(name, src)
	case section:
		return parseTemplate(name, src)
	case isBlock:
		return parseLGPO(name, src)
	case strings.Contains(first, "recommendedvalue") && strings.Contains(first, "method"):
		return parseList(name, src, table)
	case strings.Contains(first, "guid") || strings.Contains(strings.ToLower(text), auditEnd):
		return parseAudit(name, src)
	}
	return Result{}, hcl.Diagnostics{fault(Place{File: name}, "Unknown source", "The file is none of: Registry.pol, security template (GptTmpl.inf), audit.csv, LGPO text, AppLocker XML, list of recommended values (CSV). A backup of a group policy object is given as its folder.")}
}

// describes knows the parts of a backup that only describe it.
func describes(name string) bool {
	return slices.Contains([]string{"bkupinfo.xml", "backup.xml", "gpreport.xml", "manifest.xml", "gpt.ini", "comment.cmtx", "desktop.ini"}, name) ||
		strings.HasSuffix(name, ".adm") || strings.HasSuffix(name, ".admx") || strings.HasSuffix(name, ".adml")
}

// ReadBackup reads a backup of one group policy object, or the folder of one below SYSVOL; name is what the folder is called in messages.
// Parts that are not understood are reported, one by one.
func ReadBackup(fsys fs.FS, name string, table setting.Table) (Result, hcl.Diagnostics) {
	files, err := list(fsys)
	if err != nil {
		return Result{}, hcl.Diagnostics{fault(Place{File: name}, "Unreadable backup", "%s.", err)}
	}
	if objects := objectsOf(files); len(objects) > 1 {
		return Result{}, hcl.Diagnostics{fault(Place{File: name}, "Several policies", "The folder holds %d group policy objects (%s). Give the folder of one.", len(objects), strings.Join(objects, ", "))}
	}
	b := backup{fsys: fsys, name: name, parts: map[string]string{}}
	for _, f := range files {
		if !b.file(f) {
			return b.out, b.diags
		}
	}
	if b.understood == 0 && !b.diags.HasErrors() {
		b.diags = append(b.diags, fault(Place{File: name}, "No policy here", "The folder holds no Registry.pol, GptTmpl.inf or audit.csv. Give the folder {GUID} of a backup (Backup-GPO, LGPO.exe /b), or one below SYSVOL."))
	}
	return b.out, b.diags
}

// backup is a folder being read.
type backup struct {
	fsys       fs.FS
	name       string
	out        Result
	diags      hcl.Diagnostics
	parts      map[string]string // by what they are a part of: the file
	total      int               // bytes read
	understood int               // files
}

// file takes one file of the folder. It reports whether there is use in reading on.
func (b *backup) file(f string) bool {
	lower, full := strings.ToLower(path.Base(f)), path.Join(b.name, f)
	switch lower {
	case "bkupinfo.xml":
		if src, err := read(b.fsys, f); err == nil {
			b.out.Title = backupTitle(src)
		}
		return true
	case "registry.pol", "gpttmpl.inf", "audit.csv":
		return b.part(f, lower, full)
	}
	if !describes(lower) {
		b.out.drop(Place{File: full}, "the file "+f, "what it holds is not carried: registry policy, security templates and audit policy are")
	}
	return true
}

// part reads one of the files that hold policy.
func (b *backup) part(f, lower, full string) bool {
	stop := func(d *hcl.Diagnostic) bool {
		b.diags = append(b.diags, d)
		return false
	}
	owner, d := ownerOf(lower, full)
	if d != nil {
		return stop(d)
	}
	if first, ok := b.parts[owner]; ok {
		return stop(fault(Place{File: full}, "Several policies", "%s is another part of the same sort: the folder holds several policies. Give the folder of one.", first))
	}
	src, err := read(b.fsys, f)
	if err != nil {
		return stop(fault(Place{File: full}, "Unreadable file", "%s.", err))
	}
	if b.total += len(src); b.total > maxAll {
		return stop(fault(Place{File: full}, "Backup too large", "Its files have more than %d bytes.", maxAll))
	}
	b.understood++
	if owner == ownerOne { // there may be many, and none is carried
		b.out.drop(Place{File: full}, "the file "+f, "a policy of one user or group; a module states what holds for all")
		return true
	}
	b.parts[owner] = full
	if len(src) == 0 {
		return true // tools leave empty files where a policy has nothing to say
	}
	var more hcl.Diagnostics
	var part Result
	switch lower {
	case "registry.pol":
		part, more = parsePol(full, src, owner)
	case "gpttmpl.inf":
		part, more = parseTemplate(full, src)
	default:
		part, more = parseAudit(full, src)
	}
	b.out.join(part)
	b.diags = append(b.diags, more...)
	return true
}

// ownerOne is who owns the policy of one user or group.
const ownerOne = "one"

// ownerOf says whose a part of a backup is: the folder that a Registry.pol stands in decides between its roots.
func ownerOf(base, full string) (string, *hcl.Diagnostic) {
	for part := range strings.SplitSeq(path.Dir(full), "/") {
		if strings.HasPrefix(strings.ToUpper(part), "S-1-") {
			return ownerOne, nil
		}
	}
	if base != "registry.pol" {
		return base, nil
	}
	switch strings.ToLower(path.Base(path.Dir(full))) {
	case "machine":
		return rootMachine, nil
	case "user":
		return rootUser, nil
	}
	return "", fault(Place{File: full}, "Nobody's policy", "It stands in a folder that is neither Machine nor User, so that whose policy it is cannot be told. Give the file itself, with --user where it is a user's.")
}

// list names the regular files of a folder, sorted.
func list(fsys fs.FS) ([]string, error) {
	var files []string
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Type()&fs.ModeSymlink != 0:
			return fmt.Errorf("%s is a link: copy the backup with the files themselves", p)
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return fmt.Errorf("%s is no regular file: copy the backup anew", p)
		case len(files) == maxFiles:
			return fmt.Errorf("the folder holds more than %d files: give the folder of one policy", maxFiles)
		}
		files = append(files, p)
		return nil
	})
	slices.Sort(files)
	return files, err
}

// objectsOf names the folders of policies, {GUID}, that files stand in.
func objectsOf(files []string) []string {
	var out []string
	for _, f := range files {
		for part := range strings.SplitSeq(path.Dir(f), "/") {
			if len(part) == 38 && part[0] == '{' && part[37] == '}' && strings.Count(part, "-") == 4 {
				if !slices.Contains(out, part) {
					out = append(out, part)
				}
				break
			}
		}
	}
	return out
}

func read(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(src) > maxFile {
		return nil, errors.New("it has more than 64 MiB, and no policy has")
	}
	return src, err
}

// backupTitle is the name that a backup's bkupInfo.xml gives its policy; "" where it does not.
func backupTitle(src []byte) string {
	text, err := baseline.Text(src)
	if err != nil {
		return ""
	}
	_, rest, ok := strings.Cut(text, "<GPODisplayName>")
	title, _, closed := strings.Cut(rest, "</GPODisplayName>")
	title = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(title), "<![CDATA["), "]]>")
	const enough = 200
	if !ok || !closed || len(title) > enough {
		return ""
	}
	return title
}
