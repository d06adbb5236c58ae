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

// splitQuoted splits at commas outside of quotes; two quotes within quotes are one.
func splitQuoted(s string) ([]string, bool) {
	var out []string
	var field strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' && quoted && i+1 < len(s) && s[i+1] == '"':
			field.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			out = append(out, field.String())
			field.Reset()
		default:
			field.WriteByte(c)
		}
	}
	return append(out, field.String()), !quoted
}
