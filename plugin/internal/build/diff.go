package build

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

// Diff compares two images, each given as a profile, a plan, a manifest or the directory of a release.
func Diff(a, b, epoch string) (*plan.DiffResult, error) {
	before, err := planOf(a, epoch)
	if err != nil {
		return nil, err
	}
	after, err := planOf(b, epoch)
	if err != nil {
		return nil, err
	}
	table, err := kinds.Table()
	if err != nil {
		return nil, err
	}
	return plan.Diff(before, after, table)
}

func planOf(path, epoch string) (*plan.Plan, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, PlanFile)
	}
	if strings.EqualFold(filepath.Ext(path), ".hcl") {
		p, err := Load(Inputs{Image: path, Epoch: epoch})
		if err != nil {
			return nil, err
		}
		return p.Composed.Plan, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("read %s: %w\nhint: give an image profile, a plan.json, a manifest.json or the directory of a build", path, err)
	}
	p, planErr := plan.Parse(data)
	if planErr == nil {
		return p, nil
	}
	switch {
	case !errors.Is(planErr, plan.ErrSchema):
		return nil, untrustedf("plan %s: %w", path, planErr)
	case !bytes.Contains(data, []byte(`"wmclient/manifest/`)):
		return nil, usagef("%s is neither a manifest nor a plan: %w\nhint: give an image profile, a plan.json, a manifest.json or the directory of a build", path, planErr)
	}
	m, _, err := readManifest(path)
	if err != nil {
		return nil, err
	}
	return m.Plan, nil
}
