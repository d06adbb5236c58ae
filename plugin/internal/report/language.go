// Package report makes views of findings for people and pipelines: JUnit XML, tables and summaries for terminals, and SHA256SUMS.
//
// A view adds nothing: the manifest is the record. The package does no I/O but to the writer it is given, knows neither terminal nor
// environment (colour, language and width are passed in), and refuses an outcome or severity that it does not know rather than
// leaving it out. Texts that come from a hive or a file may hold anything; control characters in them are shown, never sent.
package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// Language is the language of a report's own words. Reasons inside findings are English: they are part of the record.
type Language string

// The languages of the project.
const (
	English Language = "en"
	Swedish Language = "sv"
)

// ParseLanguage takes "en", "sv" and forms such as "sv-SE" or "sv_SE.UTF-8".
func ParseLanguage(s string) (Language, error) {
	word, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(s), "_", "-"), "-")
	switch l := Language(word); l {
	case English, Swedish:
		return l, nil
	}
	return "", fmt.Errorf("unknown report language %q (known: en, sv)", s)
}

// In picks the text in the language; Swedish only where it is asked for and there is one.
func (l Language) In(t plan.Text) string {
	if l == Swedish && t.SV != "" {
		return t.SV
	}
	return t.EN
}

// Reason is a finding's reason in the language, as far as it is one of the sentences that validation knows.
func (l Language) Reason(reason string) string {
	if l == Swedish {
		return validate.Swedish(reason)
	}
	return reason
}

// Value is what a finding of this kind wanted or found. Data and names are the same in every language; the words by which kinds say a
// state are not. The name of an account may look like such a word, so of accounts only those words are taken that no name needs.
func (l Language) Value(kind, text string) string {
	if l != Swedish || kind == accountKind && !slices.Contains([]string{setting.Absent, "enabled", "disabled"}, text) {
		return text
	}
	return validate.SwedishValue(text)
}

// accountKind is the kind whose values may be names that somebody chose.
const accountKind = "local_account"

// The words of the closed sets.
var (
	outcomeWords = map[setting.Outcome]plan.Text{
		setting.Pass: {EN: "pass", SV: "godkänd"}, setting.Fail: {EN: "fail", SV: "underkänd"}, setting.Waived: {EN: "waived", SV: "undantag"},
		setting.Deferred: {EN: "deferred", SV: "avgörs senare"}, setting.Unobservable: {EN: "unobservable", SV: "kan inte ses"},
		setting.NotApplicable: {EN: "not applicable", SV: "inte tillämplig"}, setting.Error: {EN: "error", SV: "fel"},
	}
	severityWords = map[setting.Severity]plan.Text{
		setting.Low: {EN: "low", SV: "låg"}, setting.Medium: {EN: "medium", SV: "medel"}, setting.High: {EN: "high", SV: "hög"},
		setting.Critical: {EN: "critical", SV: "kritisk"},
	}
)

// OutcomeWord is the outcome in words of the language.
func (l Language) OutcomeWord(o setting.Outcome) (string, error) {
	return wordOf(l, "outcome", o, outcomeWords)
}

// wordOf is one of a closed set in words of the language.
func wordOf[T ~string](l Language, set string, key T, words map[T]plan.Text) (string, error) {
	text, ok := words[key]
	if !ok {
		return "", fmt.Errorf("unknown %s %q", set, key)
	}
	return l.In(text), nil
}

// countWord is the outcome in words of the language, as it stands behind a number.
func (l Language) countWord(n int, o setting.Outcome) (string, error) {
	word, err := l.OutcomeWord(o)
	if l == Swedish && n != 1 && slices.Contains([]setting.Outcome{setting.Pass, setting.Fail, setting.NotApplicable}, o) {
		word += "a" // adjectives of settings in the plural: godkända
	}
	return word, err
}

// SeverityWord is the severity in words of the language.
func (l Language) SeverityWord(s setting.Severity) (string, error) {
	return wordOf(l, "severity", s, severityWords)
}

// Printable shows what a terminal would act on: control, format and invalid characters become \u escapes.
func Printable(s string) string {
	var sb strings.Builder
	for _, r := range s {
		switch {
		case r == unicode.ReplacementChar || unicode.IsPrint(r):
			sb.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&sb, `\U%08x`, r)
		default:
			fmt.Fprintf(&sb, `\u%04x`, r)
		}
	}
	return sb.String()
}
