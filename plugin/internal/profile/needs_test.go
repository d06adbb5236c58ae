package profile_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

// Entries of one name get numbers, and never the name that another entry has of its own.
func TestKeys(t *testing.T) {
	got, _ := profile.KeysOf("p", []string{"a", "a-2", "a", "a", "", "", "a-2"})
	if d := cmp.Diff([]string{"p-a", "p-a-2", "p-a-3", "p-a-4", "p", "p-2", "p-a-2-2"}, got); d != "" {
		t.Error(d)
	}
}

// A product may have thousands of entries that are called the same: names looked at are counted, not time.
func TestKeysAreLinear(t *testing.T) {
	const n = 4000
	numbered := make([]string, n)
	for i := range numbered {
		numbered[i] = fmt.Sprintf("a-%d", i+2)
	}
	for name, slugs := range map[string][]string{
		"one name":                 slices.Repeat([]string{"a"}, n),
		"numbers that are taken":   append(slices.Clone(numbered), slices.Repeat([]string{"a"}, n)...),
		"two names, each in turns": slices.Repeat([]string{"a", "b"}, n),
	} {
		got, tried := profile.KeysOf("p", slugs)
		if tried > 3*len(slugs) {
			t.Errorf("%s: %d names looked at for %d entries", name, tried, len(slugs))
		}
		if slices.Sort(got); len(slices.Compact(got)) != len(slugs) {
			t.Errorf("%s: a key was given out twice", name)
		}
	}
}
