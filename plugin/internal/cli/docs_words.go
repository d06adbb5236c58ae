package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// pageWords are a page's words in one language.
type pageWords struct {
	swedish                                                                                                                                          bool
	title, generated, intro, unproven, excerpt, excerptTitle, ofImage, method, module, settings, version, windows, allBuilds, requires, capabilities string
	severitySource, breaks, inputs, required, byDefault, flows, ports, peers, program, when, leaves, deviates, severity                              string
	onlyBuilds, forEach, until, references, byImage, build, more, kind                                                                               string
	schemes, words, capabilityWords, constraintWords, sids                                                                                           map[string]string
	byCapability, byMethod, glossaryTitle                                                                                                            string
	pageTerms
}

// pageTerms are what a page says instead of numbers, abbreviations and expressions.
type pageTerms struct {
	rights, audit, accountPolicies, units, accounts, phrases, types, defaults map[string]string
	sources                                                                   []string // what stands in a source's name, and what it is called here
	glossary                                                                  [][2]string
}

func moduleWords() map[string]*pageWords {
	english, swedish := englishPage, swedishPage
	english.pageTerms, swedish.pageTerms = englishTerms, swedishTerms
	return map[string]*pageWords{"en": &english, "sv": &swedish}
}

func (w *pageWords) text(t plan.Text) string {
	if w.swedish {
		return t.SV
	}
	return t.EN
}

// wordOr is a word of the language, or what was given as code.
func (w *pageWords) wordOr(s string) string {
	if word := w.words[s]; word != "" {
		return word
	}
	return code(s)
}

func (w *pageWords) kindOf(kind string) string {
	return fmt.Sprintf("%s [%s](kinds.md#%s)", w.kind, code(kind), strings.ReplaceAll(kind, " ", "-"))
}

func (w *pageWords) capabilityNames(codes []string) string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = c
		if name := w.capabilityWords[c]; name != "" {
			out[i] = fmt.Sprintf("%s (%s)", name, c)
		}
	}
	return strings.Join(out, "; ")
}

// buildsText says the usual constraints in words; others stay as they are written.
func (w *pageWords) buildsText(constraint string) string {
	for _, form := range []string{"^", ">=", "<"} {
		rest, ok := strings.CutPrefix(constraint, form)
		if rest = strings.TrimSpace(rest); ok && rest != "" && strings.Trim(rest, "0123456789.") == "" {
			return fmt.Sprintf(w.constraintWords[form], rest)
		}
	}
	return code(constraint)
}

// value is what is wanted, in words where it is a word.
func (w *pageWords) value(text string) string {
	typ, data, ok := strings.Cut(text, ":")
	if ok {
		if _, known := setting.ValueType(typ).Number(); known {
			if class := w.words[strings.ToLower(data)]; class != "" && strings.HasPrefix(data, "{") {
				return class + " (" + code(data) + ")"
			}
			return code(cmp.Or(data, `""`)) + " (REG_" + strings.ToUpper(typ) + ")"
		}
	}
	if text == "" {
		return w.words["empty"]
	}
	if list, ok := w.principals(text); ok {
		return list
	}
	if word := w.words[text]; word != "" {
		return word
	}
	if digest, ok := strings.CutPrefix(text, "sha256:"); ok {
		return w.words["digest"] + " " + code(digest)
	}
	return code(short(text))
}

// principals says a JSON list of SIDs in words; a SID without a name of its own stays one.
func (w *pageWords) principals(text string) (string, bool) {
	var sids []string
	if json.Unmarshal([]byte(text), &sids) != nil || sids == nil {
		return "", false
	}
	if len(sids) == 0 {
		return w.words["nobody"], true
	}
	for i, sid := range sids {
		if name := w.sids[sid]; name != "" {
			sids[i] = name + " (" + code(sid) + ")"
		} else {
			sids[i] = code(sid)
		}
	}
	return strings.Join(sids, ", "), true
}
