package gpo

import (
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// triple splits "name",number,"SDDL".
func (t *template) triple(at Place, line string) (name string, number int, sddl string, ok bool) {
	fields, closed := splitQuoted(line)
	if len(fields) >= 2 && closed {
		n, err := strconv.Atoi(strings.TrimSpace(fields[1]))
		if err == nil && strings.TrimSpace(fields[0]) != "" {
			return strings.TrimSpace(fields[0]), n, strings.TrimSpace(strings.Join(fields[2:], ",")), true
		}
	}
	t.fail(at, "Malformed line", `%.60q is not of the form "name",number,"descriptor": the file is cut off. Export it anew.`, line)
	return "", 0, "", false
}

func (t *template) service(at Place, line string) {
	name, start, sddl, ok := t.triple(at, line)
	if !ok {
		return
	}
	word, ok := map[int]string{0: "boot", 1: "system", 2: "automatic", 3: "manual", 4: "disabled"}[start]
	if !ok {
		t.fail(at, "Unknown start type", "%s has the start type %d; there are 2 (automatic), 3 (manual) and 4 (disabled).", name, start)
		return
	}
	if sddl != "" {
		t.drop(at, "the descriptor of the service "+name, "who may start and stop a service is not carried; its start type is")
	}
	t.add(Item{Kind: "service", Label: name, At: []Place{at}, Attrs: []Attr{{"name", name}, {"start", word}}})
}

// ignoreDescriptor is the mode by which a template leaves a descriptor alone.
const ignoreDescriptor = 1

func (t *template) registryKey(at Place, line string) {
	path, mode, sddl, ok := t.triple(at, line)
	if !ok {
		return
	}
	root, rest, _ := strings.Cut(path, `\`)
	switch {
	case !strings.EqualFold(root, "MACHINE"):
		t.drop(at, path, `only keys below MACHINE\ can be carried`)
	case mode == ignoreDescriptor:
		t.drop(at, path, "the template leaves the descriptor alone")
	default:
		t.add(Item{Kind: "registry_permission", Label: "permission of " + rest[strings.LastIndex(rest, `\`)+1:], At: []Place{at},
			Attrs: []Attr{{"key", setting.NormalKey(`HKLM\` + rest)}, {"sddl", sddl}}, Note: "keys below it are left as they are, whatever the template's mode"})
	}
}

func (t *template) fileSecurity(at Place, line string) {
	path, mode, sddl, ok := t.triple(at, line)
	if !ok {
		return
	}
	if mode == ignoreDescriptor {
		t.drop(at, path, "the template leaves the descriptor alone")
		return
	}
	for variable, folder := range map[string]string{"%SystemRoot%": `C:\Windows`, "%SystemDrive%": `C:`, "%ProgramFiles%": `C:\Program Files`, "%SystemDirectory%": `C:\Windows\System32`} {
		if len(path) >= len(variable) && strings.EqualFold(path[:len(variable)], variable) {
			path = folder + path[len(variable):]
			break
		}
	}
	t.add(Item{Kind: "file_permission", Label: "permission of " + path[strings.LastIndex(path, `\`)+1:], At: []Place{at},
		Attrs: []Attr{{"path", path}, {"sddl", sddl}}, Note: "what lies below it is left as it is, whatever the template's mode"})
}

func (t *template) eventAudit(at Place, line string) {
	t.drop(at, line, "a whole category of the old audit policy; Windows 10 audits by subcategory (audit.csv), and ignores categories where SCENoApplyLegacyAuditPolicy is 1")
}

func (t *template) kerberos(at Place, line string) {
	t.drop(at, line, "Kerberos policy is a domain controller's")
}

// eventLog carries the size of a log; how long entries stay is written in another way since Windows Vista.
func eventLog(log string) func(*template, Place, string) {
	return func(t *template, at Place, line string) {
		key, value, ok := t.pair(at, line)
		if !ok {
			return
		}
		n, err := strconv.ParseInt(value, 10, 32)
		switch {
		case err != nil:
			t.fail(at, "No number", "%s is %.60q, and takes a whole number.", key, value)
		case strings.EqualFold(key, "MaximumLogSize"):
			t.add(Item{Kind: "event_log", Label: log + " log size", At: []Place{at}, Attrs: []Attr{{"log", log}, {"size", n}}})
		default:
			t.drop(at, line, "only the size of a log is carried from a template")
		}
	}
}
