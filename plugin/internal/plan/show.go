package plan

import (
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// showLocation is a location for people: registry values without their scheme, the rest as they are.
func showLocation(l setting.Location) string {
	s := string(l)
	if rest, ok := strings.CutPrefix(s, "reg:"); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(s, "file:"); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(s, "pol:"); ok {
		scope, place, _ := strings.Cut(rest, ":")
		return "Registry.pol (" + scope + ") " + place
	}
	return s
}

// policyTwin is the registry value that an entry of Registry.pol ends up in; ok is false for any other location.
func policyTwin(l setting.Location) (twin setting.Location, ok bool) {
	rest, ok := strings.CutPrefix(string(l), "pol:")
	if !ok {
		return "", false
	}
	_, place, ok := strings.Cut(rest, ":")
	return setting.Location("reg:" + place), ok
}

// showWish is what a claim wants, for people.
func showWish(c setting.Claim) string {
	s := c.Value
	if s == "" {
		s = `""`
	}
	if c.Union {
		s += " (joined)"
	}
	return s
}

// Expectation is what claims want, one line each, for example "HKLM\SOFTWARE\X!Name = dword:1". An entry of Registry.pol that wants what
// the registry value wants shares its line; the folders above a file of the same setting go without saying.
func Expectation(claims []setting.Claim) []string {
	lines := make([]string, 0, len(claims))
	at := make(map[string]int, len(claims))
	for _, c := range claims {
		if slices.ContainsFunc(claims, func(other setting.Claim) bool { return above(c.Location, other.Location) }) {
			continue
		}
		if twin, ok := policyTwin(c.Location); ok {
			if i, ok := at[twin.Canon()+"\x00"+c.Value]; ok {
				lines[i] += " (also in Registry.pol)"
				continue
			}
		}
		at[c.Location.Canon()+"\x00"+c.Value] = len(lines)
		lines = append(lines, showLocation(c.Location)+" = "+showWish(c))
	}
	return lines
}

// above reports whether a is a folder somewhere above the file b.
func above(a, b setting.Location) bool {
	return strings.HasPrefix(string(a), "file:") && strings.HasPrefix(b.Canon(), a.Canon()+`\`)
}

// didYouMean is a sentence with the nearest setting id, or nothing.
func (c *composer) didYouMean(id string) string {
	ids := make([]string, len(c.entries))
	for i, e := range c.entries {
		ids[i] = e.ID
	}
	return DidYouMean(id, ids)
}

// DidYouMean is a sentence, with a blank before it, that names the one candidate which a slip of the finger could have made given; "" where
// there is none. A right label under a wrong module counts.
func DidYouMean(given string, candidates []string) string {
	best, bestDistance := "", max(3, len(given)/4)+1
	for _, cand := range candidates {
		d := levenshtein.Distance(upcase.Fold(given), upcase.Fold(cand), nil)
		_, a, _ := strings.Cut(upcase.Fold(given), "/")
		if _, b, _ := strings.Cut(upcase.Fold(cand), "/"); a != "" && a == b {
			d = min(d, 2)
		}
		if d < bestDistance {
			best, bestDistance = cand, d
		}
	}
	if best == "" {
		return ""
	}
	return ` Did you mean "` + best + `"?`
}
