package cli

import (
	"regexp"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// What in a sentence is language rather than speech: an assignment, the name of an input, and the values that have no word of their own.
// English speaks of what is true; there these words are values only in parentheses.
var (
	codeSV = regexp.MustCompile(`[a-z][a-z0-9_]* = (?:true|false|null|"[^"]*"|[0-9]+)|[a-z][a-z0-9]*(?:_[a-z0-9]+)+|(?i:true|false|null)`)
	codeEN = regexp.MustCompile(`[a-z][a-z0-9_]* = (?:true|false|null|"[^"]*"|[0-9]+)|[a-z][a-z0-9]*(?:_[a-z0-9]+)+|\((?:true|false)\)|(?i:null)`)
)

// prose is a text for people in Markdown, in which words of the profile language stand in code font.
func (w *pageWords) prose(t plan.Text) string {
	form, s := codeEN, strings.Join(strings.Fields(w.text(t)), " ")
	if w.swedish {
		form = codeSV
	}
	var sb strings.Builder
	done := 0
	for _, at := range form.FindAllStringIndex(s, -1) {
		from, to := at[0], at[1]
		if s[from] == '(' {
			from, to = from+1, to-1
		}
		if !apart(s, from, to) {
			continue
		}
		word := s[from:to]
		if low := strings.ToLower(word); low == "null" || low == "true" || low == "false" {
			word = low // the value, also where it begins a sentence
		}
		sb.WriteString(plainText(s[done:from]) + code(word))
		done = to
	}
	return sb.String() + plainText(s[done:])
}

// apart reports whether s[from:to] is a word of its own: no part of a path, of a longer name, or of a name with hyphens.
func apart(s string, from, to int) bool {
	const joins = `-_\/:.$%@"'` + "`"
	inWord := func(c byte) bool {
		return c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	if from > 0 && (inWord(s[from-1]) || strings.IndexByte(joins, s[from-1]) >= 0) {
		return false
	}
	if to == len(s) {
		return true
	}
	next := s[to]
	if next == '.' || next == ':' { // the end of a sentence is no path
		return to+1 == len(s) || s[to+1] == ' '
	}
	return !inWord(next) && strings.IndexByte(joins, next) < 0
}
