package bundle_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

var notice = []byte("put at the first start\n")

// aPlan is a small plan that puts notice at first boot, and other bytes offline, which no bundle carries.
func aPlan() *plan.Plan {
	put := func(stage setting.Stage, path string, data []byte) plan.StagedOp {
		return plan.StagedOp{Settings: []string{"m/" + path[1:]}, Op: setting.Op{Stage: stage, Action: setting.ActionFilePut, Path: path,
			SHA256: canonical.Digest(data), Size: int64(len(data))}}
	}
	one := func(id string, stage setting.Stage) plan.Setting {
		return plan.Setting{ID: id, Kind: "file", Severity: setting.Low, Effect: plan.EffectSet, Spec: []byte(`{}`), Stages: []setting.Stage{stage}}
	}
	return &plan.Plan{
		Schema: plan.Schema, EngineFormat: plan.EngineFormat,
		Image:   plan.Image{Name: "viewer", Version: "1.0.0", Released: "2026-11-01", Epoch: "2026-11-01T00:00:00Z", Class: plan.Class{Type: "WM", Groups: []int{0}}, Management: plan.Management{Path: "none"}},
		Base:    plan.Base{Name: "b", Base: setting.Base{EditionID: "IoTEnterpriseS", Build: "19044.1288", Arch: "amd64", Languages: []string{"sv-SE"}, Channel: "LTSC"}},
		Modules: []plan.Ref{{Name: "m", Version: "1.0.0", Method: "policies"}}, Products: []plan.ProductRef{},
		Settings: []plan.Setting{one("m/a", setting.StageImage), one("m/b", setting.StageFirstBoot)},
		Ops:      []plan.StagedOp{put(setting.StageImage, `\a`, []byte("offline")), put(setting.StageFirstBoot, `\b`, notice)},
	}
}

func input() bundle.Input {
	return bundle.Input{Plan: aPlan(), Stages: []setting.Stage{setting.StageFirstBoot, setting.StageSeal}, Contents: apply.BytesContents(notice)}
}

func write(t *testing.T, b *bundle.Bundle) (dir, zipped string) {
	t.Helper()
	dir = t.TempDir()
	for _, f := range b.Files() {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || canonical.Digest(data) != f.SHA256 || int64(len(data)) != f.Size {
			t.Fatalf("%s: %v", f.Path, err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	zipped = filepath.Join(t.TempDir(), "b.zip")
	var out bytes.Buffer
	if err := b.WriteZip(&out); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(zipped, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, zipped
}

func TestBothForms(t *testing.T) {
	b, err := bundle.New(input())
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range b.Files() {
		paths = append(paths, f.Path)
	}
	if diff := cmp.Diff([]string{"bundle.json", "content/" + canonical.Digest(notice), "plan.json"}, paths); diff != "" {
		t.Errorf("files (-want +got)\n%s", diff)
	}
	dir, zipped := write(t, b)
	fromDir, err := bundle.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	fromZip, err := bundle.OpenZip(zipped)
	if err != nil {
		t.Fatal(err)
	}
	defer fromZip.Close()
	for name, got := range map[string]*bundle.Bundle{"folder": fromDir, "zip": fromZip.Bundle} {
		if got.Digest() != b.Digest() || got.RecipeDigest != b.RecipeDigest {
			t.Errorf("%s: another bundle", name)
		}
		if diff := cmp.Diff(b.Plan, got.Plan); diff != "" {
			t.Errorf("%s: plan (-want +got)\n%s", name, diff)
		}
		r, err := got.Contents()(canonical.Digest(notice))
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(data, notice) {
			t.Errorf("%s: content %q, %v", name, data, err)
		}
		r.Close()
	}
	var first, second bytes.Buffer
	if b.WriteZip(&first) != nil || fromDir.WriteZip(&second) != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same bundle has two zips")
	}
}

func TestNewRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*bundle.Input)
		want   string
	}{
		"no stage":      {func(in *bundle.Input) { in.Stages = nil }, "no stage"},
		"image":         {func(in *bundle.Input) { in.Stages = []setting.Stage{setting.StageImage} }, "offline"},
		"out of order":  {func(in *bundle.Input) { in.Stages = []setting.Stage{setting.StageSeal, setting.StageBuild} }, "order"},
		"unknown stage": {func(in *bundle.Input) { in.Stages = []setting.Stage{"later"} }, "unknown stage"},
		"no contents":   {func(in *bundle.Input) { in.Contents = nil }, "no source"},
		"other content": {func(in *bundle.Input) { in.Contents = apply.BytesContents([]byte("x")) }, canonical.Digest(notice)},
		"manifest":      {func(in *bundle.Input) { in.ManifestDigest = "abc" }, "manifest_digest"},
		"content of two sizes": {func(in *bundle.Input) {
			other := in.Plan.Ops[1]
			other.Op.Path, other.Op.Size = `\c`, other.Op.Size+1
			in.Plan.Ops = append(in.Plan.Ops, other)
		}, "bytes in one op"},
		"content without a digest": {func(in *bundle.Input) { in.Plan.Ops[1].Op.SHA256 = "../../x" }, "is no content"},
		"content of no size":       {func(in *bundle.Input) { in.Plan.Ops[1].Op.Size = -1 }, "is no content"},
		"too many contents": {func(in *bundle.Input) {
			for n := range 10_000 {
				other := in.Plan.Ops[1]
				other.Op.Path, other.Op.SHA256 = fmt.Sprintf(`\c%d`, n), canonical.Digest([]byte{byte(n), byte(n >> 8)})
				in.Plan.Ops = append(in.Plan.Ops, other)
			}
		}, "more than 10000"},
		"release": {func(in *bundle.Input) {
			in.Release = []plan.StagedOp{{Settings: []string{"x"}, Op: setting.Op{Stage: setting.StageSeal, Action: setting.ActionFileDelete, Path: `\x`}}}
		}, "release"},
	} {
		t.Run(name, func(t *testing.T) {
			in := input()
			tc.change(&in)
			if _, err := bundle.New(in); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// TestDamaged changes one thing of a good bundle at a time: none may open.
func TestDamaged(t *testing.T) {
	b, err := bundle.New(input())
	if err != nil {
		t.Fatal(err)
	}
	content := "content/" + canonical.Digest(notice)
	edit := func(name, old, new string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.Replace(string(data), old, new, 1)
			if changed == string(data) {
				t.Fatal("the test changes nothing")
			}
			if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, damage := range map[string]func(*testing.T, string){
		"schema":         edit("bundle.json", "bundle/1", "bundle/2"),
		"other image":    edit("bundle.json", `"viewer"`, `"reader"`),
		"no JSON":        edit("bundle.json", "{", "["),
		"not canonical":  edit("bundle.json", `,"keep"`, `, "keep"`),
		"other case":     edit("bundle.json", `"keep"`, `"Keep"`),
		"unknown field":  edit("bundle.json", `{"image"`, `{"extra":1,"image"`),
		"plan":           edit("plan.json", "sv-SE", "en-US"),
		"content":        edit(content, "put", "Put"),
		"longer content": edit(content, "put", "putt"),
		"no content":     func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, content))) },
		"no plan":        func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, "plan.json"))) },
		"no header":      func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, "bundle.json"))) },
		"left over":      func(t *testing.T, dir string) { must(t, os.WriteFile(filepath.Join(dir, "more"), nil, 0o600)) },
		"folder":         func(t *testing.T, dir string) { must(t, os.Mkdir(filepath.Join(dir, "more"), 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := write(t, b)
			damage(t, dir)
			if _, err := bundle.OpenDir(dir); err == nil {
				t.Error("the folder opens")
			}
			zipped := zipOf(t, dir)
			if _, err := bundle.OpenZip(zipped); err == nil && name != "folder" { // the zip made here has no empty folders
				t.Error("the zip opens")
			}
		})
	}
	dir, _ := write(t, b)
	edit(content, "put", "Put")(t, dir)
	if _, err := bundle.OpenDir(dir); err == nil || !strings.Contains(err.Error(), canonical.Digest(notice)) {
		t.Errorf("damaged content is not named: %v", err)
	}
	dir, _ = write(t, b)
	edit("plan.json", "sv-SE", "en-US")(t, dir)
	if _, err := bundle.OpenDir(dir); !errors.Is(err, bundle.ErrDigest) {
		t.Errorf("a damaged plan: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func zipOf(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "b.zip")
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	must(t, z.AddFS(os.DirFS(dir)))
	must(t, z.Close())
	must(t, os.WriteFile(name, out.Bytes(), 0o600))
	return name
}

func TestHostileZip(t *testing.T) {
	for name, data := range map[string][]byte{"nothing": {}, "text": []byte("hello"), "cut off": []byte("PK\x03\x04")} {
		path := filepath.Join(t.TempDir(), "b.zip")
		must(t, os.WriteFile(path, data, 0o600))
		if _, err := bundle.OpenZip(path); err == nil {
			t.Errorf("%s: it opens", name)
		}
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create("bundle.json")
	must(t, err)
	for range 10 { // compresses to a few KB, and is larger than a header may be
		fmt.Fprint(w, strings.Repeat(" ", 1<<20))
	}
	must(t, z.Close())
	path := filepath.Join(t.TempDir(), "b.zip")
	must(t, os.WriteFile(path, out.Bytes(), 0o600))
	if _, err := bundle.OpenZip(path); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("got %v", err)
	}
}
