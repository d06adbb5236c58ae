package secdesc

import (
	"fmt"
	"strconv"
	"strings"
)

// word pairs a two-letter word of the descriptor language with what it stands for.
type word[T any] struct {
	name  string
	value T
}

// SID aliases of [MS-DTYP] 2.5.1.1 whose identifier is the same on every
// machine. Aliases relative to a domain or machine (DA, LA, ...) are refused.
var sidWords = []word[string]{
	{"AC", "S-1-15-2-1"}, {"AN", "S-1-5-7"}, {"AO", "S-1-5-32-548"}, {"AU", "S-1-5-11"},
	{"BA", "S-1-5-32-544"}, {"BG", "S-1-5-32-546"}, {"BO", "S-1-5-32-551"}, {"BU", "S-1-5-32-545"},
	{"CG", "S-1-3-1"}, {"CO", "S-1-3-0"}, {"HI", "S-1-16-12288"}, {"IU", "S-1-5-4"},
	{"LS", "S-1-5-19"}, {"LU", "S-1-5-32-559"}, {"LW", "S-1-16-4096"}, {"ME", "S-1-16-8192"},
	{"MU", "S-1-5-32-558"}, {"NO", "S-1-5-32-556"}, {"NS", "S-1-5-20"}, {"NU", "S-1-5-2"},
	{"OW", "S-1-3-4"}, {"PO", "S-1-5-32-550"}, {"PS", "S-1-5-10"}, {"PU", "S-1-5-32-547"},
	{"RC", "S-1-5-12"}, {"RD", "S-1-5-32-555"}, {"RE", "S-1-5-32-552"}, {"RU", "S-1-5-32-554"},
	{"SI", "S-1-16-16384"}, {"SO", "S-1-5-32-549"}, {"SU", "S-1-5-6"}, {"SY", "S-1-5-18"},
	{"WD", "S-1-1-0"}, {"WR", "S-1-5-33"},
}

var typeWords = []word[ACEType]{
	{"A", Allow}, {"D", Deny}, {"AU", Audit}, {"AL", Alarm}, {"ML", MandatoryLabel},
}

var flagWords = []word[ACEFlags]{
	{"OI", ObjectInherit}, {"CI", ContainerInherit}, {"NP", NoPropagate}, {"IO", InheritOnly},
	{"ID", Inherited}, {"SA", AuditSuccess}, {"FA", AuditFailure},
}

// wholeRights are written only where they are the whole mask, so that the text
// of a mask is the same whichever kind of object it is for. KX is read as KR.
var wholeRights = []word[uint32]{
	{"FA", 0x1f01ff}, {"FR", 0x120089}, {"FW", 0x120116}, {"FX", 0x1200a0},
	{"KA", 0xf003f}, {"KR", 0x20019}, {"KW", 0x20006}, {"KX", 0x20019},
	{"GA", GenericAll}, {"GR", GenericRead}, {"GW", GenericWrite}, {"GX", GenericExecute},
}

// bitRights are read, and never written: a mask of several bits stays a number.
var bitRights = []word[uint32]{
	{"RC", 0x20000}, {"SD", 0x10000}, {"WD", 0x40000}, {"WO", 0x80000},
	{"CC", 1}, {"DC", 2}, {"LC", 4}, {"SW", 8}, {"RP", 0x10}, {"WP", 0x20}, {"DT", 0x40}, {"LO", 0x80}, {"CR", 0x100},
}

var labelRights = []word[uint32]{{"NW", 1}, {"NR", 2}, {"NX", 4}}

var daclControls = []word[Control]{{"P", DACLProtected}, {"AR", DACLAutoInheritReq}, {"AI", DACLAutoInherited}}

var saclControls = []word[Control]{{"P", SACLProtected}, {"AR", SACLAutoInheritReq}, {"AI", SACLAutoInherited}}

func lookUp[T any](words []word[T], name string) (T, bool) {
	for _, w := range words {
		if strings.EqualFold(w.name, name) {
			return w.value, true
		}
	}
	var none T
	return none, false
}

// String returns the descriptor in the security descriptor definition language
// ([MS-DTYP] 2.5.1), which ParseSDDL reads back. Entries of types beyond that
// reader (object, conditional and unknown ones) are written with a number as
// type and their extra bytes in hexadecimal: readable, but not parsed again.
func (d *Descriptor) String() string {
	var s strings.Builder
	if d.Owner != "" {
		s.WriteString("O:" + sidText(d.Owner))
	}
	if d.Group != "" {
		s.WriteString("G:" + sidText(d.Group))
	}
	if d.Control&DACLPresent != 0 || d.DACL != nil {
		s.WriteString("D:")
		writeList(&s, d.DACL, d.Control, daclControls)
	}
	if d.Control&SACLPresent != 0 || d.SACL != nil {
		s.WriteString("S:")
		writeList(&s, d.SACL, d.Control, saclControls)
	}
	return s.String()
}

func writeList(s *strings.Builder, l *ACL, control Control, words []word[Control]) {
	for _, w := range words {
		if control&w.value != 0 {
			s.WriteString(w.name)
		}
	}
	if l == nil {
		s.WriteString("NO_ACCESS_CONTROL")
		return
	}
	for _, e := range l.ACEs {
		writeACE(s, e)
	}
}

func writeACE(s *strings.Builder, e ACE) {
	name := fmt.Sprintf("0x%02x", byte(e.Type))
	for _, w := range typeWords {
		if w.value == e.Type {
			name = w.name
		}
	}
	s.WriteString("(" + name + ";")
	for _, w := range flagWords {
		if e.Flags&w.value != 0 {
			s.WriteString(w.name)
		}
	}
	if e.Flags&0x20 != 0 {
		s.WriteString("0x20") // CRITICAL_ACE_FLAG and its like have no letters
	}
	fmt.Fprintf(s, ";%s;", maskText(e))
	if e.Object != "" {
		fmt.Fprintf(s, "%x", e.Object)
	}
	s.WriteString(";;" + sidText(e.SID))
	if e.Tail != "" {
		fmt.Fprintf(s, ";%x", e.Tail)
	}
	s.WriteString(")")
}

func maskText(e ACE) string {
	words := wholeRights
	if e.Type == MandatoryLabel {
		words = labelRights
	}
	for _, w := range words {
		if w.value == e.Mask {
			return w.name
		}
	}
	return fmt.Sprintf("0x%x", e.Mask)
}

func sidText(s SID) string {
	t := s.String()
	for _, w := range sidWords {
		if w.value == t {
			return w.name
		}
	}
	return t
}

// FromSDDL returns the binary form of a descriptor written as text, as
// ParseSDDL reads it.
func FromSDDL(s string) ([]byte, error) {
	d, err := ParseSDDL(s)
	if err != nil {
		return nil, err
	}
	b, err := d.Marshal()
	if err != nil {
		return nil, fmt.Errorf("parse security descriptor %q: %w", s, err)
	}
	return b, nil
}

// ParseSDDL reads the common subset of the security descriptor definition
// language: owner, group, both lists with P, AR and AI, entries of the types A,
// D, AU, AL and ML, rights as words or as a number, identities as S-1-... or as
// an alias that means the same on every machine. Object and conditional entries
// and domain aliases are refused.
func ParseSDDL(s string) (*Descriptor, error) {
	d := new(Descriptor)
	rest := s
	for rest != "" {
		if len(rest) < 2 || rest[1] != ':' {
			return nil, fmt.Errorf("parse security descriptor %q: expected O:, G:, D: or S: at %q", s, rest)
		}
		tag := rest[0] &^ 0x20
		body := rest[2:]
		end := partEnd(body)
		body, rest = body[:end], body[end:]
		var err error
		switch tag {
		case 'O':
			d.Owner, err = parseIdentity(body)
		case 'G':
			d.Group, err = parseIdentity(body)
		case 'D':
			d.Control |= DACLPresent
			d.DACL, err = parseList(body, &d.Control, daclControls)
		case 'S':
			d.Control |= SACLPresent
			d.SACL, err = parseList(body, &d.Control, saclControls)
		default:
			err = fmt.Errorf("unknown part %q", string(tag))
		}
		if err != nil {
			return nil, fmt.Errorf("parse security descriptor %q: %w", s, err)
		}
	}
	return d, nil
}

// partEnd returns where the next part ("D:") begins, outside parentheses.
func partEnd(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ':':
			if depth == 0 && i > 0 {
				return i - 1
			}
		}
	}
	return len(s)
}

func parseIdentity(s string) (SID, error) {
	if t, ok := lookUp(sidWords, s); ok {
		return ParseSID(t)
	}
	if len(s) == 2 {
		return "", fmt.Errorf("unknown or domain-relative alias %q: write the identifier out, as in S-1-5-32-544", s)
	}
	return ParseSID(s)
}

func parseList(s string, control *Control, words []word[Control]) (*ACL, error) {
	flags, rest, _ := strings.Cut(s, "(")
	null := false
	for flags != "" {
		if after, ok := strings.CutPrefix(flags, "NO_ACCESS_CONTROL"); ok {
			null, flags = true, after
			continue
		}
		n := min(2, len(flags))
		if flags[0] == 'P' || flags[0] == 'p' {
			n = 1
		}
		c, ok := lookUp(words, flags[:n])
		if !ok {
			return nil, fmt.Errorf("unknown list flag at %q (known: P, AR, AI)", flags)
		}
		*control |= c
		flags = flags[n:]
	}
	if null {
		return nil, nil
	}
	l := &ACL{Revision: 2}
	for rest != "" {
		body, after, ok := strings.Cut(rest, ")")
		if !ok || (after != "" && after[0] != '(') {
			return nil, fmt.Errorf("entry %q is not closed", "("+rest)
		}
		e, err := parseACE(body)
		if err != nil {
			return nil, fmt.Errorf("entry (%s): %w", body, err)
		}
		l.ACEs = append(l.ACEs, e)
		rest = strings.TrimPrefix(after, "(")
	}
	return l, nil
}

func parseACE(s string) (ACE, error) {
	f := strings.Split(s, ";")
	if len(f) != 6 || f[3] != "" || f[4] != "" {
		return ACE{}, fmt.Errorf("expected type;flags;rights;;;identity")
	}
	var e ACE
	var ok bool
	if e.Type, ok = lookUp(typeWords, f[0]); !ok {
		return e, fmt.Errorf("type %q is not supported (known: A, D, AU, AL, ML)", f[0])
	}
	for rest := f[1]; rest != ""; rest = rest[2:] {
		flag, ok := lookUp(flagWords, rest[:min(2, len(rest))])
		if !ok {
			return e, fmt.Errorf("unknown flag at %q", rest)
		}
		e.Flags |= flag
	}
	var err error
	if e.Mask, err = parseRights(f[2], e.Type); err != nil {
		return e, err
	}
	e.SID, err = parseIdentity(f[5])
	return e, err
}

func parseRights(s string, t ACEType) (uint32, error) {
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		n, err := strconv.ParseUint(s, 0, 32)
		if err != nil {
			return 0, fmt.Errorf("rights %q are no 32-bit number", s)
		}
		return uint32(n), nil
	}
	var mask uint32
	for rest := s; rest != ""; rest = rest[2:] {
		name := rest[:min(2, len(rest))]
		tables := [][]word[uint32]{wholeRights, bitRights}
		if t == MandatoryLabel {
			tables = [][]word[uint32]{labelRights}
		}
		found := false
		for _, table := range tables {
			if r, ok := lookUp(table, name); ok && !found {
				mask, found = mask|r, true
			}
		}
		if !found {
			return 0, fmt.Errorf("unknown rights at %q", rest)
		}
	}
	return mask, nil
}
