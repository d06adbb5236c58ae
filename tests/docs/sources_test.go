package docs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

func parseSource(t *testing.T, name string) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(harness.Root(t), filepath.FromSlash(name)), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// words are all codes of a page's prose, and the words they consist of.
func words(t *testing.T, p page) map[string]bool {
	t.Helper()
	_, prose := p.read(t)
	out := map[string]bool{}
	for _, c := range codes(strings.Join(prose, "\n")) {
		out[c] = true
		for _, w := range strings.FieldsFunc(c, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
			out[w] = true
		}
	}
	return out
}

// TestEveryArgumentIsNamed finds blocks and arguments of the grammar that the page does not name.
func TestEveryArgumentIsNamed(t *testing.T) {
	known := words(t, readPage(t, language))
	tags := 0
	ast.Inspect(parseSource(t, "plugin/internal/profile/blocks.go"), func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if !ok || field.Tag == nil {
			return true
		}
		tag, sort, _ := strings.Cut(reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("hcl"), ",")
		if tag == "" || strings.HasPrefix(sort, "label") { // labels are written without their names
			return true
		}
		tags++
		if !known[tag] {
			t.Errorf("%s does not name %q, which the grammar has", language, tag)
		}
		return true
	})
	if tags < 30 {
		t.Errorf("only %d tags were found", tags)
	}
}

// TestEnvironmentFields holds the table of a product's stated environment to the fields that there are.
func TestEnvironmentFields(t *testing.T) {
	var want []string
	ast.Inspect(parseSource(t, "plugin/internal/environment/facts.go"), func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "Facts" {
			return true
		}
		for _, f := range spec.Type.(*ast.StructType).Fields.List {
			if f.Tag != nil {
				want = append(want, reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("fact"))
			}
		}
		return false
	})
	var got []string
	for _, r := range readPage(t, language).table(t, "environment") {
		got = append(got, codes(r.cells[0])...)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("%s: fields of an environment (-sources +page):\n%s", language, diff)
	}
}

// TestExitCodes holds the table to the command's own.
func TestExitCodes(t *testing.T) {
	src, err := os.ReadFile(filepath.Join(harness.Root(t), "plugin/internal/cli/exit.go"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\texit[A-Z]\w* += (\d+)$`).FindAllStringSubmatch(string(src), -1) {
		want[m[1]] = true
	}
	got := map[string]bool{}
	for _, r := range readPage(t, language).table(t, "exit codes") {
		got[codes(r.cells[0])[0]] = true
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("%s: exit codes (-sources +page):\n%s", language, diff)
	}
}

// TestLimits holds the figures of the page to the constants behind them.
func TestLimits(t *testing.T) {
	want := map[string]string{}
	for _, l := range []struct{ name, file, constant string }{
		{"bytes of one HCL file", "profile/tree.go", "maxFileSize"},
		{"HCL files of a tree", "profile/tree.go", "maxFiles"},
		{"bytes of all of them", "profile/tree.go", "maxTreeSize"},
		{"brackets and templates inside each other", "profile/tree.go", "maxNesting"},
		{"brackets, strings and operators of one file", "profile/tree.go", "maxOperator"},
		{"steps in the search for module versions", "profile/solve.go", "maxSteps"},
		{"bytes of a lock", "profile/lock/lock.go", "maxSize"},
		{"settings of a plan", "plan/compose.go", "MaxSettings"},
		{"settings that join one list", "plan/merge.go", "MaxJoined"},
	} {
		want[l.name] = constant(t, "plugin/internal/"+l.file, l.constant)
	}
	got := map[string]string{}
	for _, r := range readPage(t, language).table(t, "limits") {
		got[r.cells[0]] = strings.ReplaceAll(r.cells[1], " ", "")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: limits (-sources +page):\n%s", language, diff)
	}
}

// constant evaluates a constant of the sources.
func constant(t *testing.T, file, name string) string {
	t.Helper()
	value := ""
	ast.Inspect(parseSource(t, file), func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || spec.Names[0].Name != name || len(spec.Values) != 1 {
			return true
		}
		tv, err := types.Eval(token.NewFileSet(), nil, token.NoPos, types.ExprString(spec.Values[0]))
		if err != nil {
			t.Fatal(err)
		}
		value = tv.Value.ExactString()
		return false
	})
	if value == "" {
		t.Fatalf("%s has no constant %s", file, name)
	}
	return value
}

// TestConstraints lets the library judge what the page says of constraints. On builds the UBR is the minor version.
func TestConstraints(t *testing.T) {
	p := readPage(t, language)
	for _, table := range []string{"version constraints", "build constraints"} {
		for _, r := range p.table(t, table) {
			c, err := semver.NewConstraint(codes(r.cells[0])[0])
			if err != nil {
				t.Errorf("%s:%d: %v", p.path, r.line, err)
				continue
			}
			for column, want := range map[int]bool{1: true, 2: false} {
				for _, text := range codes(r.cells[column]) {
					v, err := semver.NewVersion(text)
					if err != nil {
						t.Errorf("%s:%d: %v", p.path, r.line, err)
					} else if c.Check(v) != want {
						t.Errorf("%s:%d: that %s takes %s is %v, and the page says %v", p.path, r.line, r.cells[0], text, !want, want)
					}
				}
			}
		}
	}
}

// TestNamedCommands finds make targets and subcommands that pages name and that do not exist.
func TestNamedCommands(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(harness.Root(t), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	help := harness.Wmclient(t, "", "help").Must(t, 0).Stdout
	for _, p := range pages(t) {
		_, prose := p.read(t)
		for _, c := range codes(strings.Join(prose, "\n")) {
			program, rest, _ := strings.Cut(c, " ")
			word, _, _ := strings.Cut(rest, " ")
			if word == "" || !regexp.MustCompile(`^[a-z-]+$`).MatchString(word) {
				continue
			}
			switch {
			case program == "make" && !regexp.MustCompile(fmt.Sprintf(`(?m)^%s:`, word)).Match(makefile):
				t.Errorf("%s: the Makefile has no target %q", p.path, word)
			case program == "wmclient" && !strings.HasPrefix(word, "-") && !regexp.MustCompile(fmt.Sprintf(`(?m)^  %s `, word)).MatchString(help):
				t.Errorf("%s: wmclient has no command %q", p.path, word)
			}
		}
	}
}
