package unattend

import (
	"maps"
	"slices"
)

// inputLocales give the keyboard of each language that is known: language id, colon, keyboard layout (Microsoft's "Default input
// profiles (input locales) in Windows").
var inputLocales = map[string]string{
	"en-US": "0409:00000409",
	"sv-SE": "041d:0000041d",
}

// Languages lists the languages that a Config may have, sorted.
func Languages() []string { return slices.Sorted(maps.Keys(inputLocales)) }
