package repro

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

var update = flag.Bool("update", false, "write the goldens anew")

// TestGoldens holds the findings of each image of the project, built from its lab base, and the plan of one against what is checked in. Sisters,
// which are like another image on another base, are left to tests/library: it builds all of them.
func TestGoldens(t *testing.T) {
	images, err := filepath.Glob(filepath.Join(harness.Profiles(t), "images", "*.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, path := range images {
		name := filepath.Base(path[:len(path)-len(".hcl")])
		if filepath.Ext(name) == ".lock" || like.Match(read(t, path)) {
			continue
		}
		seen++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := filepath.Join(t.TempDir(), "lab.wim")
			harness.Wmclient(t, "", "lab", "base", "--for", path, "--language", "sv-SE", "--out", base).Must(t, 0)
			out := filepath.Join(t.TempDir(), "out")
			harness.Wmclient(t, "", "build", harness.Locked(t, name, base), "--base", base, "--out", out).Must(t, 0)
			dirs, err := filepath.Glob(filepath.Join(out, name, "*"))
			if err != nil || len(dirs) != 1 {
				t.Fatalf("one version is expected in %s, got %v %v", out, dirs, err)
			}
			if name == imageName { // the others' plans are as long, and show in their findings
				golden(t, name+".plan.json", pretty(t, read(t, filepath.Join(dirs[0], "plan.json"))))
			}
			golden(t, name+".findings.json", findings(t, read(t, filepath.Join(dirs[0], "manifest.json"))))
		})
	}
	if seen < 5 {
		t.Errorf("%d images found, the project has at least 5", seen)
	}
}

var like = regexp.MustCompile(`(?m)^  like +=`)

// findings are the summary and, one a line, every finding of a manifest, without the evidence behind it.
func findings(t *testing.T, manifest []byte) []byte {
	t.Helper()
	var m struct {
		Summary  json.RawMessage
		Findings []struct {
			Setting  string `json:"setting"`
			Outcome  string `json:"outcome"`
			Expected string `json:"expected"`
			Observed string `json:"observed"`
			Before   string `json:"before"`
		}
	}
	if err := json.Unmarshal(manifest, &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Findings) == 0 {
		t.Fatal("the manifest has no findings")
	}
	return pretty(t, marshal(t, m))
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pretty indents JSON, so that diffs are readable.
func pretty(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", "  "); err != nil {
		t.Fatal(err)
	}
	return append(b.Bytes(), '\n')
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test ./tests/repro -update writes it", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-golden +now); if the change is meant: go test ./tests/repro -update, and read the diff\n%s", name, diff)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
