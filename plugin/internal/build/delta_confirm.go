package build

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// confirm judges base and image as a build does, and holds the delta's documents against that: a delta is not signed, and what it says of an
// image is to be no more than the image shows. The places in the provenance are the profiles' alone; of these only the recipe can be seen.
func (a *application) confirm(ctx context.Context) error {
	a.sink.step("validating " + ImageFile)
	findings, err := a.judge(ctx)
	if err != nil {
		return err
	}
	m := a.manifest
	var junit bytes.Buffer
	if err := report.JUnit(&junit, about(m.Plan, m.RecipeDigest, m.Platform), findings, gateOf(m.Plan)); err != nil {
		return err
	}
	slices.SortFunc(findings, func(x, y setting.Finding) int { return strings.Compare(x.Setting, y.Setting) })
	for i, f := range findings {
		same, err := equal(f, m.Findings[i])
		if err != nil {
			return err
		}
		if !same {
			return a.untrusted("its manifest says of %s that it is %s (%s), and in the image it is %s (%s)", f.Setting, m.Findings[i].Outcome, orNone(m.Findings[i].Observed), f.Outcome, orNone(f.Observed))
		}
	}
	if !bytes.Equal(junit.Bytes(), a.docs[3].data) {
		return a.untrusted("its %s is not the one of these findings", JUnitFile)
	}
	var from plan.Provenance
	if err := json.Unmarshal(a.docs[1].data, &from); err != nil || from.Schema != plan.ProvenanceSchema || from.Recipe != m.RecipeDigest {
		return a.untrusted("its %s is not that of its recipe", ProvenanceFile)
	}
	return nil
}

func (a *application) untrusted(format string, args ...any) error {
	return untrustedf("delta %s: %s; nothing was kept\nhint: take it anew from where it came from", a.path, fmt.Sprintf(format, args...))
}

// judge is every setting of the plan in the written image, in the order of a build.
func (a *application) judge(ctx context.Context) ([]setting.Finding, error) {
	table, err := kinds.Table()
	if err != nil {
		return nil, err
	}
	p := a.manifest.Plan
	before, err := validate.ObserveAll(ctx, p, table, a.base.reader)
	if err != nil {
		return nil, err
	}
	o, err := openWIM(a.staging.path(ImageFile), "1", nil)
	if err != nil {
		return nil, fmt.Errorf("open the written image again: %w", err)
	}
	defer o.close()
	plain, err := unheldOf(p, o.reader)
	if err != nil {
		return nil, err
	}
	findings, err := validate.Run(ctx, p, table, plain, validate.Options{Stage: setting.StageImage, Before: before})
	if failed := o.watch.failed(); failed != nil {
		return nil, fmt.Errorf("read the written image: %w", failed)
	}
	if err == nil && len(findings) != len(a.manifest.Findings) {
		err = a.untrusted("its manifest has %d findings, the image %d", len(a.manifest.Findings), len(findings))
	}
	return findings, err
}

// equal reports whether two findings say the same, evidence included.
func equal(a, b setting.Finding) (bool, error) {
	x, err := canonical.Marshal(a)
	if err != nil {
		return false, err
	}
	y, err := canonical.Marshal(b)
	return bytes.Equal(x, y), err
}
