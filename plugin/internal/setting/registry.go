package setting

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// PolicyScope says which Registry.pol an entry belongs to.
type PolicyScope string

// The two scopes of local group policy.
const (
	ScopeMachine PolicyScope = "machine" // GroupPolicy\Machine\Registry.pol: HKLM
	ScopeUser    PolicyScope = "user"    // GroupPolicy\User\Registry.pol: HKCU
)

// ValueType is a registry value type by its short name.
type ValueType string

// The registry value types ([MS-RRP] 3.1.1.5, winnt.h).
const (
	TypeNone     ValueType = "none"
	TypeSZ       ValueType = "sz"
	TypeExpandSZ ValueType = "expand_sz"
	TypeBinary   ValueType = "binary"
	TypeDWord    ValueType = "dword"
	TypeDWordBE  ValueType = "dword_be"
	TypeLink     ValueType = "link"
	TypeMultiSZ  ValueType = "multi_sz"
	TypeResource ValueType = "resource_list"
	TypeFullRes  ValueType = "full_resource_descriptor"
	TypeResReqs  ValueType = "resource_requirements_list"
	TypeQWord    ValueType = "qword"
)

// valueTypes is indexed by the number that hives and Registry.pol use.
var valueTypes = [...]ValueType{TypeNone, TypeSZ, TypeExpandSZ, TypeBinary, TypeDWord, TypeDWordBE, TypeLink, TypeMultiSZ,
	TypeResource, TypeFullRes, TypeResReqs, TypeQWord}

// ValueTypes lists all types in the order of their numbers.
func ValueTypes() []ValueType { return append([]ValueType(nil), valueTypes[:]...) }

// ValueTypeOf names the type with the given number; unknown numbers (SAM uses some) become "type_<number>".
func ValueTypeOf(number uint32) ValueType {
	if int(number) < len(valueTypes) {
		return valueTypes[number]
	}
	return ValueType("type_" + strconv.FormatUint(uint64(number), 10))
}

// Number is the type's number in hives and Registry.pol; ok is false for a name that is no type.
func (t ValueType) Number() (number uint32, ok bool) {
	for i, v := range valueTypes {
		if v == t {
			return uint32(i), true
		}
	}
	if s, found := strings.CutPrefix(string(t), "type_"); found {
		n, err := strconv.ParseUint(s, 10, 32)
		return uint32(n), err == nil
	}
	return 0, false
}

// RegistryValue is a registry value as it is stored: the raw bytes, little-endian, strings as UTF-16LE.
type RegistryValue struct {
	Type ValueType
	Data []byte
}

// Text is the canonical text of a value, "dword:1", "sz:text", `multi_sz:["a","b"]`, "binary:00ff": equal text means that Windows
// reads the same. A string's terminating NULs do not count; data that its type does not allow is shown as "<type>!<hex>" and so
// never equals a well-formed value.
func (v RegistryValue) Text() string {
	malformed := fmt.Sprintf("%s!%s", v.Type, hex.EncodeToString(v.Data))
	switch v.Type {
	case TypeDWord, TypeDWordBE:
		if len(v.Data) != 4 {
			return malformed
		}
		n := binary.LittleEndian.Uint32(v.Data)
		if v.Type == TypeDWordBE {
			n = binary.BigEndian.Uint32(v.Data)
		}
		return fmt.Sprintf("%s:%d", v.Type, n)
	case TypeQWord:
		if len(v.Data) != 8 {
			return malformed
		}
		return fmt.Sprintf("%s:%d", v.Type, binary.LittleEndian.Uint64(v.Data))
	case TypeSZ, TypeExpandSZ, TypeLink:
		s, ok := decodeUTF16(v.Data)
		if !ok {
			return malformed
		}
		s = strings.TrimRight(s, "\x00")
		if strings.Contains(s, "\x00") {
			return malformed
		}
		return fmt.Sprintf("%s:%s", v.Type, s)
	case TypeMultiSZ:
		list, ok := decodeMulti(v.Data)
		if !ok {
			return malformed
		}
		return fmt.Sprintf("%s:%s", v.Type, jsonList(list))
	default:
		return fmt.Sprintf("%s:%s", v.Type, hex.EncodeToString(v.Data))
	}
}

// DWord makes a REG_DWORD.
func DWord(n uint32) RegistryValue {
	return RegistryValue{TypeDWord, binary.LittleEndian.AppendUint32(nil, n)}
}

// QWord makes a REG_QWORD.
func QWord(n uint64) RegistryValue {
	return RegistryValue{TypeQWord, binary.LittleEndian.AppendUint64(nil, n)}
}

// SZ makes a REG_SZ with its terminating NUL.
func SZ(s string) RegistryValue { return RegistryValue{TypeSZ, encodeUTF16(s + "\x00")} }

// ExpandSZ makes a REG_EXPAND_SZ with its terminating NUL.
func ExpandSZ(s string) RegistryValue { return RegistryValue{TypeExpandSZ, encodeUTF16(s + "\x00")} }

// MultiSZ makes a REG_MULTI_SZ. Empty strings cannot be stored in one: the caller refuses them.
func MultiSZ(list []string) RegistryValue {
	return RegistryValue{TypeMultiSZ, encodeUTF16(strings.Join(append(append([]string(nil), list...), ""), "\x00") + "\x00")}
}

// NormalKey brings a registry key into the one form that locations and ops use: HKLM or HKCU for the long names, single
// backslashes, none at the end. Whether the key may be set is for the kind to say.
func NormalKey(key string) string {
	parts := strings.FieldsFunc(key, func(r rune) bool { return r == '\\' })
	if len(parts) == 0 {
		return ""
	}
	switch strings.ToUpper(parts[0]) {
	case "HKLM", "HKEY_LOCAL_MACHINE":
		parts[0] = "HKLM"
	case "HKCU", "HKEY_CURRENT_USER":
		parts[0] = "HKCU"
	}
	return strings.Join(parts, `\`)
}

func encodeUTF16(s string) []byte {
	units := utf16.Encode([]rune(s))
	b := make([]byte, 0, 2*len(units))
	for _, u := range units {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// decodeUTF16 refuses odd lengths and unpaired surrogates: neither has a text of its own.
func decodeUTF16(b []byte) (string, bool) {
	if len(b)%2 != 0 {
		return "", false
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	text := string(utf16.Decode(units))
	if !slices.Equal(utf16.Encode([]rune(text)), units) {
		return "", false
	}
	return text, true
}

func decodeMulti(b []byte) ([]string, bool) {
	s, ok := decodeUTF16(b)
	if !ok {
		return nil, false
	}
	if s == "" || strings.Trim(s, "\x00") == "" {
		return nil, true
	}
	body, ok := strings.CutSuffix(s, "\x00")
	if !ok {
		return nil, false
	}
	body = strings.TrimSuffix(body, "\x00")
	list := strings.Split(body, "\x00")
	if slices.Contains(list, "") { // an empty string ends the list for Windows: what stands behind it is lost
		return nil, false
	}
	return list, true
}

func jsonList(list []string) string {
	if list == nil {
		list = []string{}
	}
	var sb strings.Builder
	enc := json.NewEncoder(&sb)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(list); err != nil { // strings always encode
		return fmt.Sprintf("%q", list)
	}
	return strings.TrimSuffix(sb.String(), "\n")
}
