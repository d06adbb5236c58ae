package validate

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// judge says what comes of what was observed of a setting, or of why nothing was.
func (d decoded) judge(o setting.Observed, err error, opts Options) setting.Finding {
	f := setting.Finding{Setting: d.ID, Kind: d.Kind, Severity: d.Severity, Before: opts.Before[d.ID].Text}
	var v setting.Verdict
	switch {
	case errors.Is(err, setting.ErrUnobservable):
		// A kind says what it expects without having seen anything; what it makes of the missing facts does not count.
		v = d.spec.Judge(setting.Observed{})
		v = setting.Verdict{Outcome: setting.Unobservable, Expected: v.Expected, Reason: err.Error()}
	case err != nil:
		v = d.spec.Judge(setting.Observed{})
		v = setting.Verdict{Outcome: setting.Error, Expected: v.Expected, Reason: err.Error()}
	default:
		f.Evidence = o.Facts
		v = trusted(d.spec.Judge(o), o)
	}
	v = d.settle(v, opts.Stage)
	f.Outcome, f.Expected, f.Observed, f.Reason = v.Outcome, v.Expected, v.Observed, v.Reason
	return f
}

// trusted turns what a kind must not say into an error.
func trusted(v setting.Verdict, o setting.Observed) setting.Verdict {
	switch v.Outcome {
	case setting.Pass:
		if len(o.Facts) == 0 {
			v.Outcome, v.Reason = setting.Error, reasonNothing.EN
		}
	case setting.Fail, setting.Unobservable, setting.NotApplicable, setting.Error:
		if v.Reason == "" {
			v.Reason = fmt.Sprintf(reasonExpected.EN, v.Expected, v.Observed)
		}
	default: // waived and deferred depend on the plan, which a kind does not see
		v.Reason = fmt.Sprintf(reasonNoWord.EN, v.Outcome)
		v.Outcome = setting.Error
	}
	return v
}

// settle weighs the verdict against the plan: exceptions, and what a later stage has yet to do.
func (d decoded) settle(v setting.Verdict, done setting.Stage) setting.Verdict {
	if v.Outcome == setting.Error {
		return v
	}
	if d.Effect == plan.EffectSkip {
		return waiveSkipped(v, d.setBy)
	}
	later := d.laterStage(done)
	switch v.Outcome {
	case setting.Fail, setting.Unobservable:
		if later != "" {
			v.Reason = fmt.Sprintf(reasonLater.EN, later, v.Reason)
			v.Outcome = setting.Deferred
		}
	case setting.Pass:
		if d.Effect == plan.EffectValue {
			v.Outcome, v.Reason = setting.Waived, reasonValue.EN
		}
	}
	return v
}

// waiveSkipped keeps what the module would have wanted beside what is there.
func waiveSkipped(v setting.Verdict, setBy string) setting.Verdict {
	found := v.Reason
	if v.Outcome == setting.Pass {
		found = reasonAllSame.EN
	}
	v.Reason = fmt.Sprintf(reasonAlone.EN, found)
	if setBy != "" {
		v.Reason = fmt.Sprintf(reasonSkipped.EN, setBy, found)
	}
	v.Outcome = setting.Waived
	return v
}

// laterStage is the last stage at which the setting has an op that the target has not been through, or "".
func (d decoded) laterStage(done setting.Stage) setting.Stage {
	order := setting.Stages()
	var last setting.Stage
	for i, stage := range order {
		if i > slices.Index(order, done) && slices.Contains(d.Stages, stage) {
			last = stage
		}
	}
	return last
}
