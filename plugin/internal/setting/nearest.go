package setting

import (
	"slices"

	"github.com/agext/levenshtein"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// Nearest is the one known name that a slip of the finger could have made given: fewer than limit changes away, whatever the case. It is ""
// where there is none, or where several are as near: a guess among those would be no help.
func Nearest(given string, known []string, limit int) string {
	best := ""
	folded := upcase.Fold(given)
	for _, k := range slices.Compact(slices.Sorted(slices.Values(known))) {
		switch d := levenshtein.Distance(folded, upcase.Fold(k), nil); {
		case d > limit || given == "" || d >= max(len(k), 2):
		case d < limit:
			best, limit = k, d
		case best != "":
			best = ""
		}
	}
	return best
}
