package lab

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

// The hives' contents are written as text, so that they can be read and
// checked by people:
//
//	[Key\Path]                    the key, made if missing; [] is the root
//	security = O:SYG:SY...        its descriptor in SDDL; below it, new keys inherit
//	Name = dword 1                a value: type, blank, data; @ is the default value
//	Name = multi a|b              "" is an empty string in a list
//	Name = binary 01 02
//	Name = 0x1f4                  a type by number, without data
//	?17763- Name = ...            for these builds only (see data/services.csv)
//
// Lines that begin with # are comments. {words} are replaced (facts.go).

// hiveText applies the text to a new hive.
type hiveText struct {
	hive  *regf.Hive
	epoch regf.FileTime
	build int
	key   string
}

// newHive makes a hive from a text, whose first section must be the root with
// its descriptor.
func newHive(name, text string, build int, epoch regf.FileTime) (*regf.Hive, error) {
	t := hiveText{epoch: epoch, build: build}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := t.line(name, line); err != nil {
			return nil, fmt.Errorf("make hive %q: line %d: %w", name, i+1, err)
		}
	}
	if t.hive == nil {
		return nil, fmt.Errorf("make hive %q: no root descriptor", name)
	}
	return t.hive, nil
}

func (t *hiveText) line(hive, line string) error {
	if rest, ok := strings.CutPrefix(line, "?"); ok {
		builds, rest, ok := strings.Cut(rest, " ")
		if !ok {
			return fmt.Errorf("nothing after the builds %q", builds)
		}
		here, err := inBuilds(builds, t.build)
		if err != nil || !here {
			return err
		}
		line = rest
	}
	if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
		t.key = line[1 : len(line)-1]
		if t.hive == nil {
			return nil
		}
		_, err := t.hive.CreateKey(t.key, t.epoch)
		return err
	}
	name, data, ok := strings.Cut(line, " = ")
	if !ok {
		return fmt.Errorf("%q is neither a key nor a value", line)
	}
	if name == "security" {
		return t.security(hive, data)
	}
	if t.hive == nil {
		return fmt.Errorf("the root's descriptor must come first")
	}
	typ, raw, err := parseData(data)
	if err != nil {
		return fmt.Errorf("value %q: %w", name, err)
	}
	if name == "@" {
		name = ""
	}
	_, err = t.hive.SetValue(t.key, name, typ, raw, t.epoch)
	return err
}

func (t *hiveText) security(hive, sddl string) error {
	sd, err := descriptor(sddl, secdesc.KeyMapping())
	if err != nil {
		return err
	}
	if t.hive == nil {
		t.hive, err = regf.New(`\SystemRoot\System32\Config\`+hive, sd, t.epoch)
		return err
	}
	_, err = t.hive.SetSecurity(t.key, sd, t.epoch)
	return err
}

// descriptor turns SDDL into the bytes of a descriptor. Generic rights stay
// where they are only handed on, and are mapped where they count, as in every
// stored descriptor.
func descriptor(sddl string, mapping secdesc.GenericMapping) ([]byte, error) {
	d, err := secdesc.ParseSDDL(sddl)
	if err != nil {
		return nil, err
	}
	for _, l := range []*secdesc.ACL{d.DACL, d.SACL} {
		if l == nil {
			continue
		}
		for i := range l.ACEs {
			if l.ACEs[i].Flags&secdesc.InheritOnly == 0 {
				l.ACEs[i].Mask = mapping.Map(l.ACEs[i].Mask)
			}
		}
	}
	return d.Marshal()
}

// parseData reads "type data".
func parseData(s string) (regf.ValueType, []byte, error) {
	kind, data, _ := strings.Cut(s, " ")
	switch kind {
	case "sz":
		return regf.SZ, regf.StringData(data), nil
	case "expand":
		return regf.ExpandSZ, regf.StringData(data), nil
	case "multi":
		var list []string
		for part := range strings.SplitSeq(data, "|") {
			if part != "" {
				list = append(list, strings.TrimSuffix(strings.TrimPrefix(part, `"`), `"`))
			}
		}
		return regf.MultiSZ, regf.StringsData(list), nil
	case "dword":
		n, err := strconv.ParseUint(data, 0, 32)
		return regf.DWord, regf.DWordData(uint32(n)), err
	case "qword":
		n, err := strconv.ParseUint(data, 0, 64)
		return regf.QWord, regf.QWordData(n), err
	case "binary":
		b, err := hex.DecodeString(strings.ReplaceAll(data, " ", ""))
		return regf.Binary, b, err
	}
	if n, err := strconv.ParseUint(kind, 0, 32); err == nil && data == "" {
		return regf.ValueType(n), nil, nil
	}
	return 0, nil, fmt.Errorf("unknown type %q", kind)
}
