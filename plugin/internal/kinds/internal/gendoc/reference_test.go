package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
)

const committed = "../../../../../docs/reference/kinds.md"

func TestPageIsFresh(t *testing.T) {
	want, err := reference(kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.FromSlash(committed))
	if err != nil {
		t.Fatal(err)
	}
	// A checkout on Windows may have turned the line ends.
	if d := cmp.Diff(want, strings.ReplaceAll(string(got), "\r\n", "\n")); d != "" {
		t.Errorf("docs/reference/kinds.md is stale; run \"go generate ./plugin/internal/kinds\":\n%s", d)
	}
}

func TestPageNamesEveryAttribute(t *testing.T) {
	page, err := reference(kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds.All() {
		for name, doc := range k.Docs {
			if !strings.Contains(page, "| `"+name+"` | ") || !strings.Contains(page, doc) {
				t.Errorf("%s: attribute %s is missing", k.Name, name)
			}
		}
	}
}

func TestBadExampleIsAnError(t *testing.T) {
	all := kinds.All()
	all[0].Example = "path = \"relative\"\n"
	if _, err := reference(all); err == nil {
		t.Error("an example that does not check clean was printed")
	}
}
