package regpol

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Scope says which of the two Registry.pol files is meant.
type Scope string

// The scopes.
const (
	Machine Scope = "machine"
	User    Scope = "user"
)

// The registry extension and the tools that edit its settings, per scope ([MS-GPREG] 1.9; gpedit writes these pairs).
const (
	registryExtension = "{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"
	machineTool       = "{D02B1F72-3407-48AE-BA88-E8213C6761F1}"
	userTool          = "{D02B1F73-3407-48AE-BA88-E8213C6761F1}"
	generalSection    = "General"
	versionKey        = "Version"
)

// maxGPT is far more than any gpt.ini has.
const maxGPT = 1 << 20

// GPT is a gpt.ini file.
type GPT struct {
	lines []string
	wide  bool // UTF-16LE with a byte order mark, as some tools write it; otherwise bytes are kept as they stand
}

// ParseGPT reads a gpt.ini file. No bytes at all are an empty file.
func ParseGPT(b []byte) (*GPT, error) {
	fail := func(at int, reason string) error { return &SyntaxError{File: "gpt.ini", Offset: at, Reason: reason} }
	if len(b) > maxGPT {
		return nil, fail(0, fmt.Sprintf("the file has %d bytes; at most %d are read", len(b), maxGPT))
	}
	g, text := new(GPT), string(b)
	if len(b) >= 2 && b[0] == 0xff && b[1] == 0xfe {
		if len(b)%2 != 0 {
			return nil, fail(len(b)-1, "half a character at the end")
		}
		g.wide = true
		units := make([]uint16, 0, len(b)/2)
		for i := 2; i < len(b); i += 2 {
			units = append(units, binary.LittleEndian.Uint16(b[i:]))
		}
		text = string(utf16.Decode(units))
		if !slices.Equal(utf16.Encode([]rune(text)), units) {
			return nil, fail(2, "an unpaired surrogate")
		}
	}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return nil, fail(i, "a NUL: this is no text file (UTF-16 needs its byte order mark)")
	}
	if text != "" {
		g.lines = strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	}
	return g, nil
}

// Bytes writes the file in the encoding that it had; lines end in CR LF.
func (g *GPT) Bytes() []byte {
	text := ""
	if len(g.lines) > 0 {
		text = strings.Join(g.lines, "\r\n") + "\r\n"
	}
	if !g.wide {
		return []byte(text)
	}
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// Version returns the version of a scope's policies: the low 16 bits are the machine's, the high 16 the user's. 0 means that there
// are none, and Windows then skips them.
func (g *GPT) Version(s Scope) (uint16, error) {
	n, err := g.version()
	if s == User {
		return uint16(n >> 16), err
	}
	return uint16(n), err
}

func (g *GPT) version() (uint32, error) {
	text, ok := g.get(versionKey)
	if !ok || text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("read gpt.ini: the version %q is no number of 32 bits", text)
	}
	return uint32(n), nil
}

// Announces reports whether Windows applies the scope's Registry.pol at all: its version is not 0, and the registry extension is
// listed for it, with whatever tool.
func (g *GPT) Announces(s Scope) (bool, error) {
	n, err := g.Version(s)
	if err != nil {
		return false, err
	}
	key := "gPCMachineExtensionNames"
	if s == User {
		key = "gPCUserExtensionNames"
	}
	list, _ := g.get(key)
	return n != 0 && strings.Contains(strings.ToUpper(list), "["+registryExtension), nil
}

// Touch announces that a scope's Registry.pol changed: the registry extension is listed, and the scope's version goes up by one.
// After 65535 comes 1, because 0 would make Windows skip the policies.
func (g *GPT) Touch(s Scope) error {
	key, tool := "gPCMachineExtensionNames", machineTool
	if s == User {
		key, tool = "gPCUserExtensionNames", userTool
	}
	old, _ := g.get(key)
	names, err := withExtension(old, tool)
	if err != nil {
		return fmt.Errorf("update gpt.ini: %s: %w", key, err)
	}
	n, err := g.version()
	if err != nil {
		return err
	}
	machine, user := uint16(n), uint16(n>>16)
	if s == User {
		user = next(user)
	} else {
		machine = next(machine)
	}
	g.set(key, names)
	g.set(versionKey, strconv.FormatUint(uint64(user)<<16|uint64(machine), 10))
	return nil
}

func next(n uint16) uint16 { return max(n+1, 1) }

// withExtension adds the registry extension with a tool to a list "[{extension}{tool}...][...]", which Windows keeps sorted.
func withExtension(list, tool string) (string, error) {
	var groups []string
	for rest := strings.TrimSpace(list); rest != ""; {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 || !isGUIDs(rest[1:end]) {
			return "", fmt.Errorf("%q is no list of extensions", list)
		}
		groups = append(groups, rest[1:end])
		rest = rest[end+1:]
	}
	i := slices.IndexFunc(groups, func(g string) bool { return strings.EqualFold(g[:guidLength], registryExtension) })
	if i < 0 {
		i = len(groups)
		groups = append(groups, registryExtension)
	}
	if !strings.Contains(strings.ToUpper(groups[i][guidLength:]), tool) {
		tools := append(splitGUIDs(groups[i][guidLength:]), tool)
		sortFold(tools)
		groups[i] = groups[i][:guidLength] + strings.Join(tools, "")
	}
	sortFold(groups)
	return "[" + strings.Join(groups, "][") + "]", nil
}

const guidLength = len(registryExtension)

func isGUIDs(s string) bool {
	if s == "" || len(s)%guidLength != 0 {
		return false
	}
	for _, g := range splitGUIDs(s) {
		if g[0] != '{' || g[guidLength-1] != '}' || strings.Trim(g[1:guidLength-1], "0123456789abcdefABCDEF-") != "" {
			return false
		}
	}
	return true
}

func splitGUIDs(s string) []string {
	var list []string
	for ; len(s) >= guidLength; s = s[guidLength:] {
		list = append(list, s[:guidLength])
	}
	return list
}

func sortFold(list []string) {
	slices.SortStableFunc(list, func(a, b string) int { return strings.Compare(strings.ToUpper(a), strings.ToUpper(b)) })
}

// find returns the line of a key of [General], or the line before which it belongs.
func (g *GPT) find(key string) (line int, found bool) {
	inside, end := false, -1
	for i, l := range g.lines {
		t := strings.TrimSpace(l)
		if i == 0 {
			t = strings.TrimPrefix(t, "\ufeff") // a UTF-8 byte order mark
		}
		switch {
		case strings.HasPrefix(t, "[") && strings.HasSuffix(t, "]"):
			inside = strings.EqualFold(t[1:len(t)-1], generalSection)
			if inside && end < 0 {
				end = i + 1
			}
		case inside && t != "":
			if name, _, ok := strings.Cut(t, "="); ok && strings.EqualFold(strings.TrimSpace(name), key) {
				return i, true
			}
			end = i + 1
		}
	}
	return end, false
}

func (g *GPT) get(key string) (string, bool) {
	i, ok := g.find(key)
	if !ok {
		return "", false
	}
	_, value, _ := strings.Cut(g.lines[i], "=")
	return strings.TrimSpace(value), true
}

func (g *GPT) set(key, value string) {
	line := key + "=" + value
	i, ok := g.find(key)
	switch {
	case ok:
		name, _, _ := strings.Cut(g.lines[i], "=")
		g.lines[i] = name + "=" + value
	case i < 0:
		g.lines = append(g.lines, "["+generalSection+"]", line)
	default:
		g.lines = slices.Insert(g.lines, i, line)
	}
}
