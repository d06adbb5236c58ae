package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// ObservationsSchema names the form of what observe prints. A reader refuses any other.
const ObservationsSchema = "wmclient/observations/1"

// MaxObservations bounds what is read of them: some 10,000 settings.
const MaxObservations = 64 << 20 // bytes

// Observations is all that a machine shows of a plan's settings, to be judged elsewhere.
type Observations struct {
	Schema       string               `json:"schema"`
	RecipeDigest string               `json:"recipe_digest"` // of the plan that was looked for
	Boot         string               `json:"boot"`
	Host         Host                 `json:"host"`
	Settings     []validate.Collected `json:"settings"` // sorted by id
}

// Observe looks at every setting of the bundle's plan, and changes nothing.
func Observe(ctx context.Context, b *bundle.Bundle, m Machine, table setting.Table) (*Observations, error) {
	if err := checkImage(Options{Bundle: b, Machine: m}); err != nil {
		return nil, err
	}
	o := &Observations{Schema: ObservationsSchema, RecipeDigest: b.RecipeDigest}
	var err error
	if o.Boot, err = m.BootID(); err != nil {
		return nil, fmt.Errorf("boot id of %s: %w", m.Describe(), err)
	}
	if o.Host, err = m.Host(); err != nil {
		return nil, fmt.Errorf("what machine is %s: %w", m.Describe(), err)
	}
	o.Settings, err = validate.Collect(ctx, b.Plan, table, m)
	return o, err
}

// ReadObservations reads what observe has printed. Another schema, fields that are not known and anything behind the document are errors.
func ReadObservations(raw []byte) (*Observations, error) {
	if len(raw) > MaxObservations {
		return nil, fmt.Errorf("observations: %d bytes are more than %d", len(raw), MaxObservations)
	}
	o := new(Observations)
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(o); err != nil {
		return nil, fmt.Errorf("observations: %w", err)
	}
	if rest := bytes.TrimSpace(raw[d.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("observations: %d bytes stand behind them", len(rest))
	}
	if o.Schema != ObservationsSchema {
		return nil, fmt.Errorf("observations: their schema is %q, this program knows %s", o.Schema, ObservationsSchema)
	}
	return o, nil
}
