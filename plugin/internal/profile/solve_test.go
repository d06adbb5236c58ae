package profile_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

func TestVersions(t *testing.T) {
	use := func(mods ...string) string {
		var body strings.Builder
		for i := 0; i < len(mods); i += 2 {
			fmt.Fprintf(&body, "  module %q {\n    version = %q\n  }\n", mods[i], mods[i+1])
		}
		return image(body.String())
	}
	files := map[string]string{
		"modules/a1.hcl": module("a", "1.0.0", ""), "modules/a2.hcl": module("a", "1.10.0", ""), "modules/a3.hcl": module("a", "1.9.0", ""),
		"modules/a4.hcl": module("a", "2.0.0-rc.1", ""), "modules/b1.hcl": module("b", "1.0.0", `a = "~1.9"`), "modules/b2.hcl": module("b", "1.1.0", `a = "1.0.0"`),
		"modules/c1.hcl": module("c", "1.0.0", `b = "^1"`),
	}
	cases := map[string]struct {
		image string
		want  map[string]string
	}{
		"highest by number, not by text":            {use("a", "^1"), map[string]string{"a": "1.10.0"}},
		"pre-release only where asked for":          {use("a", "^2.0.0-0"), map[string]string{"a": "2.0.0-rc.1"}},
		"what is required, too":                     {use("b", "^1"), map[string]string{"a": "1.0.0", "b": "1.1.0"}},
		"and what that requires":                    {use("c", "^1"), map[string]string{"a": "1.0.0", "b": "1.1.0", "c": "1.0.0"}},
		"a lower version where the highest clashes": {use("a", ">= 1.9", "c", "^1"), map[string]string{"a": "1.9.0", "b": "1.0.0", "c": "1.0.0"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(files)
			files["images/room.hcl"] = c.image
			r := resolve(t, with(t, files), "room", profile.Options{})
			if diff := cmp.Diff(c.want, versions(r)); diff != "" {
				t.Errorf("versions (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSearchForVersionsEnds gives the solver a tree in which trying everything would take for ever.
func TestSearchForVersionsEnds(t *testing.T) {
	files := map[string]string{"modules/a1.hcl": module("a", "1.0.0", ""), "modules/a2.hcl": module("a", "2.0.0", "")}
	var body strings.Builder
	body.WriteString("  module \"z\" {\n    version = \"^1\"\n  }\n")
	for i := range 40 {
		name := fmt.Sprintf("m%02d", i)
		files["modules/"+name+"-1.hcl"] = module(name, "1.0.0", `a = ">= 1"`)
		files["modules/"+name+"-2.hcl"] = module(name, "1.1.0", `a = "2.0.0"`)
		fmt.Fprintf(&body, "  module %q {\n    version = \"^1\"\n  }\n", name)
	}
	files["modules/y.hcl"] = module("y", "1.0.0", `a = "1.0.0"`)
	files["modules/z.hcl"] = module("z", "1.0.0", `a = "2.0.0", y = "1.0.0"`)
	files["images/room.hcl"] = image(body.String())
	set, diags := profile.LoadFS(with(t, files), "profiles", table(t))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	_, diags = set.Resolve("room", profile.Options{})
	if len(diags) != 1 || diags[0].Summary != "Conflicting module requirements" && diags[0].Summary != "Versions too entangled" {
		t.Errorf("got %v", diags)
	}
}
