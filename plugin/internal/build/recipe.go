package build

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentfile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
)

// recipe is all that decides, beside the base, what an image's bytes are.
type recipe struct {
	plan     *plan.Plan
	digest   string
	contents apply.Contents
	agent    *agentfile.File // where the plan's image carries one
}

// on edits a base by the recipe's offline stage, and says what it did and which files differ. Nothing is written yet.
func (r recipe) on(ctx context.Context, base *opened, sink Sink) (*image.Editor, apply.Report, []manifest.Change, error) {
	seed, err := hex.DecodeString(r.digest)
	if err != nil {
		return nil, apply.Report{}, nil, fmt.Errorf("recipe digest: %w", err)
	}
	epoch, err := time.Parse(time.RFC3339, r.plan.Image.Epoch)
	if err != nil {
		return nil, apply.Report{}, nil, fmt.Errorf("epoch of the plan: %w", err)
	}
	carried, err := r.carried(base)
	if err != nil {
		return nil, apply.Report{}, nil, err
	}
	editor, err := base.reader.Edit(base.wim, base.index, image.Options{Epoch: epoch, Seed: seed})
	if err != nil {
		return nil, apply.Report{}, nil, fmt.Errorf("edit %s: %w", base.path, err)
	}
	sink.step("applying the plan")
	applied, err := apply.Run(ctx, editor, r.plan.Ops, setting.StageImage, r.contents, nil)
	if err != nil {
		return nil, applied, nil, fmt.Errorf("apply to %s: %w", base.path, err)
	}
	stamp := manifest.StampOf(r.plan, r.digest)
	if _, err := apply.Run(ctx, editor, stamp.Ops(), setting.StageImage, nil, nil); err != nil {
		return nil, applied, nil, fmt.Errorf("stamp the image: %w", err)
	}
	if err := r.carry(ctx, editor, carried); err != nil {
		return nil, applied, nil, err
	}
	done, err := editor.Commit()
	if err != nil {
		return nil, applied, nil, fmt.Errorf("edit %s: %w", base.path, err)
	}
	var changes []manifest.Change
	for _, c := range done {
		changes = append(changes, manifest.Change(c))
	}
	return editor, applied, changes, nil
}
