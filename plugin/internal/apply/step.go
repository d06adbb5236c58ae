package apply

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// Step is an op that was checked and bound to the target's writer.
type Step struct {
	plan.StagedOp
	keys   KeyChecker          // nil where the op needs no key
	states setting.StateReader // nil but where a state that is not there is passed over
	change func() (changed bool, err error)
}

// Run runs the op. An error names it.
func (s Step) Run() (OpReport, error) {
	done, err := s.run()
	if err != nil {
		return done, inOp(s.StagedOp, err)
	}
	return done, nil
}

// prepare checks an op without changing anything.
func prepare(t Target, o plan.StagedOp, contents Contents) (Step, error) {
	if len(o.Settings) == 0 {
		return Step{}, errors.New("no setting asks for this op: the plan is damaged")
	}
	s := Step{StagedOp: o}
	if o.Op.NeedKey != "" {
		keys, err := ability[KeyChecker](t, "tell whether registry keys exist")
		if err != nil {
			return Step{}, err
		}
		s.keys = keys
	} else if o.Op.Optional {
		if o.Op.Action != setting.ActionStateSet {
			return Step{}, errors.New("is optional but names no key that it needs: the plan is damaged")
		}
		states, err := ability[setting.StateReader](t, "tell whether "+o.Op.Location.Scheme()+" states exist")
		if err != nil {
			return Step{}, err
		}
		s.states = states
	}
	var err error
	switch o.Op.Action {
	case setting.ActionRegistrySet, setting.ActionRegistryDelete:
		s.change, err = registryChange(t, o.Op)
	case setting.ActionPolicySet, setting.ActionPolicyDelete:
		s.change, err = policyChange(t, o.Op)
	case setting.ActionFilePut, setting.ActionFileDelete:
		s.change, err = fileChange(t, o.Op, contents)
	case setting.ActionRightSet:
		s.change, err = rightChange(t, o.Op)
	case setting.ActionStateSet, setting.ActionStateDelete:
		s.change, err = stateChange(t, o.Op)
	default:
		err = fmt.Errorf("unknown action (known: %v)", setting.Actions())
	}
	return s, err
}

// run makes the change, unless the op needs a key that is not there.
func (s Step) run() (OpReport, error) {
	o, done := s.StagedOp, OpReport{StagedOp: s.StagedOp, Result: Already}
	if s.keys != nil {
		err := s.keys.RegistryKey(o.Op.NeedKey)
		switch {
		case errors.Is(err, setting.ErrAbsent) && o.Op.Optional:
			done.Result, done.Reason = Skipped, fmt.Sprintf("%s is not there", o.Op.NeedKey)
			return done, nil
		case errors.Is(err, setting.ErrAbsent):
			return done, fmt.Errorf("needs the key %s, which is not there: check the name against this base, or say in the profile "+
				"that it may be missing (optional = true)", o.Op.NeedKey)
		case err != nil:
			return done, fmt.Errorf("look for the key %s: %w", o.Op.NeedKey, err)
		}
	}
	if s.states != nil {
		_, err := s.states.State(o.Op.Location)
		switch {
		case errors.Is(err, setting.ErrAbsent):
			done.Result, done.Reason = Skipped, fmt.Sprintf("%s is not there", o.Op.Location)
			return done, nil
		case err != nil:
			return done, fmt.Errorf("look for it: %w", err)
		}
	}
	changed, err := s.change()
	if err != nil {
		return done, err
	}
	if changed {
		done.Result = Changed
	}
	return done, nil
}

func registryChange(t Target, op setting.Op) (func() (bool, error), error) {
	w, err := ability[RegistryWriter](t, "change registry values")
	if err != nil {
		return nil, err
	}
	if op.Key == "" {
		return nil, errors.New("names no key: the plan is damaged")
	}
	if op.Action == setting.ActionRegistryDelete {
		return func() (bool, error) { return w.DeleteRegistryValue(op.Key, op.Name) }, nil
	}
	v, err := Value(op)
	if err != nil {
		return nil, err
	}
	return func() (bool, error) { return w.SetRegistryValue(op.Key, op.Name, v) }, nil
}

func policyChange(t Target, op setting.Op) (func() (bool, error), error) {
	w, err := ability[PolicyWriter](t, "change Registry.pol files")
	if err != nil {
		return nil, err
	}
	if op.Key == "" || op.Scope != setting.ScopeMachine && op.Scope != setting.ScopeUser {
		return nil, fmt.Errorf("names no key, or no scope that exists (%q): the plan is damaged", op.Scope)
	}
	if op.Action == setting.ActionPolicyDelete {
		return func() (bool, error) { return w.DeletePolicyValue(op.Scope, op.Key, op.Name) }, nil
	}
	v, err := Value(op)
	if err != nil {
		return nil, err
	}
	return func() (bool, error) { return w.SetPolicyValue(op.Scope, op.Key, op.Name, v) }, nil
}

func fileChange(t Target, op setting.Op, contents Contents) (func() (bool, error), error) {
	w, err := ability[FileWriter](t, "change files")
	if err != nil {
		return nil, err
	}
	if op.Path == "" {
		return nil, errors.New("names no path: the plan is damaged")
	}
	if op.Action == setting.ActionFileDelete {
		return func() (bool, error) { return w.DeleteFile(op.Path) }, nil
	}
	c, err := verifiedContent(contents, op.SHA256, op.Size)
	if err != nil {
		return nil, err
	}
	return func() (bool, error) { return w.PutFile(op.Path, c) }, nil
}

func rightChange(t Target, op setting.Op) (func() (bool, error), error) {
	w, err := ability[RightWriter](t, "change user rights")
	if err != nil {
		return nil, err
	}
	if op.Name == "" {
		return nil, errors.New("names no user right: the plan is damaged")
	}
	return func() (bool, error) { return w.SetRightHolders(op.Name, op.SIDs) }, nil
}

func stateChange(t Target, op setting.Op) (func() (bool, error), error) {
	w, err := ability[StateWriter](t, "change "+op.Location.Scheme()+" states")
	if err != nil {
		return nil, err
	}
	if op.Location.Scheme() == "" || op.Location.Name() == "" || (op.Value == "") == (op.Action == setting.ActionStateSet) {
		return nil, fmt.Errorf("names no location, or no value to set (%q, %q): the plan is damaged", op.Location, op.Value)
	}
	return func() (bool, error) { return w.SetState(op) }, nil
}

// Value decodes type and data of an op that sets a registry or policy value.
func Value(op setting.Op) (setting.RegistryValue, error) {
	if _, ok := op.Type.Number(); !ok {
		return setting.RegistryValue{}, fmt.Errorf("%q is no registry type: the plan is newer than this program, or damaged", op.Type)
	}
	data, err := hex.DecodeString(op.Data)
	if err != nil {
		return setting.RegistryValue{}, fmt.Errorf("data is not hex: the plan is damaged: %w", err)
	}
	return setting.RegistryValue{Type: op.Type, Data: data}, nil
}

// ability asks the target for one of the narrow writers.
func ability[T any](t Target, what string) (T, error) {
	w, ok := t.(T)
	if !ok {
		return w, fmt.Errorf("%s cannot %s: the op belongs to another stage or another kind of target", t.Describe(), what)
	}
	return w, nil
}
