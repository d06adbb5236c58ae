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
	if has == setting.Absent {
		return r.Operator == OpAbsent || r.Operator == OpEqualOrEmpty || r.Operator == OpNotEqual && r.defaultDiffers()
	}
	kind, data, ok := strings.Cut(has, ":")
	if !ok || r.Operator == OpAbsent {
		return false
	}
	switch setting.ValueType(kind) {
	case setting.TypeDWord, setting.TypeDWordBE, setting.TypeQWord:
		return r.meetsNumber(data, signed(kind, data))
	case setting.TypeMultiSZ:
		return r.meetsList(data) && (r.Operator != OpEqual || !r.inOrder() || sameOrder(data, r.Wanted))
	case setting.TypeSZ, setting.TypeExpandSZ:
		if _, ok := Number(data); ok && ordered(r.Operator) {
			return r.meetsNumber(data, data)
		}
		return r.meetsText(data)
	}
	bare := strings.NewReplacer(" ", "", ",", "", "-", "", "0x", "").Replace(strings.ToLower(r.Wanted))
	return r.Operator == OpEqual && bare == data
}

// defaultDiffers reports whether Windows, where the value is not there, does something else than what the row does not want. Only a number
// in the list's own column says so.
func (r Row) defaultDiffers() bool {
	fallback, known := Number(r.source.fallback)
	wanted, ok := Number(r.Wanted)
	return known && ok && fallback != wanted
}

// inOrder reports whether the order of the value's entries is what it says: suites and curves of TLS stand by preference.
func (r Row) inOrder() bool {
	return strings.Contains(r.Location.Canon(), setting.Location(`reg:\Cryptography\Configuration\SSL\`).Canon()[len("reg:"):])
}

func sameOrder(has, wanted string) bool {
	var got []string
	return json.Unmarshal([]byte(has), &got) == nil && slices.EqualFunc(got, wantedList(wanted), func(a, b string) bool {
		return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
	})
}

// Number reads a whole number as lists write it: decimal, or hexadecimal behind 0x. Zeros before a decimal number mean nothing.
func Number(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	digits, minus := strings.CutPrefix(s, "-")
	base := 10
	if hex, ok := strings.CutPrefix(strings.ToLower(digits), "0x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 63)
	if minus {
		return -int64(n), err == nil
	}
	return int64(n), err == nil
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
	want, ok := Number(r.Wanted)
	if !ok {
		return r.Operator == OpNotEqual // a number differs from every text
	}
	n, ok := Number(has)
	if !ok {
		return false
	}
	s, ok := Number(signedHas)
	if !ok {
		return false
	}
	switch r.Operator {
	case OpEqual, OpEqualOrEmpty, OpContains:
		return n == want || s == want
	case OpNotEqual:
		return n != want && s != want
	case OpAtLeast:
		return n >= want && s >= want // what may be read as -1 is not at least 4
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
	case r.Wanted == "-1" && has != "-1" && ordered(r.Operator): // no number is for ever, and what else was meant is not told
		return false
	case has == "-1" && strings.EqualFold(rule, "LockoutDuration") && r.Operator != OpEqual:
		return r.Operator == OpAtLeast || r.Operator == OpNotEqual && r.Wanted != "-1"
	}
	return r.meetsNumber(has, has)
}

// meetsText compares without regard to case, as PowerShell's -eq does, and XML by what it means.
func (r Row) meetsText(has string) bool {
	want := strings.TrimSpace(r.Wanted)
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
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	if !isRule(a) || !isRule(b) {
		return false
	}
	x, errX := xmlTokens(a)
	y, errY := xmlTokens(b)
	return errX == nil && errY == nil && slices.Equal(x, y)
}

// isRule knows the rules by their root elements. In other XML a name may be all that matters.
func isRule(s string) bool {
	return strings.HasPrefix(s, "<FilePathRule") || strings.HasPrefix(s, "<FilePublisherRule") || strings.HasPrefix(s, "<FileHashRule")
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
				if len(tokens) > 0 || at.Name.Local != "Name" && at.Name.Local != "Description" {
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
