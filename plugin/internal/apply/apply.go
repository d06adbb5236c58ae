// Package apply runs the ops of one stage of a plan on a target.
//
// It knows ops, not kinds, and no target by name: a target offers narrow writers, and an op that needs one which the target lacks is
// an error that names it, never a silent skip. Everything that can be known beforehand (stages, actions, types, data, abilities,
// contents) is checked before the first change. The package refuses to judge: what came of it is for validate to observe.
package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Target is some Windows to change. It is asked for the narrow writers below by assertion.
type Target interface {
	// Describe names the target for messages, for example "install.wim image 1".
	Describe() string
}

// RegistryWriter changes registry values. Keys are in the form of setting.NormalKey; both report whether anything changed.
type RegistryWriter interface {
	// SetRegistryValue writes the value, making missing keys.
	SetRegistryValue(key, name string, v setting.RegistryValue) (changed bool, err error)
	// DeleteRegistryValue removes the value; a value or key that is not there is no error.
	DeleteRegistryValue(key, name string) (changed bool, err error)
}

// KeyChecker tells whether a registry key exists. Every setting.RegistryReader is one.
type KeyChecker interface {
	// RegistryKey returns nil where the key exists, or an error that wraps setting.ErrAbsent.
	RegistryKey(key string) error
}

// PolicyWriter changes the entries of Registry.pol files.
type PolicyWriter interface {
	// SetPolicyValue makes the scope's Registry.pol set the value.
	SetPolicyValue(scope setting.PolicyScope, key, name string, v setting.RegistryValue) (changed bool, err error)
	// DeletePolicyValue makes the scope's Registry.pol delete the value.
	DeletePolicyValue(scope setting.PolicyScope, key, name string) (changed bool, err error)
}

// FileWriter changes files on the system volume; paths are absolute within it: "\Windows\x".
type FileWriter interface {
	// PutFile writes the content, which was verified, to path.
	PutFile(path string, c Content) (changed bool, err error)
	// DeleteFile removes the file; one that is not there is no error.
	DeleteFile(path string) (changed bool, err error)
}

// RightWriter changes user-right assignments.
type RightWriter interface {
	// SetRightHolders makes exactly the SIDs the holders of the user right.
	SetRightHolders(constant string, sids []string) (changed bool, err error)
}

// StateWriter changes things that are neither a registry value nor a file.
type StateWriter interface {
	// SetState makes the thing at op.Location read op.Value, or removes it where the action is state-delete. A scheme that the target
	// cannot change is an error.
	SetState(op setting.Op) (changed bool, err error)
}

// Result says what came of one op.
type Result string

// The results of an op that did not fail.
const (
	Changed Result = "changed" // the target was changed
	Already Result = "already" // the target was so before
	Skipped Result = "skipped" // optional, and what it needs is not there
)

// OpReport is one op and what came of it.
type OpReport struct {
	plan.StagedOp
	Result Result `json:"result"`
	Reason string `json:"reason,omitempty"` // why it was skipped
}

// Report is what came of one stage's ops, in the order in which they ran.
type Report struct {
	Stage setting.Stage `json:"stage"`
	Ops   []OpReport    `json:"ops"`
}

// Count returns how many ops came to the result.
func (r Report) Count(result Result) int {
	n := 0
	for _, o := range r.Ops {
		if o.Result == result {
			n++
		}
	}
	return n
}

// Progress is told after each op how many of the stage's ops are done.
type Progress func(done, total int, op OpReport)

// Run runs the ops of exactly one stage in their order. On an error it stops and returns the report of the ops that were done, so
// that a caller can say how far it came. contents gives the bytes behind a digest and may be nil where no op puts a file; progress
// may be nil.
func Run(ctx context.Context, t Target, ops []plan.StagedOp, stage setting.Stage, contents Contents, progress Progress) (Report, error) {
	report := Report{Stage: stage, Ops: []OpReport{}}
	steps, err := Prepare(t, ops, stage, contents)
	if err != nil {
		return report, err
	}
	for i, s := range steps {
		if err := ctx.Err(); err != nil {
			return report, fmt.Errorf("apply stage %s to %s: stopped after %d of %d ops: %w", stage, t.Describe(), i, len(steps), err)
		}
		done, err := s.Run()
		if err != nil {
			return report, err
		}
		report.Ops = append(report.Ops, done)
		if progress != nil {
			progress(i+1, len(steps), done)
		}
	}
	return report, nil
}

// Prepare checks the ops of exactly one stage, as Run does before the first change, and returns them as steps in their order: for a caller
// that has something to do between them.
func Prepare(t Target, ops []plan.StagedOp, stage setting.Stage, contents Contents) ([]Step, error) {
	todo, err := Select(ops, stage)
	if err != nil {
		return nil, err
	}
	steps := make([]Step, len(todo))
	var problems []error
	for i, o := range todo {
		if steps[i], err = prepare(t, o, contents); err != nil {
			problems = append(problems, inOp(o, err))
		}
	}
	return steps, errors.Join(problems...)
}

// Select returns the ops of one stage in their order. An op of a stage or with an action that is not known is an error, whichever
// stage was asked for: a plan made by a newer version must not be applied in part.
func Select(ops []plan.StagedOp, stage setting.Stage) ([]plan.StagedOp, error) {
	if !slices.Contains(setting.Stages(), stage) {
		return nil, fmt.Errorf("unknown stage %q (known: %v)", stage, setting.Stages())
	}
	var chosen []plan.StagedOp
	for _, o := range ops {
		if !slices.Contains(setting.Stages(), o.Op.Stage) {
			return nil, inOp(o, fmt.Errorf("unknown stage %q (known: %v): the plan is newer than this program, or damaged",
				o.Op.Stage, setting.Stages()))
		}
		if !slices.Contains(setting.Actions(), o.Op.Action) {
			return nil, inOp(o, fmt.Errorf("unknown action (known: %v): the plan is newer than this program, or damaged", setting.Actions()))
		}
		if o.Op.Stage == stage {
			chosen = append(chosen, o)
		}
	}
	return chosen, nil
}

// inOp names the settings and the place in an error.
func inOp(o plan.StagedOp, err error) error {
	return fmt.Errorf("%s (for %s): %w", Subject(o.Op), strings.Join(o.Settings, ", "), err)
}

// Subject names an op and the place that it changes, for messages.
func Subject(op setting.Op) string {
	switch {
	case op.Location != "":
		return fmt.Sprintf("%s %s", op.Action, op.Location)
	case op.Path != "":
		return fmt.Sprintf("%s %s", op.Action, op.Path)
	case op.Scope != "":
		return fmt.Sprintf("%s %s %s!%s", op.Action, op.Scope, op.Key, op.Name)
	case op.Key != "":
		return fmt.Sprintf("%s %s!%s", op.Action, op.Key, op.Name)
	default:
		return fmt.Sprintf("%s %s", op.Action, op.Name)
	}
}
