package validate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Collected is what was observed of one setting on one machine, to be judged on another. Where a text says why nothing was observed, facts
// do not count.
type Collected struct {
	Setting      string         `json:"setting"` // id in the plan
	Facts        []setting.Fact `json:"facts,omitempty"`
	Unobservable string         `json:"unobservable,omitempty"` // why the machine cannot show it
	Error        string         `json:"error,omitempty"`        // why we could not find out
}

// Collect observes every setting of the plan, sorted by id, and judges none. Errors are those of Run.
func Collect(ctx context.Context, p *plan.Plan, table setting.Table, r setting.Reader) ([]Collected, error) {
	todo, err := decode(p, table)
	if err != nil {
		return nil, err
	}
	all := make([]Collected, 0, len(todo))
	for _, s := range todo {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("observe %s: stopped after %d of %d settings: %w", r.Describe(), len(all), len(todo), err)
		}
		c := Collected{Setting: s.ID}
		o, err := s.spec.Observe(r)
		switch {
		case errors.Is(err, setting.ErrUnobservable):
			c.Unobservable = err.Error()
		case err != nil:
			c.Error = err.Error()
		default:
			c.Facts = o.Facts
		}
		all = append(all, c)
	}
	return all, nil
}

// told is an error that was observed elsewhere, in its own words.
type told struct {
	text string
	is   error
}

// Error is the text as it came.
func (t told) Error() string { return t.text }

// Unwrap gives what it counts as; nil for nothing that is known.
func (t told) Unwrap() error { return t.is }

// JudgeCollected judges what Collect has observed, as Run would have judged it there. A setting of the plan of which nothing came is an error,
// and so is the whole where something came twice or is of no setting of the plan.
func JudgeCollected(p *plan.Plan, table setting.Table, collected []Collected, opts Options) ([]setting.Finding, error) {
	if !slices.Contains(setting.Stages(), opts.Stage) {
		return nil, fmt.Errorf("judge: unknown stage %q (known: %v)", opts.Stage, setting.Stages())
	}
	todo, err := decode(p, table)
	if err != nil {
		return nil, err
	}
	by := make(map[string]Collected, len(collected))
	for _, c := range collected {
		if _, twice := by[c.Setting]; twice {
			return nil, fmt.Errorf("what was collected names setting %q twice", c.Setting)
		}
		by[c.Setting] = c
	}
	findings := make([]setting.Finding, 0, len(todo))
	for _, s := range todo {
		c, ok := by[s.ID]
		delete(by, s.ID)
		var err error
		switch {
		case !ok:
			err = told{reasonNotCollected.EN, nil}
		case c.Error != "":
			err = told{c.Error, nil}
		case c.Unobservable != "":
			err = told{c.Unobservable, setting.ErrUnobservable}
		}
		findings = append(findings, s.judge(setting.Observed{Facts: c.Facts}, err, opts))
	}
	for id := range by {
		return nil, fmt.Errorf("what was collected names setting %q, which the plan does not have: it is of another plan", id)
	}
	return findings, nil
}
