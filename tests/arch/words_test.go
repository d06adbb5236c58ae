package arch_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// worldlyWords returns, in words, each place under root/plugin where a room without world mentions the clock, the
// environment, the standard streams or the end of the process. It reads files of every operating system.
func worldlyWords(root string, rules []rule) ([]string, error) {
	var found []string
	top := filepath.Join(root, "plugin")
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		words, err := wordsIn(rel, name, nil)
		if err != nil {
			return err
		}
		if r, ok := ruleFor(module+"/"+path.Dir(rel), rules); ok && r.world {
			return nil
		}
		found = append(found, words...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read sources under %q: %w", top, err)
	}
	return found, nil
}

// wordsIn returns the worldly mentions of one file, shown as standing at label. Source is as in parser.ParseFile. A
// mention counts even where nothing is called: a function handed on as a value is a clock as well.
func wordsIn(label, name string, source any) ([]string, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse %q: %w", name, err)
	}
	names := map[string]string{} // as the file calls a package -> its path
	for _, imp := range file.Imports {
		full, err := strconv.Unquote(imp.Path.Value)
		if err != nil || worldly[full] == nil {
			continue
		}
		as := path.Base(full)
		if imp.Name != nil {
			as = imp.Name.Name
		}
		names[as] = full
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := sel.X.(*ast.Ident); ok && slices.Contains(worldly[names[pkg.Name]], sel.Sel.Name) {
			found = append(found, fmt.Sprintf("%s:%d: %s.%s: only cli, packer and the mains may; take it as an input",
				label, set.Position(sel.Pos()).Line, names[pkg.Name], sel.Sel.Name))
		}
		return true
	})
	return found, nil
}
