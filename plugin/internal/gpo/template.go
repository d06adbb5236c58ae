package gpo

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/baseline"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// template is a security template (GptTmpl.inf) being read.
type template struct {
	Result
	diags hcl.Diagnostics
}

// templateSections says how the lines of each section are carried. Sections that only describe the file are nil.
func templateSections() map[string]func(*template, Place, string) {
	return map[string]func(*template, Place, string){
		"unicode": nil, "version": nil, "profile description": nil,
		"system access": (*template).systemAccess, "privilege rights": (*template).privilegeRight, "registry values": (*template).registryValue,
		"service general setting": (*template).service, "group membership": (*template).groupMembership,
		"registry keys": (*template).registryKey, "file security": (*template).fileSecurity, "event audit": (*template).eventAudit,
		"application log": eventLog("Application"), "system log": eventLog("System"), "security log": eventLog("Security"),
		"kerberos policy": (*template).kerberos,
	}
}

// parseTemplate reads a security template.
func parseTemplate(name string, src []byte) (Result, hcl.Diagnostics) {
	all, diags := lines(name, src)
	if diags.HasErrors() {
		return Result{}, diags
	}
	t := &template{Result: Result{Files: []string{name}}}
	sections := templateSections()
	section, known := "", false
	for i, line := range all {
		at := Place{File: name, Line: i + 1}
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, ";"):
		case strings.HasPrefix(line, "["):
			if !strings.HasSuffix(line, "]") {
				t.fail(at, "Malformed section", "%.60q has no closing bracket: the file is cut off. Export it anew.", line)
				continue
			}
			section = strings.TrimSpace(line[1 : len(line)-1])
			_, known = sections[strings.ToLower(section)]
		case section == "":
			t.fail(at, "Line outside of a section", "%.60q stands before the first section: this is no security template. Give a GptTmpl.inf.", line)
			return t.Result, t.diags
		case !known:
			t.drop(at, line, "the section [%s] is not known", section)
		default:
			if carry := sections[strings.ToLower(section)]; carry != nil {
				t.line(at, line, carry)
			}
		}
		if len(t.diags) >= maxFaults || t.full() {
			break
		}
	}
	if section == "" {
		t.fail(Place{File: name}, "Empty template", "The file holds no section: this is no security template. Give a GptTmpl.inf.")
	}
	return t.Result, t.diags
}

// line carries one line, where it is clear which part of it Windows reads.
func (t *template) line(at Place, line string, carry func(*template, Place, string)) {
	switch bare := outside(line); {
	case strings.Contains(bare, ";"):
		t.drop(at, line, "a semicolon stands outside of quotes: whether a comment begins there is not clear")
	case strings.HasSuffix(bare, `\`):
		t.drop(at, line, "a backslash at the end, outside of quotes, may join this line with the next")
	default:
		carry(t, at, line)
	}
}

func (t *template) fail(at Place, summary, format string, args ...any) {
	t.diags = append(t.diags, fault(at, summary, format, args...))
}

// pair splits "key = value".
func (t *template) pair(at Place, line string) (key, value string, ok bool) {
	key, value, ok = strings.Cut(line, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok || key == "" {
		t.fail(at, "Malformed line", `%.60q is not of the form "key = value": the file is cut off. Export it anew.`, line)
		return "", "", false
	}
	return key, value, true
}

func (t *template) systemAccess(at Place, line string) {
	key, value, ok := t.pair(at, line)
	if !ok {
		return
	}
	account := func(rid int64, attr Attr) {
		t.add(Item{Kind: "local_account", Label: key, At: []Place{at}, Attrs: []Attr{{"rid", rid}, attr}})
	}
	switch strings.ToLower(key) {
	case "newadministratorname":
		account(500, Attr{"name", strings.Trim(value, `"`)})
		return
	case "newguestname":
		account(501, Attr{"name", strings.Trim(value, `"`)})
		return
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		t.fail(at, "No number", "%s is %.60q, and takes a whole number.", key, value)
		return
	}
	switch strings.ToLower(key) {
	case "enableadminaccount":
		account(500, Attr{"enabled", n != 0})
	case "enableguestaccount":
		account(501, Attr{"enabled", n != 0})
	default:
		t.add(Item{Kind: "account_policy", Label: key, At: []Place{at}, Attrs: []Attr{{"name", key}, {"value", n}}})
	}
}

// sids reads a list of "*S-1-..." and refuses names, which mean other people in another language.
func (t *template) sids(at Place, text string) ([]string, bool) {
	var out []string
	ok := true
	for h := range strings.SplitSeq(text, ",") {
		h = strings.TrimSpace(h)
		if h == "" {
			continue
		}
		bare := strings.TrimPrefix(h, "*")
		sid, isSID := baseline.SID(bare)
		if !isSID || !strings.HasPrefix(strings.ToUpper(bare), "S-1-") {
			t.fail(at, "Name where a SID belongs", "%.80q is a name, and names differ by language. Write its SID with an asterisk, such as *S-1-5-32-544%s.", h, meant(h))
			ok = false
			continue
		}
		out = append(out, sid)
	}
	return out, ok
}

// meant names the SID behind an English name that is the same on every Windows.
func meant(name string) string {
	for _, authority := range []string{"", `BUILTIN\`, `NT AUTHORITY\`} {
		if sid, ok := baseline.SID(authority + name); ok {
			return "; this one may be *" + sid
		}
	}
	return ""
}

func (t *template) privilegeRight(at Place, line string) {
	right, value, ok := t.pair(at, line)
	if !ok {
		return
	}
	sids, ok := t.sids(at, value)
	if !ok {
		return
	}
	it := Item{Kind: "user_right", Label: right, At: []Place{at}, Attrs: []Attr{{"right", right}, {"sids", sids}}}
	if len(sids) == 0 {
		it.Attrs[1] = Attr{"nobody", true}
	}
	t.add(it)
}

func (t *template) groupMembership(at Place, line string) {
	key, value, ok := t.pair(at, line)
	if !ok {
		return
	}
	group, what, _ := strings.Cut(key, "__")
	groups, ok := t.sids(at, group)
	if !ok {
		return
	}
	members, ok := t.sids(at, value)
	switch {
	case !ok:
	case len(groups) != 1:
		t.fail(at, "Malformed line", "%.60q names no group. Write *SID__Members = ...", line)
	case strings.EqualFold(what, "Memberof"):
		if len(members) > 0 {
			t.drop(at, line, "a module states who belongs to a group, not what a group belongs to: write a group_membership for each of these groups")
		}
	case strings.EqualFold(what, "Members"):
		it := Item{Kind: "group_membership", Label: "members of " + groups[0], At: []Place{at}, Attrs: []Attr{{"group", groups[0]}, {"members", members}}}
		if len(members) == 0 {
			it.Attrs[1] = Attr{"nobody", true}
		}
		t.add(it)
	default:
		t.fail(at, "Malformed line", "%.60q ends neither in __Members nor in __Memberof.", key)
	}
}

// registryValue carries MACHINE\...\Name=type,data.
func (t *template) registryValue(at Place, line string) {
	path, value, ok := t.pair(at, line)
	if !ok {
		return
	}
	root, rest, _ := strings.Cut(path, `\`)
	i := strings.LastIndex(rest, `\`)
	if !strings.EqualFold(root, "MACHINE") || i < 0 {
		t.drop(at, path, `only values below MACHINE\ can be carried`)
		return
	}
	key, name := setting.NormalKey(`HKLM\`+rest[:i]), rest[i+1:]
	number, data, ok := strings.Cut(value, ",")
	n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 32)
	if !ok || err != nil {
		t.fail(at, "Malformed registry value", "%.60q is not of the form type,data, such as 4,1.", value)
		return
	}
	attrs := []Attr{{"key", key}, {"name", name}, {"type", string(setting.ValueTypeOf(uint32(n)))}}
	fields, closed := splitQuoted(data)
	if !closed {
		t.fail(at, "Malformed registry value", "%.60q has an open quote: the file is cut off. Export it anew.", data)
		return
	}
	v, why := templateData(setting.ValueTypeOf(uint32(n)), fields)
	if why != "" {
		t.drop(at, path, "%s", why)
		return
	}
	it := Item{Kind: "registry_value", Label: name, At: []Place{at}, Attrs: append(attrs, Attr{"value", v})}
	if strings.EqualFold(name, "LegalNoticeText") && n == 7 {
		it.Note = "a template holds this text as lines, and Windows is said to keep it as one string (unverified): check the type on a client"
	}
	t.add(it)
}

// templateData reads data as secedit writes it; why says what is wrong.
func templateData(kind setting.ValueType, fields []string) (value any, why string) {
	switch kind {
	case setting.TypeSZ, setting.TypeExpandSZ:
		return strings.Join(fields, ","), ""
	case setting.TypeDWord:
		n, err := strconv.ParseUint(strings.Join(fields, ","), 10, 32)
		if err != nil {
			return nil, "its data are no number of 32 bits"
		}
		return n, ""
	case setting.TypeMultiSZ:
		list := []string{}
		for _, f := range fields {
			if f != "" {
				list = append(list, f)
			}
		}
		return list, ""
	case setting.TypeBinary:
		n, err := strconv.ParseUint(strings.TrimSpace(strings.Join(fields, ",")), 10, 8)
		if err != nil || n > 9 { // one byte from 0 to 9 reads the same in decimal and hexadecimal
			return nil, "how a template writes binary data of more than one small byte is not documented"
		}
		return "0" + strconv.FormatUint(n, 10), ""
	}
	return nil, "a template holds no values of the type " + string(kind)
}
