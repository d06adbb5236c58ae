package standin

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// regCall is one call of reg.exe.
type regCall struct {
	verb, key string
	name      string // of the value
	one       bool   // a value is named
	typ, data string
	dataGiven bool
	force     bool
}

var errNoKey = errors.New("ERROR: The system was unable to find the specified registry key or value")

// reg is reg query, add and delete. The view of 64 bits is the only one.
func reg(s *session, rest string) (uint32, error) {
	c, err := parseReg(splitArguments(rest))
	if err != nil {
		return 0, err
	}
	switch c.verb {
	case "query":
		return 0, s.m.regQuery(c, s.c.Stdout)
	case "add":
		err = s.m.regAdd(c)
	default:
		err = s.m.regDelete(c)
	}
	if err != nil {
		return 0, err
	}
	_, err = io.WriteString(s.c.Stdout, "The operation completed successfully.\r\n")
	return 0, err
}

func parseReg(args []string) (regCall, error) {
	var c regCall
	if len(args) < 2 {
		return c, unknownError{"reg with so few arguments"}
	}
	c.verb, c.key, c.typ = strings.ToLower(args[0]), longKey(args[1]), "REG_SZ"
	if c.verb != "query" && c.verb != "add" && c.verb != "delete" {
		return c, unknownError{"reg " + strconv.Quote(args[0])}
	}
	for i := 2; i < len(args); i++ {
		value := func() string {
			if i++; i < len(args) {
				return args[i]
			}
			return ""
		}
		switch strings.ToLower(args[i]) {
		case "/v":
			c.name, c.one = value(), true
		case "/ve":
			c.one = true
		case "/f":
			c.force = true
		case "/reg:64":
		case "/t":
			c.typ = strings.ToUpper(value())
		case "/d":
			c.data, c.dataGiven = value(), true
		default:
			return c, unknownError{"reg " + c.verb + " " + strconv.Quote(args[i])}
		}
	}
	return c, nil
}

// longKey writes out the root's name, as reg.exe prints it.
func longKey(key string) string {
	for short, long := range map[string]string{"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKU": "HKEY_USERS"} {
		if rest, ok := cutFold(key, short); ok {
			return long + rest
		}
	}
	return key
}

func (m *Machine) regQuery(c regCall, w io.Writer) error {
	names := []string{c.name}
	var keys []string
	var err error
	if !c.one {
		if names, err = m.RegistryValueNames(c.key); err == nil {
			keys, err = m.RegistryKeys(c.key)
		}
	}
	if errors.Is(err, setting.ErrAbsent) {
		return errNoKey
	}
	if err != nil {
		return err
	}
	var b strings.Builder
	if len(names) > 0 {
		fmt.Fprintf(&b, "\r\n%s\r\n", c.key)
	}
	for _, name := range names {
		v, err := m.RegistryValue(c.key, name)
		if errors.Is(err, setting.ErrAbsent) {
			return errNoKey
		}
		if err != nil {
			return err
		}
		typ, text, err := regText(v)
		if err != nil {
			return fmt.Errorf("value %s!%s: %w", c.key, name, err)
		}
		if name == "" {
			name = "(Default)"
		}
		fmt.Fprintf(&b, "    %s    %s    %s\r\n", name, typ, text)
	}
	b.WriteString("\r\n")
	for _, k := range keys {
		fmt.Fprintf(&b, "%s\\%s\r\n", c.key, k)
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// regText is a value as reg.exe prints it.
func regText(v setting.RegistryValue) (typ, text string, err error) {
	switch v.Type {
	case setting.TypeDWord:
		if len(v.Data) == 4 {
			return "REG_DWORD", fmt.Sprintf("0x%x", binary.LittleEndian.Uint32(v.Data)), nil
		}
	case setting.TypeQWord:
		if len(v.Data) == 8 {
			return "REG_QWORD", fmt.Sprintf("0x%x", binary.LittleEndian.Uint64(v.Data)), nil
		}
	case setting.TypeBinary:
		return "REG_BINARY", strings.ToUpper(hex.EncodeToString(v.Data)), nil
	case setting.TypeSZ, setting.TypeExpandSZ:
		if text, ok := strings.CutPrefix(v.Text(), string(v.Type)+":"); ok {
			return "REG_" + strings.ToUpper(string(v.Type)), text, nil
		}
	}
	return "", "", unknownError{"printing " + v.Text()}
}

func (m *Machine) regAdd(c regCall) error {
	if !c.one && !c.dataGiven {
		_, err := m.CreateRegistryKey(c.key)
		return err
	}
	v, err := regValue(c)
	if err != nil {
		return err
	}
	if _, err := m.RegistryValue(c.key, c.name); err == nil && !c.force {
		return unknownError{"the question whether to overwrite; give /f"}
	}
	_, err = m.SetRegistryValue(c.key, c.name, v)
	return err
}

// regValue makes a value of /t and /d.
func regValue(c regCall) (setting.RegistryValue, error) {
	switch c.typ {
	case "REG_SZ":
		return setting.SZ(c.data), nil
	case "REG_EXPAND_SZ":
		return setting.ExpandSZ(c.data), nil
	case "REG_MULTI_SZ":
		var list []string
		if c.data != "" {
			list = strings.Split(c.data, `\0`)
		}
		return setting.MultiSZ(list), nil
	case "REG_DWORD", "REG_QWORD":
		bits := map[string]int{"REG_DWORD": 32, "REG_QWORD": 64}[c.typ]
		n, err := strconv.ParseUint(c.data, 0, bits)
		if err != nil {
			return setting.RegistryValue{}, fmt.Errorf("ERROR: Invalid syntax: %q is no number", c.data)
		}
		if bits == 32 {
			return setting.DWord(uint32(n)), nil
		}
		return setting.QWord(n), nil
	case "REG_BINARY":
		data, err := hex.DecodeString(c.data)
		if err != nil {
			return setting.RegistryValue{}, fmt.Errorf("ERROR: Invalid syntax: %q is not hexadecimal", c.data)
		}
		return setting.RegistryValue{Type: setting.TypeBinary, Data: data}, nil
	}
	return setting.RegistryValue{}, unknownError{"reg add /t " + c.typ}
}

func (m *Machine) regDelete(c regCall) error {
	if !c.force {
		return unknownError{"the question whether to delete; give /f"}
	}
	var changed bool
	var err error
	if c.one {
		changed, err = m.DeleteRegistryValue(c.key, c.name)
	} else {
		changed, err = m.DeleteRegistryKey(c.key)
	}
	if err == nil && !changed {
		return errNoKey
	}
	return err
}
