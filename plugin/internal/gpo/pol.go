package gpo

import (
	"encoding/hex"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regpol"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// The roots that a Registry.pol stands for: the file's place decides.
const (
	rootMachine = `HKLM\`
	rootUser    = `HKCU\`
)

// parsePol reads a Registry.pol below a root.
func parsePol(name string, src []byte, root string) (Result, hcl.Diagnostics) {
	out := Result{Files: []string{name}}
	f, err := regpol.Parse(src)
	if err != nil {
		at := Place{File: name}
		reason := err.Error()
		var syntax *regpol.SyntaxError
		if errors.As(err, &syntax) {
			at.Offset, reason = syntax.Offset, syntax.Reason
		}
		return out, hcl.Diagnostics{fault(at, "Malformed Registry.pol", "%s. The file is cut off or no registry policy: back the policy up anew.", reason)}
	}
	offset := 8
	for _, e := range f.Entries() {
		if out.full() {
			break
		}
		out.entry(Place{File: name, Offset: offset}, root, e)
		const fixed = 2*2 + 4*2 + 2*4 + 2*2 // brackets, semicolons, type and size, two NULs
		offset += fixed + 2*len(upcase.Units(e.Key)) + 2*len(upcase.Units(e.Name)) + len(e.Data)
	}
	return out, nil
}

// entry carries one entry of a Registry.pol.
func (r *Result) entry(at Place, root string, e regpol.Entry) {
	if !utf8.ValidString(e.Key) || !utf8.ValidString(e.Name) {
		r.drop(at, "an entry of Registry.pol", "its key or name holds half of a surrogate pair, which no profile can write down")
		return
	}
	key := setting.NormalKey(root + e.Key)
	if !strings.HasPrefix(e.Name, "**") {
		r.value(at, key, e.Name, setting.RegistryValue{Type: setting.ValueTypeOf(e.Type), Data: e.Data})
		return
	}
	command := strings.ToLower(e.Name)
	list := func(verb string) []string {
		items := listed(e, verb)
		if len(items) == 0 {
			r.drop(at, key+" "+e.Name, "its list of what is deleted is empty, or cannot be read")
		}
		return items
	}
	switch {
	case strings.HasPrefix(command, "**del."):
		r.absent(at, key, e.Name[len("**del."):])
	case strings.HasPrefix(command, "**deletevalues"):
		for _, name := range list("**deletevalues") {
			r.absent(at, key, name)
		}
	case strings.HasPrefix(command, "**delvals"):
		r.clear(at, key, false, "all values of a key are deleted, and a module names the values that it removes: list them")
	case strings.HasPrefix(command, "**deletekeys"):
		for _, sub := range list("**deletekeys") {
			r.clear(at, key+`\`+strings.Trim(sub, `\`), true, "a key is deleted with all below it, and a module names the values that it removes: list them")
		}
	case strings.HasPrefix(command, "**soft."):
		r.drop(at, key+" "+e.Name, "the value is set only where there is none yet, and a module states what is to be there")
	default:
		r.drop(at, key+" "+e.Name, "the command is not known")
	}
}

// listed is the list of a command: in its data up to the first NUL, as documented, or behind its name, as some tools write it.
func listed(e regpol.Entry, verb string) []string {
	data := e.Data
	for i := 0; i+1 < len(data); i += 2 {
		if data[i] == 0 && data[i+1] == 0 {
			data = data[:i]
			break
		}
	}
	text, readable := strings.CutPrefix(setting.RegistryValue{Type: setting.TypeSZ, Data: data}.Text(), "sz:")
	if !readable {
		return nil
	}
	var items []string
	for item := range strings.SplitSeq(text+";"+e.Name[len(verb):], ";") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func (r *Result) clear(at Place, key string, below bool, reason string) {
	r.Dropped = append(r.Dropped, Dropped{At: at, What: "all values of " + key, Reason: reason, Clears: setting.NormalKey(key), Below: below})
}

func (r *Result) absent(at Place, key, name string) {
	r.add(Item{Kind: "registry_value", Label: name, At: []Place{at}, ordered: true,
		Attrs: []Attr{{"key", key}, {"name", name}, {"ensure", "absent"}}})
}

// value carries a registry value.
func (r *Result) value(at Place, key, name string, v setting.RegistryValue) {
	text := v.Text()
	kind, data, ok := strings.Cut(text, ":")
	if !ok || strings.Contains(kind, "!") {
		r.drop(at, key+" "+name, "its data do not fit its type: %.80s", text)
		return
	}
	it := Item{Kind: "registry_value", Label: name, At: []Place{at}, ordered: true, Attrs: []Attr{{"key", key}, {"name", name}, {"type", kind}}}
	switch v.Type {
	case setting.TypeDWord, setting.TypeDWordBE, setting.TypeQWord:
		n, err := parseUint(data)
		if err != nil {
			r.drop(at, key+" "+name, "%q is no number", data)
			return
		}
		it.Attrs = append(it.Attrs, Attr{"value", n})
	case setting.TypeMultiSZ:
		list, err := parseJSONList(data)
		if err != nil {
			r.drop(at, key+" "+name, "%v", err)
			return
		}
		it.Attrs = append(it.Attrs, Attr{"value", list})
	default:
		it.Attrs = append(it.Attrs, Attr{"value", data})
	}
	if name == "" { // Registry.pol of an image cannot hold it
		it.Attrs = append(it.Attrs, Attr{"policy", false})
		it.Note = "a default value: it goes to the registry only, since Registry.pol cannot hold it"
	}
	r.add(it)
}

// binary is registry data from hex digits.
func binary(hexDigits string) ([]byte, error) {
	return hex.DecodeString(strings.NewReplacer(" ", "", ",", "", "-", "").Replace(strings.TrimPrefix(strings.ToLower(hexDigits), "0x")))
}
