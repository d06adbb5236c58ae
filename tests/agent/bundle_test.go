// Package agent_test runs wmguest.exe as a client would, in a fresh prefix of Wine, which is no Windows: what it shows is that the program
// works its bundle, keeps its journal and its exit codes, and goes on where it was killed. What Windows makes of the settings it does not show.
package agent_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// wanted is how many settings of each stage the bundle has.
const wanted = 30

// writeBundle makes a bundle of a real image's plan that Wine can hold: values of the registry alone, moved from the image to the stages that
// an agent runs, since an image's own stages ask for databases that Wine lacks.
func writeBundle(t *testing.T, folder string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	harness.Command{Path: harness.Binary(t, "wmclient"), Args: []string{"bundle", filepath.Join(harness.Profiles(t), "images", "radiology-viewer.hcl"), "--out", out,
		"--agent", harness.WindowsBinary(t, "wmguest"), "--stage", "first-boot,seal"}}.Run(t).Must(t, 0)
	z, err := zip.OpenReader(filepath.Join(out, "bundle.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	header, plan := decode(t, &z.Reader, "bundle.json"), decode(t, &z.Reader, "plan.json")
	shared := map[string]bool{} // settings that share an op with others
	for _, o := range plan["ops"].([]any) {
		if owners := o.(map[string]any)["settings"].([]any); len(owners) > 1 {
			for _, id := range owners {
				shared[id.(string)] = true
			}
		}
	}
	stages := map[string]string{} // by setting
	var settings []any
	for _, s := range plan["settings"].([]any) {
		s := s.(map[string]any)
		spec := s["spec"].(map[string]any)
		key, _ := spec["key"].(string)
		if s["kind"] != "registry_value" || s["effect"] != "set" || !strings.HasPrefix(key, `HKLM\SOFTWARE\`) || shared[s["id"].(string)] || len(settings) == 2*wanted {
			continue
		}
		stage := []string{"first-boot", "seal"}[len(settings)%2]
		stages[s["id"].(string)], s["stages"] = stage, []any{stage}
		settings = append(settings, s)
	}
	var ops []any
	for _, stage := range []string{"first-boot", "seal"} {
		for _, o := range plan["ops"].([]any) {
			o := o.(map[string]any)
			owners := o["settings"].([]any)
			if stages[owners[0].(string)] == stage {
				o["op"].(map[string]any)["stage"] = stage
				ops = append(ops, o)
			}
		}
	}
	if len(settings) != 2*wanted || len(ops) < 2*wanted {
		t.Fatalf("%d settings with %d ops: the image has changed", len(settings), len(ops))
	}
	plan["settings"], plan["ops"] = settings, ops
	raw := encode(t, plan)
	header["recipe_digest"] = hash(raw)
	for name, data := range map[string][]byte{"plan.json": raw, "bundle.json": encode(t, header)} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func decode(t *testing.T, z *zip.Reader, name string) map[string]any {
	t.Helper()
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// encode writes canonical JSON, as far as plans need it: encoding/json sorts names by bytes, which is the same for ASCII.
func encode(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
