package arch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// graph maps the import path of each of our packages to what it imports, tests left out.
type graph map[string][]string

// load asks the go command for the graph of the product as built for one operating system, so that files for Windows
// alone are seen too.
func load(root, goos string) (graph, error) {
	cmd := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Imports,Module,Standard", "./plugin/...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=amd64", "CGO_ENABLED=0", "GOWORK=off")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages for %s: %w: %s", goos, err, complaints.String())
	}
	g := graph{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
			Module     *struct{ Path string }
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return g, nil
		} else if err != nil {
			return nil, fmt.Errorf("decode go list output for %s: %w", goos, err)
		}
		if p.Module != nil && p.Module.Path == module {
			g[p.ImportPath] = p.Imports
		}
	}
}

// breaches returns, sorted and in words, all that g does and the rules do not grant.
func breaches(g graph, rules []rule) []string {
	var found []string
	for _, pkg := range slices.Sorted(maps.Keys(g)) {
		r, ok := ruleFor(pkg, rules)
		if !ok {
			found = append(found, fmt.Sprintf("%s: no rule names this room: say in tests/arch/rules_test.go where it stands", place(pkg)))
			continue
		}
		paths := reach(g, pkg)
		for _, far := range slices.Sorted(maps.Keys(paths)) {
			other, ok := ruleFor(far, rules)
			if !ok || other.room == r.room || slices.Contains(r.sees, other.room) {
				continue // an unknown room is told of once, at its own line
			}
			found = append(found, fmt.Sprintf("%s: room %q must not reach room %q, but does: %s", place(pkg), r.room, other.room, strings.Join(paths[far], " -> ")))
		}
		for _, imp := range slices.Sorted(slices.Values(g[pkg])) {
			if by := forbidden(imp, r); by != "" {
				found = append(found, fmt.Sprintf("%s: room %q must not import %s (%s)", place(pkg), r.room, imp, by))
			}
		}
	}
	return found
}

// forbidden says why a room may not import a package from outside, or nothing.
func forbidden(imp string, r rule) string {
	if slices.Contains(harmless, imp) {
		return ""
	}
	if name, ok := longest(imp, guarded); ok && !slices.Contains(r.uses, name) {
		return "guarded: only rooms whose rule grants it"
	}
	if _, ok := longest(imp, impure); ok && r.pure {
		return "the room is pure: it does no I/O"
	}
	return ""
}

// reach returns every package of ours that from gets to, with one shortest path to it.
func reach(g graph, from string) map[string][]string {
	paths := map[string][]string{}
	queue := [][]string{{from}}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		for _, imp := range g[path[len(path)-1]] {
			if _, ours := g[imp]; !ours || imp == from || paths[imp] != nil {
				continue
			}
			next := append(slices.Clone(path), imp)
			queue = append(queue, next)
			paths[imp] = shortAll(next)
		}
	}
	return paths
}

// ruleFor returns the rule of the innermost room that holds a package.
func ruleFor(pkg string, rules []rule) (rule, bool) {
	rooms := make([]string, len(rules))
	for i, r := range rules {
		rooms[i] = r.room
	}
	name, ok := longest(short(pkg), rooms)
	if !ok {
		return rule{}, false
	}
	return rules[slices.Index(rooms, name)], true
}

// longest returns the longest of the names that is path or a folder above it.
func longest(path string, names []string) (string, bool) {
	best, ok := "", false
	for _, n := range names {
		if (path == n || strings.HasPrefix(path, n+"/")) && len(n) >= len(best) {
			best, ok = n, true
		}
	}
	return best, ok
}

// place returns a package's folder in the repository.
func place(pkg string) string { return strings.TrimPrefix(pkg, module+"/") }

// short returns a package's name as rules write it.
func short(pkg string) string {
	return strings.TrimPrefix(strings.TrimPrefix(place(pkg), "plugin/"), "internal/")
}

func shortAll(pkgs []string) []string {
	out := make([]string, len(pkgs))
	for i, p := range pkgs {
		out[i] = short(p)
	}
	return out
}
