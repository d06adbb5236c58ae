package docs_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

var update = flag.Bool("update", false, "write the generated part of docs/language.md anew")

const (
	functionsOpen  = "<!-- functions: generated from the sources by `go test ./tests/docs -update`; do not edit -->\n"
	functionsClose = "<!-- /functions -->\n"
)

// group is some functions under the comment that heads them in the source.
type group struct {
	title string
	names []string
}

// functionGroups reads the table of functions out of its source, which is the only place that lists them: tests see the project from
// outside and cannot import it.
func functionGroups(t *testing.T) []group {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, filepath.Join(harness.Root(t), "plugin/internal/profile/functions.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var groups []group
	ast.Inspect(parsed, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if _, isMap := literal.Type.(*ast.MapType); !isMap {
			return true
		}
		last := literal.Lbrace
		for _, e := range literal.Elts {
			pair, ok := e.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			for _, c := range parsed.Comments {
				if c.Pos() > last && c.End() < pair.Pos() {
					groups = append(groups, group{title: strings.TrimSpace(c.Text())})
				}
			}
			if len(groups) == 0 {
				t.Fatal("functions.go: no comment heads the first functions")
			}
			name, err := strconv.Unquote(pair.Key.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			g := &groups[len(groups)-1]
			g.names = append(g.names, name)
			last = pair.End()
		}
		return false
	})
	return groups
}

// TestFunctionTable holds the page's table to the functions that there are.
func TestFunctionTable(t *testing.T) {
	p := readPage(t, language)
	var want strings.Builder
	known := map[string]bool{}
	for _, g := range functionGroups(t) {
		fmt.Fprintf(&want, "\n| %s | gives |\n|---|---|\n", g.title)
		for _, name := range g.names {
			known[name] = true
			example, ok := examples[name]
			if !ok {
				t.Errorf("the function %s has no example", name)
				continue
			}
			fmt.Fprintf(&want, "| `%s` | `%s` |\n", example[0], example[1])
		}
	}
	want.WriteString("\n")
	for name := range examples {
		if !known[name] {
			t.Errorf("there is an example of %s, which is no function", name)
		}
	}
	before, rest, ok := strings.Cut(p.text, functionsOpen)
	got, after, closed := strings.Cut(rest, functionsClose)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table of functions, between %q and %q", p.path, functionsOpen, functionsClose)
	}
	if *update {
		text := before + functionsOpen + want.String() + functionsClose + after
		if err := os.WriteFile(filepath.Join(harness.Root(t), filepath.FromSlash(p.path)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want.String(), got); diff != "" {
		t.Errorf("%s: the table of functions is stale; go test ./tests/docs -update (-want +page):\n%s", p.path, diff)
	}
}

// TestFunctionExamples lets the command compare each example with its result.
func TestFunctionExamples(t *testing.T) {
	check := func(t *testing.T, name string, example [2]string, code int) string {
		var m strings.Builder
		fmt.Fprintf(&m, "module \"examples\" {\n  version = \"1.0.0\"\n  method = \"policies\"\n  severity_source = \"a test\"\n  title = { en = \"x\", sv = \"x\" }\n")
		fmt.Fprintf(&m, "  input \"x\" {\n    type = bool\n    default = true\n    description = { en = \"x\", sv = \"x\" }\n    validation {\n")
		fmt.Fprintf(&m, "      condition = jsonencode(%s) == jsonencode(%s)\n      error_message = { en = \"%s gives something else\", sv = \"x\" }\n    }\n  }\n", example[0], example[1], name)
		fmt.Fprintf(&m, "  setting \"service\" \"x\" {\n    name = \"x\"\n    start = \"manual\"\n    severity = \"low\"\n    rationale = { en = \"x\", sv = \"x\" }\n  }\n}\n")
		dir, _ := writeExamples(t)
		if err := os.WriteFile(filepath.Join(dir, "profiles", "modules", "examples.hcl"), []byte(m.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return harness.Wmclient(t, dir, "check", "profiles").Must(t, code).Stderr
	}
	for name, example := range examples {
		t.Run(name, func(t *testing.T) {
			if !strings.HasPrefix(example[0], name+"(") {
				t.Errorf("%q does not call %s", example[0], name)
			}
			check(t, name, example, 0)
		})
	}
	t.Run("a wrong result is seen", func(t *testing.T) {
		if text := check(t, "abs", [2]string{"abs(-3)", "-3"}, 2); !strings.Contains(text, "abs gives something else") {
			t.Errorf("the command says: %s", text)
		}
	})
}

// examples shows each function once: the call and what it gives.
var examples = map[string][2]string{
	"abs":      {`abs(-3)`, `3`},
	"ceil":     {`ceil(1.2)`, `2`},
	"floor":    {`floor(1.8)`, `1`},
	"max":      {`max(1, 3)`, `3`},
	"min":      {`min(1, 3)`, `1`},
	"parseint": {`parseint("ff", 16)`, `255`},
	"signum":   {`signum(-3)`, `-1`},

	"chomp":        {`chomp("text\n")`, `"text"`},
	"format":       {`format("%03d", 7)`, `"007"`},
	"formatlist":   {`formatlist("%s:", ["C", "D"])`, `["C:", "D:"]`},
	"indent":       {`indent(2, "a\nb")`, `"a\n  b"`},
	"join":         {`join(", ", ["a", "b"])`, `"a, b"`},
	"lower":        {`lower("HKLM")`, `"hklm"`},
	"regex":        {`regex("[0-9]+", "KB5001")`, `"5001"`},
	"regexall":     {`regexall("[0-9]", "a1b2")`, `["1", "2"]`},
	"regexreplace": {`regexreplace("a1b2", "[0-9]", "")`, `"ab"`},
	"replace":      {`replace("a.b", ".", "-")`, `"a-b"`},
	"split":        {`split(",", "a,b")`, `["a", "b"]`},
	"strlen":       {`strlen("åäö")`, `3`},
	"substr":       {`substr("Spooler", 0, 5)`, `"Spool"`},
	"trim":         {`trim("--a--", "-")`, `"a"`},
	"trimprefix":   {`trimprefix("svc:Fax", "svc:")`, `"Fax"`},
	"trimspace":    {`trimspace("  a\n")`, `"a"`},
	"trimsuffix":   {`trimsuffix("a.hcl", ".hcl")`, `"a"`},
	"upper":        {`upper("hklm")`, `"HKLM"`},

	"chunklist":       {`chunklist([1, 2, 3], 2)`, `[[1, 2], [3]]`},
	"coalesce":        {`coalesce(null, "a")`, `"a"`},
	"coalescelist":    {`coalescelist([], ["a"])`, `["a"]`},
	"compact":         {`compact(["a", "", "b"])`, `["a", "b"]`},
	"concat":          {`concat(["a"], ["b"])`, `["a", "b"]`},
	"contains":        {`contains(["a", "b"], "b")`, `true`},
	"distinct":        {`distinct(["a", "a"])`, `["a"]`},
	"element":         {`element(["a", "b"], 2)`, `"a"`},
	"flatten":         {`flatten([["a"], ["b"]])`, `["a", "b"]`},
	"keys":            {`keys({ b = 1, a = 2 })`, `["a", "b"]`},
	"length":          {`length(["a", "b"])`, `2`},
	"lookup":          {`lookup({ a = 1 }, "b", 0)`, `0`},
	"merge":           {`merge({ a = 1 }, { b = 2 })`, `{ a = 1, b = 2 }`},
	"range":           {`range(3)`, `[0, 1, 2]`},
	"reverse":         {`reverse(["a", "b"])`, `["b", "a"]`},
	"setintersection": {`setintersection(["a", "b"], ["b"])`, `["b"]`},
	"setsubtract":     {`setsubtract(["a", "b"], ["b"])`, `["a"]`},
	"setunion":        {`setunion(["b"], ["a"])`, `["a", "b"]`},
	"slice":           {`slice(["a", "b", "c"], 0, 2)`, `["a", "b"]`},
	"sort":            {`sort(["b", "a"])`, `["a", "b"]`},
	"values":          {`values({ b = 1, a = 2 })`, `[2, 1]`},
	"zipmap":          {`zipmap(["a", "b"], [1, 2])`, `{ a = 1, b = 2 }`},

	"csvdecode":  {`csvdecode("a,b\n1,2")`, `[{ a = "1", b = "2" }]`},
	"jsondecode": {`jsondecode("{\"a\":1}")`, `{ a = 1 }`},
	"jsonencode": {`jsonencode({ a = 1 })`, `"{\"a\":1}"`},

	"can": {`can(parseint("x", 10))`, `false`},
	"try": {`try(parseint("x", 10), 0)`, `0`},
}
