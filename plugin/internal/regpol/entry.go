package regpol

import (
	"encoding/binary"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// The commands that [MS-GPREG] 3.2.5.1 and "Registry Policy File Format" (Windows documentation) know, as Windows compares them.
const (
	commandDel          = "**DEL."
	commandDelVals      = "**DELVALS"
	commandDeleteValues = "**DELETEVALUES"
	commandDeleteKeys   = "**DELETEKEYS"
)

// sets reports whether the entry sets exactly this value.
func (e Entry) sets(key, name string) bool {
	return !strings.HasPrefix(e.Name, "**") && upcase.Equal(e.Name, name) && upcase.Equal(e.Key, key)
}

// isDel reports whether the entry deletes this value and no other.
func (e Entry) isDel(key, name string) bool {
	return upcase.Equal(e.Key, key) && upcase.Fold(e.Name) == commandDel+upcase.Fold(name)
}

// deletes reports whether the entry deletes this value, alone or with others.
func (e Entry) deletes(key, name string) bool {
	if !strings.HasPrefix(e.Name, "**") { // nearly all
		return false
	}
	command := upcase.Fold(e.Name)
	if strings.HasPrefix(command, commandDeleteKeys) {
		for _, sub := range e.list(command, commandDeleteKeys) {
			gone := upcase.Fold(e.Key) + `\` + upcase.Fold(sub)
			if k := upcase.Fold(key); k == gone || strings.HasPrefix(k, gone+`\`) {
				return true
			}
		}
		return false
	}
	if !upcase.Equal(e.Key, key) {
		return false
	}
	switch {
	case command == commandDel+upcase.Fold(name):
		return true
	case command == commandDelVals || command == commandDelVals+".":
		return true
	case strings.HasPrefix(command, commandDeleteValues):
		for _, v := range e.list(command, commandDeleteValues) {
			if upcase.Equal(v, name) {
				return true
			}
		}
	}
	return false
}

// list is the semicolon-delimited list of a command: in its data, as documented, or behind its name, as some tools write it.
func (e Entry) list(command, verb string) []string {
	var items []string
	for _, text := range []string{dataText(e.Data), strings.TrimPrefix(command, verb)} {
		for item := range strings.SplitSeq(text, ";") {
			if item = strings.Trim(strings.TrimSpace(item), `\`); item != "" {
				items = append(items, item)
			}
		}
	}
	return items
}

// dataText reads data as UTF-16 up to the first NUL.
func dataText(data []byte) string {
	var units []uint16
	for i := 0; i+1 < len(data); i += 2 {
		u := binary.LittleEndian.Uint16(data[i:])
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return upcase.String(units)
}
