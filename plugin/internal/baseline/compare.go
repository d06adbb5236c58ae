package baseline

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// absentText is what claims and facts of a registry value hold that is to be removed.
const absentText = "absent"

// meets reports whether what a plan has at a row's location satisfies the row. note says where more was done than asked.
func (r Row) meets(has string) (ok bool, note string) {
	switch scheme := r.Location.Scheme(); scheme {
	case "reg":
		return r.meetsRegistry(has), ""
	case "right":
		return r.meetsRight(has)
	case setting.SchemeGroup:
		return r.meetsList(has), ""
	case setting.SchemeAudit:
		return r.meetsAudit(has)
	case setting.SchemeAccountPolicy:
		return r.meetsRule(has), ""
	}
	return r.meetsText(has), ""
}

// meetsRegistry compares as loosely as a list is typed: it knows no types, so a number may be a dword or a string.
func (r Row) meetsRegistry(has string) bool {
	if has == absentText {
		return r.Operator == OpAbsent || r.Operator == OpEqualOrEmpty || r.Operator == OpNotEqual
	}
	kind, data, ok := strings.Cut(has, ":")
	if !ok || r.Operator == OpAbsent {
		return false
	}
	switch setting.ValueType(kind) {
	case setting.TypeDWord, setting.TypeDWordBE, setting.TypeQWord:
		return r.meetsNumber(data, signed(kind, data))
	case setting.TypeMultiSZ:
		return r.meetsList(data)
	case setting.TypeSZ, setting.TypeExpandSZ:
		if _, err := strconv.ParseInt(data, 10, 64); err == nil && ordered(r.Operator) {
			return r.meetsNumber(data, data)
		}
		return r.meetsText(data)
	}
	bare := strings.NewReplacer(" ", "", ",", "", "-", "", "0x", "").Replace(strings.ToLower(r.Wanted))
	return r.Operator == OpEqual && bare == data
}

func ordered(op string) bool { return op == OpAtLeast || op == OpAtMost || op == OpAtMostNot0 }

// signed is how PowerShell shows a dword: as a number that may be negative.
func signed(kind, data string) string {
	n, err := strconv.ParseUint(data, 10, 32)
	if err != nil || kind == string(setting.TypeQWord) {
		return data
	}
	return strconv.FormatInt(int64(int32(uint32(n))), 10) // the same 32 bits, read as PowerShell does
}

// meetsNumber compares numbers; either reading of the number may be meant.
func (r Row) meetsNumber(has, signedHas string) bool {
	want, err := strconv.ParseInt(strings.TrimSpace(r.Wanted), 0, 64)
	if err != nil {
		if r.Operator == OpNotEqual {
			return true // a number differs from every text
		}
		return r.Operator == OpEqualOrEmpty && has == "0" && r.Wanted == ""
	}
	n, err := strconv.ParseInt(has, 10, 64)
	if err != nil {
		return false
	}
	s, err := strconv.ParseInt(signedHas, 10, 64)
	if err != nil {
		return false
	}
	switch r.Operator {
	case OpEqual, OpEqualOrEmpty, OpContains:
		return n == want || s == want
	case OpNotEqual:
		return n != want && s != want
	case OpAtLeast:
		return n >= want
	case OpAtMost:
		return n <= want
	case OpAtMostNot0:
		return n <= want && n != 0
	}
	return false
}

// meetsRule compares a rule for passwords or lockout. Some numbers stand outside the order: no lockout at all is not at most ten attempts,
// a password that never expires is not at most sixty days old, and a lockout until an administrator unlocks is the longest.
func (r Row) meetsRule(has string) bool {
	atMost := r.Operator == OpAtMost || r.Operator == OpAtMostNot0
	switch rule := r.Location.Name(); {
	case has == "0" && atMost && strings.EqualFold(rule, "LockoutBadCount"):
		return false
	case has == "-1" && strings.EqualFold(rule, "MaximumPasswordAge") && r.Operator != OpEqual:
		return r.Operator == OpAtLeast || r.Operator == OpNotEqual && r.Wanted != "-1"
	case has == "-1" && strings.EqualFold(rule, "LockoutDuration") && r.Operator != OpEqual:
		return r.Operator == OpAtLeast || r.Operator == OpNotEqual && r.Wanted != "-1"
	}
	return r.meetsNumber(has, has)
}

// meetsText compares without regard to case, as PowerShell's -eq does, and XML by what it means.
func (r Row) meetsText(has string) bool {
	want := strings.TrimSpace(r.Wanted)
	has = strings.TrimSpace(has)
	switch r.Operator {
	case OpEqual:
		return strings.EqualFold(has, want) || sameXML(has, want)
	case OpEqualOrEmpty:
		return has == "" || strings.EqualFold(has, want)
	case OpNotEqual:
		return !strings.EqualFold(has, want)
	case OpContains:
		return want != "" && strings.Contains(strings.ToLower(has), strings.ToLower(want))
	}
	return false
}

// meetsList compares lists as sets, without regard to case: their order means nothing.
func (r Row) meetsList(has string) bool {
	var got []string
	if json.Unmarshal([]byte(has), &got) != nil {
		return false
	}
	got, want := foldSet(got), foldSet(wantedList(r.Wanted))
	switch r.Operator {
	case OpEqual:
		return slices.Equal(got, want)
	case OpEqualOrEmpty:
		return len(got) == 0 || slices.Equal(got, want)
	case OpNotEqual:
		return !slices.Equal(got, want)
	case OpContains:
		return len(want) > 0 && !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(got, w) })
	}
	return false
}

// meetsRight compares holders as sets. A right that denies is met by denying more, and that is said: everybody whom the row wants kept
// out is kept out.
func (r Row) meetsRight(has string) (bool, string) {
	if ok := r.meetsList(has); ok || r.Operator != OpEqual || !strings.HasPrefix(r.Location.Name(), "SeDeny") {
		return ok, ""
	}
	wider := r
	wider.Operator = OpContains
	return wider.meetsList(has), "denies more than asked"
}

// wantedList reads a list as it is written in a list's field: JSON, or items with semicolons or line ends between them.
func wantedList(s string) []string {
	var list []string
	if json.Unmarshal([]byte(s), &list) == nil {
		return list
	}
	return strings.FieldsFunc(s, func(c rune) bool { return c == ';' || c == '\n' || c == '\r' })
}

func foldSet(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if s = strings.ToUpper(strings.TrimSpace(s)); s != "" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// meetsAudit counts more events than asked for as met, and says so: what the row wants written is written.
func (r Row) meetsAudit(has string) (bool, string) {
	got, want := strings.Split(has, ","), strings.Split(r.Wanted, ",")
	same := slices.Equal(got, want)
	switch r.Operator {
	case OpEqual, OpContains, OpEqualOrEmpty:
		more := r.Wanted != "none" && !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(got, w) })
		if more && !same {
			return true, "audits more than asked"
		}
		return same, ""
	case OpNotEqual:
		return !same, ""
	}
	return false, ""
}

// sameXML compares rules of AppLocker, which are kept as XML: white space, the order of attributes and the texts for people (Name,
// Description) mean nothing.
func sameXML(a, b string) bool {
	if !strings.HasPrefix(a, "<") || !strings.HasPrefix(b, "<") {
		return false
	}
	x, errX := xmlTokens(a)
	y, errY := xmlTokens(b)
	return errX == nil && errY == nil && slices.Equal(x, y)
}

func xmlTokens(s string) ([]string, error) {
	dec := xml.NewDecoder(strings.NewReader(s))
	var tokens []string
	for {
		t, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return tokens, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			var attrs []string
			for _, at := range t.Attr {
				if at.Name.Local != "Name" && at.Name.Local != "Description" {
					attrs = append(attrs, fmt.Sprintf("%s=%q", at.Name.Local, strings.ToUpper(at.Value)))
				}
			}
			slices.Sort(attrs)
			tokens = append(tokens, "<"+t.Name.Local+" "+strings.Join(attrs, " "))
		case xml.EndElement:
			tokens = append(tokens, ">")
		case xml.CharData:
			if text := strings.TrimSpace(string(t)); text != "" {
				tokens = append(tokens, text)
			}
		}
	}
}
