package profile_test

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var update = flag.Bool("update", false, "write the golden files anew")

const golden = "want.diag"

func table(t testing.TB) setting.Table {
	t.Helper()
	tab, err := kinds.Table()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// tree makes a profile tree of archives; files of later ones win.
func tree(t testing.TB, archives ...*txtar.Archive) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for _, a := range archives {
		for _, f := range a.Files {
			if f.Name != golden {
				out[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
			}
		}
	}
	return out
}

func archive(t testing.TB, name string) *txtar.Archive {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func good(t testing.TB) *txtar.Archive { return archive(t, filepath.Join("testdata", "good.txtar")) }

// check renders all problems of a tree as a person sees them.
func check(t testing.TB, fsys fs.FS) string {
	t.Helper()
	set, _ := profile.LoadFS(fsys, "profiles", table(t))
	var buf bytes.Buffer
	if err := profile.WriteDiags(&buf, set.Check(), set.Files(), profile.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestGoodTreeHasNoDiagnostics(t *testing.T) {
	if got := check(t, tree(t, good(t))); got != "" {
		t.Errorf("diagnostics of a tree without faults:\n%s", got)
	}
}

// TestDiags holds every message against its golden text, with ranges and snippets.
func TestDiags(t *testing.T) {
	cases, err := filepath.Glob(filepath.Join("testdata", "diags", "*.txtar"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a := archive(t, file)
			fsys := tree(t, good(t), a)
			got := check(t, fsys)
			for range 20 { // hcl decodes through maps: the order must not show
				if again := check(t, fsys); again != got {
					t.Fatalf("a second run says something else (-first +second):\n%s", cmp.Diff(got, again))
				}
			}
			if *update {
				writeGolden(t, file, a, got)
				return
			}
			if diff := cmp.Diff(wanted(a), got); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

func wanted(a *txtar.Archive) string {
	for _, f := range a.Files {
		if f.Name == golden {
			return string(f.Data)
		}
	}
	return ""
}

func writeGolden(t *testing.T, file string, a *txtar.Archive, got string) {
	t.Helper()
	out := &txtar.Archive{Comment: a.Comment}
	for _, f := range a.Files {
		if f.Name != golden {
			out.Files = append(out.Files, f)
		}
	}
	out.Files = append(out.Files, txtar.File{Name: golden, Data: []byte(got)})
	if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
		t.Fatal(err)
	}
}
