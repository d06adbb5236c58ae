package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// MaxBytes is how large a plan.json may be.
const MaxBytes = 64 << 20

// ErrSchema is wrapped by Parse where the bytes are no plan of the schema that this package knows.
var ErrSchema = errors.New("no " + Schema)

// ErrNewer is wrapped by Parse where a newer engine made the plan.
var ErrNewer = errors.New("made by a newer wmclient")

// Parse reads a plan.json. It is strict, because a plan that is understood in part would be judged in part: unknown fields, another
// schema (ErrSchema), a newer engine format (ErrNewer), bytes that are not canonical (canonical.ErrNotCanonical), and contents that
// Compose would never write are errors. Specs are decoded later, with the table of kinds.
func Parse(b []byte) (*Plan, error) {
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("read plan: %d bytes, more than the %d that a plan may have", len(b), MaxBytes)
	}
	var head struct {
		Schema       string `json:"schema"`
		EngineFormat int    `json:"engine_format"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("read plan: %w: %w", ErrSchema, err)
	}
	if head.Schema != Schema {
		return nil, fmt.Errorf("read plan: schema %q: %w", head.Schema, ErrSchema)
	}
	if head.EngineFormat > EngineFormat {
		return nil, fmt.Errorf("read plan: engine format %d, this wmclient knows up to %d: %w; update wmclient", head.EngineFormat, EngineFormat, ErrNewer)
	}
	p := new(Plan)
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	if err := canonical.Verify(b); err != nil {
		return nil, fmt.Errorf("read plan: %w; a plan is kept byte by byte as it was written", err)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	// encoding/json takes field names in any case and null for anything: what it did not take as written shows here.
	again, err := canonical.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	if !bytes.Equal(again, b) {
		return nil, fmt.Errorf("read plan: fields are not written as %s has them", Schema)
	}
	return p, nil
}

// check refuses what Compose would never write.
func (p *Plan) check() error {
	if p.EngineFormat < 1 {
		return fmt.Errorf("engine format %d does not exist", p.EngineFormat)
	}
	if p.Modules == nil || p.Products == nil || p.Settings == nil || p.Ops == nil || p.Image.Class.Groups == nil || p.Base.Languages == nil {
		return errors.New("a list is missing; an empty one is written as []")
	}
	if len(p.Settings) > MaxSettings {
		return fmt.Errorf("%d settings, more than the %d that a plan may have", len(p.Settings), MaxSettings)
	}
	for i, m := range p.Modules {
		if i > 0 && p.Modules[i-1].Name >= m.Name {
			return fmt.Errorf("module %q is out of order or stands there twice", m.Name)
		}
	}
	for i, m := range p.Products {
		if i > 0 && compareProducts(p.Products[i-1], m) > 0 {
			return fmt.Errorf("product %q is out of order", m.Name)
		}
	}
	for i, f := range p.Image.Facts {
		if f.Name == "" || f.Value == "" || f.StatedBy == "" || i > 0 && p.Image.Facts[i-1].Name >= f.Name {
			return fmt.Errorf("fact %q is incomplete, out of order or stands there twice", f.Name)
		}
	}
	skipped, err := p.checkSettings()
	if err != nil {
		return err
	}
	return p.checkOps(skipped)
}

func (p *Plan) checkSettings() (skipped map[string]bool, err error) {
	skipped = make(map[string]bool, len(p.Settings))
	for i, s := range p.Settings {
		switch {
		case s.ID == "" || i > 0 && p.Settings[i-1].ID >= s.ID:
			return nil, fmt.Errorf("setting %q is out of order or stands there twice", s.ID)
		case s.Effect != EffectSet && s.Effect != EffectValue && s.Effect != EffectSkip:
			return nil, fmt.Errorf("setting %q has the unknown effect %q", s.ID, s.Effect)
		case !slices.Contains(setting.Severities(), s.Severity):
			return nil, fmt.Errorf("setting %q has the unknown severity %q", s.ID, s.Severity)
		case s.Stages == nil || s.Effect == EffectSkip && len(s.Stages) > 0:
			return nil, fmt.Errorf("setting %q has stages that its effect does not allow", s.ID)
		case len(s.Spec) == 0 || s.Spec[0] != '{':
			return nil, fmt.Errorf("setting %q has no spec", s.ID)
		}
		if _, err := time.Parse(time.DateOnly, s.Until); s.Until != "" && (err != nil || s.Effect == EffectSkip) {
			return nil, fmt.Errorf("setting %q is agreed on until %q, which is no day that it can end on", s.ID, s.Until)
		}
		for j, h := range s.Hazards {
			if rank := slices.Index(Hazards(), h); rank < 0 || j > 0 && slices.Index(Hazards(), s.Hazards[j-1]) >= rank {
				return nil, fmt.Errorf("setting %q has the hazard %q, unknown or out of order", s.ID, h)
			}
		}
		for j, stage := range s.Stages {
			if stageRank(stage) < 0 || j > 0 && stageRank(s.Stages[j-1]) >= stageRank(stage) {
				return nil, fmt.Errorf("setting %q has the stage %q, unknown or out of order", s.ID, stage)
			}
		}
		skipped[s.ID] = s.Effect == EffectSkip
	}
	return skipped, nil
}

func (p *Plan) checkOps(skipped map[string]bool) error {
	for i, o := range p.Ops {
		if stageRank(o.Op.Stage) < 0 || i > 0 && stageRank(p.Ops[i-1].Op.Stage) > stageRank(o.Op.Stage) {
			return fmt.Errorf("op %d has the stage %q, unknown or out of order", i, o.Op.Stage)
		}
		if !slices.Contains(setting.Actions(), o.Op.Action) {
			return fmt.Errorf("op %d has the unknown action %q", i, o.Op.Action)
		}
		if len(o.Settings) == 0 {
			return fmt.Errorf("op %d belongs to no setting", i)
		}
		for j, id := range o.Settings {
			skip, known := skipped[id]
			if !known || skip || j > 0 && o.Settings[j-1] >= id {
				return fmt.Errorf("op %d belongs to %q, which is unknown, skipped or out of order", i, id)
			}
		}
	}
	return nil
}
