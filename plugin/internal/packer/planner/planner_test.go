package planner_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/packer/planner"
)

const viewer = "../../../../profiles/images/radiology-viewer.hcl"

func TestConfigure(t *testing.T) {
	tests := map[string]struct {
		block map[string]any
		want  string
	}{
		"complete":          {map[string]any{"image": viewer}, ""},
		"nothing":           {map[string]any{}, "image is missing"},
		"unknown attribute": {map[string]any{"image": viewer, "imge": "x"}, `"imge"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := new(planner.Datasource).Configure(test.block)
			if (err != nil) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error: %v, want %q", err, test.want)
			}
		})
	}
}

func TestExecute(t *testing.T) {
	d := new(planner.Datasource)
	if err := d.Configure(map[string]any{"image": viewer, "output_directory": "there"}); err != nil {
		t.Fatal(err)
	}
	out, err := d.Execute()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"name": "radiology-viewer", "version": "1.2.0", "edition_id": "IoTEnterpriseS",
		"directory":  filepath.Join("there", "radiology-viewer", "1.2.0"),
		"image_file": filepath.Join("there", "radiology-viewer", "1.2.0", "image.wim"),
		"lock":       strings.TrimSuffix(viewer, ".hcl") + ".lock.hcl",
	} {
		if got := out.GetAttr(name).AsString(); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if digest := out.GetAttr("recipe_digest").AsString(); len(digest) != 64 {
		t.Errorf("recipe digest %q", digest)
	}
}

func TestExecuteRefuses(t *testing.T) {
	d := new(planner.Datasource)
	if err := d.Configure(map[string]any{"image": "none.hcl"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Execute(); err == nil || !strings.Contains(err.Error(), "image profile none.hcl does not exist\nhint: ") {
		t.Errorf("error: %v", err)
	}
}
