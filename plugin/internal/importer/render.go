package importer

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/gpo"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

// named is an item with the name that its setting gets.
type named struct {
	gpo.Item
	name string
}

// names gives every item a name that is unique within the module.
func names(items []gpo.Item) []named {
	taken := map[string]bool{}
	next := map[string]int{} // by stem: the number to try first, so that many of one name stay cheap
	out := make([]named, len(items))
	for i, it := range items {
		name := slug(it.Label)
		if taken[name] || name == "" {
			name = slug(lastPart(it) + " " + it.Label)
		}
		if name == "" { // no letter of it can stand in a name
			name = slug(it.Kind)
		}
		stem := name
		for n := max(next[stem], 2); taken[name]; n++ {
			next[stem] = n + 1
			name = cutSlug(stem, maxSlug-len(strconv.Itoa(n))-1) + "-" + strconv.Itoa(n)
		}
		taken[name] = true
		out[i] = named{it, name}
	}
	return out
}

// lastPart is the last component of an item's key.
func lastPart(it gpo.Item) string {
	for _, a := range it.Attrs {
		if s, ok := a.Value.(string); ok && (a.Name == "key" || a.Name == "collection" || a.Name == "path") {
			return s[strings.LastIndex(s, `\`)+1:]
		}
	}
	return it.Kind
}

const maxSlug = 64

// slug makes a name of a text: small letters, digits and single hyphens, with a hyphen where a capital begins a word.
func slug(text string) string {
	var b strings.Builder
	small := false
	for _, r := range strings.Map(plain, text) {
		switch {
		case r >= 'A' && r <= 'Z':
			if small {
				b.WriteByte('-')
			}
			b.WriteRune(unicode.ToLower(r))
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
		small = r >= 'a' && r <= 'z'
	}
	parts := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '-' })
	s := strings.Join(parts, "-")
	if s == "" {
		return ""
	}
	if s[0] >= '0' && s[0] <= '9' || len(s) <= 4 { // a digit begins no name, and some short ones are devices on Windows
		s = "value-" + s
	}
	return cutSlug(s, maxSlug)
}

func cutSlug(s string, n int) string { return strings.TrimRight(s[:min(n, len(s))], "-") }

// plain writes Swedish letters without their marks.
func plain(r rune) rune {
	if i := strings.IndexRune("åäöÅÄÖéü", r); i >= 0 {
		return map[rune]rune{'å': 'a', 'ä': 'a', 'ö': 'o', 'Å': 'A', 'Ä': 'A', 'Ö': 'O', 'é': 'e', 'ü': 'u'}[r]
	}
	return r
}

// render writes a module in the canonical layout.
func render(module, source, title string, items []named) ([]byte, error) {
	var b bytes.Buffer
	what := source
	if title != "" {
		what = title
	}
	fmt.Fprintf(&b, "# Imported from %s by wmclient import. Nobody has judged these settings: severities and reasons are placeholders.\n", oneLine(source))
	fmt.Fprintf(&b, "module %s {\n  version = \"0.1.0\"\n  method  = \"policies\"\n  title = {\n    en = %s\n    sv = %s\n  }\n  builds = \">= 14393\"\n", quote(module),
		quote("Imported: "+oneLine(what)), quote("Hämtat: "+oneLine(what)))
	fmt.Fprintf(&b, "  summary = {\n    en = %s\n    sv = %s\n  }\n  severity_source = %s\n",
		quote("Settings taken over from "+oneLine(what)+" as they were. A person must choose which of them belong on a medical client, and say why."),
		quote("Inställningar som har tagits över från "+oneLine(what)+" som de var. En människa måste välja vilka som hör hemma på en medicinteknisk klient, och säga varför."),
		quote("none: imported and not judged; every severity is a placeholder"))
	for _, it := range items {
		writeSetting(&b, it)
	}
	b.WriteString("}\n")
	return profile.Format("modules/"+module+".hcl", b.Bytes())
}

func writeSetting(b *bytes.Buffer, it named) {
	b.WriteString("\n")
	var places []string
	for _, p := range it.At {
		places = append(places, p.String())
	}
	const enough = 8
	if n := len(places); n > enough {
		places = append(places[:enough], fmt.Sprintf("and %d more", n-enough))
	}
	fmt.Fprintf(b, "  # %s\n", oneLine(strings.Join(slices.Compact(places), ", ")))
	if it.Note != "" {
		fmt.Fprintf(b, "  # Note: %s.\n", oneLine(it.Note))
	}
	fmt.Fprintf(b, "  setting %s %s {\n", quote(it.Kind), quote(it.name))
	for _, a := range it.Attrs {
		fmt.Fprintf(b, "    %s = %s\n", a.Name, expression(a.Value))
	}
	at := oneLine(it.At[0].String())
	at = at[strings.LastIndexByte(at, '/')+1:] // the comment has the whole path
	fmt.Fprintf(b, "    severity = \"medium\"\n    rationale = {\n      en = %s\n      sv = %s\n    }\n  }\n",
		quote("Imported from "+at+". Nobody has judged it yet: replace this text with the reason why a medical client needs it, or remove the setting."),
		quote("Hämtad från "+at+". Ingen har bedömt den ännu: ersätt texten med skälet till att en medicinteknisk klient behöver den, eller ta bort inställningen."))
}

// oneLine keeps what a source says of itself from breaking out of a comment, and from looking like something else in an editor.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }), " ")
}

// expression writes a value as HCL.
func expression(v any) string {
	switch v := v.(type) {
	case string:
		return quote(v)
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		if v > 1<<53 { // beyond it not every reader of HCL keeps a number whole
			return quote(strconv.FormatUint(v, 10))
		}
		return strconv.FormatUint(v, 10)
	case []string:
		return list(v, quote)
	case []map[string]string:
		return list(v, func(m map[string]string) string {
			keys := make([]string, 0, len(m))
			for k := range m {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			var b strings.Builder
			b.WriteString("{\n")
			for _, k := range keys {
				fmt.Fprintf(&b, "%s = %s\n", k, quote(m[k]))
			}
			return b.String() + "}"
		})
	}
	return quote(fmt.Sprint(v))
}

func list[T any](items []T, write func(T) string) string {
	if len(items) == 0 {
		return "[]"
	}
	var b strings.Builder
	b.WriteString("[\n")
	for _, it := range items {
		b.WriteString(write(it) + ",\n")
	}
	return b.String() + "]"
}

// Quote writes a string as HCL, so that nothing in it is taken for a template.
func Quote(s string) string { return quote(s) }

// quote writes a string in quotes, so that nothing in it is taken for a template.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '\\' || r == '"':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff':
			fmt.Fprintf(&b, `\u%04x`, r)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(r)
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
