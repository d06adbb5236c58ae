package agent

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// releaseStage is under which the ops of Bundle.Release stand in the journal. It is no stage of a plan.
const releaseStage setting.Stage = "release"

// anyStage is what apply is told of ops that are of no stage, since it knows those of plans alone.
const anyStage = setting.StageSeal

// maxData is how many bytes of a value stand in the journal at most.
const maxData = 16 << 10

// stage runs what is left of a stage, and returns why the machine must restart before anything else happens.
func (r *run) stage(stage setting.Stage) (restart []string, err error) {
	steps, err := apply.Prepare(r.Machine, r.Bundle.Plan.Ops, stage, r.Bundle.Contents())
	if err != nil {
		return nil, fmt.Errorf("stage %s: %w", stage, err)
	}
	was := r.journal.of(stage)
	if was.ended {
		return nil, nil
	}
	if reasons := r.unrestarted(stage); len(reasons) > 0 {
		return reasons, nil
	}
	if err := r.add(Entry{Type: EntryStage, Stage: stage}); err != nil {
		return nil, err
	}
	if err := r.steps(stage, steps, was); err != nil {
		return nil, err
	}
	return r.endStage(stage)
}

// steps runs the ops that the journal does not say were done.
func (r *run) steps(stage setting.Stage, steps []apply.Step, was progress) error {
	for i, s := range steps {
		if was.done[i+1] {
			continue
		}
		if err := r.ctx.Err(); err != nil {
			return fmt.Errorf("stage %s: stopped after %d of %d ops: %w", stage, i, len(steps), err)
		}
		done, err := r.step(stage, i+1, s, was.begun == i+1)
		if err != nil {
			return fmt.Errorf("stage %s: op %d of %d: %w", stage, i+1, len(steps), err)
		}
		r.emit(Event{Type: EventOp, Stage: stage, Done: i + 1, Total: len(steps), Text: apply.Subject(s.Op), Result: done.Result})
	}
	return nil
}

// ErrHalfDone is an op of which twice is not the same as once, that had begun when the process ended, and of which nobody can see whether it was done.
var ErrHalfDone = errors.New("it had begun when the work was interrupted, must not happen twice, and cannot be looked at")

// once reports whether to run an op twice is not the same as once: an installer that runs again, a secret that is made anew.
func once(op setting.Op) bool {
	scheme := op.Location.Scheme()
	return op.Action == setting.ActionStateSet && (scheme == setting.SchemeProgram || scheme == setting.SchemeSecret)
}

// step runs one op between its two entries. One that had begun before, and one that must not happen twice, is looked at first: where it is as
// wanted it is not run.
func (r *run) step(stage setting.Stage, number int, s apply.Step, begun bool) (apply.OpReport, error) {
	e := Entry{Type: EntryOp, Stage: stage, Op: number, Subject: apply.Subject(s.Op), Settings: s.Settings}
	fact, err := look(r.Machine, s.Op)
	e.Before = r.seen(s.Op, fact, err)
	if err := r.add(e); err != nil {
		return apply.OpReport{}, err
	}
	if begun && once(s.Op) && err != nil {
		return apply.OpReport{}, fmt.Errorf("%s: %w: %w", apply.Subject(s.Op), ErrHalfDone, err)
	}
	var done apply.OpReport
	if (begun || once(s.Op)) && err == nil && wanted(s.Op, fact) {
		done = apply.OpReport{StagedOp: s.StagedOp, Result: apply.Already, Reason: "it was as wanted before it ran"}
	} else if done, err = s.Run(); err != nil {
		e.Type, e.Before, e.Reasons = EntryOpFailed, nil, []string{err.Error()}
		return done, errors.Join(err, r.add(e))
	}
	e.Type, e.Before, e.Result = EntryOpDone, nil, done.Result
	if done.Reason != "" {
		e.Reasons = []string{done.Reason}
	}
	return done, r.add(e)
}

// endStage asks whether Windows waits for a restart, and ends the stage where it does not.
func (r *run) endStage(stage setting.Stage) ([]string, error) {
	reasons, err := r.Machine.PendingRestart()
	if err != nil {
		return nil, fmt.Errorf("stage %s: is a restart pending: %w", stage, err)
	}
	if len(reasons) == 0 {
		r.emit(Event{Type: EventStage, Stage: stage})
		return nil, r.add(Entry{Type: EntryStageDone, Stage: stage})
	}
	asked := 0
	for _, e := range r.journal.entries {
		switch {
		case e.Type == EntryEnd: // begun anew
			asked = 0
		case e.Type == EntryRestart && e.Stage == stage:
			asked++
		}
	}
	if asked >= maxRestarts {
		return nil, fmt.Errorf("stage %s: %w: %d of them, and still for %q", stage, ErrRestarts, asked, reasons)
	}
	return reasons, r.add(Entry{Type: EntryRestart, Stage: stage, Reasons: reasons})
}

// unrestarted returns for what a restart was asked for that has not been: the machine still runs as it did then.
func (r *run) unrestarted(stage setting.Stage) []string {
	e, ok := r.journal.last(EntryRestart)
	if !ok || e.Stage != stage || e.Boot != r.boot {
		return nil
	}
	return e.Reasons
}

// look observes the place that an op changes.
func look(m Machine, op setting.Op) (setting.Fact, error) {
	switch op.Action {
	case setting.ActionRegistrySet, setting.ActionRegistryDelete:
		reg, err := setting.AsRegistry(m)
		if err != nil {
			return setting.Fact{}, err
		}
		return setting.ObserveRegistry(reg, op.Key, op.Name)
	case setting.ActionPolicySet, setting.ActionPolicyDelete:
		pol, err := setting.AsPolicy(m)
		if err != nil {
			return setting.Fact{}, err
		}
		return setting.ObservePolicy(pol, op.Scope, op.Key, op.Name)
	case setting.ActionFilePut, setting.ActionFileDelete:
		return lookAtFile(m, op.Path)
	case setting.ActionRightSet:
		rights, err := setting.AsRights(m)
		if err != nil {
			return setting.Fact{}, err
		}
		sids, err := rights.RightHolders(op.Name)
		return setting.Fact{Location: setting.RightLocation(op.Name), Present: true, Value: list(sids)}, err
	default:
		return setting.ObserveState(m, op.Location)
	}
}

func lookAtFile(m Machine, path string) (setting.Fact, error) {
	fact := setting.Fact{Location: setting.FileLocation(path)}
	files, err := setting.AsFiles(m)
	if err != nil {
		return fact, err
	}
	f, err := files.File(path)
	if errors.Is(err, setting.ErrAbsent) {
		return fact, nil
	}
	fact.Present, fact.Value = true, f.SHA256
	return fact, err
}

// wanted reports whether what was seen is what the op would bring about. Where that is not known it is false, and the op runs.
func wanted(op setting.Op, seen setting.Fact) bool {
	switch op.Action {
	case setting.ActionRegistryDelete, setting.ActionFileDelete, setting.ActionStateDelete:
		return !seen.Present
	case setting.ActionRegistrySet, setting.ActionPolicySet:
		v, err := apply.Value(op)
		return err == nil && seen.Present && seen.Value == v.Text()
	case setting.ActionFilePut:
		return seen.Present && seen.Value == op.SHA256
	case setting.ActionRightSet:
		return seen.Present && seen.Value == list(op.SIDs)
	case setting.ActionStateSet:
		return seen.Present && seen.Value == op.Value
	}
	return false // a deleting entry of Registry.pol looks like none
}

// seen is what is kept of a place, with the bytes of a registry value of a common size.
func (r *run) seen(op setting.Op, f setting.Fact, err error) *Seen {
	if err != nil {
		return &Seen{Unknown: err.Error()}
	}
	if maySecret(f) {
		return &Seen{Present: true, Value: hidden}
	}
	s := &Seen{Present: f.Present, Value: f.Value}
	v, err := raw(r.Machine, op)
	if err != nil || len(v.Data) > maxData {
		return s
	}
	s.Type, s.Data = string(v.Type), hex.EncodeToString(v.Data)
	return s
}

// raw reads the registry value, or the entry of a policy file, that an op changes.
func raw(m Machine, op setting.Op) (setting.RegistryValue, error) {
	if op.Action == setting.ActionRegistrySet || op.Action == setting.ActionRegistryDelete {
		reg, err := setting.AsRegistry(m)
		if err != nil {
			return setting.RegistryValue{}, err
		}
		return reg.RegistryValue(op.Key, op.Name)
	}
	if op.Action == setting.ActionPolicySet || op.Action == setting.ActionPolicyDelete {
		pol, err := setting.AsPolicy(m)
		if err != nil {
			return setting.RegistryValue{}, err
		}
		return pol.PolicyValue(op.Scope, op.Key, op.Name)
	}
	return setting.RegistryValue{}, setting.ErrAbsent
}

// release runs the last ops: see settle.
func (r *run) release() error {
	staged := make([]plan.StagedOp, 0, len(r.Bundle.Release))
	for _, o := range r.Bundle.Release {
		o.Op.Stage = anyStage
		staged = append(staged, o)
	}
	steps, err := apply.Prepare(r.Machine, staged, anyStage, nil)
	if err == nil {
		err = r.steps(releaseStage, steps, r.journal.of(releaseStage))
	}
	if err != nil {
		return fmt.Errorf("let go of the network: %w", err)
	}
	return r.refresh()
}

// refresh lets a running Windows know that its firewall's policies have changed. Where it would not hear, they hold from its next start on:
// the journal says so, and it is no error, since what the machine shall be stands in its registry.
func (r *run) refresh() error {
	m, ok := r.Machine.(Refresher)
	if !ok {
		return nil
	}
	e := Entry{Type: EntryRefresh}
	if err := m.RefreshPolicy(); err != nil {
		e.Reasons = []string{err.Error()}
	}
	return r.add(e)
}
