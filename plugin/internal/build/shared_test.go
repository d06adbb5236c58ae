package build_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
)

// TestSharedWorkChangesNothing: what a check works out once for all images is what each image gives alone, with nothing shared.
func TestSharedWorkChangesNothing(t *testing.T) {
	for name, dir := range map[string]string{"profiles of the product": "../../../profiles", "images that differ": differing(t)} {
		t.Run(name, func(t *testing.T) {
			table, err := kinds.Table()
			if err != nil {
				t.Fatal(err)
			}
			set, diags := profile.Load(dir, table)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			var mu sync.Mutex
			together := map[string]string{}
			names := set.Images()
			if diags := set.CheckAll(profile.Options{}, func(i int, r *profile.Resolved) {
				text := outcome(t, r)
				mu.Lock()
				defer mu.Unlock()
				together[names[i]] = text
			}); diags.HasErrors() {
				t.Fatal(diags)
			}
			plans := map[string]bool{}
			for _, name := range names {
				r, diags := set.Resolve(name, profile.Options{})
				if diags.HasErrors() {
					t.Fatal(diags)
				}
				for i := range r.Request.Settings {
					r.Request.Settings[i].Facts = nil
				}
				alone := outcome(t, r)
				if diff := cmp.Diff(strings.Split(alone, "\n"), strings.Split(together[name], "\n")); diff != "" {
					t.Errorf("%s: alone and in the check (-, +):\n%s", name, diff)
				}
				plans[alone] = true
			}
			if len(plans) != len(names) {
				t.Errorf("%d outcomes of %d images: they are to differ", len(plans), len(names))
			}
		})
	}
}

// outcome is all that follows from an image.
func outcome(t *testing.T, r *profile.Resolved) string {
	composed, diags := plan.Compose(r.Request)
	if composed == nil {
		t.Error(diags)
		return ""
	}
	whole, err := canonical.Marshal(composed.Plan)
	if err != nil || string(whole) != string(composed.Bytes) {
		t.Errorf("the plan put together from its parts is not the plan written as a whole (%v)", err)
	}
	why, err := composed.Provenance.Marshal("profiles")
	if err != nil {
		t.Error(err)
	}
	found, more := conflict.Find(r.Request, composed)
	rest, err := json.Marshal([]any{r.Dropped, r.Files, r.Modules, found, more, composed.Contents})
	if err != nil {
		t.Error(err)
	}
	return strings.ReplaceAll(string(composed.Bytes)+"\n"+string(why)+"\n"+string(rest), ",{", "\n,{")
}

// differing is a tree whose images have modules in common and differ in everything that a module can look at.
func differing(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "profiles")
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, base := range []string{"old", "new"} {
		build := map[string]string{"old": "17763.1", "new": "19044.1288"}[base]
		put("bases/"+base+".hcl", fmt.Sprintf("base %q {\n  edition_id = \"IoTEnterpriseS\"\n  build = %q\n  arch = \"amd64\"\n  channel = \"LTSC\"\n  languages = [\"sv-SE\"]\n}\n", base, build))
	}
	value := func(label, more, name, value string) string {
		return fmt.Sprintf("  setting \"registry_value\" %q {\n%s    key = \"HKLM\\\\SOFTWARE\\\\Policies\\\\M\"\n    name = %s\n    type = \"sz\"\n    value = %s\n    severity = \"low\"\n    rationale = { en = \"R.\", sv = \"R.\" }\n  }\n", label, more, name, value)
	}
	module := func(name, text string) {
		put("modules/"+name+".hcl", fmt.Sprintf("module %q {\n  version = \"1.0.0\"\n  method = \"policies\"\n  title = { en = \"T\", sv = \"T\" }\n  severity_source = \"S\"\n%s}\n", name, text))
	}
	module("plain", value("fixed", "", `"Fixed"`, `"1"`)+value("base", "", `"Base"`, "base.build")+value("late", "    builds = \">= 19041\"\n", `"Late"`, `"1"`))
	module("named", value("image", "", `"Image"`, "image.name"))
	module("given", "  input \"list\" {\n    type = list(string)\n    default = []\n    description = { en = \"D\", sv = \"D\" }\n  }\n  locals {\n    all = concat(input.list, [\"always\"])\n  }\n"+
		value("each", "    for_each = local.all\n", `"Each-${each.key}"`, "each.value")+value("when", "    when = length(input.list) > 1\n", `"When"`, `"1"`))
	for i, base := range []string{"old", "new", "new", "old", "new", "new"} {
		inputs := []string{"[]", `["a"]`, `["a", "b"]`}[i%3]
		exception := ""
		if i%2 == 1 { // an exception's value knows the image that it stands in, whoever evaluated the setting
			exception = "  exception \"given/each[always]\" {\n    value = \"only ${image.name} ${each.key}\"\n    reason = \"R\"\n    compensating = \"C\"\n    owner = \"O\"\n    approved_by = \"A\"\n    expires = \"2031-01-01\"\n  }\n"
		}
		put(fmt.Sprintf("images/i%d.hcl", i), fmt.Sprintf("image \"i%d\" {\n  version = \"1.0.0\"\n  released = \"2026-11-01\"\n  base = %q\n  class {\n    type = \"WM\"\n    groups = [0]\n  }\n  management {\n    local {}\n  }\n  module \"plain\" {\n    version = \"^1.0\"\n  }\n  module \"named\" {\n    version = \"^1.0\"\n  }\n  module \"given\" {\n    version = \"^1.0\"\n    inputs = { list = %s }\n  }\n%s}\n", i, base, inputs, exception))
	}
	for i, more := range []string{"", "  first_boot {\n    keep = true\n  }\n", "  allow_unobservable = true\n", "  fact \"network\" {\n    value = \"V\"\n    stated_by = \"S\"\n  }\n"} { // with all settings in common
		put(fmt.Sprintf("images/same%d.hcl", i), fmt.Sprintf("image \"same%d\" {\n  version = \"1.%d.0\"\n  released = \"2026-11-0%d\"\n  base = \"new\"\n  class {\n    type = \"M\"\n    groups = [%d]\n  }\n  management {\n    local {}\n  }\n  module \"plain\" {\n    version = \"^1.0\"\n  }\n  module \"given\" {\n    version = \"^1.0\"\n    inputs = { list = [\"b\"] }\n  }\n%s}\n", i, i, i+1, i%3, more))
	}
	return dir
}
