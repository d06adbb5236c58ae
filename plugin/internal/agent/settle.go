package agent

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// settle judges the machine when all stages have run, lets go of the network where that passes, judges again, and writes the record. Where
// anything fails the network stays shut, or is shut again.
func (r *run) settle() (out Outcome, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, r.hold())
		}
	}()
	held := map[string]bool{} // settings that cannot be as wanted while the network is held
	for _, o := range r.Bundle.Release {
		for _, id := range o.Settings {
			held[id] = true
		}
	}
	findings, passed, err := r.judge(held)
	if err != nil {
		return out, err
	}
	if passed && len(r.Bundle.Release) > 0 {
		if err := r.release(); err != nil {
			return out, err
		}
		if findings, passed, err = r.judge(nil); err != nil {
			return out, err
		}
	}
	if !passed {
		if err := r.hold(); err != nil { // before anything else: it is what failing closed means
			return out, err
		}
	}
	summary, err := validate.Summarize(findings)
	if err != nil {
		return out, err
	}
	out = Outcome{State: StateFailed, Summary: &summary}
	if passed {
		out.State = StateDone
	}
	if out.Record, err = r.record(findings, summary, passed); err != nil {
		return out, err
	}
	return out, r.add(Entry{Type: EntryEnd, Passed: &passed, Summary: &summary, Record: out.Record})
}

// judge observes and judges every setting. Those that are named do not count for whether it passed.
func (r *run) judge(but map[string]bool) ([]setting.Finding, bool, error) {
	stages := r.Bundle.Stages
	findings, err := validate.Run(r.ctx, r.Bundle.Plan, r.Table, r.Machine, validate.Options{Stage: stages[len(stages)-1]})
	if err != nil {
		return nil, false, fmt.Errorf("judge %s: %w", r.Machine.Describe(), err)
	}
	for i, f := range findings {
		findings[i] = withoutSecrets(f)
	}
	counted := slices.DeleteFunc(slices.Clone(findings), func(f setting.Finding) bool { return but[f.Setting] })
	passed := true
	if len(counted) > 0 || len(but) == 0 {
		summary, err := validate.Summarize(counted)
		if err != nil {
			return nil, false, err
		}
		passed = !validate.Failed(summary, validate.Gate{AllowUnobservable: r.Bundle.Plan.Image.AllowUnobservable})
	}
	all, err := validate.Summarize(findings)
	if err != nil {
		return nil, false, err
	}
	for _, f := range findings {
		r.emit(Event{Type: EventFinding, Finding: &f})
	}
	return findings, passed, r.add(Entry{Type: EntryJudged, Summary: &all, Passed: &passed})
}

// hold takes back what release has done, from the journal, so that it works after a crash too. What stood there before is put back byte by
// byte; where that is not known the network stays open, and that is an error.
func (r *run) hold() error {
	p := r.journal.of(releaseStage)
	var problems []error
	undone := false
	for i, o := range slices.Backward(r.Bundle.Release) {
		number := i + 1
		if !p.done[number] && p.begun != number {
			continue
		}
		undo, err := back(o, r.journal.before(releaseStage, number))
		if err == nil {
			err = r.runOne(undo)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("shut the network again: %s: %w", apply.Subject(o.Op), err))
			continue
		}
		undone = true
		problems = append(problems, r.add(Entry{Type: EntryUndo, Stage: releaseStage, Op: number, Subject: apply.Subject(undo.Op)}))
	}
	if undone {
		problems = append(problems, r.refresh())
	}
	return errors.Join(problems...)
}

// back is the op that puts back what stood there before.
func back(o plan.StagedOp, was *Seen) (plan.StagedOp, error) {
	if was == nil || was.Unknown != "" {
		return o, errors.New("what stood there before is not known")
	}
	op := o.Op
	policy := op.Action == setting.ActionPolicySet || op.Action == setting.ActionPolicyDelete
	op.NeedKey, op.Optional = "", false
	switch {
	case was.Present && was.Type == "":
		return o, errors.New("the journal does not hold the bytes that stood there before")
	case was.Present && policy:
		op.Action = setting.ActionPolicySet
	case was.Present:
		op.Action = setting.ActionRegistrySet
	case policy:
		op.Action = setting.ActionPolicyDelete
	default:
		op.Action = setting.ActionRegistryDelete
	}
	op.Type, op.Data = setting.ValueType(was.Type), was.Data
	if !was.Present {
		op.Type, op.Data = "", ""
	}
	if _, err := hex.DecodeString(op.Data); err != nil {
		return o, err
	}
	o.Op = op
	return o, nil
}

// runOne runs an op by itself.
func (r *run) runOne(o plan.StagedOp) error {
	o.Op.Stage = anyStage
	steps, err := apply.Prepare(r.Machine, []plan.StagedOp{o}, anyStage, nil)
	if err != nil {
		return err
	}
	_, err = steps[0].Run()
	return err
}

// list is the text of a list of SIDs.
func list(sids []string) string { return strings.Join(sids, ",") }
