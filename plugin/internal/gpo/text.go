package gpo

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/baseline"
)

// lines decodes a text into its lines.
func lines(name string, src []byte) ([]string, hcl.Diagnostics) {
	text, err := baseline.Text(src)
	if err != nil {
		return nil, hcl.Diagnostics{fault(Place{File: name}, "Unreadable text", "%s.", err)}
	}
	return strings.Split(text, "\n"), nil
}

func parseUint(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) }

func parseJSONList(s string) ([]string, error) {
	var list []string
	if err := json.Unmarshal([]byte(s), &list); err != nil {
		return nil, fmt.Errorf("%q is no list of strings", s)
	}
	return list, nil
}

// splitQuoted splits at commas outside of quotes; two quotes within quotes are one, and blanks around a field mean nothing unless they are
// quoted.
func splitQuoted(s string) ([]string, bool) {
	var out []string
	var field strings.Builder
	quoted, kept := false, 0 // kept is how much of the field no blank at its end can take away
	end := func() {
		out = append(out, field.String()[:kept])
		field.Reset()
		kept = 0
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' && quoted && i+1 < len(s) && s[i+1] == '"':
			field.WriteByte('"')
			kept = field.Len()
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			end()
		case !quoted && (c == ' ' || c == '\t'):
			if kept > 0 {
				field.WriteByte(c)
			}
		default:
			field.WriteByte(c)
			kept = field.Len()
		}
	}
	end()
	return out, !quoted
}

// outside is what of a line stands outside of quotes.
func outside(line string) string {
	var b strings.Builder
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 0 {
			b.WriteString(part)
		} else {
			b.WriteByte('"')
		}
	}
	return b.String()
}
