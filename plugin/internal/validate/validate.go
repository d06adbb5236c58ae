// Package validate observes every setting of a plan on a target and judges it: findings.
//
// Kinds come in as a table and targets as a reader, so that an image file, a running client and a collected snapshot are judged by
// the same code. The package refuses to turn what it does not know into a pass: an error, an outcome that is not in the closed set,
// and a pass for which nothing was observed are all findings with outcome error.
package validate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Options says what is known of the target.
type Options struct {
	// Stage is the latest stage that the target has been through; setting.StageImage for an image file.
	Stage setting.Stage
	// Before holds what ObserveAll saw on the base, by setting id; nil where nobody looked.
	Before map[string]Observation
}

// Observation is what was seen of one setting on the base, before any change.
type Observation struct {
	// Text is the canonical text of the state, or says why it is not known.
	Text string
	// Facts is everything that was looked at.
	Facts []setting.Fact
}

// Run judges every setting of the plan and returns the findings sorted by setting id. A plan that cannot be judged as a whole
// (unknown kind, undecodable or repeated setting, unknown stage or effect) and a cancelled context are an error; what goes wrong with
// one setting is that setting's finding.
func Run(ctx context.Context, p *plan.Plan, table setting.Table, r setting.Reader, opts Options) ([]setting.Finding, error) {
	prepared, err := Prepare(p, table)
	if err != nil {
		return nil, err
	}
	return prepared.Run(ctx, r, opts)
}

// Prepared is a plan whose settings are decoded, for whoever judges many targets by it. It does not change, and several goroutines may use it.
type Prepared struct{ todo []decoded }

// Prepare decodes a plan. What makes it one that cannot be judged as a whole is an error, as in Run.
func Prepare(p *plan.Plan, table setting.Table) (*Prepared, error) {
	todo, err := decode(p, table)
	if err != nil {
		return nil, err
	}
	return &Prepared{todo}, nil
}

// Run judges every setting of the plan on one target.
func (p *Prepared) Run(ctx context.Context, r setting.Reader, opts Options) ([]setting.Finding, error) {
	if !slices.Contains(setting.Stages(), opts.Stage) {
		return nil, fmt.Errorf("validate %s: unknown stage %q (known: %v)", r.Describe(), opts.Stage, setting.Stages())
	}
	findings := make([]setting.Finding, 0, len(p.todo))
	for _, s := range p.todo {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("validate %s: stopped after %d of %d settings: %w", r.Describe(), len(findings), len(p.todo), err)
		}
		o, err := s.spec.Observe(r)
		findings = append(findings, s.judge(o, err, opts))
	}
	return findings, nil
}

// ObserveAll looks at every setting of the plan without judging it: the state before a change. What cannot be seen is said in the
// observation's text; only a plan that cannot be judged as a whole and a cancelled context are an error.
func ObserveAll(ctx context.Context, p *plan.Plan, table setting.Table, r setting.Reader) (map[string]Observation, error) {
	todo, err := decode(p, table)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]Observation, len(todo))
	for _, s := range todo {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("observe %s: stopped after %d of %d settings: %w", r.Describe(), len(seen), len(todo), err)
		}
		seen[s.ID] = s.observe(r)
	}
	return seen, nil
}

// decoded is a setting of the plan with its spec.
type decoded struct {
	plan.Setting
	spec  setting.Spec
	setBy string // of a skipped setting: the first other one that sets a place which it names; "" where none does
}

// decode makes the specs of all settings, sorted by id, and reports every setting that it cannot decode.
func decode(p *plan.Plan, table setting.Table) ([]decoded, error) {
	var problems []error
	all := make([]decoded, 0, len(p.Settings))
	seen := make(map[string]bool, len(p.Settings))
	for _, s := range p.Settings {
		d := decoded{Setting: s}
		var err error
		if d.spec, err = table.DecodeJSON(s.Kind, s.Spec); err != nil {
			problems = append(problems, fmt.Errorf("setting %s: %w", s.ID, err))
		}
		if seen[s.ID] {
			problems = append(problems, fmt.Errorf("setting %s is in the plan twice", s.ID))
		}
		if !slices.Contains([]plan.Effect{plan.EffectSet, plan.EffectValue, plan.EffectSkip}, s.Effect) {
			problems = append(problems, fmt.Errorf("setting %s has the unknown effect %q", s.ID, s.Effect))
		}
		for _, stage := range s.Stages {
			if !slices.Contains(setting.Stages(), stage) {
				problems = append(problems, fmt.Errorf("setting %s has the unknown stage %q", s.ID, stage))
			}
		}
		seen[s.ID] = true
		all = append(all, d)
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("this plan cannot be judged by this program (compose it anew, or use the version that made it): %w",
			errors.Join(problems...))
	}
	slices.SortFunc(all, func(a, b decoded) int { return strings.Compare(a.ID, b.ID) })
	nameSetters(all, p.Base.Base)
	return all, nil
}

// nameSetters finds the skipped settings whose places other settings set all the same: of those nobody may say that the base's state
// was left alone.
func nameSetters(all []decoded, base setting.Base) {
	setters := make(plan.Setters)
	for _, d := range all {
		if d.Effect != plan.EffectSkip {
			setters.Add(d.ID, d.spec.Claims(base))
		}
	}
	for i, d := range all {
		if d.Effect == plan.EffectSkip {
			all[i].setBy = setters.Of(d.spec.Claims(base))
		}
	}
}

// observe is the state of one setting in words.
func (d decoded) observe(r setting.Reader) Observation {
	o, err := d.spec.Observe(r)
	switch {
	case errors.Is(err, setting.ErrUnobservable):
		return Observation{Text: "unobservable"}
	case err != nil:
		return Observation{Text: "unknown: " + err.Error()}
	}
	seen := Observation{Text: d.spec.Judge(o).Observed, Facts: o.Facts}
	if seen.Text == "" {
		seen.Text = factsText(o.Facts)
	}
	return seen
}

// factsText says what was seen where the kind has no text for it.
func factsText(facts []setting.Fact) string {
	if len(facts) == 1 {
		return facts[0].String()
	}
	parts := make([]string, len(facts))
	for i, f := range facts {
		parts[i] = fmt.Sprintf("%s is %s", f.Location, f)
	}
	return strings.Join(parts, "; ")
}
