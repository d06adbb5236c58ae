package cli_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/cli"
)

// What one language says the other says too, and no word is missing.
func TestLanguagesSayTheSame(t *testing.T) {
	words := cli.ModuleWords()
	for name, english := range words["en"] {
		swedish := words["sv"][name]
		if diff := cmp.Diff(slices.Sorted(maps.Keys(english)), slices.Sorted(maps.Keys(swedish))); diff != "" {
			t.Errorf("%s (-english +swedish):\n%s", name, diff)
		}
		for key := range english {
			if english[key] == "" || swedish[key] == "" {
				t.Errorf("%s %s is empty", name, key)
			}
		}
	}
	for _, method := range cli.MethodOrder() {
		if words["sv"]["methods"][method] == "" {
			t.Errorf("the method %s has no heading", method)
		}
	}
}
