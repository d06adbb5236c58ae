package build_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/fake"
)

// client is a machine that takes everything it is told.
type client struct{ fake.Target }

func (client) BootID() (string, error)           { return "boot-1", nil }
func (client) PendingRestart() ([]string, error) { return nil, nil }
func (client) Host() (agent.Host, error) {
	return agent.Host{Computer: "WM-1", Languages: []string{}, Platform: agent.PlatformLab}, nil
}

// TestAgentRunsEveryPlan has the agent run all later stages of each image of the library: no op may be one that no target takes, and what only a
// later stage settles must be settled by it.
func TestAgentRunsEveryPlan(t *testing.T) {
	images, err := filepath.Glob("../../../profiles/images/*.hcl")
	if err != nil || len(images) < 5 {
		t.Fatalf("%d images, %v", len(images), err)
	}
	for _, path := range images {
		if strings.HasSuffix(path, ".lock.hcl") {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			p, err := build.Load(build.Inputs{Image: path, Out: t.TempDir(), Clock: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			b, err := p.Bundle(build.OnlineStages(), false)
			if err != nil {
				t.Fatal(err)
			}
			m := client{fake.Target{Windows: fake.New()}}
			for _, o := range b.Plan.Ops { // what some are only set where it is there
				if o.Op.Optional && o.Op.Location != "" {
					m.Windows.SetState(o.Op.Location, "enabled")
				}
			}
			dir := t.TempDir()
			out, err := agent.Run(t.Context(), agent.Options{Bundle: b, Machine: m, Table: p.Table, Dir: dir, Clock: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			if out.Summary == nil || out.Summary.Outcomes[setting.Deferred] != 0 {
				t.Errorf("got %+v", out)
			}
			later, settled := 0, findingsOf(t, dir)
			for _, s := range b.Plan.Settings {
				if slices.Contains(s.Stages, setting.StageImage) || len(s.Stages) == 0 || s.Effect != plan.EffectSet {
					continue
				}
				later++
				if f := settled[s.ID]; f.Outcome != setting.Pass {
					t.Errorf("%s (%s) is %s: %s", s.ID, s.Kind, f.Outcome, f.Reason)
				}
			}
			if later < 20 {
				t.Errorf("only %d settings are settled later", later)
			}
		})
	}
}

func TestParseStages(t *testing.T) {
	for _, test := range []struct{ given, want string }{{"", "first-boot build"}, {"seal first-boot", "first-boot seal"}, {"build build", "build"}} {
		got, err := build.ParseStages(strings.Fields(test.given))
		var names []string
		for _, s := range got {
			names = append(names, string(s))
		}
		if err != nil || strings.Join(names, " ") != test.want {
			t.Errorf("%q: %v, %v", test.given, names, err)
		}
	}
	for _, bad := range []string{"image", "later"} {
		if _, err := build.ParseStages([]string{bad}); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

// findingsOf are the findings of a first-boot record, by setting.
func findingsOf(t *testing.T, dir string) map[string]setting.Finding {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, agent.RecordFile))
	if err != nil {
		t.Fatal(err)
	}
	rec, _, err := agent.ReadRecord(raw)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]setting.Finding{}
	for _, f := range rec.Findings {
		out[f.Setting] = f
	}
	return out
}
