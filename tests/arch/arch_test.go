package arch_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// TestArrows holds the real code to the table, as built for each family of operating systems.
func TestArrows(t *testing.T) {
	for _, goos := range []string{"linux", "windows"} {
		t.Run(goos, func(t *testing.T) {
			g, err := load(root, goos)
			if err != nil {
				t.Fatal(err)
			}
			if len(g) < 5 {
				t.Fatalf("go list names %d packages of ours: the graph was not read", len(g))
			}
			for _, b := range breaches(g, rules) {
				t.Error(b)
			}
		})
	}
}

// TestWorld keeps the clock, the environment and the end of the process with the doors.
func TestWorld(t *testing.T) {
	found, err := worldlyWords(filepath.FromSlash(root), rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// TestTableIsSound finds rules that grant a room nobody has described, or that are written twice.
func TestTableIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules {
		if seen[r.room] {
			t.Errorf("room %q has two rules", r.room)
		}
		seen[r.room] = true
		if r.pure && r.world {
			t.Errorf("room %q is pure and worldly at once", r.room)
		}
	}
	for _, r := range rules {
		for _, s := range r.sees {
			if !seen[s] {
				t.Errorf("room %q may see %q, which has no rule", r.room, s)
			}
			// Otherwise a room could reach by a detour what its own line refuses.
			for _, far := range rules[slices.IndexFunc(rules, func(o rule) bool { return o.room == s })].sees {
				if far != r.room && !slices.Contains(r.sees, far) {
					t.Errorf("room %q may see %q, and through it %q, which its own rule does not grant", r.room, s, far)
				}
			}
		}
		for _, u := range r.uses {
			if !slices.Contains(guarded, u) {
				t.Errorf("room %q is granted %q, which is not guarded", r.room, u)
			}
		}
	}
}

// pkg returns the import path of a room's package.
func pkg(room string) string {
	if strings.HasPrefix(room, "cmd/") {
		return module + "/plugin/" + room
	}
	return module + "/plugin/internal/" + room
}

// TestARuleGoesRed shows for made-up graphs that each sort of breach is found, and that a good graph is not blamed.
func TestARuleGoesRed(t *testing.T) {
	tests := []struct {
		name string
		g    graph
		want []string // each a part of one breach, in order
	}{
		{"good", graph{
			pkg("setting"): {pkg("upcase"), "fmt"}, pkg("upcase"): {"strings"}, pkg("plan"): {pkg("setting"), "net/netip"}, pkg("cmd/wmclient"): {pkg("cli"), "os"},
			pkg("cli"): {pkg("plan"), "github.com/spf13/cobra"},
		}, nil},
		{"arrow turned around", graph{pkg("plan"): {pkg("kinds")}, pkg("kinds"): {}}, []string{`room "plan" must not reach room "kinds", but does: plan -> kinds`}},
		{"by a detour", graph{
			pkg("validate"): {pkg("setting")}, pkg("setting"): {pkg("upcase")}, pkg("upcase"): {pkg("target/image")}, pkg("target/image"): {},
		}, []string{
			`room "setting" must not reach room "target/image", but does: setting -> upcase -> target/image`,
			`room "upcase" must not reach room "target/image"`,
			`room "validate" must not reach room "target/image", but does: validate -> setting -> upcase -> target/image`,
		}},
		{"from within a room's folder", graph{pkg("packer/image"): {pkg("cli")}, pkg("cli"): {}}, []string{`plugin/internal/packer/image: room "packer" must not reach room "cli"`}},
		{"unknown room", graph{pkg("attic"): {}}, []string{"plugin/internal/attic: no rule names this room"}},
		{"name that begins like a room's", graph{pkg("planner"): {}}, []string{"no rule names this room"}},
		{"external program", graph{pkg("apply"): {"os/exec"}}, []string{`room "apply" must not import os/exec`}},
		{"cgo", graph{pkg("cli"): {"C"}}, []string{`room "cli" must not import C`}},
		{"network", graph{pkg("manifest"): {"net/http"}}, []string{`room "manifest" must not import net/http`}},
		{"below a guarded package", graph{pkg("build"): {"github.com/hashicorp/packer-plugin-sdk/packer"}}, []string{"must not import github.com/hashicorp/packer-plugin-sdk/packer"}},
		{"packer itself", graph{pkg("packer"): {"github.com/hashicorp/packer/packer"}}, []string{"must not import github.com/hashicorp/packer/packer"}},
		{"logger", graph{pkg("kinds"): {"log/slog"}}, []string{`room "kinds" must not import log/slog`}},
		{"files in a pure room", graph{pkg("plan"): {"os"}}, []string{`room "plan" must not import os (the room is pure`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := breaches(tt.g, rules)
			if len(got) != len(tt.want) {
				t.Fatalf("got %d breaches, want %d:\n%s", len(got), len(tt.want), strings.Join(got, "\n"))
			}
			for i, want := range tt.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("breach %d: got %q, want it to say %q", i, got[i], want)
				}
			}
		})
	}
}

// TestEveryForbiddenEdgeGoesRed adds each edge that the table does not grant, one at a time.
func TestEveryForbiddenEdgeGoesRed(t *testing.T) {
	for _, from := range rules {
		for _, to := range rules {
			if from.room == to.room {
				continue
			}
			got := breaches(graph{pkg(from.room): {pkg(to.room)}, pkg(to.room): nil}, rules)
			if granted := slices.Contains(from.sees, to.room); granted != (len(got) == 0) {
				t.Errorf("%s -> %s: granted %v, breaches %q", from.room, to.room, granted, got)
			}
		}
	}
}

// TestWorldGoesRed shows that the clock is found as a call, as a value and under another name, and that a method or
// field of the same name is not taken for it.
func TestWorldGoesRed(t *testing.T) {
	tests := []struct {
		name, source string
		want         int
	}{
		{"call", `package p; import "time"; var now = time.Now()`, 1},
		{"value", `package p; import "os"; var exit = os.Exit`, 1},
		{"renamed", `package p; import clock "time"; func f(t clock.Time) any { return clock.Since(t) }`, 1},
		{"two", `package p; import "os"; func f() { os.Exit(len(os.Getenv("X"))) }`, 2},
		{"innocent", `package p; import "time"; type c struct{ Now time.Time }; func f(v c) any { return v.Now }`, 0},
		{"not the package", `package p; func f(time struct{ Now int }) int { return time.Now }`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := wordsIn("p.go", "p.go", tt.source)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != tt.want {
				t.Errorf("got %d mentions, want %d: %q", len(got), tt.want, got)
			}
		})
	}
}
