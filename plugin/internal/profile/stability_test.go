package profile_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// TestStability: trees that were valid once must mean the same for ever. The expectation is never updated, only added to.
func TestStability(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "stability", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no frozen trees: %v", err)
	}
	for _, file := range files {
		a := archive(t, file)
		fsys := tree(t, a)
		r := resolve(t, fsys, "frozen", profile.Options{})
		got, err := json.MarshalIndent(frozen(t, r), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if *update && len(fsys["want.json"].Data) == 0 { // a new frozen tree; an old one is never written
			a.Files[len(a.Files)-1].Data = slices.Concat(got, []byte("\n"))
			if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(string(fsys["want.json"].Data), string(got)+"\n"); diff != "" {
			t.Errorf("%s means something else (-want +got):\n%s", file, diff)
		}
	}
}

// frozen is what must not change: everything but places.
func frozen(t *testing.T, r *profile.Resolved) any {
	t.Helper()
	type exception struct{ Setting, Effect, Expires string }
	out := struct {
		Image      plan.Image
		Until      string
		Base       plan.Base
		Modules    []profile.ModulePin
		Files      []profile.FilePin
		Products   []plan.ProductRef
		Needs      [][]string
		Settings   map[string]string
		Severities map[string]setting.Severity
		Exceptions []exception
		Overrides  map[string][]string
		Flows      map[string][]string `json:",omitempty"`
		NotManaged map[string][]string `json:",omitempty"`
		Breaks     map[string][]string `json:",omitempty"`
		Sources    map[string]string   `json:",omitempty"`
		Accepted   []exception         `json:",omitempty"`
	}{Image: r.Request.Image, Until: r.RequiredUntil, Base: r.Request.Base, Modules: r.Modules, Files: r.Files, Settings: specs(t, r),
		Severities: map[string]setting.Severity{}, Overrides: map[string][]string{},
		Flows: map[string][]string{}, NotManaged: map[string][]string{}, Breaks: map[string][]string{}, Sources: map[string]string{}}
	for _, m := range r.Request.Modules {
		for _, f := range m.Flows {
			out.Flows[m.Name] = append(out.Flows[m.Name], fmt.Sprint(f.Label, " ", f.Direction, " ", f.Protocol, " ", f.Ports, " ", f.Peers, " ", f.Program, " ", f.Reason.SV))
		}
		for _, l := range m.NotManaged {
			out.NotManaged[m.Name] = append(out.NotManaged[m.Name], l.Location+" "+l.Reason.EN)
		}
		for _, b := range m.Breaks {
			out.Breaks[m.Name] = append(out.Breaks[m.Name], b.SV)
		}
	}
	for _, e := range r.Request.Accepted {
		out.Accepted = append(out.Accepted, exception{e.Setting, fmt.Sprint(e.Skip), e.Expires})
	}
	for _, p := range r.Request.Products {
		out.Products, out.Needs = append(out.Products, p.ProductRef), append(out.Needs, p.NeedsServices)
	}
	for _, c := range r.Request.Settings {
		out.Severities[c.ID] = c.Severity
		if c.SeveritySource != "" {
			out.Sources[c.ID] = c.SeveritySource
		}
		for _, o := range c.Overrides {
			out.Overrides[o.Winner] = o.Over
		}
	}
	for _, e := range r.Request.Exceptions {
		effect := "skip"
		if e.Spec != nil {
			effect = specJSON(t, e.Spec)
		}
		out.Exceptions = append(out.Exceptions, exception{e.Setting, effect, e.Expires})
	}
	for _, o := range r.Request.Overrides {
		out.Overrides[o.Winner] = o.Over
	}
	return out
}
