package inspect

import (
	"bytes"
	"strings"
	"unicode/utf16"
)

// infVersion is what the section [Version] of a driver's INF file says.
type infVersion struct {
	class, provider, date, version string
}

// parseINF reads the section [Version] of an INF file ("INF Version Section" of
// the Windows driver documentation): UTF-16 with its mark, or one byte for each
// character. Names such as %Vendor% come from the section [Strings]. What is
// missing stays empty.
func parseINF(b []byte) infVersion {
	sections := map[string]map[string]string{"version": {}, "strings": {}}
	current := ""
	for line := range strings.SplitSeq(infText(b), "\n") {
		line = strings.TrimSpace(withoutComment(line))
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			current = strings.ToLower(strings.TrimSpace(line[1 : len(line)-1]))
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if values := sections[current]; ok && values != nil && len(values) < 4096 {
			key := strings.ToLower(strings.TrimSpace(name))
			if _, twice := values[key]; !twice { // the first counts
				values[key] = strings.TrimSpace(value)
			}
		}
	}
	get := func(key string) string { return resolve(sections["version"][key], sections["strings"]) }
	v := infVersion{class: get("class"), provider: get("provider")}
	date, version, _ := strings.Cut(get("driverver"), ",")
	v.date, v.version = strings.TrimSpace(date), strings.TrimSpace(version)
	return v
}

// resolve replaces %name% and takes quotes away.
func resolve(s string, words map[string]string) string {
	s = strings.Trim(s, `"`)
	if len(s) > 2 && s[0] == '%' && s[len(s)-1] == '%' {
		if w, ok := words[strings.ToLower(s[1:len(s)-1])]; ok {
			return strings.Trim(w, `"`)
		}
	}
	return s
}

// withoutComment cuts what follows a semicolon that stands in no quotes.
func withoutComment(line string) string {
	quoted := false
	for i := range len(line) {
		switch line[i] {
		case '"':
			quoted = !quoted
		case ';':
			if !quoted {
				return line[:i]
			}
		}
	}
	return line
}

// infText decodes an INF file.
func infText(b []byte) string {
	if rest, ok := bytes.CutPrefix(b, []byte{0xff, 0xfe}); ok {
		u := make([]uint16, len(rest)/2)
		for i := range u {
			u[i] = uint16(rest[2*i]) | uint16(rest[2*i+1])<<8
		}
		return string(utf16.Decode(u))
	}
	b = bytes.TrimPrefix(b, []byte{0xef, 0xbb, 0xbf})
	r := make([]rune, len(b)) // what stands in [Version] is ASCII in practice
	for i, c := range b {
		r[i] = rune(c)
	}
	return string(r)
}
