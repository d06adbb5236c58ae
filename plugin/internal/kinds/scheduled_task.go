package kinds

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.Spec     = (*ScheduledTask)(nil)
	_ setting.Comparer = (*ScheduledTask)(nil)
)

func scheduledTaskKind() setting.Kind {
	return setting.Kind{
		Name: "scheduled_task",
		Doc: "Whether a scheduled task of the base may run.\n\n" +
			"A task is named by its full path, as in its file below `System32\\Tasks`: `\\Microsoft\\Windows\\Maps\\MapsUpdateTask`. It is never made and never removed. " +
			"A task that the base lacks fails, unless it is `optional`: then the setting is not applicable. Tasks come and go with updates, so most are.\n\n" +
			"Windows keeps a task in a file and, with a hash of it, in the registry; the two are not rewritten offline. The setting is applied at `first-boot` by the agent. " +
			"It is observed offline where the target reads task files, and deferred where it does not.",
		Principal: "state",
		New:       func() setting.Spec { return new(ScheduledTask) },
		Example: `path  = "\\Microsoft\\Windows\\Maps\\MapsUpdateTask"
state = "disabled"
`,
		Offline: setting.OfflineDeferred,
		Docs: map[string]string{
			"path":     "The task's path, with backslashes from the root on.",
			"state":    "`enabled` or `disabled`.",
			"optional": "Whether the task may be missing; `false` by default.",
			"stricter": "`enabled` or `disabled`: which of the two protects the client better, so that a change can be called tightened or loosened.",
		},
	}
}

// ScheduledTask is the desired state of one task.
type ScheduledTask struct {
	Path     string `hcl:"path" json:"path"`
	State    string `hcl:"state" json:"state"`
	Optional bool   `hcl:"optional,optional" json:"optional,omitempty"`
	Stricter string `hcl:"stricter,optional" json:"stricter,omitempty"`

	PathRange     hcl.Range `hcl:"path,attr_value_range" json:"-"`
	StateRange    hcl.Range `hcl:"state,attr_value_range" json:"-"`
	StricterRange hcl.Range `hcl:"stricter,attr_value_range" json:"-"`
}

// Check reports errors of meaning. Whether the base has the task is for whoever knows the base.
func (s *ScheduledTask) Check() hcl.Diagnostics {
	diags := s.checkPath()
	diags = append(diags, choice(s.StateRange, "state", s.State, false, stateEnabled, stateDisabled)...)
	return append(diags, choice(s.StricterRange, "stricter", s.Stricter, true, stateEnabled, stateDisabled)...)
}

func (s *ScheduledTask) checkPath() hcl.Diagnostics {
	const form = `Write it from the root of the task library on, such as "\\Microsoft\\Windows\\Maps\\MapsUpdateTask".`
	inside, ok := strings.CutPrefix(s.Path, `\`)
	if !ok {
		return hcl.Diagnostics{problem(s.PathRange, "Illegal task path", "%q does not begin with a backslash. "+form, s.Path)}
	}
	if strings.Contains(inside, "/") {
		return hcl.Diagnostics{problem(s.PathRange, "Illegal task path", "%q has slashes. "+form, s.Path)}
	}
	for part := range strings.SplitSeq(inside, `\`) {
		if why := badComponent(part); why != "" && !isDeviceName(part) && !isShortName(part) {
			return hcl.Diagnostics{problem(s.PathRange, "Illegal task path", "The component %q of %q %s. "+form, part, s.Path, why)}
		}
	}
	if n := len(upcase.Units(s.Path)); n > maxFileName {
		return hcl.Diagnostics{problem(s.PathRange, "Illegal task path", "The path has %d characters; %d are supported.", n, maxFileName)}
	}
	return nil
}

func (s *ScheduledTask) location() setting.Location {
	return setting.StateLocation(setting.SchemeTask, s.Path)
}

// Claims are the task's state.
func (s *ScheduledTask) Claims(setting.Base) []setting.Claim {
	return []setting.Claim{{Location: s.location(), Value: s.State}}
}

// Ops set the state, once Windows runs.
func (s *ScheduledTask) Ops(setting.Base) []setting.Op {
	return []setting.Op{{Stage: setting.StageFirstBoot, Action: setting.ActionStateSet, Location: s.location(), Value: s.State, Optional: s.Optional}}
}

// Observe reads the state.
func (s *ScheduledTask) Observe(r setting.Reader) (setting.Observed, error) {
	return observeStates(r, s.location())
}

// Judge passes where the task is in the wanted state.
func (s *ScheduledTask) Judge(o setting.Observed) setting.Verdict {
	v := setting.JudgeFacts(claimed(s.Claims(setting.Base{})), o)
	if !s.Optional {
		return v
	}
	return mayBeMissing(v, o, s.location(), "the task "+s.Path)
}

// Compare needs to be told which state protects better.
func (s *ScheduledTask) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*ScheduledTask)
	if !ok || !s.location().Same(o.location()) {
		return setting.Unknown
	}
	return compareStates(s.State, o.State, s.Stricter, o.Stricter, s.Optional, o.Optional)
}

// compareStates is shared by the kinds of things that are on or off and may be missing.
func compareStates(is, was, stricter, wasStricter string, optional, wasOptional bool) setting.Direction {
	switch {
	case is == was && optional == wasOptional:
		return setting.Same
	case optional != wasOptional || stricter == "" || stricter != wasStricter:
		return setting.Unknown
	case is == stricter:
		return setting.Tightened
	}
	return setting.Loosened
}
