package build

import (
	"fmt"
	"slices"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// OnlineStages are the stages that an agent can run, in their order.
func OnlineStages() []setting.Stage {
	return slices.DeleteFunc(setting.Stages(), func(s setting.Stage) bool { return s == setting.StageImage })
}

// ParseStages reads names of stages that an agent can run, and puts them into their order. No name means first boot and build.
func ParseStages(names []string) ([]setting.Stage, error) {
	if len(names) == 0 {
		return []setting.Stage{setting.StageFirstBoot, setting.StageBuild}, nil
	}
	known := OnlineStages()
	for _, n := range names {
		if !slices.Contains(known, setting.Stage(n)) {
			return nil, usagef("stage %q is none that an agent runs: %v", n, known)
		}
	}
	return slices.DeleteFunc(known, func(s setting.Stage) bool { return !slices.Contains(names, string(s)) }), nil
}

// Bundle is what an agent needs to run the stages of the plan on a machine.
func (p *Project) Bundle(stages []setting.Stage, keep bool) (*bundle.Bundle, error) {
	b, err := bundle.New(bundle.Input{Plan: p.Composed.Plan, Keep: keep, Stages: stages, Contents: p.contents()})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Inputs.Image, err)
	}
	return b, nil
}
